"""
Progress as it happens: server-sent events (WHATWG HTML, section 9.2), one a row of the queue.

Between them stands how far each painting is, ``painting``: in words, with the level that is
being painted. That is no row and has no id; who was cut off hears the next one.

The id of an event is the number of its row, so that whoever was cut off goes on where it
was: ``Last-Event-ID``. Nothing of what was asked for is in them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence

from starlette.concurrency import run_in_threadpool

from seamline.ports import Row
from seamline.server.desk import Desk
from seamline.show.user import User
from seamline.steps.queue import KIND
from seamline.steps.users import users
from seamline.store.how_far import Told, told_of

EVERY_S = 0.25
STILL_HERE_S = 15.0
"""A comment so often keeps what lies between from closing a quiet stream."""
_TOLD = ("ask", "event", "frame", "part", "versions", "why", "shot", "element", "by")


async def stream(
    desk: Desk, user: User, after: int, kinds: Sequence[str] = (KIND,)
) -> AsyncIterator[bytes]:
    """
    Yield every row of ``kinds`` above number ``after``, as long as the user is one.

    With those of the queue comes how far each painting is, whenever it is further.
    """
    desk.figures.listeners += 1
    try:
        yield b"retry: 1000\n\n"
        quiet_s = 0.0
        said: dict[str, Told] = {}
        while not desk.leaving.is_set():
            rows = await run_in_threadpool(_rows, desk, user, after, kinds)
            if rows is None:
                return
            if rows:
                after, quiet_s = rows[-1].number, 0.0
                yield b"".join(_event(row) for row in rows)
            elif quiet_s >= STILL_HERE_S:
                quiet_s = 0.0
                yield b": still here\n\n"
            if KIND in kinds:
                told = await run_in_threadpool(told_of, desk.studio.settings.root)
                further = [told[name] for name in sorted(told) if told[name] != said.get(name)]
                said = told
                if further:
                    quiet_s = 0.0
                    yield b"".join(_painting(one) for one in further)
            await asyncio.sleep(EVERY_S)
            quiet_s += EVERY_S
    finally:
        desk.figures.listeners -= 1


def _rows(desk: Desk, user: User, after: int, kinds: Sequence[str]) -> list[Row] | None:
    """Return what is new; None where the token was taken away meanwhile."""
    if users(desk.studio.ledger).get(user.name) != user:
        return None
    ledger = desk.studio.ledger
    only = kinds[0] if len(kinds) == 1 else None
    return [row for row in ledger.rows(only, after=after) if row.kind in kinds]


def _painting(told: Told) -> bytes:
    return f"event: painting\ndata: {json.dumps(told, ensure_ascii=False)}\n\n".encode()


def _event(row: Row) -> bytes:
    told = {key: row.body[key] for key in _TOLD if key in row.body}
    event = row.body["event"] if row.kind == KIND else row.kind
    lines: Iterable[str] = (
        f"id: {row.number}",
        f"event: {event}",
        f"data: {json.dumps(told, ensure_ascii=False)}",
    )
    return ("\n".join(lines) + "\n\n").encode()
