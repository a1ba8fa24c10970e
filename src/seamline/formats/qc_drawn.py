"""What is drawn in a QC report: a number against its limit, and a measure over the frames."""

from __future__ import annotations

import math
from collections.abc import Sequence

from seamline.formats.page import text

WIDTH, HEIGHT = 760, 150
FEW = 12
ROOM_PX = 14
"""Two labels nearer than this would lie on each other."""
_LEFT, _RIGHT, _TOP, _FOOT = 56, 16, 14, 26


def gauge(measured: float | None, limit: float | None, unit: str, *, failed: bool) -> str:
    """
    Return a bar for ``measured`` with a tick at ``limit``, and the numbers in words.

    The bar is as long as the number is far from 0. Without two numbers that agree with the
    verdict (over the limit fails) only the words.
    """
    words = number_words(measured, limit, unit)
    drawn = (
        measured is not None
        and limit is not None
        and math.isfinite(measured)
        and limit > 0
        and (abs(measured) > limit) == failed
    )
    if not words or not drawn:
        return f'<p class="soft">{words}</p>' if words else ""
    assert measured is not None
    assert limit is not None
    far = abs(measured)
    whole = max(limit * 2, min(far, limit * 6) * 1.08)
    bar, tick = min(far / whole, 1) * 100, limit / whole * 100
    return (
        '<div class="gauge"><svg viewBox="0 0 100 22" preserveAspectRatio="none" '
        'aria-hidden="true">'
        '<rect class="track" x="0" y="8" width="100" height="6"/>'
        f'<rect class="bar{" fail" if failed else ""}" x="0" y="8" width="{bar:.2f}" '
        'height="6"/>'
        f'<line class="tick" x1="{tick:.2f}" x2="{tick:.2f}" y1="2" y2="20"/></svg>'
        f"<span>{words}</span></div>"
    )


def number_words(measured: float | None, limit: float | None, unit: str) -> str:
    """Return ``0.31 stops, limit 0.1 stops`` as HTML; empty without a number."""
    if measured is None:
        return ""
    tail = f" {text(unit)}" if unit else ""
    held = f", limit {limit:g}{tail}" if limit is not None else ""
    return f"<b>{measured:.4g}{tail}</b>{held}"


def curve(
    frames: Sequence[int],
    values: Sequence[float | None],
    *,
    unit: str,
    limit: float | None,
    words: str,
) -> str:
    """
    Return ``values`` over ``frames`` as a figure: SVG, the limit dashed, the worst marked.

    Args:
        frames: The film's own numbers, growing.
        values: One per frame; None is a gap.
        unit: Of the values.
        limit: Drawn at plus and minus itself where values lie on both sides of 0.
        words: What the curve shows, for the caption.
    """
    told = [(f, v) for f, v in zip(frames, values, strict=True) if v is not None]
    if len({v for _, v in told}) < 2:
        return ""  # what never changes is said in words
    low, high = _span([v for _, v in told], limit)
    x = _scale(told[0][0], told[-1][0], _LEFT, WIDTH - _RIGHT)
    y = _scale(low, high, HEIGHT - _FOOT, _TOP)
    worst = max(told, key=lambda pair: abs(pair[1]))
    limits = [] if limit is None else [limit, *([-limit] if low < 0 else [])]
    tail = f" {text(unit)}" if unit else ""
    if len(limits) == 2 and abs(y(limits[0]) - y(limits[1])) < ROOM_PX:
        limits = limits[:1]
    dashed = "".join(
        f'<line class="limit" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(v):.1f}" '
        f'y2="{y(v):.1f}"/>' + _label(_LEFT - 6, y(v) + 4, f"{v:.3g}", "end")
        for v in limits
    )
    zero = max(low, min(0.0, high))
    return (
        f'<figure class="curve"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="'
        f"{text(words)}: worst {worst[1]:.3g}{tail} in frame {worst[0]}"
        f'">'
        f'<line class="axis" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(zero):.1f}" '
        f'y2="{y(zero):.1f}"/>{dashed}'
        f'<path class="line" d="{_path(frames, values, x, y)}"/>'
        f"{_dots(told, x, y)}"
        f'<circle class="worst" cx="{x(worst[0]):.1f}" cy="{y(worst[1]):.1f}" r="4"/>'
        + _label(_LEFT, HEIGHT - 6, str(told[0][0]), "start")
        + _label(WIDTH - _RIGHT, HEIGHT - 6, str(told[-1][0]), "end")
        + f"</svg><figcaption>{text(words)}; worst {worst[1]:.3g}{tail} in frame {worst[0]}"
        + (f", limit {limit:.3g}{tail}, dashed" if limit is not None else "")
        + ".</figcaption></figure>"
    )


def _span(values: Sequence[float], limit: float | None) -> tuple[float, float]:
    low, high = min(0.0, *values), max(0.0, *values)
    if limit is not None:
        high = max(high, limit)
        low = min(low, -limit) if low < 0 else low
    room = (high - low or 1.0) * 0.08
    return low - (room if low < 0 else 0), high + room


class _scale:
    """A straight scale from values to pixels."""

    def __init__(self, low: float, high: float, begin: float, end: float) -> None:
        self._low, self._begin = low, begin
        self._per = (end - begin) / ((high - low) or 1.0)

    def __call__(self, value: float) -> float:
        return self._begin + (value - self._low) * self._per


def _path(frames: Sequence[int], values: Sequence[float | None], x: _scale, y: _scale) -> str:
    parts, pen = [], "M"
    for frame, value in zip(frames, values, strict=True):
        if value is None:
            pen = "M"
            continue
        parts.append(f"{pen}{x(frame):.1f} {y(value):.1f}")
        pen = "L"
    return "".join(parts)


def _dots(told: Sequence[tuple[int, float]], x: _scale, y: _scale) -> str:
    """Return a dot for every frame, where there are few: no line is taken for more."""
    if len(told) > FEW:
        return ""
    return "".join(
        f'<circle class="dot" cx="{x(f):.1f}" cy="{y(v):.1f}" r="2.5"/>' for f, v in told
    )


def _label(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{text(words)}</text>'
