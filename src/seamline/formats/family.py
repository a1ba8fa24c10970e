"""
An element's family tree as a picture: one SVG that prints, with a line for every member.

Nothing is fetched and nothing runs in it. What kind a member is, is said by word and by the
shape of its mark, not by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from seamline.formats.page import text

ROW, STEP, LEFT, TOP = 34, 30, 34, 92
WIDE = 1240
LETTERS = 118
"""How many letters of a member's words are drawn; the JSON has all."""
KINDS = {
    "version": "#191919", "painting": "#2c5a4a", "layer": "#4d8a74", "reference": "#8a4b00",
    "card": "#b9803c", "hand": "#7a2f5c", "plate": "#34518c", "matte": "#6d86b8",
    "lock": "#6d86b8", "choice": "#5f5e5a", "answer": "#5f5e5a", "sign-off": "#191919",
    "delivery": "#191919",
}  # fmt: skip
ROUND = ("choice", "answer", "sign-off", "hand")
"""What people did has a round mark; what is a picture or a paper has a square one."""


def family_picture(tree: Mapping[str, Any], *, title: str) -> bytes:
    """
    Return the tree (``says``, ``kind``, ``digest``, ``from``) as an SVG in UTF-8.

    Args:
        tree: As ``audit ID --tree --json`` gives it. All text is escaped.
        title: What stands on top.
    """
    members = list(_members(tree, 0))
    height = TOP + ROW * len(members) + 24
    drawn = "".join(_lines(members)) + "".join(
        _member(one, depth, row) for row, (one, depth) in enumerate(members)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {height}" '
        f'width="{WIDE}" height="{height}" role="img" '
        'font-family="system-ui, Liberation Sans, Arial, sans-serif">\n'
        f'<title>{text(title)}</title>\n<rect width="{WIDE}" height="{height}" '
        'fill="#fdfdfb"/>\n<text x="34" y="50" font-size="24" font-weight="600" '
        f'fill="#191919">{text(title)}</text>\n{drawn}</svg>\n'
    ).encode()


_Members = Sequence[tuple[Mapping[str, Any], int]]


def _members(node: Mapping[str, Any], depth: int) -> Iterator[tuple[Mapping[str, Any], int]]:
    yield node, depth
    for one in node["from"]:
        yield from _members(one, depth + 1)


def _at(depth: int, row: int) -> tuple[int, int]:
    return LEFT + STEP * depth + 7, TOP + ROW * row


def _lines(members: _Members) -> Iterator[str]:
    """Yield the line from every member to what it belongs to, round at its corner."""
    above: dict[int, int] = {}
    for row, (_, depth) in enumerate(members):
        above[depth] = row
        if depth:
            x, top = _at(depth - 1, above[depth - 1])
            to, y = _at(depth, row)
            yield (
                f'<path d="M{x} {top + 8}V{y - 8}q0 8 8 8H{to - 9}" fill="none" '
                'stroke="#b9b7b0" stroke-width="1.5"/>\n'
            )


def _member(one: Mapping[str, Any], depth: int, row: int) -> str:
    x, y = _at(depth, row)
    kind = str(one["kind"])
    colour = KINDS.get(kind, "#191919")
    mark = (
        f'<circle cx="{x}" cy="{y}" r="6.5" fill="{colour}"/>'
        if kind in ROUND
        else f'<rect x="{x - 6}" y="{y - 6}" width="12" height="12" rx="2" fill="{colour}"/>'
    )
    words = str(one["says"]).removeprefix(f"{kind} ")
    room = LETTERS - 4 * depth
    shown = words if len(words) <= room else words[: room - 1] + "…"
    digest = str(one["digest"])[:12]
    end = (
        f'<text x="{WIDE - 34}" y="{y + 5}" font-size="12" text-anchor="end" fill="#5f5e5a" '
        f'font-family="ui-monospace, DejaVu Sans Mono, monospace">{text(digest)}</text>'
        if digest
        else ""
    )
    return (
        f'{mark}<text x="{x + 16}" y="{y + 5}" font-size="14.5" fill="#191919">'
        f'<title>{text(words)}</title><tspan fill="{colour}" font-weight="600">{text(kind)}'
        f"</tspan> {text(shown)}</text>{end}\n"
    )
