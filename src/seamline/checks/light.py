"""Whether the references were lit as the lock says."""

from __future__ import annotations

from seamline.checks.seen import Seen
from seamline.pixels.light import direction_apart_deg
from seamline.show.review import Finding


def check(seen: Seen) -> Finding:
    """Compare the key light of what was painted from with the lock's, in degrees."""
    lock = seen.lock
    if lock is None or lock.light.key_elevation_deg is None:
        return Finding(
            check="light",
            verdict="not checked",
            says=f"{seen.shot.name}: no locked key light to check the references against",
        )
    if not seen.used:
        return Finding(
            check="light",
            verdict="not checked",
            says=f"{seen.shot.name}: nothing was painted from a reference",
        )
    known = [(u, direction_apart_deg(u.light, lock.light)) for u in seen.used]
    unknown = [u.name for u, apart in known if apart is None]
    apart = [(u, a) for u, a in known if a is not None]
    limit = lock.tolerances.key_direction_deg
    if not apart:
        return Finding(
            check="light",
            verdict="not checked",
            says=f"{seen.shot.name}: nobody declared the light of {', '.join(unknown)}",
        )
    worst, off = max(apart, key=lambda pair: pair[1])
    matched = off <= limit
    return Finding(
        check="light",
        verdict="pass" if matched else "fail",
        measured=off,
        limit=limit,
        unit="deg",
        says=f"{seen.shot.name}: {worst.name} ({worst.share:.0%} of the picture) has its key "
        f"at elevation {worst.light.key_elevation_deg:g} deg, lock v{lock.version} at "
        f"{lock.light.key_elevation_deg:g} deg; {off:.0f} deg apart, limit {limit:g} deg"
        + (
            ""
            if matched
            else "; it is left as it was lit and stands visibly wrong beside the plate until "
            "its light is matched: paint from a reference lit like the lock, or revise the lock"
        ),
    )
