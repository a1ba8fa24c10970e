"""What waits in the queue is painted in parts, by several, and published once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seamline import wiring
from seamline.errors import LeaseError, RefusedError
from seamline.pixels.digest import picture_digest
from seamline.ports import Generator, Painted
from seamline.show.frames import FrameRange
from seamline.show.queue import QueuedAsk
from seamline.show.record import as_record
from seamline.show.variation import Ask
from seamline.steps import book, claims, parts, queue
from seamline.steps.alongside import helped
from seamline.steps.canvas import lay_out
from seamline.steps.lock import set_lock
from seamline.steps.main_job import painted
from seamline.steps.queue import Person
from seamline.steps.render import render, render_some
from seamline.steps.rendered import digests_of
from seamline.steps.reserve import reserve
from seamline.steps.to_render import named, prepared, render_key
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


def test_what_is_to_be_more_different_is_another_ask_here_and_in_the_queue(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot(frames=4)
    usual = {"variations": 1, "seed": 1, "generator": "neutral"}
    queued = queue_painting(tiny_show.studio, "S_010", ADA, **usual, different=True)
    plain = queue_painting(tiny_show.studio, "S_010", ADA, **usual)

    for ask in (queued, plain):
        work(tiny_show.studio, wiring.at_work(), ask.id)
    here = painted(tiny_show.studio, "S_010", **usual, different=True)

    told = [v.ask.settings for v in book.variations(tiny_show.studio.ledger, "S_010")]
    assert told == [(("more different", "yes"),), ()]
    assert "more_different" not in plain.wanted
    assert [v["id"] for v in here["variations"]] == ["S_010_env_b01_v001"]


def test_what_is_published_is_answered_and_not_done_twice(tiny_show: TinyShow) -> None:
    ask = asked(tiny_show, 1)
    work(tiny_show.studio, wiring.at_work(), ask.id)
    rows = len(list(tiny_show.studio.ledger.rows()))

    again = work(tiny_show.studio, wiring.at_work(), ask.id, [1002])

    assert (again["standing"], again["frames_made"]) == ("published", 0)
    assert len(list(tiny_show.studio.ledger.rows())) == rows


def both(*jobs: Callable[[], object]) -> list[object]:
    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]


class Slowly:
    """A backend that takes a moment, and writes down who painted what."""

    def __init__(self, inner: Generator, who: str, log: list[tuple[str, int]]) -> None:
        self._inner, self._who, self._log = inner, who, log

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def paint(self, ask: Ask, *rest: Any) -> Painted:
        self._log.append((self._who, ask.seed))
        time.sleep(0.1)
        return self._inner.paint(ask, *rest)


def test_two_workers_share_the_paintings_and_the_frames_of_one_ask(
    tiny_show: TinyShow, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ask = asked(tiny_show, 6)
    log: list[tuple[str, int]] = []

    def worker(who: str) -> Callable[[], object]:
        real = tiny_show.studio.generator
        slow = lambda name: Slowly(real(name), who, log)  # noqa: E731
        studio = replace(tiny_show.studio, generator=slow)

        def until_done() -> object:
            while True:
                with suppress(LeaseError):
                    return work(studio, wiring.at_work(), ask.id)
                time.sleep(0.01)

        return until_done

    both(worker("one"), worker("two"))

    assert sorted(seed for _, seed in log) == [1, 2, 3, 4, 5, 6]  # each of them once
    assert {who for who, _ in log} == {"one", "two"}
    found = queue.find(tiny_show.studio.ledger, ask.id)
    ids = [f"S_010_env_b{n:02d}_v001" for n in range(1, 7)]
    assert (found.standing, list(found.versions)) == ("published", ids)
    told = [row.body for row in tiny_show.studio.ledger.rows("queue")]
    assert sorted(b["frame"] for b in told if b["event"] == "frame") == [1001, 1002, 1003, 1004]
    numbers = {v.ask.seed: v.number for v in book.variations(tiny_show.studio.ledger, "S_010")}
    assert numbers == {n: n for n in range(1, 7)}  # as asked, whoever was first
    alone = TinyShow(tmp_path_factory.mktemp("alone"))
    alone.static_shot(frames=4)
    document = painted(alone.studio, "S_010", variations=6, seed=1, generator="neutral")
    together = book.versions(tiny_show.studio.ledger, "S_010")
    bits = {v.id: (v.element_digest, v.comp_digest) for v in together}
    assert bits == {v["id"]: (v["digest"], v["comp_digest"]) for v in document["variations"]}


def test_a_number_that_is_reserved_is_passed_over_by_who_paints_without_others(
    tiny_show: TinyShow, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, studio = asked(tiny_show, 2), tiny_show.studio
    monkeypatch.setattr(parts, "LOOKS", 1)
    held = [
        claims.claim_part(studio.ledger, studio.clock, wiring.at_work(), ask.id, f"b{place}")
        for place in (1, 2)
    ]
    with pytest.raises(LeaseError, match="2 of the parts"):
        work(studio, wiring.at_work(), ask.id)

    other = painted(studio, "S_010", variations=1, seed=9, generator="neutral")
    assert [v["id"] for v in other["variations"]] == ["S_010_env_b03_v001"]
    for part in held:
        claims.release(studio.ledger, ask.id, part, why="gone")
    done = work(studio, wiring.at_work(), ask.id)
    assert done["versions"] == ["S_010_env_b01_v001", "S_010_env_b02_v001"]


def test_an_id_reserved_for_what_is_being_rendered_is_given_to_nothing_else(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot()
    ledger = tiny_show.studio.ledger
    reserve(ledger, "S_010", versions={"a" * 64: "S_010_env_b01_v001"})

    other = painted(tiny_show.studio, "S_010", variations=1, seed=1, generator="neutral")

    assert [v["id"] for v in other["variations"]] == ["S_010_env_b01_v002"]


def test_what_a_worker_used_of_the_processor_is_counted_for_the_ask(
    tiny_show: TinyShow,
) -> None:
    ask, studio = asked(tiny_show, 2), tiny_show.studio
    real = studio.generator

    class Takes:
        def __init__(self, inner: Generator) -> None:
            self._inner = inner

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

        def paint(self, ask: Ask, *rest: Any) -> Painted:
            tiny_show.clock.pass_by(2.5)
            tiny_show.clock.gpu_s += 1.25
            return self._inner.paint(ask, *rest)

    work(replace(studio, generator=lambda name: Takes(real(name))), wiring.at_work(), ask.id)

    assert queue.find(studio.ledger, ask.id).cpu_s == pytest.approx(5.0)
    said = queue.as_document(queue.find(studio.ledger, ask.id))
    assert (said["cpu_s"], said["gpu_s"]) == (5.0, 2.5)


def test_a_part_that_a_living_worker_has_says_try_again(
    tiny_show: TinyShow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "LOOKS", 1)
    ask, studio = asked(tiny_show, 1), tiny_show.studio
    claims.claim(studio.ledger, studio.clock, wiring.at_work(), ask.id, [1002, 1003])

    with pytest.raises(LeaseError, match=f"process {os.getpid()} ") as refused:
        work(studio, wiring.at_work(), ask.id)

    assert refused.value.exit_code == 4
    assert queue.find(studio.ledger, ask.id).done == {1001, 1004}  # what was free is done


LENS = "[lens]\nfocal_length_mm = {}\nsensor_width_mm = 24.89\nsensor_height_mm = 14\n"


class Meanwhile:
    """Pictures; when the third is written, something happens."""

    def __init__(self, images: Any, happens: Callable[[], object]) -> None:
        self._images, self._happens, self._written = images, happens, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._images, name)

    def write(self, path: str, picture: object) -> None:
        self._images.write(path, picture)
        self._written += 1
        if self._written == 3:  # element and comp of the first frame, element of the next
            self._happens()


def locked_lens(show: TinyShow, focal_length_mm: int) -> None:
    set_lock(show.studio, "S_010", LENS.format(focal_length_mm), where="lock.toml")


@pytest.fixture
def on_a_sphere(tiny_show: TinyShow) -> Callable[[], QueuedAsk]:
    """An ask whose every frame is a view through the locked lens."""
    show = tiny_show

    def queued() -> QueuedAsk:
        show.static_shot(frames=3)
        locked_lens(show, 35)
        lay_out(show.studio, "S_010", kind="sphere")
        return queue_painting(
            show.studio, "S_010", ADA, variations=1, seed=1, generator="neutral"
        )

    return queued


def test_a_lock_revised_while_frames_are_rendered_gives_another_version_whole(
    tiny_show: TinyShow, on_a_sphere: Callable[[], QueuedAsk], tmp_path_factory: Any
) -> None:
    studio, ask = tiny_show.studio, on_a_sphere()
    slow = replace(studio, images=Meanwhile(studio.images, lambda: locked_lens(tiny_show, 50)))
    done = work(slow, wiring.at_work(), ask.id)

    alone = TinyShow(tmp_path_factory.mktemp("alone"))
    alone.static_shot(frames=3)
    locked_lens(alone, 35)
    lay_out(alone.studio, "S_010", kind="sphere")
    painted(alone.studio, "S_010", variations=1, seed=1, generator="neutral")
    locked_lens(alone, 50)
    (variation,) = book.variations(alone.studio.ledger, "S_010")
    render(alone.studio, "S_010", [variation])
    was, now = book.versions(alone.studio.ledger, "S_010")
    assert done["versions"] == [now.id] == ["S_010_env_b01_v002"]
    (made,) = book.versions(studio.ledger, "S_010")
    assert (made.id, made.element_frames) == (now.id, now.element_frames)
    assert was.element_frames[1] != now.element_frames[1]  # the lens is seen
    first = studio.shelf.element_pattern("S_010_env_b01_v001")
    for frame, digest in zip(range(1001, 1004), was.element_frames, strict=True):
        found = studio.images.read(first.replace("%04d", str(frame)))
        assert picture_digest(found) == digest  # begun under that id, and ended so


def test_what_all_others_need_is_begun_before_the_last_painting_and_once() -> None:
    sketch, grain = "sketch", "grain"
    ready, nothing = frozenset({sketch, grain}), frozenset[str]()
    first, both = [True, False, False], [True, True]

    assert parts.missing_parts([False, False], nothing) == [sketch, grain, "b1", "b2"]
    assert parts.missing_parts(first, ready) == ["m1", "b2", "b3"]
    assert parts.missing_parts(first, ready | {"m1"}) == ["b2", "b3"]
    assert parts.missing_parts(both, ready | {"m1"}) == ["m2"]
    # While another measures the grain no match is begun: it would be measured twice.
    in_hand = frozenset({grain})
    assert parts.missing_parts(first, frozenset({sketch}), in_hand) == [grain, "b2", "b3"]
    assert parts.missing_parts(both, frozenset({sketch}), in_hand) == [grain]
    assert parts.missing_parts(both, ready | {"m1", "m2"}, in_hand) == []


@pytest.mark.parametrize(("begun", "helps_with"), [(0, [2, 3, 4, 5]), (2, [4, 5]), (3, [])])
def test_who_has_nothing_left_helps_from_the_last_version_on_until_the_two_meet(
    begun: int,
    helps_with: list[int],
    tiny_show: TinyShow,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    ask, studio = asked(tiny_show, 5), tiny_show.studio
    owner, helper = wiring.at_work(), wiring.at_work()
    spent = parts.Spent(studio.clock)
    variations = parts.painted_together(studio, owner, ask, spent)
    versions = named(studio, prepared(studio, "S_010", variations))
    claims.claim(studio.ledger, studio.clock, owner, ask.id, [1001])
    some = replace(versions, jobs=versions.jobs[:begun])
    render_some(studio, some, [1001] if begun else [], lambda frame, seen: None)

    def made() -> list[int]:
        at = [studio.shelf.comp_pattern(f"S_010_env_b{n:02d}_v001") for n in range(1, 6)]
        return [n for n, one in enumerate(at, 1) if Path(one.replace("%04d", "1001")).exists()]

    before = made()
    now = queue.find(studio.ledger, ask.id)
    helped(studio, helper, now, versions, [1001, 1002], spent)

    assert before == [*range(1, begun + 1)]
    assert [n for n in made() if n not in before] == helps_with
    assert not queue.find(studio.ledger, ask.id).done  # it is for the owner to tell
    seen: list[str] = []
    render_some(studio, versions, [1001], lambda _, each: seen.extend(digests_of(each)))
    alone = TinyShow(tmp_path_factory.mktemp("alone"))
    alone.static_shot(frames=4)
    painted(alone.studio, "S_010", variations=5, seed=1, generator="neutral")
    bits = [
        digest
        for v in book.versions(alone.studio.ledger, "S_010")
        for digest in (v.element_frames[0], v.comp_frames[0])
    ]
    assert seen == bits


class LastMoment:
    """A ledger; when the first version is about to be written, something happens."""

    def __init__(self, ledger: Any, happens: Callable[[], object]) -> None:
        self._ledger, self._happens = ledger, happens

    def __getattr__(self, name: str) -> Any:
        does = getattr(self._ledger, name)
        if name not in ("append_once", "append_unless"):
            return does

        def written(kind: str, *said: Any, **how: Any) -> Any:
            if kind == "version":
                happens, self._happens = self._happens, lambda: None
                happens()
            return does(kind, *said, **how)

        return written


def test_a_lock_revised_after_the_last_look_still_keeps_the_version_from_being_published(
    tiny_show: TinyShow, on_a_sphere: Callable[[], QueuedAsk]
) -> None:
    studio, ask = tiny_show.studio, on_a_sphere()
    at_the_end = LastMoment(studio.ledger, lambda: locked_lens(tiny_show, 50))

    done = work(replace(studio, ledger=at_the_end), wiring.at_work(), ask.id)

    (made,) = book.versions(studio.ledger, "S_010")
    assert done["versions"] == [made.id] == ["S_010_env_b01_v002"]
    rows = [row.kind for row in studio.ledger.rows() if row.kind in ("lock", "version")]
    assert rows == ["lock", "lock", "version"]
    (variation,) = book.variations(studio.ledger, "S_010")
    assert made.render_key == render_key(studio, "S_010", variation)  # as things stand


def test_a_shot_cut_shorter_while_it_waits_is_painted_as_long_as_it_is(
    tiny_show: TinyShow,
) -> None:
    ask, ledger = asked(tiny_show, 1), tiny_show.studio.ledger
    shot = book.shot(ledger, "S_010")
    assert shot.plate is not None
    short = replace(shot.plate, digests=shot.plate.digests[:2])
    book.write(
        ledger,
        "shot",
        replace(shot, version=2, frames=FrameRange(first=1001, last=1002), plate=short),
    )
    seam = book.seam(ledger, "S_010")
    assert seam is not None
    book.write(ledger, "seam", replace(seam, version=2, matte_digests=seam.matte_digests[:2]))

    done = work(tiny_show.studio, wiring.at_work(), ask.id)

    assert (done["standing"], done["frames_made"]) == ("published", 2)
    (made,) = book.versions(ledger, "S_010")
    assert made.frames == "1001-1002"


def test_a_worker_that_finds_its_ask_published_by_another_says_it_is_done(
    tiny_show: TinyShow, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, studio = asked(tiny_show, 1), tiny_show.studio

    real = parts._claimed

    def another_first(*words: Any) -> Any:
        monkeypatch.undo()
        work(studio, wiring.at_work(), ask.id)
        return real(*words)  # the paintings that it looked for are none's to take any more

    monkeypatch.setattr(parts, "_claimed", another_first)

    done = work(studio, wiring.at_work(), ask.id)

    assert (done["standing"], done["versions"]) == ("published", ["S_010_env_b01_v001"])


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
