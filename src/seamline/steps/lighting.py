"""
Lighting: references are brought to the locked light before anything is painted from them.

Exposure and white are a gain in the working space; a flat picture lit from the other side
is exchanged left and right. Both decide pixels, so they stand in the Ask, and with it a
painting can be made again after lock or reference were revised. What no gain can move,
the direction of the light, is left as it was (decision 0006); a panorama is turned
(``steps.turning``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seamline.pixels.light import direction_apart_deg, ways_round, white_xy, xyz_of
from seamline.ports import Studio
from seamline.show.card import Card
from seamline.show.lock import Light, Lock
from seamline.show.reference import Reference
from seamline.show.variation import Ask
from seamline.steps.turning import seen_light

Gain = tuple[float, float, float]
XYZ_SPACE = "CIE-XYZ-D65"
GAIN, MIRRORED, HELD, VIEW = "gain:", "mirrored", "held", "view"
"""Settings of an Ask: a gain per reference, which are exchanged, which may not be, and the
azimuth that the canvas looks to."""
LEAST = 1e-4
"""A gain nearer to 1 is none: a thousandth of a stop and less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lit:
    """What was done to the references of an Ask, by their ids."""

    gains: Mapping[str, Gain]
    mirrored: frozenset[str]
    """Shown left to right."""
    held: frozenset[str]
    """Not to be exchanged by the generator."""
    view_deg: float | None

    def light_of(self, reference: Reference) -> Light:
        """Return the light of ``reference`` as the shot shows it, to hold against the lock."""
        exchanged = reference.id in self.mirrored
        return seen_light(reference, view_deg=self.view_deg, mirrored=exchanged)


def light_settings(
    studio: Studio,
    lock: Lock | None,
    references: Sequence[Reference],
    cards: Mapping[str, Sequence[Card]],
    view_deg: float,
) -> tuple[tuple[str, str], ...]:
    """
    Return what is done to ``references`` for a canvas under ``lock``, as settings of an Ask.

    Args:
        studio: Ports.
        lock: Of the shot.
        references: To be painted from.
        cards: Approved cards of each, by its id: all or none of them are exchanged.
        view_deg: Azimuth of the middle of the canvas.
    """
    if lock is None:
        return ()
    mirrored, held, sided = [], [], False
    for reference in references:
        if reference.projection == "latlong":
            continue
        own = reference.light.key_azimuth_deg
        ways = ways_round(own, lock.light.key_azimuth_deg, view_deg)
        sided |= own is not None and lock.light.key_azimuth_deg is not None
        if len(ways) == 1:
            held.append(reference.id)
        if ways == (True,) and all(c.mirror for c in cards.get(reference.id, ())):
            mirrored.append(reference.id)
    found = _gains(studio, lock, references, set(mirrored), view_deg)
    for name, ids in ((MIRRORED, mirrored), (HELD, held)):
        found += [(name, ",".join(ids))] if ids else []
    return tuple([*found, (VIEW, f"{view_deg:.6f}")] if sided else found)


def _gains(
    studio: Studio,
    lock: Lock,
    references: Sequence[Reference],
    mirrored: set[str],
    view_deg: float,
) -> list[tuple[str, str]]:
    found = []
    for reference in references:
        seen = seen_light(reference, view_deg=view_deg, mirrored=reference.id in mirrored)
        if not near_enough(seen, lock):
            continue
        gain, _ = light_gain(studio, reference.light, lock.light)
        if max(abs(g - 1) for g in gain) > LEAST:
            found.append((f"{GAIN}{reference.id}", ",".join(f"{g:.9g}" for g in gain)))
    return found


def near_enough(seen: Light, lock: Lock) -> bool:
    """Whether a key stands, as far as anybody knows, where a gain can bring it to the lock."""
    apart = direction_apart_deg(seen, lock.light)
    return apart is None or apart <= lock.tolerances.key_direction_deg


def lit_of(ask: Ask) -> Lit:
    """Return what ``ask`` says was done to its references."""
    said = dict(ask.settings)
    gains = {}
    for name, value in ask.settings:
        if name.startswith(GAIN):
            r, g, b = (float(v) for v in value.split(","))
            gains[name.removeprefix(GAIN)] = (r, g, b)
    sides = [frozenset(filter(None, said.get(n, "").split(","))) for n in (MIRRORED, HELD)]
    view = said.get(VIEW)
    return Lit(
        gains=gains,
        mirrored=sides[0],
        held=sides[1],
        view_deg=None if view is None else float(view),
    )


def light_notes(
    studio: Studio, lock: Lock | None, references: Sequence[Reference], ask: Ask
) -> list[str]:
    """Return a sentence for each reference that was brought to the locked light."""
    lit, found = lit_of(ask), []
    for reference in references:
        done = []
        if lock is not None and reference.id in lit.gains:
            done += light_gain(studio, reference.light, lock.light)[1]
        if reference.id in lit.mirrored:
            done.append("left and right exchanged")
        if done and lock is not None:
            found.append(
                f"{reference.file_name} was brought to the light of lock v{lock.version} "
                f"before painting: {', '.join(done)}."
            )
    return found


def light_gain(studio: Studio, source: Light, target: Light) -> tuple[Gain, list[str]]:
    """
    Return the working-space gain from one light to another, and what it rests on.

    White is moved by the ratio of the two whites in working-space primaries (von
    Kries), at constant luminance; exposure by stops.
    """
    gain, said = np.ones(3), []
    if source.colour_temperature_k and target.colour_temperature_k:
        whites = [
            studio.colour.convert(
                xyz_of(white_xy(light.colour_temperature_k or 0.0, light.tint)),
                XYZ_SPACE,
                studio.colour.working_space,
            )[0, 0].astype(np.float64)
            for light in (source, target)
        ]
        gain = whites[1] / whites[0]
        said.append(f"{source.colour_temperature_k:g} K to {target.colour_temperature_k:g} K")
    if source.exposure_stops is not None and target.exposure_stops is not None:
        stops = target.exposure_stops - source.exposure_stops
        gain = gain * 2.0**stops
        said.append(f"{stops:+.2f} stops")
    return (float(gain[0]), float(gain[1]), float(gain[2])), said
