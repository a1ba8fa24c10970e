"""What the routes work with: the show, its figures, and whether the server is leaving."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from seamline.ports import Studio
from seamline.server.figures import Figures


@dataclass(kw_only=True)
class Desk:
    """
    One running server.

    Attributes:
        studio: The show, without pixels.
        figures: What is counted.
        leaving: Set when the server ends: streams and workers look at it.
    """

    studio: Studio
    figures: Figures = field(default_factory=Figures)
    leaving: threading.Event = field(default_factory=threading.Event)
