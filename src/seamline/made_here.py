"""What makes pictures here: code, libraries, processor and walls."""

from __future__ import annotations

import os
import platform
from functools import cache
from hashlib import sha256
from importlib import metadata

from seamline import __version__
from seamline.show.variation import Made


def made_with(config_sha256: str, *, isolation: str = "") -> Made:
    """Return what makes pictures here: code, libraries, processor and walls."""
    return Made(
        seamline=__version__,
        python=platform.python_version(),
        numpy=metadata.version("numpy"),
        numba=metadata.version("numba"),
        openimageio=metadata.version("OpenImageIO"),
        opencolorio=metadata.version("opencolorio"),
        cpu=_processor(),
        config_sha256=config_sha256,
        cpu_features=_features(),
        code_sha256=code_sha256(),
        isolation=isolation,
    )


def _processor() -> str:
    from llvmlite import binding

    return os.environ.get("NUMBA_CPU_NAME") or str(binding.get_host_cpu_name())


def _features() -> str:
    from llvmlite import binding

    if "NUMBA_CPU_NAME" in os.environ:
        return os.environ.get("NUMBA_CPU_FEATURES", "")
    found = dict(binding.get_host_cpu_features())
    return " ".join(sorted(name for name, there in found.items() if there))


@cache
def code_sha256() -> str:
    """Return the SHA-256 over seamline's own sources: every module's path and bytes."""
    package = os.path.dirname(os.path.abspath(__file__))
    paths = [
        os.path.join(at, name)
        for at, _, names in os.walk(package)
        for name in names
        if name.endswith(".py")
    ]
    digest = sha256()
    for path in sorted(paths):
        name = os.path.relpath(path, package).replace(os.sep, "/")
        with open(path, "rb") as file:
            digest.update(f"{name} {sha256(file.read()).hexdigest()}\n".encode())
    return digest.hexdigest()
