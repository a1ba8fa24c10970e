"""
Views that are laid out later, lent to a painter: it asks for one, and gets its planes.

Each canvas that is handed to a painter has a line of its own for that. On this side a thread
lays out what is asked for, which may be any of the views that were handed over and no other;
on the painter's side a view is looked at like any other, and the last few are remembered.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from threading import Lock, Thread
from typing import Any

from seamline import errors
from seamline.errors import GeneratorError, SeamlineError
from seamline.farm import parcels
from seamline.isolation.line import receive, send
from seamline.ports import Lately, LaterPicture, ReferencePicture, bytes_of

REMEMBERED_BYTES = 160 << 20
"""As the other side remembers: a sky for each thread that paints, at 2K."""
PLANES = ("colour", "usable", "elevation_deg", "azimuth_deg", "master_x", "master_y")


def lend(views: Sequence[ReferencePicture]) -> socket.socket | None:
    """Return the line at which a painter asks for ``views``; None where all are laid out."""
    if not any(isinstance(view, LaterPicture) for view in views):
        return None
    mine, theirs = socket.socketpair()
    Thread(target=_serve, args=(mine, tuple(views)), daemon=True).start()
    return theirs


def _serve(line: socket.socket, views: Sequence[ReferencePicture]) -> None:
    """Lay out what the painter asks for until it is gone, or asks for what there is not."""
    with line, suppress(EOFError, OSError, ValueError, KeyError, TypeError):
        while True:
            word, fds = receive(line)
            for fd in fds:
                os.close(fd)
            _answer(line, views, int(word["view"]))


def _answer(line: socket.socket, views: Sequence[ReferencePicture], index: int) -> None:
    if not (0 <= index < len(views) and isinstance(views[index], LaterPicture)):
        raise ValueError(f"there is no view {index} to lay out")
    try:
        whole = views[index].whole
    except SeamlineError as refused:
        said = {"refused": str(refused), "remedy": refused.remedy}
        send(line, {**said, "kind": type(refused).__name__})
        return
    except Exception as error:
        said = {"refused": f"a sky could not be set: {type(error).__name__}: {error}"}
        send(line, {**said, "remedy": "Run the same command again.", "kind": "GeneratorError"})
        return
    planes = {name: getattr(whole, name) for name in PLANES}
    there = {name: plane for name, plane in planes.items() if plane is not None}
    fd, said_of = parcels.packed_planes(list(there.values()))
    try:
        send(line, {"names": list(there), "planes": said_of}, fd)
    finally:
        os.close(fd)


def borrow(line: socket.socket, views: Sequence[ReferencePicture]) -> None:
    """Have ``views`` that are laid out later be asked for on ``line``."""
    borrower = _Borrower(line)
    for index, view in enumerate(views):
        if isinstance(view, LaterPicture):
            view.laid_out_by(partial(borrower.whole, index, view.glance))


class _Borrower:
    """The painter's end of a line; threads share it, and it closes with the last view."""

    def __init__(self, line: socket.socket) -> None:
        self._line, self._lock = line, Lock()
        self._views: Lately[ReferencePicture] = Lately(REMEMBERED_BYTES, bytes_of)

    def __del__(self) -> None:
        self._line.close()

    def whole(self, index: int, glance: ReferencePicture) -> ReferencePicture:
        """Return the whole view that ``glance`` is one of, number ``index``."""
        return self._views.get(index, lambda: self._asked(index, glance))

    def _asked(self, index: int, glance: ReferencePicture) -> ReferencePicture:
        with self._lock:
            send(self._line, {"view": index})
            word, fds = receive(self._line)
        if "refused" in word:
            raise refusal(word)
        came = parcels.planes_of(fds[0], word["planes"])
        planes: dict[str, Any] = dict.fromkeys(PLANES) | dict(
            zip(word["names"], came, strict=True)
        )
        return replace(glance, **planes)


def refusal(word: Mapping[str, Any]) -> SeamlineError:
    """Return the refusal that the other side said, of a kind that there is."""
    kind = errors.of_kind(str(word["kind"]), GeneratorError)
    return kind(str(word["refused"]), remedy=str(word["remedy"]))
