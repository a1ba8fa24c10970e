"""A child that says which walls stand around it, and waits for its end."""

from __future__ import annotations

import contextlib
import socket
import sys

from seamline.isolation.inside import STANDING
from seamline.isolation.line import receive, send


def main(words: list[str]) -> None:
    """Say it over the socket whose descriptor is the first word."""
    with socket.socket(fileno=int(words[0])) as line, contextlib.suppress(EOFError, OSError):
        send(line, {"walls": STANDING})
        receive(line)


if __name__ == "__main__":
    main(sys.argv[1:])
