"""How often what happened in these logs: `python -m tests.simulate.happened FILE …` prints a table, a column a log."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from tests.simulate.laws import ASKED, DEATHS, Log, Version, log_of

LATE = timedelta(weeks=13)
"""Who is first reported after so long is found late."""
VIABLE = timedelta(weeks=28)
Counts = Counter[str]


def happened(log: Log) -> Counts:
    """What happened, and how often. What was taken back later counts as that, not as what it said."""
    counts: Counts = Counter()
    for versions in log.versions.values():
        by_report: dict[str, list[Version]] = defaultdict(list)
        for one in versions:
            by_report[one.id].append(one)
        for report in by_report.values():
            counts.update(_of_a_report(report, versions))
    counts.update(_of_phones(log))
    counts.update(_of_what_was_said(log))
    for what, _, _ in log.off:
        counts[f"{what} out of order"] += 1
    return counts


def _of_a_report(report: Sequence[Version], hers: Sequence[Version]) -> Iterator[str]:
    first, last = report[0], report[-1]
    for before, after in pairwise(report):
        if first.event == "pregnancy" and not after.withdrawn:
            for key, name in (("lmp", "wrong dates corrected"), ("phone", "phones changed")):
                if before.body.get(key) != after.body.get(key):
                    yield name
    if last.withdrawn:
        ends = first.event in ("birth", "pregnancy_loss", *DEATHS)
        yield "ends of the wrong woman, withdrawn" if ends else "other reports withdrawn"
        return
    match first.event:
        case "pregnancy":
            yield "pregnancies"
            lmp = last.body.get("lmp")
            if lmp and first.at.date() - date.fromisoformat(lmp) > LATE:
                yield "found late (after 13 weeks)"
            if last.body.get("restricted"):
                yield "girls under 18"
        case "birth":
            yield "births"
            if len(last.body.get("children") or ()) > 1:
                yield "twins"
        case "pregnancy_loss":
            yield "stillbirths (from 28 weeks)" if _viable(last, hers) else "miscarriages"
        case "maternal_death" | "woman_death":
            yield "deaths of mothers"
        case "child_death":
            yield "deaths of children"
        case "moved":
            yield "moves here or back" if last.body.get("direction") == "in" else "moves away"
        case "risk_grade":
            yield f"graded {last.body.get('colour')}"


def _viable(loss: Version, hers: Sequence[Version]) -> bool:
    lmp = next((v.body["lmp"] for v in reversed(hers) if v.event == "pregnancy" and v.body.get("lmp")), None)
    day = loss.body.get("date")
    return lmp is not None and day is not None and date.fromisoformat(day) - date.fromisoformat(lmp) >= VIABLE


def _of_phones(log: Log) -> Mapping[str, int]:
    """Phones and accounts on which more than one woman was asked."""
    asked: dict[str, set[str]] = defaultdict(set)
    for one in log.letters("reminded", "said"):
        if one.to_role == "woman" and one.woman and ASKED in one.text:
            asked[one.to].add(one.woman)
    shared = [to for to, women in asked.items() if len(women) > 1]
    accounts = [to for to in asked if not to.startswith("phone-")]
    return {
        "phones on which several were asked": sum(to.startswith("phone-") for to in shared),
        "chat accounts": len(accounts),
        "chat accounts of several women": len(set(shared) & set(accounts)),
    }


SAID: Mapping[str, Callable[[str], bool]] = {
    "退订": lambda said: said == "退订",
    "恢复": lambda said: said == "恢复",
    "打错了, 不是我": lambda said: said in ("打错了", "不是我"),
    "愿意": lambda said: said.startswith("愿意"),
    "不用": lambda said: said.startswith("不用"),
    "去过了": lambda said: said.startswith("去过了"),
    "改天": lambda said: said.startswith("改天"),
    "不方便": lambda said: said.startswith("不方便"),
}


def _of_what_was_said(log: Log) -> Iterator[str]:
    for one in log.told:
        if one.kind == "heard":
            yield "messages in"
            if one.to_role == "woman":
                yield from (name for name, meant in SAID.items() if meant(one.text))
        elif one.kind == "acknowledged" and one.cause == "danger":
            yield "danger alerts taken"
        elif one.kind == "acknowledged":
            yield "other alerts taken"
        elif one.kind == "clock_started":
            yield "clocks started"
        elif one.kind == "clock_due":
            yield "clocks run out"


def table(found: Mapping[str, Counts]) -> Iterator[str]:
    """Rows of Markdown."""
    names = sorted({name for counts in found.values() for name in counts})
    yield "| | " + " | ".join(found) + " |"
    yield "|---|" + "---:|" * len(found)
    for name in names:
        yield f"| {name} | " + " | ".join(f"{counts[name]:,}" for counts in found.values()) + " |"


def main(files: Sequence[str]) -> int:
    found: dict[str, Counts] = {}
    for name in files:
        lines: list[dict[str, Any]] = [orjson.loads(line) for line in Path(name).read_bytes().splitlines()]
        found[str(lines[0]["programme"])] = happened(log_of(lines))
    print(*table(found), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
