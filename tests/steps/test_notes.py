"""Notes: pinned, in order, never changed; and how a version was seen that is signed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from seamline.errors import ColourError, InputError, ShowError
from seamline.steps.notes import leave_note, notes, opinions
from seamline.steps.paint import paint
from seamline.steps.render import render
from seamline.steps.sign import sign
from seamline.steps.sign_offs import signed_bytes
from seamline.steps.viewing import Seen
from tiny import TinyShow

ELEMENT = "S_010_env_b01_v001"
VIEW = "sRGB - Display / ACES 1.0 - SDR Video"


@pytest.fixture
def show(tiny_show: TinyShow) -> TinyShow:
    tiny_show.static_shot(frames=2)
    render(
        tiny_show.studio,
        "S_010",
        paint(tiny_show.studio, "S_010", variations=1, seed=1, generator="neutral"),
    )
    return tiny_show


def say(show: TinyShow, **said: Any) -> Any:
    words = {"by": "A. Bell", "frame": 1001, **said}
    return leave_note(show.studio, "S_010", ELEMENT, **words)


def test_notes_come_back_as_they_were_left_oldest_first(show: TinyShow) -> None:
    line = ((1.0, 2.0), (3.5, 4.25))
    first = say(show, text="Softer, please.\n<b>Really</b>", strokes=[line])
    second = say(show, by="C. Dale", frame=1002, verdict="nearly")

    assert notes(show.studio.ledger, "S_010") == [first, second]
    assert first.strokes == (line,)
    assert first.text == "Softer, please.\n<b>Really</b>"


def test_a_person_s_newest_verdict_stands(show: TinyShow) -> None:
    for who, word in (("A. Bell", "no"), ("C. Dale", "works"), ("A. Bell", "nearly")):
        say(show, by=who, verdict=word)
    say(show, text="No verdict in this one.")

    assert opinions(notes(show.studio.ledger, "S_010")) == {
        ELEMENT: {"A. Bell": "nearly", "C. Dale": "works"}
    }


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"text": "  "}, "says nothing"),
        ({"text": "x", "frame": 1003}, "has frames 1001-1002, not 1003"),
        ({"text": "x" * 2001}, "2001 letters"),
        ({"text": "bell \x07"}, "control characters"),
        ({"verdict": "maybe"}, "is no verdict"),
        ({"strokes": [((0, 0), (1e6, 0))]}, "far outside"),
        ({"strokes": [((0, 0), (float("nan"), 0))]}, "far outside"),
        ({"strokes": [((0, 0), (1, 1))] * 65}, "65 lines"),
        ({"strokes": [((0, 0),) * 513]}, "513 points"),
    ],
)
def test_a_note_that_cannot_be_pinned_is_refused(
    show: TinyShow, said: dict[str, Any], why: str
) -> None:
    with pytest.raises(InputError, match=why):
        say(show, **said)
    assert notes(show.studio.ledger, "S_010") == []


def test_a_note_on_another_shot_s_version_is_refused(show: TinyShow) -> None:
    with pytest.raises(ShowError, match="has not been painted"):
        leave_note(show.studio, "S_010", "S_010_env_b09_v001", by="A", frame=1001, text="x")
    with pytest.raises(ShowError, match="belongs to S_020"):
        leave_note(show.studio, "S_010", "S_020_env_b01_v001", by="A", frame=1001, text="x")


def test_a_signature_says_how_it_was_seen_and_covers_that(show: TinyShow) -> None:
    key = show.studio.keyring.create("A. Bell", None)
    looked = Seen(view=VIEW, size_px=(1280, 720), exposure_stops=-1.5, gamma=1.1)

    signed = sign(show.studio, ELEMENT, by="A. Bell", passphrase=None, looked=looked)

    assert signed.view == f"{VIEW}, -1.50 stops, gamma 1.10"
    assert signed.size_px == (1280, 720)
    fits = show.studio.keyring.verify
    assert fits(key, signed_bytes(signed), signed.signature)
    for other in ({"view": VIEW}, {"size_px": (64, 36)}):
        assert not fits(key, signed_bytes(replace(signed, **other)), signed.signature)


def test_nobody_signs_as_seen_through_what_is_no_view_or_at_no_size(show: TinyShow) -> None:
    show.studio.keyring.create("A. Bell", None)
    for looked, kind in (
        (Seen(view="sRGB - Display / Nothing", size_px=(64, 36)), ColourError),
        (Seen(view=VIEW, size_px=(0, 36)), InputError),
        (Seen(view=VIEW, size_px=(64, 36), gamma=0.0), InputError),
        (Seen(view=VIEW, size_px=(64, 36), exposure_stops=float("nan")), InputError),
    ):
        with pytest.raises(kind):
            sign(show.studio, ELEMENT, by="A. Bell", passphrase=None, looked=looked)
    assert list(show.studio.ledger.rows("sign-off")) == []
