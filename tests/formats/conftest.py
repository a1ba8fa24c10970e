"""What the format tests share: the studio config, picture files, and the larger material."""

from __future__ import annotations

from pathlib import Path

import pytest

from seamline.formats.images import ImageFiles
from seamline.formats.ocio import Config, builtin_config_text


@pytest.fixture(scope="session")
def config_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("show") / "config.ocio"
    path.write_text(builtin_config_text())
    return str(path)


@pytest.fixture(scope="session")
def colour(config_path: str) -> Config:
    return Config(config_path, sha256=None)


@pytest.fixture(scope="session")
def images(colour: Config) -> ImageFiles:
    return ImageFiles(colour)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The larger material beside the project, or a skip that says so."""
    folder = Path(__file__).resolve().parents[2].parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("needs the larger material in ../shared, which is not on this machine")
    return folder
