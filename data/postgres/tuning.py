"""Settings of the server that fit the machine, given on its command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

MIB = 1024 * 1024
SMALL_SHARED_MEMORY = 512 * MIB

FIXED = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "huge_pages": "try",
    "jit": "off",
    "random_page_cost": "1.1",
    "work_mem": "64MB",
    "wal_compression": "off",  # pglz, the one method of this build, takes longer than to write what it saves
    "min_wal_size": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "track_io_timing": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}

# Neither statements nor the values in them reach the log: they may hold people's data and passwords.
LOGGING = {
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


def server_settings(overrides: Mapping[str, str]) -> dict[str, str]:
    """Every setting by name; `overrides` win, except over what keeps the server private."""
    memory, processors = usable_memory(), usable_processors()
    sized = {
        "shared_buffers": f"{_bounded(memory // 4, 64 * MIB, 2048 * MIB) // MIB}MB",
        "effective_cache_size": f"{max(memory * 5 // 8, 128 * MIB) // MIB}MB",
        "maintenance_work_mem": f"{_bounded(memory // 16, 64 * MIB, 512 * MIB) // MIB}MB",
        "max_worker_processes": str(max(8, processors)),
        "max_parallel_workers": str(processors),
        "max_parallel_workers_per_gather": str(_bounded(processors // 2, 1, 4) if processors > 1 else 0),
        "max_parallel_maintenance_workers": str(_bounded(processors // 2, 1, 4) if processors > 1 else 0),
    }
    if _has_small_shared_memory():
        sized["dynamic_shared_memory_type"] = "mmap"
    private = {name: FIXED[name] for name in ("listen_addresses", "unix_socket_permissions")}
    return {**FIXED, **LOGGING, **sized, **overrides, **private}


def usable_memory() -> int:
    """Bytes of memory that this process may use: the machine's, or less where a control group limits it."""
    limits = [
        limit for path in _limit_files("memory.max", "memory/", "memory.limit_in_bytes") for limit in _number(path)
    ]
    return min([psutil.virtual_memory().total, *limits])


def usable_processors() -> int:
    """Processors that this process may use, at least 1."""
    count = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    for path in _limit_files("cpu.max", "cpu/", ""):
        with suppress(OSError, ValueError):
            quota, period = path.read_text().split()
            count = min(count, -(-int(quota) // int(period)))
    return max(count, 1)


def _limit_files(unified: str, controller: str, legacy: str) -> list[Path]:
    # Limits may sit on any group from the root down to ours, in either generation of the interface.
    root = Path("/sys/fs/cgroup")
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    found: list[Path] = [root / unified, *([root / controller / legacy] if legacy else [])]
    for line in lines:
        number, controllers, path = line.split(":", 2)
        group = Path(path.lstrip("/"))
        base, name = (root, unified) if number == "0" else (root / controller, legacy)
        if number == "0" or (legacy and controller.rstrip("/") in controllers.split(",")):
            found += [base / part / name for part in (group, *group.parents)]
    return found


def _number(path: Path) -> list[int]:
    try:
        return [int(path.read_text())]
    except (OSError, ValueError):
        return []


def _has_small_shared_memory() -> bool:
    # Containers often have 64 MB of /dev/shm, too little for the hash table of one parallel query.
    try:
        found = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return False
    return found.f_blocks * found.f_frsize < SMALL_SHARED_MEMORY


def _bounded(value: int, low: int, high: int) -> int:
    return min(max(value, low), high)
