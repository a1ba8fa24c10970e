"""
Views that are laid out when they are first looked at.

A panorama's sky may be set over a canvas in dozens of ways, and a painting shows one. At 2K
each takes a hundred megabytes and half a second; so each is handed over at a glance, small,
to be chosen by, and whole when somebody looks at its planes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from seamline.errors import GeneratorError
from seamline.pixels.picture import Image
from seamline.ports.painting import ReferencePicture

Made = TypeVar("Made")
LayOut = Callable[[], ReferencePicture]


class LaterPicture(ReferencePicture):
    """
    A view whose planes are laid out when they are looked at, and not held.

    To who paints and to who checks a view like any other. What travels is its glance: on the
    other side somebody has to say once more how it is laid out (``laid_out_by``).

    Args:
        glance: The same view, every ``step``-th pixel of it from the middle of the first
            ``step`` on; its ``dome`` and its key are those of the whole.
        shape: Rows and columns of the whole.
        step: How many times smaller the glance is.
        lay_out: Returns the whole; what it returned it may remember.
    """

    __slots__ = ("_glance", "_lay_out", "_shape", "_step")
    _glance: ReferencePicture
    _lay_out: LayOut | None
    _shape: tuple[int, int]
    _step: int

    def __init__(
        self,
        glance: ReferencePicture,
        shape: tuple[int, int],
        step: int,
        lay_out: LayOut | None = None,
    ) -> None:
        said = ("id", "look", "card", "key_deg", "all_sky", "mirror", "dome", "around")
        for name in said:
            object.__setattr__(self, name, getattr(glance, name))
        for name, value in (("_glance", glance), ("_shape", shape), ("_step", step)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_lay_out", lay_out)

    def __reduce__(self) -> tuple[type[LaterPicture], tuple[object, ...]]:
        """Let it travel without what lays it out."""
        return LaterPicture, (self._glance, self._shape, self._step)

    def laid_out_by(self, lay_out: LayOut) -> None:
        """Have ``lay_out`` lay it out from now on."""
        object.__setattr__(self, "_lay_out", lay_out)

    def of_look(self, look: str) -> LaterPicture:
        """Return the same view, of ``look``."""
        lay_out = self._lay_out
        later = None if lay_out is None else lambda: lay_out().of_look(look)
        return LaterPicture(self._glance.of_look(look), self._shape, self._step, later)

    @property
    def bound(self) -> bool:
        """Whether anybody said how it is laid out."""
        return self._lay_out is not None

    @property
    def whole(self) -> ReferencePicture:
        """The view itself, laid out."""
        if self._lay_out is None:
            raise GeneratorError(
                f"a view of {self.id} was looked at before anybody said how it is laid out",
                remedy="Nothing published was touched; report this.",
            )
        return self._lay_out()

    @property
    def glance(self) -> ReferencePicture:
        """The view itself, ``step`` times smaller."""
        return self._glance

    @property
    def step(self) -> int:
        """How many times smaller its glance is."""
        return self._step

    @property
    def shape(self) -> tuple[int, int]:
        """Its rows and columns."""
        return self._shape

    @property
    def colour(self) -> Image:
        """(H, W, 3) float32 in the generator's encoding."""
        return self.whole.colour

    @property
    def usable(self) -> NDArray[np.bool_]:
        """(H, W) whether it may be copied from."""
        return self.whole.usable

    @property
    def elevation_deg(self) -> Image | None:
        """(H, W) elevation."""
        return self.whole.elevation_deg

    @property
    def azimuth_deg(self) -> Image | None:
        """(H, W) azimuth."""
        return self.whole.azimuth_deg

    @property
    def master_x(self) -> Image:
        """(H, W) column of the reference file."""
        return self.whole.master_x

    @property
    def master_y(self) -> Image:
        """(H, W) row of it."""
        return self.whole.master_y


class Lately(Generic[Made]):
    """
    What was made last: all that fits into so many bytes, and the last one always.

    Threads may share it; one makes at a time.

    Args:
        most_bytes: How much is held.
        bytes_of: Says what one takes.
    """

    def __init__(self, most_bytes: int, bytes_of: Callable[[Made], int]) -> None:
        self._most, self._bytes_of = most_bytes, bytes_of
        self._made: OrderedDict[Hashable, Made] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what was made under ``key``, or make it."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
            # Room is made first: two large ones at once would be what is spared here.
            self._thin_out(self._most)
            made = make()
            self._made[key] = made
            self._thin_out(self._most)
            return made

    def _thin_out(self, most: int) -> None:
        sizes = {key: self._bytes_of(made) for key, made in self._made.items()}
        while len(self._made) > 1 and sum(sizes[key] for key in self._made) > most:
            self._made.popitem(last=False)


def bytes_of(view: ReferencePicture) -> int:
    """Return what the planes of a view that is laid out take."""
    planes = (
        view.colour, view.usable, view.elevation_deg, view.azimuth_deg, view.master_x,
        view.master_y,
    )  # fmt: skip
    return sum(plane.nbytes for plane in planes if plane is not None)
