"""What leaves the show as a document can be read by whom it is for."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import PyOpenColorIO as OCIO
import pytest
from PIL import Image as Pillow

from seamline.errors import FormatError, InputError
from seamline.formats.cdl import cdl_file, read_cdl
from seamline.formats.nk_read import Node, parse
from seamline.formats.papers import PaperFiles
from seamline.formats.polygon import read_polygon
from seamline.ports import Tile
from seamline.show.cdl import CDL

MATCH = CDL(
    id="042_0110_env_b03_v001",
    slope=(1.02, 1 / 3, 0.98),
    offset=(0.01, 0.0, -0.02),
    power=(1.0, 1.1, 0.9),
    saturation=0.95,
    description="fitted on the grey card, frame 1012\n<by hand> & eye",
)


# -- CDL --------------------------------------------------------------------


def test_a_cdl_file_gives_the_same_numbers_back_and_names_its_space() -> None:
    document = cdl_file(MATCH)

    assert read_cdl(document) == MATCH
    assert b"<InputDescription>ACEScct</InputDescription>" in document
    assert b"without clamping" in document


def test_another_program_reads_the_same_cdl(tmp_path: Path) -> None:
    (tmp_path / "match.cc").write_bytes(cdl_file(MATCH))

    read = OCIO.CDLTransform.CreateFromFile(str(tmp_path / "match.cc"), MATCH.id)

    np.testing.assert_allclose(read.getSlope(), MATCH.slope, rtol=1e-15)
    np.testing.assert_allclose(read.getOffset(), MATCH.offset, rtol=1e-15)
    np.testing.assert_allclose(read.getPower(), MATCH.power, rtol=1e-15)
    assert read.getSat() == MATCH.saturation


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ((b"<InputDescription>ACEScct</InputDescription>", b""), "no colour space"),
        ((b"1.02", b"-1.02"), "Slope is '-1.02'"),
        ((b"1.02 ", b""), "Slope has 2 numbers"),
        ((b"0.95", b"nan"), "Saturation is 'nan'"),
        ((b"ColorCorrection", b"Grade"), "<Grade>"),
        ((b"</SATNode>", b""), "no XML"),
        ((b"<ColorCorrection", b"<!DOCTYPE x><ColorCorrection"), "definitions of its own"),
    ],
)
def test_a_cdl_that_could_mean_anything_is_refused(
    change: tuple[bytes, bytes], says: str
) -> None:
    document = cdl_file(MATCH)
    broken = document.replace(*change)
    assert broken != document

    with pytest.raises(FormatError, match=says):
        read_cdl(broken)


# -- Nuke -------------------------------------------------------------------


def _comp(**changes: Any) -> dict[str, Any]:
    return {
        "name": "042_0110_env_b03_v001",
        "frames": (1001, 1024),
        "width_px": 1998,
        "height_px": 1080,
        "pixel_aspect": 2.0,
        "rate": "24000/1001",
        "plate": {"pattern": "/plates/042/042_0110.####.exr", "colourspace": "ARRI LogC4"},
        "element": {"pattern": "element/a.%04d.exr", "colourspace": "ACEScg"},
        "matte": {"pattern": "matte/a.%04d.exr"},
        "comp": {"pattern": "comp/a.%04d.exr", "colourspace": "ARRI LogC4"},
        "cdl": MATCH,
        "config_path": "config.ocio",
        "working_space": "ACEScg",
    } | changes


def _nodes(**changes: Any) -> dict[str, Node]:
    return {n.name or n.kind: n for n in parse(PaperFiles().nuke_script(_comp(**changes)))}


def test_a_nuke_script_puts_the_graded_element_over_the_plate_by_the_matte() -> None:
    nodes = _nodes()

    merge = nodes["element_over_plate"]

    assert merge.kind == "Merge2"
    assert [n.name for n in merge.inputs if n] == ["plate", "match_cdl", "generated_matte"]
    assert merge.knobs["operation"] == "over"
    assert merge.knobs["maskChannelInput"] == "rgba.alpha"
    assert [n.name for n in nodes["match_cdl"].inputs if n] == ["element"]
    viewed = nodes["Viewer1"].inputs
    assert [n.name for n in viewed if n] == ["element_over_plate", "delivered_comp"]


def test_a_nuke_script_reads_the_right_files_in_the_right_space() -> None:
    nodes = _nodes()

    here = "[file dirname [value root.name]]"
    assert nodes["element"].knobs["file"] == f"{here}/element/a.%04d.exr"
    assert nodes["plate"].knobs["file"] == "/plates/042/042_0110.%04d.exr"
    assert nodes["plate"].knobs["colorspace"] == "ARRI LogC4"
    assert nodes["plate"].knobs["raw"] == "false"
    assert nodes["generated_matte"].knobs["raw"] == "true"
    assert "colorspace" not in nodes["generated_matte"].knobs
    for name in ("plate", "element", "generated_matte", "delivered_comp"):
        assert (nodes[name].knobs["first"], nodes[name].knobs["last"]) == ("1001", "1024")


def test_a_nuke_script_opens_with_the_show_s_config_format_and_rate() -> None:
    root = _nodes()["042_0110_env_b03_v001"]

    assert root.kind == "Root"
    assert root.knobs["colorManagement"] == "OCIO"
    assert root.knobs["customOCIOConfigPath"].endswith("/config.ocio")
    assert root.knobs["workingSpaceLUT"] == "ACEScg"
    assert root.knobs["format"] == "1998 1080 0 0 1998 1080 2 042_0110_env_b03_v001"
    assert abs(float(root.knobs["fps"]) - 23.976024) < 1e-6


def test_a_nuke_script_carries_the_cdl_to_the_last_digit() -> None:
    cdl = _nodes()["match_cdl"]

    assert cdl.kind == "OCIOCDLTransform"
    assert tuple(float(v) for v in cdl.knobs["slope"].split()) == MATCH.slope
    assert tuple(float(v) for v in cdl.knobs["offset"].split()) == MATCH.offset
    assert cdl.knobs["working_space"] == "ACEScct"


def test_a_grade_suggested_for_the_live_side_stands_on_the_plate_switched_off() -> None:
    cdl = CDL(id="s", offset=(-0.04, -0.06, -0.11), description="SUGGESTION: 5600 K to 3400 K")

    nodes = _nodes(suggestion=cdl, layers=(_layer("sky"), _layer("far")))

    merge = nodes["element_over_plate"]
    above = next(n.name for n in merge.inputs if n)
    assert above == "suggested_for_live_element_over_plate"
    for branch in ("element_over_plate", "layers_over_plate"):
        node = nodes[f"suggested_for_live_{branch}"]
        assert [n.name for n in node.inputs if n] == ["plate"]
        assert node.knobs["disable"] == "true"
        assert "SUGGESTION: 5600 K to 3400 K" in node.knobs["label"]
        assert tuple(float(v) for v in node.knobs["offset"].split()) == cdl.offset
    assert "suggested" not in " ".join(_nodes())


def test_a_concept_frame_without_a_plate_has_nothing_to_merge() -> None:
    nodes = _nodes(plate=None, matte=None)

    assert "element_over_plate" not in nodes
    assert [n.name for n in nodes["Viewer1"].inputs if n] == ["match_cdl", "delivered_comp"]


def _layer(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "pattern": f"layers/{name}/a_{name}.%04d.exr",
        "colourspace": "ARRI LogC4",
        "cdl": CDL(id=name),
        "opacity": 1.0,
        "says": f"{name}: 900 m",
    } | changes


def test_layers_go_over_one_another_from_the_back_in_a_branch_of_their_own() -> None:
    nodes = _nodes(layers=tuple(_layer(n) for n in ("sky", "far", "near")))

    def names(node: str) -> list[str]:
        return [n.name for n in nodes[node].inputs if n]

    assert names("near_over") == ["far_over", "near_cdl"]  # B, then A
    assert names("far_over") == ["sky_cdl", "far_cdl"]
    assert names("far_cdl") == ["layer_far"]
    assert names("match_cdl_of_layers") == ["near_over"]
    assert names("layers_over_plate") == ["plate", "match_cdl_of_layers", "generated_matte"]
    assert names("element_over_plate") == ["plate", "match_cdl", "generated_matte"]
    assert names("Viewer1") == ["element_over_plate", "delivered_comp", "layers_over_plate"]
    assert nodes["far_cdl"].knobs["unpremult"] == "rgba.alpha"
    assert nodes["layer_far"].knobs["label"] == "far: 900 m"
    assert nodes["match_cdl_of_layers"].knobs["slope"] == nodes["match_cdl"].knobs["slope"]


def test_plate_and_matte_are_read_once_for_both_branches() -> None:
    script = PaperFiles().nuke_script(_comp(layers=(_layer("sky"), _layer("far"))))

    kinds = [n.kind for n in parse(script)]
    assert kinds.count("Read") == 6  # plate, matte, element, comp and two layers
    assert kinds.count("Viewer") == 1


def test_once_a_layer_is_graded_its_branch_is_the_one_to_look_at() -> None:
    thin = _layer("far", cdl=CDL(id="far", saturation=0.8), opacity=0.5)

    nodes = _nodes(layers=(_layer("sky"), thin))

    viewed = [n.name for n in nodes["Viewer1"].inputs if n]
    assert viewed == ["layers_over_plate", "delivered_comp", "element_over_plate"]
    assert nodes["far_cdl"].knobs["saturation"] == "0.8"
    assert nodes["far_opacity"].knobs["value"] == "0.5"
    assert [n.name for n in nodes["far_over"].inputs if n] == ["sky_cdl", "far_opacity"]


def test_layers_without_a_plate_are_merged_all_the_same() -> None:
    nodes = _nodes(plate=None, matte=None, layers=(_layer("sky"), _layer("far")))

    viewed = [n.name for n in nodes["Viewer1"].inputs if n]
    assert viewed == ["match_cdl", "delivered_comp", "match_cdl_of_layers"]
    assert "layers_over_plate" not in nodes


def test_a_path_cannot_run_anything_in_nuke() -> None:
    evil = '/plates/[exec rm -rf ~]/$env(HOME)/a "b".%04d.exr'

    nodes = _nodes(plate={"pattern": evil, "colourspace": "ACEScg"})

    held = nodes["plate"].knobs["file"]
    assert re.sub(r"\\(.)", r"\1", held) == evil
    assert not re.search(r"(?<!\\)[\[$]", held)
    assert set(_nodes()) == set(nodes)


def test_a_script_by_nuke_s_own_hand_is_parsed_too() -> None:
    script = b"""#! /usr/local/Nuke15.0v4/libnuke-15.0.4.so -nx
version 15.0 v4
Root { inputs 0 name {/a b/c.nk} }
Read { inputs 0 name A }
set N7a [stack 0]
Grade { white {1 1.2 1 1} name G }
push $N7a
push 0
Merge2 { inputs 2+1 name M }
"""
    merge = parse(script)[-1]

    assert [n.name if n else None for n in merge.inputs] == [None, "A", "G"]


# -- contact sheet ----------------------------------------------------------


def _tile(level: float, width: int = 96, height: int = 54, **words: Any) -> Tile:
    rgb = np.full((height, width, 3), level, np.float32)
    return Tile(rgb=rgb, title=words.get("title", "b01"), lines=words.get("lines", ("a", "b")))


def test_a_contact_sheet_is_a_png_with_every_picture_on_it() -> None:
    levels = [0.2, 0.4, 0.6, 0.8, 1.0]

    content = PaperFiles().contact_sheet(
        [_tile(level) for level in levels], title="DEMO_010", columns=3
    )
    sheet = np.asarray(Pillow.open(io.BytesIO(content)))

    assert content.startswith(b"\x89PNG")
    for level in levels:
        patch = round(level * 255)
        assert (sheet == patch).all(axis=-1).sum() >= 480 * 270 * 0.98, level
    surround = sheet[2, 2]
    assert len(set(surround.tolist())) == 1  # neutral
    assert surround[0] < 60  # and dark


def test_a_contact_sheet_is_the_same_twice_and_takes_any_size_and_length() -> None:
    tiles = [
        _tile(0.3, 7, 91, title="a very long title " * 20, lines=()),
        _tile(float("nan"), 400, 30, lines=("light: FAIL", "x" * 400)),
    ]

    first, second = (
        PaperFiles().contact_sheet(tiles, title="Übersicht", columns=5) for _ in range(2)
    )

    assert first == second
    assert Pillow.open(
        io.BytesIO(PaperFiles().contact_sheet([], title="none", columns=4))
    ).width


def test_a_printed_sheet_says_show_shot_version_and_view_on_every_page() -> None:
    from pypdf import PdfReader

    ids = [f"042_0110_env_b{n:02d}_v001" for n in range(1, 9)]
    tiles = [_tile(n / 8, title=name, lines=("light: FAIL",)) for n, name in enumerate(ids)]
    about = "frame 1012 of 1001-1024, seen through sRGB - Display / ACES 1.0 - SDR Video"

    first, second = (
        PaperFiles().contact_pdf(tiles, title="Nordwand  042_0110", about=about)
        for _ in range(2)
    )
    read = PdfReader(io.BytesIO(first))
    pages = [page.extract_text() for page in read.pages]

    assert first == second
    assert len(pages) == 2  # six on a page
    for number, text in enumerate(pages, 1):
        assert "Nordwand 042_0110" in " ".join(text.split())
        assert about in " ".join(text.split())
        assert f"page {number} of 2" in text
        assert "no calibrated reference" in text
    assert [name in pages[0] for name in ids] == [True] * 6 + [False] * 2
    assert [name in pages[1] for name in ids] == [False] * 6 + [True] * 2
    assert (read.metadata.title, read.metadata.subject) == ("Nordwand  042_0110", about)
    levels = [
        round(float(np.asarray(picture.image.convert("RGB")).mean()))
        for page in read.pages
        for picture in page.images
    ]
    assert sorted(levels) == pytest.approx([255 * n / 8 for n in range(8)], abs=1)


# -- review sheet -----------------------------------------------------------


class _Read(HTMLParser):
    """Collects tags, attributes and text, and whether every tag is closed in order."""

    VOID = frozenset({"meta", "img", "input", "br", "link"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def _variation(number: int, **changes: Any) -> dict[str, Any]:
    name = f"DEMO_010_env_b{number:02d}_v001"
    return {
        "id": name,
        "number": number,
        "title": "aitzgorri",
        "chosen": False,
        "signed_by": "",
        "comps": [{"frame": f, "picture": f"{number}.{f}"} for f in (1001, 1012)],
        "clean": [{"frame": 1012, "picture": f"{number}.clean"}],
        "findings": [
            {"check": "light", "verdict": "fail", "says": "134 mired apart, limit 15 mired"},
            {"check": "lens", "verdict": "pass", "says": "35 mm, lock 35 mm"},
            {"check": "margin", "verdict": "not comparable", "says": "different things"},
            {"check": "height", "verdict": "not checked", "says": "no camera height"},
        ],
        "notes": [],
        "references": [
            {"id": "ab", "name": "a.jpg", "share": 0.82, "owner": "A. B.", "licence": "CC-BY"}
        ],
        "warning": "",
    } | changes


def _page(*variations: dict[str, Any], **changes: Any) -> tuple[bytes, _Read]:
    page = {
        "shot": "DEMO_010",
        "show": "Demo show",
        "frames": "1001-1024",
        "view": "sRGB - Display / ACES 1.0 - SDR Video",
        "lock": ["lens 35 mm on 24.89 mm", "5600 K"],
        "notes": [],
        "plate": [{"frame": 1012, "picture": "plate"}],
        "variations": list(variations),
    } | changes
    keys = {s["picture"] for v in variations for s in [*v["comps"], *v["clean"]]} | {"plate"}
    grey = np.full((9, 16, 3), 0.5, np.float32)
    content = PaperFiles().review_page(page, dict.fromkeys(keys, grey))
    return content, _Read(content.decode())


def test_the_review_sheet_is_one_file_that_fetches_nothing() -> None:
    content, read = _page(_variation(1), _variation(2))

    assert read.open == []
    for tag, attributes in read.tags:
        for name in ("src", "href", "action", "srcset", "poster", "data"):
            value = attributes.get(name) or ""
            assert value == "" or value.startswith(("data:image/jpeg;base64,", "#")), (
                tag,
                value,
            )
    assert b"http" not in content.replace(b"http-equiv", b"")
    assert b"url(" not in content
    assert b"@import" not in content
    policy = next(m["content"] for m in read.all("meta") if m.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_the_review_sheet_says_everything_that_was_found() -> None:
    signed = _variation(1, chosen=True, signed_by="m.okafor")
    warned = _variation(2, warning="The dusk light does not fit the noon meadow.")

    text = " ".join(_page(signed, warned)[1].text)

    for words in (
        "DEMO_010",
        "1001-1024",
        "sRGB - Display / ACES 1.0 - SDR Video",
        "The look is for viewing only",
        "lens 35 mm on 24.89 mm",
        "signed by m.okafor",
        "134 mired apart, limit 15 mired",
        "not comparable",
        "not checked",
        "The dusk light does not fit the noon meadow.",
        "82 %",
        "CC-BY",
        "2 variations, 2 with a failed check",
    ):
        assert words in text, words


def test_every_picture_on_the_sheet_is_a_jpeg_with_words() -> None:
    _, read = _page(_variation(1))

    shown = [image for image in read.all("img") if image.get("src")]

    assert len(shown) >= 4
    for image in shown:
        assert "frame" in (image["alt"] or "")
        assert str(image["src"]).startswith("data:image/jpeg;base64,/9j/")


def test_words_from_outside_stay_words() -> None:
    evil = "<script>alert(1)</script>\"' onload=x"

    content, read = _page(
        _variation(1, title=evil, warning=evil, notes=[evil], signed_by=evil, chosen=True),
        shot=evil,
        show=evil,
        lock=[evil],
        notes=[evil],
        view=evil,
    )

    assert len(read.all("script")) == 1
    assert not any("onload" in attributes for _, attributes in read.tags)
    assert content.count(b"<script") == 1


def test_a_concept_sheet_has_no_plate_and_a_lonely_variation_still_compares() -> None:
    _, read = _page(_variation(1, comps=[{"frame": 1001, "picture": "a"}], clean=[]), plate=[])

    assert all(image.get("data-of") != "plate" for image in read.all("img"))
    assert [o["value"] for o in read.all("option")][:1] == ["DEMO_010_env_b01_v001/comp"]


def test_the_plate_may_be_named_by_frame() -> None:
    _, read = _page(_variation(1), plate={1012: "plate"})

    assert any(image.get("data-of") == "plate" for image in read.all("img"))


def test_a_sheet_before_anything_is_painted_is_still_a_sheet() -> None:
    _, read = _page(plate=[])

    assert read.open == []


def test_the_same_review_sheet_twice_is_the_same_file() -> None:
    assert _page(_variation(1))[0] == _page(_variation(1))[0]


# -- polygon ----------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["[[0, 0], [10.5, 0], [10, 20]]", "0,0\n10.5,0\n10,20\n", "# roof\n\n0 0\n10.5 0\n 10\t20"],
)
def test_a_polygon_is_read_either_way(tmp_path: Path, text: str) -> None:
    (tmp_path / "roof.txt").write_text(text)

    assert read_polygon(str(tmp_path / "roof.txt")) == ((0.0, 0.0), (10.5, 0.0), (10.0, 20.0))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "0 points"),
        (b"1,2\n3,4\n", "2 points"),
        (b"1,2\n3,4\n5,six\n", "line 3"),
        (b"[[1,2],[3,4],[5]]", "point 3"),
        (b"[[1,2],[3,4],[5,NaN]]", "lies at 5,nan"),
        (b"[[1,2],", "no valid JSON"),
        (b"\xff\xfe", "no text"),
        (b"1,2\n3,4\n5,1e300\n", "lies at"),
    ],
)
def test_a_polygon_that_is_none_names_the_place(
    tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "roof.txt").write_bytes(content)

    with pytest.raises(FormatError, match=says) as refused:
        read_polygon(str(tmp_path / "roof.txt"))

    assert "roof.txt" in str(refused.value)


def test_a_missing_polygon_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"roof\.txt") as refused:
        read_polygon(str(tmp_path / "roof.txt"))

    assert refused.value.exit_code == 2
