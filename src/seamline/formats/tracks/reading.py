"""
Which of the formats a track is, and the track read: the side behind the walls.

What comes in is bytes, what goes out plain JSON; ``formats.tracks`` asks. A USD stage is
many files and a library of its own: it is only told here, and read in a child of its own
(``usd_child``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from seamline.errors import TrackError
from seamline.formats.tracks import (
    nuke_camera,
    nuke_chan,
    opentrackio,
    tum,
    usd_child,
    vendor,
)
from seamline.formats.tracks.asked import Asked
from seamline.formats.tracks.sidecar import sidecar
from seamline.show.camera import CameraTrack
from seamline.show.frames import FrameRange
from seamline.show.lensreport import LensReport
from seamline.show.record import as_record


class TrackFormat(Protocol):
    """What a module here offers."""

    NAME: str

    def sniff(self, path: str, head: bytes) -> bool:
        """Tell whether the file is of this format."""
        ...

    def read(self, content: bytes, asked: Asked) -> CameraTrack:
        """Return the track; TrackError says what is wrong with it."""
        ...


FORMATS: tuple[TrackFormat, ...] = (nuke_chan, nuke_camera, usd_child, tum, opentrackio)
ELSEWHERE = {".abc": "Alembic", ".fbx": "FBX"}
PAGE = "docs/how-to/bring-a-camera-in.md"
_HEAD_BYTES, _FIRST_LINE_BYTES = 4096, 65536

Beside = Callable[[str], bytes | None]


def track(
    content: bytes,
    *,
    path: str,
    frames: FrameRange | None,
    camera: str,
    clock: int | None,
    lens: tuple[str, bytes] | None,
    beside: Beside,
) -> dict[str, Any]:
    """
    Return ``{"track": its record}``, or ``{"stage": ...}`` with what is said beside a stage.

    Args:
        content: The file.
        path: What it is called.
        frames: The shot's frames; None: the file's own.
        camera: Which one, of a file that holds several.
        clock: Timecode of the first frame as its header packs it.
        lens: Path and bytes of a lens report, for a track without a lens.
        beside: Reads a file that belongs to the track or to the report.

    Raises:
        TrackError: It is no track we read, or does not describe a camera for these frames.
    """
    head = content[:_HEAD_BYTES]
    if vendor.sniff(path, content[:_FIRST_LINE_BYTES]):
        raise TrackError(
            f"{path} is a camera's own lens report: it has a lens and no pose",
            remedy="Give it as --lens, beside --static or beside a --track without a lens.",
        )
    asked = replace(_asked(path, frames, camera, beside), clock=clock)
    if lens:
        asked = replace(asked, lens=report(lens[1], lens[0], frames, beside))
    for track_format in FORMATS:
        if track_format.sniff(path, head):
            if track_format is usd_child:
                said = asked.lens and as_record(asked.lens)
                return {"stage": {"sidecar": as_record(asked.sidecar), "lens": said}}
            return {"track": as_record(track_format.read(content, asked))}
    raise _unknown(path)


def report(content: bytes, path: str, frames: FrameRange | None, beside: Beside) -> LensReport:
    """
    Return the lens report in ``content``; see ``track``.

    Raises:
        TrackError: It is none, or not for these frames.
    """
    if not vendor.sniff(path, content[:_FIRST_LINE_BYTES]):
        raise TrackError(
            f"{path} is no lens report of a camera that is known here",
            remedy="Export the clip's metadata with the vendor's tool: "
            + ", ".join(v.name for v in vendor.VENDORS),
        )
    return vendor.report(content, _asked(path, frames, "", beside))


def _asked(path: str, frames: FrameRange | None, camera: str, beside: Beside) -> Asked:
    return Asked(
        path=path,
        frames=frames,
        camera=camera,
        sidecar=sidecar(path, beside(path + ".toml")),
        beside=beside,
    )


def _unknown(path: str) -> TrackError:
    for ending, name in ELSEWHERE.items():
        if path.lower().endswith(ending):
            return TrackError(
                f"{path} is {name}, which is not read here",
                remedy=f"Convert it with Blender: {PAGE} has the script.",
            )
    known = ", ".join(track_format.NAME for track_format in FORMATS)
    return TrackError(
        f"{path} is no camera track that is read here", remedy=f"Export the track as {known}."
    )
