"""What was made of a shot, how two of it differ, and what nobody decided about yet."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from test_by_hand import back, out, stroke

from layered import Layered, employing, paint, panned, two_references
from seamline.cli.main import main
from seamline.errors import ApprovalError, InputError, RefusedError, ShowError
from seamline.pixels.difference import difference
from seamline.show.frames import frame_path
from seamline.steps import book
from seamline.steps.compare import compare
from seamline.steps.deliver import deliver
from seamline.steps.grade import grade
from seamline.steps.history import as_tree, history
from seamline.steps.lock import set_lock
from seamline.steps.main_job import painted, painted_anew
from seamline.steps.permission import reinstate, revoke
from seamline.steps.prune import prune
from seamline.steps.reference import add_reference, find, require
from seamline.steps.render import render
from seamline.steps.review import choose, require_choice, unchoose
from seamline.steps.sign import sign
from seamline.steps.stale import MATCH, PAINTING, stale, uses_of
from seamline.steps.status import status
from tiny import APPROVED, TinyShow
from typed import runner


@pytest.fixture
def pan(tiny_show: TinyShow) -> tuple[TinyShow, str]:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    panned(tiny_show)
    tiny_show.studio.keyring.create("R. Lind", None)
    return tiny_show, str(paint(tiny_show)["id"])


LOCK = "[light]\nkey_azimuth_deg = 10\nkey_elevation_deg = {0}\n"


def test_the_tree_tells_who_changed_what_and_how_much(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    _, picture = out(show, first)
    by_hand = back(show, first, stroke(picture, "far"))["variations"][0]["id"]
    anew = painted_anew(show.studio, "042", first, "sky", variations=1)["variations"][0]["id"]
    grade(show.studio, "042", anew, "far", exposure_stops=0.5)
    graded = render(show.studio, "042", [book.variations(show.studio.ledger, "042")[-1]])[0].id

    nodes = {node.element: node for node in history(show.studio, "042")}

    assert {i: n.parent for i, n in nodes.items()} == {
        first: "", by_hand: first, anew: first, graded: anew
    }  # fmt: skip
    assert nodes[first].changed[0].startswith("painted by layered, seed 1")
    assert nodes[by_hand].changed == ("by hand, R. Lind on far: boulder taken out",)
    assert nodes[by_hand].by == "R. Lind"
    assert nodes[anew].changed == ("sky painted anew, seed 2",)
    assert nodes[graded].changed == ("other grades of layers",)
    assert nodes[first].share is None
    hand_share, sky_share = nodes[by_hand].share, nodes[anew].share
    assert hand_share is not None
    assert sky_share is not None
    assert 0 < hand_share < 0.1 < sky_share < 0.6  # the lower half is live
    assert all(n.at.startswith("20") for n in nodes.values())
    tree = as_tree(history(show.studio, "042"))
    assert next(line for line in tree if by_hand in line).startswith("├─ ")
    assert next(line for line in tree if graded in line).startswith("   └─ ")


def test_two_versions_are_compared_by_picture_and_by_finding(
    pan: tuple[TinyShow, str],
) -> None:
    show, first = pan
    _, picture = out(show, first)
    second = back(show, first, stroke(picture, "far"))["variations"][0]["id"]

    said = compare(show.studio, first, second)
    same = compare(show.studio, first, first)

    comps = [
        show.studio.images.read(frame_path(show.studio.shelf.comp_pattern(i), 1001)).rgb()
        for i in (first, second)
    ]
    other = (comps[0] != comps[1]).any(axis=-1)
    assert said["frame"] == 1001
    assert said["difference"]["share"] == pytest.approx(other.mean())
    rows, columns = np.nonzero(other)
    x, y, width, height = said["difference"]["place"]
    assert (x, y) == (columns.min(), rows.min())
    assert (x + width, y + height) == (columns.max() + 1, rows.max() + 1)
    assert {row["check"] for row in said["findings"]} == {
        f.check for i in (first, second) for f in book.version(show.studio.ledger, i).findings
    }
    assert show.studio.shelf.read(said["picture"])[:4] == b"\x89PNG"
    assert same["difference"]["place"] is None


def test_difference_counts_what_is_no_number() -> None:
    a = np.zeros((4, 6, 3), np.float32)
    a[1, 2] = np.nan
    b = a.copy()
    assert difference(a, b)[0].share == 0
    b[1, 2], b[3, 4, 1] = 0.5, 0.25

    found, each = difference(a, b)

    assert found.share == pytest.approx(2 / 24)
    assert found.place == (2, 1, 3, 3)
    assert each[1, 2] == 1
    assert each[3, 4] == 0.25


def test_pictures_of_two_shots_and_pruned_ones_are_not_compared(
    pan: tuple[TinyShow, str],
) -> None:
    show, first = pan
    panned(show, name="043")
    other = str(paint(show, "043")["id"])

    with pytest.raises(ShowError, match=r"is of 042 and .* of 043"):
        compare(show.studio, first, other)
    with pytest.raises(ShowError, match="has frames 1001-1002, not 1003"):
        compare(show.studio, first, first, frame=1003)
    prune(show.studio)
    with pytest.raises(ShowError, match="pruned"):
        compare(show.studio, other, other)


def test_a_choice_is_taken_back_and_nothing_published_changes(
    pan: tuple[TinyShow, str],
) -> None:
    show, first = pan
    choose(show.studio, "042", first, by="R. Lind")
    element = frame_path(show.studio.shelf.element_pattern(first), 1001)
    before = show.studio.shelf.file_sha256(element)

    unchoose(show.studio, "042", by="R. Lind")

    assert book.chosen(show.studio.ledger, "042") is None
    assert show.studio.shelf.file_sha256(element) == before
    with pytest.raises(RefusedError, match="no variation has been chosen"):
        require_choice(show.studio, "042")
    with pytest.raises(RefusedError, match="no variation has been chosen"):
        unchoose(show.studio, "042", by="R. Lind")
    choose(show.studio, "042", first, by="R. Lind")
    assert require_choice(show.studio, "042").element == first


def test_status_says_whose_turn_it_is(tiny_show: TinyShow) -> None:
    show = tiny_show
    employing(show, Layered())
    two_references(show)
    panned(show)
    show.studio.keyring.create("R. Lind", None)
    turns = []

    def turn() -> None:
        (one,) = status(show.studio)
        turns.append((one.waits_on, one.next.split(" ")[0]))

    turn()
    first = str(paint(show)["id"])
    turn()
    choose(show.studio, "042", first, by="R. Lind")
    turn()
    sign(show.studio, first, by="R. Lind", passphrase=None)
    turn()
    deliver(show.studio, "042", str(show.root / "out"))
    turn()

    assert turns == [
        ("artist", "set"),
        ("director", "choose"),
        ("supervisor", "review"),
        ("producer", "deliver"),
        ("", ""),
    ]


def test_another_light_makes_the_painting_stale_and_says_so(
    pan: tuple[TinyShow, str],
) -> None:
    show, first = pan
    version = book.version(show.studio.ledger, first)
    assert stale(show.studio, version) == ()

    set_lock(show.studio, "042", LOCK.format(40), where="lock.toml")

    found = stale(show.studio, version)
    assert [why.what for why in found] == [PAINTING, MATCH]
    assert "another light than lock v1" in found[0].says
    (one,) = status(show.studio)
    assert one.stale[0][:2] == (first, PAINTING)


def test_another_plate_makes_the_match_stale_and_the_painting_not(
    pan: tuple[TinyShow, str],
) -> None:
    show, first = pan
    shot = book.shot(show.studio.ledger, "042")
    assert shot.plate is not None
    plate = replace(shot.plate, digest="ab" * 32, digests=("cd" * 32, *shot.plate.digests[1:]))
    book.write(show.studio.ledger, "shot", replace(shot, version=2, plate=plate))

    found = stale(show.studio, book.version(show.studio.ledger, first))

    assert [why.what for why in found] == [MATCH]
    assert "shot v2" in found[0].says


def test_a_revoked_reference_paints_no_more_and_names_what_it_painted(
    pan: tuple[TinyShow, str],
) -> None:
    show, first = pan
    gone = find(show.studio, "range.exr")
    share = dict(book.variations(show.studio.ledger, "042")[0].shares)[gone.id]

    revoke(show.studio, "range.exr", by="R. Lind", reason="licence ended")

    assert [(u.element, u.share) for u in uses_of(show.studio, gone.id)] == [(first, share)]
    with pytest.raises(ApprovalError, match=r"R\. Lind revoked it .*: licence ended"):
        require(show.studio, find(show.studio, gone.id), "paint")
    with pytest.raises(ApprovalError, match="licence ended"):
        painted_anew(show.studio, "042", first, "far", variations=1)
    (why,) = stale(show.studio, book.version(show.studio.ledger, first))
    assert why.what == PAINTING
    assert "licence ended" in why.says
    assert len(book.versions(show.studio.ledger, "042")) == 1
    fresh = painted(show.studio, "042", variations=1, seed=7, generator="layered")
    shares = book.variations(show.studio.ledger, "042")[-1].shares
    assert gone.id not in dict(shares)
    assert any("licence ended" in word for word in fresh["variations"][0]["says"])


def test_what_was_revoked_does_not_come_back_under_another_name(
    pan: tuple[TinyShow, str],
) -> None:
    show, _ = pan
    revoke(show.studio, "range.exr", by="R. Lind", reason="licence ended")
    again = show.studio.images.read(str(show.material / "range.exr"))
    path = str(show.material / "other.exr")
    show.studio.images.write(path, replace(again, attributes={}))

    for name in (str(show.material / "range.exr"), path):
        with pytest.raises(ApprovalError, match="licence ended"):
            add_reference(show.studio, name, replace(APPROVED, owner="range"))

    back_again = reinstate(show.studio, "range.exr", by="R. Lind", reason="renewed")
    require(show.studio, back_again, "paint")
    with pytest.raises(InputError, match="is not revoked"):
        reinstate(show.studio, "range.exr", by="R. Lind", reason="renewed")


def test_a_replaced_reference_is_painted_from_no_more(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    old = find(show.studio, "range.exr")
    pixels = np.random.default_rng(9).uniform(0.1, 0.9, (150, 240, 3)).astype(np.float32)

    show.reference("range2.exr", pixels, hfov_deg=50.0, owner="range", replaces="range.exr")

    with pytest.raises(ApprovalError, match=r"range2\.exr .* took its place"):
        require(show.studio, old, "paint")
    (why,) = stale(show.studio, book.version(show.studio.ledger, first))
    assert "range2.exr took its place" in why.says
    painted(show.studio, "042", variations=1, seed=2, generator="layered")
    assert old.id not in dict(book.variations(show.studio.ledger, "042")[-1].shares)


def test_the_shell_tells_the_tree_the_status_and_the_uses(pan: tuple[TinyShow, str]) -> None:
    show, first = pan

    def run(*words: str) -> str:
        said = runner().invoke(main, [*words, "--show", str(show.root)])
        assert said.exit_code == 0, said.output
        return said.output

    assert first in run("versions", "042")
    assert json.loads(run("versions", "042", "--json"))["versions"][0]["id"] == first
    assert "director: choose a variation" in run("status")
    assert "the pictures are the same" in run("compare", first, first)
    gone = run(
        "reference", "revoke", "range.exr", "--by", "R. Lind", "--reason", "licence ended"
    )
    assert f"of {first}" in gone
    assert "stale, painting" in run("status", "042")
    run("choose", "042", first, "--by", "R. Lind")
    assert "nothing chosen any more" in run("choose", "042", "--none", "--by", "R. Lind")
    run("reference", "reinstate", "range.exr", "--by", "R. Lind", "--reason", "renewed")
