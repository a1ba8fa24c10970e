"""
ASC Media Hash Lists: the history that a delivery travels with (ASC MHL v2.0).

    ascmhl/0001_042_0110_env_b03_v001_2026-11-26_101500Z.mhl    one generation
    ascmhl/ascmhl_chain.xml                                     generations and their C4

The generation is written by the library itself (``ascmhl``) from hashes that are handed
over, so that nothing is read twice. Hashes are XXH128: fast enough to be made again on every
copy, and against accidents only; what stands against a hand is the signed list of SHA-256.
Files that are made after the history (the record, the list, its signature) stand in its
ignore list, so that ``ascmhl verify`` and ``ascmhl diff`` find a whole folder whole.
"""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from ascmhl.generator import MHLGenerationCreationSession
from ascmhl.hasher import C4, DirectoryHashContext
from ascmhl.hashlist import MHLAuthor, MHLCreatorInfo, MHLProcess, MHLProcessInfo, MHLTool
from ascmhl.history import MHLHistory
from ascmhl.ignore import MHLIgnoreSpec
from ascmhl.utils import datetime_now_isostring

from seamline.errors import FormatError
from seamline.ports import FileHashes

FOLDER = "ascmhl"
CHAIN = f"{FOLDER}/ascmhl_chain.xml"
HASH = "xxh128"


def write_history(
    folder: str,
    files: Mapping[str, FileHashes],
    *,
    name: str,
    by: str,
    version: str,
    later: Sequence[str],
) -> list[str]:
    """
    Write the first generation of ``folder``; return the paths of its files.

    Args:
        folder: Of the delivery.
        files: Hashes of what is in it, by path.
        name: What the generation is called.
        by: Who stands for it.
        version: Of this program.
        later: Names of files that are made afterwards.
    """
    root = os.path.abspath(folder)
    history = MHLHistory.load_from_path(root)
    ignored = MHLIgnoreSpec(None, list(later))
    session = MHLGenerationCreationSession(history, ignored)
    for path in sorted(files):
        at = os.path.join(root, path)
        hashes = files[path]
        session.append_file_hash(at, hashes.size_bytes, _modified(at), HASH, hashes.xxh128)
    for path, (content, structure) in _folders(files).items():
        at = os.path.join(root, path) if path else root
        session.append_directory_hashes(at, _modified(at), HASH, content, structure)
    creator = MHLCreatorInfo()
    creator.tool = MHLTool("seamline", version)
    creator.creation_date = datetime_now_isostring()
    creator.host_name = platform.node() or "unknown"
    creator.authors = [MHLAuthor(by)]
    process = MHLProcessInfo()
    process.process = MHLProcess("in-place")
    process.hashlist_custom_basename = f"0001_{name}"
    session.commit(creator, process)
    return sorted(f"{FOLDER}/{made}" for made in os.listdir(os.path.join(root, FOLDER)))


def read_chain(content: bytes) -> list[tuple[str, str]]:
    """
    Return the generations of a history, oldest first: the name of each file and its C4.

    Raises:
        FormatError: It is no chain of generations.
    """
    root = _root(content, "ascmhldirectory")
    found = []
    for entry in root:
        said = {_tag(e): (e.text or "").strip() for e in entry}
        if _tag(entry) != "hashlist" or not said.get("path") or not said.get("c4"):
            raise FormatError("it is not a chain of generations")
        found.append((said["path"], said["c4"]))
    return found


def read_generation(content: bytes) -> dict[str, str]:
    """
    Return the XXH128 of every file in a generation, by path.

    Raises:
        FormatError: It is no generation of such hashes, or names a file twice.
    """
    found: dict[str, str] = {}
    for entry in (
        e for part in _root(content, "hashlist") if _tag(part) == "hashes" for e in part
    ):
        if _tag(entry) != "hash":
            continue  # folders follow from their files
        said = {_tag(e): (e.text or "").strip() for e in entry}
        path, value = said.get("path", ""), said.get(HASH, "")
        if not path or not value or path in found:
            raise FormatError(f"its entry {path[:80]!r} has no {HASH}, or stands there twice")
        found[path] = value
    return found


def c4(content: bytes) -> str:
    """Return the C4 ID of ``content`` (SMPTE ST 2114), as a chain names a generation."""
    said: str = C4.hash_data(content)
    return said


def _folders(files: Mapping[str, FileHashes]) -> dict[str, tuple[str, str]]:
    """Return content and structure hash of every folder, deepest first, the root last."""
    inside: dict[str, dict[str, str]] = {"": {}}
    for path in files:
        parts = path.split("/")
        for depth in range(len(parts) - 1):
            inside.setdefault("/".join(parts[: depth + 1]), {})
        inside["/".join(parts[:-1])][parts[-1]] = files[path].xxh128
    found: dict[str, tuple[str, str]] = {}
    for folder in sorted(inside, key=lambda f: (-len(f.split("/")) if f else 0, f)):
        below = {f.rsplit("/", 1)[-1]: f for f in found if _above(f) == folder and f != folder}
        context = DirectoryHashContext(HASH)
        for name in sorted({*inside[folder], *below}):
            if name in below:
                context.append_directory_hashes(name, *found[below[name]])
            else:
                context.append_file_hash(name, inside[folder][name])
        found[folder] = context.final_content_hash_str(), context.final_structure_hash_str()
    return found


def _above(folder: str) -> str:
    return folder.rpartition("/")[0]


def _modified(path: str) -> datetime.datetime:
    # As the library keeps it: local time, without a zone.
    return datetime.datetime.fromtimestamp(os.path.getmtime(path))


def _root(content: bytes, tag: str) -> ElementTree.Element:
    try:
        text = content.decode()  # an encoding of its own choice could hide a declaration
        if "<!" in text:
            raise FormatError("it has declarations, which no media hash list has")
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise FormatError(f"it is not XML: {error}") from error
    if _tag(root) != tag:
        raise FormatError(f"it is no {tag}")
    return root


def _tag(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]
