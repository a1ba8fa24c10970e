"""Whether the painted sun stands where the lock says, and keeps its energy."""

from __future__ import annotations

from seamline.checks.seen import Seen
from seamline.pixels.light import is_soft
from seamline.show.review import Finding

LIMIT_DEG = 0.5
"""The width of the sun's own disc: farther off, shadows and sun disagree to the eye."""
LIMIT_ENERGY = 0.1


def check(seen: Seen) -> Finding:
    """Compare the painted sun with the locked key: degrees apart, and its energy."""
    where = f"{seen.shot.name}: "
    if seen.lock is None or seen.lock.light.key_azimuth_deg is None:
        return _not_checked(f"{where}the lock names no azimuth of a key to look for")
    if is_soft(seen.lock.light):
        return _not_checked(f"{where}the locked key is soft; no sun need be seen")
    if seen.sun is None:
        return _not_checked(f"{where}the locked key does not stand in what was generated")
    sun = seen.sun
    locked = f"lock v{seen.lock.version} puts it"
    if sun.hidden:
        return _not_checked(
            f"{where}the sun stands behind the ridge ({sun.behind}), where {locked}; none need "
            "be seen"
        )
    if sun.off_deg is None:
        return Finding(
            check="sun",
            verdict="fail",
            says=f"{where}no sun was painted, and {locked} in the picture; paint from a "
            "panorama with a sun, or lock a soft key",
        )
    kept = sun.energy_share is None or abs(sun.energy_share - 1) <= LIMIT_ENERGY
    energy = (
        f"some of it is behind the ridge ({sun.behind}), so its energy is not judged"
        if sun.energy_share is None and sun.behind
        else "nobody knows its energy in the reference"
        if sun.energy_share is None
        else f"it keeps {sun.energy_share:.0%} of the energy it has in {sun.reference}, "
        f"limit {LIMIT_ENERGY:.0%} either way"
    )
    return Finding(
        check="sun",
        verdict="pass" if kept and sun.off_deg <= LIMIT_DEG else "fail",
        measured=sun.off_deg,
        limit=LIMIT_DEG,
        unit="deg",
        says=f"{where}the sun stands {sun.off_deg:.2f} deg from where {locked}, limit "
        f"{LIMIT_DEG:g} deg; {energy}",
    )


def _not_checked(says: str) -> Finding:
    return Finding(check="sun", verdict="not checked", says=says)
