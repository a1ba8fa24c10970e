"""
Demands: what a show's policy asks of a delivery, held against what its record says.

Nothing is filled in here. A demanded field that the record lacks is a gap; gaps hold
a final delivery back and are stated in the record of any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from seamline.errors import SignOffError
from seamline.show.delivery import USES
from seamline.show.policy import QUESTIONS, Gap, Policy, gap


def gaps(said: Mapping[str, Any], policy: Policy, *, shot: str, use: str) -> tuple[Gap, ...]:
    """
    Return what ``policy`` demands and ``said`` lacks: for ``use``, then what final asks more.

    Args:
        said: What a record says, or will: ``references``, ``weights``, ``generator``,
            ``no_training``, ``answers``.
        policy: The show's.
        shot: Whose delivery it is, for the words.
        use: ``ideation``, ``temp`` or ``final``.
    """
    found: dict[str, Gap] = {}
    for one in (use, USES[-1]):
        for name in policy.fields[one]:
            if name not in found and not _is_there(said, name):
                found[name] = gap(name, shot=shot, use=one)
    return tuple(found.values())


def _is_there(said: Mapping[str, Any], name: str) -> bool:
    if name in QUESTIONS:
        return bool((said["answers"].get(name) or {}).get("text"))
    return _FOUND[name](said)


def _references(said: Mapping[str, Any]) -> bool:
    return all(one["allowed"] and one["approved_on"] for one in said["references"])


def _publish(said: Mapping[str, Any]) -> bool:
    seen = [one for one in said["references"] if one["share"] > 0]
    return all("publish" in one["allow"] for one in seen)


_FOUND: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "references": _references,
    "publish": _publish,
    "weights": lambda said: said["weights"]["items"] is not None,
    "code": lambda said: bool(said["generator"]["code_sha256"]),
    "no_training": lambda said: bool(said["no_training"]["says"]),
}


def require_answers(found: Sequence[Mapping[str, str]], *, shot: str, use: str) -> None:
    """
    Refuse a final delivery with gaps, a sentence for each.

    Raises:
        SignOffError: ``use`` is ``final`` and something that is demanded is missing.
    """
    if use != "final" or not found:
        return
    lines = [f"{one['field']}: {one['says']} ({one['remedy']})" for one in found]
    what = "one thing is" if len(found) == 1 else f"{len(found)} things are"
    raise SignOffError(
        f"{shot} does not leave as final: {what} missing\n  " + "\n  ".join(lines),
        remedy=f"{found[0]['remedy']}; or deliver with --use temp, which says what is missing.",
    )
