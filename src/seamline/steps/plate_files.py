"""
A plate's files, read whole before anything is recorded.

A plate is one resolution, one layout and one colour space from the first frame to the
last; where its files are not, the refusal names what differs and in which frames. The
data window alone may change. What was chosen among several layers, parts or views is
noted, and so are windows that change, overscan and pixels that are not square.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seamline.errors import ColourError, FormatError
from seamline.pixels.digest import picture_digest, sequence_digest
from seamline.pixels.picture import Picture
from seamline.ports import ONLY_LAYER, Studio
from seamline.show.frames import FrameRange, frame_path, ranges
from seamline.show.shot import Plate, Window
from seamline.steps.together import together

_SAID = (
    ("seamline:layer_read", "layer"),
    ("seamline:part", "part"),
    ("seamline:view", "view"),
)
_COLOUR = ("colorInteropID", "acesImageContainerFlag", "chromaticities", "dpx/Transfer")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What one frame's file is, in the words of a refusal, and its digest."""

    number: int
    facts: tuple[tuple[str, str], ...]
    window: Window
    digest: str


def plate_facts(
    studio: Studio,
    name: str,
    pattern: str,
    frames: FrameRange,
    *,
    colourspace: str | None,
    layer: str = "",
    known: Mapping[int, str] | None = None,
) -> Plate:
    """
    Return the plate that ``pattern`` stands for, every frame read and hashed.

    Args:
        studio: Ports.
        name: The shot's.
        pattern: Of the files.
        frames: All of them must be there.
        colourspace: Where the files do not say.
        layer: Which layer, part or view is meant.
        known: Digests of frames that were read before: they are not read again, and are
            held to them when they are used.

    Raises:
        FormatError: Frames are missing, unreadable or not alike; they are named.
        ColourError: Nothing says which space it is in.
    """
    _refuse_gaps(studio, name, pattern, frames)
    first_path = frame_path(pattern, frames.first)
    first = studio.images.read(first_path, layer=layer or ONLY_LAYER)
    first.rgb(where=first_path)
    evidence = studio.images.evidence(
        first_path,
        flag=colourspace,
        default=studio.settings.defaults.get("plate"),
        layer=layer or ONLY_LAYER,
    )

    def frame(number: int) -> _Frame:
        picture = studio.images.read(frame_path(pattern, number), layer=layer or ONLY_LAYER)
        return _Frame(
            number=number,
            facts=_facts(picture, flagged=colourspace is not None),
            window=picture.data_window,
            digest=picture_digest(picture),
        )

    known = known or {}
    fresh = [n for n in frames if n == frames.first or n not in known]
    read = together(studio, f"{name}: reading the plate", frame, fresh)
    _refuse_a_mixture(name, pattern, read)
    by_number = {**{one.number: one.digest for one in read}, **known}
    digests = tuple(by_number[n] for n in frames)
    return Plate(
        pattern=pattern,
        colourspace=evidence.colourspace,
        evidence=evidence.says,
        display_window=first.display_window,
        channels=tuple(first.channels),
        channel_type=first.channel_type,
        digests=digests,
        digest=sequence_digest(zip(frames, digests, strict=True)),
        pixel_aspect=first.pixel_aspect,
        layer=layer,
        notes=tuple(_notes(first, read)),
    )


def _refuse_gaps(studio: Studio, name: str, pattern: str, frames: FrameRange) -> None:
    missing = [n for n in frames if not studio.shelf.exists(frame_path(pattern, n))]
    if missing:
        what = "frame" if len(missing) == 1 else f"{len(missing)} frames"
        raise FormatError(
            f"{name}: the plate has no {what} {ranges(missing)} of {frames}: "
            f"{frame_path(pattern, missing[0])}: there is no such file",
            remedy="Find the missing frames, or say with --frames which ones the shot has.",
        )


def _facts(picture: Picture, *, flagged: bool) -> tuple[tuple[str, str], ...]:
    x, y, width, height = picture.display_window
    at = f" from {x}, {y}" if (x, y) != (0, 0) else ""
    colour = [
        f"{key} {_words(picture.attributes[key][1])}"
        for key in _COLOUR
        if key in picture.attributes
    ]
    return (
        ("frame size", f"{width} x {height}{at}"),
        ("channels", ", ".join(picture.channels)),
        ("channel type", picture.channel_type),
        ("pixel aspect", f"{picture.pixel_aspect:g}"),
        ("bit depth", _words(picture.attributes.get("seamline:codes", ("", "none"))[1])),
        ("colour space", "said by hand" if flagged else ", ".join(colour) or "not said"),
    )


def _refuse_a_mixture(name: str, pattern: str, read: Sequence[_Frame]) -> None:
    for n, (what, first) in enumerate(read[0].facts):
        kinds: dict[str, list[int]] = {}
        for one in read:
            kinds.setdefault(one.facts[n][1], []).append(one.number)
        if len(kinds) == 1:
            continue
        said = "; ".join(f"{kind} in {ranges(numbers)}" for kind, numbers in kinds.items())
        error = ColourError if what == "colour space" else FormatError
        other = next(one for one in read if one.facts[n][1] != first)
        raise error(
            f"{name}: the plate has more than one {what}: {said} "
            f"(first at {frame_path(pattern, other.number)})",
            remedy="A plate is one resolution, one layout and one colour space; render it "
            "again, or take it in as several shots.",
        )


def _notes(first: Picture, read: Sequence[_Frame]) -> list[str]:
    notes = [
        f"{what} read: {first.attributes[key][1]}"
        for key, what in _SAID
        if key in first.attributes
    ]
    windows = {one.window for one in read}
    if len(windows) > 1:
        notes.append(f"the data window changes: {len(windows)} different ones")
    _, _, width, height = first.display_window
    wide = max(w[2] for w in windows), max(w[3] for w in windows)
    if any(_beyond(window, first.display_window) for window in windows):
        notes.append(f"overscan: up to {wide[0]} x {wide[1]} around {width} x {height}")
    if first.pixel_aspect != 1:
        notes.append(f"pixels are {first.pixel_aspect:g} times as wide as high")
    if "seamline:codes" in first.attributes:
        notes.append(f"read as {first.attributes['seamline:codes'][1]}, float")
    return notes


def layer_read(plate: Plate) -> str:
    """
    Return the layer, or part beyond the first, that ``plate`` is; empty: the files' R, G, B.

    Somebody named it, or it was the only one; then its note alone says so.
    """
    for note in plate.notes:
        what, _, stem = note.partition(" read: ")
        stem = stem.partition(" (")[0]
        if what == "layer" or (
            what == "part" and stem == plate.layer and "(part 1 " not in note
        ):
            return stem
    return ""


def _beyond(window: Window, frame: Window) -> bool:
    x, y, width, height = window
    fx, fy, across, down = frame
    return x < fx or y < fy or x + width > fx + across or y + height > fy + down


def _words(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(f"{v:.4g}" if isinstance(v, float) else str(v) for v in value)
    return str(value)
