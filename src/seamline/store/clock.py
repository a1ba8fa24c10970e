"""The time of day for records, and a clock for measuring."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime


class SystemClock:
    """
    The clocks of this machine.

    Args:
        gpu: What the painters of this process used of a graphics card so far, seconds.
    """

    def __init__(self, gpu: Callable[[], float] = float) -> None:
        self._gpu = gpu

    def now(self) -> str:
        """Return UTC as ISO 8601 with seconds: 2026-11-21T10:00:00Z."""
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def seconds(self) -> float:
        """Return seconds on a clock that only goes forward."""
        return time.monotonic()

    def cpu_seconds(self) -> float:
        """Return what this process and its ended children used of the processor."""
        spent = os.times()
        return spent.user + spent.system + spent.children_user + spent.children_system

    def gpu_seconds(self) -> float:
        """Return what painters said that they used of a graphics card."""
        return self._gpu()
