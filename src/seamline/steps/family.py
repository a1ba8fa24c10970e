"""
The family tree of an element: what it came from, whose that is, and who stands for it.

From the ledger alone; no picture is opened. A node has words, and what it came from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from seamline.ports import Studio
from seamline.show.variation import Variation, Version, further_than
from seamline.steps import book
from seamline.steps.answers import answers

Node = dict[str, Any]
"""``says``, ``kind``, ``digest`` (empty without one) and ``from`` (more of these)."""


def family_tree(studio: Studio, element_id: str) -> Node:
    """
    Return the tree of ``element_id``, down to plate, references and people.

    Raises:
        ShowError: It was never painted.
        TamperError: The ledger's chain is broken.
    """
    studio.ledger.verify()
    version = book.version(studio.ledger, element_id)
    variation = book.variation_of(studio.ledger, version)
    return _node(
        f"{version.id}, frames {version.frames or 'of its shot'}",
        "version",
        version.element_digest,
        [
            _painting(studio, variation),
            *_live(studio, version),
            *_stood_for(studio, version),
            *_delivered(studio, version),
        ],
    )


def _node(says: str, kind: str, digest: str = "", below: Sequence[Node] = ()) -> Node:
    return {"says": says, "kind": kind, "digest": digest, "from": list(below)}


def _painting(studio: Studio, variation: Variation) -> Node:
    ask = variation.ask
    below = [_node(f"layer {facts.name}", "layer", facts.digest) for facts in variation.layers]
    known = book.references(studio.ledger)
    below += [
        _reference(studio, known[i], share) for i, share in variation.shares if i in known
    ]
    below += [
        _node(f"painted over by {work.by} on {work.at[:10]}: {work.note}", "hand", work.digest)
        for work in variation.hands
    ]
    before = further_than(ask) or dict(ask.settings).get("from", "")
    if before:
        earlier = book.variation_by_ask(studio.ledger, variation.shot, before)
        below.append(_painting(studio, earlier))
    made = variation.made
    words = f"painted by {ask.generator} (pixels {ask.pixels}), seed {ask.seed}"
    code = f", code {made.code_sha256[:12]}" if made.code_sha256 else ""
    return _node(
        f"{words}, seamline {made.seamline}{code}", "painting", variation.ask_digest, below
    )


def _reference(studio: Studio, reference: Any, share: float) -> Node:
    by = f", approved by {reference.approved_by} on {reference.approved_on}"
    revoked = f"; revoked by {reference.revoked.by}" if reference.revoked else ""
    cards = [
        _node(f"card {card.label}, approved by {card.approved_by}", "card", card.picture_digest)
        for card in book.approved_cards(studio.ledger, reference.id)
    ]
    return _node(
        f"{share:.1%} {reference.file_name}: {reference.owner or 'owner unknown'}, "
        f"{reference.licence or 'no licence'}{by if reference.approved_by else ''}{revoked}",
        "reference",
        reference.file_sha256,
        cards,
    )


def _live(studio: Studio, version: Version) -> Iterator[Node]:
    shot, seam, lock = book.as_made(studio.ledger, version)
    if shot.plate:
        words = f"plate {shot.plate.pattern}, {shot.plate.colourspace} by {shot.plate.evidence}"
        yield _node(words, "plate", version.plate_digest)
    if seam:
        yield _node(f"seam v{seam.version}", "matte", version.matte_digest)
    if lock:
        agreed = ", ".join(lock.agreed_by) or "nobody"
        yield _node(f"lock v{lock.version}, agreed by {agreed}", "lock", book.noun_digest(lock))


def _stood_for(studio: Studio, version: Version) -> Iterator[Node]:
    choice = book.chosen(studio.ledger, version.shot)
    if choice is not None and choice.element == version.id:
        yield _node(f"chosen by {choice.by} on {choice.at[:10]}", "choice")
    for one in answers(studio, version, use="final").values():
        yield _node(f"{one.question}, {one.by}: {one.text}", "answer")
    for signed in book.sign_offs(studio.ledger, version.id):
        key = f"key {signed.key_fingerprint}"
        yield _node(f"signed by {signed.by} on {signed.at[:10]}, {key}", "sign-off")


def _delivered(studio: Studio, version: Version) -> Iterator[Node]:
    for row in studio.ledger.rows("delivery"):
        if row.body["element"] == version.id:
            use = row.body.get("use", "temp")
            words = f"delivered for {use} to {row.body['directory']}"
            yield _node(words, "delivery", str(row.body["record"]))


def tree_lines(
    node: Node, before: str = "", *, last: bool = True, top: bool = True
) -> list[str]:
    """Return the tree as lines of text, one a node."""
    digest = f"  {node['digest'][:12]}" if node["digest"] else ""
    branch = "" if top else "└── " if last else "├── "
    lines = [f"{before}{branch}{node['says']}{digest}"]
    inner = before if top else before + ("    " if last else "│   ")
    below = node["from"]
    for place, one in enumerate(below):
        lines += tree_lines(one, inner, last=place == len(below) - 1, top=False)
    return lines
