"""Keys on disk: who may read them, what was changed in them, and names of people."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from seamline.errors import RefusedError, ShowError, TamperError
from seamline.ports import PublicKey
from seamline.store.keyring import FileKeyring, fingerprint, is_signed


@pytest.fixture
def keys(tmp_path: Path) -> FileKeyring:
    return FileKeyring(str(tmp_path / "keys"))


def test_nobody_else_on_the_machine_can_read_a_private_half(
    keys: FileKeyring, tmp_path: Path
) -> None:
    keys.create("m.okafor", b"north light")

    private = tmp_path / "keys/m.okafor/private.pem"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys/m.okafor").stat().st_mode) == 0o700
    assert private.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


def test_the_public_half_can_be_handed_on(keys: FileKeyring, tmp_path: Path) -> None:
    key = keys.create("m.okafor", None)

    record = json.loads((tmp_path / "keys/m.okafor/public.json").read_text())

    assert record == {
        "name": "m.okafor",
        "fingerprint": key.fingerprint,
        "public_hex": key.public_hex,
        "protected": False,
    }


def test_a_signature_of_rfc_8032_is_accepted() -> None:
    # RFC 8032, section 7.1, test 2: one byte, 0x72.
    public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    signature = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    key = PublicKey(
        name="rfc",
        fingerprint=fingerprint(bytes.fromhex(public)),
        public_hex=public,
        protected=False,
    )

    assert is_signed(key, b"\x72", signature)
    assert not is_signed(key, b"\x73", signature)


def test_another_name_on_a_key_is_found(keys: FileKeyring, tmp_path: Path) -> None:
    keys.create("m.okafor", None)
    os.rename(tmp_path / "keys/m.okafor", tmp_path / "keys/a.lindt")

    with pytest.raises(TamperError, match=r"a\.lindt"):
        keys.find("a.lindt")


@pytest.mark.parametrize("field", ["public_hex", "fingerprint", "name"])
def test_a_changed_public_half_is_found(keys: FileKeyring, tmp_path: Path, field: str) -> None:
    keys.create("m.okafor", None)
    path = tmp_path / "keys/m.okafor/public.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {field: record[field][:-1] + "~"}))

    with pytest.raises(TamperError, match=r"m\.okafor"):
        keys.find("m.okafor")


def test_two_halves_of_two_keys_do_not_sign(keys: FileKeyring, tmp_path: Path) -> None:
    keys.create("m.okafor", None)
    keys.create("a.lindt", None)
    os.replace(tmp_path / "keys/a.lindt/private.pem", tmp_path / "keys/m.okafor/private.pem")

    with pytest.raises(TamperError, match="do not belong together"):
        keys.sign("m.okafor", b"frame", None)


def test_a_key_whose_protection_was_taken_off_says_so(
    keys: FileKeyring, tmp_path: Path
) -> None:
    keys.create("m.okafor", b"north light")
    plain = FileKeyring(str(tmp_path / "plain"))
    plain.create("m.okafor", None)
    pem = (tmp_path / "plain/m.okafor/private.pem").read_bytes()

    (tmp_path / "keys/m.okafor/private.pem").write_bytes(pem)

    assert not keys.find("m.okafor").protected


def test_a_private_half_that_is_rubbish_is_refused(keys: FileKeyring, tmp_path: Path) -> None:
    keys.create("m.okafor", None)
    (tmp_path / "keys/m.okafor/private.pem").write_bytes(b"rubbish")

    with pytest.raises(RefusedError, match="cannot be read"):
        keys.sign("m.okafor", b"frame", None)


def test_a_public_half_alone_verifies_and_does_not_sign(
    keys: FileKeyring, tmp_path: Path
) -> None:
    key = keys.create("m.okafor", None)
    signature = keys.sign("m.okafor", b"frame", None)
    (tmp_path / "keys/m.okafor/private.pem").unlink()

    assert keys.verify(keys.find("m.okafor"), b"frame", signature)
    assert keys.find("m.okafor") == key
    with pytest.raises(RefusedError, match="private half"):
        keys.sign("m.okafor", b"frame", None)


def test_an_empty_passphrase_protects_nothing_and_is_refused(keys: FileKeyring) -> None:
    with pytest.raises(ShowError, match="empty") as refused:
        keys.create("m.okafor", b"")

    assert "--unprotected" in refused.value.remedy


@pytest.mark.parametrize("name", ["m.okafor", "Zoë Kravitz-Müller", "山田太郎", "प्रिया", "b_2"])
def test_people_are_called_what_they_are_called(
    keys: FileKeyring, tmp_path: Path, name: str
) -> None:
    key = keys.create(name, None)

    assert keys.find(name) == key
    assert keys.names() == [name]
    assert all(entry.isascii() for entry in os.listdir(tmp_path / "keys"))


def test_one_name_typed_two_ways_is_one_person(keys: FileKeyring) -> None:
    key = keys.create("Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}", None)

    assert keys.find("Zoe\N{COMBINING DIAERESIS}") == key


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../m", "a/b", "a\\b", " m", "m.", ".m", "a\nb", "a\0b", "%2e", "x" * 65],
)
def test_a_name_that_is_a_path_or_a_trick_is_refused(
    keys: FileKeyring, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ShowError, match="not a usable name"):
        keys.create(name, None)
    with pytest.raises(ShowError, match="not a usable name"):
        keys.find(name)

    assert not (tmp_path / "keys").exists()


def test_the_longest_name_in_any_script_fits_the_disk(keys: FileKeyring) -> None:
    name = "山" * 64

    key = keys.create(name, None)

    assert keys.find(name) == key
    assert keys.names() == [name]


def test_a_name_mistyped_by_one_letter_is_suggested(keys: FileKeyring) -> None:
    keys.create("m.okafor", None)

    with pytest.raises(RefusedError, match=r"did you mean m\.okafor\?"):
        keys.find("m.okafr")


def test_no_half_of_a_key_is_left_when_making_one_is_interrupted(
    keys: FileKeyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr("seamline.store.keyring._json", interrupted)
    with pytest.raises(KeyboardInterrupt):
        keys.create("m.okafor", None)
    monkeypatch.undo()

    assert os.listdir(tmp_path / "keys") == []
    assert keys.create("m.okafor", None).name == "m.okafor"
