"""
Cards: a reference taken apart once into the layers a matte painter would cut.

A card is one thing of a reference (its sky, its far range, its wood) with a soft edge
of its own and complete also where something nearer hid it, so that it can be moved
without a hole opening behind it. Its mask is an asset: it is made once, looked at and
approved by name like the reference itself, and nothing is segmented again later.
"""

from __future__ import annotations

from dataclasses import dataclass

from seamline.show.record import as_record, record_digest

LABELS = ("sky", "far", "near", "forest", "foliage", "buildings", "water", "ground")
"""What a card may show, farthest first as they usually stand."""
REMARKS = ("keep-out", "landmark", "veil", "horizon")
"""
What a drawing may say besides: never copied from; seen in its card, and never used to
complete one (a scree, a chalet, whatever nobody must meet twice); blown sand, spray or
smoke before the sky, behind which the sky is completed; the horizon's row.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card of a reference; approved once ``approved_by`` is there."""

    id: str
    """``REFERENCE_LABEL_NN``: the reference's id, the label, and a number from 01."""
    reference: str
    """The reference's id."""
    label: str
    picture_digest: str
    """
    Digest of its picture. The display window is the reference's master, the data window
    the box around the card. ``R``, ``G``, ``B`` straight working-space colour, complete;
    ``A`` its alpha, ``hidden`` 1 where it was completed (half), ``source.x`` and
    ``source.y`` the master pixel each pixel was copied from (uint32).
    """
    mask_digest: str
    """Digest of ``A`` and ``hidden`` alone: completions of one mask have it in common."""
    base_row: float
    """Row of the master on which the card stands (a sky: the horizon)."""
    columns: tuple[int, int]
    """First column of the master and end of those that may form a silhouette."""
    mirror: bool = False
    """Whether its light allows left and right to be exchanged."""
    distance_m: float | None = None
    completion: int = 0
    """Which of the completions offered this is; 0 where nothing was hidden."""
    seed: int = 0
    """Seed of the completion."""
    made_by: str = ""
    """What drew its mask: ``proposal``, or the file of lines or scribbles."""
    approved_by: str = ""
    approved_on: str = ""

    @property
    def approved(self) -> bool:
        """Whether a named person approved it."""
        return bool(self.approved_by)

    @property
    def paint_digest(self) -> str:
        """Digest of what of a card decides painted pixels."""
        said = as_record(self)
        for name in ("approved_by", "approved_on", "made_by", "completion", "seed"):
            del said[name]
        return record_digest(said)
