"""Noon becomes sunset after the painting: what is stale is made again, as it was laid out."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from layered import Layered, employing, only, paint, panned, two_references
from seamline.cli.main import main
from seamline.demo_show import taken_in
from seamline.errors import InputError, ShowError
from seamline.formats.cdl import read_cdl
from seamline.formats.nk_read import parse
from seamline.ports import Studio
from seamline.show.lock import Light
from seamline.show.variation import Variation
from seamline.steps import book
from seamline.steps.by_hand import export
from seamline.steps.cards import Wanted, approve, propose
from seamline.steps.grade import grade
from seamline.steps.lock import set_lock
from seamline.steps.main_job import made_again, painted
from seamline.steps.rebuild import rebuild
from seamline.steps.reference import Permission, add_reference
from seamline.steps.revise import revise
from seamline.steps.stale import MATCH, PAINTING, stale
from tiny import TinyShow
from typed import runner

NOON = (
    "[light]\nkey_azimuth_deg = 210\nkey_elevation_deg = 50\n"
    "colour_temperature_k = 5600\nexposure_stops = 0\n"
)
DUSK = Light(
    key_azimuth_deg=200.0,
    key_elevation_deg=6.0,
    colour_temperature_k=3400.0,
    exposure_stops=-1.0,
)
WHY = "the director wants sunset"


@pytest.fixture
def noon(tiny_show: TinyShow) -> tuple[TinyShow, str]:
    employing(tiny_show, Layered())
    for name, seed in (("sky.exr", 5), ("range.exr", 6)):
        pixels = np.random.default_rng(seed).uniform(0.1, 0.9, (150, 240, 3))
        tiny_show.reference(
            name, pixels.astype(np.float32), hfov_deg=50.0, owner=name[:-4],
            light=Light(colour_temperature_k=5600.0, exposure_stops=0.0),
        )  # fmt: skip
    panned(tiny_show)
    set_lock(tiny_show.studio, "042", NOON, where="lock.toml")
    return tiny_show, str(paint(tiny_show)["id"])


def layers(studio: Studio, variation: Variation) -> dict[str, dict[str, Any]]:
    return {
        facts.name: {
            **studio.blobs.picture(facts.digest).channels,
            **{
                f"from {name}": plane
                for name, plane in studio.blobs.picture(facts.lineage_digest).channels.items()
            },
        }
        for facts in variation.layers
    }


def test_a_revised_lock_names_what_is_stale_and_paints_nothing(
    noon: tuple[TinyShow, str],
) -> None:
    show, first = noon

    found = revise(show.studio, "042", DUSK, reason=WHY)

    lock = book.lock(show.studio.ledger, "042")
    assert lock is not None
    assert (lock.version, lock.reason) == (2, WHY)
    assert lock.light == DUSK
    assert [(i, why.what) for i, why in found.stale] == [(first, PAINTING), (first, MATCH)]
    assert len(book.variations(show.studio.ledger, "042")) == 1


def test_what_is_not_said_stands_and_the_same_light_changes_nothing(
    noon: tuple[TinyShow, str],
) -> None:
    show, _ = noon
    warmer = Light(colour_temperature_k=4300.0)

    revise(show.studio, "042", warmer, reason=WHY)
    again = revise(show.studio, "042", warmer, reason=WHY)

    assert again.lock.version == 2
    assert again.lock.light.key_elevation_deg == 50
    assert again.lock.light.colour_temperature_k == 4300


def test_the_live_side_gets_a_suggestion_that_nothing_applies(
    noon: tuple[TinyShow, str],
) -> None:
    show, first = noon
    comp = book.version(show.studio.ledger, first).comp_digest

    found = revise(show.studio, "042", DUSK, reason=WHY)

    assert found.suggestion is not None
    cdl = read_cdl(show.studio.shelf.read(found.path))
    assert cdl.offset == found.suggestion.offset
    assert "SUGGESTION" in cdl.description
    grey = np.full((1, 1, 3), 0.18, np.float32)
    graded = show.studio.colour.grade(grey, cdl)[0, 0]
    # A stop darker in luminance, and warmer: more red than blue.
    assert float(graded @ (0.2722, 0.6741, 0.0537)) == pytest.approx(0.09, rel=0.03)
    assert graded[0] > graded[1] > graded[2]
    assert book.version(show.studio.ledger, first).comp_digest == comp


def test_the_suggestion_is_for_the_light_the_plate_was_shot_in(
    noon: tuple[TinyShow, str],
) -> None:
    show, _ = noon
    revise(show.studio, "042", DUSK, reason=WHY)

    later = revise(show.studio, "042", Light(exposure_stops=-2.0), reason="later still")

    assert later.suggestion is not None
    assert "lock v1 to v3: 5600 K to 3400 K, -2.00 stops" in later.suggestion.description


def test_the_suggestion_stands_on_the_plate_in_the_script_of_a_version_of_the_new_light(
    noon: tuple[TinyShow, str],
) -> None:
    show, first = noon
    found = revise(show.studio, "042", DUSK, reason=WHY)
    (entry,) = made_again(show.studio, "042", like=first)["variations"]

    nodes = {
        element: {
            node.name: node
            for node in parse(
                Path(
                    next(
                        paper
                        for paper in export(
                            show.studio, "042", element, f"{show.material}/{element}.exr"
                        )["papers"]
                        if paper.endswith(".nk")
                    )
                ).read_bytes()
            )
        }
        for element in (first, entry["id"])
    }

    assert "suggested_for_live" not in nodes[first]
    node = nodes[entry["id"]]["suggested_for_live"]
    assert [n.name for n in node.inputs if n] == ["plate"]
    assert node.knobs["disable"] == "true"
    assert "SUGGESTION for the live side, lock v1 to v2" in node.knobs["label"]
    assert found.suggestion is not None
    assert tuple(float(v) for v in node.knobs["offset"].split()) == found.suggestion.offset


def test_nothing_is_revised_without_a_reason_or_a_lock(noon: tuple[TinyShow, str]) -> None:
    show, _ = noon
    panned(show, name="043")

    with pytest.raises(InputError, match="nothing says why"):
        revise(show.studio, "042", DUSK, reason=" ")
    with pytest.raises(InputError, match="nothing of the light is revised"):
        revise(show.studio, "042", Light(), reason=WHY)
    with pytest.raises(ShowError, match="043 has no lock"):
        revise(show.studio, "043", DUSK, reason=WHY)


def test_the_same_ridge_stands_under_the_new_light(noon: tuple[TinyShow, str]) -> None:
    show, first = noon
    before = layers(show.studio, only(show))
    revise(show.studio, "042", DUSK, reason=WHY)

    (entry,) = made_again(show.studio, "042", like=first)["variations"]

    assert entry["id"] == "042_env_b01_v002"
    variation = book.variations(show.studio.ledger, "042")[-1]
    after = layers(show.studio, variation)
    assert list(after) == list(before)
    for name in ("far", "mist"):
        for plane in ("A", "from source", "from view.x", "from view.y"):
            np.testing.assert_array_equal(before[name][plane], after[name][plane])
        solid = before[name]["A"] > 0.5
        ratio = after[name]["G"][solid] / before[name]["G"][solid]
        if solid.any():
            assert np.median(ratio) == pytest.approx(ratio.max(), rel=1e-3)
            assert 0.3 < np.median(ratio) < 0.6  # a stop darker, and warmer
    version = book.version(show.studio.ledger, entry["id"])
    assert stale(show.studio, version) == ()
    assert rebuild(show.studio, variation) == list(after)


def test_made_again_twice_is_made_once(noon: tuple[TinyShow, str]) -> None:
    show, first = noon
    revise(show.studio, "042", DUSK, reason=WHY)

    ids = [made_again(show.studio, "042", like=first)["variations"][0]["id"] for _ in "ab"]

    assert ids[0] == ids[1]


def test_grades_go_with_the_picture_into_the_evening(noon: tuple[TinyShow, str]) -> None:
    show, first = noon
    grade(show.studio, "042", first, "far", exposure_stops=0.5)
    revise(show.studio, "042", DUSK, reason=WHY)

    (entry,) = made_again(show.studio, "042", like=first)["variations"]

    version = book.version(show.studio.ledger, entry["id"])
    assert [g.layer for g in version.grades] == ["far"]


def test_only_what_is_stale_is_made_again(noon: tuple[TinyShow, str]) -> None:
    show, first = noon
    assert made_again(show.studio, "042")["variations"] == []
    revise(show.studio, "042", DUSK, reason=WHY)
    fresh = painted(show.studio, "042", variations=1, seed=9, generator="layered")
    fresh_id = fresh["variations"][0]["id"]

    made = made_again(show.studio, "042")["variations"]

    assert [v["seed"] for v in made] == [1]
    assert made[0]["id"] not in (first, fresh_id)
    assert made_again(show.studio, "042", like=fresh_id)["variations"][0]["id"] == fresh_id


def test_another_plate_is_rendered_again_and_not_painted(noon: tuple[TinyShow, str]) -> None:
    show, first = noon
    number = only(show).number
    panned(show)  # the same files: nothing is another
    assert made_again(show.studio, "042")["variations"] == []
    pattern = book.shot(show.studio.ledger, "042").plate
    assert pattern is not None
    path = pattern.pattern % 1001
    picture = show.studio.images.read(path)
    brighter = {n: (p * np.float16(1.25)) for n, p in picture.channels.items()}
    show.studio.images.write(path, dataclasses.replace(picture, channels=brighter))
    panned_again(show)

    (entry,) = made_again(show.studio, "042")["variations"]

    assert entry["id"] == "042_env_b01_v002"
    assert only(show).number == number
    assert entry["digest"] == book.version(show.studio.ledger, first).element_digest


def panned_again(show: TinyShow) -> None:
    from layered import RIG, TWO
    from seamline.steps.ingest import add_shot
    from synth import Pose

    track = show.track("042", RIG, [Pose(pan_deg=0.0), Pose(pan_deg=3.0)], shutter_deg=0.0)
    plate = str(show.material / "042.%04d.exr")
    add_shot(show.studio, "042", plate=plate, track=track, frames=TWO)


def test_a_picture_in_one_layer_cannot_keep_its_layout(tiny_show: TinyShow) -> None:
    two_references(tiny_show)
    panned(tiny_show)
    set_lock(tiny_show.studio, "042", NOON, where="lock.toml")
    first = str(
        painted(tiny_show.studio, "042", variations=1, seed=1, generator="patch")["variations"][
            0
        ]["id"]
    )
    revise(tiny_show.studio, "042", DUSK, reason=WHY)

    with pytest.raises(ShowError, match="takes a sky and what stands before it"):
        made_again(tiny_show.studio, "042", like=first)


def test_the_shell_revises_a_lock(noon: tuple[TinyShow, str]) -> None:
    show, first = noon
    words = ["lock", "revise", "042", "--light-elevation", "6", "--cct", "3400"]

    said = runner().invoke(main, [*words, "--reason", WHY, "--show", str(show.root)])

    assert said.exit_code == 0, said.output
    assert f"stale, painting: {first}" in said.output
    assert "042_live_suggestion_v2.cc" in said.output


@pytest.mark.slow
@pytest.mark.shared
def test_the_demos_noon_becomes_sunset_with_its_own_ridge(
    tmp_path: Path, demo_material: Path, shared: Path
) -> None:
    studio = taken_in(
        str(tmp_path / "demo"), material=str(demo_material), frames="1001-1002",
        size=(480, 270), threads=2,
    )  # fmt: skip
    painted(studio, "DEMO_010", variations=1, seed=1, generator="patch")
    noon_version = book.newest_versions(studio.ledger, "DEMO_010")[0]
    before = layers(studio, book.variation_of(studio.ledger, noon_version))
    said = Permission(
        kind="lighting", owner="Greg Zaal", licence="CC0-1.0", approved_by="Supervisor",
        allow=("paint",),
    )  # fmt: skip
    add_reference(studio, str(shared / "data" / "hdri" / "spruit_sunrise_1k.hdr"), said)
    _cut_the_dusk(studio, demo_material)
    rows = {kind: sum(1 for _ in studio.ledger.rows(kind)) for kind in ("canvas", "version")}
    # Where the ridge is low: behind it the sun would be cut.
    dusk = dataclasses.replace(DUSK, key_azimuth_deg=203.5)
    revise(studio, "DEMO_010", dusk, reason=WHY)

    (entry,) = made_again(studio, "DEMO_010", like=noon_version.id)["variations"]

    version = book.version(studio.ledger, entry["id"])
    variation = book.variation_of(studio.ledger, version)
    after = layers(studio, variation)
    # What stands before the sky is the same to the pixel, so the ridge has not moved.
    for name in before:
        if name != "sky":
            np.testing.assert_array_equal(before[name]["A"], after[name]["A"])
    ridges = [(found["far"]["A"] > 0.5).argmax(axis=0) for found in (before, after)]
    assert np.abs(ridges[0] - ridges[1]).max() <= 3
    sun = next(f for f in version.findings if f.check == "sun")
    assert sun.verdict == "pass"
    assert sun.measured is not None
    assert sun.measured <= 10
    # What is seen of the rock is of dusk: 2 degrees high, where the lock has 6.
    light = next(f for f in version.findings if f.check == "light")
    assert light.verdict == "pass"
    assert light.measured is not None
    assert light.measured <= 10
    names = {book.references(studio.ledger)[i].file_name for i, _ in variation.shares}
    assert names == {"sunset.png", "spruit_sunrise_1k.hdr"}
    counts = {kind: sum(1 for _ in studio.ledger.rows(kind)) for kind in rows}
    assert counts == {"canvas": rows["canvas"], "version": rows["version"] + 1}
    assert rebuild(studio, variation) == list(after)


def _cut_the_dusk(studio: Studio, material: Path) -> None:
    """Cut the demo's dusk along the lines drawn over it, and approve what was looked at."""
    known = book.references(studio.ledger).values()
    dusk = next(r for r in known if r.file_name == "sunset.png")
    wanted = Wanted(
        lines=str(material / "late_light" / "sunset.svg"), completions=1,
        mirror=("far", "near"), search_px=400,
    )  # fmt: skip
    cards, _ = propose(studio, dusk, wanted)
    approve(studio, dusk, [card.id for card in cards], by="Supervisor")
