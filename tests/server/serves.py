"""A real server process over a show, and what is sent to it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any


@dataclass
class Served:
    """A server that answers, and where."""

    process: subprocess.Popen[str]
    url: str

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def get(self, path: str, token: str = "") -> tuple[int, Any]:
        return self.send("GET", path, token)

    def send(
        self,
        method: str,
        path: str,
        token: str = "",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        said = {"Authorization": f"Bearer {token}"} if token else {}
        content = None if body is None else json.dumps(body)
        if content is not None:
            said["Content-Type"] = "application/json"
        # Closed whatever comes: a server may be killed in the middle of its answer.
        with closing(connection):
            connection.request(method, path, content, {**said, **(headers or {})})
            answer = connection.getresponse()
            text = answer.read().decode()
        is_json = "json" in (answer.getheader("Content-Type") or "")
        return answer.status, json.loads(text) if is_json else text

    def raw(self, content: bytes) -> bytes:
        """Send bytes as they are; return what came back until the other side closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as wire:
            with suppress(ConnectionResetError, BrokenPipeError):
                wire.sendall(content)
            came = b""
            # A server that turns somebody away does not read to the end, and may cut it off.
            with suppress(ConnectionResetError):
                while more := wire.recv(65536):
                    came += more
        return came


@contextmanager
def serving(show: Path, *words: str, log: Path) -> Iterator[Served]:
    """Start ``seamline serve`` on a free port; end it as an administrator would."""
    line = [sys.executable, "-m", "seamline.cli", "serve", "--port", "0", "--json", *words]
    env = {**os.environ, "SEAMLINE_SHOW": str(show)}
    with (
        log.open("a") as err,
        subprocess.Popen(line, stdout=subprocess.PIPE, stderr=err, text=True, env=env) as run,
    ):
        try:
            assert run.stdout is not None
            first = run.stdout.readline()
            assert first, log.read_text()
            yield Served(run, json.loads(first)["url"])
        finally:
            if run.poll() is None:
                run.send_signal(signal.SIGTERM)
                try:
                    run.wait(20)
                except subprocess.TimeoutExpired:
                    run.kill()


def until(done: Any, seconds: float = 60.0) -> Any:
    """Ask again and again until ``done`` says something true; return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = done()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come to that in time")
