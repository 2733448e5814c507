"""A village changes hands while a report of it lies unfinished: what was said goes to whoever has the village now.

With a handover the drafts move along (bot/offices.py), and the one who began them is told so with her next message.
Where a village was only taken from her, she is told, and the township, that somebody has to finish it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from conversations.engine.heard import Heard
from conversations.engine.state import State, Talk
from conversations.flows import FLOWS
from conversations.message import Notice, Speaker
from conversations.records import mask_name
from conversations.text import T


def give(
    state: State, villages: Collection[str], women: Collection[str], to: str, *, everything: bool
) -> list[Talk]:
    """Take the drafts of these villages, or about these women, out of a session; of somebody who has no other village
    those of no village yet, too (`everything`). `to`: the name of whoever goes on with them."""
    talks = [one for one in (state.talk, *state.waiting) if one is not None]
    given = [one for one in talks if _is_of(one, villages, women, everything=everything)]
    if state.talk in given:
        state.talk = None
    state.waiting = [one for one in state.waiting if one not in given]
    state.passed_on += [
        {"flow": one.flow, "village": str(one.answers.get("village") or ""), "to": to} for one in given
    ]
    return given


def _is_of(talk: Talk, villages: Collection[str], women: Collection[str], *, everything: bool) -> bool:
    flow = FLOWS.get(talk.flow)
    if flow is None or flow.event is None or talk.amends is not None:
        return False
    village, woman = talk.answers.get("village_id"), talk.answers.get("woman_id")
    return village in villages or woman in women or (everything and village is None)


def take(state: State, talks: Collection[Talk]) -> None:
    """Put drafts that a colleague began behind what is in hand: asked anew where something is missing, and read back."""
    fresh = [
        replace(
            one, step=None, trail=[], offered=[], shown={}, doubt=None, before=None, read_at=None, code=None,
            misses=0, said=[], reminded=0, due="", opened=True, turn=one.turn + 1,
        )
        for one in talks
    ]  # fmt: skip
    state.waiting = [*state.waiting, *fresh]


def tell_passed_on(heard: Heard, speaker: Speaker, *, masked: bool) -> None:
    """Her drafts went to a colleague: said once, as long as she is one herself."""
    told, heard.state.passed_on = heard.state.passed_on, []
    for one in told if speaker.standing == "active" else ():
        flow = FLOWS.get(one["flow"])
        if flow is not None:
            name = mask_name(one["to"]) if masked else one["to"]
            values = {"village": one["village"], "name": name, "title": flow.title}
            heard.remarks.append(
                T(
                    "{village}现在由{name}负责了。您没报完的“{title}”，说过的都转给{name}接着报了，谢谢您。"
                ).with_values(**values)
                if one["village"]
                else T("您没报完的“{title}”，说过的都转给{name}接着报了，谢谢您。").with_values(**values)
            )


def leave_villages(heard: Heard, speaker: Speaker) -> None:
    """Drafts of villages that are not hers any more, and that nobody took over: the township is asked to have somebody
    finish them. Filed by her they would be refused."""
    state = heard.state
    for talk in [one for one in (state.talk, *state.waiting) if one is not None]:
        village = talk.answers.get("village_id")
        if (
            village is None
            or speaker.role != "coordinator"
            or speaker.village(village) is not None
            or not _is_of(talk, (village,), (), everything=False)
        ):
            continue
        if talk is state.talk:
            state.talk = None
        else:
            state.waiting.remove(talk)
        flow = FLOWS[talk.flow]
        place = str(talk.answers.get("village") or "")
        heard.remarks.append(
            T(
                "{village}现在不归您负责了，您没报完的“{title}”没有报上去。已经请{township}安排同事接着报，要说明的请跟他们说一声。"
            ).with_values(village=place, title=flow.title)
        )
        who = mask_name(str(talk.answers.get(flow.subject) or ""))
        heard.effects.append(
            Notice(
                T(
                    "【交接】{village}有一份“{title}”没报完（{who}），原来的{coordinator}不负责这个村了，请安排人接着报。"
                ).with_values(village=place, title=flow.title, who=who),
                role="township",
                place_id=str(village),
            )
        )
