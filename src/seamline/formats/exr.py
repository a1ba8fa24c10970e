"""
Writing EXR: whole files or none, exact pixels, the plate's own header.

A picture's channels keep their types (half, float, uint32, mixed ones too) and
its windows. Its attributes keep their types and names; what describes the old
file and not the picture (tiling, line order, a lossy compression's level) stays
behind. Compression is lossless whatever the plate came with: ZIP, unless the
plate's own was lossless. The same picture gives the same bytes: no time of
writing is stamped into the header.

A file is written under a temporary name in its own folder, brought to disk, and
only then given its name.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import socket
import struct
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import OpenImageIO as oiio

from seamline.errors import DiskError, FormatError, InputError, SeamlineError
from seamline.formats.decode import drained
from seamline.pixels.picture import Picture, Plane

LOSSLESS = ("none", "rle", "zips", "zip", "piz")
MASTER_COMPRESSION = "zip"

_PROBE_BYTES = 1 << 20

EXR_TYPES = {"float16": "half", "float32": "float", "uint32": "uint"}
# What belongs to the old file and not to the picture.
_LEFT_BEHIND = (
    "oiio:",
    "openexr:",
    "compression",
    "seamline:part",
    "seamline:layer_read",
    "seamline:view",
)
# OpenImageIO prints some type names that it does not read, and EXR has no 64-bit ones.
_TYPES = {"vectori": "TypeVector3i", "vector2i": "TypeVector2i", "vector2i[2]": "TypeBox2i"}
_NARROWER = {"double": "float", "int64": "int", "uint64": "uint"}


def write_exr(path: str, picture: Picture) -> str:
    """
    Write ``picture`` at ``path``, whole or not at all.

    Args:
        path: Where it shall stand; a file there is replaced in one step.
        picture: half, float or uint32 channels; at least one.

    Returns:
        SHA-256 of the file, 64 hexadecimal digits; equal for equal pictures.

    Raises:
        FormatError: A channel's type is none that EXR has.
        InputError: The folder is missing or not writable.
        DiskError: The disk is full; nothing is left behind.
    """
    _assert_storable(path, picture)
    with whole_file(path) as temporary:
        if len({plane.dtype for plane in picture.channels.values()}) == 1:
            _write_uniform(temporary, picture)
        else:
            _write_mixed(temporary, picture)
        return _hashed_on_its_way(temporary)


@contextlib.contextmanager
def whole_file(path: str) -> Iterator[str]:
    """
    Yield a temporary name in the folder of ``path``; it becomes ``path`` when the block ends.

    The file and its folder are brought to disk. When the block raises, the
    temporary is removed and ``path`` is what it was.

    Raises:
        InputError: The folder is missing or not writable.
        DiskError: The disk is full.
    """
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise InputError(
            f"{folder}: no such folder, so {os.path.basename(path)} cannot be written there",
            remedy="Create the folder, or write somewhere else.",
        )
    temporary = f"{path}.tmp-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        yield temporary
        _to_disk(temporary)
        os.replace(temporary, path)
        _to_disk(folder)
    except OSError as error:
        raise _disk_error(error, folder) from error
    finally:
        with contextlib.suppress(OSError):
            os.remove(temporary)


def _assert_storable(path: str, picture: Picture) -> None:
    if not picture.channels:
        raise FormatError(f"{path}: a picture without channels cannot be written")
    for name, plane in picture.channels.items():
        if plane.dtype.name not in EXR_TYPES:
            raise FormatError(
                f"{path}: channel {name} is {plane.dtype.name}, which EXR cannot hold exactly",
                remedy="Convert the channel to half or float first.",
            )


def _write_uniform(temporary: str, picture: Picture) -> None:
    names = list(picture.channels)
    planes = [np.ascontiguousarray(picture.channels[name]) for name in names]
    interleaved = np.stack(planes, axis=-1)
    output = _opened(temporary, _spec(picture, names))
    _finish(output, output.write_image(interleaved), temporary)


def _write_mixed(temporary: str, picture: Picture) -> None:
    # OpenImageIO's Python takes one type per call and would convert the others. So the
    # planes go through a bare, uncompressed EXR, from which it copies them untouched.
    bare = f"{temporary}-bare"
    try:
        with open(bare, "wb") as file:
            for piece in _bare_exr(picture.channels):
                file.write(piece)
        source = oiio.ImageInput.open(bare)
        if source is None:
            raise SeamlineError(f"{bare}: {drained()}")
        output = _opened(temporary, _spec(picture, list(source.spec().channelnames)))
        _finish(output, output.copy_image(source), temporary)
        source.close()
    finally:
        with contextlib.suppress(OSError):
            os.remove(bare)


def _spec(picture: Picture, names: list[str]) -> Any:
    x, y, width, height = picture.data_window
    types = [EXR_TYPES[picture.channels[name].dtype.name] for name in names]
    spec = oiio.ImageSpec(width, height, len(names), types[0])
    spec.channelnames = tuple(names)
    if len(set(types)) > 1:
        spec.channelformats = tuple(oiio.TypeDesc(t) for t in types)
    spec.x, spec.y = x, y
    spec.full_x, spec.full_y, spec.full_width, spec.full_height = picture.display_window
    for name, (kind, value) in picture.attributes.items():
        if not name.startswith(_LEFT_BEHIND):
            _set_attribute(spec, name, kind, value)
    compression = _lossless(picture.attributes)
    spec.attribute("compression", compression)
    if compression != "none" or set(types) != {"half"} or not set(names) <= set("RGBA"):
        # SMPTE ST 2065-4 containers are uncompressed halves of colour and alpha alone, and
        # OpenImageIO holds us to it.
        spec.erase_attribute("acesImageContainerFlag")
    if "DateTime" not in picture.attributes:
        spec.attribute("DateTime", "")  # otherwise the time of writing is stamped in
    return spec


def _set_attribute(spec: Any, name: str, kind: str, value: Any) -> None:
    kind = _NARROWER.get(kind, kind)
    described = getattr(oiio, _TYPES[kind]) if kind in _TYPES else oiio.TypeDesc(kind)
    spec.attribute(name, described, value)


def _lossless(attributes: Mapping[str, tuple[str, Any]]) -> str:
    own = str(attributes.get("compression", ("string", ""))[1])
    return own if own in LOSSLESS else MASTER_COMPRESSION


def _opened(temporary: str, spec: Any) -> Any:
    output = oiio.ImageOutput.create("openexr")
    if output is None or not output.open(temporary, spec):
        said = drained(output)
        _raise_for_disk(temporary)
        raise InputError(
            f"{os.path.dirname(os.path.abspath(temporary))}: the folder takes no file ({said})",
            remedy="Check who may write there, or write somewhere else.",
        )
    return output


def _finish(output: Any, written: bool, temporary: str) -> None:
    said = drained(output)
    closed = output.close()
    if not (written and closed):
        said = said or drained(output)
        _raise_for_disk(temporary)
        raise SeamlineError(f"{temporary}: OpenImageIO could not write it: {said}")


def _raise_for_disk(temporary: str) -> None:
    # OpenEXR says that writing failed and not why; the next write of our own does.
    with open(temporary, "ab") as file:
        file.write(bytes(_PROBE_BYTES))
        file.flush()
        os.fsync(file.fileno())


def _disk_error(error: OSError, folder: str) -> SeamlineError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskError(
            f"{folder}: the disk is full; nothing was written",
            remedy="Make room (`seamline show prune` helps) and run the same command again.",
        )
    return InputError(
        f"{folder}: the folder cannot be written to ({error.strerror})",
        remedy="Check who may write there, or write somewhere else.",
    )


def _to_disk(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _hashed_on_its_way(path: str) -> str:
    """Return the file's SHA-256, told while the disk takes it: neither waits for the other."""
    with ThreadPoolExecutor(1) as beside, open(path, "rb") as file:
        taken = beside.submit(_to_disk, path)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        taken.result()
        return digest


def _bare_exr(channels: Mapping[str, Plane]) -> Iterator[bytes]:
    """
    Yield an uncompressed scanline EXR of ``channels``, each (H, W) in its own type.

    Source: OpenEXR file layout, openexr.com/en/latest/OpenEXRFileLayout.html.
    """
    names = sorted(channels)  # EXR stores them in alphabetical order
    height, width = channels[names[0]].shape
    codes = {"uint32": 0, "float16": 1, "float32": 2}
    listed = b"".join(
        name.encode() + b"\0" + struct.pack("<i4xii", codes[channels[name].dtype.name], 1, 1)
        for name in names
    )
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    header = b"".join(
        f"{name}\0{kind}\0".encode() + struct.pack("<i", len(value)) + value
        for name, kind, value in (
            ("channels", "chlist", listed + b"\0"),
            ("compression", "compression", b"\0"),
            ("dataWindow", "box2i", window),
            ("displayWindow", "box2i", window),
            ("lineOrder", "lineOrder", b"\0"),
            ("pixelAspectRatio", "float", struct.pack("<f", 1)),
            ("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0)),
            ("screenWindowWidth", "float", struct.pack("<f", 1)),
        )
    )
    long_names = 0x400 if any(len(name.encode()) > 31 for name in names) else 0
    start = struct.pack("<ii", 20000630, 2 | long_names) + header + b"\0"
    rows = [channels[name].astype(channels[name].dtype.newbyteorder("<")) for name in names]
    line_bytes = sum(width * plane.dtype.itemsize for plane in rows)
    first = len(start) + 8 * height
    offsets = first + np.arange(height, dtype="<u8") * (8 + line_bytes)
    yield start + offsets.astype("<u8").tobytes()
    for y in range(height):
        yield struct.pack("<ii", y, line_bytes)
        yield from (plane[y].tobytes() for plane in rows)
