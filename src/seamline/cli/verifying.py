"""``seamline verify``: needs a delivery's folder and a key; no show, and no pictures."""

from __future__ import annotations

import os

import click

from seamline.cli.common import Answer, Call, command
from seamline.errors import InputError, ShowError


@command(None, "verify")
@click.argument("delivery")
@click.option(
    "--key", metavar="FILE", help="The show's public key, from elsewhere than DELIVERY [none]."
)
def verify(call: Call, delivery: str, key: str | None) -> Answer:
    r"""
    Tell whether DELIVERY is whole, and whether the show whose key this is sent it.

    Holds every file, the record, its sign-offs, the C2PA manifests and the ASC MHL
    history to the signed list of files. One sentence for each finding, and exit code
    1; without a key, a whole delivery is `intact, signer not trusted`.

    \b
    Example:
        seamline verify deliveries/042_0110 --key nordwand.pem
    """
    from seamline.formats.received import ReceivedFolder
    from seamline.steps.verify import verify as step

    given = _key(key) if key else None
    threads = call.threads or len(os.sched_getaffinity(0))
    with ReceivedFolder(os.path.abspath(delivery), isolation=_isolation()) as received:
        found = step(received, key=given, threads=threads)
    call.exit_code = 0 if found.intact else 1
    document = {
        "delivery": received.root,
        "intact": found.intact,
        "trusted": found.trusted,
        "signer": found.signer,
        "files": found.files,
        "findings": list(found.findings),
    }
    if found.findings:
        return document, [f"{received.root}: {len(found.findings)} findings", *found.findings]
    words = "trusted" if found.trusted else "not trusted"
    return document, [
        f"{received.root}: {found.files} files intact, signer {words} (key {found.signer})"
    ]


def _isolation() -> str:
    """Return how much the show that somebody stands in wants of walls; there may be none."""
    from seamline.isolation.walls import PREFERRED
    from seamline.store.showfile import load_show
    from seamline.store.showfound import find_root

    try:
        root = find_root(os.getcwd(), os.environ, None)
    except ShowError:
        return PREFERRED
    return load_show(root).settings.isolation


def _key(path: str) -> bytes:
    from seamline.formats.received import LARGEST_KEY_BYTES, public_key

    try:
        with open(path, "rb") as file:
            return public_key(file.read(LARGEST_KEY_BYTES), where=path)
    except OSError as error:
        raise InputError(
            f"the key file {path} cannot be read: {error.strerror}",
            remedy="Name the file that the show gave you.",
        ) from error
