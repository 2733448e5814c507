"""Danger signs go before everything: what to do and whom to call at once, and the level above alerted."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.engine.flow import Context
from conversations.message import Effect, Notice, Reply
from conversations.text import T


def danger_turn(signs: Sequence[str], context: Context) -> tuple[Reply, tuple[Effect, ...]]:
    """The answer to a danger sign, and who is alerted: the township of the one who wrote."""
    speaker = context.speaker
    if "self_harm" in signs:
        reply = T(
            "别一个人扛着。请马上找家里人陪着，现在就打120或12356心理援助热线。我已经告诉孕管办的同事，会有人联系您。"
        )
    elif speaker.role in ("woman", "unknown"):
        reply = T("您说的情况很要紧，请马上打120，或让家人立刻送您去医院，路上平躺，不要自己走。别等。")
    else:
        reply = T(
            "这个情况很要紧：请马上打120送医院，人不要离开她身边。我已经通知孕管办。打完电话再接着跟我说。"
        )
    where = speaker.place_id
    notices: tuple[Effect, ...] = ()
    if where is not None and speaker.standing == "active":
        notices = (
            Notice(
                T(
                    "【危急】{place}的{name}刚刚报告了危急情况，请马上打电话联系。",
                    place=speaker.place_name,
                    name=speaker.name,
                ),
                role="township",
                place_id=where,
                kind="danger",
            ),
        )
    return Reply(reply, kind="danger"), notices
