"""
What a show demands of a delivery before it may leave, and what only people can answer.

A *field* is something a delivery record says: found by the machine (references,
weights ...) or answered by a named person. A *policy* says which fields each use
demands. A field that is demanded and missing is a gap: it holds a final delivery
back, and is stated in the record of any other. Nothing ever fills one in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from seamline.show.record import LATER

LONGEST_ANSWER = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that only a person can answer, of a painting or of its use."""

    name: str
    asks: str
    missing: str
    """What is said while nobody has answered."""
    begins: tuple[str, ...] = ()
    """Words of which an answer has to begin with one; any where empty."""
    of_use: bool = False
    """Whether it is answered for one use, and for no other."""


QUESTIONS: Mapping[str, Question] = MappingProxyType(
    {
        question.name: question
        for question in (
            Question(
                name="likeness",
                asks="Is anybody recognisable in the generated pixels, or in the references "
                "they come from? Who?",
                missing="nobody has said whether a person's likeness is in the generated "
                "pixels",
            ),
            Question(
                name="voice",
                asks="Does anybody's voice go with it that was made or changed by a machine?",
                missing="nobody has said whether a made or changed voice goes with it",
            ),
            Question(
                name="consent",
                asks="Where is the consent kept of everybody whose likeness or voice is in it?",
                missing="nobody has said where the consents of the people in it are kept, "
                "or that none are needed",
            ),
            Question(
                name="replica",
                asks="Which class is it: none, synthetic (a performer who is nobody), or "
                "replica (of a performer who is somebody)?",
                missing="nobody has said whether it shows a synthetic performer or a "
                "digital replica",
                begins=("none", "synthetic", "replica"),
            ),
            Question(
                name="rights",
                asks="What of other people's rights is in it (works, marks, places), and how "
                "was it cleared?",
                missing="nobody has said that third-party rights were cleared",
            ),
            Question(
                name="similarity",
                asks="What did a similarity search against known works find, with which tool "
                "and threshold?",
                missing="nobody has said what a similarity search found, by which tool and "
                "threshold",
            ),
            Question(
                name="personal_data",
                asks="Is anybody's personal data in it, or was any used to make it?",
                missing="nobody has said whether personal data is in it",
            ),
            Question(
                name="isolation",
                asks="How was it seen to that nothing of the show left the studio's machines "
                "while it was made?",
                missing="nobody has said how the show's material was kept on the studio's "
                "machines",
            ),
            Question(
                name="approval",
                asks="Who approved this use in writing, when, and where is that kept?",
                missing="nobody has named the written approval of this use",
                of_use=True,
            ),
            Question(
                name="disclosure",
                asks="With which words is the audience told, and where do they stand?",
                missing="nobody has written how the audience is told",
            ),
        )
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    What a named person answered to a question about one painting.

    It holds for the painting it was given for (``ask_digest``) and for no other.
    ``signature`` is over the canonical bytes of everything else.
    """

    shot: str
    element: str
    ask_digest: str
    question: str
    text: str
    by: str
    at: str
    key_fingerprint: str
    nonce: str
    use: str = field(default="", metadata=LATER)
    """The use it was given for, where the question is of a use."""
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something that a policy can demand of a delivery's record."""

    name: str
    missing: str
    """One sentence, without its end, for the record that lacks it."""
    remedy: str
    """The command that gives it; ``SHOT``, ``USE`` and ``NAME`` stand for what they say."""


def _asked(question: Question) -> Field:
    words = f"seamline answer SHOT {question.name} TEXT --by NAME"
    return Field(
        name=question.name,
        missing=question.missing,
        remedy=words + (" --use USE" if question.of_use else ""),
    )


FOUND = (
    Field(
        name="references",
        missing="a reference it was painted from is not allowed for it any more, or lacks "
        "owner, licence, approver or date",
        remedy="seamline reference add FILE --owner OWNER --licence LICENCE "
        "--approved-by NAME, or paint from others",
    ),
    Field(
        name="publish",
        missing="a reference that is seen in it is not allowed to be published",
        remedy="seamline reference add FILE --allow paint --allow publish, with owner, "
        "licence and approver as before",
    ),
    Field(
        name="weights",
        missing="its generator does not say whether it uses trained weights",
        remedy="seamline paint SHOT --generator patch",
    ),
    Field(
        name="code",
        missing="its painting does not say by which code it was made",
        remedy="seamline paint SHOT --seed N",
    ),
    Field(
        name="no_training",
        missing="the show's policy does not say that nothing of it is used for training",
        remedy="write it in policy.toml: [training] says = WORDS",
    ),
)
"""What the machine finds."""
FIELDS: Mapping[str, Field] = MappingProxyType(
    {one.name: one for one in (*FOUND, *(_asked(q) for q in QUESTIONS.values()))}
)
"""Everything a policy can demand. A sign-off is demanded of every delivery besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Whose wish a policy is: a source, as of when, and what it asks in our own words."""

    source: str
    dated: str
    asks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Which fields each use demands, and what the show says once for all its deliveries."""

    name: str
    fields: Mapping[str, tuple[str, ...]]
    """Names of the demanded fields, by use."""
    no_training: str = ""
    """The show's word on training: that nothing of it is used for it."""
    demands: tuple[Demand, ...] = ()
    sha256: str = ""
    """Of the file it was read from; empty for the built-in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A demanded field that a delivery lacks, and the command that gives it."""

    field: str
    use: str
    """The use that demands it: the delivery's own, or the final one that is to follow."""
    says: str
    remedy: str


@cache
def house() -> Policy:
    """Return the built-in policy: what is asked everywhere."""
    return Policy(
        name="house",
        fields=MappingProxyType(
            {
                "ideation": (),
                "temp": ("references", "weights"),
                "final": (
                    "references",
                    "publish",
                    "weights",
                    "no_training",
                    "likeness",
                    "voice",
                    "consent",
                    "replica",
                    "rights",
                    "personal_data",
                    "approval",
                ),
            }
        ),
        no_training="Nothing of this show, neither what it was given nor what it made, is used "
        "to train anything.",
    )


def gap(name: str, *, shot: str, use: str) -> Gap:
    """Return the gap that the missing field ``name`` is, for ``shot`` and ``use``."""
    one = FIELDS[name]
    remedy = one.remedy.replace("SHOT", shot).replace("USE", use)
    return Gap(field=name, use=use, says=one.missing, remedy=remedy)
