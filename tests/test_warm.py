"""Everything a page imports is imported before the first visitor: nothing is left for the first script run."""

from __future__ import annotations

import subprocess
import sys

PROBE = """
import ast, sys
from pathlib import Path
from dashboard.warm import import_pages
import_pages()
for page in [Path("dashboard/app.py"), *Path("pages").glob("*.py")]:
    for node in ast.walk(ast.parse(page.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module not in sys.modules:
            print(page, node.module)
"""


def test_pages_find_all_their_modules_imported() -> None:
    """In a process of its own, as this one has long imported everything."""
    found = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=120, check=True)
    assert found.stdout == ""


def test_what_no_page_needs_is_not_among_what_the_start_waits_for():
    probe = (
        "import sys; from dashboard.warm import import_pages; import_pages();"
        "print({'statsmodels', 'mcp'} & sys.modules.keys())"
    )
    found = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=120, check=True)
    assert found.stdout == "set()\n"
