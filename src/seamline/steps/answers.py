"""
Answers: what only a person can say of a painting, said by a named one and signed.

An answer is about one painting. When another one is chosen, or this one is painted
over, it is asked again; a new match, comp or camera leaves it standing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from seamline.errors import InputError, TamperError
from seamline.ports import Studio
from seamline.show.delivery import USES
from seamline.show.policy import LONGEST_ANSWER, QUESTIONS, Answer, Question
from seamline.show.record import as_record, canonical, from_record
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.people import person, signed_after_revocation
from seamline.steps.review import require_choice

KIND = "answer"


def answer(
    studio: Studio,
    name: str,
    question: str,
    text: str,
    *,
    by: str,
    passphrase: bytes | None,
    element: str | None = None,
    use: str = "final",
) -> Answer:
    """
    Record what ``by`` answers to ``question`` about shot ``name``.

    Args:
        studio: Ports.
        name: The shot.
        question: One of ``QUESTIONS``.
        text: The answer, in words.
        by: Whose answer it is; they need a key.
        passphrase: Of their key.
        element: The version it is about; by default the chosen one.
        use: What the delivery is for, where the question is of a use.

    Raises:
        InputError: There is no such question or use, or the text is no answer to it.
        RefusedError: ``by`` has no key, the passphrase is wrong, or nothing is chosen.
    """
    key = person(studio, by)
    asked = _question(question)
    said = _said(asked, text)
    if use not in USES:
        raise InputError(f"there is no use {use!r}", remedy=f"Known are {', '.join(USES)}.")
    about = element or require_choice(studio, name).element
    version = book.version_in(studio.ledger, name, about)
    unsigned = Answer(
        shot=name,
        element=version.id,
        ask_digest=version.ask_digest,
        question=asked.name,
        text=said,
        by=key.name,
        at=studio.clock.now(),
        key_fingerprint=key.fingerprint,
        nonce=studio.nonce(),
        use=use if asked.of_use else "",
    )
    signature = studio.keyring.sign(by, answer_bytes(unsigned), passphrase)
    standing = answers(studio, version, use=use).get(asked.name)
    if standing is not None and (standing.text, standing.by) == (said, key.name):
        return standing
    signed = replace(unsigned, signature=signature)
    studio.ledger.append("answer", as_record(signed), by=by)
    return signed


def answers(
    studio: Studio, version: Version, *, use: str, until: int | None = None
) -> dict[str, Answer]:
    """
    Return the answers that hold for the painting of ``version``, by question: the newest.

    Args:
        studio: Ports.
        version: What is asked about.
        use: Answers that were given for another use are left out.
        until: Only those up to this row of the ledger.

    Raises:
        TamperError: A signature is not its owner's.
    """
    found: dict[str, Answer] = {}
    drawn = set()
    for row in studio.ledger.rows(KIND):
        if until is not None and row.number > until:
            break
        if row.body["nonce"] in drawn or row.body["shot"] != version.shot:
            continue  # written again, an old answer does not become the newest
        drawn.add(row.body["nonce"])
        said = from_record(Answer, row.body)
        if said.ask_digest != version.ask_digest or said.use not in ("", use):
            continue
        if signed_after_revocation(studio, KIND, row.body):
            continue
        key = studio.keyring.find(said.by)
        if not studio.keyring.verify(key, answer_bytes(said), said.signature):
            raise TamperError(
                f"{said.shot}: the signature of {said.by} does not fit the answer to "
                f"{said.question}",
                remedy="Verify the ledger: seamline doctor",
            )
        found[said.question] = said
    return found


def answer_bytes(said: Answer) -> bytes:
    """Return what an answer's signature is over."""
    record = as_record(said)
    del record["signature"]
    return canonical(record)


def _question(name: str) -> Question:
    found = QUESTIONS.get(name.strip().lower().replace("-", "_"))
    if found is None:
        raise InputError(
            f"there is no question {name!r}", remedy=f"Asked are {', '.join(QUESTIONS)}."
        )
    return found


def _said(asked: Question, text: str) -> str:
    said = text.strip()
    whole = all(c.isprintable() or c == "\n" for c in said)
    if not said or len(said) > LONGEST_ANSWER or not whole:
        raise InputError(
            f"that is no answer to {asked.name!r}: {asked.asks}",
            remedy=f"Say it in words, in {LONGEST_ANSWER} characters at most.",
        )
    words = tuple(said.lower().replace(":", " ").replace(",", " ").replace(".", " ").split())
    if asked.begins and (not words or words[0] not in asked.begins):
        raise InputError(
            f"an answer to {asked.name!r} begins with "
            f"{' or '.join(asked.begins)}: {asked.asks}",
            remedy=f"Begin with the class, then say more: {asked.begins[0]}, because ...",
        )
    return said


def asked(studio: Studio, name: str, *, use: str, element: str | None = None) -> dict[str, Any]:
    """
    Return every question, whether the show's policy demands it for ``use``, and its answer.

    Returns:
        ``shot``, ``element``, ``use``, and ``questions``: ``question``, ``asks``,
        ``demanded``, ``text`` and ``by`` (empty while it is open).

    Raises:
        RefusedError: Nothing is chosen, and no element was named.
    """
    about = element or require_choice(studio, name).element
    version = book.version_in(studio.ledger, name, about)
    given = answers(studio, version, use=use)
    return {
        "shot": name,
        "element": version.id,
        "use": use,
        "questions": [
            {
                "question": one.name,
                "asks": one.asks,
                "demanded": one.name in studio.settings.policy.fields[use],
                "text": given[one.name].text if one.name in given else "",
                "by": given[one.name].by if one.name in given else "",
            }
            for one in QUESTIONS.values()
        ],
    }
