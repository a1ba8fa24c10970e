"""A real PostgreSQL for tests: its own data, a Unix socket in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from itertools import count

import psycopg

_ACCOUNT = "postgres"


def programs() -> str:
    """The folder of PostgreSQL's programs; empty where it is not installed."""
    found = sorted(glob("/usr/lib/postgresql/*/bin/initdb"))
    return os.path.dirname(found[-1] if found else shutil.which("initdb") or "")


def why_not() -> str:
    """Why no PostgreSQL can be started here; empty where one can."""
    if not programs():
        return "PostgreSQL is not installed here (Debian: apt-get install postgresql)"
    if os.getuid() == 0 and not (shutil.which("runuser") and _account()):
        return f"PostgreSQL does not run as root, and there is no account {_ACCOUNT!r}"
    return ""


class Server:
    """A running server; each ledger gets a database of its own."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._numbers = count(1)

    def run(self, *words: str) -> None:
        """Run one of PostgreSQL's programs as an account that may."""
        name, *rest = words
        line = [f"{programs()}/{name}", *rest]
        if os.getuid() == 0:
            line = ["runuser", "-u", _ACCOUNT, "--", *line]
        done = subprocess.run(
            line, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{' '.join(line)}: {done.stdout}{done.stderr}"

    def database(self) -> str:
        """Make an empty database; return its URL."""
        name = f"show_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def url(self, name: str) -> str:
        return f"postgresql://seamline@/{name}?host={self.folder}"


@contextmanager
def running() -> Iterator[Server]:
    """Start a server for the time of the block."""
    folder = tempfile.mkdtemp(prefix="seamline-pg-")
    account = _account()
    if os.getuid() == 0 and account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    server = Server(folder)
    at = f"{folder}/cluster"
    try:
        server.run("initdb", "-D", at, "-U", "seamline", "-A", "trust", "-E", "UTF8", "-N")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        log = f"{folder}/log"
        server.run("pg_ctl", "-D", at, "-l", log, "-w", "-o", options, "start")
        try:
            yield server
        finally:
            server.run("pg_ctl", "-D", at, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(_ACCOUNT)
    except KeyError:
        return None
