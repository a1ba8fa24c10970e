"""What waits in the queue is painted in parts, by several, and published once."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from seamline import wiring
from seamline.errors import LeaseError, RefusedError
from seamline.show.queue import QueuedAsk
from seamline.show.record import as_record
from seamline.steps import book, queue
from seamline.steps.main_job import painted
from seamline.steps.queue import Person
from seamline.steps.work import queue_painting, work
from tiny import TinyShow

ADA = Person(name="a.bell")


def asked(show: TinyShow, variations: int = 2) -> QueuedAsk:
    show.static_shot(frames=4)
    return queue_painting(
        show.studio, "S_010", ADA, variations=variations, seed=1, generator="neutral"
    )


def test_parts_done_apart_are_the_same_versions_as_in_one_go(tiny_show: TinyShow) -> None:
    ask = asked(tiny_show)
    first = work(tiny_show.studio, wiring.at_work(), ask.id, [1003, 1004])
    assert (first["standing"], first["frames_made"]) == ("queued", 2)
    assert book.versions(tiny_show.studio.ledger, "S_010") == []

    last = work(tiny_show.studio, wiring.at_work(), ask.id, [1001, 1002])

    assert (last["standing"], last["frames_made"]) == ("published", 2)
    assert last["versions"] == ["S_010_env_b01_v001", "S_010_env_b02_v001"]
    queued = [as_record(v) for v in book.versions(tiny_show.studio.ledger, "S_010")]
    told = [row.body for row in tiny_show.studio.ledger.rows("queue")]
    frames = {body["frame"]: body["digests"] for body in told if body["event"] == "frame"}
    for place, version in enumerate(queued):
        assert version["element_frames"] == [frames[n][2 * place] for n in range(1001, 1005)]
        assert version["comp_frames"] == [frames[n][2 * place + 1] for n in range(1001, 1005)]
    again = painted(tiny_show.studio, "S_010", variations=2, seed=1, generator="neutral")
    assert [v["digest"] for v in again["variations"]] == [v["element_digest"] for v in queued]
    assert len(book.versions(tiny_show.studio.ledger, "S_010")) == 2


def test_what_is_published_is_answered_and_not_done_twice(tiny_show: TinyShow) -> None:
    ask = asked(tiny_show, 1)
    work(tiny_show.studio, wiring.at_work(), ask.id)
    rows = len(list(tiny_show.studio.ledger.rows()))

    again = work(tiny_show.studio, wiring.at_work(), ask.id, [1002])

    assert (again["standing"], again["frames_made"]) == ("published", 0)
    assert len(list(tiny_show.studio.ledger.rows())) == rows


def test_a_part_that_a_living_worker_has_says_try_again(tiny_show: TinyShow) -> None:
    ask, studio = asked(tiny_show, 1), tiny_show.studio
    queue.claim(studio.ledger, studio.clock, wiring.at_work(), ask.id, [1002, 1003])

    with pytest.raises(LeaseError, match=f"process {os.getpid()} ") as refused:
        work(studio, wiring.at_work(), ask.id)

    assert refused.value.exit_code == 4
    assert work(studio, wiring.at_work(), ask.id, [1001])["frames_done"] == 1


def test_a_worker_stops_at_the_next_frame_when_its_ask_is_cancelled(
    tiny_show: TinyShow,
) -> None:
    ask, studio = asked(tiny_show, 1), tiny_show.studio
    seen: list[str] = []

    class CancelsAtTheSecond:
        def __getattr__(self, name: str) -> object:
            return getattr(studio.images, name)

        def write(self, path: str, picture: object) -> None:
            studio.images.write(path, picture)  # type: ignore[arg-type]
            seen.append(path)
            if len(seen) == 3:  # element and comp of the first frame, element of the next
                queue.cancel(studio.ledger, ask.id, ADA)

    with pytest.raises(Exception, match="cancelled while it was being worked on"):
        work(replace(studio, images=CancelsAtTheSecond()), wiring.at_work(), ask.id)

    found = queue.find(studio.ledger, ask.id)
    assert (found.standing, len(found.done), dict(found.claims)) == ("cancelled", 1, {})
    assert book.versions(studio.ledger, "S_010") == []
    with pytest.raises(RefusedError, match="is cancelled"):
        work(studio, wiring.at_work(), ask.id)
