"""A delivery of a tiny show, and what somebody might do to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from seamline.formats.received import ReceivedFolder
from seamline.ports import Studio
from seamline.steps.main_job import painted
from seamline.steps.proof import LIST, SIGNATURE
from seamline.steps.review import choose
from seamline.steps.sign import sign
from seamline.steps.verify import Verdict, verify
from tiny import TinyShow

SHOT = "S_010"
ELEMENT = "S_010_env_b01_v001"


@dataclass
class Delivery:
    """A delivery's folder, and the show that wrote it."""

    folder: Path
    studio: Studio

    @property
    def key(self) -> bytes:
        return bytes.fromhex(self.studio.authority.key().public_hex)

    def files(self) -> list[str]:
        found = (p for p in self.folder.rglob("*") if p.is_file() or p.is_symlink())
        return sorted(str(p.relative_to(self.folder)) for p in found)

    def read(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def write(self, path: str, content: bytes) -> None:
        """Change a file, as somebody would who may: what it is linked to keeps its bytes."""
        (self.folder / path).unlink(missing_ok=True)
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_bytes(content)

    def verified(self, *, key: bytes | None = None) -> Verdict:
        with ReceivedFolder(str(self.folder)) as received:
            return verify(received, key=key)

    def seal_again(self, sign: Callable[[bytes], bytes] | None = None) -> None:
        """Write list and signature anew over what lies there: by the show, or by ``sign``."""
        paths = [p for p in self.files() if p not in (LIST, SIGNATURE)]
        digest = self.studio.shelf.file_sha256
        listed = {p: digest(str(self.folder / p)) for p in paths}
        content = "".join(f"{listed[p]}  {p}\n" for p in sorted(listed)).encode()
        self.write(LIST, content)
        signature = (sign or self.studio.authority.sign)(content)
        self.write(SIGNATURE, signature.hex().encode() + b"\n")


def signed_show(root: Path) -> TinyShow:
    """A show with one element, chosen and signed by Ada."""
    show = TinyShow(root)
    show.static_shot(SHOT)
    painted(show.studio, SHOT, variations=1, seed=1, generator="neutral")
    show.studio.keyring.create("Ada", None)
    choose(show.studio, SHOT, ELEMENT, by="Ada")
    sign(show.studio, ELEMENT, by="Ada", passphrase=None)
    return show
