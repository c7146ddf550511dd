"""`daybook mcp`: tools for an assistant on this machine, over a running Daybook and with a personal token."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from data.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("mcp")(mcp)


def mcp(
    url: Annotated[str, typer.Option(help="Where Daybook is served.")] = "http://127.0.0.1:8501",
    allow_edits: Annotated[
        bool, typer.Option("--allow-edits", help="Offer a tool that saves changes of reference data.")
    ] = False,
) -> None:
    """Serve the Model Context Protocol on standard input and output; DAYBOOK_TOKEN holds the personal token."""
    from dashboard.api.assistant import make_server
    from dashboard.api.client import Client

    token = os.environ.get("DAYBOOK_TOKEN", "")
    if not token:
        raise UsageError("DAYBOOK_TOKEN must hold a personal token; POST /api/v1/tokens makes one")
    with Client(url, token) as client:
        make_server(client, edits=allow_edits).run("stdio")
