"""
Beforehand: what paints is started while the rest of the shell is still being loaded.

It loads compiled code for a second. A core that would be idle does it, and the first sketches
lie there sooner. What hinders it is said when it is asked to paint.
"""

from __future__ import annotations

import os
from contextlib import suppress
from threading import Thread

from seamline.errors import SeamlineError


def begin_painter(show: str | None, generator: str) -> None:
    """Start the painter ``generator`` behind the walls of the show that is meant."""
    from seamline.isolation.walls import OFF
    from seamline.store.showfile import load_show
    from seamline.store.showfound import find_root

    with suppress(SeamlineError, OSError):
        isolation = load_show(find_root(os.getcwd(), os.environ, show)).settings.isolation
        if isolation != OFF:
            Thread(target=_begin, args=(generator, isolation), daemon=True).start()


def _begin(generator: str, isolation: str) -> None:
    from seamline.farm import painter

    with suppress(SeamlineError, OSError):
        painter.begin(generator, isolation)
