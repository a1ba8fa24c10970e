"""What comes back from a painter is looked at before it is believed."""

from __future__ import annotations

import os
import socket
from typing import Any

import numpy as np
import pytest

from seamline.errors import GeneratorError, InputError
from seamline.farm import painter, parcels
from seamline.isolation.line import receive, send
from seamline.ports import CanvasPicture, Painted, PaintedLayer
from seamline.show.review import Finding
from seamline.show.variation import Ask


def layer(name: str = "env") -> PaintedLayer:
    rng = np.random.default_rng(5)
    return PaintedLayer(
        name=name,
        colour=np.asfortranarray(rng.random((5, 7, 3), np.float32)),
        alpha=rng.random((5, 7), np.float32),
        source=rng.integers(0, 9, (5, 7), np.int32),
        source_x=rng.integers(0, 9, (10, 7), np.int32)[::2],
        source_y=rng.integers(0, 9, (5, 7), np.int32),
        offset=rng.random((5, 7, 3), np.float32),
        distance_m=120.0,
        motion_deg_s=0.25,
    )


def test_a_painting_comes_back_as_it_was_handed_over() -> None:
    finding = Finding(
        check="smears", verdict="fail", measured=3.0, limit=2.0, unit="px", says="s"
    )
    painted = Painted(layers=(layer("sky"), layer("far")), notes=("a",), findings=(finding,))

    back = parcels.painting_of(*parcels.packed_painting(painted))

    assert [la.name for la in back.layers] == ["sky", "far"]
    assert (back.layers[1].distance_m, back.layers[1].motion_deg_s) == (120.0, 0.25)
    assert (back.notes, back.findings) == (("a",), (finding,))
    for name in parcels.PLANES:
        there, here = getattr(painted.layers[0], name), getattr(back.layers[0], name)
        assert (here.dtype, here.tobytes()) == (there.dtype, there.tobytes()), name


def test_a_canvas_goes_in_whole_with_what_is_shared_in_it() -> None:
    plane = np.arange(35, dtype=np.float32).reshape(5, 7)
    canvas = CanvasPicture(
        known=np.ones((5, 7, 3), np.float32), keep=plane, need=plane > 3, margin=plane < 0,
        elevation_deg=plane, azimuth_deg=plane.T.copy().T, px_per_deg=3.0,
        standing=(layer(),), lines={"water": plane[0]},
    )  # fmt: skip
    fd, word = parcels.packed_material((canvas, ()))

    (back, references) = parcels.material_of(fd, word)
    os.close(fd)

    assert references == ()
    assert back.keep is back.elevation_deg
    assert back.azimuth_deg.flags.f_contiguous
    np.testing.assert_array_equal(back.lines["water"], plane[0])
    back.keep[0, 0] = 5.0  # a painter may write in what it was handed: it is its own
    assert plane[0, 0] == 0.0


@pytest.mark.parametrize(
    "lie",
    [
        {"at": 1 << 40},
        {"at": -64},
        {"at": 3},
        {"kind": "O"},
        {"kind": "M"},
        {"shape": [1 << 20, 1 << 20]},
        {"shape": [-5, -7]},
        {"shape": [1] * 9},
        {"shape": "no"},
    ],
)
def test_planes_that_are_not_where_they_are_said_to_be_are_refused(lie: dict[str, Any]) -> None:
    fd, said = parcels.packed_planes([np.ones((5, 7), np.float32)])

    with pytest.raises((ValueError, TypeError)):
        parcels.planes_of(fd, [{**said[0], **lie}])
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(fd)


def test_memory_that_could_still_be_changed_is_refused() -> None:
    fd = os.memfd_create("open", os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, 4096)

    with pytest.raises(ValueError, match="not sealed"):
        parcels.planes_of(fd, [{"kind": "f", "shape": [2, 2], "at": 0}])


ASK = Ask(shot="S", canvas_digest="", lock_digest="", references=(), generator="liar", pixels=1,
          encoding="ACEScg", seed=1)  # fmt: skip


class Liar:
    """Stands where the child does, and says what it is told to."""

    def __init__(self, *words: dict[str, Any]) -> None:
        self.words = words

    def ask(self, material: Any, asked: Any, tell: Any) -> Any:
        room = painter._Room.__new__(painter._Room)
        mine, theirs = socket.socketpair()
        with mine, theirs:
            for word in self.words:
                send(theirs, word)
            return room._answer(mine, tell)


@pytest.mark.parametrize(
    ("word", "kind", "says"),
    [
        ({"refused": "no", "remedy": "r", "kind": "InputError"}, InputError, "no"),
        ({"refused": "no", "remedy": "r", "kind": "SystemExit"}, GeneratorError, "no"),
        ({"refused": "no", "remedy": "r", "kind": "annotations"}, GeneratorError, "no"),
        (
            {"painted": {"layers": [], "notes": [], "findings": []}},
            GeneratorError,
            "no painting",
        ),
        ({"planes": []}, GeneratorError, "no painting"),
    ],
)
def test_what_a_painter_says_becomes_a_refusal_of_the_family(
    word: dict[str, Any], kind: type[Exception], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[float] = []
    liar = Liar({"share": 7.0}, {"share": -1}, word)
    monkeypatch.setattr(painter, "_room", lambda name, isolation: liar)
    backend = painter.Painter(_Named(), "preferred")

    with pytest.raises(kind, match=says):
        backend.paint(ASK, None, [], told.append)  # type: ignore[arg-type]

    assert told == [1.0, 0.0]


class _Named:
    name, pixels, encoding, needs_references = "liar", 1, "ACEScg", False


def test_a_word_takes_only_so_many_descriptors_and_no_endless_length() -> None:
    one, other = socket.socketpair()
    with one, other:
        one.sendall(b"\xff\xff\xff\xff")
        with pytest.raises(ValueError, match="4294967295"):
            receive(other)
