"""
Steps of the shell that read or write pictures, as the server may be asked for them.

Each is a command of the shell, with the words that it takes and who may ask for it. The
server runs it in a child process (``errands``): its own process opens no picture. A path is
one in the show's folder, or in one that show.toml names for this; who decides is whose token
it is. What stands in ``SHELL_ONLY`` is no route, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from seamline.server.people import ASK, DECIDE, JUDGE, NOTE, PERMIT, READ
from seamline.show.user import PRODUCER, SUPERVISOR, WRANGLER

TEXT, NUMBER, WHOLE, FLAG, PATH, TEXTS, PATHS = (
    "text", "number", "whole", "flag", "path", "texts", "paths",
)  # fmt: skip
BRING_IN = (WRANGLER, SUPERVISOR)
HAND_OUT = (SUPERVISOR, PRODUCER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """
    One command of the shell as a route.

    Attributes:
        says: What it does, for the document.
        roles: Who may ask for it.
        takes: What stands by place, in order: name and kind.
        options: What has a name: the shell's, without dashes before it, and its kind.
        needs: What of these must be given.
        by: The shell's option for who decides; it is whose token it is.
        also_by: Another such option, given with one of ``also_with``.
        also_with: Options that a named person answers for.
        look: Where is seen whether it was done, if it was cut off; empty where it changes
            nothing on record, so that it is simply done again.
    """

    says: str
    roles: tuple[str, ...]
    takes: Mapping[str, str]
    options: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    by: str = ""
    also_by: str = ""
    also_with: tuple[str, ...] = ()
    look: str = ""


_AT_SHOT, _AT_REFERENCES = "See GET /shots/{name}", "See GET /references"
_AT_VERSIONS = "See GET /shots/{name}/versions"
_IN_FOLDER = "See whether the folder is there; it appears whole or not at all"
_SHOT, _ELEMENT = {"shot": TEXT}, {"shot": TEXT, "element": TEXT}

STEPS: Mapping[str, Step] = {
    "shot add": Step(
        says="Take a plate and its camera in", roles=BRING_IN, takes={"name": TEXT},
        options={"plate": PATH, "plate-layer": TEXT, "track": PATH, "camera": TEXT,
                 "static": FLAG, "frames": TEXT, "colourspace": TEXT, "grade": PATH,
                 "grade-space": TEXT, "lens": PATHS, "stmap-undistort": PATH,
                 "stmap-redistort": PATH, "from": PATH, "plates": PATHS, "handles": WHOLE,
                 "rate": TEXT, "need": TEXTS, "report": PATH, "dry-run": FLAG},
        look=_AT_SHOT,
    ),
    "shot update": Step(
        says="Take in what changed of a shot", roles=BRING_IN, takes={"name": TEXT},
        options={"frames": TEXT, "handles": WHOLE, "plate": PATH, "track": PATH,
                 "camera": TEXT, "lens": PATH, "matte": PATH, "colourspace": TEXT},
        needs=("name",),
        look=_AT_SHOT,
    ),
    "reference add": Step(
        says="Add pictures; who asks approves them", roles=PERMIT, takes={"files": PATHS},
        options={"kind": TEXT, "owner": TEXT, "licence": TEXT, "allow": TEXTS,
                 "colourspace": TEXT, "caption": TEXT, "expires": TEXT, "hfov": NUMBER,
                 "projection": TEXT, "key-azimuth": NUMBER, "key-elevation": NUMBER,
                 "cct": NUMBER, "exposure": NUMBER, "replaces": TEXT, "not-a-copy": TEXTS,
                 "copy-of": TEXT, "reason": TEXT},
        needs=("files", "kind"), by="approved-by",
        also_by="by", also_with=("not-a-copy", "copy-of"),
        look=_AT_REFERENCES,
    ),
    "reference cards": Step(
        says="Cut a reference into cards, or approve them", roles=PERMIT, takes={"ref": TEXT},
        options={"lines": PATH, "completions": WHOLE, "seed": WHOLE, "mirror": TEXTS,
                 "distance": TEXTS, "again": FLAG, "approve": TEXTS, "retire": TEXTS},
        needs=("ref",), by="by",
        look=_AT_REFERENCES,
    ),
    "reference used": Step(
        says="Where a reference was used", roles=READ, takes={"word": TEXT},
        options={"shot": TEXT, "all": FLAG}, needs=("word",),
    ),
    "seam set": Step(
        says="Say which part of the frame is live", roles=ASK, takes={"name": TEXT},
        options={"matte": PATH, "matte-channel": TEXT, "box": TEXT, "shadow": PATH,
                 "polygon": PATH, "veil": PATH, "grow": WHOLE, "shrink": WHOLE,
                 "one-surface": FLAG},
        needs=("name",),
        look=_AT_SHOT,
    ),
    "seam key": Step(
        says="Key a screen for the seam", roles=ASK, takes={"name": TEXT},
        options={"screen": TEXT, "sample": TEXT, "clean": PATH, "edge": WHOLE,
                 "solid": NUMBER, "shadow": NUMBER, "despill": FLAG,
                 "contact-shadow": TEXT, "one-surface": FLAG},
        needs=("name", "screen"),
        look=_AT_SHOT,
    ),
    "lock check": Step(
        says="Compare a take with its lock", roles=READ, takes={"name": TEXT},
        options={"measured": PATH, "track": PATH, "grey-ball": PATH, "circle": TEXT,
                 "chrome-ball": PATH, "chrome-circle": TEXT, "chart": PATH,
                 "corners": TEXT, "colourspace": TEXT, "reflectance": NUMBER,
                 "frame": WHOLE, "pan": NUMBER, "tilt": NUMBER, "roll": NUMBER,
                 "horizon": NUMBER, "focal-length": NUMBER, "height": NUMBER},
        needs=("name",),
    ),
    "lock revise": Step(
        says="Revise the locked light, and suggest a grade for live", roles=DECIDE,
        takes={"name": TEXT},
        options={"light-azimuth": NUMBER, "light-elevation": NUMBER, "key-fill": NUMBER,
                 "cct": NUMBER, "exposure": NUMBER, "reason": TEXT},
        needs=("name", "reason"), by="by",
        look=_AT_SHOT,
    ),
    "canvas lay-out": Step(
        says="Lay out what every frame looks at", roles=ASK, takes=_SHOT,
        options={"kind": TEXT, "plane": TEXT, "ground": FLAG}, needs=("shot",),
        look="See GET /status",
    ),
    "canvas export": Step(
        says="Write a painting's canvas for a painter", roles=ASK,
        takes={**_ELEMENT, "file": PATH}, needs=("shot", "element", "file"),
    ),
    "canvas import": Step(
        says="Bring back what was painted by hand", roles=ASK, takes={"file": PATH},
        options={"from": TEXT, "note": TEXT, "colourspace": TEXT},
        needs=("file", "from", "note"), by="by",
        look=_AT_VERSIONS,
    ),
    "layer": Step(
        says="Grade one layer of a painting", roles=ASK, takes={**_ELEMENT, "layer": TEXT},
        options={"exposure": NUMBER, "saturation": NUMBER, "opacity": NUMBER},
        needs=("shot", "element", "layer"),
        look=_AT_VERSIONS,
    ),
    "match": Step(
        says="Show or change what brings an element to its plate", roles=ASK, takes=_ELEMENT,
        options={"on": TEXTS, "off": TEXTS, "set": TEXTS, "cdl": PATH, "grain": PATH,
                 "reset": TEXTS, "export": PATH},
        needs=("shot",), by="by",
        look=_AT_VERSIONS,
    ),
    "sheet": Step(
        says="Contact sheet and review page", roles=NOTE, takes=_SHOT,
        options={"page": FLAG, "width": WHOLE, "full": TEXT, "frame": WHOLE},
        needs=("shot",),
    ),
    "compare": Step(
        says="Two versions side by side, and the picture of their difference", roles=NOTE,
        takes={"first": TEXT, "second": TEXT}, options={"frame": WHOLE},
        needs=("first", "second"),
    ),
    "qc": Step(
        says="A report on what was checked", roles=NOTE, takes=_ELEMENT,
        options={"measured": PATH, "strict": FLAG}, needs=("shot",),
    ),
    "answer": Step(
        says="Answer what only a person can say", roles=JUDGE,
        takes={"shot": TEXT, "question": TEXT, "text": TEXT},
        options={"element": TEXT, "use": TEXT}, needs=("shot",), by="by",
        look="Ask POST /steps/answer for the shot alone",
    ),
    "handoff": Step(
        says="Movies and a timeline for review", roles=HAND_OUT,
        takes={"shots": TEXTS, "directory": PATH},
        options={"codec": TEXT, "handles": WHOLE, "by-cut": FLAG, "width": WHOLE, "exr": FLAG},
        needs=("shots", "directory"),
        look=_IN_FOLDER,
    ),
    "deliver": Step(
        says="Write a signed delivery", roles=HAND_OUT, takes={**_SHOT, "directory": PATH},
        options={"movie": TEXT, "overscan": NUMBER, "use": TEXT, "c2pa-per-frame": FLAG},
        needs=("shot", "directory"),
        look=f"{_IN_FOLDER}, and what POST /steps/verify says of it",
    ),
    "show summary": Step(
        says="How long, how often and by whom, from what", roles=NOTE, takes={},
    ),
    "verify": Step(
        says="Tell whether a delivery is whole, and whose", roles=READ,
        takes={"delivery": PATH}, options={"key": PATH}, needs=("delivery",),
    ),
    "audit": Step(
        says="Trace a file or a pixel back to its sources", roles=READ, takes={"path": PATH},
        options={"pixel": TEXT, "rebuild": FLAG, "tree": FLAG, "ledger": FLAG, "head": TEXT,
                 "picture": PATH, "export": PATH},
    ),
}  # fmt: skip

ROUTES: Mapping[str, str] = {
    "status": "GET /status",
    "lock set": "PUT /shots/{name}/lock",
    "reference revoke": "POST /references/{reference_id}/revoke",
    "reference reinstate": "POST /references/{reference_id}/reinstate",
    "paint": "POST /queue",
    "queue list": "GET /queue",
    "queue cancel": "POST /queue/{ask}/cancel",
    "queue pause": "POST /queue/{ask}/pause",
    "queue resume": "POST /queue/{ask}/resume",
    "versions": "GET /shots/{name}/versions",
    "notes": "GET /review/shots/{name}",
    "choose": "PUT /shots/{name}/choice",
    "sign": "POST /review/shots/{name}/sign",
}
"""Commands that are routes of another name: what they say comes out of the ledger alone."""

SHELL_ONLY: Mapping[str, str] = {
    "show": "makes, copies and frees what lies on the disk: its account's business",
    "work": "is what the server's workers run; POST /queue brings it about",
    "serve": "is the server",
    "user": "makes tokens: whoever could do it with one could make themselves anybody",
    "key": "makes keys, which are never sent over a wire",
    "replay": "runs a generator over a whole delivery; it is a check of another machine",
    "doctor": "tells of the account and machine that it runs on, and changes what is on record",
    "demo": "makes another show",
}
"""Commands, and all below them, that are no route, with the reason."""
