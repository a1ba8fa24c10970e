"""The shell: parse, call one step, print. No decisions live here."""

from __future__ import annotations

from seamline.cli.main import main

__all__ = ["main"]
