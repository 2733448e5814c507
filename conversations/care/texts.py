"""What women are told between the reports, and what colleagues have to do: every such sentence, in one place to be
reviewed.

To a woman: short, warm, one part of an SMS; no colour, no diagnosis, nothing a neighbour who reads along must not
know. Before she said yes nothing names a pregnancy; after a loss nothing names it or a child. To colleagues: what to do
for whom, in words of help. Medical advice in them is marked so; a clinician reads it like danger_advice.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from conversations.care.candidates import Act, base_of
from conversations.care.case import Answer, Case
from conversations.care.colours import follow_up
from conversations.care.gestation import weeks_on
from conversations.message import ChannelTraits
from conversations.records import mask_name
from conversations.text import Joined, Sayable, T, Text, lines, plain

# ── to her ──────────────────────────────────────────────────────────────────────────────────────────────

# Advice by stage. The source of each stands before it and goes with it into the catalogues. Wording ours (u).
STAGE_TEXTS: Final[Mapping[str, Text]] = {
    # NOTE: Source: 国家卫生健康委《增补叶酸预防神经管缺陷项目管理方案》: 0.4 mg a day, from three months before conception to
    # three months after it.
    "folic_acid": T(
        "您好，怀孕头三个月每天吃一片叶酸（0.4毫克），对宝宝好。还没有领到的话，跟{doctor}说一声就行。"
    ),
    # NOTE: Source: 《国家基本公共卫生服务规范（第三版）》孕产妇健康管理, 孕中晚期: she watches the movements of the fetus.
    "movements": T(
        "您好，从现在起每天留心胎动。要是明显少了、没有了，别等，马上去医院，路上给{doctor}打电话。"
    ),
    # NOTE: Source: WHO, Pregnancy, childbirth, postpartum and newborn care, 3rd ed. (2015), section M: danger signs in pregnancy.
    "danger_signs": T(
        "请记住：出血、一阵阵肚子痛、破水、头痛眼花、喘不上气、胎动少了，马上去医院，再告诉我们。"
    ),
    # NOTE: Source: WHO, Pregnancy, childbirth, postpartum and newborn care, 3rd ed. (2015), section M: preparing for the delivery.
    "bag": T("快到日子了，把身份证、健康手册、医保卡、换洗衣物和宝宝的衣服包被装好一包，要走时拎上就行。"),
    # NOTE: Source: WHO, Pregnancy, childbirth, postpartum and newborn care, 3rd ed. (2015), section M: signs of labour.
    "labour": T("见红、破水或肚子一阵一阵地痛，就是要生了，马上去医院。破水了要躺着去，叫上家里人一起。"),
}

# After a loss. Names nothing that was lost, promises nothing, asks for nothing.
SUPPORT_TEXTS: Final[Mapping[str, Text]] = {
    # NOTE: Source: WHO, Counselling for maternal and newborn health care (2010), session on loss. Wording ours (u).
    "ask": T(
        "您好，这段日子辛苦您了。愿意的话，过些天我们再来问候您，回“好”就行；不回也没关系，我们不打扰。"
    ),
    # NOTE: Source: WHO, Counselling for maternal and newborn health care (2010), session on loss. Wording ours (u).
    "first": T(
        "您好，惦记着您。吃不下、睡不着、心里难受，都可以跟{doctor}说，也可以去医院看看，不用一个人扛。"
    ),
    # NOTE: Source: WHO, Counselling for maternal and newborn health care (2010), session on loss. Wording ours (u).
    "second": T(
        "您好，又过了些日子，不知您好些没有。身体复查随时可以去{clinic}，心里有话也可以找{doctor}说说。"
    ),
}


def short(day: date) -> Text:
    """12月5日: a date without its year, as in a text message."""
    return T("{month}月{day}日", month=day.month, day=day.day)


def to_her(case: Case, act: Act, today: date, *, buttons: bool = False) -> Sayable:
    """What she is told. `buttons`: she answers by pressing, so how to answer need not be said. Where the phone or the
    account is a family's she is called by her name, as it is when she was first asked: what is right for one of them may
    hurt another."""
    rule = act.key.partition(":")[0]
    if rule == "consent":
        return asking(case, buttons=buttons)
    text = _to_her(case, act, rule, today, buttons=buttons)
    return T("{name}，{text}", name=plain(case.name), text=text) if case.reach.shared else text


def _to_her(case: Case, act: Act, rule: str, today: date, *, buttons: bool) -> Sayable:
    step = act.key.partition("~")[0].rsplit(":", 1)[-1]
    match rule:
        case "stage":
            return STAGE_TEXTS[step]
        case "support":
            return SUPPORT_TEXTS[step]
        case "transfer":
            return T(
                "您好，从现在起请到能接生的医院做产检、定好在哪里生，心里踏实。要帮忙联系，跟{doctor}说一声。"
            )
        case "appointment":
            text = _appointment(step == "missed", act.day or today)
        case "visit" | "booking":
            text = _visit(case, act, step, today)
        case "child":
            title = plain(case.programme.visit[act.visit].title) if act.visit else T("体检")
            text = T(
                "您好，宝宝该做{title}了，{day}前带去就行，看看长得好不好。",
                title=title,
                day=short(act.day or today),
            )
        case _:
            text = _after_the_end(case, act, step, today)
    return text if buttons else T("{text}{answers}", text=text, answers=_how(act.key))


def asking(case: Case, *, buttons: bool = False) -> Text:
    """What she is asked on a number or account where nobody asked her before."""
    # NOTE: The first message to a number: it must not tell whoever else reads this phone that she is pregnant
    # (requirements §5).
    asked = T(
        "您好，这里是{village}的健康提醒，请问您是{name}本人吗？",
        village=plain(case.village),
        name=plain(case.name),
    )
    if buttons:
        return T("{asked}以后有健康提醒发给您，可以吗？", asked=asked)
    return T("{asked}愿意收提醒请回“愿意”，不想收回“不用”，不是您回“打错了”。", asked=asked)


def _appointment(missed: bool, day: date) -> Text:
    if missed:
        return T("您好，{day}约的产检要是没赶上，这几天去也行。", day=short(day))
    return T("提醒您：{day}约了产检，记得带上健康手册和身份证。", day=short(day))


def _visit(case: Case, act: Act, step: str, today: date) -> Text:
    visit = case.programme.visit[act.visit] if act.visit else None
    day = short(act.day or today)
    if step == "missed":
        return T("您好，还没有听到您产检的消息。这几天去一趟就好，看看您和宝宝。")
    if visit is not None and visit.booking and act.key.startswith("visit:"):
        return T("您好，请尽快去{clinic}建册、做第一次产检，{day}前最好，带上身份证。", day=day)
    if act.urge and not case.booked:
        return T("您好，请尽快去{clinic}建册、做一次产检，带上身份证，看看您和宝宝好不好。")
    if act.urge and step == "soon":
        return T("您好，请尽快去做一次产检，{day}前最好，看看您和宝宝好不好。", day=day)
    if step == "now":
        return T("您好，现在正该做一次产检，请尽快去一趟，看看您和宝宝好不好。")
    if visit is not None and visit.free:  # what is done beyond that is not (XF 五(一)2)
        return T("您好，该做产检了，基本检查免费，最好{day}前去，看看您和宝宝好不好。", day=day)
    return T("您好，该做产检了，最好{day}前去，看看您和宝宝好不好。", day=day)


def _after_the_end(case: Case, act: Act, step: str, today: date) -> Text:
    visit = case.programme.visit[act.visit] if act.visit else None
    # of a loss no county says so: free are the visits of a 产妇 (XF 二(一)3, 四(七)2)
    lost = case.course.end is not None and case.course.end.kind == "loss"
    free = T("，免费的") if visit is not None and visit.free and not lost else Text("")
    day = short(act.day or today)
    if visit is not None and visit.kind == "postnatal":
        if case.grieving:
            return T(
                "您好，这几天会有医生上门看看您的身体{free}。请好好歇着，不舒服随时找{doctor}。", free=free
            )
        return T("您好，这几天医生会上门看看您和宝宝{free}。哪天方便跟{doctor}说一声，好好休息。", free=free)
    if case.grieving:
        if step == "missed":
            return T("您好，身体复查这几天去也行{free}，看看恢复得怎么样。", free=free)
        return T("您好，该做一次身体复查了{free}，{day}前去都行，看看恢复得怎么样。", day=day, free=free)
    if step == "missed":
        return T("您好，产后检查这几天去也行{free}，看看您和宝宝。", free=free)
    return T("您好，产后满42天要做检查{free}，{day}前带宝宝一起去，看看恢复得好不好。", day=day, free=free)


def _how(key: str) -> Text:
    """How she answers by text."""
    step = key.partition("~")[0].rsplit(":", 1)[-1]
    if not answers(key):
        return Text("")
    if step == "missed":
        return T("去过了回“去过了”，有难处回“不方便”，{doctor}来帮忙。")
    return T("去过了回“去过了”，没空回“改天”。")


def answers(key: str) -> tuple[tuple[Text, Answer], ...]:
    """What she may answer to a message, as buttons say it; nothing where nothing is asked."""
    rule, _, rest = key.partition("~")[0].partition(":")
    if rule == "consent":
        return (T("愿意"), "yes"), (T("不用"), "no"), (T("不是我"), "wrong")
    if rule == "support" and rest == "ask":
        return (T("好"), "yes"), (T("不用"), "no")
    if rule in ("visit", "appointment", "booking", "child") or (rule == "day42"):
        return (T("去过了"), "went"), (T("改天"), "later"), (T("不方便"), "cannot")
    return ()


# ── to colleagues ───────────────────────────────────────────────────────────────────────────────────────


def who(case: Case, today: date, traits: ChannelTraits, role: str, *, child: bool = False) -> Sayable:
    """Her in few words, as the channel permits: 李梅·孕20周, 李*·尾号5678·孕20周; to the township with the village. A minor is
    not named to the village (requirements.md §2)."""
    hidden = traits.masked or (role == "coordinator" and case.restricted is not None)
    name = plain(mask_name(case.name) if hidden else case.name)
    parts: list[Text] = [T("{name}的孩子", name=name) if child else name]
    if traits.masked and case.phone:
        parts.append(T("尾号{tail}", tail=case.phone[-4:]))
    course = case.course
    if course.end is None and course.lmp is not None:
        parts.append(T("孕{weeks}周", weeks=weeks_on(course.lmp, today)[0]))
    if role != "coordinator" and case.village:
        parts.append(plain(case.village))
    if case.watched and role == "coordinator":
        parts.append(T("重点随访"))
    return Joined(tuple(parts), "·")


def task(case: Case, act: Act, today: date, traits: ChannelTraits, role: str) -> Sayable:
    """What is to be done, in one line."""
    her = who(case, today, traits, role, child=act.about == "child")
    return T("{who}：{what}", who=her, what=_what(case, act, today, role))


def _what(case: Case, act: Act, today: date, role: str) -> Sayable:
    key = act.key.partition("~")[0]
    rule, step = key.removeprefix("miss:").split(":", 1)[0], key.rsplit(":", 1)[-1]
    visit = case.programme.visit[act.visit] if act.visit else None
    about = _title(case, rule, visit.title if visit else "", act.day)
    day = short(act.day or today)
    if key.startswith("miss:") and _went(case, key.removeprefix("miss:")):
        if role == "coordinator":
            return T("{about}她说去过了，还没有补报，请今天就核对一下。", about=about)
        return T("{about}她说去过了，还没有补报，村里今天就核对，请一起跟进。", about=about)
    if key.startswith("miss:"):
        if role == "coordinator":
            return T("{about}还没有消息，请今天就联系她，看看有什么难处，需要时一起想办法。", about=about)
        return T("{about}还没有消息，村里今天就联系她，请一起跟进。", about=about)
    if rule in ("postnatal", "newborn") and step in ("coordinator", "township"):
        if step == "township":
            return T("{about}还没有消息，请安排人上门看看。", about=about)
        return T("{about}还没有消息，请上门看看，或问问{clinic}去过没有。看过请告诉我。", about=about)
    if step == "township" and _went(case, key):
        return T("{about}她说去过了，还没有补报，请看看要不要帮一把。", about=about)
    if step == "township" and rule == "followup":
        return T("{about}到{day}还没有做，村里正在跟进，请看看要不要帮一把。", about=about, day=day)
    if rule == "unseen":
        return T("最后一次随访到{day}还没有做，请安排人看看她现在怎么样。", day=day)
    if step == "township" and rule == "booking":
        return T("还没有建册，村里正在跟进，请看看要不要帮一把。")
    if step == "township":
        return T("{about}还没有消息，村里正在跟进，请看看要不要帮一把。", about=about)
    match rule:
        case "word" if case.denied and role == "township":
            return T("她说报上来的情况不对，村里还没有核对清楚，请帮着核对。")
        case "word" if case.denied:
            return T("她说报上来的情况不对，请去核对。报错了请撤回，没报错就回“没报错”。")
        case "word" if not case.own_word and role == "township":
            return T("有同事开始报她的情况，还没有报完，提醒都停着。请看看要不要帮一把。")
        case "word" if not case.own_word:
            return T("有人开始报她的情况，还没有报完，提醒都停着。请核实：属实请报完；不是就回“还怀着”。")
        case "word" if role == "township":
            return T("她发来的话像是没保住或者没怀孕，还没有人核实，提醒都停着。请看看要不要帮一把。")
        case "word":
            return T("她发来的话像是没保住或者没怀孕，请联系她核实。属实请报上来；不是就回“还怀着”。")
        case "consent":
            return T("发了问候还没有回，见面时请问问她愿不愿意收提醒。")
        case "number":
            return T("她留的号码联系不上本人，请问个对的，再告诉我。")
        case "overdue":
            return T("预产期{day}已经过了，还没有分娩的消息，请问问她现在怎么样。", day=day)
        case "transfer":
            return T("从现在起要到能接生的医院做产检、定好在哪里生，请帮她联系。")
        case "delivery_plan":
            return T("请跟接生的医院一起，把她的分娩预案定下来。定好了请告诉我。")
        case "higher":
            return T("请把她转到上一级机构管理。转好了请告诉我。")
        case "hospital":
            return T("请问问她定好去哪家医院生了没有，有难处一起想办法。")
        case "followup":
            return _follow(case, home=":home:" in key, day=day, urge=act.urge)
        case "special":
            if step == "aid":
                return T("家里有困难，请看看能帮她申请什么补助。")
            return T("请上门看看她，问问有什么要帮忙的。看过请告诉我。")
        case "postnatal" | "newborn" if step == "visit":
            return T("请在{day}前上门看看。看过请告诉我。", day=day)
    if step == "record":
        if said := _told(case, key.removesuffix(":record")):
            return T("{about}她说去过了（{said}），请核对一下，帮她补报。", about=about, said=said)
        return T("{about}她说去过了，请核对一下，帮她补报。", about=about)
    if step == "help":
        return T("{about}她说不方便去，请问问有什么难处。", about=about)
    if step == "coordinator" and rule == "booking":
        return T("还没有建册，请帮她尽快去{clinic}建册、做一次产检。建好请告诉我。")
    if step == "coordinator":
        return T("{about}还没有消息，请问问她。去过了请帮她补报。", about=about)
    if rule == "appointment":
        return T("{day}约了产检，请提醒她。", day=day)
    if step == "now":
        return T("请提醒她尽快去做{about}。", about=about)
    if step == "soon" and act.urge and rule == "visit":
        return T("请提醒她尽快去做{about}，{day}前最好。", about=about, day=day)
    if rule == "child":
        return T("{about}，{day}前最好，请提醒家里人带去。", about=about, day=day)
    return T("{about}，{day}前最好，请提醒她。", about=about, day=day)


def _follow(case: Case, *, home: bool, day: Text, urge: bool) -> Text:
    """A visit or a call of the follow-up, by its last day."""
    if home and urge:
        return T("上一次上门还没有消息，请尽快去看看她，最晚{day}。看过请告诉我。", day=day)
    if home:
        return T("请上门看看她，最晚{day}。看过请告诉我。", day=day)
    if urge:
        return T("上一次电话还没有消息，请尽快给她打一个，最晚{day}。打过请告诉我。", day=day)
    if follow_up(case.programme, case.grade).phone == "week":
        return T("这周给她打个电话，最晚{day}。打过请告诉我。", day=day)
    return T("请给她打个电话，最晚{day}。打过请告诉我。", day=day)


def _went(case: Case, key: str) -> bool:
    """Whether she said of this visit that she was there."""
    base = key.rsplit(":", 1)[0]
    return any(
        one.answer == "went" and (base_of(name) == base or base_of(name).startswith(f"{base}:"))
        for name, one in case.acts.items()
    )


def _told(case: Case, base: str) -> Joined | None:
    """When and where she said that she was, as far as she did."""
    hers = [
        one
        for key, one in case.acts.items()
        if one.answer == "went" and (base_of(key) == base or base_of(key).startswith(f"{base}:"))
    ]
    parts: list[Text] = []
    if (day := next((one.day for one in hers if one.day is not None), None)) is not None:
        parts.append(short(day))
    if place := next((one.place for one in hers if one.place), ""):
        parts.append(plain(place))
    return Joined(tuple(parts), "，") if parts else None


def _title(case: Case, rule: str, title: str, day: date | None) -> Sayable:
    if rule == "followup":
        return T("这一次随访")
    if rule == "overdue":
        return T("分娩")
    if rule == "booking":
        return T("建册")
    if rule == "appointment" and day is not None:
        return T("{day}约的产检", day=short(day))
    return plain(title)


def digest(
    tasks: Sequence[Sayable], role: str, *, more: int = 0, older: int = 0, at_once: bool = False
) -> Sayable:
    """The morning's message, or one thing that does not wait. `tasks` by number, an empty one for what need not be done
    any more; `more`: further ones that are not listed; `older`: of earlier days, still to be done."""
    numbered = [
        plain("") if not one else T("{number}. {task}", number=number, task=one)
        for number, one in enumerate(tasks, 1)
    ]
    if at_once and len(tasks) == 1:
        return tasks[0]
    count = sum(bool(one) for one in tasks) + more
    head = (
        T("早上好。今天有{count}件事：", count=count)
        if role == "coordinator"
        else T("早上好。有{count}件事要请你们看看：", count=count)
    )
    rest: list[Sayable] = []
    if more:
        rest.append(T("还有{more}件，说“今天要做什么”就能看到。", more=more))
    if older:
        rest.append(T("前几天还有{older}件没办完，说“今天要做什么”就能看到。", older=older))
    return lines(head, *numbered, *rest)
