"""What a Nuke script of a delivery is made from; paths are relative to the script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypedDict

from seamline.formats.usd import Scene
from seamline.show.cdl import CDL


class Pictures(TypedDict):
    """A sequence: ``pattern`` relative to the script, ``colourspace`` by the config's name."""

    pattern: str
    colourspace: str
    layer: NotRequired[str]
    """The layer or part of the files that is meant, where it is not their R, G, B."""


class Matte(TypedDict):
    """The generated region, 1 = generated; ``channel`` is ``rgba.alpha`` unless said."""

    pattern: str
    channel: NotRequired[str]


class Layer(TypedDict):
    """One painted layer: its frames, and what a person did to it."""

    name: str
    pattern: str
    colourspace: str
    cdl: CDL
    opacity: float
    says: str
    """A line for its label: how far away it stands, how it drifts."""


class HazeNode(TypedDict):
    """Air before all of the element alike, in the working space: clear x own + added."""

    clear: float
    added: tuple[float, float, float]


class MatchNodes(TypedDict):
    """A match beyond its CDL: what Nuke can do of it, and the frames with all of it on."""

    matched: Pictures
    shadow: Pictures | None
    """What live action leaves of the floor's light; None where it is off, or there is none."""
    shadow_amount: float
    grain: Pictures | None
    adds_up: bool
    """Whether grain may be added after its conversion: the plate's space is linear."""
    sigma_px: float
    haze: NotRequired[HazeNode | None]
    """None where no node can do it: the air is clearer before one layer than another."""
    on: Mapping[str, bool]
    changes: Mapping[str, bool]
    says: Mapping[str, str]


class LensNodes(TypedDict):
    """ST maps of the lens, and the element as a perfect lens sees it; paths as ever."""

    undistort: str
    redistort: str
    undistorted_px: list[int]
    element_undistorted: NotRequired[str]


class NukeComp(TypedDict):
    """What a script is made from."""

    name: str
    frames: tuple[int, int]
    width_px: int
    height_px: int
    pixel_aspect: float
    rate: str
    """Frames per second: ``24`` or ``24000/1001``."""
    plate: Pictures | None
    element: Pictures
    matte: Matte | None
    comp: Pictures
    cdl: CDL
    layers: NotRequired[tuple[Layer, ...]]
    """Back to front; none where the element was painted in one."""
    match: NotRequired[MatchNodes | None]
    """None, or missing, where the match is a CDL alone."""
    scene: NotRequired[Scene | None]
    """The shot's camera, and its painting on surfaces; none where no camera is known."""
    lens: NotRequired[LensNodes | None]
    """The lens's ST maps; none where it is a perfect one that nobody asked about."""
    suggestion: NotRequired[CDL | None]
    """A grade that the live side may need; it stands on the plate, switched off."""
    config_path: str
    working_space: str
