"""What a child may see, and what its walls are called: arithmetic, nothing started."""

from __future__ import annotations

import struct

import pytest

from seamline.errors import IsolationError
from seamline.isolation import landlock, seccomp
from seamline.isolation.sight import Sight, bwrap_line, of_python, outermost
from seamline.isolation.walls import Walls, require, walls_of

# linux/audit.h, and system calls of x86-64 as `ausyscall --dump` and of arm64 as
# asm-generic/unistd.h have them.
X86_64, ARM64 = 0xC000003E, 0xC00000B7
CALLS = {
    "x86_64": {
        "read": 0, "openat": 257, "mmap": 9, "futex": 202, "sendmsg": 46, "recvmsg": 47,
        "memfd_create": 319, "socket": 41, "connect": 42, "bind": 49, "execve": 59, "fork": 57,
        "ptrace": 101, "mount": 165, "unshare": 272, "setns": 308, "bpf": 321, "keyctl": 250,
        "userfaultfd": 323, "io_uring_setup": 425, "open_by_handle_at": 304, "clone": 56,
        "clone3": 435, "ioctl": 16, "pidfd_getfd": 438, "process_vm_writev": 311,
    },
    "aarch64": {
        "read": 63, "openat": 56, "mmap": 222, "futex": 98, "sendmsg": 211, "recvmsg": 212,
        "memfd_create": 279, "socket": 198, "connect": 203, "bind": 200, "execve": 221,
        "ptrace": 117, "mount": 40, "unshare": 97, "setns": 268, "bpf": 280, "keyctl": 219,
        "userfaultfd": 282, "io_uring_setup": 425, "open_by_handle_at": 265, "clone": 220,
        "clone3": 435, "ioctl": 29, "pidfd_getfd": 438, "process_vm_writev": 271,
    },
}  # fmt: skip
ARCHES = {"x86_64": X86_64, "aarch64": ARM64}
ALLOW, END = 0x7FFF0000, 0x80000000
EPERM, ENOSYS = 0x00050001, 0x00050026
HARMLESS = ("read", "openat", "mmap", "futex", "sendmsg", "recvmsg", "memfd_create")
THREAD = 0x3D0F00  # what pthread_create asks of clone


def answer(program: bytes, arch: int, number: int, *arguments: int) -> int:
    """What a kernel would say: classic BPF, as far as the filters use it."""
    told = struct.pack("<IIQ6Q", number, arch, 0, *arguments, *[0] * (6 - len(arguments)))
    steps = [struct.unpack_from("<HBBI", program, 8 * i) for i in range(len(program) // 8)]
    at, loaded = 0, 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        if code == 0x20:
            (loaded,) = struct.unpack_from("<I", told, value)
        elif code == 0x06:
            return value
        else:
            holds = {0x15: loaded == value, 0x35: loaded >= value, 0x45: bool(loaded & value)}
            at += yes if holds[code] else no


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_child_may_compute_and_speak_on_its_line_and_open_no_door(machine: str) -> None:
    program, calls, arch = seccomp.walled(machine), CALLS[machine], ARCHES[machine]

    said = {name: answer(program, arch, number) for name, number in calls.items()}

    assert {name for name in said if said[name] == ALLOW} == {*HARMLESS, "ioctl"}
    assert said["clone3"] == ENOSYS, "the C library then asks clone, whose flags are seen"
    assert all(said[n] == EPERM for n in calls if n not in (*HARMLESS, "ioctl", "clone3"))
    assert answer(program, arch, calls["clone"], THREAD) == ALLOW
    assert answer(program, arch, calls["ioctl"], 0, 0x5412) == EPERM, "TIOCSTI types"


def test_other_ways_into_the_kernel_end_the_process() -> None:
    program = seccomp.walled("x86_64")

    assert answer(program, 0x40000003, 102) == END, "i386's socketcall"
    assert answer(program, X86_64, 0x40000000 | 41) == END, "x32's socket"


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_who_keeps_the_book_may_start_children_and_reach_no_other_machine(
    machine: str,
) -> None:
    program, calls, arch = seccomp.no_internet(machine), CALLS[machine], ARCHES[machine]

    families = {family: answer(program, arch, calls["socket"], family) for family in range(45)}

    refused = {family for family, said in families.items() if said == EPERM}
    assert {2, 10, 17} <= refused  # IPv4, IPv6, packets
    assert families[1] == families[16] == ALLOW  # Unix, and netlink for bubblewrap's loopback
    for name in ("execve", "clone", "mount", "unshare", "connect"):
        assert answer(program, arch, calls[name]) == ALLOW


def test_an_older_landlock_is_asked_for_what_it_knows() -> None:
    # Bits of linux/landlock.h: TRUNCATE 14 since ABI 3, IOCTL_DEV 15 since 5.
    assert landlock.handled(1, reading=True) == (0x1FFF, 0, 0)
    assert landlock.handled(3, reading=True)[0] == 0x7FFF
    assert landlock.handled(7, reading=True) == (0xFFFF, 3, 3)
    assert landlock.handled(7, reading=False)[0] & 0b1101 == 0, "reading is not taken away"


def test_the_command_line_shows_what_was_named_and_shares_no_namespace() -> None:
    sight = Sight(reads=("/opt/py/lib", "/opt/py", "/usr/lib/x"), writes=("/cache/walled",))

    words = bwrap_line(
        "/usr/bin/bwrap",
        sight,
        reads_link=lambda path: "usr/lib" if path == "/lib" else None,
        exists=lambda path: path == "/usr",
    )

    shown = [tuple(words[i + 1 : i + 3]) for i, w in enumerate(words) if w == "--ro-bind"]
    assert shown == [("/usr", "/usr"), ("/opt/py", "/opt/py")]
    assert [words[i + 1] for i, w in enumerate(words) if w == "--bind"] == ["/cache/walled"]
    at = words.index("--symlink")
    assert words[at + 1 : at + 3] == ["usr/lib", "/lib"]
    assert {"--unshare-all", "--die-with-parent", "--new-session"} <= set(words)
    assert words[words.index("--cap-drop") + 1] == "ALL"
    assert "--share-net" not in words
    assert words[-1] == "--"


def test_python_sees_itself_and_no_folder_with_somebodys_work_in_it() -> None:
    found = of_python(
        ["", "lib", "/home/ada", "/", "/home/ada/venv/lib", "/home/ada/src", "/gone"],
        ["/home/ada/venv", "/opt/python"],
        never=["/home/ada"],
        is_there=lambda path: path != "/gone",
    )

    assert found == ("/home/ada/src", "/home/ada/venv", "/opt/python")
    assert outermost(["/a/b", "/a", "/ab"]) == ["/a", "/ab"]


EVERYTHING = {"net": True, "pid": True, "mnt": True, "mounts": True, "landlock": 7,
              "reading": True, "seccomp": True}  # fmt: skip


@pytest.mark.parametrize(
    ("found", "hands_in", "missing", "says"),
    [
        ({}, False, (), "bubblewrap, Landlock 7, seccomp, limits"),
        ({"mounts": False}, False, (), "namespaces, Landlock 7, seccomp, limits"),
        (
            {"mounts": False},
            True,
            ("files",),
            "namespaces, Landlock 7, seccomp, limits; not walled: files",
        ),
        (
            {"net": False, "pid": False, "mounts": False, "landlock": 0},
            False,
            ("files", "processes"),
            "seccomp, limits; not walled: files, processes",
        ),
        (
            dict.fromkeys(EVERYTHING, 0),
            False,
            ("network", "files", "processes", "system calls"),
            "limits only",
        ),
    ],
)
def test_walls_are_called_by_what_was_found(
    found: dict[str, bool], hands_in: bool, missing: tuple[str, ...], says: str
) -> None:
    walls = walls_of({**EVERYTHING, **found}, Sight(hands_in_files=hands_in))

    assert walls.missing == missing
    assert walls.says == says


def test_only_a_show_that_requires_them_refuses_where_walls_are_missing() -> None:
    walls = Walls(standing=("network", "limits"), by=("namespaces", "limits"))

    require(walls, "preferred", "paints")
    with pytest.raises(IsolationError, match="files, processes, system calls") as refused:
        require(walls, "required", "paints")

    assert refused.value.exit_code == 1
    assert "bubblewrap" in refused.value.remedy
