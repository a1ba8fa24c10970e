"""
A new show: its ``show.toml``, with everything in it that can be set, and what stands beside it.

``show.toml`` comes last: a folder without one is no show.
"""

from __future__ import annotations

import hashlib
import json
import os

from seamline.errors import ShowError
from seamline.isolation.walls import PREFERRED
from seamline.store.policyfile import POLICY, policy_text
from seamline.store.showfile import (
    COLOUR_DEFAULTS,
    CONFIG,
    FILE,
    WORKING_SPACE,
    Limits,
    ShowFile,
    load_show,
    parse,
    sha256_of,
)
from seamline.store.templates import DEFAULTS as NAMES
from seamline.store.whole import discard, whole_folder, write_whole


def create_show(
    root: str,
    name: str,
    config_text: str,
    *,
    width_px: int = 1920,
    height_px: int = 1080,
    rate: str = "24",
    working_space: str = WORKING_SPACE,
) -> ShowFile:
    """
    Make the show ``name`` in the folder ``root``, whole or not at all.

    A show of that name that stands there already is returned as it is.

    Args:
        root: Its folder; made if need be. Files that are in it already stay.
        name: What people call the show.
        config_text: The OCIO config, written beside as ``config.ocio``.
        width_px: Width of the frame, pixels.
        height_px: Height of the frame, pixels.
        rate: Frames per second: ``24``, ``24000/1001``.
        working_space: The config's scene-linear space to paint in.

    Raises:
        ShowError: Another show stands there, or a value is not usable.
        InputError: The folder cannot be made or written.
        DiskError: The disk is full.
    """
    root = os.path.abspath(root)
    if os.path.lexists(os.path.join(root, FILE)):
        return _same_show(root, name)
    config = config_text.encode()
    text = show_text(
        name,
        config_sha256=hashlib.sha256(config).hexdigest(),
        width_px=width_px,
        height_px=height_px,
        rate=rate,
        working_space=working_space,
    )
    parse(text, root=root)
    if os.path.isdir(root):
        # Somebody may stand in that folder, so it stays the same one.
        _add_to_folder(root, text, config)
    else:
        with whole_folder(root) as folder:
            write_whole(os.path.join(folder, CONFIG), config)
            write_whole(os.path.join(folder, POLICY), policy_text().encode())
            write_whole(os.path.join(folder, FILE), text.encode())
    return load_show(root)


def _same_show(root: str, name: str) -> ShowFile:
    standing = load_show(root)
    if standing.settings.name != name:
        raise ShowError(
            f"{root} is the show {standing.settings.name!r} already; nothing was changed",
            remedy="Name another folder, or go on with the show that is there.",
        )
    return standing


def _add_to_folder(root: str, text: str, config: bytes) -> None:
    """Make a show of a folder that is there; ``show.toml`` comes last and makes it one."""
    config_path, policy_path = os.path.join(root, CONFIG), os.path.join(root, POLICY)
    unwritten = not os.path.lexists(policy_path)
    fresh = not os.path.lexists(config_path)
    try:
        if fresh:
            write_whole(config_path, config, replace=False)
        elif sha256_of(config_path) != hashlib.sha256(config).hexdigest():
            raise ShowError(
                f"{config_path} stands already and is another config; nothing was written",
                remedy="Move it away, or make the show in another folder.",
            )
        if unwritten:
            write_whole(policy_path, policy_text().encode(), replace=False)
        write_whole(os.path.join(root, FILE), text.encode(), replace=False)
    except FileExistsError as error:
        raise ShowError(
            f"another process is making a show in {root}",
            remedy="Look at what stands there, then run the same command again.",
        ) from error
    except BaseException:
        if not os.path.lexists(os.path.join(root, FILE)):
            for path, ours in ((config_path, fresh), (policy_path, unwritten)):
                if ours:
                    discard(path)
        raise


def show_text(
    name: str,
    *,
    config_sha256: str,
    width_px: int,
    height_px: int,
    rate: str,
    working_space: str,
) -> str:
    """Return a ``show.toml`` with everything in it that can be set, and why."""
    limits = Limits()
    return f"""\
# The show, as seamline reads it. Edit it freely; a name it does not know is refused.

[show]
name = {_quoted(name)}
# The ledger is a file in the show's folder; many machines share one in PostgreSQL.
# ledger = "postgresql://USER@HOST/NAME"

[format]
# The frame of a shot without a plate. A plate brings its own windows.
width = {width_px}
height = {height_px}
# Frames per second: "24", "25", "24000/1001".
rate = {_quoted(rate)}

[colour]
# The OCIO config beside this file, pinned by the SHA-256 of its bytes.
config = {_quoted(CONFIG)}
config_sha256 = {_quoted(config_sha256)}
# Scene-linear; everything is painted in it.
working_space = {_quoted(working_space)}
# A look of the config that everything is viewed with, and nothing is made with.
# look = "NAME"

[colour.defaults]
# Which space a file is in when neither a flag nor the file itself says so.
# Plates have no default: a wrong guess would go unseen into every comp.
# plate = "ACES2065-1"
picture = {_quoted(COLOUR_DEFAULTS["picture"] or "")}  # JPEG, PNG and TIFF references
linear = {_quoted(COLOUR_DEFAULTS["linear"] or "")}  # HDR, and EXR references without a label

[names]
# Where named files lie below this folder. {{id}} is the element id,
# SHOT_ELEMENT_bNN_vNNN; %04d or #### is the frame.
elements = {_quoted(NAMES["elements"])}
comps = {_quoted(NAMES["comps"])}
sheets = {_quoted(NAMES["sheets"])}
qc = {_quoted(NAMES["qc"])}
mattes = {_quoted(NAMES["mattes"])}
hosts = {_quoted(NAMES["hosts"])}

[limits]
# The most variations one paint may ask for, and the largest canvas in megapixels.
variations = {limits.variations}
canvas_mpx = {limits.canvas_mpx:g}

[queue]
# Accounts that may give priority, and cancel what others asked for.
supervisors = []

[workers]
# Walls around what paints and what opens foreign files: "required" refuses to work where
# one is missing, "preferred" works behind those that there are, "off" puts up none.
isolation = {_quoted(PREFERRED)}

[files]
# What new files are made with, and the group that all of the show belongs to.
# umask = "002"
# group = "film"

[server]
# Folders besides this one that steps asked of the server may read and write in.
folders = []
"""


def _quoted(text: str) -> str:
    # A JSON string is a TOML basic string, but for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
