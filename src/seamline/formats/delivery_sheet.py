"""
The delivery sheet: one page for a producer, to read and to print.

What is delivered, how much of it is generated, from whose pictures and with whose
permission, what is still open, and who stands for it. One self-contained HTML file:
nothing is fetched (a policy in the file forbids it) and there is no script. Pictures
come display-coded, through the show's view; nothing is made from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from seamline.formats.page import data_uri, resource, text
from seamline.pixels.picture import Image


class Shown(TypedDict):
    """A picture: its key, and what it shows."""

    picture: str
    says: str


class Source(TypedDict):
    """A reference that stands in the picture: whose, by whose word, and how much of it."""

    picture: str
    """Key of its picture; empty without one."""
    name: str
    owner: str
    licence: str
    approved: str
    share: float
    why_not: str
    """Why it is not allowed any more; empty while it is."""


class Word(TypedDict):
    """A question and what was answered; an empty ``text`` is an open one."""

    name: str
    asks: str
    text: str
    by: str


class Signature(TypedDict):
    """Who signed, when, with which key, and what they saw it through."""

    by: str
    at: str
    key: str
    says: str


class Sheet(TypedDict):
    """What the page says."""

    show: str
    element: str
    use: str
    says: str
    """The delivery in one sentence."""
    facts: Sequence[tuple[str, str]]
    frames: Sequence[int]
    generated: Sequence[float]
    """Share of each frame that is generated, 0 to 1."""
    shown: Sequence[Shown]
    sources: Sequence[Source]
    open: Sequence[tuple[str, str, str]]
    """What is missing: for which use it is demanded, what it is, and what gives it."""
    answered: Sequence[Word]
    work: Sequence[tuple[str, str, str]]
    """What people did: when, who and what."""
    signatures: Sequence[Signature]
    demands: Sequence[tuple[str, str, str]]
    """Whose demands the policy follows: source, date, and what they ask."""
    foot: str


def delivery_sheet(sheet: Sheet, pictures: Mapping[str, Image]) -> bytes:
    """
    Return the sheet as UTF-8 HTML; the same sheet and pictures give the same bytes.

    Args:
        sheet: See ``Sheet``. All text is escaped.
        pictures: Key to (H, W, 3) float32, display-coded 0 to 1.
    """
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    parts = (
        _pictures(sheet, pictures),
        f'<div class="two">{_open(sheet)}{_signatures(sheet)}</div>\n',
        _sources(sheet, pictures),
        _answers(sheet),
        _people(sheet),
        _demands(sheet),
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(sheet['element'])} · delivery · {text(sheet['show'])}</title>\n"
        f"<style>\n{resource('delivery.css')}</style>\n</head>\n<body>\n<main>\n"
        f"{_header(sheet)}{''.join(parts)}<footer>{text(sheet['foot'])}</footer>\n</main>\n"
        "</body>\n</html>\n"
    ).encode()


def _header(sheet: Sheet) -> str:
    facts = "".join(
        f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>"
        for name, value in sheet["facts"]
    )
    return (
        f'<header>\n<p class="use {text(sheet["use"])}"><span>for</span>{text(sheet["use"])}'
        f"</p>\n<h1><small>{text(sheet['show'])} · delivery</small>{text(sheet['element'])}"
        f'</h1>\n<p class="says">{text(sheet["says"])}</p>\n<dl class="facts">{facts}</dl>\n'
        "</header>\n"
    )


def _pictures(sheet: Sheet, pictures: Mapping[str, Image]) -> str:
    figures = "".join(
        f"<figure>{_img(pictures[one['picture']], one['says'])}"
        f"<figcaption>{text(one['says'])}</figcaption></figure>"
        for one in sheet["shown"]
    )
    return f'<div class="wall">{figures}{_strip(sheet)}</div>\n'


def _strip(sheet: Sheet) -> str:
    """Return the share that is generated, frame by frame, as bars."""
    shares, frames = sheet["generated"], sheet["frames"]
    wide = max(len(shares), 1)
    bars = "".join(
        f'<rect x="{n + 0.06:.2f}" y="{1 - share:.4f}" width="0.88" height="{share:.4f}"/>'
        for n, share in enumerate(shares)
    )
    mean = sum(shares) / wide
    says = f"{mean:.0%} of the picture is generated on average, {_between(shares)}"
    return (
        '<figure class="strip"><svg role="img" preserveAspectRatio="none" '
        f'viewBox="0 0 {wide} 1"><title>{text(says)}</title>{bars}</svg>'
        f"<figcaption><span>{frames[0]}</span><span>{text(says)}</span>"
        f"<span>{frames[-1]}</span></figcaption></figure>"
    )


def _between(shares: Sequence[float]) -> str:
    low, high = f"{min(shares):.0%}", f"{max(shares):.0%}"
    return "the same in every frame" if low == high else f"{low} to {high}"


def _open(sheet: Sheet) -> str:
    if not sheet["open"]:
        return (
            '<section class="open none"><h2>Open</h2><p>Nothing that is demanded is missing.'
            "</p></section>\n"
        )
    uses = dict.fromkeys(use for use, _, _ in sheet["open"])
    parts = []
    for use in uses:
        listed = "".join(
            f"<li>{text(says)}.<code>{text(how)}</code></li>"
            for of, says, how in sheet["open"]
            if of == use
        )
        parts.append(f"<h2>Open before it is {text(use)}</h2><ul>{listed}</ul>")
    return f'<section class="open">{"".join(parts)}</section>'


def _sources(sheet: Sheet, pictures: Mapping[str, Image]) -> str:
    if not sheet["sources"]:
        return "<section><h2>Made from</h2><p>No reference was used.</p></section>\n"
    cards = "".join(_source(one, pictures) for one in sheet["sources"])
    return (
        f'<section><h2>Made from, with thanks</h2><ul class="sources">{cards}</ul></section>\n'
    )


def _source(one: Source, pictures: Mapping[str, Image]) -> str:
    image = _img(pictures[one["picture"]], one["name"]) if one["picture"] else ""
    refused = (
        f'<p class="not">Not allowed any more: {text(one["why_not"])}</p>'
        if one["why_not"]
        else ""
    )
    return (
        f"<li>{image}<div><h3>{text(one['owner'] or 'owner unknown')}</h3>"
        f"<p>{text(one['name'])} · {text(one['licence'] or 'no licence')}</p>"
        f"<p>{text(one['approved'])}</p>{refused}"
        f'<p class="share"><span class="bar"><i style="width:{100 * one["share"]:.1f}%"></i>'
        f"</span>{one['share']:.0%} of what is painted</p></div></li>"
    )


def _answers(sheet: Sheet) -> str:
    if not sheet["answered"]:
        return ""
    rows = "".join(
        f'<div><dt title="{text(one["asks"])}">{text(one["name"])}</dt><dd>{text(one["text"])}'
        f"<cite>{text(one['by'])}</cite></dd></div>"
        for one in sheet["answered"]
    )
    return f'<section><h2>Answered by people</h2><dl class="answers">{rows}</dl></section>\n'


def _people(sheet: Sheet) -> str:
    if not sheet["work"]:
        return ""
    rows = "".join(
        f"<li><time>{text(at)}</time><b>{text(by)}</b> {text(what)}</li>"
        for at, by, what in sheet["work"]
    )
    return f'<section><h2>What people did</h2><ol class="work">{rows}</ol></section>\n'


def _signatures(sheet: Sheet) -> str:
    signed = "".join(
        f"<li><b>{text(one['by'])}</b><span>{text(one['at'])}</span>"
        f"<span>{text(one['says'])}</span><code>key {text(one['key'])}</code></li>"
        for one in sheet["signatures"]
    )
    return f'<section><h2>Signed</h2><ul class="signatures">{signed}</ul></section>'


def _demands(sheet: Sheet) -> str:
    if not sheet["demands"]:
        return ""
    listed = "".join(
        f"<li><b>{text(source)}</b>, {text(dated)}: {text(asks)}</li>"
        for source, dated, asks in sheet["demands"]
    )
    head = '<section class="demands"><h2>Whose demands these are</h2>'
    return f"{head}<ul>{listed}</ul></section>\n"


def _img(rgb: Image, words: str) -> str:
    height, width, _ = rgb.shape
    return f'<img src="{data_uri(rgb)}" alt="{text(words)}" width="{width}" height="{height}">'
