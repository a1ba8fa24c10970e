"""
What goes back to a host: everything of a version that a node can read, in one folder.

Element and comp stay where they lie; beside them come the generated region, each layer's own
frames, the CDL, the camera and the surfaces. ``return.json`` names them all. The folder is a
cache like the frames it names: it appears whole, and can be made again.
"""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from seamline.ports import Studio
from seamline.show.frames import frame_path, printf_pattern
from seamline.show.record import as_record
from seamline.show.shot import Shot
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.delivered_files import generated_region
from seamline.steps.delivered_layers import (
    frames_of_layers,
    grade_papers,
    layer_pattern,
    seen_layers,
)
from seamline.steps.delivered_scene import scene, scene_path, textures
from seamline.steps.element import space_of
from seamline.steps.ingest import data_window, display_window, read_matte, read_plate
from seamline.steps.layers import shown_layers
from seamline.steps.match_papers import match_says
from seamline.steps.revise import suggestion_name
from seamline.steps.together import together

PAPER = "return.json"
SCHEMA = 1


def paper_path(studio: Studio, version: Version) -> str:
    """Return where the paper of ``version`` lies, once it is handed out."""
    return f"{studio.shelf.host_path(version.shot, version.id)}/{PAPER}"


def hand_out(studio: Studio, version: Version) -> str:
    """Lay out ``version`` for hosts unless it lies there; return the path of its paper."""
    path = paper_path(studio, version)
    if studio.shelf.exists(path):
        return path
    shot = book.shot_of(studio.ledger, version)
    with studio.shelf.folder(path.rpartition("/")[0]) as folder:
        document = _document(studio, shot, version)
        _frames(studio, shot, version, folder)
        document["scene"] = _scene(studio, shot, version, folder)
        cdl = f"{version.id}.cc"
        studio.shelf.write(f"{folder}/{cdl}", studio.papers.cdl_file(version.cdl))
        for name, content in grade_papers(studio, version).items():
            studio.shelf.write(f"{folder}/{name}", content)
        text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        studio.shelf.write(f"{folder}/{PAPER}", text.encode())
    return path


def _document(studio: Studio, shot: Shot, version: Version) -> dict[str, Any]:
    variation = book.variation_of(studio.ledger, version)
    space = space_of(studio, shot)
    plate, element_id = shot.plate, version.id
    x, y, width, height = display_window(shot)
    windows = {data_window(studio, shot, frame) for frame in shot.frames}
    folder = studio.shelf.host_path(shot.name, element_id)

    def beside(path: str) -> str:
        """Return a path of the show's as seen from the folder, so that a show may move."""
        inside = path.startswith(f"{studio.shelf.root}/")
        return os.path.relpath(path, folder) if inside else path

    element = beside(studio.shelf.element_pattern(element_id))
    comp = beside(studio.shelf.comp_pattern(element_id))
    shown = plate and _pictures(beside(plate.pattern), plate.colourspace, plate.layer)
    return {
        "schema": SCHEMA,
        "id": element_id,
        "shot": shot.name,
        "variation": variation.number,
        "seed": variation.ask.seed,
        "generator": variation.ask.generator,
        "frames": [shot.frames.first, shot.frames.last],
        "rate": studio.settings.rate,
        "format": {
            "width_px": width,
            "height_px": height,
            "pixel_aspect": plate.pixel_aspect if plate else 1.0,
            "origin_px": [x, y],
            "window_px": list(windows.pop()) if len(windows) == 1 else None,
        },
        "config": beside(studio.settings.config_path),
        "working_space": studio.colour.working_space,
        "plate": shown,
        "element": _pictures(element, space),
        "comp": _pictures(comp, space),
        "matte": _matte(element_id) if plate else None,
        "layers": _layers(studio, version, space, element),
        "cdl": {**as_record(version.cdl), "file": f"{element_id}.cc"},
        "live_suggestion": _suggestion(studio, shot),
        "findings": [
            {"check": f.check, "verdict": f.verdict, "says": f.says} for f in version.findings
        ],
        "says": list(match_says(version)),
    }


def _suggestion(studio: Studio, shot: Shot) -> dict[str, Any] | None:
    """Return the grade that was suggested for the live side when the lock was revised last."""
    lock = book.lock(studio.ledger, shot.name)
    if lock is None:
        return None
    path = studio.shelf.sheet_path(shot.name, suggestion_name(shot.name, lock.version))
    if not studio.shelf.exists(path):
        return None
    return dict(as_record(studio.papers.cdl(studio.shelf.read(path), where=path)))


def _pictures(pattern: str, space: str, layer: str = "") -> dict[str, str]:
    return {"pattern": printf_pattern(pattern), "colourspace": space, "layer": layer}


def _matte(element_id: str) -> dict[str, str]:
    return {"pattern": f"matte/{element_id}_generated.%04d.exr", "channel": "A"}


def _layers(studio: Studio, version: Version, space: str, alone: str) -> list[dict[str, Any]]:
    variation = book.variation_of(studio.ledger, version)
    grades = {grade.layer: as_record(grade) for grade in version.grades}
    shown = shown_layers(variation)
    return [
        {
            "name": facts.name,
            **_pictures(
                layer_pattern(version.id, facts.name) if len(shown) > 1 else alone, space
            ),
            "distance_m": facts.distance_m,
            "motion_deg_s": facts.motion_deg_s,
            "grade": grades.get(facts.name),
        }
        for facts in shown
    ]


def _frames(studio: Studio, shot: Shot, version: Version, folder: str) -> None:
    """Write the generated region and, where there are several, each layer's frames."""
    _, seam, _ = book.as_made(studio.ledger, version)
    seen = seen_layers(studio, version)
    names = [facts.name for facts in shown_layers(book.variation_of(studio.ledger, version))]
    matte = _matte(version.id)["pattern"]
    patterns = [layer_pattern(version.id, name) for name in names] if seen else []
    for pattern in [*([matte] if shot.plate else []), *patterns]:
        studio.shelf.make_folder(f"{folder}/{pattern.rsplit('/', 1)[0]}")

    def one(frame: int) -> None:
        if shot.plate:
            live = read_matte(studio, shot, seam, frame)
            picture = generated_region(shot, read_plate(studio, shot, frame), live)
            studio.images.write(f"{folder}/{frame_path(matte, frame)}", picture)
        if seen is not None:
            for name, picture in frames_of_layers(studio, shot, seen, frame):
                at = frame_path(layer_pattern(version.id, name), frame)
                studio.images.write(f"{folder}/{at}", picture)

    together(studio, f"{version.id}: handing out", one, list(shot.frames))


def _scene(studio: Studio, shot: Shot, version: Version, folder: str) -> dict[str, Any]:
    """Write camera and surfaces: a stage, a mesh for each, and numbers for whoever has none."""
    found = scene(studio, shot, version)
    stage = scene_path(version.id)
    studio.shelf.write(f"{folder}/{stage}", studio.papers.usd_stage(found))
    chan = ""
    if found["camera"]:
        chan = f"scene/{version.id}.chan"
        camera, sidecar = studio.papers.chan(found)
        studio.shelf.write(f"{folder}/{chan}", camera)
        studio.shelf.write(f"{folder}/{chan}.toml", sidecar)
    for blob, path in textures(studio, version):
        studio.shelf.link(blob, f"{folder}/{path}")
    numbers = f"scene/{version.id}.json"
    patches = [_patch(patch) for patch in found["patches"]]
    told = {
        "frames": list(found["frames"]),
        "shutter_frames": found["shutter_frames"],
        "colourspace": found["colourspace"],
        "camera": [_plain(time) for time in found["camera"]],
        "patches": patches,
    }
    text = json.dumps(told, sort_keys=True) + "\n"
    studio.shelf.write(f"{folder}/{numbers}", text.encode())
    meshes = {}
    for name, content in _meshes(studio, shot, version, found).items():
        studio.shelf.write(f"{folder}/scene/{name}", content)
        meshes[name.removeprefix(f"{version.id}_").removesuffix(".obj")] = f"scene/{name}"
    return {"numbers": numbers, "stage": stage, "chan": chan, "meshes": meshes}


def _meshes(
    studio: Studio, shot: Shot, version: Version, found: dict[str, Any]
) -> dict[str, bytes]:
    papers = studio.papers.in_place(
        {
            "scene": found,
            "canvas": f"{version.id}.exr",
            "flat": True,
            "plate": "",
            "plate_space": "",
            "size_px": (shot.width_px, shot.height_px),
            "pixel_aspect": 1.0,
        }
    )
    return {name: content for name, content in papers.items() if name.endswith(".obj")}


def _patch(patch: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": patch["name"],
        "picture": f"scene/{patch['picture']}",
        "distance_m": patch["distance_m"],
        "points_m": np.asarray(patch["points_m"]).tolist(),
        "uv": np.asarray(patch["uv"]).tolist(),
        "faces": np.asarray(patch["faces"]).tolist(),
    }


def _plain(time: dict[str, Any]) -> dict[str, Any]:
    return {
        **time,
        "position_m": [float(v) for v in time["position_m"]],
        "world_from_camera": [float(v) for v in time["world_from_camera"]],
        "aperture_mm": [float(v) for v in time["aperture_mm"]],
        "offset_mm": [float(v) for v in time["offset_mm"]],
    }
