"""The server's workers: what fails is not tried again at once, and nobody waits for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from serves import until

from seamline.server.desk import Desk
from seamline.server.light import open_light
from seamline.server.workers import Workers
from seamline.steps.queue import Person
from seamline.steps.work import queue_painting
from tiny import TinyShow


def asked(desk: Desk, name: str) -> str:
    person = Person(name=name)
    return queue_painting(
        desk.studio, "S_010", person, variations=1, seed=1, generator="neutral", request="r"
    ).id


def test_an_ask_that_fails_is_left_for_a_while_and_the_next_is_begun(
    tiny_show: TinyShow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_show.static_shot()
    desk = Desk(studio=open_light(str(tiny_show.root)))
    asks = [asked(desk, name) for name in ("a.bell", "b.holt")]
    tried = tmp_path / "tried"
    script = "import sys; open(sys.argv[1], 'a').write(sys.argv[2] + '\\n'); sys.exit(3)"
    monkeypatch.setattr(
        Workers, "_line", lambda _, ask: [sys.executable, "-c", script, str(tried), ask]
    )
    crew = Workers(desk, 1)
    crew.begin()
    try:
        until(lambda: 'seamline_worker_runs_total{ended="failed"} 2' in desk.figures.text({}))
    finally:
        crew.end()

    assert tried.read_text().split() == asks


def test_who_has_nothing_else_to_do_joins_in(
    tiny_show: TinyShow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_show.static_shot()
    desk = Desk(studio=open_light(str(tiny_show.root)))
    person = Person(name="a.bell")
    large = queue_painting(
        desk.studio, "S_010", person, variations=2, seed=1, generator="neutral", request="r2"
    ).id
    small = asked(desk, "b.holt")
    monkeypatch.setattr(Workers, "_line", lambda *_: [sys.executable, "-c", WAITS])
    crew = Workers(desk, 4)
    crew.begin()
    try:
        until(lambda: sum(map(len, crew._busy.values())) == 3)
        busy = {ask: len(some) for ask, some in crew._busy.items()}
    finally:
        crew.end()

    assert busy == {large: 2, small: 1}  # never more than an ask has paintings


WAITS = "import time; time.sleep(99)"


def test_ending_the_server_ends_its_workers(
    tiny_show: TinyShow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_show.static_shot()
    desk = Desk(studio=open_light(str(tiny_show.root)))
    asked(desk, "a.bell")
    began = tmp_path / "began"
    script = (
        "import sys, os, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(99)"
    )
    monkeypatch.setattr(Workers, "_line", lambda *_: [sys.executable, "-c", script, str(began)])
    crew = Workers(desk, 2)
    crew.begin()
    pid = until(lambda: began.exists() and began.read_text())
    crew.end()

    assert not Path(f"/proc/{pid}").exists()
