"""Whoever listens to the server hears which level of which variation is being painted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from fakes import FakeProgress
from seamline.server import events
from seamline.server.desk import Desk
from seamline.server.light import open_light
from seamline.show.user import User
from seamline.steps.users import add_user, users
from seamline.store import how_far
from seamline.store.how_far import ToldBeside
from tiny import TinyShow

WORDS = "S_010: painting variation 3 of 12, sky, level {} of 6"


@pytest.fixture
def desk(tiny_show: TinyShow, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(how_far, "EVERY_S", 0.0)
    monkeypatch.setattr(events, "EVERY_S", 0.01)
    tiny_show.static_shot()
    return Desk(studio=open_light(str(tiny_show.root)))


async def heard(desk: Desk, user: User, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """Return what the server says of a painting that goes from level to level."""
    said: list[bytes] = []

    async def listen() -> None:
        async for event in events.stream(desk, user, 10**6, kinds):
            said.append(event)

    listening = asyncio.create_task(listen())
    with ToldBeside(FakeProgress(), desk.studio.settings.root).bar("painting", 12.0) as bar:
        for level in (4, 5):
            bar.advance(0.25)
            bar.now(WORDS.format(level))
            await asyncio.sleep(1.0)
    desk.leaving.set()
    await listening
    return [parsed(event) for event in said if b"event: painting" in event]


def parsed(event: bytes) -> dict[str, Any]:
    lines = dict(line.split(": ", 1) for line in event.decode().splitlines() if line)
    assert "id" not in lines  # no row: it does not move where a listener goes on from
    found: dict[str, Any] = json.loads(lines["data"])
    return found


def test_every_level_is_heard_once_with_how_much_stands(desk: Desk) -> None:
    add_user(desk.studio.ledger, "a.bell", "artist")
    user = users(desk.studio.ledger)["a.bell"]

    for kinds in (("queue",), ("queue", "note")):
        desk.leaving.clear()
        assert asyncio.run(heard(desk, user, kinds)) == [
            {"doing": WORDS.format(4), "done": 0.25, "of": 12.0},
            {"doing": WORDS.format(5), "done": 0.5, "of": 12.0},
        ]


def test_who_listens_to_notes_alone_hears_no_level(desk: Desk) -> None:
    add_user(desk.studio.ledger, "a.bell", "artist")
    user = users(desk.studio.ledger)["a.bell"]
    assert asyncio.run(heard(desk, user, ("note",))) == []
