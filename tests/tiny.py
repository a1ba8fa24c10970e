"""Tiny shows and small takes: real files, ledgers, keys and colour, at 64 x 36."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fakes import FakeClock
from seamline import wiring
from seamline.pixels.picture import Picture
from seamline.ports import Studio
from seamline.show.camera import CameraSample, CameraTrack, Lens
from seamline.show.frames import FrameRange, frame_path
from seamline.show.lock import Light
from seamline.show.reference import Reference
from seamline.show.seam import Box, Seam
from seamline.show.shot import Shot
from seamline.steps.copies import Said
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.reference import Permission, add_reference
from synth import Pose, Rig, opentrackio_lines

AP1 = ("float[8]", (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767))
APPROVED = Permission(
    kind="photography",
    owner="Ada Bell",
    licence="CC-BY-4.0",
    approved_by="Supervisor",
    allow=("paint",),
)


def frame_of(
    rgb: NDArray[Any],
    *,
    dtype: type[Any] = np.float16,
    window: tuple[int, int, int, int] | None = None,
    display: tuple[int, int, int, int] | None = None,
    attributes: Mapping[str, tuple[str, Any]] | None = None,
) -> Picture:
    """(H, W, 3) as one frame; AP1 chromaticities in its header unless told otherwise."""
    height, width = rgb.shape[:2]
    window = window or (0, 0, width, height)
    return Picture(
        channels={
            n: np.ascontiguousarray(rgb[..., i]).astype(dtype) for i, n in enumerate("RGB")
        },
        data_window=window,
        display_window=display or window,
        attributes={"chromaticities": AP1} if attributes is None else attributes,
    )


class TinyShow:
    """A real show in a folder of the test's: real files, ledger, keys and colour."""

    def __init__(self, root: Path) -> None:
        self.root = root / "show"
        self.material = root / "material"
        self.material.mkdir()
        wiring.new_show(str(self.root), "Tiny", width=64, height=36, rate="24")
        self.clock = FakeClock()
        self.studio: Studio = replace(
            wiring.open_studio(str(self.root), threads=1, quiet=True), clock=self.clock
        )

    def plate(
        self,
        name: str,
        frames: FrameRange,
        frame: Callable[[int], Picture],
    ) -> str:
        """Write a plate; return its pattern."""
        pattern = str(self.material / f"{name}.%04d.exr")
        for number in frames:
            self.studio.images.write(frame_path(pattern, number), frame(number))
        return pattern

    def matte(
        self, name: str, frames: FrameRange, matte: Callable[[int], NDArray[np.float32]]
    ) -> str:
        """Write a one-channel matte sequence; return its pattern."""

        def picture(number: int) -> Picture:
            plane = np.ascontiguousarray(matte(number), np.float32)
            window = (0, 0, plane.shape[1], plane.shape[0])
            return Picture(channels={"A": plane}, data_window=window, display_window=window)

        return self.plate(f"{name}_matte", frames, picture)

    def track(self, name: str, rig: Rig, poses: list[Pose], **said: Any) -> str:
        """Write an OpenTrackIO take; return its path."""
        path = self.material / f"{name}.opentrackio.jsonl"
        path.write_text(opentrackio_lines(rig, poses, **said))
        return str(path)

    def picture(self, name: str, rgb: NDArray[Any], **said: Any) -> str:
        """Write a picture for a reference; return its path."""
        path = str(self.material / name)
        self.studio.images.write(path, frame_of(rgb, **said))
        return path

    def reference(
        self,
        name: str,
        rgb: NDArray[Any],
        *,
        light: Light | None = None,
        unlike: tuple[str, ...] = (),
        **said: Any,
    ) -> Reference:
        """Add an approved reference; the supervisor says that it is no copy of ``unlike``."""
        words = replace(APPROVED, light=light or Light(), **said)
        if unlike:
            if "Supervisor" not in self.studio.keyring.names():
                self.studio.keyring.create("Supervisor", None)
            by = Said(not_a_copy=unlike, by="Supervisor", reason="they are two pictures")
            words = replace(words, copies=by)
        return add_reference(self.studio, self.picture(name, rgb), words)

    def static_shot(
        self,
        name: str = "S_010",
        *,
        frames: int = 2,
        rgb: Callable[[int], NDArray[Any]] | None = None,
        live: Callable[[int], NDArray[np.float32]] | None = None,
        box: Box | None = None,
        one_surface: bool = False,
        dtype: type[Any] = np.float16,
    ) -> Shot:
        """A locked-off shot, 64 x 36: by default the lower half is live."""
        numbers = FrameRange(first=1001, last=1000 + frames)
        look = rgb or (lambda n: grey_and_noise(n, 36, 64))
        pattern = self.plate(name, numbers, lambda n: frame_of(look(n), dtype=dtype))
        shot = add_shot(self.studio, name, plate=pattern, static=True, frames=numbers)
        matte = "" if box else self.matte(name, numbers, live or (lambda n: lower_half(36, 64)))
        set_seam(
            self.studio,
            Seam(shot=name, version=1, matte=matte, box=box, one_surface=one_surface),
        )
        return shot


def grey_and_noise(seed: int, height: int, width: int) -> NDArray[np.float32]:
    """A mid-grey frame with grain: no two frames alike."""
    grain = np.random.default_rng(seed).normal(0, 0.02, (height, width, 3))
    return (0.18 + grain).astype(np.float32)


def lower_half(height: int, width: int) -> NDArray[np.float32]:
    """1 below the middle: a matte without soft edges."""
    matte = np.zeros((height, width), np.float32)
    matte[height // 2 :] = 1
    return matte


def pan_track(
    pans_deg: list[float],
    *,
    tilt_deg: float = 0.0,
    lens: Lens | None = None,
    shutter_angle_deg: float = 180.0,
    travel_m: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> CameraTrack:
    """A track from 1001 on whose camera pans; ``travel_m`` is moved per frame."""
    lens = lens or Lens(focal_length_mm=35.0, sensor_width_mm=24.89, sensor_height_mm=14.0)
    samples = []
    for place, pan in enumerate(pans_deg):
        axes = Pose(pan_deg=pan, tilt_deg=tilt_deg).axes()
        x, y, z = (v * place for v in travel_m)
        samples.append(
            CameraSample(
                frame=1001 + place,
                lens=lens,
                position_m=(x, 1.6 + y, z),
                world_from_camera=tuple(float(v) for v in axes.reshape(9)),
            )
        )
    return CameraTrack(
        samples=tuple(samples), rate=Fraction(24), shutter_angle_deg=shutter_angle_deg
    )
