"""
A running server over a show of 100 shots: how soon it is ready, how large, how fast.

Submissions are answered when they are on disk: first by one client, then by eight at once.
Then 32 clients at once, each on a connection of its own, list all shots and read one; what
is not a 200 is an error. The clients run in one process of this machine, beside the server.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

from server.shows import SHOTS, Served, p95_ms, send, serving, show_of, tokens

CLIENTS, EACH = 32, 10
WRITERS, QUEUED = 8, 320
STARTS = 3


def figures() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="seamline-bench-") as folder:
        studio = show_of(f"{folder}/show")
        artists = tokens(studio, WRITERS)
        starts = []
        for _ in range(STARTS):
            with serving(f"{folder}/show") as served:
                starts.append((served.ready_s, served.memory_mb, served.cpu_s))
        with serving(f"{folder}/show") as served:
            one = submitted(served, artists[:1], "one", 100)
            many = submitted(served, artists, "many", QUEUED // WRITERS)
            listing = read_by_many(served, artists[0], lambda _: "/shots")
            single = read_by_many(served, artists[0], lambda n: f"/shots/M_{1 + n % SHOTS:04d}")
            queue = read_by_many(served, artists[0], lambda _: "/queue")
            after_mb = served.memory_mb
    return {
        "ready_s": round(min(s for s, _, _ in starts), 2),
        "ready_worst_s": round(max(s for s, _, _ in starts), 2),
        "ready_cpu_s": round(min(cpu for _, _, cpu in starts), 2),
        "memory_mb": round(max(mb for _, mb, _ in starts), 1),
        "memory_after_mb": round(after_mb, 1),
        "submit_one_client": one,
        f"submit_{WRITERS}_clients": many,
        f"{CLIENTS}_clients_list_{SHOTS}_shots": listing,
        f"{CLIENTS}_clients_read_one": single,
        f"{CLIENTS}_clients_read_queue_of_{100 + QUEUED}": queue,
    }


def submitted(served: Served, artists: list[str], word: str, each: int) -> dict[str, Any]:
    def ask(who: int, n: int) -> tuple[str, str, Any, str]:
        wish = {"shot": f"M_{1 + n % SHOTS:04d}", "variations": 12, "request": f"{word}-{n}"}
        return "POST", "/queue", wish, artists[who]

    return _at_once(served, len(artists), each, ask, good=201)


def read_by_many(served: Served, token: str, path: Callable[[int], str]) -> dict[str, Any]:
    def ask(who: int, n: int) -> tuple[str, str, Any, str]:
        return "GET", path(who * EACH + n), None, token

    return _at_once(served, CLIENTS, EACH, ask, good=200)


def _at_once(
    served: Served,
    clients: int,
    each: int,
    ask: Callable[[int, int], tuple[str, str, Any, str]],
    *,
    good: int,
) -> dict[str, Any]:
    times: list[float] = []
    errors: list[int] = []
    ready = threading.Barrier(clients + 1)

    def client(who: int) -> None:
        wire = served.open()
        ready.wait()
        for n in range(each):
            method, path, body, token = ask(who, n)
            begun = time.perf_counter()
            code, _ = send(wire, method, path, token, body)
            times.append(time.perf_counter() - begun)
            if code != good:
                errors.append(code)
        wire.close()

    threads = [threading.Thread(target=client, args=(who,)) for who in range(clients)]
    for thread in threads:
        thread.start()
    ready.wait()
    spent_s = served.cpu_s
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    took_s = time.perf_counter() - begun
    spent_s = served.cpu_s - spent_s
    return {
        "per_s": round(len(times) / took_s, 1),
        "p95_ms": p95_ms(times),
        "errors": len(errors),
        "server_cpu_ms_each": round(spent_s / len(times) * 1000, 2),
    }
