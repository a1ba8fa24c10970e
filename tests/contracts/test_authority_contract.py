"""What every show's authority promises: the real one, the tests' own, and bad ones."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from fakes import FakeAuthority
from seamline import wiring
from seamline.errors import RefusedError, ShowError
from seamline.ports import Authority, PublicKey
from seamline.store.authority import FileAuthority

Promise = Callable[[Authority], None]


def its_signature_is_checked_with_the_pem_alone(authority: Authority) -> None:
    public = load_pem_public_key(authority.public_pem())
    assert isinstance(public, Ed25519PublicKey)

    public.verify(authority.sign(b"what leaves the show"), b"what leaves the show")


def its_key_is_the_same_each_time_it_is_asked(authority: Authority) -> None:
    assert authority.key() == authority.key()
    assert authority.public_pem() == authority.public_pem()


def its_key_names_the_raw_public_half(authority: Authority) -> None:
    public = load_pem_public_key(authority.public_pem())
    assert isinstance(public, Ed25519PublicKey)
    raw = public.public_bytes_raw()

    assert bytes.fromhex(authority.key().public_hex) == raw
    assert authority.key().fingerprint == hashlib.sha256(raw).hexdigest()[:16]


PROMISES = [
    its_signature_is_checked_with_the_pem_alone,
    its_key_is_the_same_each_time_it_is_asked,
    its_key_names_the_raw_public_half,
]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("kind", ["real", "fake"])
def test_every_authority_keeps_its_promises(
    kind: str, promise: Promise, tmp_path: Path
) -> None:
    real = FileAuthority(str(tmp_path / "authority"))
    real.create()
    promise(real if kind == "real" else FakeAuthority())


@pytest.mark.parametrize("kind", ["real", "fake"])
def test_a_show_without_an_authority_signs_nothing(kind: str, tmp_path: Path) -> None:
    none = FileAuthority(str(tmp_path / "no")) if kind == "real" else FakeAuthority(made=False)

    for asked in (none.key, none.public_pem, lambda: none.sign(b"list")):
        with pytest.raises(RefusedError, match="no authority"):
            asked()


def test_a_new_show_has_an_authority_and_keeps_it(tmp_path: Path) -> None:
    root = str(tmp_path / "show")
    wiring.new_show(root, "Tiny", width=64, height=36, rate="24")
    first = wiring.open_studio(root, threads=1, quiet=True).authority.key()

    wiring.new_show(root, "Tiny", width=64, height=36, rate="24")

    assert wiring.open_studio(root, threads=1, quiet=True).authority.key() == first
    private = tmp_path / "show/.seamline/authority/authority/private.pem"
    assert private.stat().st_mode & 0o777 == 0o600


def test_a_protected_authority_asks_once_and_signs_with_the_same_key(tmp_path: Path) -> None:
    plain = FileAuthority(str(tmp_path / "authority"))
    before = plain.create()
    signature = plain.sign(b"list")

    after = plain.protect(None, b"four grey stones")

    assert (after.public_hex, after.fingerprint) == (before.public_hex, before.fingerprint)
    assert (before.protected, after.protected) == (False, True)
    private = tmp_path / "authority/authority/private.pem"
    assert private.stat().st_mode & 0o777 == 0o600
    assert private.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    with pytest.raises(RefusedError, match="no passphrase was given"):
        FileAuthority(str(tmp_path / "authority")).sign(b"list")
    asked: list[bytes] = []

    def ask() -> bytes:
        asked.append(b"four grey stones")
        return asked[-1]

    again = FileAuthority(str(tmp_path / "authority"), ask)
    assert again.sign(b"list") == signature  # RFC 8032: the same key, the same signature
    assert again.sign(b"list") == signature
    assert len(asked) == 1


def test_a_wrong_passphrase_opens_no_authority_and_changes_none(tmp_path: Path) -> None:
    root = str(tmp_path / "authority")
    FileAuthority(root).create(b"right")
    before = (tmp_path / "authority/authority/private.pem").read_bytes()
    answers = iter([b"wrong", b"right"])
    authority = FileAuthority(root, lambda: next(answers))

    with pytest.raises(RefusedError, match="does not open"):
        authority.sign(b"list")
    with pytest.raises(RefusedError, match="does not open"):
        authority.protect(b"wrong", b"new")
    with pytest.raises(ShowError, match="empty"):
        authority.protect(b"right", b"")

    assert (tmp_path / "authority/authority/private.pem").read_bytes() == before
    assert len(authority.sign(b"list")) == 64


def test_openssl_verifies_what_the_authority_signed(tmp_path: Path) -> None:
    real = FileAuthority(str(tmp_path / "authority"))
    real.create()
    files = {"key.pem": real.public_pem(), "list": b"a list", "sig": real.sign(b"a list")}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)

    words = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in list -sigfile sig"
    done = subprocess.run(words.split(), cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    (tmp_path / "list").write_bytes(b"a lisT")
    assert subprocess.run(words.split(), cwd=tmp_path, capture_output=True).returncode != 0


# -- authorities that must not pass -----------------------------------------


class SignsAnotherMessage(FakeAuthority):
    def sign(self, message: bytes) -> bytes:
        return super().sign(message[:-1])


class AnotherKeyEachTime(FakeAuthority):
    def key(self) -> PublicKey:
        return FakeAuthority().key()


class ExportsAnother(FakeAuthority):
    def public_pem(self) -> bytes:
        return FakeAuthority().public_pem()


@pytest.mark.parametrize(
    ("bad", "promise"),
    [
        (SignsAnotherMessage, its_signature_is_checked_with_the_pem_alone),
        (AnotherKeyEachTime, its_key_is_the_same_each_time_it_is_asked),
        (ExportsAnother, its_key_names_the_raw_public_half),
    ],
)
def test_an_authority_that_breaks_a_promise_is_rejected(
    bad: type[FakeAuthority], promise: Promise
) -> None:
    with pytest.raises((AssertionError, InvalidSignature)):
        promise(bad())
