"""Wires and twigs before a panorama's sky are cut out whole; streaks of cloud stay."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.wires import without_wires
from seamline.ports import ReferencePicture

HEIGHT, WIDTH, PX_PER_DEG = 90, 240, 6.0
SKY = 0.5


def seen(dark: NDArray, *, pixel_deg: float) -> ReferencePicture:
    """An even sky, less what is dark, of a panorama whose pixels are so large."""
    rows, columns = np.indices((HEIGHT, WIDTH), dtype=np.float32)
    grey = (SKY - dark).astype(np.float32)
    return ReferencePicture(
        id="sky", look="sky", usable=np.ones((HEIGHT, WIDTH), bool),
        colour=np.ascontiguousarray(np.repeat(grey[..., None], 3, axis=2)),
        elevation_deg=(HEIGHT - rows) / PX_PER_DEG + 10, azimuth_deg=columns / PX_PER_DEG,
        master_x=columns / PX_PER_DEG / pixel_deg, master_y=rows / PX_PER_DEG / pixel_deg,
    )  # fmt: skip


def cleared(dark: NDArray, *, pixel_deg: float) -> NDArray:
    """Return (H, W) what is left of a sky."""
    everywhere = np.ones((HEIGHT, WIDTH), np.uint8)
    return without_wires(seen(dark, pixel_deg=pixel_deg), everywhere, None, None)


def test_a_wire_is_followed_for_as_long_as_anything_of_it_is_seen() -> None:
    fading = np.zeros((HEIGHT, WIDTH))
    fading[40] = np.linspace(0.04, 0.0, WIDTH)
    alone = fading.copy()
    alone[:, :160] = 0

    left = cleared(fading, pixel_deg=0.08)

    # least for a wire is .006, and what goes on from one is cut to .4 of that
    gone = np.flatnonzero(left[40] == 0)
    assert np.array_equal(gone, np.arange(len(gone)))
    assert fading[40, gone[-1]] < 0.003
    assert left[30].all()
    # begun so faintly nobody can tell that it is one
    assert cleared(0.1 * alone, pixel_deg=0.08).all()


def test_of_a_coarse_panorama_a_streak_is_cloud_where_of_a_fine_one_it_is_a_wire() -> None:
    dark = np.zeros((HEIGHT, WIDTH))
    dark[40:42, 60:110] = 0.012

    coarse, fine = (cleared(dark, pixel_deg=size) for size in (0.35, 0.08))

    assert coarse.all()
    assert not fine[40, 60:110].any()


def test_a_mast_is_none_however_coarse_a_panorama_is() -> None:
    dark = np.zeros((HEIGHT, WIDTH))
    dark[30:, 100:102] = 0.03

    assert not cleared(dark, pixel_deg=0.35)[30:, 100:102].any()
