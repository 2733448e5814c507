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
    "to_next": T("到下一件事"),
    "clock_moved": T("现在是{now}", now="{now}"),
    "clock_moves": T("时间在走…"),
    "nothing_due": T("暂时没有到时候的事"),
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
    "timeline": T("一位妇女的经过"),
    "timeline_short": T("经过"),
    "timeline_hint": T("报了什么、提醒了什么、谁应了"),
    "timeline_of": T("看谁的经过"),
    "timeline_empty": T("名册上还没有人"),
    "timeline_empty_hint": T("在孕管员的手机上报一个孕情，再拨动上面的时间。"),
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
                T(
                    "李梅怀孕了，28岁，末次月经{lmp}，电话19900000101是她自己的，发短信方便",
                    lmp=today - timedelta(days=80),
                ),
                T("张桂花昨晚生了，女孩，6斤2两"),
                T("今天要做什么"),
                T("我报过什么"),
                T("帮助"),
            )
        case "township" | "county":
            return (T("核实"), T("名单"), T("没来产检的"), T("催办"), T("发通知"), T("指标"), T("帮助"))
        case "institution":
            return (T("报分娩"), T("催办"), T("我报过什么"), T("帮助"))
        case _:
            return (
                T("愿意"),
                T("去过了"),
                T("下次什么时候产检"),
                T("肚子疼，出血了"),
                T("退订"),
                T("你是谁"),
            )


# ── the course of one woman ─────────────────────────────────────────────────────────────────────────────

WEEKS = T("孕{weeks}周+{days}", weeks="{weeks}", days="{days}")
BORN = T("已分娩")
OVER = T("孕期已结束")
DIED = T("已去世")
LEFT = T("已搬走")

HERSELF = T("她本人")
OWNERS: Mapping[str, Text] = {**ROLES, "sector": T("片区"), "city": T("市里"), "province": T("省里")}

REPORTED = T("报了：{event}", event="{event}")
CORRECTED = T("改了：{event}", event="{event}")
VERIFIED = T("核实了：{event}", event="{event}")
TOOK_BACK = T("撤回了：{event}", event="{event}")
COUNTY_HAS = T("县平台收下了：{event}", event="{event}")
COUNTY_REFUSED = T("县平台没有收：{event}", event="{event}")
COUNTY_WAITS = T("还没送到县平台：{event}", event="{event}")

TO_HER: Mapping[str, Text] = {"consent": T("问她愿不愿意收提醒"), "remind": T("提醒她")}
TO_COLLEAGUES: Mapping[str, Text] = {
    "task": T("请{office}去办", office="{office}"),
    "notice": T("马上告诉{office}", office="{office}"),
}
NOT_YET = T("还没发出")
NO_LONGER = T("不用办了：{reason}", reason="{reason}")
NOT_DONE = T("没有办：{reason}", reason="{reason}")
NOT_TOLD_HER = T("没有发给她")
NOT_TOLD = T("没有告诉{office}", office="{office}")
SKIPPED: Mapping[str, Text] = {
    "ended": T("孕期已经结束"),
    "opted_out": T("她退订了"),
    "no_consent": T("她还没有同意"),
    "unsafe": T("给她发消息不方便"),
    "wrong_number": T("号码不是她的"),
    "stale": T("已经过了时候"),
    "outage": T("没能发出去"),
    "answered_already": T("已经有消息了"),
    "moved": T("她搬走了"),
}
"""Why something due was not told: every reason of conversations/care/case.py."""
ANSWERS: Mapping[str, Text] = {
    "went": T("去过了"),
    "later": T("改天"),
    "cannot": T("不方便"),
    "yes": T("愿意"),
    "no": T("不用"),
    "wrong": T("不是我"),
    "taken": T("收到"),
    "done": T("办好了"),
    "over": T("说已经没有了，或没怀"),
    "not_over": T("说报上来的不对"),
}
OPTED_OUT = T("退订了提醒")
SILENCED = T("说号码打错了")
NOT_SAFE = T("说这个号码不方便收短信")
BEGUN = T("有人开始报她的情况，还没有报完")

ALERTS: Mapping[str, Text] = {
    "danger": T("危险信号"),
    "danger_past": T("有过危险信号"),
    "question": T("有话要人回"),
    "told_over": T("她说没有了，要人联系"),
    "not_over": T("她说报得不对，要人核对"),
    "begun": T("有一份没报完，要人问问"),
    "safety": T("她怕挨打，要人帮她"),
    "number": T("号码要核对"),
    "new_phone": T("新号码要核对"),
    "link": T("换了地方收消息，要核对"),
    "tracing": T("请帮忙找她"),
    "unmatched": T("请核实是谁"),
    "clock": T("催办"),
}
TOLD_TO = T("告诉了")
TIMES = T("共{n}次", n="{n}")
TAKEN = T("接手了")
SETTLED = T("不用再催了")
HIDDEN = T("有一项重点随访的报送")

STARTED = T("开始计时：{what}", what="{what}")
UNTIL = T("{due}前", due="{due}")
OVERDUE = T("到时还没办好：{what}", what="{what}")
ENDED: Mapping[str, Text] = {
    "acknowledged": T("确认了：{what}", what="{what}"),
    "done": T("办好了：{what}", what="{what}"),
    "void": T("不用办了：{what}", what="{what}"),
}
