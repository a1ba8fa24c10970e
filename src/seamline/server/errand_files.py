"""
Errands on disk: what was asked for, whether it was begun, and what came of it.

    .seamline/errands/ID.json     an errand that has not ended, whole or not there
    .seamline/errands/ID.ended    one that has, with what its command answered
    .seamline/errands/ID.answer   what its command says, while it runs
    .seamline/errands/ID.said     how far that is, a line of JSON each

Whoever does an errand holds the lock of its ``.answer``: the server that begins it, then its
command, whose standard output that file is. The kernel gives the lock back when the command
ends, whichever way it ends and whether its server still lives. So whoever gets the lock knows
that nobody does the errand.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from seamline.store.owners import Owner
from seamline.store.shelf import STATE
from seamline.store.whole import in_words, make_folder, write_whole

RUNNING, DONE, REFUSED = "running", "done", "refused"
FOLDER = "errands"
MOST_KEPT = 500
"""Errands that ended and are still told of."""
_OPEN, _ENDED, _ANSWER, _SAID = ".json", ".ended", ".answer", ".said"
_TOLD = ("id", "kind", "about", "by", "standing", "says", "remedy", "doing", "done", "of")


@dataclass(kw_only=True)
class Errand:
    """
    One command, and how it went.

    Attributes:
        id: What it is asked for by.
        kind: ``sign``, ``screening``, or the command itself.
        about: The version or shot.
        by: Whose it is; empty where it is everybody's.
        words: The command.
        secret: Whether it is handed a passphrase, which stands in no file.
        again: Whether one that was cut off is simply done once more.
        look: Where else is seen whether it was done.
        server: Whose it is to do: host, process id and start of a server.
        begun: Whether its command was started.
        begun_at: When, seconds since 1970.
        child: The command's process, as far as it is known.
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
    words: list[str] = field(default_factory=list)
    secret: bool = False
    again: bool = False
    look: str = ""
    server: dict[str, Any] = field(default_factory=dict)
    begun: bool = False
    begun_at: float = 0.0
    child: dict[str, Any] = field(default_factory=dict)
    standing: str = RUNNING
    says: str = ""
    remedy: str = ""
    doing: str = ""
    done: float = 0.0
    of: float = 0.0
    found: dict[str, Any] = field(default_factory=dict)

    def as_document(self) -> dict[str, Any]:
        """Return it as it is sent."""
        return {key: getattr(self, key) for key in _TOLD}

    @property
    def is_orphan(self) -> bool:
        """Whether a server of this machine had it to do, and is gone."""
        owner = Owner(**self.server)
        return owner.is_here and not owner.lives


class ErrandFiles:
    """
    The errands of a show.

    Args:
        root: The show's folder.
    """

    def __init__(self, root: str) -> None:
        self._folder = os.path.join(os.path.abspath(root), STATE, FOLDER)

    def write(self, errand: Errand, *, synced: bool = True) -> None:
        """Write down an errand that has not ended; on disk on return if ``synced``."""
        make_folder(self._folder)
        content = json.dumps(asdict(errand), ensure_ascii=False).encode()
        write_whole(self._path(errand.id, _OPEN), content, synced=synced)

    def end(self, errand: Errand) -> None:
        """Write down, for good, what came of an errand; on disk on return."""
        content = json.dumps(asdict(errand), ensure_ascii=False).encode()
        write_whole(self._path(errand.id, _ENDED), content)
        for ending in (_OPEN, _SAID, _ANSWER):
            with suppress(FileNotFoundError):
                os.unlink(self._path(errand.id, ending))
        self._forget()

    def find(self, name: str) -> Errand | None:
        """Return the errand ``name``, ended or not; None where there is none."""
        # One that ends meanwhile has both names for a moment, and never neither.
        for ending in (_ENDED, _OPEN, _ENDED):
            with suppress(FileNotFoundError), open(self._path(name, ending), "rb") as file:
                said = json.load(file)
                return Errand(
                    **{f.name: said[f.name] for f in fields(Errand) if f.name in said}
                )
        return None

    def orphans(self) -> list[Errand]:
        """Return what servers of this machine that are gone had to do, oldest first."""
        found = [self.find(name) for name in self._names(_OPEN)]
        return [e for e in found if e and e.standing == RUNNING and e.is_orphan]

    @contextmanager
    def taken(self, name: str) -> Iterator[int | None]:
        """
        Take the lock of an errand; give the handle of its answer, or None where another has it.

        The handle is to be the command's standard output: it holds the lock as long as that
        runs.
        """
        with in_words(self._folder):
            handle = os.open(self._path(name, _ANSWER), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            yield handle
        finally:
            os.close(handle)

    def said_path(self, name: str) -> str:
        """Return where a command's progress is written."""
        return self._path(name, _SAID)

    def answer(self, name: str) -> dict[str, Any]:
        """Return what a command answered; empty where it did not come to that."""
        with suppress(FileNotFoundError), open(self._path(name, _ANSWER), "rb") as file:
            return read_answer(file.read())
        return {}

    def _path(self, name: str, ending: str) -> str:
        return os.path.join(self._folder, name + ending)

    def _names(self, ending: str) -> list[str]:
        """Return which errands have a file with ``ending``, oldest first."""
        dated: list[tuple[float, str]] = []
        with suppress(FileNotFoundError), os.scandir(self._folder) as files:
            for file in files:
                if file.name.endswith(ending) and not file.name.startswith("."):
                    with suppress(FileNotFoundError):
                        dated.append((file.stat().st_mtime, file.name.removesuffix(ending)))
        return [name for _, name in sorted(dated)]

    def _forget(self) -> None:
        """Let go of what ended longest ago."""
        for name in self._names(_ENDED)[:-MOST_KEPT]:
            with suppress(FileNotFoundError):
                os.unlink(self._path(name, _ENDED))


def name_of(by: str, request: str) -> str:
    """Return what an errand is called: by whose word for it, or fresh where there is none."""
    if not request:
        return secrets.token_hex(8)
    return hashlib.sha256(f"{by}\0{request}".encode()).hexdigest()[:16]


def read_answer(content: bytes) -> dict[str, Any]:
    """Return the document that a command printed; empty where it is none, or not whole."""
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
