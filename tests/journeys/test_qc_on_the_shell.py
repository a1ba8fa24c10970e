"""A supervisor's report, from the shell: what it writes, and with what it leaves."""

from __future__ import annotations

import json
from pathlib import Path

from shell import Work

from synth import Pose, Rig, opentrackio_lines


def test_a_report_is_written_whatever_the_checks_say_and_strict_says_it_by_the_exit(
    work: Work,
) -> None:
    element = work.signed()
    # Measured half a metre higher than agreed: a drift is said, and is no check of the comp.
    height = work.outside / "take3.json"
    height.write_text(json.dumps({"camera": {"height_m": 2.9}}))

    document = work.json("qc", "042_0110", "--measured", str(height))
    words = work("qc", "042_0110", element)

    (report,) = document["reports"]
    failed = report["verdict"]["failed"]
    assert report["id"] == element
    assert [s["holds"] for s in report["signed"]] == [True]
    assert "fail" in {f["verdict"] for f in report["drift"]}
    folder = work.root / "shots/042_0110/qc"
    assert sorted(p.name for p in folder.iterdir()) == [f"{element}.html", f"{element}.json"]
    assert f"{folder}/{element}.html" in words.out
    assert report["verdict"]["says"] in words.out
    strict = work("qc", "042_0110", "--strict", code=1 if failed else 0)
    assert strict.out.count("FAIL") == failed


def test_a_failed_check_leaves_with_one_only_when_asked_to(work: Work) -> None:
    shot = work.meadow()
    track = work.outside / "take3.opentrackio.jsonl"
    track.write_text(opentrackio_lines(Rig(96, 64, 50.0, 24.89), [Pose(), Pose()]))
    plate = str(work.outside / shot / f"{shot}.%04d.exr")
    work("shot", "add", shot, "--plate", plate, "--track", str(track))
    element = work.json("paint", shot, "-n", "1", "-g", "neutral")["variations"][0]["id"]

    report = work.json("qc", shot)["reports"][0]

    # Tracked at 50 mm; material.LOCK agrees on 35 mm.
    assert report["id"] == element
    failed = [f for f in report["findings"] if f["verdict"] == "fail"]
    assert "lens" in [f["check"] for f in failed]
    assert "lens" in report["verdict"]["says"].split(";")[0]
    strict = work("qc", shot, "--strict", code=1)
    assert "50 mm" in strict.out


def test_what_is_not_there_is_one_sentence_and_nothing_is_written(work: Work) -> None:
    shot = work.meadow()

    unknown = work("qc", "042_9999", code=2)
    unpainted = work("qc", shot, code=2)
    other = work("qc", shot, f"{shot}_env_b07_v001", code=2)

    assert "042_9999" in unknown.sentence
    assert "nothing has been painted" in unpainted.sentence
    assert "b07" in other.sentence
    assert not Path(work.root / "shots" / shot / "qc").exists()
