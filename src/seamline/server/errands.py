"""
Errands: what the server is asked for that reads pixels, done by a command in a child process.

To sign reads every frame again, to ask where a pixel came from reads layers, to make a
screening reads all of them. The server starts the command that the shell would, and says how
far it is and how it went. What makes nothing but a cache, a screening, is everybody's: whoever
wants the same waits for the same.

An errand is on disk before it is answered (``errand_files``), and outlives its server. The next
one runs what had not begun, waits for what still runs, and does again what only reads; of
anything else that was cut off it says so, and where to look.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from typing import Any

from seamline.server.commands import Commands, Said, hand
from seamline.server.errand_files import (
    DONE,
    REFUSED,
    RUNNING,
    Errand,
    ErrandFiles,
    name_of,
)
from seamline.server.problems import Refused
from seamline.store.owners import Owner, started, this_host

MOST_AT_ONCE = 4
LONGEST_S = 3600.0
QUESTION_S = 60.0
LOOK_EVERY_S = 0.1
_SAYS: Mapping[str, Callable[[str, dict[str, Any]], str]] = {
    "sign": lambda _, found: f"{found['element']}: signed by {found['by']}, {found['view']}",
    "screening": lambda shot, found: f"{shot}: {len(found['versions'])} versions are ready",
}
"""A sentence of what a command answered, where it is more than that it is done."""


class Errands:
    """
    The errands of one running server.

    Args:
        root: The show's folder.
    """

    def __init__(self, root: str) -> None:
        self._files, self._commands = ErrandFiles(root), Commands(root)
        self._lock = threading.Lock()
        self._open: dict[str, Errand] = {}
        self._questions = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._leaving = threading.Event()

    def begin(
        self,
        kind: str,
        about: str,
        by: str,
        words: Sequence[str],
        *,
        secret: bytes | None = None,
        again: bool = False,
        look: str = "",
        request: str = "",
    ) -> Errand:
        """
        Start a command; return when that is on disk.

        Args:
            kind: What it is.
            about: What it is about; the same of the same kind runs once at a time.
            by: Who wants it; empty for what is everybody's.
            words: The command.
            secret: Handed to it on its standard input, where it asks for a passphrase.
            again: Whether it is done once more where it was cut off.
            look: Where is seen whether it was done, where it is not.
            request: How the person calls it; the same word is the same errand, as long as it
                is told of.
        """
        made = Errand(
            id=name_of(by, request), kind=kind, about=about, by=by, words=list(words),
            secret=secret is not None, again=again, look=look, server=asdict(Owner.here()),
        )  # fmt: skip
        with self._lock:
            known = self._files.find(made.id) if request else None
            if known is not None:
                return _the_same(known, made, request)
            for errand in self._open.values():
                if (errand.kind, errand.about, errand.by) == (kind, about, by):
                    return errand
            if len(self._open) >= MOST_AT_ONCE:
                raise Refused(
                    429, f"{len(self._open)} errands run already", "Wait for one to end."
                )
            self._files.write(made)
            self._open[made.id] = made
        self._start(made, self._do, secret)
        return made

    def take_up(self) -> None:
        """Go on with what servers of this machine left that are gone."""
        for errand in self._files.orphans():
            self._start(errand, self._take_over)

    def find(self, name: str, by: str) -> Errand:
        """Return one of somebody's own, or refuse."""
        with self._lock:
            found = self._open.get(name)
        found = found or self._files.find(name)
        if found is None or found.by not in (by, ""):
            raise Refused(404, f"{by} has no errand {name}", "It ended long ago, or never was.")
        return found

    def ask(self, words: Sequence[str]) -> dict[str, Any]:
        """Run a command that only reads, wait for it, and return what it answers."""
        if not self._questions.acquire(timeout=QUESTION_S):
            raise Refused(503, "too many questions wait", "Try again.")
        try:
            code, found = self._commands.answered(words, QUESTION_S)
        finally:
            self._questions.release()
        if code:
            error = found.get("error", {})
            raise Refused(
                409 if code in (1, 2) else 503,
                str(error.get("message", "the question was not answered")),
                str(error.get("remedy", "Try again.")),
            )
        return found

    def end(self) -> None:
        """Have every child end; what it had not written never was."""
        self._leaving.set()
        self._commands.end()
        with self._lock:
            left = list(self._open.values())
        for errand in left:
            _signal(errand, signal.SIGTERM)

    # -- one errand ---------------------------------------------------------

    def _start(self, errand: Errand, work: Callable[..., None], *words: Any) -> None:
        with self._lock:
            self._open[errand.id] = errand
        threading.Thread(target=work, args=(errand, *words), daemon=True).start()

    def _do(self, errand: Errand, secret: bytes | None) -> None:
        """Do what was just asked for."""
        with self._seen_to(errand), self._files.taken(errand.id) as answer:
            assert answer is not None, "nobody else has what was just asked for"
            self._conclude(errand, *self._run(errand, secret, answer))

    def _take_over(self, errand: Errand) -> None:
        """Go on with what another server had to do, once nobody does it."""
        with self._seen_to(errand):
            said = Said(self._files.said_path(errand.id), errand)
            while not self._leaving.is_set():
                with self._files.taken(errand.id) as answer:
                    if answer is not None:
                        self._go_on(errand, answer)
                        return
                said.read()
                if errand.begun and time.time() > errand.begun_at + LONGEST_S:
                    _signal(errand, signal.SIGKILL)
                self._leaving.wait(LOOK_EVERY_S)

    def _go_on(self, errand: Errand, answer: int) -> None:
        """Say what came of an errand that nobody does, or do it."""
        now = self._files.find(errand.id)
        if now is None or now.standing != RUNNING:
            return  # another server has seen to it
        found = self._files.answer(errand.id) if now.begun else {}
        if found:
            self._conclude(errand, found.get("error", {}).get("exit_code", 0), found)
        elif now.begun and not now.again:
            says = "the server stopped while this ran, and how far it came is not known"
            self._end(errand, REFUSED, says, f"{now.look}; ask again if it was not done.")
        elif now.secret:
            says = "the server stopped before this began; nothing was done"
            self._end(errand, REFUSED, says, "Ask again: a passphrase is kept nowhere.")
        else:
            self._conclude(errand, *self._run(errand, None, answer))

    @contextmanager
    def _seen_to(self, errand: Errand) -> Iterator[None]:
        try:
            yield
        except Exception:
            self._end(errand, REFUSED, "the command failed", "See the server's log.")
            raise
        finally:
            with self._lock:
                self._open.pop(errand.id, None)

    def _conclude(self, errand: Errand, code: int, found: dict[str, Any]) -> None:
        error = found.get("error", {})
        if not code:
            say = _SAYS.get(errand.kind)
            says = say(errand.about, found) if say else f"{errand.kind}: done"
            self._end(errand, DONE, says, "", found)
        elif not error and self._leaving.is_set():
            return  # it was ended with this server, and the next one sees to it
        else:
            says = str(error.get("message", "the command failed"))
            self._end(errand, REFUSED, says, str(error.get("remedy", "See the server's log.")))

    def _end(
        self,
        errand: Errand,
        standing: str,
        says: str,
        remedy: str,
        found: dict[str, Any] | None = None,
    ) -> None:
        ended = replace(errand, standing=standing, says=says, remedy=remedy, found=found or {})
        self._files.end(ended)
        # For whoever has it in hand: its standing last.
        errand.says, errand.remedy, errand.found = says, remedy, ended.found
        errand.standing = standing

    def _run(
        self, errand: Errand, secret: bytes | None, answer: int
    ) -> tuple[int, dict[str, Any]]:
        """Run the command; ``answer`` is the handle of the file it answers into."""
        errand.server, errand.child = asdict(Owner.here()), {}
        errand.begun, errand.begun_at = True, time.time()
        self._files.write(errand)
        os.ftruncate(answer, 0)
        os.lseek(answer, 0, os.SEEK_SET)
        said = Said(self._files.said_path(errand.id), errand)
        with open(said.path, "wb") as told:
            child = self._commands.start(
                errand.words, answer, told.fileno(), asks=secret is not None
            )
        try:
            errand.child = asdict(
                Owner(host=this_host(), pid=child.pid, start=started(child.pid))
            )
            self._files.write(errand, synced=False)
            hand(child, secret)
        finally:
            self._commands.wait(child, LONGEST_S, said)
        return child.returncode, self._files.answer(errand.id)


def _signal(errand: Errand, number: int) -> None:
    """Send a signal to a command that another server started, if it is still the same one."""
    if errand.child and (owner := Owner(**errand.child)).is_here and owner.lives:
        with suppress(ProcessLookupError):
            os.kill(owner.pid, number)


def _the_same(known: Errand, made: Errand, request: str) -> Errand:
    if (known.kind, known.words) != (made.kind, made.words):
        raise Refused(
            409,
            f"request {request!r} of {made.by} was another errand, {known.id}",
            "Give every errand a word of its own.",
        )
    return known
