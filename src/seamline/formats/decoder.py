"""
Foreign files are decoded in child processes; this is the side that asks.

A few decoders are started when they are first needed and serve one file after another,
as many at once as there are processors. What a file claims is held to the limits here
once more before room for its pixels is made (``formats.rooms``): anonymous memory, filled
by the decoder and looked at here without a copy. A decoder that dies,
stalls or talks nonsense is ended, costs one sentence about the file it had, and is
replaced at the next. When this process ends, in whatever way, the sockets close and
every decoder goes.

Each stands behind walls (``seamline.isolation``): of the disk it sees Python, and of all
pictures the one that was opened here and handed to it.
"""

from __future__ import annotations

import atexit
import contextlib
import math
import os
import signal
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from seamline.errors import FormatError
from seamline.formats.claims import Claim, checked
from seamline.formats.decode import kind_of, no_picture, picture_of
from seamline.formats.decode_words import claim_of
from seamline.formats.rooms import Rooms
from seamline.isolation.child import Child, signal_name
from seamline.isolation.line import receive, send
from seamline.isolation.sight import Sight
from seamline.isolation.walls import PREFERRED, require
from seamline.pixels.picture import Picture, Plane

HEADER_S = 30.0
"""Wall time for a header; a stall in computing ends sooner, by the decoder's own limit."""
SLOWEST_BYTES_S = 4e6
MOST_DECODERS = 4
STARTING_S = 0.5
"""Another decoder is started once so long was waited for those there are: it takes about as
long to start, and a short take is read before."""

# Address space is what the limits count, so arenas are few; and what was decoded into is not
# handed back after every chunk, which would cost its pages again.
_MEMORY = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
}


class Decoders:
    """
    A few decoders, started on demand.

    Args:
        most: How many at once; by default as many as there are processors, 4 at most.
        isolation: How much the show wants of the walls around them; see
            ``isolation.walls``.
    """

    def __init__(self, most: int | None = None, *, isolation: str = PREFERRED) -> None:
        self._isolation = isolation
        self._places = threading.BoundedSemaphore(
            most or max(1, min(MOST_DECODERS, len(os.sched_getaffinity(0))))
        )
        self._lock = threading.Lock()
        self._freed = threading.Condition(self._lock)
        self._idle: list[_Decoder] = []
        self._left: list[_Decoder] = []
        self._busy, self._waited_s = 0, 0.0
        self._owner = os.getpid()

    def read(self, path: str, *, layer: str = "") -> Picture:
        """
        Return the picture at ``path``, every channel as stored.

        Raises:
            FormatError: There is no file, it is no picture, it is damaged, deep,
                luma/chroma or too large, or decoding it fails; the sentence says which.
        """
        claim, planes = self._ask(path, layer, pixels=True)
        return picture_of(claim, planes)

    def header(self, path: str, *, layer: str = "") -> Picture:
        """Return the picture at ``path`` without its channels; errors as for ``read``."""
        return picture_of(self.claim(path, layer=layer), {})

    def claim(self, path: str, *, layer: str = "") -> Claim:
        """Return what the file at ``path`` claims to be; errors as for ``read``."""
        return self._ask(path, layer, pixels=False)[0]

    def close(self) -> None:
        """End every decoder that is idle, and wait for it."""
        with self._lock:
            idle, self._idle = self._idle, []
        if self._owner == os.getpid():
            for decoder in idle:
                decoder.end()

    def _ask(self, path: str, layer: str, *, pixels: bool) -> tuple[Claim, dict[str, Plane]]:
        with self._places:
            decoder = self._taken()
            try:
                found = decoder.ask(path, layer, pixels=pixels)
            except FormatError:
                self._put_back(decoder)
                raise
            except BaseException:
                decoder.end()
                self._put_back(decoder)
                raise
            self._put_back(decoder)
        return found

    def _taken(self) -> _Decoder:
        with self._lock:
            if self._owner != os.getpid():  # a fork: those decoders are its parent's
                self._left, self._idle, self._owner = self._idle, [], os.getpid()
                self._busy, self._waited_s = 0, 0.0
            self._wait_for_one()
            self._busy += 1
            while self._idle:
                decoder = self._idle.pop()
                if decoder.alive():
                    return decoder
                decoder.end()
        try:
            return self._started()
        except BaseException:
            self._let_go(None)
            raise

    def _wait_for_one(self) -> None:
        """Wait for a decoder that is at work, as long as another is not worth its start."""
        began = time.monotonic()
        while self._busy and not self._idle:
            left_s = STARTING_S - self._waited_s - (time.monotonic() - began)
            if left_s <= 0:
                self._waited_s = 0.0
                return
            self._freed.wait(left_s)
        self._waited_s += time.monotonic() - began

    def _started(self) -> _Decoder:
        decoder = _Decoder(self._isolation)
        try:
            require(decoder.child.walls, self._isolation, "opens a foreign file")
        except BaseException:
            decoder.end()
            raise
        return decoder

    def _put_back(self, decoder: _Decoder) -> None:
        alive = decoder.alive()
        self._let_go(decoder if alive else None)
        if not alive:
            decoder.end()

    def _let_go(self, decoder: _Decoder | None) -> None:
        """Let whoever waits have ``decoder``; or, where it is gone, start another."""
        with self._lock:
            self._busy -= 1
            if decoder is not None:
                self._idle.append(decoder)
            self._freed.notify()


class _Decoder:
    """One child process and the line to it."""

    def __init__(self, isolation: str = PREFERRED) -> None:
        self._rooms = Rooms()
        self.child = Child(
            "seamline.formats.decode_worker",
            Sight(hands_in_files=True),
            wanted=isolation,
            environment=_MEMORY,
        )
        self._line = self.child.line

    def alive(self) -> bool:
        return self._line.fileno() >= 0 and self.child.alive

    def end(self) -> None:
        self._line.close()
        self.child.end()

    def ask(self, path: str, layer: str, *, pixels: bool) -> tuple[Claim, dict[str, Plane]]:
        try:
            self._line.settimeout(HEADER_S)
            wish = {"path": os.path.abspath(path), "shown": path, "layer": layer}
            copied = self.child.mounts and not self.child.may_be_handed_files
            with _opened(path, copied=copied) as fd:
                handed = [fd] if self.child.mounts else []
                send(self._line, {**wish, "pixels": pixels}, *handed)
            claim = checked(claim_of(_answer(self._line)["claim"]), path)
            if not pixels:
                return claim, {}
            self._line.settimeout(HEADER_S + claim.stored_bytes / SLOWEST_BYTES_S)
            with self._rooms.room(claim.offsets[-1]) as (room, fd):
                word = {"room": room.number, "forget": self._rooms.forgotten()}
                send(self._line, word, *([] if fd is None else [fd]))
            _answer(self._line)
            return claim, self._rooms.planes(claim, room)
        except _Refused as refused:
            raise FormatError(*refused.args, remedy=refused.remedy) from None
        except TimeoutError:
            self.end()
            raise _stalled(path, self._line.gettimeout() or HEADER_S) from None
        except (EOFError, OSError, ValueError, KeyError, RecursionError):
            raise self._died(path) from None
        except FormatError:
            self.end()  # it passed on a claim that is over the limits: it is not to be trusted
            raise

    def _died(self, path: str) -> FormatError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.process.wait(timeout=5)
        code = self.child.died_of()
        self.end()
        how = f"died ({signal_name(code)})" if code else "stopped"
        if code == signal.SIGXCPU:
            how = "ran out of the processor time a picture of this size may take"
        return FormatError(
            f"{path} is damaged: its decoder {how} while reading it",
            remedy="Copy it again from its source, or render the frame again.",
        )


class _Refused(Exception):
    def __init__(self, said: str, remedy: str) -> None:
        super().__init__(said)
        self.remedy = remedy


def _answer(line: socket.socket) -> Mapping[str, Any]:
    word, fds = receive(line)
    for fd in fds:
        os.close(fd)
    if "refused" in word:
        raise _Refused(str(word["refused"]), str(word["remedy"]))
    return word


@contextmanager
def _opened(path: str, *, copied: bool) -> Iterator[int]:
    """
    Open the file at ``path`` for a decoder that cannot; close it when the block ends.

    Args:
        path: Where it stands.
        copied: Whether a copy is handed over: the file itself could be written to.

    Raises:
        FormatError: There is no file that is read here.
    """
    try:
        # Whoever waits at a pipe for a writer waits for ever.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        kind_of(path, path)  # says what is wrong with it
        raise no_picture(path) from None
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise no_picture(path)
        if copied or _is_anothers(found):
            fd = _copied(fd)
        yield fd
    finally:
        os.close(fd)


def _is_anothers(found: os.stat_result) -> bool:
    """Tell whether root reads it by its rights alone, which a walled child has not."""
    return os.getuid() == 0 and found.st_uid != 0 and not found.st_mode & stat.S_IROTH


def _copied(fd: int) -> int:
    """Return the file ``fd`` in anonymous memory, and close it."""
    with os.fdopen(fd, "rb") as file:
        copy = os.memfd_create("seamline file", os.MFD_CLOEXEC)
        while os.sendfile(copy, file.fileno(), None, 1 << 30):
            pass
    return copy


def _stalled(path: str, after_s: float) -> FormatError:
    return FormatError(
        f"{path} could not be decoded within {math.ceil(after_s)} s",
        remedy="Check the file and the disk it is on; copy it again from its source.",
    )


DECODERS = Decoders()
"""Those of this process: started when a foreign file is first read."""
_BY_ISOLATION = {PREFERRED: DECODERS}


def decoders(isolation: str) -> Decoders:
    """Return this process's decoders for shows that want ``isolation``."""
    return _BY_ISOLATION.setdefault(isolation, Decoders(isolation=isolation))


@atexit.register
def _close() -> None:
    for those in _BY_ISOLATION.values():
        those.close()
