"""People's keys as the ledger knows them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevocation:
    """Somebody took a key out of use: what it signed before stands, and nothing after."""

    name: str
    fingerprint: str
    by: str
    at: str
    reason: str
