"""What is handed off for review opens anywhere, and shows what the sheet shows."""

from __future__ import annotations

import hashlib
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest

from seamline.errors import InputError, ShowError
from seamline.pixels.digest import picture_digest
from seamline.show.cdl import CDL
from seamline.show.frames import FrameRange, frame_path
from seamline.show.seam import Box, Seam
from seamline.show.timecode import counted
from seamline.steps import book
from seamline.steps.handoff import hand_off
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.main_job import painted
from seamline.steps.review import choose
from tiny import AP1, TinyShow, frame_of

av = pytest.importorskip("av", reason="PyAV is not installed")
FRAMES = FrameRange(first=1001, last=1006)
PATCH = np.array([0.35, 0.18, 0.07], np.float32)
STARTS = counted(10, 11, 12, 13, Fraction(24))


def flat(show: TinyShow, name: str, *, timecode: bool = True, grade: CDL | None = None) -> None:
    """A shot of one flat colour, 128 x 72, painted twice by who changes nothing."""

    def frame(number: int) -> Any:
        said: dict[str, Any] = {"chromaticities": AP1}
        if timecode:
            code = 0x10111213 + (number - FRAMES.first)
            said |= {"smpte:TimeCode": ("timecode", (code, 0))}
            said |= {"reelName": ("string", "A003_C012")}
        return frame_of(np.tile(PATCH, (72, 128, 1)), attributes=said)

    pattern = show.plate(name, FRAMES, frame)
    add_shot(show.studio, name, plate=pattern, static=True, frames=FRAMES, grade=grade)
    box = Box(x=0, y=0, width=64, height=72)
    set_seam(show.studio, Seam(shot=name, version=1, matte="", box=box))
    painted(show.studio, name, variations=2, seed=1, generator="neutral")


def handed(show: TinyShow, *names: str, **said: Any) -> Path:
    folder = show.root.parent / "review"
    hand_off(show.studio, names or ("S_010",), str(folder), **said)
    return folder


def timeline(path: Path) -> Any:
    return otio.adapters.read_from_file(str(path))


def middles(path: Path) -> list[np.ndarray]:
    """(3,) display code in the middle of every frame."""
    found = []
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            y, cb, cr = (
                float(np.frombuffer(p, np.uint8).reshape(p.height, -1)[p.height // 2, at // 2])
                for p in frame.planes
                for at in [p.width]
            )
            y, cb, cr = (y - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
            r, b = y + 1.5748 * cr, y + 1.8556 * cb
            found.append(np.array([r, (y - 0.2126 * r - 0.0722 * b) / 0.7152, b]))
    return found


def test_a_clip_may_be_seen_as_any_variation_and_shows_the_chosen(tiny_show: TinyShow) -> None:
    flat(tiny_show, "S_010")
    tiny_show.studio.keyring.create("Ada", None)
    choose(tiny_show.studio, "S_010", "S_010_env_b02_v001", by="Ada")

    folder = handed(tiny_show, handles=2)
    (clip,) = timeline(folder / "S_010.otio").find_clips()

    assert set(clip.media_references()) == {"S_010_env_b01_v001", "S_010_env_b02_v001"}
    assert clip.active_media_reference_key == "S_010_env_b02_v001"
    version = book.version(tiny_show.studio.ledger, "S_010_env_b02_v001")
    facts = clip.media_reference.metadata["seamline"]
    assert facts["comp_digest"] == version.comp_digest
    assert facts["element_digest"] == version.element_digest
    assert facts["chosen"] is True
    for ref in clip.media_references().values():
        assert (folder / ref.target_url).is_file()
    assert any("chosen by Ada" in mark.name for mark in clip.markers)


def test_times_are_the_plate_s_own_and_handles_are_not_shown(tiny_show: TinyShow) -> None:
    flat(tiny_show, "S_010")

    folder = handed(tiny_show, handles=2)
    (clip,) = timeline(folder / "S_010.otio").find_clips()

    assert clip.source_range.start_time.to_timecode() == "10:11:12:15"
    assert clip.source_range.duration.value == len(FRAMES) - 4
    # The slate stands one frame before the first.
    assert clip.media_reference.available_range.start_time.value == STARTS - 1
    assert clip.media_reference.available_range.duration.value == len(FRAMES) + 1
    event = (folder / "S_010.edl").read_text().split("\n")[3]
    assert event.split()[1] == "A003C012"
    assert event.split()[4:6] == ["10:11:12:15", "10:11:12:17"]


def test_a_plate_without_timecode_counts_by_its_frames(tiny_show: TinyShow) -> None:
    flat(tiny_show, "S_010", timecode=False)

    found = hand_off(
        tiny_show.studio, ["S_010"], str(tiny_show.root.parent / "review"), handles=0
    )
    event = (tiny_show.root.parent / "review" / "S_010.edl").read_text().split("\n")[3]

    assert found["shots"][0]["timecode"] == "frame numbers"
    assert event.split()[4] == "00:00:41:17"  # 1001 frames at 24 a second


def test_a_movie_shows_the_comp_through_the_view_and_the_shot_s_cdl(
    tiny_show: TinyShow,
) -> None:
    warm = CDL(id="S_010", slope=(1.2, 1.0, 0.8))
    flat(tiny_show, "S_010", grade=warm)
    studio = tiny_show.studio

    folder = handed(tiny_show, codec="h264")

    stored = np.tile(PATCH, (1, 1, 1)).astype(np.float16).astype(np.float32)
    expected = studio.colour.for_viewing(studio.colour.grade(stored, warm))[0, 0]
    shown = middles(folder / "movies" / "S_010_env_b01_v001.mov")
    assert len(shown) == 1 + len(FRAMES)
    for colour in shown[1:]:
        np.testing.assert_allclose(colour, expected, atol=0.01)
    plain = studio.colour.for_viewing(stored)[0, 0]
    assert np.abs(plain - expected).max() > 0.05  # it is the graded one that is seen


def test_several_shots_are_cut_in_the_order_they_are_named(tiny_show: TinyShow) -> None:
    for name in ("S_010", "S_020"):
        flat(tiny_show, name)

    folder = handed(tiny_show, "S_020", "S_010", handles=1)
    read = timeline(folder / "cut.otio")

    assert [clip.name for clip in read.find_clips()] == ["S_020", "S_010"]
    assert read.global_start_time.to_timecode() == "01:00:00:00"
    lines = (folder / "cut.edl").read_text().split("\n")
    events = [line.split() for line in lines if line[:3] in ("001", "002")]
    assert events[0][6:] == ["01:00:00:00", "01:00:00:04"]
    assert events[1][6:] == ["01:00:00:04", "01:00:00:08"]


def test_frames_go_along_as_they_were_published(tiny_show: TinyShow) -> None:
    flat(tiny_show, "S_010")

    folder = handed(tiny_show, codec="none", frames=True)
    (clip,) = timeline(folder / "S_010_exr.otio").find_clips()

    version = book.version(tiny_show.studio.ledger, "S_010_env_b01_v001")
    ref = clip.media_references()[version.id]
    for place, frame in enumerate(FRAMES):
        path = folder / ref.target_url_for_image_number(place)
        assert path.name.endswith(f".{frame}.exr")
        picture = tiny_show.studio.images.read(str(path))
        assert picture_digest(picture) == version.comp_frames[place]
    assert not (folder / "movies").exists()


def test_the_same_hand_off_is_the_same_bytes(tiny_show: TinyShow) -> None:
    flat(tiny_show, "S_010")
    sums = []
    for which in ("one", "two"):
        folder = tiny_show.root.parent / which
        hand_off(tiny_show.studio, ["S_010"], str(folder), codec="prores")
        sums.append(
            {
                str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
                for p in sorted(folder.rglob("*.*"))
            }
        )

    assert len(sums[0]) == 4
    assert sums[0] == sums[1]


def test_what_cannot_be_handed_off_leaves_no_folder(
    tiny_show: TinyShow, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny_show.root.parent / "review"
    tiny_show.static_shot("S_030")
    flat(tiny_show, "S_010")

    with pytest.raises(ShowError, match="S_030: nothing has been painted"):
        handed(tiny_show, "S_010", "S_030")
    with pytest.raises(ShowError, match="named twice"):
        handed(tiny_show, "S_010", "S_010")
    with pytest.raises(InputError, match="handles of 3 and 3 frames leave nothing of its 6"):
        handed(tiny_show, handles=3)
    with pytest.raises(InputError, match="nothing to look at"):
        handed(tiny_show, codec="none")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(InputError, match="PyAV"):
        handed(tiny_show)
    comp = tiny_show.studio.shelf.comp_pattern("S_010_env_b02_v001")
    Path(frame_path(comp, 1003)).unlink()
    with pytest.raises(ShowError, match="were pruned"):
        handed(tiny_show, codec="none", frames=True)
    assert not folder.exists()


def test_a_movie_is_desqueezed_and_even(tiny_show: TinyShow) -> None:
    def frame(number: int) -> Any:
        return frame_of(
            np.tile(PATCH, (37, 64, 1)),
            attributes={"chromaticities": AP1, "PixelAspectRatio": ("float", 2.0)},
        )

    pattern = tiny_show.plate("S_010", FRAMES, frame)
    add_shot(tiny_show.studio, "S_010", plate=pattern, static=True, frames=FRAMES)
    painted(tiny_show.studio, "S_010", variations=1, seed=1, generator="neutral")

    folder = handed(tiny_show)

    with av.open(str(folder / "movies" / "S_010_env_b01_v001.mov")) as file:
        stream = file.streams.video[0]
        assert (stream.width, stream.height) == (128, 36)
