"""The show's summary says what the ledger says: when, how often, by whom, from what."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import FakeClock, FakeLedger
from layered import Layered, employing, paint, panned, two_references
from seamline.cli.main import main
from seamline.errors import TamperError
from seamline.formats.summary import span, summary_page
from seamline.show.reference import CopyDecision
from seamline.steps import book, queue
from seamline.steps.deliver import deliver
from seamline.steps.main_job import painted_anew
from seamline.steps.permission import revoke
from seamline.steps.reference import find
from seamline.steps.review import choose
from seamline.steps.sign import sign
from seamline.steps.stale import stale, uses_of
from seamline.steps.summary import shot_figures, summary, write_summary
from tiny import TinyShow
from typed import runner


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> TinyShow:
    """A day of one shot from the ask to the delivery, and a second shot that nobody began."""
    show = TinyShow(tmp_path_factory.mktemp("day"))
    show.studio = replace(show.studio, ledger=FakeLedger(at(show)))
    employing(show, Layered())
    two_references(show)
    panned(show)
    at(show, "10:00")
    first = str(paint(show)["id"])
    paint(show, seed=2)
    show.studio.keyring.create("R. Lind", None)
    at(show, "10:30")
    choose(show.studio, "042", first, by="R. Lind")
    at(show, "11:00")
    anew = painted_anew(show.studio, "042", first, "sky", variations=1)["variations"][0]["id"]
    at(show, "11:15")
    choose(show.studio, "042", anew, by="R. Lind")
    at(show, "12:15")
    sign(show.studio, anew, by="R. Lind", passphrase=None)
    at(show, "12:20")
    deliver(show.studio, "042", str(show.root.parent / "sent"))
    show.static_shot("S_020")
    return show


def at(show: TinyShow, time: str = "09:00") -> FakeClock:
    assert isinstance(show.clock, FakeClock)
    show.clock.moment = f"2026-11-21T{time}:00Z"
    return show.clock


def test_the_figures_of_a_shot_are_those_of_its_day(day: TinyShow) -> None:
    one = shot_figures(day.studio, "042")

    assert one.asked_at == "2026-11-21T10:00:00Z"
    assert one.ask_to_choice_s == 75 * 60
    assert one.choice_to_sign_off_s == 60 * 60
    assert (one.painted, one.repaints, one.by_hand) == (3, 1, 0)
    assert one.per_lock == (("no lock", 3),)
    assert one.sign_offs == (("R. Lind", "2026-11-21T12:15:00Z", 2),)
    assert [(use, when) for _, use, when in one.deliveries] == [
        ("temp", "2026-11-21T12:20:00Z")
    ]
    assert one.generated == 0.5  # the lower half is live


def test_the_show_is_summed_up_over_its_shots(day: TinyShow) -> None:
    found = summary(day.studio)

    all_of = found["totals"]
    assert (all_of["shots"], all_of["chosen"], all_of["signed"]) == (2, 1, 1)
    assert (all_of["delivered"], all_of["delivered_final"]) == (1, 0)
    assert (all_of["painted"], all_of["variations_per_lock"]) == (3, 3)
    assert all_of["repaint_share"] == pytest.approx(1 / 3, abs=1e-4)
    assert {one["owner"] for one in found["sources"]} == {"sky", "range"}
    assert sum(one["shots"]["042"] for one in found["sources"]) == pytest.approx(1, abs=0.01)
    asked = [one["says"] for one in found["open"] if one["shot"] == "042"]
    assert "nobody has said that third-party rights were cleared" in asked
    assert "a reference that is seen in it is not allowed to be published" in asked
    assert found["shots"][1]["next"] == "set its lock, and paint it"


def test_what_was_asked_of_the_queue_was_asked_then(day: TinyShow) -> None:
    show = replace_ledger(day)
    at(day, "08:00")
    me = queue.Person(name="R. Lind")
    queue.submit(show.ledger, {"shot": "042"}, [1001], me)
    for row in day.studio.ledger.rows():
        show.ledger.append(row.kind, row.body)

    assert shot_figures(show, "042").asked_at == "2026-11-21T08:00:00Z"


def replace_ledger(show: TinyShow) -> Any:
    return replace(show.studio, ledger=FakeLedger(show.clock))  # type: ignore[arg-type]


def test_a_reference_names_where_what_was_painted_from_it_was_sent(day: TinyShow) -> None:
    uses = uses_of(day.studio, find(day.studio, "range.exr").id)

    sent = [(use.element, use.deliveries) for use in uses if use.deliveries]
    chosen = shot_figures(day.studio, "042").chosen
    assert sent == [(chosen, (("temp", str(day.root.parent / "sent")),))]


def test_what_was_painted_from_a_copy_is_stale_when_its_original_is_revoked(
    day: TinyShow,
) -> None:
    show = replace_ledger(day)
    show.ledger.written.extend(day.studio.ledger.rows())
    copy, original = (find(show, name) for name in ("range.exr", "sky.exr"))
    version = book.version(show.ledger, shot_figures(show, "042").chosen)
    assert stale(show, version) == ()
    said = CopyDecision(
        reference=copy.id, of=original.id, copy=True, by="R. Lind", on="2026-11-21",
        reason="a part of it", alike=0.9, share=0.9, mirrored=False,
    )  # fmt: skip
    book.write(show.ledger, "copy decision", said)
    # The share of a picture and of its copy is one share.
    assert [use.share for use in uses_of(show, copy.id)] == [1.0, 1.0, 1.0]

    revoke(show, "sky.exr", by="R. Lind", reason="asked to")

    words = [why.says for why in stale(show, version)]
    assert any("range.exr, the same picture as sky.exr: R. Lind revoked it" in w for w in words)


def test_a_ledger_that_was_changed_is_not_summed_up(day: TinyShow) -> None:
    show = replace_ledger(day)
    for row in list(day.studio.ledger.rows())[3:]:
        show.ledger.written.append(row)

    with pytest.raises(TamperError):
        summary(show)


def test_the_page_names_people_and_fetches_nothing(day: TinyShow) -> None:
    found = summary(day.studio)

    page = Path(write_summary(day.studio, found)).read_text()

    for words in ("1 h 15 min", "R. Lind", "with thanks", "33%", "set its lock", "50%"):
        assert words in page
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert page.count("<img") == 2
    assert "http" not in page.replace("http-equiv", "")


def test_a_name_that_is_markup_stays_a_name(day: TinyShow) -> None:
    found = summary(day.studio)
    found["shots"][0]["chosen_by"] = found["sources"][0]["owner"] = "<b>Ada</b>"

    page = summary_page(found, {}).decode()

    assert "<b>Ada" not in page
    assert page.count("&lt;b&gt;Ada&lt;/b&gt;") == 2


def test_a_show_where_nothing_was_done_has_a_summary_too(tiny_show: TinyShow) -> None:
    done = runner().invoke(main, ["show", "summary", "--show", str(tiny_show.root), "--json"])

    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["totals"]["ask_to_choice_s"] is None
    assert "There is no shot yet." in Path(document["page"]).read_text()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "not yet"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "1 h"),
        (4500, "1 h 15 min"),
        (86400, "1 d"), (93600, "1 d 2 h"), (86399, "1 d"),
    ],
)  # fmt: skip
def test_times_are_said_as_people_say_them(seconds: float | None, words: str) -> None:
    assert span(seconds) == words
