"""Skies: whether a panorama shows nothing else, and whether a canvas needs nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image
from seamline.pixels.sun import luminance, total

GROUND_ROWS = (0.53, 0.75)
"""From 5 to 45 degrees below the horizon: where ground is, if there is any."""
LEAST_TEXTURE = 0.007
"""A ground's: grass, tiles, asphalt and a lit studio floor measured .02 to .3, a ground
painted out .0017 (twenty-one 1K panoramas)."""
ABOVE_DEG = 8.0
"""What is needed all higher than this is sky: a range seldom reaches there."""
BELOW_DRAWN_PX = 24
"""What is needed no farther below a drawn skyline is a live range's soft edge, not land."""


def only_sky(need: NDArray[np.bool_], elevation_deg: Image, skyline: Image | None) -> bool:
    """
    Return whether all that is needed lies well above the horizon, or a drawn skyline.

    Args:
        need: (H, W) what some frame sees.
        elevation_deg: (H, W) elevation of each pixel.
        skyline: (W,) rows of the skyline that was drawn, NaN where none was; or None.
    """
    if not need.any():
        return False
    if skyline is not None:
        drawn = np.where(np.isfinite(skyline), skyline, np.float32(-BELOW_DRAWN_PX))
        room = np.pad(drawn, BELOW_DRAWN_PX, mode="edge")
        around = np.lib.stride_tricks.sliding_window_view(room, 2 * BELOW_DRAWN_PX + 1)
        lowest = around.max(axis=1) + np.float32(BELOW_DRAWN_PX)
        rows = np.arange(need.shape[0], dtype=np.float32)[:, None]
        if not (need & (rows >= lowest[None, :])).any():
            return True
    return float(elevation_deg[need].min()) > ABOVE_DEG


def sky_all_over(panorama: Image) -> bool:
    """
    Return whether ``panorama`` (H, W, 3), latlong, linear, has had its ground painted out.

    Texture is how far a pixel lies from the mean of its neighbours left and right, of its
    own light: the mean over what would be ground.
    """
    height = panorama.shape[0]
    first, end = (int(height * share) for share in GROUND_ROWS)
    light = luminance(panorama[first:end])
    if light.shape[0] == 0 or light.shape[1] < 3:
        return False
    middle = light[:, 1:-1]
    apart = np.abs(middle - (light[:, 2:] + light[:, :-2]) / 2)
    texture = total(apart / np.maximum(middle, 1e-6)) / middle.size
    return texture < LEAST_TEXTURE
