from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot.county import Village, as_body, delivery, envelope
from bot.county.signing import Signer
from conversations.records import envelope_schema
from tests.support.receiver import SECRET
from tests.support.reports import FILED, report

VILLAGE = Village("d" * 32, "上坪村", ("信丰县", "大桥镇", "上坪村"))


def test_the_county_receives_the_whole_version() -> None:
    found = envelope(report(), VILLAGE)
    assert found == {
        "type": "report.filed",
        "timestamp": "2026-11-22T02:00:00Z",
        "data": {
            "report_id": f"{1:032x}",
            "version": 1,
            "supersedes": None,
            "event": "pregnancy",
            "subject_ids": ["a" * 32],
            "woman_id": "a" * 32,
            "pregnancy_id": "b" * 31 + "1",
            "village": {"id": "d" * 32, "name": "上坪村", "path": ["信丰县", "大桥镇", "上坪村"]},
            "event_time": "2026-11-21",
            "known_time": "2026-11-22T02:00:00Z",
            "recorded_time": "2026-11-22T02:00:00Z",
            "author_role": "coordinator",
            "channel": "chat",
            "channel_trust": "high",
            "verification": "unverified",
            "programme": "xinfeng",
            "schema_version": 1,
            "withdrawn": False,
            "body": {"woman_name": "王小芳", "lmp": "2026-09-03"},
        },
    }


def test_a_correction_and_a_withdrawal_say_so() -> None:
    assert envelope(report(version=2, supersedes=1), None)["type"] == "report.corrected"
    assert envelope(report(version=3, supersedes=2, withdrawn=True), None)["type"] == "report.withdrawn"


@pytest.mark.parametrize("village", [VILLAGE, None])
@pytest.mark.parametrize(
    "changes",
    [{}, {"pregnancy_id": None, "event_time": None}, {"version": 2, "supersedes": 1, "withdrawn": True}],
)
def test_it_keeps_to_the_published_schema(village: Village | None, changes: dict[str, Any]) -> None:
    published = envelope_schema("pregnancy")
    published["properties"]["data"]["properties"]["body"] = {"type": "object"}  # the flows' own tests
    found = json.loads(as_body(envelope(report(**changes), village)))
    Draft202012Validator(published, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(found)
    assert set(found["data"]) == set(published["properties"]["data"]["properties"])


def test_the_row_carries_the_stable_id_and_the_lane() -> None:
    row = delivery(report(version=2, supersedes=1), VILLAGE, "county", 7, FILED)
    assert (row.id, row.lane, row.seq) == (f"{1:032x}.2", "b" * 31 + "1", 7)
    assert json.loads(row.payload) == envelope(report(version=2, supersedes=1), VILLAGE)
    assert delivery(report(pregnancy_id=None), None, "county", 8, FILED).lane == "a" * 32


def test_a_signature_is_of_its_moment() -> None:
    signer = Signer(SECRET)
    first = signer.headers("id.1", "{}", FILED)
    later = signer.headers("id.1", "{}", FILED + timedelta(seconds=1))
    assert first["webhook-id"] == later["webhook-id"] == "id.1"
    assert int(later["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 1
    assert first["webhook-signature"] != later["webhook-signature"]


def test_a_secret_is_recognised_by_its_prefix_and_not_shown() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        Signer("c2VjcmV0")
    assert SECRET.removeprefix("whsec_") not in repr(Signer(SECRET))
