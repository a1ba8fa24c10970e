"""Keys taken out of use: what they signed before stands, and nothing after."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from seamline.errors import InputError, RefusedError, SignOffError, TamperError
from seamline.show.record import as_record
from seamline.steps import book
from seamline.steps.deliver import deliver
from seamline.steps.main_job import painted
from seamline.steps.people import revoke_key
from seamline.steps.review import choose
from seamline.steps.sign import sign
from seamline.steps.sign_offs import signed_bytes
from tiny import TinyShow

ELEMENT = "S_010_env_b01_v001"


@pytest.fixture
def ready(tiny_show: TinyShow) -> TinyShow:
    """A shot with one painted variation that Ada chose; Bea has a key too."""
    tiny_show.static_shot()
    painted(tiny_show.studio, "S_010", variations=1, seed=1, generator="neutral")
    for name in ("Ada", "Bea"):
        tiny_show.studio.keyring.create(name, None)
    choose(tiny_show.studio, "S_010", ELEMENT, by="Ada")
    return tiny_show


def out(show: TinyShow) -> Path:
    return show.root.parent / "delivery"


def test_a_revoked_key_signs_nothing_and_its_earlier_signature_stands(ready: TinyShow) -> None:
    sign(ready.studio, ELEMENT, by="Ada", passphrase=None)
    revoke_key(ready.studio, "Ada", by="Bea", reason="the laptop was stolen")

    with pytest.raises(RefusedError, match="revoked by Bea on 2026-11-21: the laptop"):
        sign(ready.studio, ELEMENT, by="Ada", passphrase=None)
    with pytest.raises(RefusedError, match="revoked by Bea"):
        choose(ready.studio, "S_010", ELEMENT, by="Ada")

    assert deliver(ready.studio, "S_010", str(out(ready)))["signed_by"] == "Ada"


def test_a_signature_that_a_revoked_key_gave_elsewhere_counts_nothing(
    ready: TinyShow, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as unwritten:
        unwritten.setattr(book, "write", lambda *_, **__: None)
        signed = sign(ready.studio, ELEMENT, by="Bea", passphrase=None)
    ada = ready.studio.keyring.find("Ada").fingerprint
    another = replace(signed, by="Ada", key_fingerprint=ada, nonce="0" * 32, signature="")
    another = replace(another, at="2020-01-01T00:00:00Z")  # a date proves nothing
    revoke_key(ready.studio, "Ada", by="Ada", reason="lost")
    stolen = ready.studio.keyring.sign("Ada", signed_bytes(another), None)
    book.write(ready.studio.ledger, "sign-off", replace(another, signature=stolen), by="Ada")

    with pytest.raises(SignOffError, match="key of Ada was revoked before it signed"):
        deliver(ready.studio, "S_010", str(out(ready)))

    sign(ready.studio, ELEMENT, by="Bea", passphrase=None)
    assert deliver(ready.studio, "S_010", str(out(ready)))["signed_by"] == "Bea"


def test_a_key_is_revoked_once_and_with_a_reason(ready: TinyShow) -> None:
    with pytest.raises(InputError, match="nothing says why"):
        revoke_key(ready.studio, "Ada", by="Bea", reason="  ")
    with pytest.raises(RefusedError, match="no key of 'Mallory'"):
        revoke_key(ready.studio, "Ada", by="Mallory", reason="because")
    first = revoke_key(ready.studio, "Ada", by="Bea", reason="left the show")
    rows = ready.studio.ledger.verify()

    assert revoke_key(ready.studio, "Ada", by="Bea", reason="again") == first
    assert ready.studio.ledger.verify() == rows


def test_no_two_sign_offs_share_a_nonce_and_one_written_twice_is_found(
    ready: TinyShow,
) -> None:
    first = sign(ready.studio, ELEMENT, by="Ada", passphrase=None)
    second = sign(ready.studio, ELEMENT, by="Bea", passphrase=None)
    assert len({first.nonce, second.nonce}) == 2
    assert all(len(s.nonce) == 32 for s in (first, second))

    ready.studio.ledger.append("sign-off", as_record(second), by="Bea")

    with pytest.raises(TamperError, match="one signature of Bea is in the ledger 2 times"):
        deliver(ready.studio, "S_010", str(out(ready)))
