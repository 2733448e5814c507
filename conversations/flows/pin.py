"""设置PIN: six digits that a colleague chooses on a trusted channel, and says before names are shown by SMS."""

from __future__ import annotations

from conversations.engine.flow import Context, Ended, Flow, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.message import Reply, SetPin
from conversations.text import T, Text
from conversations.understanding.pins import is_weak

ROLES = frozenset({"coordinator", "township", "institution", "county"})

TOO_EASY = T("这个数字太容易猜到，请换一个，别用连着的或一样的数字。")


def pin_step(ask: Text, *, when_by_sms: bool = False) -> Step:
    """Asks for a new PIN; `when_by_sms`: only where no trusted channel is at hand."""
    return Step(
        "pin",
        ask,
        required=True,
        secret=True,
        when=(lambda talk: bool(talk.answers.get("by_sms"))) if when_by_sms else (lambda talk: True),
        help=T("PIN是6位数字，短信里看名单时用。别用生日和手机号，也别告诉别人。"),
    )


def too_easy(talk: Talk) -> Text | None:
    """A PIN that would be guessed is not taken."""
    if talk.secret and is_weak(talk.secret):
        talk.secret = ""
        return TOO_EASY
    return None


def _settle(talk: Talk, context: Context) -> Settled:
    if context.message.channel.trust == "low":
        return Ended(
            T("短信可能被人冒用，PIN要在聊天里设：请在那里对我说“设置PIN”。没有聊天的，请找{township}。")
        )
    return too_easy(talk)


def _finish(talk: Talk, context: Context) -> Result:
    said = T("PIN设好了。短信里要看名单时，我会请您回它。忘了就在这里说“改PIN”。")
    return Result(replies=(Reply(said),), effects=(SetPin(talk.secret),))


FLOW = Flow(
    "pin",
    version=1,
    title=T("设置PIN"),
    words=(
        *(
            "设置pin",
            "设pin",
            "改pin",
            "修改pin",
            "重设pin",
            "更改pin",
            "忘记pin",
            "忘了pin",
            "pin忘了",
            "我的pin",
        ),
        *(
            "设置密码",
            "设密码",
            "改密码",
            "修改密码",
            "忘记密码",
            "忘了密码",
            "set pin",
            "change pin",
            "/pin",
        ),
    ),
    roles=ROLES,
    settle=_settle,
    steps=(pin_step(T("请发6位数字，做您短信里用的PIN。")),),
    finish=_finish,
)
