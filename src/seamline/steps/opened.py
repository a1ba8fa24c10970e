"""One frame of a finished version, opened for QC: comp, element, plate and matte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamline.errors import ShowError
from seamline.pixels.digest import picture_digest
from seamline.pixels.matte import Matte
from seamline.pixels.picture import HALF_MAX, Image, Picture
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.review import Place
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.element import plate_frame, space_of
from seamline.steps.ingest import display_window, read_matte

Mask = NDArray[np.bool_]
LUMA = (0.2722287, 0.6740818, 0.0536895)
"""AP1's row of Y (Academy S-2014-004); of any other working space a fair weight."""
LOWEST = -0.5
"""The house keeps everything from here on; below it something is wrong."""
CLIPPED_SHARE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opened:
    """
    One frame.

    Attributes:
        frame: Its number.
        rgb: (H, W, 3) the comp, working space.
        luminance: (H, W) of it.
        matte: (H, W), 1 = live.
        stored: (H, W, 3) the comp as stored.
        changed: (H, W) live pixels that are not the plate's bits; None without a plate.
        digests: Of element and comp.
        corner: Where the data window begins in the display window, pixels.
    """

    frame: int
    rgb: Image
    luminance: Image
    matte: Matte
    stored: Image
    changed: Mask | None
    digests: tuple[str, str]
    corner: tuple[int, int]

    def moved(self, place: Place) -> Place:
        """Return ``place`` of the data window in display-window pixels."""
        return place[0] + self.corner[0], place[1] + self.corner[1], place[2], place[3]

    def lighter(self) -> Opened:
        """Return the same frame with luminance and matte alone."""
        none = np.zeros((0, 0, 3), np.float32)
        return replace(self, rgb=none, stored=none, changed=None)

    def place(self, mask: Mask) -> Place | None:
        """Return the box around ``mask`` (H, W); None where it is empty."""
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if not len(rows):
            return None
        return self.moved(
            (
                int(columns[0]),
                int(rows[0]),
                int(columns[-1] - columns[0]) + 1,
                int(rows[-1] - rows[0]) + 1,
            )
        )

    def unfit(self) -> Iterator[tuple[float, Place | None, str]]:
        """Yield how many generated values cannot stand, where, and what they are."""
        made = self.matte < 1
        values = self.stored
        finite = np.isfinite(values)
        with np.errstate(invalid="ignore"):
            kinds = {
                "NaN": np.isnan(values).any(axis=-1),
                "infinite": np.isinf(values).any(axis=-1),
                f"below {LOWEST:g}": (finite & (values < LOWEST)).any(axis=-1),
                f"over {HALF_MAX:g}": (finite & (values > HALF_MAX)).any(axis=-1),
            }
        for words, wrong in kinds.items():
            count = int((wrong & made).sum())
            if count:
                yield float(count), self.place(wrong & made), f": {words}"
        top = _at_the_top(self.luminance, made)
        if int(top.sum()) > CLIPPED_SHARE * int(made.sum()):
            words = ": clipped, all at one highest value"
            yield float(top.sum()), self.place(top), words
        yield 0.0, None, ""


def _at_the_top(light: Image, made: Mask) -> Mask:
    """Return (H, W) generated pixels that all have the brightest value there is."""
    held = made & np.isfinite(light)
    if not held.any():
        return held
    brightest = float(light[held].max())
    top: Mask = (
        held & (light >= brightest * (1 - 1e-6)) & (brightest > 2 * np.median(light[held]))
    )
    return top


def luminance(rgb: Image) -> Image:
    """Return (H, W) luminance of (H, W, 3) in the working space; what is not finite stays."""
    with np.errstate(invalid="ignore"):
        summed = sum(np.float32(w) * rgb[..., c] for c, w in enumerate(LUMA))
    return np.asarray(summed, np.float32)


def opener(studio: Studio, version: Version) -> Callable[[int], Opened]:
    """Return what opens a frame of ``version``; ShowError where its frames were pruned."""
    shot = book.shot_of(studio.ledger, version)
    seam = book.seam(studio.ledger, shot.name)
    space = space_of(studio, shot)
    display = display_window(shot)

    def read(frame: int) -> Opened:
        paths = [
            frame_path(pattern(version.id), frame)
            for pattern in (studio.shelf.element_pattern, studio.shelf.comp_pattern)
        ]
        for path in paths:
            if not studio.shelf.exists(path):
                raise ShowError(
                    f"{version.id}: frame {frame} does not stand on disk: {path}",
                    remedy=f"Render it again: seamline paint {shot.name}",
                )
        element, comp = (studio.images.read(path) for path in paths)
        matte = read_matte(studio, shot, seam, frame)
        stored = comp.rgb()
        rgb = studio.colour.convert(stored, space, studio.colour.working_space)
        changed = None
        if shot.plate is not None:
            changed = _changed(plate_frame(studio, shot, frame), comp) & (matte == 1)
        return Opened(
            frame=frame,
            rgb=rgb,
            luminance=luminance(rgb),
            matte=matte,
            stored=stored,
            changed=changed,
            digests=(picture_digest(element), picture_digest(comp)),
            corner=(
                comp.data_window[0] - display[0],
                comp.data_window[1] - display[1],
            ),
        )

    return read


def _changed(plate: Picture, comp: Picture) -> Mask:
    """Return (H, W) where the comp's colour is not the plate's, bit for bit."""
    names = "RGB" if "R" in plate.channels else "Y"
    apart = np.zeros(next(iter(comp.channels.values())).shape, bool)
    for name in names:
        made, own = comp.channels[name], plate.channels[name]
        if own.dtype.kind == "u":
            own = plate.rgb()[..., max("RGB".find(name), 0)]
        own = own.astype(made.dtype, copy=False)
        bits = np.uint16 if made.dtype == np.float16 else np.uint32
        apart |= np.ascontiguousarray(made).view(bits) != np.ascontiguousarray(own).view(bits)
    return apart
