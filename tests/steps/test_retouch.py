"""One region of one layer painted anew: outside it nothing changes, ever."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from test_by_hand import back, out, stroke

from layered import Layered, employing, paint, panned, two_references
from seamline.cli.main import main
from seamline.errors import InputError, ShowError
from seamline.generators.patch import Patch
from seamline.pixels.picture import Picture
from seamline.ports import CanvasPicture, Painted, ReferencePicture
from seamline.show.seam import Box
from seamline.show.variation import Ask, Variation, Version
from seamline.steps import book
from seamline.steps.main_job import painted_anew
from seamline.steps.rebuild import rebuild
from tiny import TinyShow
from typed import runner


class Filling(Layered):
    """Composes in layers, and fills a hole in one as the real generator does."""

    def paint(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
    ) -> Painted:
        if not canvas.standing and (canvas.keep == 1).any():
            return Patch().paint(ask, canvas, references, progress)
        return super().paint(ask, canvas, references, progress)


@pytest.fixture
def pan(tiny_show: TinyShow) -> tuple[TinyShow, str]:
    employing(tiny_show, Filling())
    two_references(tiny_show)
    panned(tiny_show)
    tiny_show.studio.keyring.create("R. Lind", None)
    return tiny_show, str(paint(tiny_show)["id"])


def size(show: TinyShow, element_id: str) -> tuple[int, int]:
    found = of(show, element_id)[1]
    plane = show.studio.blobs.picture(found.layers[0].digest).channels["A"]
    return plane.shape[0], plane.shape[1]


def of(show: TinyShow, element_id: str) -> tuple[Version, Variation]:
    version = book.version(show.studio.ledger, element_id)
    return version, book.variation_of(show.studio.ledger, version)


def region(show: TinyShow, mask: NDArray[np.bool_], name: str = "region.exr") -> str:
    path = str(show.material / name)
    window = (0, 0, mask.shape[1], mask.shape[0])
    plane = mask.astype(np.float16)
    show.studio.images.write(
        path, Picture(channels={"A": plane}, data_window=window, display_window=window)
    )
    return path


def box(show: TinyShow, element_id: str) -> NDArray[np.bool_]:
    mask = np.zeros(size(show, element_id), bool)
    mask[6:18, 20:36] = True
    return mask


def anew(show: TinyShow, first: str, layer: str, path: str, **said: Any) -> list[str]:
    words = {"variations": 1, "region": path, **said}
    document = painted_anew(show.studio, "042", first, layer, **words)
    return [str(v["id"]) for v in document["variations"]]


def planes(show: TinyShow, element_id: str, layer: str) -> dict[str, NDArray[Any]]:
    _, variation = of(show, element_id)
    facts = next(f for f in variation.layers if f.name == layer)
    stored = show.studio.blobs.picture(facts.digest).channels
    lineage = show.studio.blobs.picture(facts.lineage_digest).channels
    return {**stored, **{f"from {name}": plane for name, plane in lineage.items()}}


def test_a_region_is_another_picture_and_all_outside_is_the_same_bits(
    pan: tuple[TinyShow, str],
) -> None:
    show, first = pan
    mask = box(show, first)

    (found,) = anew(show, first, "sky", region(show, mask))

    before, after = planes(show, first, "sky"), planes(show, found, "sky")
    for name, plane in before.items():
        np.testing.assert_array_equal(plane[~mask], after[name][~mask], err_msg=name)
    assert (before["G"][mask] != after["G"][mask]).mean() > 0.9
    np.testing.assert_array_equal(before["A"], after["A"])
    kept = {f.name: (f.digest, f.lineage_digest) for f in of(show, first)[1].layers}
    for facts in of(show, found)[1].layers:
        if facts.name != "sky":
            assert (facts.digest, facts.lineage_digest) == kept[facts.name]


def test_every_pixel_of_the_region_comes_from_a_reference(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    mask = box(show, first)

    (found,) = anew(show, first, "sky", region(show, mask))

    variation = of(show, found)[1]
    after = planes(show, found, "sky")
    views = after["from source"][mask].astype(int) - 2
    assert set(views) <= set(range(len(variation.views)))
    assert rebuild(show.studio, variation) == ["sky", "far", "mist"]


def test_ten_repaints_one_after_the_other_leave_the_rest_alone(
    pan: tuple[TinyShow, str],
) -> None:
    show, first = pan
    mask = box(show, first)
    path = region(show, mask)
    standing, seen = first, set()

    for turn in range(10):
        (standing,) = anew(show, standing, "sky", path, seed=100 + turn)
        seen.add(of(show, standing)[1].layers_digest)

    before, after = planes(show, first, "sky"), planes(show, standing, "sky")
    for name, plane in before.items():
        np.testing.assert_array_equal(plane[~mask], after[name][~mask], err_msg=name)
    assert len(seen) > 1
    assert rebuild(show.studio, of(show, standing)[1])


def test_a_hands_strokes_stand_and_are_not_copied_on(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    _, picture = out(show, first)
    by_hand = back(show, first, stroke(picture, "sky"))["variations"][0]["id"]
    mask = box(show, by_hand)
    painted_by_hand = planes(show, by_hand, "sky")["from source"] >= 1 << 24

    (found,) = anew(show, by_hand, "sky", region(show, mask))

    after = planes(show, found, "sky")
    np.testing.assert_array_equal(after["from source"] >= 1 << 24, painted_by_hand & ~mask)
    assert rebuild(show.studio, of(show, found)[1])
    assert [w.by for w in of(show, found)[1].hands] == ["R. Lind"]


def test_what_lies_under_a_stroke_is_painted_over_it(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    _, picture = out(show, first)
    by_hand = back(show, first, stroke(picture, "sky"))["variations"][0]["id"]
    mask = planes(show, by_hand, "sky")["from source"] >= 1 << 24

    (found,) = anew(show, by_hand, "sky", region(show, mask))

    assert not (planes(show, found, "sky")["from source"] >= 1 << 24).any()
    assert "hand: R. Lind" not in dict(of(show, found)[1].shares)
    assert rebuild(show.studio, of(show, found)[1])


def test_the_same_region_and_seed_are_the_same_painting(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    path = region(show, box(show, first))

    assert anew(show, first, "sky", path) == anew(show, first, "sky", path)


def test_kept_plate_pixels_are_left_out_of_a_region(tiny_show: TinyShow) -> None:
    employing(tiny_show, Filling())
    two_references(tiny_show)
    tiny_show.static_shot(
        "042", frames=1, box=Box(x=20, y=8, width=20, height=12), one_surface=True
    )
    first = str(paint(tiny_show)["id"])
    whole = np.ones(size(tiny_show, first), bool)

    (found,) = anew(tiny_show, first, "env", region(tiny_show, whole))

    changed = planes(tiny_show, first, "env")["G"] != planes(tiny_show, found, "env")["G"]
    rows, columns = np.nonzero(changed)
    assert (rows.min(), rows.max() + 1) == (8, 20)
    assert (columns.min(), columns.max() + 1) == (20, 40)
    assert rebuild(tiny_show.studio, of(tiny_show, found)[1])


def test_a_region_that_says_nothing_is_refused(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    rows = sum(1 for _ in show.studio.ledger.rows())
    empty = region(show, np.zeros(size(show, first), bool), "empty.exr")
    small = region(show, np.ones((8, 8), bool), "small.exr")
    full = region(show, np.ones(size(show, first), bool), "full.exr")

    with pytest.raises(InputError, match="has nothing to paint there"):
        anew(show, first, "sky", empty)
    with pytest.raises(InputError, match="nothing of layer sky is left"):
        anew(show, first, "sky", full)
    with pytest.raises(InputError, match="is 8x8, and the canvas"):
        anew(show, first, "sky", small)
    with pytest.raises(ShowError, match="has no layer 'near'"):
        anew(show, first, "near", full)
    assert sum(1 for _ in show.studio.ledger.rows()) == rows


def test_the_shell_paints_a_region(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    path = region(show, box(show, first))
    words = ["paint", "042", "--region", path, "--show", str(show.root)]

    alone = runner().invoke(main, words)

    assert alone.exit_code == 2
    assert "--from and --layer go together" in alone.stderr
