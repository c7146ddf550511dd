"""Categories in files: a department and a category column, or one column `DEPARTMENT > CATEGORY`."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from data.loading.checks import filled
from data.loading.parse import Parsed, rejected

SEPARATOR = " > "


def split_category(parsed: Parsed) -> Parsed:
    """Fill `department` from the category where the file has no such column; drop the department from `D > C`."""
    rows = parsed.rows
    category = rows["category"].combine_chunks()
    place = rows.column_names.index("category")
    if "department" in rows.column_names:
        pairs = zip(rows["department"].to_pylist(), category.to_pylist(), strict=True)
        short = [name.removeprefix(department + SEPARATOR).strip() for department, name in pairs]
        return Parsed(rows.set_column(place, "category", pa.array(short, pa.string())), parsed.rejects)
    plain = filled(pc.invert(pc.match_substring(category, SEPARATOR)))
    rule = "must be written as DEPARTMENT > CATEGORY where the file has no column department"
    rejects = rejected(rows["row"].to_numpy(), plain, "category", rule, category)
    good = rows.filter(pa.array(~plain))
    halves = [name.split(SEPARATOR, 1) for name in good["category"].to_pylist()]
    good = good.set_column(place, "category", pa.array([half.strip() for _, half in halves], pa.string()))
    departments = pa.array([half.strip() for half, _ in halves], pa.string())
    return Parsed(good.append_column("department", departments), pa.concat_tables([parsed.rejects, rejects]))
