"""
USD cameras: UsdGeomCamera, its transforms evaluated by pxr.

Positions are scene units, metres by ``metersPerUnit``; focal length and apertures are
tenths of a scene unit by the letter and millimetres by custom, which differ unless the
scene is in centimetres. A stage with Z up is turned. Frames are time codes; the exposure
goes from ``shutter:open`` to ``shutter:close`` around them, and the camera is read in its
middle. Aperture offsets shift the window, so the lens's axis lies on the other side.

Source: UsdGeomCamera, and "Units of Measure for Camera Properties" there.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from seamline.errors import TrackError
from seamline.formats.tracks import turns
from seamline.formats.tracks.asked import Asked
from seamline.formats.tracks.framed import Pose, framed
from seamline.formats.tracks.sidecar import rate_of
from seamline.show.camera import CameraTrack, Lens
from seamline.show.frames import FrameRange

NAME = "USD camera"
ENDINGS = (".usd", ".usda", ".usdc", ".usdz")
LIKELY_MM = (3.0, 80.0)
"""Width of a film back in millimetres; outside it the numbers are scene units."""


def sniff(path: str, head: bytes) -> bool:
    """Tell by the name, or by how a USD file begins."""
    return path.lower().endswith(ENDINGS) or head.startswith((b"#usda", b"PXR-USDC"))


def read(content: bytes, asked: Asked) -> CameraTrack:
    """
    Return the stage's camera.

    Raises:
        TrackError: pxr is not installed, the stage does not open, it has no camera or
            several and nobody said which, or a transform is no camera's.
    """
    usd = _pxr(asked)
    try:
        return _read(usd, asked)
    except (usd.Tf.ErrorException, RuntimeError, UnicodeDecodeError) as error:
        raise TrackError(
            f"{asked.path} is no USD stage that can be read ({_said(error)})",
            remedy="Export it again.",
        ) from error


def _said(error: Exception) -> str:
    """Return the last line of what pxr says; what it quotes may be no text at all."""
    try:
        return str(error).strip().splitlines()[-1].strip()[:160]
    except (UnicodeDecodeError, IndexError):
        return "it quotes bytes that are no text"


def _read(usd: Any, asked: Asked) -> CameraTrack:
    stage = usd.Usd.Stage.Open(asked.path, usd.Usd.Stage.LoadNone)
    cameras = {
        str(prim.GetPath()): usd.UsdGeom.Camera(prim)
        for prim in stage.Traverse()
        if prim.IsA(usd.UsdGeom.Camera)
    }
    wanted = [path for path in cameras if asked.camera in (path, path.rsplit("/", 1)[-1])]
    camera = cameras[wanted[0] if len(wanted) == 1 else asked.only(list(cameras), "camera")]
    codes = _Codes(usd, stage, camera, asked)
    scene = _Scene(usd, stage, camera, asked)
    poses = [scene.pose(frame, codes.code(frame)) for frame in codes.frames]
    return framed(
        asked, poses, rate=codes.rate, shutter_angle_deg=codes.shutter_deg,
        notes=(*codes.notes, *scene.notes),
    )  # fmt: skip


def _pxr(asked: Asked) -> Any:
    try:
        import pxr
        from pxr import Tf, Usd, UsdGeom  # noqa: F401
    except ImportError as error:
        raise TrackError(
            f"{asked.path} is a USD file, and usd-core is not installed",
            remedy="pip install 'seamline[usd]'",
        ) from error
    return pxr


class _Codes:
    """Which time code each frame is."""

    def __init__(self, usd: Any, stage: Any, camera: Any, asked: Asked) -> None:
        self.notes: list[str] = []
        self.rate: Fraction | None = None
        per_second = float(stage.GetTimeCodesPerSecond())
        rate = float(stage.GetFramesPerSecond())
        said = stage.HasAuthoredMetadata("framesPerSecond")
        if said or stage.HasAuthoredMetadata("timeCodesPerSecond"):
            self.rate = rate_of(rate if said else per_second, asked.path)
        self._per_frame = per_second / rate if said and rate > 0 else 1.0
        opens = camera.GetShutterOpenAttr().Get() or 0.0
        closes = camera.GetShutterCloseAttr().Get() or 0.0
        self.shutter_deg: float | None = None
        self._middle = 0.0
        if closes > opens:
            self.shutter_deg = min(360.0, (closes - opens) * 360.0)
            self._middle = (opens + closes) / 2
        elif closes < opens:
            raise TrackError(
                f"{asked.path}: the shutter closes at {closes:g} and opens at {opens:g}",
                remedy="Correct shutter:open and shutter:close.",
            )
        self.frames = self._own(usd, stage, camera, asked)

    def _own(self, usd: Any, stage: Any, camera: Any, asked: Asked) -> FrameRange:
        if not stage.HasAuthoredTimeCodeRange():
            samples = _sampled(usd, camera)
            if not samples:
                return asked.frames or FrameRange(first=1001, last=1001)
            start, end = samples[0], samples[-1]
        else:
            start, end = stage.GetStartTimeCode(), stage.GetEndTimeCode()
        first, last = (round(code / self._per_frame) for code in (start, end))
        if last < first or last - first > 1_000_000 or first < 0:
            raise TrackError(
                f"{asked.path}: its time codes go from {start:g} to {end:g}",
                remedy="Export the stage with its frames, from 0 on.",
            )
        self._refuse_sparse(usd, camera, asked)
        return FrameRange(first=first, last=last)

    def _refuse_sparse(self, usd: Any, camera: Any, asked: Asked) -> None:
        samples = _sampled(usd, camera)
        steps = [b - a for a, b in pairwise(samples)]
        if steps and max(steps) > 1.001 * self._per_frame:
            at = samples[steps.index(max(steps))]
            self.notes.append(
                f"the stage has no sample from time code {at:g} to {at + max(steps):g}; the "
                "camera goes straight there"
            )

    def code(self, frame: int) -> float:
        """Return the time code of the middle of the frame's exposure."""
        return float(frame * self._per_frame + self._middle)


def _sampled(usd: Any, camera: Any) -> list[float]:
    found: set[float] = set()
    prim = camera.GetPrim()
    while prim and not prim.IsPseudoRoot():
        found.update(usd.UsdGeom.Xformable(prim).GetTimeSamples())
        prim = prim.GetParent()
    for attribute in (camera.GetFocalLengthAttr(), camera.GetHorizontalApertureAttr()):
        found.update(attribute.GetTimeSamples())
    return sorted(found)


class _Scene:
    """The camera's pose and lens by time code."""

    def __init__(self, usd: Any, stage: Any, camera: Any, asked: Asked) -> None:
        self._camera, self._where = camera, f"{asked.path}, {camera.GetPath()}"
        self._squeeze = asked.sidecar.squeeze or 1.0
        self.notes: list[str] = []
        geom = usd.UsdGeom
        self._metres = float(geom.GetStageMetersPerUnit(stage))
        if asked.sidecar.unit is not None:
            self._metres = asked.sidecar.metres
        elif not geom.StageHasAuthoredMetersPerUnit(stage):
            self.notes.append("the stage names no unit; centimetres are assumed, as USD does")
        if not 0 < self._metres < 1e6:
            raise TrackError(
                f"{asked.path}: metersPerUnit is {self._metres:g}", remedy="Correct it there."
            )
        self._up = str(geom.GetStageUpAxis(stage))
        width = camera.GetHorizontalApertureAttr().Get()
        self._mm = 1.0
        low, high = LIKELY_MM
        if width and not low <= width <= high and low <= width * self._metres * 100 <= high:
            self._mm = self._metres * 100
            self.notes.append(
                f"the film back is {width:g} tenths of a scene unit, {width * self._mm:.4g} mm"
            )
        kind = camera.GetProjectionAttr().Get()
        if kind not in (None, "perspective"):
            raise TrackError(
                f"{self._where}: its projection is {kind}",
                remedy="Export a perspective camera.",
            )

    def pose(self, frame: int, code: float) -> Pose:
        """Return pose and lens of ``frame`` at time ``code``."""
        m = self._camera.ComputeLocalToWorldTransform(code)
        # USD's vectors are rows: its matrix is the transpose of ours.
        turned = tuple(tuple(float(m[c][r]) for c in range(3)) for r in range(3))
        rows = turns.unscaled(turned, f"{self._where}, frame {frame}")  # type: ignore[arg-type]
        x, y, z = (float(m[3][i]) * self._metres for i in range(3))
        position, rows = turns.world((x, y, z), rows, up=self._up)
        return Pose(number=frame, position_m=position, rows=rows, lens=self._lens(frame, code))

    def _lens(self, frame: int, code: float) -> Lens:
        camera = self._camera
        focal, wide, high, right, above, focus = (
            float(attribute.Get(code) or 0.0)
            for attribute in (
                camera.GetFocalLengthAttr(), camera.GetHorizontalApertureAttr(),
                camera.GetVerticalApertureAttr(), camera.GetHorizontalApertureOffsetAttr(),
                camera.GetVerticalApertureOffsetAttr(), camera.GetFocusDistanceAttr(),
            )
        )  # fmt: skip
        try:
            return Lens(
                focal_length_mm=focal * self._mm,
                sensor_width_mm=wide * self._mm,
                sensor_height_mm=high * self._mm,
                squeeze=self._squeeze,
                centre_x_mm=0.0 - right * self._mm,
                centre_y_mm=above * self._mm,
                focus_distance_m=focus * self._metres if focus > 0 else None,
            )
        except TrackError as error:
            raise TrackError(
                f"{self._where}, frame {frame}: {error}", remedy=error.remedy
            ) from error
