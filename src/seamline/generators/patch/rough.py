"""
Rough: what is not composed of cards, small, before anything large is painted.

A whole picture is laid out as it will be and filled at a fraction of its size; a panorama's
sky is set as it will be. The layout and the sky are the painting's own. What is filled in where
they lack something is found anew when it is painted, and only resembles what was shown. A hole
is shown as its filling begins: the pieces that are chosen on the smallest picture are the
painting's own, which only makes their cuts finer. Choosing them is most of the work of
filling it, so what was chosen is remembered for it; what all variations choose on, for all.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seamline.generators.patch.compose.small import picked, smaller_layout
from seamline.generators.patch.filling import Memory, begun, finite
from seamline.generators.patch.prepared import Prepared
from seamline.generators.patch.resample import Floats, shrink, shrink_share
from seamline.generators.patch.search import P
from seamline.generators.patch.sheets import Sheet, labels_of
from seamline.generators.patch.skysmall import LEAST_PX, paint_small, smaller_canvas
from seamline.generators.patch.skyviews import SkyView
from seamline.generators.patch.whole import layout_of, paint_laid_out
from seamline.ports import ReferencePicture


def rough_whole(
    prepared: Prepared, look: str, *, index: int, seed: int, reduce: int
) -> Floats | None:
    """
    Return (H // ``reduce``, W // ``reduce``, 3) what ``paint_whole`` will give, small.

    None where that is too small to be filled, or nothing of it can be copied.
    """
    canvas = smaller_canvas(prepared.canvas, reduce)
    if canvas is None:
        return None
    sheets, layout = layout_of(prepared, look, index)
    views = prepared.small(reduce).views
    small = [_smaller_sheet(s, views[s.reference], reduce) for s in sheets]
    if not any(_copyable(s) for s in small):
        return None
    if layout is not None:
        layout = smaller_layout(layout, canvas.keep.shape[1], reduce)
    wanted = picked(prepared.wanted(), *canvas.keep.shape)
    layer = paint_laid_out(canvas, wanted, small, layout, views, seed=seed, progress=_quiet)
    found: Floats = layer.colour
    return found


def rough_sky(prepared: Prepared, view: SkyView, *, seed: int, reduce: int) -> Floats | None:
    """Return (H // ``reduce``, W // ``reduce``, 3) what ``view`` will give, small."""
    return paint_small(
        prepared.canvas, prepared.references, view, prepared.skies().mirror(view),
        prepared.wanted(), seed=seed, reduce=reduce,
    )  # fmt: skip


def rough_hole(
    prepared: Prepared, look: str, *, seed: int, most: float, reduce: int, first: bool
) -> Floats | None:
    """
    Return (H // ``reduce``, W // ``reduce``, 3) the plate, its hole as filling begins.

    As it will be, or as it is ``first`` chosen.
    """
    canvas = prepared.canvas
    height, width = (n // reduce for n in canvas.keep.shape)
    if min(height, width) < LEAST_PX:
        return None
    coarse = begun(
        canvas, prepared.kept, prepared.sheets(look), prepared.references, seed, most,
        remembering(prepared, look, seed, most), first=first,
    )  # fmt: skip
    plate = shrink(finite(canvas.known), height, width)
    opened = np.asarray(prepared.kept == 0, np.uint8)
    whole = shrink_share(opened, height, width)[..., None] == 0
    found: Floats = np.where(whole, plate, shrink(np.ascontiguousarray(coarse), height, width))
    return found


def remembering(prepared: Prepared, look: str, seed: int, most: float) -> Memory:
    """Return what remembers the pieces chosen for a hole, with what they were chosen from."""
    return Memory(
        level=lambda make: prepared.remembered(("level", look), make),
        proposed=lambda make: prepared.remembered(("along", look, seed), make),
        choice=lambda choose: prepared.remembered(("hole", look, seed, most), choose),
    )


def _quiet(share: float) -> None:
    """Tell nobody: it takes a moment."""


def _copyable(sheet: Sheet) -> bool:
    """Whether a patch of a sheet may be copied, as far as rows and columns tell."""
    return min(sheet.usable.shape) >= LEAST_PX and int(sheet.usable.sum()) >= LEAST_PX * P


def _smaller_sheet(sheet: Sheet, view: ReferencePicture, reduce: int) -> Sheet:
    """Return ``sheet`` as ``view`` shows it, so many times smaller; its skyline is its own."""
    usable = np.ascontiguousarray(view.usable).astype(np.uint8)
    height, width = usable.shape
    top = None
    if sheet.top is not None:
        line = picked(sheet.top[None, :], 1, width)[0]
        top = np.floor(line / reduce + 0.5).astype(np.int32)
    colour = np.where(usable[..., None] > 0, view.colour, np.float32(0))
    return replace(
        sheet,
        colour=np.ascontiguousarray(colour, dtype=np.float32),
        usable=usable,
        top=top,
        trusted=picked(sheet.trusted[None, :], 1, width)[0],
        elevation_deg=view.elevation_deg,
        label=labels_of(top, height, width),
    )
