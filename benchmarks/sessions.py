"""Open pages that one process holds: websocket clients that think, change what the overview shows, and wait.

daybook up                                                                   # with the sample, in another terminal
DAYBOOK_PASSWORD=... python benchmarks/sessions.py http://127.0.0.1:8501 --sessions 50 --think 5 [--usual]

The clients log in once, by the form and its one-time ticket, and then are tabs of one browser. Each run asks for four
weeks that start on another day, so that nothing was asked before. With `--usual` a run is what people do all day, each
as often: another interval, one of four periods, or one of five departments or none; a tab has asked for all of it
before. The time is from the request until the page's script has finished.

Tabs open one after the other in the first seconds (`--ramp`). What they take is a figure of its own: the others are of
all tabs at once, from when the last is open.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import random
import re
import statistics
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from dashboard.auth.routes import SESSION_PATH

PAGE = "overview"
FIRST, STARTS = date(2017, 1, 1), 330
INTERVALS = ("Day", "Week", "Month")
PERIODS = ("Last 7 days", "Last 28 days", "Last 13 weeks", "Last month")
DEPARTMENTS = ("GROCERY", "PRODUCE", "MEAT", "DELI", "DRUG GM")
_FIELDS = frozenset({"text_input", "button", "button_group", "selectbox", "multiselect"})
_TICKET = re.compile(r'data-ticket="([^"]+)"')


class Tab:
    """A websocket to one page."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.fields: dict[str, str] = {}
        self.typed: dict[str, str] = {}
        self.picked: dict[str, list[str]] = {}
        self.query = self.ticket = ""

    async def run(self, query: str, pressed: str = "") -> float:
        """Let the page's script run; gives the seconds until it has finished."""
        message = BackMsg()
        message.rerun_script.page_name, message.rerun_script.query_string = PAGE, query
        states = message.rerun_script.widget_states.widgets
        for name, text in self.typed.items():
            states.add(id=self.fields[name], string_value=text)
        for name, members in self.picked.items():
            states.add(id=self.fields[name]).string_array_value.data[:] = members
        if pressed:
            states.add(id=self.fields[pressed], trigger_value=True)
        began = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        while True:
            told = ForwardMsg.FromString(await asyncio.wait_for(self.socket.recv(decode=False), 60))
            if told.WhichOneof("type") == "script_finished" and told.script_finished != told.FINISHED_EARLY_FOR_RERUN:
                return time.perf_counter() - began
            self._note(told)

    async def usual(self) -> float:
        """Change one of the things that people change, and let the script run."""
        match random.randrange(3):
            case 0:
                self.picked["By"] = [random.choice(INTERVALS)]
            case 1:
                self.typed["Period"] = random.choice(PERIODS)
            case _:
                self.picked["Departments"] = random.choice([[], *([name] for name in DEPARTMENTS)])
        return await self.change()

    async def change(self) -> float:
        """Let the script run with what is picked; a browser tells all fields each time."""
        self.typed = {"Period": PERIODS[1], "Compared with": "Previous period"} | self.typed
        self.picked = {"By": ["Day"], "Departments": [], "Stores": [], "Brands": []} | self.picked
        return await self.run(self.query)

    def _note(self, told: ForwardMsg) -> None:
        if told.WhichOneof("type") == "page_info_changed":
            self.query = told.page_info_changed.query_string
        element = told.delta.new_element
        kind = element.WhichOneof("type")
        if kind in _FIELDS:
            field = getattr(element, kind)
            self.fields[field.label] = field.id
        if kind == "html" and (found := _TICKET.search(element.html.body)):
            self.ticket = found[1]


def socket_to(address: str, cookie: str) -> connect:
    """A websocket to the application as a browser opens it."""
    return connect(
        f"ws://{urlsplit(address).netloc}/_stcore/stream",
        subprotocols=["streamlit"],
        origin=address,
        additional_headers={"Cookie": cookie},
        max_size=None,
    )


def cookies_of(answer: http.client.HTTPResponse) -> str:
    """The cookies that an answer sets, as a request sends them back."""
    return "; ".join(one.split(";")[0] for one in answer.headers.get_all("Set-Cookie", []))


async def log_in(address: str, user: str, password: str) -> str:
    """Log in as a browser does, and give the cookies of the session."""
    server = http.client.HTTPConnection(urlsplit(address).netloc)
    server.request("GET", "/")
    answer = server.getresponse()
    answer.read()
    browser = cookies_of(answer)
    async with socket_to(address, browser) as socket:
        tab = Tab(socket)
        await tab.run("")
        tab.typed = {"User name": user, "Password": password}
        await tab.run("", pressed="Log in")
        if not tab.ticket:
            raise SystemExit(f"{user} could not log in; DAYBOOK_PASSWORD must hold the password")
        form = urlencode({"ticket": tab.ticket, "next": "/"})
    headers = {"Cookie": browser, "Origin": address, "Content-Type": "application/x-www-form-urlencoded"}
    server.request("POST", SESSION_PATH, form, headers)
    return f"{browser}; {cookies_of(server.getresponse())}"


@dataclass
class Taken:
    """Seconds: to open a page, and to change it while every tab is open."""

    opened: list[float] = field(default_factory=list)
    changed: list[float] = field(default_factory=list)


async def session(asked: argparse.Namespace, cookie: str, all_open: float, taken: Taken) -> None:
    """One tab: open the page, then think and change it until time is up."""
    await asyncio.sleep(random.random() * asked.ramp)
    async with socket_to(asked.address, cookie) as socket:
        tab = Tab(socket)
        taken.opened.append(await tab.run(""))
        while True:
            await asyncio.sleep(random.expovariate(1 / asked.think))
            began = time.perf_counter()
            if began > all_open + asked.seconds:
                return
            took = await (tab.usual() if asked.usual else tab.run(other_weeks()))
            if began > all_open:
                taken.changed.append(took)


async def ask_before(address: str, cookie: str) -> None:
    """Ask once for everything that is usual."""
    async with socket_to(address, cookie) as socket:
        tab = Tab(socket)
        await tab.run("")
        for tab.typed["Period"], department, interval in product(PERIODS, ("", *DEPARTMENTS), INTERVALS):
            tab.picked |= {"Departments": [department] * bool(department), "By": [interval]}
            await tab.change()


def other_weeks() -> str:
    """A link to four weeks that nobody has asked for."""
    start = FIRST + timedelta(random.randrange(STARTS))
    return urlencode({"p": "dates", "from": start, "to": start + timedelta(27), "vs": "none"})


async def measure(asked: argparse.Namespace, password: str) -> None:
    """Let the sessions run side by side, and print what they met with."""
    cookie = await log_in(asked.address, asked.user, password)
    if asked.usual:
        await ask_before(asked.address, cookie)
    taken, all_open = Taken(), time.perf_counter() + asked.ramp
    tabs = [session(asked, cookie, all_open, taken) for _ in range(asked.sessions)]
    failed = [one for one in await asyncio.gather(*tabs, return_exceptions=True) if one is not None]
    if min(len(taken.changed), len(taken.opened)) < 2:
        raise SystemExit(f"no page was drawn again; {failed[:1]}")
    a_second = len(taken.changed) / asked.seconds
    print(f"{asked.sessions} sessions, {asked.think:g} s of thought: {a_second:.1f} pages a second, "
          f"{middle_and_most(taken.changed)}, {len(failed)} sessions lost; "
          f"opened in {asked.ramp:g} s, {middle_and_most(taken.opened)}")  # fmt: skip


def middle_and_most(seconds: list[float]) -> str:
    """The median and the 95th percentile, in words."""
    p95 = statistics.quantiles(seconds, n=20)[-1]
    return f"median {1000 * statistics.median(seconds):.0f} ms, 95th {1000 * p95:.0f} ms"


def main() -> None:
    """Print one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--think", type=float, default=5)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--ramp", type=float, default=20)
    parser.add_argument("--usual", action="store_true")
    asked = parser.parse_args()
    password = os.environ.get("DAYBOOK_PASSWORD")
    if not password:
        raise SystemExit("DAYBOOK_PASSWORD must hold the password of --user")
    asyncio.run(measure(asked, password))


if __name__ == "__main__":
    main()
