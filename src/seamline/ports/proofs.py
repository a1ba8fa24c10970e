"""Keys, signatures, checksums and claims: how a delivery proves itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from seamline.ports.records import FoundFile


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A person's public key."""

    name: str
    fingerprint: str
    public_hex: str
    protected: bool


class Keyring(Protocol):
    """People's signing keys (Ed25519)."""

    def create(self, name: str, passphrase: bytes | None) -> PublicKey:
        """Make a key pair; ``None`` leaves the private half unprotected. Never replaces one."""
        ...

    def find(self, name: str) -> PublicKey:
        """Return the key of ``name``; RefusedError if there is none."""
        ...

    def sign(self, name: str, message: bytes, passphrase: bytes | None) -> str:
        """Return the signature as hexadecimal; RefusedError on a wrong passphrase."""
        ...

    def verify(self, key: PublicKey, message: bytes, signature: str) -> bool:
        """Whether ``signature`` is ``key``'s over ``message``."""
        ...


class Authority(Protocol):
    """The key of the show itself (Ed25519), which signs what leaves the show."""

    def key(self) -> PublicKey:
        """Return its public key; RefusedError if the show has none."""
        ...

    def public_pem(self) -> bytes:
        """Return its public key as PEM (SubjectPublicKeyInfo)."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the signature of ``message``, 64 bytes; RefusedError without a key."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHashes:
    """Hashes of one file's bytes, in hexadecimal, and how many bytes there are."""

    sha256: str
    xxh128: str
    size_bytes: int


class Claims(Protocol):
    """What a show's authority claims of files that leave it, as C2PA manifests."""

    certificate: bytes
    """The authority's certificate, as PEM: the trust anchor of every manifest."""

    def manifest(self, path: str, said: Mapping[str, Any]) -> bytes:
        """Return the signed manifest of the file at ``path``; ``said`` is its definition."""
        ...


class Proofs(Protocol):
    """What third parties' programs check a delivery with."""

    def hashes(self, path: str, *, sha256: str = "") -> FileHashes:
        """Return all hashes of the file at ``path``, read once; a known SHA-256 is taken."""
        ...

    def file_list(self, files: Mapping[str, str]) -> bytes:
        """Return the list of ``files`` (SHA-256 by path), as ``sha256sum -c`` reads it."""
        ...

    def claims(self, authority: Authority, *, show: str) -> Claims:
        """Return who signs the manifests of one delivery: a key of its own, certified."""
        ...

    def manifest_path(self, path: str) -> str:
        """Return where the manifest of the file at ``path`` lies."""
        ...

    def history(
        self,
        folder: str,
        files: Mapping[str, FileHashes],
        *,
        name: str,
        by: str,
        later: Sequence[str],
    ) -> list[str]:
        """Write the ASC MHL history of ``folder``; return its files' paths in it."""
        ...


class Received(Protocol):
    """
    A delivery as it was received: a folder that nobody vouches for yet.

    No link is followed and nothing outside the folder is opened. What is larger than it can
    be, or is not what it should be, is a FormatError.
    """

    root: str

    def found(self) -> list[FoundFile]:
        """Return everything in the folder that is no folder, sorted by path."""
        ...

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""
        ...

    def hashes(self, path: str) -> FileHashes:
        """Return all hashes of a file, read once."""
        ...

    def file_list(self, path: str) -> dict[str, str]:
        """Return the SHA-256 of every file in a list, by path."""
        ...

    def public_key(self, path: str) -> bytes:
        """Return the raw public key (32 bytes) in a file."""
        ...

    def is_signed(self, path: str, signature: str, key: bytes) -> bool:
        """Whether the file ``signature`` holds ``key``'s signature of the file ``path``."""
        ...

    def is_by(self, key: bytes, message: bytes, signature: str) -> bool:
        """Whether ``signature`` (hexadecimal) is ``key``'s over ``message``."""
        ...

    def certified(self, path: str) -> bytes:
        """Return the public key that the certificate at ``path`` certifies of itself."""
        ...

    def manifest(self, path: str, about: str, certificate: str) -> Mapping[str, Any]:
        """Return what the manifest at ``path`` says of the file ``about``."""
        ...

    def generations(self) -> list[str]:
        """Return the paths of the ASC MHL history's generations, oldest first."""
        ...

    def generation(self, path: str) -> dict[str, str]:
        """Return the XXH128 of every file in a generation, by path."""
        ...
