"""
What a camera that travels should see, by Blender: a card, the ground, a sphere, three cards.

Known places are bright dots: the centre of each is found in Blender's frame and in ours,
and told apart in pixels. Cards are the patch generator's own, completed where something
nearer hid them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

import views
from blender import Mesh, grid_mesh, rendered
from seamline.fast import reproject
from seamline.generators.patch.cards import PatchCards
from seamline.optics.parallax import Poses, shutter_poses
from seamline.optics.projection import Pinhole
from seamline.optics.rotation import as_numbers, as_rotation, from_pan_tilt_roll
from seamline.pixels.picture import Image
from seamline.show.camera import CameraSample, CameraTrack, Lens
from seamline.show.canvas import Canvas
from seamline.steps.looked import Depth, Look

WIDTH, HEIGHT = 480, 270
WINDOW = (0, 0, WIDTH, HEIGHT)
SENSOR_MM = 24.0
DOT_PX = 3.0
REACH_PX = 8
"""Half the width of the square in which a dot's centre is found."""
STUDIO: Any = SimpleNamespace(optics=reproject)


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """By how many pixels places lie apart in two frames: median, most, and how many."""

    median_px: float
    most_px: float
    dots: int


def camera(
    poses: list[tuple[tuple[float, float, float], tuple[float, float, float], float]],
    *,
    shutter: float = 0.0,
) -> CameraTrack:
    """A track from frame 1: (position, (pan, tilt, roll), focal length mm) of each frame."""
    samples = tuple(
        CameraSample(
            frame=number,
            lens=Lens(
                focal_length_mm=focal, sensor_width_mm=SENSOR_MM,
                sensor_height_mm=SENSOR_MM * HEIGHT / WIDTH,
            ),
            position_m=position,
            world_from_camera=as_numbers(from_pan_tilt_roll(*turned)),
        )
        for number, (position, turned, focal) in enumerate(poses, start=1)
    )  # fmt: skip
    return CameraTrack(samples=samples, shutter_angle_deg=360 * shutter)


def told(track: CameraTrack) -> list[dict[str, Any]]:
    """``track`` as Blender's keyframes."""
    return [
        {
            "frame": s.frame, "position_m": s.position_m,
            "world_from_camera": s.world_from_camera,
            "focal_length_mm": s.lens.focal_length_mm,
        }
        for s in track.samples
    ]  # fmt: skip


def poses_of(
    canvas: Canvas, track: CameraTrack, frame: int, nearest_m: float | None = None
) -> tuple[Look, Poses]:
    """Our camera on ``frame``: its view of the canvas, and where it is."""
    pinhole = Pinhole.of(track.sample(frame).lens, WINDOW)
    look = Look(studio=STUDIO, canvas=canvas, pinhole=pinhole, window=WINDOW)
    return look, shutter_poses(canvas, track, frame, pinhole, WINDOW, nearest_m=nearest_m)


def dotted(width: int, height: int, step: int, sigma: float) -> tuple[Image, np.ndarray]:
    """(H, W, 4) of round dots, and (N, 2) their centres, canvas pixels."""
    x, y = np.arange(width) + 0.5, np.arange(height) + 0.5
    across, down = (np.arange(step / 2, size, step) for size in (width, height))
    left = np.exp(-((x[:, None] - across) ** 2) / (2 * sigma**2)).sum(axis=1)
    top = np.exp(-((y[:, None] - down) ** 2) / (2 * sigma**2)).sum(axis=1)
    light = top[:, None] * left[None, :]
    rgba = np.stack([light, light / 2, light / 4, np.ones_like(light)], axis=-1)
    return rgba.astype(np.float32), np.stack(np.meshgrid(across, down), -1).reshape(-1, 2)


def apart(ours: Image, theirs: Image, places: np.ndarray, reach: int = REACH_PX) -> Apart:
    """How far the dots near ``places`` (N, 2), frame pixels, lie apart."""
    found = []
    for x, y in places:
        if not (reach + 2 < x < WIDTH - reach - 2 and reach + 2 < y < HEIGHT - reach - 2):
            continue
        box = (
            slice(int(y) - reach, int(y) + reach + 1),
            slice(int(x) - reach, int(x) + reach + 1),
        )
        one, two = (centre(frame[box][..., 0]) for frame in (ours, theirs))
        found.append(math.dist(one, two))
    return Apart(
        median_px=float(np.median(found)), most_px=float(np.max(found)), dots=len(found)
    )


def centre(light: np.ndarray) -> tuple[float, float]:
    """The middle of what is brighter than a quarter of the brightest."""
    weight = np.maximum(light.astype(np.float64) - 0.25 * float(light.max()), 0)
    rows, columns = np.indices(light.shape)
    return (
        float((weight * columns).sum() / weight.sum()),
        float((weight * rows).sum() / weight.sum()),
    )


def worst(all_of: list[Apart]) -> Apart:
    """The worst frame's."""
    return Apart(
        median_px=max(a.median_px for a in all_of), most_px=max(a.most_px for a in all_of),
        dots=min(a.dots for a in all_of),
    )  # fmt: skip


# -- a card, and the ground ----------------------------------------------------------


def card_of(
    width: int, height: int, px_per_m: float, *, origin: tuple[float, float, float],
    axes: np.ndarray, left: float, top: float,
) -> Canvas:  # fmt: skip
    return Canvas(
        shot="truth", kind="card", width_px=width, height_px=height, origin_m=origin,
        world_from_canvas=as_numbers(axes), card_left_m=left, card_top_m=top,
        px_per_m=px_per_m,
    )  # fmt: skip


def card_mesh(canvas: Canvas, rgba: Image) -> Mesh:
    """The card's four corners in the world."""
    x = canvas.card_left_m + np.array([0, canvas.width_px]) / canvas.px_per_m
    y = canvas.card_top_m - np.array([0, canvas.height_px]) / canvas.px_per_m
    across, up = np.meshgrid(x, y)
    points = (
        np.stack([across, up, np.zeros_like(up)], -1) @ as_rotation(canvas.world_from_canvas).T
    )
    return grid_mesh(points + np.array(canvas.origin_m), rgba)


def dots_in_frame(
    canvas: Canvas, track: CameraTrack, frame: int, dots: np.ndarray
) -> np.ndarray:
    """(N, 2) where dots of a card lie in a frame, by the projection written out."""
    sample = track.sample(frame)
    x = canvas.card_left_m + dots[:, 0] / canvas.px_per_m
    y = canvas.card_top_m - dots[:, 1] / canvas.px_per_m
    axes = np.array(canvas.world_from_canvas).reshape(3, 3)
    world = np.stack([x, y, np.zeros_like(x)], -1) @ axes.T + np.array(canvas.origin_m)
    return in_frame(world, sample)


def in_frame(world: np.ndarray, sample: CameraSample) -> np.ndarray:
    """(N, 2) where world points lie in a frame: x' = f X / -Z (Hartley & Zisserman, 6.1)."""
    axes = np.array(sample.world_from_camera).reshape(3, 3)
    seen = (world - np.array(sample.position_m)) @ axes
    focal = sample.lens.focal_length_mm / SENSOR_MM * WIDTH
    x, y = seen[:, 0] / -seen[:, 2] * focal, seen[:, 1] / -seen[:, 2] * focal
    return np.stack([WIDTH / 2 + x, HEIGHT / 2 - y], axis=-1)


def card_apart(
    folder: Path, track: CameraTrack, frames: list[int], *, shutter: float = 0.0,
    slant_deg: float = 0.0, samples: int = 16,
) -> Apart:  # fmt: skip
    """Blender's frames of a card 6 m away, turned away by ``slant_deg``, and ours."""
    width, height, scale = 1440, 900, 120.0
    rgba, dots = dotted(width, height, 60, 2 * DOT_PX)
    canvas = card_of(
        width, height, scale, origin=(0.0, 0.0, -6.0),
        axes=from_pan_tilt_roll(slant_deg, slant_deg / 3), left=-width / scale / 2,
        top=height / scale / 2,
    )  # fmt: skip
    theirs = rendered(
        folder, [card_mesh(canvas, rgba)], told(track), frames, size=(WIDTH, HEIGHT),
        sensor_width_mm=SENSOR_MM, shutter=shutter, samples=samples,
    )  # fmt: skip
    found = []
    for frame in frames:
        look, poses = poses_of(canvas, track, frame)
        ours = look.at(rgba, poses, None)
        found.append(apart(ours, theirs[frame], dots_in_frame(canvas, track, frame, dots)))
    return worst(found)


def ground_apart(folder: Path, samples: int = 16) -> Apart:
    """Blender's frames of dots on the ground, up to 5 m away, and ours."""
    width, height, scale = 1600, 1000, 160.0
    rgba, dots = dotted(width, height, 100, 16.0)
    canvas = card_of(
        width, height, scale, origin=(0.0, 0.0, 0.0),
        axes=np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]), left=-5.0, top=6.5,
    )  # fmt: skip
    track = camera(
        [((-0.3, 1.6, 0.0), (-4, -14, 1), 20.0), ((0.4, 1.7, -0.2), (3, -12, 0), 24.0)]
    )
    theirs = rendered(
        folder, [card_mesh(canvas, rgba)], told(track), [1, 2], size=(WIDTH, HEIGHT),
        sensor_width_mm=SENSOR_MM, samples=samples,
    )  # fmt: skip
    near = dots[canvas.card_top_m - dots[:, 1] / scale < 5.0]
    found = []
    for frame in (1, 2):
        look, poses = poses_of(canvas, track, frame)
        places = dots_in_frame(canvas, track, frame, near)
        found.append(apart(look.at(rgba, poses, None), theirs[frame], places))
    return worst(found)


# -- spheres -------------------------------------------------------------------------


def sphere_of(width: int, height: int, px_per_rad: float) -> Canvas:
    """A window of directions straight ahead, its middle 1.6 m above the origin."""
    return Canvas(
        shot="truth", kind="sphere", width_px=width, height_px=height,
        longitude_left_rad=-width / px_per_rad / 2, latitude_top_rad=height / px_per_rad / 2,
        px_per_rad=px_per_rad, origin_m=(0.0, 1.6, 0.0),
    )  # fmt: skip


def sphere_mesh(canvas: Canvas, rgba: Image, distance_m: float, cells: int = 80) -> Mesh:
    """The canvas's window as a patch of a sphere about its middle."""
    rows = math.ceil(cells * canvas.height_px / canvas.width_px)
    longitude = canvas.longitude_left_rad + np.linspace(0, canvas.width_px, cells + 1) / (
        canvas.px_per_rad
    )
    latitude = canvas.latitude_top_rad - np.linspace(0, canvas.height_px, rows + 1) / (
        canvas.px_per_rad
    )
    lon, lat = np.meshgrid(longitude, latitude)
    ways = np.stack([np.cos(lat) * np.sin(lon), np.sin(lat), -np.cos(lat) * np.cos(lon)], -1)
    return grid_mesh(ways * distance_m + np.array(canvas.origin_m), rgba)


def sphere_apart(
    folder: Path, track: CameraTrack, frames: list[int], distance_m: float
) -> Apart:
    """Blender's frames of a sphere of dots about (0, 1.6, 0), and ours."""
    canvas = sphere_of(840, 500, 600.0)
    rgba, dots = dotted(840, 500, 40, DOT_PX)
    theirs = rendered(
        folder, [sphere_mesh(canvas, rgba, distance_m)], told(track), frames,
        size=(WIDTH, HEIGHT), sensor_width_mm=SENSOR_MM,
    )  # fmt: skip
    lon = canvas.longitude_left_rad + dots[:, 0] / canvas.px_per_rad
    lat = canvas.latitude_top_rad - dots[:, 1] / canvas.px_per_rad
    ways = np.stack([np.cos(lat) * np.sin(lon), np.sin(lat), -np.cos(lat) * np.cos(lon)], -1)
    found = []
    for frame in frames:
        look, poses = poses_of(canvas, track, frame, distance_m)
        ours = look.at(rgba, poses, distance_m)
        world = ways * distance_m + np.array(canvas.origin_m)
        found.append(apart(ours, theirs[frame], in_frame(world, track.sample(frame))))
    return worst(found)


# -- three cards of the patch generator ----------------------------------------------

CARDS_M = {"sky": 4000.0, "far": 60.0, "forest": 12.0}


def three_cards(width: int = 640, height: int = 360) -> list[tuple[str, Image]]:
    """(label, (H, W, 4) associated, scene-linear), back to front: cut and completed."""
    master, maker = views.valley(height, width), PatchCards()
    found = []
    for layer in maker.cut(master, views.valley_drawing(height, width)):
        pixels = maker.complete(master, layer, seed=1, width_px=width)
        x, y, w, h = pixels.window
        rgba = np.zeros((height, width, 4), np.float32)
        alpha = layer.alpha[y : y + h, x : x + w, None]
        light = np.exp2(pixels.colour * np.float32(17.52) - np.float32(9.72))
        rgba[y : y + h, x : x + w] = np.concatenate([light * alpha, alpha], axis=-1)
        found.append((layer.label, rgba))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """How our frames of three cards agree with Blender's."""

    hole_px: int
    parallax_px: dict[str, float]
    stops_median: float
    stops_p99: float
    flat_stops_p99: float
    """The same for cards that lie flat: what parallax is worth."""
    shift_px: float
    """Largest whole-frame shift between the two, by phase correlation."""


def cards_passed(folder: Path, frames: list[int], half_travel_m: float = 0.3) -> Passed:
    """A camera that moves sideways past three complete cards, seen by both."""
    focal_px = 480.0
    last = frames[-1]
    track = camera(
        [
            ((half_travel_m * (2 * (n - 1) / (last - 1) - 1), 1.6, 0.0), (0, 0, 0),
             focal_px / WIDTH * SENSOR_MM)
            for n in range(1, last + 1)
        ]
    )  # fmt: skip
    canvas = sphere_of(640, 360, focal_px)
    cards = three_cards()
    depths = [Depth(rgba=rgba, distance_m=CARDS_M[label]) for label, rgba in cards]
    theirs = rendered(
        folder,
        [sphere_mesh(canvas, d.rgba, float(d.distance_m or 0)) for d in depths],
        told(track), frames, size=(WIDTH, HEIGHT), sensor_width_mm=SENSOR_MM,
    )  # fmt: skip
    holes, stops, flat, shifts = 0, [], [], []
    for frame in frames:
        look, poses = poses_of(canvas, track, frame, min(CARDS_M.values()))
        ours = look.through(depths, poses)
        still = look.through([Depth(rgba=d.rgba, distance_m=None) for d in depths], poses)
        holes += int((ours[..., 3] < 0.999).sum())
        blender = theirs[frame]
        stops.append(_stops(ours, blender))
        flat.append(_stops(still, blender))
        shifts.append(shift_px(ours[..., 1], blender[..., 1]))
    at = np.concatenate([s.reshape(-1) for s in stops])
    return Passed(
        hole_px=holes,
        parallax_px={k: half_travel_m / m * focal_px for k, m in CARDS_M.items()},
        stops_median=float(np.median(at)),
        stops_p99=float(np.quantile(at, 0.99)),
        flat_stops_p99=float(np.quantile(np.concatenate([s.reshape(-1) for s in flat]), 0.99)),
        shift_px=max(shifts),
    )


def _stops(ours: Image, theirs: Image) -> np.ndarray:
    """Green, each a mean of 5 x 5 pixels: filters differ, what stands where does not."""
    one, two = (
        np.lib.stride_tricks.sliding_window_view(rgba[..., 1].astype(np.float64), (5, 5)).mean(
            axis=(2, 3)
        )
        for rgba in (ours, theirs)
    )
    return np.abs(np.log2(one / two))


def shift_px(one: np.ndarray, two: np.ndarray, tile: int = 64) -> float:
    """
    The median shift of tiles that have detail, by the gradient's least squares.

    Source: Lucas and Kanade 1981, one step: exact for shifts well below a pixel.
    """
    found = []
    one, two = (np.log2(np.maximum(a.astype(np.float64), 1e-4)) for a in (one, two))
    for y in range(0, one.shape[0] - tile + 1, tile):
        for x in range(0, one.shape[1] - tile + 1, tile):
            a, b = (v[y : y + tile, x : x + tile] for v in (one, two))
            gy, gx = np.gradient((a + b) / 2)
            gx, gy, d = (v[2:-2, 2:-2].reshape(-1) for v in (gx, gy, b - a))
            matrix = np.array([[gx @ gx, gx @ gy], [gx @ gy, gy @ gy]])
            if np.linalg.eigvalsh(matrix)[0] < 1e-2:
                continue
            moved = np.linalg.solve(matrix, [gx @ d, gy @ d])
            found.append(float(np.hypot(*moved)))
    return float(np.median(found))
