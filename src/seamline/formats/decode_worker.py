"""
The decoder: a child process that opens one foreign file after another.

``python -m seamline.formats.decode_worker FD`` serves the socket ``FD`` until the other
side is gone. Where it stands behind a wall of mounts it sees no picture but the one whose
descriptor comes with the question. It is held to limits that it cannot raise again: it
writes no file and no core; for each file it may use so much processor time and so much
address space more than it had before, first for the header, then for the pixels that the
header claims and the caller made room for. A file that oversteps them ends the process, not
the caller.
"""

from __future__ import annotations

import contextlib
import math
import mmap
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import OpenImageIO  # noqa: F401 (its size is part of what the limits begin from)

from seamline.errors import SeamlineError
from seamline.formats import decode
from seamline.formats.claims import Claim
from seamline.formats.decode_words import claim_word
from seamline.formats.rooms import planes_in
from seamline.isolation.allowance import allow
from seamline.isolation.inside import STANDING
from seamline.isolation.line import receive, send

HEADER_BYTES = 512 << 20
"""Address space that a header may cost; the damaged files of the OpenEXR suite need less."""
HEADER_CPU_S = 4
SLOWEST_BYTES_S = 20e6
"""PIZ, the slowest of the lossless codings, decodes ten times as fast on one core."""


def main(words: list[str]) -> int:
    """Serve the socket whose descriptor is the first word."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller decides when it ends
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with socket.socket(fileno=int(words[0])) as line, contextlib.suppress(EOFError, OSError):
        rooms: dict[int, mmap.mmap] = {}
        send(line, {"walls": STANDING})
        while True:
            wish, fds = receive(line)
            with _found(wish["path"], fds) as path:
                _serve(line, {**wish, "path": path}, rooms)
    return 0


@contextlib.contextmanager
def _found(path: str, fds: list[int]) -> Iterator[str]:
    """Yield where the file stands here: as it was named, or what was handed in."""
    if not fds:
        yield path
        return
    # The ending says which reader is asked first.
    name = f"/tmp/{fds[0]}{os.path.splitext(path)[1]}"
    os.symlink(f"/proc/self/fd/{fds[0]}", name)
    try:
        yield name
    finally:
        os.unlink(name)
        os.close(fds[0])


def _serve(line: socket.socket, wish: dict[str, Any], rooms: dict[int, mmap.mmap]) -> None:
    allow(more_bytes=HEADER_BYTES, cpu_s=HEADER_CPU_S)
    try:
        with decode.opened(
            wish["path"], shown=wish["shown"], layer=wish.get("layer", "")
        ) as file:
            send(line, {"claim": claim_word(file.claim)})
            if not wish["pixels"]:
                return
            go, fds = receive(line)
            _limit_for(file.claim)
            room = _room(go, fds, rooms, file.claim.offsets[-1])
            file.fill(planes_in(file.claim, np.frombuffer(room, np.uint8)))
        send(line, {"filled": True})
    except SeamlineError as refused:
        send(line, {"refused": str(refused), "remedy": refused.remedy})
    except MemoryError:
        send(
            line,
            {
                "refused": f"{wish['shown']} is damaged: it asks for more memory than its "
                "pixels need",
                "remedy": "Copy it again from its source, or render the frame again.",
            },
        )


def _room(
    go: dict[str, Any], fds: list[int], rooms: dict[int, mmap.mmap], size: int
) -> mmap.mmap:
    """Return the room that ``go`` names, kept from before or come with it just now."""
    for number in go["forget"]:
        rooms.pop(number, None)
    for fd in fds:
        rooms[go["room"]] = mmap.mmap(fd, max(size, os.fstat(fd).st_size))
        os.close(fd)
    return rooms[go["room"]]


def _limit_for(claim: Claim) -> None:
    allow(
        more_bytes=HEADER_BYTES + int(2.5 * claim.offsets[-1]) + claim.stored_bytes,
        cpu_s=HEADER_CPU_S + math.ceil(claim.stored_bytes / SLOWEST_BYTES_S),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
