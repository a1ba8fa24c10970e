"""One layer painted anew: the others stay, bit for bit, whatever the show says since."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from layered import Layered, employing, panned, two_references
from layered import paint as paint_layered
from seamline.cli.main import main
from seamline.errors import ApprovalError, GeneratorError, InputError, ShowError
from seamline.generators.neutral import Neutral
from seamline.ports import Painted, PaintedLayer
from seamline.show.seam import Box, Seam
from seamline.show.variation import Variation
from seamline.steps import book
from seamline.steps.ingest import set_seam
from seamline.steps.main_job import painted_anew
from seamline.steps.rebuild import rebuild
from tiny import APPROVED, TinyShow
from typed import runner


@pytest.fixture
def pan(tiny_show: TinyShow) -> tuple[TinyShow, str]:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    panned(tiny_show)
    return tiny_show, str(paint_layered(tiny_show)["id"])


def anew(show: TinyShow, element_id: str, layer: str, **said: Any) -> list[Variation]:
    words = {"variations": 1, **said}
    document = painted_anew(show.studio, "042", element_id, layer, **words)
    digests = [v["digest"] for v in document["variations"]]
    found = [book.version(show.studio.ledger, v["id"]) for v in document["variations"]]
    assert [v.element_digest for v in found] == digests
    return [book.variation_of(show.studio.ledger, v) for v in found]


def pictures(variation: Variation) -> dict[str, tuple[str, str]]:
    return {f.name: (f.digest, f.lineage_digest) for f in variation.layers}


def test_the_range_is_another_and_sky_and_mist_are_the_same_bits(
    pan: tuple[TinyShow, str],
) -> None:
    show, first = pan
    before = pictures(book.variations(show.studio.ledger, "042")[0])

    found = anew(show, first, "far", variations=2)

    assert [v.number for v in found] == [2, 3]
    assert [f.name for f in found[0].layers] == ["sky", "far", "mist"]
    ranges = {before["far"][0], *(pictures(v)["far"][0] for v in found)}
    assert len(ranges) == 3
    for variation in found:
        after = pictures(variation)
        assert {n: after[n] for n in ("sky", "mist")} == {n: before[n] for n in ("sky", "mist")}
        assert "Layer far painted anew" in variation.notes[-1]
        assert rebuild(show.studio, variation)


def test_the_ask_says_which_layer_of_which_painting(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    base = book.variations(show.studio.ledger, "042")[0]

    (found,) = anew(show, first, "sky", seed=7)

    assert dict(found.ask.settings) == {"from": base.ask_digest, "layer": "sky"}
    assert found.ask.seed == 7
    assert found.ask.references == base.ask.references


def test_what_was_painted_anew_already_is_found(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    once = anew(show, first, "far", seed=5)
    rows = show.studio.ledger.verify()

    assert anew(show, first, "far", seed=5) == once
    assert show.studio.ledger.verify() == rows


def test_a_layer_of_what_was_painted_anew_is_painted_anew(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    (second,) = anew(show, first, "far")

    (third,) = anew(show, "042_env_b02_v001", "sky")

    assert pictures(third)["far"] == pictures(second)["far"]
    assert pictures(third)["sky"] != pictures(second)["sky"]
    assert dict(third.ask.settings) == {"from": second.ask_digest, "layer": "sky"}


def test_it_stays_on_its_canvas_when_the_shot_has_another_since(
    pan: tuple[TinyShow, str],
) -> None:
    show, first = pan
    base = book.variations(show.studio.ledger, "042")[0]
    set_seam(show.studio, Seam(shot="042", version=1, box=Box(x=10, y=5, width=20, height=10)))
    paint_layered(show, seed=9)
    later = book.variations(show.studio.ledger, "042")[1]
    assert later.ask.canvas_digest != base.ask.canvas_digest

    (found,) = anew(show, first, "far")

    assert found.ask.canvas_digest == base.ask.canvas_digest
    assert pictures(found)["sky"] == pictures(base)["sky"]


def test_kept_plate_pixels_and_margin_stand_too(tiny_show: TinyShow) -> None:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    tiny_show.static_shot(
        "042", frames=1, box=Box(x=20, y=8, width=20, height=12), one_surface=True
    )
    first = paint_layered(tiny_show)["id"]
    before = pictures(book.variations(tiny_show.studio.ledger, "042")[0])

    (found,) = anew(tiny_show, first, "mist")

    after = pictures(found)
    assert {n for n in after if after[n] != before[n]} == {"mist"}


# -- refusals ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ("forest", "layer 'forest' is not there; it has sky, far, mist"),
        ("margin", "layer 'margin' is compared with the plate and never seen"),
    ],
)
def test_a_layer_that_cannot_be_painted_alone_is_refused(
    pan: tuple[TinyShow, str], layer: str, words: str
) -> None:
    show, first = pan

    with pytest.raises(ShowError, match=words):
        anew(show, first, layer)


def test_a_painting_in_one_layer_has_none_to_paint_anew(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042")
    first = paint_layered(tiny_show, generator="neutral")["id"]

    with pytest.raises(ShowError, match="was painted in one layer") as refused:
        anew(tiny_show, first, "env")

    assert refused.value.remedy == "Paint another seed: seamline paint 042 --seed N"


def test_another_shot_s_painting_is_not_painted_anew_here(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    show.static_shot("050")

    with pytest.raises(ShowError, match="belongs to 042, not to 050"):
        painted_anew(show.studio, "050", first, "far", variations=1)


def test_a_reference_revoked_since_is_not_painted_from_again(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    pixels = np.random.default_rng(6).uniform(0.1, 0.9, (150, 240, 3)).astype(np.float32)
    show.reference("range.exr", pixels, hfov_deg=50.0, owner="range", allow=("train",))
    assert APPROVED.allow == ("paint",)

    with pytest.raises(ApprovalError, match=r"range\.exr .* may not be used to paint"):
        anew(show, first, "sky")


def test_neutral_knows_no_layers(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    employing(show, Neutral())

    with pytest.raises(InputError, match="the neutral generator knows no layers"):
        anew(show, first, "sky")


class Careless(Layered):
    """Paints everything anew, whatever it was asked."""

    def paint(self, ask: Any, canvas: Any, *rest: Any) -> Painted:
        return super().paint(replace(ask, settings=()), replace(canvas, standing=()), *rest)


class Forgetful(Layered):
    """Gives back the layer that it painted, and nothing else."""

    def spoilt(self, painted: Painted) -> Painted:
        return Painted(layers=painted.layers[1:])


class Pusher(Layered):
    """Paints the sky anew and moves the mist farther away."""

    def spoilt(self, painted: Painted) -> Painted:
        layers: list[PaintedLayer] = list(painted.layers)
        layers[2] = replace(layers[2], distance_m=1000.0)
        return Painted(layers=tuple(layers))


@pytest.mark.parametrize(
    ("generator", "words"),
    [
        (Careless, "it was to paint sky anew, and far is another too"),
        (Forgetful, "anew among sky, far, mist and returned far, mist"),
        (Pusher, "it was to paint sky anew, and mist is another too"),
    ],
)
def test_a_generator_that_touches_another_layer_leaves_no_variation(
    pan: tuple[TinyShow, str], generator: type[Layered], words: str
) -> None:
    show, first = pan
    employing(show, generator())

    with pytest.raises(GeneratorError, match=words):
        anew(show, first, "sky")

    assert len(book.variations(show.studio.ledger, "042")) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--from", "042_env_b01_v001"), "--from and --layer go together"),
        (("--layer", "sky"), "--from and --layer go together"),
        (
            ("--from", "042_env_b01_v001", "--layer", "sky", "-g", "neutral"),
            "stands with its generator, references and skyline",
        ),
    ],
)
def test_words_of_the_shell_that_contradict_each_other_are_refused(
    tiny_show: TinyShow, words: tuple[str, ...], says: str
) -> None:
    said = runner().invoke(main, ["--show", str(tiny_show.root), "paint", "042", *words])

    assert said.exit_code == 2
    assert says in said.stderr
