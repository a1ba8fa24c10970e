"""What people read: sheets, reports, lists and scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from seamline.pixels.cards import Drawing
from seamline.pixels.picture import Image
from seamline.show.camera import Lens
from seamline.show.cdl import CDL
from seamline.show.grain import GrainModel
from seamline.show.lens import LensModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One picture on a contact sheet: display-coded 0 to 1, and its words."""

    rgb: Image
    title: str
    lines: tuple[str, ...] = ()


class Papers(Protocol):
    """Documents that leave the show."""

    def contact_sheet(
        self, tiles: Sequence[Tile], *, title: str, columns: int, tile_px: int = 480
    ) -> bytes:
        """Return a PNG; each picture ``tile_px`` wide."""
        ...

    def contact_pdf(self, tiles: Sequence[Tile], *, title: str, about: str) -> bytes:
        """Return a PDF with ``title`` and ``about`` on every page."""
        ...

    def review_page(self, page: Mapping[str, Any], pictures: Mapping[str, Image]) -> bytes:
        """Return one self-contained HTML file; ``pictures`` display-coded, 0 to 1."""
        ...

    def qc_page(self, report: Mapping[str, Any], pictures: Mapping[str, Image]) -> bytes:
        """Return one self-contained HTML file; ``pictures`` display-coded, 0 to 1."""
        ...

    def family_picture(self, tree: Mapping[str, Any], *, title: str) -> bytes:
        """Return an SVG of a family tree; ``tree`` as ``steps.family`` gives it."""
        ...

    def delivery_page(self, sheet: Mapping[str, Any], pictures: Mapping[str, Image]) -> bytes:
        """Return one self-contained HTML file; ``pictures`` display-coded, 0 to 1."""
        ...

    def summary_page(self, found: Mapping[str, Any], pictures: Mapping[str, Image]) -> bytes:
        """Return one self-contained HTML file; ``found`` as ``steps.summary`` gives it."""
        ...

    def cdl_file(self, cdl: CDL) -> bytes:
        """Return an ASC ``.cc`` document that names its space."""
        ...

    def cdl_collection(self, cdls: Sequence[CDL]) -> bytes:
        """Return an ASC ``.ccc`` document with all of ``cdls``, each naming its space."""
        ...

    def cdl(self, content: bytes, *, where: str, wanted: str = "", space: str = "") -> CDL:
        """
        Return the CDL of a ``.cc``, or the only one of a ``.ccc`` or ``.cdl``.

        Of several that with the id ``wanted``; ``space`` is meant where it names none.
        FormatError if there is none.
        """
        ...

    def grain_file(self, model: GrainModel) -> bytes:
        """Return the JSON document of a grain model."""
        ...

    def grain(self, content: bytes, *, where: str) -> GrainModel:
        """Return the model of a JSON document; FormatError or GrainError if it is none."""
        ...

    def nuke_script(self, comp: Mapping[str, Any]) -> bytes:
        """Return a ``.nk`` script that opens a delivery without a server."""
        ...

    def lens(self, content: bytes, *, where: str) -> LensModel:
        """Return the lens of a file (OpenLensIO, OpenCV); TrackError if it is none."""
        ...

    def lens_file(self, lenses: Sequence[Lens]) -> bytes:
        """Return an OpenLensIO document of ``lenses``."""
        ...

    def chan(self, scene: Mapping[str, Any]) -> tuple[bytes, bytes]:
        """Return the camera of a stage as ``.chan``, and the side-car that explains it."""
        ...

    def usd_stage(self, scene: Mapping[str, Any]) -> bytes:
        """Return a ``.usda`` stage: a camera, and layers on their surfaces."""
        ...

    def in_place(self, said: Mapping[str, Any]) -> Mapping[str, bytes]:
        """Return what shows an exported canvas in its shot: papers by file name."""
        ...

    def timeline(self, cutting: Mapping[str, Any]) -> bytes:
        """Return an ``.otio`` timeline: clips with one media reference per variation."""
        ...

    def edl(
        self, title: str, events: Sequence[Mapping[str, Any]], *, rate: str, drop: bool = False
    ) -> bytes:
        """Return a CMX 3600 edit decision list of hard cuts."""
        ...

    def movie(self, path: str, pictures: Iterable[Image], movie: Mapping[str, Any]) -> str:
        """
        Write display-coded ``pictures``, one at a time, as a movie; return its encoder.

        Raises:
            InputError: No library for movies is installed, or it lacks the encoder.
        """
        ...

    def line(self, path: str) -> tuple[tuple[float, float], ...]:
        """Read an open line: a file like a polygon's, of two points or more."""
        ...

    def drawing(self, path: str, width_px: int, height_px: int) -> Drawing:
        """
        Read what was drawn over a picture of ``width_px`` x ``height_px``.

        Raises:
            InputError: There is no such file.
            FormatError: It is no drawing, or nothing in it has a label.
        """
        ...

    def polygon(self, path: str) -> tuple[tuple[float, float], ...]:
        """Read a polygon file: JSON list of pairs, or one ``x,y`` per line."""
        ...
