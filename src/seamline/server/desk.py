"""What the routes work with: the show, its figures, and whether the server is leaving."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from seamline.ports import Studio
from seamline.server.errands import Errands
from seamline.server.figures import Figures
from seamline.server.places import Places
from seamline.server.sessions import Sessions
from seamline.store.showfile import load_show


@dataclass(kw_only=True)
class Desk:
    """
    One running server.

    Attributes:
        studio: The show, without pixels.
        figures: What is counted.
        leaving: Set when the server ends: streams and workers look at it.
        sessions: Who is logged in on the page.
        errands: Commands that read pixels for it.
        places: Where those may read and write.
    """

    studio: Studio
    figures: Figures = field(default_factory=Figures)
    leaving: threading.Event = field(default_factory=threading.Event)
    sessions: Sessions = field(default_factory=Sessions)
    errands: Errands = field(init=False)
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        root = self.studio.settings.root
        self.errands = Errands(root)
        self.places = Places(root, load_show(root).server_folders)
