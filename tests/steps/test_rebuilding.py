"""A painting made again from its references' files by its lineage; lies are found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from layered import Layered, employing, only, paint, panned, two_references
from seamline.errors import TamperError
from seamline.pixels.picture import Picture
from seamline.ports import CanvasPicture
from seamline.show.frames import frame_path
from seamline.show.seam import Box
from seamline.show.variation import LayerFacts, Variation
from seamline.steps import book
from seamline.steps.audit import audit
from seamline.steps.canvas import canvas_picture
from seamline.steps.rebuild import material_of, rebuild, standing_layers
from tiny import TinyShow


@pytest.fixture
def hole(tiny_show: TinyShow) -> TinyShow:
    """One surface: layers, kept plate pixels before them, and a margin."""
    employing(tiny_show, Layered())
    two_references(tiny_show)
    tiny_show.static_shot(
        "042", frames=1, box=Box(x=20, y=8, width=20, height=12), one_surface=True
    )
    paint(tiny_show)
    return tiny_show


def test_every_layer_is_made_again_bit_for_bit(hole: TinyShow) -> None:
    names = rebuild(hole.studio, only(hole))

    assert names == ["sky", "far", "mist", "plate", "margin"]


def test_no_generator_is_needed_to_make_it_again(tiny_show: TinyShow) -> None:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    panned(tiny_show)
    entry = paint(tiny_show)
    employing(tiny_show, None)

    element = frame_path(tiny_show.studio.shelf.element_pattern(entry["id"]), 1002)
    said = audit(tiny_show.studio, element, again=True)

    assert said["rebuilt"] is True
    assert said["rebuilt_layers"] == ["sky", "far", "mist"]
    assert "rebuilt" not in audit(tiny_show.studio, element)


def test_what_a_reference_is_said_to_be_since_does_not_matter(hole: TinyShow) -> None:
    # Re-declared with another lens: it would be laid out otherwise now.
    pixels = np.random.default_rng(6).uniform(0.1, 0.9, (150, 240, 3)).astype(np.float32)
    hole.reference("range.exr", pixels, hfov_deg=40.0, owner="range")

    assert rebuild(hole.studio, only(hole))


def test_the_layers_are_handed_on_as_the_generator_gave_them(hole: TinyShow) -> None:
    seen: dict[str, CanvasPicture] = {}
    variation = only(hole)
    canvas, body = book.canvas_by_digest(hole.studio.ledger, variation.ask.canvas_digest)
    seen["canvas"] = canvas_picture(hole.studio, canvas, str(body["arrays"]), "ACEScct")
    material = material_of(hole.studio, variation)
    given = Layered().layers(1, seen["canvas"], material.views)

    standing = standing_layers(hole.studio, variation, material)

    for one, other in zip(standing, given, strict=True):
        shown = other.alpha > 0
        assert (one.name, one.distance_m, one.motion_deg_s) == (
            other.name, other.distance_m, other.motion_deg_s,
        )  # fmt: skip
        np.testing.assert_array_equal(one.colour[shown], other.colour[shown])
        np.testing.assert_array_equal(one.alpha, other.alpha)
        for plane in ("source", "source_x", "source_y"):
            np.testing.assert_array_equal(
                getattr(one, plane)[shown], getattr(other, plane)[shown]
            )


# -- lies ------------------------------------------------------------------------------


def forged(
    show: TinyShow, layer: int, channel: str, change: Callable[[np.ndarray], None], what: str
) -> Variation:
    """The variation as a liar would record it: one stored picture changed, digests fitting."""
    variation = only(show)
    facts = variation.layers[layer]
    picture = show.studio.blobs.picture(getattr(facts, what))
    planes = {n: p.copy() for n, p in picture.channels.items()}
    change(planes[channel])
    digest = show.studio.blobs.put_picture(picture.with_channels(planes))
    layers: list[LayerFacts] = list(variation.layers)
    layers[layer] = replace(facts, **{what: digest})
    return replace(variation, layers=tuple(layers))


def nudge(plane: np.ndarray) -> None:
    plane[7, 9] = np.nextafter(plane[7, 9], np.float32(9))


def lift(plane: np.ndarray) -> None:
    plane[7, 9] += np.float32(2**-20)  # one step of a float near 1, where the sum lies


def one_to_the_right(plane: np.ndarray) -> None:
    plane[7, 9] += 1


@pytest.mark.parametrize(
    ("layer", "channel", "change", "what", "words"),
    [
        (0, "G", nudge, "digest", "layer sky, .* 1 pixels differ, the first at 9,7"),
        (1, "A", nudge, "digest", "layer far, .* is another picture"),
        (0, "offset.B", lift, "lineage_digest", "layer sky, .* the first at 9,7"),
        (0, "view.x", one_to_the_right, "lineage_digest", "layer sky does not point"),
        (0, "master.x", nudge, "lineage_digest", "layer sky does not point"),
        (3, "R", nudge, "digest", "layer plate, .* 1 pixels differ"),
    ],
)
def test_a_layer_or_a_lineage_that_is_off_by_the_least_step_is_a_lie(
    hole: TinyShow,
    layer: int,
    channel: str,
    change: Callable[[np.ndarray], None],
    what: str,
    words: str,
) -> None:
    lie = forged(hole, layer, channel, change, what)

    with pytest.raises(TamperError, match=words):
        rebuild(hole.studio, lie)


def replaced_file(show: TinyShow, content: bytes) -> None:
    reference = next(iter(book.references(show.studio.ledger).values()))
    blob = Path(show.studio.blobs.path(reference.file_sha256))
    blob.chmod(0o644)
    blob.write_bytes(content)


def test_a_reference_s_file_that_is_another_now_is_found(hole: TinyShow) -> None:
    other = Path(hole.picture("other.exr", np.full((150, 240, 3), 0.5, np.float32)))
    replaced_file(hole, other.read_bytes())

    with pytest.raises(TamperError, match=r"file of reference sky\.exr .* does not give"):
        rebuild(hole.studio, only(hole))


def test_a_library_that_decodes_a_reference_otherwise_is_found(hole: TinyShow) -> None:
    class Newer:
        """Reads pictures a step brighter."""

        def read(self, path: str, *, layer: str = "") -> Picture:
            picture = hole.studio.images.read(path)
            brighter = {n: p + np.float16(2**-10) for n, p in picture.channels.items()}
            return picture.with_channels(brighter)

    newer: Any = replace(hole.studio, images=Newer())
    with pytest.raises(TamperError, match="does not give the picture that was painted from"):
        rebuild(newer, only(hole))


def test_a_lineage_from_before_it_held_alpha_says_so(hole: TinyShow) -> None:
    variation = only(hole)
    facts = variation.layers[0]
    picture = hole.studio.blobs.picture(facts.lineage_digest)
    planes = {n: p for n, p in picture.channels.items() if n != "alpha"}
    digest = hole.studio.blobs.put_picture(picture.with_channels(planes))
    earlier = replace(facts, lineage_digest=digest)

    with pytest.raises(TamperError, match="does not hold its alpha"):
        rebuild(hole.studio, replace(variation, layers=(earlier, *variation.layers[1:])))
