"""A moment is restored exactly, from a base backup and the archive; what is missing or foreign is named."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from data.backup import base, point_in_time
from data.backup.base import write_base
from data.backup.base_manifest import read_base_manifest
from data.backup.digests import TableDigest, table_digests
from data.backup.point_in_time import Moment, restore_moment
from data.db import Database, make_engine
from data.doctor import activity as doctor
from data.doctor import examine
from data.errors import BackupError, ServerError, UsageError
from data.loading.progress import silent
from data.migrating import upgrade
from data.postgres import running_server
from data.postgres.account import server_account
from data.postgres.archiving import archive_option
from data.postgres.layout import Layout, prepare_home
from data.postgres.segments import archived_segments
from tests.postgres.support import OPTIONS, answer, wait_until_stopped

SEGMENT_BYTES = 16 * 1024 * 1024
MASS_EDIT = 4  # the revision that all of this is about
NEWEST = 5
EVERYTHING = Moment()


@dataclass
class Past:
    """What happened to a shop: its base backup, its archive, and what it was like after each revision."""

    home: Path
    kept: Path
    archive: Path
    digests: dict[int, dict[str, TableDigest]] = field(default_factory=dict)
    ended_at: dict[int, datetime] = field(default_factory=dict)


@contextmanager
def opened(home: Path, archive: Path | str = "") -> Iterator[tuple[Database, str]]:
    """The database of a home, and the superuser's address."""
    with running_server(home, options={**OPTIONS, **archive_option(str(archive))}) as server:
        engine = make_engine(server.url)
        yield Database(engine, engine, engine), server.superuser_url
        engine.dispose()


def digests(database: Database) -> dict[str, TableDigest]:
    with database.owner.begin() as conn:
        return table_digests(conn, progress=silent, total=None, phase="")


def edit(database: Database, statement: str, reason: str = "as it should be") -> None:
    with database.writing(author="meg", reason=reason) as conn:
        conn.execute(sa.text(statement))


def note(past: Past, database: Database, superuser: str) -> None:
    """Remember what there is after the newest revision, and begin another segment of the log."""
    with database.owner.connect() as conn:
        newest = int(conn.scalar(sa.text("select last_revision from history.revision_counter")) or 0)
        past.ended_at[newest] = conn.scalar(sa.text("select clock_timestamp()"))
    past.digests[newest] = digests(database)
    answer(superuser, "select pg_switch_wal()")


@pytest.fixture(scope="module")
def past(quarters: Path, copied: Callable[[Path], Layout]) -> Iterator[Past]:
    """Five revisions, a base backup after the second, and a server that was stopped."""
    room = Path(tempfile.mkdtemp(dir=quarters, prefix="it's 100% past "))
    room.chmod(0o755)
    layout = copied(room / "home")
    past = Past(layout.home, room / "kept", room / "an archive's 100%")
    with opened(layout.home, past.archive) as (database, superuser):
        upgrade(database.owner)
        edit(database, "insert into regions (name) values ('North')")
        edit(database, "insert into departments (name) select 'Department ' || n from generate_series(1, 300) n")
        write_base(database, past.kept, replication_url=superuser)
        note(past, database, superuser)
        edit(database, "update departments set name = name || ' (old)' where department_id < 10")
        note(past, database, superuser)
        edit(database, "update departments set name = 'WRONG ' || department_id", reason="a mistake")
        note(past, database, superuser)
        edit(database, "insert into regions (name) values ('South')")
        note(past, database, superuser)
    wait_until_stopped(layout)
    yield past
    shutil.rmtree(room, ignore_errors=True)


@pytest.fixture
def archive(past: Past, room: Path) -> Path:
    """A copy of the archive, to be damaged."""
    subprocess.run(["cp", "-a", past.archive, room / "archive"], check=True)
    return room / "archive"


def segments(archive: Path) -> list[Path]:
    return [segment.path for segment in archived_segments(archive, SEGMENT_BYTES)]


def is_empty(home: Path) -> bool:
    """Whether nothing of a database is there, no draft of one either."""
    return not any((home / "postgres").glob("data*")) and not any((home / "postgres").glob("*.password"))


class TestRestored:
    def test_before_a_revision_every_table_is_as_it_was_then(self, past, room):
        made = restore_moment(room / "home", past.kept, past.archive, Moment(before_revision=MASS_EDIT))
        assert made.revision == MASS_EDIT - 1
        wait_until_stopped(prepare_home(room / "home"))
        with opened(room / "home") as (database, _):
            assert digests(database) == past.digests[MASS_EDIT - 1]
            assert [finding.detail for finding in examine(database.owner) if not finding.ok] == []
            edit(database, "update departments set name = 'Right' where department_id = 1")
            with database.owner.connect() as conn:
                assert conn.scalar(sa.text("select max(revision) from history.revisions")) == MASS_EDIT
                assert conn.scalar(sa.text("select count(*) from departments where name like 'WRONG%'")) == 0

    def test_without_a_target_everything_that_was_archived_comes_back(self, past, room):
        heard: dict[str, tuple[int, int | None]] = {}

        def progress(rows: int, total: int | None, phase: str) -> None:
            heard[phase] = (rows, total)

        made = restore_moment(room / "home", past.kept, past.archive, Moment(), progress=progress)
        assert made.revision == NEWEST
        with opened(room / "home") as (database, _):
            assert digests(database) == past.digests[NEWEST]
        for phase in ("checking the archive", "copying the base"):
            assert heard[phase][0] == heard[phase][1] != 0
        assert "replaying the log to the end of the archive" in heard

    def test_until_a_time_nothing_that_came_later_is_there_and_old_passwords_are_replaced(self, past, room):
        prepare_home(room / "home").login_password.write_text("of another database")
        moment = Moment(until=past.ended_at[MASS_EDIT])
        assert restore_moment(room / "home", past.kept, past.archive, moment).revision == MASS_EDIT

    def test_a_restored_home_must_not_write_into_the_archive_it_came_from(self, past, room):
        restore_moment(room / "home", past.kept, past.archive, Moment(before_revision=MASS_EDIT))
        before = {path.name for path in past.archive.iterdir()}
        with (
            pytest.raises(ServerError, match="is of another server .* set DAYBOOK_WAL_ARCHIVE to a new folder"),
            opened(room / "home", past.archive),
        ):
            pass
        wait_until_stopped(prepare_home(room / "home"))
        assert {path.name for path in past.archive.iterdir()} == before
        with opened(room / "home", room / "new archive") as (database, superuser):
            made = write_base(database, room / "new base", replication_url=superuser)
        assert (made.timeline, made.revision) == (2, MASS_EDIT - 1)
        again = restore_moment(room / "again", room / "new base", room / "new archive", Moment())
        assert again.revision == MASS_EDIT - 1


class TestRefused:
    @pytest.fixture
    def refusal(self, past: Past, room: Path) -> Callable[..., str]:
        """What is said when a restore fails; the home must be empty then."""

        def refuse(archive: Path, moment: Moment = EVERYTHING, kept: Path = past.kept) -> str:
            with pytest.raises((BackupError, ServerError)) as refused:
                restore_moment(room / "home", kept, archive, moment)
            assert is_empty(room / "home")
            return str(refused.value)

        return refuse

    def test_a_missing_segment_is_named(self, archive, refusal):
        gone = segments(archive)[-2]
        gone.unlink()
        said = refusal(archive)
        assert f"the segment {gone.name.removesuffix('.gz')} is missing in the archive {archive}" in said
        assert segments(archive)[-1].name.removesuffix(".gz") in said

    def test_what_lies_before_a_gap_can_be_restored_and_nothing_behind_it(self, past, archive, refusal, room):
        gone = segments(archive)[-1]
        gone.rename(archive / f"{gone.name[:23]}F.gz")  # there is a newer one, and not this
        said = refusal(archive, Moment(before_revision=NEWEST))
        assert said.startswith(
            f"revision {NEWEST} was not reached: the newest is {MASS_EDIT}; the segment {gone.name[:24]}"
        )
        made = restore_moment(room / "home", past.kept, archive, Moment(before_revision=MASS_EDIT))
        assert made.revision == MASS_EDIT - 1

    def test_the_segment_in_which_the_base_ended_is_needed(self, past, archive, refusal):
        first = next(
            path for path in segments(archive) if path.name.startswith(read_base_manifest(past.kept).first_needed)
        )
        first.unlink()
        assert f"the segment {first.name[:24]}, in which the base ended, is missing" in refusal(archive)

    def test_a_damaged_segment_is_named(self, archive, refusal):
        content = bytearray(segments(archive)[-1].read_bytes())
        content[-8] ^= 1  # of the checksum: among the zeros, a changed bit may well mean the same
        segments(archive)[-1].write_bytes(content)
        assert f"{segments(archive)[-1]} is damaged" in refusal(archive)

    def test_a_cut_segment_is_named(self, archive, refusal):
        with gzip.open(segments(archive)[-1]) as file:
            half = file.read(SEGMENT_BYTES // 2)
        with gzip.open(segments(archive)[-1], "wb") as file:
            file.write(half)
        assert "is damaged: it holds 8,388,608 bytes of 16,777,216" in refusal(archive)

    def test_the_archive_of_another_system_is_refused(self, archive, refusal):
        with gzip.open(segments(archive)[-1]) as file:
            content = bytearray(file.read())
        content[24] ^= 1  # the first byte of the system's number
        with gzip.open(segments(archive)[-1], "wb", compresslevel=1) as file:
            file.write(content)
        assert "is of another server: system " in refusal(archive)

    def test_an_empty_archive_and_one_that_is_not_there(self, room, refusal):
        (room / "empty").mkdir()
        (room / "empty").chmod(0o755)
        assert "holds no segment" in refusal(room / "empty")
        assert "there is no archive" in refusal(room / "nowhere")

    def test_a_revision_that_was_never_made_is_not_reached(self, past, refusal):
        said = refusal(past.archive, Moment(before_revision=77))
        assert said.startswith(
            f"revision 77 was not reached: the newest is {NEWEST}; the archive {past.archive} ends with"
        )

    def test_a_time_after_the_end_is_not_reached(self, past, refusal):
        later = past.ended_at[NEWEST] + timedelta(days=1)
        said = refusal(past.archive, Moment(until=later))
        assert said.startswith(f"{later.isoformat()} was not reached: the archive {past.archive} ends with the segment")

    def test_a_base_that_holds_the_revision_already_is_too_new(self, past, refusal):
        assert "it holds revision 2 already, and revision 2 is not to be" in refusal(
            past.archive, Moment(before_revision=2)
        )

    def test_a_revision_that_was_made_while_the_base_began_is_in_it(self, past, refusal, monkeypatch):
        # As if the revision had come between the reading of the newest and the first file.
        told = replace(read_base_manifest(past.kept), revision=1)
        monkeypatch.setattr(point_in_time, "read_base_manifest", lambda _: told)
        said = refusal(past.archive, Moment(before_revision=2))
        assert said.startswith("the base is newer than revision 2: it was only just being copied then")

    def test_a_base_that_was_made_after_the_time_is_too_new(self, past, refusal):
        early = past.ended_at[2] - timedelta(hours=1)
        assert f"the base is newer than {early.isoformat()}" in refusal(past.archive, Moment(until=early))

    def test_a_damaged_file_of_the_base_is_named(self, past, room, refusal):
        subprocess.run(["cp", "-a", past.kept, room / "kept"], check=True)
        with (room / "kept/base/global/pg_control").open("r+b") as file:
            file.write(b"?")
        assert "is damaged: " in (said := refusal(past.archive, kept=room / "kept"))
        assert "global/pg_control" in said

    def test_a_home_that_is_in_use_is_left_alone(self, past):
        with pytest.raises(BackupError, match="is not empty: .* has a database"):
            restore_moment(past.home, past.kept, past.archive, Moment())
        with opened(past.home) as (database, _):
            assert digests(database) == past.digests[NEWEST]
            with pytest.raises(BackupError, match="is in use; stop Daybook there"):
                restore_moment(past.home, past.kept, past.archive, Moment())

    def test_two_targets_and_a_time_without_a_zone_cannot_be_asked_for(self):
        now = datetime.fromisoformat("2026-03-01T14:05:00")
        with pytest.raises(UsageError, match="not both"):
            Moment(3, now)
        with pytest.raises(UsageError, match="must carry its zone"):
            Moment(until=now)


class TestArchived:
    def test_a_command_that_does_not_know_the_archive_goes_on_with_it_until_it_is_switched_off(self, layout, room):
        with opened(layout.home, room / "archive") as (database, _):
            assert archive_mode(database) == "on"
        wait_until_stopped(layout)
        with opened(layout.home) as (database, _):
            assert archive_mode(database) == "on"
        wait_until_stopped(layout)
        for wanted in ("off", ""):
            with opened(layout.home, wanted) as (database, superuser):
                assert archive_mode(database) == "off"
                upgrade(database.owner)
                with pytest.raises(BackupError, match="only with an archive, .* set DAYBOOK_WAL_ARCHIVE"):
                    write_base(database, room / "kept", replication_url=superuser)
            wait_until_stopped(layout)
        assert not (room / "kept").exists()

    def test_a_segment_with_other_content_is_never_replaced_and_the_base_is_not_kept(self, layout, room, monkeypatch):
        monkeypatch.setattr(base, "_ARCHIVED_WITHIN_S", 2.0)
        with opened(layout.home, room / "archive") as (database, superuser):
            upgrade(database.owner)
            name = answer(superuser, "select pg_walfile_name(pg_current_wal_lsn())")
            (room / "archive" / f"{name}.gz").write_bytes(gzip.compress(b"somebody else's"))
            (room / "archive" / f"{name}.gz").chmod(0o644)
            with pytest.raises(ServerError, match=rf"did not take the segment .*it refused {name}"):
                write_base(database, room / "kept", replication_url=superuser)
            with database.owner.connect() as conn:
                found = doctor.archive(conn)
            assert found.is_notice
            assert f"it refused {name} at " in found.detail
        assert gzip.decompress((room / "archive" / f"{name}.gz").read_bytes()) == b"somebody else's"
        assert not any(path.name.endswith("kept") or ".kept" in path.name for path in room.iterdir())

    def test_what_a_crash_left_unnoted_is_taken_for_archived(self, layout, room):
        with opened(layout.home, room / "archive") as (_, superuser):
            name = answer(superuser, "select pg_walfile_name(pg_current_wal_lsn())")
            answer(superuser, "select pg_switch_wal()")
        wait_until_stopped(layout)
        done = layout.data / "pg_wal/archive_status" / f"{name}.done"
        done.rename(done.with_suffix(".ready"))
        server_account().own(done.with_suffix(".ready"))
        with opened(layout.home):
            pass
        wait_until_stopped(layout)
        assert not done.with_suffix(".ready").exists()

    def test_a_folder_that_the_server_cannot_write_to_is_refused(self, layout, room):
        (room / "archive").mkdir()
        (room / "archive").chmod(0o555 if os.geteuid() else 0o755)
        with (
            pytest.raises(ServerError, match="cannot be written to by the account that runs PostgreSQL; "),
            opened(layout.home, room / "archive"),
        ):
            pass

    def test_a_folder_that_is_gone_is_not_made_anew(self, layout, room):
        with opened(layout.home, room / "archive"):
            pass
        wait_until_stopped(layout)
        shutil.rmtree(room / "archive")
        with (
            pytest.raises(ServerError, match=r"archive is missing; bring it back, or set DAYBOOK_WAL_ARCHIVE=off"),
            opened(layout.home),
        ):
            pass

    def test_an_archive_inside_of_the_home_is_refused(self, layout):
        with (
            pytest.raises(ServerError, match="must lie outside of the home folder"),
            opened(layout.home, layout.home / "archive"),
        ):
            pass


def archive_mode(database: Database) -> str:
    with database.owner.connect() as conn:
        return str(conn.scalar(sa.text("show archive_mode")))
