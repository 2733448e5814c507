"""The tables. Personal and health data stand in encrypted columns only; what is searched for exactly has a
keyed blind index beside it (`*_index`). Ids are made by the caller, so rows can be written in bulk.
"""

from __future__ import annotations

from tortoise import fields

from storage.fields import EncryptedBytes, EncryptedJSON, EncryptedText, Moment, Table

ID = 32


class Place(Table):
    """One of the organisation's places: county, township, village, or an institution (助产机构)."""

    id = fields.CharField(max_length=ID, primary_key=True)
    parent: fields.ForeignKeyNullableRelation[Place] = fields.ForeignKeyField(
        "yunguan.Place", related_name="children", null=True, on_delete=fields.RESTRICT
    )
    parent_id: str | None
    kind = fields.CharField(max_length=16)
    name = fields.CharField(max_length=60)
    programme = fields.CharField(max_length=32, null=True)
    phone = fields.CharField(max_length=20, null=True)
    """the office's own number, given to whoever tells of a danger sign"""
    level = fields.IntField(null=True)
    """of a hospital: 1, 2 or 3 (一级, 二级, 三级), as it is accredited"""
    midwifery = fields.BooleanField(null=True)
    """of an institution or a township: whether deliveries are permitted there (助产技术); None: nobody said"""
    sector = fields.CharField(max_length=60, null=True)
    """of a township: the part of the county (片区) it belongs to"""

    class Meta:
        table = "place"


class Staff(Table):
    """A person who works for the programme. `pin`: what her PIN is known by (storage/pins.py), if she has one.
    `prefers`: the channel on which she wants what nobody asked for; None: where she wrote from last."""

    id = fields.CharField(max_length=ID, primary_key=True)
    name = EncryptedText()
    phone = EncryptedText()
    phone_index = fields.CharField(max_length=44, db_index=True)
    pin = fields.CharField(max_length=80, null=True)
    prefers = fields.CharField(max_length=16, null=True)

    class Meta:
        table = "staff"


class Post(Table):
    """An office somebody holds at a place. `state`: pending, active, revoked. `sector`: of a county's officer, the
    part of it (片区) she answers for."""

    id = fields.CharField(max_length=ID, primary_key=True)
    staff: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField(
        "yunguan.Staff", related_name="posts", db_index=True, on_delete=fields.RESTRICT
    )
    staff_id: str
    place: fields.ForeignKeyRelation[Place] = fields.ForeignKeyField(
        "yunguan.Place", related_name="posts", db_index=True, on_delete=fields.RESTRICT
    )
    place_id: str
    role = fields.CharField(max_length=16)
    state = fields.CharField(max_length=16)
    issuer: fields.ForeignKeyNullableRelation[Staff] = fields.ForeignKeyField(
        "yunguan.Staff", related_name="issued_posts", null=True, on_delete=fields.RESTRICT
    )
    issuer_id: str | None
    since = Moment()
    until = Moment(null=True)
    sector = fields.CharField(max_length=60, null=True)

    class Meta:
        table = "post"


class Contact(Table):
    """Somebody we talk with, on whatever channels. Not a phone, and not yet known to be anyone."""

    id = fields.CharField(max_length=ID, primary_key=True)
    staff: fields.ForeignKeyNullableRelation[Staff] = fields.ForeignKeyField(
        "yunguan.Staff", related_name="contacts", null=True, db_index=True, on_delete=fields.RESTRICT
    )
    staff_id: str | None
    locale = fields.CharField(max_length=8, default="zh_CN")
    created_at = Moment()
    opted_out_at = Moment(null=True)
    """since when she wants no reminders and notices (退订); kept for staff, but without effect"""
    opt_out_reason = EncryptedText(null=True)
    """her words for it"""
    silenced_at = Moment(null=True)
    """since when the number is said to be wrong (打错了): it is nobody's on the roster"""
    unsafe_at = Moment(null=True)
    """since when she says that it is not safe to write there (怕人看到)"""

    class Meta:
        table = "contact"


class ContactWoman(Table):
    """A woman who can be reached through a contact; several may share one phone."""

    id = fields.CharField(max_length=ID, primary_key=True)
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "yunguan.Contact", related_name="women", on_delete=fields.RESTRICT
    )
    contact_id: str
    woman: fields.ForeignKeyRelation[Woman] = fields.ForeignKeyField(
        "yunguan.Woman", related_name="contacts", db_index=True, on_delete=fields.RESTRICT
    )
    woman_id: str
    consent = fields.CharField(max_length=8, null=True)
    """to being reminded here: asked, yes or no; None: nobody has asked; wrong: the number is another woman's since"""
    consent_at = Moment(null=True)

    class Meta:
        table = "contact_woman"
        unique_together = (("contact", "woman"),)


class Address(Table):
    """One channel's address of a contact. `state`: active, blocked (she blocked the bot), revoked."""

    id = fields.CharField(max_length=ID, primary_key=True)
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "yunguan.Contact", related_name="addresses", db_index=True, on_delete=fields.RESTRICT
    )
    contact_id: str
    channel = fields.CharField(max_length=16)
    address = EncryptedText()
    address_index = fields.CharField(max_length=44)
    state = fields.CharField(max_length=16, default="active")
    last_inbound_at = Moment(null=True)

    class Meta:
        table = "address"
        unique_together = (("channel", "address_index"),)


class Session(Table):
    """Where a contact's conversation stands: the engine's plain data, encrypted.

    `next_check_at`: when an unfinished draft is looked at again.
    """

    contact: fields.OneToOneRelation[Contact] = fields.OneToOneField(
        "yunguan.Contact", related_name="session", primary_key=True, on_delete=fields.RESTRICT
    )
    contact_id: str
    data = EncryptedJSON()
    version = fields.IntField()
    updated_at = Moment()
    next_check_at = Moment(null=True, db_index=True)

    class Meta:
        table = "session"


class Inbound(Table):
    """A message that came in, once per channel and provider id. `state`: done, or set_aside (see `error`)."""

    id = fields.CharField(max_length=ID, primary_key=True)
    channel = fields.CharField(max_length=16)
    provider_id = fields.CharField(max_length=80)
    contact: fields.ForeignKeyNullableRelation[Contact] = fields.ForeignKeyField(
        "yunguan.Contact", related_name="inbound", null=True, db_index=True, on_delete=fields.RESTRICT
    )
    contact_id: str | None
    payload = EncryptedJSON()
    sent_at = Moment()
    received_at = Moment()
    state = fields.CharField(max_length=16)
    error = fields.CharField(max_length=200, null=True)

    class Meta:
        table = "inbound"
        unique_together = (("channel", "provider_id"),)


class Woman(Table):
    """A woman on the roster; what is known of her follows from her reports (`details`, see roster.py).
    `prefers`: the channel on which she wants to be reminded; None: nobody chose."""

    id = fields.CharField(max_length=ID, primary_key=True)
    village: fields.ForeignKeyNullableRelation[Place] = fields.ForeignKeyField(
        "yunguan.Place", related_name="women", null=True, on_delete=fields.RESTRICT
    )
    village_id: str | None
    name_index = fields.CharField(max_length=44, null=True)
    resident_id_index = fields.CharField(max_length=44, null=True, db_index=True)
    phone_index = fields.CharField(max_length=44, null=True, db_index=True)
    details = EncryptedJSON()
    version = fields.IntField()
    updated_at = Moment()
    prefers = fields.CharField(max_length=16, null=True)

    class Meta:
        table = "woman"
        indexes = (("village_id", "name_index"),)


class Pregnancy(Table):
    """One pregnancy. `open` until an end is reported; `next_check_at` finds what is due."""

    id = fields.CharField(max_length=ID, primary_key=True)
    woman: fields.ForeignKeyRelation[Woman] = fields.ForeignKeyField(
        "yunguan.Woman", related_name="pregnancies", db_index=True, on_delete=fields.RESTRICT
    )
    woman_id: str
    open = fields.BooleanField()
    details = EncryptedJSON()
    next_check_at = Moment(null=True, db_index=True)

    class Meta:
        table = "pregnancy"


class Child(Table):
    """A child, born to a pregnancy on the roster or reported by its mother's name only."""

    id = fields.CharField(max_length=ID, primary_key=True)
    woman: fields.ForeignKeyRelation[Woman] = fields.ForeignKeyField(
        "yunguan.Woman", related_name="children", db_index=True, on_delete=fields.RESTRICT
    )
    woman_id: str
    pregnancy: fields.ForeignKeyNullableRelation[Pregnancy] = fields.ForeignKeyField(
        "yunguan.Pregnancy", related_name="children", null=True, on_delete=fields.RESTRICT
    )
    pregnancy_id: str | None
    details = EncryptedJSON()

    class Meta:
        table = "child"


class Report(Table):
    """One version of one report, whole. `is_latest` marks the newest version."""

    id = fields.CharField(max_length=48, primary_key=True)
    """`report_id.version`"""
    report_id = fields.CharField(max_length=ID)
    version = fields.IntField()
    supersedes = fields.IntField(null=True)
    is_latest = fields.BooleanField()
    withdrawn = fields.BooleanField()
    event = fields.CharField(max_length=32)
    woman: fields.ForeignKeyRelation[Woman] = fields.ForeignKeyField(
        "yunguan.Woman", related_name="reports", db_index=True, on_delete=fields.RESTRICT
    )
    woman_id: str
    pregnancy: fields.ForeignKeyNullableRelation[Pregnancy] = fields.ForeignKeyField(
        "yunguan.Pregnancy", related_name="reports", null=True, on_delete=fields.RESTRICT
    )
    pregnancy_id: str | None
    village: fields.ForeignKeyNullableRelation[Place] = fields.ForeignKeyField(
        "yunguan.Place", related_name="reports", null=True, on_delete=fields.RESTRICT
    )
    village_id: str | None
    subject_ids: fields.JSONField[list[str]] = fields.JSONField()
    event_time = EncryptedText(null=True)
    known_time = Moment()
    recorded_time = Moment()
    author: fields.ForeignKeyNullableRelation[Staff] = fields.ForeignKeyField(
        "yunguan.Staff", related_name="reports", null=True, on_delete=fields.RESTRICT
    )
    author_id: str | None
    author_role = fields.CharField(max_length=16)
    channel = fields.CharField(max_length=16)
    channel_trust = fields.CharField(max_length=8)
    verification = fields.CharField(max_length=16)
    programme = fields.CharField(max_length=32)
    schema_version = fields.IntField()
    body = EncryptedJSON()
    inbound: fields.ForeignKeyNullableRelation[Inbound] = fields.ForeignKeyField(
        "yunguan.Inbound", related_name="reports", null=True, on_delete=fields.RESTRICT
    )
    inbound_id: str | None

    class Meta:
        table = "report"
        unique_together = (("report_id", "version"),)
        indexes = (("author_id", "is_latest", "recorded_time"),)


class Outgoing(Table):
    """The outbox of messages to people. States: bot/outbox/states.py.

    `lane` orders what must stay in order (a contact's messages); `seq` is the order in it. `gateway`, `parts`,
    `handed_at`: which SMS gateway has it, what it costs, and since when. `next_check_at`: when to look whether
    what it asks was answered.
    """

    id = fields.CharField(max_length=ID, primary_key=True)
    seq = fields.BigIntField(db_index=True)
    lane = fields.CharField(max_length=ID)
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "yunguan.Contact", related_name="outgoing", on_delete=fields.RESTRICT
    )
    contact_id: str
    channel = fields.CharField(max_length=16)
    address = EncryptedText()
    kind = fields.CharField(max_length=16)
    payload = EncryptedJSON()
    state = fields.CharField(max_length=16)
    attempts = fields.IntField()
    due_at = Moment()
    expires_at = Moment()
    lease_until = Moment(null=True)
    provider_message_id = fields.CharField(max_length=80, null=True)
    error = fields.CharField(max_length=200, null=True)
    created_at = Moment()
    updated_at = Moment()
    gateway = fields.CharField(max_length=32, null=True)
    parts = fields.IntField(null=True)
    handed_at = Moment(null=True)
    next_check_at = Moment(null=True, db_index=True)

    class Meta:
        table = "outgoing"
        indexes = (
            ("state", "due_at"),
            ("lane", "state"),
            ("channel", "state", "kind", "seq"),
            ("gateway", "handed_at"),
            ("channel", "handed_at"),
        )


class Delivery(Table):
    """The outbox to the county system: one row a report version. `lane` is the pregnancy (or the woman)."""

    id = fields.CharField(max_length=48, primary_key=True)
    """`report_id.version`, the stable webhook id"""
    seq = fields.BigIntField(db_index=True)
    lane = fields.CharField(max_length=ID)
    destination = fields.CharField(max_length=32)
    event = fields.CharField(max_length=32)
    payload = EncryptedText()
    """the exact JSON body to be signed and sent"""
    state = fields.CharField(max_length=16)
    attempts = fields.IntField()
    due_at = Moment()
    lease_until = Moment(null=True)
    last_status = fields.IntField(null=True)
    error = fields.CharField(max_length=200, null=True)
    created_at = Moment()
    updated_at = Moment()

    class Meta:
        table = "delivery"
        indexes = (("state", "due_at"), ("lane", "state"), ("destination", "state", "seq"))


class Destination(Table):
    """A county system we deliver to; `paused` after an answer that says our account is wrong."""

    name = fields.CharField(max_length=32, primary_key=True)
    paused = fields.BooleanField(default=False)
    reason = fields.CharField(max_length=200, null=True)
    since = Moment(null=True)

    class Meta:
        table = "destination"


class Invitation(Table):
    """A staff code (加入码), bound to an expected phone. `state`: open, claimed, confirmed, refused.

    `claimed_pin`: what the joiner's PIN is known by, for when she is let in.
    """

    id = fields.CharField(max_length=ID, primary_key=True)
    code_index = fields.CharField(max_length=44, unique=True)
    role = fields.CharField(max_length=16)
    place: fields.ForeignKeyRelation[Place] = fields.ForeignKeyField(
        "yunguan.Place", related_name="invitations", on_delete=fields.RESTRICT
    )
    place_id: str
    issuer: fields.ForeignKeyNullableRelation[Staff] = fields.ForeignKeyField(
        "yunguan.Staff", related_name="invitations", null=True, on_delete=fields.RESTRICT
    )
    issuer_id: str | None
    issuer_contact: fields.ForeignKeyNullableRelation[Contact] = fields.ForeignKeyField(
        "yunguan.Contact", related_name="invitations", null=True, on_delete=fields.RESTRICT
    )
    issuer_contact_id: str | None
    phone = EncryptedText()
    state = fields.CharField(max_length=16)
    created_at = Moment()
    expires_at = Moment()
    claimed_by: fields.ForeignKeyNullableRelation[Contact] = fields.ForeignKeyField(
        "yunguan.Contact", related_name="claims", null=True, on_delete=fields.RESTRICT
    )
    claimed_by_id: str | None
    claimed_name = EncryptedText(null=True)
    claimed_pin = fields.CharField(max_length=80, null=True)
    sector = fields.CharField(max_length=60, null=True)

    class Meta:
        table = "invitation"


class WomanLink(Table):
    """A link by which a woman asks to be written to where she opens it: a secret that says nothing of her, used once.
    `state`: open, claimed, confirmed, refused. `issuer`: the colleague it was made for."""

    id = fields.CharField(max_length=ID, primary_key=True)
    token_index = fields.CharField(max_length=44, unique=True)
    woman: fields.ForeignKeyRelation[Woman] = fields.ForeignKeyField(
        "yunguan.Woman", related_name="links", db_index=True, on_delete=fields.RESTRICT
    )
    woman_id: str
    issuer: fields.ForeignKeyNullableRelation[Contact] = fields.ForeignKeyField(
        "yunguan.Contact", related_name="links_made", null=True, on_delete=fields.RESTRICT
    )
    issuer_id: str | None
    state = fields.CharField(max_length=16)
    created_at = Moment()
    expires_at = Moment()
    claimed_by: fields.ForeignKeyNullableRelation[Contact] = fields.ForeignKeyField(
        "yunguan.Contact", related_name="links_claimed", null=True, on_delete=fields.RESTRICT
    )
    claimed_by_id: str | None
    decided_at = Moment(null=True)

    class Meta:
        table = "woman_link"


class Attempt(Table):
    """Tries with a code, per contact, purpose and local day."""

    id = fields.CharField(max_length=120, primary_key=True)
    """`contact_id:purpose:YYYY-MM-DD`"""
    count = fields.IntField()

    class Meta:
        table = "attempt"


class CareAct(Table):
    """Something that was due to a woman, or to somebody because of her: once a case and key (conversations/care/plan.py).

    `kind`: consent, remind, task, notice; word: what she said unasked that stops the rest. `to_role`: woman, coordinator, township. `state`: made, sent, answered,
    done, skipped; `reason`: why it was skipped or ended, of conversations/care/case.py. `answer`: her word; `said`:
    what she said with it, the day and the place, as far as she did.
    `letter_id`: what told it, made anew at sending; of a digest that went to several, one of them.
    `useful_until`: later it is not told any more. `next_check_at`: when a task goes into the next digest, or is
    looked at whether it got there.
    """

    id = fields.CharField(max_length=ID, primary_key=True)
    woman: fields.ForeignKeyRelation[Woman] = fields.ForeignKeyField(
        "yunguan.Woman", related_name="acts", db_index=True, on_delete=fields.RESTRICT
    )
    woman_id: str
    pregnancy: fields.ForeignKeyRelation[Pregnancy] = fields.ForeignKeyField(
        "yunguan.Pregnancy", related_name="acts", db_index=True, on_delete=fields.RESTRICT
    )
    pregnancy_id: str
    place: fields.ForeignKeyNullableRelation[Place] = fields.ForeignKeyField(
        "yunguan.Place", related_name="acts", null=True, on_delete=fields.RESTRICT
    )
    place_id: str | None
    key = EncryptedText()
    kind = fields.CharField(max_length=8)
    to_role = fields.CharField(max_length=16)
    made_at = Moment()
    useful_until = Moment()
    state = fields.CharField(max_length=8)
    reason = fields.CharField(max_length=20, null=True)
    answer = EncryptedText(null=True)
    said = EncryptedJSON(null=True)
    answered_at = Moment(null=True)
    answered_by: fields.ForeignKeyNullableRelation[Contact] = fields.ForeignKeyField(
        "yunguan.Contact", related_name="acts_answered", null=True, db_index=True, on_delete=fields.RESTRICT
    )
    answered_by_id: str | None
    letter_id = fields.CharField(max_length=ID, null=True)
    next_check_at = Moment(null=True, db_index=True)

    class Meta:
        table = "care_act"
        indexes = (("place_id", "to_role", "state"),)


class Alert(Table):
    """Something that must be taken by somebody: told to ever higher levels, and again, until it is acknowledged.

    `kind` names the ladder (conversations/flows/alerts.py), `level` the highest rung told, -1 for none yet.
    `next_check_at`: when to go on; None: nothing more follows. Who was told and when: `alert_told`.
    """

    id = fields.CharField(max_length=ID, primary_key=True)
    kind = fields.CharField(max_length=16)
    place: fields.ForeignKeyNullableRelation[Place] = fields.ForeignKeyField(
        "yunguan.Place", related_name="alerts", null=True, on_delete=fields.RESTRICT
    )
    place_id: str | None
    woman: fields.ForeignKeyNullableRelation[Woman] = fields.ForeignKeyField(
        "yunguan.Woman", related_name="alerts", null=True, db_index=True, on_delete=fields.RESTRICT
    )
    woman_id: str | None
    reporter: fields.ForeignKeyNullableRelation[Contact] = fields.ForeignKeyField(
        "yunguan.Contact", related_name="alerts_raised", null=True, db_index=True, on_delete=fields.RESTRICT
    )
    reporter_id: str | None
    raised_at = Moment()
    level = fields.IntField()
    acknowledged_by: fields.ForeignKeyNullableRelation[Contact] = fields.ForeignKeyField(
        "yunguan.Contact", related_name="alerts_taken", null=True, on_delete=fields.RESTRICT
    )
    acknowledged_by_id: str | None
    acknowledged_at = Moment(null=True)
    next_check_at = Moment(null=True, db_index=True)
    details = EncryptedJSON()

    class Meta:
        table = "alert"


class AlertTold(Table):
    """Somebody who was told of an alert. `number`: what she calls it where there are no buttons.

    `letter_id`: the last letter that told her, for as long as the outbox has it.
    """

    id = fields.CharField(max_length=ID, primary_key=True)
    alert: fields.ForeignKeyRelation[Alert] = fields.ForeignKeyField(
        "yunguan.Alert", related_name="told", on_delete=fields.RESTRICT
    )
    alert_id: str
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "yunguan.Contact", related_name="alerts_told", db_index=True, on_delete=fields.RESTRICT
    )
    contact_id: str
    number = fields.IntField()
    first_at = Moment()
    last_at = Moment()
    times = fields.IntField()
    letter_id = fields.CharField(max_length=ID)

    class Meta:
        table = "alert_told"
        unique_together = (("alert", "contact"),)


class Clock(Table):
    """A duty with a time (conversations/care/clocks.py). `state`: running, stopped; `ended`: acknowledged, done, or
    void where its reason is gone.

    `cause`: the report it came from, or its period. `details`: its name, times and what has been done for it.
    `next_check_at`: when its owner is warned, or it is overdue; afterwards its alert goes on by itself.
    """

    id = fields.CharField(max_length=ID, primary_key=True)
    cause = fields.CharField(max_length=64, db_index=True)
    owner = fields.CharField(max_length=16)
    details = EncryptedJSON()
    started_at = Moment()
    due_at = Moment()
    next_check_at = Moment(null=True, db_index=True)
    state = fields.CharField(max_length=8)
    stopped_at = Moment(null=True)
    ended = fields.CharField(max_length=16, null=True)
    alert: fields.ForeignKeyNullableRelation[Alert] = fields.ForeignKeyField(
        "yunguan.Alert", related_name="clocks", null=True, db_index=True, on_delete=fields.RESTRICT
    )
    alert_id: str | None
    place: fields.ForeignKeyRelation[Place] = fields.ForeignKeyField(
        "yunguan.Place", related_name="clocks", on_delete=fields.RESTRICT
    )
    place_id: str
    pregnancy: fields.ForeignKeyNullableRelation[Pregnancy] = fields.ForeignKeyField(
        "yunguan.Pregnancy", related_name="clocks", null=True, on_delete=fields.RESTRICT
    )
    pregnancy_id: str | None
    woman: fields.ForeignKeyNullableRelation[Woman] = fields.ForeignKeyField(
        "yunguan.Woman", related_name="clocks", null=True, on_delete=fields.RESTRICT
    )
    woman_id: str | None

    class Meta:
        table = "clock"
        indexes = (("woman_id", "state"), ("place_id", "state"))


class QuarterlyCount(Table):
    """One version of the counts an institution fills in for a quarter (conversations/papers/hospital_counts.py): they
    speak of no woman, so they are no report. `form_id` follows from place and period; `is_latest`: the newest version.
    """

    id = fields.CharField(max_length=48, primary_key=True)
    """`form_id.version`"""
    form_id = fields.CharField(max_length=ID)
    version = fields.IntField()
    is_latest = fields.BooleanField()
    period = fields.CharField(max_length=8)
    """2026Q3"""
    recorded_time = Moment()
    counts = EncryptedJSON()
    """name -> number; what was passed over is not in it"""
    author: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField(
        "yunguan.Staff", related_name="counts", on_delete=fields.RESTRICT
    )
    author_id: str
    inbound: fields.ForeignKeyNullableRelation[Inbound] = fields.ForeignKeyField(
        "yunguan.Inbound", related_name="counts", null=True, on_delete=fields.RESTRICT
    )
    inbound_id: str | None
    place: fields.ForeignKeyRelation[Place] = fields.ForeignKeyField(
        "yunguan.Place", related_name="counts", on_delete=fields.RESTRICT
    )
    place_id: str

    class Meta:
        table = "quarterly_count"
        unique_together = (("form_id", "version"),)
        indexes = (("place_id", "period"),)


class CountyKey(Table):
    """A key with which the county system calls us: its keyed hash only. Two may be valid at a time."""

    id = fields.CharField(max_length=ID, primary_key=True)
    place: fields.ForeignKeyRelation[Place] = fields.ForeignKeyField(
        "yunguan.Place", related_name="keys", on_delete=fields.RESTRICT
    )
    place_id: str
    key_index = fields.CharField(max_length=44, unique=True)
    created_at = Moment()
    revoked_at = Moment(null=True)

    class Meta:
        table = "county_key"


class FileJob(Table):
    """A file somebody asked for (bot/files/making.py). `state`: wanted, making, made; the row goes with the file, that of a
    link a day after it (over).

    `role`, `place`: the office she asked in; another one by now, and she asks again. `params`: what exactly. `tries`:
    how often it was begun; `progress_at`: when she was told that it takes a while. Of what is made: `name`, as it is
    called on her side; `women`, whom it shows, with why; `token_index`: by what a link finds it, None for a document;
    `letter_id`: what hands it over. `expires_at`: when a link ends; `fetched_at`: when it was first used.
    """

    id = fields.CharField(max_length=ID, primary_key=True)
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "yunguan.Contact", related_name="files", on_delete=fields.RESTRICT
    )
    contact_id: str
    staff: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField(
        "yunguan.Staff", related_name="files", on_delete=fields.RESTRICT
    )
    staff_id: str
    address: fields.ForeignKeyRelation[Address] = fields.ForeignKeyField(
        "yunguan.Address", related_name="files", on_delete=fields.RESTRICT
    )
    address_id: str
    place: fields.ForeignKeyRelation[Place] = fields.ForeignKeyField(
        "yunguan.Place", related_name="files", on_delete=fields.RESTRICT
    )
    place_id: str
    role = fields.CharField(max_length=16)
    what = fields.CharField(max_length=8)
    params = EncryptedJSON()
    state = fields.CharField(max_length=8)
    tries = fields.IntField()
    created_at = Moment()
    progress_at = Moment(null=True)
    next_check_at = Moment(null=True, db_index=True)
    name = fields.CharField(max_length=60, null=True)
    women = EncryptedJSON(null=True)
    token_index = fields.CharField(max_length=44, null=True, unique=True)
    letter_id = fields.CharField(max_length=ID, null=True)
    expires_at = Moment(null=True)
    fetched_at = Moment(null=True)

    class Meta:
        table = "file_job"


class FilePiece(Table):
    """A part of a file that is made: encrypted, and gone with it."""

    id = fields.CharField(max_length=48, primary_key=True)
    """`job_id:number`"""
    job: fields.ForeignKeyRelation[FileJob] = fields.ForeignKeyField(
        "yunguan.FileJob", related_name="pieces", db_index=True, on_delete=fields.CASCADE
    )
    job_id: str
    number = fields.IntField()
    content = EncryptedBytes()

    class Meta:
        table = "file_piece"


class Audit(Table):
    """Who did or saw what of whom, by pseudonymous ids. Written, never changed: the database refuses it, and each row
    carries a seal over itself and the row before it (storage/chain.py).

    `subject`: the woman; `record`: what else it is about (a report's version, an alert, an invitation …); `why`: by
    what she was shown. Rows from before there were seals have numbers below 1.
    """

    seq = fields.BigIntField(primary_key=True, generated=False)
    at = Moment()
    actor = fields.CharField(max_length=ID)
    role = fields.CharField(max_length=16)
    action = fields.CharField(max_length=40)
    subject = fields.CharField(max_length=ID, null=True, db_index=True)
    record = fields.CharField(max_length=48, null=True)
    why = fields.CharField(max_length=40, null=True)
    channel = fields.CharField(max_length=16)
    outcome = fields.CharField(max_length=16)
    mac = fields.CharField(max_length=44)

    class Meta:
        table = "audit"


class Erasure(Table):
    """A woman who was erased (bot/privacy/erasing.py), by her id only: a restored backup forgets her again.

    `why`: wish, or retention.
    """

    woman_id = fields.CharField(max_length=ID, primary_key=True)
    at = Moment()
    why = fields.CharField(max_length=16)

    class Meta:
        table = "erasure"


class Assignment(Table):
    """Who answers for a woman's case by name (包保). `until`: when somebody else took over; None: now."""

    id = fields.CharField(max_length=ID, primary_key=True)
    woman: fields.ForeignKeyRelation[Woman] = fields.ForeignKeyField(
        "yunguan.Woman", related_name="assignments", db_index=True, on_delete=fields.RESTRICT
    )
    woman_id: str
    pregnancy: fields.ForeignKeyRelation[Pregnancy] = fields.ForeignKeyField(
        "yunguan.Pregnancy", related_name="assignments", on_delete=fields.RESTRICT
    )
    pregnancy_id: str
    staff: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField(
        "yunguan.Staff", related_name="assignments", on_delete=fields.RESTRICT
    )
    staff_id: str
    issuer: fields.ForeignKeyNullableRelation[Staff] = fields.ForeignKeyField(
        "yunguan.Staff", related_name="assignments_made", null=True, on_delete=fields.RESTRICT
    )
    issuer_id: str | None
    since = Moment()
    until = Moment(null=True)

    class Meta:
        table = "assignment"
        indexes = (("pregnancy_id", "until"), ("staff_id", "until"))


class Announcement(Table):
    """A notice to many (通知). `audience`: coordinators, townships, institutions, women. `left_out`: how many it was meant
    for and nobody could write to. `next_check_at`: when its writer is told what became of it.
    """

    id = fields.CharField(max_length=ID, primary_key=True)
    staff: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField(
        "yunguan.Staff", related_name="announcements", on_delete=fields.RESTRICT
    )
    staff_id: str
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "yunguan.Contact", related_name="announcements", on_delete=fields.RESTRICT
    )
    contact_id: str
    place: fields.ForeignKeyRelation[Place] = fields.ForeignKeyField(
        "yunguan.Place", related_name="announcements", on_delete=fields.RESTRICT
    )
    place_id: str
    audience = fields.CharField(max_length=16)
    words = EncryptedText()
    acknowledge = fields.BooleanField()
    left_out = fields.IntField()
    created_at = Moment()
    next_check_at = Moment(null=True, db_index=True)

    class Meta:
        table = "announcement"
        indexes = (("staff_id", "created_at"),)


class AnnouncementTold(Table):
    """Somebody a notice went to, and whether she said 收到. `pregnancy`: of which woman's, where it went to one."""

    id = fields.CharField(max_length=ID, primary_key=True)
    announcement: fields.ForeignKeyRelation[Announcement] = fields.ForeignKeyField(
        "yunguan.Announcement", related_name="told", db_index=True, on_delete=fields.RESTRICT
    )
    announcement_id: str
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "yunguan.Contact", related_name="announcements_told", on_delete=fields.RESTRICT
    )
    contact_id: str
    pregnancy: fields.ForeignKeyNullableRelation[Pregnancy] = fields.ForeignKeyField(
        "yunguan.Pregnancy", related_name="announcements", null=True, on_delete=fields.RESTRICT
    )
    pregnancy_id: str | None
    letter_id = fields.CharField(max_length=ID, null=True)
    acknowledged_at = Moment(null=True)

    class Meta:
        table = "announcement_told"
        indexes = (("contact_id", "acknowledged_at"),)


class Monthly(Table):
    """The summary of a month (bot/monthly.py) for an office, or for a colleague who asked for it (`contact`).

    `period`: 2026-10. `due_at`: when it is, by the programme; `told_at`: when it was told, once. `next_check_at`: when to
    tell it; None: it was told, or is too old to be.
    """

    id = fields.CharField(max_length=ID, primary_key=True)
    role = fields.CharField(max_length=16)
    period = fields.CharField(max_length=8)
    due_at = Moment()
    told_at = Moment(null=True)
    next_check_at = Moment(null=True, db_index=True)
    contact: fields.ForeignKeyNullableRelation[Contact] = fields.ForeignKeyField(
        "yunguan.Contact", related_name="summaries", null=True, on_delete=fields.RESTRICT
    )
    contact_id: str | None
    place: fields.ForeignKeyRelation[Place] = fields.ForeignKeyField(
        "yunguan.Place", related_name="summaries", on_delete=fields.RESTRICT
    )
    place_id: str

    class Meta:
        table = "monthly"


class Setting(Table):
    """Small facts about the database itself: the demonstration mark, a polling offset, the key check."""

    key = fields.CharField(max_length=60, primary_key=True)
    value = fields.CharField(max_length=400)

    class Meta:
        table = "setting"
