"""
The ledger's head, signed, kept elsewhere: against it a ledger that was rebuilt is caught.

A chain of hashes shows that no row in it was changed; it cannot show that the whole
chain was not written anew, or that its end was cut off. Its newest number and hash,
signed by the show's authority and kept on other media, can.
"""

from __future__ import annotations

import json
from typing import Any

from seamline.errors import FormatError, TamperError
from seamline.ports import PublicKey, Studio
from seamline.show.record import canonical
from seamline.steps.delivery_record import ledger_head

FORMAT = "seamline ledger head 1"
_LONGEST = 10_000
_KEYS = {"format", "show", "rows", "hash", "at", "authority", "signature"}


def signed_head(studio: Studio) -> bytes:
    """
    Return the signed head of the ledger as a file: one JSON document.

    Raises:
        TamperError: The chain is broken; a broken one is not signed.
        RefusedError: The show has no authority.
    """
    studio.ledger.verify()
    key = studio.authority.key()
    said = {
        "format": FORMAT,
        "show": studio.settings.name,
        **ledger_head(studio),
        "at": studio.clock.now(),
        "authority": {"fingerprint": key.fingerprint, "public_hex": key.public_hex},
    }
    signature = studio.authority.sign(canonical(said)).hex()
    return (json.dumps({**said, "signature": signature}, indent=1) + "\n").encode()


def hold_to_head(studio: Studio, content: bytes, *, where: str) -> dict[str, Any]:
    """
    Check the ledger against a head that was exported before; return what the head says.

    Args:
        studio: Ports.
        content: The exported file.
        where: Its name, for words.

    Raises:
        FormatError: It is no head.
        TamperError: The chain is broken; the head was changed or is another show's; or the
            ledger is not the one it was exported from, or shorter.
    """
    said = _read(content, where)
    _hold_to_signature(studio, said, where)
    rows = studio.ledger.verify()
    if rows < said["rows"]:
        raise TamperError(
            f"the ledger has {rows} rows, and had {said['rows']} on {said['at']}: its end was "
            "cut off",
            remedy="Put it back from a backup.",
        )
    there = next(studio.ledger.rows(after=said["rows"] - 1), None) if said["rows"] else None
    if there is not None and there.hash != said["hash"]:
        raise TamperError(
            f"row {said['rows']} of the ledger is not the one that stood there on "
            f"{said['at']}: rows up to it were changed, reordered or written anew",
            remedy="Put it back from a backup.",
        )
    return {**said, "ledger_rows": rows}


def _read(content: bytes, where: str) -> dict[str, Any]:
    said: Any = None
    if len(content) <= _LONGEST:
        try:
            said = json.loads(content)
        except (ValueError, RecursionError):
            said = None
    whole = (
        isinstance(said, dict)
        and set(said) == _KEYS
        and said["format"] == FORMAT
        and isinstance(said["rows"], int)
        and isinstance(said["authority"], dict)
        and all(isinstance(said[name], str) for name in ("hash", "at", "show", "signature"))
    )
    if not whole:
        raise FormatError(
            f"{where} is no exported head of a ledger",
            remedy="Export one: seamline audit --ledger --export FILE",
        )
    return dict(said)


def _hold_to_signature(studio: Studio, said: dict[str, Any], where: str) -> None:
    key = studio.authority.key()
    named = said["authority"].get("public_hex")
    if named != key.public_hex:
        raise TamperError(
            f"{where} was signed by another authority than this show's ({key.fingerprint}): "
            "one of the two was exchanged, or it is another show's",
            remedy="Compare with the public key that was handed out: seamline key export",
        )
    public = PublicKey(
        name="authority",
        fingerprint=key.fingerprint,
        public_hex=key.public_hex,
        protected=key.protected,
    )
    message = canonical({name: value for name, value in said.items() if name != "signature"})
    if not studio.keyring.verify(public, message, said["signature"]):
        raise TamperError(
            f"{where} was changed after it was signed",
            remedy="Use another copy of it.",
        )
