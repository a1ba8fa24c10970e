"""Choosing, signing, delivering: named people, exact pixels, nothing half-written."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from seamline.errors import (
    InputError,
    RefusedError,
    SeamlineError,
    ShowError,
    SignOffError,
    TamperError,
)
from seamline.pixels.digest import picture_digest
from seamline.show.frames import FrameRange, frame_path
from seamline.show.seam import Seam
from seamline.steps import book
from seamline.steps.audit import audit
from seamline.steps.deliver import deliver
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.main_job import painted
from seamline.steps.prune import prune
from seamline.steps.review import choose
from seamline.steps.sign import sign
from seamline.steps.sign_offs import signed_bytes
from tiny import TinyShow, frame_of, grey_and_noise, lower_half

TWO = FrameRange(first=1001, last=1002)
ELEMENT = "S_010_env_b01_v001"


@pytest.fixture
def ready(tiny_show: TinyShow) -> TinyShow:
    """A shot with one painted variation, chosen, and Ada's key."""
    tiny_show.static_shot()
    painted(tiny_show.studio, "S_010", variations=2, seed=1, generator="neutral")
    tiny_show.studio.keyring.create("Ada", None)
    choose(tiny_show.studio, "S_010", ELEMENT, by="Ada")
    return tiny_show


@pytest.fixture
def signed(ready: TinyShow) -> TinyShow:
    sign(ready.studio, ELEMENT, by="Ada", passphrase=None)
    return ready


def out(show: TinyShow) -> Path:
    return show.root.parent / "delivery"


def delivered(show: TinyShow) -> dict[str, Any]:
    return deliver(show.studio, "S_010", str(out(show)))


# -- choosing ----------------------------------------------------------------------------


def test_a_name_without_a_key_chooses_nothing(ready: TinyShow) -> None:
    with pytest.raises(RefusedError, match="Mallory") as refused:
        choose(ready.studio, "S_010", ELEMENT, by="Mallory")

    assert "seamline key create" in refused.value.remedy


def test_the_last_choice_holds_and_the_same_choice_writes_nothing(ready: TinyShow) -> None:
    rows = ready.studio.ledger.verify()

    choose(ready.studio, "S_010", ELEMENT, by="Ada")
    assert ready.studio.ledger.verify() == rows

    choose(ready.studio, "S_010", "S_010_env_b02_v001", by="Ada")
    found = book.chosen(ready.studio.ledger, "S_010")
    assert found is not None
    assert found.element == "S_010_env_b02_v001"


def test_a_variation_of_another_shot_is_not_this_shot_s_choice(ready: TinyShow) -> None:
    ready.static_shot("S_020")

    with pytest.raises(ShowError, match="belongs to S_010, not to S_020"):
        choose(ready.studio, "S_020", ELEMENT, by="Ada")


def test_what_was_never_painted_cannot_be_chosen(ready: TinyShow) -> None:
    with pytest.raises(ShowError, match="S_010_env_b77_v001 has not been painted"):
        choose(ready.studio, "S_010", "S_010_env_b77_v001", by="Ada")


# -- signing ------------------------------------------------------------------------------


def test_a_sign_off_is_ada_s_signature_over_the_exact_record(ready: TinyShow) -> None:
    found = sign(ready.studio, ELEMENT, by="Ada", passphrase=None)

    key = ready.studio.keyring.find("Ada")
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public_hex))
    public.verify(bytes.fromhex(found.signature), signed_bytes(found))
    with pytest.raises(InvalidSignature):
        public.verify(bytes.fromhex(found.signature), signed_bytes(replace(found, by="Bob")))
    version = book.version(ready.studio.ledger, ELEMENT)
    assert found.element_digest == version.element_digest
    assert found.comp_digest == version.comp_digest
    assert not found.key_protected  # every record made with such a key says so
    assert found.size_px == (64, 36)
    assert found.view == ready.studio.colour.view_name


def test_signing_twice_is_signing_once(signed: TinyShow) -> None:
    rows = signed.studio.ledger.verify()

    sign(signed.studio, ELEMENT, by="Ada", passphrase=None)

    assert signed.studio.ledger.verify() == rows


def test_a_second_person_may_sign_too(signed: TinyShow) -> None:
    signed.studio.keyring.create("Bea", b"horse battery")

    sign(signed.studio, ELEMENT, by="Bea", passphrase=b"horse battery")

    names = [s.by for s in book.sign_offs(signed.studio.ledger, ELEMENT)]
    assert names == ["Ada", "Bea"]


def test_a_wrong_passphrase_signs_nothing(ready: TinyShow) -> None:
    ready.studio.keyring.create("Bea", b"horse battery")

    with pytest.raises(RefusedError, match="passphrase"):
        sign(ready.studio, ELEMENT, by="Bea", passphrase=b"guess")

    assert not book.sign_offs(ready.studio.ledger, ELEMENT)


def test_nobody_signs_with_a_name_that_has_no_key(ready: TinyShow) -> None:
    with pytest.raises(RefusedError, match="Mallory"):
        sign(ready.studio, ELEMENT, by="Mallory", passphrase=None)


def brighten(show: TinyShow, path: str, channel: str = "R") -> None:
    """Change one pixel of a file by the least step, header untouched."""
    picture = show.studio.images.read(path)
    planes = {n: p.copy() for n, p in picture.channels.items()}
    planes[channel].view(f"u{planes[channel].dtype.itemsize}")[0, 0] ^= 1
    Path(path).unlink()
    show.studio.images.write(path, picture.with_channels(planes))


def comp_path(show: TinyShow) -> str:
    return frame_path(show.studio.shelf.comp_pattern(ELEMENT), 1002)


def element_path(show: TinyShow) -> str:
    return frame_path(show.studio.shelf.element_pattern(ELEMENT), 1002)


def change_matte(show: TinyShow) -> None:
    brighten(show, str(show.material / "S_010_matte.1002.exr"), "A")


def change_plate(show: TinyShow) -> None:
    brighten(show, str(show.material / "S_010.1002.exr"))


def change_element(show: TinyShow) -> None:
    brighten(show, element_path(show))


def change_comp(show: TinyShow) -> None:
    brighten(show, comp_path(show))


def new_seam(show: TinyShow) -> None:
    path = show.matte("other", TWO, lambda n: lower_half(36, 64)[::-1])
    set_seam(show.studio, Seam(shot="S_010", version=1, matte=path))


def new_plate(show: TinyShow) -> None:
    pattern = show.plate("S_010", TWO, lambda n: frame_of(grey_and_noise(n + 9, 36, 64)))
    add_shot(show.studio, "S_010", plate=pattern, static=True, frames=TWO)


CHANGES = [
    (change_matte, "matte"),
    (change_plate, "plate"),
    (change_element, "clean element"),
    (change_comp, "comp"),
    (new_seam, "matte"),
    (new_plate, "plate"),
]


@pytest.mark.parametrize(("change", "what"), CHANGES)
def test_pixels_that_are_no_longer_the_published_ones_are_not_signed(
    ready: TinyShow, change: Callable[[TinyShow], None], what: str
) -> None:
    change(ready)

    with pytest.raises(SignOffError, match=f"the .*{what}.* is no longer what was published"):
        sign(ready.studio, ELEMENT, by="Ada", passphrase=None)


@pytest.mark.parametrize(("change", "what"), CHANGES)
def test_what_changed_after_it_was_signed_is_not_delivered(
    signed: TinyShow, change: Callable[[TinyShow], None], what: str
) -> None:
    change(signed)

    with pytest.raises(SignOffError, match=f"the .*{what}.* changed after Ada signed") as no:
        delivered(signed)

    assert no.value.exit_code == 1
    assert not out(signed).exists()


def test_a_painted_layer_that_changed_in_the_blobs_is_not_delivered(signed: TinyShow) -> None:
    (variation, _) = book.variations(signed.studio.ledger, "S_010")
    blob = signed.studio.blobs.path(variation.layers[0].digest)
    Path(blob).chmod(0o644)
    brighten(signed, blob)

    with pytest.raises(TamperError):
        delivered(signed)

    assert not out(signed).exists()


def test_what_came_back_as_it_was_is_signed_still(signed: TinyShow) -> None:
    path = comp_path(signed)
    before = Path(path).read_bytes()
    brighten(signed, path)
    with pytest.raises(SignOffError):
        delivered(signed)

    Path(path).unlink()
    Path(path).write_bytes(before)

    assert delivered(signed)["signed_by"] == "Ada"


def test_a_header_that_changed_is_no_other_picture(signed: TinyShow) -> None:
    path = comp_path(signed)
    picture = signed.studio.images.read(path)
    Path(path).unlink()
    owned = {**picture.attributes, "owner": ("string", "somebody")}
    signed.studio.images.write(path, replace(picture, attributes=owned))

    assert delivered(signed)["signed_by"] == "Ada"


# -- delivering -----------------------------------------------------------------------------


def test_unsigned_is_raw_material(ready: TinyShow) -> None:
    with pytest.raises(SignOffError, match="raw material") as refused:
        delivered(ready)

    assert refused.value.remedy.endswith(f"seamline sign {ELEMENT} --by NAME")
    assert not out(ready).exists()
    assert not list(ready.studio.ledger.rows("delivery"))


def test_nothing_chosen_is_nothing_delivered(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    painted(tiny_show.studio, "S_010", variations=1, seed=1, generator="neutral")

    with pytest.raises(RefusedError, match="no variation has been chosen"):
        delivered(tiny_show)


def test_signing_one_variation_does_not_sign_the_chosen_one(signed: TinyShow) -> None:
    choose(signed.studio, "S_010", "S_010_env_b02_v001", by="Ada")

    with pytest.raises(SignOffError, match="S_010_env_b02_v001 has no sign-off"):
        delivered(signed)


def test_a_delivery_holds_every_file_with_its_hash(signed: TinyShow) -> None:
    found = delivered(signed)

    folder = out(signed)
    on_disk = {str(p) for p in folder.rglob("*") if p.is_file()}
    listed = {f["path"] for f in found["files"]}
    last = {"record.json", "SHA256SUMS", "SHA256SUMS.sig"}
    assert on_disk == listed | {str(folder / name) for name in last}
    for entry in found["files"]:
        content = Path(entry["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    kinds = {str(Path(p).relative_to(folder)).split("/")[0] for p in listed}
    assert kinds == {
        "comp", "element", "layers", "matte", "config.ocio", f"{ELEMENT}.cc", f"{ELEMENT}.nk",
        f"{ELEMENT}.ccc", "match.json", f"{ELEMENT}.edl", f"{ELEMENT}.otio", "scene",
        "delivery.html", "authority.pem", "c2pa", "ascmhl",
    }  # fmt: skip


def test_the_delivered_frames_are_the_signed_pixels(signed: TinyShow) -> None:
    delivered(signed)

    version = book.version(signed.studio.ledger, ELEMENT)
    for place, number in enumerate(TWO):
        comp = out(signed) / "comp" / f"{ELEMENT}_comp.{number}.exr"
        element = out(signed) / "element" / f"{ELEMENT}.{number}.exr"
        read = signed.studio.images.read
        assert picture_digest(read(str(comp))) == version.comp_frames[place]
        assert picture_digest(read(str(element))) == version.element_frames[place]


def test_the_delivered_matte_is_one_where_it_is_generated(signed: TinyShow) -> None:
    delivered(signed)

    path = out(signed) / "matte" / f"{ELEMENT}_generated.1001.exr"
    matte = signed.studio.images.read(str(path)).channels["A"]
    np.testing.assert_array_equal(matte, 1 - lower_half(36, 64))


def test_the_record_names_who_made_and_signed_what(signed: TinyShow) -> None:
    found = delivered(signed)

    record = json.loads(Path(found["record"]).read_text())
    assert record["sign_off"]["by"] == "Ada"
    assert record["element"] == ELEMENT
    assert record["ask"]["generator"] == "neutral"
    assert record["plate"]["colourspace"] == "ACEScg"
    assert record["key"]["fingerprint"] == record["sign_off"]["key_fingerprint"]
    claimed = record.pop("digest")
    stored = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(stored.encode()).hexdigest() == claimed


def test_delivering_again_is_the_same_delivery(signed: TinyShow) -> None:
    first = delivered(signed)
    written = {p: p.stat().st_mtime_ns for p in out(signed).rglob("*") if p.is_file()}
    rows = signed.studio.ledger.verify()

    assert delivered(signed) == first
    assert signed.studio.ledger.verify() == rows
    assert {p: p.stat().st_mtime_ns for p in written} == written


def test_a_delivery_killed_before_its_last_row_is_known_after_the_next_run(
    signed: TinyShow,
) -> None:
    # The folder stands, the ledger's row does not: what a kill at the end leaves behind.
    class Full:
        """The ledger of a disk that fills up at the wrong moment."""

        def __getattr__(self, name: str) -> Any:
            if name == "append_once":
                raise SeamlineError("killed")
            return getattr(signed.studio.ledger, name)

    with pytest.raises(SeamlineError, match="killed"):
        deliver(replace(signed.studio, ledger=Full()), "S_010", str(out(signed)))
    assert (out(signed) / "record.json").exists()
    assert not list(signed.studio.ledger.rows("delivery"))

    delivered(signed)

    assert len(list(signed.studio.ledger.rows("delivery"))) == 1
    assert audit(signed.studio, str(out(signed)))["whole"]


def test_a_folder_that_holds_something_else_is_left_alone(signed: TinyShow) -> None:
    out(signed).mkdir()
    (out(signed) / "notes.txt").write_text("mine")

    with pytest.raises(InputError, match="delivery"):
        delivered(signed)

    assert [p.name for p in out(signed).iterdir()] == ["notes.txt"]


def test_a_delivery_somebody_touched_is_not_called_the_same(signed: TinyShow) -> None:
    delivered(signed)
    cdl = out(signed) / f"{ELEMENT}.cc"
    cdl.chmod(0o644)
    cdl.write_text(cdl.read_text().replace("0.0", "0.1", 1) + " ")

    with pytest.raises(TamperError, match=rf"{ELEMENT}\.cc is missing, or not the file"):
        delivered(signed)


def test_what_was_delivered_is_never_pruned(signed: TinyShow) -> None:
    delivered(signed)
    choose(signed.studio, "S_010", "S_010_env_b02_v001", by="Ada")

    kept = prune(signed.studio)["kept"]

    assert kept == [ELEMENT, "S_010_env_b02_v001"]
    assert Path(comp_path(signed)).exists()


def test_a_ledger_with_one_changed_byte_delivers_nothing(signed: TinyShow) -> None:
    ledger = sqlite3.connect(signed.root / ".seamline" / "ledger.sqlite")
    with ledger:
        ledger.execute("DROP TRIGGER rows_stand")
        changed = ledger.execute(
            "UPDATE rows SET stored = CAST(replace(CAST(stored AS TEXT), 'Ada', 'Bob') AS "
            "BLOB) WHERE kind = 'sign-off'"
        )
    assert changed.rowcount == 1
    ledger.close()

    with pytest.raises(TamperError):
        delivered(signed)
