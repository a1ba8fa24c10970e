"""
Training: what may be trained on, and the one place that says so.

Whatever trains asks here and nowhere else. Painting and training are two permissions: a
picture that may be painted from may not be trained on for that, nor the other way round.
"""

from __future__ import annotations

from seamline.errors import ApprovalError
from seamline.ports import Studio
from seamline.show.reference import Reference
from seamline.steps.reference import usable_for


def may_be_trained_on(studio: Studio) -> tuple[Reference, ...]:
    """
    Return the references that training may see today, in the order they came.

    Each allows ``train`` itself, and so does every twin of its pixels and every copy of it.

    Raises:
        ApprovalError: The show's policy says that nothing of it is trained on.
    """
    policy = studio.settings.policy
    if policy.no_training:
        raise ApprovalError(
            f"nothing of this show is trained on; its policy ({policy.name}) says: "
            f"{policy.no_training}",
            remedy="Whoever may decide it takes the word out of policy.toml: [training].",
        )
    return tuple(usable_for(studio, "train")[0])
