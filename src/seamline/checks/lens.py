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
            f"{lock.lens.focal_length_mm:g} mm",
        )
    limit = lock.tolerances.focal_length_percent
    worst = max(
        track.samples,
        key=lambda s: abs(s.lens.hfov_deg - lock.lens.hfov_deg),  # type: ignore[union-attr]
    )
    tracked, agreed = (
        lens.focal_length_mm / lens.sensor_width_mm for lens in (worst.lens, lock.lens)
    )
    off = abs(tracked / agreed - 1) * 100
    return Finding(
        check="lens",
        verdict="pass" if off <= limit else "fail",
        measured=off,
        limit=limit,
        unit="%",
        frame=worst.frame,
        says=f"{seen.shot.name}: frame {worst.frame} tracked at "
        f"{worst.lens.focal_length_mm:g} mm on {worst.lens.sensor_width_mm:g} mm, lock "
        f"v{lock.version} says {lock.lens.focal_length_mm:g} mm on "
        f"{lock.lens.sensor_width_mm:g} mm; {off:.2f} % apart, limit {limit:g} %",
    )
