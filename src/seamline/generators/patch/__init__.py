"""
Patch: paints environments out of the show's own approved pictures.

It works as a matte painter does. Where the references were cut into cards a picture is
composed of them. Else, first the layout: which range stands where, cut out
of the references in whole pieces of skyline. Then the synthesis fills, coarse to fine,
what the references lack, from patches of the same kind (sky from sky, land from land).
Last the composite: one source pixel each, with a smooth correction that hides the
seams. A hole in one surface is laid with whole pieces that go on where the plate ends, and
a panorama's sky is set whole.

It re-composes what the show approved; it does not invent. Everything that decides
pixels is written out in IEEE arithmetic: the same ask gives the same bits on any
x86-64, with any number of threads.
"""

from __future__ import annotations

from seamline import fast as fast  # before anything compiled: says where that is kept
from seamline.generators.patch.painter import Patch

__all__ = ["Patch"]
