"""The ASC CDL: slope, offset, power and saturation, and the space it is applied in."""

from __future__ import annotations

from dataclasses import dataclass

RGB = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CDL:
    """ASC CDL v1.2 values, applied without clamping in the named space."""

    id: str
    slope: RGB = (1.0, 1.0, 1.0)
    offset: RGB = (0.0, 0.0, 0.0)
    power: RGB = (1.0, 1.0, 1.0)
    saturation: float = 1.0
    working_space: str = "ACEScct"
    description: str = ""

    @property
    def is_identity(self) -> bool:
        """Whether it changes nothing."""
        return (
            self.slope == (1.0, 1.0, 1.0)
            and self.offset == (0.0, 0.0, 0.0)
            and self.power == (1.0, 1.0, 1.0)
            and self.saturation == 1.0
        )
