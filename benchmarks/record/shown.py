"""A show with one signed element: the neutral generator's, over a plate with grain."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seamline import wiring
from seamline.pixels.picture import Picture
from seamline.ports import Studio
from seamline.show.frames import FrameRange, frame_path
from seamline.show.seam import Box, Seam
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.main_job import painted
from seamline.steps.review import choose
from seamline.steps.sign import sign

SHOT, ELEMENT, BY = "042_0110", "042_0110_env_b01_v001", "bench"


def signed(folder: Path, *, frames: int, width: int, height: int, threads: int) -> Studio:
    """Return a show in ``folder`` whose element of so many frames is chosen and signed."""
    root = str(folder / "show")
    wiring.new_show(root, "Bench", width=width, height=height, rate="24")
    studio = wiring.open_studio(root, threads=threads, quiet=True)
    numbers = FrameRange(first=1001, last=1000 + frames)
    pattern = f"{folder}/plate/{SHOT}.%04d.exr"
    studio.shelf.make_folder(f"{folder}/plate")
    for n in numbers:
        studio.images.write(frame_path(pattern, n), grained(n, width, height))
    add_shot(studio, SHOT, plate=pattern, static=True, frames=numbers, colourspace="ACEScg")
    box = Box(x=0, y=0, width=width, height=height // 2)
    set_seam(studio, Seam(shot=SHOT, version=1, box=box))
    painted(studio, SHOT, variations=1, seed=1, generator="neutral")
    studio.keyring.create(BY, None)
    choose(studio, SHOT, ELEMENT, by=BY)
    sign(studio, ELEMENT, by=BY, passphrase=None)
    return studio


def grained(seed: int, width: int, height: int) -> Picture:
    """Return mid grey with grain, half float: what no compression makes much smaller."""
    grain = np.random.default_rng(seed).normal(0.18, 0.02, (3, height, width))
    window = (0, 0, width, height)
    channels = {n: grain[i].astype(np.float16) for i, n in enumerate("RGB")}
    return Picture(channels=channels, data_window=window, display_window=window)
