"""
Errands: what the page needs that reads pixels, done by a command in a child process.

To sign reads every frame again, to ask where a pixel came from reads layers, to make a
screening reads all of them. The server starts the command that the shell would, one after
another for each person, and says how far it is and how it went; nothing of it survives a
restart but what the command wrote in the ledger. What makes nothing but a cache, a screening,
is everybody's: whoever wants the same waits for the same.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from seamline.isolation.inside import without_internet
from seamline.server.problems import Refused
from seamline.store.showfile import load_show

MOST_AT_ONCE = 4
MOST_KEPT = 200
"""Errands that ended and are still told of."""
LONGEST_S = 3600.0
QUESTION_S = 60.0
_PASSPHRASE = "SEAMLINE_PASSPHRASE_FILE"
_PROGRESS = "SEAMLINE_PROGRESS"


@dataclass(kw_only=True)
class Errand:
    """
    One command, and how it went.

    Attributes:
        id: What it is asked for by.
        kind: ``sign``, ``screening``, or the command itself.
        about: The version or shot.
        by: Whose it is; empty where it is everybody's.
        standing: ``running``, ``done`` or ``refused``.
        says: What came of it, a sentence.
        remedy: What to do, where it was refused.
        doing: What the command is at, in its own words.
        done: How much of that is done, of ``of``.
        found: What the command answered.
    """

    id: str
    kind: str
    about: str
    by: str
    standing: str = "running"
    says: str = ""
    remedy: str = ""
    doing: str = ""
    done: float = 0.0
    of: float = 0.0
    found: dict[str, Any] = field(default_factory=dict)

    def as_document(self) -> dict[str, Any]:
        """Return it as it is sent."""
        keys = (
            "id",
            "kind",
            "about",
            "by",
            "standing",
            "says",
            "remedy",
            "doing",
            "done",
            "of",
        )
        return {key: getattr(self, key) for key in keys}


class Errands:
    """
    The errands of one running server.

    Args:
        root: The show's folder.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._known: dict[str, Errand] = {}
        self._children: set[subprocess.Popen[bytes]] = set()
        self._questions = threading.BoundedSemaphore(MOST_AT_ONCE)

    def begin(
        self,
        kind: str,
        about: str,
        by: str,
        words: Sequence[str],
        *,
        secret: bytes | None = None,
        say: Callable[[dict[str, Any]], str],
    ) -> Errand:
        """
        Start a command; return at once.

        Args:
            kind: What it is.
            about: What it is about; the same of the same kind runs once at a time.
            by: Who wants it; empty for what is everybody's.
            words: The command.
            secret: Handed to it on its standard input, where it asks for a passphrase.
            say: Makes a sentence of what it answered.
        """
        made = Errand(id=secrets.token_hex(8), kind=kind, about=about, by=by)
        with self._lock:
            running = [e for e in self._known.values() if e.standing == "running"]
            for errand in running:
                if (errand.kind, errand.about, errand.by) == (kind, about, by):
                    return errand
            if len(running) >= MOST_AT_ONCE:
                raise Refused(
                    429, f"{len(running)} errands run already", "Wait for one to end."
                )
            for old in [e.id for e in self._known.values() if e.standing != "running"][
                : max(0, len(self._known) - MOST_KEPT)
            ]:
                del self._known[old]
            self._known[made.id] = made
        thread = threading.Thread(
            target=self._do, args=(made, list(words), secret, say), daemon=True
        )
        thread.start()
        return made

    def find(self, name: str, by: str) -> Errand:
        """Return one of somebody's own, or refuse."""
        with self._lock:
            found = self._known.get(name)
        if found is None or found.by not in (by, ""):
            raise Refused(404, f"{by} has no errand {name}", "It ended long ago, or never was.")
        return found

    def ask(self, words: Sequence[str]) -> dict[str, Any]:
        """Run a command that only reads, wait for it, and return what it answers."""
        if not self._questions.acquire(timeout=QUESTION_S):
            raise Refused(503, "too many questions wait", "Try again.")
        try:
            code, found = self._run(list(words), None, QUESTION_S, None)
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
        with self._lock:
            running = list(self._children)
        for child in running:
            child.terminate()

    def _do(
        self,
        errand: Errand,
        words: list[str],
        secret: bytes | None,
        say: Callable[[dict[str, Any]], str],
    ) -> None:
        standing, says, remedy = "refused", "the command failed", "See the server's log."
        try:
            code, found = self._run(words, secret, LONGEST_S, errand)
            error = found.get("error", {})
            if code:
                says, remedy = str(error.get("message", says)), str(error.get("remedy", ""))
            else:
                standing, says, remedy = "done", say(found), ""
                errand.found = found
        finally:
            errand.says, errand.remedy = says, remedy
            errand.standing = standing

    def _run(
        self, words: list[str], secret: bytes | None, longest_s: float, errand: Errand | None
    ) -> tuple[int, dict[str, Any]]:
        # Before a ``--``: what comes after it stands by place.
        end = words.index("--") if "--" in words else len(words)
        own = ["--json", "--show", self._root, "--threads", "1"]
        module = ["seamline.cli", *words[:end], *own, *words[end:]]
        line = [sys.executable, "-m", *module]
        if load_show(self._root).needs_no_internet:
            line = without_internet(module)
        env = {k: v for k, v in os.environ.items() if k != _PASSPHRASE}
        env[_PROGRESS] = "lines"
        if secret is not None:
            env[_PASSPHRASE] = "/dev/stdin"
        with tempfile.TemporaryFile() as answer:
            child = subprocess.Popen(
                line,
                stdin=subprocess.PIPE if secret is not None else subprocess.DEVNULL,
                stdout=answer,
                stderr=subprocess.PIPE,
                env=env,
            )
            with self._lock:
                self._children.add(child)
            # It is ended when its time is up, and then says no more.
            clock = threading.Timer(longest_s, child.kill)
            clock.start()
            try:
                _hand(child, secret)
                assert child.stderr is not None
                with child.stderr as told:
                    for said in told:
                        _follow(errand, said)
                child.wait()
            finally:
                clock.cancel()
                with self._lock:
                    self._children.discard(child)
            answer.seek(0)
            out = answer.read()
        try:
            found = json.loads(out)
        except ValueError:
            found = {}
        return child.returncode, found if isinstance(found, dict) else {}


def _hand(child: subprocess.Popen[bytes], secret: bytes | None) -> None:
    """Give the passphrase to a command; one that ended already takes none."""
    if secret is not None and child.stdin is not None:
        with suppress(BrokenPipeError), child.stdin as told:
            told.write(secret)


def _follow(errand: Errand | None, said: bytes) -> None:
    """Write down how far a command is, where it says so."""
    if errand is None or not said.startswith(b"{"):
        return
    try:
        told = json.loads(said)
        doing, done, of = str(told["doing"]), float(told["done"]), float(told["of"])
    except (ValueError, KeyError, TypeError):
        return
    errand.doing, errand.done, errand.of = doing[:200], done, of
