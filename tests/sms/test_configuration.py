"""The `[sms]` tables: every mistake is named with its key, its value and the remedy; secrets are never shown."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bot.channels.sms.areas import BadAreas, by_id
from bot.cli import CONFIG
from bot.settings import BadSettings, Settings, load_settings
from storage.database import Database
from storage.models import Place
from storage.organisation import Organisation

BASE = '[database]\nurl = "sqlite:////var/lib/yunguan/data/yunguan.db"\nkeys = "/etc/yunguan/keys"\n'
HUSH = "hush-0123456789"
KANNEL = f"""
[sms.kannel.operator]
url = "http://127.0.0.1:13013/cgi-bin/sendsms"
user = "yunguan"
password = "{HUSH}-sendsms"
public_url = "http://127.0.0.1:8080"
caller = "kannel"
caller_password = "{HUSH}-calls"
"""
PHONE = f'\n[sms.phone.gupo]\ncaller_password = "{HUSH}-phone"\n'
ALIYUN = f"""
[sms.aliyun.notices]
key_id = "LTAI"
key_secret = "{HUSH}-key"
sign_name = "孕管"
caller_password = "{HUSH}-aliyun"
templates = {{ SMS_1001 = "${{name}}您好，该做第${{n}}次产检了。回T退订" }}
"""
EVERYWHERE = '\n[sms.areas]\neverywhere = ["operator"]\n'


@pytest.fixture(autouse=True)
def no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("YUNGUAN_"):
            monkeypatch.delenv(name)


def read(folder: Path, *tables: str, mode: int = 0o600) -> Settings:
    path = folder / "yunguan.toml"
    path.write_text(BASE + "".join(tables), encoding="utf-8")
    path.chmod(mode)
    return load_settings(path)


def test_all_three_and_their_areas(tmp_path: Path) -> None:
    areas = '[sms]\nown = ["10690000"]\nmax_parts = 3\n[sms.areas]\neverywhere = ["notices", "operator"]\n"古陂镇" = ["gupo"]\n'
    sms = read(tmp_path, areas, KANNEL, PHONE, ALIYUN).sms
    assert sms is not None
    assert [(kind, name) for kind, name, _ in sms.gateways()] == [
        ("kannel", "operator"),
        ("phone", "gupo"),
        ("aliyun", "notices"),
    ]
    assert (sms.max_parts, sms.loop.times, sms.caps.county_parts, sms.fallback_hours) == (3, 3, 5000, 4)
    assert HUSH not in repr(sms)


MISTAKES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "a template-only gateway for everybody": (
        (ALIYUN, '\n[sms.areas]\neverywhere = ["notices"]\n'),
        ("sms.areas.everywhere = ['notices']", "templates only", "add a Kannel or a phone gateway"),
    ),
    "a template-only gateway for a township": (
        (KANNEL, ALIYUN, EVERYWHERE, '"古陂镇" = ["notices"]\n'),
        ("sms.areas.古陂镇 = ['notices']", "coordinators write from everywhere"),
    ),
    "no gateway of that name": (
        (KANNEL, EVERYWHERE, '"古陂镇" = ["gupo"]\n'),
        ("sms.areas.古陂镇 = ['gupo']", "no gateway is called gupo; there are: operator"),
    ),
    "no gateway for whoever has none": (
        (KANNEL, '\n[sms.areas]\n"古陂镇" = ["operator"]\n'),
        ("sms.areas.everywhere: missing", 'everywhere = ["operator"]'),
    ),
    "no gateway at all": (("\n[sms]\nmax_parts = 3\n",), ("sms: has no gateway", "docs/sms.md")),
    "a name that fits no variable": (
        (KANNEL.replace("operator", "the-operator"), '\n[sms.areas]\neverywhere = ["the-operator"]\n'),
        ("sms.kannel.the-operator", "lower-case letters"),
    ),
    "one name twice": (
        (KANNEL, PHONE.replace("gupo", "operator"), EVERYWHERE),
        ("sms.phone.operator: sms.kannel.operator has this name too",),
    ),
    "one login twice": (
        (PHONE, PHONE.replace("gupo]", 'daa]\ncaller = "gupo"'), '\n[sms.areas]\neverywhere = ["gupo"]\n'),
        ("sms.phone.daa.caller = 'gupo': sms.phone.gupo calls under this name too",),
    ),
    "a short password": (
        (KANNEL.replace(f"{HUSH}-calls", "hush-01"), EVERYWHERE),
        ("sms.kannel.operator.caller_password = (not shown): too short", "openssl rand -hex 16"),
    ),
    "no password": (
        (KANNEL.replace("caller_password", "#"), EVERYWHERE),
        ("sms.kannel.operator.caller_password", "add it", "YUNGUAN_SMS__KANNEL__NAME__CALLER_PASSWORD"),
    ),
    "no address": (
        (KANNEL.replace("http://127.0.0.1:13013", "127.0.0.1:13013"), EVERYWHERE),
        ("sms.kannel.operator.url = '127.0.0.1:13013/cgi-bin/sendsms'", "its sendsms"),
    ),
    "a number of ours that is none": (
        ('[sms]\nown = ["孕管"]\n', KANNEL, EVERYWHERE),
        ("sms.own = '孕管'", "write the digits"),
    ),
    "a signature too long": (
        (KANNEL + f'signature = "【{"孕" * 30}】"\n', EVERYWHERE),
        ("sms.kannel.operator.signature", "more than 30 characters"),
    ),
    "a template that says anything": (
        (KANNEL, ALIYUN.replace("${name}您好，该做第${n}次产检了。回T退订", "${text}"), EVERYWHERE),
        ("sms.aliyun.notices.templates.SMS_1001 = '${text}'", "exactly as approved"),
    ),
    "a key nobody knows": (
        (KANNEL + 'passwort = "x"\n', EVERYWHERE),
        ("sms.kannel.operator.passwort = 'x'", "check its spelling"),
    ),
    "no parts": (
        ("[sms]\nmax_parts = 0\n", KANNEL, EVERYWHERE),
        ("sms.max_parts = 0", "greater than or equal to 1"),
    ),
    "a cap of nothing": (
        ("[sms.caps]\ncounty_parts = 0\n", KANNEL, EVERYWHERE),
        ("sms.caps.county_parts = 0",),
    ),
    "a phone that sends without end": (
        (PHONE + "parts_per_hour = 0\n", '[sms.areas]\neverywhere = ["gupo"]\n'),
        ("sms.phone.gupo.parts_per_hour = 0",),
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_stops_the_start_with_its_key_and_remedy(tmp_path: Path, case: str) -> None:
    tables, parts = MISTAKES[case]
    with pytest.raises(BadSettings) as refused:
        read(tmp_path, *tables)
    for part in parts:
        assert part in str(refused.value)
    assert HUSH not in str(refused.value)


def test_secrets_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = "".join(line for line in KANNEL.splitlines(keepends=True) if "password" not in line)
    monkeypatch.setenv("YUNGUAN_SMS__KANNEL__OPERATOR__PASSWORD", "from-the-environment")
    monkeypatch.setenv("YUNGUAN_SMS__KANNEL__OPERATOR__CALLER_PASSWORD", "123456789012")
    sms = read(tmp_path, bare, EVERYWHERE, mode=0o644).sms
    assert sms is not None
    assert sms.kannel["operator"].password.get_secret_value() == "from-the-environment"
    assert sms.kannel["operator"].caller_password.get_secret_value() == "123456789012"


@pytest.mark.parametrize("table", [KANNEL, PHONE, ALIYUN])
def test_a_file_with_such_secrets_must_be_its_owners(tmp_path: Path, table: str) -> None:
    with pytest.raises(BadSettings, match="chmod 600"):
        read(tmp_path, table, mode=0o644)


DOCS = Path(__file__).parents[2] / "docs"


def test_the_samples_in_the_documentation_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, aliyun = re.findall(r"```toml\n(.*?)```", (DOCS / "sms.md").read_text("utf-8"), re.DOTALL)
    for name in (
        "KANNEL__OPERATOR__PASSWORD",
        "KANNEL__OPERATOR__CALLER_PASSWORD",
        "PHONE__GUPO__CALLER_PASSWORD",
    ):
        assert f"YUNGUAN_SMS__{name}" in (DOCS / "sms.md").read_text("utf-8")
        monkeypatch.setenv(f"YUNGUAN_SMS__{name}", HUSH)
    sms = read(tmp_path, both).sms
    assert sms is not None
    assert sms.areas == {"everywhere": ["operator"], "古陂镇": ["gupo"]}
    assert f"http://{sms.kannel['operator'].caller}:change-me-inbound@127.0.0.1:8080/sms/kannel/inbound" in (
        DOCS / "kannel.conf"
    ).read_text("utf-8")
    for name in ("KEY_SECRET", "CALLER_PASSWORD"):
        monkeypatch.setenv(f"YUNGUAN_SMS__ALIYUN__NOTICES__{name}", HUSH)
    added = aliyun.replace('everywhere = ["notices", "operator"]', "")
    sms = read(
        tmp_path, both.replace('["operator"]', '["notices", "operator"]'), added.split("[sms.areas]")[0]
    ).sms
    assert sms is not None
    assert sms.areas["everywhere"] == ["notices", "operator"]


def test_what_init_suggests_can_be_used(tmp_path: Path) -> None:
    lines = CONFIG.format(data="/data", keys="/keys").splitlines()
    start = lines.index(next(line for line in lines if line.startswith("# [sms.phone")))
    end = lines.index("", start)
    suggested = "\n".join(line.removeprefix("#").strip() for line in lines[start:end])
    sms = read(tmp_path, suggested.replace('"…"', f'"{HUSH}"')).sms
    assert sms is not None
    assert list(sms.phone) == ["gupo"]


# ── places ──────────────────────────────────────────────────────────────────────────────────────────────


def county() -> Organisation:
    tree = [
        ("xf", None, "county", "信丰县"),
        ("xf-gupo", "xf", "township", "古陂镇"),
        ("xf-daa", "xf", "township", "大阿镇"),
        ("xf-gupo-yang", "xf-gupo", "village", "杨梅坑村"),
        ("xf-gupo-shi", "xf-gupo", "village", "石桥村"),
        ("xf-daa-shi", "xf-daa", "village", "石桥村"),
    ]
    return Organisation(
        {id_: Place(id=id_, parent_id=parent, kind=kind, name=name) for id_, parent, kind, name in tree}
    )


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("xf-gupo", "xf-gupo"),
        ("古陂镇", "xf-gupo"),
        ("信丰县古陂镇", "xf-gupo"),
        ("信丰县 / 古陂镇 / 杨梅坑村", "xf-gupo-yang"),
        ("杨梅坑村", "xf-gupo-yang"),
        ("大阿镇石桥村", "xf-daa-shi"),
        ("信丰县", "xf"),
    ],
)
async def test_a_place_is_named_as_an_operator_would(database: Database, told: str, meant: str) -> None:
    assert by_id({told: ["a"], "everywhere": ["b"]}, county()) == {meant: ["a"]}


async def test_a_place_nobody_knows_or_many_have_is_refused(database: Database) -> None:
    areas = {"古坡镇": ["a"], "石桥村": ["a"], "陂镇": ["a"], "xf-gupo": ["a"], "古陂镇": ["a"]}
    with pytest.raises(BadAreas) as refused:
        by_id(areas, county())
    lines = str(refused.value).splitlines()
    assert len(lines) == 4
    assert (
        "sms.areas.古坡镇 = ['a']: there is no such place; `yunguan invite --places` lists them" in lines[0]
    )
    assert "xf-daa-shi, xf-gupo-shi are called that; use the id" in lines[1]
    assert "no such place" in lines[2]
    assert "xf-gupo is named twice" in lines[3]
