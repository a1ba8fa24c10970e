"""
OpenCV's camera calibrations: a camera matrix and distortion coefficients.

As OpenCV's own storage writes them (YAML or JSON), as ROS does (YAML), or as TOML with the
same names: ``camera_matrix``, ``distortion_coefficients`` (or ``dist_coeffs``), and the
picture's ``image_width`` and ``image_height`` (or ``image_size``). OpenCV's pixel centres
lie at whole numbers: half a pixel is added. Its polynomial bends. A thin prism (s1 to s4) is
no part of Brown's model: it is fitted, and refused where that leaves more than .15 px.

Source: OpenCV, "Camera Calibration and 3D Reconstruction"; its persistence format.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from seamline.errors import TrackError
from seamline.optics.distortion import Floats, Pair, bent
from seamline.optics.lens_fit import fitted
from seamline.show.camera import TO_DISTORTED, Distortion
from seamline.show.lens import LensEntry, LensModel

MOST_RESIDUAL_PX = 0.15
_OTHER = ("fisheye", "equidistant", "omni", "kannala", "division")
MOST_PX = 100_000
"""Of a calibrated picture's edge."""
_KEY = re.compile(r"^([A-Za-z_][\w]*):\s*(.*)$")
_DATA = re.compile(r"data:\s*\[([^\]]*)\]", re.DOTALL)


def sniff(head: bytes) -> bool:
    """Tell whether the file holds a camera matrix by one of OpenCV's names."""
    return b"camera_matrix" in head or b"cameraMatrix" in head


def read(content: bytes, where: str) -> LensModel:
    """
    Return the lens of a calibration; its lengths are widths and heights of the picture.

    Args:
        content: The file's bytes.
        where: Named in errors.

    Raises:
        TrackError: A part is missing, or the model is none that can be represented.
    """
    said = _parsed(content, where)
    model = str(said.get("distortion_model", "")).casefold()
    if any(word in model for word in _OTHER):
        raise TrackError(
            f"{where}: the distortion model is {model}, which is none of Brown's",
            remedy="Calibrate with OpenCV's pinhole model, or hand in ST maps.",
        )
    width, height = _size(said, where)
    matrix = _flat(said, ("camera_matrix", "cameraMatrix"), where)
    if len(matrix) != 9 or matrix[0] <= 0 or matrix[4] <= 0:
        raise TrackError(f"{where}: its camera matrix is not 3 x 3 with focal lengths above 0")
    fx, fy, cx, cy = matrix[0], matrix[4], matrix[2] + 0.5, matrix[5] + 0.5
    if abs(matrix[1]) > 1e-6 * fx:
        raise TrackError(f"{where}: its pixels are skewed ({matrix[1]:g} px), as no sensor is")
    numbers = _flat(said, ("distortion_coefficients", "dist_coeffs", "distCoeffs"), where)
    reach = (max(cx, width - cx) / fx, max(cy, height - cy) / fy)
    terms, notes = _terms(numbers, reach, fx, where)
    entry = LensEntry(
        focal_length=fx / width,
        distortion=terms,
        centre_x=cx / width - 0.5,
        centre_y=cy / height - 0.5,
    )
    return LensModel(
        entries=(entry,),
        in_widths=True,
        picture_px=(width, height),
        pixel_aspect=fy / fx,
        origin=where,
        notes=notes,
    )


def _terms(
    numbers: list[float], reach: tuple[float, float], focal_px: float, where: str
) -> tuple[Distortion, tuple[str, ...]]:
    if len(numbers) not in (0, 4, 5, 8, 12, 14):
        raise TrackError(
            f"{where} has {len(numbers)} distortion coefficients; OpenCV has 4, 5, 8, 12 or 14",
            remedy="Export the calibration again.",
        )
    full = [*numbers, *[0.0] * (14 - len(numbers))]
    k1, k2, p1, p2, k3, k4, k5, k6, *prism = full
    lens = Distortion(
        way=TO_DISTORTED,
        radial=(k1, k2, k3, k4, k5, k6) if any((k4, k5, k6)) else (k1, k2, k3),
        tangential=(p1, p2) if p1 or p2 else (),
    )
    if any(prism[4:]):
        raise TrackError(
            f"{where}: its sensor is tilted (tau is {prism[4]:g}, {prism[5]:g}), which is not "
            "followed here",
            remedy="Calibrate without CALIB_TILTED_MODEL, or hand in ST maps.",
        )
    if not any(prism[:4]):
        return lens, ()

    def whole(x: Floats, y: Floats) -> Pair:
        to_x, to_y = bent(lens, x, y)
        s = x * x + y * y
        return to_x + prism[0] * s + prism[1] * s * s, to_y + prism[2] * s + prism[3] * s * s

    found, apart = fitted(whole, way=TO_DISTORTED, reach=reach)
    if apart * focal_px > MOST_RESIDUAL_PX:
        raise TrackError(
            f"{where}: its thin prism is no part of Brown's model, and what comes nearest lies "
            f"{apart * focal_px:.2f} px off, limit {MOST_RESIDUAL_PX:g} px",
            remedy="Calibrate without CALIB_THIN_PRISM_MODEL, or hand in ST maps.",
        )
    note = f"the thin prism of the lens is fitted, {apart * focal_px:.3f} px off at worst"
    return found, (note,)


def _size(said: Mapping[str, Any], where: str) -> tuple[int, int]:
    size = said.get("image_size", [said.get("image_width"), said.get("image_height")])
    try:
        width, height = (int(v) for v in size)
    except (TypeError, ValueError, OverflowError):
        width = height = 0
    if not (0 < width <= MOST_PX and 0 < height <= MOST_PX):
        raise TrackError(
            f"{where} does not say how large the calibrated pictures were",
            remedy="Add image_width and image_height, in pixels.",
        )
    return width, height


def _flat(said: Mapping[str, Any], names: tuple[str, ...], where: str) -> list[float]:
    found = next((said[n] for n in names if n in said), None)
    if isinstance(found, Mapping):
        found = found.get("data")
    if not isinstance(found, list):
        raise TrackError(
            f"{where} has no {names[0]}",
            remedy="Write camera_matrix and distortion_coefficients, as OpenCV names them.",
        )
    flat: list[Any] = []
    for part in found:
        flat += part if isinstance(part, list) else [part]
    try:
        numbers = [float(v) for v in flat]
    except (TypeError, ValueError, OverflowError):
        numbers = [math.nan]
    if not all(math.isfinite(v) for v in numbers):
        raise TrackError(f"{where}: {names[0]} holds something that is no finite number")
    return numbers


def _parsed(content: bytes, where: str) -> Mapping[str, Any]:
    try:
        text = content.decode("utf-8-sig")
        if text.lstrip().startswith("{"):
            found = json.loads(text)
        elif re.search(r"^camera_?[mM]atrix\s*=", text, re.MULTILINE):
            found = tomllib.loads(text)
        else:
            found = _yaml(text)
    except (ValueError, RecursionError) as error:
        raise TrackError(
            f"{where} cannot be read ({error})", remedy="Export the calibration again."
        ) from error
    if not isinstance(found, dict):
        raise TrackError(f"{where} is no table of a calibration")
    return found


def _yaml(text: str) -> dict[str, Any]:
    """Return keys at the left margin, with a number, a word, or the ``data`` of a matrix."""
    found: dict[str, Any] = {}
    blocks: list[tuple[str, str, list[str]]] = []
    for line in text.splitlines():
        key = _KEY.match(line)
        if key:
            blocks.append((key[1], key[2], []))
        elif blocks and line.startswith((" ", "\t", "-")):
            blocks[-1][2].append(line)
    for name, value, inner in blocks:
        data = _DATA.search("\n".join(inner))
        if data:
            found[name] = [v for v in re.split(r"[,\s]+", data[1].strip()) if v]
        elif value.startswith("["):
            whole = " ".join([value, *inner])
            found[name] = [v for v in re.split(r"[\[\],\s]+", whole) if v]
        else:
            found[name] = value.strip("\"' ")
    return found
