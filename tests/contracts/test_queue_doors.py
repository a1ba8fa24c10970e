"""The queue's doors over every ledger: who may, who was first, what stands once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import FakeClock, FakeLedger
from postgres import Server
from seamline.errors import AgainError, InputError, LeaseError, RefusedError, ShowError
from seamline.ports import Ledger
from seamline.show.queue import Worker
from seamline.steps import claims, queue
from seamline.steps.queue import AtWork, Person
from seamline.store.ledger import open_ledger

ADA, BEN = Person(name="a.bell"), Person(name="b.holt")
SUPERVISOR = Person(name="m.okafor", supervisor=True)
WANTED = {"shot": "042_0110", "variations": 2, "seed": 1}
FRAMES = [1001, 1002, 1003, 1004]
CLOCK = FakeClock()


def worker(name: str, *, lives: bool | None = True) -> AtWork:
    here = Worker(host="pict-04", pid=len(name), start=name)
    return AtWork(me=here, token=name, lives=lambda other: lives)


@pytest.fixture(params=["fake", "file", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "fake":
        yield FakeLedger(CLOCK)
        return
    where = str(tmp_path / "ledger.sqlite")
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres_server")
        where = server.database()
    found = open_ledger(where, CLOCK)
    yield found
    found.verify()
    found.close()


def test_what_waits_already_is_not_queued_twice(ledger: Ledger) -> None:
    first = queue.submit(ledger, WANTED, FRAMES, ADA)
    again = queue.submit(ledger, WANTED, FRAMES, BEN)

    assert again == first
    assert first.by == "a.bell"
    assert first.standing == "queued"


def test_a_request_is_one_ask_for_good_and_each_person_s_own(ledger: Ledger) -> None:
    first = queue.submit(ledger, WANTED, FRAMES, ADA, request="monday")
    claims.publish(ledger, first.id, ["042_0110_env_b01_v001"])

    again = queue.submit(ledger, WANTED, FRAMES, ADA, request="monday")
    bens = queue.submit(ledger, WANTED, FRAMES, BEN, request="monday")

    assert (again.id, again.standing) == (first.id, "published")
    assert (bens.by, bens.standing) == ("b.holt", "queued")
    with pytest.raises(RefusedError, match="was another ask"):
        queue.submit(ledger, {**WANTED, "seed": 2}, FRAMES, ADA, request="monday")


def test_a_queue_read_on_is_the_same_as_one_replayed_anew(ledger: Ledger) -> None:
    assert queue.read(ledger) == {}
    ask = queue.submit(ledger, WANTED, FRAMES, ADA)
    assert queue.read(ledger) == queue.replayed(ledger)
    mine = claims.claim(ledger, CLOCK, worker("one"), ask.id, FRAMES)
    claims.frame_done(ledger, ask.id, mine, 1001, ["aa"])
    ledger.append("note", {"n": 1})
    queue.submit(ledger, WANTED, FRAMES, BEN, request="r")

    assert queue.read(ledger) == queue.replayed(ledger)
    assert queue.read(ledger)[ask.id].done == {1001}


def test_what_was_cancelled_can_be_asked_for_once_more(ledger: Ledger) -> None:
    first = queue.submit(ledger, WANTED, FRAMES, ADA)
    queue.cancel(ledger, first.id, ADA)

    again = queue.submit(ledger, WANTED, FRAMES, ADA)

    assert again.id != first.id
    assert again.standing == "queued"


def test_only_the_owner_or_a_supervisor_cancels(ledger: Ledger) -> None:
    ask = queue.submit(ledger, WANTED, FRAMES, ADA)
    for door in (queue.cancel, queue.pause, queue.resume):
        with pytest.raises(RefusedError, match=r"b\.holt may not"):
            door(ledger, ask.id, BEN)
    assert queue.find(ledger, ask.id).standing == "queued"

    assert queue.cancel(ledger, ask.id, SUPERVISOR).standing == "cancelled"


def test_only_a_supervisor_gives_priority(ledger: Ledger) -> None:
    with pytest.raises(RefusedError, match="only a supervisor"):
        queue.submit(ledger, WANTED, FRAMES, ADA, priority=3)
    assert queue.read(ledger) == {}

    assert queue.submit(ledger, WANTED, FRAMES, SUPERVISOR, priority=3).priority == 3


def test_a_part_is_one_worker_s_and_the_rest_is_free(ledger: Ledger) -> None:
    ask = queue.submit(ledger, WANTED, FRAMES, ADA)
    mine = claims.claim(ledger, CLOCK, worker("one"), ask.id, [1001, 1002])

    with pytest.raises(LeaseError, match="1001-1002") as refused:
        claims.claim(ledger, CLOCK, worker("two"), ask.id, [1002, 1003])
    assert refused.value.exit_code == 4
    claims.claim(ledger, CLOCK, worker("two"), ask.id, [1003, 1004])
    claims.release(ledger, ask.id, mine, why="done")

    assert claims.claim(ledger, CLOCK, worker("three"), ask.id, [1001, 1002]).turn == 2


def test_a_part_whose_worker_is_gone_is_taken_over(ledger: Ledger) -> None:
    ask = queue.submit(ledger, WANTED, FRAMES, ADA)
    claims.claim(ledger, CLOCK, worker("one"), ask.id, FRAMES)

    over = claims.claim(ledger, CLOCK, worker("two", lives=False), ask.id, FRAMES)

    assert (over.turn, over.token) == (2, "two")


def test_of_many_who_claim_at_once_one_has_it(ledger: Ledger) -> None:
    ask = queue.submit(ledger, WANTED, FRAMES, ADA)
    won, lost = [], []
    ready = threading.Barrier(6)

    def take(n: int) -> None:
        part = [[1001, 1002, 1003], [1002, 1003, 1004]][n % 2]
        ready.wait()
        try:
            won.append(claims.claim(ledger, CLOCK, worker(f"w{n}"), ask.id, part))
        except LeaseError as error:
            lost.append(error)

    threads = [threading.Thread(target=take, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(won), len(lost)) == (1, 5)
    assert [c.token for c in queue.find(ledger, ask.id).claims.values()] == [won[0].token]


def test_a_frame_is_published_once_and_never_with_other_pixels(ledger: Ledger) -> None:
    ask = queue.submit(ledger, WANTED, FRAMES, ADA)
    one = claims.claim(ledger, CLOCK, worker("one"), ask.id, FRAMES)
    two = claims.claim(ledger, CLOCK, worker("two", lives=False), ask.id, FRAMES)

    assert claims.frame_done(ledger, ask.id, one, 1001, ["aa", "bb"])
    assert not claims.frame_done(ledger, ask.id, two, 1001, ["aa", "bb"])
    with pytest.raises(RefusedError, match="other pixels"):
        claims.frame_done(ledger, ask.id, two, 1001, ["aa", "cc"])

    assert queue.find(ledger, ask.id).done == {1001}


def test_what_cannot_be_worked_on_is_said(ledger: Ledger) -> None:
    ask = queue.submit(ledger, WANTED, FRAMES, ADA)
    with pytest.raises(InputError, match="1001-1004, not 1005"):
        claims.claim(ledger, CLOCK, worker("one"), ask.id, [1004, 1005])
    with pytest.raises(ShowError, match="no ask 'zz'"):
        claims.claim(ledger, CLOCK, worker("one"), "zz", [1001])
    queue.pause(ledger, ask.id, ADA)
    with pytest.raises(AgainError, match="paused"):
        claims.claim(ledger, CLOCK, worker("one"), ask.id, [1001])
    queue.resume(ledger, ask.id, ADA)
    claims.publish(ledger, ask.id, ["042_0110_env_b01_v001"])
    with pytest.raises(RefusedError, match="published"):
        claims.claim(ledger, CLOCK, worker("one"), ask.id, [1001])
