"""Doing the same thing for many frames at once, with one progress bar."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from seamline.ports import Studio

Item = TypeVar("Item")
Result = TypeVar("Result")


def together(
    studio: Studio, title: str, work: Callable[[Item], Result], items: Sequence[Item]
) -> list[Result]:
    """
    Return ``work`` of every item, in order, on the studio's threads.

    The first failure ends it: what has not begun is dropped and the failure of
    the earliest item is raised. Results do not depend on the number of threads.
    """
    with studio.progress.bar(title, float(len(items))) as bar:

        def one(item: Item) -> Result:
            result = work(item)
            bar.advance()
            return result

        pool = ThreadPoolExecutor(max(1, studio.threads))
        try:
            futures = [pool.submit(one, item) for item in items]
            wait(futures, return_when=FIRST_EXCEPTION)
            failed = next((f for f in futures if f.done() and f.exception()), None)
            if failed is not None:
                failed.result()
            return [future.result() for future in futures]
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def ahead(
    studio: Studio, work: Callable[[Item], Result], items: Sequence[Item]
) -> Iterator[Result]:
    """
    Yield ``work`` of every item, in order, a few made ahead on the studio's threads.

    Never more than one result for each thread waits, however long the shot. A failure is
    raised where its item's turn comes; what has not begun is dropped when nobody asks on.
    """
    pool = ThreadPoolExecutor(max(1, studio.threads))
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= max(1, studio.threads):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
