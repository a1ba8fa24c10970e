"""Paint and render in one go: what ``paint`` does, in the shell and later elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seamline.errors import InputError
from seamline.ports import Studio
from seamline.show.variation import Variation, Version
from seamline.steps import book
from seamline.steps.by_hand import bring_back
from seamline.steps.drawing import Drawing, drawing, layout_in
from seamline.steps.grade import grade, said
from seamline.steps.layers import shown_layers
from seamline.steps.match_by_hand import change_match
from seamline.steps.match_papers import match_says
from seamline.steps.paint import paint
from seamline.steps.render import render
from seamline.steps.repaint import repaint
from seamline.steps.retouch import retouch
from seamline.steps.revise import paint_stale


def painted(
    studio: Studio,
    name: str,
    *,
    variations: int,
    seed: int,
    generator: str,
    references: Sequence[str] = (),
    skyline: str = "",
    skyline_frame: int | None = None,
    different: bool = False,
) -> dict[str, Any]:
    """Paint and render ``variations`` of shot ``name``; return what the shell prints."""
    shot = book.shot(studio.ledger, name)
    drawn: tuple[Drawing, ...] = ()
    if skyline:
        frame = shot.frames.middle if skyline_frame is None else skyline_frame
        if frame not in shot.frames:
            raise InputError(
                f"{name} has frames {shot.frames}, not {frame}",
                remedy="Give the --skyline-frame that the line was drawn over.",
            )
        if skyline.lower().endswith(".svg"):
            drawn = layout_in(studio, skyline, frame, shot)
        else:
            drawn = (drawing(studio.papers.line(skyline), frame, where=skyline),)
    with studio.shelf.lease(f"paint-{name}"):
        found = paint(
            studio,
            name,
            variations=variations,
            seed=seed,
            generator=generator,
            references=references,
            drawn=drawn,
            different=different,
        )
        return _rendered(studio, name, found)


def painted_anew(
    studio: Studio,
    name: str,
    element_id: str,
    layer: str,
    *,
    variations: int,
    seed: int | None = None,
    region: str = "",
) -> dict[str, Any]:
    """
    Paint one layer of ``element_id`` anew and render; return what the shell prints.

    With a ``region``, a matte on the canvas, only what lies in it.
    """
    book.shot(studio.ledger, name)
    with studio.shelf.lease(f"paint-{name}"):
        if region:
            found = retouch(
                studio, name, element_id, layer, region, variations=variations, seed=seed
            )
        else:
            found = repaint(studio, name, element_id, layer, variations=variations, seed=seed)
        return _rendered(studio, name, found)


def made_again(studio: Studio, name: str, *, like: str = "") -> dict[str, Any]:
    """Paint and render what is stale of shot ``name``; return what the shell prints."""
    book.shot(studio.ledger, name)
    with studio.shelf.lease(f"paint-{name}"):
        found = paint_stale(studio, name, like=like)
        if not found:
            return {"shot": name, "variations": []}
        return _rendered(studio, name, found)


def layer_graded(
    studio: Studio,
    name: str,
    element_id: str,
    layer: str,
    *,
    exposure_stops: float,
    saturation: float,
    opacity: float,
) -> dict[str, Any]:
    """Grade one layer of ``element_id`` and render; return what the shell prints."""
    book.shot(studio.ledger, name)
    with studio.shelf.lease(f"paint-{name}"):
        found = grade(
            studio, name, element_id, layer, exposure_stops=exposure_stops,
            saturation=saturation, opacity=opacity,
        )  # fmt: skip
        return _rendered(studio, name, [found])


def brought_back(
    studio: Studio,
    name: str,
    element_id: str,
    path: str,
    *,
    by: str,
    note: str,
    colourspace: str | None = None,
) -> dict[str, Any]:
    """Take a canvas back from a host and render it; return what the shell prints."""
    book.shot(studio.ledger, name)
    with studio.shelf.lease(f"paint-{name}"):
        found = bring_back(
            studio, name, element_id, path, by=by, note=note, colourspace=colourspace
        )
        document = _rendered(studio, name, [found.variation])
    return {**document, "changed": dict(found.changed), "says": list(found.says)}


def match_changed(studio: Studio, name: str, element_id: str, **said: Any) -> dict[str, Any]:
    """Change the match of ``element_id`` and render; return what the shell prints."""
    book.shot(studio.ledger, name)
    with studio.shelf.lease(f"paint-{name}"):
        found = change_match(studio, name, element_id, **said)
        return _rendered(studio, name, [found])


def _rendered(studio: Studio, name: str, found: Sequence[Variation]) -> dict[str, Any]:
    versions = render(studio, name, found)
    return {
        "shot": name,
        "variations": [
            entry(studio, variation, version)
            for variation, version in zip(found, versions, strict=True)
        ],
    }


def entry(studio: Studio, variation: Variation, version: Version) -> dict[str, Any]:
    """Return what is said about one version: where its files lie, and what was found."""
    back = shown_layers(variation)[0]
    return {
        "id": version.id,
        "digest": version.element_digest,
        "comp_digest": version.comp_digest,
        "element": studio.shelf.element_pattern(version.id).rsplit("/", 1)[0],
        "comp": studio.shelf.comp_pattern(version.id).rsplit("/", 1)[0],
        "canvas": studio.blobs.path(back.digest),
        "lineage": studio.blobs.path(back.lineage_digest),
        "layers": [
            {
                "layer": facts.name,
                "picture": studio.blobs.path(facts.digest),
                "lineage": studio.blobs.path(facts.lineage_digest),
                "distance_m": facts.distance_m,
                "motion_deg_s": facts.motion_deg_s,
            }
            for facts in variation.layers
        ],
        "seconds": round(variation.seconds + version.seconds, 3),
        "seed": variation.ask.seed,
        "shares": dict(variation.shares),
        "findings": [
            {"check": f.check, "verdict": f.verdict, "says": f.says} for f in version.findings
        ],
        "says": [
            *variation.notes,
            *match_says(version),
            *(f"layer {g.layer}: {said(g)}" for g in version.grades),
            *(f"{f.verdict}: {f.says}" for f in version.findings if f.verdict != "pass"),
        ],
    }
