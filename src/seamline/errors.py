"""
What can go wrong, as one small family.

    SeamlineError              exit 3   our own fault unless a branch below says otherwise
    +-- InputError             exit 2   something handed in is not usable
    |   +-- ShowError          the show, or a name in it, is not there or not valid
    |   +-- LockError          the lock is incomplete, inconsistent or broken
    |   +-- FormatError        a file is not what it says it is
    |   +-- ColourError        a colour space is unknown, or nothing says which it is
    |   +-- TrackError         a camera track does not describe a camera
    |   +-- CanvasError        the canvas asked for cannot show this shot
    |   +-- GrainError         grain cannot be measured from this, or is none
    +-- RefusedError           exit 1   understood, and refused
    |   +-- ApprovalError      a reference may not be used for this
    |   +-- SignOffError       something unsigned tried to become final
    |   +-- IsolationError     a show requires walls that do not stand on this machine
    |   +-- TamperError        a record or a signed file is no longer what it was
    +-- AgainError             exit 4   nothing is wrong with the input: try again
    |   +-- DiskError          the disk is full
    |   +-- LeaseError         another process is at work on the same thing
    +-- GeneratorError         exit 3   a backend broke its promise

Every message says what was found and where; ``remedy`` says what to do. The
shell prints both and leaves with ``exit_code``.
"""

from __future__ import annotations


class SeamlineError(Exception):
    """The root: one sentence, one remedy, one exit code."""

    exit_code = 3

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class InputError(SeamlineError):
    """Something handed in is not usable; nothing was written."""

    exit_code = 2


class ShowError(InputError):
    """The show, or a name in it, is not there or not valid."""


class LockError(InputError):
    """The lock is incomplete, inconsistent or broken."""


class FormatError(InputError):
    """A file is not what it says it is."""


class ColourError(InputError):
    """A colour space is unknown, or nothing says which one a file is in."""


class TrackError(InputError):
    """A camera track does not describe a camera."""


class CanvasError(InputError):
    """The canvas asked for cannot show this shot."""


class GrainError(InputError):
    """Grain cannot be measured from these frames, or a grain model is none."""


class RefusedError(SeamlineError):
    """Understood, and refused."""

    exit_code = 1


class ApprovalError(RefusedError):
    """A reference may not be used for this."""


class SignOffError(RefusedError):
    """Something unsigned tried to become final."""


class IsolationError(RefusedError):
    """A show requires walls around its workers that do not stand on this machine."""


class TamperError(RefusedError):
    """A record or a signed file is no longer what it was."""


class AgainError(SeamlineError):
    """Nothing is wrong with the input: try again."""

    exit_code = 4


class DiskError(AgainError):
    """The disk is full."""


class LeaseError(AgainError):
    """Another process is at work on the same thing."""


class GeneratorError(SeamlineError):
    """A backend broke its promise."""


def of_kind(name: str, otherwise: type[SeamlineError]) -> type[SeamlineError]:
    """Return the error of this family that is called ``name``; ``otherwise`` where none is."""
    found = globals().get(name)
    if isinstance(found, type) and issubclass(found, SeamlineError):
        return found
    return otherwise
