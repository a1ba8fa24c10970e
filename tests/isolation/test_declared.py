"""A generator behind walls says of itself what it says before them."""

from __future__ import annotations

import pytest

from layered import Layered
from seamline import generators
from seamline.farm.painter import walled
from seamline.isolation.walls import PREFERRED


@pytest.mark.parametrize("name", ["patch", "neutral"])
def test_what_it_declares_goes_through_the_wall(name: str) -> None:
    backend = generators.load(name)

    behind = walled(backend, PREFERRED)

    for said in ("name", "pixels", "encoding", "needs_references", "weights", "determinism"):
        assert getattr(behind, said) == getattr(backend, said)


def test_what_it_does_not_declare_is_not_declared_for_it() -> None:
    behind = walled(Layered(), PREFERRED)

    assert not hasattr(behind, "weights")
    assert not hasattr(behind, "determinism")
