"""Element and comp frames: the plate, bit for bit, where it is live; rendered once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seamline.errors import FormatError, ShowError, TamperError
from seamline.pixels.digest import picture_digest, sequence_digest
from seamline.pixels.picture import Picture
from seamline.show.frames import FrameRange, frame_path
from seamline.show.names import ElementId
from seamline.show.seam import Box, Seam
from seamline.steps import book
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.lock import set_lock
from seamline.steps.main_job import painted
from seamline.steps.prune import prune
from seamline.steps.review import choose, sheet
from synth import Pose, Rig
from tiny import TinyShow, frame_of, grey_and_noise, lower_half

RIG = Rig(64, 36, 35.0, 24.89)


def paint(show: TinyShow, name: str = "S_010", **said: Any) -> dict[str, Any]:
    words = {"variations": 1, "seed": 1, "generator": "neutral", **said}
    document: dict[str, Any] = painted(show.studio, name, **words)["variations"][0]
    return document


def frames_in(folder: str) -> list[str]:
    return sorted(p.name for p in Path(folder).iterdir())


def comp(show: TinyShow, entry: dict[str, Any], frame: int) -> Picture:
    return show.studio.images.read(
        frame_path(show.studio.shelf.comp_pattern(entry["id"]), frame)
    )


def element(show: TinyShow, entry: dict[str, Any], frame: int) -> Picture:
    pattern = show.studio.shelf.element_pattern(entry["id"])
    return show.studio.images.read(frame_path(pattern, frame))


def strange(number: int, dtype: type[Any]) -> np.ndarray:
    """Grain, with NaN, both infinities, -.5, 65504 and -0 planted in either half."""
    rgb = grey_and_noise(number, 36, 64)
    for row in (3, 30):
        rgb[row, :6, 0] = [np.nan, np.inf, -np.inf, -0.5, 65504.0, -0.0]
    return rgb.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("space", ["ACEScg", "ACES2065-1", "ARRI LogC3 (EI800)"])
def test_every_live_pixel_of_every_comp_is_the_plate_s_bit_for_bit(
    tiny_show: TinyShow, dtype: type[Any], space: str
) -> None:
    numbers = FrameRange(first=1001, last=1003)
    pattern = tiny_show.plate(
        "042", numbers, lambda n: frame_of(strange(n, dtype), dtype=dtype, attributes={})
    )
    add_shot(
        tiny_show.studio, "042", plate=pattern, static=True, frames=numbers, colourspace=space
    )
    matte = lower_half(36, 64)
    matte[16:18] = 0.5
    path = tiny_show.matte("042", numbers, lambda n: matte)
    set_seam(tiny_show.studio, Seam(shot="042", version=1, matte=path))

    entry = paint(tiny_show, "042")

    bits = np.uint16 if dtype is np.float16 else np.uint32
    for number in numbers:
        plate = frame_of(strange(number, dtype), dtype=dtype)
        made = comp(tiny_show, entry, number)
        for name in "RGB":
            assert made.channels[name].dtype == dtype
            np.testing.assert_array_equal(
                made.channels[name][18:].view(bits), plate.channels[name][18:].view(bits)
            )


def test_outside_a_box_the_comp_is_the_plate(tiny_show: TinyShow) -> None:
    shot = tiny_show.static_shot(frames=3, box=Box(x=10, y=8, width=20, height=12))

    entry = paint(tiny_show)

    outside = np.ones((36, 64), bool)
    outside[8:20, 10:30] = False
    for number in shot.frames:
        plate = frame_of(grey_and_noise(number, 36, 64))
        made = comp(tiny_show, entry, number)
        for name in "RGB":
            np.testing.assert_array_equal(
                made.channels[name][outside], plate.channels[name][outside]
            )


def test_neutral_on_a_frame_canvas_gives_the_middle_plate_back(tiny_show: TinyShow) -> None:
    def rgb(number: int) -> np.ndarray:
        row = np.linspace(-0.5, 65504, 64, dtype=np.float32)
        return np.tile(row[None, :, None], (36, 1, 3))

    tiny_show.static_shot(frames=3, rgb=rgb, dtype=np.float32)

    entry = paint(tiny_show)

    for number in (1001, 1002, 1003):
        for picture in (element(tiny_show, entry, number), comp(tiny_show, entry, number)):
            np.testing.assert_array_equal(picture.rgb(), rgb(number))


def test_a_locked_off_element_does_not_change_over_time(tiny_show: TinyShow) -> None:
    tiny_show.static_shot(frames=3)

    entry = paint(tiny_show)

    digests = {picture_digest(element(tiny_show, entry, n)) for n in (1001, 1002, 1003)}
    assert len(digests) == 1


def test_a_veil_is_lit_by_what_stands_behind_it_now_and_nothing_is_painted_anew(
    tiny_show: TinyShow,
) -> None:
    soft = lower_half(36, 64)
    soft[6:18] = 0.5
    sand_before_sky = np.where(soft == 1, 0.1, np.where(soft == 0.5, 0.3, 0.5))[..., None]
    tiny_show.static_shot(
        frames=1,
        rgb=lambda n: np.repeat(sand_before_sky, 3, axis=-1).astype(np.float32),
        live=lambda n: soft,
        dtype=np.float32,
    )
    seam = book.seam(tiny_show.studio.ledger, "S_010")
    assert seam is not None
    plain = paint(tiny_show)
    left = ((0.0, 0.0), (32.0, 0.0), (32.0, 36.0), (0.0, 36.0))
    set_seam(tiny_show.studio, replace(seam, veil=left))

    veiled = paint(tiny_show)

    assert veiled["id"] != plain["id"]
    assert veiled["digest"] == plain["digest"]
    before, after = (comp(tiny_show, entry, 1001).rgb() for entry in (plain, veiled))
    # What stands behind the sand now is darker; half dense it follows that by a quarter.
    assert (after[8:16, :32] < 0.98 * before[8:16, :32]).all()
    after[6:18, :32] = before[6:18, :32]
    np.testing.assert_array_equal(after, before)


def test_published_digests_are_those_of_the_files(tiny_show: TinyShow) -> None:
    tiny_show.static_shot(frames=2)

    entry = paint(tiny_show)

    version = book.version(tiny_show.studio.ledger, entry["id"])
    for kind, read in (("element", element), ("comp", comp)):
        digests = [picture_digest(read(tiny_show, entry, n)) for n in (1001, 1002)]
        assert list(getattr(version, f"{kind}_frames")) == digests
        whole = sequence_digest(zip((1001, 1002), digests, strict=True))
        assert getattr(version, f"{kind}_digest") == whole
    assert entry["digest"] == version.element_digest


def test_the_plate_s_header_goes_with_the_comp(tiny_show: TinyShow) -> None:
    numbers = FrameRange(first=1001, last=1001)
    slate = {
        "reelName": ("string", "A001C003"),
        "chromaticities": (
            "float[8]",
            (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767),
        ),
    }
    pattern = tiny_show.plate(
        "042", numbers, lambda n: frame_of(grey_and_noise(n, 36, 64), attributes=slate)
    )
    add_shot(tiny_show.studio, "042", plate=pattern, static=True, frames=numbers)

    entry = paint(tiny_show, "042")

    header = comp(tiny_show, entry, 1001).attributes
    assert header["reelName"] == ("string", "A001C003")
    assert header["seamline:element"][1] == "042_env_b01_v001"
    assert header["colorInteropID"][1] == "lin_ap1_scene"


def test_overscan_of_the_plate_is_overscan_of_the_comp(tiny_show: TinyShow) -> None:
    numbers = FrameRange(first=1001, last=1001)

    def frame(number: int) -> Picture:
        return frame_of(
            grey_and_noise(number, 41, 75), window=(-5, -3, 75, 41), display=(0, 0, 65, 35)
        )

    pattern = tiny_show.plate("042", numbers, frame)
    add_shot(tiny_show.studio, "042", plate=pattern, static=True, frames=numbers)
    set_seam(
        tiny_show.studio, Seam(shot="042", version=1, box=Box(x=0, y=0, width=10, height=9))
    )

    entry = paint(tiny_show, "042")

    made = comp(tiny_show, entry, 1001)
    assert (made.data_window, made.display_window) == ((-5, -3, 75, 41), (0, 0, 65, 35))
    np.testing.assert_array_equal(made.rgb(), frame(1001).rgb())  # neutral: all of it


# -- once, and again ------------------------------------------------------------------


def test_what_stands_is_found_and_not_rendered_again(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    first = paint(tiny_show)
    rows = tiny_show.studio.ledger.verify()
    written = (Path(first["comp"]) / frames_in(first["comp"])[0]).stat().st_mtime_ns

    again = paint(tiny_show)

    assert again["id"] == first["id"]
    assert tiny_show.studio.ledger.verify() == rows
    assert (Path(first["comp"]) / frames_in(first["comp"])[0]).stat().st_mtime_ns == written


def test_pruned_frames_come_back_with_the_same_bits(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    first = paint(tiny_show)
    before = [picture_digest(comp(tiny_show, first, n)) for n in (1001, 1002)]

    freed = prune(tiny_show.studio)
    assert not Path(first["comp"]).exists()
    assert not Path(first["element"]).exists()
    assert freed["bytes"] > 0
    again = paint(tiny_show)

    assert again["digest"] == first["digest"]
    assert [picture_digest(comp(tiny_show, again, n)) for n in (1001, 1002)] == before


def test_what_somebody_chose_is_not_pruned(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    document = painted(tiny_show.studio, "S_010", variations=3, seed=1, generator="neutral")
    one, two, three = (v["id"] for v in document["variations"])
    tiny_show.studio.keyring.create("Ada", None)
    choose(tiny_show.studio, "S_010", two, by="Ada")

    kept = prune(tiny_show.studio)["kept"]

    assert kept == [two]
    assert Path(document["variations"][1]["comp"]).exists()
    assert not Path(document["variations"][0]["comp"]).exists()
    assert not Path(document["variations"][2]["comp"]).exists()
    assert one != three


def test_an_interrupted_run_keeps_the_frames_it_finished(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    first = paint(tiny_show)
    kept = Path(first["comp"]) / frames_in(first["comp"])[0]
    lost = Path(first["comp"]) / frames_in(first["comp"])[1]
    written = kept.stat().st_mtime_ns
    lost.unlink()

    again = paint(tiny_show)

    assert again["digest"] == first["digest"]
    assert lost.exists()
    assert kept.stat().st_mtime_ns == written


def test_a_frame_changed_behind_the_ledger_s_back_is_found_when_it_is_rendered_again(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot()
    first = paint(tiny_show)
    kept, lost = (Path(first["comp"]) / name for name in frames_in(first["comp"]))
    picture = tiny_show.studio.images.read(str(kept))
    touched = {n: p.copy() for n, p in picture.channels.items()}
    touched["R"][0, 0] += np.float16(0.01)
    tiny_show.studio.images.write(str(kept), picture.with_channels(touched))
    lost.unlink()

    with pytest.raises(TamperError, match="its frames are not the ones the ledger names"):
        paint(tiny_show)


def test_a_plate_changed_on_disk_is_not_comped_as_if_it_were_the_same(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot()
    tiny_show.plate(
        "S_010",
        FrameRange(first=1002, last=1002),
        lambda n: frame_of(grey_and_noise(77, 36, 64)),
    )

    with pytest.raises(TamperError, match=r"S_010\.1002\.exr is not the plate"):
        paint(tiny_show)

    assert not list(tiny_show.studio.ledger.rows("version"))


@pytest.mark.parametrize("change", ["matte", "plate", "lock's light"])
def test_what_decides_the_frames_makes_a_new_version(tiny_show: TinyShow, change: str) -> None:
    tiny_show.static_shot()
    first = paint(tiny_show)
    two = FrameRange(first=1001, last=1002)
    if change == "matte":
        path = tiny_show.matte("other", two, lambda n: lower_half(36, 64)[::-1])
        set_seam(tiny_show.studio, Seam(shot="S_010", version=1, matte=path))
    elif change == "plate":
        pattern = tiny_show.plate(
            "S_010", two, lambda n: frame_of(grey_and_noise(n + 9, 36, 64))
        )
        add_shot(tiny_show.studio, "S_010", plate=pattern, static=True, frames=two)
    else:
        set_lock(tiny_show.studio, "S_010", "[light]\nexposure_stops = 1\n", where="l.toml")

    again = paint(tiny_show)

    assert again["id"] != first["id"]
    assert ElementId.parse(again["id"]).shot == "S_010"
    assert frames_in(first["comp"])  # the earlier version stays what it was
    earlier = book.version(tiny_show.studio.ledger, first["id"])
    assert picture_digest(comp(tiny_show, first, 1001)) == earlier.comp_frames[0]


def test_one_thread_and_two_render_the_same_bits(tmp_path: Path) -> None:
    digests = []
    for threads in (1, 2):
        folder = tmp_path / str(threads)
        folder.mkdir()
        show = TinyShow(folder)
        show.studio = replace(show.studio, threads=threads)
        show.static_shot(frames=4)
        document = painted(show.studio, "S_010", variations=2, seed=1, generator="neutral")
        digests.append([(v["digest"], v["comp_digest"]) for v in document["variations"]])

    assert digests[0] == digests[1]


def test_variations_are_numbered_on_and_seeds_are_found_again(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()

    def ids(count: int, seed: int) -> list[str]:
        found = painted(
            tiny_show.studio, "S_010", variations=count, seed=seed, generator="neutral"
        )
        return [v["id"] for v in found["variations"]]

    first = ids(2, 1)
    more = ids(3, 2)

    assert first == ["S_010_env_b01_v001", "S_010_env_b02_v001"]
    assert more == ["S_010_env_b02_v001", "S_010_env_b03_v001", "S_010_env_b04_v001"]


@pytest.mark.parametrize("count", [0, 101])
def test_no_one_paints_nothing_or_more_than_a_sheet_holds(
    tiny_show: TinyShow, count: int
) -> None:
    tiny_show.static_shot()

    with pytest.raises(ShowError, match=f"{count} variations were asked for"):
        painted(tiny_show.studio, "S_010", variations=count, seed=1, generator="neutral")


def test_a_matte_lost_after_the_seam_was_set_stops_the_render(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    (tiny_show.material / "S_010_matte.1002.exr").unlink()

    with pytest.raises(FormatError, match="the matte has no frame 1002"):
        paint(tiny_show)

    assert not list(tiny_show.studio.ledger.rows("version"))


def test_a_concept_shot_renders_frames_of_its_lock(tiny_show: TinyShow) -> None:
    add_shot(tiny_show.studio, "concept", frames=FrameRange(first=1001, last=1002))

    entry = paint(tiny_show, "concept")

    made = comp(tiny_show, entry, 1002)
    assert made.display_window == (0, 0, 64, 36)
    assert made.attributes["FramesPerSecond"][1] == (24, 1)
    verdicts = {f["check"]: f["verdict"] for f in entry["findings"]}
    assert verdicts["margin"] == verdicts["sharpness"] == "not comparable"


def test_a_panned_comp_keeps_its_live_half_and_moves_its_element(tiny_show: TinyShow) -> None:
    numbers = FrameRange(first=1001, last=1003)
    pattern = tiny_show.plate("042", numbers, lambda n: frame_of(grey_and_noise(n, 36, 64)))
    track = tiny_show.track("042", RIG, [Pose(pan_deg=a) for a in (0.0, 1.0, 2.0)])
    add_shot(tiny_show.studio, "042", plate=pattern, track=track, frames=numbers)
    path = tiny_show.matte("042", numbers, lambda n: lower_half(36, 64))
    set_seam(tiny_show.studio, Seam(shot="042", version=1, matte=path))

    entry = paint(tiny_show, "042")

    for number in numbers:
        plate = frame_of(grey_and_noise(number, 36, 64))
        np.testing.assert_array_equal(
            comp(tiny_show, entry, number).rgb()[18:], plate.rgb()[18:]
        )
    assert len({picture_digest(element(tiny_show, entry, n)) for n in numbers}) == 3
    (coverage,) = (f for f in entry["findings"] if f["check"] == "coverage")
    assert coverage["verdict"] == "pass"


def test_a_sheet_shows_what_was_painted_and_nothing_before(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    with pytest.raises(ShowError, match="nothing has been painted yet"):
        sheet(tiny_show.studio, "S_010")
    paint(tiny_show)

    contact, review = sheet(tiny_show.studio, "S_010")

    assert Path(contact).read_bytes().startswith(b"\x89PNG")
    page = Path(review).read_text()
    assert "S_010_env_b01_v001" in page
    assert "This shot has no lock" in page
