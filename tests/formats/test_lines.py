"""An artist's few lines are read as they were drawn, and whatever else is said so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest
from PIL import Image as Pillow

from seamline.errors import FormatError, InputError
from seamline.formats.lines import COLOURS, MOST_BYTES, label_of, read_drawing
from seamline.formats.paths import parse_transform, path_points
from seamline.pixels.cards import Drawing
from seamline.show.card import LABELS

OPEN = '<polyline id="far" points="0,10 50,5 100,10"/>'
XMLNS = (
    'xmlns="http://www.w3.org/2000/svg" '
    'xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"'
)


def drawn(folder: Path, inside: str, *, head: str = 'viewBox="0 0 100 50"') -> Drawing:
    """Read a drawing of 100 x 50 units laid over a picture of 200 x 100 pixels."""
    path = folder / "lines.svg"
    path.write_text(f"<svg {XMLNS} {head}>{inside}</svg>")
    return read_drawing(str(path), 200, 100)


# -- what is drawn ----------------------------------------------------------


def test_an_open_line_is_the_upper_edge_of_its_layer_at_the_masters_size(
    tmp_path: Path,
) -> None:
    (stroke,) = drawn(tmp_path, OPEN).strokes

    assert stroke.label == "far"
    assert not stroke.closed
    assert stroke.points == ((0, 20), (100, 10), (200, 20))


def test_a_view_box_that_begins_elsewhere_is_moved_to_the_corner(tmp_path: Path) -> None:
    (stroke,) = drawn(tmp_path, OPEN, head='viewBox="-10 5 100 50"').strokes

    assert stroke.points == ((20, 10), (120, 0), (220, 10))


def test_without_a_view_box_the_page_is_as_wide_and_high_as_it_says(tmp_path: Path) -> None:
    (stroke,) = drawn(tmp_path, OPEN, head='width="400px" height="200"').strokes

    assert stroke.points == ((0, 5), (25, 2.5), (50, 5))


def test_an_outline_is_an_area(tmp_path: Path) -> None:
    inside = '<polygon class="foliage" points="1,1 9,1 9,9"/><path id="forest" d="M0 0H9V9Z"/>'

    foliage, forest = drawn(tmp_path, inside).strokes

    assert (foliage.label, foliage.closed) == ("foliage", True)
    assert (forest.label, forest.closed) == ("forest", True)
    assert forest.points == ((0, 0), (18, 0), (18, 18))


def test_inkscapes_relative_path_is_the_same_line(tmp_path: Path) -> None:
    relative = drawn(tmp_path, '<path id="far" d="m 0,10 50,-5 l 50,5"/>')

    assert relative.strokes == drawn(tmp_path, OPEN).strokes


def test_a_pencils_curve_ends_where_it_was_drawn_to(tmp_path: Path) -> None:
    (stroke,) = drawn(tmp_path, '<path id="far" d="M0,10 C 10,0 40,0 50,10"/>').strokes

    assert stroke.points[0] == (0, 20)
    assert stroke.points[-1] == (100, 20)
    # the middle of a cubic: (p0 + 3 p1 + 3 p2 + p3) / 8 = (25, 2.5)
    assert (50, 5) in stroke.points


def test_what_a_layer_was_moved_by_moves_its_lines(tmp_path: Path) -> None:
    inside = (
        '<g inkscape:label="far" transform="translate(10,20)">'
        '<path id="path7" transform="scale(2)" d="M 0,0 10,5"/></g>'
    )

    (stroke,) = drawn(tmp_path, inside).strokes

    assert stroke.label == "far"
    assert stroke.points == ((20, 40), (60, 60))


def test_a_quarter_turn_about_a_point_is_a_quarter_turn() -> None:
    turned = parse_transform("rotate(90, 10, 10)").of(20, 10)

    assert turned == pytest.approx((10, 20))


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("far", "far"),
        ("Far ridge", "far"),
        ("forest-left", "forest"),
        ("forest_2", "forest"),
        ("near2", "near"),
        ("nearest", ""),
        ("farm", ""),
        ("keep-out", "keep-out"),
        ("keep_out.3", "keep-out"),
        ("not-the-pylon", "keep-out"),
        ("nothing", ""),
        ("landmark-scree", "landmark"),
        ("horizon", "horizon"),
        ("path1234", ""),
        ("", ""),
    ],
)
def test_a_label_is_what_a_name_begins_with(said: str, label: str) -> None:
    assert label_of(said) == label


def test_a_hairline_says_nothing_and_a_thick_stroke_is_taken_at_its_word(
    tmp_path: Path,
) -> None:
    thin = drawn(tmp_path, '<polyline id="far" points="0,9 9,9" stroke-width="0.2"/>')
    thick = drawn(tmp_path, '<polyline id="far" points="0,9 9,9" style="stroke-width:3px"/>')
    group = drawn(tmp_path, f'<g stroke-width="3">{OPEN}</g>')

    assert thin.strokes[0].band_px == 0
    assert thick.strokes[0].band_px == pytest.approx(3)
    assert group.strokes[0].band_px == pytest.approx(3)


def test_the_photograph_below_and_what_is_switched_off_are_not_lines(tmp_path: Path) -> None:
    inside = (
        '<image href="ridge.jpg" width="100" height="50"/><!-- drawn at dusk -->'
        '<text>far</text><defs><path id="forest" d="M0,0 9,9"/></defs>'
        '<g style="display:none"><path id="near" d="M0,0 9,9"/></g>' + OPEN
    )

    assert [s.label for s in drawn(tmp_path, inside).strokes] == ["far"]


def test_the_lines_of_the_demo_show_are_lines(demo_material: Path) -> None:
    found = read_drawing(str(demo_material / "references" / "aitzgorri.svg"), 1640, 764)

    opened = {s.label for s in found.strokes if not s.closed}
    assert opened == {"far", "forest", "horizon"}
    assert {s.label for s in found.strokes if s.closed} == {"keep-out", "landmark"}


# -- what is refused --------------------------------------------------------

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "far"><!ENTITY b "&a;&a;&a;&a;">]>'
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50"><text>&b;</text></svg>'
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB, "declares a DOCTYPE or entities"),
        (BOMB.replace("<!DOCTYPE", "<! doctype"), "declares a DOCTYPE or entities"),
        ("", "it is no SVG"),
        ("<svg", "it is no SVG"),
        ("<html/>", "its root is <html>"),
        (f"<svg {XMLNS}>{OPEN}</svg>", "says no size"),
        (f'<svg {XMLNS} viewBox="0 0 100 x">{OPEN}</svg>', "its viewBox is '0 0 100 x'"),
        (f'<svg {XMLNS} viewBox="0 0 0 0">{OPEN}</svg>', "says no size"),
        (f'<svg {XMLNS} viewBox="0 0 nan 50">{OPEN}</svg>', "says no size"),
        (f'<svg {XMLNS} viewBox="0 0 100 100">{OPEN}</svg>', "of another shape"),
    ],
)
def test_a_file_that_is_no_drawing_is_refused_in_words(
    tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "lines.svg"
    path.write_text(text)

    with pytest.raises(FormatError, match=says) as refused:
        read_drawing(str(path), 200, 100)

    assert str(path) in str(refused.value)
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("inside", "says"),
    [
        ("", "no line in it has a layer's label"),
        ('<polygon id="keep-out" points="0,0 9,0 9,9"/>', "no line in it has a layer's label"),
        ('<path id="path12" d="M0,0 9,9"/>', "path 'path12' has no label"),
        ('<polyline id="sky" points="0,0 9,9"/>', "the sky, which has no upper edge"),
        ('<polyline id="keep-out" points="0,0 9,0 9,9"/>', "is an area, and open"),
        ('<polyline id="far" points="0,0 9"/>', "an odd number"),
        ('<polyline id="far" points="0,0 9,x"/>', "is no list of numbers"),
        ('<path id="far" d="M0,0 9,#9"/>', "neither a command nor a number"),
        ('<polyline id="far" points="0,0"/>', "has 1 points"),
        ('<polyline id="far" points="0,0 1e300,1e300"/>', "leaves the picture"),
        ('<path id="far" d="M0,0 A 5 5 0 0 1 9,9"/>', "a command 'A'"),
        ('<path id="far" d="9,9 L 1,1"/>', "begins with a number"),
        ('<path id="far" d="M0,0 L 1"/>', "'L' is followed by 1 numbers"),
        ('<path id="far" d="M0,0 Z 4"/>', "numbers follow 'Z'"),
        ('<rect id="forest" width="9" height="9"/>', "rect 'forest' is no path"),
        ('<g transform="skewX(3)"><path id="far" d="M0,0 9,9"/></g>', "skewX"),
        ('<g transform="scale(2"><path id="far" d="M0,0 9,9"/></g>', "is not understood"),
    ],
)
def test_a_line_that_cannot_be_meant_is_refused_by_name(
    tmp_path: Path, inside: str, says: str
) -> None:
    with pytest.raises(FormatError, match=says):
        drawn(tmp_path, inside)


def test_a_drawing_nested_a_hundred_thousand_deep_is_read_or_refused_not_fallen_over(
    tmp_path: Path,
) -> None:
    deep = "<g>" * 100_000 + OPEN + "</g>" * 100_000

    assert drawn(tmp_path, deep).strokes[0].label == "far"


def test_a_file_too_large_or_not_there_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "large.svg"
    large.write_bytes(b" " * (MOST_BYTES + 1))

    with pytest.raises(FormatError, match="larger than 32 MB"):
        read_drawing(str(large), 200, 100)
    with pytest.raises(InputError, match="cannot be opened"):
        read_drawing(str(tmp_path / "none.svg"), 200, 100)
    (tmp_path / "codes.svg").write_bytes(b"<svg>\xff</svg>")
    with pytest.raises(FormatError, match="byte 5 is no UTF-8"):
        read_drawing(str(tmp_path / "codes.svg"), 200, 100)


def test_several_pieces_of_one_path_are_several_lines() -> None:
    pieces = path_points("M0,0 1,1 M5,5 h2 v2 z")

    assert pieces == [(((0, 0), (1, 1)), False), (((5, 5), (7, 5), (7, 7)), True)]


# -- scribbles --------------------------------------------------------------


def scribbles(folder: Path, *, mode: str = "RGBA") -> Path:
    """A page of 20 x 10 pixels: far in its left half, sky in its upper right."""
    codes = np.zeros((10, 20, 4), np.uint8)
    codes[:, :10] = (*COLOURS["far"], 255)
    codes[:3, 10:] = (*COLOURS["sky"], 255)
    codes[5, 12] = (3, 4, 250, 255)  # a scanned blue, still blue
    codes[6, 12] = (60, 60, 200, 255)  # a smear that is nothing
    codes[7, 12] = (*COLOURS["forest"], 20)  # rubbed out
    path = folder / "scribbles.png"
    Pillow.fromarray(codes).convert(mode).save(path)
    return path


def test_scribbles_in_the_colours_of_labels_are_laid_over_the_master(tmp_path: Path) -> None:
    found = read_drawing(str(scribbles(tmp_path)), 200, 100).scribbles

    assert set(found) == {"far", "sky"}
    assert found["far"].shape == (100, 200)
    assert found["far"][:, :100].all()
    assert not found["far"][:, 100:].any()
    assert found["sky"][:30, 100:].all()
    assert int(found["sky"].sum()) == 30 * 100 + 10 * 10


def test_scribbles_without_a_transparent_background_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no transparent background"):
        read_drawing(str(scribbles(tmp_path, mode="RGB")), 200, 100)


def test_scribbles_of_another_shape_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="of another shape"):
        read_drawing(str(scribbles(tmp_path)), 200, 150)


def _exr(path: Path, *names: str) -> str:
    spec = oiio.ImageSpec(20, 10, len(names), "half")
    spec.channelnames = names
    planes = np.zeros((10, 20, len(names)), np.float16)
    planes[:5] = 1
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), spec)
    assert out.write_image(planes)
    out.close()
    return str(path)


def test_an_exr_has_a_channel_for_every_label(tmp_path: Path) -> None:
    path = _exr(tmp_path / "masks.exr", "far", "forest.alpha", "keep_out.A")

    found = read_drawing(path, 40, 20).scribbles

    assert set(found) == {"far", "forest", "keep-out"}
    assert found["forest"][:10].all()
    assert not found["forest"][10:].any()


def test_an_exr_without_a_label_says_where_the_labels_stand(tmp_path: Path) -> None:
    path = _exr(tmp_path / "masks.exr", "R", "G", "B")

    with pytest.raises(FormatError, match="nothing in it is called like a label") as refused:
        read_drawing(path, 40, 20)

    assert "cut-a-reference-into-cards" in refused.value.remedy


def test_every_label_has_a_colour_that_no_other_is_near() -> None:
    assert set(LABELS) <= set(COLOURS)
    codes = list(COLOURS.values())
    for i, one in enumerate(codes):
        for other in codes[:i]:
            assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 40
