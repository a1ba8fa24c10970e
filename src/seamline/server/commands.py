"""
Commands: the shell's own, run by the server in child processes.

A command answers into a file, and says into another how far it is: so it goes on where its
server ends, and the next server reads what came of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from seamline.isolation.inside import without_internet
from seamline.server.errand_files import Errand, read_answer
from seamline.store.showfile import load_show

_LOOK_EVERY_S = 0.03
_PASSPHRASE = "SEAMLINE_PASSPHRASE_FILE"
_PROGRESS = "SEAMLINE_PROGRESS"


class Commands:
    """
    The commands of one running server.

    Args:
        root: The show's folder.
    """

    def __init__(self, root: str) -> None:
        self._root, self._lock, self._has_ended = root, threading.Lock(), False
        self._children: set[subprocess.Popen[bytes]] = set()

    def start(
        self, words: Sequence[str], out: int, told: int, *, asks: bool = False
    ) -> subprocess.Popen[bytes]:
        """
        Start a command.

        Args:
            words: Its words, without the program's name.
            out: The handle that it answers into.
            told: The handle that it says into how far it is.
            asks: Whether it is handed a passphrase.
        """
        # Before a ``--``: what comes after it stands by place.
        end = words.index("--") if "--" in words else len(words)
        own = ["--json", "--show", self._root, "--threads", "1"]
        module = ["seamline.cli", *words[:end], *own, *words[end:]]
        line = [sys.executable, "-m", *module]
        if load_show(self._root).needs_no_internet:
            line = without_internet(module)
        env = {k: v for k, v in os.environ.items() if k != _PASSPHRASE}
        env[_PROGRESS] = "lines"
        if asks:
            env[_PASSPHRASE] = "/dev/stdin"
        stdin = subprocess.PIPE if asks else subprocess.DEVNULL
        with self._lock:
            child = subprocess.Popen(line, stdin=stdin, stdout=out, stderr=told, env=env)
            self._children.add(child)
            if self._has_ended:
                child.terminate()
        return child

    def wait(
        self, child: subprocess.Popen[bytes], longest_s: float, said: Said | None = None
    ) -> None:
        """Wait until a child ends, or is ended because its time is up."""
        until = time.monotonic() + longest_s
        while child.poll() is None:
            if time.monotonic() > until:
                child.kill()
            if said:
                said.read()
            time.sleep(_LOOK_EVERY_S)
        if said:
            said.read()
        with self._lock:
            self._children.discard(child)

    def answered(self, words: Sequence[str], longest_s: float) -> tuple[int, dict[str, Any]]:
        """Run a command that only reads; return its exit code and what it answered."""
        with tempfile.TemporaryFile() as answer:
            child = self.start(words, answer.fileno(), subprocess.DEVNULL)
            self.wait(child, longest_s)
            answer.seek(0)
            return child.returncode, read_answer(answer.read())

    def end(self) -> None:
        """Have every child end; what it had not written never was."""
        with self._lock:
            self._has_ended = True
            for child in self._children:
                child.terminate()


class Said:
    """How far a command is, in its own words, read from its file as they come."""

    def __init__(self, path: str, errand: Errand) -> None:
        self.path, self._errand = path, errand
        self._at = 0

    def read(self) -> None:
        """Take over what is new."""
        try:
            with open(self.path, "rb") as file:
                file.seek(self._at)
                new = file.read()
        except FileNotFoundError:
            return
        whole = new.rpartition(b"\n")[0]
        self._at += len(whole) + 1 if whole else 0
        for line in reversed(whole.splitlines()):
            if _follow(self._errand, line):
                return


def _follow(errand: Errand, line: bytes) -> bool:
    """Take over how far a command is; tell whether the line says so."""
    try:
        told = json.loads(line)
        doing, done, of = str(told["doing"]), float(told["done"]), float(told["of"])
    except (ValueError, KeyError, TypeError):
        return False
    errand.doing, errand.done, errand.of = doing[:200], done, of
    return True


def hand(child: subprocess.Popen[bytes], secret: bytes | None) -> None:
    """Give the passphrase to a command; one that ended already takes none."""
    if secret is not None and child.stdin is not None:
        with suppress(BrokenPipeError), child.stdin as told:
            told.write(secret)
