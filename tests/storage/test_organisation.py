import pytest

from storage.database import Database
from storage.models import Place
from storage.organisation import Organisation, load_organisation, load_places, save_places


def county() -> list[Place]:
    return [
        Place(id="c", kind="county", name="信丰县", programme="xinfeng"),
        Place(id="t1", parent_id="c", kind="township", name="某镇"),
        Place(id="t2", parent_id="c", kind="township", name="另镇", programme="pilot"),
        Place(id="v1", parent_id="t1", kind="village", name="一村"),
        Place(id="v2", parent_id="t1", kind="village", name="二村"),
        Place(id="v3", parent_id="t2", kind="village", name="三村"),
        Place(id="h", parent_id="t1", kind="institution", name="某卫生院"),
    ]


@pytest.fixture
async def tree(database: Database) -> Organisation:
    async with database.transaction() as tx:
        await save_places(tx, county())
    return await load_organisation(database.reading)


def ids(places: tuple[Place, ...]) -> list[str]:
    return [place.id for place in places]


async def test_the_way_down_and_up(tree: Organisation) -> None:
    assert ids(tree.path("v1")) == ["c", "t1", "v1"]
    assert tree.township_of("v1") == tree.township_of("h") == tree.township_of("t1") == "t1"
    assert tree.township_of("c") is None
    assert ids(tree.below("c")) == ["t1", "h", "v1", "v2", "t2", "v3"]
    assert tree.below("v1") == ()
    assert ids(tree.villages_under("t1")) == ["v1", "v2"]
    assert ids(tree.villages_under("v1")) == ["v1"]
    assert ids(tree.villages_under("c")) == ["v1", "v2", "v3"]
    assert tree.name_of("v1") == "一村"


async def test_the_nearest_programme_rules(tree: Organisation) -> None:
    assert [tree.programme_of(place) for place in ("c", "v1", "v3")] == ["xinfeng", "xinfeng", "pilot"]


async def test_of_an_unknown_place_nothing_is_known(tree: Organisation) -> None:
    for place in ("nowhere", None):
        assert tree.path(place) == ()
        assert tree.township_of(place) is None
        assert tree.name_of(place) == ""
        assert tree.programme_of(place) == "national"
    assert tree.villages_under("nowhere") == ()


def test_a_place_inside_itself_is_noticed(database: Database) -> None:
    a, b = (
        Place(id="a", parent_id="b", kind="county", name="a"),
        Place(id="b", parent_id="a", kind="county", name="b"),
    )
    with pytest.raises(ValueError, match="inside itself"):
        Organisation({"a": a, "b": b}).path("a")


async def test_it_is_loaded_again_when_places_change(database: Database, tree: Organisation) -> None:
    assert await load_organisation(database.reading, tree) is tree
    async with database.transaction() as tx:
        renamed = Place(id="v1", parent_id="t2", kind="village", name="新村")
        await save_places(tx, [renamed])
        inside = await load_organisation(tx, tree)
    assert inside.name_of("v1") == "新村"
    after = await load_organisation(database.reading, tree)
    assert after is not tree
    assert after.township_of("v1") == "t2"
    async with database.transaction() as tx:  # also when somebody did not use save_places
        await Place(id="v4", parent_id="t2", kind="village", name="四村").save(using_db=tx)
    assert (await load_organisation(database.reading, after)).name_of("v4") == "四村"
    assert (await load_places(database.reading)).keys() == {"c", "t1", "t2", "v1", "v2", "v3", "v4", "h"}


# ── who can deliver, and sectors ────────────────────────────────────────────────────────────────────────


async def saved(database: Database, **told: dict[str, object]) -> Organisation:
    places = {place.id: place for place in county()}
    for place_id, values in told.items():
        for name, value in values.items():
            setattr(places[place_id], name, value)
    async with database.transaction() as tx:
        await save_places(tx, places.values())
    return await load_organisation(database.reading)


@pytest.mark.parametrize(
    ("told", "can"),
    [
        ({}, None),
        ({"h": {"midwifery": True}}, True),
        ({"h": {"midwifery": False}}, False),
        ({"t1": {"midwifery": True}}, True),
        ({"t1": {"midwifery": False}, "h": {"midwifery": True}}, True),
    ],
)
async def test_a_township_can_deliver_as_its_institutions_say(
    database: Database, told: dict[str, dict[str, object]], can: bool | None
) -> None:
    tree = await saved(database, **told)
    assert [tree.has_midwifery(place) for place in ("v1", "t1", "h")] == [can] * 3
    assert [tree.has_midwifery(place) for place in ("v3", "c", "nowhere", None)] == [None] * 4


async def test_a_sector_is_that_of_the_township(database: Database) -> None:
    tree = await saved(database, t1={"sector": "片区一"})
    assert [tree.sector_of(place) for place in ("v1", "h", "v3", "c", None)] == [
        "片区一",
        "片区一",
        None,
        None,
        None,
    ]
