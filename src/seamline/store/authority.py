"""
The show's authority: the key that stands for the show itself, not for a person.

It signs what leaves the show (the list of a delivery's files, the head of the
ledger), so that a house that has its public half can tell what this show wrote.
It is an Ed25519 pair in the same files as people's keys, made with the show and
never replaced. Its private half is kept by the folder's permissions, and where the
show wants it by a passphrase too: then whoever delivers types it, or names a file.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from seamline.errors import RefusedError
from seamline.ports import PublicKey
from seamline.store.keyring import FileKeyring

NAME = "authority"


class FileAuthority:
    """
    The authority whose key lies in the folder ``root`` (mode 0700).

    Args:
        root: The folder.
        passphrase: Asked once, at the first signature, where the key is protected.
    """

    def __init__(self, root: str, passphrase: Callable[[], bytes] | None = None) -> None:
        self._keys = FileKeyring(root)
        self._ask = passphrase
        self._given: bytes | None = None
        self._lock = threading.Lock()

    def create(self, passphrase: bytes | None = None) -> PublicKey:
        """Make the key, under ``passphrase`` if one is given, or return the one that stands."""
        if NAME in self._keys.names():
            return self._keys.find(NAME)
        return self._keys.create(NAME, passphrase)

    def protect(self, passphrase: bytes | None, new: bytes) -> PublicKey:
        """Keep its private half under ``new``; ``passphrase`` opens it now, None if nothing."""
        made = self._keys.protect(self.key().name, passphrase, new)
        self._given = None
        return made

    def key(self) -> PublicKey:
        """
        Return the public key.

        Raises:
            RefusedError: The show has none.
            TamperError: Its public half is not what it was.
        """
        if NAME not in self._keys.names():
            raise RefusedError(
                f"this show has no authority: there is no key in {self._keys.root}",
                remedy="A show from before there were authorities is given one by the command "
                "that made it: seamline show create DIR --name NAME. Another one's key is "
                "put back from a backup.",
            )
        return self._keys.find(NAME)

    def public_pem(self) -> bytes:
        """Return the public key as PEM (SubjectPublicKeyInfo, RFC 8410)."""
        return public_pem(self.key())

    def sign(self, message: bytes) -> bytes:
        """
        Return the signature of ``message``, 64 bytes (RFC 8032).

        Raises:
            RefusedError: The show has no authority, or its passphrase is missing or wrong.
            TamperError: The halves of its key do not belong together.
        """
        given = self._passphrase() if self.key().protected else None
        signature = bytes.fromhex(self._keys.sign(NAME, message, given))
        self._given = given
        return signature

    def _passphrase(self) -> bytes | None:
        with self._lock:
            if self._given is not None or self._ask is None:
                return self._given
            return self._ask()


def public_pem(key: PublicKey) -> bytes:
    """Return a public key as PEM (SubjectPublicKeyInfo, RFC 8410)."""
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public_hex))
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
