"""What of a reference stands in the show's pictures, for its owner."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from layered import Layered, employing, paint, two_references
from seamline.cli.main import main
from seamline.errors import ShowError
from seamline.show.seam import Box
from seamline.steps import book
from seamline.steps.deliver import deliver
from seamline.steps.reference import find
from seamline.steps.review import choose
from seamline.steps.sign import sign
from seamline.steps.used import used
from tiny import TinyShow
from typed import runner


@pytest.fixture
def chosen(tiny_show: TinyShow) -> tuple[TinyShow, dict[str, Any]]:
    """The right half of one frame is generated; its first variation is chosen."""
    employing(tiny_show, Layered())
    two_references(tiny_show)
    tiny_show.static_shot("042", frames=1, box=Box(x=32, y=0, width=32, height=36))
    entry = paint(tiny_show)
    paint(tiny_show, seed=2)
    tiny_show.studio.keyring.create("Ada", None)
    choose(tiny_show.studio, "042", entry["id"], by="Ada")
    return tiny_show, entry


def mask(show: TinyShow, said: dict[str, Any]) -> np.ndarray:
    return show.studio.images.read(said["mask"]).channels["A"] > 0


def test_only_what_is_seen_of_it_is_marked(chosen: tuple[TinyShow, dict[str, Any]]) -> None:
    show, entry = chosen

    said = used(show.studio, "range.exr")

    assert [(u["element"], u["why"]) for u in said["uses"]] == [(entry["id"], ["chosen"])]
    area = mask(show, said)
    assert area.shape == (150, 240)
    assert said["area"] == pytest.approx(area.mean(), abs=1e-6)
    # Where the mask ends is known from the lineage of the range: rows, columns, alpha, need.
    lineage = show.studio.images.read(entry["layers"][1]["lineage"]).channels
    seen = lineage["alpha"] > 0
    seen[:, :32] = False
    x, y = lineage["master.x"][seen].astype(int), lineage["master.y"][seen].astype(int)
    assert area[y, x].all()
    assert not area[: int(lineage["master.y"][seen].min()) - 4].any()
    unseen = (lineage["alpha"] > 0) & (np.arange(64)[None, :] < 20)
    ux, uy = lineage["master.x"][unseen].astype(int), lineage["master.y"][unseen].astype(int)
    assert not area[uy, ux].any()


def test_the_hidden_part_of_a_sky_is_not_used(chosen: tuple[TinyShow, dict[str, Any]]) -> None:
    show, entry = chosen

    area = mask(show, used(show.studio, "sky.exr"))

    sky = show.studio.images.read(entry["layers"][0]["lineage"]).channels
    far = show.studio.images.read(entry["layers"][1]["lineage"]).channels["alpha"]
    mist = show.studio.images.read(entry["layers"][2]["lineage"]).channels["alpha"]
    hidden = (far == 1) & (mist == 0) & (np.arange(64)[None, :] >= 40)
    hidden &= sky["view.y"] < sky["view.y"][mist > 0].min() - 1  # the mist shows the sky's too
    rows = sky["master.y"][hidden].astype(int)
    columns = sky["master.x"][hidden].astype(int)
    assert hidden.any()
    assert area[rows, columns].mean() < 0.2  # up to a pixel of the averaged neighbours


def test_chosen_signed_and_delivered_all_count_and_are_named(
    chosen: tuple[TinyShow, dict[str, Any]],
) -> None:
    show, entry = chosen
    sign(show.studio, entry["id"], by="Ada", passphrase=None)
    deliver(show.studio, "042", str(show.root.parent / "out"))

    (use,) = used(show.studio, "range.exr")["uses"]

    assert use["why"] == ["chosen", "signed", "delivered"]
    assert use["deliveries"] == [("temp", str(show.root.parent / "out"))]
    shares = dict(book.variations(show.studio.ledger, "042")[0].shares)
    assert use["share"] == shares[find(show.studio, "range.exr").id]


def test_everything_painted_is_more_than_what_was_picked(
    chosen: tuple[TinyShow, dict[str, Any]],
) -> None:
    show, _ = chosen

    some, all_of_it = (used(show.studio, "sky.exr", everything=e) for e in (False, True))

    assert [len(said["uses"]) for said in (some, all_of_it)] == [1, 2]
    assert all_of_it["area"] > some["area"]


def test_a_shot_s_own_use_is_written_beside_the_show_s(
    chosen: tuple[TinyShow, dict[str, Any]],
) -> None:
    show, _ = chosen
    show.static_shot("050", frames=1)
    other = paint(show, "050")
    choose(show.studio, "050", other["id"], by="Ada")

    whole, one = (used(show.studio, "sky.exr", shot=s) for s in (None, "050"))

    assert {s["shot"] for s in whole["shots"]} == {"042", "050"}
    assert [s["shot"] for s in one["shots"]] == ["050"]
    assert Path(one["picture"]).name.endswith("_used_050.png")
    assert Path(one["picture"]).parent == show.root / "references"
    assert Path(whole["picture"]).read_bytes().startswith(b"\x89PNG")
    assert (mask(show, whole) | mask(show, one) == mask(show, whole)).all()


def test_what_nothing_shows_is_said_and_not_drawn(tiny_show: TinyShow) -> None:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    tiny_show.static_shot("042", frames=1)
    paint(tiny_show)

    said = used(tiny_show.studio, "sky.exr")

    assert (said["uses"], said["area"], said["picture"]) == ([], 0.0, None)
    assert not (tiny_show.root / "references").exists()
    with pytest.raises(ShowError, match="no shot '099'"):
        used(tiny_show.studio, "sky.exr", shot="099")


def test_the_shell_says_it_in_words_and_as_json(
    chosen: tuple[TinyShow, dict[str, Any]],
) -> None:
    show, entry = chosen
    words = ["--show", str(show.root), "reference", "used", "range.exr"]

    told, document = (runner().invoke(main, [*words, *more]) for more in ([], ["--json"]))

    assert told.exit_code == document.exit_code == 0
    assert "range.exr: " in told.stdout
    assert entry["id"] in told.stdout
    assert json.loads(document.stdout)["owner"] == "range"
