"""
Skies of panoramas, set whole over a canvas when somebody looks at them.

A generator is handed dozens and paints one. They are chosen at a glance, a sixteenth of their
pixels; whole, each is laid out again from its panorama, to the same bits each time. The last
few are remembered, and so are the panoramas they came from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from seamline.pixels.picture import Image
from seamline.ports import (
    CanvasPicture,
    DomeView,
    Lately,
    LaterPicture,
    ReferencePicture,
    Studio,
    bytes_of,
)
from seamline.show.reference import Reference
from seamline.steps.panorama import Panorama, View, panorama_at, whole_dome

SKIES_BYTES, PANORAMAS_BYTES = 160 << 20, 512 << 20
"""Two skies at 2K; two panoramas of 4096 px, or one that is larger."""
GLANCE = 4
"""As sketches are."""
LEAST_GLANCE_PX = 128
"""So wide is a glance at least, twice what skies are compared at; a smaller canvas is glanced
at more closely."""
Coded = Callable[[Reference, View, bool], ReferencePicture]
"""Encodes a view of a reference, which shows nothing but sky or more, for its generator."""


def glance_step(width: int) -> int:
    """Return how many times smaller a sky over a canvas ``width`` px wide is glanced at."""
    step = GLANCE
    while step > 1 and width // step < LEAST_GLANCE_PX:
        step //= 2
    return step


class LaterSkies:
    """
    What sets the skies of panoramas over one canvas; threads may share it.

    Args:
        studio: Ports.
        references: The panoramas, among others.
        canvas: What is painted.
        coded: Brings a view to its generator.
    """

    def __init__(
        self,
        studio: Studio,
        references: Sequence[Reference],
        canvas: CanvasPicture,
        coded: Coded,
    ) -> None:
        self._studio, self._canvas, self._coded = studio, canvas, coded
        self._references: Mapping[str, Reference] = {r.id: r for r in references}
        self._panoramas: Lately[Panorama] = Lately(PANORAMAS_BYTES, lambda p: p.nbytes)
        self._skies: Lately[ReferencePicture] = Lately(SKIES_BYTES, bytes_of)

    def later(self, glance: ReferencePicture, step: int) -> LaterPicture:
        """Return the sky that ``glance`` shows every ``step``-th pixel of."""
        assert glance.dome is not None
        view = LaterPicture(glance, glance.dome.size, step)
        self.lay_out_later([view])
        return view

    def lay_out_later(self, views: Sequence[ReferencePicture]) -> None:
        """Say of all ``views`` that nobody can lay out yet that this does."""
        for view in views:
            if isinstance(view, LaterPicture) and not view.bound:
                assert view.dome is not None
                # It must not hold on to the view, or neither would ever be let go.
                view.laid_out_by(partial(self._laid_out, view.id, view.dome, view.all_sky))

    def _laid_out(self, name: str, pose: DomeView, all_sky: bool) -> ReferencePicture:
        reference = self._references[name]

        def made() -> ReferencePicture:
            around = self._panoramas.get(name, lambda: self._opened(reference))
            view = whole_dome(around, reference, self._canvas, pose)
            return self._coded(reference, view, all_sky)

        return self._skies.get((name, pose), made)

    def _opened(self, reference: Reference) -> Panorama:
        rgb, may = master_of(self._studio, reference)
        return panorama_at(reference, rgb, may, self._canvas, self._studio.optics)


def master_of(studio: Studio, reference: Reference) -> tuple[Image, Image]:
    """
    Return a reference's linear master, (H, W, 3), and (H, W) 1 where it may be copied.

    What may not be copied is 0.
    """
    master = studio.blobs.picture(reference.master_digest)
    rgb, usable = master.rgb(), master.channels["A"] > 0
    if not usable.all():
        rgb[~usable] = 0
    return rgb, usable.astype(np.float32)
