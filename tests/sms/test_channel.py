"""SMS as a channel: by which gateway, in which words, and to whom never."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from bot.channels.base import Accepted, Later, Letter, Outcome, Refused
from bot.channels.sms.areas import Areas, BadAreas
from bot.channels.sms.channel import SmsChannel
from bot.channels.sms.gateway import Capabilities, Login
from bot.channels.sms.guards import Loop
from bot.channels.sms.last_look import LastLook
from bot.channels.sms.parts import sms_length
from bot.outbox import Outbox
from bot.wording import render
from conversations.text import T
from storage.database import Database
from storage.models import Address, Contact, ContactWoman, Inbound, Place, Post, Staff, Woman
from storage.organisation import save_places
from tests.support.clock import FakeClock
from tests.support.letters import Letters
from tests.support.people import phone

FREE = Capabilities(free_text=True, receipts=True, incoming=True)
TEMPLATES = Capabilities(free_text=False, receipts=True, incoming=True)


class Sends:
    """A gateway that notes what it is given; one of templates carries what begins with 该."""

    login: Login | None = None
    routes: dict[tuple[str, str], Any] = {}  # noqa: RUF012

    def __init__(
        self, name: str, capabilities: Capabilities = FREE, signature: str = "", tail: str = ""
    ) -> None:
        self.name, self.capabilities, self.signature, self.tail = name, capabilities, signature, tail
        self.sent: list[tuple[str, str, str]] = []
        self.answer: Outcome = Accepted("7")

    def carries(self, text: str) -> bool:
        return self.capabilities.free_text or text.removeprefix(self.signature).startswith("该")

    async def send(self, number: str, text: str, message_id: str) -> Outcome:
        self.sent.append((number, text, message_id))
        return self.answer


def channel(*gateways: Sends, **more: Any) -> SmsChannel:
    async def route(number: str) -> Sequence[str]:
        return [gateway.name for gateway in gateways]

    return SmsChannel(gateways, route, **more)


async def test_a_letter_goes_out() -> None:
    gateway = Sends("kannel")
    outcome = await channel(gateway).send(
        "+8613800001234", Letter("a1", "你好", ((("对", "x"),),), "我的号码")
    )
    assert gateway.sent == [("13800001234", "你好", "a1")]
    assert outcome == Accepted("7", "kannel", 1)


def test_what_sms_can_do() -> None:
    traits = channel(Sends("kannel")).traits
    assert (traits.name, traits.trust, traits.buttons, traits.deletes) == ("sms", "low", False, False)


@pytest.mark.parametrize(
    "outcome", [Refused("no"), Later("busy", timedelta(seconds=3)), Later("lost", doubt=True)]
)
async def test_what_the_gateway_says_is_passed_on(outcome: Outcome) -> None:
    gateway = Sends("kannel")
    gateway.answer = outcome
    said = await channel(gateway).send("13800001234", Letter("a1", "你好"))
    if isinstance(outcome, Later) and outcome.doubt:
        outcome = replace(outcome, gateway="kannel", parts=1)
    assert said == outcome


async def test_a_letter_that_only_forgets_is_nothing_to_send() -> None:
    gateway = Sends("kannel")
    assert await channel(gateway).send("13800001234", Letter("a1", "", forget=("1",))) == Accepted()
    assert gateway.sent == []


@pytest.mark.parametrize("number", ["10086", "106912345678", "CMCC", "1380000", "", "+8613900000000"])
async def test_a_machine_is_never_answered(number: str) -> None:
    gateway = Sends("kannel")
    outcome = await channel(gateway, own=["13900000000"]).send(number, Letter("a1", "你好"))
    assert outcome == Refused("a machine's number")
    assert gateway.sent == []


async def test_a_letter_is_signed_and_shortened_and_its_parts_are_told() -> None:
    gateway = Sends("kannel", signature="【孕管】", tail="回T退订")
    outcome = await channel(gateway, max_parts=2).send("13800001234", Letter("a1", "好" * 300))
    ((_, text, _),) = gateway.sent
    assert text == "【孕管】" + "好" * (134 - 4 - 4 - 1) + "…回T退订"
    assert outcome == Accepted("7", "kannel", 2)


async def test_templates_carry_what_they_have_and_the_conversation_goes_another_way() -> None:
    aliyun, kannel = Sends("aliyun", TEMPLATES, "【孕管】"), Sends("kannel")
    both = channel(aliyun, kannel)
    await both.send("13800001234", Letter("a1", "该产检了"))
    await both.send("13800001234", Letter("a2", "请问她叫什么名字？"))
    assert [one[2] for one in aliyun.sent] == ["a1"]
    assert [one[2] for one in kannel.sent] == ["a2"]
    alone = await channel(aliyun).send("13800001234", Letter("a3", "请问她叫什么名字？"))
    assert alone == Refused("no gateway here carries these words")


async def test_an_area_without_a_gateway_dooms_no_letter() -> None:
    outcome = await channel().send("13800001234", Letter("a1", "你好"))
    assert outcome == Later("no gateway for this area", timedelta(minutes=10))


def test_two_gateways_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        channel(Sends("a"), Sends("a"))


async def test_what_was_in_doubt_is_paid_for_too(letters: Letters, clock: FakeClock) -> None:
    gateway = Sends("kannel")
    gateway.answer = Later("no answer", doubt=True)
    outbox = letters.outbox(gateway)  # type: ignore[arg-type]
    (letter,) = await letters.write("好" * 71)
    for _ in range(2):
        await outbox.drain()
        clock.advance(hours=1)
    row = await letters.row(letter)
    assert (row.state, row.parts, row.gateway) == ("queued", 4, "kannel")
    gateway.answer = Accepted("7")
    await outbox.drain()
    assert (await letters.row(letter)).parts == 6


# Areas

CAPABILITIES = {
    "gupo": FREE,
    "jiading": FREE,
    "county": FREE,
    "aliyun": TEMPLATES,
    "out": Capabilities(True, True, False),
}


async def a_county(database: Database, clock: FakeClock) -> None:
    """Two townships with a village each; a coordinator and women who can be reached."""
    blind = database.keyring.blind
    async with database.transaction() as tx:
        await save_places(
            tx,
            [
                Place(id="xf", kind="county", name="信丰县"),
                Place(id="gp", kind="township", name="古陂镇", parent_id="xf"),
                Place(id="jd", kind="township", name="嘉定镇", parent_id="xf"),
                Place(id="gp1", kind="village", name="阳枚村", parent_id="gp"),
                Place(id="jd1", kind="village", name="水北村", parent_id="jd"),
            ],
        )
        for n, place in ((1, "gp1"), (2, "jd"), (3, "xf")):
            await Staff.create(
                id=f"s{n}", name="x", phone=phone(n), phone_index=blind("phone", phone(n)), using_db=tx
            )
            await Post.create(
                id=f"p{n}",
                staff_id=f"s{n}",
                place_id=place,
                role="coordinator",
                state="active",
                since=clock(),
                using_db=tx,
            )
        for n, village in ((11, "gp1"), (12, "jd1")):
            await Woman.create(
                id=f"w{n}", village_id=village, phone_index=blind("phone", phone(n)), details={}, version=1,
                updated_at=clock(), using_db=tx,
            )  # fmt: skip
        for n, staff in ((21, "s2"), (22, None)):
            await Contact.create(id=f"c{n}", staff_id=staff, created_at=clock(), using_db=tx)
            await Address.create(
                id=f"a{n}", contact_id=f"c{n}", channel="sms", address=phone(n),
                address_index=blind("address", phone(n)), using_db=tx,
            )  # fmt: skip
        await ContactWoman.create(id="l", contact_id="c22", woman_id="w11", using_db=tx)


WHO = {
    "a coordinator by her own phone": (1, ["gupo"]),
    "a township by her own phone": (2, ["jiading"]),
    "the county": (3, ["county"]),
    "a woman": (11, ["gupo"]),
    "a woman of the other township": (12, ["jiading"]),
    "staff who write from another number": (21, ["jiading"]),
    "a family's phone": (22, ["gupo"]),
    "a stranger": (99, ["county"]),
}


@pytest.mark.parametrize("case", WHO)
async def test_a_number_is_served_by_the_gateway_of_its_place(
    database: Database, clock: FakeClock, case: str
) -> None:
    await a_county(database, clock)
    areas = Areas(database, CAPABILITIES, {"gp": ["gupo"], "jd": ["jiading"]}, ["county"])
    n, names = WHO[case]
    assert await areas(phone(n)) == names


async def test_one_gateway_for_all(database: Database) -> None:
    assert await Areas(database, CAPABILITIES, {}, ["county"])(phone(1)) == ["county"]
    assert await Areas(database, CAPABILITIES, {})(phone(1)) == ()


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["aliyun"], r"sms.areas.gp = \['aliyun'\]: no gateway here carries a conversation"),
        (["out"], "no gateway here carries"),
        ([], "no gateway here carries"),
        (["kanel", "gupo"], "sms.areas.gp = .*no gateway is called kanel"),
    ],
)
def test_an_area_must_be_able_to_talk(database: Database, names: list[str], why: str) -> None:
    with pytest.raises(BadAreas, match=why):
        Areas(database, CAPABILITIES, {"gp": names}, ["county"])
    with pytest.raises(BadAreas):
        Areas(database, CAPABILITIES, {}, names or ["aliyun"])


def test_templates_may_go_first(database: Database) -> None:
    Areas(database, CAPABILITIES, {"gp": ["aliyun", "gupo"]})


# The last look


async def heard(letters: Letters, text: str, to: str = "13800001234") -> None:
    """She wrote, and the pipeline stored it."""
    now, n = letters.clock(), letters._seq
    async with letters.database.transaction() as tx:
        await Inbound.create(
            id=f"i{n}{now.timestamp()}", channel="sms", provider_id=f"{n}{now.timestamp()}",
            contact_id=f"c{to}".ljust(32, "0"), payload={"kind": "text", "text": text, "button": ""},
            sent_at=now, received_at=now, state="done", using_db=tx,
        )  # fmt: skip


async def exchange(letters: Letters, outbox: Outbox, said: str, answer: str, kind: str = "reply") -> str:
    letters.clock.advance(seconds=20)
    (letter,) = await letters.write(answer, kind=kind)
    await heard(letters, said)
    await outbox.drain()
    ((state),) = await letters.states([letter])
    return state


def guarded(letters: Letters, gateway: Sends, **more: Any) -> Outbox:
    look = LastLook(letters.database, **more)
    return Outbox(letters.database, {"sms": channel(gateway)}, letters.clock, Random(1), look)


async def test_two_programs_do_not_talk_for_ever(letters: Letters) -> None:
    gateway = Sends("kannel")
    states = [
        # a new outbox each time: a restart forgets nothing
        await exchange(letters, guarded(letters, gateway), "您好，我现在开会", "没听懂，请再说一次")
        for _ in range(6)
    ]
    assert states == ["sent"] * 3 + ["expired"] * 3
    letters.clock.advance(minutes=10)
    assert (
        await exchange(letters, guarded(letters, gateway), "您好，我现在开会", "没听懂，请再说一次") == "sent"
    )


async def test_the_numbers_of_a_loop_may_be_changed(letters: Letters) -> None:
    outbox = guarded(letters, Sends("kannel"), loop=Loop(times=1))
    assert [await exchange(letters, outbox, "忙", "没听懂") for _ in range(3)] == [
        "sent",
        "expired",
        "expired",
    ]


async def test_the_same_answer_to_many_questions_is_no_loop(letters: Letters) -> None:
    outbox = guarded(letters, Sends("kannel"))
    states = [await exchange(letters, outbox, "没有", f"第{n}个问题？") for n in range(8)]
    assert states == ["sent"] * 8


async def test_danger_is_never_silenced(letters: Letters) -> None:
    outbox = guarded(letters, Sends("kannel"))
    for _ in range(5):
        await exchange(letters, outbox, "大出血", "马上打120")
    assert await exchange(letters, outbox, "大出血", "马上打120", kind="danger") == "sent"


async def test_a_letter_to_a_machine_is_dropped_before_it_is_offered(letters: Letters) -> None:
    gateway = Sends("kannel")
    ids = [*await letters.write("你好", to="10086"), *await letters.write("你好", to="13900000000")]
    await guarded(letters, gateway, own=["+8613900000000"]).drain()
    assert gateway.sent == []
    assert [(await letters.row(one)).error for one in ids] == ["a machine's number"] * 2


@pytest.mark.parametrize("before", range(60, 72))
async def test_what_was_filled_into_the_words_is_never_cut_apart(before: int) -> None:
    gateway = Sends("kannel")
    name = "欧阳春燕"
    text = render(T("好" * before + "{name}" + "好" * 70, name=name))
    stored = Letter("a1", text).as_payload()
    await channel(gateway, max_parts=1).send("13800001234", Letter.from_payload("a1", stored))
    ((_, said, _),) = gateway.sent
    assert sms_length(said).parts == 1
    assert name in said or set(said) == {"好", "…"}
    assert len(said) > 60


def test_a_letter_stored_by_an_older_program_is_read() -> None:
    payload = Letter("a1", "你好").as_payload()
    del payload["filled"]
    assert Letter.from_payload("a1", payload) == Letter("a1", "你好")


def test_sentences_filled_in_may_be_cut() -> None:
    said = render(T("她说：{words}（{name}）", words="肚子好痛" * 20, name=T("{name}家的", name="李梅")))
    assert said.filled == ("李梅",)
