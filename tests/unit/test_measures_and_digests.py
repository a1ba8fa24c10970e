"""Measures on pictures, and what names a picture."""

from __future__ import annotations

import hashlib
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamline.pixels.digest import picture_digest, sequence_digest
from seamline.pixels.metrics import edge_width_px, log_difference
from seamline.pixels.picture import Picture
from tiny import frame_of

# -- edges ----------------------------------------------------------------------------


def edges(smear_px: float, *, rows: int = 96, height: float = 0.4) -> np.ndarray:
    """Vertical edges smeared evenly over ``smear_px`` pixels, at every place of a pixel."""
    tone = np.zeros((rows, 120))
    for row in range(rows):
        middle = 40 + (row * 7) % 40 + (row * 0.618034) % 1
        left = np.arange(120) - middle
        # The mean over each pixel of a ramp smear_px wide.
        steps = np.linspace(0, 1, 33)[:-1] + 1 / 64
        fine = np.clip((left[:, None] + steps) / smear_px + 0.5, 0, 1)
        tone[row] = fine.mean(axis=1) * height
    return tone.astype(np.float32)


@pytest.mark.parametrize("smear_px", [2, 3, 5, 8, 10])
def test_an_edge_smeared_over_n_pixels_measures_n(smear_px: int) -> None:
    assert edge_width_px(edges(smear_px)) == pytest.approx(smear_px, abs=0.25)


def test_a_sharp_edge_is_as_wide_as_its_pixel() -> None:
    assert edge_width_px(edges(1e-6)) == pytest.approx(1, abs=0.05)


def test_falling_edges_are_as_wide_as_rising_ones() -> None:
    assert edge_width_px(0.5 - edges(4)) == pytest.approx(4, abs=0.25)


def test_an_edge_is_as_wide_however_high_it_is() -> None:
    assert edge_width_px(edges(6, height=0.9)) == pytest.approx(
        edge_width_px(edges(6, height=0.1)), rel=0.01
    )


def test_only_what_is_hard_at_rest_is_measured_under_a_smear() -> None:
    # Above, hard edges that the camera smears over 8 px; below, ridges soft in themselves.
    rest = np.concatenate([edges(1, rows=120), edges(6, rows=400)])
    smeared = np.concatenate([edges(8, rows=120), edges(10, rows=400)])

    assert edge_width_px(smeared) == pytest.approx(10, abs=0.3)
    assert edge_width_px(smeared, at_rest=rest) == pytest.approx(8, abs=0.25)


def test_a_view_with_nothing_hard_in_it_says_nothing_about_the_camera() -> None:
    assert edge_width_px(edges(9, rows=200), at_rest=edges(8, rows=200)) is None
    assert edge_width_px(edges(9, rows=49), at_rest=edges(2, rows=49)) is None  # too few


def test_blades_of_grass_beside_an_edge_are_no_edges_under_a_smear() -> None:
    """Most steps stand between a dark blade and a bright one, two pixels each."""
    grass = edges(1e-6, rows=300)
    middle = 40 + (np.arange(300) * 7) % 40
    for k, tone in ((-2, -0.2), (-1, -0.2), (1, 0.6), (2, 0.6)):
        grass[np.arange(300), middle + k] = tone
    box = np.ones(8) / 8
    smeared = np.stack(
        [np.convolve(np.pad(row, 8, "edge"), box, "same")[8:-8] for row in grass]
    )
    rest = np.concatenate([grass, edges(1, rows=120)])
    seen = np.concatenate([smeared.astype(np.float32), edges(8, rows=120)])

    assert edge_width_px(seen, at_rest=rest) == pytest.approx(8, abs=0.4)


def test_an_edge_that_the_smear_levelled_does_not_divide_by_nothing() -> None:
    flat = np.full_like(edges(1, rows=120), 0.3)

    assert edge_width_px(flat, at_rest=edges(1, rows=120)) > 16


def test_a_gaussian_edge_measures_four_times_its_area() -> None:
    # Between the normal distribution and its step lie 2 sigma / sqrt(2 pi).
    sigma = 2.0
    fine = np.arange(120 * 16) / 16
    rows = []
    for place in np.arange(64) / 64:
        light = np.cumsum(np.exp(-((fine - 60 - place) ** 2) / (2 * sigma**2)))
        rows.append((light / light[-1]).reshape(120, 16).mean(axis=1))
    tone = np.array(rows, np.float32)

    assert edge_width_px(tone) == pytest.approx(8 * sigma / np.sqrt(2 * np.pi), rel=0.05)


def test_grain_does_not_make_an_edge_sharper() -> None:
    tone = edges(6, rows=300)
    grain = np.random.default_rng(1).normal(0, 0.01, tone.shape).astype(np.float32)

    assert edge_width_px(tone + grain) == pytest.approx(edge_width_px(tone), rel=0.03)


def test_grain_alone_is_no_edge() -> None:
    grain = np.random.default_rng(1).normal(0, 0.02, (80, 120)).astype(np.float32)

    assert edge_width_px(0.4 + grain) is None


def test_too_few_edges_are_no_measure() -> None:
    assert edge_width_px(edges(3, rows=9)) is None
    assert edge_width_px(edges(3, rows=60)) is not None
    assert edge_width_px(edges(3)[:, :63]) is None  # too narrow for an edge to stand alone


def test_only_edges_that_lie_whole_inside_the_mask_count() -> None:
    tone = np.concatenate([edges(2), edges(9)])
    upper = np.zeros(tone.shape, bool)
    upper[:96] = True
    torn = np.ones(tone.shape, bool)
    torn[:96, ::16] = False

    assert edge_width_px(tone, upper) == pytest.approx(2, abs=0.25)
    assert edge_width_px(tone, ~upper) == pytest.approx(9, abs=0.4)
    assert edge_width_px(tone, torn) == pytest.approx(9, abs=0.4)
    assert edge_width_px(tone, np.zeros(tone.shape, bool)) is None


def test_the_clearest_edges_are_taken() -> None:
    rng = np.random.default_rng(2)
    clear = edges(3, height=0.8)
    unclear = edges(9, height=0.2) + rng.normal(0, 0.01, (96, 120)).astype(np.float32)

    found = edge_width_px(np.concatenate([clear, unclear]), clearest=40)

    assert found == pytest.approx(3, abs=0.25)


# -- differences ------------------------------------------------------------------------


def test_a_shift_of_every_channel_is_found_through_the_grain() -> None:
    rng = np.random.default_rng(1)
    plate = rng.random((40, 40, 3)).astype(np.float32)
    painted = plate - np.array([0.03, -0.02, 0.0], np.float32)
    painted += rng.normal(0, 0.01, painted.shape).astype(np.float32)

    found = log_difference(plate, painted, np.ones((40, 40), bool))

    assert found is not None
    assert found[0] == pytest.approx((0.03, -0.02, 0.0), abs=1e-3)
    # A Gaussian's median absolute deviation is 0.6745 sigma.
    assert found[1] == pytest.approx(0.006745, rel=0.05)


def test_pixels_outside_the_mask_or_not_finite_do_not_count() -> None:
    one, two = np.full((20, 20, 3), 0.5, np.float32), np.full((20, 20, 3), 0.4, np.float32)
    one[0], two[1], one[10:] = np.nan, np.inf, 77
    mask = np.zeros((20, 20), bool)
    mask[:14] = True
    mask[10:14] = False

    assert log_difference(one, two, mask) is None  # 160 pixels are too few

    wide_one, wide_two = np.tile(one, (1, 2, 1)), np.tile(two, (1, 2, 1))
    found = log_difference(wide_one, wide_two, np.tile(mask, (1, 2)))
    assert found is not None
    assert found[0] == pytest.approx((0.1, 0.1, 0.1), abs=1e-6)


# -- digests ------------------------------------------------------------------------------


def small(**said: object) -> Picture:
    rgb = np.arange(2 * 3 * 3).reshape(2, 3, 3) / 8
    return frame_of(rgb, **said)  # type: ignore[arg-type]


def test_the_digest_is_the_sha_256_of_what_the_page_says() -> None:
    picture = small(window=(-1, 2, 3, 2), display=(0, 0, 4, 4))
    picture = picture.with_channels(
        {"Z": np.full((2, 3), 7.5, np.float32), **picture.channels,
         "A": np.ones((2, 3), np.float16)}
    )  # fmt: skip

    stored = b"seamline-pixels-1\n" + struct.pack("<8i", -1, 2, 3, 2, 0, 0, 4, 4)
    values = [[i / 8 + k / 8 for i in range(0, 18, 3)] for k in range(3)]
    for name, plane in zip("RGB", values, strict=True):
        stored += f"{name}\0half\n".encode() + struct.pack("<6e", *plane)
    stored += b"A\0half\n" + struct.pack("<6e", *[1.0] * 6)
    stored += b"Z\0float\n" + struct.pack("<6f", *[7.5] * 6)
    assert picture_digest(picture) == hashlib.sha256(stored).hexdigest()


def test_a_sequence_is_named_by_its_frames_and_their_numbers() -> None:
    frames = [(1001, "ab" * 32), (1002, "cd" * 32)]
    text = "seamline-pixels-1\nsequence\n" + "".join(f"{n} {d}\n" for n, d in frames)

    assert sequence_digest(frames) == hashlib.sha256(text.encode()).hexdigest()
    assert sequence_digest([(1002, "ab" * 32), (1003, "cd" * 32)]) != sequence_digest(frames)


def test_a_header_does_not_name_a_picture() -> None:
    owned = small(
        attributes={"owner": ("string", "Ada Bell"), "compression": ("string", "zip")}
    )

    assert picture_digest(owned) == picture_digest(small())


def test_the_order_of_the_channels_in_the_file_does_not_either() -> None:
    picture = small()

    turned = picture.with_channels(dict(reversed(picture.channels.items())))

    assert picture_digest(turned) == picture_digest(picture)


def test_a_plane_in_another_memory_layout_is_the_same_plane() -> None:
    picture = small()
    fortran = {n: np.asfortranarray(p) for n, p in picture.channels.items()}
    swapped = {n: p.astype(">f2") for n, p in picture.channels.items()}

    assert picture_digest(picture.with_channels(fortran)) == picture_digest(picture)
    assert picture_digest(picture.with_channels(swapped)) == picture_digest(picture)


@pytest.mark.parametrize(
    "other",
    [
        small(dtype=np.float32),
        small(window=(1, 0, 3, 2), display=(0, 0, 3, 2)),
        small(window=(0, 0, 3, 2), display=(0, 0, 4, 2)),
        small().with_channels({n: small().channels["RGB"[i - 1]] for i, n in enumerate("RGB")}),
        small().with_channels({**small().channels, "A": np.zeros((2, 3), np.float16)}),
        small().with_channels({n.lower(): p for n, p in small().channels.items()}),
    ],
    ids=["type", "data window", "display window", "channels swapped", "alpha", "names"],
)
def test_windows_types_and_channels_name_another_picture(other: Picture) -> None:
    assert picture_digest(other) != picture_digest(small())


@given(st.integers(0, 1), st.integers(0, 2), st.sampled_from("RGB"), st.integers(0, 15))
def test_one_bit_of_one_pixel_names_another_picture(
    row: int, column: int, channel: str, bit: int
) -> None:
    changed = {n: p.copy() for n, p in small().channels.items()}
    changed[channel].view(np.uint16)[row, column] ^= 1 << bit

    assert picture_digest(small().with_channels(changed)) != picture_digest(small())


def test_minus_zero_is_another_bit_pattern_than_zero() -> None:
    zeros, minus = (np.full((1, 1, 3), v, np.float32) for v in (0.0, -0.0))

    assert picture_digest(frame_of(zeros, dtype=np.float32)) != picture_digest(
        frame_of(minus, dtype=np.float32)
    )
