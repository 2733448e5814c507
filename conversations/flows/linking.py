"""二维码、链接: a woman asks, by opening a link, to be written to where she opens it; her coordinator says whether it is she.

The link carries a random token and nothing else, runs out after three days and works once. Opening it tells the one who
opens it nothing and gives her nothing: a colleague confirms first, then she is asked on that channel whether it is she and
whether she wants reminders (consenting.py). Where a sender can be forged no colleague confirms it. A family may share an account:
of whom it is besides, the colleague is told, not who that is.
"""

from __future__ import annotations

import re
from typing import Any, Final

from conversations.care.gestation import restriction
from conversations.engine.flow import Choice, Context, Ended, Flow, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import (
    AlertFact,
    AlertsTold,
    LinkAddress,
    LinkByToken,
    LinkFact,
    Lookup,
    WomanFact,
    WomenNamed,
)
from conversations.flows.alerts import LINK, Rows, Seen, Story, about, told_at
from conversations.flows.consenting import consent_buttons
from conversations.flows.filing import STAFF
from conversations.flows.hers import is_pressed
from conversations.flows.who import card
from conversations.ids import derived_id
from conversations.message import (
    Button,
    ClaimLink,
    DecideLink,
    Notice,
    OfferLink,
    RaiseAlert,
    Reply,
    Speaker,
    TakeAlert,
)
from conversations.records import mask_name
from conversations.text import Joined, Sayable, T, lines, plain
from conversations.understanding.normalise import normalise

LINK_HOURS: Final = 72
"""How long a link may be opened. (u)"""
FAMILYS: Final = "family"
"""In the words of the alert: another woman of her family is written to there already."""
OPENED = re.compile(r"/start\s+(?P<token>[0-9a-f]{32})", re.I)
"""What the channel says when somebody opens a link."""

# ── made ────────────────────────────────────────────────────────────────────────────────────────────────

_WANTED = re.compile(
    r"(?:请|帮我|我要)?(?:给|帮|为)(?P<name>[\u4e00-\u9fff·]{2,4}?)(?:发|做|要|生成|来|弄)?(?:一?个)?(?:的)?(?:二维码|链接)[。.!！吧]*"
    r"|(?P<name2>[\u4e00-\u9fff·]{2,4}?)的(?:二维码|链接)[。.!！]*|(?:二维码|链接)|link for (?P<name3>[a-z ]{2,30})",
    re.I,
)


def _read_wanted(text: str, context: Context) -> dict[str, Any]:
    said = _WANTED.fullmatch(normalise(text).strip())
    name = next((one for one in said.groups() if one), None) if said else None
    return {"woman_name": name.strip()} if name else {}


def _offer_lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    villages = tuple(village.id for village in speaker.villages)
    name = talk.answers.get("woman_name")
    return (LinkAddress(), *((WomenNamed(name, villages),) if name else ()))


def _named(talk: Talk, context: Context) -> list[WomanFact]:
    """The living women of that name in her villages, grown up: a girl is written to by nobody (requirements.md §2)."""
    found: tuple[WomanFact, ...] = context.facts[WomenNamed(talk.answers["woman_name"], context.village_ids)]
    here = [one for one in found if one.alive and one.moved_out is None]
    return [one for one in here if _restriction(one, context) is None]


def _restriction(woman: WomanFact, context: Context) -> str | None:
    born = woman.birth_date.isoformat() if woman.birth_date else None
    return restriction({"birth_date": born, "age": woman.age}, context.today)


def _settle_offer(talk: Talk, context: Context) -> Settled:
    if not context.facts[LinkAddress()]:
        return Ended(T("这里还没有接上能用链接的聊天。可以先请她用短信。"))
    if not talk.answers.get("woman_name"):
        return None
    found = _named(talk, context)
    if not found:
        named: tuple[WomanFact, ...] = context.facts[
            WomenNamed(talk.answers["woman_name"], context.village_ids)
        ]
        if any(_restriction(one, context) for one in named):
            return Ended(T("她还不满18周岁，我们不给她发提醒，也请您不要转链接给她。有事请{township}来定。"))
        return Ended(T("花名册里没有找到她。请核对一下名字，或先把她登记上。"))
    if len(found) == 1:
        talk.answers["woman_id"] = found[0].id
    return None


def _which(talk: Talk, context: Context) -> tuple[Choice, ...]:
    return tuple(Choice(one.id, T("{card}", card=card(one, context))) for one in _named(talk, context)[:6])


def _finish_offer(talk: Talk, context: Context) -> Result:
    woman = next((one for one in _named(talk, context) if one.id == talk.answers["woman_id"]), None)
    address = next(iter(context.facts[LinkAddress()]), None)
    if woman is None or address is None:
        return Result((Reply(T("这个链接没有做成，请再说一次。")),))
    token = derived_id(context.message.entropy, "link")
    said = lines(
        T(
            "请把这个链接转给{who}本人，{hours}小时内点开有效，只能用一次。她点开后，我会请您核对是不是她。",
            sms=T("请转给{who}本人，{hours}小时内点开，只能用一次。"),
            who=plain(mask_name(woman.name) if context.masked else woman.name),
            hours=LINK_HOURS,
        ),
        plain(f"{address}{token}"),
    )
    link_id = derived_id(context.message.id, talk.id, "link")
    return Result((Reply(said),), effects=(OfferLink(link_id, token, woman.id),))


OFFER = Flow(
    "offer_link",
    version=1,
    title=T("给她链接"),
    roles=STAFF,
    hears=lambda text, context: _WANTED.fullmatch(text.strip()) is not None,
    read_words=_read_wanted,
    lookups=_offer_lookups,
    settle=_settle_offer,
    steps=(
        Step("woman_name", T("要给谁？请说她的姓名。"), required=True, help=T("说姓名就行，比如：李梅。")),
        Step("woman_id", T("是哪一位？"), required=True, choices=_which, shows_roster=True),
    ),
    finish=_finish_offer,
)

# ── opened ──────────────────────────────────────────────────────────────────────────────────────────────


def _open_lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    token = talk.answers.get("token")
    return (LinkByToken(token),) if token else ()


def _open(talk: Talk, context: Context) -> Result:
    if context.speaker.staff_id is not None:
        return Result((Reply(T("这个链接是给她本人点的，请转给她。")),))
    token = talk.answers.get("token")
    found: tuple[LinkFact, ...] = context.facts[LinkByToken(token)] if token else ()
    link = found[0] if found else None
    if link is None or link.expired or link.state != "open":
        return Result((Reply(T("这个链接已经不能用了。请找给您链接的同事再要一个。")),))
    women = context.speaker.women
    if link.woman_id in women:
        return Result((Reply(T("这里已经能收到提醒了，不用再点。")),))
    about_it = (link.id, context.speaker.contact_id, link.woman_id)
    ask = RaiseAlert(
        LINK,
        about_it,
        FAMILYS if women else "",
        place_id=link.village_id,
        woman_id=link.woman_id,
        woman_name=link.name,
    )
    said = T("您好，我是孕管助手。已经请给您链接的同事核对，核对好了我马上告诉您。")
    return Result((Reply(said),), effects=(ClaimLink(link.id), ask))


OPEN = Flow(
    "open_link",
    version=1,
    title=T("打开链接"),
    roles=frozenset({"unknown", "woman"}) | STAFF | {"institution"},
    hears=lambda text, context: OPENED.fullmatch(text.strip()) is not None,
    read_words=lambda text, context: {"token": OPENED.fullmatch(text.strip())["token"].lower()},  # type: ignore[index]
    lookups=_open_lookups,
    steps=(),
    finish=_open,
    quick=True,
)

# ── confirmed ───────────────────────────────────────────────────────────────────────────────────────────


def link_text(story: Story, seen: Seen, minutes: int) -> Sayable:
    """What her coordinator reads."""
    head = T("【核对本人】{place}{who}：有人点开了给她的链接，想在那里收提醒。").with_values(
        **about(story, seen)
    )
    shared = T("那里已经有一位在收提醒，请问问她愿不愿意一起用。") if FAMILYS in story.words else None
    if seen.channel.trust == "low":
        by_chat = T("请问问是不是她本人点的。短信里不能确认，请在聊天里办，或请{township}来点。")
        return lines(head, by_chat, shared)
    how = (
        None
        if seen.channel.buttons
        else T("是她就回“是她{number}”，不是回“不是她{number}”。", number=seen.number)
    )
    return lines(head, T("请问问是不是她本人点的，再确认。"), shared, how)


def linked_text(story: Story, seen: Seen, taker: Speaker, reached: bool) -> Sayable:
    """To the other colleagues who were asked."""
    return T("【已核对】{place}{who}的链接，{office}核对过了。").with_values(
        **about(story, seen), office=taker.place_name
    )


def link_buttons(alert_id: str) -> Rows:
    return (
        (
            Button(T("是她，确认"), f"go:confirm_link:{alert_id}:yes"),
            Button(T("不是她"), f"go:confirm_link:{alert_id}:no"),
        ),
    )


_DECIDES = re.compile(r"(?P<no>不)?是她\s*(?P<number>\d{1,2})[。.!！]*")


def _decide_lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    return (AlertsTold(speaker.contact_id),)


def _decide(talk: Talk, context: Context) -> Result:
    told: tuple[AlertFact, ...] = context.facts[AlertsTold(context.speaker.contact_id)]
    opened = [one for one in told if one.kind == LINK]
    pressed = is_pressed(talk, parts=2)
    said = _DECIDES.fullmatch(normalise(context.message.text).strip())
    if pressed is not None:
        alert = next((one for one in opened if one.id == pressed[0]), None)
        accepted = pressed[1] == "yes"
    elif said is not None:
        waiting = sorted(opened, key=lambda one: one.taken_by is not None)
        alert = next((one for one in waiting if one.number == int(said["number"])), None)
        accepted = said["no"] is None
    else:
        alert, accepted = None, False
    if alert is None:
        return Result((Reply(T("没有等您核对的链接。")),))
    if alert.taken_by is not None:
        return Result((Reply(T("这一个已经核对过了，谢谢您。")),))
    if context.message.channel.trust == "low":  # a forged sender must not link a stranger to her
        return Result((Reply(T("这件事不能用短信办，请在聊天里办，或请{township}的同事来点。")),))
    story = Story.of(alert.kind, alert.details)
    link_id, contact_id, woman_id = story.signs[-3:]
    take = TakeAlert(alert.id, reached=True)
    seen = told_at(alert, context)
    if not accepted:
        refused = Notice(T("给您链接的同事说要再核对一下，请联系她。"), contact_id=contact_id)
        return Result(
            (Reply(T("好，没有接上，那个链接作废了。")),),
            effects=(take, DecideLink(link_id, accepted=False), refused),
        )
    who = Joined(tuple(plain(mask_name(woman.name)) for woman in story.women), "/")
    question = T(
        "您好，这里是{place}的健康提醒，请问您是{who}本人吗？以后有健康提醒发给您，可以吗？",
        place=plain(alert.place_name),
        who=who,
    )
    ask = Notice(question, contact_id=contact_id, buttons=consent_buttons(woman_id), about=(woman_id,))
    return Result(
        (Reply(T("好，接上了。我先问{who}愿不愿意收提醒。", who=about(story, seen)["who"])),),
        effects=(take, DecideLink(link_id, accepted=True), ask),
    )


CONFIRM = Flow(
    "confirm_link",
    version=1,
    title=T("核对本人"),
    roles=STAFF,
    hears=lambda text, context: _DECIDES.fullmatch(text.strip()) is not None,
    lookups=_decide_lookups,
    steps=(),
    finish=_decide,
    quick=True,
)
