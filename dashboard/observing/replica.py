"""Figures of the replica that charts are read from."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from data.replica import Replica, State


def of_replica(replica: Replica) -> Iterator[Metric]:
    """How it is by the last look, and which server charts were read from, with why where that was the primary."""
    replica.watch()
    standing = replica.standing
    up = standing.state is State.UP
    yield GaugeMetricFamily("daybook_replica_up", "Whether charts are read from the replica", up)
    if standing.revision is not None:
        words = "The newest revision that it had when it was looked at"
        yield GaugeMetricFamily("daybook_replica_revision", words, standing.revision)
    reads = CounterMetricFamily("daybook_chart_reads", "Snapshots for charts by server", labels=("server", "reason"))
    for state, count in sorted(replica.reads.items()):
        server, reason = ("replica", "") if state is State.UP else ("primary", str(state))
        reads.add_metric((server, reason), count)
    yield reads
    repeated = "Reads that the replica broke off, done again on the primary"
    yield CounterMetricFamily("daybook_chart_reads_repeated", repeated, replica.repeated)
