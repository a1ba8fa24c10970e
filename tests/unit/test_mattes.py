"""Mattes: which pixel stays live, to the exact area, in windows of every kind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamline.errors import FormatError
from seamline.pixels.matte import (
    grown,
    live_matte,
    matte_digest,
    matte_plane,
    polygon_coverage,
    regions,
)
from seamline.pixels.picture import Picture
from seamline.show.seam import Box, Seam

FRAME = (0, 0, 20, 12)


def plane(height: int = 12, width: int = 20, value: float = 0.0) -> np.ndarray:
    return np.full((height, width), value, np.float32)


def picture(
    channels: dict[str, np.ndarray],
    *,
    at: tuple[int, int] = (0, 0),
    display: tuple[int, int, int, int] | None = None,
) -> Picture:
    height, width = next(iter(channels.values())).shape
    window = (*at, width, height)
    return Picture(channels=channels, data_window=window, display_window=display or window)


def a_seam(**said: object) -> Seam:
    return Seam(shot="042", version=1, **{"matte": "m.png", **said})  # type: ignore[arg-type]


# -- the file -------------------------------------------------------------------


def test_eight_and_sixteen_bit_mattes_reach_exactly_one() -> None:
    eight = picture({"Y": np.array([[0, 128, 255]], np.uint8)})
    sixteen = picture({"Y": np.array([[0, 32768, 65535]], np.uint16)})

    for matte in (eight, sixteen):
        found = matte_plane(matte, "", where="m.png")
        assert found[0, 0] == 0
        assert found[0, 2] == 1
        assert found[0, 1] == pytest.approx(0.5, abs=0.005)


def test_a_lone_channel_is_the_matte_whatever_it_is_called() -> None:
    assert matte_plane(picture({"mask.roto": plane(value=0.5)}), "", where="m")[0, 0] == 0.5


@pytest.mark.parametrize(
    ("names", "taken"), [("RGBA", "A"), ("RGB", "R"), (("Y", "Z"), "Y"), (("u", "v"), "u")]
)
def test_of_several_channels_alpha_comes_first_then_red(names: str, taken: str) -> None:
    channels = {n: plane(value=0.25 if n == taken else 0.75) for n in names}

    assert matte_plane(picture(channels), "", where="m")[0, 0] == 0.25


def test_a_named_channel_is_taken_and_a_missing_one_refused_with_those_there_are() -> None:
    matte = picture({"R": plane(), "G": plane(value=0.5)})

    assert matte_plane(matte, "G", where="m.exr")[0, 0] == 0.5
    with pytest.raises(FormatError, match=r"m\.exr has no channel 'A'; it has R, G") as no:
        matte_plane(matte, "A", where="m.exr")
    assert "--matte-channel" in no.value.remedy


def test_a_matte_with_a_nan_is_refused_and_one_beyond_its_range_held_to_it() -> None:
    broken, loud = plane(), plane()
    broken[3, 4] = np.nan
    loud[0, :2] = -0.25, 1.5

    with pytest.raises(
        FormatError, match=r"m\.exr: channel A holds values that are not finite"
    ):
        matte_plane(picture({"A": broken}), "", where="m.exr")
    np.testing.assert_array_equal(
        matte_plane(picture({"A": loud}), "", where="m")[0, :3], [0, 1, 0]
    )


# -- windows ----------------------------------------------------------------------


def test_a_matte_of_another_size_is_refused_with_both_sizes() -> None:
    small = picture({"A": plane(6, 10)})

    with pytest.raises(FormatError, match=r"m\.0001\.png is 10x6, the plate's frame is 20x12"):
        live_matte(small, a_seam(), display=FRAME, window=FRAME, where="m.0001.png")


def test_a_cropped_matte_is_generated_where_its_file_is_empty() -> None:
    cropped = picture({"A": plane(2, 3, 1)}, at=(5, 4), display=FRAME)

    found = live_matte(cropped, a_seam(), display=FRAME, window=FRAME)

    assert found.sum() == 6
    assert (found[4:6, 5:8] == 1).all()


def test_plate_overscan_that_no_matte_covers_stays_live() -> None:
    generated = picture({"A": plane()})

    found = live_matte(generated, a_seam(), display=FRAME, window=(-4, -2, 28, 16))

    assert found.shape == (16, 28)
    assert (found[2:14, 4:24] == 0).all()
    assert found.sum() == 28 * 16 - 20 * 12


def test_a_matte_with_overscan_of_its_own_covers_the_plate_s() -> None:
    overscan = picture({"A": plane(16, 28)}, at=(-4, -2), display=FRAME)

    found = live_matte(overscan, a_seam(), display=FRAME, window=(-4, -2, 28, 16))

    assert not found.any()


def test_plate_overscan_beyond_the_matte_s_smaller_overscan_stays_live() -> None:
    overscan = picture({"A": plane(14, 24)}, at=(-2, -1), display=FRAME)

    found = live_matte(overscan, a_seam(), display=FRAME, window=(-4, -2, 28, 16))

    assert (found[1:15, 2:26] == 0).all()
    assert found.sum() == 28 * 16 - 24 * 14


def test_a_matte_lies_on_the_frame_even_where_the_plate_counts_from_elsewhere() -> None:
    # An EXR whose display window begins at (100, 50), and a PNG, which knows no windows.
    corner = plane()
    corner[0, 0] = 1

    found = live_matte(
        picture({"A": corner}), a_seam(), display=(100, 50, 20, 12), window=(100, 50, 20, 12)
    )

    np.testing.assert_array_equal(found, corner)


def test_a_plate_cropped_to_less_than_its_frame_gets_that_part_of_the_matte() -> None:
    marked = plane()
    marked[7, 9] = 1

    found = live_matte(picture({"A": marked}), a_seam(), display=FRAME, window=(8, 6, 4, 3))

    expected = np.zeros((3, 4), np.float32)
    expected[1, 1] = 1
    np.testing.assert_array_equal(found, expected)


# -- box and polygon ----------------------------------------------------------------


def test_outside_a_box_every_pixel_is_live() -> None:
    seam = a_seam(matte="", box=Box(x=3, y=2, width=5, height=4))

    found = live_matte(None, seam, display=FRAME, window=FRAME)

    assert found.sum() == 20 * 12 - 5 * 4
    assert (found[2:6, 3:8] == 0).all()


@pytest.mark.parametrize(
    ("box", "pixels"),
    [(Box(x=-5, y=-5, width=8, height=9), 3 * 4), (Box(x=18, y=10, width=50, height=50), 4),
     (Box(x=-9, y=0, width=5, height=5), 0), (Box(x=200, y=0, width=5, height=5), 0)],
)  # fmt: skip
def test_a_box_over_the_edge_holds_what_lies_in_the_frame(box: Box, pixels: int) -> None:
    found = live_matte(None, a_seam(matte="", box=box), display=FRAME, window=FRAME)

    assert (found == 0).sum() == pixels


def test_a_box_counts_from_the_corner_of_the_frame_not_of_the_overscan() -> None:
    seam = a_seam(matte="", box=Box(x=0, y=0, width=2, height=2))

    found = live_matte(None, seam, display=FRAME, window=(-4, -3, 28, 18))

    assert (found[3:5, 4:6] == 0).all()
    assert (found == 0).sum() == 4


def test_a_matte_inside_a_box_stays_what_it_is() -> None:
    soft = plane(value=0.25)

    found = live_matte(
        picture({"A": soft}),
        a_seam(box=Box(x=3, y=2, width=5, height=4)),
        display=FRAME,
        window=FRAME,
    )

    assert (found[2:6, 3:8] == 0.25).all()
    assert (found == 1).sum() == 20 * 12 - 20


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 40), st.integers(0, 24), st.integers(1, 40), st.integers(1, 24))
def test_a_polygon_on_quarter_pixels_has_its_exact_area(
    x: int, y: int, width: int, height: int
) -> None:
    left, top = x / 4, y / 4
    right, bottom = left + width / 4, top + height / 4

    found = polygon_coverage(
        [(left, top), (right, top), (right, bottom), (left, bottom)], width=20, height=12
    )

    assert found.sum() == (right - left) * (bottom - top)


def test_a_half_covered_pixel_is_half() -> None:
    found = polygon_coverage([(1.5, 1), (3, 1), (3, 2.25), (1.5, 2.25)], width=5, height=4)

    np.testing.assert_array_equal(found[1, :4], [0, 0.5, 1, 0])
    np.testing.assert_array_equal(found[2, :4], [0, 0.125, 0.25, 0])


def test_a_triangle_has_half_its_rectangle_s_area() -> None:
    found = polygon_coverage([(2, 1), (18, 1), (2, 11)], width=20, height=12)

    assert found.sum() == pytest.approx(80, rel=0.005)
    assert found[1, 2] == 1
    assert found[10, 17] == 0


def test_a_star_that_crosses_itself_is_hollow_in_the_middle() -> None:
    angles = np.radians([90, 234, 18, 162, 306])  # a pentagram, drawn in one stroke
    points = [(10 + 9 * np.cos(a), 10 - 9 * np.sin(a)) for a in angles]

    found = polygon_coverage(points, width=20, height=20)

    assert found[10, 10] == 0  # even-odd
    assert found[5, 9] == 1


def test_the_winding_of_a_polygon_does_not_matter() -> None:
    points = [(2.2, 1.7), (17.3, 3.1), (11.0, 10.9)]

    np.testing.assert_array_equal(
        polygon_coverage(points, width=20, height=12),
        polygon_coverage(points[::-1], width=20, height=12),
    )


def test_box_and_polygon_together_generate_only_what_both_hold() -> None:
    seam = a_seam(
        matte="",
        box=Box(x=0, y=0, width=10, height=12),
        polygon=((5.0, 0.0), (20.0, 0.0), (20.0, 12.0), (5.0, 12.0)),
    )

    found = live_matte(None, seam, display=FRAME, window=FRAME)

    assert len(regions(seam, display=FRAME, window=FRAME)) == 2
    assert (found[:, 5:10] == 0).all()
    assert (found == 0).sum() == 5 * 12


# -- grow and shrink ------------------------------------------------------------------


def octagon(radius: int) -> int:
    """Pixels within ``radius`` by crosses and squares in turn."""
    reach = radius + 2
    dy, dx = np.abs(np.mgrid[-reach : reach + 1, -reach : reach + 1])
    straight, diagonal = np.maximum(dx, dy), dx + dy
    crosses, squares = (radius + 1) // 2, radius // 2
    return int(((straight <= radius) & (diagonal <= crosses + 2 * squares)).sum())


@pytest.mark.parametrize("radius", [1, 2, 3, 4, 7])
def test_a_point_grows_to_an_octagon(radius: int) -> None:
    point = plane(31, 31)
    point[15, 15] = 1

    assert grown(point, radius).sum() == octagon(radius)


@pytest.mark.parametrize("radius", [1, 2, 5])
def test_shrinking_the_live_side_is_growing_the_other(radius: int) -> None:
    soft = np.random.default_rng(1).integers(0, 5, (24, 30)).astype(np.float32) / 4

    np.testing.assert_array_equal(grown(soft, -radius), 1 - grown(1 - soft, radius))


def test_growing_never_takes_a_live_pixel_away() -> None:
    soft = np.random.default_rng(2).random((24, 30), np.float32)

    assert (grown(soft, 3) >= soft).all()
    assert grown(soft, 0) is soft
    np.testing.assert_array_equal(grown(soft > 0.5, 3), grown(soft, 3) > 0.5)


def test_live_action_does_not_grow_in_from_the_overscan() -> None:
    generated = picture({"A": plane()})

    found = live_matte(generated, a_seam(grow_px=3), display=FRAME, window=(-4, -2, 28, 16))

    assert (found[2:14, 4:24] == 0).all()


def test_a_cropped_matte_grows_beyond_its_data_window() -> None:
    cropped = picture({"A": plane(2, 3, 1)}, at=(5, 4), display=FRAME)

    found = live_matte(cropped, a_seam(grow_px=1), display=FRAME, window=FRAME)

    assert found.sum() == 2 * 3 + 2 * (2 + 3)


def test_a_frame_all_live_stays_so_when_it_shrinks() -> None:
    assert (grown(plane(value=1), -3) == 1).all()


def test_the_seam_s_grow_reaches_the_matte() -> None:
    dot = plane()
    dot[6, 10] = 1

    found = live_matte(picture({"A": dot}), a_seam(grow_px=1), display=FRAME, window=FRAME)

    assert found.sum() == 5


def test_mattes_are_told_apart_by_one_pixel() -> None:
    one, two = plane(), plane()
    two[5, 5] = np.float32(1e-6)

    assert matte_digest(one) == matte_digest(plane())
    assert matte_digest(one) != matte_digest(two)
