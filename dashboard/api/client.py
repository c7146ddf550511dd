"""A client for notebooks and scripts: questions in, frames out. Needs httpx, pandas and pyarrow alone.

import dashboard.api.client as daybook

client = daybook.Client("https://daybook.example.com", token)
client.query(["net_sales"], dimensions=["department"], grain="month")
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date
from types import TracebackType
from typing import Any

import httpx
import pandas as pd
import pyarrow as pa

ARROW_TYPE = "application/vnd.apache.arrow.stream"
_PAGE = 1000
_KEPT_ANSWERS = 64


class DaybookError(Exception):
    """A request that was refused: `status` is the HTTP status, `problem` all that was told about it."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status}: {problem.get('detail') or 'the request was refused'}")
        self.status, self.problem = status, problem


class Client:
    """Asks a Daybook at `url` with a personal token; answers that still hold are not sent again."""

    def __init__(self, url: str, token: str, *, timeout_s: float = 60.0) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=timeout_s)
        self._held: dict[str, tuple[str, bytes, int]] = {}

    def query(  # noqa: PLR0913  # what the API takes, by name
        self,
        metrics: Sequence[str],
        *,
        dimensions: Sequence[str] = (),
        grain: str | None = None,
        start: date | str | None = None,
        end: date | str | None = None,
        filters: dict[str, Any] | None = None,
        compare: str | tuple[date | str, date | str] | None = None,
        revision: int | None = None,
        limit: int = 1_000_000,
    ) -> pd.DataFrame:
        """The figures as a frame; money as exact decimals. `frame.attrs["revision"]` says of which revision it is.

        Raises DaybookError with field and rule where the question makes no sense.
        """
        asked = {
            "metrics": list(metrics),
            "dimensions": list(dimensions),
            "grain": grain,
            "start": _text(start),
            "end": _text(end),
            "filters": filters or {},
            "compare": None if compare is None else {"to": compare if isinstance(compare, str) else
                                                     [_text(day) for day in compare]},
            "revision": revision,
            "limit": limit,
        }  # fmt: skip
        content, number = self._answer(asked)
        frame: pd.DataFrame = pa.ipc.open_stream(io.BytesIO(content)).read_pandas()
        frame.attrs["revision"] = number
        return frame

    def compare(self, metric: str, from_revision: int, to_revision: int, **more: Any) -> dict[str, Any]:
        """Why a figure differs between two revisions; `more` are start, end, filters and method."""
        asked = {"metric": metric, "from_revision": from_revision, "to_revision": to_revision, **more}
        return dict(self._checked(self._http.post("/compare", json=asked)).json())

    def reference(self, table: str, *, search: str = "") -> pd.DataFrame:
        """A table of reference data; columns `row` and `version` say what a change set names."""
        return pd.DataFrame(self._rows(table, search))

    def change(self, table: str, changes: Sequence[dict[str, Any]], *, reason: str, **more: Any) -> dict[str, Any]:
        """Save changes as one revision, or with `dry_run=True` be told what they would do."""
        asked = {"reason": reason, "changes": list(changes), **more}
        return dict(self._checked(self._http.patch(f"/reference/{table}", json=asked)).json())

    def drafts(self) -> pd.DataFrame:
        """The change sets that wait for a second manager; `may_approve` says whether that is you."""
        return pd.DataFrame(self._checked(self._http.get("/drafts")).json())

    def draft(self, number: int) -> dict[str, Any]:
        """A change set that waits, with its rows."""
        return dict(self._checked(self._http.get(f"/drafts/{number}")).json())

    def approve(self, number: int, *, base_revision: int | None = None) -> dict[str, Any]:
        """Save a draft as one revision; refused where its effect is not any more what it was at `base_revision`."""
        asked = {"base_revision": base_revision}
        return dict(self._checked(self._http.post(f"/drafts/{number}/approval", json=asked)).json())

    def refuse(self, number: int, *, note: str = "") -> None:
        """Send a draft back to who submitted it."""
        self._checked(self._http.post(f"/drafts/{number}/refusal", json={"note": note}))

    def revisions(self, limit: int = 50) -> pd.DataFrame:
        """The newest revisions."""
        found = self._checked(self._http.get("/revisions", params={"limit": limit})).json()["revisions"]
        return pd.DataFrame(found)

    def ask(self, **question: Any) -> dict[str, Any]:
        """The answer to a question as the API words both: columns, rows, revision, more and sql."""
        return dict(self._checked(self._http.post("/query", json=question)).json())

    def catalog(self) -> dict[str, Any]:
        """Every metric and dimension, with what it means."""
        return dict(self._checked(self._http.get("/catalog")).json())

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _answer(self, asked: dict[str, Any]) -> tuple[bytes, int]:
        held = self._held.pop(repr(asked), None)
        headers = {"Accept": ARROW_TYPE, **({"If-None-Match": held[0]} if held else {})}
        told = self._http.post("/query", json=asked, headers=headers)
        if told.status_code != 304 or held is None:
            self._checked(told)
            held = (told.headers["etag"], told.content, int(told.headers["daybook-revision"]))
        self._held[repr(asked)] = held  # the one used last stands last
        if len(self._held) > _KEPT_ANSWERS:
            self._held.pop(next(iter(self._held)))
        return held[1], held[2]

    def _rows(self, table: str, search: str) -> Iterator[dict[str, Any]]:
        after: str | None = ""
        while after is not None:
            params: dict[str, str | int] = {"limit": _PAGE, "after": after, "search": search}
            page = self._checked(self._http.get(f"/reference/{table}", params=params)).json()
            yield from page["rows"]
            after = page["next"]

    @staticmethod
    def _checked(answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            return answer
        told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        raise DaybookError(answer.status_code, told)


def _text(day: date | str | None) -> str | None:
    return day.isoformat() if isinstance(day, date) else day
