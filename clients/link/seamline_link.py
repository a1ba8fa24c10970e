"""
The wire between a host application and the seamline server: standard library only.

Nuke and Blender embed their own Python with their own libraries; one foreign wheel in there
can keep the host from starting. So this file is all that a panel imports: Python 3.10, no
dependencies, no pixels. Pixels travel as EXR files on the shared storage; only paths and
words go over the wire.

    link = Link.from_settings()
    ask = link.send({"shot": "042_0110", "region": {"box": [40, 20, 300, 200]},
                     "variations": 12, "request": new_request()})
    ended = link.follow(ask["ask"], print)
    for version in link.returned(ask["ask"])["versions"]:
        print(version["element"]["pattern"])

Whoever sends names the request. When an answer does not come, the same request is sent again
until one does: the same word of the same person is one ask, also after a crash on either side.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import socket
import stat
import threading
import time
import urllib.parse
import uuid
from collections.abc import Callable, Iterator
from typing import Any

Document = dict[str, Any]
Tell = Callable[[Document], None]

ENDED = ("published", "cancelled")
USUAL_URL = "http://127.0.0.1:8765"
QUIET_S = 40.0
"""The server says something on a stream every 15 seconds; after this it is gone."""
POLL_EVERY_S = 1.0
STREAM_AGAIN_S = 10.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.2, 5.0
_AGAIN = (429, 502, 503, 504)
_NUMBER = re.compile(r"%0?(\d*)d")


class LinkError(Exception):
    """What went wrong in one sentence, and what to do."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class RefusedError(LinkError):
    """The server answered, and said no; ``status`` is HTTP's."""

    def __init__(self, message: str, remedy: str = "", status: int = 0) -> None:
        super().__init__(message, remedy)
        self.status = status


class UnreachableError(LinkError):
    """Nobody answered for as long as one is patient; the same request may be sent again."""


class StoppedError(LinkError):
    """Whoever followed did not want to any more; the ask itself goes on."""


class Stop:
    """Set from any thread, it ends following at once, also while nothing comes."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._wire: socket.socket | None = None

    def set(self) -> None:
        """End following."""
        self._event.set()
        with self._lock:
            if self._wire is not None:
                _shut(self._wire)

    @property
    def is_set(self) -> bool:
        """Whether somebody ended it."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait, or less if it is set; say whether it is."""
        return self._event.wait(seconds)

    def holds(self, wire: socket.socket | None) -> None:
        """Name the wire that is to be cut when it is set."""
        with self._lock:
            self._wire = wire
            if wire is not None and self._event.is_set():
                _shut(wire)


def _shut(wire: socket.socket) -> None:
    with contextlib.suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)


class _AtPath(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Link:
    """
    A server and who asks it. Safe for many threads: it holds no connection.

    Args:
        url: ``http://127.0.0.1:8765``, or ``unix:/path/of/the.sock``.
        token: What ``seamline user add`` printed.
        timeout_s: How long one answer may take.
        patience_s: For how long it is tried again while nobody answers.
    """

    def __init__(
        self, url: str, token: str, *, timeout_s: float = 10.0, patience_s: float = 120.0
    ) -> None:
        self.url = url
        self._token = _checked(token)
        self._timeout_s, self._patience_s = timeout_s, patience_s
        self._path, self._host = "", ""
        if url.startswith("unix:"):
            self._path = url[len("unix:") :]
            return
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "http" or not parts.hostname or parts.path.strip("/"):
            raise LinkError(
                f"{url!r} is no address of a server",
                f"Write it as {USUAL_URL}, or unix:/path/of/the.sock.",
            )
        self._host = parts.netloc

    @classmethod
    def from_settings(cls, url: str = "", token_file: str = "", **more: float) -> Link:
        """
        Return a link to where the settings lead.

        Args:
            url: By default $SEAMLINE_URL, else this machine's usual port.
            token_file: By default $SEAMLINE_TOKEN_FILE; without one $SEAMLINE_TOKEN is the
                token itself. A file that others may read is refused.
            **more: As for ``Link``.
        """
        url = url or os.environ.get("SEAMLINE_URL", "") or USUAL_URL
        path = token_file or os.environ.get("SEAMLINE_TOKEN_FILE", "")
        token = token_in(path) if path else os.environ.get("SEAMLINE_TOKEN", "")
        return cls(url, token, **more)

    # -- what can be asked ------------------------------------------------------

    def shots(self) -> list[Document]:
        """Return the shots of the show."""
        found: list[Document] = self._sent("GET", "/shots")["shots"]
        return found

    def shot(self, name: str) -> Document:
        """Return a shot's plate, format, frames and versions."""
        return self._sent("GET", f"/link/shots/{_word(name)}")

    def send(self, wish: Document) -> Document:
        """
        Ask for a region of a shot; return the ask once it is on the server's disk.

        Args:
            wish: ``shot`` and ``request`` (see ``new_request``); and of ``region`` (one of
                ``box``, ``polygon``, ``matte``), ``frames``, ``from``, ``layer``,
                ``references``, ``generator``, ``seed``, ``variations`` what is wanted.

        Raises:
            RefusedError: The server said no.
            UnreachableError: No answer came. Whether it is queued is not known; send the
                same wish again to find out.
        """
        if not wish.get("request"):
            raise LinkError("the wish has no word to call it by", "Add: request=new_request()")
        return self._sent("POST", "/link/asks", wish)

    def ask(self, name: str) -> Document:
        """Return an ask: ``standing``, ``frames_done``, ``frames``, and ``why`` it ended."""
        return self._sent("GET", f"/link/asks/{_word(name)}")

    def cancel(self, name: str) -> Document:
        """Take an ask out; one that has ended already is returned as it is."""
        try:
            self._sent("POST", f"/queue/{_word(name)}/cancel")
        except RefusedError as error:
            if error.status != 409:
                raise
        return self.ask(name)

    def returned(self, name: str) -> Document:
        """Return what came of a published ask: ``versions``, each with its paths."""
        return self._sent("GET", f"/link/asks/{_word(name)}/return")

    # -- following --------------------------------------------------------------

    def follow(self, name: str, tell: Tell | None = None, stop: Stop | None = None) -> Document:
        """
        Wait for an ask to end; return it as it ended.

        Listens to the server's events, and asks every second where it cannot. What the ask
        *is* always comes from the ask itself, so that nothing that was missed matters.

        Args:
            name: The ask's id.
            tell: Told of the ask whenever it is another than before.
            stop: Ends following.

        Raises:
            StoppedError: ``stop`` was set.
            UnreachableError: Nobody answered for as long as the link is patient.
        """
        stop, last, after = stop or Stop(), "", ""
        listen_from = 0.0
        while True:
            listening = time.monotonic() >= listen_from
            wire = self._stream(after) if listening else None
            try:
                if wire is not None:
                    stop.holds(wire.sock)
                for number in _ticks(wire, name, stop):
                    after = number or after
                    now = self._patient("GET", f"/link/asks/{_word(name)}", None, stop)
                    said = json.dumps(now, sort_keys=True)
                    if tell is not None and said != last:
                        tell(now)
                    last = said
                    if now["standing"] in ENDED:
                        return now
            finally:
                stop.holds(None)
                if wire is not None:
                    wire.close()
            if wire is None and listening:
                listen_from = time.monotonic() + STREAM_AGAIN_S
            if stop.wait(POLL_EVERY_S if wire is None else _FIRST_WAIT_S):
                raise StoppedError(f"{name} is not followed any more")

    def _stream(self, after: str) -> _Events | None:
        """Return an open stream of events; None where there is none to be had now."""
        connection = self._connection(QUIET_S)
        try:
            headers = {**self._headers(), "Accept": "text/event-stream"}
            if after:
                headers["Last-Event-ID"] = after
            connection.request("GET", "/events", headers=headers)
            answer = connection.getresponse()
            if answer.status == 200:
                return _Events(connection, answer)
        except (OSError, http.client.HTTPException):
            pass
        connection.close()
        return None

    # -- one request ------------------------------------------------------------

    def _connection(self, timeout_s: float) -> http.client.HTTPConnection:
        if self._path:
            return _AtPath(self._path, timeout_s)
        return http.client.HTTPConnection(self._host, timeout=timeout_s)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", "Connection": "close"}

    def _sent(self, method: str, path: str, body: Document | None = None) -> Document:
        return self._patient(method, path, body, Stop())

    def _patient(self, method: str, path: str, body: Document | None, stop: Stop) -> Document:
        """Send until there is an answer: every request here may be sent twice."""
        until, wait_s = time.monotonic() + self._patience_s, _FIRST_WAIT_S
        while True:
            try:
                status, said = self._once(method, path, body)
                if status not in _AGAIN:
                    break
                why = str(said.get("detail", f"it answered {status}"))
            except (OSError, http.client.HTTPException, ValueError) as error:
                why = str(error) or type(error).__name__
            if time.monotonic() + wait_s > until:
                raise UnreachableError(
                    f"{self.url} does not answer: {why}",
                    "Is `seamline serve` running there? The same request may be sent again.",
                )
            if stop.wait(wait_s):
                raise StoppedError("it was ended while nobody answered")
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
        if status >= 400:
            detail = str(said.get("detail", f"the server answered {status}"))
            raise RefusedError(detail, str(said.get("remedy", "")), status)
        return said

    def _once(self, method: str, path: str, body: Document | None) -> tuple[int, Document]:
        connection = self._connection(self._timeout_s)
        try:
            headers, content = self._headers(), None
            if body is not None:
                content = json.dumps(body).encode()
                headers["Content-Type"] = "application/json"
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            said = json.loads(answer.read())
            if not isinstance(said, dict):
                raise ValueError("the answer is no document")
            return answer.status, said
        finally:
            connection.close()


class _Events:
    """An open stream: what happened to which ask, and the number of that row."""

    def __init__(
        self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse
    ) -> None:
        self._connection, self._answer = connection, answer
        # A connection that is to be closed hands its socket to the answer: keep hold of it.
        raw = getattr(getattr(answer, "fp", None), "raw", None)
        self.sock: socket.socket | None = connection.sock or getattr(raw, "_sock", None)

    def close(self) -> None:
        """End it."""
        self._answer.close()
        self._connection.close()

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield (number, ask) until the stream ends or breaks."""
        number = ask = ""
        try:
            while line := self._answer.readline():
                field, _, value = line.decode().strip().partition(":")
                if field == "id":
                    number = value.strip()
                elif field == "data":
                    ask = str(json.loads(value).get("ask", ""))
                elif not field and number:
                    yield number, ask
                    number = ask = ""
        except (OSError, http.client.HTTPException, ValueError):
            return


def _ticks(events: _Events | None, ask: str, stop: Stop) -> Iterator[str]:
    """Yield whenever the ask should be looked at: at once, and at each of its events."""
    yield ""
    if events is None:
        return
    for number, whose in events:
        if stop.is_set:
            return
        if whose == ask:
            yield number


# -- small things a panel needs ---------------------------------------------------


def new_request(prefix: str = "host") -> str:
    """Return a word that nobody has used; keep it beside what was asked for."""
    return f"{prefix}-{uuid.uuid4().hex}"


def token_in(path: str) -> str:
    """
    Return the token in the file at ``path``.

    Raises:
        LinkError: There is none, or others may read it.
    """
    try:
        with open(path, encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
                raise LinkError(
                    f"{path} has mode {stat.S_IMODE(mode):o}: others may read the token in it",
                    f"chmod 600 {path}",
                )
            return _checked(file.read(4096).strip())
    except (OSError, UnicodeDecodeError) as error:
        raise LinkError(
            f"no token can be read from {path}: {getattr(error, 'strerror', error)}",
            "Write what `seamline user add` printed into it, and: chmod 600 FILE",
        ) from error


def frame_path(pattern: str, frame: int) -> str:
    """Return the path of ``frame`` of ``pattern`` (%04d in the file's name), or the still."""
    at = max(pattern.rfind("/"), pattern.rfind("\\")) + 1
    found = _NUMBER.search(pattern, at)
    if not found:
        return pattern
    digits = int(found[1] or 0)
    return f"{pattern[: found.start()]}{frame:0{digits}d}{pattern[found.end() :]}"


def said_of(ask: Document) -> str:
    """Return where an ask stands, in a few words."""
    if ask["standing"] == "cancelled":
        return str(ask.get("why") or "cancelled")
    if ask["standing"] == "published":
        return f"{len(ask['versions'])} variations are back"
    if ask["standing"] == "claimed":
        return f"{ask['frames_done']} of {ask['frames']} frames"
    return str(ask["standing"])


def _checked(token: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]{1,512}", token):
        raise LinkError(
            "there is no token to log in with",
            "Write what `seamline user add` printed into a file of mode 600, and name it in "
            "$SEAMLINE_TOKEN_FILE.",
        )
    return token


def _word(name: str) -> str:
    return urllib.parse.quote(name, safe="")
