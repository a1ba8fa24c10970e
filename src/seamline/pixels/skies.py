"""Skies: whether a panorama shows nothing else."""

from __future__ import annotations

import numpy as np

from seamline.pixels.picture import Image
from seamline.pixels.sun import luminance, total

GROUND_ROWS = (0.53, 0.75)
"""From 5 to 45 degrees below the horizon: where ground is, if there is any."""
LEAST_TEXTURE = 0.007
"""A ground's: grass, tiles, asphalt and a lit studio floor measured .02 to .3, a ground
painted out .0017 (twenty-one 1K panoramas)."""


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
