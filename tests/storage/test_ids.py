import os
import uuid
from datetime import timedelta

from conversations.ids import derived_id
from storage.ids import id_source, new_id
from tests.support.clock import FakeClock


def test_a_new_id_is_a_uuid_of_version_7(clock: FakeClock) -> None:
    made = uuid.UUID(new_id(clock(), os.urandom))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == int(clock().timestamp() * 1000)


def test_later_ids_sort_after_earlier_ones(clock: FakeClock) -> None:
    earlier = new_id(clock(), lambda n: b"\xff" * n)
    later = new_id(clock() + timedelta(milliseconds=1), lambda n: b"\0" * n)
    assert earlier < later


def test_ids_of_one_moment_differ(clock: FakeClock) -> None:
    make = id_source(clock, os.urandom)
    assert len({make() for _ in range(1000)}) == 1000


def test_a_derived_id_follows_from_its_parts_and_their_borders() -> None:
    assert derived_id("m1", "report", "1") == derived_id("m1", "report", "1")
    assert derived_id("ab", "c") != derived_id("a", "bc")
    assert len(derived_id("x")) == 32
