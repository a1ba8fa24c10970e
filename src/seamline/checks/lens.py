"""Whether the tracked lens is the locked one."""

from __future__ import annotations

from seamline.checks.seen import Seen
from seamline.show.review import Finding


def check(seen: Seen) -> Finding:
    """Compare the track's focal lengths with the lock's, in percent."""
    lock, track = seen.lock, seen.shot.track
    if lock is None or lock.lens is None:
        return Finding(
            check="lens",
            verdict="not checked",
            says=f"{seen.shot.name}: no locked lens to check the camera against",
        )
    if track is None:
        return Finding(
            check="lens",
            verdict="not checked",
            says=f"{seen.shot.name}: no track; the camera is the locked "
            f"{lock.lens_says.split(' on ')[0]}",
        )
    limit = lock.tolerances.focal_length_percent
    worst = max(
        track.samples,
        key=lambda s: lock.focal_off_percent(s.lens.focal_length_mm, s.lens.sensor_width_mm),
    )
    off = lock.focal_off_percent(worst.lens.focal_length_mm, worst.lens.sensor_width_mm)
    return Finding(
        check="lens",
        verdict="pass" if off <= limit else "fail",
        measured=off,
        limit=limit,
        unit="%",
        frame=worst.frame,
        says=f"{seen.shot.name}: frame {worst.frame} tracked at "
        f"{worst.lens.focal_length_mm:g} mm on {worst.lens.sensor_width_mm:g} mm, lock "
        f"v{lock.version} says {lock.lens_says}; {off:.2f} % apart, limit {limit:g} %",
    )
