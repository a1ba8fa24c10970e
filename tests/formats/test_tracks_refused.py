"""Bad cameras, in every format: refused in one sentence, or named."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import track_writers as w

from seamline.errors import InputError, TrackError
from seamline.formats.tracks import TrackFiles
from seamline.optics.track import against_lock
from seamline.show.camera import CameraTrack
from seamline.show.frames import FrameRange
from seamline.show.lock import Lock

FRAMES = FrameRange(first=1001, last=1024)
LOCK = Lock(shot="042_0110", version=1, camera_height_m=1.6)
Mutation = Callable[[Path, w.Truth], Path]


def _good() -> w.Truth:
    return w.handheld(24, axis=(0.0, 0.0))


def _said(path: Path, *, camera: str = "") -> str:
    """All that is said of a track: the refusal, or its notes with those against the lock."""
    try:
        track = TrackFiles().read(str(path), FRAMES, camera=camera)
        return "; ".join((*track.notes, *against_lock(track, LOCK)))
    except TrackError as error:
        refused = error
    assert refused.exit_code == 2
    assert refused.remedy
    assert "\n" not in str(refused)
    return f"REFUSED {refused}"


def scaled(truth: w.Truth, by: float) -> w.Truth:
    return replace(truth, positions=truth.positions * by)


def turned(truth: w.Truth, by: np.ndarray) -> w.Truth:
    return replace(truth, turns=truth.turns @ by)


def in_text(write: Mutation, *changes: tuple[str, str]) -> Mutation:
    """Write the good track, and change its text by regular expressions, once each."""

    def mutated(folder: Path, truth: w.Truth) -> Path:
        path = write(folder, truth)
        text = path.read_text()
        for pattern, by in changes:
            text, count = re.subn(pattern, by, text, count=1, flags=re.M)
            assert count == 1, pattern
        path.write_text(text)
        return path

    return mutated


def beside(write: Mutation, pattern: str, by: str) -> Mutation:
    """Change the side-car."""

    def mutated(folder: Path, truth: w.Truth) -> Path:
        path = write(folder, truth)
        side = Path(f"{path}.toml")
        text, count = re.subn(pattern, by, side.read_text(), count=1, flags=re.M)
        assert count == 1, pattern
        side.write_text(text)
        return path

    return mutated


def with_(write: Mutation, change: Callable[[w.Truth], w.Truth]) -> Mutation:
    return lambda folder, truth: write(folder, change(truth))


def lines(write: Mutation, change: Callable[[list[str]], list[str]]) -> Mutation:
    def mutated(folder: Path, truth: w.Truth) -> Path:
        path = write(folder, truth)
        path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")
        return path

    return mutated


def alone(write: Mutation) -> Mutation:
    def mutated(folder: Path, truth: w.Truth) -> Path:
        path = write(folder, truth)
        Path(f"{path}.toml").unlink()
        return path

    return mutated


def mirrored(truth: w.Truth) -> w.Truth:
    return turned(truth, np.diag([-1.0, 1.0, 1.0]))


def on_its_side(truth: w.Truth) -> w.Truth:
    quarter = np.array([[0, -1.0, 0], [1.0, 0, 0], [0, 0, 1.0]])
    return turned(truth, quarter)


def broken_at(n: int, value: float) -> Callable[[w.Truth], w.Truth]:
    def change(truth: w.Truth) -> w.Truth:
        positions = truth.positions.copy()
        positions[n, 0] = value
        return replace(truth, positions=positions)

    return change


def flipped(truth: w.Truth) -> w.Truth:
    turns = truth.turns.copy()
    turns[10] = turns[10] @ np.diag([-1.0, 1.0, -1.0])
    return replace(truth, turns=turns)


def zoomed(by: float) -> Callable[[w.Truth], w.Truth]:
    return lambda truth: replace(truth, focals=truth.focals * by)


def doubled(rows: list[str]) -> list[str]:
    return [*rows[:9], rows[8], *rows[9:]]


def dropped(rows: list[str]) -> list[str]:
    return [*rows[:8], *rows[9:]]


def usd_in(metres: float) -> Mutation:
    """A stage whose numbers are metres, and whose unit says otherwise."""

    def mutated(folder: Path, truth: w.Truth) -> Path:
        path = w.usd(folder, truth)
        path.write_text(
            path.read_text().replace("metersPerUnit = 1", f"metersPerUnit = {metres}")
        )
        return path

    return mutated


BAD: dict[str, tuple[Mutation, str]] = {
    # Units off by 10, 100, 1,000, and an inch for a centimetre.
    "chan 10 times": (beside(w.chan, r'unit = "cm"', 'unit = "dm"'), "10 times apart"),
    "chan 100 times": (
        beside(w.chan, r'unit = "cm"', 'unit = "m"'),
        "REFUSED .*(98|102) times",
    ),
    "chan a tenth": (beside(w.chan, r'unit = "cm"', 'unit = "mm"'), "10 times apart"),
    "chan feet": (
        lambda f, t: beside(lambda f, t: w.chan(f, t, unit="m"), '"m"', '"ft"')(f, t),
        "3.28 times apart",
    ),
    "usd metres said to be centimetres": (usd_in(0.01), "REFUSED .*(98|102) times"),
    "usd metres said to be millimetres": (
        usd_in(0.001),
        "REFUSED .*(978 times|faster than sound)",
    ),
    "usd a tenth": (usd_in(0.1), "10 times apart"),
    "nk in centimetres": (with_(w.nk, lambda t: scaled(t, 100)), "REFUSED .*(98|102) times"),
    "nk in millimetres": (
        with_(w.nk, lambda t: scaled(t, 1000)),
        "REFUSED .*(978 times|faster than sound)",
    ),
    "otio in centimetres": (
        with_(w.jsonl, lambda t: scaled(t, 100)),
        "REFUSED .*(98|102) times",
    ),
    "otio ten times": (with_(w.jsonl, lambda t: scaled(t, 10)), "10 times apart"),
    "cbor a thousandth": (
        with_(w.cbor, lambda t: scaled(t, 1e-3)),
        "REFUSED .*(978 times|faster than sound)",
    ),
    "otio a million times": (
        with_(w.jsonl, lambda t: scaled(t, 1e6)),
        "REFUSED .*from the orig",
    ),
    "tum ten times": (with_(w.tum, lambda t: scaled(t, 10)), "10 times apart"),
    "tum in inches": (with_(w.tum, lambda t: scaled(t, 39.37)), "39.4 times apart"),
    # Lenses off by 10 and 1,000.
    "otio focal ten times too long": (with_(w.jsonl, zoomed(100)), "hardly a lens"),
    "otio focal in metres": (with_(w.jsonl, zoomed(1e-3)), "REFUSED .*degrees across"),
    "chan sensor in tenths": (beside(w.chan, "= 24.89", "= 248.9"), "REFUSED .*248.9 mm wide"),
    "chan sensor in metres": (
        beside(w.chan, "= 24.89", "= 0.02489"),
        "REFUSED .*0.02489 mm wide",
    ),
    "nk aperture in inches": (in_text(w.nk, ("haperture 24.89", "haperture 0.98")), "REFUSED"),
    "nk aperture in micrometres": (
        in_text(w.nk, ("haperture 24.89", "haperture 24890")),
        "REFUSED .*24890 mm wide",
    ),
    "usd focal a tenth": (with_(w.usd, zoomed(0.1)), "hardly a lens"),
    "chan focal in the eighth column": (
        lines(w.chan, lambda r: [re.sub(r"\t[^\t]*$", "\t350", row) for row in r]),
        "REFUSED .*field of view is 350",
    ),
    # Left-handed, scaled, sheared.
    "usd left-handed": (with_(w.usd, mirrored), "REFUSED .*left-handed"),
    "usd scaled on one axis": (
        with_(w.usd, lambda t: turned(t, np.diag([1, 2.0, 1]))),
        "REFUSED .*unevenly",
    ),
    "usd sheared": (
        with_(w.usd, lambda t: turned(t, np.array([[1, 0.3, 0], [0, 1, 0], [0, 0, 1.0]]))),
        "REFUSED .*shears",
    ),
    "nk with a negative scale": (
        in_text(w.nk, (r"^ focal", " scaling {-1 1 1}\n focal")),
        "REFUSED .*left-handed",
    ),
    "otio with a scale": (
        in_text(w.jsonl, (r'"rotation": ', '"scale": {"x": 2, "y": 1, "z": 1}, "rotation": ')),
        "REFUSED .*it scales",
    ),
    # Rotation orders, axes, flips.
    "chan without order": (
        beside(w.chan, "^rotation_order.*\n", ""),
        "REFUSED .*rotation_order",
    ),
    "chan alone": (alone(w.chan), "REFUSED .*rotation_order and unit and sensor_width_mm"),
    "chan of an unknown order": (beside(w.chan, '"XYZ"', '"XXZ"'), "REFUSED .*'XXZ'"),
    "chan on its side": (with_(w.chan, on_its_side), "lies on its side"),
    "chan with Z up, said to be Y": (
        with_(w.chan, lambda t: replace(t, turns=w.Z_UP.T @ t.turns)),
        "looks straight up or down|lies on its side",
    ),
    "usd with Z up, said to be Y": (
        in_text(lambda f, t: w.usd(f, t, up="Z"), ('upAxis = "Z"', 'upAxis = "Y"')),
        "looks straight up or down|lies on its side",
    ),
    "tum without axes": (beside(w.tum, "^camera_axes.*\n", ""), "REFUSED .*camera_axes"),
    "tum with OpenGL's axes, said to be OpenCV's": (
        beside(lambda f, t: w.tum(f, t, axes="opengl"), '"opengl"', '"opencv"'),
        "lies on its side",
    ),
    "nk flipped in one frame": (with_(w.nk, flipped), "turns by 1[0-9]+ degrees"),
    # Gaps, doubled and missing frames, other counts.
    "chan with a frame twice": (lines(w.chan, doubled), "REFUSED .*frame 1009 stands twice"),
    "chan with a frame missing": (lines(w.chan, dropped), "REFUSED .*frame 1009 is missing"),
    "chan back to front": (lines(w.chan, lambda r: r[::-1]), "REFUSED .*comes after"),
    "otio with a sample missing": (lines(w.jsonl, dropped), "REFUSED .*23 samples"),
    "tum twice at once": (lines(w.tum, doubled), "REFUSED .*the same time"),
    "tum with a hole": (
        lines(w.tum, lambda r: [*r[:8], *r[13:]]),
        "REFUSED .*largest gap between poses is 240 ms",
    ),
    "tum too short": (lines(w.tum, lambda r: r[:-3]), "REFUSED .*24 frames at 25 per second"),
    "nk with keys missing": (
        in_text(
            w.nk, (r"focal \{\{curve x1001 \S+ \S+", "focal {{curve x1001 35 x1007 36 x1008")
        ),
        "REFUSED .*focal has no key at frame 1002",
    ),
    "nk with too few keys": (
        with_(
            w.nk,
            lambda t: replace(
                t, focals=t.focals[:9], positions=t.positions[:9], turns=t.turns[:9]
            ),
        ),
        "REFUSED .*no key at frame 1010",
    ),
    # Numbers that are none, files that are torn.
    "chan NaN": (
        in_text(w.chan, (r"^1003\t[^\t]*", "1003\tnan")),
        "REFUSED .*line 3: .*not finite",
    ),
    "otio NaN": (
        in_text(w.jsonl, (r'"pan": [^,]*', '"pan": NaN')),
        "REFUSED .*no finite number",
    ),
    "usd NaN": (with_(w.usd, broken_at(4, np.nan)), "REFUSED .*1005.* no finite number"),
    "tum NaN": (in_text(w.tum, (r"^(\d+\.\d+) \S+", r"\1 inf")), "REFUSED .*finite"),
    "tum with its quaternion's w first": (
        lines(w.tum, lambda r: [r[0], *(" ".join(x.split()[:7]) + " 3" for x in r[1:])]),
        "REFUSED .*quaternion's length",
    ),
    "chan with a column less in one line": (
        in_text(w.chan, (r"^(1004.*)\t[^\t]*$", r"\1")),
        "REFUSED .*line 4 has 7 columns",
    ),
    "nk with an expression": (
        in_text(w.nk, (r"focal \{\{curve.*\}\}", "focal {{Camera9.focal*2}}")),
        "REFUSED .*focal is an expression",
    ),
    "nk torn": (
        lambda f, t: _cut(w.nk(f, t), 900),
        "REFUSED .*cannot be read as a Nuke script",
    ),
    "usda torn": (
        lambda f, t: _cut(w.usd(f, t), 900),
        "REFUSED .*no USD stage that can be read",
    ),
    "cbor torn": (lambda f, t: _cut(w.cbor(f, t), 900), "REFUSED .*not valid CBOR"),
    # Jumps and speeds.
    "nk with one frame off": (with_(w.nk, broken_at(10, 3.0)), "camera jumps"),
    "otio faster than sound": (
        with_(w.jsonl, broken_at(10, 3000.0)),
        "REFUSED .*faster than sound",
    ),
    "usd very fast": (with_(w.usd, broken_at(10, 8.0)), "moves at 1[0-9]+ m/s"),
    # Shutters and windows.
    "usd shutter that closes first": (
        in_text(w.usd, (r"shutter:close = \S+", "shutter:close = -3")),
        "REFUSED .*closes at -3",
    ),
    "chan with two shutters": (
        beside(w.chan, "shutter_angle_deg = 172.8", "shutter_angle_deg = 1728"),
        "REFUSED .*0 to 360",
    ),
    "nk rolled window": (in_text(w.nk, (" focal", " winroll 5\n focal")), "REFUSED .*rolled"),
    "nk orthographic": (
        in_text(w.nk, (" focal", " projection_mode orthographic\n focal")),
        "REFUSED .*projection is orthographic",
    ),
}


def _cut(path: Path, at: int) -> Path:
    path.write_bytes(path.read_bytes()[:at])
    return path


def test_there_are_fifty_bad_cameras() -> None:
    assert len(BAD) >= 50


@pytest.mark.parametrize("write", [w.jsonl, w.cbor, w.nk, w.usd, w.tum, w.chan])
def test_nothing_odd_is_said_of_the_good_camera(tmp_path: Path, write: Mutation) -> None:
    truth = replace(_good(), focals=np.full(24, 35.0)) if write is w.tum else _good()

    said = _said(write(tmp_path, truth))

    odd = (
        "REFUSED|times apart|hardly|side|straight up|turns by|jumps|moves at|gap .* [5-9][0-9]"
    )
    assert not re.search(odd, said), said


@pytest.mark.parametrize("name", BAD)
def test_a_bad_camera_is_refused_or_named(tmp_path: Path, name: str) -> None:
    mutate, says = BAD[name]
    truth = replace(_good(), focals=np.full(24, 35.0)) if name.startswith("tum") else _good()

    said = _said(mutate(tmp_path, truth))

    assert re.search(says, said), said


def test_two_cameras_and_no_name_are_named(tmp_path: Path) -> None:
    path = tmp_path / "two.nk"
    path.write_text(w.ROOT + w.nk_camera(_good(), name="a") + w.nk_camera(_good(), name="b"))

    assert "REFUSED" in (said := _said(path))
    assert "holds 2 cameras: a, b" in said
    assert "no Camera node called 'c'; it has a, b" in _said(path, camera="c")


@pytest.mark.parametrize("ending", ["abc", "fbx"])
def test_what_blender_converts_is_sent_to_its_page(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"camera.{ending}"
    path.write_bytes(b"Ogawa\xff\x00\x01" + bytes(64))

    with pytest.raises(TrackError, match=r"is Alembic|is FBX") as refused:
        TrackFiles().read(str(path), None)

    assert "docs/how-to/bring-a-camera-in.md" in refused.value.remedy


def test_a_rolling_shutter_that_nobody_states_is_a_note(tmp_path: Path) -> None:
    path = w.chan(tmp_path, _good())
    silent = TrackFiles().read(str(path), None)
    Path(f"{path}.toml").write_text(
        Path(f"{path}.toml").read_text() + "rolling_shutter_ms = 12.5\n"
    )

    track: CameraTrack = TrackFiles().read(str(path), None)

    assert any("how fast the shutter rolls" in note for note in silent.notes)
    assert silent.rolling_shutter_s is None
    assert track.rolling_shutter_s == 0.0125
    assert not any("shutter" in note for note in track.notes)


@pytest.mark.parametrize("write", [w.jsonl, w.cbor, w.nk, w.usd, w.tum, w.chan])
def test_a_file_that_was_damaged_anywhere_is_a_sentence_and_never_a_crash(
    tmp_path: Path, write: Mutation
) -> None:
    good = write(tmp_path, w.handheld(3, zoom=False, axis=(0.0, 0.0)))
    content = good.read_bytes()
    random = np.random.default_rng(7)
    words = [
        b"",
        b"{",
        b"}",
        b"[",
        b'"',
        b"nan",
        b"1e999",
        b"-",
        b"\x00",
        b"\xff",
        b" ",
        b"9" * 400,
    ]
    for n in range(16 if write is w.usd else 120):  # a stage is read in a process of its own
        at = int(random.integers(len(content)))
        cut = int(random.integers(0, 12))
        path = tmp_path / f"damaged{n}{good.suffix}"  # a new name: USD keeps layers by theirs
        path.write_bytes(content[:at] + words[n % len(words)] + content[at + cut :])
        side = Path(f"{good}.toml")
        if side.exists():
            Path(f"{path}.toml").write_bytes(side.read_bytes())

        with contextlib.suppress(InputError):
            assert TrackFiles().read(str(path), None).samples


@pytest.mark.parametrize("inputs", ["9" * 40, "1+1+1", "-1", "two"])
def test_a_node_with_inputs_beyond_number_is_refused_at_once(
    tmp_path: Path, inputs: str
) -> None:
    path = tmp_path / "camera.nk"
    path.write_text(f"Camera3 {{\n inputs {inputs}\n name a\n}}\n")

    with pytest.raises(TrackError, match="inputs"):
        TrackFiles().read(str(path), None)


def test_a_damaged_side_car_is_a_sentence(tmp_path: Path) -> None:
    path = w.chan(tmp_path, w.handheld(3, axis=(0.0, 0.0)))
    good = Path(f"{path}.toml").read_text()
    for bad, says in (
        ("unit = 'cm", "is not a TOML file"),
        (good + "unnit = 'm'\n", "Did you mean 'unit'"),
        (good.replace('"cm"', '"parsec"'), "expected one of m, dm, cm"),
        (good.replace('"25"', '"0"'), "the rate is '0'"),
        (good.replace('"25"', '"1e999999999"'), "the rate is '1e999999999'"),
        (good.replace("= 24.89", "= true"), "sensor_width_mm is True"),
        (good.replace("= 14.0", "= -14.0"), "expected a number above 0"),
        (good + "focal_length_mm = 50.0\n", "is 35.000 mm on this sensor"),
    ):
        Path(f"{path}.toml").write_text(bad)

        with pytest.raises(TrackError) as refused:
            TrackFiles().read(str(path), None)

        assert says in f"{refused.value} {refused.value.remedy}"


@pytest.mark.parametrize("phase", [0.25, -0.5])
def test_samples_taken_beside_the_exposure_are_brought_to_its_middle(
    tmp_path: Path, phase: float
) -> None:
    # A camera that goes straight and pans evenly: what lies between two samples is known.
    n = np.arange(24.0)
    truth = replace(
        _good(),
        positions=np.stack([0.02 * n, 1.6 + 0 * n, -0.05 * n], axis=1),
        turns=w.about("Y", 0.4 * n),
        focals=35.0 + 0.1 * n,
    )
    taken = replace(
        truth,
        positions=np.stack([0.02 * (n + phase), 1.6 + 0 * n, -0.05 * (n + phase)], axis=1),
        turns=w.about("Y", 0.4 * (n + phase)),
        focals=35.0 + 0.1 * (n + phase),
    )
    path = w.chan(tmp_path, taken)
    with Path(f"{path}.toml").open("a") as side:
        side.write(f"sample_phase = {phase}\n")

    track = TrackFiles().read(str(path), FRAMES)

    positions = [s.position_m for s in track.samples]
    turns = np.array([s.world_from_camera for s in track.samples]).reshape(-1, 3, 3)
    np.testing.assert_allclose(positions, truth.positions, atol=1e-9)
    np.testing.assert_allclose(turns, truth.turns, atol=1e-9)
    np.testing.assert_allclose(
        [s.lens.focal_length_mm for s in track.samples], truth.focals, atol=1e-7
    )
    assert track.sample_phase == 0.0
    assert any(f"taken {abs(phase):g} frames" in note for note in track.notes)
