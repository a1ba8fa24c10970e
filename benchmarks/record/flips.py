"""Bits flipped in a delivery, and how many ``verify`` found."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from typing import Any

from record.shown import SHOT, signed
from seamline.formats.received import ReceivedFolder
from seamline.steps.deliver import deliver
from seamline.steps.proof import LIST, SIGNATURE
from seamline.steps.verify import verify

SEED, FLIPS, SMALL, MANY = 20261126, 1000, 2, 150


def figures() -> dict[str, Any]:
    """Return how many flipped bits were found, one at a time and all at once."""
    with tempfile.TemporaryDirectory() as folder:
        one = delivered(Path(folder) / "one", SMALL)
        alone = one_at_a_time(one)
        many = delivered(Path(folder) / "many", MANY)
        return {"one_at_a_time": alone, "all_at_once": all_at_once(many)}


def delivered(folder: Path, frames: int) -> tuple[Path, bytes]:
    """Return a delivery's folder and its show's key."""
    folder.mkdir()
    studio = signed(folder, frames=frames, width=64, height=36, threads=2)
    deliver(studio, SHOT, str(folder / "sent"), c2pa_each_frame=True)
    return folder / "sent", bytes.fromhex(studio.authority.key().public_hex)


def findings(folder: Path, key: bytes) -> tuple[str, ...]:
    with ReceivedFolder(str(folder)) as received:
        return verify(received, key=key, threads=2).findings


def flipped(path: Path, chance: random.Random) -> bytes:
    """Flip one bit of a file; return what it was."""
    before = path.read_bytes()
    after = bytearray(before)
    bit = chance.randrange(8 * len(after))
    after[bit // 8] ^= 1 << bit % 8
    write(path, bytes(after))
    return before


def write(path: Path, content: bytes) -> None:
    """Write a file whose old bytes may have other names too."""
    path.unlink()
    path.write_bytes(content)


def one_at_a_time(sent: tuple[Path, bytes]) -> dict[str, Any]:
    folder, key = sent
    chance = random.Random(SEED)
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    found, times = 0, []
    assert not findings(folder, key)
    for number in range(FLIPS):
        path = paths[number] if number < len(paths) else chance.choice(paths)
        before = flipped(path, chance)
        begun = time.perf_counter()
        said = findings(folder, key)
        times.append(time.perf_counter() - begun)
        found += any(str(path.relative_to(folder)) in sentence for sentence in said)
        write(path, before)
    assert not findings(folder, key)
    middle_ms = sorted(times)[FLIPS // 2] * 1e3
    return {"files": len(paths), "bits": FLIPS, "found": found, "ms": round(middle_ms, 1)}


def all_at_once(sent: tuple[Path, bytes]) -> dict[str, Any]:
    folder, key = sent
    chance = random.Random(SEED)
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    paths = [p for p in paths if p.name not in (LIST, SIGNATURE)]
    assert not findings(folder, key)
    for path in paths:
        flipped(path, chance)
    begun = time.perf_counter()
    said = findings(folder, key)
    took_s = time.perf_counter() - begun
    words = {word for sentence in said for word in sentence.split(" ")}
    found = sum(str(path.relative_to(folder)) in words for path in paths)
    return {"files": len(paths), "found": found, "s": round(took_s, 2)}
