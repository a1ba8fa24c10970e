"""
Cards: a reference taken apart into layers, each completed where something hid it.

First the areas, as an artist drew them or as the tool proposes: sky and land. Then the
true edges, found near what was drawn by a minimum cut on colour. Then the soft edge of
each layer, with its own colours to the rim. Last the completion: what stood behind
something nearer is painted by the house's synthesis from the layer's own pixels.

A mask made here is kept as the show's asset, so it need not come out the same on another
machine; it does all the same, since all of it is plain arithmetic.
"""

from __future__ import annotations

from seamline.generators.patch.cards.maker import PatchCards

__all__ = ["PatchCards"]
