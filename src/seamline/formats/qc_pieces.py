"""The small pieces of a QC report's page: chips, tables, places and the foot."""

from __future__ import annotations

from collections.abc import Sequence

from seamline.formats.page import VERDICTS, text
from seamline.formats.qc_report import FindingWords, Layer, Report


def state(layer: Layer) -> str:
    """Return whether a layer of the match is on, and does anything."""
    if not layer["on"]:
        return "off"
    return "on" if layer["changes"] else "on, changes nothing"


def where(f: FindingWords) -> list[str]:
    """Return the frame and the place of a finding, as far as it has them."""
    said = [f"frame {f['frame']}"] if f["frame"] is not None else []
    if f["place"]:
        p = f["place"]
        said.append(
            f"{p['width']:.0f} x {p['height']:.0f} px at {p['x']:.0f}, {p['y']:.0f} from the "
            "top left"
        )
    return said


def chip(verdict: str, count: int | None = None) -> str:
    """Return a verdict, or how many of one there are, with its mark."""
    kind, mark = VERDICTS[verdict]
    words = verdict if count is None else f"{count} {verdict}"
    return (
        f'<span class="chip {kind}"><span aria-hidden="true">{mark}</span> {text(words)}</span>'
    )


def table(heads: Sequence[str], rows: Sequence[str]) -> str:
    """Return a table of ``rows``, which are HTML already."""
    head = "".join(f'<th scope="col">{text(h)}</th>' for h in heads)
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}'
        "</tbody></table></div>\n"
    )


def footer(report: Report) -> str:
    """Return what the report is not."""
    return (
        "<footer><p>Pictures here are previews: display-coded, 8 bit. What is signed and "
        "delivered are the scene-linear EXR frames they were made from. A check that fails "
        "refuses nothing by itself: people choose and sign, and the record says what they were "
        f"shown. {text(report['id'])}.json says the same in numbers.</p></footer>\n"
    )
