"""Whether two versions of a shot have the same plate and matte, in the frames both have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from seamline.show.seam import Seam
from seamline.show.shot import Shot


def same_plate(now: Shot, was: Shot) -> bool:
    """Whether every frame that both have is of the same plate."""
    if now.plate is None or was.plate is None:
        return now.plate is was.plate
    mine = dict(zip(now.frames, now.plate.digests, strict=True))
    theirs = dict(zip(was.frames, was.plate.digests, strict=True))
    return all(mine[n] == theirs[n] for n in mine.keys() & theirs.keys())


def same_seam(now: Seam | None, was: Seam | None, shot: Shot, made: Shot) -> bool:
    """
    Whether every frame that both have is parted in the same way.

    Args:
        now: The seam of ``shot``.
        was: The seam of ``made``.
        shot: One version of a shot.
        made: Another one.
    """
    if now is None or was is None:
        return now is was
    # Where its files lie is no matter; that there are some is.
    bare = [
        replace(s.unshadowed, version=0, matte="-" if s.matte else "", matte_digests=())
        for s in (now, was)
    ]
    if bare[0] != bare[1] or bool(now.shadow) != bool(was.shadow):
        return False
    pairs = (
        (now.matte_digests, was.matte_digests),
        (now.shadow_digests, was.shadow_digests),
    )
    return all(
        _alike(
            dict(zip(shot.frames, mine, strict=False)),
            dict(zip(made.frames, theirs, strict=False)),
        )
        for mine, theirs in pairs
    )


def _alike(mine: Mapping[int, str], theirs: Mapping[int, str]) -> bool:
    if not mine or not theirs:
        return not mine and not theirs
    return all(mine[n] == theirs[n] for n in mine.keys() & theirs.keys())


def same_camera(shot: Shot, made: Shot) -> bool:
    """Whether the camera is the one that ``made`` had, in the frames that both have."""
    if shot.track is None or made.track is None:
        return shot.track is made.track
    both = [n for n in shot.frames if n in made.frames]
    now, was = shot.track, made.track
    return (now.static, now.shutter_angle_deg) == (was.static, was.shutter_angle_deg) and all(
        now.sample(n) == was.sample(n) for n in both
    )
