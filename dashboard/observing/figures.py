"""The figures that a process keeps about itself, in a registry of their own; `docs/operations.md` explains each.

No label holds what a visitor typed: routes are templates, pages are those of the navigation.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector

from dashboard.load import Resources
from dashboard.observing.state import StateCollector
from data import measured

_HTTP_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_WORK_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)
REGISTRY.register(StateCollector(lambda: Resources.database, lambda: Resources.cache))

HTTP_SECONDS = Histogram(
    "daybook_http_request_duration_seconds",
    "Seconds until an answer was sent, by route template",
    ("method", "route", "status"),
    buckets=_HTTP_S,
    registry=REGISTRY,
)
RERUN_SECONDS = Histogram(
    "daybook_page_rerun_duration_seconds",
    "Seconds that a page took to be drawn, by page",
    ("page",),
    buckets=_WORK_S,
    registry=REGISTRY,
)
PAGE_ERRORS = Counter(
    "daybook_page_errors", "Pages that could not be drawn because of an error", ("page",), registry=REGISTRY
)
QUERY_SECONDS = Histogram(
    "daybook_query_duration_seconds",
    "Seconds that the database took for a question that the cache did not answer",
    ("query", "subject"),
    buckets=_WORK_S,
    registry=REGISTRY,
)
QUERY_FAILURES = Counter(
    "daybook_query_failures", "Questions that the database did not answer", ("query", "subject"), registry=REGISTRY
)


def measure_queries() -> None:
    """Keep the time of every query of this process from now on."""
    measured.listen(_query_ended)


def _query_ended(query: str, subject: str, seconds: float, failed: bool) -> None:
    QUERY_SECONDS.labels(query, subject).observe(seconds)
    QUERY_FAILURES.labels(query, subject).inc(failed)


@contextmanager
def page_rerun(page: str, *, began: float) -> Iterator[None]:
    """Keep the time of a page's rerun, from `began` (by perf_counter) to the end of the block, however it ends."""
    errors = PAGE_ERRORS.labels(page)  # printed as 0 before the first, so that a rate sees the first
    try:
        yield
    except Exception:  # what Streamlit uses to stop a script or to run it again is no Exception
        errors.inc()
        raise
    finally:
        RERUN_SECONDS.labels(page).observe(perf_counter() - began)
