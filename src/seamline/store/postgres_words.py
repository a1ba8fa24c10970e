"""What PostgreSQL says about a ledger, as one of the family."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from seamline.errors import AgainError, DiskError, InputError, LeaseError, SeamlineError

_FULL = "53100"  # PostgreSQL, appendix A, error codes
_BUSY = ("55P03", "40P01", "57014")
_REFUSED = ("28", "3D", "42501")


def postgres_words(error: Exception, name: str, wait_s: float) -> SeamlineError:
    """
    Return ``error`` about the ledger in the database ``name`` as one of the family.

    Full disk: DiskError. Kept busy by others for ``wait_s``: LeaseError. No such database,
    or not allowed: InputError. Not reached, or lost on the way: AgainError.
    """
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    code = str(getattr(cause, "sqlstate", None) or "")
    first = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    if code == _FULL:
        return DiskError(
            f"cannot write to the ledger in {name}: the disk of the database is full",
            remedy="Free some space there and run the same command again; "
            "what was finished stays.",
        )
    if code in _BUSY:
        return LeaseError(
            f"another process has been writing to the ledger in {name} for {wait_s:g} seconds",
            remedy="Wait for it to end and run the same command again.",
        )
    if code.startswith(_REFUSED):
        return InputError(
            f"cannot use the ledger in {name}: {first}",
            remedy="Check the ledger's URL in show.toml, and that you may use that database.",
        )
    if not code or code.startswith(("08", "57")):
        return AgainError(
            f"the database {name} that holds the ledger cannot be reached: {first}",
            remedy="Check that PostgreSQL is running there, then run the same command again.",
        )
    return SeamlineError(
        f"the ledger in {name}: {first}", remedy="This is a fault of seamline."
    )
