"""What a text costs, and how it is shortened: never over the limit, never within what belongs together."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.sms.parts import fit, sms_length

SIGNATURE, WAY_OUT = "【孕管】", "回T退订"

SCRIPTS = st.sampled_from(
    [
        "abc XYZ 019 @£é{}[]€",
        "怀孕李梅末次月经，。；！？（）\n",
        "𠮷𡈽𪚥🤰🏽👩‍👩‍👧🇨🇳🇫🇷❤️",
        "กำลังตั้งครรภ์",
        "गर्भवती स्त्री",
        "한국어 임신 각",
        "ཨོཾ་མ་ཎི",
        "حامل مرأة \u200f",
        "é́ñ̃ạ̊ Z̴a̵l̶g̷o̸",
    ]
)
WRITTEN = st.one_of(
    SCRIPTS.flatmap(lambda alphabet: st.text(alphabet, max_size=700)),
    st.text(max_size=500),
    st.lists(SCRIPTS, max_size=60).map("".join),
)


@given(WRITTEN, st.integers(1, 5), st.sampled_from(["", SIGNATURE]), st.sampled_from(["", WAY_OUT]))
def test_no_text_costs_more_than_allowed(text: str, limit: int, before: str, after: str) -> None:
    said = fit(text, limit, before=before, after=after)
    assert sms_length(said).parts <= limit
    assert said.startswith(before)
    assert said.endswith(after)
    said.encode("utf-16-le")  # no half of a pair
    assert fit(said, limit, before=before, after=after) == said.strip()


@given(WRITTEN)
def test_what_fits_stays_as_it_is(text: str) -> None:
    whole = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text).strip()
    assert fit(text, sms_length(whole).parts) == whole


@given(WRITTEN, st.integers(1, 3))
def test_what_is_shortened_begins_as_it_was(text: str, limit: int) -> None:
    said = fit(text, limit)
    whole = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text).strip()
    if said != whole:
        assert whole.startswith(said.removesuffix("…").removesuffix("..."))
        assert said.endswith(("…", "..."))


@given(
    st.lists(
        st.sampled_from(["e\u0301", "字", "🤰🏽", "👩‍👩‍👧", "🇨🇳", "กำ", "क्ष", "a"]), min_size=80, max_size=200
    )
)
def test_what_is_one_to_the_eye_is_never_cut(characters: list[str]) -> None:
    said = fit("".join(characters), 1).removesuffix("…").removesuffix("...")
    kept, rest = [], said
    for character in characters:
        if not rest.startswith(character):
            break
        kept.append(character)
        rest = rest.removeprefix(character)
    assert rest == ""
    assert len(kept) < len(characters) or sms_length("".join(characters)).parts == 1


NAMES = ("欧阳娜娜", "李梅", "阿依古丽", "13800001234", "2026年9月3日", "4821")


@given(
    st.lists(
        st.one_of(st.sampled_from(NAMES), st.sampled_from("孕产妇该去做检查了")), min_size=40, max_size=150
    ),
    st.integers(1, 3),
)
def test_neither_a_name_nor_a_number_is_cut(pieces: list[str], limit: int) -> None:
    text = "".join(pieces)
    said = fit(text, limit, keep=NAMES)
    if said != text:
        end = len(said.removesuffix("…"))
        at = 0
        for piece in pieces:
            assert not at < end < at + len(piece) or piece not in NAMES
            at += len(piece)


def test_a_number_is_whole_or_absent_without_being_told_so() -> None:
    said = fit("请打" + "好" * 60 + "13800001234，她会帮您", 1)
    assert "138" not in said
    assert said.endswith("好…")


def test_a_text_is_cut_after_a_sentence_where_there_is_one() -> None:
    text = "王芳明天该做产检了。" * 9
    assert fit(text, 1) == "王芳明天该做产检了。" * 6 + "…"


def test_a_cut_that_would_waste_half_is_not_made_there() -> None:
    assert len(fit("好。" + "好" * 200, 1)) == 70


def test_the_signature_and_the_way_out_are_counted() -> None:
    said = fit("好" * 80, 1, before=SIGNATURE, after=WAY_OUT)
    assert said == SIGNATURE + "好" * (70 - len(SIGNATURE) - len(WAY_OUT) - 1) + "…" + WAY_OUT
    assert sms_length(said).units == 70


def test_they_are_not_doubled() -> None:
    assert fit("【孕管】您好，回T退订", 1, before=SIGNATURE, after=WAY_OUT) == "【孕管】您好，回T退订"


def test_a_latin_text_stays_cheap_when_it_is_shortened() -> None:
    said = fit("well " * 60, 1)
    assert (sms_length(said).encoding, said[-3:]) == ("gsm7", "...")
    assert len(said) > 150


def test_a_heap_of_accents_gives_way_to_the_limit() -> None:
    said = fit("a" + "\u0301" * 300, 1)
    assert sms_length(said).parts == 1
    assert unicodedata.normalize("NFC", said).startswith("á")


def test_a_signature_longer_than_a_message_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="signature"):
        fit("好" * 100, 1, before="签" * 71)


def test_a_half_pair_in_a_text_does_no_harm() -> None:
    assert fit("好\ud83e", 1) == "好\ufffd"
