from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import pytest

from conversations.care import programme as programmes
from conversations.care import rules as rules_module
from conversations.care.contradictions import CONDITIONS
from conversations.care.programme import (
    PROGRAMMES,
    BadProgramme,
    Origin,
    Programme,
    install,
    load,
    parse,
    programme,
    read,
)
from conversations.care.rules import Question
from conversations.care.sheet import SAY_WHAT

COUNTIES = {"xinfeng": "XF", "gaoping": "GP", "rencheng": "RC", "kaifeng": "KF", "yuzhong": "YZ"}
TEXTS = read(files("conversations.care").joinpath("programmes"))
UNVERIFIED = Path(__file__).parent / "unverified"

SIXTH = """
title = "某县母婴安全"
inherits = "national"

[document]
AB = "某县母婴安全工作方案"

[clock.red_to_county]
within = "12h"
owner = "institution"
to = "county"
start = "known"
source = "AB 三(一)"

[[flow.pregnancy.extra]]
id = "distance_km"
label = "离医院"
ask = "她家离最近的医院多少公里？"
kind = "number"
least = 0
most = 300
source = "AB 四"
"""


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programmes installed in this test are gone after it."""
    own = dict(PROGRAMMES)
    monkeypatch.setattr(programmes, "_programmes", own)
    monkeypatch.setattr(programmes, "PROGRAMMES", own)


# ── the six files ───────────────────────────────────────────────────────────────────────────────────────


def test_all_six_are_there() -> None:
    assert set(TEXTS) == {"national", *COUNTIES}
    assert set(TEXTS) <= set(PROGRAMMES)  # another test of this process may have added its own
    assert all(PROGRAMMES[name].inherits == "national" for name in COUNTIES)


def test_reading_them_again_makes_the_same() -> None:
    again = load(TEXTS)
    for name in TEXTS:
        one = PROGRAMMES[name]
        assert again[name].table == one.table
        assert again[name].origins == one.origins
        assert again[name].unverified() == one.unverified()


@pytest.mark.parametrize("name", sorted(PROGRAMMES))
def test_every_value_has_its_source_or_says_it_has_none(name: str) -> None:
    rules = PROGRAMMES[name]
    said = set(values(rules.table))
    assert said == set(rules.origins)
    for path, origin in rules.origins.items():
        if origin.source is not None:
            code, place = origin.source.split(" ", 1)
            assert code in rules.documents, path
            assert place.strip(), path


def values(table: Mapping[str, Any], *above: str) -> list[str]:
    """The paths of all values of a merged table that need a source."""
    found = []
    for key, value in table.items():
        if isinstance(value, dict) and key not in ("where", "items"):
            found += values(value, *above, key)
        elif key not in SAY_WHAT:
            found.append(".".join((*above, key)))
    return found


@pytest.mark.parametrize(("name", "code"), sorted(COUNTIES.items()))
def test_a_county_quotes_its_own_paper_only(name: str, code: str) -> None:
    origins = [one for one in PROGRAMMES[name].origins.values() if one.file == f"{name}.toml"]
    assert {one.source.split(" ")[0] for one in origins if one.source} == {code}


@pytest.mark.parametrize("name", sorted(PROGRAMMES))
def test_what_is_taken_from_nowhere_is_known_to_be(name: str) -> None:
    """A change here is a change of what somebody has to decide: read it, then write it down."""
    found = "\n".join(map(str, PROGRAMMES[name].unverified())) + "\n"
    assert found == (UNVERIFIED / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "office", "called", "source"),
    [
        ("xinfeng", "coordinator", "孕管员", "XF 三(一)3"),
        ("xinfeng", "township", "孕管办", "XF 三(一)2"),
        ("xinfeng", "county", "孕管中心", "XF 三(一)1"),
        ("gaoping", "county", "母婴安全管理办公室", "GP 三(二)"),
        ("rencheng", "coordinator", "乡村医生、计生专职", "RC 二"),
        ("rencheng", "township", "镇卫生院、镇卫计办", "RC 三(二)"),
        ("yuzhong", "township", "社区卫生服务中心", "YZ 第十条"),
        ("yuzhong", "county", "区妇幼保健院", "YZ 第三条"),
        ("kaifeng", "county", "县区妇幼保健机构", "KF 二(四)1"),
    ],
)
def test_offices_are_called_what_they_are_called_at_home(
    name: str, office: Any, called: str, source: str
) -> None:
    assert programme(name).called(office) == called
    assert programme(name).source(f"office.{office}.called") == source


@pytest.mark.parametrize(
    ("name", "visits", "source"),
    [
        ("gaoping", ["newborn", "full_month"], "GP 四(四)1: 新生儿家庭访视、新生儿满月健康管理"),
        ("rencheng", ["newborn"], "RC 三(一)2(2): 新生儿访视1次"),
        ("rencheng", ["full_month"], "RC 三(二)2(1): 满月健康检查和定期健康管理"),
        ("rencheng", ["postnatal", "day42"], "RC 三(二)1(1)③④"),
        ("xinfeng", ["postnatal", "day42"], "XF 四(七)2"),
    ],
)
def test_each_county_has_the_visits_its_paper_names(name: str, visits: list[str], source: str) -> None:
    for visit in visits:
        assert [one for one in programme(name).visit if one == visit] == [visit], source


@pytest.mark.parametrize("name", sorted(PROGRAMMES))
def test_there_are_five_antenatal_visits_everywhere(name: str) -> None:
    """GP 四(四)2: 在孕中期和孕晚期对孕产妇各进行2次随访 are visits 2–5, not more."""
    numbers = [one.number for one in programme(name).visit.values() if one.kind == "antenatal"]
    assert numbers == [1, 2, 3, 4, 5]


def test_in_xinfeng_five_visits_and_two_after_birth_are_free() -> None:
    """XF 二(一)3: 5次产前检查和2次产后访视的免费基本公共卫生服务."""
    free = {name for name, one in programme("xinfeng").visit.items() if one.free}
    assert free == {*(f"antenatal_{n}" for n in range(1, 6)), "postnatal", "day42"}


INDICATORS = [  # requirements §6
    ("xinfeng", "early_booking", 95, "XF 二(一)1"),
    ("xinfeng", "booking", 100, "XF 二(一)1"),
    ("xinfeng", "electronic_record", 100, "XF 二(一)1"),
    ("xinfeng", "high_risk_managed", 100, "XF 二(一)1"),
    ("xinfeng", "case_file", 100, "XF 二(一)1"),
    ("xinfeng", "postnatal_visit", 90, "XF 二(一)1"),
    ("gaoping", "high_risk_managed", 100, "GP 二"),
    ("gaoping", "hospital_delivery", 100, "GP 二"),
]


@pytest.mark.parametrize(("name", "indicator", "target", "source"), INDICATORS)
def test_targets_are_the_county_s(name: str, indicator: str, target: float, source: str) -> None:
    assert programme(name).indicator[indicator].target == target
    assert programme(name).source(f"indicator.{indicator}.target") == source


@pytest.mark.parametrize(
    ("indicator", "numerator", "denominator"),
    [
        ("early_booking", "booked_before_13_weeks", "live_births"),
        ("postnatal_visit", "visited_within_28_days", "live_births"),
    ],
)
def test_national_rates_are_counted_as_the_specification_says(
    indicator: str, numerator: str, denominator: str
) -> None:
    """NS 孕产妇健康管理 五."""
    found = programme("national").indicator[indicator]
    assert (found.numerator, found.denominator) == (numerator, denominator)
    assert programme("national").source(f"indicator.{indicator}.denominator") == "NS 孕产妇健康管理 五"


def test_kaifeng_watches_all_rates_of_its_report() -> None:
    """KF 附件2 二."""
    assert {
        *("screening", "screening_positive", "assessment", "referral", "reception", "assessed_on_reception"),
        *("case_file", "unreported", "followed_up", "red_level3", "orange_level3"),
        *("postnatal_assessed", "day42_assessed"),
        *(f"grade_{colour}" for colour in ("green", "yellow", "orange", "red", "purple")),
    } <= set(programme("kaifeng").indicator)


def test_kaifeng_screens_after_delivery_for_all_its_table_names() -> None:
    """KF 附件1, 产后风险筛查表: 1.1–1.9, 2.1.1–2.8.1, 3.1–3.7."""
    rules = programme("kaifeng")
    items = [
        (rules.source(f"factor.{name}.what") or "").removeprefix("KF 附件1 ")
        for name, one in rules.factor.items()
        if one.stage == "postnatal"
    ]
    expected = [
        *(f"1.{n}" for n in range(1, 10)),
        *(
            f"2.{part}.{n}"
            for part, last in enumerate((7, 4, 2, 3, 4, 3, 4, 1), 1)
            for n in range(1, last + 1)
        ),
        *(f"3.{n}" for n in range(1, 8)),
    ]
    assert items == expected


def test_quiet_hours_and_notices() -> None:
    assert (str(programme("national").quiet.begins), str(programme("national").quiet.ends)) == (
        "21:00:00",
        "08:00:00",
    )
    notices = programme("xinfeng").notices
    assert notices is not None
    assert {"叶酸发放", "免费婚检"} <= set(notices.topics)
    assert programme("xinfeng").source("notices.topics") == "XF 三(一)3"


@pytest.mark.parametrize("name", sorted(PROGRAMMES))
def test_deaths_criticals_and_red_never_wait_for_verification(name: str) -> None:
    assert not set(programme(name).verification.events) & {
        *("maternal_death", "child_death", "woman_death", "critical_case", "risk_grade"),
    }


def test_a_channel_nobody_wrote_of_carries_nothing() -> None:
    rules = programme("national")
    assert rules.masked("sms").diagnoses
    assert not rules.masked("sms").people
    assert not rules.masked("web").infection
    unheard = rules.masked("carrier pigeon")
    assert (unheard.people, unheard.diagnoses, unheard.files, unheard.infection) == (True, True, True, True)


# ── a sixth county ──────────────────────────────────────────────────────────────────────────────────────


def test_a_sixth_county_needs_no_python(installed: None, tmp_path: Path) -> None:
    (tmp_path / "mou.toml").write_text(SIXTH, "utf-8")
    (tmp_path / "README.md").write_text("not a programme", "utf-8")
    install(read(tmp_path))
    mou = programmes.programme("mou")
    assert str(mou.clock["red_to_county"].within) == "12h"
    assert mou.source("clock.red_to_county.within") == "AB 三(一)"
    assert mou.clock["orange_to_county"] == programme("national").clock["orange_to_county"]
    assert mou.questions("pregnancy") == (
        Question(
            id="distance_km",
            label="离医院",
            ask="她家离最近的医院多少公里？",
            kind="number",
            least=0,
            most=300,
        ),
    )
    assert mou.questions("birth") == ()


def test_one_broken_file_installs_none(installed: None) -> None:
    with pytest.raises(BadProgramme):
        install({"aa": SIXTH, "bb": 'inherits = "nowhere"'})
    assert "aa" not in programmes.PROGRAMMES


def test_a_county_may_inherit_a_county_whichever_is_read_first() -> None:
    found = load({"aa": 'title = "甲"\ninherits = "zz"', "zz": SIXTH}, PROGRAMMES)
    assert found["aa"].title == "甲"
    assert found["aa"].source("clock.red_to_county.within") == "AB 三(一)"


def test_a_circle_is_told_as_such_a_parent_missing() -> None:
    with pytest.raises(BadProgramme, match=r"aa.toml: inherits: there is no programme 'bb'"):
        load({"aa": 'inherits = "bb"', "bb": 'inherits = "aa"'}, PROGRAMMES)


def test_what_is_inherited_can_be_taken_away() -> None:
    text = SIXTH + '\n[clock.purple_to_county]\noff = true\nsource = "AB 五"\n'
    mou = load({"mou": text}, PROGRAMMES)["mou"]
    assert "purple_to_county" not in mou.clock
    assert not [path for path in mou.origins if path.startswith("clock.purple_to_county")]
    assert "purple_to_county" in programme("national").clock


def test_an_unknown_name_is_the_national_programme() -> None:
    assert programme("nowhere") is programme("national")


# ── broken files ────────────────────────────────────────────────────────────────────────────────────────

BROKEN = [
    ("[clock", "", "is not TOML"),
    ('inherits = "nowhere"', "inherits", "there is no programme 'nowhere'"),
    ("title = 3", "title", "is missing: what this programme is called"),
    ("document = 3", "document", "is a table of codes and titles"),
    ("[colours]\nred = 1", "colours", "there is no such table"),
    ("clock = 3", "clock", "is a table of tables: [clock.NAME]"),
    ("[clock]\nred_to_county = 3", "clock.red_to_county", "is a table: [clock.red_to_county]"),
    (
        '[clock.red_to_county]\nwithin = "24h"',
        "clock.red_to_county.within",
        "says neither its source nor that it is unverified",
    ),
    (
        '[clock.red_to_county]\nwithin = "24h"\nsource = "QQ 三"',
        "clock.red_to_county.source",
        "known documents: NS, R35, AB",
    ),
    (
        '[clock.red_to_county]\nwithin = "24h"\nsource = "AB"',
        "clock.red_to_county.source",
        "names a document and the place in it",
    ),
    ('[clock.red_to_county]\nwithin = "24h"\nsource = 3', "clock.red_to_county.source", "names a document"),
    (
        '[clock.red_to_county]\nwithin = "24h"\nsource = "AB 三"\nunverified = true',
        "clock.red_to_county.unverified",
        "true contradicts a source",
    ),
    (
        '[clock.red_to_county]\nwithin = "24h"\nsource = "AB 三"\nunverified = ["owner"]',
        "clock.red_to_county.unverified",
        "names 'owner', which is not in the table",
    ),
    (
        '[clock.red_to_county]\nwithin = "24h"\nunverified = "yes"',
        "clock.red_to_county.unverified",
        "is true or a list",
    ),
    (
        '[clock.red_to_county]\nwithin = "a day"\nunverified = true',
        "clock.red_to_county.within",
        "not a length such as",
    ),
    (
        '[clock.red_to_county]\nwithn = "24h"\nunverified = true',
        "clock.red_to_county.withn",
        "there is no such key here",
    ),
    ('[clock.red_to_county]\nowner = "nurse"\nunverified = true', "clock.red_to_county.owner", "nurse"),
    ('[clock.new]\nwithin = "24h"\nunverified = true', "clock.new.title", "is missing"),
    ('[clock.red_to_county]\non = ["red_alert"]', "clock.red_to_county.on", "there is no report 'red_alert'"),
    ("[clock.red_to_county]\non = []", "clock.red_to_county", "nothing starts it"),
    (
        '[periodic.new]\ntitle = "新"\nevery = "month"\nowner = "county"\nto = "city"\nif_any = ["rumour"]\n'
        "unverified = true",
        "periodic.new.if_any",
        "there is no report 'rumour'",
    ),
    (
        '[periodic.new]\ntitle = "新"\nevery = "month"\nowner = "township"\nto = "county"\n'
        'if_any = ["maternal_death"]\nunverified = true',
        "periodic.new.if_any",
        "only of what is owed for the whole county",
    ),
    (
        '[clock.red_to_county]\nwhere = { mood = ["bad"] }',
        "clock.red_to_county.where",
        "there is no condition 'mood'",
    ),
    (
        '[clock.red_to_county]\nwhere = { colour = ["pink"] }',
        "clock.red_to_county.where",
        "colour is never 'pink'",
    ),
    ('[clock.red_to_county]\nstops = ["tomorrow"]', "clock.red_to_county.stops", "'tomorrow' is none of"),
    ('[clock.village_fact]\ntitle = "红色报乡镇"', "clock.village_fact.title", "a coordinator reads this"),
    ('[clock.village_fact]\ntitle = "梅毒报乡镇"', "clock.village_fact.title", "a coordinator reads this"),
    (
        '[clock.red_to_county]\nowner = "province"\nunverified = true',
        "clock.red_to_county.owner",
        "there is no [ladder.province]",
    ),
    (
        "[clock.nowhere]\noff = true\nunverified = true",
        "clock.nowhere.off",
        "true, alone, takes away what was inherited",
    ),
    (
        '[clock.red_to_county]\noff = true\nwithin = "1h"\nunverified = true',
        "clock.red_to_county.off",
        "true, alone",
    ),
    ("[clock.red_to_county]\noff = true", "clock.red_to_county", "says neither its source"),
    (
        "[quiet]\nbegins = 25\nunverified = true",
        "quiet.begins",
        "not a time of day such as 21:00:00 (it says 25)",
    ),
    (
        '[visit.antenatal_2]\ncloses = "12w"\nunverified = true',
        "visit.antenatal_2.closes",
        "it closes (12w) before it opens (16w)",
    ),
    (
        '[visit.antenatal_2]\ncloses = "soon"\nunverified = true',
        "visit.antenatal_2.closes",
        "not an age such as",
    ),
    (
        '[visit.day42]\ncounted_from = "lmp"\nunverified = true',
        "visit.day42.counted_from",
        "are counted from the LMP",
    ),
    (
        "[reminding]\nbefore_closing = 0\nunverified = true",
        "reminding.before_closing",
        "greater than or equal to 1",
    ),
    (
        "[reminding]\ncoordinator_after = 30\nunverified = true",
        "reminding.township_after",
        "she is reminded first",
    ),
    (
        '[ladder.coordinator]\nrungs = ["township", "county"]\nunverified = true',
        "ladder.coordinator.rungs",
        "starts with its owner",
    ),
    (
        '[ladder.county]\nrungs = ["county", "county"]\nunverified = true',
        "ladder.county.rungs",
        "names an office twice",
    ),
    (
        '[ladder.county]\nrungs = ["county", "woman"]\nunverified = true',
        "ladder.county.rungs",
        "a woman is told nothing",
    ),
    (
        '[ladder.county]\nrungs = ["county", "sector"]\nunverified = true',
        "ladder.county.rungs",
        "there is no [office.sector]",
    ),
    ('[verification]\nevents = ["maternal_death"]\nunverified = true', "verification.events", "never waits"),
    (
        '[verification]\nevents = ["rumour"]\nunverified = true',
        "verification.events",
        "there is no report 'rumour'",
    ),
    (
        '[managed_higher]\nfactors = ["rumour"]\nunverified = true',
        "managed_higher.factors",
        "there is no [factor.rumour]",
    ),
    (
        '[factor.x]\nwhat = "乙肝表面抗原"\nunverified = true',
        "factor.x.asked_of",
        "of institution and county only",
    ),
    (
        '[indicator.x]\ntitle = "率"\nnumerator = "births"\ndenominator = "live_births"\nunverified = true',
        "indicator.x.numerator",
        "births",
    ),
    ("[flow.pregnancy]\nsteps = 3", "flow.pregnancy", "holds questions only: [[flow.pregnancy.extra]]"),
    (
        '[[flow.prgnancy.extra]]\nid = "a"\nask = "问一句？"\nkind = "text"\nunverified = true',
        "flow.prgnancy",
        "there is no such flow",
    ),
    (
        '[[flow.pregnancy.extra]]\nask = "问一句？"',
        "flow.pregnancy.extra",
        "each question has an id of its own",
    ),
    (
        '[[flow.pregnancy.extra]]\nid = "a"\nask = "问一句？"\nkind = "poem"\nunverified = true',
        "flow.pregnancy.extra.a.kind",
        "poem",
    ),
    (
        '[[flow.pregnancy.extra]]\nid = "a"\nask = "问一句？"\nkind = "choice"\nunverified = true',
        "flow.pregnancy.extra.a.choices",
        "two or more",
    ),
    (
        '[[flow.pregnancy.extra]]\nid = "a"\nask = "问一句？"\nkind = "number"\nleast = 3\nmost = 2\nunverified = true',
        "flow.pregnancy.extra.a.most",
        "is below least",
    ),
    (
        '[[flow.pregnancy.extra]]\nid = "a"\nask = "问一句？"\nkind = "text"\nleast = 3\nunverified = true',
        "flow.pregnancy.extra.a.least",
        "for the kind number only",
    ),
    (
        '[[flow.pregnancy.extra]]\nid = "a"\nask = "她有乙肝吗？"\nkind = "yes_no"\nunverified = true',
        "flow.pregnancy.extra.a.ask",
        "hints at an infection",
    ),
]


@pytest.mark.parametrize(
    ("text", "key", "reason"), BROKEN, ids=[row[1] + ":" + row[2][:20] for row in BROKEN]
)
def test_a_broken_file_stops_with_file_key_and_reason(text: str, key: str, reason: str) -> None:
    head = "" if text.startswith(("inherits", "document")) else 'inherits = "national"\n'
    head += "" if text.startswith("title") else 'title = "某县"\n'
    if not text.startswith(("inherits", "document", "[clock\n")) and text != "[clock":
        table = head + ("" if text.startswith("[") else text + "\n") + '[document]\nAB = "方案"\n'
        text = table + (text if text.startswith("[") else "")
    else:
        text = head + text
    with pytest.raises(BadProgramme) as bad:
        load({"mou": text}, PROGRAMMES)
    assert (bad.value.file, bad.value.key) == ("mou.toml", key)
    assert reason in bad.value.reason
    assert str(bad.value).startswith(f"mou.toml: {key or '(file)'}: ")


def test_an_override_that_does_not_fit_what_it_inherits_is_its_own_fault() -> None:
    with pytest.raises(BadProgramme) as bad:
        load(
            {
                "aa": 'title = "甲"\ninherits = "national"\n[visit.antenatal_2]\nopens = "30w"\nunverified = true'
            },
            PROGRAMMES,
        )
    assert (bad.value.file, bad.value.key) == ("aa.toml", "visit.antenatal_2.closes")


@pytest.mark.parametrize(
    "missing", sorted(set(tomllib.loads(TEXTS["national"])) - {"title", "document", "factor"})
)
def test_a_programme_that_inherits_nothing_says_everything(missing: str) -> None:
    table = tomllib.loads(TEXTS["national"])
    del table[missing]
    with pytest.raises(BadProgramme) as bad:
        parse("mou", table)
    assert bad.value.key == missing or missing in ("office", "visit", "ladder", "delivery", "care")


@pytest.mark.parametrize("name", ["", "Mou", "a b", "x" * 33, "信丰"])
def test_a_name_that_could_stand_in_no_organisation_file_is_refused(name: str) -> None:
    with pytest.raises(BadProgramme, match="the name of a programme"):
        parse(name, {})


def test_a_source_can_be_asked_for() -> None:
    rules: Programme = programme("xinfeng")
    assert rules.source("clock.red_to_county.within") == "XF 四(三)3"
    assert rules.origins["quiet.begins"] == Origin("national.toml", None)
    with pytest.raises(KeyError):
        rules.source("clock.red_to_county.colour")


DOCS = Path(__file__).parents[2] / "docs" / "programmes.md"


def test_the_documentation_names_every_table_and_every_key() -> None:
    text = DOCS.read_text("utf-8")
    for section in programmes._SECTIONS:
        assert f"`[{section}" in text or f"`[[{section}" in text, section
    rules = [
        one
        for one in vars(rules_module).values()
        if is_dataclass(one) and one.__module__ == rules_module.__name__
    ]
    assert len(rules) > 25
    for rule in rules:
        for one in fields(rule):
            assert f"`{one.name}`" in text, f"{rule.__name__}.{one.name}"
    for count in get_args(rules_module.Count):
        assert f"`{count}`" in text, count
    for factor in CONDITIONS:
        assert f"`{factor}`" in text, factor
