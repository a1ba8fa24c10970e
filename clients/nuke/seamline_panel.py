"""
Seamline in Nuke: a Roto or a Crop says where, the server paints, Read nodes come back.

Imports the link and nuke, nothing else. Threads talk to the server; what they hear is handed
to Nuke's main thread, and nothing in a thread touches a node. Every ask is kept in the script,
in a knob of its root, with the word that it was sent under: a script that is opened again sends
the same wish again, which is the same ask, and what came back once is not built twice.

This has not been run in Nuke: it is typed against Foundry's names, and run against a stand-in
that knows them.
"""

from __future__ import annotations

import json
import os
import threading
from typing import Any

import seamline_nodes
from seamline_link import (
    ENDED,
    Document,
    Link,
    LinkError,
    new_request,
    said_of,
)

import nuke

KNOB = "seamline_asks"
_running: set[str] = set()


# -- the region -------------------------------------------------------------------


def box_of(crop: nuke.Node, height_px: int) -> list[int]:
    """Return a Crop's box as x, y, width, height from the top left; Nuke counts from below."""
    left, below, right, above = (round(float(crop["box"].getValue(i))) for i in range(4))
    return [left, height_px - above, right - left, above - below]


def matte_of(roto: nuke.Node, shot: Document, word: str) -> str:
    """
    Write a Roto's alpha for every frame of the shot; return the pattern.

    Raises:
        LinkError: It is not of the plate's size, or nothing says where mattes may lie.
    """
    shape, own = shot["format"], roto.format()
    if (own.width(), own.height()) != (shape["width_px"], shape["height_px"]):
        raise LinkError(
            f"{roto.name()} is {own.width()}x{own.height()}, the shot's plate "
            f"{shape['width_px']}x{shape['height_px']}",
            "Connect it to the plate, or set its format.",
        )
    folder = os.environ.get("SEAMLINE_HOST_FOLDER", "")
    if not folder:
        raise LinkError(
            "nothing says where a region's matte may be written",
            "Set $SEAMLINE_HOST_FOLDER to a folder on the storage that the server sees.",
        )
    pattern = f"{folder.rstrip('/')}/region_{word}.%04d.exr"
    first, last = shot["frames"]
    write = nuke.nodes.Write(channels="alpha", file_type="exr", raw=True)
    try:
        write["file"].setValue(seamline_nodes.safe(pattern))
        write["datatype"].setValue("32 bit float")
        write.setInput(0, roto)
        nuke.execute(write, first, last)
    finally:
        nuke.delete(write)
    return pattern


def region_of(node: nuke.Node | None, shot: Document, word: str) -> Document | None:
    """Return what ``node`` selects; None where nothing does, and the shot's seam says it."""
    if node is None:
        return None
    if node.Class() == "Crop":
        return {"box": box_of(node, shot["format"]["height_px"])}
    if node.Class() in ("Roto", "RotoPaint"):
        return {"matte": matte_of(node, shot, word)}
    raise LinkError(
        f"{node.name()} is a {node.Class()}; a region is a Roto's or a Crop's",
        "Select one of these, or nothing for the shot's own seam.",
    )


# -- sending ----------------------------------------------------------------------


def send_selected() -> None:
    """Ask what is wanted, and send the region of the selected node."""
    try:
        link = Link.from_settings()
        chosen = nuke.selectedNodes()
        if len(chosen) > 1:
            raise LinkError(f"{len(chosen)} nodes are selected", "Select one Roto or Crop.")
        said = ask_user([shot["name"] for shot in link.shots()])
        if said is not None:
            send(link, chosen[0] if chosen else None, said)
    except LinkError as error:
        nuke.message(f"{error}\n{error.remedy}")


def ask_user(shots: list[str]) -> dict[str, str] | None:
    """Show the panel; return what was said, None where somebody thought better of it."""
    panel = nuke.Panel("Seamline")
    panel.addEnumerationPulldown("shot", " ".join(shots))
    fields = {
        "variations": "12", "seed": "1", "generator": "", "references": "",
        "frames": "", "from": "", "layer": "",
    }  # fmt: skip
    for name, usual in fields.items():
        panel.addSingleLineInput(name, usual)
    if not panel.show():
        return None
    return {name: str(panel.value(name) or "").strip() for name in ("shot", *fields)}


def wish_of(
    said: dict[str, str], shot: Document, region: Document | None, word: str
) -> Document:
    """Return what is sent, from the words of the panel."""
    try:
        wish: Document = {
            "shot": said["shot"],
            "variations": int(said["variations"] or 12),
            "seed": int(said["seed"] or 1),
            "request": word,
        }
        if said["frames"]:
            first, _, last = said["frames"].partition("-")
            wish["frames"] = [int(first), int(last or first)]
    except ValueError as error:
        raise LinkError(f"a number was expected: {error}", "Frames are A-B.") from error
    names = [name.strip() for name in said["references"].split(",") if name.strip()]
    if names:
        wish["references"] = names
    if said["generator"]:
        wish["generator"] = said["generator"]
    if said["from"]:
        wish |= {"from": said["from"], "layer": said["layer"]}
        if region is not None:
            first, last = shot["frames"]
            wish["region_frame"] = min(max(nuke.frame(), first), last)
    if region is not None:
        wish["region"] = region
    return wish


def send(link: Link, node: nuke.Node | None, said: dict[str, str]) -> str:
    """Keep the wish in the script and send it; return its request's word."""
    shot, word = link.shot(said["shot"]), new_request("nuke")
    wish = wish_of(said, shot, region_of(node, shot, word), word)
    below = node.input(0) if node is not None else None
    entry = {
        "request": word, "wish": wish, "ask": "", "standing": "sending", "says": "sending",
        "plate": below.name() if below is not None else "",
    }  # fmt: skip
    _keep([*kept(), entry])
    _start(link, wish)
    return word


def go_on() -> None:
    """Send again what has not ended: the same word is the same ask."""
    waiting = [entry for entry in kept() if entry["standing"] not in (*ENDED, "refused")]
    if not waiting:
        return
    try:
        link = Link.from_settings()
    except LinkError as error:
        nuke.tprint(f"seamline: {error} {error.remedy}")
        return
    for entry in waiting:
        if entry["request"] not in _running:
            _start(link, entry["wish"])


def _start(link: Link, wish: Document) -> None:
    _running.add(wish["request"])
    threading.Thread(target=_talk, args=(link, wish), name="seamline", daemon=True).start()


def _talk(link: Link, wish: Document) -> None:
    """Send, follow and fetch; runs in a thread of its own."""
    word = wish["request"]

    def tell(what: str, said: Document) -> None:
        nuke.executeInMainThread(heard, args=(word, what, said))

    try:
        ask = link.send(wish)
        tell("ask", ask)
        ended = link.follow(ask["ask"], lambda now: tell("ask", now))
        if ended["standing"] == "published":
            tell("returned", link.returned(ask["ask"]))
    except LinkError as error:
        standing = "refused" if getattr(error, "status", 0) else "lost"
        tell("error", {"standing": standing, "says": f"{error} {error.remedy}".strip()})
    finally:
        _running.discard(word)


# -- what was asked ---------------------------------------------------------------


def heard(word: str, what: str, said: Document) -> None:
    """Write down what a thread heard; runs in Nuke's main thread."""
    entries = kept()
    for entry in entries:
        if entry["request"] != word or entry["standing"] == "published":
            continue
        if what == "ask":
            entry["ask"], entry["says"] = said["ask"], said_of(said)
            # Published only once its nodes stand: else a script that is saved now loses it.
            if said["standing"] != "published":
                entry["standing"] = said["standing"]
        elif what == "returned":
            _built(entry, said["versions"])
        else:
            entry["standing"], entry["says"] = said["standing"], said["says"]
    _keep(entries)


def _built(entry: Document, versions: list[Document]) -> None:
    below = nuke.toNode(entry["plate"]) if entry["plate"] else None
    try:
        seamline_nodes.build(entry["ask"], versions, below)
    except seamline_nodes.CannotBuildError as error:
        entry["standing"], entry["says"] = "waits", str(error)
    else:
        entry["standing"] = "published"


def kept() -> list[Document]:
    """Return the script's asks, oldest first."""
    knob = nuke.root().knob(KNOB)
    found: list[Document] = json.loads(knob.value() or "[]") if knob is not None else []
    return found


def _keep(entries: list[Document]) -> None:
    root = nuke.root()
    knob = root.knob(KNOB)
    if knob is None:
        knob = nuke.String_Knob(KNOB, KNOB)
        knob.setFlag(nuke.INVISIBLE)
        root.addKnob(knob)
    knob.setValue(json.dumps(entries))


def show_asks() -> None:
    """Show where every ask stands; cancel one, or go on with those that were lost."""
    entries = kept()
    if not entries:
        nuke.message("Nothing was asked for from this script.")
        return
    panel = nuke.Panel("Seamline")
    panel.addMultilineTextInput(
        "asks", "\n".join(f"{e['ask'] or e['request'][:13]}  {e['says']}" for e in entries)
    )
    panel.addEnumerationPulldown("do", "nothing go_on cancel")
    panel.addEnumerationPulldown("ask", " ".join(e["ask"] for e in entries if e["ask"]))
    if not panel.show():
        return
    if panel.value("do") == "go_on":
        go_on()
    elif panel.value("do") == "cancel":
        cancel(str(panel.value("ask")))


def cancel(ask: str) -> None:
    """Have an ask taken out of the queue; who follows it hears of it."""
    try:
        ended = Link.from_settings().cancel(ask)
    except LinkError as error:
        nuke.message(f"{error}\n{error.remedy}")
        return
    for entry in kept():
        if entry["ask"] == ask:
            heard(entry["request"], "ask", ended)


def use_config() -> None:
    """Set the script to the config and working space of the show that painted last."""
    for entry in reversed(kept()):
        if entry["standing"] in ("published", "waits"):
            version: Any = Link.from_settings().returned(entry["ask"])["versions"][0]
            root = nuke.root()
            root["colorManagement"].setValue("OCIO")
            root["OCIO_config"].setValue("custom")
            root["customOCIOConfigPath"].setValue(version["config"])
            root["workingSpaceLUT"].setValue(version["working_space"])
            return
    nuke.message("Nothing has come back to this script yet.")
