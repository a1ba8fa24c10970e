"""
Walls on record: what stands around this machine's painters and decoders, as it was probed.

A row is written when it is another than the last one of the same machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from seamline.ports import Ledger


def record_walls(ledger: Ledger, host: str, found: Mapping[str, Any]) -> bool:
    """Write ``found`` of machine ``host`` unless it is what stands there; tell whether."""
    body = {"machine": host, **json.loads(json.dumps(found))}
    of_this = [row.body for row in ledger.rows("walls") if row.body.get("machine") == host]
    if of_this and of_this[-1] == body:
        return False
    ledger.append("walls", body, by="")
    return True
