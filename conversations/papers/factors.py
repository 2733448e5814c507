"""Risk factors as a paper names them: by the programme's list where words are known, an infection to nobody who may not
be asked of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from conversations.care.factor_words import factors_in
from conversations.care.unsaid import tells_infection
from conversations.flows.risk import ASKED_OF_INFECTION
from conversations.papers.counting import Material

UNNAMED: Final = "其他（不列名）"


def factor_names(material: Material, told: Iterable[str]) -> tuple[str, ...]:
    """The names of the factors an assessment tells, each once. What is not on the list stands as it was told."""
    names: list[str] = []
    listed = material.programme.factor
    for words in told:
        ids = (words,) if words in listed else factors_in(material.programme, [words])
        if not ids:
            hidden = material.role not in ASKED_OF_INFECTION and tells_infection(words)
            names.append(UNNAMED if hidden else words)
        for one in ids:
            open_to = material.role in listed[one].asked_of or material.role in ASKED_OF_INFECTION
            names.append(listed[one].what if open_to else UNNAMED)
    return tuple(dict.fromkeys(names))
