"""CSV, Parquet and XLSX, with and without a mapping: the same rows, numbered as in a spreadsheet."""

from __future__ import annotations

import datetime as dt

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import LoadError, UsageError
from data.loading import read_csv
from data.loading.content import content_of
from data.loading.mapping import Mapping
from data.loading.readers import open_source

NAMES = ["a", "b"]
ROWS = [(2, "1", "x"), (3, "2", "y")]


def read(path, mapping=None, optional=(), quoted=True):
    """Every row of the file as (number, values ...), and its malformed lines."""
    source = open_source(path, mapping or Mapping(), required=NAMES, optional=list(optional))
    rows, malformed = [], []
    for chunk in source.chunks(quoted=quoted):
        columns = [chunk.rows.tolist(), *(column.to_pylist() for column in chunk.values.columns)]
        rows += list(zip(*columns, strict=True))
        malformed += chunk.malformed
    return rows, malformed


@pytest.fixture
def file(tmp_path):
    """Writes a file and gives its path."""

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,x\n2,y\n",
        "a,b\r\n1,x\r\n2,y",
        "\ufeffa,b\n1,x\n2,y\n",
        "a;b\n1;x\n2;y\n",
        "a\tb\n1\tx\n2\ty\n",
        '"a","b"\n"1","x"\n2,y\n',
        " b , a \nx,1\ny,2\n",
    ],
    ids=["comma", "windows", "BOM", "semicolon", "tab", "quotes", "order"],
)
def test_csv_is_read_however_it_is_written(file, text):
    assert read(file("f.csv", text)) == (ROWS, [])


def test_blank_lines_are_passed_over_but_counted(file):
    assert read(file("f.csv", "a,b\n\n1,x\n\n2,y\n\n\n")) == ([(3, "1", "x"), (5, "2", "y")], [])


def test_lines_of_another_width_are_named_and_do_not_shift_the_others(file, monkeypatch):
    monkeypatch.setattr(read_csv, "_BLOCK", 32)
    lines = [f"{number},v" for number in range(2, 40)]
    lines[3], lines[20], lines[37] = "5", "22,v,w", "39,v,w,x"
    rows, malformed = read(file("f.csv", "a,b\n" + "\n".join(lines)))
    assert malformed == [
        (5, "has 1 values; the header has 2"),
        (22, "has 3 values; the header has 2"),
        (39, "has 4 values; the header has 2"),
    ]
    assert all(number == int(a) for number, a, _ in rows)
    assert len(rows) == 35


def test_values_may_hold_delimiters_and_line_breaks_in_quotes(file):
    assert read(file("f.csv", 'a,b\n1,"x, ""or""\ny"\n2,z\n'))[0] == [(2, "1", 'x, "or"\ny'), (3, "2", "z")]


def test_only_quotes_make_line_breaks_in_values_possible(file):
    plain, quoted = file("f.csv", "a,b\n1,x\n"), file("g.csv", 'a,b\n1,"x"\n')
    assert (content_of(plain).quoted, content_of(quoted).quoted) == (False, True)
    assert read(plain, quoted=False)[0] == [(2, "1", "x")]


def test_a_file_in_another_encoding_is_refused_with_its_row(file):
    with pytest.raises(LoadError, match=r"f\.csv, row 3: the text must be UTF-8; got the byte 0xE9"):
        content_of(file("f.csv", b"a,b\n1,x\n2,caf\xe9\n"))
    with pytest.raises(LoadError, match=r"row 2: the text must be UTF-8"):
        content_of(file("f.csv", b"a,b\n1,\xc3"))
    with pytest.raises(LoadError, match="row 2: .* zero byte"):
        content_of(file("f.csv", b"a,b\n1,\0\n"))


def test_utf_16_is_refused_by_name(file):
    with pytest.raises(LoadError, match="UTF-16"):
        read(file("f.csv", "a,b\n1,x\n".encode("utf-16")))
    with pytest.raises(LoadError, match="row 1: the text must be UTF-8"):
        read(file("f.csv", b"caf\xe9,b\n1,x\n"))


def test_a_file_with_headers_alone_has_no_rows(file):
    assert read(file("f.csv", "a,b\n")) == ([], [])


@pytest.mark.parametrize("content", ["", "\n"])
def test_an_empty_file_lacks_its_headers(file, content):
    with pytest.raises(LoadError, match="missing: a, b"):
        read(file("f.csv", content))


def test_headers_that_do_not_fit_are_all_named_at_once(file):
    with pytest.raises(LoadError) as raised:
        read(file("f.csv", "a,c,c,\n1,2,3,4\n"), optional=["d"])
    assert str(raised.value).splitlines() == [
        "f.csv, row 1: the headers do not fit (missing: b; unknown: c, c, (empty); given twice: c)",
        "expected: a, b; optional d",
        "found: a, c, c, ",
        "a mapping file (--map) can name other headers and ignore some",
    ]


def test_a_mapping_names_other_headers_and_ignores_some(file):
    path = file("f.csv", "Nr;Kasse;b\n1;9;x\n2;9;y\n")
    assert read(path, Mapping(columns={"a": "Nr"}, ignore=("Kasse",))) == (ROWS, [])
    with pytest.raises(LoadError, match="unknown: Kasse"):
        read(path, Mapping(columns={"a": "Nr"}))
    with pytest.raises(LoadError, match="missing: Nummer"):
        read(path, Mapping(columns={"a": "Nummer"}, ignore=("Kasse", "Nr")))
    with pytest.raises(UsageError, match="must name columns among a, b; got z"):
        read(path, Mapping(columns={"z": "Nr"}))


def test_an_optional_column_that_is_mapped_must_be_there(file):
    path = file("f.csv", "a,b\n1,x\n")
    assert read(path, optional=["c"])[0] == [(2, "1", "x")]
    with pytest.raises(LoadError, match="missing: C"):
        read(path, Mapping(columns={"c": "C"}), optional=["c"])


def test_a_mapping_forces_the_delimiter(file):
    assert read(file("f.csv", "a;b\n1;x\n2;y\n"), Mapping(delimiter=";")) == (ROWS, [])
    with pytest.raises(LoadError, match="missing: a, b"):
        read(file("g.csv", "a;b\n1;x\n"), Mapping(delimiter=","))


def test_a_mapping_file_is_read(file):
    path = file(
        "m.toml",
        'delimiter = ";"\ndecimal = ","\ndate_format = "%d.%m.%Y"\ntime_zone = "Europe/Berlin"\nsheet = "S"\n'
        'ignore = ["Kasse"]\n[columns]\nbasket = "Bon-Nr"\n',
    )
    expected = Mapping({"basket": "Bon-Nr"}, ";", ",", "%d.%m.%Y", "Europe/Berlin", "S", ("Kasse",))
    assert Mapping.read(path) == expected


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("colums = 1", "m.toml: keys must be among .*; got colums"),
        ('decimal = "p"', r"decimal must be one of '\.', ','; got 'p'"),
        ("decimal = 1", "decimal must be a text; got 1"),
        ('time_zone = "Berlin"', "time_zone must be an IANA time zone .* got 'Berlin'"),
        ("ignore = 3", "ignore must be a list of headers"),
        ("[columns]\nbasket = 3", r"\[columns\] must give a header for each column"),
        ("not toml", "m.toml: not a TOML file"),
    ],
)
def test_a_broken_mapping_file_names_the_rule(file, text, rule):
    with pytest.raises(UsageError, match=rule):
        Mapping.read(file("m.toml", text))


def test_a_mapping_file_that_is_not_there_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        Mapping.read(tmp_path / "absent.toml")


def test_parquet_keeps_its_types_and_is_numbered_like_a_spreadsheet(tmp_path):
    path = tmp_path / "f.parquet"
    frame = pd.DataFrame({"a": [1, 2], "b": pd.Categorical(["x", "y"])})
    frame.to_parquet(path, index=False)
    assert read(path) == ([(2, 1, "x"), (3, 2, "y")], [])
    assert content_of(path).rows == 2


def test_a_large_parquet_file_comes_in_several_chunks(tmp_path):
    path = tmp_path / "f.parquet"
    numbers = np.arange(150_000)
    pq.write_table(pa.table({"a": numbers, "b": numbers}), path)
    source = open_source(path, Mapping(), required=NAMES, optional=[])
    chunks = list(source.chunks())
    assert len(chunks) > 1
    assert np.concatenate([chunk.rows for chunk in chunks]).tolist() == list(range(2, 150_002))


def workbook(path, *rows, title="Sheet"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_xlsx_cells_become_the_texts_that_csv_would_hold(tmp_path):
    day, instant = dt.datetime(2017, 3, 1), dt.datetime(2017, 3, 1, 10, 30)  # noqa: DTZ001  cells have no zone
    path = workbook(
        tmp_path / "f.xlsx", ("a", "b", None), (1, day), (2.0, instant), (), (3.1, "x"), (0.30000000000000004, 1.005)
    )
    expected = [(2, "1", "2017-03-01"), (3, "2", "2017-03-01 10:30:00"), (5, "3.10", "x"), (6, "0.30", "1.005")]
    assert read(path) == (expected, [])


def test_xlsx_rows_wider_than_the_header_are_named(tmp_path):
    path = workbook(tmp_path / "f.xlsx", ("a", "b"), (1, "x", "more"), (2, "y"), (3,))
    assert read(path)[1] == [(2, "has 3 values; the header has 2")]


def test_a_mapping_names_the_sheet(tmp_path):
    path = workbook(tmp_path / "f.xlsx", ("a", "b"), (1, "x"), title="March")
    assert read(path, Mapping(sheet="March"))[0] == [(2, "1", "x")]
    with pytest.raises(LoadError, match="no sheet 'April'; there are March"):
        read(path, Mapping(sheet="April"))


@pytest.mark.parametrize("name", ["f.parquet", "f.xlsx"])
def test_a_file_that_is_not_what_its_ending_says_is_refused(file, name):
    with pytest.raises(LoadError, match=f"{name}: not an? .* file that can be read"):
        read(file(name, "a,b\n1,x\n"))


def test_unknown_endings_and_absent_files_are_refused(file, tmp_path):
    with pytest.raises(UsageError, match=r"f\.doc: a file must end in .csv, .* got .doc"):
        read(file("f.doc", "a,b\n"))
    with pytest.raises(LoadError, match="no such file"):
        read(tmp_path / "absent.csv")
