"""Whether two versions of a shot have the same plate and matte, in the frames both have."""

from __future__ import annotations

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
        replace(s, version=0, matte="-" if s.matte else "", matte_digests=())
        for s in (now, was)
    ]
    if bare[0] != bare[1]:
        return False
    if not now.matte_digests or not was.matte_digests:
        return now.matte_digests == was.matte_digests
    mine = dict(zip(shot.frames, now.matte_digests, strict=False))
    theirs = dict(zip(made.frames, was.matte_digests, strict=False))
    return all(mine[n] == theirs[n] for n in mine.keys() & theirs.keys())
