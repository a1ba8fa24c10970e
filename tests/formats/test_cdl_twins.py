"""A CDL does the same here, in OpenColorIO, and after it was written to a file and read."""

from __future__ import annotations

import numpy as np
import PyOpenColorIO as OCIO
import pytest

from seamline.formats.cdl import cdl_file, read_cdl
from seamline.pixels.cdl import apply_cdl, fit_pairs
from seamline.show.cdl import CDL
from tiny import TinyShow

GRADES = [
    CDL(id="gain", offset=(0.03, 0.0, -0.02)),
    CDL(id="all", slope=(1.1, 0.9, 1.05), offset=(0.02, -0.03, 0.01), power=(1.2, 0.85, 1.0)),
    CDL(id="grey", saturation=0.0),
    CDL(id="vivid", slope=(0.8, 1.2, 1.0), power=(0.7, 1.3, 1.1), saturation=1.6),
]


def pixels() -> np.ndarray:
    """ACEScct from below black to far above white."""
    rng = np.random.default_rng(0)
    return rng.uniform(-0.35, 1.5, (40, 50, 3)).astype(np.float32)


@pytest.mark.parametrize("cdl", GRADES, ids=lambda cdl: cdl.id)
def test_it_is_what_opencolorio_does_without_clamping(cdl: CDL) -> None:
    transform = OCIO.CDLTransform(
        slope=list(cdl.slope),
        offset=list(cdl.offset),
        power=list(cdl.power),
        sat=cdl.saturation,
    )
    transform.setStyle(OCIO.CDL_NO_CLAMP)
    processor = OCIO.Config.CreateRaw().getProcessor(transform)
    theirs = pixels().copy()
    processor.getOptimizedCPUProcessor(OCIO.OPTIMIZATION_LOSSLESS).applyRGB(theirs)

    assert np.abs(apply_cdl(pixels(), cdl) - theirs).max() < 1e-5


def test_a_host_is_exact_when_its_environment_says_so(
    tiny_show: TinyShow, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = tiny_show.studio
    cdl = GRADES[1]
    light = (2.0 ** np.random.default_rng(2).uniform(-10, 6, (20, 30, 3))).astype(np.float32)
    ours = studio.colour.grade(light, cdl)
    grading = OCIO.CDLTransform(list(cdl.slope), list(cdl.offset), list(cdl.power), 1.0)
    grading.setStyle(OCIO.CDL_NO_CLAMP)
    there, back = ("ACEScg", cdl.working_space), (cdl.working_space, "ACEScg")
    steps = [OCIO.ColorSpaceTransform(*there), grading, OCIO.ColorSpaceTransform(*back)]
    config = OCIO.Config.CreateFromFile(studio.settings.config_path)

    def off() -> float:
        theirs = light.copy()
        processor = config.getProcessor(OCIO.GroupTransform(steps))
        processor.getDefaultCPUProcessor().applyRGB(theirs)
        return float((np.abs(theirs - ours) / np.maximum(np.abs(ours), 1)).max())

    # docs/how-to/match-an-element.md says this number, and how far off a host is without it
    assert 1e-5 < off() < 2.5e-4
    monkeypatch.setenv("OCIO_OPTIMIZATION_FLAGS", "144457667")
    config.clearProcessorCache()
    assert off() < 1e-5


@pytest.mark.parametrize("cdl", GRADES, ids=lambda cdl: cdl.id)
def test_a_fit_written_and_read_again_gives_the_same_pixels_through_the_shows_config(
    cdl: CDL, tiny_show: TinyShow
) -> None:
    colour = tiny_show.studio.colour
    before = np.random.default_rng(3).uniform(0.1, 0.8, (24, 3))
    fitted = fit_pairs(before, apply_cdl(before, cdl), id="fit").cdl
    code = np.random.default_rng(4).uniform(0.1, 0.8, (30, 40, 3)).astype(np.float32)
    linear = colour.convert(code, "ACEScct", colour.working_space)

    again = read_cdl(cdl_file(fitted))

    assert again == fitted
    through = colour.convert(colour.grade(linear, again), colour.working_space, "ACEScct")
    assert np.abs(through - apply_cdl(code, fitted)).max() < 1e-5
