"""English, as the bot's English messages invite it."""

from __future__ import annotations

from datetime import date

import pytest

from conversations.text import Refusal
from conversations.understanding import understand
from conversations.understanding.readers import read

TODAY = date(2026, 11, 22)
YESTERDAY = "2026-11-21"


@pytest.mark.parametrize(
    ("text", "intent", "fields"),
    [
        ("wrong number", "wrong_number", {}),
        ("birth", "birth", {}),
        ("Birth", "birth", {}),
        ("birthday party", "none", {}),
        ("Li Mei had a miscarriage yesterday", "pregnancy_loss", {"woman_name": "Li Mei", "date": YESTERDAY}),
        ("Li Mei died yesterday", "woman_death", {"woman_name": "Li Mei", "date": YESTERDAY}),
        ("Li Mei gave birth last night", "birth", {"woman_name": "Li Mei", "date": YESTERDAY}),
        ("lost the baby", "pregnancy_loss", {}),
        ("Li Mei lost the baby on Friday", "pregnancy_loss", {"date": "2026-11-20"}),
        ("Li Mei is 12 weeks pregnant", "pregnancy", {"gestational_weeks": 12}),
        ("Li Mei pregnant, second pregnancy, one child", "pregnancy", {"gravida": 2, "para": 1}),
        ("Li Mei pregnant, LMP lunar 15 August", "pregnancy", {"lmp": "2026-09-25"}),
        ("not 3 September, 3 August", "none", {"date": "2026-08-03"}),
        ("phone is 19900000101", "none", {"phone": "19900000101"}),
    ],
)
def test_reports(text: str, intent: str, fields: dict[str, object]) -> None:
    understood = understand(text, today=TODAY)
    assert understood.intent == intent
    assert fields.items() <= understood.fields.items()


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("gestational_weeks", "12 weeks", 12),
        ("dating", "12 weeks", {"gestational_weeks": 12}),
        (
            "dating",
            "12 weeks and 3 days",
            {"gestational_weeks": 12, "gestational_days": 3, "lmp": "2026-08-27"},
        ),
        ("gravida_para", "second pregnancy, one child", {"gravida": 2, "para": 1}),
        ("gravida_para", "first pregnancy", {"gravida": 1, "para": 0}),
        ("gravida_para", "3rd pregnancy, no children", {"gravida": 3, "para": 0}),
        ("para", "two children", 2),
        ("lmp", "15 August", "2026-08-15"),
        *(
            ("lmp", text, "2026-09-25")
            for text in (
                "lunar 15 August",
                "lunar August 15",
                "Lunar: 15 August 2026",
                "15 August lunar",
                "15 August (lunar)",
                "August 15, lunar calendar",
                "lunar 8/15",
                "15th of the 8th lunar month",
            )
        ),
    ],
)
def test_answers(field: str, text: str, value: object) -> None:
    assert read(field, text, today=TODAY) == value


@pytest.mark.parametrize("text", ["2 weeks ago", "every 4 weeks", "3 weeks old", "12 weeks left"])
def test_weeks_that_are_no_gestation(text: str) -> None:
    assert read("gestational_weeks", text, today=TODAY) is None


def test_a_lunar_day_that_is_not_is_refused() -> None:
    answer = read("lmp", "lunar 31 August", today=TODAY)
    assert isinstance(answer, Refusal)


def test_two_children_of_one_birth_are_no_births_before() -> None:
    assert "para" not in understand("Li Mei gave birth to two children yesterday", today=TODAY).fields
