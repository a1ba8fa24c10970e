"""
Real servers and real workers killed at random while people ask.

Nothing that was acknowledged is lost, nothing stands twice, and no file under its own name
is partial. Ten kills here, of whole commands; ``make soak`` has two hundred.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from serves import Served, until

from seamline.pixels.digest import picture_digest
from seamline.show.frames import frame_path
from seamline.steps import book, queue
from seamline.steps.users import add_user
from seamline.store.owners import started
from tiny import TinyShow

KILLS = int(os.environ.get("SEAMLINE_KILLS", "10"))
NURSERY = Path(__file__).parent / "nursery.py"


class Nursery:
    """Starts real commands; see ``nursery.py``."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process, self._folder, self._count = process, folder, 0

    def start(self, *words: str) -> Running:
        self._count += 1
        said = self._folder / f"said.{self._count}"
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(said), *words]) + "\n")
        self._process.stdin.flush()
        return Running(int(self._process.stdout.readline()), said)


class Running:
    """A command at work, and what it said so far."""

    def __init__(self, pid: int, said: Path) -> None:
        self.pid, self.said, self._start = pid, said, started(pid)

    @property
    def is_alive(self) -> bool:
        return bool(self._start) and started(self.pid) == self._start

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        until(lambda: not self.is_alive)


@contextmanager
def nursery(show: Path, folder: Path) -> Iterator[Nursery]:
    line = [sys.executable, str(NURSERY), str(show)]
    pipe = subprocess.PIPE
    with subprocess.Popen(line, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Nursery(process, folder)
        assert process.stdin is not None
        process.stdin.close()


class Asks(threading.Thread):
    """Somebody who asks and asks; what got no answer is sent again under the same word."""

    def __init__(self, token: str) -> None:
        super().__init__(daemon=True)
        self.port = 0
        self.known: dict[str, str] = {}
        self.ended, self.goes_on = threading.Event(), threading.Event()
        self._token = token

    def run(self) -> None:
        number = 0
        while not self.ended.wait(0.02):
            if not self.goes_on.wait(0.1):
                continue
            wish = {"shot": "S_010", "variations": 1 + number % 2, "generator": "neutral"}
            wish |= {"seed": 10 * number, "request": f"r{number}"}
            with suppress(OSError, ValueError, AssertionError):
                served = Served(None, f"http://127.0.0.1:{self.port}")  # type: ignore[arg-type]
                code, ask = served.send("POST", "/queue", self._token, wish)
                assert code == 201
                self.known[f"r{number}"] = ask["ask"]
                number += 1


def serve(room: Nursery) -> tuple[Running, int]:
    server = room.start("serve", "--port", "0", "--json")

    def url() -> str:
        lines = [line for line in server.said.read_text().splitlines() if '"url"' in line]
        return str(json.loads(lines[0])["url"]) if lines else ""

    return server, int(until(lambda: server.said.exists() and url()).rpartition(":")[2])


def work(room: Nursery) -> Running:
    return room.start("work", "--threads", "1", "--json")


def test_servers_and_workers_killed_at_random_lose_nothing(
    tiny_show: TinyShow, tmp_path: Path
) -> None:
    tiny_show.static_shot()
    _, token = add_user(tiny_show.studio.ledger, "a.bell", "artist")
    moments = random.Random(7)
    asks = Asks(token)
    with nursery(tiny_show.root, tmp_path) as room:
        server, asks.port = serve(room)
        asks.goes_on.set()
        asks.start()
        until(lambda: len(asks.known) >= 4)
        asks.goes_on.clear()
        workers = [work(room), work(room)]
        kills = 0
        while kills < KILLS:
            if moments.random() < 0.2:
                # In the middle of what comes after an answer, or right behind it.
                asks.goes_on.set()
                before = len(asks.known)
                until(lambda known=before: len(asks.known) > known)
                time.sleep(moments.uniform(0.0, 0.1))
                server.kill()
                asks.goes_on.clear()
                server, asks.port = serve(room)
                kills += 1
                continue
            time.sleep(moments.uniform(0.02, 0.5))
            victim = workers[moments.randrange(2)]
            kills += victim.is_alive
            victim.kill()
            workers = [one if one.is_alive else work(room) for one in workers]
        asks.ended.set()
        asks.join(60)
        assert asks.known, "nobody could ask for anything"

        def all_done() -> bool:
            nonlocal workers
            workers = [one if one.is_alive else work(room) for one in workers]
            found = queue.read(tiny_show.studio.ledger)
            return all(found[ask].published for ask in asks.known.values())

        until(all_done, 300)
        for one in (server, *workers):
            one.kill()

    ledger = tiny_show.studio.ledger
    ledger.verify()
    happened = Counter(
        (row.body["event"], row.body["ask"], row.body.get("frame"))
        for row in ledger.rows("queue")
        if row.body["event"] in ("queued", "frame", "published")
    )
    assert all(count == 1 for count in happened.values()), "something stands twice"
    assert len(set(asks.known.values())) == len(asks.known)
    _whole(tiny_show)


def _whole(show: TinyShow) -> None:
    """Every version once, with all frames as on record; no other frame under its own name."""
    studio = show.studio
    versions = book.versions(studio.ledger, "S_010")
    assert Counter(v.id for v in versions).most_common(1)[0][1] == 1
    seeds = Counter(v.ask.seed for v in book.variations(studio.ledger, "S_010"))
    assert seeds.most_common(1)[0][1] == 1
    for found in queue.read(studio.ledger).values():
        if found.published:
            assert set(found.versions) <= {v.id for v in versions}
            assert len(found.versions) == found.wanted["variations"]
    expected: dict[str, Any] = {}
    for version in versions:
        for pattern, digests in (
            (studio.shelf.element_pattern(version.id), version.element_frames),
            (studio.shelf.comp_pattern(version.id), version.comp_frames),
        ):
            for frame, digest in zip((1001, 1002), digests, strict=True):
                expected[frame_path(pattern, frame)] = digest
    for path, digest in expected.items():
        assert picture_digest(studio.images.read(path)) == digest, f"{path} is partial"
