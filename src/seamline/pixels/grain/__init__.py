"""
Grain: measured in a plate, made anew, taken off for working and put on again.

A show's frames go in as (H, W, 3) float32 in the plate's own space, a ``GrainModel`` comes
out; the model and a frame number make grain that is like the plate's and never a copy.
"""

from seamline.pixels.grain.degrain import degrain
from seamline.pixels.grain.measure import measure_moving, measure_single, measure_static
from seamline.pixels.grain.synthesis import (
    grain_field,
    grain_plate,
    grey_stack,
    laid,
    regrain,
    synthesise,
)

__all__ = [
    "degrain",
    "grain_field",
    "grain_plate",
    "grey_stack",
    "laid",
    "measure_moving",
    "measure_single",
    "measure_static",
    "regrain",
    "synthesise",
]
