"""
SVG paths and transforms, as far as lines over a picture need them.

Straight segments and cubic curves (which a pencil tool writes), absolute or relative;
translate, scale, rotate and matrix. Source: W3C, Scalable Vector Graphics (SVG) 2,
chapters 8 and 9. Everything else is a ValueError that names it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

Points = tuple[tuple[float, float], ...]

CURVE_STEPS = 8
"""Straight pieces per cubic curve: a pencil tool's curves are a few pixels long."""
_TOKEN = re.compile(r"([A-Za-z])|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|[\s,]+")
_TRANSFORM = re.compile(r"\s*([A-Za-z]+)\s*\(([^()]*)\)[\s,]*")
_TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "Z": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Affine:
    """x' = a x + c y + e, y' = b x + d y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def of(self, x: float, y: float) -> tuple[float, float]:
        """Return where (x, y) goes."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def then(self, inner: Affine) -> Affine:
        """Return what ``inner`` and after it this one do."""
        return Affine(
            a=self.a * inner.a + self.c * inner.b,
            b=self.b * inner.a + self.d * inner.b,
            c=self.a * inner.c + self.c * inner.d,
            d=self.b * inner.c + self.d * inner.d,
            e=self.a * inner.e + self.c * inner.f + self.e,
            f=self.b * inner.e + self.d * inner.f + self.f,
        )

    @property
    def size(self) -> float:
        """By how much it enlarges, in the mean of both directions."""
        return math.sqrt(abs(self.a * self.d - self.b * self.c))


def parse_transform(said: str) -> Affine:
    """Return an SVG ``transform``; ValueError names what is not understood."""
    found, at = Affine(), 0
    while at < len(said.rstrip()):
        hit = _TRANSFORM.match(said, at)
        if hit is None:
            raise ValueError(f"the transform {said[at:][:40]!r} is not understood")
        found = found.then(_one_transform(hit[1], list(_numbers(hit[2]))))
        at = hit.end()
    return found


def _one_transform(name: str, v: list[float]) -> Affine:
    if name == "matrix" and len(v) == 6:
        return Affine(a=v[0], b=v[1], c=v[2], d=v[3], e=v[4], f=v[5])
    if name == "translate" and len(v) in (1, 2):
        return Affine(e=v[0], f=v[1] if len(v) == 2 else 0.0)
    if name == "scale" and len(v) in (1, 2):
        return Affine(a=v[0], d=v[-1])
    if name == "rotate" and len(v) in (1, 3):
        s, c = math.sin(math.radians(v[0])), math.cos(math.radians(v[0]))
        x, y = v[1:] if len(v) == 3 else (0.0, 0.0)
        return Affine(a=c, b=s, c=-s, d=c, e=x - c * x + s * y, f=y - s * x - c * y)
    raise ValueError(f"the transform {name}({len(v)} numbers) is not understood")


def _numbers(said: str) -> tuple[float, ...]:
    found = []
    for word, number in _tokens(said):
        if word:
            raise ValueError(f"{said[:40]!r} is no list of numbers")
        found.append(float(number))
    return tuple(found)


def _tokens(said: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(said):
        hit = _TOKEN.match(said, at)
        if hit is None:
            raise ValueError(f"{said[at:][:20]!r} is neither a command nor a number")
        if hit[1] or hit[2]:
            found.append((hit[1] or "", hit[2] or ""))
        at = hit.end()
    return found


def point_list(said: str) -> Points:
    """Return the points of a ``polyline`` or ``polygon``; ValueError if they are none."""
    values = _numbers(said)
    if len(values) % 2:
        raise ValueError(f"it has {len(values)} coordinates, an odd number")
    return tuple(zip(values[::2], values[1::2], strict=True))


def path_points(said: str) -> list[tuple[Points, bool]]:
    """
    Return the pieces of a ``path``'s d, each its points and whether it is closed.

    Raises:
        ValueError: It has a command other than M, L, H, V, C and Z, or breaks off.
    """
    pieces: list[tuple[Points, bool]] = []
    drawn: list[tuple[float, float]] = []
    at, start = (0.0, 0.0), (0.0, 0.0)
    for command, values in _commands(said):
        name, relative = command.upper(), command.islower()
        x, y = at if relative else (0.0, 0.0)
        if name == "Z":
            pieces.append((tuple(drawn), True))
            drawn, at = [], start
            continue
        if name == "M":
            if drawn:
                pieces.append((tuple(drawn), False))
            at = start = (x + values[0], y + values[1])
            drawn = [at]
            continue
        drawn = drawn or [at]
        if name == "L":
            at = (x + values[0], y + values[1])
        elif name == "H":
            at = (x + values[0], at[1])
        elif name == "V":
            at = (at[0], y + values[0])
        else:
            moved = [(x + values[k], y + values[k + 1]) for k in (0, 2, 4)]
            drawn.extend(_curve(at, moved)[:-1])
            at = moved[-1]
        drawn.append(at)
    if drawn:
        pieces.append((tuple(drawn), False))
    return [(points, closed) for points, closed in pieces if len(points) > 1 or closed]


def _commands(said: str) -> list[tuple[str, tuple[float, ...]]]:
    """Return each command with its numbers, repeated ones written out."""
    found: list[tuple[str, tuple[float, ...]]] = []
    command, values = "", []
    for word, number in [*_tokens(said), ("Z", "")]:
        if not word:
            values.append(float(number))
            continue
        found += _repeated(command, values)
        command, values = word, []
    # The Z put behind the last word only closes the list of numbers.
    return found


def _repeated(command: str, values: list[float]) -> list[tuple[str, tuple[float, ...]]]:
    if not command:
        if values:
            raise ValueError("the path begins with a number")
        return []
    takes = _TAKES.get(command.upper())
    if takes is None:
        raise ValueError(
            f"the path has a command {command!r}; straight lines and cubic curves are read "
            "(M, L, H, V, C, Z)"
        )
    if takes == 0:
        if values:
            raise ValueError(f"numbers follow {command!r}")
        return [(command, ())]
    if not values or len(values) % takes:
        raise ValueError(f"{command!r} is followed by {len(values)} numbers")
    groups = [tuple(values[k : k + takes]) for k in range(0, len(values), takes)]
    # A move that goes on draws lines.
    after = {"M": "L", "m": "l"}.get(command, command)
    return [(command if k == 0 else after, group) for k, group in enumerate(groups)]


def _curve(
    start: tuple[float, float], given: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Return the points of a cubic Bezier curve after its start, its end the last."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = start, *given
    found = []
    for k in range(1, CURVE_STEPS + 1):
        t = k / CURVE_STEPS
        u = 1 - t
        w0, w1, w2, w3 = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
        found.append(
            (w0 * x0 + w1 * x1 + w2 * x2 + w3 * x3, w0 * y0 + w1 * y1 + w2 * y2 + w3 * y3)
        )
    return found
