"""Pictures, colours and cameras from files; what is seen through a camera, and grain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image, Picture
from seamline.show.camera import CameraTrack
from seamline.show.cdl import CDL
from seamline.show.frames import FrameRange
from seamline.show.grain import GrainModel
from seamline.show.lensreport import LensReport


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which colour space a file is in, and what says so."""

    colourspace: str
    says: str


ONLY_LAYER = "*"
"""As ``layer``: where no R, G, B (or Y) stand alone, those of the one layer that has them."""


class Images(Protocol):
    """Picture files."""

    def read(self, path: str, *, layer: str = "") -> Picture:
        """
        Return the picture at ``path``, channels as stored; FormatError if it is none.

        ``layer`` names the layer, part or view that is read, as R, G, B; it may be
        ``ONLY_LAYER``. Without one, all channels come under the names they have.
        """
        ...

    def header(self, path: str, *, layer: str = "") -> Picture:
        """Return the picture at ``path`` with an empty ``channels``; cheap."""
        ...

    def write(self, path: str, picture: Picture) -> str:
        """Write a whole EXR at ``path`` (temporary name, fsync, rename); return its SHA-256."""
        ...

    def interop_id(self, colourspace: str) -> str:
        """Return what ``colorInteropID`` says for ``colourspace``; empty if nothing does."""
        ...

    def evidence(
        self, path: str, *, flag: str | None, default: str | None, layer: str = ""
    ) -> Evidence:
        """
        Return the colour space of the file at ``path``.

        In this order: ``flag``; ``colorInteropID``; ACES flag or known chromaticities;
        ICC profile; ``default``; else ColourError. A name the config does not
        know is a ColourError too.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ViewTable:
    """
    A table that a view's shader looks things up in.

    Attributes:
        sampler: The name of its sampler in the shader.
        size: Width and height, or three edges of a cube.
        channels: 1 or 3.
        linear: Whether it is looked up between its entries.
        values: (N,) float32, rows from the first on.
    """

    sampler: str
    size: tuple[int, ...]
    channels: int
    linear: bool
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ViewShader:
    """
    A view of the show's config as GLSL ES 3.0: ``vec4 function(vec4)``.

    Attributes:
        view: ``DISPLAY / VIEW``.
        text: Its source; working space in, display-coded out.
        function: What it is called.
        exposure: Name of the uniform for exposure, stops; empty where the view has none.
        gamma: Likewise for gamma.
        tables: What it looks up.
    """

    view: str
    text: str
    function: str
    exposure: str
    gamma: str
    tables: tuple[ViewTable, ...]


class Colour(Protocol):
    """The show's OCIO config. Every conversion goes through it."""

    config_sha256: str
    config_name: str
    """What the config calls itself; empty where it has no name."""
    working_space: str
    view_name: str
    display_view: str
    """The view that pictures are looked at through, ``DISPLAY / VIEW``, without the look."""

    def views(self) -> tuple[str, ...]:
        """Return every view of the config, as ``DISPLAY / VIEW``."""
        ...

    def shader(self, view: str, grade: CDL | None) -> ViewShader:
        """Return ``view``, after ``grade`` and the show's look, as a shader; ColourError."""
        ...

    def space(self, name: str) -> str:
        """Return the config's own name for ``name`` (aliases count), or ColourError."""
        ...

    def convert(self, rgb: Image, source: str, target: str) -> Image:
        """Return ``rgb`` (H, W, 3) float32 from ``source`` to ``target``, never clamped."""
        ...

    def grade(self, rgb: Image, cdl: CDL) -> Image:
        """Return working-space ``rgb`` with ``cdl`` applied in the CDL's space, unclamped."""
        ...

    def for_viewing(self, rgb: Image) -> Image:
        """Return working-space ``rgb`` through the show's view, display-coded 0 to 1."""
        ...


class Tracks(Protocol):
    """Camera track files, and what cameras wrote down of their lenses."""

    def read(
        self, path: str, frames: FrameRange | None, *, camera: str = "", lens: str = "",
        clock: int | None = None,
    ) -> CameraTrack:  # fmt: skip
        """
        Return the track, numbered with the shot's ``frames`` (1001 ... without any).

        A longer recording is cut where its timecode is ``clock``, the first frame's.
        """
        ...

    def lens(self, path: str, frames: FrameRange | None) -> LensReport:
        """Return a lens report, numbered with the shot's ``frames``."""
        ...

    def is_lens(self, path: str) -> bool:
        """Tell a lens report from a track."""
        ...


class Optics(Protocol):
    """Heavy geometry: same names and shapes as the plain functions in ``optics``."""

    def reproject_sphere(
        self,
        canvas: Image,
        canvas_from_camera: NDArray[np.float64],
        *,
        longitude_left_rad: float,
        latitude_top_rad: float,
        px_per_rad: float,
        focal_px: tuple[float, float],
        centre_px: tuple[float, float],
        width_px: int,
        height_px: int,
        rays: NDArray[np.float64] | None = None,
        offsets: NDArray[np.float64] | None = None,
        zooms: NDArray[np.float64] | None = None,
        under: Image | None = None,
    ) -> Image:
        """See ``seamline.optics.reproject.reproject_sphere``."""
        ...

    def reproject_card(
        self,
        canvas: Image,
        canvas_from_camera: NDArray[np.float64],
        spots_m: NDArray[np.float64],
        *,
        card_left_m: float,
        card_top_m: float,
        px_per_m: float,
        focal_px: tuple[float, float],
        centre_px: tuple[float, float],
        width_px: int,
        height_px: int,
        rays: NDArray[np.float64] | None = None,
        zooms: NDArray[np.float64] | None = None,
    ) -> Image:
        """See ``seamline.optics.reproject.reproject_card``."""
        ...

    def sample(self, canvas: Image, x: NDArray[np.float64], y: NDArray[np.float64]) -> Image:
        """See ``seamline.optics.reproject.sample``."""
        ...

    def sample_linear(
        self, canvas: Image, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> Image:
        """See ``seamline.optics.reproject.sample_linear``."""
        ...


class Grains(Protocol):
    """Grain, laid on: same names and shapes as the plain functions in ``pixels.grain``."""

    def grain_field(
        self,
        model: GrainModel,
        height: int,
        width: int,
        *,
        frame: int,
        seed: int,
        origin: tuple[int, int] = (0, 0),
    ) -> NDArray[np.float64]:
        """See ``seamline.pixels.grain.grain_field``."""
        ...

    def laid(
        self,
        model: GrainModel,
        clean: Image,
        field: NDArray[np.float64],
        share: Image,
        *,
        amount: float = 1.0,
    ) -> Image:
        """See ``seamline.pixels.grain.laid``."""
        ...
