"""Set a shot's lock from a TOML document."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from seamline.errors import LockError
from seamline.ports import Studio
from seamline.show.camera import Lens
from seamline.show.lock import Light, Lock, Tolerances
from seamline.steps import book

LENS_NEEDS = ("focal_length_mm", "sensor_width_mm", "sensor_height_mm")
SECTIONS: dict[str, tuple[str, ...]] = {
    "agreed": ("by", "on"),
    "camera": ("height_m", "tilt_deg"),
    "lens": (*LENS_NEEDS, "squeeze"),
    "light": tuple(f.name for f in dataclasses.fields(Light)),
    "environment": ("distance_m", "near_m"),
    "tolerances": tuple(f.name for f in dataclasses.fields(Tolerances)),
}


MOST_LETTERS = 1 << 20


def parse_lock(text: str, *, shot: str, version: int, where: str) -> Lock:
    """
    Return the lock that the TOML ``text`` describes.

    Raises:
        LockError: Not TOML, longer than any lock, an unknown section or name, or a value of
            the wrong kind.
    """
    if len(text) > MOST_LETTERS:
        raise LockError(
            f"{where} has {len(text)} letters, more than any lock",
            remedy="Check which file was meant.",
        )
    try:
        said = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise LockError(
            f"{where} is not a TOML file: {error}",
            remedy="Correct that line.",
        ) from error
    for section, values in said.items():
        _known(section, SECTIONS, where=where, what="section")
        if not isinstance(values, Mapping):
            raise LockError(
                f"{where}: [{section}] is not a section with names and values",
                remedy=f"Write [{section}] on a line of its own, and its values below it.",
            )
        for name in values:
            _known(name, SECTIONS[section], where=f"{where}, [{section}]", what="name")
    camera, agreed = said.get("camera", {}), said.get("agreed", {})
    by = agreed.get("by", ())
    return Lock(
        shot=shot,
        version=version,
        lens=_lens(said["lens"], where) if "lens" in said else None,
        focal_range_mm=_range(said.get("lens", {}), where),
        camera_height_m=_number(camera, "height_m", where),
        tilt_deg=_number(camera, "tilt_deg", where),
        light=Light(**_numbers(said.get("light", {}), where)),
        **_distance(said.get("environment", {}), where),
        tolerances=Tolerances(**_numbers(said.get("tolerances", {}), where)),
        agreed_by=(by,) if isinstance(by, str) else tuple(str(name) for name in by),
        agreed_on=str(agreed.get("on", "")),
    )


def _lens(values: dict[str, Any], where: str) -> Lens:
    missing = [name for name in LENS_NEEDS if name not in values]
    if missing:
        raise LockError(
            f"{where}, [lens]: {' and '.join(missing)} {'is' if not missing[1:] else 'are'} "
            "missing",
            remedy="A lens is its focal length and the sensor area it fills, millimetres.",
        )
    short = _range(values, where)
    return Lens(**_numbers(values | ({"focal_length_mm": short[0]} if short else {}), where))


def _range(values: Mapping[str, Any], where: str) -> tuple[float, float] | None:
    """Return the ends of a range of focal lengths; None for a single one."""
    said = values.get("focal_length_mm")
    if not isinstance(said, list):
        return None
    if len(said) != 2:
        raise LockError(
            f"{where}: focal_length_mm has {len(said)} values, expected one or two",
            remedy="Write one focal length, or the ends of a range: [24.0, 70.0].",
        )
    ends = [_number({"focal_length_mm": end}, "focal_length_mm", where) for end in said]
    assert ends[0] is not None
    assert ends[1] is not None
    return ends[0], ends[1]


def _distance(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    found = _numbers(values, where)
    return {f"environment_{name}": value for name, value in found.items() if value is not None}


def _known(name: str, names: Any, *, where: str, what: str) -> None:
    if name not in names:
        near = get_close_matches(name, list(names), 1)
        raise LockError(
            f"{where}: there is no {what} {name!r} in a lock",
            remedy=f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(names)}.",
        )


def _number(values: Mapping[str, Any], name: str, where: str) -> float | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LockError(
            f"{where}: {name} is {value!r}, expected a number",
            remedy="Write a bare number; the unit stands at the end of the name.",
        )
    if not math.isfinite(value):
        raise LockError(
            f"{where}: {name} is {value!r}, expected a finite number",
            remedy="Correct it, or leave it out where nobody knows it.",
        )
    return float(value)


def _numbers(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    return {name: _number(values, name, where) for name in values}


def set_lock(studio: Studio, shot: str, text: str, *, where: str) -> Lock:
    """Record the lock in ``text`` for ``shot``; the same lock again changes nothing."""
    book.shot(studio.ledger, shot)
    standing = book.lock(studio.ledger, shot)
    if standing is not None:
        again = parse_lock(text, shot=shot, version=standing.version, where=where)
        if again == standing:
            return standing
    version = standing.version + 1 if standing else 1
    lock = parse_lock(text, shot=shot, version=version, where=where)
    book.write(studio.ledger, "lock", lock)
    return lock


def set_again(studio: Studio, lock: Lock, *, by: str = "") -> Lock:
    """Record ``lock`` as the next version of its shot's lock."""
    standing = book.lock(studio.ledger, lock.shot)
    fresh = dataclasses.replace(lock, version=standing.version + 1 if standing else 1)
    book.write(studio.ledger, "lock", fresh, by=by)
    return fresh
