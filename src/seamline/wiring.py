"""The only module that knows every room: from a show's folder to a filled Studio."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from secrets import token_hex
from typing import Any, cast

from numpy.typing import NDArray

from seamline import generators
from seamline.errors import ShowError
from seamline.farm import painter
from seamline.farm.here import Here
from seamline.farm.levels import KeptLevels
from seamline.farm.material import KeptMaterial
from seamline.farm.memory import keep_freed
from seamline.formats.images import ImageFiles, OwnFiles
from seamline.formats.ocio import Config, builtin_config_text
from seamline.formats.papers import PaperFiles
from seamline.formats.proofs import ProofFiles
from seamline.formats.tracks import TrackFiles
from seamline.isolation.inside import without_internet
from seamline.isolation.probing import REACHED, TRIED_BY, probed
from seamline.isolation.walls import OFF, PREFERRED, REQUIRED, WALLS
from seamline.made_here import made_with
from seamline.optics import reproject
from seamline.pixels.picture import Image
from seamline.ports import CardMaker, Farm, Generator, Grains, Optics, PublicKey, Studio
from seamline.show.queue import Worker
from seamline.steps import walls as steps_walls
from seamline.steps.queue import AtWork, Person
from seamline.store import backup, progress, sharing
from seamline.store.authority import FileAuthority, public_pem
from seamline.store.backup import Copied
from seamline.store.bars import StderrProgress
from seamline.store.blobs import FileBlobs
from seamline.store.clock import SystemClock
from seamline.store.how_far import ToldBeside
from seamline.store.keyring import FileKeyring
from seamline.store.ledger import open_ledger
from seamline.store.newshow import create_show
from seamline.store.owners import Owner, this_host
from seamline.store.progress import ProgressLines
from seamline.store.shelf import FileShelf
from seamline.store.showfile import ShowFile, load_show
from seamline.store.showfound import VARIABLE, find_root

THREADS_VARIABLE = "SEAMLINE_THREADS"
MOST_PLAIN_PX = 1_000_000
"""The plain twin takes .2 s for so many; numba and its compiled code are there after .4."""


class _WhenUsed:
    """A module, loaded when something in it is asked for: most commands paint nothing."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._module), name)


class _Sampling(_WhenUsed):
    """Compiled optics; a little is sampled by the plain twin, before the compiled one loads."""

    _plain_px = 0

    def sample(self, canvas: Image, x: NDArray[Any], y: NDArray[Any]) -> Image:
        """Return ``canvas`` at (x, y); see ``optics.reproject.sample``."""
        self._plain_px += x.size
        if self._plain_px <= MOST_PLAIN_PX:
            return reproject.sample(canvas, x, y)
        compiled: Image = import_module(self._module).sample(canvas, x, y)
        return compiled


def threads_wanted(flag: int | None, env: Mapping[str, str]) -> int:
    """Return how many threads to use: the flag, $SEAMLINE_THREADS, or every core."""
    said = env.get(THREADS_VARIABLE, "")
    if flag:
        return flag
    if said.isdigit() and int(said) > 0:
        return int(said)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _walls(wanted: str) -> str:
    """Return the word for what stands around the painters of this process."""
    if wanted == OFF:
        return OFF
    found = painter.standing(wanted)
    return found.says if found else ""


def _generator(name: str, isolation: str) -> Generator:
    found = generators.load(name)
    return painter.counted(found) if isolation == OFF else painter.walled(found, isolation)


def _card_maker() -> CardMaker:
    # Opened when the first card is made: it compiles, and most commands make none.
    from seamline.generators.patch.cards import PatchCards

    return PatchCards()


def new_show(
    root: str,
    name: str,
    *,
    width: int,
    height: int,
    rate: str,
    passphrase: bytes | None = None,
) -> str:
    """
    Create a show's folder with its authority, or find the same one; return its root.

    The authority's key is made under ``passphrase``, where one is given.
    """
    config = builtin_config_text()
    made = create_show(root, name, config, width_px=width, height_px=height, rate=rate)
    FileAuthority(made.authority_path).create(passphrase)
    return root


def show_root(flag: str | None, *, near: str = "") -> str:
    """
    Return the show meant: the flag, $SEAMLINE_SHOW, or the nearest show.toml upwards.

    Where there is none above the working folder, the one above ``near`` is meant.
    """
    try:
        return find_root(os.getcwd(), os.environ, flag)
    except ShowError:
        if flag or os.environ.get(VARIABLE) or not near:
            raise
        try:
            return find_root(near, {}, None)
        except ShowError:
            pass
        raise


def open_studio(
    root: str,
    *,
    threads: int | None = None,
    quiet: bool = False,
    passphrase: Callable[[], bytes] | None = None,
) -> Studio:
    """
    Return the show at ``root`` with every port filled.

    ``passphrase`` is asked for where the show's own key is protected and signs something.
    """
    keep_freed()
    show = load_show(root)
    sharing.apply(show.root, show.sharing)
    clock = SystemClock(painter.gpu_seconds)
    colour = Config(
        show.config_path,
        sha256=show.config_sha256,
        working_space=show.working_space,
        look=show.look,
    )
    isolation = show.settings.isolation
    images = ImageFiles(colour, isolation=isolation)
    return Studio(
        settings=replace(
            show.settings,
            config_path=show.config_path,
            most_variations=show.limits.variations,
            canvas_mpx=show.limits.canvas_mpx,
        ),
        images=images,
        colour=colour,
        tracks=TrackFiles(isolation=isolation),
        ledger=open_ledger(show.ledger, clock),
        blobs=_blobs(show, colour),
        shelf=FileShelf(show.root, show.templates),
        keyring=FileKeyring(show.keys_path),
        authority=FileAuthority(show.authority_path, passphrase),
        clock=clock,
        progress=ToldBeside(_progress(quiet=quiet), show.root),
        optics=cast(Optics, _Sampling("seamline.fast.reproject")),
        grains=cast(Grains, _WhenUsed("seamline.fast.grain")),
        papers=PaperFiles(isolation=isolation),
        proofs=ProofFiles(),
        generator=lambda name: _generator(name, isolation),
        card_maker=_card_maker,
        made=lambda: made_with(show.config_sha256, isolation=_walls(isolation)),
        nonce=lambda: token_hex(16),
        threads=threads_wanted(threads, os.environ),
        laid_out=KeptMaterial(material_folder(os.environ), beside=True),
        levels=lambda key: KeptLevels(levels_folder(os.environ), key),
    )


def _blobs(show: ShowFile, colour: Config) -> FileBlobs:
    """Return the show's blobs; where walls are required, behind them like everything else."""
    isolation = show.settings.isolation
    walled = isolation == REQUIRED
    own = ImageFiles(colour, isolation=isolation) if walled else OwnFiles(colour)
    return FileBlobs(show.state, own)


def _progress(*, quiet: bool) -> StderrProgress | ProgressLines:
    if os.environ.get(progress.VARIABLE) == progress.LINES:
        return ProgressLines()
    return StderrProgress(quiet=quiet)


def key_pem(root: str, name: str | None) -> tuple[PublicKey, bytes]:
    """Return a person's public key, or the show's own where no name is given, and its PEM."""
    show = load_show(root)
    if name is None:
        authority = FileAuthority(show.authority_path)
        return authority.key(), authority.public_pem()
    key = FileKeyring(show.keys_path).find(name)
    return key, public_pem(key)


def protect_key(
    root: str, name: str | None, passphrase: Callable[[], bytes], new: Callable[[], bytes]
) -> PublicKey:
    """
    Keep a person's key, or the show's own where no name is given, under a new passphrase.

    ``passphrase`` is asked where one protects it already; then ``new``.
    """
    show = load_show(root)
    if name is None:
        authority = FileAuthority(show.authority_path)
        old = passphrase() if authority.key().protected else None
        return authority.protect(old, new())
    keys = FileKeyring(show.keys_path)
    old = passphrase() if keys.find(name).protected else None
    return keys.protect(name, old, new())


def at_work() -> AtWork:
    """Return this process as a worker of the queue, and how it looks up others."""
    here = Owner.here()
    me = Worker(host=here.host, pid=here.pid, start=here.start)

    def lives(worker: Worker) -> bool | None:
        owner = Owner(host=worker.host, pid=worker.pid, start=worker.start)
        return owner.lives if owner.is_here else None

    return AtWork(me=me, token=token_hex(8), lives=lives)


def person(studio: Studio) -> Person:
    """Return who sits at this shell: the account, and whether show.toml names it."""
    name = getpass.getuser()
    return Person(name=name, supervisor=name in studio.settings.supervisors)


def farm(workers: int) -> Farm:
    """Return what runs the parts of an ask: so many processes on this machine."""
    return Here(workers)


def material_folder(env: Mapping[str, str]) -> str:
    """Return where what was laid out for painters is kept: this account's cache."""
    home = env.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(home, "seamline", "material")


def levels_folder(env: Mapping[str, str]) -> str:
    """Return where levels of paintings that are not finished are kept: this account's cache."""
    return os.path.join(os.path.dirname(material_folder(env)), "levels")


def work_line(root: str, ask: str, first: int, last: int) -> list[str]:
    """Return the command line that does one part of an ask, whatever runs it."""
    words = ["work", ask, "--frames", f"{first}-{last}", "--show", root, "--threads", "1"]
    if load_show(root).needs_no_internet:
        return without_internet(["seamline.cli", *words])
    return [sys.executable, "-m", "seamline.cli", *words]


def back_up(root: str, target: str) -> Copied:
    """Copy the show at ``root`` into the folder ``target``; what is there already stays."""
    show = load_show(root)
    ledger = open_ledger(show.ledger, SystemClock())
    try:
        return backup.back_up(show.root, show.state, ledger, target)
    finally:
        ledger.close()


def restore(source: str, root: str) -> Copied:
    """Put the show that was backed up in ``source`` back into the folder ``root``."""
    there = load_show(source)
    here = os.path.join(root, os.path.relpath(there.ledger_path, there.root))
    ledger = open_ledger(there.ledger_url or here, SystemClock())
    try:
        return backup.restore(source, root, ledger.take_over)
    finally:
        ledger.close()


def scrub(root: str) -> tuple[int, list[str]]:
    """Read every blob of the show; return how many, and those that rotted."""
    show = load_show(root)
    colour = Config(
        show.config_path, sha256=show.config_sha256, working_space=show.working_space
    )
    return backup.scrub(show.state, _blobs(show, colour))


def walls(isolation: str = PREFERRED) -> dict[str, Any]:
    """Have a child try to get out from behind the walls; return what it found, as JSON."""
    painter, decoder = probed(wanted=isolation), probed(wanted=isolation, files=False)
    both = (painter, decoder)
    # What one of the two can reach is reached.
    found = {
        name: next((one.found[name] for one in both if one.found[name] == REACHED), how)
        for name, how in painter.found.items()
    }
    return {
        "isolation": isolation,
        "by": decoder.walls.says if isolation != OFF else OFF,
        "holds": {wall: all(one.holds(wall) for one in both) for wall in WALLS},
        "tried": {wall: {name: found[name] for name in TRIED_BY[wall]} for wall in WALLS},
    }


def record_walls(studio: Studio, found: Mapping[str, Any]) -> bool:
    """Write down what the walls of this machine are, where that is new; tell whether."""
    return steps_walls.record_walls(studio.ledger, this_host(), found)


def sweep(studio: Studio) -> list[str]:
    """Remove temporaries whose writer is dead; return their paths."""
    assert isinstance(studio.shelf, FileShelf)
    return studio.shelf.sweep()
