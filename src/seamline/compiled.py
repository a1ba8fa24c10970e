"""
Where compiled code is kept between runs; found without loading the compiler.

The compiler names what it keeps by the one file a function stands in, although the
machine code holds what that function calls in other files too: after an update
a stale half could be found again, and paint other pixels. So the folder it is
kept in is named by every compiled source and by the compiler.
"""

from __future__ import annotations

import hashlib
import os
from importlib import metadata
from pathlib import Path

ROOMS = ("fast", "generators", "optics")
"""Rooms whose sources enter compiled code."""


def sources_digest(package: Path) -> str:
    """Return 16 hexadecimal digits over the sources of ``ROOMS`` and the compiler's version."""
    digest = hashlib.sha256(metadata.version("numba").encode())
    for room in ROOMS:
        for path in sorted((package / room).rglob("*.py")):
            digest.update(f"\n{path.relative_to(package).as_posix()}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder(package: Path) -> Path:
    """Return where compiled code is kept: below $XDG_CACHE_HOME, or ~/.cache."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "seamline" / "compiled" / sources_digest(package)
