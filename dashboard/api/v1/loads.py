"""Files of facts or reference data, loaded in the background as one revision each, all rows or none."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response, UploadFile
from pydantic import BaseModel

from dashboard.api.callers import Loading, Reading
from dashboard.api.loading import Loads
from dashboard.api.problems import Refused
from dashboard.load import database
from data.changes.saving import MOST_REASON, checked_reason
from data.config import load_settings
from data.errors import UnknownName
from data.loading.facts import Period
from data.loading.jobs import LoadJobRecord, add_load_job, load_job
from data.loading.options import Options
from data.loading.tables import loaded_table

router = APIRouter(tags=["loads"])
LARGEST_FILE = 4 * 1024**3
_ENDINGS = (".csv", ".parquet", ".xlsx")
_LARGEST = 2**31 - 1
_loads = Loads()


class LoadInfo(BaseModel):
    """A load: waiting, running, done or failed. `told` is its outcome, or in `detail` and `faults` what was wrong."""

    load: int
    table: str
    file: str
    state: str
    phase: str
    rows_done: int
    rows_total: int | None
    told: dict[str, Any] | None
    created_at: datetime
    ended_at: datetime | None


@router.post("/loads/{table}", status_code=202)
def begin_load(  # noqa: PLR0913, PLR0917  # the fields of a form are parameters
    table: str,
    file: UploadFile,
    found: Loading,
    response: Response,
    reason: Annotated[str, Form(max_length=MOST_REASON)] = "",
    dry_run: Annotated[bool, Form()] = False,
    allow_inferred: Annotated[bool, Form()] = False,
    replace_start: Annotated[date | None, Form(description="Replace all facts from this date ...")] = None,
    replace_end: Annotated[date | None, Form(description="... until before this one.")] = None,
) -> LoadInfo:
    """Send a file; the answer's `Location` tells how far it is."""
    if found.user.scope.stores is not None:
        raise Refused(403, "a load concerns every store, and you are limited to some of them")
    try:
        loaded_table(table)
    except UnknownName as error:
        raise Refused(404, str(error)) from None
    if (replace_start is None) != (replace_end is None):
        raise Refused(422, "replace_start and replace_end go together", field="replace_start")
    period = None if replace_start is None or replace_end is None else Period(replace_start, replace_end)
    if _loads.is_full:
        raise Refused(429, "so many files wait to be loaded that no more are taken", headers={"Retry-After": "60"})
    path = _kept(file)
    options = Options(dry_run=dry_run, period=period, allow_inferred=allow_inferred, author=found.user.username,
                      reason=checked_reason(reason) if reason.strip() else None, time_zone=load_settings().time_zone,
                      report=path.with_name("rejected.csv"))  # fmt: skip
    with database().accounts() as conn:
        job = add_load_job(conn, account_id=found.user.account_id, table=table, file_name=path.name)
    _loads.add(job.job_id, table, path, options)
    response.headers["Location"] = f"/api/v1/loads/{job.job_id}"
    return _info(job)


@router.get("/loads/{load}")
def show_load(load: int, found: Reading) -> LoadInfo:
    """Tell how far a load of one's own is, and what became of it."""
    job = None
    if 0 < load <= _LARGEST:
        with database().accounts() as conn:
            job = load_job(conn, job_id=load, account_id=found.user.account_id)
    if job is None:
        raise Refused(404, f"there is no load {load} of yours")
    return _info(job)


def _kept(file: UploadFile) -> Path:
    """The file in a folder of its own, under its own name without a path."""
    name = Path((file.filename or "").replace("\\", "/")).name[:200]
    if not name.lower().endswith(_ENDINGS) or not name.isprintable():
        raise Refused(422, f"a file must be named, and end in {', '.join(_ENDINGS)}", field="file")
    if (file.size or 0) > LARGEST_FILE:
        raise Refused(413, f"a file has at most {LARGEST_FILE:,} bytes; load it with the command", field="file")
    uploads = load_settings().home / "uploads"
    uploads.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = Path(tempfile.mkdtemp(dir=uploads)) / name
    with path.open("wb") as target:
        shutil.copyfileobj(file.file, target)
    return path


def _info(job: LoadJobRecord) -> LoadInfo:
    return LoadInfo(load=job.job_id, table=job.table_name, file=job.file_name, state=job.state, phase=job.phase,
                    rows_done=job.rows_done, rows_total=job.rows_total, told=job.told, created_at=job.created_at,
                    ended_at=job.ended_at)  # fmt: skip
