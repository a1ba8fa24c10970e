"""
Sixteen pixels weighed at once: one bicubic sample, R, G, B and A side by side.

The compiler does not see by itself that the four channels of a pixel could share one
instruction, and takes them one after another, at three times the cost. Here that is
said in its own language: the same additions and multiplications in the same order, four
wide, without fast-math, hence the same bits as one after another.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_FOUR = ir.VectorType(ir.FloatType(), 4)
_FOUR_WIDE = ir.VectorType(ir.DoubleType(), 4)
_ADDRESS = ir.IntType(64)
_FIRST = ir.Constant(ir.VectorType(ir.IntType(32), 4), [0] * 4)
_ZERO = ir.Constant(_FOUR, [0.0] * 4)


@intrinsic
def add_sixteen(
    _: Any,
    canvas: Any,
    rows: Any,
    columns: Any,
    down: Any,
    across: Any,
    light: Any,
    at: Any,
) -> Any:
    """
    Add to ``light[at]`` the sixteen pixels ``canvas[rows, columns]``, weighed.

    The sum is held within the least and the greatest of the sixteen.

    Args:
        canvas: (H, W, 4) float32, contiguous.
        rows: Four int64, within the canvas.
        columns: Four int64, within it.
        down: The rows' four float32 weights.
        across: The columns'.
        light: (N, 4) float64, contiguous.
        at: Which of its rows.
    """
    return types.void(canvas, rows, columns, down, across, light, at), _written


def _written(context: Any, build: Any, signature: Any, args: Any) -> Any:
    canvas, light = (
        context.make_array(signature.args[n])(context, build, args[n]) for n in (0, 5)
    )
    row_bytes, pixel_bytes, _ = cgutils.unpack_tuple(build, canvas.strides)
    rows, columns, down, across = (cgutils.unpack_tuple(build, args[n]) for n in range(1, 5))
    down, across = ([_spread(build, weight) for weight in four] for four in (down, across))
    aside = [build.mul(column, pixel_bytes) for column in columns]
    start = build.ptrtoint(canvas.data, _ADDRESS)
    total = low = high = _ZERO
    for j in range(4):
        line = build.add(start, build.mul(rows[j], row_bytes))
        four = [_read(build, build.add(line, bytes_), _FOUR, 4) for bytes_ in aside]
        weighed = build.fmul(across[0], four[0])
        for i in range(1, 4):
            weighed = build.fadd(weighed, build.fmul(across[i], four[i]))
        total = build.fadd(total, build.fmul(down[j], weighed))
        least, most = (
            _chosen(build, sign, _chosen(build, sign, *four[:2]),
                    _chosen(build, sign, *four[2:]))
            for sign in "<>"
        )  # fmt: skip
        low = _chosen(build, "<", low, least) if j else least
        high = _chosen(build, ">", high, most) if j else most
    total = _chosen(build, ">", low, total)
    total = _chosen(build, "<", high, total)
    step = cgutils.unpack_tuple(build, light.strides)[0]
    place = build.add(build.ptrtoint(light.data, _ADDRESS), build.mul(args[6], step))
    so_far = _read(build, place, _FOUR_WIDE, 8)
    written = build.store(
        build.fadd(so_far, build.fpext(total, _FOUR_WIDE)),
        build.inttoptr(place, _FOUR_WIDE.as_pointer()),
    )
    written.align = 8
    return context.get_dummy_value()


def _spread(build: Any, weight: Any) -> Any:
    """Return a weight four times."""
    nothing = ir.Constant(_FOUR, ir.Undefined)
    one = build.insert_element(nothing, weight, ir.Constant(ir.IntType(32), 0))
    return build.shuffle_vector(one, nothing, _FIRST)


def _read(build: Any, address: Any, kind: Any, align: int) -> Any:
    found = build.load(build.inttoptr(address, kind.as_pointer()))
    found.align = align
    return found


def _chosen(build: Any, sign: str, standing: Any, fresh: Any) -> Any:
    """Return ``fresh`` where it is less (or more) than ``standing``, else ``standing``."""
    return build.select(build.fcmp_ordered(sign, fresh, standing), fresh, standing)
