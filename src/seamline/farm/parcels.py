"""
What goes to a painter and what comes back, in anonymous memory.

On the way in it is ours: the canvas and the views as one pickle, arrays beside it. On the way
out nothing is unpickled: a word in JSON says where each plane lies, and its place, type and
size are looked at before it is believed. What came back is sealed: nobody can change a
painting between its check and the blobs.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import pickle
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.ports import CanvasPicture, Painted, PaintedLayer, ReferencePicture
from seamline.show.record import as_record, from_record
from seamline.show.review import Finding

_ALIGNED = 64
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
_KINDS = frozenset("?bhilqBHILQefd")
"""Types of planes: whole and real numbers of numpy, by their letters."""
PLANES = ("colour", "alpha", "source", "source_x", "source_y", "offset")
MOST_LAYERS, MOST_WORDS = 256, 10_000

Material = tuple[CanvasPicture, tuple[ReferencePicture, ...]]
"""What a painter is handed beside the ask."""
Plane = NDArray[Any]


def packed_material(material: Material) -> tuple[int, dict[str, Any]]:
    """Return ``material`` as a descriptor, and the word that says what lies where in it."""
    parts = parts_of(material)
    fd, offsets = _written(parts, sealed=False)
    return fd, {"parts": [[at, len(part)] for at, part in zip(offsets, parts, strict=True)]}


def parts_of(material: Material) -> list[memoryview]:
    """Return ``material`` as bytes: one pickle, and the arrays beside it."""
    beside: list[pickle.PickleBuffer] = []
    head = pickle.dumps(material, protocol=5, buffer_callback=beside.append)
    return [memoryview(head), *(buffer.raw() for buffer in beside)]


def material_of(fd: int, word: Mapping[str, Any]) -> Material:
    """Return what ``packed_material`` packed; for the painter, who trusts who started it."""
    return material_in(fd, word)


def material_in(fd: int, word: Mapping[str, Any]) -> Material:
    """Return the material whose parts lie in ``fd`` as ``word`` says; it has to be ours."""
    whole = memoryview(mmap.mmap(fd, 0, access=mmap.ACCESS_COPY))
    parts = [whole[at : at + size] for at, size in word["parts"]]
    material: Material = pickle.loads(parts[0], buffers=parts[1:])
    return material


def packed_planes(planes: Sequence[Plane]) -> tuple[int, list[dict[str, Any]]]:
    """Return ``planes`` as a sealed descriptor, and what says where each lies in it."""
    flat = [np.ascontiguousarray(plane) for plane in planes]
    parts = [memoryview(plane.reshape(-1).view(np.uint8).data) for plane in flat]
    fd, offsets = _written(parts, sealed=True)
    said = [
        {"kind": plane.dtype.char, "shape": list(plane.shape), "at": at}
        for plane, at in zip(flat, offsets, strict=True)
    ]
    return fd, said


def planes_of(fd: int, said: Sequence[Mapping[str, Any]]) -> list[Plane]:
    """
    Return the planes in ``fd``, which is not trusted, and close it.

    Raises:
        ValueError: It is not sealed, or what was said of it cannot be.
    """
    try:
        if fcntl.fcntl(fd, fcntl.F_GET_SEALS) & _SEALS != _SEALS:
            raise ValueError("a painting that is not sealed")
        size = os.fstat(fd).st_size
        whole = np.frombuffer(mmap.mmap(fd, size, access=mmap.ACCESS_COPY), np.uint8)
    finally:
        os.close(fd)
    return [_plane(whole, plane) for plane in said]


def _plane(whole: Plane, said: Mapping[str, Any]) -> Plane:
    kind, at = str(said["kind"]), int(said["at"])
    shape = tuple(int(n) for n in said["shape"])
    if (
        kind not in _KINDS
        or at < 0
        or at % _ALIGNED
        or not all(0 <= n < 1 << 31 for n in shape)
    ):
        raise ValueError(f"a plane of type {kind!r} and shape {shape} at {at}")
    size = np.dtype(kind).itemsize
    for n in shape:
        size *= n
    if len(shape) > 4 or at + size > len(whole):
        raise ValueError(f"a plane of shape {shape} that is not there")
    return whole[at : at + size].view(kind).reshape(shape)


def packed_painting(painted: Painted) -> tuple[int, dict[str, Any]]:
    """Return ``painted`` as a sealed descriptor and a word."""
    planes = [getattr(layer, name) for layer in painted.layers for name in PLANES]
    fd, said = packed_planes(planes)
    layers = [
        {"name": la.name, "distance_m": la.distance_m, "motion_deg_s": la.motion_deg_s}
        for la in painted.layers
    ]
    findings = [as_record(finding) for finding in painted.findings]
    return fd, {
        "planes": said,
        "layers": layers,
        "notes": list(painted.notes),
        "findings": findings,
    }


def painting_of(fd: int, word: Mapping[str, Any]) -> Painted:
    """
    Return the painting in ``fd``, which is not trusted.

    Whether it is a good one is ``steps.promise``'s to say.

    Raises:
        ValueError: It is none.
    """
    layers, notes = word["layers"], word["notes"]
    if len(layers) > MOST_LAYERS or len(notes) + len(word["findings"]) > MOST_WORDS:
        raise ValueError("more than any painting has")
    planes = planes_of(fd, word["planes"])
    found = []
    for place, layer in enumerate(layers):
        own = planes[place * len(PLANES) : (place + 1) * len(PLANES)]
        distance = layer["distance_m"]
        found.append(
            PaintedLayer(
                name=str(layer["name"]),
                distance_m=None if distance is None else float(distance),
                motion_deg_s=float(layer["motion_deg_s"]),
                **dict(zip(PLANES, own, strict=True)),
            )
        )
    return Painted(
        layers=tuple(found),
        notes=tuple(str(note) for note in notes),
        findings=tuple(from_record(Finding, finding) for finding in word["findings"]),
    )


def _written(parts: Sequence[memoryview], *, sealed: bool) -> tuple[int, list[int]]:
    """Return anonymous memory with ``parts`` in it, and where each begins."""
    fd = os.memfd_create("seamline painting", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        offsets, at = [], 0
        for part in parts:
            offsets.append(at)
            _write_at(fd, part, at)
            at += -(-max(len(part), 1) // _ALIGNED) * _ALIGNED
        os.ftruncate(fd, max(at, _ALIGNED))
        if sealed:
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
    except BaseException:
        os.close(fd)
        raise
    return fd, offsets


def _write_at(fd: int, part: memoryview, at: int) -> None:
    left = part
    while len(left):
        count = os.pwrite(fd, left[: 1 << 30], at)
        left, at = left[count:], at + count
