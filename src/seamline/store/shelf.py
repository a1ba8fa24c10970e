"""
The shelf: the show's named files, whole or not at all.

Elements and comps are folders of frames that appear in one step and are never
written over; sheets are drawn again whenever there is something new to see.
What may be removed lies inside the show, and is never the show's own book.
"""

from __future__ import annotations

import errno
import os
import re
from contextlib import AbstractContextManager

from seamline.errors import InputError
from seamline.isolation.regular import content_of
from seamline.show.names import checked_name
from seamline.store import leases, sizes, whole
from seamline.store.templates import Templates

STATE = ".seamline"
"""The folder below the show's root where it keeps its ledger, blobs, keys and leases."""
SCREENINGS = "screenings"
"""What the review page is fed from; below ``STATE``, made again at any time."""
MOST_BYTES = 1 << 28
"""Of what is read whole: a record of 100 000 frames has a tenth of it."""
_SCREENED = re.compile(r"|index\.json|[0-9a-f]{64}")
_NO_LINKS = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP)


class FileShelf:
    """
    Named files below the show's folder ``root``.

    Args:
        root: The show's folder.
        templates: Where things lie in it.
    """

    def __init__(self, root: str, templates: Templates | None = None) -> None:
        self.root = os.path.abspath(root)
        self._templates = templates or Templates()

    def element_pattern(self, element_id: str) -> str:
        """Return the pattern of the element's frames, from the show's templates."""
        return os.path.join(self.root, self._templates.element(element_id))

    def comp_pattern(self, element_id: str) -> str:
        """Return the pattern of the comp's frames."""
        return os.path.join(self.root, self._templates.comp(element_id))

    def sheet_path(self, shot: str, name: str) -> str:
        """Return where the sheet ``name`` of ``shot`` lies."""
        return os.path.join(self.root, self._templates.sheet(shot, name))

    def report_path(self, shot: str, name: str) -> str:
        """Return where the QC report ``name`` of ``shot`` lies."""
        return os.path.join(self.root, self._templates.report(shot, name))

    def matte_path(self, shot: str, name: str) -> str:
        """Return the folder of the matte ``name`` of ``shot``."""
        return os.path.join(self.root, self._templates.matte(shot, name))

    def host_path(self, shot: str, name: str) -> str:
        """Return the folder that hosts are handed for ``name`` of ``shot``."""
        return os.path.join(self.root, self._templates.host(shot, name))

    def screening_path(self, shot: str, name: str) -> str:
        """Return where the file ``name`` of the screening of ``shot`` lies, in the cache."""
        checked_name(shot, what="shot")
        if not _SCREENED.fullmatch(name):
            raise InputError(
                f"{name[:80]!r} is no file of a screening",
                remedy="It is index.json, or 64 hexadecimal digits.",
            )
        return os.path.join(self.root, STATE, SCREENINGS, shot, name).rstrip(os.sep)

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder at ``path``."""
        return os.path.lexists(path)

    def file_sha256(self, path: str) -> str:
        """Return the SHA-256 of the file's bytes; InputError if it cannot be read."""
        return whole.file_sha256(path)

    def read(self, path: str) -> bytes:
        """Return a file's bytes; InputError if it cannot be read, or is no paper's size."""
        with whole.in_words(path, "read"):
            content = content_of(path, MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise InputError(
                f"{path} is larger than {MOST_BYTES >> 20} MiB, which no paper is",
                remedy="Check which file was meant.",
            )
        return content

    def write(self, path: str, content: bytes, *, sync: bool = True) -> None:
        """
        Write a whole file: temporary name in the same folder, fsync, rename.

        Without ``sync`` there is no fsync: for files inside a ``folder``.

        Raises:
            DiskError: The disk is full; what stood at ``path`` still does.
            InputError: The folder cannot be made or written.
        """
        whole.make_folder(os.path.dirname(os.path.abspath(path)))
        whole.write_whole(path, content, synced=sync)

    def make_folder(self, path: str) -> None:
        """Make the folder ``path`` and those above it; InputError if that cannot be."""
        whole.make_folder(os.path.abspath(path))

    def link(self, source: str, path: str) -> None:
        """
        Give ``source`` the name ``path``: hard link, or copy across file systems.

        Raises:
            InputError: Another file stands at ``path``, or ``source`` is not there.
            DiskError: The disk is full.
        """
        whole.make_folder(os.path.dirname(os.path.abspath(path)))
        try:
            try:
                with whole.in_words(source, "read"):
                    os.stat(source)
                os.link(os.path.realpath(source), path)
            except FileExistsError:
                raise
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise whole.disk_words(error, path, "write") from error
                whole.copy_whole(source, path, replace=False)
        except FileExistsError as error:
            self._refuse_another(source, path, error)

    def folder(self, path: str) -> AbstractContextManager[str]:
        """
        Give a temporary folder that becomes ``path`` when the block ends well, else vanishes.

        Raises:
            InputError: ``path`` stands already and is not an empty folder.
            DiskError: The disk is full.
        """
        return whole.whole_folder(path)

    def remove(self, path: str) -> int:
        """
        Remove a file or folder inside the show; return the bytes freed.

        It loses its name in one step, so that no half of it is ever seen. Nothing at
        ``path`` frees 0.

        Raises:
            InputError: ``path`` lies outside the show, or is the show's own.
        """
        at = self._inside(path)
        if not os.path.lexists(at):
            return 0
        freed = sizes.bytes_of(at)
        going = whole.temporary_name(at)
        with whole.in_words(at, "remove"):
            os.rename(at, going)
        whole.discard(going)
        return freed

    def lease(self, name: str) -> AbstractContextManager[None]:
        """Hold ``name`` for this process; LeaseError while a living process holds it."""
        return leases.hold(os.path.join(self.root, STATE, "leases"), name)

    def sweep(self) -> list[str]:
        """Remove what killed processes left behind in the show; return the paths."""
        return whole.sweep(self.root)

    def size(self, path: str) -> int:
        """Return the bytes in a file or folder, each file once."""
        return sizes.size_of(path)

    def _inside(self, path: str) -> str:
        # The path's own last name is not resolved: a link is removed, not what it points to.
        folder, name = os.path.split(os.path.abspath(path))
        at = os.path.join(os.path.realpath(folder), name)
        root = os.path.realpath(self.root)
        if not at.startswith(f"{root}{os.sep}"):
            raise InputError(
                f"{path} does not lie inside the show {self.root}; nothing was removed",
                remedy="Remove it by hand if you mean it.",
            )
        below = os.path.relpath(at, root).split(os.sep)
        if below[0] in ("show.toml", "config.ocio") or (
            below[0] == STATE and (len(below) < 3 or below[1] not in ("blobs", SCREENINGS))
        ):
            raise InputError(
                f"{path} belongs to the show itself; nothing was removed",
                remedy="Remove the whole show by hand if you mean it.",
            )
        return at

    def _refuse_another(self, source: str, path: str, error: OSError) -> None:
        same = os.path.isfile(path) and (
            os.path.samefile(source, path)
            or whole.file_sha256(source) == whole.file_sha256(path)
        )
        if not same:
            raise InputError(
                f"{path} stands already and is another file than {source}",
                remedy="A published file is never written over; use the next version.",
            ) from error
