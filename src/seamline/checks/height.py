"""Whether the camera stood at the locked height."""

from __future__ import annotations

from seamline.checks.seen import Seen
from seamline.show.review import Finding


def check(seen: Seen) -> Finding:
    """Compare the track's heights with the lock's, in metres."""
    lock, track = seen.lock, seen.shot.track
    if lock is None or lock.camera_height_m is None or track is None or track.static:
        return Finding(
            check="height",
            verdict="not checked",
            says=f"{seen.shot.name}: "
            + ("no locked" if lock is None or lock.camera_height_m is None else "no tracked")
            + " camera height",
        )
    agreed, limit = lock.camera_height_m, lock.tolerances.camera_height_m
    worst = max(track.samples, key=lambda s: abs(s.position_m[1] - agreed))
    off = abs(worst.position_m[1] - agreed)
    return Finding(
        check="height",
        verdict="pass" if off <= limit else "fail",
        measured=off,
        limit=limit,
        unit="m",
        frame=worst.frame,
        says=f"{seen.shot.name}: frame {worst.frame} tracked {worst.position_m[1]:.2f} m above "
        f"the ground, lock v{lock.version} says {agreed:.2f} m; {off:.2f} m apart, "
        f"limit {limit:g} m",
    )
