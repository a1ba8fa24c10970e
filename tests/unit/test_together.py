"""Frames made ahead come in order, and never more of them wait than there are threads."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from seamline.steps.together import ahead


@pytest.mark.parametrize("threads", [1, 3])
def test_frames_come_in_order_and_few_of_them_wait(threads: int) -> None:
    studio: Any = SimpleNamespace(threads=threads)
    begun, taken, most = 0, 0, 0
    lock = threading.Lock()

    def work(frame: int) -> int:
        nonlocal begun, most
        with lock:
            begun += 1
            most = max(most, begun - taken)
        return 10 * frame

    found = []
    for result in ahead(studio, work, range(1001, 1051)):
        found.append(result)
        with lock:
            taken += 1

    assert found == [10 * n for n in range(1001, 1051)]
    assert most <= threads + 1


def test_a_failure_comes_at_its_frame_and_ends_it() -> None:
    studio: Any = SimpleNamespace(threads=2)
    begun = []

    def work(frame: int) -> int:
        begun.append(frame)
        if frame == 3:
            raise ValueError("frame 3")
        return frame

    frames = ahead(studio, work, range(100))
    assert [next(frames) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="frame 3"):
        next(frames)
    assert len(begun) < 8
