"""
HTTP that is asked promptly: a request that does not come whole in time is cut off.

Whoever sends a header a minute, or a body a byte at a time, keeps one of the server's
connections for as long as they like; here it is for ``WHOLE_WITHIN_S`` at most.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

WHOLE_WITHIN_S = 10.0
_COMING = (h11.IDLE, h11.SEND_BODY)


class Prompt(H11Protocol):
    """One connection."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; wait on if that is not all of a request yet."""
        super().data_received(data)
        if self.conn.their_state not in _COMING:
            self._is_whole()
        elif self._late is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._is_whole()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._late = self.loop.call_later(WHOLE_WITHIN_S, self._cut_off)

    def _is_whole(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _cut_off(self) -> None:
        self._late = None
        if not self.transport.is_closing():
            self.transport.close()
