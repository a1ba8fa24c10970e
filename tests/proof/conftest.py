"""One delivery of a tiny show, made once; every test damages a copy of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from delivered import SHOT, Delivery, signed_show

from seamline.steps.deliver import deliver


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    """What the show sent: looked at, never changed."""
    root = tmp_path_factory.mktemp("proof")
    show = signed_show(root)
    deliver(show.studio, SHOT, str(root / "sent"), c2pa_each_frame=True)
    return Delivery(root / "sent", show.studio)


@pytest.fixture
def delivery(made: Delivery, tmp_path: Path) -> Delivery:
    """A copy, as it arrived somewhere else."""
    shutil.copytree(made.folder, tmp_path / "delivery")
    return Delivery(tmp_path / "delivery", made.studio)
