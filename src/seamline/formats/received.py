"""
A delivery as it was received: a folder whose files may be anything.

Names are never joined to a path and opened: every part of a path is opened by itself,
relative to the folder above it, and a link on the way is refused (``openat``,
``O_NOFOLLOW``). Only regular files are read, and no paper beyond its limit.

What the verdict rests on is read here: the list and its signature, lines of hexadecimal
digits, and the key. Manifests, certificate and history, which are large formats in other
people's libraries, are read in a child behind walls (``formats.reader``): whoever made that
one err could have it say that they fit, and not that a file is the one that was signed.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from typing import Any, BinaryIO

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from seamline.errors import FormatError, InputError
from seamline.formats import checksums
from seamline.formats.reader import believed, readers
from seamline.isolation.walls import PREFERRED
from seamline.ports import FileHashes, FoundFile

LARGEST_PAPER_BYTES = 32 << 20
LARGEST_KEY_BYTES = 1 << 16
LARGEST_MANIFEST_BYTES = 16 << 20
MOST_FILES = 500_000
DEEPEST = 16


class ReceivedFolder:
    """
    The folder at ``root``.

    Args:
        root: Where it stands.
        isolation: How much is wanted of the walls around what reads manifests.

    Raises:
        InputError: It is none, or cannot be opened.
    """

    def __init__(self, root: str, *, isolation: str = PREFERRED) -> None:
        self.root = root
        self._reader = readers(isolation)
        try:
            self._top = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise InputError(
                f"{root} is not a folder that can be opened: {error.strerror}",
                remedy="Name the folder of a delivery.",
            ) from error

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._top)

    def __enter__(self) -> ReceivedFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def found(self) -> list[FoundFile]:
        """Return everything in the folder that is no folder, sorted by path."""
        found: list[FoundFile] = []
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            for name, mode in self._names(folder):
                path = f"{folder}/{name}" if folder else name
                if stat.S_ISDIR(mode):
                    if path.count("/") >= DEEPEST:
                        raise FormatError(
                            f"{shown(path)} lies more than {DEEPEST} folders deep"
                        )
                    waiting.append(path)
                    continue
                kind = "file" if stat.S_ISREG(mode) else "other"
                found.append(FoundFile(path=path, kind="link" if stat.S_ISLNK(mode) else kind))
                if len(found) > MOST_FILES:
                    raise FormatError(f"it holds more than {MOST_FILES} files")
        return sorted(found, key=lambda f: f.path)

    def read(self, path: str, *, at_most: int = LARGEST_PAPER_BYTES) -> bytes:
        """Return a file's bytes; FormatError if there are more than a paper has."""
        try:
            with self._opened(path) as file:
                content = file.read(at_most + 1)
        except OSError as error:
            raise FormatError(f"{shown(path)} cannot be read: {error.strerror}") from error
        if len(content) > at_most:
            raise FormatError(f"{shown(path)} is larger than {at_most >> 20} MiB")
        return content

    def hashes(self, path: str) -> FileHashes:
        """Return all hashes of a file, read once."""
        try:
            with self._opened(path) as file:
                return checksums.hashes_of(file)
        except OSError as error:
            raise FormatError(f"{shown(path)} cannot be read: {error.strerror}") from error

    def file_list(self, path: str) -> dict[str, str]:
        """Return the SHA-256 of every file in a list, by path."""
        return checksums.parse_list(self.read(path), where=path)

    def public_key(self, path: str) -> bytes:
        """Return the raw public key (32 bytes) in a file."""
        return public_key(self.read(path, at_most=LARGEST_KEY_BYTES), where=path)

    def is_signed(self, path: str, signature: str, key: bytes) -> bool:
        """Whether the file ``signature`` holds ``key``'s signature of the file ``path``."""
        said = checksums.parse_signature(self.read(signature, at_most=4096), where=signature)
        return self.is_by(key, self.read(path), said.hex())

    def is_by(self, key: bytes, message: bytes, signature: str) -> bool:
        """Whether ``signature`` (hexadecimal) is ``key``'s over ``message`` (RFC 8032)."""
        try:
            public = Ed25519PublicKey.from_public_bytes(key)
            public.verify(bytes.fromhex(signature), message)
        except (InvalidSignature, ValueError, TypeError):
            return False
        return True

    def certified(self, path: str) -> bytes:
        """Return the public key that the certificate at ``path`` certifies of itself."""
        content = self.read(path, at_most=LARGEST_KEY_BYTES)
        found = self._reader.read("certificate", content, where=path)
        key: bytes = believed(path, lambda: bytes.fromhex(found), FormatError)
        return key

    def manifest(self, path: str, about: str, certificate: str) -> Mapping[str, Any]:
        """Return what the manifest at ``path`` says of the file ``about``."""
        manifest = self.read(path, at_most=LARGEST_MANIFEST_BYTES)
        anchor = self.read(certificate, at_most=LARGEST_KEY_BYTES)
        asked = {"about": about}
        with self._opened(about) as file:
            found = self._reader.read(
                "manifest", manifest, anchor, file.fileno(), where=path, asked=asked
            )
        said: Mapping[str, Any] = believed(path, lambda: dict(found), FormatError)
        return said

    def generations(self) -> list[str]:
        """Return the paths of the ASC MHL history's generations, each held to its C4."""
        from seamline.formats import mhl

        found = []
        told = self._reader.read("chain", self.read(mhl.CHAIN), where=mhl.CHAIN)
        for name, c4 in _pairs(told, mhl.CHAIN):
            path = f"{mhl.FOLDER}/{name}"
            if not checksums.stays_inside(name) or "/" in name:
                raise FormatError(
                    f"{mhl.CHAIN} names {shown(name)}, which is no file beside it"
                )
            if mhl.c4(self.read(path)) != c4:
                raise FormatError(f"{path} has not the C4 that {mhl.CHAIN} says")
            found.append(path)
        return found

    def generation(self, path: str) -> dict[str, str]:
        """Return the XXH128 of every file in a generation, by path."""
        told = self._reader.read("generation", self.read(path), where=path)
        return dict(_pairs(told, path))

    def _names(self, folder: str) -> list[tuple[str, int]]:
        handle = self._handle(folder, os.O_DIRECTORY) if folder else os.dup(self._top)
        try:
            with os.scandir(handle) as entries:
                return [(e.name, e.stat(follow_symlinks=False).st_mode) for e in entries]
        except OSError as error:
            raise FormatError(f"{shown(folder)} cannot be listed: {error.strerror}") from error
        finally:
            os.close(handle)

    def _opened(self, path: str) -> BinaryIO:
        handle = self._handle(path, os.O_NONBLOCK)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise FormatError(f"{shown(path)} is no file")
        return os.fdopen(handle, "rb")

    def _handle(self, path: str, last: int) -> int:
        """Open ``path`` part by part, following no link."""
        *folders, name = path.split("/")
        at = os.dup(self._top)
        try:
            for place, part in enumerate((*folders, name)):
                if part in ("", ".", ".."):
                    raise FormatError(f"{shown(path)} is not a path within the folder")
                how = last if place == len(folders) else os.O_DIRECTORY
                below = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | how, dir_fd=at)
                os.close(at)
                at = below
        except BaseException as error:
            os.close(at)
            if isinstance(error, OSError | ValueError):
                why = getattr(error, "strerror", None) or str(error)
                raise FormatError(f"{shown(path)} cannot be opened: {why}") from error
            raise
        return at


def _pairs(told: Any, where: str) -> list[tuple[str, str]]:
    """Return the pairs of words that a reader found; FormatError if it found others."""
    made: list[tuple[str, str]] = believed(
        where, lambda: [(str(name), str(value)) for name, value in told], FormatError
    )
    return made


def public_key(content: bytes, *, where: str) -> bytes:
    """
    Return the raw Ed25519 public key (32 bytes) in ``content``.

    It may be PEM (a public key or a certificate), the JSON of ``key export``, or 64
    hexadecimal digits.

    Raises:
        FormatError: It holds none.
    """
    try:
        text = content.decode("ascii").strip()
        if text.startswith("{"):
            return _raw(json.loads(text)["public_hex"])
        if text.startswith("-----BEGIN CERTIFICATE"):
            key: object = x509.load_pem_x509_certificate(content).public_key()
        elif text.startswith("-----BEGIN PUBLIC KEY"):
            key = load_pem_public_key(content)
        else:
            return _raw(text)
        if isinstance(key, Ed25519PublicKey):
            return key.public_bytes_raw()
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise FormatError(
        f"{where} holds no Ed25519 public key",
        remedy="Ask the show for it: seamline key export, or authority.pem of a delivery.",
    )


def _raw(digits: str) -> bytes:
    raw = bytes.fromhex(digits)
    if len(raw) != 32:
        raise ValueError(f"{len(raw)} bytes")
    return raw


def shown(path: str) -> str:
    """Return ``path`` so that it can be printed, whatever it holds."""
    short = path if len(path) <= 200 else path[:197] + "..."
    return short if short.isprintable() else ascii(short)
