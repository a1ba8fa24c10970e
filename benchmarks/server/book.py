"""
Durable rows in a second, by one writer and by eight threads, and how long the queue takes.

Every row is on disk before it is returned; the file lies in the folder for temporaries.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seamline.steps import queue
from seamline.steps.queue import Person
from seamline.store.clock import SystemClock
from seamline.store.ledger import SqlLedger, open_ledger

THREADS, EACH, QUEUED = 8, 40, 200


def figures() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        ledger = open_ledger(str(Path(folder) / "ledger.sqlite"), SystemClock())
        ledger.append("note", {})
        one = measured(1, lambda n: ledger.append("note", {"n": n}))
        many = measured(THREADS, lambda n: ledger.append("note", {"n": n}))
        asked = measured(1, lambda n: submitted(ledger, n), each=QUEUED)
        begun = time.perf_counter()
        queue.read(ledger)
        reading_ms = (time.perf_counter() - begun) * 1e3
        ledger.verify()
        ledger.close()
    return {
        "one_writer": one,
        f"{THREADS}_threads": many,
        f"submit_up_to_{QUEUED}_queued": asked,
        "read_queue_ms": round(reading_ms, 1),
    }


def submitted(ledger: SqlLedger, n: int) -> None:
    wanted = {"shot": "042_0110", "seed": n}
    queue.submit(ledger, wanted, range(1001, 1049), Person(name="a.bell"))


def measured(
    threads: int, write: Callable[[int], object], *, each: int = EACH
) -> dict[str, float]:
    """Return rows in a second and the 95th percentile of the time one takes."""
    times: list[float] = []

    def one() -> None:
        for n in range(each):
            begun = time.perf_counter()
            write(n)
            times.append(time.perf_counter() - begun)

    running = [threading.Thread(target=one) for _ in range(threads)]
    begun = time.perf_counter()
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    took_s = time.perf_counter() - begun
    times.sort()
    p95_ms = times[int(0.95 * len(times))] * 1e3
    return {"per_s": round(len(times) / took_s, 1), "p95_ms": round(p95_ms, 1)}
