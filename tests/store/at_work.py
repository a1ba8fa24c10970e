"""
A process at work on a show, to be killed: rows, blobs, files and folders without end.

    python at_work.py SHOW NAME [ROWS]

Prints a line when it begins. With ROWS it stops after so many rows.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes import NpyImages
from seamline.pixels.picture import Picture
from seamline.store.blobs import FileBlobs
from seamline.store.clock import SystemClock
from seamline.store.ledger import SqliteLedger
from seamline.store.shelf import FileShelf


def picture(n: int) -> Picture:
    """A small frame of its own."""
    return Picture(
        channels={"R": np.full((40, 60), n, np.float32)},
        data_window=(0, 0, 60, 40),
        display_window=(0, 0, 60, 40),
    )


def write_one_version(show: Path, n: int, ledger: SqliteLedger) -> None:
    """Do what a step does: pixels first, then the published folder, the row last."""
    shelf, blobs = FileShelf(str(show)), FileBlobs(str(show), NpyImages())
    at = show / "shots" / f"v{n:04d}"
    digest = blobs.put_picture(picture(n))
    if not shelf.exists(str(at)):
        with shelf.folder(str(at)) as making:
            for frame in range(1001, 1004):
                shelf.link(blobs.path(digest), f"{making}/a.{frame}.exr")
            shelf.write(f"{making}/cdl.cc", b"x" * 100_000)
    shelf.write(str(show / "sheet.html"), f"{n}\n".encode() * 50_000)
    ledger.append_once("version", f"v{n:04d}", {"n": n, "digest": digest})


def main(show: Path, name: str, most: int | None) -> None:
    ledger = SqliteLedger(str(show / ".seamline" / "ledger.sqlite"), SystemClock())
    print("at work", flush=True)
    for n in count() if most is None else range(most):
        if most is None:
            write_one_version(show, n, ledger)
        else:
            ledger.append_once("shared", f"k{n}", {"n": n})
            ledger.append("own", {"n": n}, by=name)
    ledger.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None)
