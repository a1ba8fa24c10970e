"""
Serving: a socket of this machine, the application on it, and its workers.

Only loopback or a Unix socket: whoever wants it further away puts something in front
that speaks TLS and knows who may pass.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import stat
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from seamline.errors import InputError
from seamline.isolation.child import here
from seamline.isolation.walls import REQUIRED, require
from seamline.server import lines
from seamline.server.app import make_app
from seamline.server.desk import Desk
from seamline.server.doors import LARGEST_HEADERS
from seamline.server.light import open_light
from seamline.server.prompt import Prompt
from seamline.server.workers import Workers

MOST_CONNECTIONS = 256
_ENDS_WITHIN_S = 5


class _Server(uvicorn.Server):
    """Uvicorn, that says when it is ready and lets streams end when it leaves."""

    def __init__(self, config: uvicorn.Config, desk: Desk, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._desk, self._ready = desk, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._desk.leaving.set()
        await super().shutdown(sockets)


def serve(
    root: str,
    *,
    host: str,
    port: int,
    path: str = "",
    workers: int = 0,
    ready: Callable[[str], None],
) -> None:
    """
    Serve the show at ``root`` until somebody ends it.

    Args:
        root: The show's folder.
        host: A loopback address, or ``localhost``.
        port: 0 for a free one.
        path: A Unix socket in place of host and port.
        workers: How many processes do what waits.
        ready: Told the URL when the server answers.

    Raises:
        InputError: The host is not loopback, or the port or path is taken.
        IsolationError: The show requires walls that do not stand here.
    """
    studio = open_light(root)
    if studio.settings.isolation == REQUIRED:
        require(here(REQUIRED), REQUIRED, "works for the server")
    door = _unix(path) if path else _loopback(host, port)
    try:
        if path:
            hosts, url = ["localhost"], f"unix:{os.path.abspath(path)}"
        else:
            at = door.getsockname()
            shown = f"[{at[0]}]" if ":" in at[0] else at[0]
            hosts = [f"{name}:{at[1]}" for name in dict.fromkeys((shown, "localhost"))]
            url = f"http://{shown}:{at[1]}"
        desk = Desk(studio=studio)
        lines.begin()
        crew = Workers(desk, workers)

        # Before anybody asks: the same is not begun beside what an earlier server left.
        desk.errands.take_up()

        def answers() -> None:
            crew.begin()
            ready(url)

        config = uvicorn.Config(
            make_app(desk, hosts),
            access_log=False,
            h11_max_incomplete_event_size=2 * LARGEST_HEADERS,
            http=Prompt,
            lifespan="off",
            limit_concurrency=MOST_CONNECTIONS,
            log_config=None,
            loop="asyncio",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_ENDS_WITHIN_S,
            timeout_keep_alive=15,
            ws="none",
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            # Uvicorn ends at either and then raises it again: the workers are to end first.
            signal.signal(number, _nothing)
        try:
            _Server(config, desk, answers).run(sockets=[door])
        finally:
            desk.errands.end()
            crew.end()
    finally:
        door.close()
        if path:
            with suppress(OSError):
                os.unlink(path)


def _nothing(*_: object) -> None:
    pass


def _loopback(host: str, port: int) -> socket.socket:
    """Return a bound socket; refuse what other machines could reach."""
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise InputError(
            f"{host} can be reached from other machines; the server stays on this one",
            remedy="Give --host 127.0.0.1, or --socket PATH. For others, put a proxy of "
            "yours before it that speaks TLS.",
        )
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    # Named as TCP, asyncio sends small answers at once; else they wait 40 ms for their ACK.
    door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((str(address), port))
    except OSError as error:
        door.close()
        raise InputError(
            f"port {port} of {host} cannot be used: {error.strerror}",
            remedy="Give another --port; 0 takes a free one.",
        ) from error
    return door


def _unix(path: str) -> socket.socket:
    """Return a socket at ``path`` that this account alone may use."""
    path = os.path.abspath(path)
    if os.path.lexists(path):
        _take_away(path)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        door.bind(path)
    except OSError as error:
        door.close()
        raise InputError(
            f"{path} cannot be a socket: {error.strerror or error}",
            remedy="Name a path of at most 100 letters in a folder that is there.",
        ) from error
    finally:
        os.umask(before)
    return door


def _take_away(path: str) -> None:
    """Remove a socket that nobody listens on; refuse anything else."""
    taken = InputError(
        f"{path} is there already", remedy="Name another path, or end what listens there."
    )
    if not stat.S_ISSOCK(os.lstat(path).st_mode):
        raise taken
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
        try:
            knock.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            return
        except OSError as error:
            raise taken from error
    raise taken
