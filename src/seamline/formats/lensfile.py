"""Lens files: told apart by what stands in them, never by their name."""

from __future__ import annotations

from seamline.errors import TrackError
from seamline.formats import opencv_lens, openlensio
from seamline.isolation.regular import content_of
from seamline.show.lens import LensModel

MOST_BYTES = 1 << 24
_HEAD_BYTES = 1 << 16


def is_model(path: str) -> bool:
    """
    Tell whether the file is to be read here, rather than as a camera's own report.

    A report is a table of words and commas; a file of one of our names that is damaged is
    still ours, to be refused with its own sentence. So is one that is not there.
    """
    try:
        head = content_of(path, _HEAD_BYTES)
    except OSError:
        return not path.casefold().endswith(".csv")
    known = path.casefold().endswith((".json", ".yml", ".yaml", ".toml"))
    return known or opencv_lens.sniff(head) or openlensio.sniff(head)


def read_lens(content: bytes, *, where: str) -> LensModel:
    """
    Return the lens that ``content`` describes: OpenLensIO, or an OpenCV calibration.

    Raises:
        TrackError: It is neither, or not whole.
    """
    if len(content) > MOST_BYTES:
        raise TrackError(
            f"{where} is larger than {MOST_BYTES >> 20} MiB, more than any lens's table"
        )
    head = content[:_HEAD_BYTES]
    if opencv_lens.sniff(head):
        return opencv_lens.read(content, where)
    if openlensio.sniff(head):
        return openlensio.read(content, where)
    raise TrackError(
        f"{where} is no lens file that is read here",
        remedy="Export the lens as OpenLensIO JSON, or its OpenCV calibration as YAML, JSON "
        "or TOML; of a lens whose model is not known hand in ST maps.",
    )
