"""Tools for assistants by the Model Context Protocol: the same figures, with the revision and the SQL that gave them.

What a caller may see and do is decided by the API behind it, for the token that it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, ParamSpec, TypeVar

import httpx
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from dashboard.api.client import Client, DaybookError

INSTRUCTIONS = """\
Figures of a retailer, from a governed catalog. Read the catalog first: only its metrics and dimensions exist, and no
formula is to be made up. Every answer names the revision that it is of; cite it, and pin with it to get the same
figures again. Money is in units of currency. Dates are business dates, and an end date is not part of its period."""
MOST_ROWS = 1000
_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")
Filters = Annotated[
    dict[str, Any],
    Field(description='By dimension: a list of keys, or {"not_in": [...]}, {"range": [a, b]}, {"search": "text"}.'),
]


def _told(tool: Callable[_Given, _Answer]) -> Callable[_Given, _Answer]:
    """The tool, with a refusal told in words: the assistant can mend its question."""

    @wraps(tool)
    def answered(*given: _Given.args, **named: _Given.kwargs) -> _Answer:
        try:
            return tool(*given, **named)
        except DaybookError as error:
            raise ToolError(str(error)) from None
        except httpx.HTTPError as error:
            raise ToolError(f"Daybook does not answer: {type(error).__name__}") from None

    return answered


def make_server(client: Client, *, edits: bool = False) -> MCPServer:
    """The server; it can save changes only where `edits` says so and the token has the right."""
    server: MCPServer = MCPServer("daybook", instructions=INSTRUCTIONS, log_level="WARNING")

    @server.tool(annotations=_READS)
    @_told
    def catalog() -> dict[str, Any]:
        """List every metric and dimension: name, label, unit, what it means."""
        return client.catalog()

    @server.tool(annotations=_READS)
    @_told
    def query(
        metrics: list[str],
        dimensions: list[str] | None = None,
        grain: Annotated[str | None, Field(description="day, week, month, quarter or year")] = None,
        start: Annotated[str | None, Field(description="First business date, YYYY-MM-DD")] = None,
        end: Annotated[str | None, Field(description="First date after the period, YYYY-MM-DD")] = None,
        filters: Filters | None = None,
        revision: Annotated[int | None, Field(description="As of this revision; none is now")] = None,
        limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 100,
    ) -> dict[str, Any]:
        """Answer a question: columns, rows, the revision that they are of, and the SQL that gave them."""
        return client.ask(metrics=metrics, dimensions=dimensions or [], grain=grain, start=start, end=end,
                          filters=filters or {}, revision=revision, limit=limit, sql=True)  # fmt: skip

    @server.tool(annotations=_READS)
    @_told
    def compare(
        metric: str,
        from_revision: int,
        to_revision: int,
        start: str | None = None,
        end: str | None = None,
        filters: Filters | None = None,
    ) -> dict[str, Any]:
        """Explain why a figure differs between two revisions, in parts that add up exactly."""
        return client.compare(metric, from_revision, to_revision, start=start, end=end, filters=filters or {})

    @server.tool(annotations=_READS)
    @_told
    def revisions(limit: Annotated[int, Field(ge=1, le=200)] = 20) -> list[dict[str, Any]]:
        """List the newest revisions: who loaded or edited what, when and why."""
        return [{str(name): value for name, value in row.items()} for row in client.revisions(limit).to_dict("records")]

    if edits:

        @server.tool(annotations=_WRITES)
        @_told
        def change_reference_data(
            table: str,
            changes: Annotated[list[dict[str, Any]], Field(description="Each with key, version and set.")],
            reason: str,
            dry_run: bool = True,
        ) -> dict[str, Any]:
            """Change reference data as one revision; a dry run, to begin with, tells what it would do to figures."""
            return client.change(table, changes, reason=reason, dry_run=dry_run)

    return server
