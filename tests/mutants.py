"""EXRs with bytes changed at random: small files of every coding, most wounds in the header."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import OpenEXR

# Codings of the OpenEXR library, by its own names.
CODINGS = ("NO", "RLE", "ZIPS", "ZIP", "PIZ", "PXR24", "B44", "B44A", "DWAA", "DWAB")
HEADER_BYTES = 400


def seeds(folder: Path) -> list[bytes]:
    """One file for each coding, half and float, as the OpenEXR library itself writes them."""
    made = []
    rng = np.random.default_rng(7)
    for place, coding in enumerate(CODINGS):
        kind = np.float16 if place % 2 else np.float32
        channels = {name: rng.random((24, 40)).astype(kind) for name in "RGBA"}
        header = {
            "compression": getattr(OpenEXR, f"{coding}_COMPRESSION"),
            "type": OpenEXR.scanlineimage,
        }
        path = folder / f"{coding}.exr"
        with OpenEXR.File(header, channels) as file:
            file.write(str(path))
        made.append(path.read_bytes())
    return made


def mutants(files: list[bytes], count: int, *, seed: int) -> Iterator[bytes]:
    """``count`` files: one to eight bytes set at random, some repeated, some cut short."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        content = bytearray(files[rng.integers(len(files))])
        reach = min(len(content), HEADER_BYTES) if rng.random() < 0.7 else len(content)
        for _ in range(int(rng.integers(1, 9))):
            at = int(rng.integers(reach))
            # Extremes find more than noise: 0, 1, 127, 128, 255.
            extreme = bool(rng.random() < 0.5)
            content[at] = int(
                rng.choice([0, 1, 127, 128, 255]) if extreme else rng.integers(256)
            )
        wound = rng.random()
        if wound < 0.1:
            del content[int(rng.integers(8, len(content))) :]
        elif wound < 0.2:
            at = int(rng.integers(len(content)))
            content[at:at] = content[at : at + int(rng.integers(1, 64))]
        yield bytes(content)
