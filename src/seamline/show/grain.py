"""
Grain: what the noise of a plate is like, as numbers that can be kept, read and sent.

A model holds, per channel, how strong the grain is at a signal; how it hangs together over
pixels and channels, as a 3 x 3 cross-spectral matrix per frequency; and which values it
takes, as a table per signal band. Together they are enough to make grain that is like the
plate's and is not a copy of it.

Signal and sigma are in the pixel values of ``space``, the colour space the frames were
measured in: scene-linear for a plate. A model means nothing in any other space, nor at
another size. Standard library only, so that a host can read it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from seamline.errors import FormatError, GrainError
from seamline.show.record import LATER, as_record, from_record

Three = tuple[float, float, float]
Threes = tuple[Three, Three, Three]
HOW = ("static", "moving", "single frame")
PLANES = ("RR", "GG", "BB", "Re RG", "Im RG", "Re RB", "Im RB", "Re GB", "Im GB")
"""What a spectrum's planes are, in their order."""
LARGEST_SIZE = 128
"""Grain that hangs together over more than 64 pixels is none."""
SCHEMA = 1
_PAIRS = {(0, 1): 3, (0, 2): 5, (1, 2): 7}
_AGAIN = "Measure the grain again, or take the file as it was written."


@dataclass(frozen=True, slots=True, kw_only=True)
class SigmaCurve:
    """
    The standard deviation of one channel's grain over its signal.

    Attributes:
        signals: Pixel values, rising.
        sigmas: Standard deviation of the grain there, in pixel values.
    """

    signals: tuple[float, ...]
    sigmas: tuple[float, ...]

    def __post_init__(self) -> None:
        _finite("sigma curve", (*self.signals, *self.sigmas))
        if not self.signals or len(self.signals) != len(self.sigmas):
            raise _wrong(
                f"its sigma curve has {len(self.signals)} signals and {len(self.sigmas)} sigmas"
            )
        _rising("sigma curve", self.signals)
        if min(self.sigmas) < 0:
            raise _wrong(f"its sigma curve says {min(self.sigmas):g}, below nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailCurve:
    """
    By what grain is stronger where the picture is busy than its signal alone tells.

    Cameras that clean their picture, and compressors, take more off level places than off
    busy ones.

    Attributes:
        slopes: Sigmas of the grain by which the picture changes per pixel, rising from 0.
        factors: What sigma is times there, in every channel.
    """

    slopes: tuple[float, ...]
    factors: tuple[float, ...]

    def __post_init__(self) -> None:
        _finite("detail curve", (*self.slopes, *self.factors))
        if len(self.slopes) < 2 or len(self.slopes) != len(self.factors):
            raise _wrong(
                f"its detail curve has {len(self.slopes)} slopes, {len(self.factors)} factors"
            )
        _rising("detail curve", self.slopes)
        if self.slopes[0] < 0 or min(self.factors) <= 0:
            raise _wrong("its detail curve has a slope below none, or no grain at all")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossSpectrum:
    """
    How grain hangs together: power over frequency, within and between channels.

    Attributes:
        size: n; frequencies are k / n cycles per pixel, down and across.
        planes: One per name in ``PLANES``, each n rows (frequencies down: 0, 1 ... -1) of
            n / 2 + 1 columns (across: 0 ... n / 2), row after row. Power is relative to
            white noise: over the whole plane of frequencies each channel's mean is 1.
            XY is the mean of X times the conjugate of Y.
    """

    size: int
    planes: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        if not 2 <= self.size <= LARGEST_SIZE or self.size % 2:
            raise _wrong(
                f"its spectrum has size {self.size}, expected even, up to {LARGEST_SIZE}"
            )
        count = self.size * (self.size // 2 + 1)
        if len(self.planes) != len(PLANES) or any(len(p) != count for p in self.planes):
            raise _wrong(f"its spectrum is not {len(PLANES)} planes of {count} numbers")
        for name, plane in zip(PLANES, self.planes, strict=True):
            _finite(f"spectrum {name}", plane)
        if min(min(plane) for plane in self.planes[:3]) < 0:
            raise _wrong("its spectrum has a frequency with less than no power")
        for (a, b), at in _PAIRS.items():
            for x, y, re, im in zip(
                self.planes[a], self.planes[b], self.planes[at], self.planes[at + 1],
                strict=True,
            ):  # fmt: skip
                # Five digits are kept of each number.
                if re * re + im * im > x * y * 1.01 + 1e-9:
                    raise _wrong("two channels of its spectrum share more than they have")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marginals:
    """
    Which values one channel's grain takes, in units of sigma, per signal band.

    Attributes:
        signals: Middle of each band, rising.
        scores: Values of a normal distribution, rising.
        tables: One row per band: the value of the grain that as much of it lies below as
            lies below that score; never falling.
    """

    signals: tuple[float, ...]
    scores: tuple[float, ...]
    tables: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        _finite("marginal table", (*self.signals, *self.scores))
        _rising("marginal table", self.signals)
        _rising("marginal table", self.scores)
        if len(self.scores) < 2 or not self.signals or len(self.tables) != len(self.signals):
            raise _wrong(
                f"its marginal table has {len(self.signals)} bands, {len(self.tables)} rows "
                f"and {len(self.scores)} scores"
            )
        for row in self.tables:
            _finite("marginal table", row)
            if len(row) != len(self.scores):
                raise _wrong(f"a row of its marginal table has {len(row)} numbers")
            if any(b < a for a, b in pairwise(row)):
                raise _wrong("a row of its marginal table falls")


@dataclass(frozen=True, slots=True, kw_only=True)
class GrainModel:
    """
    The grain of one plate; R, G, B.

    Attributes:
        space: Colour space of the frames it was measured in.
        how: ``static``, ``moving`` or ``single frame``.
        frames: How many frames it was measured from.
        width_px, height_px: Their size; grain of another size is another grain.
        curves: Sigma over signal, per channel, on greys.
        crosstalk: Row i, column j: what is added to the variance of channel i per pixel value
            that channel j is brighter than i; 0 where i is j.
        spectrum: How it hangs together over pixels and channels.
        marginals: Which values it takes, per channel.
        detail: By what it is stronger in busy places; None where it is not, or not known.
        unmeasured: From and to which signal of green a moving plate showed nothing but detail:
            sigma there is led to by what was measured darker and brighter.
    """

    space: str
    how: str
    frames: int
    width_px: int
    height_px: int
    curves: tuple[SigmaCurve, SigmaCurve, SigmaCurve]
    crosstalk: Threes
    spectrum: CrossSpectrum
    marginals: tuple[Marginals, Marginals, Marginals]
    detail: DetailCurve | None = field(default=None, metadata=LATER)
    unmeasured: tuple[tuple[float, float], ...] = field(default=(), metadata=LATER)

    def __post_init__(self) -> None:
        if not self.space:
            raise _wrong("it names no colour space, so it could mean anything")
        if self.how not in HOW:
            raise _wrong(f"it was measured {self.how!r}, expected one of {', '.join(HOW)}")
        for name in ("frames", "width_px", "height_px"):
            count = getattr(self, name)
            if not isinstance(count, int) or count < 1:
                raise _wrong(f"its {name} is {count!r}")
        for row in self.crosstalk:
            _finite("crosstalk", row)
        if any(self.crosstalk[i][i] != 0 for i in range(3)):
            raise _wrong("a channel of it has crosstalk with itself")
        for ends in self.unmeasured:
            _finite("range that was not measured", ends)
            if len(ends) != 2 or ends[0] > ends[1]:
                raise _wrong(f"it was not measured from {ends}, which is no range")
        if len(self.curves) != 3 or len(self.marginals) != 3:
            raise _wrong(f"it has {len(self.curves)} channels, expected R, G and B")

    @property
    def says(self) -> str:
        """How far it can be trusted, in one sentence."""
        size = f"{self.width_px}x{self.height_px}"
        if self.how == "single frame":
            return (
                f"an estimate from a single frame of {size} in {self.space}: without a second "
                "frame detail cannot be told from grain, and sigma is likely 20 to 45 % too low"
            )
        told = f"measured in {self.frames} {self.how} frame(s) of {size} in {self.space}"
        if self.unmeasured:
            ranges = ", ".join(f"{low:.3g} to {high:.3g}" for low, high in self.unmeasured)
            told += (
                f"; at signal {ranges} nothing but detail was seen, and sigma there is led to "
                "by darker and brighter places"
            )
        return told


def grain_record(model: GrainModel) -> dict[str, Any]:
    """Return ``model`` as plain JSON values."""
    return {"schema": SCHEMA, **as_record(model)}


def grain_from_record(record: object) -> GrainModel:
    """
    Return the model that ``record`` was made from.

    Raises:
        FormatError: It is no grain model, or one of another version.
        GrainError: It is one, and its numbers cannot be.
    """
    if not isinstance(record, Mapping) or "schema" not in record:
        raise FormatError("it is no grain model: it names no schema", remedy=_AGAIN)
    if record["schema"] != SCHEMA:
        raise FormatError(
            f"the grain model has schema {record['schema']!r}, this seamline reads {SCHEMA}",
            remedy="Read it with the version of seamline that wrote it.",
        )
    try:
        return from_record(GrainModel, {k: v for k, v in record.items() if k != "schema"})
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise FormatError(
            f"the grain model has something else where numbers belong: {error}", remedy=_AGAIN
        ) from error


def _wrong(says: str) -> GrainError:
    return GrainError(f"this cannot be a plate's grain: {says}", remedy=_AGAIN)


def _finite(name: str, values: Iterable[float]) -> None:
    for value in values:
        if isinstance(value, bool) or not isinstance(value, float | int):
            raise _wrong(f"its {name} holds {value!r}, expected a number")
        if not math.isfinite(value):
            raise _wrong(f"its {name} holds {value}")


def _rising(name: str, values: tuple[float, ...]) -> None:
    if any(b <= a for a, b in pairwise(values)):
        raise _wrong(f"the signals or scores of its {name} do not rise")
