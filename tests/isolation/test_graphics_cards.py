"""Seconds of a graphics card come from the painter that used it; here a counter stands in."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from layered import Layered
from seamline.errors import GeneratorError
from seamline.farm import painter, painter_worker
from seamline.isolation.walls import PREFERRED
from seamline.ports import Painted
from seamline.show.record import as_record
from seamline.show.variation import Ask


class OnCard(Layered):
    """A backend whose card is busy for a second and a half with each painting."""

    busy_s = 0.0

    def paint(self, *_: Any) -> Painted:
        self.busy_s += 1.5
        return Painted(layers=())

    def gpu_seconds(self) -> float:
        return self.busy_s


ASK = Ask(
    shot="S_010",
    canvas_digest="a" * 64,
    lock_digest="",
    references=(),
    generator="layered",
    pixels=1,
    encoding="ACEScct",
    seed=1,
)


@pytest.fixture
def room() -> Iterator[Any]:
    yield painter._room("neutral", PREFERRED)
    painter._ROOMS["neutral", PREFERRED].gpu_s = 0.0


def test_a_painter_says_what_its_card_took_with_each_painting() -> None:
    material: Any = (None, ())
    backend = OnCard()
    ours, theirs = socket.socketpair()
    said = []
    with ours, theirs:
        for _ in range(2):
            word = {"verb": "paint", "ask": as_record(ASK)}
            answer, fd = painter_worker._answer(theirs, backend, material, word)
            said.append(answer["gpu_s"])
            assert fd is not None
            os.close(fd)
    assert said == [1.5, 3.0]


def test_seconds_are_added_up_over_painters_and_never_taken_back(room: Any) -> None:
    before = painter.gpu_seconds()
    for said in (1.5, 3.0, 2.0):
        room.used_gpu({"gpu_s": said})
    assert painter.gpu_seconds() - before == 3.0
    room.used_gpu({})  # a painter without a card says nothing of one
    assert painter.gpu_seconds() - before == 3.0
    for nonsense in (-1, float("nan"), 1e12, "much", None):
        with pytest.raises(GeneratorError, match="no painting"):
            room.used_gpu({"gpu_s": nonsense})


def test_a_backend_before_the_walls_is_counted_as_well() -> None:
    backend = OnCard()
    before = painter.gpu_seconds()
    assert painter.counted(backend) is backend
    backend.busy_s = 4.0
    assert painter.gpu_seconds() - before == 4.0
    painter._BEFORE_WALLS.remove(backend)
