"""
Timelines in: OpenTimelineIO, every clip of every video track, nested ones too.

A clip is a shot. Its name is what ``metadata["seamline"]["shot"]`` says, else its own
without a media file's ending. A dissolve shows more of both its clips; a change of speed
is named, and the frames are taken as photographed. Of several media references the active
one is the plate.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any
from urllib.parse import unquote, urlsplit

import opentimelineio as otio

from seamline.errors import FormatError
from seamline.formats.turnover.checked_otio import opened
from seamline.formats.turnover.cutlist import shot_of_clip
from seamline.formats.turnover.said import Said
from seamline.show.turnover import Event, Span

_EXACT = tuple(Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120))


def read(content: bytes, *, where: str, rate: Fraction) -> Said:
    """
    Return the timeline's events; record times are at ``rate``.

    Raises:
        FormatError: See ``checked_otio.opened``; or it has no clip on a video track.
    """
    timeline = opened(content, where=where)
    try:
        return _Timeline(timeline, rate).read(where)
    except (ValueError, otio.exceptions.OTIOError) as error:
        raise FormatError(
            f"{where}: its clips have no place in the cut: {str(error)[:160]}",
            remedy="Export it again, or as an EDL.",
        ) from error


def exact_rate(rate: float) -> Fraction:
    """Return frames per second as a fraction: 23.976 and 23.98 are 24000/1001."""
    near = min(_EXACT, key=lambda exact: abs(float(exact) - rate))
    if abs(float(near) - rate) < 0.006:
        return near
    return Fraction(rate).limit_denominator(1001)


class _Timeline:
    """One timeline, clip by clip."""

    def __init__(self, timeline: Any, rate: Fraction) -> None:
        self.timeline, self.rate = timeline, rate
        self.said = Said(title=timeline.name or "")
        start = timeline.global_start_time
        self.starts = _frames(start, rate) if start is not None else 0

    def read(self, where: str) -> Said:
        for number, track in enumerate(self.timeline.video_tracks(), start=1):
            name = track.name or f"V{number}"
            for place, clip in enumerate(track.find_clips(), start=1):
                self._clip(clip, track, f"clip {place} of {name}")
        if not self.said.events and not self.said.refused:
            raise FormatError(
                f"{where} has no clip on a video track",
                remedy="Export the sequence with its video tracks.",
            )
        # In the order of the cut, whatever track a clip lies on.
        self.said.events.sort(key=lambda event: event.record or (0, 0))
        self._name_rates()
        return self.said

    def _clip(self, clip: Any, track: Any, where: str) -> None:
        label = clip.name or where
        if not _enabled(clip, track):
            self.said.notes.append(f"{where} ({label}) is disabled and left out")
            return
        if not _photographed(clip, track):
            return
        try:
            seen = _seen(clip, self.timeline.tracks)
            if seen is None:
                self.said.notes.append(f"{where} ({label}) is trimmed away and left out")
                return
            self.said.events.append(self._event(clip, seen, where))
        except (ValueError, otio.exceptions.OTIOError) as error:
            says = f"its range cannot be told: {str(error)[:120]}"
            self.said.refuse(where, says, shot=shot_of_clip(clip.name))

    def _event(self, clip: Any, seen: Any, where: str) -> Event:
        shown = self.timeline.tracks.transformed_time_range(seen, clip)
        rate = exact_rate(clip.trimmed_range().start_time.rate)
        source = _span(shown, rate)
        record = _span(seen, self.rate)
        speed, words = _speed(clip)
        if speed != 1:
            needed = max(1, int(-(-abs(speed) * (source[1] - source[0]) // 1)))
            source = source[0], source[0] + needed
        more, transition = _transitions(clip, rate)
        event = Event(
            where=where,
            shot=str(_said(clip, "seamline", "shot") or shot_of_clip(clip.name)),
            clip=clip.name,
            reel=str(_said(clip, "cmx_3600", "reel")),
            rate=rate,
            record=(record[0] + self.starts, record[1] + self.starts),
            source=source,
            more=more,
            speed=speed,
            transition=transition,
            notes=tuple(words),
        )
        return self._with_media(event, clip)

    def _with_media(self, event: Event, clip: Any) -> Event:
        media, notes = clip.media_reference, list(event.notes)
        references = clip.media_references()
        if len(references) > 1:
            active = clip.active_media_reference_key
            others = ", ".join(sorted(set(references) - {active}))
            notes.append(f"taken from {active!r}; also there: {others}")
        available = media.available_range if media is not None else None
        if available is not None and exact_rate(available.start_time.rate) != event.rate:
            notes.append(
                f"its media runs at {exact_rate(available.start_time.rate)}, the clip at "
                f"{event.rate} frames per second"
            )
        if isinstance(media, otio.schema.ImageSequenceReference):
            event = _of_a_sequence(event, media, notes)
        elif isinstance(media, otio.schema.ExternalReference) and media.target_url:
            event = replace(event, files=_local(media.target_url))
        return replace(
            event,
            available=_span(available, event.rate) if available is not None else None,
            notes=tuple(notes),
        )

    def _name_rates(self) -> None:
        rates = Counter(event.rate for event in self.said.events)
        if len(rates) > 1:
            words = ", ".join(f"{count} at {rate}" for rate, count in sorted(rates.items()))
            self.said.notes.append(f"clips run at several rates: {words} frames per second")


def _of_a_sequence(event: Event, media: Any, notes: list[str]) -> Event:
    width = media.frame_zero_padding
    base = media.target_url_base
    joint = "/" if base and not base.endswith("/") else ""
    number = f"%0{width}d" if width else "%d"
    named = _local(f"{base}{joint}")
    tail = f"{media.name_prefix}{number}{media.name_suffix}"
    if media.frame_step != 1:
        notes.append(f"its frames are numbered in steps of {media.frame_step}")
    return replace(
        event,
        files=(f"{named[0] if named else ''}{tail}",),
        media_first=media.start_frame if media.frame_step == 1 else None,
    )


def _local(url: str) -> tuple[str, ...]:
    """Return the path that ``url`` names; nothing for what is no file."""
    parts = urlsplit(url)
    if parts.scheme in ("", "file"):
        return (unquote(parts.path),) if parts.path else ()
    return (unquote(url),) if len(parts.scheme) == 1 else ()  # C:/ is a disk, no scheme


def _enabled(clip: Any, track: Any) -> bool:
    item = clip
    while item is not None and item is not track:
        if not getattr(item, "enabled", True):
            return False
        item = item.parent()
    return bool(getattr(track, "enabled", True))


def _photographed(clip: Any, track: Any) -> bool:
    """Whether a clip is a picture: on no nested sound track, and not generated."""
    if isinstance(clip.media_reference, otio.schema.GeneratorReference):
        return False
    item = clip.parent()
    while item is not None and item is not track:
        if isinstance(item, otio.schema.Track) and item.kind != otio.schema.TrackKind.Video:
            return False
        item = item.parent()
    return True


def _seen(clip: Any, root: Any) -> Any:
    """Return where the timeline shows the clip, trimmed by all it is nested in, or None."""
    found, item = clip.trimmed_range(), clip
    while item is not root:
        parent = item.parent()
        found = item.transformed_time_range(found, parent)
        if parent.source_range is not None:
            limit = parent.source_range
            start = max(found.start_time, limit.start_time)
            end = min(found.end_time_exclusive(), limit.end_time_exclusive())
            if end <= start:
                return None
            found = otio.opentime.range_from_start_end_time(start, end)
        item = parent
    return found if found.duration.value > 0 else None


def _speed(clip: Any) -> tuple[Fraction, list[str]]:
    speed, words, item = Fraction(1), list[str](), clip
    while item is not None:
        for effect in getattr(item, "effects", ()):
            if isinstance(effect, otio.schema.LinearTimeWarp):
                speed *= Fraction(effect.time_scalar).limit_denominator(100_000)
            elif isinstance(effect, otio.schema.TimeEffect):
                words.append(f"its speed changes ({effect.name or 'a time effect'})")
        item = item.parent()
    return speed, words


def _transitions(clip: Any, rate: Fraction) -> tuple[Span, str]:
    parent = clip.parent()
    if not isinstance(parent, otio.schema.Track):
        return (0, 0), ""
    head, tail, words = 0, 0, ""
    before, after = parent.neighbors_of(clip)
    if isinstance(before, otio.schema.Transition):
        head = _frames(before.in_offset, rate)
        length = head + _frames(before.out_offset, rate)
        words = f"{_kind(before)}, {length} frames"
    if isinstance(after, otio.schema.Transition):
        tail = _frames(after.out_offset, rate)
    return (max(head, 0), max(tail, 0)), words


def _kind(transition: Any) -> str:
    kind = str(transition.transition_type or "transition")
    return "dissolve" if kind == otio.schema.TransitionTypes.SMPTE_Dissolve else kind


def _said(clip: Any, room: str, name: str) -> Any:
    found = clip.metadata.get(room)
    return found.get(name, "") if found is not None else ""


def _span(found: Any, rate: Fraction) -> Span:
    start = _frames(found.start_time, rate)
    return start, start + max(1, _frames(found.duration, rate))


def _frames(time: Any, rate: Fraction) -> int:
    return round(Fraction(time.value) * rate / exact_rate(time.rate))
