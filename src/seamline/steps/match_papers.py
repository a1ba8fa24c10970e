"""
A match in words and as papers: what the shell shows, and the files that leave with it.

``.cc`` and ``.ccc`` hold colour, JSON the grain and all numbers, one EXR a stack of greys with
the grain on. What is written can be laid on again by any hand: the CDL through OpenColorIO,
the grain by ``pixels.grain`` with the seed and frame that ``match.json`` names.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from seamline.errors import ShowError
from seamline.pixels.grain import grain_plate
from seamline.pixels.picture import Picture
from seamline.ports import Studio
from seamline.show.names import ElementId
from seamline.show.record import as_record
from seamline.show.shot import Shot
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.element import space_of
from seamline.steps.plate_grain import grain_model

FORMAT = "seamline match 1"
SPACES = {
    "cdl": "the space its file names, on straight colour, unclamped",
    "shadow": "the working space, scene-linear: a factor, frame by frame (match/shadow)",
    "haze": "the working space, scene-linear, associated",
    "wrap": "the working space, scene-linear, associated",
    "sharpness": "the working space, scene-linear, associated",
    "grain": "the plate's own space, after mixing, times what is generated",
}


def match_says(version: Version) -> tuple[str, ...]:
    """Return what is said of a version's match: its CDL, and every layer that is on."""
    if version.match is None:
        return (version.cdl.description,)
    layers = [
        f"{name}: {layer.says}"
        for name, layer in version.match.layers
        if name != "cdl" and layer.changes
    ]
    return (version.match.cdl.cdl.description, *layers)


def shown_match(version: Version) -> dict[str, Any]:
    """Return a version's match as the shell shows it: every layer, in order."""
    if version.match is None:
        layers = [
            {
                "layer": "cdl",
                "on": True,
                "changes": not version.cdl.is_identity,
                "source": "",
                "says": version.cdl.description,
                "numbers": {"cdl": as_record(version.cdl)},
            }
        ]
    else:
        layers = []
        for name, layer in version.match.layers:
            numbers = as_record(layer)
            head = {k: numbers.pop(k) for k in ("on", "source", "says")}
            layers.append({"layer": name, **head, "changes": layer.changes, "numbers": numbers})
    return {"id": version.id, "layers": layers}


def shown_versions(studio: Studio, name: str, element_id: str | None) -> list[Version]:
    """
    Return the version that is asked about; without one, the chosen, else the newest of each.

    Raises:
        ShowError: It is another shot's, or nothing has been painted.
    """
    book.shot(studio.ledger, name)
    if element_id:
        found = book.version(studio.ledger, element_id)
        if ElementId.parse(element_id).shot != name:
            raise ShowError(
                f"{element_id} belongs to {found.shot}, not to {name}",
                remedy=f"Name one of this shot's: seamline sheet {name}",
            )
        return [found]
    choice = book.chosen(studio.ledger, name)
    if choice is not None:
        return [book.version(studio.ledger, choice.element)]
    versions = book.newest_versions(studio.ledger, name)
    if not versions:
        raise ShowError(
            f"{name}: nothing has been painted yet", remedy=f"seamline paint {name}"
        )
    return versions


def match_papers(studio: Studio, shot: Shot, version: Version) -> dict[str, bytes]:
    """Return the papers of a version's match, by file name; the ``.cc`` among them."""
    cdls = [version.cdl, *(grade.cdl for grade in version.grades)]
    papers = {
        f"{version.id}.cc": studio.papers.cdl_file(version.cdl),
        f"{version.id}.ccc": studio.papers.cdl_collection(cdls),
        "match.json": match_json(studio, shot, version),
    }
    if version.match is not None and version.match.grain.model:
        model = grain_model(studio, version.match.grain.model)
        papers[f"{version.id}_grain.json"] = studio.papers.grain_file(model)
    return papers


def match_json(studio: Studio, shot: Shot, version: Version) -> bytes:
    """Return every number of a match, in the order it is laid on, and the space of each."""
    document = {
        "format": FORMAT,
        "element": version.id,
        "working_space": studio.colour.working_space,
        "plate_space": space_of(studio, shot),
        "frames": str(shot.frames),
        "layers": [
            {**layer, "space": SPACES[layer["layer"]]}
            for layer in shown_match(version)["layers"]
        ],
    }
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def stack_of_greys(studio: Studio, shot: Shot, version: Version) -> Picture | None:
    """Return the grain on eight greys, darkest on top, at the plate's size; None without."""
    if version.match is None or not version.match.grain.model:
        return None
    layer = version.match.grain
    model = grain_model(studio, layer.model)
    grey = grain_plate(
        model, shot.height_px, shot.width_px, frame=shot.frames.middle, seed=layer.seed
    )
    window = (0, 0, shot.width_px, shot.height_px)
    known = studio.images.interop_id(space_of(studio, shot))
    attributes: dict[str, tuple[str, Any]] = {
        "seamline:colourspace": ("string", space_of(studio, shot)),
        "seamline:frame": ("string", str(shot.frames.middle)),
    }
    if known:
        attributes["colorInteropID"] = ("string", known)
    return Picture(
        channels={n: np.ascontiguousarray(grey[..., i]) for i, n in enumerate("RGB")},
        data_window=window,
        display_window=window,
        attributes=attributes,
    )


def export_match(studio: Studio, name: str, element_id: str, directory: str) -> list[str]:
    """
    Write the papers of a version's match to ``directory``, whole or not at all.

    Raises:
        InputError: The folder is in use or cannot be written.
    """
    (version,) = shown_versions(studio, name, element_id)
    shot = book.shot(studio.ledger, name)
    papers = match_papers(studio, shot, version)
    stack = stack_of_greys(studio, shot, version)
    with studio.shelf.folder(directory) as folder:
        for file, content in papers.items():
            studio.shelf.write(f"{folder}/{file}", content)
        written = [f"{directory}/{file}" for file in sorted(papers)]
        if stack is not None:
            file = f"{version.id}_grain_plate.exr"
            studio.images.write(f"{folder}/{file}", stack)
            written.append(f"{directory}/{file}")
    return written
