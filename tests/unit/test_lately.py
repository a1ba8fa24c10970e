"""What was made last is held, as long as it takes no more than it may."""

from __future__ import annotations

import threading

from seamline.ports import Lately


def lately(most: int) -> tuple[Lately[str], list[str]]:
    made: list[str] = []
    held: Lately[str] = Lately(most, len)
    return held, made


def got(held: Lately[str], made: list[str], word: str) -> str:
    def make() -> str:
        made.append(word)
        return word

    return held.get(word, make)


def test_what_fits_is_made_once() -> None:
    held, made = lately(10)

    for word in ("abcd", "efgh", "abcd", "efgh"):
        assert got(held, made, word) == word

    assert made == ["abcd", "efgh"]


def test_what_was_not_used_longest_goes_first() -> None:
    held, made = lately(8)
    for word in ("abcd", "efgh", "abcd", "ijkl"):
        got(held, made, word)

    got(held, made, "abcd")
    assert made == ["abcd", "efgh", "ijkl"]
    got(held, made, "efgh")
    assert made == ["abcd", "efgh", "ijkl", "efgh"]


def test_the_last_one_is_held_however_large_it_is() -> None:
    held, made = lately(2)

    got(held, made, "abcd")
    got(held, made, "abcd")

    assert made == ["abcd"]


def test_what_could_not_be_made_is_made_when_it_is_asked_for_again() -> None:
    held, made = lately(8)

    def broken() -> str:
        raise ValueError

    try:
        held.get("a", broken)
    except ValueError:
        made.append("broken")
    assert got(held, made, "a") == "a"
    assert made == ["broken", "a"]


def test_threads_that_ask_for_one_thing_make_it_once() -> None:
    held, made = lately(8)
    together = threading.Barrier(4)

    def ask() -> None:
        together.wait()
        got(held, made, "abcd")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == ["abcd"]
