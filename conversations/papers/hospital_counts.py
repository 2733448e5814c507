"""The counts of 附表2 that only a hospital knows, as its quarterly form asks for them.

They are numbers of a house and a quarter and speak of no woman, so they are no report (conversations/records.py): each
filing is a version of its own in a table of its own, and the newest stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conversations.text import T, Text


@dataclass(frozen=True, slots=True)
class HospitalCount:
    """One of them. `row`: its number in 附表2; `within`: the count it is a part of, so never more than that."""

    name: str
    row: int
    label: Text
    within: str | None = None


HOSPITAL_COUNTS: Final[tuple[HospitalCount, ...]] = (
    HospitalCount("first_caesareans", 2, T("初次剖宫产")),
    HospitalCount("pain_relief", 3, T("镇痛分娩")),
    HospitalCount("haemorrhages", 17, T("产后出血（全部）")),
    HospitalCount("severe_haemorrhages", 7, T("严重产后出血"), within="haemorrhages"),
    HospitalCount("transfused", 8, T("产后出血输血"), within="haemorrhages"),
    HospitalCount("unplanned_theatre", 9, T("非预期重返手术室")),
    HospitalCount("hysterectomies", 10, T("子宫切除")),
    HospitalCount("ruptures", 11, T("子宫破裂")),
    HospitalCount("asphyxiated", 12, T("足月新生儿窒息")),
    HospitalCount("critical_transfers", 21, T("危重孕产妇转诊")),
)
"""In asking order. The rows are those of XF 附表2."""

MOST: Final = 20000
"""More in a quarter is a slip of the finger (u)."""
BY_NAME: Final = {one.name: one for one in HOSPITAL_COUNTS}
