"""What a ball or a chart says of the light: numbers, each with the interval it lies in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CLEAR_SHARE = 0.20
"""A key is clear with 25 % of the light and none with less than 17 %: in between stands
what is asked of a measure, which errs a little to both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number, and the interval in which the truth lies nine times in ten."""

    value: float
    low: float
    high: float

    @property
    def half(self) -> float:
        """Half the interval's width."""
        return (self.high - self.low) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """Where a light stands: unit world direction, and the cone the truth lies in."""

    towards: tuple[float, float, float]
    within_deg: float
    """Half angle of the cone that holds the truth nine times in ten."""

    @property
    def azimuth_deg(self) -> float:
        """Show convention: 0 is +Z, growing towards +X; 0 to 360."""
        return math.degrees(math.atan2(self.towards[0], self.towards[2])) % 360.0

    @property
    def elevation_deg(self) -> float:
        """Above the horizon."""
        return math.degrees(math.asin(max(-1.0, min(1.0, self.towards[1]))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """
    The light that a ball was in.

    Attributes:
        key: Where the key stands; None where there is no clear key.
        share: How much of all the light comes from the key's lobe.
        key_fill: Light on a surface that faces the key, over the same without the key;
            None without a key.
        white: (3,) working-space colour of the light on a surface facing the key (without
            one, of all light), green 1.
        white_spread: How far red and blue of ``white`` may be off, natural logarithm.
        level: Working-space value that an 18 % grey card facing the key would have; None
            where the ball's own reflectance is not known (a mirror ball).
        hidden: The cone behind the ball, away from the camera, that it does not show.
        none: Whether it was seen that no clear key is there. False with no ``key`` means
            that a key may stand where it cannot be told.
        why: Why there is no key, or what was measured by; a clause.
    """

    key: Direction | None
    share: Measure
    key_fill: Measure | None
    white: tuple[float, float, float]
    white_spread: float
    level: Measure | None
    hidden: Direction
    none: bool
    why: str


def unit(vector: Floats) -> Floats:
    """Return (3,) ``vector`` at length 1."""
    found: Floats = vector / max(float(np.linalg.norm(vector)), 1e-300)
    return found


def apart_deg(a: Floats, b: Floats) -> float:
    """Return degrees between two unit (3,) directions."""
    return math.degrees(2 * math.asin(min(1.0, float(np.linalg.norm(a - b)) / 2)))


def spread_over_the_sphere(count: int) -> Floats:
    """
    Return (N, 3) directions, evenly over the sphere.

    Source: R. Swinbank & R. J. Purser, Fibonacci grids, Q. J. R. Meteorol. Soc. 132 (2006).
    """
    place = np.arange(count) + 0.5
    up = 1 - 2 * place / count
    turn = math.pi * (1 + math.sqrt(5)) * place
    level = np.sqrt(1 - up * up)
    return np.stack([level * np.cos(turn), up, level * np.sin(turn)], axis=1)
