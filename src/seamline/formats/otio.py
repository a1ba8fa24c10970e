"""
OpenTimelineIO: shots as clips in a cut, each with one media reference per variation.

What a clip may be seen as is a choice between its references, named by element id; the
active one is the chosen variation, or the first. A movie is an ``ExternalReference``,
frames of EXR an ``ImageSequenceReference``: only the first kind survives the writers of
``fcp_xml``, ``otioz`` and ``otiod`` (OpenTimelineIO 0.18), so a timeline has one kind.
Addresses are relative to the timeline's own folder. Times are counted in frames: the
source's timecode where its headers have one, else the film's frame numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict
from urllib.parse import quote

import opentimelineio as otio

from seamline.errors import FormatError
from seamline.show.frames import printf_pattern
from seamline.show.timecode import rate_of

COLOURS = {"fail": "RED", "pass": "GREEN", "not comparable": "YELLOW", "note": "CYAN"}
_NUMBER = re.compile(r"%0?(\d*)d")


class Reference(TypedDict):
    """One thing a clip may be seen as."""

    file: str
    """A movie, or a pattern of frames (``%04d``), relative to the timeline."""
    first: int
    """Media time of its first frame, in frames."""
    frames: int
    """How many there are, handles among them."""
    number: int
    """Number in the name of its first file; nothing to a movie."""
    facts: Mapping[str, Any]
    """Goes into its metadata, under ``seamline``."""


class Mark(TypedDict):
    """A word about a clip, at a media time."""

    at: int
    says: str
    kind: str
    """One of ``COLOURS``."""


class Cut(TypedDict):
    """One clip: ``first`` and ``frames`` are what the cut shows, in media time."""

    name: str
    first: int
    frames: int
    references: Mapping[str, Reference]
    active: str
    marks: Sequence[Mark]
    facts: Mapping[str, Any]
    record: NotRequired[int | None]
    """Where it stands in the cut, frames since midnight; None: right after the one before."""


class Strip(TypedDict):
    """A track; ``enabled`` ones are seen."""

    name: str
    enabled: bool
    clips: Sequence[Cut]


class Cutting(TypedDict):
    """What a timeline is made from; strips from the lowest to the topmost."""

    name: str
    rate: str
    starts: NotRequired[int]
    """Timecode of the timeline's first frame, frames since midnight."""
    strips: Sequence[Strip]
    facts: Mapping[str, Any]


def timeline(cutting: Cutting) -> bytes:
    """
    Return the timeline as UTF-8 JSON (``.otio``); the same cutting gives the same bytes.

    Raises:
        FormatError: A clip has no reference, or its active one is not among them.
    """
    made = otio.schema.Timeline(name=cutting["name"])
    rate = float(rate_of(cutting["rate"]))
    if "starts" in cutting:
        made.global_start_time = otio.opentime.RationalTime(cutting["starts"], rate)
    made.metadata["seamline"] = _plain({"rate": cutting["rate"], **cutting["facts"]})
    for strip in cutting["strips"]:
        track = otio.schema.Track(name=strip["name"], kind=otio.schema.TrackKind.Video)
        track.enabled = strip["enabled"]
        track.extend(_in_place(strip["clips"], cutting.get("starts", 0), rate))
        made.tracks.append(track)
    text: str = made.to_json_string(indent=2)
    return f"{text}\n".encode()


def _in_place(cuts: Sequence[Cut], at: int, rate: float) -> list[Any]:
    """Return clips in order, with gaps where the cut shows something else between them."""
    items = []
    for cut in cuts:
        record = cut.get("record")
        if record is not None and record > at:
            items.append(otio.schema.Gap(source_range=_range(0, record - at, rate)))
            at = record
        items.append(_clip(cut, rate))
        at += cut["frames"]
    return items


def _clip(cut: Cut, rate: float) -> Any:
    if cut["active"] not in cut["references"]:
        raise FormatError(
            f"{cut['name']}: {cut['active']!r} is not among what the clip may be seen as "
            f"({', '.join(cut['references']) or 'nothing'})"
        )
    clip = otio.schema.Clip(
        name=cut["name"], source_range=_range(cut["first"], cut["frames"], rate)
    )
    clip.set_media_references(
        {name: _reference(name, ref, rate) for name, ref in cut["references"].items()},
        cut["active"],
    )
    for mark in cut["marks"]:
        clip.markers.append(
            otio.schema.Marker(
                name=mark["says"],
                color=COLOURS[mark["kind"]],
                marked_range=_range(mark["at"], 1, rate),
                metadata={"seamline": {"kind": mark["kind"]}},
            )
        )
    clip.metadata["seamline"] = _plain(cut["facts"])
    return clip


def _reference(name: str, ref: Reference, rate: float) -> Any:
    known = _range(ref["first"], ref["frames"], rate)
    facts = {"seamline": _plain(ref["facts"])}
    folder, _, file = printf_pattern(ref["file"]).rpartition("/")
    found = _NUMBER.search(file)
    if found is None:
        made = otio.schema.ExternalReference(
            target_url=quote(ref["file"]), available_range=known, metadata=facts
        )
    else:
        made = otio.schema.ImageSequenceReference(
            target_url_base=f"{quote(folder)}/" if folder else "",
            name_prefix=file[: found.start()],
            name_suffix=file[found.end() :],
            start_frame=ref["number"],
            frame_step=1,
            rate=rate,
            frame_zero_padding=int(found[1] or 0),
            missing_frame_policy=otio.schema.ImageSequenceReference.MissingFramePolicy.error,
            available_range=known,
            metadata=facts,
        )
    made.name = name
    return made


def _range(first: int, frames: int, rate: float) -> Any:
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(first, rate), otio.opentime.RationalTime(frames, rate)
    )


def _plain(facts: Mapping[str, Any]) -> Any:
    # Through JSON: OpenTimelineIO keeps plain values only, and sorts what it is given.
    return json.loads(json.dumps(facts, sort_keys=True, ensure_ascii=False))
