"""The pages say what the code does: nothing undocumented, no dead link, no stale reference."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import json
import pkgutil
import re
import subprocess
import sys
import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import ModuleType

import pytest
from pages import ROOT, blocks, pages

import seamline
from seamline import checks, errors, show
from seamline.show.lock import Light, Tolerances
from seamline.steps.lock import SECTIONS, parse_lock
from seamline.store.chain import row_bytes
from seamline.store.newshow import show_text
from seamline.store.showfile import parse

REFERENCE = ROOT / "docs" / "reference"
OUR_WORDS = (
    "plate, element, matte, seam, lock, take, track, lens, pose, frustum, canvas, card, paint, "
    "variation, known / keep, version, publish, note, verdict, sign-off, look, CDL, grain, "
    "working space, handles, turnover / delivery, slate, show, sequence, shot, ledger, digest"
)
TEXT = (".py", ".md", ".toml", ".css", ".js", ".html", ".json", ".jsonl", "")
LARGEST_DEMO_BYTES = 16_000_000
LARGEST_PICTURE_BYTES = 300_000


# -- the shell --------------------------------------------------------------


@pytest.fixture(scope="module")
def shell() -> ModuleType:
    """Return the module that writes the shell's page."""
    path = REFERENCE / "make_cli.py"
    spec = importlib.util.spec_from_file_location("make_cli", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_the_shell_is_the_shell(shell: ModuleType) -> None:
    written = (REFERENCE / "cli.md").read_text()

    assert written == shell.page(), "run: python docs/reference/make_cli.py"


def test_every_help_page_says_what_it_does_and_has_an_example(shell: ModuleType) -> None:
    for path, command in shell.commands(shell.main):
        prose, example = shell.words(command)

        assert prose.endswith("."), path
        assert example.startswith(path if path != "seamline" else "seamline demo"), path


def test_every_command_is_in_the_tour_or_runs_the_whole_job(shell: ModuleType) -> None:
    typed = "".join(blocks(ROOT / "docs" / "tour.md", "sh"))

    for path, command in shell.commands(shell.main):
        if not hasattr(command, "commands") and path not in ("seamline", "seamline demo"):
            assert f"{path} " in typed or f"{path}\n" in typed, path


def test_every_option_has_a_word_of_help(shell: ModuleType) -> None:
    speak_for_themselves = {"--kind"}

    for path, command in shell.commands(shell.main):
        for option in command.params:
            if option.param_type_name == "option" and not set(option.opts) & (
                speak_for_themselves
            ):
                assert option.help, (path, option.opts)


# -- errors, checks, words --------------------------------------------------


def _errors() -> list[type[errors.SeamlineError]]:
    return [
        cls
        for _, cls in inspect.getmembers(errors, inspect.isclass)
        if issubclass(cls, errors.SeamlineError)
    ]


@pytest.mark.parametrize("cls", _errors(), ids=lambda cls: cls.__name__)
def test_every_refusal_is_explained_with_its_exit_code(
    cls: type[errors.SeamlineError],
) -> None:
    page = (ROOT / "docs" / "how-to" / "read-a-refusal.md").read_text()

    assert f"| `{cls.__name__}` | {cls.exit_code} |" in page
    assert cls.__name__ in (errors.__doc__ or "")


def test_no_refusal_is_explained_that_does_not_exist() -> None:
    page = (ROOT / "docs" / "how-to" / "read-a-refusal.md").read_text()

    assert set(re.findall(r"^\| `(\w+Error)`", page, re.MULTILINE)) == {
        cls.__name__ for cls in _errors()
    }


def test_every_check_is_on_the_page_of_checks_and_no_other() -> None:
    names = {check.__module__.rsplit(".", 1)[1] for check in (*checks.ALL, *checks.QC)}
    detectors = (ROOT / "src" / "seamline" / "generators" / "patch" / "detect").glob("*.py")
    for module in detectors:
        names |= set(re.findall(r'check="([a-z ]+)"', module.read_text()))

    page = (REFERENCE / "checks.md").read_text()

    assert set(re.findall(r"^\| `([\w ]+)`", page, re.MULTILINE)) == names


def test_every_word_of_the_house_is_defined_once() -> None:
    page = (ROOT / "docs" / "words.md").read_text()
    defined = re.findall(r"^- \*\*(.+?)\*\*", page, re.MULTILINE)

    assert len(defined) == len(set(defined))
    for word in OUR_WORDS.split(", "):
        assert word in defined, word


def test_every_noun_of_the_code_stands_behind_its_word() -> None:
    page = (ROOT / "docs" / "words.md").read_text()

    for found in pkgutil.iter_modules(show.__path__, "seamline.show."):
        module = importlib.import_module(found.name)
        for name, cls in inspect.getmembers(module, is_dataclass):
            if cls.__module__ == found.name:
                assert f"`{name}`" in page, name


def test_the_package_exports_its_version_and_nothing_else() -> None:
    assert seamline.__all__ == ["__version__"]
    assert seamline.__all__ == sorted(seamline.__all__)
    facts = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert seamline.__version__ == facts["project"]["version"]


# -- the files people write -------------------------------------------------


def test_the_lock_on_the_page_is_a_lock_and_has_every_key() -> None:
    (text,) = blocks(REFERENCE / "lock.md", "toml")

    lock = parse_lock(text, shot="042_0110", version=1, where="lock.md")

    said = tomllib.loads(text)
    assert {name: set(values) for name, values in said.items()} == {
        name: set(keys) for name, keys in SECTIONS.items()
    }
    assert lock.lens is not None
    assert lock.lens.focal_length_mm == 35.0
    assert lock.agreed_by == ("M. Okafor", "A. Lindqvist")
    assert all(getattr(lock.light, f.name) is not None for f in fields(Light))
    assert lock.tolerances == Tolerances(), "the page says that these are the defaults"


def test_the_show_on_the_page_is_a_show_and_has_every_key() -> None:
    (text,) = blocks(REFERENCE / "show-toml.md", "toml")

    found = parse(text, root=str(ROOT / "nordwand"))

    said = tomllib.loads(text)
    fresh = tomllib.loads(
        show_text(
            "Nordwand",
            config_sha256=found.config_sha256,
            width_px=1920,
            height_px=1080,
            rate="24",
            working_space="ACEScg",
        )
    )
    assert said["colour"]["defaults"].pop("plate") == "ACES2065-1"
    assert said == fresh, "the page is what a new show is written with, and a plate default"


def test_a_row_of_the_ledger_has_the_names_on_the_page() -> None:
    (text,) = blocks(REFERENCE / "files.md", "json")

    row = row_bytes(
        number=1, previous="0" * 64, kind="choice", key=None, body={}, by="", at=""
    ).decode()

    on_the_page = set(re.findall(r'^  "(\w+)":', text, re.MULTILINE))
    assert on_the_page == set(ast.literal_eval(row.replace("null", "None")))


def test_every_kind_of_row_that_is_written_is_on_the_page_of_files() -> None:
    steps = "".join(p.read_text() for p in (ROOT / "src/seamline/steps").glob("*.py"))
    written = set(re.findall(r'book\.write\(\s*studio\.ledger,\s*"([\w-]+)"', steps))
    written |= set(re.findall(r'book\.publish\(\s*shot\.name,\s*"([\w-]+)"', steps))
    written |= set(re.findall(r'ledger\.append(?:_once)?\(\s*"([\w-]+)"', steps))

    page = (REFERENCE / "files.md").read_text()
    (table,) = re.findall(r"^\| kind \| key \|.*?\n\n", page + "\n\n", re.MULTILINE | re.DOTALL)

    assert len(written) >= 8
    rows = [line.split("|")[1] for line in table.strip().splitlines()[2:]]
    assert {kind for row in rows for kind in re.findall(r"`([\w-]+)`", row)} == written


# -- links, commands, places ------------------------------------------------


@pytest.mark.parametrize("page", pages(), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)

    for target in re.findall(r"\]\(([^)#\s]+)", prose):
        if not target.startswith(("https://", "http://")):
            assert (page.parent / target).exists(), target


def test_every_test_that_a_page_names_is_there() -> None:
    for page in pages():
        for name in re.findall(r"`(tests/[\w./]*)`", page.read_text()):
            assert (ROOT / name).exists(), (page.name, name)


def test_every_make_command_on_a_page_is_in_the_makefile() -> None:
    rules = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    for page in pages():
        for word in re.findall(r"(?:`|^)make ([a-z]+)", page.read_text(), re.MULTILINE):
            assert word in rules, (page.name, word)


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    ours = [p for p in ROOT.iterdir() if p.is_file()]
    for room in (".ci", "benchmarks", "clients", "docs", "examples", "src", "tests"):
        ours += [p for p in (ROOT / room).rglob("*") if p.is_file()]
    somebodys = re.compile(r"(?<![\w.])/(?:root|work|Users)/[\w.]")

    for path in ours:
        if path.suffix in TEXT and "__pycache__" not in path.parts:
            found = somebodys.search(path.read_text(errors="replace"))
            assert found is None, (path, found)


def test_the_demo_show_is_small_and_carries_its_notice() -> None:
    demo = ROOT / "examples" / "demo_show"
    shipped = [p for p in demo.rglob("*") if p.is_file() and "__pycache__" not in p.parts]

    assert sum(p.stat().st_size for p in shipped) < LARGEST_DEMO_BYTES
    notice = (demo / "SOURCES.md").read_text()
    for picture in (p for p in shipped if p.suffix in (".png", ".jpg", ".exr", ".hdr")):
        place = picture.relative_to(demo)
        assert f"`{place}`" in notice or f"`{place.parent}`" in notice, place
    assert "CC-BY 4.0" in notice
    assert "Aitzol Berasategi" in notice


def test_the_pictures_of_the_readme_are_small() -> None:
    for picture in (ROOT / "docs" / "gallery").iterdir():
        assert picture.stat().st_size < LARGEST_PICTURE_BYTES, picture.name


# -- benchmarks -------------------------------------------------------------


def _bench(*names: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "benchmarks"), *names], capture_output=True, text=True
    )


def test_a_benchmark_prints_one_json_object_and_nothing_else() -> None:
    done = _bench("size")

    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["benchmark"] == "size"
    assert figures["modules"] > 50


def test_a_benchmark_nobody_wrote_is_refused_in_one_sentence() -> None:
    done = _bench("warp_speed")

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "Error: there is no benchmark called 'warp_speed'; there are changes, doors, hosts, "
        "imports, main, match, patch, record, server, size"
    ]
