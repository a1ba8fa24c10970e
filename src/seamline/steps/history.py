"""
History: the versions of a shot as a tree, who made each, when, and what it changed.

A version grows from the one before it of its variation, or from the version that its
painting began from. What a child changed is told from what both rest on, and how much of
the picture from the middle frame of both comps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from seamline.pixels.picture import Picture
from seamline.ports import Studio
from seamline.show.frames import FrameRange, frame_path
from seamline.show.names import ElementId
from seamline.show.variation import (
    BY,
    FIXED,
    FROM,
    LAYER,
    REGION,
    Variation,
    Version,
    bound_to,
    further_than,
)
from seamline.steps import book
from seamline.steps.stale import stale


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One version in the tree."""

    element: str
    parent: str
    """The version it grew from; empty for one that was painted from nothing."""
    at: str
    by: str
    """Who asked for it: a person where one is on record, else the login."""
    changed: tuple[str, ...]
    """What it has other than its parent, in words."""
    share: float | None
    """Share of the pixels of the middle frame's comp that differ; None where not known."""
    state: tuple[str, ...]
    """``chosen``, ``signed by NAME``, ``delivered``, ``pruned``."""
    stale: tuple[str, ...]
    failed: tuple[str, ...]
    """The checks that fail."""


def history(studio: Studio, name: str, *, shares: bool = True) -> list[Node]:
    """
    Return every version of shot ``name``, oldest first.

    Args:
        studio: Ports.
        name: The shot.
        shares: Also say how much of the picture changed, which reads pictures.

    Raises:
        ShowError: There is no such shot.
    """
    book.shot(studio.ledger, name)
    versions = book.versions(studio.ledger, name)
    variations = {v.ask_digest: v for v in book.variations(studio.ledger, name)}
    said = {str(row.body["id"]): book.written(row) for row in studio.ledger.rows("version")}
    delivered = {str(row.body["element"]) for row in studio.ledger.rows("delivery")}
    choice = book.chosen(studio.ledger, name)
    nodes = []
    for place, version in enumerate(versions):
        variation = variations[version.ask_digest]
        parent = _parent(version, variation, versions[:place])
        written = said[version.id]
        state = ["chosen"] if choice is not None and choice.element == version.id else []
        state += [f"signed by {s.by}" for s in book.sign_offs(studio.ledger, version.id)]
        state += ["delivered"] if version.id in delivered else []
        node = Node(
            element=version.id,
            parent=parent.id if parent else "",
            at=written["at"],
            by=dict(variation.ask.settings).get(BY) or written["by"] or written["os_user"],
            changed=_changed(version, variation, parent, variations),
            share=_share(studio, version, parent) if shares else None,
            state=tuple(state),
            stale=tuple(why.says for why in stale(studio, version)),
            failed=tuple(f.check for f in version.findings if f.verdict == "fail"),
        )
        nodes.append(node)
    return nodes


def _parent(version: Version, variation: Variation, before: list[Version]) -> Version | None:
    number = ElementId.parse(version.id).variation
    own = [v for v in before if ElementId.parse(v.id).variation == number]
    # The same painting rendered anew, what it says that it began from, the one before it.
    base = further_than(variation.ask) or dict(variation.ask.settings).get(FROM)
    same = [v for v in own if v.ask_digest == version.ask_digest]
    begun = [v for v in before if v.ask_digest == base]
    return next((found[-1] for found in (same, begun, own) if found), None)


def _changed(
    version: Version,
    variation: Variation,
    parent: Version | None,
    variations: dict[str, Variation],
) -> tuple[str, ...]:
    if parent is None:
        sources = ", ".join(f"{share:.0%} {i}" for i, share in variation.shares[:3])
        return (f"painted by {variation.ask.generator}, seed {variation.ask.seed}: {sources}",)
    words = []
    repainted = version.ask_digest != parent.ask_digest
    if repainted:
        words.append(_painted(variation, variations[parent.ask_digest]))
    for what, mine, theirs in (
        ("another plate", *_shared(version, parent, "plate")),
        ("another matte", *_shared(version, parent, "matte")),
        # Another painting is measured anew: that follows, and nobody did it.
        ("another match", *((None, None) if repainted else (version.match, parent.match))),
        ("other grades of layers", version.grades, parent.grades),
        ("other frames", version.frames, parent.frames),
    ):
        if mine != theirs:
            words.append(what)
    return tuple(words) or ("another camera, lock or seam",)


def _shared(version: Version, parent: Version, what: str) -> tuple[object, object]:
    """Return the plate's or matte's digests of both, in the frames that both have."""
    if not (version.frames and parent.frames) or version.frames == parent.frames:
        return getattr(version, f"{what}_digest"), getattr(parent, f"{what}_digest")
    mine, theirs = (
        dict(zip(FrameRange.parse(v.frames), getattr(v, f"{what}_frames"), strict=False))
        for v in (version, parent)
    )
    both = sorted(mine.keys() & theirs.keys())
    return [mine[n] for n in both], [theirs[n] for n in both]


def _painted(variation: Variation, parent: Variation) -> str:
    said = dict(variation.ask.settings)
    if FIXED in said:
        work = variation.hands[-1]
        return f"by hand, {work.by} on {', '.join(work.layers)}: {work.note}"
    if REGION in said:
        return f"a region of {said[LAYER]} painted anew, seed {variation.ask.seed}"
    if LAYER in said:
        return f"{said[LAYER]} painted anew, seed {variation.ask.seed}"
    if further_than(variation.ask) == parent.ask_digest:
        seen = "a longer shot" if bound_to(variation.ask) else "another camera"
        return f"its canvas went on for {seen}"
    if variation.ask.lock_digest != parent.ask.lock_digest:
        return "painted for another light"
    return f"painted anew, seed {variation.ask.seed}"


def _share(studio: Studio, version: Version, parent: Version | None) -> float | None:
    """Return the share of pixels in which the middle frames of two comps differ."""
    if parent is None:
        return None
    if version.comp_digest == parent.comp_digest:
        return 0.0
    frame = book.shot_of(studio.ledger, version).frames.middle
    pictures = [comp_of(studio, v, frame) for v in (version, parent)]
    if any(picture is None for picture in pictures):
        return None
    mine, theirs = (picture.rgb() for picture in pictures if picture is not None)
    if mine.shape != theirs.shape:
        return 1.0
    other = (mine.view(np.uint32) != theirs.view(np.uint32)).any(axis=-1)
    return round(float(other.mean()), 6)


def comp_of(studio: Studio, version: Version, frame: int) -> Picture | None:
    """Return a frame of a version's comp as published; None where it was pruned."""
    path = frame_path(studio.shelf.comp_pattern(version.id), frame)
    return studio.images.read(path) if studio.shelf.exists(path) else None


def as_tree(nodes: list[Node]) -> list[str]:
    """Return ``nodes`` as lines of a tree, children below their parents."""
    lines: list[str] = []
    children: dict[str, list[Node]] = {}
    for node in nodes:
        children.setdefault(node.parent, []).append(node)

    def tell(node: Node, lead: str, last: bool, top: bool) -> None:
        mark = "" if top else ("└─ " if last else "├─ ")
        lines.append(f"{lead}{mark}{node.element}  {_words(node)}")
        deeper = lead if top else lead + ("   " if last else "│  ")
        below = children.get(node.element, [])
        inner = f"{deeper}{'│' if below else ' '}    "
        lines.append(f"{inner}{'; '.join(node.changed)}{_part(node)}")
        lines.extend(f"{inner}stale: {why}" for why in node.stale)
        for place, child in enumerate(below):
            tell(child, deeper, place == len(below) - 1, top=False)

    for root in children.get("", []):
        tell(root, "", True, top=True)
    return lines


def _words(node: Node) -> str:
    words = [node.at, node.by, *node.state]
    words += [f"fails {', '.join(node.failed)}"] if node.failed else []
    return "  ".join(word for word in words if word)


def _part(node: Node) -> str:
    return "" if node.share is None else f" ({node.share:.1%} of the pixels)"


def as_documents(nodes: list[Node]) -> list[dict[str, Any]]:
    """Return ``nodes`` as they are printed in JSON."""
    return [
        {
            "id": n.element,
            "parent": n.parent or None,
            "at": n.at,
            "by": n.by,
            "changed": list(n.changed),
            "share": n.share,
            "state": list(n.state),
            "stale": list(n.stale),
            "failed": list(n.failed),
        }
        for n in nodes
    ]
