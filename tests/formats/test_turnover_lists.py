"""CMX 3600 lists in: events, reels, names, dissolves, speeds, and what is wrong with them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamline.errors import FormatError
from seamline.formats.edl import edl as written_list
from seamline.formats.turnover import cutlist
from seamline.formats.turnover.said import Said

NTSC = Fraction(30000, 1001)
HOUR = 3600 * 24
LIST = """TITLE: Nordwand reel 1
FCM: NON-DROP FRAME

001  A001C003 V     C        01:00:00:00 01:00:01:00 10:00:00:00 10:00:01:00
* FROM CLIP NAME: 042_0110.mov
* SOURCE FILE: /mnt/A001C003.mov
002  A001C003 V     C        01:00:05:00 01:00:05:00 10:00:01:00 10:00:01:00
002  A002C003 V     D    012 01:00:07:00 01:00:09:00 10:00:01:00 10:00:03:00
* FROM CLIP NAME: 042_0110.mov
* TO CLIP NAME: 042_0120.mov
003  AX       V     C        01:00:07:00 01:00:09:00 10:00:03:00 10:00:04:00
M2   AX       048.0                01:00:07:00
* SHOT: 042_0130
* LOC: 10:00:03:10 RED     042_0999
004  AX       A     C        01:00:07:00 01:00:09:00 10:00:03:00 10:00:04:00
* FROM CLIP NAME: dialogue.wav
005  BL       V     C        00:00:00:00 00:00:01:00 10:00:04:00 10:00:05:00
006  B004     V     W001 010 02:00:00:00 02:00:02:00 10:00:05:00 10:00:07:00
* LOC: 10:00:05:00 GREEN   042_0150
>>> SOURCE B004 B004 a1b2
"""


def read(text: str, rate: Fraction = Fraction(24)) -> Said:
    return cutlist.read(text.encode(), where="reel_1.edl", rate=rate)


def event(line: str, *below: str, rate: Fraction = Fraction(24), fcm: str = "") -> Any:
    said = read("\n".join(([f"FCM: {fcm}"] if fcm else []) + [line, *below]), rate)
    return said.events[0] if said.events else said.refused[0]


def test_the_events_of_a_list_are_its_pictures_in_order() -> None:
    said = read(LIST)

    assert said.title == "Nordwand reel 1"
    assert [(e.where, e.shot, e.reel) for e in said.events] == [
        ("event 001", "042_0110", "A001C003"),
        ("event 002", "042_0120", "A002C003"),
        ("event 003", "042_0130", ""),
        ("event 006", "042_0150", "B004"),
    ]
    assert not said.refused
    first = said.events[0]
    assert first.source == (HOUR, HOUR + 24)
    assert first.record == (10 * HOUR, 10 * HOUR + 24)
    assert first.files == ("/mnt/A001C003.mov",)


def test_a_dissolve_shows_more_of_the_shot_it_leaves() -> None:
    first, second, _, wiped = read(LIST).events

    assert first.more == (0, 12)
    assert second.transition == "dissolve, 12 frames"
    assert second.source == (HOUR + 7 * 24, HOUR + 9 * 24)
    assert wiped.transition == "wipe 001, 10 frames"


def test_a_shot_at_twice_the_speed_needs_twice_the_frames() -> None:
    fast = read(LIST).events[2]

    assert fast.speed == 2
    assert fast.source == (HOUR + 7 * 24, HOUR + 9 * 24)
    assert fast.record == (10 * HOUR + 72, 10 * HOUR + 96)


LINE = "001  A001 V C {} {} {} {}"
TEN = LINE.format("00:00:59:20", "00:01:00:02", "00:00:00:00", "00:00:00:10")


@pytest.mark.parametrize(
    ("below", "speed", "needed"),
    [("M2 A001 000.0 01:00:00:00", 0, 1), ("M2 A001 012.0 01:00:00:00", Fraction(1, 2), 12),
     ("M2 A001 -024.0 01:00:00:00", -1, 24)],
)  # fmt: skip
def test_freezes_slow_motion_and_reverses_are_told(
    below: str, speed: Fraction, needed: int
) -> None:
    line = LINE.format("01:00:00:00", "01:00:01:00", "10:00:00:00", "10:00:01:00")

    found = event(line, below)

    assert found.speed == speed
    assert found.source[1] - found.source[0] == needed


def test_dropped_numbers_are_counted_as_smpte_does() -> None:
    # SMPTE ST 12-1: 00:00:59;29 is followed by 00:01:00;02.
    line = LINE.format("00:00:59;29", "00:01:00;03", "01:00:00;00", "01:00:00;02")
    plain = LINE.format("00:00:59:29", "00:01:00:03", "01:00:00:00", "01:00:00:02")

    assert event(line, rate=NTSC).source == (1799, 1801)
    assert event(plain, rate=NTSC, fcm="DROP FRAME").source == (1799, 1801)
    assert event(line, rate=NTSC).drop
    assert "source lasts 4 frames" in event(plain, rate=NTSC, fcm="NON-DROP FRAME").says


def test_numbers_cannot_be_dropped_at_24() -> None:
    with pytest.raises(FormatError, match="drops frame numbers") as refused:
        read("FCM: DROP FRAME\n" + TEN)

    assert "30000/1001" in refused.value.remedy


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (LINE.format("00:00:01:24", "00:00:02:00", "00:00:00:00", "00:00:00:00"),
         "is no timecode at 24"),
        (LINE.format("00:00:02:00", "00:00:01:00", "00:00:00:00", "00:00:01:00"),
         "its source goes out before it comes in"),
        (LINE.format("00:00:01:00", "00:00:02:00", "00:00:01:00", "00:00:00:00"),
         "its record goes out before it comes in"),
        (LINE.format("00:00:01:00", "00:00:03:00", "00:00:00:00", "00:00:01:00"),
         "lasts 48 frames and its place in the cut 24, without a speed"),
        (LINE.format("25:00:01:00", "25:00:02:00", "00:00:00:00", "00:00:01:00"),
         "is no timecode"),
        ("001  A001 V X 00:00:01:00 00:00:02:00 00:00:00:00 00:00:01:00", "is no event"),
        ("001  A001 V C 00:00:01:00 00:00:02:00", "is no event"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_an_event_is_named_and_the_others_stand(
    line: str, says: str
) -> None:
    good = LINE.format("00:00:01:00", "00:00:02:00", "00:00:00:00", "00:00:01:00")

    said = read("\n".join((line, "* FROM CLIP NAME: 042_0100", good, "* SHOT: 042_0110")))

    assert says in said.refused[0].says
    assert [e.shot for e in said.events] == ["042_0110"], "words below the bad line are its own"


@pytest.mark.parametrize("text", ["", "TITLE: none\n", "<xml/>", "\0\0\0", "* SHOT: 042\n"])
def test_what_has_no_event_is_no_list(text: str) -> None:
    with pytest.raises(FormatError, match=r"reel_1.edl has no event"):
        read(text)


def test_an_older_system_s_letters_do_not_stop_a_list() -> None:
    said = cutlist.read(
        b"TITLE: Br\xfccke\n" + TEN.replace("00:01:00:02", "00:01:00:06").encode(),
        where="a.edl",
        rate=Fraction(24),
    )

    assert said.title == "Brücke"
    assert len(said.events) == 1


@pytest.mark.parametrize(
    ("clip", "shot"),
    [("042_0110.mov", "042_0110"), ("042_0110", "042_0110"), ("042_0110.1001.exr", "042_0110"),
     ("042_0110_plate.%04d.exr", "042_0110_plate"), ("A001.C003", "A001.C003"),
     ("042_0110.[1001-1024].exr", "042_0110.[1001-1024]")],
)  # fmt: skip
def test_a_clip_s_name_without_its_ending_is_the_shot_s(clip: str, shot: str) -> None:
    assert cutlist.shot_of_clip(clip) == shot


@given(st.text(alphabet="0123456789:;.,ACDVMKBW2* \n\tFROMCLIPNAME\0é>", max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        said = read(LIST + text)
    except FormatError:
        return
    for found in said.events:
        assert found.source is not None
        assert found.source[0] < found.source[1]
        assert found.record is not None
        assert found.record[0] < found.record[1]


@given(
    st.lists(st.integers(1, 500), min_size=1, max_size=20),
    st.integers(0, 80000),
    st.sampled_from([Fraction(24), Fraction(25), NTSC, Fraction(24000, 1001)]),
)
def test_what_the_adapter_of_opentimelineio_reads_is_what_is_read(
    lengths: list[int], start: int, rate: Fraction
) -> None:
    adapter = pytest.importorskip("otio_cmx3600_adapter.cmx_3600")
    base = -(-rate.numerator // rate.denominator)

    def code(frames: int) -> str:
        seconds, frame = divmod(frames, base)
        minutes, second = divmod(seconds, 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}:{frame:02d}"

    lines, record = ["TITLE: x"], 3600 * base
    for n, length in enumerate(lengths, start=1):
        source = start + 7 * n
        times = " ".join(code(t) for t in (source, source + length, record, record + length))
        lines += [f"{n:03d}  R{n:03d} V C {times}", f"* FROM CLIP NAME: 042_{n:04d}"]
        record += length
    text = "\n".join(lines) + "\n"

    ours = read(text, rate).events
    theirs = list(adapter.read_from_string(text, rate=float(rate)).find_clips())

    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine.shot, mine.reel) == (other.name, other.metadata["cmx_3600"]["reel"])
        assert mine.source is not None
        assert mine.source[0] == round(other.source_range.start_time.value)
        assert mine.source[1] - mine.source[0] == round(other.source_range.duration.value)


@pytest.mark.parametrize(("rate", "drop"), [("24", False), ("30000/1001", True)])
def test_what_this_show_hands_off_can_be_taken_in(rate: str, drop: bool) -> None:
    events = [
        {"clip": f"042_{n:04d}_env_b01_v001", "reel": f"A{n:03d}", "source": 1790 + 100 * n,
         "record": 107892 + 24 * n, "frames": 24, "file": f"movies/{n}.mov",
         "notes": [f"SHOT: 042_{n:04d}"]}
        for n in range(3)
    ]  # fmt: skip

    said = cutlist.read(
        written_list("cut", events, rate=rate, drop=drop),  # type: ignore[arg-type]
        where="cut.edl",
        rate=Fraction(rate),
    )

    assert not said.refused
    assert [(e.shot, e.reel, e.source, e.record) for e in said.events] == [
        (f"042_{n:04d}", f"A{n:03d}", (1790 + 100 * n, 1814 + 100 * n),
         (107892 + 24 * n, 107916 + 24 * n))
        for n in range(3)
    ]  # fmt: skip
    assert all(e.drop == drop for e in said.events)
