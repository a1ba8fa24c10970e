"""
Other people's text is read in a child process; this is the side that asks.

Turnovers, tracks, lens files, drawings, CDLs and a received delivery's manifests are parsed
by ``formats.read_worker``, one child that serves a whole command and stands behind walls
(``seamline.isolation``). The file is opened here and handed in; what comes back is JSON, of
which nouns are made here: they refuse nonsense at birth. A refusal comes through as it was
said. A reader that dies, stalls or talks nonsense is ended, costs one sentence about the
file it had, and is replaced at the next.

Which questions there are is ``formats.doors``.
"""

from __future__ import annotations

import atexit
import contextlib
import math
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from seamline import errors
from seamline.errors import FormatError, SeamlineError
from seamline.isolation.child import Child, signal_name
from seamline.isolation.line import receive, send
from seamline.isolation.sight import Sight
from seamline.isolation.walls import PREFERRED, require

FIRST_S = 120.0
"""Wall time for a small file, where a machine has much else to do; the reader's own limit, of
processor time, is a twelfth of it."""
SLOWEST_BYTES_S = 50e3
MOST_ANSWER_BYTES = 512 << 20
"""A take of 100 000 samples, each with its lens, is 80 MB."""
_NONSENSE = (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError)

Beside = Callable[[str], bytes | None]
"""Reads a file that belongs to the one that is read; None where there is none."""


class Readers:
    """
    One reader, started on demand.

    Args:
        isolation: How much the show wants of the walls around it; see ``isolation.walls``.
    """

    def __init__(self, *, isolation: str = PREFERRED) -> None:
        self._isolation, self._lock = isolation, threading.Lock()
        self._child: Child | None = None
        self._left: list[Child | None] = []
        self._owner = os.getpid()

    def read(
        self,
        door: str,
        *contents: bytes | int,
        where: str,
        asked: Mapping[str, Any] | None = None,
        beside: Beside | None = None,
        wrong: type[SeamlineError] = FormatError,
    ) -> Any:
        """
        Return what ``door`` finds in ``contents``, as plain JSON.

        Args:
            door: One of ``formats.doors.DOORS``.
            contents: Bytes, or descriptors of open files, which stay the caller's.
            where: What sentences call the file.
            asked: More of the question, as plain JSON.
            beside: Reads what lies beside the file, when the reader asks for it.
            wrong: What is raised where reading broke.

        Raises:
            SeamlineError: What the door refused, of the kind that it was.
            IsolationError: The show requires walls that do not stand.
        """
        with self._lock:
            child = self._standing()
            try:
                found, said = self._asked(
                    child, door, contents, where=where, asked=asked, beside=beside
                )
            except TimeoutError:
                self._end(child)
                raise wrong(
                    f"{where} could not be read within {math.ceil(_longest_s(contents))} s",
                    remedy="Check the file and the disk it is on; export it again.",
                ) from None
            except (EOFError, OSError, *_NONSENSE):
                raise self._died(child, where, wrong) from None
            except BaseException:
                self._end(child)
                raise
        if said is not None:
            raise _refusal(said, wrong)
        return found

    def close(self) -> None:
        """End the reader, if one stands, and wait for it."""
        with self._lock:
            if self._child is not None and self._owner == os.getpid():
                self._end(self._child)

    def _standing(self) -> Child:
        if self._owner != os.getpid():  # a fork: that child is its parent's
            self._left.append(self._child)
            self._child, self._owner = None, os.getpid()
        if self._child is not None and not self._child.alive:
            self._end(self._child)
        if self._child is None:
            self._child = Child(
                "seamline.formats.read_worker",
                Sight(hands_in_files=True),
                wanted=self._isolation,
                environment={"MALLOC_ARENA_MAX": "2"},
            )
            try:
                require(self._child.walls, self._isolation, "reads a foreign file")
            except BaseException:
                self._end(self._child)
                raise
        return self._child

    def _asked(
        self,
        child: Child,
        door: str,
        contents: tuple[bytes | int, ...],
        *,
        where: str,
        asked: Mapping[str, Any] | None,
        beside: Beside | None,
    ) -> tuple[Any, Mapping[str, Any] | None]:
        """Return what was found, or what was said in refusing."""
        child.line.settimeout(_longest_s(contents))
        copied = not child.may_be_handed_files
        with contextlib.ExitStack() as stack:
            fds = [stack.enter_context(_handed(one, copied=copied)) for one in contents]
            word = {"door": door, "where": where, "asked": dict(asked or {})}
            send(child.line, word, *fds)
        while True:
            answer, fds = receive(child.line, most_bytes=MOST_ANSWER_BYTES)
            for fd in fds:
                os.close(fd)
            if "beside" not in answer:
                break
            _hand_beside(child, str(answer["beside"]), beside)
        if "refused" in answer:
            return None, {name: str(answer[name]) for name in ("refused", "remedy", "kind")}
        return answer["found"], None

    def _end(self, child: Child) -> None:
        child.end()
        if self._child is child:
            self._child = None

    def _died(self, child: Child, where: str, wrong: type[SeamlineError]) -> SeamlineError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(timeout=5)
        code = child.died_of()
        self._end(child)
        how = f"died ({signal_name(code)})" if code else "stopped"
        if code == signal.SIGXCPU:
            how = "ran out of the processor time a file of this size may take"
        return wrong(
            f"{where} is damaged: its reader {how} while reading it",
            remedy="Copy it again from its source, or export it again.",
        )


def _size(contents: tuple[bytes | int, ...]) -> int:
    return sum(len(c) if isinstance(c, bytes) else os.fstat(c).st_size for c in contents)


def _longest_s(contents: tuple[bytes | int, ...]) -> float:
    return FIRST_S + _size(contents) / SLOWEST_BYTES_S


@contextlib.contextmanager
def _handed(content: bytes | int, *, copied: bool) -> Iterator[int]:
    """Lend a descriptor to read ``content`` from, which nobody can write through."""
    if isinstance(content, int) and not copied:
        yield content
        return
    fd = os.memfd_create("seamline file", os.MFD_CLOEXEC)
    try:
        if isinstance(content, int):
            at, size = 0, os.fstat(content).st_size
            while at < size and (sent := os.sendfile(fd, content, at, 1 << 30)):
                at += sent
        else:
            left = memoryview(content)
            while len(left):
                left = left[os.write(fd, left[: 1 << 30]) :]
        yield fd
    finally:
        os.close(fd)


def _hand_beside(child: Child, path: str, beside: Beside | None) -> None:
    """Give the child the file at ``path``, if whoever asked lets it have that one."""
    if beside is None:
        raise ValueError(f"a reader asked for {path!r:.80}, and nothing lies beside")
    content = beside(path)
    if content is None:
        send(child.line, {"there": False})
        return
    with _handed(content, copied=True) as fd:
        send(child.line, {"there": True}, fd)


def only_beside(read: Beside, *paths: str) -> Beside:
    """Return ``read`` for files in the folders of ``paths`` alone."""
    folders = {os.path.dirname(path) for path in paths if path}

    def neighbour(wanted: str) -> bytes | None:
        name = os.path.basename(wanted)
        if os.path.dirname(wanted) not in folders or name in ("", ".", ".."):
            raise ValueError(f"a reader asked for {wanted!r:.80}")
        return read(wanted)

    return neighbour


def _refusal(said: Mapping[str, Any], wrong: type[SeamlineError]) -> SeamlineError:
    """Return the refusal that a reader said, of a kind that there is."""
    kind = errors.of_kind(str(said["kind"]), wrong)
    return kind(said["refused"], remedy=said["remedy"])


def believed(where: str, make: Callable[[], Any], wrong: type[SeamlineError]) -> Any:
    """
    Return what ``make`` makes of a reader's answer.

    Raises:
        SeamlineError: Of the kind ``wrong``: the answer is none.
    """
    try:
        return make()
    except (*_NONSENSE, SeamlineError) as error:
        raise wrong(
            f"{where} was read as nothing that can be ({error})", remedy="Export it again."
        ) from error


READERS = Readers()
"""That of this process: started when a foreign file is first read."""
_BY_ISOLATION = {PREFERRED: READERS}


def readers(isolation: str) -> Readers:
    """Return this process's reader for shows that want ``isolation``."""
    return _BY_ISOLATION.setdefault(isolation, Readers(isolation=isolation))


@atexit.register
def _close() -> None:
    for those in _BY_ISOLATION.values():
        those.close()
