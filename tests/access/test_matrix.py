"""Every role × every action × every place it must not reach: refused, noted as refused, and nothing told.

What there is to do comes from the registries: a flow, an effect or a rule that nobody entered here fails.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, get_args

import pytest

from bot.access import (
    ACTIONS,
    OF_A_HOSPITAL,
    OF_EFFECT,
    OF_FLOW,
    POLICY,
    Action,
    NotAllowed,
    Subject,
    demanded,
    may,
)
from bot.demo import PEOPLE
from bot.seals import seal
from conversations.care.titles import titled
from conversations.engine.words import not_yours
from conversations.facts import WomanById
from conversations.flows import FLOWS
from conversations.flows.staff import MAY_INVITE
from conversations.message import Effect, Looked, Message, RaiseAlert, Reply, Role, Speaker, Turn, Village
from conversations.records import EVENTS
from conversations.text import T, chinese
from conversations.understanding import understand
from storage.models import Address, Attempt, Audit, ContactWoman, Inbound, Invitation, Post, Session, Woman
from storage.organisation import Organisation, load_organisation
from tests.support.town import Somebody, Town, person
from tests.support.turns import advance_by

OFFICE: frozenset[str] = frozenset(
    {
        "own", "report", "verify", "see", "ask", "export", "paper", "duties", "take", "link", "assign", "handover",
        "announce", "due_date", "staff", "invite", "confirm", "revoke",
    }
)  # fmt: skip
MAY: dict[str, frozenset[str]] = {
    "coordinator": frozenset(
        {"own", "report", "see", "ask", "export", "paper", "duties", "take", "link", "due_date"}
    ),
    "township": OFFICE,
    "county": OFFICE | {"who_looked"},
    "institution": frozenset({"own", "report", "identify", "ask", "paper", "duties", "take"}),
    "woman": frozenset({"own"}),
    "unknown": frozenset({"own"}),
}
"""Who may do what, written down a second time: the table of bot/access.py is held against it."""

WHERE: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "coordinator": ("xf-gupo-yangmeikeng", ("xf-gupo-yangmeikeng",), ()),
    "township": ("xf-gupo", ("xf-gupo-yangmeikeng", "xf-gupo-shiqiao"), ()),
    "institution": ("xf-fubao", ("xf-gupo-yangmeikeng", "xf-daa-liziyuan"), ()),
    "county": ("xf", ("xf-gupo-yangmeikeng", "xf-daa-liziyuan"), ("xf-gupo", "xf-daa")),
    "woman": ("xf-gupo-yangmeikeng", (), ()),
    "unknown": ("xf", (), ()),
}
"""Where somebody of each role is, and over which villages and townships."""
TODAY = date(2026, 11, 22)
ROLES: tuple[Role, ...] = get_args(Role)
OFFICES: tuple[Role | None, ...] = (None, "coordinator", "township", "institution", "county")
STAFF_ROLES = ("coordinator", "township", "institution", "county")
EVERYWHERE = (
    "xf", "xf-gupo", "xf-daa", "xf-gupo-yangmeikeng", "xf-gupo-shiqiao", "xf-daa-liziyuan", "xf-fubao", "nowhere", None,
)  # fmt: skip


def actor(role: Role, standing: Any = "active") -> Speaker:
    place, villages, townships = WHERE[role]
    return Speaker(
        "c", role=role, standing=standing, place_id=place, villages=tuple(Village(v, v) for v in villages),
        townships=tuple(Village(t, t) for t in townships), women=("w",) if role == "woman" else (),
    )  # fmt: skip


# ── the table ───────────────────────────────────────────────────────────────────────────────────────────


def test_every_action_is_known_and_has_somebody() -> None:
    assert set(get_args(Action)) == set(ACTIONS)
    assert {rule.action for rule in POLICY} == set(ACTIONS)
    assert len({(rule.role, rule.action) for rule in POLICY}) == len(POLICY)


def test_the_table_says_what_is_written_here() -> None:
    assert {role: {rule.action for rule in POLICY if rule.role == role} for role in ROLES} == MAY


@pytest.mark.parametrize("role", ROLES)
async def test_nobody_reaches_beyond_her_places(town: Town, role: Role) -> None:
    organisation = await load_organisation(town.database.reading)
    for action in get_args(Action):
        for place in EVERYWHERE:
            for about in OFFICES:
                for event in (None, *EVENTS):
                    found = may(actor(role), action, Subject(place, about), organisation, event=event)
                    assert found is expected(role, action, place, about, event, organisation), (
                        action,
                        place,
                        about,
                        event,
                    )
                    if action != "own":
                        assert not may(actor(role, "revoked"), action, Subject(place, about), organisation)


def expected(
    role: Role,
    action: str,
    place: str | None,
    about: str | None,
    event: str | None,
    organisation: Organisation,
) -> bool:
    if action not in MAY[role]:
        return False
    if action == "own":
        return True
    base, villages, townships = WHERE[role]
    mine = {*villages, *townships} | ({base} if role != "coordinator" else set())
    if place is None or place not in organisation.places:
        return False
    if not any(inside.id in mine for inside in organisation.path(place)):
        return False
    if role == "institution" and action == "report" and event not in OF_A_HOSPITAL:
        return False
    return action not in ("invite", "confirm", "revoke") or about in MAY_INVITE[role]


@pytest.mark.parametrize("field", ["colour", "colour_purple", "infection", "factors", "special_group"])
async def test_a_village_sees_no_grade(town: Town, field: str) -> None:
    organisation = await load_organisation(town.database.reading)
    subject = Subject("xf-gupo-yangmeikeng")
    for action in ("report", "see", "ask", "export", "paper", "duties"):
        assert not may(actor("coordinator"), action, subject, organisation, field=field)
        assert may(actor("coordinator"), action, subject, organisation, field="name")
    assert may(actor("township"), "see", subject, organisation, field=field)


# ── the registries ──────────────────────────────────────────────────────────────────────────────────────


def test_every_flow_is_in_the_table() -> None:
    assert set(OF_FLOW) == set(FLOWS)


@pytest.mark.parametrize("name", FLOWS)
def test_who_may_start_a_flow_may_do_what_it_does(name: str) -> None:
    """And who has no row for it cannot start it."""
    action = OF_FLOW[name]
    assert FLOWS[name].roles <= {role for role in ROLES if action in MAY[role]}


def test_every_effect_is_in_the_table() -> None:
    assert set(OF_EFFECT) == set(get_args(Effect))


@pytest.mark.parametrize("role", ROLES)
def test_no_effect_is_written_for_whom_it_is_not(role: Role) -> None:
    for kind, action in OF_EFFECT.items():
        effect: Any = object.__new__(kind)
        if hasattr(kind, "__dataclass_fields__") and "what" in kind.__dataclass_fields__:
            object.__setattr__(effect, "what", "list")
        wanted = "identify" if (action, role) == ("see", "institution") else action
        if wanted in MAY[role]:
            assert demanded(actor(role), effect) == wanted
        else:
            with pytest.raises(NotAllowed):
                demanded(actor(role), effect)
    with pytest.raises(NotAllowed):
        demanded(actor(role), object())


# ── said ────────────────────────────────────────────────────────────────────────────────────────────────

HER = "欧阳雪莲"
"""A woman of another township; nobody else of the county has her name."""
NOBODY = "司徒桂香"
SECRETS = ("13877776666", "6666", "栗子园", "37岁")
"""What is known of her, and stands in no answer."""
KEYS = {
    "coordinator": "coordinator-1", "township": "township-1", "institution": "institution-1", "county": "county-1",
    "woman": "woman-2", "unknown": "",
}  # fmt: skip


async def somebody(town: Town, role: str, channel: str) -> Somebody:
    if role == "unknown":
        return Somebody("", "19900000999" if channel == "sms" else "chat-stranger", channel)
    who = person(KEYS[role])
    if role == "woman":
        (one,) = await town.reports(event="pregnancy", village_id="xf-gupo-yangmeikeng")
        async with town.database.transaction() as tx:
            await ContactWoman.create(
                id="cw", contact_id=who.contact_id, woman_id=one.woman_id, consent="yes", consent_at=town.clock(),
                using_db=tx,
            )  # fmt: skip
    if channel != who.channel:
        number = next(one.phone for one in PEOPLE if one.key == KEYS[role])
        other = who.by(channel, number if channel == "sms" else f"chat-{KEYS[role]}")
        if (
            not await Address.filter(
                channel=channel, address_index=town.database.keyring.blind("address", other.address)
            )
            .using_db(town.database.reading)
            .exists()
        ):
            await town.also_reached(other)
        return other
    return who


async def contact_of(town: Town, who: Somebody) -> str:
    index = town.database.keyring.blind("address", who.address)
    row = (
        await Address.filter(channel=who.channel, address_index=index).using_db(town.database.reading).first()
    )
    return row.contact_id if row is not None else ""


async def anew(town: Town) -> None:
    async with town.database.transaction() as tx:
        await Session.all().using_db(tx).delete()
        await Attempt.all().using_db(tx).delete()  # a stranger is answered once a day
    town.clock.advance(seconds=1)


async def count(town: Town, **of: Any) -> int:
    return await Audit.filter(outcome="refused", **of).using_db(town.database.reading).count()


async def heard(town: Town, who: Somebody, text: str = "", **more: Any) -> str:
    """All that is answered to this, from a new conversation on."""
    await anew(town)
    before = len(await town.letters(Somebody(await contact_of(town, who), who.address)))
    assert await town.submit(town.inbound(who, text, **more)) == [None]
    letters = await town.letters(Somebody(await contact_of(town, who), who.address))
    return "\n".join(letter.text for letter in letters[before:])


def openings(name: str, role: str) -> list[str]:
    """How somebody would start a flow in so many words; the example only where it is understood of this role."""
    flow = FLOWS[name]
    said = list(flow.words[:1])
    if flow.intent is not None and (example := chinese(flow.example)):
        said += [
            one
            for one in re.split(r" / |（", example.removeprefix("· "))[:1]
            if understand(one, today=TODAY, speaker=role).intent == flow.intent
        ]
    return said


async def in_hand(town: Town, who: Somebody, role: str) -> bool:
    """Whether she is in the middle of something that is hers to do."""
    row = await Session.filter(contact_id=await contact_of(town, who)).using_db(town.database.reading).first()
    talk = row.data["talk"] if row is not None else None
    return talk is not None and talk["flow"] != "unclear" and role in FLOWS[talk["flow"]].roles


@pytest.fixture
async def peopled(town: Town) -> Town:
    """A woman here, and one in another township."""
    for who, name, more in (
        ("coordinator-1", "张桂花", "28岁，电话19900000102"),
        ("coordinator-3", HER, "37岁，电话13877776666"),
    ):
        await town.say(person(who), f"{name}怀孕了，{more}，末次月经9月3号", "就这些", "对")
    assert len(await town.reports()) == 2
    return town


@pytest.mark.parametrize("channel", ["chat", "sms"])
@pytest.mark.parametrize("role", ROLES)
async def test_what_others_do_is_refused_and_noted(peopled: Town, role: Role, channel: str) -> None:
    town = peopled
    who = await somebody(town, role, channel)
    await heard(town, who, "你好")
    reports = len(await town.reports())
    for name, flow in FLOWS.items():
        if role in flow.roles:
            continue
        for text in openings(name, role):
            asked = understand(text, today=TODAY, speaker=role).intent == "question"
            if role == "woman" and (asked or OF_FLOW[name] == "report"):
                continue  # she tells of herself in these words, or asks her colleagues
            if any(
                role in other.roles and text.lower().startswith(other.words)
                for other in FLOWS.values()
                if other.words
            ):
                continue  # the same words are hers, for something else
            before = await count(town)
            answer = await heard(town, who, text)
            if await in_hand(town, who, role):
                continue  # understood as something of her own
            assert await count(town) == before + 1, (name, text, answer)
            assert HER not in answer
            if role in STAFF_ROLES:
                assert answer == chinese(titled(not_yours(role), "xinfeng")), (name, text)
        before = await count(town)
        button = seal(town.database.keyring, await contact_of(town, who), f"go:{name}:x")
        answer = await heard(town, who, kind="button", button=button)
        assert await count(town) == before + 1, name
        assert HER not in answer
    assert len(await town.reports()) == reports
    assert not await Inbound.filter(state="set_aside").using_db(town.database.reading).exists()


ASKED = (
    "查{name}", "{name}现在什么情况", "{name}建册了", "{name}昨天产检了，都正常", "{name}昨天流产了", "{name}昨晚生了，女孩",
    "{name}昨天在县妇幼评为红色", "上门随访了{name}，都好", "{name}联系不上了", "{name}搬走了", "核实{name}那份",
    "{name}换号码了，现在是13512345678", "给{name}发链接",
)  # fmt: skip


@pytest.mark.parametrize("channel", ["chat", "sms"])
@pytest.mark.parametrize("role", ["coordinator", "township", "woman", "unknown"])
async def test_a_woman_elsewhere_is_as_unknown_as_nobody(peopled: Town, role: Role, channel: str) -> None:
    """Whatever is asked or told of her, the answer is that to a name nobody has."""
    town = peopled
    who = await somebody(town, role, channel)
    await heard(town, who, "你好")
    for asked in ASKED:
        answers = []
        for name in (HER, NOBODY):
            answers.append((await heard(town, who, asked.format(name=name))).replace(name, "她"))
        assert answers[0] == answers[1], asked
        told = answers[0]
        assert not [secret for secret in SECRETS if secret in told], (asked, told)
    (her,) = await town.reports(village_id="xf-daa-liziyuan")
    looks = Audit.filter(subject=her.woman_id, action="look").using_db(town.database.reading)
    assert not [row for row in await looks if row.actor == await contact_of(town, who)]


async def test_who_looked_tells_of_nobody_in_another_county(town: Town, county: Somebody) -> None:
    before = await count(town, action="who_looked")
    assert await heard(town, county, f"谁看过{NOBODY}") == "您这边的花名册上没有这个人。"
    assert await count(town, action="who_looked") == before + 1


# ── were a flow wrong ───────────────────────────────────────────────────────────────────────────────────


def wrongly(monkeypatch: pytest.MonkeyPatch, *effects: Any, text: str = HER) -> None:
    """From now on every turn shows her."""

    def turn(session: object, message: Message, *more: object) -> Turn:
        return Turn(session={}, replies=(Reply(T("{name}", name=text)),), effects=effects)

    advance_by(monkeypatch, turn)


@pytest.mark.parametrize("channel", ["chat", "sms"])
@pytest.mark.parametrize("role", ["coordinator", "township", "woman", "unknown"])
async def test_an_answer_that_would_show_her_does_not_leave(
    peopled: Town, monkeypatch: pytest.MonkeyPatch, role: Role, channel: str
) -> None:
    town = peopled
    who = await somebody(town, role, channel)
    (her,) = await town.reports(village_id="xf-daa-liziyuan")
    wrongly(monkeypatch, Looked((her.woman_id,), "roster.card"))
    where = None if role == "unknown" else "xinfeng"
    assert await heard(town, who, "名单") == chinese(titled(not_yours(role), where))
    assert await count(town, action="see") == 1
    assert not await Audit.filter(subject=her.woman_id, action="look", actor=who.contact_id).using_db(
        town.database.reading
    )


async def test_danger_is_told_whatever_else_the_turn_holds(
    peopled: Town, monkeypatch: pytest.MonkeyPatch, coordinator: Somebody
) -> None:
    town = peopled
    (her,) = await town.reports(village_id="xf-daa-liziyuan")
    alert = RaiseAlert("danger", ("bleeding",), "流血了", place_id="xf-gupo-yangmeikeng")
    wrongly(monkeypatch, Looked((her.woman_id,), "roster.card"), alert, text="好")
    await heard(town, coordinator, "流血了")
    assert await town.letters(person("township-1"), "danger")


async def test_one_who_was_revoked_is_shown_nobody(peopled: Town, coordinator: Somebody) -> None:
    town = peopled
    async with town.database.transaction() as tx:
        await Post.filter(staff_id="staff-coordinator-1").using_db(tx).update(state="revoked")
    for asked in ASKED:
        assert "停用" in await heard(town, coordinator, asked.format(name="张桂花"))


async def test_every_look_is_noted_on_her(peopled: Town, township: Somebody) -> None:
    """Who is shown her stands in the log under her id; who only names her does not."""
    town = peopled
    (mine,) = await town.reports(village_id="xf-gupo-yangmeikeng")
    assert "张桂花" in await heard(town, township, "核实")
    rows = await Audit.filter(action="look", subject=mine.woman_id, actor=township.contact_id).using_db(
        town.database.reading
    )
    noted = {(row.why, row.channel, row.role, row.outcome) for row in rows}
    # told that she waits to be verified, then shown
    assert noted == {("notice", "chat", "township", "done"), ("flow.verify", "chat", "township", "done")}


async def test_facts_never_hold_a_woman_elsewhere(peopled: Town) -> None:
    """The door under all the others: what a flow may know is cut to the speaker's villages."""
    from storage.queries import answer

    town = peopled
    (her,) = await town.reports(village_id="xf-daa-liziyuan")
    lookup = WomanById(her.woman_id, ("xf-gupo-yangmeikeng", "xf-gupo-shiqiao"))
    assert (await answer(town.database.reading, {lookup}, town.clock()))[lookup] == ()
    assert await Woman.filter(id=her.woman_id).using_db(town.database.reading).exists()
    assert not await Invitation.all().using_db(town.database.reading).exists()
