"""
The review page: twelve variations of 2K half float in a real Chromium with software GL.

The pictures are made here, each with light and grain of its own, so that no two files are
alike. Nothing is cached when the page is opened.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
WIDTH, HEIGHT, FRAMES, VARIATIONS = 2048, 1152, 48, 12
LARGE_FRAMES = 6  # of every variation but the first, which has all: nobody looks at more here
SCREEN = {"width": 1600, "height": 900}
TRIES = 3
STEPS, EVERY_MS = 48, 40
WATCH = """() => {
  const seen = window.seen = {tasks: [], delays: [], frames: new Set(), blocked: 0,
    began: performance.now()};
  let last = performance.now();
  seen.clock = setInterval(() => {
    const now = performance.now();
    seen.blocked = Math.max(seen.blocked, now - last - 10);
    last = now;
  }, 10);
  const watch = (type, take, how) => {
    const one = new PerformanceObserver((list) => list.getEntries().forEach(take));
    one.observe({type, ...how});
    return one;
  };
  seen.watches = [
    watch("longtask", (task) => seen.tasks.push(task.duration)),
    watch("event", (key) => key.name === "keydown" &&
      seen.delays.push(key.processingStart - key.startTime), {durationThreshold: 16}),
    new MutationObserver(() => seen.frames.add(document.documentElement.dataset.frame)),
  ];
  seen.watches[2].observe(document.documentElement, {attributeFilter: ["data-frame"]});
}"""
SEEN = """() => {
  const {seen} = window;
  for (const one of seen.watches) one.disconnect();
  clearInterval(seen.clock);
  return {blocked: seen.blocked, tasks: seen.tasks, delays: seen.delays,
    frames: seen.frames.size, s: (performance.now() - seen.began) / 1000};
}"""
SINCE_FIRST_BYTE = """() => performance.getEntriesByName("interactive")[0].startTime -
  performance.getEntriesByType("navigation")[0].responseStart"""


def figures() -> dict[str, Any]:
    """Return what it takes until one can look, and while one does."""
    for folder in ("tests", "tests/server"):
        sys.path.insert(0, str(ROOT / folder))
    import screened
    from serves import serving

    with tempfile.TemporaryDirectory() as work:
        show = _show(Path(work), screened)
        with serving(show.show.root, log=Path(work) / "log") as server, screened.browser() as b:
            url, token = server.url, show.tokens[screened.SUPERVISOR]
            pid = server.process.pid
            opened = [_opened(b, url, token, pid, screened) for _ in range(TRIES)]
            looked = _looked(b, url, token, pid, screened)
    waits = sorted(one["s"] for one in opened)
    return {
        "width_px": WIDTH,
        "height_px": HEIGHT,
        "variations": VARIATIONS,
        "screen_px": list(SCREEN.values()),
        "cores": len(os.sched_getaffinity(0)),
        "load_before": round(os.getloadavg()[0], 1),
        "interactive_after_first_byte_s": waits[TRIES // 2],
        "interactive_worst_s": waits[-1],
        "mb_by_then": opened[0]["mb"],
        "browser_cpu_s_to_open": sorted(one["browser_cpu_s"] for one in opened)[TRIES // 2],
        "server_cpu_s_to_open": max(one["cpu_s"] for one in opened),
        **looked,
    }


def _show(root: Path, screened: Any) -> Any:
    """Make a small show, and a screening as of one of 2K: the page asks for nothing else."""
    print("making the show ...", file=sys.stderr)
    made = screened.begin(root, variations=VARIATIONS, generator="neutral")
    from seamline.pixels.halves import finite, packed
    from seamline.pixels.resample import resized
    from seamline.steps.screening import SMALL_PX, TINY_PX, index_of

    studio = made.show.studio
    index = index_of(studio, screened.SHOT)
    sizes = {
        **{k: (px * HEIGHT // WIDTH, px) for k, px in (("tiny", TINY_PX), ("small", SMALL_PX))},
        "large": (HEIGHT, WIDTH),
    }
    index["levels"] = {k: {"height_px": h, "width_px": w} for k, (h, w) in sizes.items()}
    index |= {"width_px": WIDTH, "height_px": HEIGHT, "last": index["first"] + FRAMES - 1}
    screened.WIDE, screened.TALL = WIDTH, HEIGHT
    frames = range(index["first"], index["first"] + FRAMES)
    sequences = [index["plate"], *(v["frames"] for v in index["versions"].values())]
    for place, names in enumerate(sequences):
        light = screened.hills(place) * np.float32(1 + place / 20)
        if not place:
            light = np.dstack([light, screened.live(0)])
        ready = {level: finite(resized(light, *size)) for level, size in sizes.items()}
        for at, frame in enumerate(frames):
            levels = (
                ["tiny", "small"] if place > 1 and at % FRAMES >= LARGE_FRAMES else list(sizes)
            )
            # Every frame is another: the picture wanders to the right.
            names[str(frame)] = {
                level: _put(studio, screened.SHOT, packed(np.roll(ready[level], at, 1)))
                for level in levels
            }
    text = json.dumps(index).encode()
    studio.shelf.write(studio.shelf.screening_path(screened.SHOT, "index.json"), text)
    return made


def _put(studio: Any, shot: str, content: bytes) -> str:
    import hashlib

    digest = hashlib.sha256(content).hexdigest()
    studio.shelf.write(studio.shelf.screening_path(shot, digest), content)
    return digest


def _page(
    browser: Any, url: str, token: str, screened: Any, taken: list[int] | None = None
) -> Any:
    """Return a page of somebody who is logged in, the shot open, nothing cached."""
    page = browser.new_context(viewport=SCREEN).new_page()

    def came(answer: Any) -> None:  # the page's thread and the one that draws
        if taken is not None and "/screening/" in answer.url:
            taken.append(int(answer.headers.get("content-length", 0)))

    page.context.on("response", came)
    page.goto(f"{url}/review")
    page.fill("#token", token)
    page.keyboard.press("Enter")
    page.wait_for_selector(".shots")
    page.goto("about:blank")
    page.goto(f"{url}/review#{screened.SHOT}")
    page.wait_for_selector(f'html[data-exact="{VARIATIONS}"]', timeout=120_000)
    return page


def _opened(browser: Any, url: str, token: str, pid: int, screened: Any) -> dict[str, float]:
    before, own = _cpu_s(pid), _browser_cpu_s()
    taken: list[int] = []
    page = _page(browser, url, token, screened, taken)
    found = {
        "browser_cpu_s": round(_browser_cpu_s() - own, 2),
        "s": round(page.evaluate(SINCE_FIRST_BYTE) / 1000, 2),
        "mb": round(sum(taken) / 1e6, 1),
        "cpu_s": round(_cpu_s(pid) - before, 2),
    }
    page.context.close()
    return found


def _looked(browser: Any, url: str, token: str, pid: int, screened: Any) -> dict[str, float]:
    page = _page(browser, url, token, screened)
    page.wait_for_timeout(3000)  # what lies ahead has come
    before = _cpu_s(pid)
    found = {
        **_held(page, "idle", "Shift"),
        **_held(page, "scrub", "ArrowRight"),
        **_held(page, "scrub_again", "ArrowRight"),
        **_held(page, "exposure", "."),
    }
    found["server_cpu_s_while_looking"] = round(_cpu_s(pid) - before, 2)
    began = time.perf_counter()
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-exact='1']")
    page.wait_for_timeout(1500)
    found["alone_s"] = round(time.perf_counter() - began - 1.5, 2)
    found |= _held(page, "alone_scrub", "ArrowRight")
    page.context.close()
    return found


def _held(page: Any, what: str, key: str) -> dict[str, float]:
    """
    Return what a held key did to the page, as the browser itself counts it.

    How late, at most, a clock of 10 ms was; the longest task of the page's thread (Long Tasks
    API; shorter than 50 ms it is none); the longest that a key waited for that thread (Event
    Timing API); and how many different frames a second stood on the screen, drawn.
    """
    page.evaluate(WATCH)
    for _ in range(STEPS):
        page.keyboard.press(key)
        page.wait_for_timeout(EVERY_MS)
    seen = page.evaluate(SEEN)
    found = {
        f"{what}_clock_late_ms": float(round(seen["blocked"])),
        f"{what}_long_tasks": len(seen["tasks"]),
        f"{what}_longest_task_ms": float(round(max(seen["tasks"], default=0))),
        f"{what}_longest_key_wait_ms": float(round(max(seen["delays"], default=0))),
    }
    if key == "ArrowRight":
        found[f"{what}_frames_seen"] = seen["frames"]
        found[f"{what}_frames_a_second"] = round(seen["frames"] / seen["s"], 1)
    return found


def _browser_cpu_s() -> float:
    """Return what the browser's processes have spent: that says more on a busy machine."""
    parents, names = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                said = (entry / "stat").read_text()
                pid = int(entry.name)
                parents[pid] = int(said.rpartition(")")[2].split()[1])
                names[pid] = said[said.index("(") + 1 : said.rindex(")")]

    def mine(pid: int) -> bool:
        while pid > 1 and pid != os.getpid():
            pid = parents.get(pid, 0)
        return pid == os.getpid()

    total = 0.0
    for pid, name in names.items():
        if name.startswith("chrom") and mine(pid):
            with contextlib.suppress(OSError):
                total += _cpu_s(pid)
    return total


def _cpu_s(pid: int) -> float:
    """User and system time of a process, from /proc/PID/stat (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
