"""Another processor than this one, as far as what computes here can be told."""

from __future__ import annotations

from numpy._core import _multiarray_umath as built


def older_processor() -> dict[str, str]:
    """The environment of a 2013 processor (AVX2, FMA) for numba, and of none for numpy."""
    disabled = [name for name in built.__cpu_dispatch__ if built.__cpu_features__.get(name)]
    return {
        "NUMBA_CPU_NAME": "haswell",
        "NUMBA_CPU_FEATURES": "+avx,+avx2,+bmi,+bmi2,+fma,+lzcnt,+movbe,+popcnt,+sse4.2",
        "NPY_DISABLE_CPU_FEATURES": " ".join(disabled),
    }
