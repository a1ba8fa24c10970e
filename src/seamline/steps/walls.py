"""
Walls on record: what stands around this machine's painters and decoders, as it was probed.

A row is written when it is another than the last one of the same machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from seamline.ports import Ledger

KIND = "walls"


def record_walls(ledger: Ledger, host: str, found: Mapping[str, Any]) -> bool:
    """Write ``found`` of machine ``host`` unless it is what stands there; tell whether."""
    body = {"machine": host, **json.loads(json.dumps(found))}
    last = None
    for row in ledger.rows(KIND):
        if row.body.get("machine") == host:
            last = row.body
    if last == body:
        return False
    ledger.append("walls", body, by="")
    return True


def standing(ledger: Ledger, host: str) -> Mapping[str, Any] | None:
    """Return what was last written of machine ``host``; None where nothing was."""
    found = None
    for row in ledger.rows(KIND):
        if row.body.get("machine") == host:
            found = row.body
    return found
