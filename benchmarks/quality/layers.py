"""
Layers: what a match lays on comes off again, and its CDL is the same through OpenColorIO.

``COUNT`` matches with random numbers (seed 61) on random light of -.1 to 60, part of it
associated with a soft alpha, in the show's default config.

* off one by one: from the last layer to the first each is switched off; what is left must be,
  bit for bit, what the layers before it had made, and with all off the element itself. Largest
  difference, and how many pixels a layer changed while it was on (else it proves nothing).
* CDL: written as ``.cc`` and read again, then applied by OpenColorIO itself with the numbers of
  the file, in ACEScct without clamping; the largest difference from what the comp has, of 1 or
  of the value, whichever is larger: exactly, and with the shortcuts that OpenColorIO takes by
  default in a host. These are its fast logarithm and power alone: ``without fast powers`` is
  the default less that one flag; ``OCIO_OPTIMIZATION_FLAGS`` does as much in a host.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import PyOpenColorIO as OCIO
from numpy.typing import NDArray

from quality.colour import studio
from seamline.formats.cdl import cdl_file, read_cdl
from seamline.pixels.match import spill_of
from seamline.ports import Studio
from seamline.show.cdl import CDL
from seamline.show.match import (
    MEASURED,
    CDLLayer,
    GrainLayer,
    HazeLayer,
    Match,
    SharpnessLayer,
    WrapLayer,
)
from seamline.steps.matched import layers_on

Pixels = NDArray[np.float32]
COUNT = 25
SIZE = (96, 160)
SEED = 61
LEVELS = {
    "exact": OCIO.OPTIMIZATION_LOSSLESS,
    "as hosts set it": OCIO.OPTIMIZATION_DEFAULT,
    "without fast powers": OCIO.OptimizationFlags(
        int(OCIO.OPTIMIZATION_DEFAULT) & ~int(OCIO.OPTIMIZATION_FAST_LOG_EXP_POW)
    ),
}
"""OpenColorIO's default allows itself a faster logarithm."""
ORDER = ("cdl", "haze", "wrap", "sharpness")
"""As they are laid on; grain comes last, and is switched in the tests with a plate."""


def a_match(rng: np.random.Generator) -> Match:
    """Return a match in which every layer changes something."""
    n = rng.uniform(-1, 1, 10) * ([0.2] * 3 + [0.05] * 3 + [0.2] * 3 + [0.3])
    cdl = CDL(
        id="random",
        slope=tuple(1 + n[:3]),
        offset=tuple(n[3:6]),
        power=tuple(1 + n[6:9]),
        saturation=1 + n[9],
    )
    r, g, b = (float(v) for v in rng.uniform(0.001, 0.02, 3))
    return Match(
        cdl=CDLLayer(cdl=cdl, source=MEASURED),
        haze=HazeLayer(black=(r, g, b), source=MEASURED),
        wrap=WrapLayer(on=True, width_px=float(rng.uniform(2, 8)), amount=0.4),
        sharpness=SharpnessLayer(sigma_px=float(rng.uniform(0.3, 2)), source=MEASURED),
        grain=GrainLayer(model="", seed=1),
    )


def a_frame(rng: np.random.Generator) -> tuple[Pixels, Pixels, Any]:
    """Return associated light, its alpha, and what spills over from live action."""
    light = (2.0 ** rng.uniform(-12, 6, (*SIZE, 3)) - 0.1).astype(np.float32)
    ramp = np.linspace(-0.5, 2, SIZE[1], dtype=np.float32)
    alpha = np.ascontiguousarray(np.broadcast_to(np.clip(ramp, 0, 1), SIZE))
    spill = spill_of(light * (1 - alpha)[..., None], 1 - alpha, 4.0)
    return light * alpha[..., None], alpha, lambda width_px: spill


def off_one_by_one(of: Studio, rng: np.random.Generator) -> dict[str, Any]:
    """Return the largest difference once each layer is off, and what it had changed."""
    worst, changed = dict.fromkeys(ORDER, 0.0), dict.fromkeys(ORDER, 1.0)
    for _ in range(COUNT):
        rgb, alpha, spill = a_frame(rng)
        match = a_match(rng)
        before = [rgb]
        for k in range(len(ORDER)):
            on = ORDER[: k + 1]
            made, _ = layers_on(
                of, rgb, alpha, match, spill=spill, only=lambda n, on=on: n in on
            )
            before.append(made)
        for k in reversed(range(len(ORDER))):
            on = ORDER[:k]
            left, _ = layers_on(
                of, rgb, alpha, match, spill=spill, only=lambda n, on=on: n in on
            )
            apart = float(np.abs(left.astype(np.float64) - before[k]).max())
            worst[ORDER[k]] = max(worst[ORDER[k]], apart)
            share = float((before[k + 1] != before[k]).any(axis=-1).mean())
            changed[ORDER[k]] = min(changed[ORDER[k]], round(share, 3))
    return {"matches": COUNT, "largest difference": worst, "least share changed": changed}


def cdl_again(of: Studio, rng: np.random.Generator) -> dict[str, Any]:
    """Return the largest difference between the comp's CDL and its file through OpenColorIO."""
    config = OCIO.Config.CreateFromFile(of.settings.config_path)
    working = of.colour.working_space
    worst = {f"{name}{part}": 0.0 for name in LEVELS for part in ("", ", up to 1")}
    for _ in range(COUNT):
        rgb, _, _ = a_frame(rng)
        cdl = a_match(rng).cdl.cdl
        ours, _ = layers_on(of, rgb, np.ones(SIZE, np.float32), alone(cdl), spill=None)
        again = read_cdl(cdl_file(cdl))
        group = OCIO.GroupTransform()
        group.appendTransform(OCIO.ColorSpaceTransform(working, again.working_space))
        made = OCIO.CDLTransform(again.slope, again.offset, again.power, again.saturation)
        made.setStyle(OCIO.CDL_NO_CLAMP)
        group.appendTransform(made)
        group.appendTransform(OCIO.ColorSpaceTransform(again.working_space, working))
        processor = config.getProcessor(group)
        for name, level in LEVELS.items():
            theirs = rgb.copy()
            processor.getOptimizedCPUProcessor(level).applyRGB(theirs)
            apart = np.abs(ours.astype(np.float64) - theirs) / np.maximum(np.abs(theirs), 1)
            worst[name] = max(worst[name], float(apart.max()))
            low = np.abs(theirs) <= 1
            worst[f"{name}, up to 1"] = max(worst[f"{name}, up to 1"], float(apart[low].max()))
    figures = {name: float(f"{value:.2g}") for name, value in worst.items()}
    return {"files": COUNT, "largest difference": figures, "limit": 1e-5}


def alone(cdl: CDL) -> Match:
    """Return a match of a CDL alone."""
    return Match(cdl=CDLLayer(cdl=cdl, source=MEASURED), grain=GrainLayer(model="", seed=1))


def run(words: Sequence[str] = ()) -> dict[str, Any]:
    """Return the figures of both; see the module."""
    of = studio()
    rng = np.random.default_rng(SEED)
    return {
        "off one by one": off_one_by_one(of, rng),
        "cdl through OpenColorIO": cdl_again(of, rng),
    }
