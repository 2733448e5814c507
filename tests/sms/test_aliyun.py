"""Aliyun: what is asked, signed; what its answers and its callbacks mean; and that it carries templates only."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Accepted, Later, Outcome, Refused
from bot.channels.sms.aliyun import (
    REPORT,
    UPLINK,
    AliyunGateway,
    AliyunSettings,
    Template,
    inbounds_of,
    receipts_of,
)
from bot.channels.sms.gateway import BadCall, Call, Login, Receipt
from tests.support.aliyun import SECRET, answer, parameters_of, signature
from tests.support.clock import START, FakeClock
from tests.support.desk import Desk
from tests.support.provider import Noted, Provider, Say

LOGIN = Login("aliyun", "callback secret")
ID = "0" * 30 + "a1"
VISIT = Template("SMS_1001", "${name}您好，${date}该做第${n}次产检了。回T退订")
CODE = Template("SMS_1002", "您的验证码是${code}，请勿告诉他人。")
PLAIN = Template("SMS_1003", "请尽快联系您的村妇幼专干。")

Make = Callable[..., AliyunGateway]


@pytest.fixture
def make(
    session: aiohttp.ClientSession, desk: Desk, noted: Noted, clock: FakeClock, provider: Provider
) -> Make:
    numbers = itertools.count(1)
    provider.always = Say(200, answer("OK", BizId="900619746936498440^0"))

    def make(**more: Any) -> AliyunGateway:
        values: dict[str, Any] = {
            "key_id": "testId",
            "key_secret": SECRET,
            "sign_name": "孕管",
            "templates": (VISIT, CODE, PLAIN),
            "endpoint": provider.url,
        }
        return AliyunGateway(
            "aliyun",
            AliyunSettings(**(values | more)),
            LOGIN,
            session=session,
            submit=desk.submit,
            note=noted,
            clock=clock,
            nonce=lambda: f"nonce-{next(numbers)}",
        )

    return make


# The signature


def test_the_computation_here_gives_the_published_example() -> None:
    example = {
        "AccessKeyId": "testId",
        "Action": "SendSms",
        "Format": "XML",
        "OutId": "123",
        "PhoneNumbers": "15300000001",
        "RegionId": "cn-hangzhou",
        "SignName": "阿里云短信测试专用",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "45e25e9b-0a6f-4070-8c85-2956eda1b466",
        "SignatureVersion": "1.0",
        "TemplateCode": "SMS_71390007",
        "TemplateParam": '{"customer":"test"}',
        "Timestamp": "2017-07-12T02:42:19Z",
        "Version": "2017-05-25",
    }
    assert signature("GET", example) == "zJDF+Lrzhj/ThnlvIToysFRq6t4="


# message → request

REQUESTS: dict[str, tuple[str, str, dict[str, str]]] = {
    "a reminder": (
        "李梅您好，11月23日该做第2次产检了。回T退订",
        "SMS_1001",
        {"name": "李梅", "date": "11月23日", "n": "2"},
    ),
    "a code": ("您的验证码是4821，请勿告诉他人。", "SMS_1002", {"code": "4821"}),
    "no variables": ("请尽快联系您的村妇幼专干。", "SMS_1003", {}),
    "signs that must be encoded": (
        "阿依 *~+&=%/?您好，𠮷月 3日该做第2次产检了。回T退订",
        "SMS_1001",
        {"name": "阿依 *~+&=%/?", "date": "𠮷月 3日", "n": "2"},
    ),
}


@pytest.mark.parametrize("signed", [False, True], ids=["bare", "signed"])
@pytest.mark.parametrize("case", REQUESTS)
async def test_what_is_asked(make: Make, provider: Provider, case: str, signed: bool) -> None:
    text, template, values = REQUESTS[case]
    gateway = make()
    said = gateway.signature + text if signed else text
    assert gateway.carries(said)
    assert await gateway.send("13800001234", said, ID) == Accepted("900619746936498440^0")
    (asked,) = provider.asked
    parameters = parameters_of(asked)
    assert asked.method == "POST"
    assert "?" not in asked.path  # nothing personal in a URL
    assert orjson.loads(parameters.pop("TemplateParam")) == values
    assert parameters == {
        "PhoneNumbers": "13800001234",
        "SignName": "孕管",
        "TemplateCode": template,
        "OutId": ID,
        "Action": "SendSms",
        "Version": "2017-05-25",
        "Format": "JSON",
        "AccessKeyId": "testId",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": "nonce-1",
        "Timestamp": "2026-11-22T02:00:00Z",
    }


async def test_another_try_is_signed_afresh(make: Make, provider: Provider) -> None:
    gateway = make()
    for _ in range(2):
        await gateway.send("13800001234", "您的验证码是4821，请勿告诉他人。", ID)
    first, second = map(parameters_of, provider.asked)
    assert first["SignatureNonce"] != second["SignatureNonce"]
    assert first["OutId"] == second["OutId"]


CONVERSATION = [
    "请问她叫什么名字？",
    "您的验证码是4821，请勿告诉他人。另外请问她叫什么名字？",
    "【孕管】已上报，谢谢您。",
    "您的验证码是" + "4" * 36 + "，请勿告诉他人。",  # a variable takes 35 characters
    "",
]


@pytest.mark.parametrize("text", CONVERSATION)
async def test_a_conversation_is_never_carried(make: Make, provider: Provider, text: str) -> None:
    gateway = make()
    assert not gateway.carries(text)
    assert isinstance(await gateway.send("13800001234", text, ID), Refused)
    assert provider.asked == []
    assert not gateway.capabilities.free_text


@given(
    st.dictionaries(
        st.sampled_from(["name", "date", "n"]),
        st.text("李梅0123 月日。，", min_size=1, max_size=35),
        min_size=3,
    )
)
def test_the_words_come_out_as_they_went_in(values: dict[str, str]) -> None:
    text = VISIT.words
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    found = VISIT.values(text)
    if found is None:  # the pieces may be told apart in another way, with one too long
        return
    again = VISIT.words
    for name, value in found.items():
        again = again.replace(f"${{{name}}}", value)
    assert again == text


def test_a_variable_that_stands_twice_is_the_same_twice() -> None:
    template = Template("SMS_1", "${a}和${b}，再见${a}")
    assert template.values("李梅和王芳，再见李梅") == {"a": "李梅", "b": "王芳"}
    assert template.values("李梅和王芳，再见王芳") is None


ANSWERS: dict[str, tuple[Say, Outcome]] = {
    "throttled": (
        Say(400, answer("Throttling.User")),
        Later("aliyun Throttling.User", timedelta(minutes=1)),
    ),
    "too many to her": (
        Say(200, answer("isv.BUSINESS_LIMIT_CONTROL")),
        Later("aliyun isv.BUSINESS_LIMIT_CONTROL", timedelta(hours=1)),
    ),
    "no money left": (
        Say(200, answer("isv.AMOUNT_NOT_ENOUGH")),
        Later("aliyun isv.AMOUNT_NOT_ENOUGH", timedelta(minutes=10)),
    ),
    "wrong secret": (
        Say(400, answer("SignatureDoesNotMatch")),
        Later("aliyun SignatureDoesNotMatch", timedelta(minutes=10)),
    ),
    "wrong key": (
        Say(404, answer("InvalidAccessKeyId.NotFound")),
        Later("aliyun InvalidAccessKeyId.NotFound", timedelta(minutes=10)),
    ),
    "no such number": (
        Say(200, answer("isv.MOBILE_NUMBER_ILLEGAL")),
        Refused("aliyun isv.MOBILE_NUMBER_ILLEGAL"),
    ),
    "template not approved": (
        Say(200, answer("isv.SMS_TEMPLATE_ILLEGAL")),
        Refused("aliyun isv.SMS_TEMPLATE_ILLEGAL"),
    ),
    "their mistake": (Say(200, answer("isp.SYSTEM_ERROR")), Later("aliyun isp.SYSTEM_ERROR", doubt=True)),
    "503": (
        Say(503, answer("ServiceUnavailable"), {"Retry-After": "9"}),
        Later("aliyun ServiceUnavailable", timedelta(seconds=9), doubt=True),
    ),
    "500 of somebody else": (Say(500, b"<html>"), Later("aliyun 500", doubt=True)),
    "200 of somebody else": (Say(200, b"<html>"), Later("aliyun 200", doubt=True)),
    "JSON of somebody else": (Say(200, b"[]"), Later("aliyun 200", doubt=True)),
    "429": (Say(429, b"", {"Retry-After": "5"}), Later("aliyun 429", timedelta(seconds=5))),
    "cut": (Say(cut=True), Later("ServerDisconnectedError", doubt=True)),
}


@pytest.mark.parametrize("case", ANSWERS)
async def test_what_an_answer_means(make: Make, provider: Provider, case: str) -> None:
    gateway = make()
    say, expected = ANSWERS[case]
    provider.always = say
    outcome = await gateway.send("13800001234", "您的验证码是4821，请勿告诉他人。", ID)
    assert outcome == expected
    assert "1380000" not in repr(outcome)


def test_nothing_secret_is_shown(make: Make) -> None:
    gateway = make()
    assert SECRET not in repr(gateway) + repr(gateway._settings)


# callbacks

DELIVERED = {
    "phone_number": "13800001234",
    "send_time": "2026-11-22 09:00:00",
    "report_time": "2026-11-22 09:00:03",
    "success": True,
    "err_code": "DELIVERED",
    "err_msg": "用户接收成功",
    "sms_size": "1",
    "biz_id": "900619746936498440^0",
    "out_id": ID,
}
SAID = {
    "phone_number": "8613800001234",
    "send_time": "2026-11-22 09:00:00",
    "content": "有喜了🤰",
    "sign_name": "孕管",
    "dest_code": "1234",
    "sequence_id": 1234567890,
}

REPORTS: dict[str, tuple[list[dict[str, Any]], list[Receipt]]] = {
    "delivered": ([DELIVERED], [Receipt(ID, "delivered")]),
    "failed": (
        [{**DELIVERED, "success": False, "err_code": "MK:0001"}],
        [Receipt(ID, "failed", "MK:0001")],
    ),
    "failed without a word": ([{"out_id": ID}], [Receipt(ID, "failed", "failed")]),
    "a number among the words": (
        [{**DELIVERED, "success": False, "err_code": "停机 李梅"}],
        [Receipt(ID, "failed", "failed")],
    ),
    "several": (
        [DELIVERED, {**DELIVERED, "out_id": "b2"}],
        [Receipt(ID, "delivered"), Receipt("b2", "delivered")],
    ),
    "not ours": ([{**DELIVERED, "out_id": None}], []),
    "none": ([], []),
}


@pytest.mark.parametrize("case", REPORTS)
def test_what_a_delivery_report_says(case: str) -> None:
    reports, expected = REPORTS[case]
    assert receipts_of(reports) == expected


MESSAGES: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "chinese": (
        SAID,
        {
            "text": "有喜了🤰",
            "address": "13800001234",
            "provider_id": "aliyun:1234567890",
            "sent_at": datetime(2026, 11, 22, 1, tzinfo=UTC),
        },
    ),
    "empty": ({**SAID, "content": ""}, {"text": "", "kind": "other"}),
    "no text at all": ({**SAID, "content": None}, {"kind": "other"}),
    "a time nobody can read": ({**SAID, "send_time": "gestern"}, {"sent_at": START}),
    "NUL": ({**SAID, "content": "好\0的"}, {"text": "好的"}),
    "no number": ({**SAID, "phone_number": ""}, None),
    "no id": ({**SAID, "sequence_id": None}, None),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_what_a_message_is(case: str) -> None:
    message, expected = MESSAGES[case]
    read = inbounds_of([message], "aliyun", START)
    if expected is None:
        assert read == []
    else:
        (inbound,) = read
        assert {name: getattr(inbound, name) for name in expected} == expected


async def test_callbacks_reach_desk_and_outbox(make: Make, desk: Desk, noted: Noted) -> None:
    routes = make().routes
    learnt = await routes["POST", REPORT](Call(body=orjson.dumps([DELIVERED, "rubbish"])))
    heard = await routes["POST", UPLINK](Call(body=orjson.dumps([SAID, SAID])))
    assert learnt.json == heard.json == {"code": 0, "msg": "成功"}
    assert desk.texts == ["有喜了🤰"]
    assert noted == [("aliyun", Receipt(ID, "delivered"))]


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b'"x"', b"[" * 10000])
async def test_rubbish_is_said_to_be_rubbish(make: Make, body: bytes) -> None:
    routes = make().routes
    for path in (REPORT, UPLINK):
        with pytest.raises(BadCall):
            await routes["POST", path](Call(body=body))
