"""
The review sheet: one self-contained HTML file that a director can open anywhere.

Variations stand in context, side by side, each with its findings in words, its
frames, the references it was painted from and whether it was chosen and signed.
Any two of plate, comps and clean elements can be wiped against each other. The
file fetches nothing (a policy in it forbids it) and reads without its script.

Pictures come display-coded, through the show's view, and are embedded as JPEG:
they are for looking at, and nothing is ever made from them.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from seamline.formats.page import VERDICTS, data_uri, resource
from seamline.formats.page import lines as _lines
from seamline.formats.page import text as _text
from seamline.pixels.picture import Image


class Shown(TypedDict):
    """One picture of one frame: ``picture`` is its key in ``pictures``."""

    frame: int
    picture: str


class FindingWords(TypedDict):
    """A finding as the sheet shows it; ``verdict`` is one of ``show.review.VERDICTS``."""

    check: str
    verdict: str
    says: str


class ReferenceWords(TypedDict):
    """A reference and its share (0 to 1) of the painted pixels."""

    id: str
    name: str
    share: float
    owner: str
    licence: str


class VariationWords(TypedDict):
    """One variation. ``signed_by`` is empty until somebody has signed."""

    id: str
    number: int
    title: str
    chosen: bool
    signed_by: str
    comps: Sequence[Shown]
    clean: Sequence[Shown]
    findings: Sequence[FindingWords]
    notes: Sequence[str]
    references: Sequence[ReferenceWords]
    warning: NotRequired[str]


class Page(TypedDict):
    """
    What a sheet is made from.

    ``frames`` is words (``1001-1024``), ``view`` the name of the view everything
    is shown through, ``lock`` and ``notes`` are lines. ``plate`` names a picture
    per frame (a list of ``Shown``, or frame to key); empty for a concept shot.
    """

    shot: str
    show: str
    frames: str
    view: str
    lock: Sequence[str]
    notes: Sequence[str]
    plate: Sequence[Shown] | Mapping[int, str]
    variations: Sequence[VariationWords]


def review_page(page: Page, pictures: Mapping[str, Image]) -> bytes:
    """
    Return the sheet as UTF-8 HTML; the same page and pictures give the same bytes.

    Args:
        page: See ``Page``. All text is escaped.
        pictures: Key to (H, W, 3) float32, display-coded 0 to 1.
    """
    sheet = _Sheet(page, pictures)
    style, script = resource("review.css"), resource("review.js")
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{hashed}'"
    )
    title = f"{_text(page['shot'])} · review · {_text(page['show'])}"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"{sheet.header()}<main>\n{sheet.compare()}{sheet.variations()}</main>\n"
        f"{sheet.footer()}<script>{script}</script>\n</body>\n</html>\n"
    ).encode()


class _Sheet:
    """The sheet's parts, as HTML."""

    def __init__(self, page: Page, pictures: Mapping[str, Image]) -> None:
        self._page = page
        self._pictures = pictures
        self._plate = _plate_frames(page["plate"])

    def header(self) -> str:
        page = self._page
        chosen = [v for v in page["variations"] if v["chosen"]]
        state = "".join(_state(v) for v in chosen) or "<p>No variation is chosen yet.</p>"
        failed = sum(
            any(f["verdict"] == "fail" for f in v["findings"]) for v in page["variations"]
        )
        count = len(page["variations"])
        word = "variation" if count == 1 else "variations"
        return (
            '<a class="skip" href="#variations">Skip to the variations</a>\n<header>\n'
            f"<h1><small>{_text(page['show'])} · review</small>{_text(page['shot'])}</h1>\n"
            f'<div class="facts">\n<div><h2>Sheet</h2><p>Frames {_text(page["frames"])} · '
            f"{count} {word}, {failed} with a failed check</p>{state}</div>\n"
            f"<div><h2>Lock</h2>{_lines(page['lock'], 'No lock: nothing to check by.')}</div>\n"
            f"<div><h2>Notes</h2>{_lines(page['notes'], 'None.')}</div>\n</div>\n"
            f'<p class="viewing">Shown through <b>{_text(page["view"])}</b>. The look is for '
            "viewing only: it is in none of the files.</p>\n</header>\n"
        )

    def compare(self) -> str:
        choices = self._choices()
        frames = sorted({s["frame"] for v in self._page["variations"] for s in v["comps"]})
        frames = frames or [s["frame"] for s in self._plate]
        chosen = [f"{v['id']}/comp" for v in self._page["variations"] if v["chosen"]]
        keys = [key for key, _ in choices]
        second = keys.index(chosen[0]) if chosen else min(1, len(choices) - 1)
        options = [_options(choices, 0), _options(choices, second)]
        numbers = _options([(str(f), str(f)) for f in frames], len(frames) // 2)
        modes = "".join(
            f'<button type="button" data-mode="{mode}" aria-pressed="false">{word}</button>'
            for mode, word in (("wipe", "Wipe"), ("side", "Side by side"), ("flip", "Flip"))
        )
        empty = '<img alt=""><figcaption></figcaption>'
        return (
            '<section id="compare" class="needs-script" aria-labelledby="compare-title">\n'
            '<h2 id="compare-title">Compare</h2>\n<div class="controls">\n'
            f'<label>A<select id="a">{options[0]}</select></label>\n'
            f'<label>B<select id="b">{options[1]}</select></label>\n'
            f'<label>Frame<select id="frame">{numbers}</select></label>\n'
            f'<div class="modes" role="group" aria-label="Way of comparing">{modes}</div>\n'
            '<span id="flip-hint" hidden>Press X or the picture to flip.</span>\n</div>\n'
            f'<div class="stage">\n<div id="pair" class="pair wipe"><figure>{empty}</figure>'
            f'<figure>{empty}</figure><div class="cut"></div></div>\n'
            '<input id="cut" type="range" min="0" max="100" step="0.1" value="50" '
            'aria-label="Where the wipe stands, from A to B">\n</div>\n</section>\n'
        )

    def variations(self) -> str:
        plate = self._plate_card() if self._plate else ""
        cards = "".join(self._card(v) for v in self._page["variations"])
        return (
            '<section id="variations" aria-labelledby="variations-title">\n'
            '<h2 id="variations-title">Variations, in context</h2>\n'
            f'<div class="grid">\n{plate}{cards}</div>\n</section>\n'
        )

    def footer(self) -> str:
        return (
            "<footer><p>Pictures on this sheet are previews: display-coded, 8 bit. What is "
            "signed and delivered are the scene-linear EXR frames that they were made from."
            "</p></footer>\n"
        )

    def _choices(self) -> list[tuple[str, str]]:
        choices = [("plate", "Plate")] if self._plate else []
        for v in self._page["variations"]:
            choices.append((f"{v['id']}/comp", f"{_number(v)} comp"))
        for v in self._page["variations"]:
            if v["clean"]:
                choices.append((f"{v['id']}/clean", f"{_number(v)} clean element"))
        return choices

    def _plate_card(self) -> str:
        return (
            '<article class="card" aria-label="Plate">'
            f"{self._frames(self._plate, 'plate', 'plate')}"
            '<div class="words"><div class="head"><span class="number">Plate</span>'
            f"<span>as photographed</span>{_pick('plate')}</div></div></article>\n"
        )

    def _card(self, v: VariationWords) -> str:
        of = f"{_number(v)} comp"
        warning = v.get("warning", "")
        told = f'<p class="warning">{_text(warning)}</p>' if warning else ""
        state = _state(v, short=True) if v["chosen"] or v["signed_by"] else ""
        notes = _lines(v["notes"], "", kind="said")
        return (
            f'<article class="card{" chosen" if v["chosen"] else ""}" '
            f'aria-label="Variation {_number(v)}">\n'
            f"{self._frames(v['comps'], v['id'] + '/comp', of)}"
            '<div class="words">\n<div class="head">'
            f'<span class="number">{_number(v)}</span><h3>{_text(v["title"])}</h3>{state}'
            f"{_pick(v['id'] + '/comp')}</div>\n<code>{_text(v['id'])}</code>\n"
            f"{told}{_findings(v['findings'])}{_references(v['references'])}{notes}"
            f"{self._clean(v)}</div>\n</article>\n"
        )

    def _frames(self, shown: Sequence[Shown], of: str, words: str) -> str:
        if not shown:
            return ""
        middle = len(shown) // 2
        # The big picture is the middle frame; the strip has every frame, that one too.
        big = f'<figure class="big">{self._img(shown[middle], of, words)}</figure>\n'
        if len(shown) == 1:
            return big
        strip = "".join(
            f'<button type="button" aria-pressed="{"true" if n == middle else "false"}">'
            f"{self._img(one, of, words)}<span>{one['frame']}</span></button>"
            for n, one in enumerate(shown)
        )
        return f'{big}<div class="strip">{strip}</div>\n'

    def _clean(self, v: VariationWords) -> str:
        if not v["clean"]:
            return ""
        of, words = f"{v['id']}/clean", f"{_number(v)} clean element"
        shown = "".join(
            f"<figure>{self._img(one, of, words)}<figcaption>frame {one['frame']}</figcaption>"
            "</figure>"
            for one in v["clean"]
        )
        return (
            "<details><summary>Clean element, without the live action</summary>"
            f'<div class="clean">{shown}</div></details>'
        )

    def _img(self, shown: Shown, of: str, words: str) -> str:
        rgb = self._pictures[shown["picture"]]
        height, width, _ = rgb.shape
        alt = f"{self._page['shot']}, {words}, frame {shown['frame']}"
        return (
            f'<img src="{data_uri(rgb)}" alt="{_text(alt)}" width="{width}" height="{height}" '
            f'data-of="{_text(of)}" data-frame="{shown["frame"]}">'
        )


def _plate_frames(plate: Sequence[Shown] | Mapping[int, str]) -> Sequence[Shown]:
    if isinstance(plate, Mapping):
        return [Shown(frame=frame, picture=key) for frame, key in sorted(plate.items())]
    return plate


def _number(v: VariationWords) -> str:
    return f"b{v['number']:02d}"


def _options(choices: Sequence[tuple[str, str]], selected: int) -> str:
    return "".join(
        f'<option value="{_text(value)}"{" selected" if n == selected else ""}>'
        f"{_text(word)}</option>"
        for n, (value, word) in enumerate(choices)
    )


def _pick(of: str) -> str:
    buttons = "".join(
        f'<button type="button" data-compare="{_text(of)}" data-side="{side}" '
        f'aria-label="Compare as {side.upper()}">{side.upper()}</button>'
        for side in "ab"
    )
    return f'<span class="pick needs-script">{buttons}</span>'


def _state(v: VariationWords, *, short: bool = False) -> str:
    who = "" if short else f"{_number(v)} "
    if v["signed_by"]:
        return f'<span class="state signed">{who}signed by {_text(v["signed_by"])}</span>'
    return f'<span class="state">{who}chosen, not signed</span>'


def _findings(findings: Sequence[FindingWords]) -> str:
    if not findings:
        return "<p>Nothing was checked.</p>"
    open_ones = [f for f in findings if f["verdict"] != "pass"]
    passed = [f for f in findings if f["verdict"] == "pass"]
    open_ones.sort(key=lambda f: list(VERDICTS).index(f["verdict"]))
    tally = "".join(
        f'<span class="chip {kind}">{mark} {count} {verdict}</span>'
        for verdict, (kind, mark) in VERDICTS.items()
        if (count := sum(f["verdict"] == verdict for f in findings))
    )
    shown = _finding_list(open_ones) if open_ones else ""
    folded = ""
    if passed:
        word = "check" if len(passed) == 1 else "checks"
        folded = (
            f"<details><summary>{len(passed)} passed {word}</summary>{_finding_list(passed)}"
            "</details>"
        )
    return f'<div class="tally">{tally}</div>{shown}{folded}\n'


def _finding_list(findings: Sequence[FindingWords]) -> str:
    listed = []
    for f in findings:
        kind, mark = VERDICTS[f["verdict"]]
        listed.append(
            f'<li><span class="chip {kind}">{mark} {_text(f["verdict"])}</span>'
            f"<span><b>{_text(f['check'])}</b> {_text(f['says'])}</span></li>"
        )
    return f'<ul class="findings">{"".join(listed)}</ul>'


def _references(references: Sequence[ReferenceWords]) -> str:
    if not references:
        return ""
    rows = "".join(
        f"<tr><td>{round(100 * r['share'])} %</td><td>{_text(r['name'])}</td>"
        f"<td>{_text(r['owner'])}</td><td>{_text(r['licence'])}</td></tr>"
        for r in references
    )
    return f"<table><caption hidden>Painted from</caption>{rows}</table>\n"
