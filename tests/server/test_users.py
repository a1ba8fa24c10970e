"""Users: a token is said once and kept nowhere."""

from __future__ import annotations

import hashlib

import pytest

from fakes import FakeLedger
from seamline.errors import InputError, ShowError
from seamline.steps.users import add_user, remove_user, user_of, users


def test_a_token_is_known_by_its_hash_alone() -> None:
    ledger = FakeLedger()
    user, token = add_user(ledger, "m.okafor", "supervisor", by="root")

    assert user_of(ledger, token) == users(ledger)["m.okafor"]
    assert user.token_sha256 == hashlib.sha256(token.encode()).hexdigest()
    assert len(token) >= 43  # 32 bytes, six bits to a letter
    assert all(token.encode() not in row.stored for row in ledger.rows())


def test_a_removed_users_token_opens_nothing_and_the_next_one_is_another() -> None:
    ledger = FakeLedger()
    _, first = add_user(ledger, "a.bell", "artist")
    remove_user(ledger, "a.bell")
    _, second = add_user(ledger, "a.bell", "artist")

    assert first != second
    assert user_of(ledger, first) is None
    assert user_of(ledger, second) is not None


def test_two_users_of_one_name_and_names_and_roles_that_are_none_are_refused() -> None:
    ledger = FakeLedger()
    add_user(ledger, "a.bell", "artist")

    for name, role, what in (
        ("a.bell", "admin", ShowError),
        ("../etc", "artist", InputError),
        ("", "artist", InputError),
        ("a" * 65, "artist", InputError),
        ("b.bell", "king", InputError),
    ):
        with pytest.raises(what) as refused:
            add_user(ledger, name, role)
        assert refused.value.remedy
    with pytest.raises(ShowError):
        remove_user(ledger, "nobody")
