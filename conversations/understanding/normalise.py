"""One way of writing for every message, before anything is read from it.

Phones, keyboards and copied tables write the same words in full and half width, with invisible marks
between them. Names must come through unharmed: rare characters stay, and the dot of 阿依古丽·买买提 is
made one of the many that look like it.
"""

from __future__ import annotations

import re
import unicodedata

HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Han characters, to be put inside a character class; the extensions and 〇 included."""

# Controls, format marks (bidi, zero width, soft hyphen, BOM, tags), fillers that show nothing, variation
# selectors, the box around keycap digits, lone surrogates and noncharacters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\ufdd0-\ufdef\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]+"
)
_DOTS = re.compile(rf"(?<=[{HAN}]) ?[·•‧∙⋅・･․] ?(?=[{HAN}])")
_SPACE = re.compile(r"[^\S ]+ *| [^\S]+")
_PUNCTUATION = str.maketrans(
    {
        "‐": "-",
        "‑": "-",
        "‒": "-",
        "–": "-",
        "—": "-",
        "−": "-",
        "➕": "+",
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
    }
)

# Characters of our subject as Traditional writers type them. Only for recognising words: names keep theirs.
_TRADITIONAL = str.maketrans(
    "號後農曆陰陽舊閏臘歲個這兩點時週禮節國慶勞動鐘內萬從懷產檢經電話機聯繫體過舉於來開還沒們媽婦頭邊鄉鎮縣夜裡裏現剛預期雙胞龍鳳剖順轉診隨訪衛醫療險紅黃綠橙紫腫頭暈視壓氣喘發燒兒嬰殘畸離遷戶給誰幾號碼證報錯對單複寫當養葉貧殘無業藥環張劉陳楊趙吳孫馬羅鄭謝韓馮鄧許蕭呂蘇盧蔣賈葉閻鍾譚陸範鄒賴龔萬錢湯賀顧龐顏嚴溫",
    "号后农历阴阳旧闰腊岁个这两点时周礼节国庆劳动钟内万从怀产检经电话机联系体过举于来开还没们妈妇头边乡镇县夜里里现刚预期双胞龙凤剖顺转诊随访卫医疗险红黄绿橙紫肿头晕视压气喘发烧儿婴残畸离迁户给谁几号码证报错对单复写当养叶贫残无业药环张刘陈杨赵吴孙马罗郑谢韩冯邓许萧吕苏卢蒋贾叶阎钟谭陆范邹赖龚万钱汤贺顾庞颜严温",
)


def simplify(text: str) -> str:
    """The same text with the Traditional characters of our subject written simplified, place for place.

    The length stays, so places found in it are places in `text`. For recognising words only; what is kept
    (a name above all) is cut from `text`.
    """
    return text.translate(_TRADITIONAL)


def normalise(text: str) -> str:
    """`text` in one way of writing: NFKC, nothing invisible, one kind of name dot and of dash, no stray space.

    A line break stays one (`\\n`), any other white space is one blank. Doing it twice changes nothing.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_PUNCTUATION)
        text = _DOTS.sub("·", text)
    text = _INVISIBLE.sub("", text)
    return _lines(text)


def _lines(text: str) -> str:
    rows = (" ".join(row.split()) for row in text.splitlines())
    return "\n".join(row for row in rows if row)
