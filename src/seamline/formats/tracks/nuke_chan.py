"""
Nuke ``.chan``: frame, translate x y z, rotate x y z, and often the vertical field of view.

Columns are separated by blanks, one line a frame, angles in degrees. The file has no
rotation order, no unit and no sensor: they stand in a side-car, and without one the file
is refused. With an eighth column the focal length is half the sensor's height over the
tangent of half of it; with seven the side-car has it, or a lens report.

Source: Nuke's Camera node, "import chan file"; Blender's exporter writes the same.
"""

from __future__ import annotations

import math

from seamline.errors import TrackError
from seamline.formats.tracks import turns
from seamline.formats.tracks.asked import Asked
from seamline.formats.tracks.framed import Pose, framed, sidecar_lens
from seamline.show.camera import CameraTrack, Lens

NAME = "Nuke .chan"


def sniff(path: str, head: bytes) -> bool:
    """Tell by the name: its content is numbers, as in a dozen other files."""
    return path.lower().endswith(".chan")


def read(content: bytes, asked: Asked) -> CameraTrack:
    """
    Return the track in ``content``.

    Raises:
        TrackError: Nothing says order, unit and sensor, or a line is no frame.
    """
    rows = _rows(asked.text(content), asked)
    side = asked.sidecar
    needs = ["rotation_order", "unit"]
    wide = bool(rows) and len(rows[0]) == 8
    if wide or asked.lens is None:
        needs += ["sensor_width_mm", "sensor_height_mm"]
        needs += [] if wide else ["focal_length_mm"]
    side.demand(*needs, of=asked.path, why="a .chan does not say it")
    return framed(asked, [_pose(row, asked) for row in rows])


def _rows(text: str, asked: Asked) -> list[list[float]]:
    rows: list[list[float]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        where = f"{asked.path}, line {number}"
        try:
            row = [float(word) for word in words]
        except ValueError as error:
            raise TrackError(f"{where}: {error}", remedy="Export the track again.") from error
        if not all(math.isfinite(value) for value in row):
            raise TrackError(
                f"{where}: a value is not finite", remedy="Export the track again."
            )
        if len(row) not in (7, 8) or len(row) != len(rows[0] if rows else row):
            raise TrackError(
                f"{where} has {len(row)} columns, expected "
                f"{'7 or 8' if not rows else len(rows[0])}",
                remedy="Export it as frame, translate, rotate and vertical field of view.",
            )
        if not row[0].is_integer():
            raise TrackError(
                f"{where}: frame {row[0]:g} is no whole number",
                remedy="Export the track on whole frames.",
            )
        rows.append(row)
    return rows


def _pose(row: list[float], asked: Asked) -> Pose:
    side, number = asked.sidecar, int(row[0])
    assert side.rotation_order is not None
    x, y, z = (value * side.metres for value in row[1:4])
    position, rows = turns.world(
        (x, y, z), turns.euler(side.rotation_order, row[4:7]), up=side.up or "Y"
    )
    return Pose(number=number, position_m=position, rows=rows, lens=_lens(row, asked))


def _lens(row: list[float], asked: Asked) -> Lens | None:
    if len(row) == 7:
        return None
    if not 0 < row[7] < 180:
        raise TrackError(
            f"{asked.path}, frame {row[0]:g}: the vertical field of view is {row[7]:g} degrees",
            remedy="Export the eighth column as the vertical field of view.",
        )
    height = asked.sidecar.sensor_height_mm
    assert height is not None
    focal = height / 2 / math.tan(math.radians(row[7]) / 2)
    stated = asked.sidecar.focal_length_mm
    if stated is not None and abs(stated / focal - 1) > 0.01:
        raise TrackError(
            f"{asked.path}, frame {row[0]:g}: a field of view of {row[7]:g} degrees is "
            f"{focal:.3f} mm on this sensor, and the side-car says {stated:g} mm",
            remedy="Correct the sensor's height, or take focal_length_mm out of the side-car.",
        )
    return sidecar_lens(asked, focal_length_mm=focal)
