"""What every keyring promises: held by the real one and the tests' own, broken by bad ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from fakes import FakeKeyring
from seamline.errors import RefusedError, ShowError
from seamline.ports import Keyring, PublicKey
from seamline.store.keyring import FileKeyring

Promise = Callable[[Keyring], None]


def a_signature_can_be_checked_without_the_keyring(keyring: Keyring) -> None:
    key = keyring.create("m.okafor", b"north light")

    signature = keyring.sign("m.okafor", b"these exact pixels", b"north light")

    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public_hex))
    public.verify(bytes.fromhex(signature), b"these exact pixels")
    assert keyring.verify(key, b"these exact pixels", signature)


def another_word_or_another_person_does_not_verify(keyring: Keyring) -> None:
    okafor, lindt = keyring.create("m.okafor", None), keyring.create("a.lindt", None)
    signature = keyring.sign("m.okafor", b"frame 1012", None)

    assert not keyring.verify(okafor, b"frame 1013", signature)
    assert not keyring.verify(lindt, b"frame 1012", signature)
    assert not keyring.verify(okafor, b"frame 1012", "no signature")
    assert not keyring.verify(okafor, b"frame 1012", "")


def a_protected_key_opens_for_its_passphrase_only(keyring: Keyring) -> None:
    assert keyring.create("m.okafor", b"north light").protected

    for wrong in (b"south light", b"", None):
        with pytest.raises(RefusedError):
            keyring.sign("m.okafor", b"frame", wrong)


def an_unprotected_key_says_so(keyring: Keyring) -> None:
    assert not keyring.create("m.okafor", None).protected
    assert not keyring.find("m.okafor").protected
    assert keyring.sign("m.okafor", b"frame", b"whatever was typed")


def a_key_is_never_replaced(keyring: Keyring) -> None:
    first = keyring.create("m.okafor", None)

    with pytest.raises(ShowError, match=r"m\.okafor"):
        keyring.create("m.okafor", b"another")

    assert keyring.find("m.okafor") == first
    assert keyring.verify(first, b"frame", keyring.sign("m.okafor", b"frame", None))


def a_name_without_a_key_is_refused(keyring: Keyring) -> None:
    with pytest.raises(RefusedError, match="nobody") as refused:
        keyring.find("nobody")

    assert "seamline key create --name nobody" in refused.value.remedy
    with pytest.raises(RefusedError):
        keyring.sign("nobody", b"frame", None)


def a_fingerprint_is_the_hash_of_the_public_half(keyring: Keyring) -> None:
    key = keyring.create("m.okafor", None)

    raw = bytes.fromhex(key.public_hex)
    assert len(raw) == 32
    assert key.fingerprint == hashlib.sha256(raw).hexdigest()[:16]


PROMISES = [
    a_signature_can_be_checked_without_the_keyring,
    another_word_or_another_person_does_not_verify,
    a_protected_key_opens_for_its_passphrase_only,
    an_unprotected_key_says_so,
    a_key_is_never_replaced,
    a_name_without_a_key_is_refused,
    a_fingerprint_is_the_hash_of_the_public_half,
]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("kind", ["real", "fake"])
def test_every_keyring_keeps_its_promises(kind: str, promise: Promise, tmp_path: Path) -> None:
    promise(FileKeyring(str(tmp_path / "keys")) if kind == "real" else FakeKeyring())


# -- keyrings that must not pass --------------------------------------------


class SignsAnotherMessage(FakeKeyring):
    def sign(self, name: str, message: bytes, passphrase: bytes | None) -> str:
        return super().sign(name, message[:-1], passphrase)


class BelievesEverything(FakeKeyring):
    def verify(self, key: PublicKey, message: bytes, signature: str) -> bool:
        return True


class IgnoresThePassphrase(FakeKeyring):
    def sign(self, name: str, message: bytes, passphrase: bytes | None) -> str:
        return super().sign(name, message, self._keys[name][2])


class SaysProtected(FakeKeyring):
    def create(self, name: str, passphrase: bytes | None) -> PublicKey:
        return super().create(name, passphrase or b"default")


class Replaces(FakeKeyring):
    def create(self, name: str, passphrase: bytes | None) -> PublicKey:
        self._keys.pop(name, None)
        return super().create(name, passphrase)


class MakesKeysUp(FakeKeyring):
    def find(self, name: str) -> PublicKey:
        if name not in self._keys:
            self.create(name, None)
        return super().find(name)


class FingerprintOfTheName(FakeKeyring):
    def create(self, name: str, passphrase: bytes | None) -> PublicKey:
        public_hex = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
        return PublicKey(
            name=name,
            fingerprint=hashlib.sha256(name.encode()).hexdigest()[:16],
            public_hex=public_hex,
            protected=False,
        )


@pytest.mark.parametrize(
    ("bad", "promise"),
    [
        (SignsAnotherMessage, a_signature_can_be_checked_without_the_keyring),
        (BelievesEverything, another_word_or_another_person_does_not_verify),
        (IgnoresThePassphrase, a_protected_key_opens_for_its_passphrase_only),
        (SaysProtected, an_unprotected_key_says_so),
        (Replaces, a_key_is_never_replaced),
        (MakesKeysUp, a_name_without_a_key_is_refused),
        (FingerprintOfTheName, a_fingerprint_is_the_hash_of_the_public_half),
    ],
)
def test_a_keyring_that_breaks_a_promise_is_rejected(
    bad: type[FakeKeyring], promise: Promise
) -> None:
    with pytest.raises((AssertionError, InvalidSignature, RefusedError, pytest.fail.Exception)):
        promise(bad())
