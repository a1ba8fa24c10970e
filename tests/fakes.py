"""
Small true implementations of the ports, for tests: in memory, or over a folder of the test's.

They keep every promise that the contract tests hold the real ones to; what they
leave out is durability (no fsync, no other process).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from seamline.errors import (
    ColourError,
    FormatError,
    InputError,
    LeaseError,
    RefusedError,
    ShowError,
    TamperError,
)
from seamline.pixels.cards import CardPixels, CutLayer, Drawing, Master
from seamline.pixels.digest import picture_digest
from seamline.pixels.picture import Picture
from seamline.ports import Evidence, PublicKey, Row
from seamline.show.names import ElementId
from seamline.show.record import canonical

EMPTY_CHAIN = "0" * 64


class FakeClock:
    """Stands at one moment until it is set or moved on."""

    def __init__(self, now: str = "2026-11-21T10:00:00Z") -> None:
        self.moment = now
        self.passed_s = 0.0
        self.gpu_s = 0.0

    def now(self) -> str:
        return self.moment

    def seconds(self) -> float:
        return self.passed_s

    def gpu_seconds(self) -> float:
        return self.gpu_s

    def cpu_seconds(self) -> float:
        return self.passed_s

    def pass_by(self, seconds: float) -> None:
        self.passed_s += seconds


class FakeLedger:
    """Rows in a list, chained like the real ones."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        self._clock = clock or FakeClock()
        self.written: list[Row] = []

    def append(self, kind: str, body: Mapping[str, Any], *, by: str = "") -> Row:
        return self._write(kind, None, body, by)

    def append_once(self, kind: str, key: str, body: Mapping[str, Any], *, by: str = "") -> Row:
        for row in self.rows(kind):
            if json.loads(row.stored)["key"] == key:
                return row
        return self._write(kind, key, body, by)

    def append_unless(
        self,
        kind: str,
        key: str,
        body: Mapping[str, Any],
        *,
        after: int,
        kinds: Collection[str],
        overtaken: Callable[[Row], bool],
    ) -> Row | None:
        for row in self.rows(kind):
            if json.loads(row.stored)["key"] == key:
                return row
        if any(overtaken(row) for row in self.rows(after=after) if row.kind in kinds):
            return None
        return self._write(kind, key, body, "")

    def rows(self, kind: str | None = None, *, after: int = 0) -> Iterator[Row]:
        yield from [
            row for row in self.written if kind in (None, row.kind) and row.number > after
        ]

    def verify(self) -> int:
        previous = EMPTY_CHAIN
        for number, row in enumerate(self.written, start=1):
            record = json.loads(row.stored)
            whole = hashlib.sha256(row.stored).hexdigest() == row.hash
            if not whole or record["previous"] != previous or row.number != number:
                raise TamperError(
                    f"the ledger was changed at row {number}", remedy="Restore it."
                )
            previous = row.hash
        return len(self.written)

    def _write(self, kind: str, key: str | None, body: Mapping[str, Any], by: str) -> Row:
        number = len(self.written) + 1
        stored = canonical(
            {
                "number": number,
                "previous": self.written[-1].hash if self.written else EMPTY_CHAIN,
                "kind": kind,
                "key": key,
                "body": dict(body),
                "by": by,
                "at": self._clock.now(),
                "os_user": "test",
                "host": "test",
            }
        )
        row = Row(
            number=number,
            kind=kind,
            body=json.loads(stored)["body"],
            stored=stored,
            hash=hashlib.sha256(stored).hexdigest(),
        )
        self.written.append(row)
        return row


class NpyImages:
    """Pictures as one JSON line and raw ``.npy`` planes: every channel type, bit for bit."""

    _MARK = b"planes-1\n"

    def read(self, path: str, *, layer: str = "") -> Picture:
        content = self._content(path)
        try:
            head, planes = self._head(content)
            channels = {name: np.load(planes, allow_pickle=False) for name in head["channels"]}
        except (ValueError, EOFError, KeyError) as error:
            raise FormatError(f"{path} is not a picture: {error}") from error
        return self._picture(head, channels)

    def header(self, path: str, *, layer: str = "") -> Picture:
        return self._picture(self._head(self._content(path))[0], {})

    def write(self, path: str, picture: Picture) -> str:
        head = {
            "data_window": picture.data_window,
            "display_window": picture.display_window,
            "attributes": picture.attributes,
            "channels": list(picture.channels),
        }
        stream = io.BytesIO()
        stream.write(self._MARK + json.dumps(head).encode() + b"\n")
        for plane in picture.channels.values():
            np.save(stream, plane, allow_pickle=False)
        content = stream.getvalue()
        temporary = f"{path}.writing"
        with open(temporary, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
        return hashlib.sha256(content).hexdigest()

    def interop_id(self, colourspace: str) -> str:
        return ""

    def evidence(
        self, path: str, *, flag: str | None, default: str | None, layer: str = ""
    ) -> Evidence:
        if flag:
            return Evidence(flag, "flag")
        named = self.header(path).attributes.get("colorInteropID")
        if named:
            return Evidence(str(named[1]), "colorInteropID")
        if default:
            return Evidence(default, "show.toml")
        raise ColourError(f"nothing says which colour space {path} is in", remedy="Say it.")

    def _content(self, path: str) -> bytes:
        try:
            with open(path, "rb") as file:
                return file.read()
        except OSError as error:
            raise FormatError(f"cannot read {path}: {error}", remedy="Check it.") from error

    def _head(self, content: bytes) -> tuple[dict[str, Any], io.BytesIO]:
        stream = io.BytesIO(content)
        if stream.readline() != self._MARK:
            raise FormatError("this is not a picture", remedy="Check the file.")
        head: dict[str, Any] = json.loads(stream.readline())
        return head, stream

    def _picture(self, head: dict[str, Any], channels: dict[str, Any]) -> Picture:
        return Picture(
            channels=channels,
            data_window=tuple(head["data_window"]),
            display_window=tuple(head["display_window"]),
            attributes={
                name: (kind, value) for name, (kind, value) in head["attributes"].items()
            },
        )


class FakeBlobs:
    """Pictures and files in dictionaries; a path is made when somebody asks for one."""

    def __init__(self, root: str) -> None:
        self.root = str(root)
        self.pictures: dict[str, Picture] = {}
        self.files: dict[str, bytes] = {}

    def put_picture(self, picture: Picture) -> str:
        digest = picture_digest(picture)
        channels = {name: plane.copy() for name, plane in picture.channels.items()}
        self.pictures.setdefault(digest, picture.with_channels(channels))
        return digest

    def picture(self, digest: str) -> Picture:
        if digest not in self.pictures:
            raise ShowError(f"there is no blob {digest[:12]}", remedy="Make it again.")
        picture = self.pictures[digest]
        if picture_digest(picture) != digest:
            raise TamperError(
                f"the blob {digest[:12]} is not what it was", remedy="Restore it."
            )
        return picture

    def put_file(self, path: str) -> str:
        try:
            with open(path, "rb") as file:
                content = file.read()
        except OSError as error:
            raise InputError(f"cannot read {path}: {error}", remedy="Check it.") from error
        digest = hashlib.sha256(content).hexdigest()
        self.files.setdefault(digest, content)
        return digest

    def put_bytes(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        self.files.setdefault(digest, content)
        return digest

    def path(self, digest: str) -> str:
        if not self.has(digest):
            raise ShowError(f"there is no blob {digest[:12]}", remedy="Make it again.")
        path = os.path.join(self.root, digest)
        if not os.path.exists(path):
            if digest in self.pictures:
                NpyImages().write(path, self.pictures[digest])
            else:
                with open(path, "wb") as file:
                    file.write(self.files[digest])
        return path

    def has(self, digest: str) -> bool:
        return digest in self.pictures or digest in self.files


class FakeShelf:
    """Named files in a folder of the test's, with plain copies and moves."""

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)
        self.held: set[str] = set()

    def element_pattern(self, element_id: str) -> str:
        shot = ElementId.parse(element_id).shot
        return f"{self.root}/shots/{shot}/elements/{element_id}/{element_id}.%04d.exr"

    def comp_pattern(self, element_id: str) -> str:
        shot = ElementId.parse(element_id).shot
        return f"{self.root}/shots/{shot}/comps/{element_id}/{element_id}_comp.%04d.exr"

    def sheet_path(self, shot: str, name: str) -> str:
        return f"{self.root}/shots/{shot}/sheets/{name}"

    def report_path(self, shot: str, name: str) -> str:
        return f"{self.root}/shots/{shot}/qc/{name}"

    def matte_path(self, shot: str, name: str) -> str:
        return f"{self.root}/shots/{shot}/mattes/{name}"

    def host_path(self, shot: str, name: str) -> str:
        return f"{self.root}/shots/{shot}/hosts/{name}"

    def screening_path(self, shot: str, name: str) -> str:
        if name not in ("", "index.json") and len(name) != 64:
            raise InputError(f"{name} is no file of a screening", remedy="Name another.")
        return f"{self.root}/.seamline/screenings/{shot}/{name}".rstrip("/")

    def exists(self, path: str) -> bool:
        return os.path.lexists(path)

    def file_sha256(self, path: str) -> str:
        return hashlib.sha256(self.read(path)).hexdigest()

    def read(self, path: str) -> bytes:
        try:
            with open(path, "rb") as file:
                return file.read()
        except OSError as error:
            raise InputError(f"cannot read {path}: {error}", remedy="Check it.") from error

    def make_folder(self, path: str) -> None:
        self._make_room(os.path.join(path, "within"))

    def write(self, path: str, content: bytes, *, sync: bool = True) -> None:
        self._make_room(path)
        with open(f"{path}.writing", "wb") as file:
            file.write(content)
        os.replace(f"{path}.writing", path)

    def link(self, source: str, path: str) -> None:
        digest = self.file_sha256(source)
        self._make_room(path)
        if not os.path.lexists(path):
            shutil.copyfile(source, path)
        elif not os.path.isfile(path) or self.file_sha256(path) != digest:
            raise InputError(f"{path} is another file", remedy="Use the next version.")

    @contextmanager
    def folder(self, path: str) -> Iterator[str]:
        self._make_room(path)
        if os.path.lexists(path) and not (os.path.isdir(path) and not os.listdir(path)):
            raise InputError(f"{path} stands already", remedy="Name another folder.")
        writing = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.writing")
        os.mkdir(writing)
        try:
            yield writing
            os.rename(writing, path)
        except BaseException:
            shutil.rmtree(writing)
            raise

    def remove(self, path: str) -> int:
        real = os.path.realpath(path)
        if not real.startswith(self.root + os.sep) or os.path.basename(real) == "show.toml":
            raise InputError(f"{path} is not to be removed", remedy="Remove it by hand.")
        if os.path.isdir(path):
            files = [os.path.join(at, f) for at, _, names in os.walk(path) for f in names]
            freed = sum(os.path.getsize(file) for file in files)
            shutil.rmtree(path)
            return freed
        if not os.path.lexists(path):
            return 0
        freed = os.path.getsize(path)
        os.unlink(path)
        return freed

    @contextmanager
    def lease(self, name: str) -> Iterator[None]:
        if name in self.held:
            raise LeaseError(f"{name!r} is held", remedy="Wait for it.")
        self.held.add(name)
        try:
            yield
        finally:
            self.held.discard(name)

    def _make_room(self, path: str) -> None:
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot make {path}: {error}", remedy="Check it.") from error


class FakeKeyring:
    """Real Ed25519 keys that live as long as the test."""

    def __init__(self) -> None:
        self._keys: dict[str, tuple[PublicKey, Ed25519PrivateKey, bytes | None]] = {}

    def create(self, name: str, passphrase: bytes | None) -> PublicKey:
        if name in self._keys:
            raise ShowError(f"there is a key of {name} already", remedy="Use it.")
        if not name or name != os.path.basename(name) or name.startswith("."):
            raise ShowError(f"{name!r} is not a usable name", remedy="Use letters.")
        if passphrase == b"":
            raise ShowError("the passphrase is empty", remedy="Give one.")
        private = Ed25519PrivateKey.generate()
        raw = private.public_key().public_bytes_raw()
        key = PublicKey(
            name=name,
            fingerprint=hashlib.sha256(raw).hexdigest()[:16],
            public_hex=raw.hex(),
            protected=passphrase is not None,
        )
        self._keys[name] = (key, private, passphrase)
        return key

    def find(self, name: str) -> PublicKey:
        if name not in self._keys:
            raise RefusedError(
                f"there is no key of {name!r}", remedy=f"seamline key create --name {name}"
            )
        return self._keys[name][0]

    def sign(self, name: str, message: bytes, passphrase: bytes | None) -> str:
        key = self.find(name)
        _, private, expected = self._keys[name]
        if key.protected and passphrase != expected:
            raise RefusedError(
                f"the passphrase does not open the key of {name}", remedy="Retry."
            )
        return private.sign(message).hex()

    def verify(self, key: PublicKey, message: bytes, signature: str) -> bool:
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public_hex))
            public.verify(bytes.fromhex(signature), message)
        except (InvalidSignature, ValueError):
            return False
        return True


class FakeAuthority:
    """A real Ed25519 key that lives as long as the test; none until it is made."""

    def __init__(self, *, made: bool = True) -> None:
        self._private = Ed25519PrivateKey.generate() if made else None

    def key(self) -> PublicKey:
        raw = self._held().public_key().public_bytes_raw()
        return PublicKey(
            name="authority",
            fingerprint=hashlib.sha256(raw).hexdigest()[:16],
            public_hex=raw.hex(),
            protected=False,
        )

    def public_pem(self) -> bytes:
        public = self._held().public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, message: bytes) -> bytes:
        return self._held().sign(message)

    def _held(self) -> Ed25519PrivateKey:
        if self._private is None:
            raise RefusedError("this show has no authority", remedy="seamline show create")
        return self._private


class FakeBar:
    """Counts."""

    def __init__(self, title: str, total: float) -> None:
        self.title, self.total, self.done = title, total, 0.0
        self.said: list[str] = []

    def advance(self, amount: float = 1.0) -> None:
        self.done += amount

    def now(self, title: str) -> None:
        self.said.append(title)


class FakeProgress:
    """Keeps every bar that was shown."""

    def __init__(self) -> None:
        self.bars: list[FakeBar] = []

    @contextmanager
    def bar(self, title: str, total: float) -> Iterator[FakeBar]:
        self.bars.append(FakeBar(title, total))
        yield self.bars[-1]


class FakeCardMaker:
    """Cuts a picture in the middle, or under its first line; completes by stepping upwards."""

    encoding = "ACEScct"
    version = 1

    def cut(self, master: Master, drawing: Drawing | None) -> tuple[CutLayer, ...]:
        height, width = master.usable.shape
        middle = height // 2
        if drawing is not None and drawing.strokes:
            rows = [y for _, y in drawing.strokes[0].points]
            middle = min(max(int(sum(rows) / len(rows)), 2), height - 2)
        if not master.usable.any():
            raise InputError("nothing is seen in the reference", remedy="Draw a line.")
        rows = np.arange(height)[:, None] + np.zeros((1, width), int)
        below = min(height, middle + height // 4)
        layers = []
        for label, top, end, seen in (
            ("sky", 0, below, middle),
            ("far", middle, height, height),
        ):
            inside = (rows >= top) & (rows < end)
            photographed = inside & (rows < seen) & master.usable
            layers.append(
                CutLayer(
                    label=label,
                    alpha=inside.astype(np.float32),
                    hidden=inside & ~photographed,
                    sources=photographed,
                    base_row=float(height - 1),
                    columns=(0, width),
                )
            )
        return tuple(layers)

    def complete(
        self, master: Master, layer: CutLayer, *, seed: int, width_px: int
    ) -> CardPixels:
        if not layer.sources.any():
            raise InputError(f"{layer.label}: nothing to complete it from", remedy="Draw.")
        rows = np.flatnonzero((layer.alpha > 0).any(axis=1))
        top, end = int(rows[0]), int(rows[-1]) + 1
        width = layer.alpha.shape[1]
        at = np.argwhere(layer.sources)
        given = at[(np.arange(int(layer.hidden.sum())) * 7 + seed) % len(at)]
        y, x = np.indices((end - top, width), dtype=np.int32)
        y = y + np.int32(top)
        hidden = layer.hidden[top:end]
        y[hidden], x[hidden] = given[:, 0], given[:, 1]
        return CardPixels(
            window=(0, top, width, end - top),
            colour=master.coded[y, x],
            source_x=x,
            source_y=y,
            copied=np.ones(hidden.shape, bool),
        )
