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

from collections.abc import Sequence
from typing import Any

from _parts import run_parts


def run(words: Sequence[str] = ()) -> dict[str, Any]:
    """Return the figures of every part, or of those that ``words`` name."""
    return run_parts("record", words)
