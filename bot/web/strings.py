"""Every sentence of the demonstration page itself; what a report says stands in conversations/records.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from conversations.text import T, Text

PAGE: Mapping[str, Text] = {
    "title": T("孕管 · 演练"),
    "brand": T("孕管"),
    "county": T("信丰县 · 演练"),
    "invented": T("村名、人名和号码都是虚构的"),
    "clock": T("演练时间"),
    "plus_hour": T("＋1小时"),
    "plus_day": T("＋1天"),
    "plus_week": T("＋1周"),
    "clock_moved": T("现在是{now}", now="{now}"),
    "language": T("切换语言"),
    "phones": T("手机"),
    "phone_of": T("{name}的手机", name="{name}"),
    "swap": T("换一个人"),
    "messages": T("消息"),
    "write": T("发消息"),
    "write_sms": T("发短信"),
    "send": T("发送"),
    "try": T("怎么试"),
    "share_phone": T("发送我的号码"),
    "gone": T("消息已收回"),
    "from_bot": T("孕管说："),
    "from_me": T("我说："),
    "parts": T("短信 {n} 条", n="{n}"),
    "quiet_chat": T("这里还没有消息。点下面的一句试试，或者自己写。"),
    "quiet_sms": T("还没有短信。系统要联系她时，会发到这里。"),
    "inbox": T("县平台收件箱"),
    "inbox_short": T("县平台"),
    "inbox_hint": T("每份报告都验过签名才进来"),
    "inbox_empty": T("还没有报告"),
    "inbox_empty_hint": T("在孕管员的手机上写“怀孕”，答完几个问题，报告就会送到这里。"),
    "arrived": T("收到报告：{event}", event="{event}"),
    "signed": T("签名有效"),
    "schema_ok": T("格式相符"),
    "schema_bad": T("格式不符"),
    "version": T("第{n}版", n="{n}"),
    "replaced": T("已有新版"),
    "withdrawn": T("已撤回"),
    "raw": T("原始数据"),
    "received": T("{at} 收到", at="{at}"),
    "offline": T("连接断开，正在重连…"),
    "failed": T("没有发出去，请再试一次。"),
}
"""By the key the page knows them under. `{n}` and the like are filled in by the page."""

CHANNELS: Mapping[str, Text] = {"chat": T("聊天"), "sms": T("短信")}

ROLES: Mapping[str, Text] = {
    "coordinator": T("村孕管员"),
    "township": T("乡镇孕管办"),
    "institution": T("助产机构"),
    "county": T("县孕管中心"),
    "woman": T("孕产妇"),
}

CHILD = T("孩子")
CHILD_NUMBERED = T("孩子{n}", n="{n}")
LUNAR = T("农历{month}月{day}", month="{month}", day="{day}")


def hints(role: str, today: date) -> tuple[Text, ...]:
    """Sentences worth trying in that role on that day."""
    match role:
        case "coordinator":
            return (
                T("怀孕"),
                T("李梅怀孕了，28岁，末次月经{lmp}，电话19900000101", lmp=today - timedelta(days=80)),
                T("张桂花昨晚生了，女孩，6斤2两"),
                T("我报过什么"),
                T("帮助"),
            )
        case "township" | "county":
            return (T("发加入码"), T("我报过什么"), T("帮助"))
        case "institution":
            return (T("报分娩"), T("我报过什么"), T("帮助"))
        case _:
            return (T("你是谁"), T("打错了"), T("帮助"))
