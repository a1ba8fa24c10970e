"""Where steps of the server may read and write: the show's folder, and those it names."""

from __future__ import annotations

import os

from seamline.errors import InputError


class Places:
    """
    The folders that steps of the server may read and write in.

    Args:
        root: The show's.
        more: Others that show.toml names.
    """

    def __init__(self, root: str, more: tuple[str, ...] = ()) -> None:
        self._root = os.path.realpath(root)
        self._folders = (self._root, *(os.path.realpath(folder) for folder in more))

    def within(self, path: str) -> str:
        """Return where ``path`` leads, from the show's folder; refuse it outside."""
        found = os.path.realpath(os.path.join(self._root, path))
        if not any(found == f or found.startswith(f"{f}/") for f in self._folders):
            raise InputError(
                f"{path} is not in a folder that this server works in",
                remedy="Name one in the show's folder, or in one of [server] folders in "
                "show.toml.",
            )
        return found
