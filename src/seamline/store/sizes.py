"""How much room files take, and how much goes when they go."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator


def bytes_of(path: str) -> int:
    """
    Return the bytes that go when ``path`` (a file, or a folder and all below) goes.

    A file with another name outside of ``path`` (a hard link) frees nothing.
    """
    facts = [os.lstat(entry) for entry in _files(path)]
    here = Counter((fact.st_dev, fact.st_ino) for fact in facts)
    going = {
        (fact.st_dev, fact.st_ino): fact.st_size
        for fact in facts
        if here[fact.st_dev, fact.st_ino] >= fact.st_nlink
    }
    return sum(going.values())


def size_of(path: str) -> int:
    """Return the bytes in ``path``, each file once, whatever other names it has."""
    sizes = {}
    for entry in _files(path):
        facts = os.lstat(entry)
        sizes[facts.st_dev, facts.st_ino] = facts.st_size
    return sum(sizes.values())


def _files(path: str) -> Iterator[str]:
    if os.path.isdir(path) and not os.path.islink(path):
        for at, _, files in os.walk(path):
            yield from (os.path.join(at, name) for name in files)
    elif os.path.lexists(path):
        yield path
