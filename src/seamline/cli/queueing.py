"""``seamline queue`` and ``work``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from seamline.cli.common import Answer, Call, Group, command
from seamline.errors import InputError

if TYPE_CHECKING:
    from seamline.show.queue import QueuedAsk


def _line(ask: QueuedAsk) -> str:
    return (
        f"{ask.id}  {ask.standing:9}  {ask.wanted['shot']}  {ask.wanted['variations']} by "
        f"{ask.by}  {len(ask.done)}/{len(ask.frames)} frames  "
        f"{ask.cpu_s:.0f} s of processor"
        + (f", {ask.gpu_s:.0f} s of graphics card" if ask.gpu_s else "")
    )


@click.group(cls=Group)
def queue() -> None:
    r"""
    Show what waits to be painted, and who works on it.

    \b
    Example:
        seamline queue list
    """


@command(queue, "list")
@click.option("--all", "everything", is_flag=True, help="Also what is published or cancelled.")
def list_(call: Call, everything: bool) -> Answer:
    r"""
    List what waits, in the order in which workers take it.

    \b
    Example:
        seamline queue list
    """
    from seamline import wiring
    from seamline.steps.queue import as_document, listed, read

    studio = call.studio()
    found = listed(read(studio.ledger), studio.clock, wiring.at_work())
    found = [ask for ask in found if everything or ask.is_open]
    words = [_line(ask) for ask in found] or ["nothing waits"]
    return {"asks": [as_document(ask) for ask in found]}, words


@command(queue, "cancel")
@click.argument("ask")
def cancel(call: Call, ask: str) -> Answer:
    r"""
    Take ASK out of the queue: yours, or anybody's if you are a supervisor.

    \b
    Example:
        seamline queue cancel 3f9a1c02b7de
    """
    return _changed(call, ask, "cancel")


@command(queue, "pause")
@click.argument("ask")
def pause(call: Call, ask: str) -> Answer:
    r"""
    Begin no further part of ASK until it is resumed.

    \b
    Example:
        seamline queue pause 3f9a1c02b7de
    """
    return _changed(call, ask, "pause")


@command(queue, "resume")
@click.argument("ask")
def resume(call: Call, ask: str) -> Answer:
    r"""
    Go on with ASK where it was paused.

    \b
    Example:
        seamline queue resume 3f9a1c02b7de
    """
    return _changed(call, ask, "resume")


def _changed(call: Call, name: str, verb: str) -> Answer:
    from seamline import wiring
    from seamline.steps import queue as doors

    studio = call.studio()
    ask = getattr(doors, verb)(studio.ledger, name, wiring.person(studio))
    return doors.as_document(ask), [_line(ask)]


@command(None, "work")
@click.argument("ask", required=False)
@click.option("--frames", metavar="A-B", help="This part of it only [all].")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes here [1].")
def work(call: Call, ask: str | None, frames: str | None, workers: int | None) -> Answer:
    r"""
    Do a part of ASK, and publish it at most once; without ASK, the next in turn.

    May be run again, by anybody, on any machine that sees the show's folder: what
    stands is found. Leaves with 4 where another has that part now: try again.

    \b
    Example:
        seamline work 3f9a1c02b7de --frames 1001-1048
    """
    from seamline import wiring
    from seamline.steps.asked import work as step
    from seamline.steps.queue import waiting
    from seamline.steps.work import spread

    if frames and not ask:
        raise InputError("--frames goes with an ASK", remedy="seamline work ASK --frames A-B")
    part = _frames(frames) if frames else None
    studio, me = call.studio(), wiring.at_work()
    if not ask:
        first = waiting(studio.ledger, studio.clock, me)
        if not first:
            return {"ask": None}, ["nothing waits"]
        ask = first[0].id
    if workers and workers > 1:
        spread(studio, wiring.farm(workers), wiring.work_line, ask, part, parts=workers)
    document = step(studio, me, ask, part)
    done = f"{document['frames_done']}/{document['frames']} frames"
    return document, [f"{document['ask']}  {document['standing']}  {done}"]


def _frames(text: str) -> list[int]:
    first, _, last = text.partition("-")
    if not (first.isdigit() and (last or first).isdigit()) or int(first) > int(last or first):
        raise InputError(
            f"--frames {text!r} is not a part of a shot", remedy="Give A-B, such as 1001-1048."
        )
    return list(range(int(first), int(last or first) + 1))
