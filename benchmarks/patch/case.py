"""A case, one thing to be painted, and the canvases that cases are laid out on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from patch import material
from patch.material import View
from seamline.ports import CanvasPicture, ReferencePicture
from seamline.steps.lighting import Gain

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
WIDE_PX = 1024
NARROW_PX = 640
"""Plates from panoramas 1024 px around: more would be empty enlargement."""
PANORAMA_HFOV_DEG = 85.0
SPRUIT_HFOV_DEG = 70.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """
    One thing to be painted.

    Attributes:
        task: ``sky`` ...; plate: what it is called.
        canvas: As the generator is given it.
        references: As the generator is given them.
        judged: (H, W) what is looked at: the fill itself.
        plate: (H, W, 3) encoded; the truth where there is one, else what stands in front.
        truth: Whether ``plate`` shows what is hidden under ``judged``.
        sun: Row, column of the locked key on the canvas, or None.
        gains: By which the light of a reference was multiplied.
        matte: (H, W) of what stands before a sky, as an artist would hand it in.
        veil: (H, W) 1 within what is drawn around sand blown before it.
        tuned: Whether settings were ever looked at with this plate.
        soft_px: By how much a sky is softened behind it, a Gaussian's sigma.
    """

    task: str
    name: str
    canvas: CanvasPicture
    references: list[ReferencePicture]
    judged: Mask
    plate: Floats
    truth: bool
    tuned: bool
    sun: tuple[int, int] | None = None
    key_deg: tuple[float, float] | None = None
    gains: dict[str, Gain] = field(default_factory=dict)
    matte: Floats | None = None
    veil: Floats | None = None
    soft_px: float = 0.0

    @property
    def id(self) -> str:
        """``task-plate``, as files are called."""
        return f"{self.task}-{self.name}"

    @property
    def pictures(self) -> int:
        """How many different references there are; views of one count once."""
        return len({r.id for r in self.references})

    @property
    def alone(self) -> bool:
        """Whether the plate is the only picture to copy from."""
        return self.truth and self.pictures == 1


def canvas_of(view: View, known: Floats, keep: Mask, need: Mask) -> CanvasPicture:
    """Return the canvas of a view of which ``need`` is to be painted."""
    return CanvasPicture(
        known=np.where(keep[..., None], known, np.float32(0)).astype(np.float32),
        keep=keep.astype(np.float32),
        need=need,
        margin=np.zeros(keep.shape, bool),
        elevation_deg=view.elevation_deg,
        azimuth_deg=view.azimuth_deg,
        px_per_deg=view.px_per_deg,
    )


def view_of(name: str, scale: float, pan_deg: float = 0.0, tilt_deg: float = 0.0) -> View:
    """Return a photograph, or what a camera sees that looks into a panorama, at ``scale``."""
    if name in material.PHOTOS:
        return material.photo_view(name, round(WIDE_PX * scale / 16) * 16)
    fine = name == "spruit"
    return material.panorama_view(
        name, pan_deg, tilt_deg,
        width=round((WIDE_PX if fine else NARROW_PX) * scale / 16) * 16,
        hfov_deg=SPRUIT_HFOV_DEG if fine else PANORAMA_HFOV_DEG,
    )  # fmt: skip
