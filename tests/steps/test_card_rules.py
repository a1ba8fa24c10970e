"""Cards are proposed once, looked at, approved by name, and only then painted from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

import ranges
from fakes import FakeCardMaker, FakeClock
from seamline.errors import ApprovalError, FormatError, InputError, ShowError
from seamline.pixels.resample import resized, resized_part
from seamline.show.card import Card
from seamline.show.reference import Reference
from seamline.steps import book, palette
from seamline.steps.cards import Wanted, approve, propose
from seamline.steps.paint import paint
from seamline.steps.rebuild import rebuild
from seamline.steps.reference import add_reference
from tiny import APPROVED, TinyShow

LINES = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}">'
    '<polyline id="far" points="0,{at} {w},{at}"/></svg>'
)
ONE = Wanted(completions=1)


@pytest.fixture
def show(tiny_show: TinyShow) -> TinyShow:
    """A show whose card maker is the tests' own: quick, and true to the port."""
    tiny_show.studio = replace(tiny_show.studio, card_maker=FakeCardMaker)
    return tiny_show


def ridge(height: int = 72, width: int = 120, seed: int = 1) -> np.ndarray:
    """(H, W, 3) scene-linear: sky over hills."""
    return np.exp2(ranges.hills(height, width, seed=seed) * 17.52 - 9.72).astype(np.float32)


def reference(show: TinyShow, name: str = "ridge.exr", **said: object) -> Reference:
    return show.reference(name, ridge(seed=len(name)), **said)


def lines(show: TinyShow, at: float = 30.0) -> str:
    path = show.material / f"lines{at:g}.svg"
    path.write_text(LINES.format(w=120, h=72, at=at))
    return str(path)


def approved(show: TinyShow, of: Reference) -> list[str]:
    return [card.id for card in book.approved_cards(show.studio.ledger, of.id)]


# -- proposing --------------------------------------------------------------


def test_a_proposal_is_cards_with_several_completions_and_none_is_approved(
    show: TinyShow,
) -> None:
    of = reference(show)

    cards, sheet = propose(show.studio, of, Wanted(lines=lines(show)))

    assert [c.id.removeprefix(f"{of.id}_") for c in cards] == [
        "sky_01",
        "sky_02",
        "sky_03",
        "far_01",
    ]
    assert [c.completion for c in cards] == [1, 2, 3, 0], "nothing of the range is hidden"
    assert not any(c.approved for c in cards)
    assert len({c.mask_digest for c in cards if c.label == "sky"}) == 1
    assert len({c.picture_digest for c in cards}) == 4
    assert {c.made_by for c in cards} == {"lines30.svg"}
    with Pillow.open(sheet) as opened:
        assert opened.width > 1000
    assert sheet.startswith(f"{show.root}/references/{of.id}")


def test_the_picture_of_a_card_is_the_masters_own_light_where_it_was_copied(
    show: TinyShow,
) -> None:
    of = reference(show)
    card = next(c for c in propose(show.studio, of, ONE)[0] if c.label == "sky")
    master = show.studio.blobs.picture(of.master_digest).rgb()

    picture = show.studio.blobs.picture(card.picture_digest)

    assert picture.display_window == (0, 0, 120, 72)
    assert picture.data_window == (0, 0, 120, 54)
    source = picture.channels["source.y"], picture.channels["source.x"]
    np.testing.assert_array_equal(picture.rgb(), master[source])
    assert picture.channels["hidden"].astype(bool).any()
    assert set(picture.channels) == {"R", "G", "B", "A", "hidden", "source.x", "source.y"}


def test_the_same_words_find_the_same_cards_and_write_nothing(show: TinyShow) -> None:
    of = reference(show)
    first, sheet = propose(show.studio, of, Wanted(lines=lines(show)))
    rows = show.studio.ledger.verify()

    again = propose(show.studio, of, Wanted(lines=lines(show)))

    assert again == (first, sheet)
    assert show.studio.ledger.verify() == rows


def test_again_makes_new_cards_with_new_numbers_and_the_old_ones_stay(
    show: TinyShow,
) -> None:
    of = reference(show)
    first, _ = propose(show.studio, of, ONE)

    second, sheet = propose(show.studio, of, ONE, again=True)

    assert [c.id[-2:] for c in second] == ["02", "02"]
    assert [c.id for c in book.cards(show.studio.ledger, of.id)] == [
        c.id for c in (*first, *second)
    ]
    assert sheet.endswith("_cards_02.png")
    assert [c.picture_digest for c in first] == [c.picture_digest for c in second]


def test_other_lines_are_another_proposal(show: TinyShow) -> None:
    of = reference(show)
    first, _ = propose(show.studio, of, replace(ONE, lines=lines(show, 30)))

    second, _ = propose(show.studio, of, replace(ONE, lines=lines(show, 40)))

    assert {c.mask_digest for c in first}.isdisjoint({c.mask_digest for c in second})


def test_what_is_said_of_a_layer_stands_on_its_card(show: TinyShow) -> None:
    said = replace(ONE, mirror=("far",), distances=(("far", 4000.0),))

    cards, _ = propose(show.studio, reference(show), said)

    sky, far = cards
    assert (sky.mirror, sky.distance_m) == (False, None)
    assert (far.mirror, far.distance_m) == (True, 4000.0)


def test_a_proposal_that_was_killed_before_its_row_is_made_whole_by_the_next(
    show: TinyShow,
) -> None:
    of = reference(show)

    def no_disk(*_: object, **__: object) -> bytes:
        raise KeyboardInterrupt

    papers = show.studio.papers
    broken = replace(show.studio, papers=_Papers(papers, no_disk))
    with pytest.raises(KeyboardInterrupt):
        propose(broken, of, ONE)
    assert book.cards(show.studio.ledger, of.id) == []

    cards, sheet = propose(show.studio, of, ONE)

    assert [c.id[-6:] for c in cards] == ["sky_01", "far_01"]
    assert Path(sheet).is_file()


class _Papers:
    """The real papers, but for the contact sheet."""

    def __init__(self, papers: object, contact: object) -> None:
        self._papers, self.contact_sheet = papers, contact

    def __getattr__(self, name: str) -> object:
        return getattr(self._papers, name)


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (Wanted(completions=0), InputError, "0 completions were asked for, expected 1 to 12"),
        (Wanted(completions=99), InputError, "99 completions"),
        (Wanted(mirror=("hills",)), ShowError, "no card label 'hills'"),
        (Wanted(distances=(("moon", 4.0),)), ShowError, "no card label 'moon'"),
        (Wanted(distances=(("far", -4.0),)), InputError, "far cannot be -4 m away"),
        (Wanted(lines="no/such.svg"), InputError, "no/such.svg"),
    ],
)
def test_nonsense_is_refused_before_anything_is_written(
    show: TinyShow, said: Wanted, error: type[Exception], words: str
) -> None:
    of = reference(show)
    rows = show.studio.ledger.verify()

    with pytest.raises(error, match=words):
        propose(show.studio, of, said)

    assert show.studio.ledger.verify() == rows


def test_lines_of_another_picture_are_refused(show: TinyShow) -> None:
    path = show.material / "wide.svg"
    path.write_text(LINES.format(w=500, h=72, at=30))

    with pytest.raises(FormatError, match="of another shape than the reference"):
        propose(show.studio, reference(show), replace(ONE, lines=str(path)))


def test_a_panorama_is_not_taken_apart(show: TinyShow) -> None:
    of = show.reference("all_round.exr", ridge(60, 120), projection="latlong")

    with pytest.raises(InputError, match="is a panorama; cards are cut from flat pictures"):
        propose(show.studio, of, ONE)


# -- approving --------------------------------------------------------------


def test_an_approved_card_carries_who_and_when(show: TinyShow) -> None:
    of = reference(show)
    propose(show.studio, of, Wanted())

    (card,) = approve(show.studio, of, ["sky_02"], by="M. Okafor")

    assert (card.approved_by, card.approved_on) == ("M. Okafor", "2026-11-21")
    assert approved(show, of) == [f"{of.id}_sky_02"]


def test_of_the_completions_of_one_mask_the_newest_approval_holds(show: TinyShow) -> None:
    of = reference(show)
    propose(show.studio, of, Wanted())

    approve(show.studio, of, ["sky_02", "far_01"], by="M. Okafor")
    approve(show.studio, of, [f"{of.id}_sky_03"], by="A. Lindqvist")

    assert approved(show, of) == [f"{of.id}_sky_03", f"{of.id}_far_01"]


def test_approving_again_by_the_same_person_writes_nothing(show: TinyShow) -> None:
    of = reference(show)
    propose(show.studio, of, Wanted())
    approve(show.studio, of, ["sky_02"], by="M. Okafor")
    rows = show.studio.ledger.verify()

    approve(show.studio, of, ["sky_02"], by="M. Okafor")

    assert show.studio.ledger.verify() == rows


def test_a_retired_card_is_approved_no_more(show: TinyShow) -> None:
    of = reference(show)
    propose(show.studio, of, Wanted())
    approve(show.studio, of, ["sky_02", "far_01"], by="M. Okafor")

    approve(show.studio, of, ["sky_02"], by="M. Okafor", approved=False)

    assert approved(show, of) == [f"{of.id}_far_01"]
    rows = show.studio.ledger.verify()
    approve(show.studio, of, ["sky_02"], by="M. Okafor", approved=False)
    assert show.studio.ledger.verify() == rows


def test_nobody_approves_nothing(show: TinyShow) -> None:
    of = reference(show)
    propose(show.studio, of, Wanted())

    with pytest.raises(InputError, match="an approved card has a person") as refused:
        approve(show.studio, of, ["sky_01"], by=" ")

    assert refused.value.remedy == "Say who: --by NAME."


def test_a_card_that_is_not_there_leaves_the_others_as_they_were(show: TinyShow) -> None:
    of = reference(show)
    propose(show.studio, of, Wanted())

    with pytest.raises(ShowError, match=r"ridge.exr has no card 'sea_01'; it has \w+_sky_01"):
        approve(show.studio, of, ["sky_01", "sea_01"], by="M. Okafor")

    assert approved(show, of) == []


def test_the_person_who_approves_does_not_change_what_is_painted() -> None:
    card = Card(
        id="0123456789ab_far_01",
        reference="0123456789ab",
        label="far",
        picture_digest="a" * 64,
        mask_digest="b" * 64,
        base_row=40.0,
        columns=(0, 120),
    )

    assert replace(card, approved_by="X", approved_on="2026-11-21").paint_digest == (
        card.paint_digest
    )
    assert replace(card, base_row=41.0).paint_digest != card.paint_digest
    assert replace(card, mirror=True).paint_digest != card.paint_digest


# -- painting ---------------------------------------------------------------


def test_an_ask_names_the_approved_cards_and_another_approval_is_another_ask(
    show: TinyShow,
) -> None:
    of = reference(show, hfov_deg=60.0)
    show.static_shot()
    cards, _ = propose(show.studio, of, Wanted())
    (before,) = paint(show.studio, "S_010", variations=1)

    approve(show.studio, of, ["sky_02"], by="M. Okafor")
    (after,) = paint(show.studio, "S_010", variations=1)

    assert before.ask.cards == ()
    assert after.ask.cards == (cards[1].paint_digest,)
    assert before.ask_digest != after.ask_digest
    assert after.views == (of.id, of.id), "the whole picture, and then the card"


def test_what_was_painted_with_a_card_is_made_again_after_it_was_retired(
    show: TinyShow,
) -> None:
    of = reference(show, hfov_deg=60.0)
    show.static_shot()
    propose(show.studio, of, ONE)
    approve(show.studio, of, ["sky_01", "far_01"], by="M. Okafor")
    (painted,) = paint(show.studio, "S_010", variations=1)

    approve(show.studio, of, ["sky_01", "far_01"], by="M. Okafor", approved=False)

    assert rebuild(show.studio, painted) == [facts.name for facts in painted.layers]


def test_the_cards_of_a_reference_whose_permission_ended_are_refused_with_it(
    show: TinyShow,
) -> None:
    of = reference(show, hfov_deg=40.0, expires_on="2026-12-31")
    show.static_shot()
    propose(show.studio, of, ONE)
    approve(show.studio, of, ["sky_01", "far_01"], by="M. Okafor")
    assert isinstance(show.clock, FakeClock)
    show.clock.moment = "2027-01-01T10:00:00Z"

    with pytest.raises(ApprovalError, match="its permission ended on 2026-12-31"):
        paint(show.studio, "S_010", variations=1)


def test_an_unapproved_reference_may_be_taken_apart_and_is_never_painted_from(
    show: TinyShow,
) -> None:
    path = show.picture("found.exr", ridge())
    of = add_reference(show.studio, path, replace(APPROVED, approved_by="", hfov_deg=40.0))
    show.static_shot()

    propose(show.studio, of, ONE)
    approve(show.studio, of, ["far_01"], by="M. Okafor")

    with pytest.raises(ApprovalError, match="it has no approver"):
        paint(show.studio, "S_010", variations=1)


def test_a_view_of_a_card_is_the_box_around_it_at_the_canvass_sampling(
    show: TinyShow,
) -> None:
    of = reference(show, hfov_deg=40.0)
    propose(show.studio, of, replace(ONE, distances=(("far", 4000.0),)))
    approve(show.studio, of, ["sky_01", "far_01"], by="M. Okafor")
    canvas = ranges.canvas()  # 4 px per degree: 120 px become 2 x 229.18 x tan 20 deg = 167

    sky, far = palette.card_views(
        show.studio, of, book.approved_cards(show.studio.ledger, of.id), canvas, "ACEScct"
    )

    assert sky.card is not None
    assert far.card is not None
    assert far.colour.shape == (50, 167, 3)  # rows 36 to 72 of 72, at 100 for 72
    assert sky.colour.shape == (75, 167, 3)  # rows 0 to 54
    assert far.card.base_row == pytest.approx(71 * 100 / 72 - 50)
    assert far.card.columns == (0, 167)
    assert far.card.distance_m == 4000.0
    assert (far.card.alpha == 1).all()
    assert far.usable.all()
    assert not far.card.hidden.any()
    assert sky.card.hidden[51:].all()
    assert not sky.card.hidden[:49].any()
    assert far.master_y[0, 0] == pytest.approx(36.5)
    assert far.master_x[0, -1] == pytest.approx(119.5)


def test_a_cards_made_up_colours_do_not_tint_its_edge(show: TinyShow) -> None:
    of = reference(show, hfov_deg=20.0)
    (_, far), _ = propose(show.studio, of, ONE)
    stored = show.studio.blobs.picture(far.picture_digest)
    channels = dict(stored.channels)
    channels["A"] = np.array(channels["A"])
    channels["A"][:7] = 0
    for name in "RGB":
        plane = np.full(channels["A"].shape, 0.1, np.float32)
        plane[:7] = 100.0
        channels[name] = plane
    digest = show.studio.blobs.put_picture(stored.with_channels(channels))

    (view,) = palette.card_views(
        show.studio, of, [replace(far, picture_digest=digest)], ranges.canvas(), "ACEScg"
    )

    assert view.card is not None
    edge = (view.card.alpha > 0.1) & (view.card.alpha < 0.9)
    assert edge.any()
    assert view.colour[edge].max() < 1.5


def test_a_sliver_of_a_card_is_not_handed_over(show: TinyShow) -> None:
    of = reference(show, hfov_deg=8.0)
    propose(show.studio, of, ONE)
    approve(show.studio, of, ["far_01"], by="M. Okafor")

    views = palette.card_views(
        show.studio,
        of,
        book.approved_cards(show.studio.ledger, of.id),
        ranges.canvas(),
        "ACEScct",
    )

    assert views == []


@pytest.mark.parametrize(("size", "full"), [((30, 50), (72, 120)), ((100, 167), (72, 120))])
def test_a_part_of_a_picture_becomes_that_part_of_the_whole(
    size: tuple[int, int], full: tuple[int, int]
) -> None:
    picture = np.random.default_rng(3).uniform(0, 4, (*full, 3)).astype(np.float32)
    whole = resized(picture, *size)

    part, (top, left) = resized_part(picture[10:50, 20:90], (10, 20), full, size)

    same = whole[top : top + part.shape[0], left : left + part.shape[1]]
    np.testing.assert_allclose(part[2:-2, 2:-2], same[2:-2, 2:-2], atol=1e-5)
    assert top == 10 * size[0] // full[0]
    assert part.shape[0] == -(-50 * size[0] // full[0]) - top
