"""
A generator behind walls: to the steps a generator like any other, at work in a child.

The child keeps its backend warm and is handed one canvas after another; it sees no file of
the show, nor any other, and can tell nobody. It ends with this process.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from seamline import errors
from seamline.compiled import cache_folder
from seamline.errors import GeneratorError, SeamlineError
from seamline.farm import parcels
from seamline.farm.lending import lend, refusal
from seamline.farm.levels import STAGE
from seamline.isolation.child import Child, signal_name
from seamline.isolation.line import receive, send
from seamline.isolation.sight import Sight
from seamline.isolation.walls import Walls, require
from seamline.pixels.picture import Image
from seamline.ports import (
    NOT_KEPT,
    CanvasPicture,
    Generator,
    Levels,
    OnGraphicsCard,
    Painted,
    ReferencePicture,
)
from seamline.show.record import as_record
from seamline.show.variation import Ask

Found = TypeVar("Found")
_PACKAGE = Path(errors.__file__).parent
MOST_CARDS = 16
MOST_LEVELS = 99
"""A picture of 16384 pixels halved in steps of 2 ** 0.5 has under twenty."""
LONGEST_S = 24 * 3600
"""Processor time of one painter, over all its paintings; and the longest that it is silent."""
_NONSENSE = (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError)
SEED_VARIABLE = "SEAMLINE_COMPILED_SEED"
WALLED = "walled"


DECLARED = ("weights", "determinism")
"""What a generator may say of itself besides: see ``ports.Declared``."""


class Painter:
    """
    ``backend``, at work in a child.

    Args:
        backend: What paints; asked here only for what it says of itself.
        isolation: How much the show wants of the walls.
    """

    def __init__(self, backend: Generator, isolation: str) -> None:
        self.name, self.pixels = backend.name, backend.pixels
        self.encoding, self.needs_references = backend.encoding, backend.needs_references
        for name in DECLARED:
            if hasattr(backend, name):
                setattr(self, name, getattr(backend, name))
        self._isolation = isolation

    def paint(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
    ) -> Painted:
        """
        Paint as ``backend`` does; its refusals come through as they are.

        Raises:
            GeneratorError: The child died, or what it handed back is no painting.
            IsolationError: The show requires walls that do not stand.
        """
        room = _room(self.name, self._isolation)
        asked = {"verb": "paint", "ask": as_record(ask)}
        word, fds = room.ask((canvas, tuple(references)), asked, progress)
        if "gpu_s" in word:
            room.used_gpu(word)
        return _believed(self.name, lambda: parcels.painting_of(_one(fds), word["painted"]))

    def make_ready(self) -> None:
        """Start the child and have it make ``backend`` ready, beside what it is handed."""
        begin(self.name, self._isolation)


class ResumingPainter(Painter):
    """A painter whose backend goes on where it was interrupted."""

    def go_on(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
        levels: Levels,
    ) -> Painted:
        """
        Paint as ``backend`` does, from the last of ``levels``; errors as for ``paint``.

        The child opens no file: levels go to and fro as pictures do.
        """
        room = _room(self.name, self._isolation)
        asked = {"verb": "go on", "ask": as_record(ask), "every_s": levels.every_s}
        word, fds = room.ask((canvas, tuple(references)), asked, progress, levels)
        if "gpu_s" in word:
            room.used_gpu(word)
        return _believed(self.name, lambda: parcels.painting_of(_one(fds), word["painted"]))


class SketchingPainter(Painter):
    """A painter whose backend sketches too."""

    def sketch(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        reduce: int,
        *,
        first: bool = False,
    ) -> Image | None:
        """Return what ``backend`` sketches, (H // ``reduce``, W // ``reduce``, 3), or None."""
        room = _room(self.name, self._isolation)
        asked = {"verb": "sketch", "ask": as_record(ask), "reduce": reduce, "first": first}
        word, fds = room.ask((canvas, tuple(references)), asked, lambda share: None)
        if not fds:
            return None
        (plane,) = _believed(self.name, lambda: parcels.planes_of(_one(fds), word["planes"]))
        return plane


class SketchingResumingPainter(SketchingPainter, ResumingPainter):
    """A painter whose backend does both."""


_KINDS: dict[tuple[bool, bool], type[Painter]] = {
    (False, False): Painter,
    (True, False): SketchingPainter,
    (False, True): ResumingPainter,
    (True, True): SketchingResumingPainter,
}


def walled(backend: Generator, isolation: str) -> Generator:
    """Return ``backend`` as a generator that works behind walls."""
    can = hasattr(backend, "sketch"), hasattr(backend, "go_on")
    return _KINDS[can](backend, isolation)


def begin(name: str, isolation: str) -> None:
    """Start the painter ``name`` before anybody asks it to paint, and have it make ready."""
    _room(name, isolation).make_ready()


def standing(isolation: str) -> Walls | None:
    """Return the walls around the painters of this process; None where none has begun."""
    return next((r.child.walls for (_, how), r in _ROOMS.items() if how == isolation), None)


def gpu_seconds() -> float:
    """Return what the painters of this process said that they used of a graphics card."""
    with _LOCK:
        inside = sum(backend.gpu_seconds() for backend in _BEFORE_WALLS)
        return _ENDED_GPU_S[0] + sum(room.gpu_s for room in _ROOMS.values()) + inside


def counted(backend: Generator) -> Generator:
    """Return ``backend``, at work in this process, whose graphics card is counted too."""
    if hasattr(backend, "gpu_seconds"):
        with _LOCK:
            _BEFORE_WALLS.append(cast(OnGraphicsCard, backend))
    return backend


class _Room:
    """One child, the line to it, and what it was handed last."""

    def __init__(self, name: str, isolation: str) -> None:
        compiled = os.environ.get("NUMBA_CACHE_DIR") or str(cache_folder(_PACKAGE))
        own = os.path.join(compiled, WALLED)
        Path(own).mkdir(parents=True, exist_ok=True)
        self._name, self._lock, self.owner = name, threading.Lock(), os.getpid()
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        self.child = Child(
            "seamline.farm.painter_worker",
            Sight(reads=(compiled,), writes=(own,)),
            wanted=isolation,
            limits={"memory_bytes": memory, "file_bytes": memory, "processor_s": LONGEST_S},
            environment={"NUMBA_CACHE_DIR": own, SEED_VARIABLE: compiled},
        )
        self.child.line.settimeout(None)
        send(self.child.line, {"generator": name})
        self.gpu_s = 0.0
        self._is_ready = False
        self._material: parcels.Material | None = None
        self._number = 0

    def ask(
        self,
        material: parcels.Material,
        asked: Mapping[str, Any],
        tell: Callable[[float], None],
        levels: Levels = NOT_KEPT,
    ) -> tuple[dict[str, Any], list[int]]:
        """Have the child do ``asked``; return its answer and the descriptors that came."""
        mine, theirs = socket.socketpair()
        mine.settimeout(LONGEST_S)
        with mine:
            try:
                with theirs, self._lock:
                    self._hand_over(material)
                    send(self.child.line, {"material": self._number}, theirs.fileno())
                send(mine, dict(asked))
                return self._answer(mine, tell, levels)
            except (EOFError, OSError) as error:
                raise self._died() from error
            except _NONSENSE as error:
                raise _nonsense(self._name, error) from error

    def make_ready(self) -> None:
        """Have the child make itself ready; what it cannot do it says when it is asked."""
        with suppress(OSError), self._lock:
            if not self._is_ready:
                self._is_ready = True
                send(self.child.line, {"ready": True})

    def used_gpu(self, word: Mapping[str, Any]) -> None:
        """Note what its painter says of a graphics card: seconds since it began, never less."""
        try:
            said = float(word.get("gpu_s", 0.0))
        except (TypeError, ValueError) as error:
            raise _nonsense(self._name, error) from error
        if not 0 <= said <= LONGEST_S * MOST_CARDS:
            raise _nonsense(self._name, ValueError(f"{said} seconds of graphics card"))
        with self._lock:
            self.gpu_s = max(self.gpu_s, said)

    def _hand_over(self, material: parcels.Material) -> None:
        """Give the child canvas and views, unless it has these very ones."""
        last = self._material
        same = last is not None and last[0] is material[0] and len(last[1]) == len(material[1])
        if last and same and all(a is b for a, b in zip(last[1], material[1], strict=True)):
            return
        fd, word = parcels.packed_material(material)
        lent = lend(material[1])
        try:
            fds = [fd] if lent is None else [fd, lent.fileno()]
            send(self.child.line, {"handed": self._number + 1, **word}, *fds)
        finally:
            os.close(fd)
            if lent is not None:
                lent.close()
        self._material, self._number = material, self._number + 1

    def _answer(
        self,
        line: socket.socket,
        tell: Callable[[float], None],
        levels: Levels = NOT_KEPT,
    ) -> tuple[dict[str, Any], list[int]]:
        while True:
            word, fds = receive(line)
            if "begins" in word:
                levels.begins(*_begun(word))
                continue
            if "level" in word or "wanted" in word:
                _kept_or_found(line, word, fds, levels)
                continue
            if "painted" in word or "planes" in word:
                return word, fds
            for fd in fds:
                os.close(fd)
            if "refused" in word:
                raise refusal(word)
            tell(min(1.0, max(0.0, float(word["share"]))))

    def _died(self) -> GeneratorError:
        with suppress(subprocess.TimeoutExpired):
            self.child.process.wait(timeout=5)
        number = self.child.died_of()
        self.child.end()
        how = f"died ({signal_name(number)})" if number else "ended"
        return GeneratorError(
            f"the painter of {self._name} {how} while it painted",
            remedy="Run the same command again; what is painted stays. If it dies again, give "
            "it fewer --threads or the machine more memory.",
        )


_ROOMS: dict[tuple[str, str], _Room] = {}
_LOCK = threading.Lock()
_ENDED_GPU_S = [0.0]
"""Of painters that are gone."""
_BEFORE_WALLS: list[OnGraphicsCard] = []
"""Those that paint in this process, where a show wants no walls."""


def _room(name: str, isolation: str) -> _Room:
    with _LOCK:
        room = _ROOMS.get((name, isolation))
        if room is None or room.owner != os.getpid() or not room.child.alive:
            _ENDED_GPU_S[0] += room.gpu_s if room is not None else 0.0
            room = _ROOMS[name, isolation] = _Room(name, isolation)
    require(room.child.walls, isolation, "paints")
    return room


def _close() -> None:
    for room in _ROOMS.values():
        if room.owner == os.getpid():
            room.child.end()


atexit.register(_close)


def _kept_or_found(
    line: socket.socket, word: Mapping[str, Any], fds: Sequence[int], levels: Levels
) -> None:
    """Keep the level that came, or hand over the one that is wanted."""
    if "level" in word:
        planes = parcels.planes_of(_one(fds), word["planes"])
        levels.keep(str(word["level"]), dict(zip(map(str, word["names"]), planes, strict=True)))
        return
    planes_by_name = levels.found(str(word["wanted"]))
    fd, said = parcels.packed_planes(list(planes_by_name.values()))
    try:
        send(line, {"names": list(planes_by_name), "planes": said}, fd)
    finally:
        os.close(fd)


def _begun(word: Mapping[str, Any]) -> tuple[str, int, int]:
    """Return the stage, the level and of how many that a painter says it begins."""
    stage, level, of = str(word["begins"]), int(word["level"]), int(word["of"])
    if not (STAGE.fullmatch(stage) and 1 <= level <= of <= MOST_LEVELS):
        raise ValueError(f"level {level} of {of} of a stage called {stage[:40]!r}")
    return stage, level, of


def _believed(name: str, look: Callable[[], Found]) -> Found:
    """Return what ``look`` finds, or refuse what a painter handed back as none."""
    try:
        return look()
    except (*_NONSENSE, OSError, SeamlineError) as error:
        raise _nonsense(name, error) from error


def _one(fds: Sequence[int]) -> int:
    """Return the descriptor that came, if it is one; close what else did."""
    for fd in fds[1:] if len(fds) == 1 else fds:
        os.close(fd)
    if len(fds) != 1:
        raise ValueError(f"{len(fds)} pictures in place of one")
    return fds[0]


def _nonsense(name: str, error: Exception) -> GeneratorError:
    return GeneratorError(
        f"what the painter of {name} handed back is no painting: {error}",
        remedy="Its contract test says more: pytest tests/contracts --generator NAME.",
    )
