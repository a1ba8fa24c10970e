"""
A worker to be killed: takes whatever waits in the queue, frame by frame, without end.

    python works_on_queue.py FOLDER

For each frame it writes a file whole and then says in the ledger that it is done; it
prints ``acknowledged ASK FRAME`` once the ledger has returned. Pixels are stood in for
by bytes that follow from the ask and the frame alone.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
import time
from contextlib import suppress
from pathlib import Path

from seamline.errors import AgainError, RefusedError
from seamline.show.queue import Worker
from seamline.steps import claims, queue
from seamline.steps.queue import AtWork
from seamline.store.clock import SystemClock
from seamline.store.ledger import open_ledger
from seamline.store.owners import Owner
from seamline.store.whole import write_whole

PARTS = ((1001, 1002), (1003, 1004))


def content(ask: str, frame: int) -> bytes:
    return hashlib.sha256(f"{ask} {frame}".encode()).digest() * 4096


def lives(worker: Worker) -> bool | None:
    return Owner(host=worker.host, pid=worker.pid, start=worker.start).lives


def main(folder: Path) -> None:
    ledger, clock, here = (
        open_ledger(str(folder / "l.sqlite"), SystemClock()),
        SystemClock(),
        Owner.here(),
    )
    me = Worker(host=here.host, pid=here.pid, start=here.start)
    print("at work", flush=True)
    while True:
        at_work = AtWork(me=me, token=secrets.token_hex(8), lives=lives)
        for ask in queue.waiting(ledger, clock, at_work)[:3]:
            for part in PARTS:
                with suppress(AgainError, RefusedError):
                    mine = claims.claim(ledger, clock, at_work, ask.id, part)
                    for frame in part:
                        path = folder / "frames" / f"{ask.id}.{frame}"
                        if not path.exists():
                            write_whole(str(path), content(ask.id, frame))
                        digest = hashlib.sha256(path.read_bytes()).hexdigest()
                        claims.frame_done(ledger, ask.id, mine, frame, [digest])
                        print(f"acknowledged {ask.id} {frame}", flush=True)
                    claims.release(ledger, ask.id, mine, why="done")
            if set(ask.frames) <= queue.find(ledger, ask.id).done:
                claims.publish(ledger, ask.id, [f"{ask.id}_v001"])
                print(f"published {ask.id}", flush=True)
        time.sleep(0.005)


if __name__ == "__main__":
    os.umask(0o022)
    main(Path(sys.argv[1]))
