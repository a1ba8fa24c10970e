"""
Which part, layer and view of an EXR is read.

The first part with R, G, B (or Y), else the first. For a plate (``ONLY_LAYER``) a file
whose colour stands in one layer alone (``plate.R`` ...) is read from there; where there are
several somebody must say which. Of a stereo
file the first view is read. Whatever was chosen among several is said, in an attribute.

Sources: OpenEXR Technical Introduction (layers are name prefixes up to the last dot);
OpenEXR multi-view (the first of ``multiView`` is the default view, whose channels have
no view name; a part says its view in ``view``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from seamline.errors import FormatError
from seamline.ports import ONLY_LAYER


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a file: its name, its view, all views in it, its channels."""

    name: str = ""
    view: str = ""
    views: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    deep: bool = False

    def layers(self) -> list[str]:
        """Return the layers with R, G, B, in file order."""
        stems = dict.fromkeys(c.rpartition(".")[0] for c in self.channels if "." in c)
        return [stem for stem in stems if {f"{stem}.{c}" for c in "RGB"} <= set(self.channels)]

    def has_colour(self) -> bool:
        """Whether R, G, B or Y stand in no layer."""
        return {"R", "G", "B"} <= set(self.channels) or "Y" in self.channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is read: a part, its channels (stored name, our name), and what is said of it."""

    part: int
    channels: tuple[tuple[str, str], ...] = field(default=())
    part_said: str = ""
    layer_said: str = ""
    view_said: str = ""


def choose(parts: Sequence[Part], layer: str, shown: str) -> Chosen:
    """
    Return what is read of a file.

    Args:
        parts: All of its parts; at least one.
        layer: The layer, part or view that somebody named; ``ONLY_LAYER``: nobody did,
            and R, G, B are needed; empty: every channel under its own name.
        shown: The file's name in a refusal.

    Raises:
        FormatError: It is deep; it has several layers and nobody said which; or what was
            named is not there.
    """
    if all(part.deep for part in parts):
        raise FormatError(
            f"{shown} holds deep samples; a plate has one sample per pixel",
            remedy="Flatten it (Nuke: DeepToImage) and give the flat file.",
        )
    if layer and layer != ONLY_LAYER:
        return _named(parts, layer, shown)
    for number, part in enumerate(parts):
        if part.has_colour() and not part.deep:
            return _plain(parts, number)
    layers = [
        (number, stem)
        for number, part in enumerate(parts)
        for stem in part.layers()
        if layer and not part.deep
    ]
    if len(layers) == 1:
        return _layer(parts, *layers[0])
    if layers:
        names = ", ".join(dict.fromkeys(stem for _, stem in layers))
        raise FormatError(
            f"{shown} has no R, G, B of its own but {len(layers)} layers: {names}",
            remedy="Say which with --plate-layer NAME, or export that layer alone.",
        )
    return _plain(parts, next(n for n, part in enumerate(parts) if not part.deep))


def _named(parts: Sequence[Part], layer: str, shown: str) -> Chosen:
    for number, part in enumerate(parts):
        if part.deep:
            continue
        if layer in part.layers():
            return _layer(parts, number, layer)
        if layer in (part.name, part.view) and part.has_colour():
            return _plain(parts, number)
        if part.views and layer == part.views[0] and part.has_colour():
            return _plain(parts, number)
    there = dict.fromkeys(
        name
        for part in parts
        for name in (part.name if part.has_colour() else "", *part.views[:1], *part.layers())
        if name
    )
    raise FormatError(
        f"{shown} has no layer, part or view called {layer} with R, G, B; it has "
        f"{', '.join(there) or 'none with a name'}",
        remedy="Name one of these with --plate-layer, or leave it out.",
    )


def _plain(parts: Sequence[Part], number: int) -> Chosen:
    part = parts[number]
    others = part.views[1:]
    kept = [
        (name, name)
        for name in part.channels
        if not any(f".{view}." in f".{name}" for view in others)
    ]
    return Chosen(
        part=number,
        channels=tuple(kept),
        part_said=_part_said(parts, number),
        view_said=_view_said(parts, number),
    )


def _layer(parts: Sequence[Part], number: int, stem: str) -> Chosen:
    part = parts[number]
    start = f"{stem}."
    kept = [(c, c[len(start) :]) for c in part.channels if c.startswith(start)]
    left = len(part.channels) - len(kept)
    return Chosen(
        part=number,
        channels=tuple((c, name) for c, name in kept if "." not in name),
        part_said=_part_said(parts, number),
        layer_said=f"{stem} ({left} other channels are not read)" if left else stem,
        view_said=_view_said(parts, number),
    )


def _part_said(parts: Sequence[Part], number: int) -> str:
    if len(parts) < 2:
        return ""
    return f"{parts[number].name or 'unnamed'} (part {number + 1} of {len(parts)})"


def _view_said(parts: Sequence[Part], number: int) -> str:
    part = parts[number]
    mine = part.view or (part.views[0] if part.views else "")
    named = dict.fromkeys(name for p in parts for name in (p.view, *p.views) if name)
    return f"{mine} of {', '.join(named)}" if mine and len(named) > 1 else ""
