"""
Asks on their way: threads that talk to the server, and a timer that tells Blender.

Nothing in a thread touches ``bpy``. What a thread hears goes into a queue; ``drain`` runs in
Blender's own thread, takes it out and writes it down. Every ask is kept in the scene with the
word it was sent under: whoever opens the file again sends the same wish again, which is the
same ask, and what came back already is not brought in twice.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable

import bpy

from . import bring, settings
from .seamline_link import ENDED, Document, Link, LinkError, Stop, StoppedError, said_of

EVERY_S = 0.5
_heard: queue.Queue[tuple[str, str, Document]] = queue.Queue()
_running: dict[str, tuple[threading.Thread, Stop]] = {}


def begin(scene: bpy.types.Scene, wish: Document) -> str:
    """Keep ``wish`` in ``scene`` and send it; return its request's word."""
    kept = scene.seamline.asks.add()
    kept.request, kept.wish = wish["request"], json.dumps(wish)
    kept.standing = kept.says = "sending"
    _start(settings.link(), wish)
    return kept.request


def go_on(scene: bpy.types.Scene) -> None:
    """Send every ask of ``scene`` again that has not ended: the same word is the same ask."""
    for kept in scene.seamline.asks:
        if kept.standing not in (*ENDED, "refused") and kept.request not in _running:
            _start(settings.link(), json.loads(kept.wish))


def _start(link: Link, wish: Document) -> None:
    stop = Stop()
    talk = threading.Thread(
        target=_talk, args=(link, wish, stop, _heard.put), name="seamline", daemon=True
    )
    _running[wish["request"]] = (talk, stop)
    talk.start()
    if not bpy.app.timers.is_registered(drain):
        bpy.app.timers.register(drain, first_interval=EVERY_S, persistent=True)


def _talk(
    link: Link, wish: Document, stop: Stop, tell: Callable[[tuple[str, str, Document]], None]
) -> None:
    """Send, follow and fetch; runs in a thread of its own."""
    word = wish["request"]
    try:
        ask = link.send(wish)
        tell((word, "ask", ask))
        ended = link.follow(ask["ask"], lambda now: tell((word, "ask", now)), stop)
        if ended["standing"] == "published":
            tell((word, "returned", link.returned(ask["ask"])))
        tell((word, "end", {}))
    except StoppedError:
        tell((word, "end", {}))
    except LinkError as error:
        refused = "refused" if getattr(error, "status", 0) else "lost"
        said = f"{error} {error.remedy}".strip()
        tell((word, "error", {"standing": refused, "says": said}))


def drain() -> float | None:
    """Write down what was heard; Blender's timer calls it. None ends the timer."""
    while True:
        try:
            word, what, said = _heard.get_nowait()
        except queue.Empty:
            break
        if what in ("end", "error"):
            _running.pop(word, None)
        for scene in bpy.data.scenes:
            for kept in scene.seamline.asks:
                if kept.request == word:
                    _write(scene, kept, what, said)
    return EVERY_S if _running else None


def _write(
    scene: bpy.types.Scene, kept: settings.SeamlineAsk, what: str, said: Document
) -> None:
    if what == "ask":
        kept.ask, kept.says = said["ask"], said_of(said)
        # It is "published" only once it has been brought in: else it would be lost here.
        if said["standing"] != "published":
            kept.standing = said["standing"]
    elif what == "returned" and kept.standing != "published":
        try:
            bring.bring_in(scene, kept, said["versions"])
        except bring.CannotBringError as error:
            kept.standing, kept.says = "waits", str(error)
        else:
            kept.standing = "published"
    elif what == "error":
        kept.standing, kept.says = said["standing"], said["says"]
    for area in _areas():
        area.tag_redraw()


def _areas() -> list[bpy.types.Area]:
    windows = bpy.context.window_manager.windows if bpy.context.window_manager else []
    return [a for w in windows for a in w.screen.areas if a.type == "NODE_EDITOR"]


def cancel(scene: bpy.types.Scene, word: str) -> None:
    """Have an ask taken out of the queue; who follows it hears of it."""
    (kept,) = [k for k in scene.seamline.asks if k.request == word]
    if not kept.ask:
        raise LinkError("it is not known yet whether the server has it", "Wait for it.")
    threading.Thread(
        target=_cancel, args=(settings.link(), word, kept.ask, _heard.put), daemon=True
    ).start()


def _cancel(
    link: Link, word: str, ask: str, tell: Callable[[tuple[str, str, Document]], None]
) -> None:
    try:
        tell((word, "ask", link.cancel(ask)))
    except LinkError as error:
        tell((word, "error", {"standing": "lost", "says": str(error)}))


def end() -> None:
    """Follow nothing any more; what was asked for goes on on the server."""
    for talk, stop in list(_running.values()):
        stop.set()
        talk.join(5)
    _running.clear()
    if bpy.app.timers.is_registered(drain):
        bpy.app.timers.unregister(drain)


@bpy.app.handlers.persistent
def after_load(*_: object) -> None:
    """Go on with what a file that was opened waits for; a link that is not set up waits."""
    for scene in bpy.data.scenes:
        try:
            go_on(scene)
        except LinkError as error:
            for kept in scene.seamline.asks:
                if kept.standing not in ENDED:
                    kept.says = str(error)
