"""
References: the pictures a show has approved to paint from.

Owner, licence and approver are what makes a reference usable; without any one
of them the picture is kept, as unapproved, and nothing is painted from it.
Identity is the file's hash *and* the decoded pixels' digest, so a renamed or
re-saved copy of a picture carries its own refusals along.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from seamline.show.lock import Light
from seamline.show.record import LATER, record_digest

KINDS = ("photography", "concept", "lighting")
USES = ("paint", "train", "publish")
DEFAULT_HFOV_DEG = 50.0  # a normal lens; used where nobody said better


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """Somebody took a reference's permission back."""

    by: str
    on: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyDecision:
    """
    A named person's word on two pictures that look like one: a copy, or none.

    A copy goes with what it was made of: what is not allowed of one is not of the other.
    """

    reference: str
    """Id of the picture that came to the door."""
    of: str
    """Id of the reference that it looks like."""
    copy: bool
    by: str
    on: str
    reason: str
    alike: float
    """How alike both were found, 0 to 1."""
    share: float
    """Of what both show, the part that agreed, 0 to 1."""
    mirrored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One approved (or kept, unapproved) picture."""

    id: str
    """First 12 hexadecimal digits of ``file_sha256``."""
    file_name: str
    file_sha256: str
    pixels_digest: str
    """Digest of the decoded pixels in the file's own space."""
    master_digest: str
    """Digest of the decoded linear master in the working space (in the blobs)."""
    width_px: int
    height_px: int
    kind: str
    colourspace: str
    evidence: str
    """What said which colour space it is in."""
    projection: str = "flat"
    """``flat`` (one view) or ``latlong`` (every direction, 2:1)."""
    hfov_deg: float = DEFAULT_HFOV_DEG
    owner: str = ""
    licence: str = ""
    approved_by: str = ""
    approved_on: str = ""
    allow: tuple[str, ...] = ()
    expires_on: str = ""
    caption: str = ""
    light: Light = field(default_factory=Light)
    light_evidence: str = ""
    """What says where its key stands: ``declared``, or how it was measured."""
    warnings: tuple[str, ...] = ()
    replaces: str = field(default="", metadata=LATER)
    """Id of the reference that this one took the place of."""
    revoked: Revocation | None = field(default=None, metadata=LATER)
    """Who took its permission back, and why; None while it stands."""

    @property
    def approved(self) -> bool:
        """Whether owner, licence and approver are all there."""
        return bool(self.owner and self.licence and self.approved_by)

    @property
    def paint_digest(self) -> str:
        """Digest of what of a reference decides painted pixels: its light and its view."""
        said = {
            "master": self.master_digest,
            "projection": self.projection,
            "hfov_deg": self.hfov_deg,
        }
        if self.projection == "latlong":  # it is turned by the azimuth of its key
            said["key_azimuth_deg"] = self.light.key_azimuth_deg
        return record_digest(said)

    def why_not(self, use: str, *, today: str) -> str:
        """Return why this reference may not be used for ``use`` today; empty if it may."""
        missing = [
            word
            for word, value in (
                ("owner", self.owner),
                ("licence", self.licence),
                ("approver", self.approved_by),
            )
            if not value
        ]
        if missing:
            return f"it has no {' and no '.join(missing)}"
        if self.revoked is not None:
            return f"{self.revoked.by} revoked it on {self.revoked.on}: {self.revoked.reason}"
        if use not in self.allow:
            return f"it is allowed for {', '.join(self.allow) or 'nothing'}, not for {use}"
        if self.expires_on and today > self.expires_on:
            return f"its permission ended on {self.expires_on}"
        return ""
