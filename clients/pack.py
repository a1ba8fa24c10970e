"""
Packs the clients as hosts install them: ``python clients/pack.py FOLDER``.

``seamline-blender.zip`` is the add-on with the link in it; ``seamline-nuke/`` a folder for
Nuke's plug-in path. The same files give the same bytes.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
LINK = HERE / "link" / "seamline_link.py"
_WHEN = (2026, 1, 1, 0, 0, 0)


def blender_zip(folder: Path) -> Path:
    """Write the add-on as Blender's preferences install it; return its path."""
    made = folder / "seamline-blender.zip"
    sources = [*sorted((HERE / "blender" / "seamline_blender").glob("*.py")), LINK]
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for source in sources:
            entry = zipfile.ZipInfo(f"seamline_blender/{source.name}", _WHEN)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, source.read_bytes())
    return made


def nuke_folder(folder: Path) -> Path:
    """Write the files that go on $NUKE_PATH; return their folder."""
    made = folder / "seamline-nuke"
    made.mkdir(exist_ok=True)
    for source in (*sorted((HERE / "nuke").glob("*.py")), LINK):
        (made / source.name).write_bytes(source.read_bytes())
    return made


def main(words: list[str]) -> int:
    """Write both to the folder that is named."""
    if len(words) != 1:
        print("usage: python clients/pack.py FOLDER", file=sys.stderr)
        return 2
    folder = Path(words[0])
    folder.mkdir(parents=True, exist_ok=True)
    for made in (blender_zip(folder), nuke_folder(folder)):
        print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
