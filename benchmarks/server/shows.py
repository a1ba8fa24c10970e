"""A show with a hundred shots, and a server over it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from seamline import wiring
from seamline.ports import Studio
from seamline.show.frames import FrameRange
from seamline.show.shot import Shot
from seamline.steps import book
from seamline.steps.users import add_user

SHOTS = 100


def show_of(folder: str, shots: int = SHOTS) -> Studio:
    """Make a show with so many concept shots of 24 frames; nothing is painted."""
    wiring.new_show(folder, "Measured", width=1920, height=1080, rate="24")
    studio = wiring.open_studio(folder, quiet=True)
    for number in range(1, shots + 1):
        shot = Shot(
            name=f"M_{number:04d}",
            version=1,
            frames=FrameRange(first=1001, last=1024),
            width_px=1920,
            height_px=1080,
            static=True,
        )
        book.write(studio.ledger, "shot", shot)
    return studio


def tokens(studio: Studio, count: int) -> list[str]:
    """Return the tokens of so many artists."""
    return [add_user(studio.ledger, f"artist.{n}", "artist")[1] for n in range(count)]


@dataclass
class Served:
    process: subprocess.Popen[str]
    port: int
    ready_s: float

    @property
    def memory_mb(self) -> float:
        """Memory that is its own and there now (VmRSS of proc(5)), MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (row for row in status.splitlines() if row.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    @property
    def cpu_s(self) -> float:
        """Seconds of processor so far (utime and stime of proc(5)); load hardly moves it."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def open(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=60)


@contextmanager
def serving(show: str) -> Iterator[Served]:
    """Start ``seamline serve``; ready is when it says so and then answers."""
    line = [sys.executable, "-m", "seamline.cli", "serve", "--port", "0", "--json"]
    env = {**os.environ, "SEAMLINE_SHOW": show}
    begun = time.perf_counter()
    pipe = subprocess.PIPE
    with subprocess.Popen(
        line, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=env
    ) as run:
        try:
            assert run.stdout is not None
            port = int(json.loads(run.stdout.readline())["url"].rpartition(":")[2])
            served = Served(run, port, 0.0)
            code, _ = send(served.open(), "GET", "/health")
            assert code == 200
            served.ready_s = time.perf_counter() - begun
            yield served
        finally:
            run.send_signal(signal.SIGTERM)
            run.wait(30)


def send(
    wire: HTTPConnection, method: str, path: str, token: str = "", body: Any = None
) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    wire.request(method, path, None if body is None else json.dumps(body), headers)
    answer = wire.getresponse()
    return answer.status, answer.read()


def p95_ms(seconds: Sequence[float]) -> float:
    return round(sorted(seconds)[int(0.95 * len(seconds))] * 1000, 1)
