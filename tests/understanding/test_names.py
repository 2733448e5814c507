"""Personal names among the words of a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding.names import find_names, is_name, shorter_names
from conversations.understanding.normalise import normalise


@pytest.mark.parametrize(
    "name",
    [
        "李梅", "张桂花", "王春生", "刘月英", "陈家珍", "周玉梅", "周三妹", "徐二妹", "高翠兰", "方小燕",
        "单秀英", "安红梅", "欧阳小红", "司马兰", "上官婉儿", "诸葛明珠", "夏侯敏", "陈李佳慧", "赖秀英",
        "缪小芳", "官金凤", "李国庆", "张平安", "阿依古丽·买买提", "古丽娜尔·艾合买提", "吉克·阿依",
        "买买提江", "阿依古丽", "操晓燕", "龚䶮", "李𠮷", "馬玉蘭", "黃春香", "常玉兰", "万小红", "严凤英",
        "危小红", "何招弟", "江月", "陈月", "李怀英", "邓怀珍",
    ],
)  # fmt: skip
def test_these_are_names(name: str) -> None:
    assert is_name(name)
    assert [one.value for one in find_names(name)] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "怀孕", "末次", "昨天", "明天", "今天", "高危", "高血压", "王家村", "媳妇", "老婆", "周五", "周一",
        "周三", "周末", "方便", "时间", "单胎", "双胞胎", "平安", "严重", "万一", "常常", "安全", "李家",
        "王嫂", "张大姐", "李医生", "陈主任", "刘书记", "司马", "欧阳", "李", "没有", "不知道", "取消",
        "帮助", "返回", "跳过", "对", "是的", "孕12周", "12周三天", "李梅怀孕", "9月3号", "13800001234",
        "马上", "关于", "任何", "白带", "黄疸", "宫缩", "羊水", "阴道", "农历", "计生", "家里", "",
    ],
)  # fmt: skip
def test_these_are_none(text: str) -> None:
    assert not is_name(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("叫李梅", ["李梅"]),
        ("她叫李梅", ["李梅"]),
        ("名字是李梅", ["李梅"]),
        ("姓名：李梅", ["李梅"]),
        ("我们村的李梅", ["李梅"]),
        ("李梅，28岁，末次月经9月3号", ["李梅"]),
        ("李梅 28 13800001234", ["李梅"]),
        ("李梅28岁", ["李梅"]),
        ("怀孕李梅9月3号末次月经", ["李梅"]),
        ("李梅怀孕了", ["李梅"]),
        ("李梅有喜了", ["李梅"]),
        ("李梅生了", ["李梅"]),
        ("李梅昨晚生了", ["李梅"]),
        ("李梅月经9月3号", ["李梅"]),
        ("李梅上周五生的", ["李梅"]),
        ("李梅没保住", ["李梅"]),
        ("李梅的孩子没了", ["李梅"]),
        ("王春生怀孕了", ["王春生"]),
        ("张桂花昨晚生了个带把的6斤8两", ["张桂花"]),
        ("王家村张桂花昨晚生了", ["张桂花"]),
        ("先不说这个，张桂花昨晚生了", ["张桂花"]),
        ("孕妇王芳，高危", ["王芳"]),
        ("高危孕妇王芳", ["王芳"]),
        ("王芳和李梅都怀孕了", ["王芳", "李梅"]),
        ("李梅怀孕，王芳生了", ["李梅", "王芳"]),
        ("李梅的老公叫王强", ["李梅", "王强"]),
        ("赖秀英不是9月3号是8月3号", ["赖秀英"]),
        ("P 周玉梅 20260901 13800001234", ["周玉梅"]),
        ("欧阳小红怀了", ["欧阳小红"]),
        ("我们组的上官兰生了", ["上官兰"]),
        ("怀孕阿依古丽·买买提9月3号", ["阿依古丽·买买提"]),
        ("阿依古丽·买买提怀孕了", ["阿依古丽·买买提"]),
        ("阿依古丽•买买提，25岁", ["阿依古丽·买买提"]),
        ("村里买买提江的媳妇怀孕了", ["买买提江"]),
        ("二组刘小燕今天建册了", ["刘小燕"]),
        ("李梅\n王芳", ["李梅", "王芳"]),
        ("黃春香懷孕了", ["黃春香"]),
        ("查王芳", ["王芳"]),
        ("李梅快生了", ["李梅"]),
        ("李梅生病了", ["李梅"]),
        ("改预产期，李梅，改成明年6月20号", ["李梅"]),
        ("张三家的媳妇怀孕了", []),
        ("李梅流了好多血", ["李梅"]),
        ("今天给王芳做了42天检查", ["王芳"]),
        ("王芳添了个带把的", ["王芳"]),
        ("家访张桂花，有点水肿", ["张桂花"]),
        ("李梅准备怀孕，领了叶酸", ["李梅"]),
        ("打不通刘燕的电话", ["刘燕"]),
        ("李梅搬到赣州去了", ["李梅"]),
        ("李梅家的娃没了", ["李梅"]),
        ("李梅和她婆婆", ["李梅"]),
        ("李梅，王芳，张小妹三个都没来产检", ["李梅", "王芳", "张小妹"]),
        ("周五周莉来产检", ["周莉"]),
        ("李梅出生于1998年", ["李梅"]),
        ("刘国庆媳妇叫王招弟", ["刘国庆", "王招弟"]),
        ("卓玛次仁生了", ["卓玛次仁"]),
    ],
)
def test_names_are_found_in_messages(text: str, names: list[str]) -> None:
    text = normalise(text)
    found = find_names(text)
    assert [one.value for one in found] == names
    assert all(text[one.start : one.end] == one.value for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "怀孕了", "昨晚生了", "周五产检", "下周一来", "孕12周三天", "孕12周，一切平安", "方便的时候来",
        "高危孕妇有几个", "李家媳妇生了", "王医生说没事", "怀孕能吃螃蟹吗", "严重吗", "时间还没到",
        "双胞胎", "万一出血怎么办", "有一点出血", "白带多", "羊水破了", "阴道流血", "宫缩了", "马上送医院",
        "高烧39度", "3点钟生的", "电话没有", "家里没人", "六斤八两", "农历八月十五", "不知道", "谢谢",
        "好的", "单胎，男孩", "王家村", "我是村医",
    ],
)  # fmt: skip
def test_no_names_where_there_are_none(text: str) -> None:
    assert [one.value for one in find_names(normalise(text))] == []


def test_the_search_may_begin_later() -> None:
    assert [one.value for one in find_names("李梅,王芳", after=2)] == ["王芳"]


_SURNAMES = st.sampled_from("王李张刘陈杨黄赵吴周徐孙朱胡郭林罗郑梁谢宋唐许韩邓冯曹彭曾肖赖钟廖邱")
_GIVEN = st.text("芳英秀兰桂花玉梅凤珍红艳霞燕丽娟琴莲香春翠云芬菊娥妹娇", min_size=1, max_size=2)
_AROUND = st.sampled_from(
    [
        ("", "怀孕了"),
        ("怀孕", "9月3号"),
        ("她叫", ""),
        ("", ",28岁"),
        ("我们村的", "昨晚生了"),
        ("孕妇", "13800001234"),
        ("", "生了个女儿"),
    ]
)


@given(_SURNAMES, _GIVEN, _AROUND)
def test_usual_names_in_usual_places(surname: str, given: str, around: tuple[str, str]) -> None:
    before, after = around
    assert [one.value for one in find_names(before + surname + given + after)] == [surname + given]


@given(st.text() | st.text("李梅王周高方欧阳司马·阿依古丽买提怀孕了的叫9，。 "))
def test_no_text_breaks_it(text: str) -> None:
    is_name(text)
    for found in find_names(text):
        assert found.text == text[found.start : found.end] == found.value


@pytest.mark.parametrize(
    ("name", "shorter"),
    [("李梅昌", ("李梅",)), ("李梅", ()), ("欧阳小红", ()), ("陈李佳慧", ("陈李佳", "陈李")), ("Li Mei", ())],
)
def test_a_name_that_may_have_taken_a_word_for_its_end(name: str, shorter: tuple[str, ...]) -> None:
    assert shorter_names(name) == shorter
