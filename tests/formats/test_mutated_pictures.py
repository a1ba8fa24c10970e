"""EXRs damaged at random: each is a picture or one sentence, soon, and nobody dies of it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from mutants import mutants, seeds
from seamline.errors import FormatError
from seamline.formats.decoder import Decoders

COUNT = int(os.environ.get("SEAMLINE_MUTANTS", "2000"))
"""Twenty thousand in ``make soak``."""
SLOWEST_S = 10.0


def _read(decoders: Decoders, path: str) -> tuple[str, str]:
    """Return how reading ``path`` ended, and what was said."""
    try:
        decoders.read(path)
    except FormatError as refused:
        return ("died" if "its decoder" in str(refused) else "refused"), str(refused)
    return "picture", ""


def test_no_mutated_exr_ends_the_service_or_holds_it_up(tmp_path: Path) -> None:
    decoders, path = Decoders(1), tmp_path / "mutant.exr"
    said: dict[str, int] = {"picture": 0, "refused": 0, "died": 0}
    slowest = 0.0
    try:
        files = seeds(tmp_path)
        for number, content in enumerate(mutants(files, COUNT, seed=20)):
            path.write_bytes(content)
            began = time.monotonic()
            how, sentence = _read(decoders, str(path))
            assert how == "picture" or (str(path) in sentence and "\n" not in sentence), number
            said[how] += 1
            slowest = max(slowest, time.monotonic() - began)
            assert slowest < SLOWEST_S, number
        path.write_bytes(files[0])
        assert decoders.read(str(path)).channels
    finally:
        decoders.close()
    print(f"{COUNT} mutated EXRs: {said}, slowest {slowest:.2f} s")

    assert sum(said.values()) == COUNT
    # A change that went unseen everywhere, or a reader that refuses all, would prove nothing.
    assert min(said["picture"], said["refused"]) > COUNT // 20
