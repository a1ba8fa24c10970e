"""Workers and the one who asks are killed at random: nothing lost, twice or partial."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from works_on_queue import content

from seamline.steps import queue
from seamline.steps.queue import Person
from seamline.store.clock import SystemClock
from seamline.store.ledger import open_ledger

HERE = Path(__file__).parent
KILLS = int(os.environ.get("SEAMLINE_KILLS", "20"))
FRAMES = [1001, 1002, 1003, 1004]
ASKS = """
import sys
from seamline.steps import queue
from seamline.steps.queue import Person
from seamline.store.clock import SystemClock
from seamline.store.ledger import open_ledger
ledger = open_ledger(sys.argv[1] + "/l.sqlite", SystemClock())
print("at work", flush=True)
for n in range(10**6):
    wanted = {"shot": sys.argv[2], "seed": n}
    ask = queue.submit(ledger, wanted, [1001, 1002, 1003, 1004], Person(name="a.bell"))
    print("queued", ask.id, flush=True)
    import time; time.sleep(0.05)
"""


class Killed:
    """A process, and every line that it said before it was killed."""

    def __init__(self, folder: Path, number: int, *words: str) -> None:
        self.said = folder / f"said.{number}"
        with self.said.open("wb") as said:
            self.process = subprocess.Popen([sys.executable, *words], stdout=said)

    def wait_until_at_work(self) -> None:
        until = time.monotonic() + 60
        while b"at work" not in self.said.read_bytes():
            assert self.process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)

    def kill(self) -> list[str]:
        self.process.kill()
        assert self.process.wait() == -9, "it ended before it could be killed"
        return [line for line in self.said.read_text().split("\n")[:-1] if " " in line]


def test_killed_at_random_nothing_is_lost_twice_or_partial(tmp_path: Path) -> None:
    moments, told = random.Random(42), list[str]()
    (tmp_path / "frames").mkdir()
    worker = (str(HERE / "works_on_queue.py"), str(tmp_path))
    running: list[Killed] = []
    for number in range(KILLS):
        asking = number % 5 == 0
        words = ("-c", ASKS, str(tmp_path), f"s{number}") if asking else worker
        running.append(Killed(tmp_path, number, *words))
        running[-1].wait_until_at_work()
        time.sleep(moments.uniform(0.01, 0.3))
        while len(running) > 1 or (running and number == KILLS - 1):
            told += running.pop(moments.randrange(len(running))).kill()

    ledger = open_ledger(str(tmp_path / "l.sqlite"), SystemClock())
    ledger.verify()
    asks = queue.read(ledger)
    happened = Counter(
        (row.body["event"], row.body["ask"], row.body.get("frame"))
        for row in ledger.rows("queue")
        if row.body["event"] in ("queued", "frame", "published")
    )
    assert all(count == 1 for count in happened.values()), "something stands twice"
    for line in told:
        word, ask, *rest = line.split()
        if word == "queued":
            assert ask in asks, "an ask that was acknowledged is lost"
        elif word == "acknowledged":
            assert int(rest[0]) in asks[ask].done, "a frame that was acknowledged is lost"
        elif word == "published":
            assert asks[ask].published, "an ask that was published is lost"
    whole = {
        p.name: p.read_bytes() for p in (tmp_path / "frames").iterdir() if ".tmp" not in p.name
    }
    for name, found in whole.items():
        ask, frame = name.rsplit(".", 1)
        assert found == content(ask, int(frame)), f"{name} is partial"
    for row in ledger.rows("queue"):
        if row.body["event"] == "frame":
            name = f"{row.body['ask']}.{row.body['frame']}"
            assert [hashlib.sha256(whole[name]).hexdigest()] == row.body["digests"]
    assert sum(len(ask.done) for ask in asks.values()) > KILLS / 4, "nothing was done at all"
    ledger.close()


def test_what_plans_and_keeps_the_book_opens_no_heavy_library() -> None:
    heavy = "numba", "llvmlite", "torch", "OpenImageIO", "PyOpenColorIO"
    rooms = (
        "store.ledger",
        "steps.queue",
        "steps.claims",
        "steps.work",
        "store.backup",
        "farm.here",
    )
    code = "import sys\n" + "\n".join(f"import seamline.{room}" for room in rooms)
    code += f"\nprint([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stdout == "[]\n", done.stdout + done.stderr


def test_two_askers_of_the_same_have_one_ask(tmp_path: Path) -> None:
    ledger = open_ledger(str(tmp_path / "l.sqlite"), SystemClock())
    first = queue.submit(ledger, {"shot": "S"}, FRAMES, Person(name="a.bell"))

    assert queue.submit(ledger, {"shot": "S"}, FRAMES, Person(name="b.holt")).id == first.id
    ledger.close()
