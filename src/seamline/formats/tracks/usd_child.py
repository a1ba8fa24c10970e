"""
A USD stage read in a process of its own, with limits on memory and time.

A damaged crate file can send pxr into a loop without end, or end its process. So a track
comes back as JSON from a child: what was asked goes in as a pickle, which is ours, and
what comes out is only ever data.
"""

from __future__ import annotations

import json
import pickle
import resource
import subprocess
import sys
from dataclasses import replace
from typing import Any

from seamline.errors import FormatError, TrackError
from seamline.formats.tracks import usd_camera
from seamline.formats.tracks.asked import Asked
from seamline.show.camera import CameraTrack
from seamline.show.record import as_record, from_record

NAME = usd_camera.NAME
LONGEST_S = 60
LARGEST_BYTES = 4 << 30
"""Of addresses, not of pages: the library itself maps 1 GB."""

sniff = usd_camera.sniff


def read(content: bytes, asked: Asked) -> CameraTrack:
    """
    Return the stage's camera, evaluated in a child.

    Raises:
        TrackError: The child's, or the child ended or ran past its limits.
    """
    # Without the reader of neighbours: a function of another module does not travel.
    question = pickle.dumps(Asked(**{n: getattr(asked, n) for n in _TRAVELS}))
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=question,
            capture_output=True,
            timeout=LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _refused(asked, f"it was not read within {LONGEST_S} s") from error
    if done.returncode != 0:
        raise _refused(asked, "reading it ended the process that read it")
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
        if "says" in answer:
            raise TrackError(str(answer["says"]), remedy=str(answer["remedy"]))
        return from_record(CameraTrack, answer["track"])
    except (ValueError, KeyError, FormatError) as error:
        raise _refused(asked, "it was read as no camera") from error


_TRAVELS = ("path", "frames", "camera", "sidecar", "lens")


def _refused(asked: Asked, says: str) -> TrackError:
    return TrackError(
        f"{asked.path} is no USD stage that can be read ({says})", remedy="Export it again."
    )


def answered(asked: Asked) -> dict[str, Any]:
    """Return the track, or the refusal, as plain values."""
    try:
        track = usd_camera.read(b"", asked)
        return {"track": as_record(replace(track, notes=tuple(track.notes)))}
    except TrackError as error:
        return {"says": str(error), "remedy": error.remedy}


def main() -> None:
    """Answer the question on standard input; pxr's own words go to standard error."""
    asked = pickle.loads(sys.stdin.buffer.read())
    resource.setrlimit(resource.RLIMIT_AS, (LARGEST_BYTES, LARGEST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_S, LONGEST_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(json.dumps(answered(asked), allow_nan=False))


if __name__ == "__main__":
    main()
