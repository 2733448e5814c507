"""Danger signs: heard in whatever words they come, and not where they are denied, feared or told of others."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.understanding import understand
from conversations.understanding.danger import danger_signs, past_danger_signs

HEARD = {
    "bleeding": "李梅流血了|下面出血|见红了|流了好多血|裤子上有血|流鲜血|血止不住|大出血|血流得不得了|李梅血流得不得了|血出得好吓人|血多得吓人|一床的血|流了一点血|下身有咖啡色的东西|恶露突然变多还有血块|下面流血像来月经一样|比月经还多的血|出血了怎么办|流產出血很多|下面初血了|留血了|bleeding heavily",
    "abdominal_pain": "肚子痛得厉害|肚子好疼|小腹坠痛|肚皮发硬一阵一阵的|疼得在床上打滚|肚子疼死了|腹痛|没有流血，肚子痛|肚子忍不住地痛|上腹痛|宫缩越来越密|杜子痛|肚子一阵一阵的|肚子一阵一阵痛|肚子一阵阵紧|stomach ache",
    "no_fetal_movement": "胎动没有了|胎动少了|孩子两天没动静了|肚子里的宝宝不动了|今天没感觉到胎动|一天都没动|宝宝好久没踢我了|感觉不到宝宝动|胎动没了|胎动比平时少|没有胎动|the baby stopped moving",
    "waters_broken": "破水了|羊水破了|下面流了好多水|突然一股热水流出来|羊水流出来了|羊水是绿色的|裤子湿透了|水破了|羊水坡了|my water broke",
    "fits": "抽搐了|全身抽筋|口吐白沫翻白眼|昏过去了|晕倒了|叫不醒|人没意识了|发羊癫疯|手脚抽得厉害|抽蓄|fainted",
    "headache_vision": "头痛得厉害|头好疼|看东西模糊|眼前发黑|眼睛花|脑壳痛|眼冒金星|看不清东西|血压冲到180|headache",
    "leg_swelling": "左腿肿得好粗|腿又肿又痛|一条腿肿了|脚肿得穿不进鞋|脸都肿了|小腿肿，摸着疼|全身浮肿|swollen leg",
    "breathless": "喘不过气|呼吸困难|胸闷|气短|透不过气来|胸口痛|躺不平|心慌气短|can't breathe",
    "high_fever": "发高烧|烧到39度|38.5度|发烧了|体温39|浑身滚烫|打摆子|发冷发热|high fever",
    "discharge": "恶露很臭|白带有臭味|刀口流脓|伤口裂开了|下面流脓|分泌物有异味|奶子红肿化脓",
    "self_harm": "不想活了|活着没意思|想自杀|想带着孩子一起死|想把孩子掐死|喝农药了|想跳楼|活不下去了|死了算了|i want to die",
    "labour": "脐带掉出来了|脐带脱垂|娃的胳膊先出来了|疼了一天一夜还没生下来|生了快一个小时胎盘还没下来|要生了，头都看见了|快生了，来不及去医院|难产|要生了要生了快来",
    "labour_begun": "我要生了|李梅要生了|马上要生了|我怕是要生了|李梅要生了我送她去医院|我发动了|发动了，正往县里送|李梅半夜发动了|已经发动了|发动了两个小时",
    "injury": "出车祸了|李梅出车祸了|李梅被车撞了|被她男人打了|李梅被她男人打了一顿|她被婆婆打了|李梅挨打了|坐摩托翻车了|李梅骑电动车摔了|李梅被撞了|李梅家出车祸了|李梅从楼梯上滚下来|李梅摔下坡了|被家暴了",
    "newborn": "宝宝不吃奶|孩子身上发黄|毛毛浑身软绵绵|娃脸发紫|新生儿手脚冰凉|宝宝抽了几下|刚生的孩子不哭|肚脐流脓了|孩子叫不醒|宝宝吸不动奶|婴儿呼吸很快|孩子黄疸越来越重|小孩一直吐|孩子不知道怎么了发青|baby is blue",
}
CALM = (
    "没有流血|电视里说大出血|没有流血、肚子痛、头晕|新闻里有产妇大出血死了|怕大出血|培训产后出血的抢救|没出血|不会出血吧|出血吗|有没有肚子痛|"
    "月经来了量多|来例假肚子有血块|血压正常|抽血化验|贫血|补血|血糖高|胎动很好|胎动正常|羊水正常|腿抽筋要补钙吗|抽空来一下|上胎大出血过|头胎的时候大出血|"
    "以前生老大时抽搐过|没有头痛|不头晕也不恶心|孩子吃奶好|宝宝不哭不闹|没发烧|心疼她|热死我了|打了无痛|家里水管漏水了|气死我了|看不清楚字|发个红包|"
    "胎动没有异常|如果出血要马上来|万一破水怎么办|要是肚子痛就去医院|预防产后大出血|李梅产后大出血没抢救过来|牙龈出血|流鼻血|注意有没有出血|今天活动不少|电费没了|怀孕三个月了|小腿有点肿|昨晚破水，今早顺产了|导出红色名单"
)
ELSEWHERE = (
    # Of the house, of animals, of children who are no babies any more, or asked in general.
    "我爸发烧了|婆婆腿肿|老公喝酒喝得不省人事|奶奶发烧住院|孩子爸发烧|我家狗生崽流了好多血|母猪难产大出血|小狗抽风了|大娃五岁发烧|我儿子上小学发烧请假|"
    "孩子三岁不吃饭|家里老大发烧走不开|什么情况算大出血|破水和尿怎么区分|见红多久生|出血的话怎么办|怎么判断羊水破了|出血多少算多|请问羊水破了是啥样的|"
    "宝宝黄疸多久退|希望顺产不要大出血|上环后有点出血|吃了避孕药头晕恶心|产后出血200ml|看了李桂花，都好|去看黄小花"
)
CLOSE_BY = (
    # Words of the same kind, and not elsewhere at all.
    "马小芳喘不过气|牛桂花抽搐了|我老公说我出了好多血|婆婆说孩子不吃奶|丈夫报告妻子抽搐|老公不在家 肚子好痛|我男人打我肚子|被牛顶了肚子|狗咬了我流血|"
    "动不动就流血|差不多流了一碗血|疼得特别厉害，特别疼得打滚|上环后大出血|产后出血800ml|孩子死了，大人大出血|王芳去世了，李梅大出血|胎动突然剧烈，然后就没了|流血处理不了"
)
NOT_NOW = (
    # Of the same words: wanted, due some day, of a car, of others, long ago.
    "要生二胎|她要生二胎了|想要生了|想生了|不想生了|下个月要生了|李梅12月要生了|还有十天要生了|年底要生了|快生了|李梅快要生了，还没建册|什么时候要生了|谁要生了|李梅年前要生了|她这几天要生了|要生了吗|要生了再去医院|等要生了，再去医院|"
    "车子发动了|三轮车发动了|发动群众|发动了大家一起来|李梅发动了吗|还没发动|昨晚发动了，今早顺产|母猪要生了|血压|量血压|血压量得准|血抽得多|血流得不多|献血|"
    "上次出车祸|李梅没出车祸|要是出车祸怎么办|李梅没挨打|她前年出过车祸|李梅老公出车祸了|她爸被人打了|车祸赔偿的事|被她打动了|被医生打了针|给她打了电话|被她打了电话骂|肚子一阵一阵地动|肚子一阵阵咕咕叫|摔了一跤|手机摔下楼了|被家里打了招呼"
)
OVER = {
    "bleeding": "前几天见红，现在好了|上周出过血，已经止住了|昨天流血了，去医院看了，现在不流了",
    "abdominal_pain": "昨晚肚子痛，现在不痛了",
    "high_fever": "前天发烧，已经退烧了",
    "threatened": "张桂花差点流产|李梅上个月险些早产",
}
NEAR = (
    # Next to what is calm, and not calm.
    "我怕我会掐死他",
    "黄疸不重，但是不吃奶",
    "黄疸不退",
    "我想死，你们别管我",
    "天气热，我烧到38度5",
    "宝宝不吃奶粉了",
    "流血处理不了",
    "发烧的是我姐，孕八个月",
)
STILL = (
    "破水了，快生了",
    "生了，肚子还是很痛",
    "前几天见红，现在又流血了",
    "血止不住",
    "昨天流血，现在还在流",
    "吃了药还是肚子痛，没好",
    *[
        "血还是止不住",
        "血一直止不住",
        "血没止住",
        "血还没停",
        "血总是停不了",
        "血怎么也止不住",
        "血还流着",
        "止不住血",
        "血流得止不住",
    ],
)


@pytest.mark.parametrize(("kind", "words"), [(k, w) for k, said in HEARD.items() for w in said.split("|")])
def test_a_sign_is_heard(kind: str, words: str) -> None:
    assert kind in danger_signs(words)


@pytest.mark.parametrize("words", CALM.split("|"))
def test_no_alarm(words: str) -> None:
    assert danger_signs(words) == ()


@pytest.mark.parametrize("words", ELSEWHERE.split("|"))
def test_what_is_told_of_others_or_asked_in_general_is_no_alarm(words: str) -> None:
    assert danger_signs(words) == ()


@pytest.mark.parametrize("words", NOT_NOW.split("|"))
def test_the_same_words_of_another_time_or_thing_are_no_alarm(words: str) -> None:
    assert danger_signs(words) == ()


@pytest.mark.parametrize("words", CLOSE_BY.split("|"))
def test_what_only_sounds_like_that_is_one(words: str) -> None:
    assert danger_signs(words)


def test_clothes_wet_with_blood_are_not_wet_with_water() -> None:
    assert danger_signs("流血了好多 裤子都湿了") == ("bleeding",)
    assert danger_signs("裤子都湿了") == ("waters_broken",)


@pytest.mark.parametrize(("kind", "words"), [(k, w) for k, said in OVER.items() for w in said.split("|")])
def test_a_sign_that_is_over_is_a_task_not_an_alarm(kind: str, words: str) -> None:
    assert danger_signs(words) == ()
    assert past_danger_signs(words) == (kind,)


@pytest.mark.parametrize("words", NEAR)
def test_what_looks_like_calm_talk_is_heard(words: str) -> None:
    assert danger_signs(words)


@pytest.mark.parametrize(
    "words",
    [
        "想死你们了",
        "杀猪流了一地血",
        "宝宝只吃母乳不吃奶粉",
        "孩子黄疸不重",
        "热死了，今天38度",
        "产后大出血急救培训",
    ],
)
def test_calm_talk_that_sounds_like_a_sign(words: str) -> None:
    assert danger_signs(words) == ()


@pytest.mark.parametrize("words", STILL)
def test_a_sign_that_lasts_or_is_back_is_an_alarm(words: str) -> None:
    assert danger_signs(words)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("李梅昨天流过一点血，现在没有了", "bleeding"),
        ("李梅昨天流过一点血，现在没了", "bleeding"),
        ("李梅前几天发过烧，没有了", "high_fever"),
        ("李梅上周肚子痛，现在没了", "abdominal_pain"),
        ("李梅昨天流过血，现在没有流了", "bleeding"),
    ],
)
def test_a_sign_that_is_gone_is_no_death(words: str, kind: str) -> None:
    assert danger_signs(words) == ()
    assert past_danger_signs(words) == (kind,)
    assert understand(words, today=date(2026, 11, 22)).intent == "none"


@pytest.mark.parametrize(
    "words",
    [
        "李梅大出血，人没了",
        "李梅流血，现在人没了",
        "李梅病了，现在没了",
        "昨天流过一点血，李梅没了",
        "怀孕李梅大出血没了",
    ],
)
def test_a_woman_who_is_gone_is_one(words: str) -> None:
    assert danger_signs(words) == ()
    assert understand(words, today=date(2026, 11, 22)).intent in {"woman_death", "maternal_death"}


@pytest.mark.parametrize("words", ["血止住了", "血已经止住了", "血压没降", "血都止住了"])
def test_blood_that_stopped_is_none(words: str) -> None:
    assert danger_signs(words) == ()


def test_an_earlier_pregnancy_is_neither() -> None:
    assert past_danger_signs("头胎大出血过") == ()


signs = st.sampled_from(
    [words for said in HEARD.values() for words in said.split("|") if "没有流血" not in words]
)


@settings(max_examples=200, deadline=None)
@given(
    signs,
    st.sampled_from(
        [
            "",
            "你好，",
            "李梅，28岁，",
            "退订。",
            "先不说这个，",
            "我在家里，",
            "古陂村王芳，13707971234，",
            "快来人！",
        ]
    ),
    st.sampled_from(["", "。", "，快来", "！！！", "，怎么办", "，在家里", " 120打不通"]),
)
def test_a_sign_is_heard_in_the_midst_of_other_words(sign: str, before: str, after: str) -> None:
    assert danger_signs(before + sign + after)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_listened_to(text: str) -> None:
    assert set(danger_signs(text)) <= set(HEARD)
