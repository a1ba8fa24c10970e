"""
Asks and works without end, and says what it was told is on disk: to be cut off.

    python asks_and_works.py SHOW [careless]

First everything that stands is brought to disk. ``careless`` leaves out what the project's
own code brings to disk from then on, so that a test can see that it would be missed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def bring_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def main(show: str, how: str) -> None:
    from seamline import wiring
    from seamline.steps.queue import Person
    from seamline.steps.work import queue_painting, work

    for path in (Path(show), *Path(show).rglob("*")):
        bring_to_disk(path)
    if how == "careless":
        os.fsync = lambda _: None
    studio = wiring.open_studio(show, threads=1, quiet=True)
    person = Person(name="a.bell")
    for n in range(10**6):
        ask = queue_painting(
            studio, "S_010", person, variations=1, seed=n, generator="neutral", request=f"r{n}"
        )
        print("queued", ask.id, flush=True)
        if n % 3:  # some are left waiting
            done = work(studio, wiring.at_work(), ask.id)
            print("published", ask.id, *done["versions"], flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
