"""Taking a turnover in: which frames a cut shows, what is missing, and what stays."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

import turned_over
from seamline.formats.sequences import material_under
from seamline.formats.turnover import read_turnover
from seamline.show.frames import FrameRange
from seamline.show.seam import Seam
from seamline.show.turnover import Event, FoundFrames
from seamline.steps import book
from seamline.steps.draft import Draft
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.turnover import take_in
from seamline.steps.turnover_frames import taken
from seamline.steps.turnover_look import Asked
from seamline.steps.turnover_report import Intake, table, words
from tiny import TinyShow
from turned_over import HOUR, cut_list, plate

EIGHT = tuple(range(1001, 1009))


def event(source: tuple[int, int] | None = (1000, 1004), **said: object) -> Event:
    return Event(where="event 001", shot="042", source=source, **said)  # type: ignore[arg-type]


def frames_of(
    *events: Event,
    numbers: Sequence[int] = EIGHT,
    clock: int | None = None,
    handles: int | None = None,
) -> tuple[str, int | None, int | None, list[str]]:
    found = taken(
        FoundFrames(pattern="a.%04d.exr", numbers=tuple(numbers)),
        list(enumerate(events, start=1)),
        clock=clock,
        handles=handles,
    )
    return str(found.frames), found.head, found.tail, [m.says for m in found.missing]


def test_timecode_in_the_headers_says_which_files_the_cut_shows() -> None:
    assert frames_of(event(), clock=998) == ("1001-1008", 2, 2, [])
    assert frames_of(event(), clock=998, handles=1) == ("1002-1007", 1, 1, [])


def test_handles_that_are_not_there_are_named() -> None:
    frames, head, tail, missing = frames_of(event(), clock=999, handles=3)

    assert (frames, head, tail) == ("999-1008", 3, 3)
    assert missing == ["the handles lack 999-1000; on disk are 1001-1008"]


def test_frames_of_the_cut_that_are_not_there_are_named() -> None:
    *_, missing = frames_of(event((1000, 1010)), clock=998)

    assert missing == ["the plate has no frame 1009-1012; on disk are 1001-1008"]


def test_a_gap_in_a_plate_is_named_even_in_its_handles() -> None:
    *_, missing = frames_of(event(), clock=998, numbers=(1001, 1003, 1004, 1005, 1006, 1008))

    assert missing == [
        "the handles lack 1002, 1007; on disk are 1001, 1003-1006, 1008",
    ]


def test_a_dissolve_needs_more_than_the_cut_shows() -> None:
    *_, missing = frames_of(event(more=(0, 4)), clock=998)

    assert missing == ["the plate has no frame 1009-1010; on disk are 1001-1008"]


def test_the_timeline_s_media_says_it_before_the_headers() -> None:
    media = event(media_first=1001, available=(999, 1007))

    assert frames_of(media, clock=1) == ("1001-1008", 1, 3, [])


def test_files_may_be_numbered_by_timecode() -> None:
    found = frames_of(event((86402, 86406)), numbers=range(86400, 86408))

    assert found == ("86400-86407", 2, 2, [])


def test_a_clock_that_leads_to_no_file_is_another_clock() -> None:
    # Headers that all say 00:00:00:00 are common.
    found = frames_of(event((86402, 86406)), numbers=range(86400, 86408), clock=0)

    assert found == ("86400-86407", 2, 2, [])
    assert frames_of(event((9000, 9004)), clock=0, handles=2) == ("1001-1008", 2, 2, [])


def test_two_clocks_that_do_not_agree_are_named() -> None:
    media = event(media_first=1001, available=(998, 1006))
    plate_there = FoundFrames(pattern="a.%04d.exr", numbers=EIGHT)

    found = taken(plate_there, [(1, media)], clock=997, handles=None)
    agreed = taken(plate_there, [(1, media)], clock=998, handles=None)

    assert str(found.pieces[0].frames) == "1003-1006"
    assert found.notes == (
        "event 001 begins at 1003 by the timeline's media, which is taken, and at 1004 by "
        "timecode in the plate's headers",
    )
    assert agreed.notes == ()


def test_the_plate_s_length_says_it_where_handles_are_known() -> None:
    assert frames_of(event((9000, 9004)), handles=2) == ("1001-1008", 2, 2, [])


def test_where_nothing_says_it_all_is_taken_and_the_handles_are_unknown() -> None:
    assert frames_of(event((9000, 9004))) == ("1001-1008", None, None, [])
    *_, missing = frames_of(event((9000, 9004)), handles=3)
    assert "nothing tells whether the plate has 3 frames of handles" in missing[0]
    *_, missing = frames_of(event((9000, 9020)))
    assert missing == ["the cut shows 20 frames, and 8 are on disk"]


def test_a_shot_that_stands_twice_in_the_cut_takes_all_it_shows() -> None:
    assert frames_of(event((999, 1001)), event((1003, 1005)), clock=998) == (
        "1001-1008",
        1,
        1,
        [],
    )


def test_a_table_numbers_the_frames_itself() -> None:
    row = event(None, frames=FrameRange(first=1002, last=1007), handles=2)

    assert frames_of(row) == ("1002-1007", 2, 2, [])
    *_, missing = frames_of(event(None, frames=FrameRange(first=1000, last=1007)))
    assert missing == ["the plate has no frame 1000; on disk are 1001-1008"]
    *_, missing = frames_of(event(None, frames=FrameRange(first=1002, last=1005), handles=2))
    assert missing == ["handles of 2 frames leave nothing of 1002-1005"]


# -- whole turnovers ------------------------------------------------------------


def take(show: TinyShow, text: str, name: str = "reel.edl", **asked: object) -> Intake:
    path = show.material / name
    path.write_text(text)
    found = read_turnover(str(path), Fraction(24))
    material = material_under([str(show.material)])
    return take_in(show.studio, found, material, Asked(**asked), dry_run=False)  # type: ignore[arg-type]


def lacks(intake: Intake) -> list[tuple[str, str, str]]:
    return [(o.shot, m.what, m.says) for o in intake.outcomes for m in o.missing]


def two(show: TinyShow) -> str:
    for n, shot in enumerate(("001", "002")):
        plate(show.material, shot, EIGHT, starts=HOUR + 100 * n - 2, turn=50 * n)
    return cut_list([("001", "A001", HOUR, 4), ("002", "A002", HOUR + 100, 4)])


def test_a_shot_s_place_in_the_cut_is_on_record(tiny_show: TinyShow) -> None:
    assert take(tiny_show, two(tiny_show)).whole

    cut = book.cut(tiny_show.studio.ledger, "002")

    assert cut is not None
    assert (cut.version, cut.file, cut.head, cut.tail) == (1, "reel.edl", 2, 2)
    (piece,) = cut.pieces
    assert (piece.order, piece.where, piece.reel) == (2, "event 002", "A002")
    assert piece.record == (HOUR + 4, HOUR + 8)
    assert piece.source == (HOUR + 100, HOUR + 104)
    assert str(piece.frames) == "1003-1006"
    assert piece.by == "timecode in the plate's headers"


def test_a_cut_that_moves_is_a_new_version_of_the_cut_and_not_of_the_shot(
    tiny_show: TinyShow,
) -> None:
    text = two(tiny_show)
    take(tiny_show, text)

    moved = take(
        tiny_show, cut_list([("002", "A002", HOUR + 100, 4), ("001", "A001", HOUR, 4)])
    )
    same = take(tiny_show, text.replace("REEL 1", "REEL 1 again"), name="again.edl")
    still = take(tiny_show, text)

    assert [(o.shot, o.state, o.changed) for o in moved.outcomes] == [
        ("002", "new version", ("cut",)),
        ("001", "new version", ("cut",)),
    ]
    assert {o.version for o in moved.outcomes} == {1}
    assert [o.state for o in same.outcomes] == ["new version"] * 2, "it moved back"
    assert [o.state for o in still.outcomes] == ["unchanged"] * 2


def test_a_shot_comes_in_whole_or_not_at_all(tiny_show: TinyShow) -> None:
    text = two(tiny_show)
    turned_over.matte(tiny_show.material / "mattes", "001", EIGHT)
    (tiny_show.material / "mattes" / "001.1005.exr").write_bytes(b"no picture")

    found = take(tiny_show, text)

    assert [(o.shot, o.state) for o in found.outcomes] == [("001", "missing"), ("002", "added")]
    assert book.shot_if_any(tiny_show.studio.ledger, "001") is None
    assert lacks(found)[0][1] == "matte"
    assert "001.1005.exr" in lacks(found)[0][2]


def test_a_matte_that_is_too_short_and_a_change_of_size_are_named(tiny_show: TinyShow) -> None:
    text = two(tiny_show)
    turned_over.matte(tiny_show.material / "mattes", "001", EIGHT[:6])
    plate(tiny_show.material, "002", (1004, 1005), starts=HOUR + 101, size=(20, 8))

    assert lacks(take(tiny_show, text)) == [
        ("001", "matte", "the matte has no frame 1007-1008"),
        (
            "002",
            "frame size",
            "the plate changes its frame size: 1001-1003, 1006-1008 16x8; 1004-1005 20x8",
        ),
    ]


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ([("001", "A001", HOUR, 4), ("001", "A002", HOUR, 4)],
         "one name for several reels (A001, A002): event 001 and event 002"),
        ([("no name", "A001", HOUR, 4)], "is not a usable name: Use letters, digits"),
        ([("001", "A001", HOUR + 7, 4)], "the plate has no frame 1010-1013; on disk are"),
    ],
)  # fmt: skip
def test_names_and_times_that_cannot_be_are_named(
    tiny_show: TinyShow, events: list[tuple[str, str, int, int]], says: str
) -> None:
    two(tiny_show)

    ((_, _, said),) = lacks(take(tiny_show, cut_list(events)))

    assert says in said


def test_a_table_that_names_a_shot_twice_is_told_both_lines(tiny_show: TinyShow) -> None:
    two(tiny_show)

    found = take(tiny_show, "shot,plate\n001,001.%04d.exr\n001,002.%04d.exr\n", "a.csv")

    assert lacks(found) == [("001", "name", "the shot is named twice: line 2 and line 3")]


def test_one_plate_twice_in_the_cut_is_one_shot(tiny_show: TinyShow) -> None:
    two(tiny_show)

    found = take(tiny_show, cut_list([("001", "A001", HOUR, 2), ("001", "A001", HOUR + 3, 2)]))

    (outcome,) = found.outcomes
    assert outcome.state == "added"
    assert "it stands 2 times in the cut" in outcome.notes
    cut = book.cut(tiny_show.studio.ledger, "001")
    assert cut is not None
    assert [str(piece.frames) for piece in cut.pieces] == ["1003-1004", "1006-1007"]


def test_what_a_person_gave_a_shot_by_hand_stays(tiny_show: TinyShow) -> None:
    text = two(tiny_show)
    take(tiny_show, text)
    shot = book.shot(tiny_show.studio.ledger, "001")
    assert shot.plate is not None
    by_hand = add_shot(
        tiny_show.studio, "001", plate=shot.plate.pattern, static=True, frames=shot.frames
    )

    again = take(tiny_show, text)

    assert by_hand.version == 2
    assert [o.state for o in again.outcomes] == ["unchanged"] * 2
    assert book.shot(tiny_show.studio.ledger, "001") == by_hand


def test_a_colour_space_that_was_given_by_hand_stays(tiny_show: TinyShow) -> None:
    text = two(tiny_show)
    take(tiny_show, text, colourspace="ACES2065-1")
    shot = book.shot(tiny_show.studio.ledger, "001")

    again = take(tiny_show, text)

    assert shot.plate is not None
    assert shot.plate.colourspace == "ACES2065-1"
    assert [o.state for o in again.outcomes] == ["unchanged"] * 2


def test_a_matte_that_somebody_set_stays_and_one_that_arrives_is_taken(
    tiny_show: TinyShow,
) -> None:
    text = two(tiny_show)
    take(tiny_show, text)
    keyed = turned_over.matte(tiny_show.root / "keyed", "001", EIGHT)
    set_seam(tiny_show.studio, Seam(shot="001", version=1, matte=keyed))
    for shot in ("001", "002"):
        turned_over.matte(tiny_show.material / "mattes", shot, EIGHT)

    first, second = take(tiny_show, text).outcomes

    seam = book.seam(tiny_show.studio.ledger, "001")
    assert seam is not None
    assert (seam.matte, seam.version) == (keyed, 1)
    assert first.notes == (f"its seam has another matte, {keyed}, and keeps it",)
    assert (second.state, second.changed) == ("new version", ("seam",))


def test_what_no_shot_may_lack_is_asked_for(tiny_show: TinyShow) -> None:
    text = two(tiny_show)
    turned_over.track(tiny_show.material / "002.jsonl", EIGHT)

    found = take(tiny_show, text, need=("track",))

    assert lacks(found) == [("001", "track", "none was found under the shot's name")]
    assert book.shot(tiny_show.studio.ledger, "002").track is not None


def test_the_report_is_no_formula_of_a_spreadsheet(tiny_show: TinyShow) -> None:
    two(tiny_show)

    found = take(tiny_show, cut_list([("=cmd()", "A001", HOUR, 4)]))

    assert b"'=cmd()" in table(found)
    assert b"\n=cmd" not in table(found)


def test_the_report_is_no_command_to_a_terminal(tiny_show: TinyShow) -> None:
    two(tiny_show)

    found = take(tiny_show, "shot,note\n001,a\x1b]0;title\x07b\n", "a.csv")

    said = words(found)
    assert any("a\ufffd]0;title\ufffdb" in line for line in said)
    assert all(line.isprintable() for line in said)


def test_a_draft_writes_nothing_until_it_is_published(tiny_show: TinyShow) -> None:
    ledger = tiny_show.studio.ledger
    draft = Draft(ledger)

    draft.append("a", {"n": 1})
    draft.append_once("b", "k", {"n": 2})
    draft.append_once("b", "k", {"n": 3})

    assert [row.body["n"] for row in draft.rows()] == [1, 2]
    assert draft.waiting == ("a", "b")
    assert ledger.verify() == 0
    draft.publish()
    assert [row.body["n"] for row in ledger.rows()] == [1, 2]
    assert draft.waiting == ()
    assert draft.verify() == 2
    draft.append_once("b", "k", {"n": 4})
    draft.publish()
    assert ledger.verify() == 2


def test_a_file_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    from seamline.errors import InputError

    with pytest.raises(InputError, match="is no folder"):
        material_under([str(tmp_path / "none")])


def test_a_longer_recording_goes_with_each_shot_by_its_timecode(tiny_show: TinyShow) -> None:
    folder = tiny_show.material
    pattern = plate(folder, "001", range(1001, 1005), starts=HOUR + 6)
    recorded = turned_over.track(folder / "take.opentrackio.jsonl", range(20))

    shot = add_shot(
        tiny_show.studio, "001", plate=pattern, track=str(recorded),
        frames=FrameRange(first=1001, last=1004),
    )  # fmt: skip

    assert shot.track is not None
    assert "samples 7 to 10 of 20 are taken" in " ".join(shot.track.notes)
    assert [s.frame for s in shot.track.samples] == [1001, 1002, 1003, 1004]
