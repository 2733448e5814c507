"""Sheets for people to fill in: an empty one, and the rows of a list that want another look."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import xlsxwriter

from bot.importing.book import FORMULA, LOST, Line
from bot.refusals import CommandRefused
from conversations.text import Sayable

EXAMPLE: Final = "示例，填好后请删掉这一行"
"""In place of a name, in the row that shows how it is filled in: she is nobody, and never brought in."""
TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "woman_name": ("姓名", EXAMPLE),
    "resident_id": ("身份证号", ""),
    "birth_date": ("出生日期", "1998-05-06"),
    "age": ("年龄", ""),
    "township": ("乡镇", "古陂镇"),
    "village": ("村", "杨梅坑村"),
    "phone": ("联系电话", "19900000101"),
    "own_phone": ("本人电话", ""),
    "phone_owner": ("电话是谁的", "本人"),
    "safe_to_text": ("发短信方便吗", "方便"),
    "lmp": ("末次月经", "2026-09-03"),
    "due_date": ("预产期", ""),
    "gestational_weeks": ("孕周", ""),
    "ultrasound_weeks": ("超声孕周", ""),
    "ultrasound_on": ("超声日期", ""),
    "gravida": ("孕次", "2"),
    "para": ("产次", "1"),
    "gravida_para": ("孕产次", ""),
    "booked": ("是否建册", "是"),
    "booking_date": ("建册日期", "2026-10-20"),
    "booking_institution": ("建册机构", "古陂镇卫生院"),
    "handbook_number": ("手册号", ""),
    "colour": ("风险等级", "黄"),
    "grade_date": ("评估日期", "2026-10-20"),
    "grade_institution": ("评估机构", "古陂镇卫生院"),
    "factors": ("高危因素", ""),
    "last_visit": ("末次产检", ""),
    "next_appointment": ("下次产检", ""),
    "migrant": ("户籍", "本地"),
    "special_group": ("特殊人群", ""),
    "birth_date_of_child": ("分娩日期", ""),
    "outcome": ("妊娠结局", ""),
    "delivery_mode": ("分娩方式", ""),
    "delivery_institution": ("分娩机构", ""),
    "child_sex": ("新生儿性别", ""),
    "child_weight": ("新生儿体重", ""),
}
"""Every column: its heading, and how it is filled in."""
_HOW: Final[Mapping[str, str]] = {
    "woman_name": "必填。",
    "resident_id": "18位，先把这一列设成文本再填，不然后几位会丢。不知道就空着。",
    "birth_date": "比如1998-05-06。填了身份证号就不用填。",
    "township": "和系统里的名字一样。整张表是一个乡镇的，可以空着。",
    "village": "必填，和系统里的名字一样。",
    "phone": "11位手机号，一格一个。没有就空着。",
    "phone_owner": "本人、丈夫、家里其他人，或别人。",
    "safe_to_text": "方便，或不方便。写了方便、又是本人的电话，才会给她发短信，先问是不是她。",
    "lmp": "末次月经、预产期、孕周，至少要有一个。比如2026-09-03。",
    "due_date": "比如2027-06-10。",
    "gravida": "这是第几次怀孕，写数字。",
    "para": "以前生过几个，写数字。",
    "booked": "是，或否。",
    "booking_date": "比如2026-10-20。",
    "booking_institution": "建册的医院或卫生院。",
    "handbook_number": "母子健康手册的编号。",
    "colour": "绿、黄、橙、红、紫。只填医院评的。",
    "grade_date": "医院评的那一天。",
    "grade_institution": "评估的医院或卫生院。",
    "factors": "医院写的高危因素，照抄。",
    "last_visit": "最近一次产检的日期。",
    "next_appointment": "约好的下一次产检。",
    "migrant": "本地，或外地。",
    "special_group": "低保、残疾、精神病，没有就空着。",
    "birth_date_of_child": "已经生了的才填，后面几列也是。",
    "outcome": "活产。没保住、去世的不要从这张表导入，请照常上报。",
    "delivery_mode": "顺产、剖宫产，或助产。",
    "delivery_institution": "在哪里生的。",
    "child_sex": "男，或女。",
    "child_weight": "比如3200克，或6斤8两。",
}
"""How each column of our own sheet is filled in."""
_LEFT_OUT: Final = frozenset({"own_phone", "gravida_para", "age", "gestational_weeks"})
"""Read where a list has them; in our own sheet another column asks the same."""
_PROBLEM: Final = "问题"


def template(path: Path) -> None:
    """An empty sheet with one row that shows how it is filled in, and a page that says so column by column. Raises
    `CommandRefused`."""
    names = [name for name in TITLES if name not in _LEFT_OUT]
    _write(
        path,
        [TITLES[name][0] for name in names],
        [[TITLES[name][1] for name in names]],
        how=[(TITLES[name][0], _HOW.get(name, "")) for name in names],
    )


def is_example(line: Line) -> bool:
    """Whether it is the row of `template` that shows how."""
    return line.cells.get("woman_name", "").startswith(EXAMPLE[:2])


def problem_book(
    path: Path, lines: Sequence[Line], refused: Mapping[int, Sequence[Sayable]], say: Callable[[Sayable], str]
) -> None:
    """The rows nobody could bring in, as they were, with what is wrong: put right, they are a list again."""
    wrong = [line for line in lines if line.number in refused]
    names = [name for name in TITLES if any(name in line.cells for line in wrong)]
    rows = [
        [
            *("" if line.cells.get(name) in (LOST, FORMULA) else line.cells.get(name, "") for name in names),
            " ".join(say(problem) for problem in refused[line.number]),
        ]
        for line in wrong
    ]
    _write(path, [*(TITLES[name][0] for name in names), _PROBLEM], rows)


def must_be_new(path: Path) -> None:
    """Raises `CommandRefused` where a file of this name is there already."""
    if os.path.lexists(path):
        raise CommandRefused(f"{path} is there already and stays as it is; name another")


def _write(
    path: Path,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    how: Sequence[tuple[str, str]] = (),
) -> None:
    """A workbook of text, for nobody's eyes but the owner's. `how`: a page more, a line for each heading."""
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise CommandRefused(f"{path} is there already and stays as it is; name another") from None
    except OSError as error:
        raise CommandRefused(f"{path}: cannot be written: {error.strerror}") from None
    os.chmod(path, 0o600)
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("孕产妇名册")
        text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "bottom": 1})
        sheet.freeze_panes(1, 1)
        for place, heading in enumerate(headings):
            sheet.write_string(0, place, heading, head)
            sheet.set_column(place, place, 40 if heading == _PROBLEM else 14, text)
        for number, row in enumerate(rows, 1):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell, text)
        if how:
            page, wrapped = book.add_worksheet("填写说明"), book.add_format({"text_wrap": True})
            page.set_column(0, 0, 14)
            page.set_column(1, 1, 70, wrapped)
            for number, line in enumerate([("列", "怎么填"), *how]):
                page.write_row(number, 0, line, head if not number else None)
