"""Danger signs, in whatever words they come: recall first, because a false alarm costs little and a miss a life.

A sign counts unless it is denied (没有流血), feared or supposed (怕出血, 要是破水), told of others far away
(电视里说大出血), one of an earlier pregnancy (头胎大出血过), or has already ended in the death that is being
reported. One that is said to be over (前几天见红，现在好了) is kept apart: a task for today, not an alarm.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from .lexicon import fold
from .normalise import normalise
from .scanning import Scanner

_BABY = r"(?:宝宝|宝贝|孩子|小孩子?|娃娃?|婴儿|新生儿|毛毛头?|奶娃|毛娃|儿子|女儿|闺女|崽崽?|小家伙|小宝|细伢子?|伢子?|bb|老二|小的|baby)"
_BELLY = r"(?:小肚子|肚子|肚皮|肚脐|肚|小腹|下腹|腹部|上腹|腹|心口|胃|宫缩|子宫|下身|下面|肋骨下|右上腹)"
_HURTS = r"(?:绞痛|坠痛|胀痛|剧痛|阵痛|痛|疼|绞着|发紧|发硬|变硬|硬邦邦|硬得|硬的|往下坠|下坠)"
# What may stand between a part of the body and what is wrong with it; a plain 不 or 没 may not.
_GAP = r"(?:忍不住|受不了|止不住|不停|不断|不时|没停|(?![不没无未,，。;；!！?？、\n]).)"
_BABY_GAP = r"(?:不知道|不晓得|不停|不断|不对劲|不舒服|不太?好|没事|没多久|(?![不没无]).)"

_SIGNS: dict[str, str] = {
    "bleeding": rf"""
        大?出血 | 流血 | 见红 | 淌血 | 滴血 | 渗血 | 冒血 | 喷血 | 血崩 | 崩漏 | 下血 | 便?血块 | 血水 | 见血 | (?<![导列筛查标])出红(?![色包枣榜]) | 来红
        | 流{_GAP}{{0,8}}血 | 出{_GAP}{{0,4}}血 | (?:[多大]的|一点点?|一些|有点|有些?|好多|很多|大量|鲜|带|是|好像是|全是|都是|一摊|摊|一滩|一大片|发现|不少)红?血(?![压糖色常红型脂管气样检症])
        | 血(?:还是?|一直|总是?|老是?|都|也|就是?|又|根本|完全|怎么[都也]|流得?|的)*(?:流不(?:止|停|断|完)|流个不停|止不(?:住|到|了)|止都止不|刹不住|停不(?:下|住|了)|不停|不止|没(?:有)?(?:能)?(?:止住?|停)(?!血)|流着|流出来|一直流|还在流|流了|像水一样|哗哗)
        | 止不(?:住|了|到)血 | 没止住血
        | (?:下面|下身|阴道|内裤|裤子|床单?|卫生巾|垫子|护垫|底裤){_GAP}{{0,6}}(?:红|血|咖啡色|褐色) | (?:咖啡|褐|暗红)色{_GAP}{{0,4}}(?:东西|分泌物|白带|液体)?
        | 恶露{_GAP}{{0,6}}(?:很多|好多|太多|增多|变多|不尽|不断|不干净|鲜红|没完|突然多) | 卫生巾{_GAP}{{0,8}}(?:湿透|换) | 胎盘早剥
        | bleed(?:ing|s)? | blood | hemorrhag\w* | haemorrhag\w*""",
    "abdominal_pain": rf"""
        {_BELLY}{_GAP}{{0,8}}{_HURTS} | {_HURTS}{_GAP}{{0,3}}(?:肚子|小腹|下腹) | 腹痛 | 肚痛 | 腹绞痛 | 阵痛 | 宫缩(?:痛|很|好|越来越|频繁|密|得|一阵|来了|了)
        | (?:痛|疼)(?:得|的)?(?:在[^,，。]{{0,4}}上?)?(?:打滚|要命|要死|受不了|直不起腰|厉害|不行|在地上|满头大汗|直冒汗|下不了床|站不起来|喊|哭|死去活来)
        | (?:痛|疼)(?:死|坏) | 肚子{_GAP}{{0,4}}(?:像刀|撕|抽) | belly\s?ache | (?:abdominal|stomach|belly)\s+(?:pain|cramp\w*) | stomach\s?ache | (?:belly|stomach|tummy)\s+hurts""",
    "no_fetal_movement": rf"""
        胎动{_GAP}{{0,8}}(?:少|消失|停|弱|异常|变慢|突然|感觉不到|感觉不出) | 胎动{_GAP}{{0,6}}(?:没(?!有?(?:异常|问题|变化|减|变|少))有?|不(?:动|明显|多|好|正常|对|怎么|见|够|强)|无)
        | (?:没有?|无|未见|感觉不到|摸不到|数不到|感受不到|察觉不到){_GAP}{{0,5}}胎动 | (?:一天|[两三]天|半天|好久|一直|一晚上?)(?:都|也|了)?没(?:有|怎么)?(?:动|踢)(?!手术|静) | 没(?:有)?(?:感觉|感到|觉得){_GAP}{{0,4}}(?:胎动|动)
        | (?:{_BABY}|肚子里|肚里|胎儿|肚子|胎){_GAP}{{0,9}}(?:(?<![吸喝吃搬拿抱])不动|(?:一天|[两三]天|半天|好久|一直|今天|昨天|一晚上?)(?:都|也|了)?没(?:怎么)?(?:动|踢)|没动|没有动|不踢|没踢|不怎么动|没怎么动|动得少|动的少|少动|动静少|没有?动静|没反应|不太动|不大动|不爱动)
        | (?:感觉不到|感受不到|没感觉到|摸不到){_GAP}{{0,4}}(?:{_BABY}|胎儿){_GAP}{{0,3}}动? | 胎心{_GAP}{{0,3}}(?:慢|弱|不好|异常|听不到|下降)
        | (?:baby|fetus|foetus).{{0,20}}(?:not|n't|stopped|stop|less|no)\s?.{{0,8}}(?:mov|kick)\w* | no\s+(?:fetal|foetal)?\s*(?:movement|kick)s?""",
    "waters_broken": r"""
        破水 | 水破 | 破了水 | 羊水(?:已经|都|好像|可能|提前)*(?:破|流|漏|早破|出来|渗|混浊|浑浊|发绿|是绿|绿) | 胎膜早破 | 穿水 | 破羊水 | (?:流|漏|淌|出)(?:了|出)?(?:好多|很多|一些|点)?羊水
        | (?:下面|下身|阴道|裤子|床)[^,，。;；!！?？\n不没]{0,8}(?:流水|出水|漏水|淌水|湿了|湿透|流出.{0,3}水|水流|哗) | 流(?:了|出)(?:好多|很多|一股|一些|一滩|一摊|一大股)[清热温]?水
        | 一股(?:热|清|温)?(?:水|流) | (?:哗|突然)[^,，。;；!！?？\n]{0,6}流[^,，。;；!！?？\n]{0,4}水 | water\s?s?\s*(?:has|have|just|'s)?\s*(?:broke|broken|leak\w*|break\w*)""",
    "fits": r"""
        抽搐 | 惊厥 | 痉挛 | 子痫(?!前期) | 抽风 | 抽疯 | 发羊[癫角儿]?疯?风? | 羊[癫角][疯风] | 癫痫发作 | 口吐白沫 | 吐白沫 | 翻白眼 | 两眼上翻 | 眼睛?(?:往)?上翻
        | (?:全身|浑身|身上|四肢|人|手脚|身体|一直|突然|在|开始)(?:都|在|一直|突然)?抽(?:筋|了|起来|动|个不停|得)? (?!血|查|烟|空|奖|屉|水|脂|时间)
        | 昏迷 | 昏倒 | 昏厥 | 晕倒 | 晕厥 | [昏晕](?:过去|死过去|了过去) | 不省人事 | 没(?:了|有)?(?:意识|知觉) | 叫不醒 | 喊不醒 | 喊不应 | 叫不应 | 神志不清 | 失去(?:意识|知觉) | 休克 | 意识(?:模糊|不清)
        | 牙关紧闭 | seizures? | convuls\w+ | having\s+a?\s*fits? | faint(?:ed|ing)? | unconscious | passed\s+out""",
    "headache_vision": r"""
        (?:头|脑壳|脑袋|太阳穴|后脑勺)(?:[^,，。;；!！?？、\n不没无]{0,6})(?:痛|疼|炸|裂开|要裂) | 脑壳[痛疼] | 头[痛疼]
        | (?:眼睛?|看东西|视力|看人|眼前|两眼|看)(?:[^,，。;；!！?？、\n没无]{0,6})(?:花|模糊|看不清楚?|重影|发黑|黑|冒金星|糊|瞎|看不见|蒙) | 看不清 | 看不见 | 视物模糊 | 眼冒金星 | 冒金星 | 视线模糊
        | 眼花 | 血压(?:[^,，。;；!！?？、\n不没无]{0,6})(?:好高|很高|太高|特别高|飙|冲到|1[6-9]\d|2\d\d) | headaches? | blurred\s+vision | blurry | see(?:ing)?\s+spots | can'?t\s+see""",
    "leg_swelling": r"""
        (?:一条|一边|一只|单|左|右|半边)(?:边|侧|条|只)?(?:小|大)?(?:腿|脚)[^,，。;；!！?？、\n不没无]{0,8}(?:肿|粗)
        | (?:腿|脚|腿肚子|小腿|脚踝|脚背)(?:[^。;；!！?？\n不没无]{0,10})(?:肿)(?:[^。;；!！?？\n不没无]{0,8})(?:痛|疼|痛得|发红|发紫|发热|发烫) | (?:腿|脚|小腿|腿肚子)(?:[^。;；!！?？\n不没无]{0,8})(?:痛|疼)(?:[^。;；!！?？\n不没无]{0,8})肿
        | (?:腿|脚|手脚)(?:(?!有点|有些|稍微|轻微|一点|微)[^,，。;；!！?？、\n不没无]){0,6}肿(?!瘤|的事)(?!.{0,2}一点|一点点) | (?:脸|眼皮|眼睛|全身|浑身|手)[^,，。;；!！?？、\n不没无]{0,5}(?:浮肿|肿)
        | (?:浮肿|水肿)[^,，。;；!！?？、\n不没无]{0,4}(?:厉害|严重|很|得|明显|越来越) | 静脉血栓 | swollen\s+(?:painful\s+)?(?:leg|calf|face|hands) | (?:leg|calf)\s+(?:is\s+)?(?:swollen|swelling)""",
    "breathless": r"""
        喘不(?:过|上|了)(?:来)?气? | 上不来气 | 透不过(?:来)?气 | 喘不过 | 呼吸(?:[^,，。;；!！?？、\n没无]{0,4})(?:困难|费力|急|不畅|不上|不了|不来|不过来|吃力|快|紧|暂停|停) | 气短 | 气促 | 气急 | 气喘 | 喘得 | 喘气(?:费|困|难|粗)
        | 胸闷 | 胸口?(?:[^,，。;；!！?？、\n不没无]{0,4})(?:闷|痛|疼|堵|压) | 出气(?:不(?:赢|匀|来|了)|困难|费力) | 憋气 | 憋得 | 心慌 | 心口(?:闷|堵) | (?:出|吸|喘|透|接|换)不(?:来|了|上|赢|过|出|进|匀)(?:来)?气 | 接不上气 | 气(?:上|接|喘)不(?:来|上|过) | 躺不(?:下|平) | 缺氧 | 嘴唇?(?:发)?(?:紫|乌|青)
        | breathless\w* | short(?:ness)?\s+of\s+breath | can'?t\s+breathe | cannot\s+breathe | trouble\s+breathing | chest\s+pain""",
    "high_fever": r"""
        高烧 | 高热 | 发(?:了|着|起|过)?(?:高|大|低)?烧 | 发热(?!毯|贴) | 烧(?:到|得|起来|了[一两三几\d]+天|不退|到了|糊涂|还没退|迷糊) | (?:体温|温度|量了|烧|热)[^,，。;；!！?？\n不没]{0,6}(?:3[89]|4[01])(?:[.点]\d)? | (?<![\d.])(?:3[89]|4[01])(?:[.点]\d)?(?:度|℃|°) | 三十[八九]度 | 四十度
        | (?:身上|浑身|全身|额头|人|头)(?:[^,，。;；!！?？、\n不没无]{0,3})(?:滚烫|发烫|烫|火烫) | 打摆子 | 寒战 | 打寒颤 | 打冷颤 | 发冷 | 忽冷忽热 | 畏寒 | fever | high\s+temperature | chills""",
    "discharge": r"""
        (?:恶露|分泌物|白带|下面|下身|阴道|私处|流出来的|脏东西)(?:[^,，。;；!！?？、\n不没无]{0,10})(?:臭|异味|腥|脓|豆腐渣|味道|怪味|难闻|发绿|绿色|黄绿|有味|味很|味儿|馊) | 流脓 | 化脓
        | (?:伤口|刀口|切口|剖口|疤|缝线|侧切)(?:[^,，。;；!！?？、\n不没无]{0,8})(?:裂开|裂了|红肿|臭|渗|流水|流脓|发炎|感染|化脓|开了|崩|烂) | (?:乳房|奶子|胸|奶)(?:[^,，。;；!！?？、\n不没无]{0,6})(?:化脓|流脓|硬块|红肿)
        | foul|smelly\s+discharge | discharge\s+smells?""",
    "self_harm": rf"""
        不想活 | 想(?:去)?(?:死(?!(?:你|您)们?[了啦喽咯哦]|我[了啦])|寻死|自杀|轻生|不开|跳楼|跳河|上吊) | 想不开 | 寻死 | 活不下去 | 不想(?:再)?活 | 活着(?:真|也|还|好|实在|太)*(?:没|有什么|没有|有啥|累|干什么)(?:什么)?(?:意思|意义|用|劲|希望|够)? | 自杀 | 轻生 | 跳楼 | 跳河 | 跳井 | 割腕 | 上吊 | 喝(?:了)?(?:农药|百草枯|敌敌畏|老鼠药|药水)
        | 吃(?:了)?(?:老鼠药|安眠药) | 一了百了 | 死了算了 | 死了一了 | 不如死 | 还不如死了? | 结束(?:生命|自己) | 自残 | 伤害(?:自己|{_BABY}) | (?:带着|抱着|把|想把|想|要|恨不得){_BABY}?[^,，。;；!！?？\n]{{0,6}}(?:掐死|捂死|扔掉|扔了|丢掉|摔死|弄死|杀了|杀死|掐|捂|闷死|溺死|扔|一起死|一起走|同归于尽)
        | (?:掐死|捂死|摔死|弄死|扔掉|杀了|害死|淹死)(?:[我她他]的?)?(?:他|她|{_BABY}) | 不要这个?命 | 没有?活路 | 活够 | 活腻 | 离开这个?世界 | 没(?:我|有我)(?:更好|就好) | 不想(?:要|见|养|看到)这?个?{_BABY}[^,，。;；!！?？\n]{{0,4}}(?:死|扔|掐|命)
        | suicid\w* | kill\s+(?:myself|herself|the\s+baby|my\s+baby|her\s+baby) | want(?:s)?\s+to\s+die | end\s+(?:my|her)\s+life | hurt\s+(?:myself|the\s+baby|my\s+baby)""",
    "newborn": rf"""
        {_BABY}{_BABY_GAP}{{0,14}}(?:不吃奶?|不喝奶?|不(?:会|肯|愿|想|怎么|太|大|爱)(?:吃|喝|吸|嘬)|没吃奶?|没怎么吃|吃不(?:下|进|了)|吃(?:得|奶)?(?:少|很少|差)|吸不(?:动|住|了)|吸(?:奶|吮)无?力|拒奶|呛奶|不哭|没哭|哭不出|哭声(?:弱|小|很小|低)|哭得(?:弱|没)|没(?:有)?(?:力气|劲|精神|反应|呼吸|心跳|尿|小便|气)
        |软绵绵|软塌塌|软趴趴|软软的|发软|浑身软|全身软|瘫软|软得|发紫|发青|发乌|发黑|发绀|青紫|乌青|嘴.{{0,3}}[紫青乌]|脸.{{0,4}}[紫青乌黑]|紫了|青了|全身.{{0,3}}[青紫]|发黄|好黄|很黄|有点黄|有些黄|太黄|黄得|黄黄|越来越黄|变黄|全身.{{0,3}}黄|皮肤.{{0,3}}黄|眼.{{0,4}}黄|脸.{{0,3}}黄|黄疸(?!(?:值|也|都)?(?:不(?:算|太|很)?(?:重|高|严重|厉害|明显|深)|正常))
        |冰凉|冰冷|发凉|身上.{{0,3}}[凉冷]|手脚.{{0,3}}[凉冷冰]|全身.{{0,3}}[凉冷]|体温(?:低|不升|上不来)|摸.{{0,5}}[凉冷冰]|抽(?!血|足)|翻白眼|呼吸|喘|喉咙.{{0,4}}响|呻吟|憋|不睁眼|睁不开眼|叫不醒|喊不醒|弄不醒|嗜睡|老是睡|一直睡|睡不醒|昏睡|发烧|发热|烧|滚烫|发烫|烫
        |(?:肚脐|脐带|脐部|脐).{{0,6}}(?:红|脓|臭|出血|流血|渗|流水|肿|湿)|出血|流血|吐血|便血|拉血|吐(?:个)?不停|一直吐|老吐|狂吐|喷射|吐黄水|吐绿水|肚子.{{0,3}}(?:胀|鼓|硬)|不(?:拉|尿|解)|没(?:拉|解大便)|囟门.{{0,3}}[鼓凸凹]|拉(?:水|肚子|稀)|不动|没动静|窒息)
        | 不吃奶 | 不喝奶 | 不肯吃奶 | 拒奶 | 不会(?:吃|吸)奶 | 吸不动奶 | 吃奶(?:少|差|没力|无力) | (?:肚脐眼?|脐带|脐部)[^,，。;；!！?？、\n不没无]{{0,6}}(?:红肿|流脓|发臭|臭|出血|流血|渗血|脓|流水|发红)
        | 黄疸[^,，。;；!！?？、\n不没无]{{0,6}}(?:高|重|厉害|严重|加重|反复|回升|越来越) | 黄疸[^,，。;；!！?？、\n]{{0,4}}(?:没退|不退|未退) | 新生儿窒息
        | baby.{{0,25}}(?:not\s+feeding|won'?t\s+(?:feed|eat|suck)|limp|blue|yellow|cold|not\s+breathing|not\s+crying|fits?|jaundice)""",
}
_SCANNER = Scanner(_SIGNS, re.X)

_NEGATOR = r"(?:没有|没|无|未见?|并无|并没有?|没再|不再|不会再|再也没有?|否认|从没|从来没有?|从未|也没有?|都没有?|还没有?|不(?:曾|见|会|太|怎么|是|算)|无需|不觉得|no|not|without|denies|any)"
_FILLER = r"(?:再|有过?|出现过?|发生过?|什么|任何|明显的?|感觉到?|觉得|过|见到?|啥|怎么|太|大|感到|突然|再次|异常|不规则|阴道|的|很|这种|这样|一点点?|特别|\s)*"
_DENIED = re.compile(rf"{_NEGATOR}{_FILLER}$")
_SUPPOSING = r"会不会|以免|免得|小心|注意|当心|万一|如果|要是|假如|若是?|一旦|倘若|预防|防止|防|避免|以防|有没有|有无|是否|是不是有|引起|导致|造成|想象|假装|演练|模拟|观察|提醒她?|告诉她|关于|什么是|以为|if|in case of|prevent"
_WITHIN = r"(?:她|他|我|再|有|出现|发生|会|产后|孕期|早期|突然|孩子|宝宝|了|什么|的时候|\s){0,5}$"
_FEARED = re.compile(rf"(?:怕|担心|害怕|会|容易|可能会|{_SUPPOSING}){_WITHIN}")
# Who fears to do herself or the child harm (我怕我会掐死他) is to be heard, not passed over.
_SUPPOSED = re.compile(rf"(?:{_SUPPOSING}){_WITHIN}")
_TAUGHT = re.compile(
    r"(?:的)?(?:急救|抢救|救治|防治|预防|处理|处置|识别|应急|的)*(?:培训|知识|讲座|演练|演习|课程|流程|预案|方案|宣传|视频|资料|考试|考核|会议|学习班)"
)
_OF_ANOTHER = re.compile(
    r"的(?:人)?是(?:我|她|俺|他)?(?:们)?(?:家)?(?:的)?(?:爷爷|奶奶|老公|公公|婆婆|爸|外公|外婆|老人|哥(?!嫂)|弟(?!媳|妹)|叔|伯)"
)
_TAIL_ASKED = re.compile(r"(?:了|过)?(?:吗|没有|没|么|不)\s*[?？]?\s*$")
_MEDIA = re.compile(
    r"电视剧?|新闻|小说|抖音|快手|网上|网络|百度|视频|报纸|广播|电影|故事|讲座|培训|宣传|讲课|上课|课上|课程|书上|书里|演习|演练|知识|朋友圈|公众号|文件|会议|开会|通知|手册上|古时候|做梦|梦见|梦到|历史上|剧里|on tv|in the news|movie"
)
_HERE = re.compile(r"我|她现在|现在|她也|今天|刚才|昨晚|怎么办|救命|快来")
_EARLIER = re.compile(
    r"上一?胎|头一?胎|第[一二]胎(?:的?时|生|是|大)|前一?胎|上次(?:生|怀|剖)|上回(?:生|怀)|生(?:老大|大的|头胎|第一个|前面|上一个)|以前(?:生|怀|有过)|怀(?:老大|大的|头胎)|[有]?过?既往|病史|去年|前年|大前年|几年前|小时候|last pregnancy"
)
_PERIOD = re.compile(r"(?<![像似跟和如同比是])(?:月经|例假|大姨妈|姨妈|来事|经期|经血|来红|生理期)")
_LIKE_PERIOD = re.compile(r"(?:像|似|跟|和|如|同|比|以为是|好像)[^,，。]{0,4}(?:月经|例假|大姨妈|姨妈|来事)")
_OVER = re.compile(
    r"(?:(?:现在|后来|已经|今天|目前|早就?|又|就|都|去医院|治疗后|这两天|当时)[^。!！?？\n]{0,8})?(?:止住了?|止了|停了|停止了?|好了|好转了?|好多了|没有了|没了|不(?:出血|流血?|痛|疼|烧|肿|吐|黄|喘|抽|晕|流|臭)了|不(?:再)?(?:流|出|痛|疼)血?了|(?:已经?|全|都)?退了|退烧了?|消退了?|消了|缓解了|没事了?|正常了|(?:都|已经?|也|恢复|全)正常(?!吗)|干净了|恢复了|没再(?:流|出|痛|疼|有)|没有?(?:流|出血|痛|疼|烧|吐|抽|晕)了|稳定了|平稳了)"
)
_NOT_OVER = re.compile(r"(?:没|不|未|止不)(?:有)?(?:见)?$|还$")
_DIED = re.compile(
    r"没(?:有)?(?:能)?(?:抢)?救(?:过)?(?:回)?来|抢救无效|救不(?:过|回)来|死亡|(?<![痛疼怕吓急累烦热饿受胀痒晕闷难慌])死了|去世|过世|身亡|不治|咽气|断气|断了气|病故|离世|走了|没了|人不在了|死在|丢了命|没命|died|dead|death"
)
_FADED = re.compile(
    r"[^,，。!！?？\n]{0,4}[,，、 ]*(?:现在|后来|今天|目前|这会儿?|这两天)(?:都|也|又|就|已经?)*没(?:有)?了(?![气命]|呼吸|心跳|意识)"
)
_LITTLE = re.compile(r"过|一点|一些|有点|有些|几滴")
_SENTENCE = re.compile(r"[^。!！?？;；\n]+[。!！?？;；\n]*")
_CLAUSE_END = re.compile(r"[,，。;；!！?？\n]")
_NOSE = re.compile(r"(?:鼻子?|牙龈|牙齿|牙|痔疮|大便|手指|手|脚趾|膝盖|嘴角|耳朵)(?:[^,，。]{0,3})$")
_HARMLESS = re.compile(
    # The weather has no tenths of a degree.
    r"(?:天气|气温|外面|室外|热死|天好?热)[^。烧体身额头娃宝我她他量回]{0,6}(?:3[5-9]|4[0-5])多?(?:度|℃)"
    r"|杀了?(?:[一两]?[头只条])?年?(?:猪|鸡|鸭|鱼|羊|牛)(?:的|时)?(?:流|出|放|淌|接)[^,，。我她]{0,5}血|(?<![遛逗抱被撞])(?:猪|狗|猫|母牛|母羊)(?:都|也|又|在)?(?:流|出|淌)[^,，。我她]{0,4}血"
    r"|抽血|验血|采血|献血|血压(?:计|正常)|血糖|血型|贫血|补血|血常规|血检|血红|血色素|血管|血脂|血氧|血清|血缘|出血性|脐带血|流水账|流水线|牛血|猪血|鸭血|鸡血|血旺|头胎|疼爱|心疼(?!得)|疼孩子"
    r"|羊水(?:正常|偏?[多少]|指数|穿刺|量|深度)|头痛的?事|头疼的?(?:事|问题)|令人头[痛疼]|让人头[痛疼]|无痛|分娩痛|止痛|看[得]?(?:见|清)|流鼻血|鼻血|手机看不|字看不|看不(?:见|清楚?)(?:字|信息|消息|短信|图|你)|看不见(?:消息|短信)"
    r"|腿抽筋|脚抽筋|小腿抽筋|抽筋缺钙|发热门诊|退烧药|头孢|抽烟|抽时间|抽空|抽查|生气|天气|脾气|客气|运气|福气|打气|燃气|煤气|气温|天气热|热死|烧香|烧水|烧饭|烧火|红烧|烧烤|(?:家里|屋顶|水管|房子|厕所|水龙头)[^,，。]{0,4}(?:漏水|流水)"
    r"|(?:吃|喝|要)(?:的)?母乳[^。!！?？]{0,6}不(?:肯|爱|要)?(?:吃|喝)(?:奶粉|牛奶|奶瓶)|不(?:吃|喝)(?:奶粉|牛奶)[^。!！?？]{0,4}[只光就](?:吃|喝)母乳"
    r"|不哭不闹|眼花缭乱|老花|看花|活动|运动|劳动|移动|自动|手动|动车|活着回|吃药|喝药水按时"
)


_OF_LABOUR = frozenset(("waters_broken", "abdominal_pain", "no_fetal_movement"))
"""Signs that are part of the birth or loss told right after them: 昨晚破水，今早顺产."""
_DELIVERED = re.compile(
    r"(?<![快要会将没])(?:生了|生下|产下|顺产了?|剖了|剖出|剖宫产(?!史)|剖腹产|分娩了?|流产了|小产了|没保住|引产了|清宫了?|胎停了)|母[子女](?:平安|均安)"
)


_BEFORE, _AFTER = 60, 48
"""Characters before and after a sign that say whether it counts."""


class Signs(NamedTuple):
    """What stands in one message: signs there are `now`, and those of this pregnancy said to be `past`."""

    now: tuple[str, ...]
    past: tuple[str, ...]


def danger_signs(text: str) -> tuple[str, ...]:
    """Kinds of danger sign that `text` tells of, in the order told; empty when there is none.

    Kinds: bleeding abdominal_pain no_fetal_movement waters_broken fits headache_vision leg_swelling
    breathless high_fever discharge self_harm newborn.
    """
    return signs(text).now


def past_danger_signs(text: str) -> tuple[str, ...]:
    """Kinds said to have been and to be over: a task for the coordinator the same day."""
    return signs(text).past


def signs(text: str) -> Signs:
    """Danger signs of `text`, those of now and those said to be over."""
    return signs_in(fold(normalise(text)))


@lru_cache(maxsize=1024)
def signs_in(said: str) -> Signs:
    """`signs` of a message that is normalised and folded already."""
    now: dict[str, None] = {}
    past: dict[str, None] = {}
    for sentence in _SENTENCE.finditer(said):
        _judge(sentence[0], said[sentence.end() : sentence.end() + 24], now, past)
    return Signs(tuple(now), tuple(kind for kind in past if kind not in now))


def _judge(sentence: str, following: str, now: dict[str, None], past: dict[str, None]) -> None:
    """Sort the signs of one sentence into `now` and `past`.

    What holds for the sentence is looked for once and around a sign only so far, lest a message of nothing but
    signs take the square of its length.
    """
    telling = _HARMLESS.sub(lambda m: "○" * len(m[0]), sentence)
    signs_there = _SCANNER.find(telling)
    if not signs_there:
        return
    text = sentence + following
    media, earlier = _MEDIA.search(sentence), _EARLIER.search(sentence)
    strange_from = media.end() if media and not _HERE.search(sentence, media.end()) else len(text)
    earlier_from = earlier.end() if earlier else len(text)
    today_from = sentence.find("现在") + 2 if "现在" in sentence else len(text)
    period = _is_period(sentence)
    denied_until = -1
    for kind, start, end in signs_there:
        clause = _CLAUSE_END.split(sentence[max(0, start - _BEFORE) : start])[-1]
        if _is_denied(clause, denied_until, start, sentence):
            denied_until = end
            continue
        if _TAUGHT.match(sentence, end) or _OF_ANOTHER.match(sentence, end):
            continue
        feared = _SUPPOSED if kind == "self_harm" else _FEARED
        if feared.search(clause) or (_TAIL_ASKED.match(sentence, end) and kind != "newborn"):
            continue
        if strange_from <= start or earlier_from <= start < today_from:
            continue
        if kind == "bleeding" and (period or _NOSE.search(clause)):
            continue
        if _has_ended(text, end) and not _has_faded(text, kind, start, end):
            continue
        if kind in _OF_LABOUR and _DELIVERED.search(text, end, end + 40):
            continue
        (past if _is_over(text[end : end + _AFTER]) else now)[kind] = None


def _is_denied(clause: str, denied_until: int, start: int, sentence: str) -> bool:
    if _DENIED.search(clause):
        return True
    # 没有流血、肚子痛: one denial goes on through a list, but not over a comma.
    return (
        denied_until >= 0
        and re.fullmatch(r"(?:[、和或及与跟]|也没有?|或者|没有|\s)+", sentence[denied_until:start])
        is not None
    )


def _is_period(sentence: str) -> bool:
    return (
        bool(_PERIOD.search(sentence))
        and not _LIKE_PERIOD.search(sentence)
        and not re.search(r"孕|胎|产后|停经", sentence)
    )


def _is_over(rest: str) -> bool:
    over = _OVER.search(rest[:24])
    return (
        over is not None
        and not _NOT_OVER.search(rest[: over.start()][-3:])
        and not re.search(r"又|还在|仍", rest[over.end() : 24])
    )


def _has_faded(text: str, kind: str, start: int, end: int) -> bool:
    """肚子痛，现在没了 is said of the pain; of bleeding so only where it was little, or some time ago."""
    mild = kind != "bleeding" or _LITTLE.search(text, max(0, start - 3), end + 3) is not None
    return mild and _FADED.match(text, end) is not None


def _has_ended(text: str, end: int) -> bool:
    """The sign belongs to a death told in the same breath: that report is what counts."""
    return bool(_DIED.search(text, end, end + 26))
