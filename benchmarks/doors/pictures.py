"""
Pictures in: reading and writing beside the bare library, memory, damaged files.

Ratios are of one run on one machine, taken in turns: each round reads (or writes) the
same frame, or eight on two threads, with OpenImageIO alone and as the product does,
through its child process; the ratio is that of the medians. Reading bare is one
``read_image`` into one array; writing bare is one ``write_image`` of an interleaved
array: the product's ``fsync`` and the SHA-256 that it returns are its own cost. CPU
seconds are this process's and its decoders'.
"""

from __future__ import annotations

import contextlib
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio

from seamline.errors import FormatError
from seamline.formats.decoder import DECODERS
from seamline.formats.exr import write_exr
from seamline.pixels.picture import Picture

SIZES = {"2K": (2048, 1080), "4K": (4096, 2160)}
ROUNDS = 9
SEQUENCE, THREADS = 8, 2
MANY_FRAMES = 1000
DAMAGED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "bad_exr"


def figures() -> dict[str, Any]:
    """Return the part's figures; ratios are the product over the bare library."""
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, Any] = {"library": f"OpenImageIO {oiio.__version__}"}
        for name, size in SIZES.items():
            found[name] = _ratios(Path(folder), size)
        found["memory"] = _memory(Path(folder))
        found["damaged"] = _damaged()
    return found


def frame(width: int, height: int, seed: int = 1) -> Picture:
    """Return a half frame with slow gradients and a camera's grain (sigma 1 %)."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.linspace(0, 4, width), np.linspace(0, 3, height))
    channels = {}
    for n, name in enumerate("RGB"):
        light = 0.18 * np.exp2(2 * np.sin(x + n) + np.cos(y))
        grain = rng.standard_normal((height, width)) * 0.01
        channels[name] = (light * (1 + grain)).astype(np.float16)
    window = (0, 0, width, height)
    return Picture(channels=channels, data_window=window, display_window=window)


def _ratios(folder: Path, size: tuple[int, int]) -> dict[str, Any]:
    picture = frame(*size)
    path, again = str(folder / "plate.exr"), str(folder / "again.exr")
    write_exr(path, picture)
    block = np.stack([picture.channels[c] for c in "RGB"], axis=-1)
    found: dict[str, Any] = {}
    many = [path] * SEQUENCE
    for what, ours, bare in (
        (
            "read_sequence",
            lambda: _at_once(DECODERS.read, many),
            lambda: _at_once(_bare_read, many),
        ),
        ("read", lambda: DECODERS.read(path), lambda: _bare_read(path)),
        ("write", lambda: write_exr(again, picture), lambda: _bare_write(again, block)),
    ):
        wall, cpu = _in_turns(ours, bare)
        found[what] = {
            "bare_ms": round(wall[1] * 1e3, 1),
            "ours_ms": round(wall[0] * 1e3, 1),
            "wall_ratio": round(wall[0] / wall[1], 3),
            "cpu_ratio": round(cpu[0] / cpu[1], 3),
        }
        print(f"{size[0]} x {size[1]} {what}: {found[what]}", file=sys.stderr)
    return found


def _in_turns(
    ours: Callable[[], Any], bare: Callable[[], Any]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the medians (ours, bare) of wall seconds and of CPU seconds."""
    walls: tuple[list[float], list[float]] = ([], [])
    cpus: tuple[list[float], list[float]] = ([], [])
    ours(), bare()
    for _ in range(ROUNDS):
        for n, act in enumerate((ours, bare)):
            began, spent = time.perf_counter(), _cpu_s()
            act()
            walls[n].append(time.perf_counter() - began)
            cpus[n].append(_cpu_s() - spent)
    return (
        (statistics.median(walls[0]), statistics.median(walls[1])),
        (statistics.median(cpus[0]), statistics.median(cpus[1])),
    )


def _at_once(read: Callable[[str], Any], paths: list[str]) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(read, paths):
            pass


def _bare_read(path: str) -> Any:
    source = oiio.ImageInput.open(path)
    pixels = source.read_image(0, 0, 0, 3, "half")
    source.close()
    assert pixels is not None
    return pixels


def _bare_write(path: str, block: Any) -> None:
    height, width, _ = block.shape
    spec = oiio.ImageSpec(width, height, 3, "half")
    spec.attribute("compression", "zip")
    output = oiio.ImageOutput.create("openexr")
    assert output.open(path, spec)
    assert output.write_image(block)
    output.close()


def _cpu_s() -> float:
    """Return CPU seconds of this process and of all that it began and that live."""
    mine = resource.getrusage(resource.RUSAGE_SELF)
    total = mine.ru_utime + mine.ru_stime
    for pid in children():
        total += sum(_schedule_ns(pid)) / 1e9
    return total


def _schedule_ns(pid: int) -> list[int]:
    # Of each thread, nanoseconds on a processor; finer than the clock ticks of stat.
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found.append(int((task / "schedstat").read_text().split()[0]))
    return found


def children() -> list[int]:
    """Return the process numbers of all that this process began and that lives, walls too."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended just now
            fields = stat.read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, left = [], [os.getpid()]
    while left:
        begun = parents.get(left.pop(), [])
        found += begun
        left += begun
    return found


def _memory(folder: Path) -> dict[str, Any]:
    """Read and write 1,000 small frames; how much larger caller and decoders are after."""
    path, again = str(folder / "small.exr"), str(folder / "small_again.exr")
    write_exr(path, frame(1024, 540))
    sizes = []
    for number in range(MANY_FRAMES):
        write_exr(again, DECODERS.read(path))
        if number in (99, MANY_FRAMES - 1):
            sizes.append([_resident_mb(pid) for pid in (os.getpid(), *children())])
    return {
        "frames": MANY_FRAMES,
        "mb_after_100": [round(v, 1) for v in sizes[0]],
        "mb_after_1000": [round(v, 1) for v in sizes[1]],
        "growth_mb": round(sum(sizes[1]) - sum(sizes[0]), 1),
    }


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def peak_mb(pid: int) -> float:
    """Return the most that process ``pid`` ever had resident, MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    line = next(line for line in lines if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


def _damaged() -> dict[str, Any]:
    """Read every damaged file; count what came of it."""
    if not DAMAGED.is_dir():
        return {"skipped": "needs the larger material beside the project"}
    told: dict[str, Any] = {"files": 0, "loaded": 0, "refused": 0, "deaths": 0}
    slowest = peak = 0.0
    for path in sorted(DAMAGED.iterdir()):
        began = time.perf_counter()
        told["files"] += 1
        try:
            DECODERS.read(str(path))
            told["loaded"] += 1
        except FormatError as refused:
            told["refused"] += 1
            told["deaths"] += "its decoder" in str(refused)
        slowest = max(slowest, time.perf_counter() - began)
        peak = max([peak, *map(peak_mb, children())])
    return {**told, "slowest_s": round(slowest, 2), "largest_decoder_mb": round(peak)}
