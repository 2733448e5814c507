"""Nothing personal stands in the files of the database; and the search that says so finds what it should."""

import base64
import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from storage.bulk import insert_many
from storage.database import Database
from storage.models import (
    Address,
    Child,
    Contact,
    Delivery,
    Inbound,
    Invitation,
    Outgoing,
    Place,
    Pregnancy,
    Report,
    Session,
    Staff,
    Woman,
)
from tests.support import people
from tests.support.clock import FakeClock
from tests.support.databases import files_of
from tests.support.leaks import assert_nothing_leaks, leaks_in
from tests.support.postgres import Server

NAMES = ["阿依古丽·买买提", "欧阳秀英", "王芳", "李梅花", "Anna Petrowna"]
PHONES = [people.phone(n) for n in range(len(NAMES))]
IDENTITIES = [
    people.resident_id(date(1996, 2, 29) + timedelta(days=n), "female", n) for n in range(len(NAMES))
]
ADDRESSES = ["telegram-8812345678", "+8613900000077"]
SAID = "昨天夜里在县医院生了个男孩"
SECRETS = [*NAMES, *PHONES, *IDENTITIES, *ADDRESSES, SAID]


async def write_everything(database: Database, clock: FakeClock) -> None:
    """A row in every table that holds personal data, with the secrets wherever they can stand."""
    now = clock()
    everything = {"said": SAID, "names": NAMES, "phones": PHONES, "ids": IDENTITIES, "to": ADDRESSES}
    blind = database.keyring.blind
    sending = {"state": "queued", "attempts": 0, "due_at": now, "created_at": now, "updated_at": now}
    async with database.transaction() as tx:
        await insert_many(tx, Place, [Place(id="v", kind="village", name="某村")])
        staff = Staff(id="s", name=NAMES[0], phone=PHONES[0], phone_index=blind("phone", PHONES[0]))
        await insert_many(tx, Staff, [staff])
        await insert_many(tx, Contact, [Contact(id="c", staff_id="s", created_at=now)])
        for number, to in enumerate(ADDRESSES):
            address = Address(id=f"a{number}", contact_id="c", channel="x", address=to)
            address.address_index = blind("address", to)
            await address.save(using_db=tx)
        await Session(contact_id="c", data=everything, version=1, updated_at=now).save(using_db=tx)
        times = {"sent_at": now, "received_at": now}
        inbound = Inbound(id="i", channel="x", provider_id="1", payload=everything, state="done", **times)
        await insert_many(tx, Inbound, [inbound])
        women = [
            Woman(
                id=f"w{number}",
                village_id="v",
                name_index=blind("name", name),
                resident_id_index=blind("resident_id", identity),
                phone_index=blind("phone", phone),
                details=everything,
                version=1,
                updated_at=now,
            )
            for number, (name, identity, phone) in enumerate(zip(NAMES, IDENTITIES, PHONES, strict=True))
        ]
        await insert_many(tx, Woman, women)
        await Pregnancy(id="p", woman_id="w0", open=True, details=everything).save(using_db=tx)
        await Child(id="k", woman_id="w0", pregnancy_id="p", details=everything).save(using_db=tx)
        report = Report(
            id="r.1",
            report_id="r",
            version=1,
            is_latest=True,
            withdrawn=False,
            event="birth",
            woman_id="w0",
            subject_ids=["w0"],
            event_time=SAID,
            known_time=now,
            recorded_time=now,
            author_role="coordinator",
            channel="x",
            channel_trust="high",
            verification="unverified",
            programme="national",
            schema_version=1,
            body=everything,
        )
        await insert_many(tx, Report, [report])
        to_her = Outgoing(
            id="o", seq=1, lane="c", contact_id="c", channel="x", kind="reply", expires_at=now, **sending
        )
        to_her.address, to_her.payload = ADDRESSES[0], everything
        await to_her.save(using_db=tx)
        delivery = Delivery(id="r.1", seq=1, lane="p", destination="county", event="birth", **sending)
        delivery.payload = json.dumps(everything, ensure_ascii=False)
        await delivery.save(using_db=tx)
        invitation = Invitation(id="n", code_index=blind("code", "K7M2Q9"), role="coordinator", place_id="v")
        invitation.phone, invitation.claimed_name, invitation.state = PHONES[1], NAMES[1], "claimed"
        invitation.created_at = invitation.expires_at = now
        await invitation.save(using_db=tx)


async def test_no_file_of_the_database_holds_a_secret(
    database: Database, clock: FakeClock, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    await write_everything(database, clock)
    assert (await Woman.get(id="w0")).details["names"] == NAMES
    server: Server | None = (
        request.getfixturevalue("postgres_server") if database.dialect == "postgres" else None
    )
    files = await files_of(database, server)
    assert_nothing_leaks(files, SECRETS)
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in files:
        shutil.copy(file, copy)
    assert_nothing_leaks([copy], SECRETS)


async def test_the_search_finds_what_stands_in_a_column_by_mistake(
    database: Database, clock: FakeClock, request: pytest.FixtureRequest
) -> None:
    async with database.transaction() as tx:
        await Place(id="v", kind="village", name=NAMES[2]).save(using_db=tx)
    server: Server | None = (
        request.getfixturevalue("postgres_server") if database.dialect == "postgres" else None
    )
    files = await files_of(database, server)
    with pytest.raises(AssertionError, match=f"{NAMES[2]} as UTF-8"):
        assert_nothing_leaks(files, SECRETS)


WAYS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": lambda s: s.encode(),
    "UTF-16LE": lambda s: s.encode("utf-16-le"),
    "UTF-16BE": lambda s: s.encode("utf-16-be"),
    "GB 18030": lambda s: s.encode("gb18030"),
    "JSON": lambda s: json.dumps({"name": s}).encode(),
    "escaped": lambda s: "".join(f"\\u{ord(c):04X}" for c in s).encode(),
    "hexadecimal": lambda s: s.encode().hex().encode(),
    "base64 at 0": lambda s: base64.b64encode(f"{s} and more".encode()),
    "base64 at 1": lambda s: base64.b64encode(f"x{s} and more".encode()),
    "base64 at 2": lambda s: base64.b64encode(f"xy{s}".encode()),
    "base64url": lambda s: base64.urlsafe_b64encode(f"xyz{s}".encode()),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("secret", SECRETS)
def test_the_search_finds_a_secret_in_every_form(tmp_path: Path, secret: str, way: str) -> None:
    file = tmp_path / "leaky"
    file.write_bytes(b"\x00before " + WAYS[way](secret) + b" after\xff")
    with pytest.raises(AssertionError, match="leaky"):
        assert_nothing_leaks([tmp_path], [secret])


def test_the_search_finds_nothing_where_nothing_is(tmp_path: Path) -> None:
    assert leaks_in(b"nothing to see here", SECRETS) == []
    with pytest.raises(AssertionError, match="nothing to search in"):
        assert_nothing_leaks([tmp_path], SECRETS)
    with pytest.raises(AssertionError, match="too short"):
        leaks_in(b"", ["12"])
