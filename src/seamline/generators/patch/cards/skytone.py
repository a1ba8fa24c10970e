"""
The tone of a sky that was never seen: it goes on from the rim, and nothing else does.

Patches bring their own tone with them. Where a sky is carried on far below what was
photographed, the brighter and the darker ones line up: slanting beams, grey blotches, the
pink of blown sand. So only the grain of what was woven is kept. The tone is what Laplace's
equation makes of the sky around the rim; what stands at the rim itself, a cloud, fades: what
is brighter than the sky around it at once, as clouds end, all else slowly.
"""

from __future__ import annotations

import numpy as np

from seamline.generators.patch.membrane import membrane
from seamline.generators.patch.resample import Bytes, Floats, blur

GRAIN_SHARE = 0.0018
"""What differs from its surroundings within so much of the height is grain. At .008 patches
copied side by side stood as ripples in skies that have none."""
FINE_SHARE = 0.008
"""The rim's own tone is that of so much of the height around: less, and grain is led on."""
MOST_GRAIN = 0.003
"""As in ``skyfill``: more is a thing. Edges of clouds made ripples in a clear sky."""
AROUND_SHARE = 0.06
"""The sky's tone at a place of the rim is that of so much of the width on either side."""
FADES_SHARE = 0.09
"""What is other there fades within so much of the height: with no fading a cloud over a
summit let a pale beam hang down, and at .03 a deep blue beside a tower ended upright."""
CLOUD = 0.01
"""What is brighter by more than this, a sixth of a stop, is a cloud; less may be the glow of a
lit tower, which at half of it stood as an upright streak in the sky beside."""
CLOUD_FADES_SHARE = 0.015
"""So it fades within this much of the height: at .09 a lit cloud that a summit cut had a glow
with rays below it, at .03 still some of it."""


def evened(colour: Floats, known: Bytes, hidden: Bytes) -> Floats:
    """
    Return ``colour`` (H, W, 3) with the tone of what is ``hidden`` led on from the rim.

    Args:
        colour: Log encoding, complete where ``known`` or ``hidden``.
        known: (H, W) 1 where the sky was photographed.
        hidden: (H, W) 1 where it was woven.
    """
    if not known.any():
        return colour
    height, width = known.shape
    fine = max(2, int(FINE_SHARE * height + 0.5))
    limit = np.float32(MOST_GRAIN)
    grain_px = max(1, int(GRAIN_SHARE * height + 0.5))
    grain = np.clip(colour - _mean(colour, known | hidden, grain_px), -limit, limit)
    around = _mean(colour, known, max(fine, int(AROUND_SHARE * width)))
    own = _mean(colour, known, fine) - around
    cloud = np.maximum(own - np.float32(CLOUD), np.float32(0))
    tone = _led(around, known, None) + _led(own - cloud, known, FADES_SHARE * height)
    tone += _led(cloud, known, CLOUD_FADES_SHARE * height)
    found: Floats = np.where(hidden[..., None] > 0, tone + grain, colour)
    return np.ascontiguousarray(found, np.float32)


def _led(plane: Floats, known: Bytes, fades_px: float | None) -> Floats:
    there = np.where(known[..., None] > 0, plane, np.float32(0)).astype(np.float32)
    return membrane(np.ascontiguousarray(there), known, fades_px=fades_px)


def _mean(colour: Floats, where: Bytes, radius: int) -> Floats:
    """Return (H, W, 3) the mean of ``colour`` within ``where`` around each pixel."""
    share = np.ascontiguousarray(where, np.float32)
    weight = np.maximum(blur(share, radius), np.float32(1e-6))
    planes = [
        blur(np.ascontiguousarray(colour[..., c] * share), radius) / weight for c in range(3)
    ]
    return np.stack(planes, axis=-1)
