"""A take against its lock on the shell: by a file, a track, a chart and balls."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import material
import numpy as np
import pytest
from shell import Work

from lit import RIG, Balls, Lit, chart
from synth import Pose, opentrackio_lines

SHOT = "042_0110"
POSE = Pose(pan_deg=20, tilt_deg=4)
SUN = Lit(azimuth_deg=100, elevation_deg=35, key=(3.0, 3.0, 3.0), surround=(0.2, 0.2, 0.2))
CORNERS = np.array([[60.0, 50.0], [310.0, 62.0], [300.0, 205.0], [48.0, 190.0]])
LOCK = """
[camera]
height_m = 1.6
tilt_deg = 4

[lens]
focal_length_mm = 35.0
sensor_width_mm = 24.89
sensor_height_mm = 14.0

[light]
key_azimuth_deg = 100
key_elevation_deg = 35
key_fill_ratio = 5.77
colour_temperature_k = 6500
exposure_stops = 0.2
"""
# 6500 K is the white of the working space as the config adapts it (D65): neutral is white.


@pytest.fixture
def locked(work: Work) -> Work:
    """A show with a locked-off shot and its lock."""
    work.meadow(SHOT)
    lock = work.outside / "agreed.lock.toml"
    lock.write_text(LOCK)
    work("lock", "set", SHOT, str(lock))
    return work


def numbers(work: Work, document: object) -> str:
    path = work.outside / "take3.json"
    path.write_text(json.dumps(document))
    return str(path)


def photographed(
    work: Work,
    name: str,
    frame: np.ndarray,
    *,
    at: tuple[int, int] = (0, 0),
    spaced: bool = True,
) -> str:
    planes = {n: np.ascontiguousarray(frame[..., i]) for i, n in enumerate("RGB")}
    primaries = material.AP1 if spaced else None
    return str(material.write(work.outside / name, planes, origin=at, primaries=primaries))


def verdicts(answer: dict[str, object]) -> dict[str, str]:
    return {f["check"]: f["verdict"] for f in answer["findings"]}  # type: ignore[attr-defined]


def circle(balls: Balls, which: str) -> str:
    return ",".join(f"{v:.2f}" for v in balls.circle(which))


def test_a_take_that_holds_leaves_with_nothing_and_one_that_does_not_with_one(
    locked: Work,
) -> None:
    good = numbers(locked, {"camera": {"height_m": 1.63}, "light": {"exposure_stops": 0.3}})
    held = locked("lock", "check", SHOT, "--measured", good)
    bad = numbers(locked, {"camera": {"height_m": 1.9}, "light": {"exposure_stops": 0.3}})
    rows = locked.rows()

    broken = locked("lock", "check", SHOT, "--measured", bad, code=1)
    answer = locked.json("lock", "check", SHOT, "--measured", bad, code=1)

    assert "numbers hold" in held.out
    assert "FAIL  042_0110: height measured at 1.90 m by take3.json" in broken.out
    assert "0.300 m apart, limit 0.1 m" in broken.out
    assert broken.err == ""
    assert answer["holds"] is False
    assert verdicts(answer)["height"] == "fail"
    assert verdicts(answer)["exposure"] == "pass"
    assert verdicts(answer)["white"] == "not checked"
    assert locked.rows() == rows, "nothing is recorded"


def test_the_answer_can_be_handed_in_again(locked: Work) -> None:
    first = locked.json(
        "lock", "check", SHOT, "--focal-length", "36", "--horizon", "60", code=1
    )

    again = locked.json(
        "lock", "check", SHOT, "--measured", numbers(locked, first["measured"]), code=1
    )

    assert verdicts(again) == verdicts(first)
    assert verdicts(first)["lens"] == "fail"


def test_a_takes_own_track_is_held_against_the_lock(locked: Work) -> None:
    poses = [replace(POSE, position_m=(0, 1.6 + 0.05 * n, 0)) for n in range(4)]
    track = locked.outside / "take3.opentrackio.jsonl"
    track.write_text(opentrackio_lines(RIG, poses))

    answer = locked.json("lock", "check", SHOT, "--track", str(track), code=1)

    assert verdicts(answer)["lens"] == "pass"
    assert verdicts(answer)["tilt"] == "pass"
    assert verdicts(answer)["height"] == "fail"
    (height,) = [f for f in answer["findings"] if f["check"] == "height"]
    assert height["frame"] == 1004
    assert height["measured"] == pytest.approx(0.15)


def test_balls_are_measured_within_seconds(locked: Work) -> None:
    balls = Balls(SUN, pose=POSE)
    picture = photographed(locked, "balls.exr", balls.frame())
    words = (
        "--grey-ball", picture, "--circle", circle(balls, "grey"),
        "--chrome-ball", picture, "--chrome-circle", circle(balls, "chrome"),
        "--pan", "20", "--tilt", "4",
    )  # fmt: skip

    began = time.monotonic()
    answer = locked.json("lock", "check", SHOT, *words)
    passed = time.monotonic() - began

    assert passed < 10
    found = verdicts(answer)
    assert (found["key"], found["exposure"]) == ("pass", "pass")
    # Balls tell white to some 20 mired, key to fill to a stop: rougher than the tolerances.
    assert (found["white"], found["key to fill"]) == ("not checked", "not checked")
    assert "too roughly" in str(answer["findings"])
    light = answer["measured"]["light"]
    assert light["key_azimuth_deg"]["value"] == pytest.approx(100, abs=2)
    assert light["key_elevation_deg"]["value"] == pytest.approx(35, abs=2)
    assert light["clear_key"] is True
    assert light["colour_temperature_k"]["value"] == pytest.approx(6500, rel=0.02)
    assert light["key_fill_ratio"]["value"] == pytest.approx(5.77, rel=0.1)
    # The camera looked 30 degrees elsewhere than was said: so does the key.
    turned = locked.json(
        "lock", "check", SHOT, *words[:-4], "--pan", "50", "--tilt", "4", code=1
    )
    assert verdicts(turned)["key"] == "fail"


def test_a_chart_in_another_light_fails_white_and_exposure(locked: Work) -> None:
    from seamline import wiring
    from seamline.steps.measure import chart_reference, illuminant

    studio = wiring.open_studio(str(locked.root), threads=1, quiet=True)
    corners = ",".join(f"{v:g}" for v in CORNERS.ravel())
    answers = []
    for kelvin, stops in ((6500, 0.2), (5000, 0.8)):
        white = illuminant(studio, kelvin)
        colours = chart_reference(studio) * white / white.mean() * 2.0**stops
        taken = photographed(locked, f"chart{kelvin}.exr", chart(colours, CORNERS))
        words = ("lock", "check", SHOT, "--chart", taken, "--corners", corners)
        answers.append(locked.json(*words, code=0 if kelvin == 6500 else 1))

    assert [verdicts(a)["white"] for a in answers] == ["pass", "fail"]
    assert [verdicts(a)["exposure"] for a in answers] == ["pass", "fail"]
    measured = answers[1]["measured"]["light"]
    assert measured["colour_temperature_k"]["value"] == pytest.approx(5000, rel=0.01)
    assert measured["exposure_stops"]["value"] == pytest.approx(0.8, abs=0.02)
    assert abs(measured["tint"]["value"]) < 0.002


def test_circles_count_from_the_display_windows_corner(locked: Work) -> None:
    balls = Balls(SUN, pose=POSE)
    frame = balls.frame()
    whole = photographed(locked, "whole.exr", frame)
    x, y, radius = balls.circle("grey")
    left, top = int(x - radius) - 8, int(y - radius) - 8
    cut = frame[top : top + 110, left : left + 110]
    planes = {n: np.ascontiguousarray(cut[..., i]) for i, n in enumerate("RGB")}
    part = str(
        material.write(
            locked.outside / "part.exr",
            planes,
            origin=(left, top),
            display=(0, 0, 640, 360),
            primaries=material.AP1,
        )
    )

    keys = [
        locked.json(
            "lock", "check", SHOT, "--grey-ball", path, "--circle", circle(balls, "grey"),
            "--pan", "20", "--tilt", "4",
        )["measured"]["light"]["key_azimuth_deg"]["value"]
        for path in (whole, part)
    ]  # fmt: skip

    assert keys[0] == keys[1]


def refusals(work: Work) -> dict[str, tuple[tuple[str, ...], str]]:
    """Words after the shot's name, and what the sentence must say."""
    flat = photographed(work, "flat.exr", np.full((40, 60, 3), 0.18, np.float32))
    unknown = photographed(
        work, "unknown.exr", np.full((40, 60, 3), 0.18, np.float32), spaced=False
    )
    black = photographed(work, "black.exr", np.zeros((40, 60, 3), np.float32))
    text = work.outside / "notes.txt"
    text.write_text("height 1.6")
    noise = work.outside / "noise.json"
    noise.write_bytes(b"\xff\xfe\x00{")
    corners = "5,5,50,5,50,30,5,30"
    return {
        "no such file": (("--measured", str(work.outside / "none.json")), "none.json"),
        "no JSON": (("--measured", str(text)), "not a JSON file"),
        "no text": (("--measured", str(noise)), "not a text file"),
        "another shot": (
            ("--measured", numbers(work, {"shot": "042_0999"})),
            "numbers of 042_0999",
        ),
        "a ball without a circle": (("--grey-ball", flat), "without --circle"),
        "a circle without a ball": (("--circle", "5,5,9"), "without --grey-ball"),
        "no circle": (("--grey-ball", flat, "--circle", "5,5"), "X,Y,RADIUS"),
        "an endless circle": (("--grey-ball", flat, "--circle", "5,5,inf"), "X,Y,RADIUS"),
        "a tiny ball": (("--grey-ball", flat, "--circle", "30,20,3"), "radius is 3 px"),
        "a ball outside": (("--grey-ball", flat, "--circle", "300,20,15"), "does not lie"),
        "no colour": (
            ("--grey-ball", unknown, "--circle", "30,20,15"),
            "colour space",
        ),
        "no picture": (("--grey-ball", str(text), "--circle", "30,20,15"), "no picture"),
        "no chart": (("--chart", flat, "--corners", corners), "no chart of 24 patches"),
        "three corners": (("--chart", flat, "--corners", "1,2,3,4,5,6"), "four patches"),
        "a black ball": (("--grey-ball", black, "--circle", "30,20,15"), "no light to measure"),
        "a mad height": (("--height", "1e9"), "camera_height_m is"),
        "a mad reflectance": (
            ("--grey-ball", flat, "--circle", "30,20,15", "--reflectance", "0"),
            "reflectance",
        ),
    }  # fmt: skip


def test_what_cannot_be_used_is_refused_in_one_sentence(locked: Work) -> None:
    for why, (words, sentence) in refusals(locked).items():
        said = locked("lock", "check", SHOT, *words, code=2)

        assert sentence in said.sentence, why
        assert said.out == "", why


def test_a_shot_without_a_lock_has_nothing_to_be_checked_against(work: Work) -> None:
    frames = [material.meadow(96, 64).astype(np.float16)]
    pattern = work.plate(SHOT, frames, primaries=material.AP1)
    work("shot", "add", SHOT, "--plate", pattern, "--static")

    said = work("lock", "check", SHOT, code=2)

    assert "has no lock" in said.sentence
    assert "seamline lock set" in said.err


def test_the_how_to_page_says_what_the_shell_says(locked: Work) -> None:
    page = (
        Path(__file__).parents[2] / "docs/how-to/check-a-take-against-the-lock.md"
    ).read_text()
    said = locked(
        "lock", "check", SHOT, "--measured",
        numbers(locked, {"camera": {"height_m": 1.9, "tilt_deg": 4.1}}), code=1,
    )  # fmt: skip

    for line in said.out.splitlines()[:4]:
        assert line in page, line
