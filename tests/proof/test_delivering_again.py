"""A delivery that stands is left as it is, if its list and signature are the show's."""

from __future__ import annotations

from pathlib import Path

import pytest
from delivered import SHOT, Delivery, signed_show

from seamline.errors import InputError, TamperError
from seamline.steps.deliver import deliver


@pytest.fixture
def sent(tmp_path: Path) -> Delivery:
    """A delivery where it was written, without a manifest for each frame."""
    show = signed_show(tmp_path)
    deliver(show.studio, SHOT, str(tmp_path / "sent"))
    return Delivery(tmp_path / "sent", show.studio)


def again(sent: Delivery, **wanted: bool) -> None:
    deliver(sent.studio, SHOT, str(sent.folder), **wanted)  # type: ignore[arg-type]


def test_the_same_delivery_keeps_every_byte(sent: Delivery) -> None:
    before = {path: sent.read(path) for path in sent.files()}

    again(sent)

    assert {path: sent.read(path) for path in sent.files()} == before


@pytest.mark.parametrize("path", ["SHA256SUMS", "SHA256SUMS.sig"])
@pytest.mark.parametrize("content", [None, b"", b"other"])
def test_a_list_or_signature_that_was_touched_is_not_called_the_same(
    sent: Delivery, path: str, content: bytes | None
) -> None:
    (sent.folder / path).unlink()
    if content is not None:
        sent.write(path, content)

    with pytest.raises(TamperError, match=f"{path} is missing, or not the one"):
        again(sent)


def test_a_manifest_for_each_frame_is_not_added_to_a_signed_folder(sent: Delivery) -> None:
    before = sent.files()

    with pytest.raises(InputError, match="without a manifest for each frame"):
        again(sent, c2pa_each_frame=True)

    assert sent.files() == before
