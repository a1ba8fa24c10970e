"""Timecode counts the film's frames, and drops numbers, never frames."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamline.errors import FormatError
from seamline.show.timecode import (
    counted,
    frames_since_midnight,
    from_header,
    may_drop,
    nominal,
    timecode,
)

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("frames", "rate", "drop", "written"),
    [
        (86400, Fraction(24), False, "01:00:00:00"),
        (86400, Fraction(24000, 1001), False, "01:00:00:00"),
        (1799, NTSC, True, "00:00:59;29"),
        (1800, NTSC, True, "00:01:00;02"),  # SMPTE ST 12-1: 00 and 01 are not counted
        (17982, NTSC, True, "00:10:00;00"),  # but in every tenth minute they are
        (107892, NTSC, True, "01:00:00;00"),  # an hour of it is 107,892 frames
        (3600, Fraction(60000, 1001), True, "00:01:00;04"),
        (24 * 86400, Fraction(24), False, "00:00:00:00"),  # a day later
    ],
)
def test_frames_are_written_as_a_clock_would(
    frames: int, rate: Fraction, drop: bool, written: str
) -> None:
    assert timecode(frames, rate, drop=drop) == written
    if frames < 24 * 3600 * nominal(rate):
        assert frames_since_midnight(written, rate) == frames


@given(
    frames=st.integers(0, 2_500_000),
    rate=st.sampled_from([Fraction(24), Fraction(25), NTSC, Fraction(60000, 1001)]),
    drop=st.booleans(),
)
def test_what_is_written_is_read_back(frames: int, rate: Fraction, drop: bool) -> None:
    drop = drop and may_drop(rate)
    day = frames % (24 * 6 * (600 * nominal(rate) - 9 * (nominal(rate) // 15 if drop else 0)))

    assert frames_since_midnight(timecode(day, rate, drop=drop), rate) == day


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("00:01:00;01", NTSC),  # never counted
        ("00:00:00:24", Fraction(24)),
        ("24:00:00:00", Fraction(24)),
        ("1:2:3", Fraction(24)),
        ("frame 12", Fraction(24)),
    ],
)
def test_what_no_clock_shows_is_refused(text: str, rate: Fraction) -> None:
    with pytest.raises(FormatError, match="no timecode"):
        frames_since_midnight(text, rate)


def test_a_header_s_digits_are_read_and_nonsense_is_none() -> None:
    # 01:02:03:04 as OpenEXR packs it (SMPTE ST 12-1, binary coded decimals).
    assert from_header(0x01020304, Fraction(24)) == (counted(1, 2, 3, 4, Fraction(24)), False)
    assert from_header(0x01010042, NTSC) == (counted(1, 1, 0, 2, NTSC, drop=True), True)
    assert from_header(0x01020329, Fraction(24)) is None  # frame 29 of 24
    assert from_header(0x01020304, Fraction(48)) is None  # pairs of frames
