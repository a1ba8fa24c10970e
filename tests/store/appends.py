"""
A process that writes rows, to be run beside others: python appends.py WHERE NAME ROWS

Every row of its own, and every fifth also under a key that all writers share.
"""

from __future__ import annotations

import sys

from seamline.store.clock import SystemClock
from seamline.store.ledger import open_ledger


def main(where: str, name: str, rows: int) -> None:
    ledger = open_ledger(where, SystemClock())
    for n in range(rows):
        ledger.append("own", {"n": n, "of": name})
        if n % 5 == 0:
            ledger.append_once("shared", f"k{n}", {"n": n, "of": name})
    ledger.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
