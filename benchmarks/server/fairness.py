"""
Who waits for whom: one person has 500 asks queued and another brings one.

Counted in asks that are begun before the other's; with one worker, in a ledger of its own.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from seamline import wiring
from seamline.steps import claims, queue
from seamline.steps.queue import Person
from seamline.store.clock import SystemClock
from seamline.store.ledger import open_ledger

QUEUED, BEGUN = 500, 3


def figures() -> dict[str, Any]:
    clock, me = SystemClock(), wiring.at_work()
    with tempfile.TemporaryDirectory() as folder:
        ledger = open_ledger(str(Path(folder) / "ledger.sqlite"), clock)
        for n in range(QUEUED):
            _submit(ledger, "a.bell", n)

        def begin() -> str:
            ask = queue.waiting(ledger, clock, me)[0]
            mine = claims.claim(ledger, clock, me, ask.id, ask.frames)
            claims.frame_done(ledger, ask.id, mine, 1001, ["aa"])
            claims.release(ledger, ask.id, mine, why="done")
            claims.publish(ledger, ask.id, ["v001"])
            return ask.by

        for _ in range(BEGUN):
            begin()
        _submit(ledger, "b.holt", 0)
        waited = 0
        while begin() != "b.holt":
            waited += 1
        ledger.close()
    return {"queued_before": QUEUED, "begun_before_the_other": waited}


def _submit(ledger: Any, who: str, n: int) -> None:
    wanted = {"shot": "042_0110", "variations": 1, "seed": n}
    queue.submit(ledger, wanted, [1001], Person(name=who), request=f"r{n}")
