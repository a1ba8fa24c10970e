"""
OpenTimelineIO files looked at before the library sees them.

Only the schemas named here are handed on, numbers are finite and nothing is nested without
end. Of what systems write into ``metadata`` only what names shots and reels is kept. No
adapter, hook or media linker of the user's environment runs: the text goes straight to the
library's own JSON reader.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import opentimelineio as otio

from seamline.errors import FormatError

SCHEMAS: Mapping[str, int] = {
    "Clip": 2,
    "Effect": 1,
    "ExternalReference": 1,
    "FreezeFrame": 1,
    "Gap": 1,
    "GeneratorReference": 1,
    "ImageSequenceReference": 1,
    "LinearTimeWarp": 1,
    "Marker": 2,
    "MissingReference": 1,
    "RationalTime": 1,
    "SerializableCollection": 1,
    "Stack": 1,
    "TimeEffect": 1,
    "TimeRange": 1,
    "TimeTransform": 1,
    "Timeline": 1,
    "Track": 1,
    "Transition": 1,
    "Box2d": 1,
    "Color": 1,
    "V2d": 1,
}
"""Name and newest version of what is read."""
KEPT_METADATA = ("seamline", "cmx_3600")
MOST_DEPTH = 100
MOST_PARTS = 3_000_000
MOST_TIME = 1e10
FASTEST = 1000.0
"""Frames per second."""


def opened(content: bytes, *, where: str) -> Any:
    """
    Return the timeline in an ``.otio`` file.

    Raises:
        FormatError: It is no OpenTimelineIO file, holds a schema or number that is not
            read here, or not exactly one timeline.
    """
    try:
        found = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        why = "nested without end" if isinstance(error, RecursionError) else str(error)
        raise FormatError(
            f"{where} is no OpenTimelineIO file: {why[:160]}", remedy="Export it again."
        ) from error
    _Look(where).at(found, 0)
    try:
        made = otio.core.deserialize_json_from_string(json.dumps(found))
    except Exception as error:  # the library's own errors have no common root but this
        raise FormatError(
            f"{where} is no OpenTimelineIO file: {str(error)[:160]}", remedy="Export it again."
        ) from error
    return _one_timeline(made, where)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no finite number")


def _one_timeline(made: Any, where: str) -> Any:
    if isinstance(made, otio.schema.Timeline):
        return made
    if isinstance(made, otio.schema.SerializableCollection):
        inside = [one for one in made if isinstance(one, otio.schema.Timeline)]
        if len(inside) == 1:
            return inside[0]
        names = ", ".join(repr(one.name) for one in inside) or "none"
        raise FormatError(
            f"{where} is a collection of {len(inside)} timelines ({names})",
            remedy="Export the one that is meant.",
        )
    if isinstance(made, otio.schema.Track | otio.schema.Stack):
        timeline = otio.schema.Timeline(name=made.name)
        if isinstance(made, otio.schema.Stack):
            timeline.tracks = made
        else:
            timeline.tracks.append(made)
        return timeline
    raise FormatError(f"{where} holds no timeline", remedy="Export the sequence itself.")


class _Look:
    """One walk through a file's values."""

    def __init__(self, where: str) -> None:
        self.where, self.parts = where, 0

    def at(self, value: Any, depth: int) -> None:
        self.parts += 1
        if depth > MOST_DEPTH or self.parts > MOST_PARTS:
            raise FormatError(
                f"{self.where} is nested {MOST_DEPTH} deep or has {MOST_PARTS} parts, more "
                "than any cut",
                remedy="Export it again, one reel at a time.",
            )
        if isinstance(value, dict):
            self._object(value, depth)
        elif isinstance(value, list):
            for one in value:
                self.at(one, depth + 1)
        elif isinstance(value, int | float) and not abs(value) < MOST_TIME:
            raise FormatError(f"{self.where} holds the number {value}, which is no time")

    def _object(self, found: dict[str, Any], depth: int) -> None:
        schema = str(found.get("OTIO_SCHEMA", ""))
        if schema:
            self._schema(schema, found)
        if isinstance(found.get("metadata"), dict):
            found["metadata"] = _kept(found["metadata"])
        for name, value in found.items():
            if name != "metadata":
                self.at(value, depth + 1)

    def _schema(self, schema: str, found: Mapping[str, Any]) -> None:
        name, _, version = schema.rpartition(".")
        if name not in SCHEMAS or not version.isdigit() or int(version) > SCHEMAS[name]:
            raise FormatError(
                f"{self.where} holds a {schema}, which is not read here",
                remedy="Export it with OpenTimelineIO's own schemas "
                f"({', '.join(SCHEMAS)}), or as an EDL.",
            )
        if name == "RationalTime":
            rate = found.get("rate")
            if not (isinstance(rate, int | float) and 0 < rate <= FASTEST):
                raise FormatError(f"{self.where} counts time at {rate!r} frames per second")


def _kept(metadata: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    kept = {}
    for name in KEPT_METADATA:
        said = metadata.get(name)
        if isinstance(said, dict):
            kept[name] = {
                k: v
                for k, v in said.items()
                if k in ("shot", "reel", "comments") and isinstance(v, str)
            }
    return kept
