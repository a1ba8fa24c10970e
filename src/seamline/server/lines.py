"""The server's log: one line of JSON for each thing that happened, on stderr."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """Writes a record and the facts that came with it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; what a library said is kept to its kind and place."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = record.getMessage() if record.name.startswith("seamline") else record.module
        line = {"at": at, "level": record.levelname.lower(), "said": said}
        return json.dumps({**line, **getattr(record, "facts", {})}, ensure_ascii=False)


def begin() -> None:
    """Have everything that is logged come out as lines of JSON on stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    top = logging.getLogger()
    top.handlers[:] = [handler]
    top.setLevel(logging.WARNING)
    logging.getLogger("seamline.server").setLevel(logging.INFO)
