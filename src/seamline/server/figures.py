"""Figures of a running server, as Prometheus reads them (text format 0.0.4)."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Figures:
    """Counts what was answered since the server began."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answered: Counter[tuple[str, str, int]] = Counter()
        self._seconds: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._works: Counter[str] = Counter()
        self._began = time.time()
        self.listeners = 0

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        with self._lock:
            self._answered[method, route, status] += 1
            self._seconds[route] += seconds  # type: ignore[assignment]
            self._counts[route] += 1

    def worked(self, how: str) -> None:
        """Count one run of a worker and how it ended."""
        with self._lock:
            self._works[how] += 1

    def text(self, queue: Mapping[str, int], *, cpu_s: float = 0.0, gpu_s: float = 0.0) -> str:
        """Return all figures: how many asks of ``queue`` stand how, and what they took."""
        with self._lock:
            lines = ["# TYPE seamline_requests_total counter"]
            for (method, route, status), count in sorted(self._answered.items()):
                labels = f'method="{method}",route="{route}",status="{status}"'
                lines.append(f"seamline_requests_total{{{labels}}} {count}")
            lines.append("# TYPE seamline_request_seconds summary")
            for route, total in sorted(self._seconds.items()):
                label = f'{{route="{route}"}}'
                lines.append(f"seamline_request_seconds_sum{label} {total:.6f}")
                lines.append(f"seamline_request_seconds_count{label} {self._counts[route]}")
            lines.append("# TYPE seamline_asks gauge")
            lines += [f'seamline_asks{{standing="{k}"}} {n}' for k, n in sorted(queue.items())]
            lines.append("# TYPE seamline_asks_cpu_seconds_total counter")
            lines.append(f"seamline_asks_cpu_seconds_total {cpu_s:.2f}")
            lines.append("# TYPE seamline_asks_gpu_seconds_total counter")
            lines.append(f"seamline_asks_gpu_seconds_total {gpu_s:.2f}")
            lines.append("# TYPE seamline_worker_runs_total counter")
            for how, count in sorted(self._works.items()):
                lines.append(f'seamline_worker_runs_total{{ended="{how}"}} {count}')
            lines.append("# TYPE seamline_listeners gauge")
            lines.append(f"seamline_listeners {self.listeners}")
            lines.append("# TYPE seamline_started_seconds gauge")
            lines.append(f"seamline_started_seconds {self._began:.3f}")
        return "\n".join(lines) + "\n"
