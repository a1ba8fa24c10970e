"""
A shot's camera as Nuke's ``.chan``, for whoever has no USD; and the side-car that explains it.

Frame, place, turn and the vertical field of view, one line a frame. What the format cannot
say (order of the turns, unit, sensor) stands in ``NAME.chan.toml``, as our own reader wants
it. A lens whose axis stands aside of the sensor's middle has no column: the side-car says so.

Source: Nuke's Camera node, "import chan file": eight columns, degrees.
"""

from __future__ import annotations

import math

from seamline.formats.nk_scene import turns_of
from seamline.formats.usd import Scene


def chan_file(scene: Scene) -> bytes:
    """
    Return the camera of ``scene``, frame by frame; one that stands still on every frame.

    The same camera gives the same bytes. Lengths are metres, Y up; angles degrees, ZXY.
    """
    times = scene["camera"]
    first, last = scene["frames"]
    lines = []
    for time, turn in zip(times, turns_of(times), strict=True):
        tall = time["aperture_mm"][1]
        view_deg = 2 * math.degrees(math.atan(tall / 2 / time["focal_length_mm"]))
        numbers = [*time["position_m"], *turn, view_deg]
        lines.append(" ".join(repr(float(number)) for number in numbers))
    if len(lines) == 1:
        lines *= last - first + 1
    rows = zip(range(first, last + 1), lines, strict=True)
    return "".join(f"{frame} {line}\n" for frame, line in rows).encode()


def chan_sidecar(scene: Scene) -> bytes:
    """Return what a ``.chan`` does not say, as TOML."""
    times = scene["camera"]
    wide, tall = times[0]["aperture_mm"]
    words = [
        'rotation_order = "ZXY"',
        'unit = "m"',
        'up = "Y"',
        f"sensor_width_mm = {float(wide)!r}",
        f"sensor_height_mm = {float(tall)!r}",
    ]
    if any(time["offset_mm"][0] or time["offset_mm"][1] for time in times):
        words.insert(
            0, "# The lens's axis stands aside of the sensor's middle: not in a .chan."
        )
    return ("\n".join(words) + "\n").encode()
