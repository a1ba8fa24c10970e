"""
Finding what belongs to a shot among the files that came with a turnover.

First by what the turnover itself names; then by the shot's name, the clip's, the reel's: at
the head of a file's name, then as a folder. A name ends where letters and digits do, so
that 042_011 does not take what is 042_0110's. Several candidates are named, and none is
chosen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from seamline.show.frames import printf_pattern
from seamline.show.turnover import Event, Material

MATTE_WORDS = frozenset(
    ("matte", "mattes", "fg", "roto", "mask", "masks", "holdout", "alpha", "key")
)
TRACK_ENDINGS = (".jsonl", ".json", ".chan", ".cbor", ".usd", ".usda", ".usdc", ".tum")
TRACK_WORDS = frozenset(("track", "camera", "cam", "opentrackio", "matchmove"))
_SURE_TRACKS = (".jsonl", ".chan", ".tum", ".opentrackio.json", ".cbor")
GRADE_ENDINGS = (".cc", ".ccc", ".cdl")
_NUMBER = re.compile(r"(%0?\d*d|#+|(?<=\.)\d+)$")
_MEDIA = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What may be meant, and by what it was found."""

    found: tuple[str, ...] = ()
    by: str = ""


class Index:
    """
    The material of a turnover, to be asked by name.

    Args:
        material: What lies in its folders.
        shots: Every shot's name in the turnover: the longest one that fits owns a file.
        beside: Folder of the turnover file, in which relative paths begin.
    """

    def __init__(self, material: Material, shots: Iterable[str], *, beside: str = "") -> None:
        self._shots = {name.casefold() for name in shots}
        self._beside = beside
        self.sequences = {one.pattern: one for one in material.sequences}
        self._files = frozenset(material.files)
        self._by_head: dict[str, list[str]] = {}
        self._by_folder: dict[str, list[str]] = {}
        self._owner: dict[str, str] = {}
        self._lies_in: dict[str, str] = {}
        for path in (*self.sequences, *material.files):
            self._enter(path, material.folders)

    def plates(self, shot: str, events: Sequence[Event]) -> Candidates:
        """Return the sequences that may be the shot's plate."""
        named = [file for event in events for file in event.files]
        for file in named:
            found = self._named(file, self.sequences.__contains__)
            if found:
                return Candidates(found=found, by="the turnover names it")
        ways: list[tuple[str, str]] = [(shot, "the shot's name")]
        ways += [(_stem(event.clip), "the clip's name") for event in events if event.clip]
        ways += [(event.reel, "the reel's name") for event in events if event.reel]
        for name, by in ways:
            found = tuple(
                path
                for path in self._called(name, shot)
                if path in self.sequences and not self._is_matte(path, name)
            )
            if found:
                return Candidates(found=found, by=by)
        return Candidates()

    def mattes(self, shot: str, named: str) -> Candidates:
        """Return the sequences that may be the shot's matte."""
        if named:
            found = self._named(named, self.sequences.__contains__)
            return Candidates(found=found, by="the turnover names it")
        found = tuple(
            path
            for path in self._called(shot, shot)
            if path in self.sequences and self._is_matte(path, shot)
        )
        return Candidates(found=found, by="the shot's name")

    def file(self, shot: str, named: str, fits: Callable[[str], bool]) -> Candidates:
        """Return the single files that may be meant by ``named``, or by the shot's name."""
        if named:
            found = self._named(named, self._files.__contains__)
            return Candidates(found=found, by="the turnover names it")
        found = tuple(
            path for path in self._called(shot, shot) if path in self._files and fits(path)
        )
        return Candidates(found=found, by="the shot's name")

    # -- within -------------------------------------------------------------

    def _enter(self, path: str, folders: Sequence[str]) -> None:
        head = _head(path)
        for name in _prefixes(head):
            self._by_head.setdefault(name, []).append(path)
        root = next((f for f in folders if path.startswith(f"{f.rstrip('/')}/")), "")
        parts = path[len(root) :].casefold().split("/")[:-1]
        self._lies_in[path] = parts[-1] if parts else ""
        for part in parts:
            for name in _prefixes(part):
                self._by_folder.setdefault(name, []).append(path)
        owners = [name for name in _prefixes(head) if name in self._shots]
        if owners:
            self._owner[path] = max(owners, key=len)

    def _called(self, name: str, shot: str) -> tuple[str, ...]:
        """Return what is called ``name``, but what another shot's name owns."""
        own = shot.casefold()
        for table in (self._by_head, self._by_folder):
            found = tuple(
                path
                for path in table.get(name.casefold(), ())
                if self._owner.get(path, own) == own
            )
            if found:
                return tuple(dict.fromkeys(found))
        return ()

    def _named(self, named: str, is_there: Callable[[str], bool]) -> tuple[str, ...]:
        """Return what a path, or a mere file's name, in the turnover stands for."""
        path = named if named.startswith("/") else f"{self._beside}/{named}"
        path = _plain(printf_pattern(path))
        if is_there(path):
            return (path,)
        head = _head(named)
        ending = _ending(named)
        there = [p for p in self._by_head.get(head, ()) if is_there(p) and _head(p) == head]
        same = [p for p in there if _ending(p) == ending]
        return tuple(same or there)

    def _is_matte(self, path: str, name: str) -> bool:
        head = _head(path)
        own = head[len(name) :] if head.startswith(name.casefold()) else head
        return bool(MATTE_WORDS & {*_words(own), *_words(self._lies_in[path])})


def is_track(path: str) -> bool:
    """Whether a file's name says that it is a camera track."""
    name = path.rsplit("/", 1)[-1].casefold()
    sure = name.endswith(_SURE_TRACKS)
    return sure or (name.endswith(TRACK_ENDINGS) and bool(TRACK_WORDS & {*_words(name)}))


def is_grade(path: str) -> bool:
    """Whether a file's name says that it is a CDL."""
    return path.casefold().endswith(GRADE_ENDINGS)


def _head(path: str) -> str:
    """Return a file's name without ending and number, in small letters."""
    return _NUMBER.sub("", _stem(path.rsplit("/", 1)[-1])).rstrip("._-").casefold()


def _stem(name: str) -> str:
    return _MEDIA.sub("", name)


def _ending(path: str) -> str:
    found = _MEDIA.search(path)
    return found[0].casefold() if found else ""


def _prefixes(name: str) -> Iterator[str]:
    """Yield every beginning of ``name`` that ends where letters and digits do."""
    for at in range(1, len(name) + 1):
        if at == len(name) or (name[at - 1].isalnum() and not name[at].isalnum()):
            yield name[:at]


def _words(name: str) -> list[str]:
    return re.split(r"[^a-z0-9]+", name)


def _plain(path: str) -> str:
    """Return an absolute path without ``.`` and ``..``."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return f"/{'/'.join(parts)}"
