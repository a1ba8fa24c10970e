"""
Camera nodes of a Nuke script (``.nk``): Camera, Camera2, Camera3 and Camera4.

A camera's matrix is its translation, rotation and scaling in ``xform_order`` (the letter
that stands first is applied first) under its Axis parents; ``useMatrix`` and ``matrix``
replace it. Rotations are applied in ``rot_order``. Lengths on the film back are mm;
``win_translate`` shifts the window by halves of ``haperture``, so that the lens's axis
meets the sensor on the other side of its middle. A script names no unit: metres are
assumed, and said, unless a side-car says otherwise.

Source: Nuke's reference on Camera and Axis nodes; the exporters of 3DEqualizer and Maya.
"""

from __future__ import annotations

from fractions import Fraction

from seamline.errors import FormatError, TrackError
from seamline.formats.nk_read import Node, parse
from seamline.formats.tracks import turns, zup
from seamline.formats.tracks.asked import Asked
from seamline.formats.tracks.framed import FIRST_FRAME, Pose, framed
from seamline.formats.tracks.nuke_curve import Curve, curves
from seamline.formats.tracks.sidecar import ORDERS, rate_of
from seamline.formats.tracks.zup import Rows, Vector
from seamline.show.camera import CameraTrack, Lens
from seamline.show.frames import FrameRange

NAME = "Nuke script with a Camera node (.nk)"
CAMERAS = ("Camera", "Camera2", "Camera3", "Camera4")
PARENTS = ("Axis", "Axis2", "Axis3", "Axis4", *CAMERAS)
THROUGH = ("Dot", "NoOp")
XFORM_ORDERS = ("SRT", "STR", "RST", "RTS", "TSR", "TRS")
DEEPEST = 32
DEFAULTS = {
    "translate": "0 0 0", "rotate": "0 0 0", "scaling": "1 1 1", "uniform_scale": "1",
    "skew": "0 0 0", "pivot": "0 0 0", "pivot_translate": "0 0 0", "pivot_rotate": "0 0 0",
    "focal": "50", "haperture": "24.576", "vaperture": "18.672", "win_translate": "0 0",
    "win_scale": "1 1", "winroll": "0", "rot_order": "ZXY", "xform_order": "SRT",
    "projection_mode": "perspective",
}  # fmt: skip
"""What a knob is that a script does not write, because it stands at its default."""
REST = {"skew": 3, "pivot": 3, "pivot_translate": 3, "pivot_rotate": 3}
FLAT = "Set it to its default in Nuke, or bake the camera into another."


def sniff(path: str, head: bytes) -> bool:
    """Tell a script by its name, or by how Nuke begins one."""
    return path.lower().endswith(".nk") or head.startswith((b"#! ", b"set cut_paste_input"))


def read(content: bytes, asked: Asked) -> CameraTrack:
    """
    Return the camera of a script.

    Raises:
        TrackError: There is no camera, or several and nobody said which; a knob is an
            expression or lacks a key; or the camera does what none here does.
    """
    try:
        nodes = parse(content)
    except (FormatError, ValueError, StopIteration, RuntimeError, KeyError) as error:
        raise TrackError(
            f"{asked.path} cannot be read as a Nuke script ({str(error)!s:.120})",
            remedy="Copy the camera node alone into a script of its own.",
        ) from error
    named = {
        node.name or f"{node.kind} {n}": node
        for n, node in enumerate((n for n in nodes if n.kind in CAMERAS), start=1)
    }
    name = asked.only(list(named), "Camera node")
    found = _Camera(named[name], f"{asked.path}, {name}", asked.sidecar.window_v)
    frames = _frames(asked, found, nodes)
    notes = []
    if asked.sidecar.unit is None:
        notes.append("a Nuke script names no unit; metres are assumed")
    metres, up = asked.sidecar.metres, asked.sidecar.up or "Y"
    poses = []
    for frame in frames:
        (x, y, z), rows = found.pose(frame)
        position, rows = turns.world((x * metres, y * metres, z * metres), rows, up=up)
        lens = found.lens(frame, asked.sidecar.squeeze)
        poses.append(Pose(number=frame, position_m=position, rows=rows, lens=lens))
    return framed(asked, poses, rate=_rate(nodes, asked), notes=notes)


def _rate(nodes: list[Node], asked: Asked) -> Fraction | None:
    for node in nodes:
        if node.kind == "Root" and "fps" in node.knobs:
            return rate_of(node.knobs["fps"], asked.path)
    return None


def _frames(asked: Asked, found: _Camera, nodes: list[Node]) -> FrameRange:
    keyed = found.keyed()
    if not keyed:
        return asked.frames or FrameRange(first=FIRST_FRAME, last=FIRST_FRAME)
    own = FrameRange(first=max(0, min(keyed)), last=max(keyed))
    wanted = asked.frames
    if wanted is None or wanted.last < own.first or own.last < wanted.first:
        return own  # what is asked for lies elsewhere: counted, and said, in ``framed``
    return wanted


class _Camera:
    """A camera node and the axes above it, by frame."""

    def __init__(self, node: Node, where: str, window_v: str | None) -> None:
        self._where, self._window_v = where, window_v
        self._chain = [_Axis(node, where)]
        above = _parent(node)
        while above is not None:
            if len(self._chain) > DEEPEST:
                raise TrackError(f"{where} has parents without end", remedy=FLAT)
            self._chain.append(_Axis(above, f"{where}, its parent {above.name or above.kind}"))
            above = _parent(above)
        self._knobs = {
            name: curves(_knob(node, name), count, f"{where}: {name}")
            for name, count in (
                ("focal", 1), ("haperture", 1), ("vaperture", 1), ("win_translate", 2),
                ("win_scale", 2), ("winroll", 1),
            )
        }  # fmt: skip
        mode = _knob(node, "projection_mode")
        if mode not in ("perspective", "0"):
            raise TrackError(f"{where}: its projection is {mode}", remedy=FLAT)

    def keyed(self) -> set[int]:
        """Return the frames that any knob has a key at."""
        every = [c for axis in self._chain for c in axis.curves()]
        every += [c for knob in self._knobs.values() for c in knob]
        return {frame for curve in every for frame in curve.keys}

    def pose(self, frame: int) -> tuple[Vector, Rows]:
        """Return position, in the script's unit, and rotation."""
        position, rows = (0.0, 0.0, 0.0), zup.UNTURNED
        for axis in self._chain:
            matrix, offset = axis.at(frame)
            position = zup.plus(zup.turned(matrix, position), offset)
            rows = zup.times(matrix, rows)
        return position, turns.unscaled(rows, f"{self._where}, frame {frame}")

    def lens(self, frame: int, squeeze: float | None) -> Lens:
        """Return the lens at ``frame``."""
        value = {name: [c.at(frame) for c in knob] for name, knob in self._knobs.items()}
        if value["win_scale"] != [1.0, 1.0] or value["winroll"] != [0.0]:
            raise TrackError(
                f"{self._where}, frame {frame}: its window is scaled or rolled "
                f"(win_scale {value['win_scale'][0]:g} {value['win_scale'][1]:g}, winroll "
                f"{value['winroll'][0]:g})",
                remedy=FLAT,
            )
        u, v = value["win_translate"]
        wide, high = value["haperture"][0], value["vaperture"][0]
        if v and self._window_v is None:
            raise TrackError(
                f"{self._where}, frame {frame}: win_translate v is {v:g}; some exporters count "
                "it in halves of the width, some in halves of the height",
                remedy='Say which in the side-car: window_v = "half width" or "half height".',
            )
        try:
            return Lens(
                focal_length_mm=value["focal"][0],
                sensor_width_mm=wide,
                sensor_height_mm=high,
                squeeze=1.0 if squeeze is None else squeeze,
                centre_x_mm=0.0 - u * wide / 2,
                centre_y_mm=v * (wide if self._window_v == "half width" else high) / 2,
            )
        except TrackError as error:
            raise TrackError(
                f"{self._where}, frame {frame}: {error}", remedy=error.remedy
            ) from error


class _Axis:
    """The transform of one node."""

    def __init__(self, node: Node, where: str) -> None:
        self._where = where
        self._matrix: list[Curve] | None = None
        if _knob(node, "useMatrix") == "true":
            self._matrix = curves(_flat(node.knobs.get("matrix", "")), 16, f"{where}: matrix")
        self._rotation = _word(node, "rot_order", ORDERS, where)
        self._order = _word(node, "xform_order", XFORM_ORDERS, where)
        self._move, self._turn, self._size = (
            curves(_knob(node, name), 3, f"{where}: {name}")
            for name in ("translate", "rotate", "scaling")
        )
        self._even = curves(_knob(node, "uniform_scale"), 1, f"{where}: uniform_scale")
        for name, count in REST.items():
            if any(
                c.constant != 0 for c in curves(_knob(node, name), count, f"{where}: {name}")
            ):
                raise TrackError(f"{where}: its {name} is not 0", remedy=FLAT)
        for name in ("look", "lookat", "look_rotate_x"):
            if node.knobs.get(name, "") not in ("", "0", "false"):
                raise TrackError(f"{where}: it looks at another node", remedy=FLAT)

    def curves(self) -> list[Curve]:
        """Return every number that may change."""
        return [*(self._matrix or ()), *self._move, *self._turn, *self._size, *self._even]

    def at(self, frame: int) -> tuple[Rows, Vector]:
        """Return matrix (3x3, with scale) and translation."""
        if self._matrix is not None:
            m = [curve.at(frame) for curve in self._matrix]
            if m[12:] != [0.0, 0.0, 0.0, 1.0]:
                raise TrackError(
                    f"{self._where}: the last row of its matrix is {m[12:]}, expected 0 0 0 1",
                    remedy="Write the matrix row by row, as Nuke does.",
                )
            return ((m[0], m[1], m[2]), (m[4], m[5], m[6]), (m[8], m[9], m[10])), (
                m[3], m[7], m[11],
            )  # fmt: skip
        even = self._even[0].at(frame)
        sx, sy, sz = (curve.at(frame) * even for curve in self._size)
        scale: Rows = ((sx, 0.0, 0.0), (0.0, sy, 0.0), (0.0, 0.0, sz))
        turn = turns.euler(self._rotation, [curve.at(frame) for curve in self._turn])
        x, y, z = (curve.at(frame) for curve in self._move)
        rows, offset = zup.UNTURNED, (0.0, 0.0, 0.0)
        for letter in self._order:
            if letter == "T":
                offset = zup.plus(offset, (x, y, z))
                continue
            part = turn if letter == "R" else scale
            rows, offset = zup.times(part, rows), zup.turned(part, offset)
        return rows, offset


def _parent(node: Node) -> Node | None:
    above = node.inputs[0] if node.inputs else None
    for _ in range(DEEPEST):
        if above is None or above.kind not in THROUGH:
            break
        above = above.inputs[0] if above.inputs else None
    return above if above is not None and above.kind in PARENTS else None


def _knob(node: Node, name: str) -> str:
    return node.knobs.get(name, DEFAULTS.get(name, "")).strip()


def _word(node: Node, name: str, words: tuple[str, ...], where: str) -> str:
    found = _knob(node, name)
    if found.isdigit() and int(found) < len(words):
        return words[int(found)]
    if found not in words:
        raise TrackError(f"{where}: {name} is {found!r:.40}", remedy=FLAT)
    return found


def _flat(text: str) -> str:
    """Return a matrix's sixteen parts without the braces around each row."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        if letter == "{":
            depth += 1
            start = at if depth == 1 else start
        elif letter == "}":
            depth -= 1
            if depth == 0:
                parts.append(text[start + 1 : at])
    rows = [part for part in parts if not part.strip().startswith("curve")]
    return " ".join(rows) if rows and len(rows) == len(parts) == 4 else text
