"""Several layers, back to front: stored, held to their promise, seen as one, and traced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from layered import (
    FAR_M,
    NEAR_M,
    Layered,
    copied,
    employing,
    only,
    paint,
    panned,
    two_references,
)
from seamline.errors import GeneratorError
from seamline.ports import NOTHING, CanvasPicture, Painted, PaintedLayer, ReferencePicture
from seamline.show.frames import frame_path
from seamline.show.seam import Box
from seamline.steps import book
from seamline.steps.audit import audit
from tiny import TinyShow, frame_of, grey_and_noise


@pytest.fixture
def pan(tiny_show: TinyShow) -> tuple[TinyShow, dict[str, Any]]:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    panned(tiny_show)
    return tiny_show, paint(tiny_show)


def rgba(show: TinyShow, digest: str) -> np.ndarray:
    picture = show.studio.blobs.picture(digest)
    return np.stack([picture.channels[n] for n in "RGBA"], axis=-1)


def test_every_layer_is_stored_back_to_front_with_its_distance_and_motion(
    pan: tuple[TinyShow, dict[str, Any]],
) -> None:
    show, entry = pan

    layers = only(show).layers

    assert [(f.name, f.distance_m, f.motion_deg_s) for f in layers] == [
        ("sky", None, 0.25),
        ("far", FAR_M, 0.0),
        ("mist", NEAR_M, 0.0),
    ]
    assert [la["layer"] for la in entry["layers"]] == ["sky", "far", "mist"]
    for facts, said in zip(layers, entry["layers"], strict=True):
        read = show.studio.images.read(said["picture"])
        assert read.channels["A"].tobytes() == rgba(show, facts.digest)[..., 3].tobytes()


def test_the_element_is_what_the_camera_sees_of_all_layers_over_one_another(
    tiny_show: TinyShow,
) -> None:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    tiny_show.static_shot("042", frames=1, box=Box(x=0, y=0, width=64, height=36))

    entry = paint(tiny_show)

    flat = np.zeros((36, 64, 4))
    for facts in only(tiny_show).layers:
        front = rgba(tiny_show, facts.digest).astype(np.float64)
        flat = front + (1 - front[..., 3:]) * flat
    pattern = tiny_show.studio.shelf.element_pattern(entry["id"])
    element = tiny_show.studio.images.read(frame_path(pattern, 1001))
    np.testing.assert_allclose(element.rgb(), flat[..., :3], rtol=2**-11, atol=1e-7)
    assert (element.channels["A"] == 1).all()


def test_shares_count_what_is_seen_not_what_is_hidden(tiny_show: TinyShow) -> None:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    tiny_show.static_shot("042", frames=1, box=Box(x=0, y=0, width=64, height=36))

    entry = paint(tiny_show)

    names = {r.id: r.file_name for r in book.references(tiny_show.studio.ledger).values()}
    said = {names[i]: share for i, share in entry["shares"].items()}
    far = rgba(tiny_show, only(tiny_show).layers[1].digest)[..., 3].astype(np.float64)
    mist = np.where(np.arange(36)[:, None] >= 24, 0.25, 0.0)
    assert said["range.exr"] == pytest.approx((far * (1 - mist)).mean(), abs=2e-6)
    assert sum(said.values()) == pytest.approx(1, abs=2e-6)


def test_a_pixel_names_the_layers_it_is_made_of_front_first(tiny_show: TinyShow) -> None:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    tiny_show.static_shot("042", frames=1, box=Box(x=0, y=0, width=64, height=36))
    entry = paint(tiny_show)
    comp = frame_path(tiny_show.studio.shelf.comp_pattern(entry["id"]), 1001)

    def made_of(x: int, y: int) -> list[tuple[str, float]]:
        said = audit(tiny_show.studio, comp, (x, y))
        assert said["layer"] == max(said["layers"], key=lambda la: la["share"])["layer"]
        by_layer = [
            sum(s["share"] for s in said["sources"] if s["layer"] == la["layer"])
            for la in said["layers"]
        ]
        assert by_layer == pytest.approx([la["share"] for la in said["layers"]])
        return [(la["layer"], la["share"]) for la in said["layers"]]

    # At column 0 the line lies on row 18, so that row 18 is half range and half sky.
    assert made_of(0, 3) == [("sky", 1.0)]
    assert made_of(0, 18) == [("far", 0.5), ("sky", 0.5)]
    assert made_of(0, 30) == [("mist", 0.25), ("far", 0.75)]


def test_a_pixel_smeared_over_an_edge_is_made_of_both_sides(tiny_show: TinyShow) -> None:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    panned(tiny_show, shutter_deg=180.0)
    entry = paint(tiny_show)
    comp = frame_path(tiny_show.studio.shelf.comp_pattern(entry["id"]), 1001)

    rows = [audit(tiny_show.studio, comp, (32, y)) for y in range(18)]

    for said in rows:
        assert sum(s["share"] for s in said["sources"]) == pytest.approx(1, abs=1e-5)
        assert sum(la["share"] for la in said["layers"]) == pytest.approx(1, abs=1e-5)
    assert any(len(said["layers"]) == 2 for said in rows)


def test_kept_plate_pixels_stand_before_every_layer_bit_for_bit(tiny_show: TinyShow) -> None:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    tiny_show.static_shot(
        "042", frames=1, box=Box(x=20, y=8, width=20, height=12), one_surface=True
    )

    entry = paint(tiny_show)

    assert [f.name for f in only(tiny_show).layers] == ["sky", "far", "mist", "plate", "margin"]
    outside = np.ones((36, 64), bool)
    outside[8:20, 20:40] = False
    plate = frame_of(grey_and_noise(1001, 36, 64))
    pattern = tiny_show.studio.shelf.element_pattern(entry["id"])
    element = tiny_show.studio.images.read(frame_path(pattern, 1001))
    for name in "RGB":
        np.testing.assert_array_equal(
            element.channels[name][outside].view(np.uint16),
            plate.channels[name][outside].view(np.uint16),
        )
    assert not np.array_equal(element.channels["R"][~outside], plate.channels["R"][~outside])


# -- promises --------------------------------------------------------------------------


class Spoilt(Layered):
    """Layered, with one thing done to its layers."""

    def __init__(
        self, spoil: Callable[[tuple[PaintedLayer, ...]], Sequence[PaintedLayer]]
    ) -> None:
        self.spoil = spoil

    def spoilt(self, painted: Painted) -> Painted:
        return Painted(layers=tuple(self.spoil(painted.layers)))


Layers = tuple[PaintedLayer, ...]


def twice(layers: Layers) -> Layers:
    return (*layers, layers[0])


def named_like_a_path(layers: Layers) -> Layers:
    return (replace(layers[0], name="../sky"), *layers[1:])


def margin_alone(layers: Layers) -> Layers:
    return tuple(la for la in layers if la.name == "margin")


def overfull(layers: Layers) -> Layers:
    return (replace(layers[0], alpha=layers[0].alpha * np.float32(1.5)), *layers[1:])


def mist_before_the_plate(layers: Layers) -> Layers:
    return tuple(sorted(layers, key=lambda la: la.name == "mist"))


def plate_half_clear(layers: Layers) -> Layers:
    return tuple(
        replace(la, alpha=la.alpha * np.float32(0.999)) if la.name == "plate" else la
        for la in layers
    )


def plate_told_as_a_copy(layers: Layers) -> Layers:
    plate = layers[3]
    source = np.where(plate.alpha > 0, 0, NOTHING).astype(np.int32)
    rows, columns = plate.source_y, plate.source_x
    return (*layers[:3], replace(plate, source=source, source_x=columns, source_y=rows))


def plate_from_next_door(layers: Layers) -> Layers:
    plate = layers[3]
    x = np.minimum(plate.source_x + 1, 63).astype(np.int32)
    return (*layers[:3], replace(plate, source_x=x))


def one_bit_off(layers: Layers) -> Layers:
    sky = layers[0]
    colour = sky.colour.copy()
    colour[0, 0, 1] = np.nextafter(colour[0, 0, 1], np.float32(9))
    return (replace(sky, colour=colour), *layers[1:])


def out_of_the_picture(layers: Layers) -> Layers:
    x = layers[0].source_x.copy()
    x[0, 0] = 100_000
    return (replace(layers[0], source_x=x), *layers[1:])


def before_the_picture(layers: Layers) -> Layers:
    y = layers[0].source_y.copy()
    y[0, 0] = -1
    return (replace(layers[0], source_y=y), *layers[1:])


def no_offsets(layers: Layers) -> Layers:
    return (replace(layers[0], offset=layers[0].offset[..., :1]), *layers[1:])


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (twice, "2 layers called sky"),
        (named_like_a_path, "cannot be a file's name"),
        (margin_alone, "it returned no layer"),
        (overfull, "sky: alpha leaves 0 to 1"),
        (mist_before_the_plate, "mist: it touched plate pixels"),
        (plate_half_clear, "plate: it touched plate pixels"),
        (plate_told_as_a_copy, "plate: it touched plate pixels"),
        (plate_from_next_door, "plate: it touched plate pixels"),
        (one_bit_off, "sky: source and offset do not give its colour again"),
        (out_of_the_picture, "sky: lineage leads outside"),
        (before_the_picture, "sky: lineage leads outside"),
        (no_offsets, r"sky: offset is float32 \(36, 64, 1\)"),
    ],
    ids=lambda said: getattr(said, "__name__", ""),
)
def test_layers_that_break_a_promise_leave_no_variation(
    tiny_show: TinyShow, spoil: Callable[[Layers], Layers], words: str
) -> None:
    employing(tiny_show, Spoilt(spoil))
    two_references(tiny_show)
    # Most of it below the mist's upper end, so that mist could cover what is kept.
    tiny_show.static_shot(
        "042", frames=1, box=Box(x=20, y=8, width=20, height=12), one_surface=True
    )

    with pytest.raises(GeneratorError, match=words):
        paint(tiny_show)

    assert not list(tiny_show.studio.ledger.rows("variation"))


class Recolourist(Layered):
    """Calls pixels the plate's own and moves their colour, where nothing is kept."""

    def layers(
        self, seed: int, canvas: CanvasPicture, references: Sequence[ReferencePicture]
    ) -> list[PaintedLayer]:
        ones = np.ones(canvas.keep.shape, np.float32)
        layer = copied("env", references, 0, ones, shift=0)
        rows, columns = np.indices(ones.shape, dtype=np.int32)
        offset = np.full((*ones.shape, 3), 0.25, np.float32)
        return [
            replace(
                layer,
                source=np.full(ones.shape, -2, np.int32),
                source_x=columns,
                source_y=rows,
                offset=offset,
                colour=canvas.known + offset,
            )
        ]


def test_a_pixel_called_the_plate_s_own_has_the_plate_s_colour(tiny_show: TinyShow) -> None:
    employing(tiny_show, Recolourist())
    two_references(tiny_show)
    tiny_show.static_shot("042", frames=1)

    with pytest.raises(GeneratorError, match="moved the colour of pixels it calls the plate's"):
        paint(tiny_show)
