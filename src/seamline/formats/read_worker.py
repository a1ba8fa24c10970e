"""
The reader: a child process that takes one foreign text file apart after another.

``python -m seamline.formats.read_worker FD`` serves the socket ``FD`` until the other side is
gone. What it reads comes with the question as an open descriptor; what else belongs to that
file it asks for by name, and is handed or not. It writes no file and no core; for each
question it may use so much processor time and so much address space more than it had before.
A file that oversteps them ends the process, not the caller.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from seamline.errors import SeamlineError
from seamline.formats.doors import DOORS, Question
from seamline.isolation.allowance import allow
from seamline.isolation.inside import STANDING
from seamline.isolation.line import receive, send

SMALL_BYTES = 2 << 30
"""Address space for a small file: libraries map themselves, and pxr's timelines a lot."""
TIMES = 40
"""A number in JSON has ten letters, and as an object of Python's a hundred bytes, twice."""
SMALL_CPU_S = 10
SLOWEST_BYTES_S = 200e3
"""The slowest reader, of timelines, does six times as much on one core."""


def main(words: list[str]) -> int:
    """Serve the socket whose descriptor is the first word."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller decides when it ends
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with socket.socket(fileno=int(words[0])) as line, contextlib.suppress(EOFError, OSError):
        send(line, {"walls": STANDING})
        while True:
            word, fds = receive(line)
            send(line, _answer(line, word, fds))
    return 0


def _answer(line: socket.socket, word: dict[str, Any], fds: list[int]) -> dict[str, Any]:
    where = str(word["where"])
    with contextlib.ExitStack() as stack:
        files: list[BinaryIO] = [stack.enter_context(os.fdopen(fd, "rb")) for fd in fds]
        for file in files:
            file.seek(0)
        size = sum(os.fstat(file.fileno()).st_size for file in files)
        allow(
            more_bytes=SMALL_BYTES + TIMES * size,
            cpu_s=SMALL_CPU_S + math.ceil(size / SLOWEST_BYTES_S),
        )
        question = Question(
            where=where, asked=word["asked"], files=tuple(files), beside=_beside(line)
        )
        try:
            return {"found": DOORS[word["door"]](question)}
        except SeamlineError as refused:
            said = {"refused": str(refused), "kind": type(refused).__name__}
            return {**said, "remedy": refused.remedy}
        except (EOFError, OSError):
            raise  # the other side is gone
        except MemoryError:
            said = {"refused": f"{where} is damaged: it asks for more memory than it can need"}
        except Exception as error:
            broke = f"{type(error).__name__}: {str(error)[:160]}"
            said = {"refused": f"{where} is damaged: its reader broke at it ({broke})"}
    return {**said, "kind": "", "remedy": "Copy it again from its source, or export it again."}


def _beside(line: socket.socket) -> Callable[[str], bytes | None]:
    def read(path: str) -> bytes | None:
        send(line, {"beside": path})
        answer, fds = receive(line)
        if not answer["there"]:
            return None
        with os.fdopen(fds[0], "rb") as file:
            file.seek(0)
            return file.read()

    return read


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
