"""At another hour what stands keeps its outline and shows a reference lit as the lock says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from test_card_rules import LINES
from test_late_light import DUSK, NOON, WHY, layers
from test_retouch import Filling

import ranges
from fakes import FakeCardMaker
from layered import RIG, Layered, employing, only, paint, panned
from seamline.errors import ShowError
from seamline.show.lock import Light
from seamline.show.reference import Reference
from seamline.show.variation import Variation
from seamline.steps import book
from seamline.steps.cards import Wanted, approve, propose
from seamline.steps.lock import set_lock
from seamline.steps.main_job import made_again
from seamline.steps.rebuild import rebuild
from seamline.steps.revise import revise
from seamline.steps.update import update_shot
from synth import Pose
from tiny import TinyShow

AT_NOON = Light(key_elevation_deg=50.0, colour_temperature_k=5600.0, exposure_stops=0.0)
AT_DUSK = Light(key_elevation_deg=4.0, colour_temperature_k=3400.0, exposure_stops=-1.0)


@pytest.fixture
def noon(tiny_show: TinyShow) -> tuple[TinyShow, str]:
    """A sky and a range of noon behind the live half; the range's light is known."""
    show = tiny_show
    employing(show, Layered())
    show.studio = replace(show.studio, card_maker=FakeCardMaker)
    for name, seed, light in (("sky.exr", 5, Light()), ("range.exr", 6, AT_NOON)):
        pixels = np.random.default_rng(seed).uniform(0.1, 0.9, (150, 240, 3))
        show.reference(
            name, pixels.astype(np.float32), hfov_deg=50.0, owner=name[:-4], light=light
        )
    panned(show)
    set_lock(show.studio, "042", NOON, where="lock.toml")
    return show, str(paint(show)["id"])


def dusk_reference(
    show: TinyShow, *, light: Light = AT_DUSK, seed: int = 8, cut: bool = True
) -> Reference:
    """Hills at dusk, cut along one line into a sky and a range."""
    coded = ranges.hills(150, 240, seed=seed) * 17.52 - 9.72
    of = show.reference(
        f"dusk{seed}.exr", np.exp2(coded).astype(np.float32), hfov_deg=50.0,
        owner="dusk", light=light,
    )  # fmt: skip
    if cut:
        path = show.material / f"dusk{seed}.svg"
        path.write_text(LINES.format(w=240, h=150, at=50))
        cards, _ = propose(show.studio, of, Wanted(lines=str(path), completions=1))
        approve(show.studio, of, [card.id for card in cards], by="M. Okafor")
    return of


def relit(show: TinyShow, first: str) -> tuple[Variation, dict[str, Any]]:
    revise(show.studio, "042", DUSK, reason=WHY)
    (entry,) = made_again(show.studio, "042", like=first)["variations"]
    return book.variations(show.studio.ledger, "042")[-1], entry


def verdict(entry: dict[str, Any]) -> tuple[str, str]:
    (found,) = [f for f in entry["findings"] if f["check"] == "light"]
    return found["verdict"], found["says"]


def test_a_range_of_noon_keeps_its_outline_and_shows_hills_of_dusk(
    noon: tuple[TinyShow, str],
) -> None:
    show, first = noon
    before = layers(show.studio, only(show))
    dusk = dusk_reference(show)

    variation, entry = relit(show, first)

    after = layers(show.studio, variation)
    np.testing.assert_array_equal(before["far"]["A"], after["far"]["A"])
    # Every pixel of it is the dusk's own, brought to the locked light by gain alone.
    lineage = after["far"]
    shown = lineage["A"] > 0
    master = show.studio.blobs.picture(dusk.master_digest).rgb()
    x, y = (lineage[f"from master.{a}"][shown].astype(int) for a in "xy")
    assert (y >= 50).all(), "of its hills, not of its sky"
    solid = lineage["A"][shown] == 1
    light = np.stack([lineage[c][shown] for c in "RGB"], axis=-1)[solid]
    own = master[y, x][solid]
    assert np.median(np.abs(np.log2(light[:, 1] / own[:, 1]))) < 0.3
    assert dict(variation.shares).keys() >= {dusk.id}
    assert not any(
        book.references(show.studio.ledger)[i].file_name == "range.exr"
        for i, _ in variation.shares
    )
    assert verdict(entry)[0] == "pass"
    assert "2 deg apart" in verdict(entry)[1]
    assert any("far keeps its outline, and shows" in words for words in entry["says"])
    assert rebuild(show.studio, variation) == list(after)


def test_the_same_again_is_the_same(noon: tuple[TinyShow, str]) -> None:
    show, first = noon
    dusk_reference(show)
    variation, entry = relit(show, first)

    (again,) = made_again(show.studio, "042", like=first)["variations"]

    assert again["id"] == entry["id"]
    assert book.variations(show.studio.ledger, "042")[-1].ask_digest == variation.ask_digest


@pytest.mark.parametrize(
    ("light", "cut"),
    [
        (AT_DUSK, False),
        (replace(AT_DUSK, key_elevation_deg=40.0), True),
        (replace(AT_DUSK, key_elevation_deg=None), True),
    ],
    ids=["not cut", "another hour", "nobody knows its light"],
)
def test_without_a_card_in_the_new_light_it_stays_as_it_was_lit_and_fails(
    noon: tuple[TinyShow, str], light: Light, cut: bool
) -> None:
    show, first = noon
    dusk_reference(show, light=light, cut=cut)

    variation, entry = relit(show, first)

    assert verdict(entry)[0] == "fail"
    assert "44 deg apart, limit 15 deg" in verdict(entry)[1]
    assert any("far stays as it was lit" in words for words in entry["says"])
    assert rebuild(show.studio, variation)


def test_what_agrees_with_the_new_light_already_keeps_its_own_body(
    noon: tuple[TinyShow, str],
) -> None:
    show, first = noon
    before = layers(show.studio, only(show))
    dusk_reference(show)
    late = replace(DUSK, key_elevation_deg=44.0)
    revise(show.studio, "042", late, reason=WHY)

    made_again(show.studio, "042", like=first)

    after = layers(show.studio, book.variations(show.studio.ledger, "042")[-1])
    for plane in ("A", "from view.x", "from view.y"):
        np.testing.assert_array_equal(before["far"][plane], after["far"][plane])


def test_of_two_that_could_lend_a_range_the_one_that_fits_is_taken_and_both_are_on_record(
    noon: tuple[TinyShow, str],
) -> None:
    show, first = noon
    small = dusk_reference(show, seed=9)
    other = dusk_reference(show, seed=10)

    variation, _ = relit(show, first)

    used = {i for i, _ in variation.shares}
    assert len(used & {small.id, other.id}) == 1
    assert {small.paint_digest, other.paint_digest} <= set(variation.ask.references)
    assert rebuild(show.studio, variation)


# -- a painting that went on ---------------------------------------------------------------


def went_on(show: TinyShow, *, cut: bool) -> str:
    """Another camera sees beyond the canvas: the painting goes on with a layer ``more``."""
    employing(show, Filling())
    if cut:
        for reference in list(book.references(show.studio.ledger).values()):
            path = show.material / f"{reference.file_name}.svg"
            path.write_text(LINES.format(w=240, h=150, at=60))
            wanted = Wanted(lines=str(path), completions=1)
            cards, _ = propose(show.studio, reference, wanted)
            approve(show.studio, reference, [card.id for card in cards], by="M. Okafor")
    poses = [Pose(pan_deg=0.0), Pose(pan_deg=12.0)]
    track = show.track("wider", RIG, poses, shutter_deg=0.0)
    update_shot(show.studio, "042", track=track)
    (entry,) = made_again(show.studio, "042")["variations"]
    assert [la["layer"] for la in entry["layers"]] == ["sky", "far", "mist", "more"]
    return str(entry["id"])


def test_a_painting_that_went_on_is_brought_to_dusk_as_it_stands(
    noon: tuple[TinyShow, str],
) -> None:
    show, _ = noon
    longer = went_on(show, cut=True)
    before = layers(show.studio, book.variation_of(
        show.studio.ledger, book.version(show.studio.ledger, longer)
    ))  # fmt: skip
    dusk = dusk_reference(show)

    variation, entry = relit(show, longer)

    after = layers(show.studio, variation)
    assert list(after) == ["sky", "far", "mist", "more_far"]
    np.testing.assert_array_equal(before["far"]["A"], after["far"]["A"])
    # Of what was flat the sky is gone, above the line that was drawn, and nothing else.
    more, land = before["more"], after["more_far"]
    shown = more["A"] > 0
    drawn = more["from master.y"] >= 60
    assert (shown & drawn).any()
    assert (shown & ~drawn).any()
    # A pixel of the canvas is 2.9 of the reference: either side of the line one is mixed.
    edge = np.abs(more["from master.y"] - 60) < 6
    np.testing.assert_array_equal((land["A"] > 0.5)[~edge], (shown & drawn)[~edge])
    assert dusk.id in dict(variation.shares)
    assert verdict(entry)[0] == "pass"
    assert rebuild(show.studio, variation) == list(after)


def test_what_no_card_tells_apart_is_not_brought_to_another_light(
    noon: tuple[TinyShow, str],
) -> None:
    show, _ = noon
    longer = went_on(show, cut=False)
    dusk_reference(show)

    with pytest.raises(ShowError, match="that no card tells apart") as refused:
        relit(show, longer)

    assert "seamline reference cards" in (refused.value.remedy or "")
