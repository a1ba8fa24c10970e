"""
What a delivery's proof costs, beside ``ascmhl`` alone, and whether one bit is ever missed.

``cost``: a delivery of 40 frames of 2K half float with grain, two threads. Everything that
makes it provable is done again over the delivered files and timed: hashes, C2PA manifests,
ASC MHL history, record, list and signature; then ``ascmhl create`` alone over the same files
in a process of its own, and ``seamline verify``. Reading every pixel again before delivery
(which holds them to the signature, and takes their minimum and maximum) is given apart.

``flips``: 1,000 bits, one at a time, in files of a small delivery drawn at random from a
fixed seed; and one bit in every file of a delivery of more than 1,000 files at once. Found
means: a sentence that names the file. Nothing was tuned on them.

``make bench NAME="record flips"`` runs one of the two.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Any

PARTS = ("cost", "flips")


def run(words: Sequence[str] = ()) -> dict[str, Any]:
    """Return the figures of every part, or of those that ``words`` name."""
    unknown = [word for word in words if word not in PARTS]
    if unknown:
        sys.exit(f"Error: there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    return {
        name: importlib.import_module(f"record.{name}").figures() for name in words or PARTS
    }
