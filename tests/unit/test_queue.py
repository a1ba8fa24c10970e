"""The queue is what the ledger's events add up to, in whatever order they came."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from seamline.show.queue import Claim, Event, QueuedAsk, Worker, in_turn, queue_of, stands

NOW = "2026-11-21T10:00:00Z"
WORKER = {"host": "pict-04", "pid": 41, "start": "b-1"}


class Book:
    """Events, numbered as a ledger would."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def say(self, event: str, ask: str, by: str = "", at: str = NOW, **more: Any) -> None:
        body = {"event": event, "ask": ask, **more}
        self.events.append(Event(number=len(self.events) + 1, at=at, by=by, body=body))

    def queued(self, ask: str, by: str, *, frames: int = 4, priority: int = 0) -> None:
        numbers = list(range(1001, 1001 + frames))
        wanted = {"shot": "042_0110"}
        self.say("queued", ask, by, frames=numbers, priority=priority, wanted=wanted)

    def claimed(self, ask: str, part: str, turn: int, token: str, at: str = NOW) -> None:
        self.say("claimed", ask, at=at, part=part, turn=turn, token=token, worker=WORKER)

    def of(self, ask: str) -> QueuedAsk:
        return queue_of(self.events)[ask]


def nobody(ask: QueuedAsk) -> bool:
    return bool(ask.claims)


def test_with_five_hundred_of_one_queued_another_begins_within_one() -> None:
    book = Book()
    for n in range(500):
        book.queued(f"a{n}", "a.bell")
    book.claimed("a0", "1001-1004", 1, "t")
    book.queued("b0", "m.okafor")

    order = [ask.id for ask in in_turn(queue_of(book.events), nobody)]

    assert order[0] == "b0"
    assert order[1] == "a1"
    assert len(order) == 500


def test_two_people_take_turns_until_both_are_through() -> None:
    book = Book()
    for n in range(6):
        book.queued(f"a{n}", "a.bell")
    for n in range(3):
        book.queued(f"b{n}", "m.okafor")
    served = []
    for turn in range(9):
        ask = in_turn(queue_of(book.events), nobody)[0]
        served.append(ask.id)
        book.claimed(ask.id, "1001-1004", 1, f"t{turn}")
        book.say("published", ask.id, versions=["v"])

    assert served == ["a0", "b0", "a1", "b1", "a2", "b2", "a3", "a4", "a5"]


def test_what_a_supervisor_put_first_comes_first() -> None:
    book = Book()
    book.queued("a0", "a.bell")
    book.queued("rush", "m.okafor", priority=5)

    assert [ask.id for ask in in_turn(queue_of(book.events), nobody)] == ["rush", "a0"]


def test_of_cancelling_and_publishing_the_first_one_stands() -> None:
    book = Book()
    book.queued("late", "a.bell")
    book.say("published", "late", versions=["v"])
    book.say("cancelled", "late")
    book.queued("early", "a.bell")
    book.say("cancelled", "early")
    book.say("published", "early", versions=["v"])

    assert book.of("late").standing == "published"
    assert book.of("early").standing == "cancelled"
    assert book.of("early").versions == ()


def test_a_worker_that_was_overtaken_has_no_say_but_its_frames_count() -> None:
    book = Book()
    book.queued("a", "a.bell")
    book.claimed("a", "1001-1002", 1, "first")
    book.claimed("a", "1001-1002", 2, "second", at="2026-11-21T10:20:00Z")
    book.say("alive", "a", at="2026-11-21T11:00:00Z", part="1001-1002", token="first")
    book.say("frame", "a", frame=1001, digests=[], part="1001-1002", token="first")
    book.say("released", "a", part="1001-1002", token="first")

    ask = book.of("a")

    assert ask.claims["1001-1002"].token == "second"
    assert ask.claims["1001-1002"].alive_at == "2026-11-21T10:20:00Z"
    assert ask.done == {1001}


def test_a_paused_ask_is_passed_over_until_it_is_resumed() -> None:
    book = Book()
    book.queued("a", "a.bell")
    book.queued("b", "a.bell")
    book.say("paused", "a")
    assert [ask.id for ask in in_turn(queue_of(book.events), nobody)] == ["b"]

    book.say("resumed", "a")

    assert [ask.id for ask in in_turn(queue_of(book.events), nobody)] == ["a", "b"]


def test_a_part_falls_free_when_its_worker_is_gone_or_silent_for_a_quarter_of_an_hour() -> None:
    claim = Claim(
        part="1001-1002", turn=1, worker=Worker(**WORKER), token="t", alive_at=NOW, since=1
    )
    later = {"10:14:59": True, "10:15:01": False}

    assert not stands(claim, NOW, lambda worker: False)
    assert stands(claim, "2026-11-22T10:00:00Z", lambda worker: True)
    for clock, held in later.items():
        assert stands(claim, f"2026-11-21T{clock}Z", lambda worker: None) is held


ASKS = st.sampled_from(["a", "b"])
PARTS = st.sampled_from(["1001-1002", "1003-1004"])
TOKENS = st.sampled_from(["s", "t"])
HAPPENED = st.one_of(
    st.tuples(st.just("queued"), ASKS, PARTS, TOKENS, st.integers(1, 3)),
    st.tuples(
        st.sampled_from(
            ["claimed", "alive", "frame", "released", "cancelled", "paused", "published"]
        ),
        ASKS,
        PARTS,
        TOKENS,
        st.integers(1, 3),
    ),
)


def written(happened: list[tuple[str, str, str, str, int]]) -> Book:
    book = Book()
    for event, ask, part, token, n in happened:
        if event == "queued":
            book.queued(ask, token)
        elif event == "claimed":
            book.claimed(ask, part, n, token)
        else:
            more = {"part": part, "token": token, "frame": 1000 + n, "digests": []}
            book.say(event, ask, versions=["v"], **more)
    return book


@settings(max_examples=150, deadline=None)
@given(st.lists(HAPPENED, max_size=40))
def test_any_interleaving_keeps_the_queue_s_promises(
    happened: list[tuple[str, str, str, str, int]],
) -> None:
    book = written(happened)
    before: dict[str, QueuedAsk] = {}
    for end in range(len(book.events) + 1):
        queue = dict(queue_of(book.events[:end]))
        assert queue == dict(queue_of(book.events[:end])), "a replay is the same queue"
        for name, ask in before.items():
            after = queue[name]
            assert ask.done <= after.done, "a frame that is done stays done"
            if not ask.is_open:
                assert after == ask, "what ended has ended"
            for part, turn in ask.turns.items():
                assert after.turns[part] - turn in (0, 1), "one takes a part over at a time"
        for ask in queue.values():
            assert ask.done <= set(ask.frames)
            assert not (ask.published and ask.cancelled)
            assert ask.is_open or not ask.claims
        before = queue


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["ada", "ben", "cy"]), min_size=1, max_size=30))
def test_nobody_waits_for_more_than_one_of_each_other_person(people: list[str]) -> None:
    book = Book()
    for n, by in enumerate(people):
        book.queued(f"{by}-{n}", by)
    left = Counter(people)
    served: list[str] = []
    while left.total():
        ask = in_turn(queue_of(book.events), nobody)[0]
        book.claimed(ask.id, "1001-1004", 1, ask.id)
        served.append(ask.by)
        left[ask.by] -= 1
        for other in (p for p in left if left[p]):
            since = served[::-1].index(other) if other in served else len(served)
            assert max(Counter(served[len(served) - since :]).values(), default=0) <= 1
