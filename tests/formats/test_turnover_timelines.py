"""OpenTimelineIO in: clips in the order of the cut, nested and retimed, and hostile files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamline.errors import FormatError
from seamline.formats.otio import timeline as written_timeline
from seamline.formats.turnover import timeline
from seamline.formats.turnover.said import Said
from seamline.formats.turnover.timeline import exact_rate
from seamline.show.turnover import Event

schema, opentime = otio.schema, otio.opentime


def span(first: float, frames: float, rate: float = 24) -> Any:
    return opentime.TimeRange(
        opentime.RationalTime(first, rate), opentime.RationalTime(frames, rate)
    )


def clip(name: str, first: float, frames: float, rate: float = 24, **more: Any) -> Any:
    return schema.Clip(name=name, source_range=span(first, frames, rate), **more)


def sequence(folder: str, name: str, number: int, known: Any) -> Any:
    return schema.ImageSequenceReference(
        target_url_base=folder, name_prefix=f"{name}.", name_suffix=".exr",
        start_frame=number, frame_step=1, rate=24, frame_zero_padding=4,
        available_range=known,
    )  # fmt: skip


def cut(*items: Any, start: int = 86400) -> Any:
    made = schema.Timeline(name="reel 1", global_start_time=opentime.RationalTime(start, 24))
    track = schema.Track(name="V1", kind="Video")
    made.tracks.append(track)
    track.extend(list(items))
    return made


def read(made: Any) -> Said:
    text = made if isinstance(made, str) else made.to_json_string()
    return timeline.read(text.encode(), where="reel_1.otio", rate=Fraction(24))


def one(item: Any, *others: Any) -> Event:
    (event, *_) = read(cut(item, *others)).events
    return event


def test_clips_stand_where_the_cut_shows_them() -> None:
    gap = schema.Gap(source_range=span(0, 10))
    said = read(cut(clip("042_0110", 100, 24), gap, clip("042_0120.mov", 7, 5)))

    first, second = said.events
    assert said.title == "reel 1"
    assert (first.where, first.shot) == ("clip 1 of V1", "042_0110")
    assert (first.source, first.record) == ((100, 124), (86400, 86424))
    assert (second.shot, second.source, second.record) == (
        "042_0120",
        (7, 12),
        (86434, 86439),
    )


def test_a_sequence_of_files_says_which_file_stands_at_which_time() -> None:
    media = sequence("file:///mnt/the%20plates", "042", 1001, span(86000, 40))

    event = one(clip("042_0110", 86008, 24, media_reference=media))

    assert event.files == ("/mnt/the plates/042.%04d.exr",)
    assert (event.media_first, event.available) == (1001, (86000, 86040))


def test_a_dissolve_shows_more_of_both_shots() -> None:
    dissolve = schema.Transition(
        transition_type="SMPTE_Dissolve",
        in_offset=opentime.RationalTime(4, 24),
        out_offset=opentime.RationalTime(6, 24),
    )

    first, second = read(cut(clip("1", 0, 24), dissolve, clip("2", 50, 24))).events

    assert (first.more, second.more) == ((0, 6), (4, 0))
    assert second.transition == "dissolve, 10 frames"


def test_a_nested_cut_is_trimmed_by_what_it_is_nested_in() -> None:
    inner = schema.Track(name="inner", kind="Video")
    inner.extend([clip("042_0130", 1000, 8), clip("042_0140", 2000, 20)])
    inner.append(clip("042_0150", 0, 50))
    nest = schema.Stack(name="nest", source_range=span(5, 10))
    nest.append(inner)
    sound = schema.Track(name="sound", kind="Audio")
    sound.append(clip("dialogue", 0, 28))
    nest.append(sound)

    said = read(cut(clip("042_0120", 0, 4), nest))

    # 5 frames of the first are cut away, and of the second 7 are left.
    assert [(e.shot, e.source, e.record) for e in said.events[1:]] == [
        ("042_0130", (1005, 1008), (86404, 86407)),
        ("042_0140", (2000, 2007), (86407, 86414)),
    ]
    assert any("042_0150) is trimmed away" in note for note in said.notes)


@pytest.mark.parametrize(
    ("effect", "speed", "source"),
    [(schema.LinearTimeWarp(time_scalar=0.5), Fraction(1, 2), (100, 112)),
     (schema.LinearTimeWarp(time_scalar=-2), -2, (100, 148)),
     (schema.FreezeFrame(), 0, (100, 101))],
)  # fmt: skip
def test_a_change_of_speed_is_told_with_the_frames_it_needs(
    effect: Any, speed: Fraction, source: tuple[int, int]
) -> None:
    item = clip("042_0110", 100, 24)
    item.effects.append(effect)

    event = one(item)

    assert (event.speed, event.source) == (speed, source)


def test_a_change_of_speed_that_has_no_number_is_named() -> None:
    item = clip("042_0110", 100, 24)
    item.effects.append(schema.TimeEffect(name="ramp"))

    assert one(item).notes == ("its speed changes (ramp)",)


def test_the_name_is_the_show_s_own_word_before_the_clip_s() -> None:
    facts = {"seamline": {"shot": "042_0110"}, "cmx_3600": {"reel": "A001C003"}}

    event = one(clip("hero, take 3", 0, 24, metadata=facts))

    assert (event.shot, event.reel, event.clip) == ("042_0110", "A001C003", "hero, take 3")


def test_of_several_media_the_active_one_is_the_plate() -> None:
    item = clip("042_0110", 0, 24)
    item.set_media_references(
        {"raw": schema.ExternalReference("a/raw.mov"),
         "graded": schema.ExternalReference("a/graded.mov")},
        "raw",
    )  # fmt: skip

    event = one(item)

    assert event.files == ("a/raw.mov",)
    assert event.notes == ("taken from 'raw'; also there: graded",)


def test_what_lies_on_the_network_is_no_file() -> None:
    media = schema.ExternalReference("https://example.org/plate.mov")

    assert one(clip("042_0110", 0, 24, media_reference=media)).files == ()


def test_disabled_clips_titles_and_sound_are_left_out() -> None:
    off = clip("042_0110", 0, 24)
    off.enabled = False
    title = clip("title", 0, 24, media_reference=schema.GeneratorReference(name="text"))

    said = read(cut(off, title, clip("042_0120", 0, 24)))

    assert [event.shot for event in said.events] == ["042_0120"]
    assert "clip 1 of V1 (042_0110) is disabled" in said.notes[0]


def test_several_rates_are_named() -> None:
    said = read(cut(clip("1", 0, 24), clip("2", 0, 48, 48)))

    assert said.events[1].rate == 48
    assert said.events[1].record == (86424, 86448)
    assert said.notes == ["clips run at several rates: 1 at 24, 1 at 48 frames per second"]


@pytest.mark.parametrize(
    ("rate", "exact"),
    [(23.976, "24000/1001"), (23.976024, "24000/1001"), (23.98, "24000/1001"), (24.0, "24"),
     (29.97, "30000/1001"), (25.0, "25"), (59.94, "60000/1001"), (12.5, "25/2")],
)  # fmt: skip
def test_rates_are_fractions(rate: float, exact: str) -> None:
    assert exact_rate(rate) == Fraction(exact)


def test_a_clip_whose_length_nobody_knows_is_named() -> None:
    said = read(cut(schema.Clip(name="042_0110")))

    assert said.events == []
    assert "its range cannot be told" in said.refused[0].says


# -- files from outside -------------------------------------------------------


def broken(change: Any) -> str:
    made = json.loads(cut(clip("042_0110", 0, 24)).to_json_string())
    change(made)
    return json.dumps(made)


def rate_zero(made: Any) -> None:
    made["global_start_time"]["rate"] = 0


def endless(made: Any) -> None:
    made["tracks"]["children"][0]["children"][0]["source_range"]["duration"]["value"] = 1e300


def foreign(made: Any) -> None:
    made["tracks"]["children"][0]["children"][0]["OTIO_SCHEMA"] = "Exploit.1"


def newer(made: Any) -> None:
    made["tracks"]["children"][0]["children"][0]["OTIO_SCHEMA"] = "Clip.9"


def circle(made: Any) -> None:
    made["tracks"]["children"].append(
        {"OTIO_SCHEMA": "SerializableObjectRef.1", "id": "Timeline-1"}
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no OpenTimelineIO file"),
        ("{}", "holds no timeline|is no OpenTimelineIO"),
        ("[" * 100_000, "nested without end"),
        ('{"a":' * 200 + "1" + "}" * 200, "nested 100 deep"),
        ('{"OTIO_SCHEMA": "Timeline.1", "tracks": NaN}', "NaN is no finite number"),
        (clip("042_0110", 0, 24).to_json_string(), "holds no timeline"),
        (broken(rate_zero), "counts time at 0 frames per second"),
        (broken(endless), r"holds the number 1e\+300"),
        (broken(foreign), "holds a Exploit.1, which is not read here"),
        (broken(newer), "holds a Clip.9"),
        (broken(circle), "SerializableObjectRef.1"),
        (cut().to_json_string(), "no clip on a video track"),
    ],
)
def test_what_is_no_timeline_is_refused_in_one_sentence(text: str, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read(text)


def test_a_collection_of_two_timelines_asks_which() -> None:
    both = schema.SerializableCollection()
    both.extend([cut(clip("1", 0, 24)), cut(clip("2", 0, 24))])

    with pytest.raises(FormatError, match="collection of 2 timelines"):
        read(both)

    both.pop()
    assert [event.shot for event in read(both).events] == ["1"]


def test_no_plug_in_of_the_environment_runs(tmp_path: Path) -> None:
    mark = tmp_path / "it ran"
    (tmp_path / "evil.py").write_text(f"open({str(mark)!r}, 'w').close()\n")
    adapter = {
        "OTIO_SCHEMA": "Adapter.1", "name": "evil", "filepath": "evil.py",
        "suffixes": ["otio"],
    }  # fmt: skip
    hook = {"OTIO_SCHEMA": "HookScript.1", "name": "evil", "filepath": "evil.py"}
    plug = {"OTIO_SCHEMA": "SchemaDef.1", "name": "evil", "filepath": "evil.py"}
    manifest = {
        "OTIO_SCHEMA": "PluginManifest.1", "adapters": [adapter], "schemadefs": [plug],
        "hook_scripts": [hook], "hooks": {"post_adapter_read": ["evil"]},
        "media_linkers": [{"OTIO_SCHEMA": "MediaLinker.1", "name": "evil",
                           "filepath": "evil.py"}],
    }  # fmt: skip
    (tmp_path / "m.json").write_text(json.dumps(manifest))
    file = tmp_path / "reel_1.otio"
    file.write_text(cut(clip("042_0110", 0, 24)).to_json_string())
    env = {
        **os.environ,
        "OTIO_PLUGIN_MANIFEST_PATH": str(tmp_path / "m.json"),
        "OTIO_DEFAULT_MEDIA_LINKER": "evil",
    }

    def run(code: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", code, str(file)],
            env=env, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip

    ours = (
        "import sys; from fractions import Fraction\n"
        "from seamline.formats.turnover import read_turnover\n"
        "print(len(read_turnover(sys.argv[1], Fraction(24)).events))"
    )
    assert run(ours).strip() == "1"
    assert not mark.exists()

    # The library's own way in would have run it: the trap is a real one.
    run(
        "import sys, opentimelineio as o\n"
        "try: o.adapters.read_from_file(sys.argv[1])\nexcept Exception: pass"
    )
    assert mark.exists()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_change_to_a_timeline_breaks_the_reader(data: st.DataObject) -> None:
    text = cut(clip("042_0110", 0, 24), clip("042_0120", 5, 10)).to_json_string()
    at = data.draw(st.integers(0, len(text) - 1))
    length = data.draw(st.integers(0, 12))
    put = data.draw(st.text(alphabet='{}[]",:0123456789.-etrufalsn', max_size=8))
    try:
        said = read(text[:at] + put + text[at + length :])
    except FormatError:
        return
    for event in said.events:
        assert event.source is not None
        assert event.source[0] < event.source[1]


def test_what_this_show_hands_off_can_be_taken_in() -> None:
    movie = {"file": "movies/a b.mov", "first": 990, "frames": 28, "number": 0, "facts": {}}
    comp = {"file": "comp/x.%04d.exr", "first": 990, "frames": 28, "number": 1001, "facts": {}}
    cuts = [
        {"name": name, "first": 1000, "frames": 8, "references": {"b01": reference},
         "active": "b01", "marks": [], "facts": {"shot": name}}
        for name, reference in (("042_0110", movie), ("042_0120", comp))
    ]  # fmt: skip
    written = written_timeline(
        {
            "name": "cut",
            "rate": "24000/1001",
            "starts": 86400,
            "strips": [{"name": "comp", "enabled": True, "clips": cuts}],
            "facts": {},
        }  # type: ignore[arg-type]
    )

    said = timeline.read(written, where="cut.otio", rate=Fraction(24000, 1001))

    first, second = said.events
    assert (first.shot, first.source, first.record) == (
        "042_0110", (1000, 1008), (86400, 86408),
    )  # fmt: skip
    assert first.files == ("movies/a b.mov",)
    assert second.rate == Fraction(24000, 1001)
    assert (second.files, second.media_first) == (("comp/x.%04d.exr",), 1001)
    assert second.available == (990, 1018)
    assert not said.notes
