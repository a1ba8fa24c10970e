"""The time of day for records, and a clock for measuring."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """The clocks of this machine."""

    def now(self) -> str:
        """Return UTC as ISO 8601 with seconds: 2026-11-21T10:00:00Z."""
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def seconds(self) -> float:
        """Return seconds on a clock that only goes forward."""
        return time.monotonic()
