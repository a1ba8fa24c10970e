"""Network file systems are told from local ones by what the kernel says; clocks tell UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from seamline.store.clock import SystemClock
from seamline.store.volumes import network_file_system

# Lines as proc(5) gives them.
MOUNTS = r"""
22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw
90 22 0:48 / /mnt/show rw,relatime shared:50 - nfs4 filer:/show rw,vers=4.2
91 22 0:49 / /mnt/my\040plates rw,relatime - cifs //filer/plates rw
92 90 259:3 / /mnt/show/scratch rw,relatime - xfs /dev/nvme1n1 rw
93 22 0:50 / /mnt/late rw - ext4 /dev/sdb1 rw
94 22 0:51 / /mnt/late rw shared:9 master:1 - nfs filer:/late rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/a/show", ""),
        ("/mnt/show", "nfs4"),
        ("/mnt/show/demo/.seamline/ledger.sqlite", "nfs4"),
        ("/mnt/showreel", ""),
        ("/mnt/my plates/a", "cifs"),
        ("/mnt/show/scratch/demo", ""),
        ("/mnt/late/demo", "nfs"),
    ],
)
def test_a_share_is_told_from_a_disk(path: str, kind: str) -> None:
    assert network_file_system(path, MOUNTS) == kind


def test_where_nothing_is_known_nothing_is_claimed() -> None:
    assert network_file_system("/mnt/show", "") == ""


def test_records_carry_utc_with_seconds() -> None:
    clock = SystemClock()

    now = clock.now()

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", now)
    written = datetime.strptime(now, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - written).total_seconds()) < 5
    assert clock.seconds() <= clock.seconds()
