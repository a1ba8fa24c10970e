"""
``show.toml``: what a show is, in one file that people read and edit.

A folder with a ``show.toml`` is a show. The OCIO config stands beside it as
``config.ocio`` and is pinned by its SHA-256: a config that changed quietly would
change every picture's meaning.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction

from seamline.errors import SeamlineError, ShowError
from seamline.isolation.walls import OFF, PREFERRED, WANTED
from seamline.ports import Settings
from seamline.store.policyfile import load_policy
from seamline.store.sharing import Sharing
from seamline.store.shelf import STATE
from seamline.store.tables import Table
from seamline.store.templates import DEFAULTS as NAMES
from seamline.store.templates import Templates
from seamline.store.whole import in_words

FILE = "show.toml"
CONFIG = "config.ocio"
COLOUR_DEFAULTS: Mapping[str, str | None] = {
    "plate": None,
    "picture": "sRGB - Texture",
    "linear": "Linear Rec.709 (sRGB)",
}
"""Names of studio-config-v1.0.0_aces-v1.3_ocio-v2.1. A plate is never guessed."""
WORKING_SPACE = "ACEScg"
_LARGEST_PX = 65536
_LONGEST_NAME = 128
_NEAR_RATES = {"23.976": "24000/1001", "23.98": "24000/1001", "29.97": "30000/1001"}
_NEAR_RATES |= {"47.952": "48000/1001", "59.94": "60000/1001", "119.88": "120000/1001"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one command may ask for."""

    variations: int = 100
    """A contact sheet of more is not looked at."""
    canvas_mpx: float = 128.0
    """Megapixels; 128 are 1.5 GB of RGB float."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowFile:
    """Everything ``show.toml`` says, checked."""

    settings: Settings
    config_path: str
    config_sha256: str
    working_space: str
    look: str = ""
    """The config's look that everything is viewed with; none where empty."""
    templates: Templates = field(default_factory=Templates)
    limits: Limits = field(default_factory=Limits)
    sharing: Sharing = field(default_factory=Sharing)
    server_folders: tuple[str, ...] = ()
    """Folders besides the show's that the server's steps may read and write in."""
    ledger_url: str = ""
    """The PostgreSQL database that holds the ledger; empty: a SQLite file in the show."""

    @property
    def root(self) -> str:
        """The show's folder."""
        return self.settings.root

    @property
    def state(self) -> str:
        """The folder where the show keeps its ledger, blobs, keys and leases."""
        return os.path.join(self.root, STATE)

    @property
    def ledger_path(self) -> str:
        """The show's ledger, where it is a file."""
        return os.path.join(self.state, "ledger.sqlite")

    @property
    def ledger(self) -> str:
        """Where the ledger is: the database's URL, or the file's path."""
        return self.ledger_url or self.ledger_path

    @property
    def needs_no_internet(self) -> bool:
        """Whether what works on the show can do without any socket that leaves the machine."""
        return self.settings.isolation != OFF and not self.ledger_url

    @property
    def keys_path(self) -> str:
        """The folder of people's keys."""
        return os.path.join(self.state, "keys")

    @property
    def authority_path(self) -> str:
        """The folder of the show's own key."""
        return os.path.join(self.state, "authority")


def load_show(root: str) -> ShowFile:
    """
    Read and check the ``show.toml`` in ``root``, and that its config is the pinned one.

    Raises:
        ShowError: There is none, it is not TOML (file, line and column are named), a name
            or value in it is not usable, or the config is missing or changed.
    """
    root = os.path.abspath(root)
    path = os.path.join(root, FILE)
    if not os.path.isfile(path):
        raise ShowError(
            f"{root} is not a show: there is no {FILE} in it",
            remedy=f"Make one: seamline show create {root} --name NAME",
        )
    with in_words(path, "read"), open(path, "rb") as file:
        content = file.read()
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ShowError(
            f"{path} is not UTF-8 text (at line {line})", remedy="Save it again as UTF-8."
        ) from error
    show = parse(text, root=root)
    _check_config(show, path)
    return replace(show, settings=replace(show.settings, policy=load_policy(root)))


def parse(text: str, *, root: str) -> ShowFile:
    """Return what the ``show.toml`` in ``root`` says; its files are not looked at."""
    path = os.path.join(root, FILE)
    try:
        top = Table("", tomllib.loads(text), path)
    except tomllib.TOMLDecodeError as error:
        raise ShowError(
            f"{path} is not valid TOML: {error}",
            remedy="Correct that line; strings stand in double quotes.",
        ) from error
    return _show(top, root)


def _show(top: Table, root: str) -> ShowFile:
    top.only(
        "show", "format", "colour", "names", "limits", "queue", "workers", "files", "server"
    )
    show, frame = top.table("show"), top.table("format")
    colour, names, limits = top.table("colour"), top.table("names"), top.table("limits")
    show.only("name", "ledger")
    frame.only("width", "height", "rate")
    colour.only("config", "config_sha256", "working_space", "look", "defaults")
    names.only(*NAMES)
    limits.only("variations", "canvas_mpx")
    config_sha256 = colour.text("config_sha256")
    if len(config_sha256) != 64 or set(config_sha256) - set("0123456789abcdef"):
        raise colour.wrong("config_sha256", "the SHA-256 of the config, 64 hexadecimal digits")
    settings = Settings(
        name=_name(show),
        root=root,
        width_px=frame.whole_number("width", 1920, most=_LARGEST_PX),
        height_px=frame.whole_number("height", 1080, most=_LARGEST_PX),
        rate=_rate(frame),
        defaults=_defaults(colour.table("defaults")),
        supervisors=_supervisors(top.table("queue")),
        isolation=_isolation(top.table("workers")),
    )
    with _naming(top.path):
        templates = Templates(**{key: names.text(key, NAMES[key]) for key in NAMES})
    return ShowFile(
        settings=settings,
        config_path=_config_path(colour, root),
        config_sha256=config_sha256,
        working_space=colour.text("working_space", WORKING_SPACE),
        look=colour.text("look") if "look" in colour.values else "",
        templates=templates,
        sharing=_sharing(top.table("files")),
        server_folders=_folders(top.table("server")),
        ledger_url=_ledger(show),
        limits=Limits(
            variations=limits.whole_number("variations", Limits().variations, most=10_000),
            canvas_mpx=limits.number("canvas_mpx", Limits().canvas_mpx, most=4096.0),
        ),
    )


def _name(show: Table) -> str:
    name = show.text("name")
    if not (0 < len(name) <= _LONGEST_NAME and name.isprintable() and name == name.strip()):
        raise show.wrong("name", f"one line of at most {_LONGEST_NAME} characters")
    return name


def _ledger(show: Table) -> str:
    if "ledger" not in show.values:
        return ""
    url = show.text("ledger")
    if not url.startswith(("postgresql://", "postgresql+psycopg://")):
        raise show.wrong("ledger", 'a database: "postgresql://USER@HOST/NAME"')
    if ":" in url.partition("://")[2].rpartition("@")[0]:
        raise ShowError(
            f"{show.path}: [show] ledger has a password in it, where everybody can read it",
            remedy="Leave it out there, and write it to ~/.pgpass.",
        )
    return url


def _sharing(files: Table) -> Sharing:
    files.only("umask", "group")
    umask = files.text("umask") if "umask" in files.values else ""
    if umask and not re.fullmatch(r"0?[0-7]{3}", umask):
        raise files.wrong("umask", 'three octal digits: "002"')
    group = files.text("group") if "group" in files.values else ""
    return Sharing(umask=int(umask, 8) if umask else None, group=group)


def _folders(server: Table) -> tuple[str, ...]:
    server.only("folders")
    named = server.values.get("folders", [])
    if not isinstance(named, list) or not all(
        isinstance(n, str) and os.path.isabs(n) and n.strip("/") for n in named
    ):
        raise server.wrong("folders", 'a list of folders from the root: ["/mnt/plates"]')
    return tuple(named)


def _supervisors(queue: Table) -> tuple[str, ...]:
    queue.only("supervisors")
    named = queue.values.get("supervisors", [])
    if not isinstance(named, list) or not all(isinstance(n, str) and n for n in named):
        raise queue.wrong("supervisors", 'a list of account names: ["m.okafor"]')
    return tuple(named)


def _isolation(workers: Table) -> str:
    workers.only("isolation")
    wanted = workers.text("isolation", PREFERRED)
    if wanted not in WANTED:
        raise workers.wrong("isolation", "one of " + ", ".join(f'"{word}"' for word in WANTED))
    return wanted


def _rate(frame: Table) -> str:
    rate = frame.text("rate", "24")
    expected = 'frames per second between quotes: "24", "25", "24000/1001"'
    if rate in _NEAR_RATES:
        raise frame.wrong("rate", f'an exact rate: "{_NEAR_RATES[rate]}"')
    try:
        usable = 0 < Fraction(rate) <= 1000
    except (ValueError, ZeroDivisionError):
        usable = False
    if not usable:
        raise frame.wrong("rate", expected)
    return rate


def _defaults(table: Table) -> dict[str, str | None]:
    table.only(*COLOUR_DEFAULTS)
    return {
        kind: table.text(kind) if kind in table.values else usual
        for kind, usual in COLOUR_DEFAULTS.items()
    }


def _config_path(colour: Table, root: str) -> str:
    config = colour.text("config", CONFIG)
    parts = config.split("/")
    if os.path.isabs(config) or ".." in parts or not parts[-1]:
        raise colour.wrong("config", "a file below the show's folder")
    return os.path.join(root, *parts)


def _check_config(show: ShowFile, path: str) -> None:
    if not os.path.isfile(show.config_path):
        raise ShowError(
            f"the OCIO config {show.config_path} that {path} names is not there",
            remedy="Put it back; the show's pictures have no meaning without it.",
        )
    found = sha256_of(show.config_path)
    if found != show.config_sha256:
        raise ShowError(
            f"{show.config_path} is not the config that {path} pins: its SHA-256 begins "
            f"with {found[:12]}, pinned is {show.config_sha256[:12]}",
            remedy="Put the pinned config back. To change the show's colour on purpose, set "
            f'config_sha256 = "{found}".',
        )


def sha256_of(path: str) -> str:
    """Return the SHA-256 of the file at ``path``, hexadecimal."""
    with in_words(path, "read"), open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


@contextmanager
def _naming(path: str) -> Iterator[None]:
    """Say which file an error is in."""
    try:
        yield
    except SeamlineError as error:
        raise type(error)(f"{path}: {error}", remedy=error.remedy) from error
