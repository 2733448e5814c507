"""A woman who need not be on the roster yet: is she one of those it has, or new?"""

from __future__ import annotations

from conversations.engine.flow import Choice, Context, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import WomanFact, WomenWithPhone
from conversations.flows.where import settle_village
from conversations.flows.who import besides_her, bound, card, keep_version, named, take
from conversations.text import T


def _maybe(talk: Talk, context: Context) -> list[WomanFact]:
    """The women she may be: of her ID number or her name in these villages, or of her phone and name."""
    answers = talk.answers
    found = {woman.id: woman for woman in named(talk, context, "woman_name")}
    if phone := answers.get("phone"):
        same = context.facts[WomenWithPhone(phone, context.village_ids)]
        found.update({w.id: w for w in same if w.name == answers.get("woman_name")})
    refused = answers.get("not_same", [])
    return [woman for woman in found.values() if woman.alive and woman.id not in refused]


def settle_newcomer(talk: Talk, context: Context, *, of_pregnancy: bool = False) -> Settled:
    """Bind her to the roster if she is on it. `of_pregnancy`: the report belongs to a pregnancy she has."""
    if talk.amends is not None:
        keep_version(talk, context)
        return None
    answers = talk.answers
    settle_village(talk, context)
    if not answers.get("woman_name"):
        return None
    if not answers.get("woman_id"):
        answers["maybe_same"] = [woman.id for woman in _maybe(talk, context)]
        return None
    answers.pop("maybe_same", None)
    woman = bound(talk, context)
    if woman is None:
        return None
    here = answers.get("village_id") if answers.get("village_told") else None
    take(talk, context, woman, ends=False)
    if here is not None:
        answers["village_id"] = here
        settle_village(talk, context)
    if not of_pregnancy:
        talk.draw("pregnancy_id", None)
    return None


def _same_choices(talk: Talk, context: Context) -> tuple[Choice, ...]:
    women = _maybe(talk, context)
    only = ("是", "对", "是的", "是同一个", "同一个人", "是同一个人", "是她") if len(women) == 1 else ()
    shown = [Choice({"woman_id": w.id}, T("{card}", card=card(w, context)), only) for w in women[:6]]
    refused = [*talk.answers.get("not_same", []), *(w.id for w in women)]
    return (*shown, Choice({"not_same": refused}, T("不是，是另一个人"), ("不是", "另一个人", "都不是")))


SAME = Step(
    "same",
    T("花名册上有这个名字，是同一个人吗？"),
    fills=("woman_id",),
    required=True,
    when=lambda talk: bool(talk.answers.get("maybe_same")),
    choices=_same_choices,
    shows_roster=besides_her(_maybe),
    help=T("点一下就行；不是她就选“不是，是另一个人”。"),
)
"""Asked only where the roster has somebody she may be."""
