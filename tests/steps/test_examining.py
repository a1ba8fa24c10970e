"""QC of whole versions: true shows, rendered, some of them harmed afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from test_matching import Colourist

from seamline.errors import ShowError
from seamline.pixels.picture import Picture
from seamline.show.frames import FrameRange, frame_path
from seamline.show.review import Finding
from seamline.show.seam import Box, Seam
from seamline.steps import book
from seamline.steps.examine import examine, spread_of
from seamline.steps.followed import follower
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.main_job import match_changed, painted
from seamline.steps.opened import opener
from seamline.steps.prune import prune
from synth import Pose, Rig, latlong, photograph
from tiny import TinyShow, frame_of

HEIGHT, WIDTH = 180, 320
RIG = Rig(WIDTH, HEIGHT, 35.0, 24.89)


def wall(number: int, stops: float = 0.0) -> NDArray[np.float32]:
    """A wall of one tone that lifts slowly to the right, with grain."""
    grain = np.random.default_rng(number).normal(0, 0.008, (HEIGHT, WIDTH, 3))
    slope = 2.0 ** (np.linspace(-0.5, 0.5, WIDTH)[None, :, None] + stops)
    return (np.array([0.4, 0.3, 0.2]) * slope + grain).astype(np.float32)


def walls(
    show: TinyShow, stops: dict[int, float] | None = None, *, one_surface: bool = True
) -> str:
    """Four frames of a wall with a hole painted from the middle frame; the version's id."""
    show.studio = replace(show.studio, generator=lambda name: Colourist((1, 1, 1)))
    show.static_shot(
        "042", frames=4, rgb=lambda n: wall(n, (stops or {}).get(n, 0.0)), dtype=np.float32,
        box=Box(x=100, y=50, width=120, height=80), one_surface=one_surface,
    )  # fmt: skip
    rgb = np.random.default_rng(9).uniform(0.1, 0.5, (200, 300, 3))
    show.reference("noon.exr", rgb, hfov_deg=60.0)
    document = painted(show.studio, "042", variations=1, seed=1, generator="colourist")
    return str(document["variations"][0]["id"])


def said(show: TinyShow, version: str) -> dict[str, Finding]:
    return {f.check: f for f in examine(show.studio, version).findings}


def harm(show: TinyShow, version: str, frame: int, change: Any) -> None:
    """Change a comp's file behind the show's back."""
    path = frame_path(show.studio.shelf.comp_pattern(version), frame)
    picture = show.studio.images.read(path)
    channels = {n: p.copy() for n, p in picture.channels.items()}
    change(channels)
    show.studio.images.write(
        path,
        Picture(
            channels=channels,
            data_window=picture.data_window,
            display_window=picture.display_window,
            attributes=picture.attributes,
        ),
    )


def test_a_sound_version_passes(tiny_show: TinyShow) -> None:
    found = said(tiny_show, walls(tiny_show))

    for name in ("lineage", "untouched", "range", "exposure", "white", "flicker", "edge"):
        assert found[name].verdict == "pass", found[name].says
    assert found["grain"].verdict == "pass", found["grain"].says
    assert found["coverage"].verdict == "pass"


def test_an_element_whose_grain_was_switched_off_is_told_from_the_plate(
    tiny_show: TinyShow,
) -> None:
    version = walls(tiny_show)
    tiny_show.studio.keyring.create("Ada", None)
    changed = match_changed(tiny_show.studio, "042", version, by="Ada", off=("grain",))
    found = said(tiny_show, str(changed["variations"][0]["id"]))["grain"]

    assert found.verdict == "fail"
    # A still frame's grain stands still: over time the element has none.
    assert "it has none" in found.says


def test_a_plate_that_jumps_by_a_tenth_of_a_stop_is_named_with_frame_and_size(
    tiny_show: TinyShow,
) -> None:
    found = said(tiny_show, walls(tiny_show, {1004: 0.1}))

    assert found["exposure"].verdict == "fail"
    assert found["exposure"].measured == pytest.approx(-0.1, abs=0.01)
    assert found["exposure"].frame == 1004
    assert found["exposure"].place is not None
    assert found["flicker"].verdict == "fail"
    # 2 ** .1 is 7.18 % more; the element does not follow. One of four levels: half of it.
    assert found["flicker"].measured == pytest.approx(7.18 / 2, abs=0.15)
    assert found["flicker"].frame == 1004
    assert "the plate's by +7.1" in found["flicker"].says


def test_a_seam_between_different_things_is_not_compared(tiny_show: TinyShow) -> None:
    found = said(tiny_show, walls(tiny_show, one_surface=False))

    for name in ("exposure", "white", "black", "softness", "edge", "halo"):
        assert found[name].verdict == "not comparable"
    assert found["untouched"].verdict == "pass"


def test_one_changed_live_pixel_is_found_where_it_is(tiny_show: TinyShow) -> None:
    version = walls(tiny_show)

    def change(channels: dict[str, Any]) -> None:
        channels["G"][7, 9] = np.nextafter(channels["G"][7, 9], np.float32(1))

    harm(tiny_show, version, 1003, change)
    found = said(tiny_show, version)

    assert found["untouched"].verdict == "fail"
    assert (found["untouched"].measured, found["untouched"].frame) == (1, 1003)
    assert found["untouched"].place == (9, 7, 1, 1)
    assert found["lineage"].verdict == "fail"
    assert "comp frame 1003 is not the published one" in found["lineage"].says


@pytest.mark.parametrize(
    ("value", "words"), [(np.nan, "NaN"), (np.inf, "infinite"), (-2.0, "below -0.5"),
                         (7e4, "over 65504")]
)  # fmt: skip
def test_values_that_nothing_can_show_are_counted_and_named(
    tiny_show: TinyShow, value: float, words: str
) -> None:
    version = walls(tiny_show)

    def change(channels: dict[str, Any]) -> None:
        channels["R"][60:62, 110:113] = value

    harm(tiny_show, version, 1002, change)
    found = said(tiny_show, version)["range"]

    assert found.verdict == "fail"
    assert found.measured == 6
    assert found.place == (110, 60, 3, 2)
    assert words in found.says


def test_an_element_that_flickers_by_a_hundredth_is_caught(tiny_show: TinyShow) -> None:
    version = walls(tiny_show)

    def change(channels: dict[str, Any]) -> None:
        for name in "RGB":
            channels[name][50:130, 100:220] *= np.float32(1.01)

    harm(tiny_show, version, 1003, change)
    found = said(tiny_show, version)["flicker"]

    assert found.verdict == "fail"
    assert found.measured == pytest.approx(0.5, abs=0.05)  # one level of four: half of it
    assert found.frame in (1003, 1004)


def test_frames_that_were_pruned_cannot_be_examined(tiny_show: TinyShow) -> None:
    version = walls(tiny_show)
    prune(tiny_show.studio)

    with pytest.raises(ShowError, match="does not stand on disk") as refused:
        examine(tiny_show.studio, version)

    assert "seamline paint 042" in refused.value.remedy


def test_frames_are_spread_from_the_first_to_the_last() -> None:
    assert spread_of(FrameRange(first=1001, last=1100)) == (1001, 1021, 1041, 1060, 1080, 1100)
    assert spread_of(FrameRange(first=1001, last=1003)) == (1001, 1002, 1003)


# -- a camera that pans -------------------------------------------------------------------


def plain() -> NDArray[np.float32]:
    """A panorama: calm sky over stony ground, the horizon exactly in the middle."""
    rng = np.random.default_rng(5)
    stones = np.kron(rng.uniform(0.08, 0.3, (256, 512)), np.ones((2, 4)))
    sky = np.ones((512, 2048))
    return np.concatenate([sky, stones])[..., None].repeat(3, 2).astype(np.float32)


def panned(show: TinyShow, *, pan_off_deg: float = 0.0, tilt_off_deg: float = 0.0) -> str:
    """Three frames of a pan by a degree each; the track is off by so much a frame, or all."""
    numbers = FrameRange(first=1001, last=1003)
    scene = latlong(plain())
    poses = [Pose(pan_deg=1.0 * k, tilt_deg=-3.0) for k in range(3)]
    pattern = show.plate(
        "051", numbers, lambda n: frame_of(photograph(scene, RIG, [poses[n - 1001]], finer=2))
    )
    told = [
        replace(p, pan_deg=p.pan_deg + pan_off_deg * k, tilt_deg=p.tilt_deg + tilt_off_deg)
        for k, p in enumerate(poses)
    ]
    track = show.track("051", RIG, told)
    add_shot(show.studio, "051", plate=pattern, track=track, frames=numbers)
    set_seam(
        show.studio, Seam(shot="051", version=1, box=Box(x=220, y=0, width=100, height=180))
    )
    document = painted(show.studio, "051", variations=1, seed=1, generator="neutral")
    return str(document["variations"][0]["id"])


def test_a_true_track_takes_features_and_light_where_they_go(tiny_show: TinyShow) -> None:
    version = panned(tiny_show)
    found = said(tiny_show, version)

    assert found["perspective"].verdict == "pass", found["perspective"].says
    assert found["horizon"].verdict == "pass", found["horizon"].says
    assert found["flicker"].verdict == "pass", found["flicker"].says

    read = opener(tiny_show.studio, book.version(tiny_show.studio.ledger, version))
    here, there = read(1001), read(1003)
    follow = follower(tiny_show.studio, book.shot(tiny_show.studio.ledger, "051"))
    moved = follow(here, there)
    # Two degrees of 450 px of focal length: the last 16 columns were not seen before.
    unseen = (moved.matte == 0.5).all(axis=0)
    assert 14 <= int(unseen.sum()) <= 18
    seen = np.s_[:, 20:200]
    # Colour is whole pixels of the other frame, stones of 4 of them; light lies between.
    assert np.isin(moved.rgb[seen], there.rgb).all()
    apart = np.abs(moved.luminance[seen] - here.luminance[seen])
    assert np.median(apart[100:]) < 0.01
    assert float(moved.luminance[seen].mean()) == pytest.approx(
        float(here.luminance[seen].mean()), rel=0.002
    )


def test_a_track_that_pans_a_third_of_a_degree_too_far_is_caught(tiny_show: TinyShow) -> None:
    found = said(tiny_show, panned(tiny_show, pan_off_deg=0.33))["perspective"]

    assert found.verdict == "fail"
    # 450 px of focal length: .33 degrees are 2.6 px.
    assert found.measured == pytest.approx(2.6, abs=0.3)


def test_a_tilt_two_fifths_of_a_degree_off_puts_the_horizon_where_it_is_not(
    tiny_show: TinyShow,
) -> None:
    found = said(tiny_show, panned(tiny_show, tilt_off_deg=0.4))

    assert found["horizon"].verdict == "fail"
    assert abs(found["horizon"].measured or 0) == pytest.approx(3.1, abs=0.5)
    assert found["horizon"].place is not None
    # Which no feature can tell: they all go where they should.
    assert found["perspective"].verdict == "pass"
