"""Risk factors as a form or a colleague calls them: from words to the ids of a programme's list.

Only for suggesting: what is filed are the words. A word that could be two factors is the milder one, so that no
hospital is told it graded too low on a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from conversations.care.programme import Programme

_WORDS: Mapping[str, str] = {
    "height_145": r"身高.{0,4}14[0-4]|矮小|身材矮",
    "rh_negative": r"rh.{0,2}阴|熊猫血",
    "infertility": r"不孕",
    "age_40": r"(?:年龄|高龄|年满|满)?.{0,3}(?<!\d)4[0-9] ?岁",
    "age_35_18": r"高龄|(?<!\d)3[5-9] ?岁|(?<!\d)1[0-8] ?岁",
    "bmi_28": r"(?:bmi|体重指数).{0,4}(?:2[89]|3\d)|重度肥胖",
    "bmi_25": r"肥胖|超重|(?:bmi|体重指数).{0,4}2[5-7]|消瘦",
    "genital_malformation": r"(?:生殖道|子宫|阴道)畸形|双子宫|纵隔",
    "narrow_pelvis": r"骨盆狭",
    "adverse_history": r"不良孕产史|习惯性流产|反复流产|流产史|早产史|死胎史|死产史|宫外孕史",
    "earlier_defect": r"缺陷儿|畸形儿史",
    "two_caesareans": r"(?:两|二|2)次剖|剖(?:宫产|腹产)?(?:史)?过?(?:两|二|2)次(?!以上|及以上)",
    "two_uterine_operations": r"(?:两|二|2|三|3)次(?:以上|及以上)?(?:剖|子宫手术)|(?:剖(?:宫产|腹产)?|子宫手术)(?:史)?过?(?:两|二|2|三|3)次",
    "scar_uterus": r"[疤瘢]痕子宫|剖宫产史|剖腹产史",
    "fibroid": r"肌瘤|卵巢囊肿",
    "assisted_reproduction": r"试管|辅助生殖|人工授精",
    "heart_stable": r"心脏病",
    "lung_stable": r"哮喘",
    "kidney_stable": r"肾(?:病|炎)",
    "endocrine_stable": r"糖尿病|甲减|甲亢|甲状腺",
    "platelets_50_100": r"血小板(?:减少|低|偏低)",
    "hb_60_110": r"贫血",
    "epilepsy": r"癫痫|重症肌无力",
    "immune_stable": r"红斑狼疮|干燥综合征",
    "twins": r"双胎|双胞胎",
    "three_or_more": r"三胎妊娠|三胞胎|多胎",
    "severe_preeclampsia": r"重度子痫前期",
    "pulmonary_hypertension": r"肺动脉高压",
    "placenta_praevia_accreta": r"凶险性前置胎盘|胎盘早剥",
    "puerperal": r"产后抑郁|产褥",
    "hepatitis_carrier": r"(?:乙肝|肝炎)?病毒携带|小三阳|大三阳|乙肝携带",
    "sti": r"尖锐湿疣|淋病|疱疹",
    "drug_use": r"吸毒",
    "infectious_disease": r"梅毒|hiv|艾滋|结核|病毒性肝炎|[甲乙丙戊]肝(?!.{0,4}携带)",
}
_PATTERNS = {name: re.compile(words, re.IGNORECASE) for name, words in _WORDS.items()}
_INSTEAD: Mapping[str, str] = {
    "age_35_18": "age_40",
    "bmi_25": "bmi_28",
    "scar_uterus": "two_uterine_operations",
    "two_uterine_operations": "two_caesareans",
}
"""The wider or milder of a pair, and the one that says it already."""


def factors_in(programme: Programme, told: Iterable[str]) -> tuple[str, ...]:
    """Ids of this programme's factors that these words name, each once."""
    words = "、".join(told)
    named = [
        name for name, pattern in _PATTERNS.items() if name in programme.factor and pattern.search(words)
    ]
    return tuple(name for name in named if _INSTEAD.get(name) not in named)


_NONE = re.compile(r"^(?:都?没有?|无|未见异常|(?:其他|其余|别的)?(?:都|均|一切)?正常)$")


def factors_told(programme: Programme, told: Iterable[str]) -> tuple[str, ...]:
    """The ids these words name, then each word that is on no list as it stands, so that nobody takes it for nothing."""
    words = [part for one in told for part in re.split(r"[、,，;；\s]+", one) if part]
    listed = [word for word in words if word in programme.factor]
    strange = [
        word
        for word in words
        if word not in programme.factor and not _NONE.match(word) and not factors_in(programme, [word])
    ]
    return tuple(dict.fromkeys((*listed, *factors_in(programme, told), *strange)))
