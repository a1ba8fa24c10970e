"""
Audit: from any published or delivered picture, or one of its pixels, back to its sources.

A picture is recognised by its pixels, never by its name or header. A delivery
record is checked byte for byte, with everything it lists.
"""

from __future__ import annotations

from typing import Any

from seamline.errors import FormatError, TamperError
from seamline.pixels.digest import picture_digest
from seamline.ports import Studio
from seamline.show.record import as_record
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.delivery_record import RECORD, read_record, verify_files
from seamline.steps.published import published
from seamline.steps.rebuild import rebuild
from seamline.steps.traced import origin, origin_of_pixel, sources_of, who_answers

PAPERS = (".usda", ".otio", ".edl", ".mov", ".nk", ".cc", ".ccc", ".ocio", ".html")
"""What a delivery has besides pictures and JSON."""
DEEPEST = 4
"""How many folders up a paper's delivery may begin."""


def audit(
    studio: Studio,
    path: str,
    pixel: tuple[int, int] | None = None,
    *,
    again: bool = False,
) -> dict[str, Any]:
    """
    Return what is known about the file at ``path``, or about one pixel of it.

    Args:
        studio: Ports.
        path: A picture, a delivery record, or a delivery folder.
        pixel: x, y in display-window pixels from the top left.
        again: Also make every layer again from its references' files.

    Raises:
        TamperError: A record, or a file it lists, was changed; or a layer made again is
            another picture.
        FormatError: The picture is not one this show published.
    """
    studio.ledger.verify()
    record = f"{path}/{RECORD}" if studio.shelf.exists(f"{path}/{RECORD}") else path
    if record.endswith(".json"):
        said = _delivery(studio, record)
        return {**said, **(_made_again(studio, said["element"]) if again else {})}
    if path.lower().endswith(PAPERS):
        said = _paper(studio, path)
        return {**said, **(_made_again(studio, said["element"]) if again else {})}
    picture = studio.images.read(path)
    digest = picture_digest(picture)
    claimed = str(picture.attributes.get("seamline:element", ("string", ""))[1])
    found = published(studio, digest, claimed)
    if found is None:
        painted = _on_its_canvas(studio, path, digest, pixel)
        if painted is not None:
            rebuilt = _made_again(studio, str(painted["element"])) if again else {}
            return {**painted, **rebuilt}
        if claimed:
            raise TamperError(
                f"{path} says it is {claimed}, but these pixels were never published",
                remedy="Somebody changed the picture after it left the show.",
            )
        raise FormatError(
            f"{path} is not a picture that this show published",
            remedy="Audit a comp, an element, a delivered layer, or a delivery's record.json.",
        )
    said = {"file": path, "digest": digest, **_family(studio, found.version)}
    said |= {"kind": found.kind, "frame": found.frame}
    if found.layer:
        said["layer"] = found.layer
    if found.equal:
        said["equal"] = list(found.equal)
    if pixel is not None:
        said |= origin_of_pixel(studio, found, picture, pixel)
    return {**said, **(_made_again(studio, found.version.id) if again else {})}


def _made_again(studio: Studio, element_id: str) -> dict[str, Any]:
    version = book.version(studio.ledger, element_id)
    names = rebuild(studio, book.variation_of(studio.ledger, version))
    return {"rebuilt": True, "rebuilt_layers": names}


def _delivery(studio: Studio, path: str) -> dict[str, Any]:
    record = read_record(studio.shelf.read(path), where=path)
    known = {str(row.body["record"]) for row in studio.ledger.rows("delivery")}
    if record["digest"] not in known:
        raise TamperError(
            f"{path} is not a record that this show wrote",
            remedy="Look for the show that delivered it.",
        )
    head = record["ledger"]
    if all(
        (row.number, row.hash) != (head["rows"], head["hash"]) for row in studio.ledger.rows()
    ):
        raise TamperError(
            f"the ledger no longer holds row {head['rows']}, which {path} was written after",
            remedy="Bring the ledger back from a backup.",
        )
    verify_files(studio, path[: -len(RECORD)].rstrip("/") or ".", record)
    return {
        "file": path,
        "kind": "delivery",
        "whole": True,
        "files": len(record["files"]),
        **_family(studio, book.version(studio.ledger, record["element"])),
    }


def _paper(studio: Studio, path: str) -> dict[str, Any]:
    """Return what a delivered paper is: a file that a delivery around it lists, unchanged."""
    folder, _, _ = path.rpartition("/")
    for _ in range(DEEPEST):
        record = f"{folder}/{RECORD}"
        if studio.shelf.exists(record):
            said = _delivery(studio, record)
            listed = read_record(studio.shelf.read(record), where=record)["files"]
            if any(f"{folder}/{entry['path']}" == path for entry in listed):
                return {**said, "file": path, "kind": "paper", "delivery": folder}
        folder, _, _ = folder.rpartition("/")
    raise FormatError(
        f"{path} lies in no delivery of this show",
        remedy="Audit it where it was delivered, beside record.json.",
    )


def _on_its_canvas(
    studio: Studio, path: str, digest: str, pixel: tuple[int, int] | None
) -> dict[str, Any] | None:
    """Return what a layer as it was painted is, a pixel of it too; None for any other."""
    for version in reversed(list(book.nouns(studio.ledger, "version", Version))):
        variation = book.variation_of(studio.ledger, version)
        facts = next((f for f in variation.layers if f.digest == digest), None)
        if facts is None:
            continue
        said = {"file": path, "digest": digest, **_family(studio, version)}
        said |= {"kind": "layer on its canvas", "layer": facts.name}
        if pixel is None:
            return said
        shot = book.shot(studio.ledger, version.shot)
        layers, sources = sources_of(studio, shot, variation, [facts], [[pixel]])
        at = {"pixel": {"x": pixel[0], "y": pixel[1]}}
        if not sources:
            return {**said, **at, "origin": "nothing was painted here"}
        told = {"origin": origin(sources), **sources[0], "layers": layers, "sources": sources}
        return {**said, **at, **told}
    return None


def _family(studio: Studio, version: Version) -> dict[str, Any]:
    variation = book.variation_of(studio.ledger, version)
    shot = book.shot_of(studio.ledger, version)
    known = book.references(studio.ledger)
    return {
        "element": version.id,
        "shot": version.shot,
        "generator": variation.ask.generator,
        "seed": variation.ask.seed,
        "ask": variation.ask_digest,
        "plate": shot.plate.pattern if shot.plate else None,
        "references": [
            {"share": share, **who_answers(known[i])}
            for i, share in variation.shares
            if i in known
        ],
        "hands": [
            {"by": w.by, "at": w.at, "note": w.note, "layers": list(w.layers)}
            for w in variation.hands
        ],
        "made": as_record(variation.made),
        "layer_grades": as_record(version.grades),
        "match": as_record(version.match) if version.match else None,
        "chosen_by": _chosen_by(studio, version),
        "signed_by": [s.by for s in book.sign_offs(studio.ledger, version.id)],
    }


def _chosen_by(studio: Studio, version: Version) -> list[str]:
    """Return who chose it by name, and whose choice goes on with it in a changed shot."""
    named = [
        str(row.body["by"])
        for row in studio.ledger.rows("choice")
        if row.body["element"] == version.id
    ]
    choice = book.chosen(studio.ledger, version.shot)
    if choice is not None and choice.element == version.id and choice.by not in named:
        named.append(choice.by)
    return named
