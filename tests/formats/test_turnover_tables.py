"""Tables in: columns in any order, delimiters, encodings, and a sentence per bad row."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamline.errors import FormatError
from seamline.formats.turnover import table
from seamline.formats.turnover.said import Said


def read(text: str | bytes) -> Said:
    content = text.encode() if isinstance(text, str) else text
    return table.read(content, where="shots.csv", rate=Fraction(24))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_columns_stand_in_any_order_in_any_encoding(
    delimiter: str, codec: str, end: str
) -> None:
    rows = [
        ["Last", "SHOT", "first", "static", "note"],
        ["1024", "042_0110", "1001", "Yes", "Brücke"],
        ["", "042_0120", "", "", ""],
    ]
    text = end.join(delimiter.join(row) for row in rows) + end

    said = read(text.encode(codec))

    first, second = said.events
    assert (first.shot, str(first.frames), first.static) == ("042_0110", "1001-1024", True)
    assert first.notes == ("Brücke",)
    assert (second.shot, second.frames, second.static) == ("042_0120", None, False)


def test_cells_may_have_delimiters_and_lines_in_quotation_marks() -> None:
    said = read('shot,note\n042_0110,"wide, then\nclose"\n\n# later\n042_0120,"say ""go"""\n')

    assert [event.notes for event in said.events] == [("wide, then\nclose",), ('say "go"',)]
    assert said.events[1].where == "line 6"


@pytest.mark.parametrize(
    ("header", "says", "remedy"),
    [
        ("shot,plaet", "no column 'plaet'; the nearest is 'plate'", "Columns are shot"),
        ("shot,colorspace", "the nearest is 'colourspace'", ""),
        ("shot,zzzz", "no column 'zzzz'", ""),
        ("plate,first", "no column 'shot'", "Columns are shot"),
        ("shot,note,note", "column 'note' stands twice", ""),
    ],
)
def test_an_unknown_column_is_refused_with_the_nearest(
    header: str, says: str, remedy: str
) -> None:
    with pytest.raises(FormatError, match=says) as refused:
        read(f"{header}\n042_0110,1,2\n")

    assert refused.value.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("042,1001,,,", "'first' and 'last' go together"),
        ("042,1024,1001,,", "run backwards"),
        ("042,a,1001,,", "'first' is 'a', expected a whole number"),
        ("042,-1,1001,,", "'first' is '-1'"),
        ("042,1,1,maybe,", "'static' is 'maybe', expected yes or no"),
        ("042,1,1,,1.5", "'handles' is '1.5'"),
        ("042,1,1,,1,2", "6 cells for 5 columns"),
        (",1,1,,1", "it names no shot"),
        ("042,1,99999999,,1", "more than the 100000"),
    ],
)
def test_a_bad_row_is_one_sentence_and_the_others_stand(row: str, says: str) -> None:
    said = read(f"shot,first,last,static,handles\n001,1,2,,\n{row}\n002,1,2,,\n")

    assert [event.shot for event in said.events] == ["001", "002"]
    (refused,) = said.refused
    assert refused.where == "line 3"
    assert says in refused.says


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"shot\n\xff\n", "line 2 is no UTF-8 text"),
        (b"", "names no shot"),
        (b"shot\n", "names no shot"),
        (b"shot,note\n042,a\0b\n", "is no text file"),
        (b'shot,note\n042,"open\n', "line 2 is no line of a table"),
        (b"\xff\xfes\x00h", "line 1 is no UTF-16 text"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read(content)


@given(st.text(alphabet="shot,;\t\n\r\"#'x01\0é=", max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    for whole in (text, f"shot,first,last,note\n{text}"):
        try:
            said = read(whole)
        except FormatError:
            continue
        assert all(event.shot for event in said.events)
