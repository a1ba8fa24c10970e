"""
The painter: a child that keeps one generator warm and paints what it is handed.

``python -m seamline.farm.painter_worker FD`` listens at the socket ``FD``: first which
generator it is, then, one after the other, what to paint on and from, and a line of its own
for each painting. Paintings run side by side, a thread each. When the other side is gone it
ends at once, whatever it does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from numpy.typing import NDArray

from seamline.errors import SeamlineError
from seamline.farm import parcels
from seamline.farm.lending import borrow
from seamline.generators import load
from seamline.isolation.inside import STANDING
from seamline.isolation.line import receive, send
from seamline.ports import Generator, Resumer, Sketcher
from seamline.show.record import from_record
from seamline.show.variation import Ask

SEED_VARIABLE = "SEAMLINE_COMPILED_SEED"
_KEPT = 2
"""So many canvases with their views; who paints holds on to its own."""


def main(words: list[str]) -> None:
    """Serve the socket whose descriptor is the first word."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller decides when it ends
    with socket.socket(fileno=int(words[0])) as line:
        send(line, {"walls": STANDING})
        with contextlib.suppress(EOFError, OSError):
            _serve(line)
    os._exit(0)  # threads that still paint paint for nobody


def _serve(line: socket.socket) -> None:
    sow(os.environ.get(SEED_VARIABLE, ""), os.environ.get("NUMBA_CACHE_DIR", ""))
    word, _ = receive(line)
    backend = _Backend(str(word["generator"]))
    handed: dict[int, parcels.Material] = {}
    while True:
        word, fds = receive(line)
        if "ready" in word:
            threading.Thread(target=backend.make_ready, daemon=True).start()
            continue
        if "handed" in word:
            material = handed[word["handed"]] = parcels.material_of(fds[0], word)
            os.close(fds[0])
            if len(fds) > 1:
                borrow(socket.socket(fileno=fds[1]), material[1])
            for old in sorted(handed)[:-_KEPT]:
                del handed[old]
            continue
        its = socket.socket(fileno=fds[0])
        words = (its, backend, handed[word["material"]])
        threading.Thread(target=_paint, args=words, daemon=True).start()


class _Backend:
    """The generator, opened when the first painting needs it: its refusals go there."""

    def __init__(self, name: str) -> None:
        self._name, self._lock = name, threading.Lock()
        self._found: Generator | None = None

    def get(self) -> Generator:
        with self._lock:
            if self._found is None:
                self._found = load(self._name)
            return self._found

    def make_ready(self) -> None:
        """Make it ready where it can be; why not is said when it is asked to paint."""
        with contextlib.suppress(Exception):
            found = self.get()
            if hasattr(found, "make_ready"):
                found.make_ready()


def _paint(line: socket.socket, backend: _Backend, material: parcels.Material) -> None:
    with line, contextlib.suppress(EOFError, OSError):
        word, _ = receive(line)
        try:
            answer, fd = _answer(line, backend.get(), material, word)
        except SeamlineError as refused:
            said = {"refused": str(refused), "remedy": refused.remedy}
            send(line, {**said, "kind": type(refused).__name__})
            return
        except Exception as error:
            said = {"refused": f"{type(error).__name__}: {error}", "kind": "GeneratorError"}
            send(line, {**said, "remedy": "Nothing published was touched; report this."})
            return
        send(line, answer, *([] if fd is None else [fd]))
        if fd is not None:
            os.close(fd)


def _answer(
    line: socket.socket, backend: Generator, material: parcels.Material, word: dict[str, Any]
) -> tuple[dict[str, Any], int | None]:
    ask = from_record(Ask, word["ask"])
    canvas, references = material
    if word["verb"] == "sketch":
        reduce, first = int(word["reduce"]), bool(word["first"])
        rough = cast(Sketcher, backend).sketch(ask, canvas, references, reduce, first=first)
        if rough is None:
            return {"planes": []}, None
        fd, said = parcels.packed_planes([rough])
        return {"planes": said}, fd

    def tell(share: float) -> None:
        send(line, {"share": float(share)})

    if word["verb"] == "go on":
        levels = _Levels(line, float(word["every_s"]))
        made = cast(Resumer, backend).go_on(ask, canvas, references, tell, levels)
    else:
        made = backend.paint(ask, canvas, references, tell)
    fd, painted = parcels.packed_painting(made)
    spent = getattr(backend, "gpu_seconds", None)
    return {"painted": painted, **({"gpu_s": float(spent())} if spent else {})}, fd


class _Levels:
    """Levels that whoever started this process keeps; it opens no file itself."""

    def __init__(self, line: socket.socket, every_s: float) -> None:
        self._line, self.every_s, self._last = line, every_s, time.monotonic()

    def begins(self, stage: str, level: int, of: int) -> None:
        """Tell the other side which level is begun."""
        send(self._line, {"begins": stage, "level": level, "of": of})

    def found(self, stage: str) -> Mapping[str, NDArray[Any]]:
        """Return what is kept under ``stage``, on the other side of the line."""
        send(self._line, {"wanted": stage})
        word, fds = receive(self._line)
        return dict(zip(word["names"], parcels.planes_of(fds[0], word["planes"]), strict=True))

    def keep(self, stage: str, planes: Mapping[str, NDArray[Any]]) -> None:
        """Have ``planes`` kept under ``stage``."""
        if time.monotonic() - self._last < self.every_s:
            return
        fd, said = parcels.packed_planes(list(planes.values()))
        try:
            send(self._line, {"level": stage, "names": list(planes), "planes": said}, fd)
        finally:
            os.close(fd)
        self._last = time.monotonic()

    def done(self) -> None:
        """Leave it to the one who keeps them."""


def sow(compiled: str, own: str) -> None:
    """
    Let compiled code in ``compiled`` be found in ``own`` too, without its being writable.

    What is compiled behind walls is kept in ``own``, which nobody else reads: code that a
    painter could have written is never run outside.
    """
    if not compiled or not own:
        return
    for path in Path(compiled).glob("*/*.nb[ci]"):
        link = Path(own) / path.parent.name / path.name
        with contextlib.suppress(OSError):
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(path)


if __name__ == "__main__":
    main(sys.argv[1:])
