"""
Blobs: content-addressed storage, pictures by pixel digest, files by SHA-256.

    blobs/ab/abcdef....exr    a picture; its name is its digest, whatever its header says
    blobs/ab/abcdef....       a file, byte for byte

A blob is written once, whole, and read-only from then on: named files may be
hard links to it. Whoever reads a picture gets exactly the pixels its name
stands for, or TamperError.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat

import numpy as np

from seamline.errors import FormatError, ShowError, TamperError
from seamline.pixels.digest import picture_digest
from seamline.pixels.picture import CHANNEL_TYPES, Picture
from seamline.ports import Images
from seamline.store.whole import (
    copy_whole,
    discard,
    file_sha256,
    in_words,
    make_folder,
    place,
    temporary_name,
    write_whole,
)

_DIGEST = re.compile(r"[0-9a-f]{64}")
_STORED = (np.float16, np.float32, np.uint32)
"""What an EXR can hold (OpenEXR: HALF, FLOAT, UINT)."""


class FileBlobs:
    """
    Blobs below ``root``.

    Args:
        root: The folder that has, or gets, ``blobs``.
        images: Who writes and reads picture files.
    """

    def __init__(self, root: str, images: Images) -> None:
        self.root = os.path.abspath(root)
        self._images = images

    def put_picture(self, picture: Picture) -> str:
        """
        Store ``picture``; return its digest. The same pixels are stored once.

        Raises:
            FormatError: A channel is of a type that EXR does not have (8 or 16 bit).
            DiskError: The disk is full; nothing was stored.
        """
        _refuse_types(picture)
        digest = picture_digest(picture)
        path = self._place(digest) + ".exr"
        if not os.path.lexists(path):
            make_folder(os.path.dirname(path))
            self._images.write(path, picture)
            _protect(path)
        return digest

    def picture(self, digest: str) -> Picture:
        """
        Return the stored picture, its digest computed again from the pixels read.

        Raises:
            ShowError: There is no such picture.
            TamperError: The file is not, or no longer, the picture its name stands for.
        """
        path = self._place(digest) + ".exr"
        if not os.path.lexists(path):
            raise _missing(digest, self.root)
        try:
            picture = self._images.read(path)
        except FormatError as error:
            raise _changed(digest, path, f"it cannot be read ({error})") from error
        found = picture_digest(picture)
        if found != digest:
            raise _changed(digest, path, f"its pixels are {found[:12]} now")
        return picture

    def put_file(self, path: str) -> str:
        """Store the file at ``path`` byte for byte; return its SHA-256."""
        digest = file_sha256(path)
        blob = self._place(digest)
        if os.path.lexists(blob):
            return digest
        make_folder(os.path.dirname(blob))
        temporary = temporary_name(blob)
        try:
            copied = copy_whole(path, temporary)
            if copied != digest:
                raise FormatError(
                    f"{path} changed while it was being read",
                    remedy="Wait until it is written, then run the same command again.",
                )
            _protect(temporary)
            place(temporary, blob)
        except BaseException:
            discard(temporary)
            raise
        return digest

    def put_bytes(self, content: bytes) -> str:
        """
        Store ``content`` as a file; return its SHA-256. The same bytes are stored once.

        Raises:
            DiskError: The disk is full; nothing was stored.
        """
        digest = hashlib.sha256(content).hexdigest()
        blob = self._place(digest)
        if not os.path.lexists(blob):
            make_folder(os.path.dirname(blob))
            temporary = temporary_name(blob)
            try:
                write_whole(temporary, content)
                _protect(temporary)
                place(temporary, blob)
            except BaseException:
                discard(temporary)
                raise
        return digest

    def path(self, digest: str) -> str:
        """Return where the blob lies; ShowError if there is none."""
        place_ = self._place(digest)
        for path in (place_ + ".exr", place_):
            if os.path.lexists(path):
                return path
        raise _missing(digest, self.root)

    def has(self, digest: str) -> bool:
        """Whether the blob is there."""
        place_ = self._place(digest)
        return os.path.lexists(place_ + ".exr") or os.path.lexists(place_)

    def verify_file(self, digest: str) -> None:
        """Raise TamperError if the file blob ``digest`` is not what it was."""
        path = self._place(digest)
        if not os.path.lexists(path):
            raise _missing(digest, self.root)
        found = file_sha256(path)
        if found != digest:
            raise _changed(digest, path, f"its bytes are {found[:12]} now")

    def _place(self, digest: str) -> str:
        if not _DIGEST.fullmatch(digest):
            raise ShowError(
                f"{digest!r} is not a digest",
                remedy="A digest is 64 hexadecimal digits, in lower case.",
            )
        return os.path.join(self.root, "blobs", digest[:2], digest)


def _refuse_types(picture: Picture) -> None:
    for name, plane in picture.channels.items():
        if plane.dtype.newbyteorder("=") not in _STORED:
            raise FormatError(
                f"channel {name} is {CHANNEL_TYPES[plane.dtype.name]}, which an EXR cannot "
                "hold without changing it",
                remedy="Store the file itself, or convert the channel to half or float.",
            )


def _protect(path: str) -> None:
    """Take away the right to write: named files are links to this very file."""
    with in_words(path):
        os.chmod(path, stat.S_IMODE(os.stat(path).st_mode) & 0o555)


def _missing(digest: str, root: str) -> ShowError:
    return ShowError(
        f"there is no blob {digest[:12]} in {root}",
        remedy="It was pruned or lies in another show; run the step that makes it again.",
    )


def _changed(digest: str, path: str, what: str) -> TamperError:
    return TamperError(
        f"the blob {digest[:12]} ({path}) is not what it was: {what}",
        remedy="Put the file back from a backup, or remove it and run the step that made "
        "it again.",
    )
