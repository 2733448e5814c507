"""What the choices offered are called in English, so that they can be typed as they are shown.

Conversations know no catalogue: the first word of each is its label in locales/en (a test compares them), the others
are further ways to say it. The keys are the labels.
"""

from __future__ import annotations

from conversations.understanding.normalise import normalise

_TABLE = """
    又怀上了: pregnant again | yes
    是上次怀孕的事: about the last pregnancy | the last one | no
    报错人了，不报: wrong woman, do not file | wrong woman
    愿意: yes | ok | yes please
    不用: no thanks | no | no thank you
    可以发: she may be texted | yes | allow
    先不发: not for now | no
    先报完那份: finish that one first | yes | finish it
    生下来就没有气（死产）: stillborn | born dead
    都正常: all normal | normal | fine
    有问题: there is a problem | problem | yes
    绿色: green
    黄色: yellow
    橙色: orange
    红色: red
    紫色: purple
    重点随访: key follow-up | key | high risk
    不另标: no purple mark | no
    另标紫色: purple beside it | yes
    要转出去: to be referred | refer | referral
    转诊有结果了: outcome of a referral | feedback | outcome
    去了: she went | went | yes
    没去: she did not go | did not go | no
    病情危重: critically ill | critical
    自动出院: left against advice | self-discharge
    生了，一起补报: she has delivered, add it | delivered | yes
    没能保住: the pregnancy was lost | lost
    产后访视: postnatal visit | home visit
    42天检查: 42-day check | day 42
    都没有: none of these signs | none | no
    有: yes, some | yes | some
    村里: the village | village | me
    乡镇卫生院: the township clinic | township
    都好: all well | well | fine
    没起名: no name yet | no name | not named yet
    路上: on the way | on the road | in the car
    家里: home | at home
    医院: hospital | in hospital | at the hospital | clinic
    另一次怀孕: another pregnancy
    同一次，已经报过: same, already reported
    还没出院: still in hospital | not yet
    助产: assisted
    剖宫产: caesarean | cesarean | c-section
    顺产: vaginal | normal | natural
    打电话: by phone | phone | called
    上门: home visit | at home | visited
    有点问题: a small problem | some problem | problem | yes
    电话打不通: phone not answered | no answer
    上门没见到人: visited, nobody there | nobody there
    打了电话，也上了门: called and visited | both
    迁出: moved away | out | left
    迁入: moved here | in
    怀着孕: pregnant
    刚生不久: gave birth not long ago | after birth
    已经发了: given | yes
    还没发: not given yet | not given | no
    属实: it is right | right | true
    退回: send back | return
    日期请再核对: please check the date | the date
    看看是不是报重了: please check if it was reported twice | reported twice
    人请再核对: please check the woman | the woman
    她丈夫的: her husband's | husband
    家里人的: family's | family
    去世了: died
    不太好: not well | unwell
    平安: well | fine | healthy | alive | ok
    三胞胎: triplets | three
    双胞胎: twins | two
    一个: one | single
    名字说错了: the name is wrong
    先只报这个: only this for now
    一起补报: add both
    女孩: girl | female | a girl
    男孩: boy | male | a boy
    名字没错，接着报: name is right, go on
    没错，接着报: right, go on
    没有: no | none | nothing
    生下来活着，后来没了: born alive, died later
    生下来没有气（死产）: stillborn
    产后或流产后: after birth or loss
    分娩时: in labour
    怀孕期间: while pregnant
    精神疾病: mental illness
    身有残疾: disability
    生活困难: hardship
    不需要: none needed | none | no
    还没建册: not booked yet | not booked | not yet
    已建册: booked | yes
    外地来的: from elsewhere | migrant
    本地人: local | from here
    不方便: better not | not safe
    方便: yes, safe | safe
    别人的: someone else's | other | neighbour
    家里其他人的: family's | family
    丈夫的: her husband's | husband | husband's
    她本人的: her own | hers | her own phone
    是另一次怀孕: another pregnancy
    不用报了: no need to report
    补充那一份: add to it
    女: girl | female | a girl
    男: boy | male | a boy
    死胎死产（满28周）: stillbirth (28+ weeks)
    死胎死产: stillbirth
    宫外孕: ectopic
    人工流产或引产: abortion or induction
    自然流产: miscarriage
    不是: no
    是，确认: yes, confirm | yes | confirm
    年龄说错了: the age is wrong
    年龄没错，要报: the age is right, report it
    是: yes
    都不是: none of these | none
    不是，是另一个人: no, someone else | someone else | another woman
    要回“收到”: ask for "received" | yes
    不用回: no answer needed | no
    看更早的: see earlier ones | earlier | more
    看好了: done looking | done | no
"""
_WORDS = {
    normalise(label).strip(): frozenset(words.split(" | "))
    for label, words in (row.split(": ") for row in _TABLE.strip().splitlines())
}


def in_english(label: str, said: str) -> bool:
    """Whether `said` is, in English, the choice of that label."""
    return said.isascii() and said.lower() in _WORDS.get(normalise(label), ())
