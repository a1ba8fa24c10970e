"""
The QC report: one self-contained HTML file that a supervisor reads before a director looks.

The verdict stands first; then what fails, each with its number against its limit and a
picture of the place; then what was not seen and why; then the rest. Nothing is fetched (a
policy in the file forbids it) and there is no script. Pictures come display-coded, through
the show's view, and are embedded as JPEG: for looking at, and nothing is made from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seamline.formats.page import data_uri, resource, text
from seamline.formats.qc_drawn import curve, gauge, number_words
from seamline.formats.qc_pieces import chip, footer, state, table, where
from seamline.formats.qc_report import FindingWords, Mark, Report, Shown, Strip
from seamline.pixels.picture import Image

QUALITY = 93
"""Finer than a review sheet's: pixels are looked at one by one here."""


def qc_page(report: Report, pictures: Mapping[str, Image]) -> bytes:
    """
    Return the report as UTF-8 HTML; the same report and pictures give the same bytes.

    Args:
        report: See ``Report``. All text is escaped.
        pictures: Key to (H, W, 3) float32, display-coded 0 to 1.
    """
    page = _Page(report, pictures)
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    parts = (
        page.overview(),
        page.fails(),
        page.unseen(),
        page.passes(),
        page.seam(),
        page.match(),
        page.references(),
        page.lock(),
        page.people(),
        page.digests(),
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(report['id'])} · QC · {text(report['show'])}</title>\n"
        f"<style>\n{resource('qc.css')}</style>\n</head>\n<body>\n"
        f'{page.header()}<main id="report">\n{"".join(parts)}</main>\n{footer(report)}'
        "</body>\n</html>\n"
    ).encode()


class _Page:
    """The report's parts, as HTML."""

    def __init__(self, report: Report, pictures: Mapping[str, Image]) -> None:
        self._report = report
        self._pictures = pictures

    def header(self) -> str:
        r, verdict = self._report, self._report["verdict"]
        kind = "fail" if verdict["failed"] else "open" if verdict["not_checked"] else "pass"
        width, height = r["size_px"]
        counts = {
            "fail": verdict["failed"],
            "not checked": verdict["not_checked"],
            "not comparable": verdict["not_comparable"],
            "pass": verdict["passed"],
        }
        tally = "".join(f"<li>{chip(word, n)}</li>" for word, n in counts.items() if n)
        return (
            '<a class="skip" href="#report">Skip to the report</a>\n<header>\n'
            f"<h1><small>{text(r['show'])} · QC</small>{text(r['id'])}</h1>\n"
            f'<p class="verdict {kind}">{text(verdict["says"])}</p>\n'
            f'<ul class="tally">{tally}</ul>\n<dl class="facts">'
            f"<dt>Frames</dt><dd>{text(r['frames'])}, {width} x {height}</dd>"
            f"<dt>Looked at</dt><dd>{text(r['examined'])}</dd>"
            f"<dt>Shown through</dt><dd>{text(r['view'])}; for viewing only</dd>"
            f"<dt>Written</dt><dd>{text(r['at'])}</dd></dl>\n</header>\n"
        )

    def overview(self) -> str:
        shown = self._report.get("overview", ())
        if not shown:
            return ""
        frames = "".join(self._figure(one) for one in shown)
        return f'<h2>The frame</h2>\n<div class="wall">{frames}</div>\n'

    def fails(self) -> str:
        failed = [
            self._finding(n, f)
            for n, f in enumerate(self._report["findings"])
            if f["verdict"] == "fail"
        ]
        return f"<h2>What fails</h2>\n{''.join(failed)}" if failed else ""

    def unseen(self) -> str:
        listed = [
            f"<li>{chip(f['verdict'])}<span><b>{text(f['check'])}</b> {text(f['says'])}</span>"
            "</li>"
            for f in self._report["findings"]
            if f["verdict"] in ("not checked", "not comparable")
        ]
        if not listed:
            return ""
        return (
            "<h2>What was not seen, and why</h2>\n"
            '<p class="soft">Not checked: something it needs is missing. Not comparable: no '
            "paired measure can exist there. Neither is a pass.</p>\n"
            f'<ul class="unseen">{"".join(listed)}</ul>\n'
        )

    def passes(self) -> str:
        rows, closer = [], []
        for n, f in enumerate(self._report["findings"]):
            if f["verdict"] != "pass":
                continue
            numbers = number_words(f["measured"], f["limit"], f["unit"])
            rows.append(
                f'<tr><th scope="row">{text(f["check"])}</th><td class="n">{numbers}</td>'
                f"<td>{text(f['says'])}</td></tr>"
            )
            seen = self._curves(f["check"]) + self._closer(n)
            closer.append(f"<h3>{text(f['check'])}</h3>\n{seen}" if seen else "")
        if not rows:
            return ""
        return (
            "<h2>What holds</h2>\n"
            + table(("Check", "Measured", "In words"), rows)
            + "".join(closer)
        )

    def seam(self) -> str:
        strips = self._report.get("strips", ())
        if not strips:
            return ""
        figures = "".join(self._strip(strip) for strip in strips)
        return (
            f"<h2>Along the seam</h2>\n<p>{text(self._report.get('seam_says', ''))}</p>\n"
            f'<div class="wall strips">{figures}</div>\n'
        )

    def match(self) -> str:
        rows = [
            f'<tr><th scope="row">{text(one["layer"])}</th>'
            f'<td>{state(one)}</td><td class="n">{text(one["numbers"])}'
            f"</td><td>{text(one['source'])}</td>"
            f"<td>{text(one['says'])}</td></tr>"
            for one in self._report["match"]
        ]
        rendered = table(("Layer", "", "Numbers", "From", "Rests on"), rows)
        return f"<h2>Match</h2>\n{rendered if rows else '<p>Nothing was matched.</p>'}"

    def references(self) -> str:
        rows = [
            f'<tr><td class="n">{100 * one["share"]:.0f} %</td><th scope="row">'
            f"{text(one['name'])}</th><td>{text(one['owner'])}</td><td>{text(one['licence'])}"
            "</td></tr>"
            for one in self._report["references"]
        ]
        rendered = table(("Share", "Reference", "Owner", "Licence"), rows)
        empty = "<p>No reference was used.</p>"
        return f"<h2>Painted from</h2>\n{rendered if rows else empty}"

    def lock(self) -> str:
        r = self._report
        said = "".join(f"<li>{text(line)}</li>" for line in r["lock"])
        agreed = f"<ul>{said}</ul>" if said else "<p>This shot has no lock.</p>"
        rows = [
            f'<tr><td>{chip(f["verdict"])}</td><th scope="row">{text(f["check"])}</th>'
            f'<td class="n">{number_words(f["measured"], f["limit"], f["unit"])}</td>'
            f"<td>{text(f['says'])}</td></tr>"
            for f in r["drift"]
        ]
        drifted = table(("", "Number", "Apart", "In words"), rows) if rows else ""
        told = f"<p>{text(r['drift_of'])}</p>" if r["drift_of"] else ""
        return f"<h2>Lock, and drift of the take</h2>\n{agreed}{told}{drifted}"

    def people(self) -> str:
        r = self._report
        signed = "".join(
            f"<li>Signed by <b>{text(s['by'])}</b> at {text(s['at'])}"
            + ("" if s["holds"] else "; something it binds has changed since, it does not hold")
            + ".</li>"
            for s in r["signed"]
        )
        chosen = (
            f"Chosen by <b>{text(r['chosen_by'])}</b>." if r["chosen_by"] else "Not chosen."
        )
        return (
            f"<h2>Who stands for it</h2>\n<p>{chosen}</p>\n"
            f"{f'<ul>{signed}</ul>' if signed else '<p>Nobody has signed this version.</p>'}\n"
        )

    def digests(self) -> str:
        listed = "".join(
            f"<dt>{text(name.replace('_', ' '))}</dt><dd><code>{text(value)}</code></dd>"
            for name, value in self._report["rests_on"].items()
        )
        return (
            '<h2>What this report rests on</h2>\n<p class="soft">Digests are of pixels and '
            "records, never of files. The same digest below means: the same pixels, the same "
            f'numbers, the same findings.</p>\n<dl class="facts">{listed}'
            f"<dt>all of it</dt><dd><code>{text(self._report['digest'])}</code></dd></dl>\n"
        )

    def _finding(self, number: int, f: FindingWords) -> str:
        told = ", ".join(where(f))
        return (
            f'<article class="finding fail" id="finding-{number + 1}" '
            f'aria-labelledby="title-{number + 1}">\n<div class="head">'
            f'<span class="mark">{number + 1}</span><h3 id="title-{number + 1}">'
            f"{text(f['check'])}</h3>{chip(f['verdict'])}"
            f'<span class="where">{text(told)}</span></div>\n<p>{text(f["says"])}</p>\n'
            f"{gauge(f['measured'], f['limit'], f['unit'], failed=True)}"
            f"{self._curves(f['check'])}{self._closer(number)}</article>\n"
        )

    def _closer(self, number: int) -> str:
        shown = self._report.get("closer", {}).get(number, ())
        if not shown:
            return ""
        return f'<div class="wall">{"".join(self._figure(one) for one in shown)}</div>\n'

    def _curves(self, check: str) -> str:
        return "".join(
            curve(
                one["frames"], one["values"], unit=one["unit"], limit=one["limit"],
                words=one["says"],
            )
            for one in self._report["curves"]
            if one["check"] == check
        )  # fmt: skip

    def _figure(self, shown: Shown) -> str:
        scale = shown.get("scale", 1)
        told = [f"{shown['of']}, frame {shown['frame']}"]
        told += [f"at {scale}:1"] if "scale" in shown else []
        named = [self._name(mark["finding"]) for mark in shown["marks"]]
        of = f"; {', '.join(named)} outlined" if named else ""
        wide = self._pictures[shown["picture"]].shape[1] * scale
        exact = f' style="width:{wide}px"' if "scale" in shown else ""
        image = self._img(shown["picture"], ", ".join(told) + of)
        caption = f"<figcaption>{text(', '.join(told))}</figcaption>"
        return (
            f'<figure><div class="seen{" close" if scale > 1 else ""}"{exact}>'
            f"{image}{self._outlines(shown['marks'])}</div>{caption}</figure>"
        )

    def _name(self, finding: int) -> str:
        found = self._report["findings"][finding]
        number = f"{finding + 1} " if found["verdict"] == "fail" else ""
        return f"{number}{found['check']}"

    def _outlines(self, marks: Sequence[Mark]) -> str:
        """Return the outlines over a picture; those of fails with their number."""
        if not marks:
            return ""
        drawn = "".join(
            f'<rect class="{kind}" x="{m["x"]:.5f}" y="{m["y"]:.5f}" width="{m["width"]:.5f}" '
            f'height="{m["height"]:.5f}"/>'
            for m in marks
            for kind in ("under", "over")
        )
        names = "".join(
            f'<b aria-hidden="true" style="left:{100 * m["x"]:.2f}%;top:{100 * m["y"]:.2f}%">'
            f"{m['finding'] + 1}</b>"
            for m in marks
            if self._report["findings"][m["finding"]]["verdict"] == "fail"
        )
        return (
            '<svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">'
            f"{drawn}</svg>{names}"
        )

    def _strip(self, strip: Strip) -> str:
        along = f"{strip['from_px']} to {strip['to_px']} px along the seam"
        rows = "".join(
            self._img(key, f"{of}, {along}, generated above and live below")
            for of, key in strip["pictures"]
        )
        return (
            f'<figure><div class="pair">{rows}</div><figcaption>comp above, plate below: '
            f"{along}</figcaption></figure>"
        )

    def _img(self, key: str, words: str) -> str:
        rgb = self._pictures[key]
        height, width, _ = rgb.shape
        alt = f"{self._report['shot']}, {words}"
        return (
            f'<img src="{data_uri(rgb, quality=QUALITY)}" alt="{text(alt)}" width="{width}" '
            f'height="{height}">'
        )
