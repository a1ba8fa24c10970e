"""Lens reports and ranges of lenses: what a shot and its lock make of them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from seamline.checks import lens as lens_check
from seamline.checks.seen import Seen
from seamline.errors import CanvasError, LockError, ShowError, TrackError
from seamline.optics.projection import Pinhole
from seamline.show.camera import Lens
from seamline.show.frames import FrameRange
from seamline.show.lock import Lock
from seamline.show.record import as_record, from_record
from seamline.show.shot import Shot
from seamline.steps import book
from seamline.steps.camera import camera
from seamline.steps.canvas import lay_out
from seamline.steps.ingest import add_shot
from seamline.steps.lock import parse_lock, set_lock
from seamline.steps.take import Take, check_take
from synth import Pose, Rig
from tiny import TinyShow, frame_of, grey_and_noise, pan_track

FRAMES = FrameRange(first=1001, last=1003)
RANGE = """
[camera]
height_m = 1.6
tilt_deg = 3
[lens]
focal_length_mm = [24, 70]
sensor_width_mm = 24.89
sensor_height_mm = 14.0
"""
ONE = RANGE.replace("[24, 70]", "35")


def _report(show: TinyShow, focals: list[float], *, tilt: str = "") -> str:
    path = show.material / "clip.csv"
    rows = [f'"01:00:00:{n:02d}","{f}","T 2.8","10","{tilt}"' for n, f in enumerate(focals)]
    head = '"Timecode","Focal Length (mm)","Aperture","Focus Distance (ft)","Camera Tilt"'
    path.write_text("\n".join([head, *rows]) + "\n")
    Path(f"{path}.toml").write_text("sensor_width_mm = 24.89\nsensor_height_mm = 14.0\n")
    return str(path)


def _plate(show: TinyShow) -> str:
    return show.plate("P", FRAMES, lambda n: frame_of(grey_and_noise(n, 36, 64)))


def test_a_locked_off_zoom_sees_each_frame_with_its_own_focal_length(
    tiny_show: TinyShow,
) -> None:
    report = _report(tiny_show, [24.0, 35.0, 50.0], tilt="7.5")
    add_shot(
        tiny_show.studio, "Z_010", plate=_plate(tiny_show), static=True, lens=report,
        frames=FRAMES,
    )  # fmt: skip
    shot = book.shot(tiny_show.studio.ledger, "Z_010")
    track = camera(shot, None)

    assert track is not None
    assert [s.lens.focal_length_mm for s in track.samples] == [24.0, 35.0, 50.0]
    assert not track.static
    # The camera's own level says where it looks, unless a lock does.
    up = -track.samples[0].world_from_camera[5]
    assert math.isclose(math.degrees(math.asin(up)), 7.5)
    lock = parse_lock(RANGE, shot="Z_010", version=1, where="a")
    locked = camera(shot, lock)
    assert locked is not None
    assert math.isclose(math.degrees(math.asin(-locked.samples[0].world_from_camera[5])), 3.0)
    assert locked.samples[0].position_m == (0.0, 1.6, 0.0)
    # Every frame has its own pinhole, and the canvas is as wide as the widest.
    widths = [
        Pinhole.of(s.lens, (0, 0, 64, 36)).focal_x_px for s in locked.samples
    ]  # f / 24.89 mm x 64 px
    assert widths == pytest.approx([61.71, 90.0, 128.57], abs=0.01)
    set_lock(tiny_show.studio, "Z_010", RANGE, where="a")
    canvas, _ = lay_out(tiny_show.studio, "Z_010")
    assert canvas.kind == "sphere"
    across = canvas.width_px / canvas.px_per_rad
    assert across >= 2 * math.atan(24.89 / 48)  # 54.8 degrees at 24 mm


def test_a_prime_on_a_locked_off_head_is_one_view(tiny_show: TinyShow) -> None:
    report = _report(tiny_show, [32.0, 32.0, 32.0])

    add_shot(
        tiny_show.studio,
        "Z_020",
        plate=_plate(tiny_show),
        static=True,
        lens=report,
        frames=FRAMES,
    )

    shot = book.shot(tiny_show.studio.ledger, "Z_020")
    track = camera(shot, None)
    assert track is not None
    assert track.static
    assert track.sample(1002).lens.focal_length_mm == 32.0
    assert from_record(Shot, as_record(shot)) == shot
    # The same shot again is no new version.
    again = add_shot(
        tiny_show.studio,
        "Z_020",
        plate=_plate(tiny_show),
        static=True,
        lens=report,
        frames=FRAMES,
    )
    assert again.version == shot.version


def test_a_lens_report_alone_says_nothing_of_a_move(tiny_show: TinyShow) -> None:
    with pytest.raises(ShowError, match="nothing of where the camera is"):
        add_shot(
            tiny_show.studio, "Z_030", plate=_plate(tiny_show), frames=FRAMES,
            lens=_report(tiny_show, [24.0, 35.0, 50.0]),
        )  # fmt: skip
    with pytest.raises(TrackError, match="has 2 rows, and the shot has 3 frames"):
        add_shot(
            tiny_show.studio, "Z_030", plate=_plate(tiny_show), static=True, frames=FRAMES,
            lens=_report(tiny_show, [24.0, 35.0]),
        )  # fmt: skip
    assert book.shot_if_any(tiny_show.studio.ledger, "Z_030") is None


def test_a_range_is_agreed_and_each_frame_is_held_against_it() -> None:
    lock = parse_lock(RANGE, shot="Z", version=1, where="a")
    shot = Shot(name="Z", version=1, frames=FRAMES)

    def checked(*focals: float) -> object:
        track = pan_track([0.0] * len(focals))
        samples = tuple(
            replace(s, lens=replace(s.lens, focal_length_mm=f))
            for s, f in zip(track.samples, focals, strict=True)
        )
        track = replace(track, samples=samples)
        return lens_check.check(Seen(shot=replace(shot, track=track), lock=lock))

    assert lock.focal_range_mm == (24.0, 70.0)
    inside, short, long = checked(24, 40, 70), checked(30, 23, 50), checked(30, 77, 50)
    assert (inside.verdict, inside.measured) == ("pass", 0.0)  # type: ignore[attr-defined]
    assert short.verdict == "fail"  # type: ignore[attr-defined]
    assert short.measured == pytest.approx(100 / 24)  # type: ignore[attr-defined]
    assert short.frame == 1002  # type: ignore[attr-defined]
    assert long.measured == pytest.approx(10.0)  # type: ignore[attr-defined]
    assert "24 to 70 mm on 24.89 mm" in long.says  # type: ignore[attr-defined]


def test_a_range_survives_its_record_and_an_old_lock_keeps_its_digest() -> None:
    ranged = parse_lock(RANGE, shot="Z", version=1, where="a")
    single = parse_lock(ONE, shot="Z", version=1, where="a")

    assert from_record(Lock, json.loads(json.dumps(as_record(ranged)))) == ranged
    assert "focal_range_mm" not in as_record(single)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("[70, 24]", "70 to 24, expected a shorter"),
        ("[35, 35]", "35 to 35"),
        ("[24, 50, 70]", "has 3 values, expected one or two"),
        ("[]", "has 0 values"),
        ('["a", 70]', "is 'a', expected a number"),
        ("[24, inf]", "expected a finite number"),
    ],
)
def test_a_range_that_is_none_is_refused(said: str, says: str) -> None:
    with pytest.raises(LockError, match=says):
        parse_lock(RANGE.replace("[24, 70]", said), shot="Z", version=1, where="a")


def test_a_range_alone_is_no_lens_of_a_locked_off_shot(tiny_show: TinyShow) -> None:
    add_shot(tiny_show.studio, "Z_040", plate=_plate(tiny_show), static=True, frames=FRAMES)
    set_lock(tiny_show.studio, "Z_040", RANGE, where="a")

    with pytest.raises(
        CanvasError, match=r"24 to 70 mm on 24.89 mm, and a locked-off"
    ) as refused:
        lay_out(tiny_show.studio, "Z_040")

    assert "--lens FILE" in refused.value.remedy


def test_a_take_s_lens_report_is_held_against_the_lock(tiny_show: TinyShow) -> None:
    add_shot(tiny_show.studio, "Z_050", plate=_plate(tiny_show), static=True, frames=FRAMES)
    set_lock(tiny_show.studio, "Z_050", ONE, where="a")

    found = check_take(
        tiny_show.studio, "Z_050",
        Take(track=_report(tiny_show, [35.0, 35.0, 40.0], tilt="3.2")),
    )  # fmt: skip

    verdicts = {f.check: f.verdict for f in found.findings}
    assert (verdicts["lens"], verdicts["tilt"]) == ("fail", "pass")
    said = next(f.says for f in found.findings if f.check == "lens")
    assert "40 mm on 24.89 mm by the camera's report, frame 1003" in said


def test_a_track_off_by_a_unit_is_named_against_the_lock(tiny_show: TinyShow) -> None:
    rig = Rig(width_px=64, height_px=36, focal_length_mm=35.0, sensor_width_mm=24.89)
    add_shot(tiny_show.studio, "Z_060", frames=FRAMES)
    set_lock(tiny_show.studio, "Z_060", ONE, where="a")

    def take(height_m: float) -> str:
        poses = [Pose(pan_deg=n, position_m=(0.0, height_m, 0.0)) for n in range(3)]
        return tiny_show.track("z", rig, poses)

    shot = add_shot(tiny_show.studio, "Z_060", track=take(16.0), frames=FRAMES)
    assert shot.track is not None
    assert any("10 times apart" in note for note in shot.track.notes)
    with pytest.raises(TrackError, match="1,000 times apart"):
        add_shot(tiny_show.studio, "Z_060", track=take(1600.0), frames=FRAMES)


def test_a_distorted_track_is_taken_in_and_looked_through(tiny_show: TinyShow) -> None:
    rig = Rig(width_px=64, height_px=36, focal_length_mm=35.0, sensor_width_mm=24.89)
    path = Path(tiny_show.track("z", rig, [Pose(pan_deg=n) for n in range(3)]))
    bent = []
    for line in path.read_text().splitlines():
        sample = json.loads(line)
        sample["lens"]["distortion"] = [{"radial": [1e-4]}]
        bent.append(json.dumps(sample))
    add_shot(tiny_show.studio, "Z_069", track=str(path), frames=FRAMES)
    path.write_text("\n".join(bent))

    shot = add_shot(tiny_show.studio, "Z_070", track=str(path), frames=FRAMES)

    assert shot.track is not None
    assert shot.track.samples[0].lens.distortion is not None
    straight, _ = lay_out(tiny_show.studio, "Z_069")
    seen, _ = lay_out(tiny_show.studio, "Z_070")
    # D-U: the frame's edge, 12.4 mm out, undistorts to 1.5 % more than that.
    assert 1.005 < seen.width_px / straight.width_px < 1.02


def test_squeeze_counts_in_the_field_of_view() -> None:
    lens = Lens(focal_length_mm=50, sensor_width_mm=24, sensor_height_mm=18, squeeze=2.0)

    # 2 atan(24 / 50): twice as wide as the sensor.
    assert lens.hfov_deg == pytest.approx(51.282, abs=1e-3)
