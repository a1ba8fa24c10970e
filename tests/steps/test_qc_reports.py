"""QC reports: what a supervisor reads is what was measured, of the frames that stand."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from seamline.errors import ShowError, TamperError
from seamline.formats.qc_drawn import gauge
from seamline.show.frames import FrameRange, frame_path
from seamline.show.review import Finding
from seamline.show.seam import Seam
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.main_job import painted
from seamline.steps.qc import Reported, qc
from seamline.steps.qc_pictures import pictured
from seamline.steps.qc_report import finding_record, verdict
from seamline.steps.review import choose
from tiny import AP1, TinyShow, frame_of, lower_half


def paint(show: TinyShow, **said: Any) -> str:
    words = {"variations": 1, "seed": 1, "generator": "neutral", **said}
    return str(painted(show.studio, "S_010", **words)["variations"][0]["id"])


def one(show: TinyShow, element: str | None = None) -> Reported:
    (report,) = qc(show.studio, "S_010", element)
    return report


class Read(HTMLParser):
    """Tags in order, text, and whether every tag was closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(report: Reported) -> Read:
    return Read(Path(report.page).read_text(encoding="utf-8"))


def decoded(uri: str) -> Any:
    return np.asarray(Pillow.open(io.BytesIO(base64.b64decode(uri.split(",", 1)[1]))))


# -- what is written --------------------------------------------------------


def test_a_report_is_two_files_beside_the_shot_and_says_the_same_in_both(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot()
    element = paint(tiny_show)

    report = one(tiny_show)

    folder = tiny_show.root / "shots/S_010/qc"
    assert sorted(p.name for p in folder.iterdir()) == [f"{element}.html", f"{element}.json"]
    assert json.loads(Path(report.numbers).read_text()) == report.document
    words = " ".join(page(report).text)
    assert report.document["verdict"]["says"] in words
    for found in report.document["findings"]:
        assert found["says"] in words
    for digest in report.document["rests_on"].values():
        assert digest in words


def test_the_page_fetches_nothing_runs_nothing_and_every_picture_has_words(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot()
    paint(tiny_show)
    report = one(tiny_show)
    html = Path(report.page).read_text(encoding="utf-8")

    read = page(report)

    assert read.open == []
    assert "<script" not in html
    assert "url(" not in html
    assert "http" not in html.replace("http-equiv", "")
    policy = next(m["content"] for m in read.all("meta") if m.get("http-equiv"))
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert len(read.all("img")) >= 4  # comp, plate, and both along the seam
    for image in read.all("img"):
        assert str(image["src"]).startswith("data:image/jpeg;base64,")
        assert "frame" in (image["alt"] or "") or "seam" in (image["alt"] or "")
    heads = [tag for tag, _ in read.tags if re.fullmatch(r"h[1-6]", tag)]
    assert heads[0] == "h1"
    assert heads.count("h1") == 1


def test_the_same_version_gives_the_same_report_whenever_it_is_written(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot()
    paint(tiny_show)
    first = one(tiny_show).document

    tiny_show.clock.moment = "2027-01-01T00:00:00Z"
    second = one(tiny_show).document

    assert second.pop("at") != first.pop("at")
    assert second == first


def test_another_signature_or_finding_is_another_digest(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    element = paint(tiny_show)
    before = one(tiny_show).document["digest"]

    tiny_show.studio.keyring.create("M. Okafor", None)
    choose(tiny_show.studio, "S_010", element, by="M. Okafor")

    report = one(tiny_show)
    assert report.document["chosen_by"] == "M. Okafor"
    assert report.document["digest"] != before


# -- which versions ---------------------------------------------------------


def test_without_a_choice_every_variation_is_reported_on_and_then_the_chosen_one(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot()
    paint(tiny_show)
    paint(tiny_show, seed=7)

    both = [r.document["id"] for r in qc(tiny_show.studio, "S_010")]
    tiny_show.studio.keyring.create("M. Okafor", None)
    choose(tiny_show.studio, "S_010", both[1], by="M. Okafor")

    assert len(both) == 2
    assert [r.document["id"] for r in qc(tiny_show.studio, "S_010")] == [both[1]]


def test_what_is_not_there_is_refused_in_one_sentence(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    with pytest.raises(ShowError, match="nothing has been painted"):
        qc(tiny_show.studio, "S_010")
    element = paint(tiny_show)
    for shot, name, says in (
        ("S_020", None, "no shot 'S_020'"),
        ("S_010", "S_010_env_b09_v001", "has not been painted"),
    ):
        with pytest.raises(ShowError, match=says):
            qc(tiny_show.studio, shot, name)
    assert not (tiny_show.root / "shots/S_010/qc").exists()
    comp = frame_path(tiny_show.studio.shelf.comp_pattern(element), 1001)
    tiny_show.studio.shelf.remove(comp)
    with pytest.raises(ShowError, match="does not stand on disk"):
        qc(tiny_show.studio, "S_010", element)


def test_a_frame_that_was_painted_over_is_not_reported_on(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    element = paint(tiny_show)
    comp = frame_path(tiny_show.studio.shelf.comp_pattern(element), 1001)
    tiny_show.studio.images.write(comp, frame_of(np.full((36, 64, 3), 0.5, np.float32)))

    with pytest.raises(TamperError, match="not the frame that was published"):
        qc(tiny_show.studio, "S_010")


# -- what it shows ----------------------------------------------------------


def said(**words: Any) -> dict[str, Any]:
    base = {"check": "halo", "verdict": "fail", "says": "a rim", "measured": 0.3, "limit": 0.1}
    place = words.pop("place", None)
    return {**finding_record(Finding(**{**base, **words})), "place": place}


def version_with(show: TinyShow, mark: tuple[int, int]) -> tuple[Version, str]:
    """A version whose plate is live everywhere below, with one white pixel at ``mark``."""

    def look(number: int) -> Any:
        rgb = np.full((36, 64, 3), 0.18, np.float32)
        rgb[mark[1], mark[0]] = 4.0
        return rgb

    show.static_shot(rgb=look)
    element = paint(show)
    return book.version(show.studio.ledger, element), element


def test_the_picture_of_a_finding_is_cut_where_it_lies(tiny_show: TinyShow) -> None:
    version, _ = version_with(tiny_show, (41, 30))
    place = {"x": 40, "y": 29, "width": 3, "height": 3}

    shown, pictures = pictured(tiny_show.studio, version, [said(frame=1002, place=place)])

    comp, plate = shown["closer"][0]
    for one_of in (comp, plate):
        picture = pictures[one_of["picture"]]
        mark = one_of["marks"][0]
        height, width = picture.shape[:2]
        row, column = np.unravel_index(int(picture.mean(-1).argmax()), (height, width))
        assert mark["x"] * width <= column < (mark["x"] + mark["width"]) * width
        assert mark["y"] * height <= row < (mark["y"] + mark["height"]) * height
    assert (comp["of"], plate["of"]) == ("Comp", "Plate")
    assert comp["frame"] == 1002


def test_pictures_of_a_squeezed_plate_are_desqueezed(tiny_show: TinyShow) -> None:
    anamorphic = {"chromaticities": AP1, "PixelAspectRatio": ("float", 2.0)}
    frames = FrameRange(first=1001, last=1002)
    rgb = np.full((36, 64, 3), 0.18, np.float32)
    pattern = tiny_show.plate("S_010", frames, lambda _: frame_of(rgb, attributes=anamorphic))
    add_shot(tiny_show.studio, "S_010", plate=pattern, static=True, frames=frames)
    matte = tiny_show.matte("S_010", frames, lambda _: lower_half(36, 64))
    set_seam(tiny_show.studio, Seam(shot="S_010", version=1, matte=matte))
    version = book.version(tiny_show.studio.ledger, paint(tiny_show))

    shown, pictures = pictured(tiny_show.studio, version, [])

    whole = [pictures[one["picture"]].shape for one in shown["overview"]]
    assert whole == [(36, 128, 3)] * 2


def test_fails_come_first_and_what_was_not_seen_is_never_a_pass() -> None:
    told = verdict(
        [
            Finding(check="lens", verdict="pass", says="."),
            Finding(check="halo", verdict="fail", says="."),
            Finding(check="sun", verdict="not checked", says="."),
            Finding(check="margin", verdict="not comparable", says="."),
        ]
    )

    assert told["says"] == (
        "1 of 2 checks fails: halo; 1 could not be checked; 1 could not be compared."
    )
    unseen = verdict([Finding(check="sun", verdict="not checked", says=".")])
    assert unseen["says"] == "Nothing could be checked; 1 could not be checked."


def test_a_page_shows_number_limit_curve_and_outline_of_a_fail(tiny_show: TinyShow) -> None:
    version, _ = version_with(tiny_show, (41, 30))
    report = one(tiny_show).document
    place = {"x": 40, "y": 29, "width": 3, "height": 3}
    findings = [said(unit="stops", frame=1001, place=place), said(check="flicker", frame=1002)]
    report = {
        **report,
        "findings": findings,
        "curves": [
            {
                "check": "flicker",
                "says": "Level",
                "unit": "%",
                "limit": 0.5,
                "frames": [1001, 1002, 1003],
                "values": [0.0, None, -0.75],
            }
        ],
    }
    shown, pictures = pictured(tiny_show.studio, version, findings)

    html = tiny_show.studio.papers.qc_page({**report, **shown}, pictures).decode()
    read = Read(html)

    words = " ".join(read.text)
    assert "<b>0.3 stops</b>, limit 0.1 stops" in html
    assert "3 x 3 px at 40, 29 from the top left" in words
    drawn = [a["aria-label"] for a in read.all("svg") if a.get("aria-label")]
    assert drawn == ["Level: worst -0.75 % in frame 1003"]
    assert len([r for r in read.all("rect") if r.get("class") == "over"]) >= 3
    assert any("1 halo outlined" in str(i["alt"]) for i in read.all("img"))


def test_every_layer_of_the_match_is_told_with_what_it_rests_on(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    element = paint(tiny_show)
    match = book.version(tiny_show.studio.ledger, element).match
    assert match is not None

    report = one(tiny_show)

    words = " ".join(page(report).text)
    told = {layer["layer"]: layer for layer in report.document["match"]}
    assert list(told) == ["cdl", "shadow", "haze", "wrap", "sharpness", "grain"]
    for name, layer in match.layers:
        assert (told[name]["on"], told[name]["changes"]) == (layer.on, layer.changes)
        assert layer.says in words
    assert f"seed {match.grain.seed}" in told["grain"]["numbers"]
    assert told["wrap"]["on"] is False


def test_a_bar_is_drawn_only_where_number_and_verdict_agree() -> None:
    low, wide = gauge(-4.6, 0.2, "stops", failed=True), gauge(0.1, 0.2, "stops", failed=False)

    bars = [
        float(w) for said in (low, wide) for w in re.findall(r'width="([\d.]+)" height', said)
    ]
    assert bars == [
        100.0,
        100.0,
        100.0,
        25.0,
    ]  # track and bar: beyond the scale; half the limit
    assert "-4.6 stops" in low
    for said in (
        gauge(0.1, 0.2, "stops", failed=True),
        gauge(3.0, 0.0, "px", failed=True),
        gauge(3.0, None, "px", failed=True),
    ):
        assert "<svg" not in said
    assert gauge(None, 0.2, "stops", failed=False) == ""


def test_what_was_measured_over_frames_comes_with_its_unit_and_limit(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot(frames=3)
    paint(tiny_show)

    report = one(tiny_show).document

    assert report["curves"]
    known = {f["check"]: f for f in report["findings"]}
    for told in report["curves"]:
        assert len(told["frames"]) == len(told["values"])
        assert set(told["frames"]) <= {1001, 1002, 1003}
        found = known[told["check"]]
        assert (told["unit"], told["limit"]) == (found["unit"], found["limit"])
        assert max(abs(v) for v in told["values"]) == pytest.approx(abs(found["measured"]))
    assert report["examined"].startswith("all 3 frames")


def test_words_from_outside_stay_words(tiny_show: TinyShow) -> None:
    version, _ = version_with(tiny_show, (41, 30))
    evil = "<script>alert(1)</script>\"' onload=x"
    findings = [replace(f, says=evil) for f in version.findings]
    report = one(tiny_show).document
    shown, pictures = pictured(tiny_show.studio, version, [])

    html = tiny_show.studio.papers.qc_page(
        {
            **report,
            **shown,
            "findings": [finding_record(f) for f in findings],
            "lock": [evil],
            "examined": evil,
            "chosen_by": evil,
        },
        pictures,
    ).decode()

    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert Read(html).open == []


def test_a_concept_shot_without_a_plate_is_reported_on_too(tiny_show: TinyShow) -> None:
    add_shot(tiny_show.studio, "S_010", static=True)
    paint(tiny_show)

    read = page(one(tiny_show))

    assert [i["alt"] for i in read.all("img")] == ["S_010, Comp, frame 1001"]
