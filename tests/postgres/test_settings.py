"""What the server is told, what its logs may grow to, and how its failures read."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.postgres import logs, tuning
from data.postgres.failures import explain
from data.postgres.server import EmbeddedServer

GIB = 1024**3


@pytest.mark.parametrize(
    ("memory", "shared"), [(GIB // 4, "64MB"), (2 * GIB, "512MB"), (8 * GIB, "2048MB"), (64 * GIB, "2048MB")]
)
def test_shared_buffers_are_a_quarter_of_memory_up_to_2_gb(
    monkeypatch: pytest.MonkeyPatch, memory: int, shared: str
) -> None:
    monkeypatch.setattr(tuning, "usable_memory", lambda: memory)
    assert tuning.server_settings({})["shared_buffers"] == shared


@pytest.mark.parametrize(("processors", "workers"), [(1, "0"), (2, "1"), (4, "2"), (32, "4")])
def test_parallel_workers_follow_the_processors(monkeypatch: pytest.MonkeyPatch, processors: int, workers: str) -> None:
    monkeypatch.setattr(tuning, "usable_processors", lambda: processors)
    assert tuning.server_settings({})["max_parallel_workers_per_gather"] == workers


def test_limits_of_control_groups_are_honoured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "memory").write_text(f"{GIB}\n")
    (tmp_path / "unlimited").write_text("max\n")
    (tmp_path / "cpu").write_text("50000 100000\n")
    files = {
        "memory.max": [tmp_path / "unlimited", tmp_path / "memory", tmp_path / "none"],
        "cpu.max": [tmp_path / "cpu"],
    }
    monkeypatch.setattr(tuning, "_limit_files", lambda unified, *_: files[unified])
    assert tuning.usable_memory() == GIB
    assert tuning.usable_processors() == 1


def test_options_override_settings_but_never_the_privacy_of_the_server() -> None:
    options = {"fsync": "off", "work_mem": "1MB", "listen_addresses": "*", "unix_socket_permissions": "0777"}
    settings = tuning.server_settings(options)
    assert (settings["fsync"], settings["work_mem"]) == ("off", "1MB")
    assert (settings["listen_addresses"], settings["unix_socket_permissions"]) == ("", "0700")


def test_durability_is_never_among_the_settings() -> None:
    assert not {"fsync", "full_page_writes", "synchronous_commit"} & tuning.server_settings({}).keys()


def test_log_that_grew_too_large_keeps_one_older_part(tmp_path: Path) -> None:
    path = tmp_path / "postgres.log"
    with path.open("ab") as writer:
        writer.write(b"x" * 100)
        writer.flush()
        logs.bound(path, largest=50)
        writer.write(b"after")
    assert path.read_bytes() == b"after"
    assert (tmp_path / "postgres.log.1").read_bytes() == b"x" * 100


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('FATAL:  could not write to file "pg_wal/x": No space left on device', "the disk is full"),
        ('FATAL:  lock file "postmaster.pid" already exists', "in use by another server"),
        ("FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use", "in use by another server"),
        ('FATAL:  data directory "/x" has wrong ownership', "cannot be read by the server's account"),
        ("PANIC:  could not locate a valid checkpoint record at 0/1", "damaged; restore a backup"),
        ("FATAL:  could not map anonymous shared memory: Cannot allocate memory", "too little memory"),
        ('FATAL:  unrecognized configuration parameter "nonsense"', 'unrecognized configuration parameter "nonsense"'),
    ],
)
def test_failure_is_one_line_with_its_reason(line: str, reason: str) -> None:
    late = "2026-01-01 UTC [2] daybook@daybook FATAL:  the database system is shutting down"
    log = f"2026-01-01 UTC [1] LOG:  starting\n2026-01-01 UTC [1] {line}\n{late}\n2026-01-01 UTC [1] LOG:  shut down\n"
    said = explain(log, "PostgreSQL did not start")
    assert said.startswith("PostgreSQL did not start: ")
    assert reason in said
    assert "\n" not in said


def test_failure_without_a_word_is_said_to_be_one() -> None:
    assert explain("", "PostgreSQL did not start") == "PostgreSQL did not start: it said nothing"


def test_addresses_are_quoted() -> None:
    server = EmbeddedServer(Path("/a b/ü&%"), Path("/bin"), Path("/log"), "p@s/s:?", "x")
    assert server.url == (
        "postgresql+psycopg://daybook:p%40s%2Fs%3A%3F@/daybook?host=%2Fa%20b%2F%C3%BC%26%25&port=5432"
    )
    assert server.psql_path == Path("/bin/psql")
