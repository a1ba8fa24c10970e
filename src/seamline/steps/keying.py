"""
Key a screen: a matte for every frame of a plate, and the seam that is set by it.

The screen's colour is measured once, in the middle frame; its light in every frame. What
is written is an ordinary matte sequence beside the shot, a new folder each time, so that
an earlier seam keeps the matte that it names.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from seamline.errors import InputError, ShowError
from seamline.pixels.matte import Matte, polygon_coverage
from seamline.pixels.matte.keyer import KeySettings, key
from seamline.pixels.matte.screen import CYC, Screen, measured, screen_colour
from seamline.pixels.matte.shadow import Shadow, contact_shadow
from seamline.pixels.matte.spill import despilled
from seamline.pixels.picture import Image, Picture, on_window, rgb_channels
from seamline.ports import ONLY_LAYER, Studio
from seamline.show.frames import frame_path, is_sequence
from seamline.show.record import as_record
from seamline.show.seam import Point, Seam
from seamline.show.shot import Shot
from seamline.steps import book
from seamline.steps.element import plate_frame
from seamline.steps.ingest import display_window, linear, set_seam
from seamline.steps.together import together

Sample = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAsk:
    """
    What is to be keyed, and how.

    Attributes:
        kind: ``green``, ``blue`` or ``cyc``.
        sample: A piece of bare screen, display-window pixels from the top left.
        clean: The same view without live action: one picture, or a sequence.
        settings: See ``pixels.matte.keyer``.
        despill: Whether live action without the screen's light is written too.
        floor: The floor to lift a contact shadow from; empty for none.
        one_surface: Of the seam, where it is the shot's first.
    """

    kind: str
    sample: Sample | None = None
    clean: str = ""
    settings: KeySettings = field(default_factory=KeySettings)
    despill: bool = False
    floor: tuple[Point, ...] = ()
    one_surface: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """What was written: patterns, the seam set by it, and the numbers of the key."""

    matte: str
    despilled: str
    shadow: str
    seam: Seam
    numbers: dict[str, Any]


def key_screen(studio: Studio, name: str, ask: KeyAsk) -> Keyed:
    """
    Write a matte for every frame of shot ``name`` and set its seam by it.

    Raises:
        ShowError: The shot has no plate.
        InputError: No such screen is seen, or the clean plate is not the plate's size.
    """
    shot = book.shot(studio.ledger, name)
    if shot.plate is None:
        raise ShowError(
            f"{name} has no plate, so there is nothing to key",
            remedy=f"Add the plate first: seamline shot add {name} --plate ...",
        )
    middle = _linear(studio, shot, shot.frames.middle)
    bare = middle if not ask.clean else _clean(studio, shot, ask, shot.frames.middle)
    assert bare is not None
    colour = screen_colour(bare, ask.kind, _sample_of(studio, shot, ask))
    folder = _fresh_folder(studio, shot)
    base = folder.rsplit("/", 1)[-1]
    with studio.shelf.folder(folder) as making:

        def one(frame: int) -> dict[str, Any]:
            return _one(studio, shot, ask, colour, frame, f"{making}/{base}")

        rows = together(studio, f"{name}: keying the {ask.kind} screen", one, list(shot.frames))
        numbers = _numbers(ask, colour, dict(zip(shot.frames, rows, strict=True)))
        content = json.dumps(numbers, indent=1, ensure_ascii=False) + "\n"
        studio.shelf.write(f"{making}/key.json", content.encode())
    matte = f"{folder}/{base}.%04d.exr"
    shadow = f"{folder}/{base}_shadow.%04d.exr" if ask.floor else ""
    return Keyed(
        matte=matte,
        despilled=f"{folder}/{base}_live.%04d.exr" if ask.despill else "",
        shadow=shadow,
        seam=_seam_with(studio, shot, ask, matte, shadow),
        numbers=numbers,
    )


def _sample_of(studio: Studio, shot: Shot, ask: KeyAsk) -> Sample | None:
    if ask.sample is None:
        if ask.kind == CYC and ask.clean:
            return 0, 0, 1 << 16, 1 << 16  # a clean plate is bare all over
        return None
    window, display = _window(studio, shot, shot.frames.middle), display_window(shot)
    x, y, width, height = ask.sample
    return x + display[0] - window[0], y + display[1] - window[1], width, height


def _window(studio: Studio, shot: Shot, frame: int) -> tuple[int, int, int, int]:
    assert shot.plate is not None
    path = frame_path(shot.plate.pattern, frame)
    return studio.images.header(path, layer=shot.plate.layer or ONLY_LAYER).data_window


def _linear(studio: Studio, shot: Shot, frame: int) -> Image:
    return linear(studio, shot, plate_frame(studio, shot, frame))


def _clean(studio: Studio, shot: Shot, ask: KeyAsk, frame: int) -> Image | None:
    """Return the clean plate over the plate's data window, in the working space."""
    if not ask.clean:
        return None
    assert shot.plate is not None
    path = frame_path(ask.clean, frame) if is_sequence(ask.clean) else ask.clean
    if not studio.shelf.exists(path):
        raise InputError(f"there is no clean plate at {path}", remedy="Check --clean.")
    picture = studio.images.read(path)
    display = shot.plate.display_window
    if picture.display_window[2:] != display[2:]:
        raise InputError(
            f"{path} is {picture.display_window[2]}x{picture.display_window[3]}, the plate's "
            f"frame is {display[2]}x{display[3]}",
            remedy="A clean plate is the same camera's, at the same size.",
        )
    space = studio.images.evidence(path, flag=None, default=shot.plate.colourspace).colourspace
    rgb = studio.colour.convert(picture.rgb(), space, studio.colour.working_space)
    return np.asarray(
        on_window(rgb, picture.data_window, _window(studio, shot, frame)), np.float32
    )


def _one(
    studio: Studio, shot: Shot, ask: KeyAsk, colour: tuple[float, float, float], frame: int,
    path: str,
) -> dict[str, Any]:  # fmt: skip
    """Write one frame's files; return what was measured in it."""
    plate = plate_frame(studio, shot, frame)
    rgb = linear(studio, shot, plate)
    clean = _clean(studio, shot, ask, frame)
    screen = measured(rgb, ask.kind, colour, clean=clean)
    matte = key(rgb, screen, ask.settings)
    pattern = f"{path}.%04d.exr"
    _write(studio, frame_path(pattern, frame), plate, {"A": matte})
    found: dict[str, Any] = {
        "screen": [round(v, 5) for v in np.median(screen.behind, axis=(0, 1)).tolist()],
        "noise": [round(v, 5) for v in screen.noise],
        "screen_share": round(screen.seen, 4),
        "live_share": round(float(matte.mean()), 4),
        "soft_share": round(float(((matte > 0) & (matte < 1)).mean()), 4),
    }
    found |= _spill(
        studio, shot, ask, plate, rgb, screen, matte, frame_path(f"{path}_live.%04d.exr", frame)
    )
    if ask.floor:
        shadow = _shadow(shot, ask, plate, rgb, matte, clean)
        channels = {n: np.ascontiguousarray(shadow.light[..., i]) for i, n in enumerate("RGB")}
        _write(studio, frame_path(f"{path}_shadow.%04d.exr", frame), plate, channels)
        found["shadow_stops"] = round(shadow.deepest_stops, 3)
    return found


def _spill(
    studio: Studio, shot: Shot, ask: KeyAsk, plate: Picture, rgb: Image, screen: Screen,
    matte: Matte, path: str,
) -> dict[str, Any]:  # fmt: skip
    """Return how much of live action's light is the screen's; write it without, if asked to."""
    finite = np.nan_to_num(rgb, nan=0.0, posinf=65504.0, neginf=0.0)
    left = despilled(finite, screen, weight=np.where(matte == 1, matte, np.float32(0)))
    if ask.despill:
        a = matte[..., None]
        own = finite - (1 - a) * screen.behind
        clean = despilled(own.astype(np.float32), screen).rgb
        assert shot.plate is not None
        stored = studio.colour.convert(
            np.where(a > 0, clean, np.float32(0)).astype(np.float32),
            studio.colour.working_space,
            shot.plate.colourspace,
        )
        kept = np.where(a > 0, stored, np.float32(0)).astype(np.float32)
        _write(studio, path, plate, {**rgb_channels(kept, plate.channel_type), "A": matte})
    return {"spill_share": round(left.share, 4)}


def _shadow(
    shot: Shot, ask: KeyAsk, plate: Picture, rgb: Image, matte: Matte, clean: Image | None
) -> Shadow:
    display, window = display_window(shot), plate.data_window
    dx, dy = display[0] - window[0], display[1] - window[1]
    floor = polygon_coverage(
        [(x + dx, y + dy) for x, y in ask.floor], width=window[2], height=window[3]
    )
    return contact_shadow(rgb, matte, floor == 1, clean=clean)


def _write(studio: Studio, path: str, plate: Picture, channels: dict[str, Any]) -> None:
    studio.images.write(
        path,
        Picture(
            channels=channels,
            data_window=plate.data_window,
            display_window=plate.display_window,
        ),
    )


def _fresh_folder(studio: Studio, shot: Shot) -> str:
    number = 1
    while True:
        path = studio.shelf.matte_path(shot.name, f"{shot.name}_key_v{number:03d}")
        if not studio.shelf.exists(path):
            return path
        number += 1


def _numbers(
    ask: KeyAsk, colour: tuple[float, float, float], frames: dict[int, dict[str, Any]]
) -> dict[str, Any]:
    return {
        "schema": 1,
        "screen": ask.kind,
        "colour": [round(v, 6) for v in colour],
        "sample": list(ask.sample) if ask.sample else None,
        "clean": ask.clean,
        "settings": as_record(ask.settings),
        "spill_share": max(row["spill_share"] for row in frames.values()),
        "frames": {str(n): row for n, row in frames.items()},
    }


def _seam_with(studio: Studio, shot: Shot, ask: KeyAsk, matte: str, shadow: str) -> Seam:
    standing = book.seam(studio.ledger, shot.name)
    if standing is None:
        wanted = Seam(shot=shot.name, version=1, matte=matte, one_surface=ask.one_surface)
    else:
        wanted = replace(standing, matte=matte, matte_digests=())
    return set_seam(studio, replace(wanted, matte_channel="A", shadow=shadow))
