"""What somebody types, run in this process."""

from __future__ import annotations

from inspect import signature

from click.testing import CliRunner


def runner() -> CliRunner:
    """One that keeps stderr apart: click 8.2 always does, 8.1 (ascmhl's) where it is told."""
    told = "mix_stderr" in signature(CliRunner).parameters
    return CliRunner(**({"mix_stderr": False} if told else {}))
