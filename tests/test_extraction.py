"""The catalogues tell translators how many SMS parts a sentence takes."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import write_po

from bot.extraction import cost, extract

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("wording", "said"),
    [
        ("好。", "短信1条（2/70字）"),
        ("孕" * 70, "短信1条（70/70字）"),
        ("孕" * 71, "短信2条（71/134字）"),
        ("孕" * 135, "短信3条（135/201字）"),
        ("报好了，{name}的孕情已经送往县里，{date}。", "短信1条（15/70字，另填2处）"),
        ("😀", "短信1条（2/70字）"),
        ("{words}", "短信1条（0/70字，另填1处）"),
    ],
)
def test_what_a_sentence_costs(wording: str, said: str) -> None:
    assert cost(wording) == said


def test_both_wordings_of_a_sentence_are_found() -> None:
    source = BytesIO('T("长的{name}一句", name=1, sms=T("短的{name}"))\n'.encode())
    found = {
        (message[0] if isinstance(message, tuple) else message): comments
        for _, _, message, comments in extract(source, {"T": None}, (), {})
    }
    assert found == {
        "长的{name}一句": ["短信1条（4/70字，另填1处）"],
        "短的{name}": ["短信1条（2/70字，另填1处）"],
    }


def test_every_sentence_of_the_catalogue_has_its_cost() -> None:
    """As `make messages` writes it."""
    with (ROOT / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    catalogue = Catalog(locale="en")
    for _, line, message, comments, _ in extract_from_dir(str(ROOT), methods, options, keywords={"T": None}):
        catalogue.add(message, auto_comments=comments, locations=[("x.py", line)])
    messages = [message for message in catalogue if message.id]
    assert len(messages) > 100
    assert all(any(note.startswith("短信") for note in message.auto_comments) for message in messages)
    written = BytesIO()
    write_po(written, catalogue, no_location=True)
    assert "#. 短信1条（" in written.getvalue().decode()


def test_a_sentence_said_twice_has_one_note() -> None:
    catalogue = Catalog()
    for _ in range(2):
        catalogue.add("好的。", auto_comments=[cost("好的。")])
    assert catalogue["好的。"].auto_comments == ["短信1条（3/70字）"]
