"""
People's keys: Ed25519 (RFC 8032), one folder per person, made once.

    NAME/private.pem    PKCS #8, encrypted with the passphrase, or plain where
                        ``--unprotected`` was asked; mode 0600
    NAME/public.json    name, fingerprint, public half, whether it is protected

The pair appears as a whole and is never replaced: whatever was signed with it
must stay verifiable. A fingerprint is the first 16 hexadecimal digits of the
SHA-256 over the raw 32 bytes of the public half.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import unicodedata
from urllib.parse import quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from seamline.errors import InputError, RefusedError, ShowError, TamperError
from seamline.ports import PublicKey
from seamline.store.whole import in_words, make_folder, whole_folder, write_whole

_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_LONGEST = 64
_LONGEST_FOLDER = 160  # leaves room for a temporary name within the usual 255 bytes


def person(name: str) -> str:
    """
    Return ``name`` in one written form (Unicode NFC), or refuse it.

    Letters of any script, digits, space, ``.``, ``_`` and ``-``; it begins and ends
    with a letter or digit.
    """
    written = unicodedata.normalize("NFC", name)
    inner = all(_is_letter(c) or c in " ._-" for c in written)
    if not (
        0 < len(written) <= _LONGEST
        and inner
        and _is_letter(written[0])
        and _is_letter(written[-1])
    ):
        raise ShowError(
            f"{name!r} is not a usable name for a person",
            remedy="Use letters, digits, space, . _ and - (at most "
            f"{_LONGEST}), beginning and ending with a letter or digit: m.okafor",
        )
    return written


def _is_letter(character: str) -> bool:
    # M: the vowel signs of Indic scripts belong to their letters.
    return unicodedata.category(character)[0] in "LM" or character.isdigit()


class FileKeyring:
    """Keys in the folder ``root`` (mode 0700)."""

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)

    def create(self, name: str, passphrase: bytes | None) -> PublicKey:
        """
        Make a key pair; ``None`` leaves the private half unprotected. Never replaces one.

        Raises:
            ShowError: The name is taken or not usable, or the passphrase is empty.
        """
        name = person(name)
        if passphrase is not None and not passphrase:
            raise ShowError(
                f"the passphrase for the key of {name} is empty",
                remedy="Give a passphrase, or make the key with --unprotected.",
            )
        private = Ed25519PrivateKey.generate()
        key = _public(name, private, protected=passphrase is not None)
        make_folder(self.root, mode=0o700)
        try:
            with whole_folder(self._folder(name), mode=0o700) as folder:
                write_whole(
                    os.path.join(folder, "private.pem"), _pem(private, passphrase), mode=0o600
                )
                write_whole(os.path.join(folder, "public.json"), _json(key), mode=0o644)
        except InputError as error:
            if os.path.lexists(self._folder(name)):
                raise ShowError(
                    f"there is a key of {name} already, in {self._folder(name)}; "
                    "nothing was changed",
                    remedy="Sign with it, or make one under another name. A key is never "
                    "replaced: what it signed must stay verifiable.",
                ) from error
            raise
        return key

    def protect(self, name: str, passphrase: bytes | None, new: bytes) -> PublicKey:
        """
        Keep the private half of a key under the passphrase ``new``; the key stays the same.

        Args:
            name: Whose.
            passphrase: What opens it now; None where nothing protects it.
            new: What opens it from now on.

        Raises:
            RefusedError: There is no such key, or ``passphrase`` does not open it.
            ShowError: The new passphrase is empty.
        """
        key = self.find(name)
        if not new:
            raise ShowError(
                f"the new passphrase for the key of {key.name} is empty",
                remedy="Give one; nothing was changed.",
            )
        private = self._private(key, passphrase)
        folder = self._folder(key.name)
        write_whole(os.path.join(folder, "private.pem"), _pem(private, new), mode=0o600)
        made = _public(key.name, private, protected=True)
        write_whole(os.path.join(folder, "public.json"), _json(made), mode=0o644)
        return made

    def find(self, name: str) -> PublicKey:
        """
        Return the key of ``name``.

        Raises:
            RefusedError: There is none.
            TamperError: Its public half is not what it was.
        """
        name = person(name)
        path = os.path.join(self._folder(name), "public.json")
        if not os.path.exists(path):
            close = difflib.get_close_matches(name, self.names(), n=1)
            meant = f" (did you mean {close[0]}?)" if close else ""
            raise RefusedError(
                f"there is no key of {name!r} in {self.root}{meant}",
                remedy=f"Make one first: seamline key create --name {_quoted(name)}",
            )
        with in_words(path, "read"), open(path, "rb") as file:
            return self._read(name, path, file.read())

    def names(self) -> list[str]:
        """Return whose keys are here, sorted."""
        if not os.path.isdir(self.root):
            return []
        found = []
        for entry in os.listdir(self.root):
            path = os.path.join(self.root, entry, "public.json")
            if not entry.startswith(".") and os.path.exists(path):
                with in_words(path, "read"), open(path, "rb") as file:
                    found.append(_name_in(file.read()) or entry)
        return sorted(found)

    def sign(self, name: str, message: bytes, passphrase: bytes | None) -> str:
        """
        Return the signature of ``message`` as hexadecimal (128 digits).

        Raises:
            RefusedError: There is no such key, or the passphrase is missing or wrong.
            TamperError: The two halves of the key do not belong together.
        """
        return self._private(self.find(name), passphrase).sign(message).hex()

    def _private(self, key: PublicKey, passphrase: bytes | None) -> Ed25519PrivateKey:
        pem = self._private_pem(key.name)
        if pem is None:
            raise RefusedError(
                f"the private half of the key of {key.name} is not in {self.root}",
                remedy="Sign on the machine where the key was made.",
            )
        private = _unlocked(key.name, pem, passphrase)
        if private.public_key().public_bytes_raw().hex() != key.public_hex:
            raise TamperError(
                f"the two halves of the key of {key.name} do not belong together",
                remedy="Put the key's folder back from a backup.",
            )
        return private

    def verify(self, key: PublicKey, message: bytes, signature: str) -> bool:
        """Whether ``signature`` is ``key``'s over ``message``."""
        return is_signed(key, message, signature)

    def _folder(self, name: str) -> str:
        folder = quote(name, safe=" ")
        if len(folder) > _LONGEST_FOLDER:
            folder = hashlib.sha256(name.encode()).hexdigest()
        return os.path.join(self.root, folder)

    def _private_pem(self, name: str) -> bytes | None:
        path = os.path.join(self._folder(name), "private.pem")
        if not os.path.exists(path):
            return None
        with in_words(path, "read"), open(path, "rb") as file:
            return file.read()

    def _read(self, name: str, path: str, content: bytes) -> PublicKey:
        try:
            record = json.loads(content)
            key = PublicKey(
                name=record["name"],
                fingerprint=record["fingerprint"],
                public_hex=record["public_hex"],
                protected=record["protected"],
            )
            whole = key.name == name and key.fingerprint == fingerprint(
                bytes.fromhex(key.public_hex)
            )
        except (ValueError, KeyError, TypeError):
            whole = False
        if not whole:
            raise TamperError(
                f"the key of {name} ({path}) is not what it was",
                remedy="Put the key's folder back from a backup.",
            )
        # What the private half says of itself counts, not what was written about it.
        pem = self._private_pem(name)
        protected = key.protected if pem is None else pem.lstrip().startswith(_ENCRYPTED)
        return PublicKey(
            name=key.name,
            fingerprint=key.fingerprint,
            public_hex=key.public_hex,
            protected=protected,
        )


def fingerprint(public: bytes) -> str:
    """Return the fingerprint of a raw public half (32 bytes): 16 hexadecimal digits."""
    return hashlib.sha256(public).hexdigest()[:16]


def is_signed(key: PublicKey, message: bytes, signature: str) -> bool:
    """Whether ``signature`` (hexadecimal) is ``key``'s over ``message`` (RFC 8032, 5.1.7)."""
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public_hex))
        public.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _public(name: str, private: Ed25519PrivateKey, *, protected: bool) -> PublicKey:
    raw = private.public_key().public_bytes_raw()
    return PublicKey(
        name=name, fingerprint=fingerprint(raw), public_hex=raw.hex(), protected=protected
    )


def _pem(private: Ed25519PrivateKey, passphrase: bytes | None) -> bytes:
    how: KeySerializationEncryption = (
        NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
    )
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


def _name_in(content: bytes) -> str:
    try:
        return str(json.loads(content)["name"])
    except (ValueError, KeyError, TypeError):
        return ""  # find() says what is wrong with it


def _json(key: PublicKey) -> bytes:
    record = {
        "name": key.name,
        "fingerprint": key.fingerprint,
        "public_hex": key.public_hex,
        "protected": key.protected,
    }
    return (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode()


def _unlocked(name: str, pem: bytes, passphrase: bytes | None) -> Ed25519PrivateKey:
    protected = pem.lstrip().startswith(_ENCRYPTED)
    if protected and not passphrase:
        raise RefusedError(
            f"the key of {name} is protected and no passphrase was given",
            remedy="Type it at the prompt, or name a file that holds it in "
            "$SEAMLINE_PASSPHRASE_FILE; for the show's own key, in "
            "$SEAMLINE_AUTHORITY_PASSPHRASE_FILE.",
        )
    try:
        private = load_pem_private_key(pem, passphrase if protected else None)
    except ValueError as error:
        raise RefusedError(
            f"the passphrase does not open the key of {name}"
            if protected
            else f"the private half of the key of {name} cannot be read",
            remedy="Try again, or put the key's folder back from a backup if it was changed.",
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise TamperError(
            f"the key of {name} is not an Ed25519 key",
            remedy="Put the key's folder back from a backup.",
        )
    return private


def _quoted(name: str) -> str:
    return f"'{name}'" if " " in name else name
