"""
The limits of QC, in one table.

Those of measures that chance moves come from ``benchmarks/quality/detection.py``: no tighter
than one false alarm in a hundred frames over all of them together on the pictures that set
limits, and of exposure, white, grain, flicker, horizon, perspective and repetition no tighter
than it takes to find what they are asked to. ``benchmarks/README.md`` has what they do on other
pictures. The others count what may not be there at all.
"""

from __future__ import annotations

from collections.abc import Mapping

LIMITS: Mapping[str, float] = {
    "exposure": 0.055,
    "white": 5.3,
    "softness": 0.634,
    "grain": 0.2,
    "flicker": 0.12,
    "edge": 2.18,
    "horizon": 1.0,
    "perspective": 1.0,
    "black": 0.01,
    "halo": 0.15,
    "repetition": 0.5,
    "range": 0.0,
    "untouched": 0.0,
    "lineage": 0.0,
}
"""stops; mired; px; stops; %; stops; px; px; light; stops; % of the picture; pixels."""
CALIBRATED = (
    "exposure", "white", "softness", "grain", "flicker", "edge", "horizon", "perspective",
    "repetition",
)  # fmt: skip
