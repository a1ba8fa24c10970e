"""
A show opened without pixels: ledger, settings and named files, nothing that decodes.

What answers requests stays small and starts at once. Whatever needs pictures, colour or
compiled code is a worker's; asked here, it says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from secrets import token_hex
from typing import Any, NoReturn

from seamline.errors import InputError
from seamline.ports import Studio
from seamline.server.kept import KeptLedger
from seamline.show.queue import Worker
from seamline.show.variation import Made
from seamline.steps.queue import AtWork
from seamline.store import sharing
from seamline.store.authority import FileAuthority
from seamline.store.clock import SystemClock
from seamline.store.keyring import FileKeyring
from seamline.store.ledger import open_ledger
from seamline.store.owners import Owner
from seamline.store.shelf import FileShelf
from seamline.store.showfile import load_show
from seamline.store.showfound import find_root


class Elsewhere:
    """Stands in for a port that needs pixels; whoever asks it is told where those are."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __getattr__(self, name: str) -> NoReturn:
        # What Python itself looks for is not there; what a step asks for is refused.
        if name.startswith("__"):
            raise AttributeError(name)
        raise _refused(self._what)

    def __call__(self, *_: Any) -> NoReturn:
        """Refuse."""
        raise _refused(self._what)


def _refused(what: str) -> InputError:
    return InputError(
        f"the server reads no {what}; workers do",
        remedy="Queue it, or run the command on the shell.",
    )


class _NoBar:
    def advance(self, amount: float = 1.0) -> None:
        """Nobody looks."""

    def now(self, title: str) -> None:
        """Nobody reads."""


class NoProgress:
    """Progress that is shown nowhere."""

    @contextmanager
    def bar(self, title: str, total: float) -> Iterator[_NoBar]:
        """Show nothing while the block runs."""
        yield _NoBar()


def show_root(flag: str | None) -> str:
    """Return the show meant: the flag, $SEAMLINE_SHOW, or the nearest show.toml upwards."""
    return find_root(os.getcwd(), os.environ, flag)


def open_light(root: str) -> Studio:
    """Return the show at ``root`` with every port filled that needs no pixels."""
    show = load_show(root)
    sharing.apply(show.root, show.sharing)
    clock = SystemClock()
    pictures: Any = Elsewhere("pictures")

    def made() -> Made:
        raise _refused("pictures")

    return Studio(
        settings=replace(
            show.settings,
            config_path=show.config_path,
            most_variations=show.limits.variations,
            canvas_mpx=show.limits.canvas_mpx,
        ),
        images=pictures,
        colour=pictures,
        tracks=pictures,
        ledger=KeptLedger(open_ledger(show.ledger, clock)),
        blobs=pictures,
        shelf=FileShelf(show.root, show.templates),
        keyring=FileKeyring(show.keys_path),
        authority=FileAuthority(show.authority_path),
        clock=clock,
        progress=NoProgress(),
        optics=pictures,
        grains=pictures,
        papers=pictures,
        proofs=pictures,
        generator=pictures,
        card_maker=pictures,
        made=made,
        nonce=lambda: token_hex(16),
        threads=1,
    )


def at_work() -> AtWork:
    """Return this process as one that looks the queue's workers up."""
    here = Owner.here()

    def lives(worker: Worker) -> bool | None:
        owner = Owner(host=worker.host, pid=worker.pid, start=worker.start)
        return owner.lives if owner.is_here else None

    me = Worker(host=here.host, pid=here.pid, start=here.start)
    return AtWork(me=me, token=token_hex(8), lives=lives)
