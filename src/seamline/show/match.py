"""
Match: what brings a painted element to its plate, as layers that can be switched.

They are laid on in one order: CDL, contact shadow, haze, light wrap, sharpness, grain last, as
the light itself went through air, lens and sensor. Each has its numbers, says in a sentence
what it rests on, and names where it comes from; one that is off leaves the picture as it was.
The clean element has none of them.

Units are part of the names: ``_px`` plate pixels, ``_m`` metres. Colours are scene-linear in
the show's working space.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from seamline.errors import InputError
from seamline.show.cdl import CDL, RGB
from seamline.show.record import LATER, as_record

ORDER = ("cdl", "shadow", "haze", "wrap", "sharpness", "grain")
"""In the order they are laid on."""
MEASURED, LOCK, NOTHING = "measured", "lock", "nothing"
"""Where a layer's numbers come from; or ``by NAME``, where a person set them."""
BLACK: RGB = (0.0, 0.0, 0.0)


def _hold(name: str, values: tuple[float, ...], low: float, high: float) -> None:
    for value in values:
        if not (math.isfinite(value) and low <= value <= high):
            raise InputError(
                f"match: {name} is {value:g}, expected {low:g} to {high:g}",
                remedy=f"Give --set {name}= a number in that range.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class CDLLayer:
    """Colour: an ASC CDL, in the space it names."""

    cdl: CDL
    on: bool = True
    source: str = NOTHING
    says: str = ""

    @property
    def changes(self) -> bool:
        """Whether a picture is another with it."""
        return self.on and not self.cdl.is_identity


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowLayer:
    """Contact shadow of the live action, lifted from the plate's floor; multiplies."""

    frames: str = ""
    """SHA-256 over its frames; empty where none was lifted."""
    amount: float = 1.0
    """Share of the light lost that is taken from the element too."""
    on: bool = True
    source: str = NOTHING
    says: str = "no shadow was lifted: `seam key --contact-shadow FLOOR.json` lifts one"

    def __post_init__(self) -> None:
        _hold("shadow.amount", (self.amount,), 0.0, 2.0)

    @property
    def changes(self) -> bool:
        """Whether a picture is another with it."""
        return self.on and bool(self.frames) and self.amount > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HazeLayer:
    """Air: what lies over black everywhere, and what grows with distance."""

    black: RGB = BLACK
    """Added where the element is, working space; below 0 it is taken away."""
    colour: RGB = BLACK
    """What a thing infinitely far away would look like, working space."""
    visibility_m: float | None = None
    """At this distance two hundredths of a thing's own contrast are left (Koschmieder)."""
    on: bool = True
    source: str = NOTHING
    says: str = ""

    def __post_init__(self) -> None:
        _hold("haze.black", self.black, -1.0, 10.0)
        _hold("haze.colour", self.colour, 0.0, 65504.0)
        if self.visibility_m is not None:
            _hold("haze.visibility_m", (self.visibility_m,), 1.0, 1e6)

    @property
    def changes(self) -> bool:
        """Whether a picture is another with it."""
        return self.on and (self.black != BLACK or self.visibility_m is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapLayer:
    """Light of the live action that spills over the seam into the element; off by default."""

    width_px: float = 6.0
    """Standard deviation of the spill."""
    amount: float = 0.3
    on: bool = False
    source: str = NOTHING
    says: str = ""

    def __post_init__(self) -> None:
        _hold("wrap.width_px", (self.width_px,), 0.3, 200.0)
        _hold("wrap.amount", (self.amount,), 0.0, 1.0)

    @property
    def changes(self) -> bool:
        """Whether a picture is another with it."""
        return self.on and self.amount > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SharpnessLayer:
    """How much the element is softened; or sharpened, where a person asks for it."""

    sigma_px: float = 0.0
    """Standard deviation of the Gaussian."""
    sharpen: float = 0.0
    """Share of what a Gaussian of one pixel takes away, added. Never by itself."""
    on: bool = True
    source: str = NOTHING
    says: str = ""

    def __post_init__(self) -> None:
        _hold("sharpness.sigma_px", (self.sigma_px,), 0.0, 50.0)
        _hold("sharpness.sharpen", (self.sharpen,), 0.0, 2.0)

    @property
    def changes(self) -> bool:
        """Whether a picture is another with it."""
        return self.on and (self.sigma_px > 0 or self.sharpen > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrainLayer:
    """The plate's grain, made anew; its model lies in the blobs under ``model``."""

    model: str = ""
    """SHA-256 of the model's file; empty where the plate told nothing."""
    amount: float = 1.0
    seed: int = 1
    on: bool = True
    source: str = NOTHING
    says: str = ""

    def __post_init__(self) -> None:
        _hold("grain.amount", (self.amount,), 0.0, 4.0)
        _hold("grain.seed", (self.seed,), 0, 2**31 - 1)

    @property
    def changes(self) -> bool:
        """Whether a picture is another with it."""
        return self.on and bool(self.model) and self.amount > 0


Layer = CDLLayer | ShadowLayer | HazeLayer | WrapLayer | SharpnessLayer | GrainLayer
NUMBERS: Mapping[str, Mapping[str, int]] = {
    "cdl": {"slope": 3, "offset": 3, "power": 3, "saturation": 1},
    "shadow": {"amount": 1},
    "haze": {"black": 3, "colour": 3, "visibility_m": 1},
    "wrap": {"width_px": 1, "amount": 1},
    "sharpness": {"sigma_px": 1, "sharpen": 1},
    "grain": {"amount": 1, "seed": 1},
}
"""What a person may set of each layer, and of how many numbers it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Every layer of one version's match."""

    cdl: CDLLayer
    haze: HazeLayer = HazeLayer()
    wrap: WrapLayer = WrapLayer()
    sharpness: SharpnessLayer = SharpnessLayer()
    grain: GrainLayer = GrainLayer()
    shadow: ShadowLayer = field(default=ShadowLayer(), metadata=LATER)

    @property
    def layers(self) -> tuple[tuple[str, Layer], ...]:
        """Name and layer, in the order they are laid on."""
        return tuple((name, getattr(self, name)) for name in ORDER)

    @property
    def graded(self) -> CDL:
        """The CDL as it is applied: one that changes nothing while its layer is off."""
        if self.cdl.on:
            return self.cdl.cdl
        return CDL(id=self.cdl.cdl.id, description="the CDL layer is off")

    @property
    def decides(self) -> dict[str, Any]:
        """All that decides pixels, and no words: what two matches that look alike share."""
        return {
            name: {
                k: v
                for k, v in as_record(layer).items()
                if k not in ("on", "says", "source", "cdl")
            }
            for name, layer in self.layers
            if name != "cdl" and layer.changes
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchChange:
    """What a person set of one layer; what is not named stays as it was found."""

    layer: str
    by: str
    on: bool | None = None
    numbers: tuple[tuple[str, tuple[float, ...]], ...] = ()
    cdl: CDL | None = None
    """A whole CDL from a file."""
    model: str = ""
    """A grain model from a file, by the SHA-256 it has in the blobs."""

    @property
    def is_nothing(self) -> bool:
        """Whether the layer is as it was found."""
        return self.on is None and not self.numbers and self.cdl is None and not self.model


def changed(found: Match, changes: tuple[MatchChange, ...]) -> Match:
    """
    Return ``found`` with what people set of it.

    Raises:
        InputError: A number is none that the layer can have.
    """
    for change in changes:
        if not change.is_nothing:
            layers: dict[str, Any] = {
                change.layer: _changed(getattr(found, change.layer), change)
            }
            found = replace(found, **layers)
    return found


def _changed(layer: Layer, change: MatchChange) -> Layer:
    values: dict[str, Any] = {
        name: value if NUMBERS[change.layer][name] == 3 else value[0]
        for name, value in change.numbers
    }
    words = []
    if isinstance(layer, CDLLayer):
        base = layer.cdl
        if change.cdl is not None:
            base = replace(change.cdl, id=base.id)
            words.append(f"the CDL of a file ({change.cdl.id or 'without a name'})")
        _hold_cdl(values)
        values = {"cdl": replace(base, **values)} if values or change.cdl else {}
    if isinstance(layer, GrainLayer):
        if "seed" in values:
            values["seed"] = int(values["seed"])
        if change.model:
            values["model"] = change.model
            words.append(f"the grain model of a file ({change.model[:12]})")
    if change.on is not None:
        values["on"] = change.on
        words.append("on" if change.on else "off")
    words += [f"{name} {', '.join(f'{v:g}' for v in value)}" for name, value in change.numbers]
    before = f"; found: {layer.says}" if layer.says else ""
    said = f"{change.by} set {', '.join(words)}{before}"
    return replace(layer, **values, source=f"by {change.by}", says=said)


def _hold_cdl(values: Mapping[str, Any]) -> None:
    for name, low, high in (
        ("slope", 0.0, 16.0),
        ("offset", -2.0, 2.0),
        ("power", 0.05, 16.0),
        ("saturation", 0.0, 4.0),
    ):
        if name in values:
            value = values[name]
            _hold(f"cdl.{name}", value if isinstance(value, tuple) else (value,), low, high)
