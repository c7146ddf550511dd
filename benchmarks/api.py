"""How many questions the HTTP API answers in a second to ten clients at once: asked before, and never asked before.

daybook up                                                       # with the sample, in another terminal
DAYBOOK_TOKEN=... python benchmarks/api.py http://127.0.0.1:8501  # a personal token with the right to read
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import multiprocessing
import os
import statistics
import time
from datetime import date, timedelta
from urllib.parse import urlsplit

FIRST, DAYS = date(2017, 1, 1), 364
ASKED_BEFORE = {"metrics": ["net_sales"], "dimensions": ["department"], "start": "2017-12-04", "end": "2018-01-01"}


def never_asked_before(client: int) -> itertools.starmap:
    """Departments over periods of four weeks, each client from a day of its own; no two have the same dates."""
    starts = itertools.product(range(28, 60), range(client, DAYS, 10))
    return itertools.starmap(
        lambda length, day: {
            **ASKED_BEFORE,
            "start": str(FIRST + timedelta(day)),
            "end": str(FIRST + timedelta(day + length)),
        },
        starts,
    )


def ask(address: str, token: str, client: int, seconds: float, fresh: bool, told: multiprocessing.Queue) -> None:
    """Ask one question after the other on one connection for so many seconds, and tell how long each took."""
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port or 80)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    questions = never_asked_before(client) if fresh else itertools.repeat(ASKED_BEFORE)
    taken, until = [], time.perf_counter() + seconds
    for question in questions:
        began = time.perf_counter()
        if began >= until:
            break
        connection.request("POST", "/api/v1/query", json.dumps(question), headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{answer.status}: {content[:300]!r}")
        taken.append(time.perf_counter() - began)
    told.put(taken)


def measure(address: str, token: str, clients: int, seconds: float, *, fresh: bool) -> None:
    """Let the clients ask side by side, and print what they got."""
    told: multiprocessing.Queue = multiprocessing.Queue()
    asking = [
        multiprocessing.Process(target=ask, args=(address, token, client, seconds, fresh, told))
        for client in range(clients)
    ]
    began = time.perf_counter()
    for process in asking:
        process.start()
    taken = [one for _ in asking for one in told.get()]
    for process in asking:
        process.join()
    took = time.perf_counter() - began
    what = "never asked before" if fresh else "asked before"
    print(f"{what:20} {len(taken) / took:7.0f} a second, median {1000 * statistics.median(taken):6.1f} ms, "
          f"95th {1000 * statistics.quantiles(taken, n=20)[-1]:6.1f} ms")  # fmt: skip


def main() -> None:
    """Print a line for questions that were asked before and one for those that were not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--clients", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=10)
    asked = parser.parse_args()
    token = os.environ.get("DAYBOOK_TOKEN")
    if not token:
        raise SystemExit("DAYBOOK_TOKEN must hold a token with the right to read")
    for fresh in (False, True):
        measure(asked.address, token, asked.clients, asked.seconds, fresh=fresh)


if __name__ == "__main__":
    main()
