"""A plate of DPX codes goes through to its comp: the codes outside the seam, bit for bit."""

from __future__ import annotations

import numpy as np
import OpenImageIO as oiio
import pytest

from seamline.errors import ColourError
from seamline.show.frames import FrameRange, frame_path
from seamline.show.seam import Seam
from seamline.steps import book
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.main_job import painted
from tiny import TinyShow, lower_half

FRAMES = FrameRange(first=1001, last=1002)


def _scan(show: TinyShow) -> tuple[str, list[np.ndarray]]:
    pattern = str(show.material / "scan.%04d.dpx")
    kept = []
    for number in FRAMES:
        codes = np.random.default_rng(number).integers(300, 600, (36, 64, 3), np.uint16)
        spec = oiio.ImageSpec(64, 36, 3, "uint16")
        spec.attribute("oiio:BitsPerSample", 10)
        output = oiio.ImageOutput.create("dpx")
        assert output.open(frame_path(pattern, number), spec)
        assert output.write_image((codes << 6 | codes >> 4).astype(np.uint16))
        output.close()
        kept.append(codes)
    return pattern, kept


def test_a_scan_in_a_named_log_space_keeps_its_codes_in_the_comp(tiny_show: TinyShow) -> None:
    pattern, codes = _scan(tiny_show)
    studio = tiny_show.studio

    with pytest.raises(ColourError, match="does not say which colour space"):
        add_shot(studio, "042", plate=pattern, static=True, frames=FRAMES)
    shot = add_shot(
        studio, "042", plate=pattern, static=True, frames=FRAMES, colourspace="ACEScct"
    )
    matte = tiny_show.matte("042", FRAMES, lambda n: lower_half(36, 64))
    set_seam(studio, Seam(shot="042", version=1, matte=matte))
    painted(studio, "042", variations=1, seed=1, generator="neutral")

    assert shot.plate is not None
    assert shot.plate.notes == ("read as 10-bit; value = code / largest code, float",)
    live = lower_half(36, 64) == 1
    version = book.versions(studio.ledger, "042")[-1]
    for number, stored in zip(FRAMES, codes, strict=True):
        path = frame_path(studio.shelf.comp_pattern(version.id), number)
        comp = studio.images.read(path)
        for n, name in enumerate("RGB"):
            plane = comp.channels[name]
            assert plane.dtype == np.float32
            exact = (stored[..., n].astype(np.float64) / 1023).astype(np.float32)
            np.testing.assert_array_equal(plane[live], exact[live])
