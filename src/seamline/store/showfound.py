"""Which show a command is meant for: named, or the folder that one stands in."""

from __future__ import annotations

import os
from collections.abc import Mapping

from seamline.errors import ShowError
from seamline.store.showfile import FILE

VARIABLE = "SEAMLINE_SHOW"


def find_root(start: str, env: Mapping[str, str], flag: str | None = None) -> str:
    """
    Return the folder of the show: ``flag``, $SEAMLINE_SHOW, or the nearest upwards.

    Args:
        start: Where to begin looking upwards.
        env: The environment.
        flag: What ``--show`` named.

    Raises:
        ShowError: There is no show; the sentence says where it was looked for.
    """
    named = flag or env.get(VARIABLE)
    if named:
        root = os.path.abspath(os.path.expanduser(named))
        if os.path.basename(root) == FILE and os.path.isfile(root):
            root = os.path.dirname(root)
        if os.path.isfile(os.path.join(root, FILE)):
            return root
        by = "--show" if flag else f"${VARIABLE}"
        raise ShowError(
            f"{root} (from {by}) is not a show: there is no {FILE} in it",
            remedy=f"Name the folder of a show, or make one: seamline show create {named} "
            "--name NAME",
        )
    at = os.path.abspath(start)
    while True:
        if os.path.isfile(os.path.join(at, FILE)):
            return at
        above = os.path.dirname(at)
        if above == at:
            raise ShowError(
                f"no show: there is no {FILE} in {os.path.abspath(start)} or above it",
                remedy=f"Go into a show's folder, give --show DIR or ${VARIABLE}, or make one: "
                "seamline show create DIR --name NAME",
            )
        at = above
