"""A reference is taken apart on the shell: drawn over, looked at, approved, painted from."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from shell import Work, process

from processors import older_processor

BY = "M. Okafor"
LINES = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 320">'
    '<polyline id="far" points="0,{a} 512,{b}" stroke-width="200"/></svg>'
)


def cards(work: Work, *words: str, code: int = 0) -> Any:
    return work.json("reference", "cards", *words, code=code)


def short(document: Any) -> list[tuple[str, bool]]:
    return [(card["id"].split("_", 1)[1], card["approved"]) for card in document["cards"]]


def test_sky_and_land_are_proposed_listed_and_approved(work: Work) -> None:
    reference = work.reference()

    proposed = cards(work, "ridge.png", "--completions", "2", "--distance", "far=4000")
    listed = work("reference", "cards", reference)
    approved = cards(work, reference, "--approve", "sky_02", "--approve", "far_01", "--by", BY)

    assert short(proposed) == [("sky_01", False), ("sky_02", False), ("far_01", False)]
    with Image.open(proposed["sheet"]) as sheet:
        assert sheet.width > 1000
    assert f"{reference}_sky_02  sky  completion 2, by proposal; proposed" in listed.out
    assert "look at" not in listed.out, "nothing was proposed again"
    assert short(approved) == [("sky_01", False), ("sky_02", True), ("far_01", True)]
    assert [card["distance_m"] for card in approved["cards"]] == [None, None, 4000.0]
    assert approved["cards"][1]["approved_by"] == BY


def test_lines_make_cards_beside_those_that_stand(work: Work) -> None:
    work.reference()
    path = work.outside / "ridge.svg"
    path.write_text(LINES.format(a=150, b=150))
    cards(work, "ridge.png", "--completions", "1")

    drawn = cards(work, "ridge.png", "--lines", str(path), "--completions", "1")
    again = cards(work, "ridge.png", "--lines", str(path), "--completions", "1")

    assert [card["made_by"] for card in drawn["cards"]] == [
        "proposal",
        "proposal",
        "ridge.svg",
        "ridge.svg",
    ]
    assert again["cards"] == drawn["cards"]


@pytest.mark.parametrize(
    ("words", "says", "code"),
    [
        (("ridge.png", "--approve", "far_01"), "an approved card has a person", 2),
        (("ridge.png", "--approve", "sea_01", "--by", BY), "has no card 'sea_01'", 2),
        (("ridge.png", "--distance", "far"), "--distance 'far' is not LABEL=METRES", 2),
        (("ridge.png", "--mirror", "hills"), "no card label 'hills'", 2),
        (("ridge.png", "--lines", "none.svg"), "none.svg", 2),
        (("valley.png",), "no reference is called 'valley.png'", 2),
        (("ridge.png", "--again", "--approve", "far_01", "--by", BY), "not both at once", 2),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(
    work: Work, words: tuple[str, ...], says: str, code: int
) -> None:
    work.reference()
    rows = work.rows()

    said = work("reference", "cards", *words, code=code)

    assert says in said.sentence
    assert "->" in said.err
    assert work.rows() == rows


@pytest.mark.slow
def test_another_processor_cuts_and_completes_the_same_cards(
    work: Work, tmp_path: Path
) -> None:
    if os.uname().machine != "x86_64":
        pytest.skip("the promise is for x86-64 with AVX2")
    work.reference()
    path = work.outside / "ridge.svg"
    path.write_text(LINES.format(a=150, b=150))
    words = ("ridge.png", "--lines", str(path), "--completions", "1")
    here = cards(work, *words)

    said = process(
        *("--show", str(work.root), "reference", "cards", *words, "--again", "--json"),
        env=older_processor(),
    )

    assert said.code == 0, said.err
    there = json.loads(said.out)["cards"][len(here["cards"]) :]
    assert [c["picture_digest"] for c in there] == [c["picture_digest"] for c in here["cards"]]
