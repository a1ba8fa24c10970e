"""show.toml: made whole or not at all, read strictly, found from where one stands."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from seamline.errors import InputError, ShowError
from seamline.store.newshow import create_show
from seamline.store.showfile import Limits, ShowFile, load_show
from seamline.store.showfound import find_root
from seamline.store.templates import Templates

CONFIG = "ocio_profile_version: 2.1\n"


@pytest.fixture
def show(tmp_path: Path) -> ShowFile:
    return create_show(str(tmp_path / "demo"), "The Long Meadow", CONFIG)


def edit(show: ShowFile, old: str, new: str) -> str:
    path = Path(show.root, "show.toml")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return str(path)


def test_a_new_show_is_what_a_film_expects(show: ShowFile, tmp_path: Path) -> None:
    settings = show.settings

    assert (settings.name, settings.root) == ("The Long Meadow", str(tmp_path / "demo"))
    assert (settings.width_px, settings.height_px, settings.rate) == (1920, 1080, "24")
    assert settings.defaults == {
        "plate": None,
        "picture": "sRGB - Texture",
        "linear": "Linear Rec.709 (sRGB)",
    }
    assert show.working_space == "ACEScg"
    assert show.templates == Templates()
    assert show.limits == Limits()
    assert show.settings.isolation == "preferred"
    assert show.config_path == str(tmp_path / "demo/config.ocio")
    assert Path(show.config_path).read_text() == CONFIG
    assert show.config_sha256 == hashlib.sha256(CONFIG.encode()).hexdigest()
    assert sorted(os.listdir(show.root)) == ["config.ocio", "policy.toml", "show.toml"]


def test_the_default_spaces_are_in_the_default_config() -> None:
    ocio = pytest.importorskip("PyOpenColorIO")
    config = ocio.Config.CreateFromBuiltinConfig("studio-config-v1.0.0_aces-v1.3_ocio-v2.1")

    for name in ("ACEScg", "sRGB - Texture", "Linear Rec.709 (sRGB)"):
        assert config.getColorSpace(name).getName() == name


@pytest.mark.parametrize(
    "name", ['The "Long" Walk', "C:\\shows", "夕焼け", "a # b", "it's", '"""']
)
def test_any_title_a_film_may_have_comes_back(tmp_path: Path, name: str) -> None:
    assert create_show(str(tmp_path / "demo"), name, CONFIG).settings.name == name
    assert load_show(str(tmp_path / "demo")).settings.name == name


@pytest.mark.parametrize("name", ["", " ", "two\nlines", "x" * 129, "bell\x07", "del\x7f"])
def test_a_title_that_is_none_makes_no_show(tmp_path: Path, name: str) -> None:
    with pytest.raises(ShowError, match="name"):
        create_show(str(tmp_path / "demo"), name, CONFIG)

    assert os.listdir(tmp_path) == []


def test_making_a_show_again_returns_the_one_that_stands(show: ShowFile) -> None:
    edit(show, "width = 1920", "width = 4096")

    again = create_show(show.root, "The Long Meadow", "another config")

    assert again.settings.width_px == 4096
    assert Path(show.config_path).read_text() == CONFIG


def test_another_show_in_the_same_folder_is_refused(show: ShowFile) -> None:
    before = Path(show.root, "show.toml").read_bytes()

    with pytest.raises(ShowError, match="is the show 'The Long Meadow' already"):
        create_show(show.root, "Something Else", CONFIG)

    assert Path(show.root, "show.toml").read_bytes() == before


def test_a_folder_with_plates_in_it_can_become_a_show(tmp_path: Path) -> None:
    (tmp_path / "plate.1001.exr").write_bytes(b"plate")

    create_show(str(tmp_path), "Demo", CONFIG)

    assert sorted(os.listdir(tmp_path)) == [
        "config.ocio", "plate.1001.exr", "policy.toml", "show.toml",
    ]  # fmt: skip


def test_the_folder_one_stands_in_stays_the_same_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    create_show(".", "Demo", CONFIG)

    assert sorted(os.listdir(".")) == ["config.ocio", "policy.toml", "show.toml"]


def test_somebody_s_own_config_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "config.ocio").write_text("mine")

    with pytest.raises(ShowError, match="another config"):
        create_show(str(tmp_path), "Demo", CONFIG)

    assert (tmp_path / "config.ocio").read_text() == "mine"
    assert os.listdir(tmp_path) == ["config.ocio"]


def test_a_creation_killed_before_the_end_goes_on(tmp_path: Path) -> None:
    (tmp_path / "config.ocio").write_text(CONFIG)

    assert create_show(str(tmp_path), "Demo", CONFIG).settings.name == "Demo"


def test_a_show_below_a_file_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file, not a folder")

    for root in (tmp_path / "a", tmp_path / "a/demo"):
        with pytest.raises(InputError, match=str(tmp_path / "a")) as refused:
            create_show(str(root), "Demo", CONFIG)
        assert refused.value.exit_code == 2


def test_a_broken_line_is_named_with_file_and_line(show: ShowFile) -> None:
    path = edit(show, "width = 1920", "width = = 1920")

    with pytest.raises(ShowError) as refused:
        load_show(show.root)

    line = Path(path).read_text().splitlines().index("width = = 1920") + 1
    assert path in str(refused.value)
    assert f"line {line}" in str(refused.value)


def test_a_file_in_another_encoding_is_named_with_its_line(show: ShowFile) -> None:
    path = Path(show.root, "show.toml")
    path.write_bytes(path.read_bytes().replace(b"Long", b"L\xe4ng"))

    with pytest.raises(ShowError, match="UTF-8") as refused:
        load_show(show.root)

    assert "line 4" in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("width = 1920", "widht = 1920", "[format] widht is not known; did you mean 'width'?"),
        ("[limits]", "[limit]", "limit is not known; did you mean 'limits'?"),
        ("picture =", "pictures =", "did you mean 'picture'?"),
        ("variations = 100", "frobnicate = 1", "[limits] frobnicate is not known; there is no"),
        ("width = 1920", 'width = "1920"', "[format] width is '1920', expected a whole number"),
        ("width = 1920", "width = 0", "expected a whole number from 1"),
        ("width = 1920", "width = true", "expected a whole number from 1"),
        ('rate = "24"', "rate = 24", "[format] rate is 24, expected words between quotes"),
        ('rate = "24"', 'rate = "23.976"', '"24000/1001"'),
        ('rate = "24"', 'rate = "0"', "frames per second"),
        ('rate = "24"', 'rate = "1/0"', "frames per second"),
        ('rate = "24"', 'rate = "fast"', "frames per second"),
        ('config = "config.ocio"', 'config = "../config.ocio"', "below the show's folder"),
        ('config = "config.ocio"', 'config = "/etc/config.ocio"', "below the show's folder"),
        ('config = "config.ocio"', 'config = "aces.ocio"', "aces.ocio that"),
        ('config_sha256 = "', 'config_sha256 = "g', "64 hexadecimal digits"),
        ("canvas_mpx = 128", "canvas_mpx = -1", "a number above 0"),
        ("canvas_mpx = 128", "canvas_mpx = nan", "a number above 0"),
        ('name = "The Long Meadow"', "", "[show] name is missing"),
        ('sheets = "shots/{shot}/sheets/{name}"', 'sheets = "{name}"', "show.toml: [names]"),
        ("[limits]", "[[limits]]", "expected a table: [limits]"),
        ('= "preferred"', '= "maybe"', "[workers] isolation is 'maybe', expected one of"),
        ('= "preferred"', "= true", "expected words between quotes"),
        ("isolation =", "walls =", "[workers] walls is not known"),
    ],
)
def test_what_is_wrong_in_show_toml_is_said_with_its_place(
    show: ShowFile, old: str, new: str, says: str
) -> None:
    path = edit(show, old, new)

    with pytest.raises(ShowError) as refused:
        load_show(show.root)

    assert says in str(refused.value)
    assert path in str(refused.value)
    assert refused.value.remedy


def test_what_a_show_changes_is_read(show: ShowFile) -> None:
    edit(show, 'rate = "24"', 'rate = "24000/1001"')
    edit(show, '# plate = "ACES2065-1"', 'plate = "ACES2065-1"')
    edit(show, "variations = 100", "variations = 12")
    edit(show, '= "preferred"', '= "required"')
    edit(show, "{id}_comp.%04d.exr", "{id}.%05d.exr")

    changed = load_show(show.root)

    assert changed.settings.rate == "24000/1001"
    assert changed.settings.defaults["plate"] == "ACES2065-1"
    assert changed.limits.variations == 12
    assert changed.settings.isolation == "required"
    assert changed.templates.comps.endswith("/{id}.%05d.exr")


def test_a_config_that_changed_quietly_is_found(show: ShowFile) -> None:
    Path(show.config_path).write_text(CONFIG + "# a small change\n")

    with pytest.raises(ShowError, match="not the config") as refused:
        load_show(show.root)

    found = hashlib.sha256(Path(show.config_path).read_bytes()).hexdigest()
    assert found in refused.value.remedy


def test_a_show_is_found_by_flag_then_variable_then_upwards(
    show: ShowFile, tmp_path: Path
) -> None:
    other = create_show(str(tmp_path / "other"), "Other", CONFIG).root
    third = create_show(str(tmp_path / "third"), "Third", CONFIG).root
    inside = Path(show.root, "shots/042_0110")
    inside.mkdir(parents=True)

    assert find_root(str(inside), {}) == show.root
    assert find_root(str(inside), {"SEAMLINE_SHOW": other}) == other
    assert find_root(str(inside), {"SEAMLINE_SHOW": other}, third) == third
    assert find_root("/", {}, f"{third}/show.toml") == third


def test_no_show_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ShowError, match=str(tmp_path)) as refused:
        find_root(str(tmp_path), {})
    assert "seamline show create" in refused.value.remedy

    with pytest.raises(ShowError, match="from --show"):
        find_root("/", {}, str(tmp_path))
    with pytest.raises(ShowError, match=r"from \$SEAMLINE_SHOW"):
        find_root("/", {"SEAMLINE_SHOW": str(tmp_path)})
    with pytest.raises(ShowError, match="not a show"):
        load_show(str(tmp_path))
