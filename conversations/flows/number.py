"""A woman's number that is said not to be hers: her coordinator checks it with her. Until then it is silent."""

from __future__ import annotations

from conversations.engine.flow import Context, Flow, Result
from conversations.engine.state import Talk
from conversations.facts import AlertsTold, Lookup
from conversations.flows.alerts import NUMBER, UNSAFE, Rows, Seen, Story, about, how_to_take, told_at
from conversations.flows.filing import STAFF
from conversations.message import Button, Reply, Speaker, TakeAlert, TrustNumber
from conversations.records import mask_name
from conversations.text import Sayable, T, lines


def number_text(story: Story, seen: Seen, minutes: int) -> Sayable:
    """What her coordinator reads; of the number the tail only, on every channel. Of a number that is not safe no more than
    she must know."""
    if UNSAFE in story.signs:
        return lines(
            T("【当面说】{place}{who}：她说这个号码现在不方便收短信，已经停发。").with_values(
                **about(story, seen)
            ),
            T("以后有事请当面跟她说，别发到她手机上，也别跟家里人提起。她换了方便的号码，就更正她的电话。"),
            how_to_take(seen),
        )
    return lines(
        T("【核对号码】{place}{who}登记的手机（尾号{tail}），收信的人说号码不是她的，已经停发。").with_values(
            **about(story, seen),
            tail=story.reporter.phone[-4:] or "----",
        ),
        T("请跟她本人核对，号码变了就更正她的电话。"),
        how_to_take(seen),
    )


def checked_text(story: Story, seen: Seen, taker: Speaker, reached: bool) -> Sayable:
    """To the other colleagues who were told."""
    name = mask_name(taker.name) if seen.channel.masked else taker.name
    values = {**about(story, seen), "office": taker.place_name, "name": name}
    if UNSAFE in story.signs:
        if reached:
            return T("【当面说】{place}{who}的号码，{office}{name}问过了，又可以发了。").with_values(**values)
        return T("【当面说】{place}{who}那边，{office}{name}去当面说。").with_values(**values)
    if reached:
        return T("【号码已核对】{place}{who}的号码，{office}{name}核对过了。").with_values(**values)
    return T("【核对号码】{place}{who}的号码，{office}{name}在核对。").with_values(**values)


def number_buttons(alert_id: str, story: Story) -> Rows:
    if UNSAFE in story.signs:
        return (
            (Button(T("我来当面说"), f"go:alert:{alert_id}:ack"),),
            (Button(T("她说方便了，接着发"), f"go:number:{alert_id}"),),
        )
    return (
        (Button(T("我来核对"), f"go:alert:{alert_id}:ack"),),
        (Button(T("号码没错，接着发"), f"go:number:{alert_id}"),),
    )


def _told(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    return (AlertsTold(speaker.contact_id),)


def _finish(talk: Talk, context: Context) -> Result:
    told = context.facts[AlertsTold(context.speaker.contact_id)]
    alert = next((a for a in told if a.kind == NUMBER and [a.id] == talk.answers.get("go")), None)
    if alert is None:
        return Result((Reply(T("这一条没有发给您，请让她村里的同事来核对。")),))
    if alert.taken_by is not None and not alert.mine:
        name = mask_name(alert.taken_by) if context.masked else alert.taken_by
        return Result((Reply(T("{name}在核对了，谢谢您。", name=name)),))
    if context.message.channel.trust == "low":  # a forged sender must not open a wrong number again
        return Result((Reply(T("这件事不能用短信办，请让{township}的同事来点。")),))
    who = about(Story.of(alert.kind, alert.details), told_at(alert, context))["who"]
    return Result(
        (Reply(T("好，{who}的号码照常发。", who=who)),),
        effects=(TakeAlert(alert.id, reached=True), TrustNumber(alert.id)),
    )


FLOW = Flow(
    "number",
    version=1,
    title=T("核对号码"),
    roles=STAFF,
    lookups=_told,
    steps=(),
    finish=_finish,
    quick=True,
)
"""Reached by its button only."""
