"""What is asked of a track: for which frames, of which camera, and what is said beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from seamline.errors import TrackError
from seamline.formats.tracks.sidecar import Sidecar
from seamline.isolation.walls import PREFERRED
from seamline.show.frames import FrameRange
from seamline.show.lensreport import LensReport


def _no_file(path: str) -> bytes | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    What a reader is asked for.

    Attributes:
        path: The track's file, named in errors.
        frames: The shot's frames; None: those of the file.
        camera: Name of the camera in a file that may hold several; empty: the only one.
        sidecar: What the format cannot say.
        lens: What the camera wrote down of its lens, for a track without one.
        clock: Timecode of the plate's first frame as its header packs it; None: unknown.
        beside: Reads another file of the same clip; None where there is none.
        isolation: How much the show wants of the walls around what reads it in a child.
    """

    path: str
    frames: FrameRange | None = None
    camera: str = ""
    sidecar: Sidecar = field(default_factory=Sidecar)
    lens: LensReport | None = None
    clock: int | None = None
    beside: Callable[[str], bytes | None] = _no_file
    isolation: str = PREFERRED

    def text(self, content: bytes) -> str:
        """
        Return ``content`` as text.

        Raises:
            TrackError: It is no UTF-8.
        """
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise TrackError(
                f"{self.path}: byte {error.start} is no UTF-8 text",
                remedy="Export the track again.",
            ) from error

    def only(self, names: list[str], what: str) -> str:
        """
        Return the one camera that is asked for, of those that a file holds.

        Raises:
            TrackError: There is none, several and nobody said which, or not that one.
        """
        if self.camera:
            if self.camera in names:
                return self.camera
            raise TrackError(
                f"{self.path} has no {what} called {self.camera!r}; it has "
                f"{', '.join(names) or 'none'}",
                remedy="Name one of them with --camera.",
            )
        if len(names) == 1:
            return names[0]
        if not names:
            raise TrackError(f"{self.path} holds no {what}", remedy="Export the camera again.")
        raise TrackError(
            f"{self.path} holds {len(names)} cameras: {', '.join(names)}",
            remedy=f"Say which one: --camera {names[0]}",
        )
