"""Papers: the documents that leave the show, each written by its own module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from seamline.errors import FormatError, SeamlineError, TrackError
from seamline.formats import openlensio
from seamline.formats.cdl import cdl_collection, cdl_file
from seamline.formats.contact import TILE_WIDTH_PX, contact_sheet
from seamline.formats.delivery_sheet import Sheet, delivery_sheet
from seamline.formats.edl import Event, edl
from seamline.formats.family import family_picture
from seamline.formats.grain import grain_file, parse_grain
from seamline.formats.in_place import InPlace, in_place
from seamline.formats.lines import read_drawing
from seamline.formats.movie import Movie, write_movie
from seamline.formats.nk import nuke_script
from seamline.formats.nk_chan import chan_file, chan_sidecar
from seamline.formats.nk_comp import NukeComp
from seamline.formats.polygon import Points, read_line, read_polygon
from seamline.formats.qc import qc_page
from seamline.formats.qc_report import Report
from seamline.formats.reader import believed, readers
from seamline.formats.review import Page, review_page
from seamline.formats.summary import summary_page
from seamline.formats.usd import Scene, usd_stage
from seamline.isolation.walls import PREFERRED
from seamline.pixels.cards import Drawing
from seamline.pixels.picture import Image
from seamline.ports import Tile
from seamline.show.camera import Lens
from seamline.show.cdl import CDL
from seamline.show.grain import GrainModel
from seamline.show.lens import LensModel
from seamline.show.record import from_record

Noun = TypeVar("Noun")


class PaperFiles:
    """
    Every paper, as bytes; and what comes in as one: polygons and drawings.

    Args:
        isolation: How much the show wants of the walls around what reads them.
    """

    def __init__(self, *, isolation: str = PREFERRED) -> None:
        self._isolation = isolation

    def contact_sheet(
        self,
        tiles: Sequence[Tile],
        *,
        title: str,
        columns: int,
        tile_px: int = TILE_WIDTH_PX,
    ) -> bytes:
        """Return a PNG; see ``formats.contact``."""
        return contact_sheet(tiles, title=title, columns=columns, tile_px=tile_px)

    def contact_pdf(self, tiles: Sequence[Tile], *, title: str, about: str) -> bytes:
        """Return a PDF; see ``formats.contact_pdf``."""
        from seamline.formats.contact_pdf import contact_pdf  # a large library, for this alone

        return contact_pdf(tiles, title=title, about=about)

    def review_page(self, page: Mapping[str, Any], pictures: Mapping[str, Image]) -> bytes:
        """Return one self-contained HTML file; ``page`` is a ``formats.review.Page``."""
        return review_page(cast(Page, page), pictures)

    def qc_page(self, report: Mapping[str, Any], pictures: Mapping[str, Image]) -> bytes:
        """Return one self-contained HTML file; ``report`` is a ``formats.qc_report.Report``."""
        return qc_page(cast(Report, report), pictures)

    def family_picture(self, tree: Mapping[str, Any], *, title: str) -> bytes:
        """Return an SVG; see ``formats.family``."""
        return family_picture(tree, title=title)

    def delivery_page(self, sheet: Mapping[str, Any], pictures: Mapping[str, Image]) -> bytes:
        """Return one self-contained HTML file; ``sheet`` is a ``delivery_sheet.Sheet``."""
        return delivery_sheet(cast(Sheet, sheet), pictures)

    def summary_page(self, found: Mapping[str, Any], pictures: Mapping[str, Image]) -> bytes:
        """Return one self-contained HTML file; see ``formats.summary``."""
        return summary_page(found, pictures)

    def cdl_file(self, cdl: CDL) -> bytes:
        """Return an ASC ``.cc`` document that names its space; see ``formats.cdl``."""
        return cdl_file(cdl)

    def cdl_collection(self, cdls: Sequence[CDL]) -> bytes:
        """Return an ASC ``.ccc`` document; see ``formats.cdl``."""
        return cdl_collection(cdls)

    def cdl(self, content: bytes, *, where: str, wanted: str = "", space: str = "") -> CDL:
        """Read a ``.cc``, ``.ccc`` or ``.cdl``; see ``formats.cdl``."""
        asked = {"wanted": wanted, "space": space}
        return self._read("cdl", CDL, content, where, FormatError, asked)

    def grain_file(self, model: GrainModel) -> bytes:
        """Return a grain model as JSON; see ``formats.grain``."""
        return grain_file(model)

    def grain(self, content: bytes, *, where: str) -> GrainModel:
        """Read a grain model; see ``formats.grain``."""
        return parse_grain(content, where=where)

    def nuke_script(self, comp: Mapping[str, Any]) -> bytes:
        """Return a ``.nk`` script; ``comp`` is a ``formats.nk_comp.NukeComp``."""
        return nuke_script(cast(NukeComp, comp))

    def chan(self, scene: Mapping[str, Any]) -> tuple[bytes, bytes]:
        """Return a camera as Nuke's ``.chan``, and its side-car; see ``formats.nk_chan``."""
        known = cast(Scene, scene)
        return chan_file(known), chan_sidecar(known)

    def usd_stage(self, scene: Mapping[str, Any]) -> bytes:
        """Return a ``.usda`` stage; ``scene`` is a ``formats.usd.Scene``."""
        return usd_stage(cast(Scene, scene))

    def in_place(self, said: Mapping[str, Any]) -> dict[str, bytes]:
        """Return papers by name; ``said`` is a ``formats.in_place.InPlace``."""
        return in_place(cast(InPlace, said))

    def timeline(self, cutting: Mapping[str, Any]) -> bytes:
        """Return an ``.otio`` timeline; ``cutting`` is a ``formats.otio.Cutting``."""
        # Opened when one is written: most commands write none.
        from seamline.formats.otio import Cutting, timeline

        return timeline(cast(Cutting, cutting))

    def edl(
        self, title: str, events: Sequence[Mapping[str, Any]], *, rate: str, drop: bool = False
    ) -> bytes:
        """Return an edit decision list; ``events`` are ``formats.edl.Event``."""
        return edl(title, [cast(Event, event) for event in events], rate=rate, drop=drop)

    def movie(self, path: str, pictures: Iterable[Image], movie: Mapping[str, Any]) -> str:
        """Write a movie for review; ``movie`` is a ``formats.movie.Movie``."""
        return write_movie(path, pictures, cast(Movie, movie))

    def lens(self, content: bytes, *, where: str) -> LensModel:
        """Read a lens file; see ``formats.lensfile``."""
        return self._read("lens", LensModel, content, where, TrackError)

    def lens_file(self, lenses: Sequence[Lens]) -> bytes:
        """Return an OpenLensIO document; see ``formats.openlensio``."""
        return openlensio.write(lenses)

    def line(self, path: str) -> Points:
        """See ``seamline.formats.polygon``."""
        return read_line(path, isolation=self._isolation)

    def drawing(self, path: str, width_px: int, height_px: int) -> Drawing:
        """Read what was drawn over a picture; see ``formats.lines``."""
        return read_drawing(path, width_px, height_px, isolation=self._isolation)

    def polygon(self, path: str) -> Points:
        """Read a polygon file; see ``formats.polygon``."""
        return read_polygon(path, isolation=self._isolation)

    def _read(
        self,
        door: str,
        kind: type[Noun],
        content: bytes,
        where: str,
        wrong: type[SeamlineError],
        asked: Mapping[str, Any] | None = None,
    ) -> Noun:
        """Return the noun of ``kind`` that a reader finds in ``content``."""
        found = readers(self._isolation).read(
            door, content, where=where, asked=asked, wrong=wrong
        )
        made: Noun = believed(where, lambda: from_record(kind, found), wrong)
        return made
