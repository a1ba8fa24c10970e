"""Prune: drop rendered frames that nobody chose, signed or delivered."""

from __future__ import annotations

from typing import Any

from seamline.ports import Studio
from seamline.show.variation import Version
from seamline.steps import book


def prune(studio: Studio) -> dict[str, Any]:
    """
    Remove frames of versions that are not chosen, signed or delivered, and hosts' folders.

    What the review page shows goes too. Paintings, layers, lineage and the ledger stay;
    ``paint`` renders the same bits again. Returns what was removed and the bytes freed.
    """
    kept: set[str] = {row.body["element"] for row in studio.ledger.rows("sign-off")}
    kept |= {row.body["element"] for row in studio.ledger.rows("delivery")}
    versions = list(book.nouns(studio.ledger, "version", Version))
    for shot in {v.shot for v in versions}:
        choice = book.chosen(studio.ledger, shot)
        if choice:
            kept.add(choice.element)
    removed, freed = [], 0
    for version in versions:
        if version.id in kept:
            continue
        for pattern in (
            studio.shelf.element_pattern(version.id),
            studio.shelf.comp_pattern(version.id),
        ):
            folder = pattern.rsplit("/", 1)[0]
            if studio.shelf.exists(folder):
                freed += studio.shelf.remove(folder)
                removed.append(folder)
        handed = studio.shelf.host_path(version.shot, version.id)
        if studio.shelf.exists(handed):
            freed += studio.shelf.remove(handed)
            removed.append(handed)
    for shot in sorted({v.shot for v in versions}):
        screening = studio.shelf.screening_path(shot, "")
        if studio.shelf.exists(screening):
            freed += studio.shelf.remove(screening)
            removed.append(screening)
    return {"removed": removed, "bytes": freed, "kept": sorted(kept)}
