"""
A USD stage read in a child, behind walls and with limits on memory and time.

A damaged crate file can send pxr into a loop without end, or end its process. So a track
comes back as JSON from a child: what was asked goes in as a pickle, which is ours, and
what comes out is only ever data. A stage may be made of several files: the child sees the
folder that it lies in, and no other.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import resource
import socket
import sys
from dataclasses import replace
from typing import Any

from seamline.errors import FormatError, SeamlineError, TrackError
from seamline.formats.tracks import usd_camera
from seamline.formats.tracks.asked import Asked
from seamline.isolation.child import Child
from seamline.isolation.inside import STANDING
from seamline.isolation.line import receive, send
from seamline.isolation.sight import Sight
from seamline.isolation.walls import require
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
        IsolationError: The show requires walls that do not stand around it.
    """
    # Without the reader of neighbours: a function of another module does not travel.
    told = Asked(**{n: getattr(asked, n) for n in _TRAVELS})
    question = pickle.dumps(replace(told, path=os.path.abspath(asked.path)))
    try:
        beside = Sight(reads=(os.path.dirname(os.path.abspath(asked.path)),))
        child = Child(__name__, beside, wanted=asked.isolation)
    except SeamlineError as error:
        raise _refused(asked, "reading it ended the process that read it") from error
    try:
        require(child.walls, asked.isolation, "reads a USD stage")
        child.line.settimeout(LONGEST_S)
        send(child.line, {"asked": base64.b64encode(question).decode()})
        answer = receive(child.line)[0]
    except TimeoutError as error:
        raise _refused(asked, f"it was not read within {LONGEST_S} s") from error
    except (EOFError, OSError, ValueError) as error:
        raise _refused(asked, "reading it ended the process that read it") from error
    finally:
        child.end()
    try:
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


def main(words: list[str]) -> None:
    """Answer the question that comes over the socket whose descriptor is the first word."""
    with socket.socket(fileno=int(words[0])) as line:
        send(line, {"walls": STANDING})
        asked = pickle.loads(base64.b64decode(receive(line)[0]["asked"]))
        resource.setrlimit(resource.RLIMIT_AS, (LARGEST_BYTES, LARGEST_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_S, LONGEST_S))
        answer = json.dumps(answered(asked), allow_nan=False)
        send(line, json.loads(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
