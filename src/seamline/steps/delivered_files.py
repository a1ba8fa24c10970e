"""
A delivery's files: sequences, papers, config; and what every frame of them is.

Element and comp are the signed files themselves, by another name. Layers, match and
matte are rendered here, once, and what they are is told while they are at hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seamline.pixels.picture import Picture
from seamline.ports import Studio
from seamline.show.delivery import DeliveredFrame
from seamline.show.frames import frame_path
from seamline.show.seam import Seam
from seamline.show.shot import Shot
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.delivered_layers import (
    Seen,
    frames_of_layers,
    grade_papers,
    layer_pattern,
    layers_in_script,
    seen_layers,
)
from seamline.steps.delivered_lens import UNDISTORTED, Lens, undistorted_pattern
from seamline.steps.delivered_match import (
    MatchSeen,
    frames_of_match,
    kinds_of,
    match_in_script,
    match_pattern,
    seen_match,
)
from seamline.steps.delivered_papers import hand_over
from seamline.steps.delivered_scene import scene
from seamline.steps.ingest import read_matte, read_plate
from seamline.steps.layers import shown_layers
from seamline.steps.match_papers import match_papers, stack_of_greys
from seamline.steps.plate_files import layer_read
from seamline.steps.stands import Stands, delivered_frame
from seamline.steps.suggested import live_suggestion
from seamline.steps.together import together

CONFIG = "config.ocio"
Frames = Sequence[DeliveredFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequences:
    """What every frame of a delivery's sequences is, in the shot's order."""

    comp: Frames
    element: Frames
    matte: Frames
    layers: Mapping[str, Frames]
    match: Mapping[str, Frames]
    undistorted: Frames = ()
    hashes: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of files that were written here, by path."""

    def named(self, element_id: str) -> dict[str, tuple[str, Frames]]:
        """Return pattern and frames of every sequence, by its name."""
        at = patterns(element_id)
        found = {name: (at[name], getattr(self, name)) for name in ("comp", "element", "matte")}
        for name, frames in self.layers.items():
            found[f"layer {name}"] = (layer_pattern(element_id, name), frames)
        for kind, frames in self.match.items():
            found[kind] = (match_pattern(element_id, kind), frames)
        if self.undistorted:
            found[UNDISTORTED] = (undistorted_pattern(element_id), self.undistorted)
        return found


def patterns(element_id: str) -> dict[str, str]:
    """Return where comp, element and matte lie in a delivery."""
    return {
        "comp": f"comp/{element_id}_comp.%04d.exr",
        "element": f"element/{element_id}.%04d.exr",
        "matte": f"matte/{element_id}_generated.%04d.exr",
    }


def write_files(
    studio: Studio,
    shot: Shot,
    version: Version,
    stands: Stands,
    folder: str,
    lens: Lens,
    *,
    movie: str | None,
) -> tuple[list[str], Sequences]:
    """
    Write everything but the sheet and the record; return the paths, and what the frames are.

    Args:
        studio: Ports.
        shot: The version's.
        version: What is delivered.
        stands: What it is on disk.
        folder: Of the delivery.
        lens: What of the lens is there already.
        movie: Codec of a movie; none without.
    """
    found = sequences(studio, shot, version, stands, lens, folder=folder)
    element_id = version.id
    named = {
        name.removeprefix("layer "): pattern
        for name, (pattern, _) in found.named(element_id).items()
        if name != UNDISTORTED
    }
    paths = [frame_path(pattern, n) for pattern in named.values() for n in shot.frames]
    papers = {
        f"{element_id}.nk": studio.papers.nuke_script(_script(studio, shot, version, lens)),
        **match_papers(studio, shot, version),
        **grade_papers(studio, version),
    }
    stack = stack_of_greys(studio, shot, version)
    if stack is not None:
        paths.append(f"{element_id}_grain_plate.exr")
        studio.images.write(f"{folder}/{paths[-1]}", stack)
    for name, content in papers.items():
        studio.shelf.write(f"{folder}/{name}", content)
    studio.shelf.link(studio.settings.config_path, f"{folder}/{CONFIG}")
    paths += hand_over(studio, shot, version, folder, named, movie=movie)
    return [*paths, *papers, CONFIG, *lens.paths], found


def sequences(
    studio: Studio,
    shot: Shot,
    version: Version,
    stands: Stands,
    lens: Lens,
    *,
    folder: str | None = None,
) -> Sequences:
    """Return what the frames are; with a ``folder``, write them there."""
    at = _At(studio=studio, shot=shot, version=version, folder=folder)
    layers, match = at.layers, at.match
    rows = together(studio, f"{version.id}: delivering", at.frame, list(shot.frames))
    hashes: dict[str, str] = {}
    for row in rows:
        hashes |= row.hashes
    element = [frame.element for frame in stands.frames]
    names = [facts.name for facts in shown_layers(at.variation)]
    return Sequences(
        comp=[frame.comp for frame in stands.frames],
        element=element,
        matte=[row.matte for row in rows],
        layers={
            name: element if layers is None else [row.layers[i] for row in rows]
            for i, name in enumerate(names)
        },
        match={kind: [row.match[i] for row in rows] for i, kind in enumerate(kinds_of(match))},
        undistorted=lens.frames,
        hashes=hashes,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """What of one frame was made here."""

    matte: DeliveredFrame
    layers: Frames
    match: Frames
    hashes: Mapping[str, str]


class _At:
    """One delivery, frame by frame."""

    def __init__(
        self, *, studio: Studio, shot: Shot, version: Version, folder: str | None
    ) -> None:
        self.studio, self.shot, self.version, self.folder = studio, shot, version, folder
        self.variation = book.variation_of(studio.ledger, version)
        self.layers: Seen | None = seen_layers(studio, version)
        self.match: MatchSeen | None = seen_match(studio, version)
        self.seam: Seam | None = book.seam(studio.ledger, shot.name)
        if folder is not None:
            named = [facts.name for facts in shown_layers(self.variation)]
            places = [
                *patterns(version.id).values(),
                *(layer_pattern(version.id, name) for name in named),
                *(match_pattern(version.id, kind) for kind in kinds_of(self.match)),
            ]
            for pattern in places:
                studio.shelf.make_folder(f"{folder}/{pattern.rsplit('/', 1)[0]}")

    def frame(self, frame: int) -> _Row:
        """Link what is signed, write what is made; return what it is."""
        studio, element_id = self.studio, self.version.id
        hashes: dict[str, str] = {}
        self._link(frame)

        def keep(pattern: str, picture: Picture) -> DeliveredFrame:
            path = frame_path(pattern, frame)
            if self.folder is not None:
                hashes[path] = studio.images.write(f"{self.folder}/{path}", picture)
            return delivered_frame(picture)

        layers, match = self.layers, self.match
        of_layers = frames_of_layers(studio, self.shot, layers, frame) if layers else []
        of_match = frames_of_match(studio, self.shot, match, frame) if match else []
        header = read_plate(studio, self.shot, frame) if self.shot.plate else None
        matte = read_matte(studio, self.shot, self.seam, frame)
        return _Row(
            matte=keep(
                patterns(element_id)["matte"], generated_region(self.shot, header, matte)
            ),
            layers=[keep(layer_pattern(element_id, name), p) for name, p in of_layers],
            match=[keep(match_pattern(element_id, kind), p) for kind, p in of_match],
            hashes=hashes,
        )

    def _link(self, frame: int) -> None:
        if self.folder is None:
            return
        shelf, element_id, at = self.studio.shelf, self.version.id, patterns(self.version.id)
        linked = [
            (at["comp"], shelf.comp_pattern(element_id)),
            (at["element"], shelf.element_pattern(element_id)),
        ]
        if self.layers is None:
            (only,) = shown_layers(self.variation)
            linked.append((layer_pattern(element_id, only.name), linked[1][1]))
        for target, source in linked:
            shelf.link(frame_path(source, frame), f"{self.folder}/{frame_path(target, frame)}")


def generated_region(shot: Shot, plate: Picture | None, matte: Any) -> Picture:
    """Return the generated region of a frame, 1 = generated, as a one-channel picture."""
    window = plate.data_window if plate else (0, 0, shot.width_px, shot.height_px)
    display = plate.display_window if plate else window
    carried = {
        name: value
        for name, value in (plate.attributes if plate else {}).items()
        if name not in ("chromaticities", "colorInteropID", "acesImageContainerFlag")
    }
    return Picture(
        channels={"A": np.ascontiguousarray(np.float32(1) - matte, np.float32)},
        data_window=window,
        display_window=display,
        attributes=carried,
    )


def _script(studio: Studio, shot: Shot, version: Version, lens: Lens) -> dict[str, Any]:
    space = shot.plate.colourspace if shot.plate else studio.colour.working_space
    at = patterns(version.id)
    return {
        "name": version.id,
        "frames": (shot.frames.first, shot.frames.last),
        "width_px": shot.width_px,
        "height_px": shot.height_px,
        "pixel_aspect": shot.plate.pixel_aspect if shot.plate else 1.0,
        "rate": studio.settings.rate,
        "plate": (
            {
                "pattern": shot.plate.pattern,
                "colourspace": space,
                "layer": layer_read(shot.plate),
            }
            if shot.plate
            else None
        ),
        "element": {"pattern": at["element"], "colourspace": space},
        "matte": {"pattern": at["matte"]},
        "comp": {"pattern": at["comp"], "colourspace": space},
        "cdl": version.cdl,
        "layers": layers_in_script(
            studio, shot, version, book.variation_of(studio.ledger, version)
        ),
        "match": match_in_script(studio, shot, version, seen_match(studio, version)),
        "scene": scene(studio, shot, version),
        "lens": lens.facts,
        "suggestion": live_suggestion(studio, book.as_made(studio.ledger, version)[2]),
        "config_path": CONFIG,
        "working_space": studio.colour.working_space,
    }
