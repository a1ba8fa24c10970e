"""Taking a shot in: every file is read first, and what is wrong is said in one sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seamline import on_disk
from seamline.errors import (
    ColourError,
    FormatError,
    InputError,
    ShowError,
    TamperError,
    TrackError,
)
from seamline.pixels.digest import picture_digest, sequence_digest
from seamline.pixels.picture import Picture
from seamline.show.frames import FrameRange
from seamline.show.seam import Box, Seam
from seamline.steps import book
from seamline.steps.ingest import add_shot, read_matte, set_seam
from seamline.steps.main_job import painted
from synth import Pose, Rig
from tiny import TinyShow, frame_of, grey_and_noise, lower_half

THREE = FrameRange(first=1001, last=1003)


def grey(number: int) -> Picture:
    return frame_of(grey_and_noise(number, 36, 64))


def test_a_plate_is_known_by_its_pixels_and_its_evidence(tiny_show: TinyShow) -> None:
    pattern = tiny_show.plate("042", THREE, grey)

    shot = add_shot(tiny_show.studio, "042", plate=pattern, static=True, frames=THREE)

    assert shot.plate is not None
    digests = [picture_digest(grey(n)) for n in THREE]
    assert list(shot.plate.digests) == digests
    assert shot.plate.digest == sequence_digest(zip(THREE, digests, strict=True))
    assert shot.plate.colourspace == "ACEScg"
    assert "chromaticities" in shot.plate.evidence
    assert (shot.width_px, shot.height_px) == (64, 36)
    assert shot.plate.channel_type == "half"


def test_the_frames_on_disk_are_the_shot_s_frames(tiny_show: TinyShow) -> None:
    pattern = tiny_show.plate("042", THREE, grey)
    (tiny_show.material / "042.beauty.exr").write_text("no frame")

    found = on_disk.frames_on_disk(pattern.replace("%04d", "####"))
    shot = add_shot(tiny_show.studio, "042", plate=pattern, static=True, found_frames=found)

    assert found == [1001, 1002, 1003]
    assert str(shot.frames) == "1001-1003"


def test_a_plate_that_nobody_can_find_is_refused(tiny_show: TinyShow) -> None:
    with pytest.raises(ShowError, match="no frame of nowhere") as refused:
        add_shot(tiny_show.studio, "042", plate="nowhere/a.%04d.exr", static=True)

    assert "%04d" in refused.value.remedy


def test_the_same_shot_again_writes_nothing_and_a_changed_plate_is_a_new_version(
    tiny_show: TinyShow,
) -> None:
    pattern = tiny_show.plate("042", THREE, grey)
    first = add_shot(tiny_show.studio, "042", plate=pattern, static=True, frames=THREE)
    rows = tiny_show.studio.ledger.verify()

    again = add_shot(tiny_show.studio, "042", plate=pattern, static=True, frames=THREE)
    assert again == first
    assert tiny_show.studio.ledger.verify() == rows

    tiny_show.plate("042", FrameRange(first=1002, last=1002), lambda n: grey(n + 7))
    changed = add_shot(tiny_show.studio, "042", plate=pattern, static=True, frames=THREE)
    assert changed.version == 2
    assert book.shot(tiny_show.studio.ledger, "042") == changed


def test_an_exr_that_says_nothing_about_its_colours_is_refused(tiny_show: TinyShow) -> None:
    pattern = tiny_show.plate(
        "042", THREE, lambda n: frame_of(grey_and_noise(n, 36, 64), attributes={})
    )

    with pytest.raises(ColourError, match="nothing says which colour space it is in") as no:
        add_shot(tiny_show.studio, "042", plate=pattern, static=True, frames=THREE)

    assert no.value.exit_code == 2
    assert not list(tiny_show.studio.ledger.rows("shot"))


def test_a_colour_space_that_does_not_exist_is_refused(tiny_show: TinyShow) -> None:
    pattern = tiny_show.plate("042", THREE, grey)

    with pytest.raises(ColourError, match="no colour space 'ACESgg'") as no:
        add_shot(
            tiny_show.studio, "042", plate=pattern, static=True, frames=THREE,
            colourspace="ACESgg",
        )  # fmt: skip

    assert "ACEScg" in no.value.remedy


def odd(number: int) -> Picture:
    """The third frame is another picture than the others."""
    return grey(number) if number < 1003 else frame_of(grey_and_noise(number, 36, 66))


def typed(number: int) -> Picture:
    rgb = grey_and_noise(number, 36, 64)
    return frame_of(rgb, dtype=np.float16 if number < 1003 else np.float32)


def named(number: int) -> Picture:
    picture = grey(number)
    if number < 1003:
        return picture
    return picture.with_channels({**picture.channels, "A": picture.channels["R"]})


def squeezed(number: int) -> Picture:
    picture = grey(number)
    if number < 1003:
        return picture
    attributes = {**picture.attributes, "PixelAspectRatio": ("float", 2.0)}
    return replace(picture, attributes=attributes)


@pytest.mark.parametrize(
    ("frame", "what"),
    [
        (odd, "frame size: 64 x 36 in 1001-1002; 66 x 36 in 1003"),
        (typed, "channel type: half in 1001-1002; float in 1003"),
        (named, "channels: R, G, B in 1001-1002; R, G, B, A in 1003"),
        (squeezed, "pixel aspect: 1 in 1001-1002; 2 in 1003"),
    ],
)
def test_a_frame_unlike_the_others_is_named(
    tiny_show: TinyShow, frame: object, what: str
) -> None:
    pattern = tiny_show.plate("042", THREE, frame)  # type: ignore[arg-type]

    with pytest.raises(FormatError) as refused:
        add_shot(tiny_show.studio, "042", plate=pattern, static=True, frames=THREE)

    assert "042.1003.exr" in str(refused.value)
    assert what in str(refused.value)
    assert not list(tiny_show.studio.ledger.rows("shot"))


def test_a_missing_plate_frame_is_named(tiny_show: TinyShow) -> None:
    pattern = tiny_show.plate("042", THREE, grey)
    (tiny_show.material / "042.1002.exr").unlink()

    with pytest.raises(FormatError, match=r"042\.1002\.exr"):
        add_shot(tiny_show.studio, "042", plate=pattern, static=True, frames=THREE)


def test_all_missing_frames_are_named_as_ranges(tiny_show: TinyShow) -> None:
    frames = FrameRange(first=1001, last=1012)
    pattern = tiny_show.plate("042", frames, grey)
    for number in (1003, 1004, 1005, 1009):
        (tiny_show.material / f"042.{number}.exr").unlink()

    with pytest.raises(FormatError, match="no 4 frames 1003-1005, 1009 of 1001-1012"):
        add_shot(tiny_show.studio, "042", plate=pattern, static=True, frames=frames)


def test_a_shot_is_tracked_or_locked_off(tiny_show: TinyShow) -> None:
    with pytest.raises(ShowError, match="tracked or locked off, not both"):
        add_shot(tiny_show.studio, "042", track="a.jsonl", static=True)


def test_a_track_is_numbered_like_the_shot(tiny_show: TinyShow) -> None:
    pattern = tiny_show.plate("042", THREE, grey)
    rig = Rig(64, 36, 35.0, 24.89)
    poses = [Pose(pan_deg=a, tilt_deg=2.0) for a in (-1.0, 0.0, 1.0)]
    track = tiny_show.track("042", rig, poses)

    shot = add_shot(tiny_show.studio, "042", plate=pattern, track=track, frames=THREE)

    assert shot.track is not None
    assert [s.frame for s in shot.track.samples] == [1001, 1002, 1003]
    for sample, pose in zip(shot.track.samples, poses, strict=True):
        found = np.array(sample.world_from_camera).reshape(3, 3)
        np.testing.assert_allclose(found, pose.axes(), atol=1e-12)
        assert sample.position_m == pytest.approx((0.0, 1.6, 0.0))


def test_a_track_shorter_than_the_shot_is_refused(tiny_show: TinyShow) -> None:
    pattern = tiny_show.plate("042", THREE, grey)
    track = tiny_show.track("042", Rig(64, 36, 35.0, 24.89), [Pose(), Pose()])

    with pytest.raises(TrackError):
        add_shot(tiny_show.studio, "042", plate=pattern, track=track, frames=THREE)


def test_a_track_with_a_sensor_ten_times_too_wide_is_refused(tiny_show: TinyShow) -> None:
    pattern = tiny_show.plate("042", THREE, grey)
    track = tiny_show.track("042", Rig(64, 36, 350.0, 316.8), [Pose()] * 3)

    with pytest.raises(InputError, match=r"316\.8 mm wide"):
        add_shot(tiny_show.studio, "042", plate=pattern, track=track, frames=THREE)


def test_a_concept_shot_needs_no_plate(tiny_show: TinyShow) -> None:
    shot = add_shot(tiny_show.studio, "concept", frames=FrameRange(first=1001, last=1001))

    assert shot.plate is None
    assert shot.static
    assert (shot.width_px, shot.height_px) == (64, 36)


def test_a_name_that_is_no_name_is_refused_before_a_file_is_read(tiny_show: TinyShow) -> None:
    with pytest.raises(ShowError, match="not a usable name"):
        add_shot(tiny_show.studio, "../042", plate="nowhere.%04d.exr")


# -- the seam -------------------------------------------------------------------------


def test_a_missing_matte_frame_is_named_and_nothing_is_recorded(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042", frames=3)
    rows = tiny_show.studio.ledger.verify()
    pattern = tiny_show.matte("roto", THREE, lambda n: lower_half(36, 64))
    Path(pattern % 1002).unlink()

    with pytest.raises(FormatError, match="the matte has no frame 1002") as refused:
        set_seam(tiny_show.studio, Seam(shot="042", version=1, matte=pattern))

    assert "1001-1003" in refused.value.remedy
    assert tiny_show.studio.ledger.verify() == rows


def test_a_matte_of_the_wrong_size_is_refused_when_the_seam_is_set(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042", frames=3)
    pattern = tiny_show.matte("roto", THREE, lambda n: lower_half(36, 65))

    with pytest.raises(FormatError, match="is 65x36, the plate's frame is 64x36"):
        set_seam(tiny_show.studio, Seam(shot="042", version=1, matte=pattern))


def test_a_seam_without_a_plate_parts_nothing(tiny_show: TinyShow) -> None:
    add_shot(tiny_show.studio, "concept")

    with pytest.raises(ShowError, match="has no plate"):
        set_seam(
            tiny_show.studio,
            Seam(shot="concept", version=1, box=Box(x=0, y=0, width=5, height=5)),
        )


def test_the_same_seam_again_writes_nothing_and_another_is_the_next_version(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot("042", box=Box(x=4, y=4, width=20, height=20))
    rows = tiny_show.studio.ledger.verify()

    def seam(x: int) -> Seam:
        return Seam(shot="042", version=1, box=Box(x=x, y=4, width=20, height=20))

    again = set_seam(tiny_show.studio, seam(4))
    assert again.version == 1
    assert tiny_show.studio.ledger.verify() == rows
    assert set_seam(tiny_show.studio, seam(5)).version == 2


def test_a_still_matte_serves_every_frame(tiny_show: TinyShow) -> None:
    shot = tiny_show.static_shot("042", frames=3)
    pattern = tiny_show.matte(
        "still", FrameRange(first=1, last=1), lambda n: lower_half(36, 64)
    )
    seam = set_seam(tiny_show.studio, Seam(shot="042", version=1, matte=pattern % 1, grow_px=2))

    for frame in shot.frames:
        matte = read_matte(tiny_show.studio, shot, seam, frame)
        assert (matte[16:] == 1).all()
        assert (matte[:16] == 0).all()


def test_without_a_seam_everything_is_generated(tiny_show: TinyShow) -> None:
    pattern = tiny_show.plate("042", THREE, grey)
    shot = add_shot(tiny_show.studio, "042", plate=pattern, static=True, frames=THREE)

    assert not read_matte(tiny_show.studio, shot, None, 1001).any()


def test_a_matte_changed_since_it_was_taken_in_is_not_rendered_with(
    tiny_show: TinyShow,
) -> None:
    shot = tiny_show.static_shot("042")
    tiny_show.matte("042", shot.frames, lambda n: 1 - lower_half(36, 64))

    with pytest.raises(TamperError, match="not the matte that was taken in"):
        painted(tiny_show.studio, "042", variations=1, seed=1, generator="neutral")

    assert not book.versions(tiny_show.studio.ledger, "042")
