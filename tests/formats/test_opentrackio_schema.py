"""What is looked at in a sample is what the published schema asks, name by name."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seamline.formats.tracks.opentrackio_schema import broken

UUID = "urn:uuid:fc9bc480-02bd-4bd0-96c7-bce47197f720"
Place = tuple[Any, ...]


def _valid(schema: dict[str, Any]) -> Any:
    """The smallest value that keeps to ``schema``, with all names that it knows."""
    kind = schema["type"]
    if kind == "object":
        return {name: _valid(inner) for name, inner in schema.get("properties", {}).items()}
    if kind == "array":
        count = schema.get("minItems", 1) or 1
        return [_valid(schema["items"]) for _ in range(count)]
    if kind == "boolean":
        return True
    if kind == "string":
        if "enum" in schema:
            return schema["enum"][0]
        pattern = schema.get("pattern", "")
        return UUID if "uuid" in pattern else "00:11:22:33:44:55" if pattern else "a"
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    value = low + 1 if "exclusiveMinimum" in schema else low
    return int(value) if kind == "integer" else float(value)


def _places(
    schema: dict[str, Any], place: Place = ()
) -> Iterator[tuple[Place, dict[str, Any]]]:
    for name, inner in schema.get("properties", {}).items():
        yield (*place, name), inner
        yield from _places(inner, (*place, name))
    if "items" in schema:
        yield (*place, 0), schema["items"]
        yield from _places(schema["items"], (*place, 0))


def _with(sample: Any, place: Place, value: Any) -> Any:
    changed = copy.deepcopy(sample)
    inner = changed
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    return changed


def _at(sample: Any, place: Place) -> Any:
    for name in place:
        sample = sample[name]
    return sample


def _wrong(schema: dict[str, Any], valid: Any) -> Iterator[tuple[str, Any]]:
    """Values that break ``schema``, each in one way."""
    kind = schema["type"]
    yield "another kind", 7 if kind in ("object", "array", "string", "boolean") else "7"
    yield "nothing", None
    if kind in ("integer", "number"):
        yield "a flag", True
        yield "not finite", float("nan")
        if "minimum" in schema:
            yield "too little", schema["minimum"] - 1
        if "exclusiveMinimum" in schema:
            yield "just too little", schema["exclusiveMinimum"]
        if "maximum" in schema:
            yield "too much", schema["maximum"] + 1
    if kind == "integer":
        yield "half", valid + 0.5
    if kind == "string":
        yield "empty", ""
        yield "too long", "a" * 1024
        if "enum" in schema or "pattern" in schema:
            yield "another word", "nonsense"
    if kind == "array" and schema.get("minItems"):
        yield "too few", valid[:-1]
    if kind == "array" and schema.get("maxItems"):
        yield "too many", [*valid, valid[0]]
    if kind == "object":
        if schema.get("additionalProperties") is False:
            yield "an unknown name", {**valid, "nonsense": 1}
        for name in schema.get("required", ()):
            yield f"no {name}", {n: v for n, v in valid.items() if n != name}
        for choice in schema.get("anyOf", [])[:1]:
            assert choice
            yield "none of several", {}


@pytest.mark.shared
def test_every_rule_of_the_published_schema_is_kept(shared: Path) -> None:
    text = (shared / "data/onset/opentrackio/OpenTrackIO_schema.json").read_text()
    schema = json.loads(text)
    whole = _valid(schema)
    whole["protocol"] = {"name": "OpenTrackIO", "version": [1, 0, 1]}
    assert broken(whole) is None

    tried, missed = 0, []
    for place, rule in _places(schema):
        if place[0] == "protocol" and len(place) > 1:
            continue  # the version is looked at before the schema
        for how, value in _wrong(rule, _at(whole, place)):
            tried += 1
            found = broken(_with(whole, place, value))
            if found is None:
                missed.append((place, how))
    assert not missed
    assert tried > 700


@pytest.mark.shared
def test_every_name_of_the_published_schema_may_be_left_out_alone(shared: Path) -> None:
    text = (shared / "data/onset/opentrackio/OpenTrackIO_schema.json").read_text()
    whole = _valid(json.loads(text))
    whole["protocol"] = {"name": "OpenTrackIO", "version": [1, 0, 1]}
    for name in list(whole):
        part = {n: v for n, v in whole.items() if n != name}
        assert broken(part) is None
        assert broken({"protocol": whole["protocol"], name: whole[name]}) is None
