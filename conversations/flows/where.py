"""In which village she lives, and in what place it happened."""

from __future__ import annotations

import re
from typing import Any

from conversations.engine.flow import Choice, Context, Step
from conversations.engine.state import Talk
from conversations.records import CHILD_FIELDS
from conversations.text import Refusal, T, Text, plain
from conversations.understanding.normalise import normalise

FEW = 8
"""Villages that are offered to choose from; of more, one is named."""


def _villages(talk: Talk, context: Context) -> tuple[Choice, ...]:
    """Her villages, where they are few enough to choose from."""
    villages = context.speaker.villages
    if len(villages) > FEW:
        return ()
    return tuple(Choice(v.id, plain(v.name), (v.name.removesuffix("村"),)) for v in villages)


VILLAGE = Step(
    "village_id",
    T("她住在哪个村？"),
    required=True,
    choices=_villages,
    help=T("直接说村名也行。"),
)


def settle_village(talk: Talk, context: Context) -> None:
    """One village: it is that one. The name follows from the id."""
    villages = context.speaker.villages
    if not talk.answers.get("village_id") and len(villages) == 1:
        talk.answers["village_id"] = villages[0].id
    village = context.speaker.village(talk.answers.get("village_id"))
    if village is not None:
        talk.answers["village"] = village.name


def here(talk: Talk, context: Context) -> None:
    """What an institution reports happened there, unless it says where."""
    if context.speaker.role != "institution" or talk.amends is not None:
        return
    elsewhere = talk.told("place_kind") and talk.answers["place_kind"] != "hospital"
    talk.draw("place_kind", "hospital")
    talk.draw("institution", None if elsewhere else context.speaker.place_name)


_HOSPITAL = re.compile(
    r"(?:^|[在去到是])((?![在去到是])[\u4e00-\u9fff]{1,12}(?:医院|卫生院|妇幼保健院|妇幼|保健院|卫生所|诊所))"
)
"""A hospital by name: more than that it is one."""

_SAID_BY_KIND = frozenset({"家", "家里", "在家", "路上", "医院", "home"})
"""Places that say no more than the kind of place."""


def absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    """A village told by name becomes one of hers, another's is refused by name; a place that is a hospital is one."""
    if fields.get("place") in _SAID_BY_KIND:
        del fields["place"]
    if fields.get("place_kind") == "hospital" and "institution" not in fields:
        if "place" in fields:
            fields["institution"] = fields.pop("place")
        elif talk.step == "place_kind" and (which := _HOSPITAL.search(normalise(context.message.text))):
            fields["institution"] = which[1]
    name = fields.pop("village", None)
    if not name:
        return fields, None
    bare = str(name).removesuffix("村")
    found = [v for v in context.speaker.villages if v.name == name or v.name.removesuffix("村") == bare]
    if len(found) == 1:
        return {**fields, "village_id": found[0].id, "village_told": True}, None
    mine = "、".join(v.name for v in context.speaker.villages[:6])
    if len(context.speaker.villages) > FEW:
        return fields, Refusal(T("“{name}”不在您负责的地方。请说村名，比如：{mine}。", name=name, mine=mine))
    return fields, Refusal(T("“{name}”不在您负责的村里。您负责的是：{mine}。", name=name, mine=mine))


def absorb_children(
    fields: dict[str, Any], talk: Talk, context: Context
) -> tuple[dict[str, Any], Refusal | None]:
    """What is said of a child without saying which is said of the only one (or of the one being asked about)."""
    fields, refusal = absorb(fields, talk, context)
    number = (talk.step or "").split(".")[1] if (talk.step or "").startswith("children.") else "0"
    listed = any(key.startswith("children.") for key in fields)
    for name in CHILD_FIELDS:
        if name in fields:
            value = fields.pop(name)
            if not listed:
                fields[f"children.{number}.{name}"] = value
    heads = {key.split(".")[1] for key in fields if key.startswith("children.")}
    if len(heads) > 1:
        fields.setdefault("child_count", len(heads))
    return fields, refusal


_PLACES = (
    Choice("hospital", T("医院"), ("在医院", "卫生院", "县医院")),
    Choice("home", T("家里"), ("在家", "自己家", "家中")),
    Choice("road", T("路上"), ("在路上", "途中", "车上")),
)


def place_steps(ask: Text, *, required: bool = False) -> tuple[Step, ...]:
    """Hospital, home or road; which hospital."""
    return (
        Step(
            "place_kind",
            ask,
            required=required,
            choices=_PLACES,
            fills=("place_kind", "institution", "place"),
        ),
        Step(
            "institution",
            T("是哪家医院？"),
            free=True,
            help=T("比如：县妇幼、镇卫生院。"),
            when=lambda talk: talk.answers.get("place_kind") == "hospital",
        ),
    )
