"""花名册 of staff: give a code, confirm who used it, take an office back. Never above or beside one's own level."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from conversations.care.titles import labelled, rules_where
from conversations.engine.flow import Choice, Context, Ended, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import InviteFact, InvitesBy, Lookup, StaffBelow, StaffFact
from conversations.ids import derived_id
from conversations.message import DecideJoiner, Invite, Notice, Reply, Revoke, Role, Speaker
from conversations.records import FIELDS, mask_name
from conversations.text import ROOM_OF_TWO, Sayable, T, Text, how_many_fit, lines, plain, unlabelled
from conversations.understanding.readers import read

ISSUERS = frozenset({"township", "county"})

MAY_INVITE: dict[str, tuple[Role, ...]] = {
    "county": ("township", "institution", "coordinator"),
    "township": ("coordinator",),
}
"""Whom each level may bring in: only levels below its own."""

ROLE_NAMES: dict[str, Text] = {
    "coordinator": T("{coordinator}"),
    "township": T("{township}"),
    "institution": T("助产机构"),
    "county": T("{county}"),
}

CODE_HOURS = 72
ANOTHER = "another"
"""Said of a joiner who is nobody known."""


def _name(name: str, context: Context) -> str:
    """A colleague's name, as the channel permits."""
    return mask_name(name) if context.masked else name


# ── a code ──────────────────────────────────────────────────────────────────────────────────────────────


def _roles(talk: Talk, context: Context) -> tuple[Choice, ...]:
    rules = rules_where(context.speaker)
    return tuple(
        Choice(role, labelled(ROLE_NAMES[role], rules)) for role in MAY_INVITE.get(context.speaker.role, ())
    )


def _places(talk: Talk, context: Context) -> tuple[Choice, ...]:
    speaker = context.speaker
    places = speaker.villages if talk.answers.get("role") == "coordinator" else speaker.townships
    return tuple(Choice(place.id, plain(place.name)) for place in places)


def _settle_invite(talk: Talk, context: Context) -> Settled:
    allowed = MAY_INVITE.get(context.speaker.role, ())
    if talk.answers.get("role") not in (None, *allowed):
        talk.answers.pop("role")
    if len(allowed) == 1:
        talk.answers["role"] = allowed[0]
    known = {choice.value for choice in _places(talk, context)}
    if talk.answers.get("place_id") and talk.answers["place_id"] not in known:
        talk.answers.pop("place_id")
    return None


def _show_invite(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
    place = next((c.label for c in _places(talk, context) if c.value == talk.answers["place_id"]), T(""))
    return [
        ("role", unlabelled(T("身份")), ROLE_NAMES[talk.answers["role"]]),
        ("place_id", unlabelled(T("地方")), place),
        ("phone", unlabelled(T("手机号")), FIELDS["phone"].say(talk.answers["phone"], masked=context.masked)),
    ]


def _finish_invite(talk: Talk, context: Context) -> Result:
    seed = sha256(f"{context.message.entropy}{context.message.id}".encode()).digest()
    code = f"{int.from_bytes(seed[:8], 'big') % 10**8:08d}"
    invite = Invite(
        id=derived_id(context.message.id, talk.id, "invite"),
        code=code,
        role=talk.answers["role"],
        place_id=talk.answers["place_id"],
        phone=talk.answers["phone"],
    )
    said = T(
        "加入码：{code}。{hours}小时内有效，只能用一次，只认这个手机号。请当面或打电话告诉对方，别发在群里。对方用了码，我会请您确认。",
        sms=T(
            "加入码：{code}。{hours}小时内有效，只认这个手机号。请当面或打电话告诉对方，对方用了我会请您确认。"
        ),
        code=f"{code[:4]} {code[4:]}",
        hours=CODE_HOURS,
    )
    return Result(replies=(Reply(said),), effects=(invite,))


_COLLEAGUE = r"(?:孕管员|孕管专干|村医|信息员|协管员|同事|工作人员)"
_ADDS = re.compile(
    rf"^(?:请|帮我|麻烦|我要|我想|想|要)*(?:再)?(?:添加|新增|增加|新添|添|加|邀请)(?:一?[个位名])?(?:新的?)?{_COLLEAGUE}(?!.*[吗?？])"
)


def _read_invite(text: str, context: Context) -> dict[str, Any]:
    """添加孕管员 石桥村 199…: where, and on which phone."""
    told: dict[str, Any] = {}
    named = [place for place in context.speaker.villages if place.name in text]
    if len(named) == 1 and context.speaker.role == "township":
        told["place_id"] = named[0].id
    phones = re.findall(r"(?<!\d)1\d{10}(?!\d)", re.sub(r"(?<=\d)[ -](?=\d)", "", text))
    if len(phones) == 1 and isinstance(phone := read("phone", phones[0], today=context.today), str):
        told["phone"] = phone
    return told


INVITE = Flow(
    "invite",
    version=1,
    title=T("发加入码"),
    words=("发加入码", "加入码", "邀请", "发码", "添加孕管员", "新增孕管员", "staff code", "/invite"),
    hears=lambda text, context: _ADDS.search(text) is not None,
    read_words=_read_invite,
    roles=ISSUERS,
    example=T("· 发加入码（给新的{coordinator}）"),
    settle=_settle_invite,
    late_code=True,
    steps=(
        Step("role", T("给哪一级的同事发？"), required=True, choices=_roles),
        Step("place_id", T("在哪里工作？"), required=True, choices=_places, help=T("直接说地名也行。")),
        Step("phone", T("对方的手机号是多少？"), required=True, help=T("11位手机号，比如：199 0000 0101。")),
        ReadBack(_show_invite),
    ),
    finish=_finish_invite,
)


# ── the issuer's word ───────────────────────────────────────────────────────────────────────────────────


def _lookups_confirm(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    if speaker.staff_id is None or speaker.place_id is None:
        return ()
    return (InvitesBy(speaker.staff_id), StaffBelow(speaker.place_id))


def _claimed(context: Context) -> list[InviteFact]:
    staff = context.speaker.staff_id
    return [one for one in context.facts[InvitesBy(staff)] if one.state == "claimed"] if staff else []


def _joiners(talk: Talk, context: Context) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            {"invite_id": one.id},
            T(
                "{name}（尾号{tail}，{place}）",
                name=_name(one.claimed_name, context),
                tail=one.phone[-4:],
                place=one.place_name,
            ),
        )
        for one in _claimed(context)
    )


def _settle_confirm(talk: Talk, context: Context) -> Settled:
    answers = talk.answers
    if isinstance(pressed := answers.pop("go", None), list) and len(pressed) == 2:
        answers["invite_id"], answers["decision"] = pressed
    waiting = _claimed(context)
    if not waiting or (answers.get("invite_id") and answers["invite_id"] not in {one.id for one in waiting}):
        return Ended(T("没有等您确认的加入申请。"))
    if len(waiting) == 1:
        answers.setdefault("invite_id", waiting[0].id)
    answers["namesakes"] = bool(_namesakes(talk, context))
    return None


def _namesakes(talk: Talk, context: Context) -> list[StaffFact]:
    """Colleagues below of the joiner's name and office on another phone: she may be one of them, with a new one. Not
    where her phone is known already: then it tells who she is."""
    place, invite_id = context.speaker.place_id, talk.answers.get("invite_id")
    one = next((one for one in _claimed(context) if one.id == invite_id), None)
    if place is None or one is None:
        return []
    staff = [each for each in context.facts[StaffBelow(place)] if each.state == "active"]
    if any(each.phone == one.phone for each in staff):
        return []
    known = {e.id: e for e in reversed(staff) if (e.name, e.role) == (one.claimed_name, one.role)}
    return list(known.values())


def _same(talk: Talk, context: Context) -> tuple[Choice, ...]:
    found = _namesakes(talk, context)
    return (
        *(
            Choice(
                one.id,
                T("是{place}的{name}（尾号{tail}）换了号码").with_values(
                    place=one.place_name, name=_name(one.name, context), tail=one.phone[-4:]
                ),
                ("是", "对", "是的", "换号", "换号了", "换了号码") if len(found) == 1 else (),
            )
            for one in found
        ),
        Choice(ANOTHER, T("是另一个人"), ("不是", "另一个", "另一个人", "新来的", "同名", "否")),
    )


def _ask_decision(talk: Talk, context: Context) -> Sayable:
    one = next(one for one in _claimed(context) if one.id == talk.answers["invite_id"])
    return T(
        "{name}（手机尾号{tail}）要加入{place}，是您认识的那个人吗？",
        name=_name(one.claimed_name, context),
        tail=one.phone[-4:],
        place=one.place_name,
    )


def _show_confirm(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
    chosen = next(
        c.label for c in _joiners(talk, context) if c.value["invite_id"] == talk.answers["invite_id"]
    )
    accepted = talk.answers["decision"] == "yes"
    return [
        ("invite_id", unlabelled(T("谁")), chosen),
        ("decision", unlabelled(T("让不让加入")), T("让对方加入") if accepted else T("不让加入，码作废")),
        *(
            ("same_as", unlabelled(T("是谁")), choice.label)
            for choice in _same(talk, context)
            if accepted and choice.value == talk.answers.get("same_as")
        ),
    ]


def _finish_confirm(talk: Talk, context: Context) -> Result:
    one = next(one for one in _claimed(context) if one.id == talk.answers["invite_id"])
    accepted = talk.answers["decision"] == "yes"
    same_as = talk.answers.get("same_as") if accepted and talk.answers.get("same_as") != ANOTHER else None
    word = (
        T(
            "欢迎您，已经确认好了。直接用平时的话告诉我就行，比如“李梅怀孕了，末次月经9月3号”。不清楚就说“帮助”。",
        )
        if accepted
        else T("您的加入申请没有通过。要是弄错了，请联系发码的人。")
    )
    told = (Notice(word, contact_id=one.claimed_by),) if one.claimed_by else ()
    reply = (
        T("好，{name}已经可以开始用了。", name=_name(one.claimed_name, context))
        if accepted
        else T("好，没有让对方加入，这个码也作废了。")
    )
    if same_as:
        word = T("换好了，以后就用这个号码。旧号码从现在起不能再上报，也收不到消息了。")
        told = (Notice(word, contact_id=one.claimed_by),) if one.claimed_by else ()
        reply = T("好，{name}的号码换好了，旧号码不能再用了。", name=_name(one.claimed_name, context))
    return Result(replies=(Reply(reply),), effects=(DecideJoiner(one.id, accepted, same_as), *told))


CONFIRM = Flow(
    "confirm_joiner",
    version=1,
    title=T("确认加入"),
    words=("确认加入", "待确认", "confirm joining", "/joiners"),
    roles=ISSUERS,
    lookups=_lookups_confirm,
    shows_roster=True,
    settle=_settle_confirm,
    late_code=True,
    steps=(
        Step("invite_id", T("确认哪一位？"), required=True, choices=_joiners),
        Step(
            "decision",
            _ask_decision,
            required=True,
            choices=(
                Choice("yes", T("是，确认"), ("是", "对", "是的", "确认", "认识")),
                Choice("no", T("不是"), ("不认识", "不对", "拒绝", "否")),
            ),
        ),
        Step(
            "same_as",
            T("这里已经有一位同名的同事，是不是本人换了号码？"),
            required=True,
            choices=_same,
            when=lambda talk: talk.answers.get("decision") == "yes" and bool(talk.answers.get("namesakes")),
            help=T("是本人换了号码，旧号码就马上停用；不是本人，两位各用各的。"),
        ),
        ReadBack(_show_confirm, low_trust_only=True),
    ),
    finish=_finish_confirm,
)


# ── taking an office back ───────────────────────────────────────────────────────────────────────────────


def _lookups_revoke(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    return (StaffBelow(speaker.place_id),) if speaker.place_id else ()


def _below(talk: Talk, context: Context) -> list[StaffFact]:
    """Colleagues below, those of the name that was said if there are such."""
    place = context.speaker.place_id
    staff = [one for one in context.facts[StaffBelow(place)] if one.state == "active"] if place else []
    said = talk.answers.get("said", "")
    return [one for one in staff if one.name and one.name in said] or staff


def _staff_choices(talk: Talk, context: Context) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            {"staff_id": one.id},
            T(
                "{name}（{role}，{place}）",
                name=_name(one.name, context),
                role=ROLE_NAMES[one.role],
                place=one.place_name,
            ),
        )
        for one in _below(talk, context)[:20]
    )


def _settle_revoke(talk: Talk, context: Context) -> Settled:
    below = _below(talk, context)
    if not below:
        return Ended(T("没有可以停用的同事。"))
    if talk.answers.get("staff_id") not in (None, *(one.id for one in below)):
        talk.answers.pop("staff_id")
    if len(below) == 1:
        talk.answers.setdefault("staff_id", below[0].id)
    return None


def _show_revoke(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
    chosen = next(
        c.label for c in _staff_choices(talk, context) if c.value["staff_id"] == talk.answers["staff_id"]
    )
    return [("staff_id", unlabelled(T("停用")), chosen)]


def _finish_revoke(talk: Talk, context: Context) -> Result:
    return Result(
        replies=(Reply(T("停用好了，对方在哪个渠道都马上不能用了。对方负责的孕产妇，请尽快交给别的同事。")),),
        effects=(Revoke(talk.answers["staff_id"]),),
    )


_TAKES_BACK = re.compile(
    rf"(?:撤销|取消|停用|注销|收回|停掉|撤掉).{{1,16}}(?:资格|账号|帐号)|^(?:请|帮我|麻烦|我要|想|把)*(?:删除|删掉|去掉|移除|撤掉|撤销|停掉|停用)(?:一?[个位名])?{_COLLEAGUE}|^把.{{1,10}}{_COLLEAGUE}.{{0,6}}(?:删除|删掉|去掉|移除|撤掉|撤销|停掉|停用)"
)

REVOKE = Flow(
    "revoke",
    version=1,
    title=T("停用"),
    words=("停用", "注销", "close access", "/revoke"),
    hears=lambda text, context: _TAKES_BACK.search(text) is not None,
    read_words=lambda text, context: {"said": text},
    roles=ISSUERS,
    lookups=_lookups_revoke,
    shows_roster=True,
    settle=_settle_revoke,
    late_code=True,
    steps=(
        Step("staff_id", T("停用哪一位？"), required=True, choices=_staff_choices),
        ReadBack(
            _show_revoke,
            ask=T("停用后对方马上不能再上报和查询，请核对：", sms=T("停用后对方马上不能再用，请核对：")),
        ),
    ),
    finish=_finish_revoke,
)

# ── who they are ────────────────────────────────────────────────────────────────────────────────────────

NAMED = 20
"""Colleagues named in a message with buttons; all of them are in the paper."""
_LIST_END = r"(?:都)?[\s呀啊呢的吗?？。.!！]*$"
_LISTS = re.compile(
    rf"^(?:看看?|查看?|列出?|给我看?|我要看?|请|帮我|发(?:一[份个])?)*(?:(?:全[镇乡县]|本[镇乡县]|所有|全部|各村|村里|我们?[镇乡县]?)的?)*(?:花名册|{_COLLEAGUE}的?(?:花?名册|名单|列表|清单|(?:都)?(?:有|是)(?:哪些|哪几[位个]|谁)人?)){_LIST_END}"
    rf"|^(?:我们?[镇乡县]?|全[镇乡县]|村里|现在|一共)*(?:都)?(?:有)?(?:哪些|哪几[位个]|多少[位个名]?|几[位个名]){_COLLEAGUE}{_LIST_END}"
)


def _listed(talk: Talk, context: Context) -> list[StaffFact]:
    """Colleagues below: of the villages where they are named (孕管员名单), else all."""
    place = context.speaker.place_id
    staff: tuple[StaffFact, ...] = context.facts[StaffBelow(place)] if place else ()
    villages_only = re.search("孕管|村医|信息员|协管员", str(talk.answers.get("said") or "")) is not None
    return [one for one in staff if one.role == "coordinator" or not villages_only]


def _finish_list(talk: Talk, context: Context) -> Result:
    """Each once, with her places; who has used a code and waits to be confirmed is marked."""
    places: dict[str, list[str]] = {}
    people: dict[str, StaffFact] = {}
    for one in _listed(talk, context):
        people.setdefault(one.id, one)
        places.setdefault(one.id, []).append(one.place_name)
    if not people:
        return Result((Reply(T("这里还没有同事加入。请人加入就说“发加入码”。")),))
    first = T("花名册上的同事{count}位：", count=len(people))
    every = [
        T(
            "{name}（{role}，{place}）",
            name=_name(one.name, context),
            role=ROLE_NAMES[one.role],
            place="、".join(places[one.id]),
        )
        for one in people.values()
    ]
    more = T("全部的说“出孕管员花名册”。", sms=T("全部的说“出孕管员花名册”"))
    buttons = context.message.channel.buttons
    shown = NAMED if buttons else how_many_fit(first, every, more, ROOM_OF_TWO, context.today)
    rest = more if shown < len(every) else None
    return Result((Reply(lines(first, *every[:shown], rest)),))


LIST = Flow(
    "staff_list",
    version=1,
    title=T("同事的花名册"),
    hears=lambda text, context: _LISTS.search(text) is not None,
    read_words=lambda text, context: {"said": text[:40]},
    roles=ISSUERS,
    lookups=_lookups_revoke,
    extra_fields=("said",),
    steps=(),
    finish=_finish_list,
    quick=True,
    shows_roster=True,
)
