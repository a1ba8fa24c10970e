"""A canvas goes out to a host, a hand paints on it, and it comes back with a name on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from layered import Layered, employing, only, paint, panned, two_references
from seamline.cli.main import main
from seamline.errors import ColourError, FormatError, InputError, RefusedError, ShowError
from seamline.pixels.picture import Picture
from seamline.show.frames import frame_path
from seamline.show.seam import Box
from seamline.show.variation import Variation, Version
from seamline.steps import book
from seamline.steps.audit import audit
from seamline.steps.by_hand import export
from seamline.steps.grade import grade
from seamline.steps.main_job import brought_back, painted_anew
from seamline.steps.rebuild import rebuild
from seamline.steps.softness import beneath_strokes
from tiny import TinyShow
from typed import runner

NOTE = "boulder taken out"
STROKE = (slice(20, 26), slice(30, 40))
COLOUR = np.array([0.7, 9.5, -0.125], np.float32)


@pytest.fixture
def pan(tiny_show: TinyShow) -> tuple[TinyShow, str]:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    panned(tiny_show)
    tiny_show.studio.keyring.create("R. Lind", None)
    return tiny_show, str(paint(tiny_show)["id"])


def out(show: TinyShow, element_id: str, name: str = "out.exr") -> tuple[str, Picture]:
    path = str(show.material / name)
    export(show.studio, element_id[:3], element_id, path)
    return path, show.studio.images.read(path)


def changed(picture: Picture, **planes: Any) -> Picture:
    return replace(picture, channels={**picture.channels, **planes})


def stroke(picture: Picture, layer: str, *, alpha: float = 1.0) -> Picture:
    planes = {}
    for i, c in enumerate("RGB"):
        planes[f"{layer}.{c}"] = picture.channels[f"{layer}.{c}"].copy()
        planes[f"{layer}.{c}"][STROKE] = COLOUR[i] * alpha
    planes[f"{layer}.A"] = picture.channels[f"{layer}.A"].copy()
    planes[f"{layer}.A"][STROKE] = alpha
    return changed(picture, **planes)


def back(show: TinyShow, element_id: str, picture: Picture, **said: Any) -> dict[str, Any]:
    path = str(show.material / "back.exr")
    show.studio.images.write(path, picture)
    words = {"by": "R. Lind", "note": NOTE, **said}
    return brought_back(show.studio, element_id[:3], element_id, path, **words)


def variation_of(show: TinyShow, document: dict[str, Any]) -> tuple[Version, Variation]:
    (entry,) = document["variations"]
    version = book.version(show.studio.ledger, entry["id"])
    return version, book.variation_of(show.studio.ledger, version)


def layers(show: TinyShow, variation: Variation) -> dict[str, Picture]:
    return {f.name: show.studio.blobs.picture(f.digest) for f in variation.layers}


def test_what_goes_out_is_every_layer_and_all_of_it_flat(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    _, picture = out(show, first)

    stored = layers(show, only(show))
    for name, layer in stored.items():
        for c in "RGBA":
            np.testing.assert_array_equal(picture.channels[f"{name}.{c}"], layer.channels[c])
    far = stored["far"].channels
    sky = stored["sky"].channels
    clear = (stored["mist"].channels["A"] == 0) & (far["A"] == 0)
    np.testing.assert_array_equal(picture.channels["G"][clear], sky["G"][clear])
    assert picture.attributes["seamline:layers"][1] == "sky,far,mist"
    assert picture.attributes["seamline:colourspace"][1] == "ACEScg"
    assert {"guide.need", "guide.keep"} <= set(picture.channels)


def test_an_untouched_canvas_is_the_version_it_came_from(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    _, picture = out(show, first)
    rows = sum(1 for _ in show.studio.ledger.rows())

    document = back(show, first, picture)

    assert [v["id"] for v in document["variations"]] == [first]
    assert document["changed"] == {}
    assert "no pixel was touched" in document["says"][0]
    assert sum(1 for _ in show.studio.ledger.rows()) == rows


def test_an_untouched_canvas_that_a_host_wrote_as_half_is_that_version_too(
    pan: tuple[TinyShow, str],
) -> None:
    show, first = pan
    _, picture = out(show, first)
    halves = {n: p.astype(np.float16) for n, p in picture.channels.items()}

    document = back(show, first, replace(picture, channels=halves))

    assert [v["id"] for v in document["variations"]] == [first]


def test_exactly_the_painted_pixels_change_and_name_their_painter(
    pan: tuple[TinyShow, str],
) -> None:
    show, first = pan
    base = only(show)
    before = layers(show, base)
    _, picture = out(show, first)

    version, variation = variation_of(show, back(show, first, stroke(picture, "far")))

    assert version.id == "042_env_b01_v002"
    after = layers(show, variation)
    mask = np.zeros(before["far"].channels["A"].shape, bool)
    mask[STROKE] = True
    for name in ("sky", "far", "mist"):
        for c in "RGBA":
            same = before[name].channels[c] == after[name].channels[c]
            assert same[~mask].all(), (name, c)
        if name != "far":
            assert before[name].channels["G"][mask].tolist() == (
                after[name].channels["G"][mask].tolist()
            )
    for i, c in enumerate("RGB"):
        assert (after["far"].channels[c][mask] == COLOUR[i]).all()
    sources = [
        show.studio.blobs.picture(f.lineage_digest).channels["source"]
        for v in (base, variation)
        for f in v.layers
        if f.name == "far"
    ]
    np.testing.assert_array_equal(sources[0] != sources[1], mask)
    assert [(w.by, w.note, w.layers) for w in variation.hands] == [("R. Lind", NOTE, ("far",))]
    assert dict(variation.shares)["hand: R. Lind"] > 0


def test_a_pixel_painted_by_hand_is_traced_to_the_hand(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    _, picture = out(show, first)
    wide = {c: picture.channels[f"mist.{c}"].copy() for c in "RGBA"}
    for i, c in enumerate("RGB"):
        wide[c][:] = COLOUR[i]
    wide["A"][:] = 1
    painted = changed(picture, **{f"mist.{c}": plane for c, plane in wide.items()})
    version, _ = variation_of(show, back(show, first, painted))

    element = frame_path(show.studio.shelf.element_pattern(version.id), 1001)
    said = audit(show.studio, element, (32, 4), again=True)

    assert said["origin"] == "hand: R. Lind"
    assert said["note"] == NOTE
    assert said["rebuilt"] is True
    assert [hand["by"] for hand in said["hands"]] == ["R. Lind"]


def test_what_came_back_is_made_again_from_its_sources_and_hands(
    pan: tuple[TinyShow, str],
) -> None:
    show, first = pan
    show.studio.keyring.create("A. Sund", None)
    _, picture = out(show, first)
    version, _ = variation_of(show, back(show, first, stroke(picture, "far", alpha=0.5)))
    _, again = out(show, version.id, "again.exr")
    twice = stroke(again, "sky")

    last, variation = variation_of(
        show, back(show, version.id, twice, by="A. Sund", note="star")
    )

    assert last.id == "042_env_b01_v003"
    assert [w.by for w in variation.hands] == ["R. Lind", "A. Sund"]
    assert rebuild(show.studio, variation) == ["sky", "far", "mist"]


def test_a_new_layer_stands_before_all_others(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    _, picture = out(show, first)
    none = np.zeros_like(picture.channels["A"])
    fresh = stroke(changed(picture, **{f"birds.{c}": none for c in "RGBA"}), "birds")

    version, variation = variation_of(show, back(show, first, fresh))

    assert [f.name for f in variation.layers] == ["sky", "far", "mist", "birds"]
    comp = show.studio.images.read(
        frame_path(show.studio.shelf.element_pattern(version.id), 1001)
    )
    assert float(comp.channels["G"].max()) == pytest.approx(9.5, rel=1e-3)
    assert rebuild(show.studio, variation)[-1] == "birds"


def test_the_same_strokes_taken_in_twice_are_one_version(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    _, picture = out(show, first)
    painted = stroke(picture, "far")

    ids = [back(show, first, painted)["variations"][0]["id"] for _ in range(2)]

    assert ids[0] == ids[1]


def test_grades_of_layers_hold_for_what_was_painted_over(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    grade(show.studio, "042", first, "far", exposure_stops=0.5)
    _, picture = out(show, first)

    version, _ = variation_of(show, back(show, first, stroke(picture, "far")))

    assert [g.layer for g in version.grades] == ["far"]


def test_another_layer_is_painted_anew_behind_a_hands_strokes(
    pan: tuple[TinyShow, str],
) -> None:
    show, first = pan
    _, picture = out(show, first)
    version, by_hand = variation_of(show, back(show, first, stroke(picture, "far")))

    document = painted_anew(show.studio, "042", version.id, "sky", variations=1)

    _, anew = variation_of(show, document)
    kept = {f.name: f.digest for f in by_hand.layers}
    found = {f.name: f.digest for f in anew.layers}
    assert found["far"] == kept["far"]
    assert found["sky"] != kept["sky"]
    assert [w.by for w in anew.hands] == ["R. Lind"]
    assert rebuild(show.studio, anew)


def _nan(picture: Picture) -> Picture:
    plane = picture.channels["far.R"].copy()
    plane[3, 5] = np.nan
    return changed(picture, **{"far.R": plane})


def _alpha(picture: Picture) -> Picture:
    plane = picture.channels["far.A"].copy()
    plane[3, 5] = 1.5
    return changed(picture, **{"far.A": plane})


def _flat(picture: Picture) -> Picture:
    plane = picture.channels["G"].copy()
    plane[3, 5] += 1
    return changed(picture, G=plane)


def _cut(picture: Picture) -> Picture:
    return replace(
        picture,
        channels={n: p[:, :-1] for n, p in picture.channels.items()},
        data_window=(0, 0, picture.data_window[2] - 1, picture.data_window[3]),
        display_window=(0, 0, picture.data_window[2] - 1, picture.data_window[3]),
    )


def _without_alpha(picture: Picture) -> Picture:
    return replace(
        picture, channels={n: p for n, p in picture.channels.items() if n != "far.A"}
    )


def _named(picture: Picture) -> Picture:
    channels = {n.replace("far.", "Far Range."): p for n, p in picture.channels.items()}
    return replace(picture, channels=channels)


def _other_space(picture: Picture) -> Picture:
    attributes = {**picture.attributes, "colorInteropID": ("string", "lin_rec709_scene")}
    return replace(picture, attributes=attributes)


@pytest.mark.parametrize(
    ("spoil", "error", "says"),
    [
        (_nan, InputError, r"layer far is not finite at 5,3"),
        (_alpha, InputError, r"layer far has an alpha outside 0 to 1 at 5,3"),
        (_flat, InputError, r"flat picture \(R, G, B, A\) was painted on"),
        (_cut, FormatError, r"and the canvas \d+x\d+"),
        (_without_alpha, FormatError, r"layer far has no A"),
        (_named, InputError, r"called 'Far Range' cannot be a file's name"),
        (_other_space, ColourError, r"a canvas is painted in ACEScg"),
    ],
)
def test_what_cannot_be_taken_back_is_refused_and_nothing_is_written(
    pan: tuple[TinyShow, str],
    spoil: Callable[[Picture], Picture],
    error: type[Exception],
    says: str,
) -> None:
    show, first = pan
    _, picture = out(show, first)
    rows = sum(1 for _ in show.studio.ledger.rows())

    with pytest.raises(error, match=says):
        back(show, first, spoil(picture))

    assert sum(1 for _ in show.studio.ledger.rows()) == rows


def test_a_hand_needs_a_name_and_words(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    _, picture = out(show, first)

    with pytest.raises(RefusedError):
        back(show, first, picture, by="Nobody")
    with pytest.raises(InputError, match="nothing says what was done"):
        back(show, first, picture, note="  ")
    with pytest.raises(ShowError, match="belongs to 042, not to 043"):
        export(show.studio, "043", first, "x.exr")
    with pytest.raises(InputError, match="no name for an EXR"):
        export(show.studio, "042", first, "x.png")


def test_the_plates_own_pixels_are_not_painted_on(tiny_show: TinyShow) -> None:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    tiny_show.static_shot(
        "042", frames=1, box=Box(x=20, y=8, width=20, height=12), one_surface=True
    )
    tiny_show.studio.keyring.create("R. Lind", None)
    first = str(paint(tiny_show)["id"])
    _, picture = out(tiny_show, first)

    with pytest.raises(InputError, match=r"where the plate's own pixels stand, at 30,20"):
        back(tiny_show, first, stroke(picture, "far"))


def test_a_host_that_converted_everything_is_named(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    _, picture = out(show, first)
    planes = {f"sky.{c}": picture.channels[f"sky.{c}"] * np.float32(1.0001) for c in "RGB"}

    document = back(show, first, changed(picture, **planes))

    assert "layer sky: 100% of it changed by next to nothing" in document["says"][0]


def test_the_shell_takes_a_canvas_out_and_back(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    path = str(show.material / "shell.exr")
    run = runner().invoke

    gone = run(main, ["canvas", "export", "042", first, path, "--show", str(show.root)])
    assert gone.exit_code == 0, gone.output
    show.studio.images.write(path, stroke(show.studio.images.read(path), "far"))
    words = ["canvas", "import", path, "--from", first, "--by", "R. Lind", "--note", NOTE]
    came = run(main, [*words, "--show", str(show.root), "--json"])

    assert came.exit_code == 0, came.output
    document = json.loads(came.stdout)
    assert document["changed"] == {"far": 60}
    assert document["variations"][0]["id"] == "042_env_b01_v002"


def test_a_shots_name_alone_still_lays_its_canvas_out(pan: tuple[TinyShow, str]) -> None:
    show, _ = pan

    said = runner().invoke(main, ["canvas", "042", "--show", str(show.root)])

    assert said.exit_code == 0, said.output
    assert "sphere canvas" in said.output


def test_a_few_strokes_do_not_say_how_sharp_the_rest_is(pan: tuple[TinyShow, str]) -> None:
    show, first = pan
    base = only(show)
    _, picture = out(show, first)
    few = variation_of(show, back(show, first, stroke(picture, "far")))[0]
    _, again = out(show, few.id)

    _, twice = variation_of(show, back(show, few.id, stroke(again, "sky")))

    assert len(twice.hands) == 2
    assert beneath_strokes(show.studio, twice) == base
    shares = (("hand: R. Lind", 0.4), ("hills", 0.6))
    assert beneath_strokes(show.studio, replace(twice, shares=shares)).hands == twice.hands
