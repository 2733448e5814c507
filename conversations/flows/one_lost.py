"""One of several children that is lost, within a birth: which of them, and whether it was born alive (conversations/
understanding/several.py hears it)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conversations.engine.flow import Choice, Context, Settled, Step
from conversations.engine.state import Talk
from conversations.records import FIELDS
from conversations.text import Joined, T, Text
from conversations.understanding.normalise import normalise
from conversations.understanding.several import one_lost


def count(talk: Talk) -> int:
    """How many children the birth tells of."""
    return int(talk.answers.get("child_count") or 1)


def child(talk: Talk, number: int, name: str) -> object:
    """What is told of one of them."""
    return talk.answers.get(f"children.{number}.{name}")


def settle(talk: Talk) -> Settled:
    """双胞胎，一个没保住: the children as far as that says; which of them, and when, is asked (`STEPS`)."""
    answers, children = talk.answers, range(count(talk))
    if not talk.has("one_lost") or (_nothing_known(talk) and not talk.has("which_lost")):
        return None
    if (which := answers.get("which_lost")) is not None:
        for number in children:
            if number != which:
                answers.setdefault(f"children.{number}.alive", True)
    if _when_unknown(talk):
        return None
    for number in children:
        if child(talk, number, "alive") is None:
            later = answers["lost_when"] == "later"
            answers[f"children.{number}.alive"] = later
            if later:
                answers[f"children.{number}.died_later"] = True
    for name in ("one_lost", "which_lost", "lost_when"):
        answers.pop(name, None)
    if len(children) == 2 and which is None and not talk.has("children.0.sex", "children.1.sex"):
        return T("我先问活着的那个（第1个），再问没保住的那个（第2个）。")
    return None


def _nothing_known(talk: Talk) -> bool:
    """One is lost, and nothing is known of any of them."""
    return talk.has("one_lost") and all(child(talk, number, "alive") is None for number in range(count(talk)))


def _when_unknown(talk: Talk) -> bool:
    """One is lost, and it is not told whether it was born alive."""
    unknown = any(child(talk, number, "alive") is None for number in range(count(talk)))
    return talk.has("one_lost") and not _nothing_known(talk) and unknown and not talk.has("lost_when")


def _which(talk: Talk, context: Context) -> tuple[Choice, ...]:
    """The children to choose from, each with what tells it from the others."""

    def label(number: int) -> Text:
        said = [
            FIELDS[name].say(value, masked=context.masked)
            for name in ("sex", "birth_weight_g")
            if (value := child(talk, number, name)) is not None
        ]
        if not said:
            return T("第{number}个", number=number + 1)
        return T("第{number}个 {said}", number=number + 1, said=Joined(tuple(said), "，"))

    sexes = [child(talk, number, "sex") for number in range(count(talk))]
    return tuple(
        Choice(number, label(number), _SEXES.get(str(sex), ()) if sexes.count(sex) == 1 else ())
        for number, sex in enumerate(sexes)
    )


_SEXES = {
    "male": ("男孩", "男", "男的", "男娃", "儿子", "哥哥", "弟弟"),
    "female": ("女孩", "女", "女的", "女娃", "女儿", "闺女", "姐姐", "妹妹"),
}


def absorb(fields: dict[str, Any], talk: Talk, context: Context) -> None:
    """双胞胎里有一个没保住: no more than that they are well was told before. Which it is, where they are told apart, is asked."""
    lost = one_lost(normalise(context.message.text), several=True) if count(talk) > 1 else None
    if lost is not None and "one_lost" not in fields:
        fields |= {"one_lost": context.message.text[:60], "lost_when": lost.when}
        for number, told in enumerate(lost.children()):
            fields |= {f"children.{number}.{name}": value for name, value in told.items()}
        for name in ("alive", "died_later"):
            fields.pop(name, None)
    if "one_lost" not in fields:
        return
    known = [
        (child(talk, number, "sex"), child(talk, number, "birth_weight_g")) for number in range(count(talk))
    ]
    for number in range(count(talk)):
        talk.answers.pop(f"children.{number}.alive", None)
        if len(set(known)) > 1:
            fields.pop(f"children.{number}.alive", None)
            fields.pop(f"children.{number}.died_later", None)


def died_since(talk: Talk) -> bool:
    """A child of a birth that was reported before is told to have died."""
    since = any(child(talk, number, "died_later") for number in range(count(talk)))
    return since or (talk.has("one_lost") and talk.answers.get("lost_when") != "birth")


def as_death(talk: Talk) -> Talk:
    """The death of a child whose birth was reported before."""
    names = ("woman_id", "village", "village_id", "village_told")
    kept = {name: talk.answers[name] for name in names if name in talk.answers}
    answers = {**kept, "mother_name": talk.answers["woman_name"]}
    return replace(
        talk, flow="child_death", answers=answers, drawn=[], passed=[], trail=[], step=None, opened=False
    )


STEPS = (
    Step(
        "which_lost",
        T("没保住的是哪一个孩子？"),
        required=True,
        when=lambda talk: _nothing_known(talk) and not talk.has("which_lost"),
        choices=_which,
        help=T("说第几个就行，比如：第2个。"),
    ),
    Step(
        "lost_when",
        T("没保住的那个，是生下来就没有气，还是后来没了？"),
        required=True,
        when=_when_unknown,
        choices=(
            Choice("birth", T("生下来就没有气（死产）"), ("死产", "死胎", "生下来就没气", "没有气", "没气")),
            Choice("later", T("生下来活着，后来没了"), ("后来没了", "后来", "后来走了", "夭折了")),
        ),
    ),
)
