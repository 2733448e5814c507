"""Which events a message tells of: cues in its words, each weighed by the clause it stands in.

A cue is a word that may tell of an event (生了, 流产, 建册). It counts only in a clause that states
something: one that asks (李梅生了吗), supposes (要是怀孕了), denies (没怀孕), plans (准备怀孕), recalls an
earlier pregnancy (头胎剖的) or tells of strangers (电视里说) is no evidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .lexicon import listed
from .scanning import Scanner

INTENTS: tuple[str, ...] = (
    "pregnancy",
    "booking",
    "antenatal_visit",
    "risk_grade",
    "referral",
    "birth",
    "pregnancy_loss",
    "maternal_death",
    "child_death",
    "woman_death",
    "birth_defect",
    "postnatal_visit",
    "follow_up",
    "lost_contact",
    "moved",
    "critical_case",
    "newborn_visit",
    "preconception",
    "contraceptive_reaction",
    "roster_query",
    "own_status",
    "visit_done",
    "visit_later",
    "change_phone",
    "wrong_number",
    "danger_sign",
    "opt_out",
    "opt_in",
    "correct",
    "withdraw",
    "verify",
    "assign",
    "question",
    "help",
    "none",
)
"""Every intent `understand` may give, as in the shared vocabulary."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Evidence for `intent` at `start`–`end`. A cue that is not `firm` yields to any other event."""

    intent: str
    start: int
    end: int
    firm: bool = True


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of the message up to a comma or stop; `states` is false where it asks, supposes or plans."""

    start: int
    end: int
    text: str
    asks: bool
    states: bool


CHILD = (
    r"(?<!生)(?<!生完)(?<!生小)(?<!生了)(?:孩子|小孩子?|娃娃?|宝宝|宝贝|婴儿|新生儿|毛毛头?|毛娃|毛伢子?|娃[子崽儿]|细伢子?|细妹子?|早产儿|儿子|女儿|闺女|孙子|孙女|崽崽?|男婴|女婴|男孩|女孩|男娃|女娃|幼儿|儿童|小家伙|小宝|奶娃|伢子?|妹仔|细人子"
    r"|双胞胎|龙凤胎|三胞胎|老[大二三四幺]|[大二三]宝|小毛头|毛头|幺儿|小幺|大的|小的|baby)"
)
_OTHERS = r"(?:爷爷|奶奶|老人|老头|老太|公公|婆婆|丈夫|老公|爸爸?|父亲|男人|爱人|她妈|我妈|妈妈|母亲|外婆|外公|狗|猪|牛|鸡|鸭|羊|猫|叔|伯|舅|哥|嫂|姨|阿公|阿婆|邻居)"
_DEAD = r"(?:死亡|(?<![累热饿烦笑气急吓怕冷困渴忙撑痛疼想爱恨乐])死了|死于|死掉|去世|过世|夭折|夭亡|病故|身亡|离世|逝世|咽气|断气|断了气|没气了|猝死|不治|不在了|没抢救过来|抢救无效|没救过来|没能救过来|没有抢救过来|没有救过来|救不过来|没救回来|没养活|没养住|没养大|没养成|没带大|没带活|没带起来|没成人|病逝|亡故|身故|没[活挺熬扛]过来|没活成|没活下来|没命了|淹死|溺亡|溺死|摔死|烧死|病死|走掉了|死在)"
_GONE = r"(?:没了|走了|没有了|没得了|没哒)"
_NOT = r"(?<!没)(?<!没有)(?<!未)(?<!不)(?<!不是)(?<!无)"

# In order of precedence where two begin at the same place.
_CUES: dict[str, str] = {
    "withdraw": r"(?:孕情|那[份条个]|上报)[^,，。;；]{0,4}报错了?[^。;；]{0,10}(?:删|取消|撤|作废)|撤回|撤销|撤[掉了](?!环)|作废|不作数|不算数|(?:不是|没有?|并没有?|根本没)怀(?:孕|上)?[^。;；吗?？]{0,10}(?:搞错|报错|弄错|看错|误报|误会|报早|错了)|收回|误报|假孕|空欢喜|(?:取消|删除|删掉|删了|去掉)(?:刚才|上|那|这|前面|昨天|之前|上报|报告|刚刚)|(?:报|发)的[^,，。]{0,6}(?:取消|撤|删|不要|不算)|(?:上报|报告|孕情|那份|那条|这条|上一条|刚才那条|记录|刚报的|那个)[^,，。]{0,6}(?:取消|删了|删掉|删除|不算|不要了|去掉)|报重了|重复(?:报|上报|了)|报错人|报错了[,， ]*(?:不是她|取消|不要|撤)|withdraw",
    "correct": r"(?:昨天|前天|上次|刚才|之前)报的[^,，。;；]{0,8}是[^,，。;；]{1,6}不是|更正|订正|纠正|(?:改|修改)(?:一下|成|为|下|正|到)|修改|[报写说填记弄搞输登]错了?|(?:应该|应当|其实|实际)(?:是|为)(?=[^\s,，。;；!！?？])|正确的是|不是[^,，。吗?？]{1,16}[,，、\s]*(?:应该是|应是|而是|是)|有误|(?:[报发写填说]的|那[个条份]|刚才|上面|前面|日期|时间|名字|电话|体重|孕周|预产期|月经)(?:都|也|好像|有点)?不对|打错了?字|correction|correct\b",
    "wrong_number": r"你们?(?:是不是)?(?:搞|弄|记|登记)错|谁是(?=[\u4e00-\u9fff]{2,3}[?？]?$)|发错人|搞错人|打错了?(?!针|疫苗|药|字|了?字)|打错电话|发错了|找错人|你们?(?:找|发)错|你(?:们)?找谁|不认识(?:你|这个|她|什么|这人|(?=[\u4e00-\u9fff]{2,4}$))|我(?:不是|不叫)(?:什么)?(?:[\u4e00-\u9fff]{2,4}$|她|本人|这个人|你|孕妇)|不是本人|不是你们?(?:要|想)?找的|不用这个(?:号|手机|电话)|(?:号码?|卡)[^,，。]{0,8}(?:[刚新]办|[刚新]买|才办)的?|号码(?:不对|错)|错号|(?:这|此)(?:个)?(?:号码?|电话|手机)(?:不是|已经不是)|认错人|我(?:是|都是)(?:一?个)?(?:大?男的|男人|大男人|男生)|我一?个?大?男的|我一个大?男人|wrong\s+number",
    "opt_out": r"退订|^[停退][!！。. ]*$|拉黑你们?|骚扰|(?:不需要|用不着|不必|不用)(?:你们?)?(?:再)?(?:提醒|短信|发|通知|管我)|不要(?:老|总|天天|一直|再三)?(?:是)?(?:给我)?发|(?:别|勿|甭|不许)再?(?:(?:给|跟|往)(?:我|俺|这))?(?:发(?![烧热火脾现生])|传(?!染))|莫(?:再)?(?:给|跟|往)?(?:我|俺)?再?(?:[发传][^,，。]{0,3}(?:短信|消息|信息|来|了)|烦|来烦)|不要再?(?:给(?:我|俺))?(?:[发传]|提醒|打扰|通知)|不想(?:再)?(?:收|接收|看(?![到见孩娃宝]))|不用再?(?:给我)?(?:发|提醒)|停止发|取消(?:订阅|提醒|短信)|不接收|不收(?:短信|信息)|别(?:再)?(?:打扰|烦|提醒)|^(?:td|stop|unsubscribe|quit)[.。!！]?$|^[tnr]$",
    "opt_in": r"恢复(?:提醒|短信|发|订阅|接收|通知)|^恢复$|再给我发|[重再][新次]?(?:开|打开|开启)?(?:发)?(?:给我)?提醒我?|(?:开启|打开|开通)(?:短信|提醒|消息)|要收(?:短信|提醒)|重新(?:订阅|接收|开通|收|发)|(?:可以|继续|同意|愿意|想|想要|又想|还是)(?:再)?(?:给我)?(?:接?收|发|提醒)(?:短信|消息|提醒|信息|给我|我)|再发给我|开通提醒|还是发(?:吧|给我)|^(?:start|subscribe)$",
    "change_phone": r"改(?:了)?(?:手机|电话)?号(?:码)?了?|打我(?:的|这个)|换(?:了)?(?:个|新)?(?:手机|电话|号码?|卡)|(?:手机|电话)?号码?(?:换|改|变)(?:了|成|为)|(?:现在|改|暂时|先|换)(?:都|就|先)?(?:用|打|联系)[^,，。]{0,6}(?:号|(?<!\d)1[3-9]\d)|新(?:的)?(?:手机|电话|号)(?:号码?|码)?(?:是|[:： ]|1)|(?:这个|原来的?|以前的?|旧)(?:号码?|电话|手机号?)(?:不用|停|注销|作废|打不通)了?|(?:手机|电话)(?:换|改|变)(?:了|成|为)|(?:手机|电话)(?:号码?)?(?:更新|变更|更改)|更换(?:手机|电话|号码)|以后(?:就|都|请)?(?:打|用|发|拨|联系)[^,，。]{0,8}(?:号|1[3-9]\d)|new\s+(?:phone\s+)?number|changed\s+(?:my|her)\s+(?:phone|number)",
    "birth_defect": r"出生缺陷|先天|兔唇|唇裂|腭裂|唇腭裂|豁嘴|[六多并]指|多(?:了|长|出)?(?:了)?一?[个根]?(?:小)?(?:手指|脚趾|指头|脚指头)|多趾|并趾|马蹄(?:足|内翻)|内翻足|无脑儿|脑积水|脊柱裂|脊膜膨出|唐氏(?!筛|综合征筛)|21[- ]?三体|畸形|先心病?|尿道下裂|肛门闭锁|无肛|没(?:有)?肛门|没屁眼|连体|短肢|小耳|缺(?:一只)?耳|缺指|(?:少|缺|没)(?:了)?(?:一[只个条]|两[只个])?(?:手|脚|耳朵|眼睛|胳膊|腿)(?!机|续|心|术|冷|凉)|耳朵没长|心脏(?:有洞|有个洞|缺损)|室(?:间隔)?缺(?:损)?|房缺|少(?:了)?[一两个]*(?:手指|脚趾|根手指)|隐睾|食道闭锁|膈疝|腹裂|脐膨出|cleft|birth\s+defect|congenital",
    "critical_case": r"危重|病危|icu|重症监护|自动出院|自行出院|强行出院|(?:自己|偷偷|私自|擅自|强行)[^,，。]{0,3}出院|(?:强烈|坚决|非要|硬要)[^,，。]{0,4}出院|要求出院|hellp|放弃治疗|不听劝.{0,6}出院|签字(?:出院|回家|走)|正在抢救|还在抢救|在抢救|抢救中|送去抢救|子宫切除|切(?:了|除)?子宫|弥漫性血管内凝血|dic|critical",
    "referral": r"(?<!滋)(?<!滋病)(?<!毒)(?<!肝)(?<!hiv)(?<!染病)(?<!没有)(?:高危|风险)?(?:筛查|初筛)(?:结果)?(?:是|为|呈|出)?阳性|(?:^|[\s,，。;；])转出[:： ](?=[^,，。]{0,20}(?:→|->|到|至|医院))|(?:医生|医院|卫生院|妇幼|大夫|[县镇]里|诊所)(?:[让叫要喊]|建议|要求)[^,，。]{0,6}(?:去|到|上|转)(?:县|市|省|上级|大|赣州|南昌)[^,，。]{0,8}|转诊|转院|转(?:到|往|去|至|送|上|县|市|省|入)[^,，。]{0,2}|(?:往|向)上转|转介|接诊|收治|转来(?!村|我们)|接收|送(?:到|往|去|至)?(?:了)?(?:县|市|省|上级|赣州|南昌)[^,，。]{0,6}(?:医院|妇幼|保健院)|(?:建议|要求|让)(?:她)?(?:去|到)(?:县|市|省|上级)[^,，。]{0,8}(?:看|查|住院|复查|生|就诊|进一步)|上转|下转|referr?\w*",
    "maternal_death": r"(?:孕产?妇|产妇)[^,，。;；不]{0,4}(?:(?:\d{4}|今|去)年)?\d{1,2}月\d{1,2}[号日]?[\u4e00-\u9fff]{0,3}(?:走了|没了|不在了|死亡|死了|去世|过世)|(?:怀着|大着肚子|月子里|生完|坐月子)[^,，。;；不]{0,6}走的|(?:孕产?妇|产妇|大人|孕妈)(?:[^,，。;；不]{0,10})(?:死亡|死了|去世|过世|没了|走了|不在了|没保住|没救|没抢救|病故|身亡|抢救无效|没命)|难产(?:死|走|去世|过世|没了)|大出血(?:死|走了|没了|去世|过世)|生(?:孩子|娃|小孩)(?:时|的时候)?(?:死|走了|没了|去世|过世)|maternal\s+death",
    "pregnancy_loss": r"小月(?:了|子)|小产月|小月[子份]|(?:难免|完全|不全|先兆|自然|稽留|习惯性|药物)流产(?!史|风险)|(?:胚胎?|胎儿|孕囊|胎芽)[^,，。]{0,4}(?:停止发育|不发育|没发育|停了|停育|没长)|孩子(?:停止发育|不发育)|停止发育|空囊|空孕囊|枯萎|没怀(?:稳|好|成)|没(?:怀|坐|保|留|站|落|挂|稳)得?住|没保得?住|(?:胎|孩子|娃|肚里的|肚子里的)[^,，。掉跌落带痂发牙皮毛]{0,2}(?:跌|掉|落|下|化)了(?!.{0,3}(?:牙|发|皮|毛|肉|斤|克|痂|沟|床|水))|(?:怀的|那)(?:那个|个|一个)?(?:孩子|娃)?没了|掉了?(?:一?个)?(?:孩子|娃|胎儿?|宝宝)(?!的|[爸他妈家])|掉了?一个(?=$|[\s,，。;；!！])|自己掉了|(?<![环痂])掉了(?=$|[\s,，。;；!！啊呀])|引下来|引的(?=$|[,，。 ])|[流刮清]干净|去打了(?!针|疫苗|水|电话|工)|做(?:了)?(?:个)?小手术|处理掉|(?<![\u4e00-\u9fff])没要(?=$|[,，。\s])|流产(?!史|过|先兆|的风险)|小产|肚子?里(?:的|那个)?(?:孩子|娃儿?|毛毛|宝宝|小的)?(?:也|就|又|都)?(?:没(?:有)?了|没得了|没哒|没保住)|(?:孩子|胎儿|胎|娃|肚子里的|宝宝)?(?:自己|自然|又)?(?<![血水泪汗汤鼻乳奶脓尿])流(?:了(?!.{0,6}[血水泪汗脓])|掉(?!.{0,3}[血水泪汗])|下来了)|滑胎|胎停(?:育|了)?|停育|停胎|稽留|死胎|死产|死在肚子里|生(?:下来|出来)(?:就)?(?:是)?(?:没(?:有)?(?:气|呼吸|心跳)了?|死的|死胎)|胎死(?:腹中|宫内)|胎(?:儿)?没了|没(?:有)?胎心|胎心没了|没有?心跳了|没心跳|引产|[引流小]了(?:个)?产|引掉|人流|打胎|打掉(?!电话)|打了(?=孩子|娃|胎)|(?:孩子|胎|娃|小孩|宝宝)(?:给|也|都|已经)?(?:[打做拿引刮流]掉|打了(?!针|疫苗|预防|一|人|架|电话|喷|嗝|哈)|引了|流了(?!泪|鼻|口水|汗|血)|不要了)|(?:不要|没要)(?:这个)?(?:孩子|小孩|娃|胎儿?)了?|做掉|拿掉|刮(?:了)?宫|刮掉|清宫|药流|(?:做|选)(?:了|的|个)?无痛(?!分娩|生|胃|肠)|无痛人流|宫外孕|异位妊娠|葡萄胎|没保住|没保下|保不住|没能保住|没留住|留不住|没坐住|没坐稳|掉(?:了)?胎|落胎|落了|坏胎|生化(?!检|全|指标)|胎化了|滑了(?!一?[跤脚下])|滑掉|终止妊娠|终止了|miscarr\w+|abort\w+|stillb\w+|ectopic|lost\s+(?:the|her|my|a|their)\s+(?:baby|pregnancy)",
    "child_death": rf"{CHILD}(?:(?!孕|怀|没有|流)[^,，。;；]){{0,14}}?{_DEAD}|夭折|夭亡|没养活|没养住|没养大|没活成|新生儿死亡|婴儿死亡|(?:baby|child|infant|newborn)\s+(?:has\s+)?(?:died|dead|death)",
    "child_gone": rf"{CHILD}(?:(?!孕|怀|没有|流)[^,，。;；]){{0,10}}?{_GONE}",
    "death": rf"{_DEAD}|{_GONE}|人没(?=了|[,，。 ]|$)|自杀|喝农药|上吊|died|passed\s+away|dead",
    "newborn_visit": r"(?:新生儿|满月|婴儿|宝宝|孩子|娃|小孩)[^,，。]{0,4}(?:访视|家访|随访|体检|上门)|去?(?:访视|看望?|看[了过]|家访)[^,，。不]{0,6}(?:新生儿|宝宝|婴儿|毛毛)|新生儿访视|满月访视|满月[^。]{0,14}(?:体重|称)|给[^,，。]{1,8}(?:宝宝|娃娃?|孩子|毛毛|婴儿)[^,，。]{0,3}(?:称|量|测|洗|检查)了?|(?:称|量)了[^,，。]{0,6}(?:宝宝|娃娃?|孩子|毛毛|婴儿)|newborn\s+visit",
    "postnatal_visit": r"产后(?:访视|随访|家访|检查|复查|回访|42天|四十二天|访)|(?:42|四十二)天(?:的)?(?:检查|复查|体检|产检|去|做|查|随访)|满(?:了)?(?:42|四十二)天|产后\d{1,2}天[^,，。]{0,4}(?:访|看|查|复)|月(?:母子?|婆子?)|看[了过望]?刚生(?:完|了)?的|月子(?:访视|里访视|随访|家访)|看(?:了|望|过)?(?:她)?(?:坐)?月子|(?:访视|看望?|看了|家访|上门看)[^,，。不]{0,6}(?:产妇|坐月子)|(?:坐月子)[^,，。]{0,6}(?:访视|看望|看了|家访)|postnatal\s+visit|postpartum\s+visit",
    "risk_grade": r"(?:绿|黄|橙|红|紫)色?(?:→|-+>|=+>|转|升|降|变|改|调)(?:到|成|为|至)?(?:绿|黄|橙|红|紫)色?|(?:[评定划判列标贴归][了为成到个]{0,3}|风险是?|(?:颜色|评级|级别|结果)(?:是|[:：])?|属|归)(?:了)?(?:绿|黄|橙|红|紫)(?!包|枣|糖|薯|肿|疹|榜|旗|利)|给[了的]?(?:个)?[绿黄橙红紫](?:色|标|牌)|[绿黄橙红紫](?:标|牌)|重点孕妇|五色|复评|(?:评|定|划|分|判|筛查?|评估|分级|评级|评定|风险)[^,，。吗]{0,8}(?:绿|黄|橙|红|紫|高危|高风险|低风险)色?|(?:绿|黄|橙|红|紫)色?(?:的)?(?:高危|风险|预警|等级|标识|标记|孕妇|级)|风险(?:评估|筛查|等级|评分|分级)|(?:是|为|属于|属|成了|变成|升(?:为|到|级)|降(?:为|到|级)|转(?:为|成)|改(?:为|成)|贴)(?:了)?(?:绿|黄|橙|红|紫)色|(?:升|降|评|定|调)(?:为|成|到|级到|级为|了)(?:了)?(?:绿|黄|橙|红|紫)(?:色|的|级|标)?|(?:^|(?<=[\s,，:：;；]))(?:绿|黄|橙|红|紫)色(?=$|[\s,，。;；])|高危妊娠|高危孕妇|高危评|risk\s+(?:grade|level|assess\w+)",
    "booking": r"(?:领|拿|办)(?:了)?(?:个)?本本了?|(?:手册|册子|小卡|大卡|卡)[^,，。没未不]{0,4}(?:办|拿|领|发)(?:下来|好|到手|到|完)?了|(?:册|档|卡)(?:子)?(?:也|都|已经|已|就|刚)?建(?:好|完|过)?了|(?:手册|小本|册子|保健册)[^,，。没未不]{0,14}(?:领|拿|办)(?:到|好|完|回来)?了|建(?:好|完)?[了的]?(?:个)?(?:册|档|卡|母子手册|孕产妇手册|保健手册|保健册|小卡|大卡)|(?:办|领|拿)(?:好|完|到)?(?:了)?(?:个)?(?:孕产妇|母子|母子健康|孕妇)?(?:保健)?(?:手册|小本|册子|保健册)|建了(?=吗|$|[,，。])|已建册|booked|booking",
    "antenatal_visit": r"产检|产前检查|孕检|(?:周|孕期|常规)检查(?!吗)|宫高|腹围|胎心(?:率)?\d{2,3}|[抽验]了?(?:唐筛|血)?[^,，。]{0,3}(?:唐筛|糖耐)|(?:唐筛|糖耐|nt|四维|b超|彩超|无创|排畸)[^,，。没不]{0,3}(?:过了|做了|抽了|照了|查了|正常|低风险|高风险|临界)|[照拍]了?(?:个)?(?:b超|彩超|片子)|听(?:了|过)?胎心|(?:做|去|照|查|拍|打|约|完)(?:了|过|完|个)?(?:b超|彩超|四维|三维|唐筛|唐氏筛查|糖耐|糖耐量|nt|无创|羊水穿刺|大排畸|小排畸|胎心监护|胎监|排畸|心电图|尿检)|(?:b超|彩超|超声|四维)(?:检查)?(?:显示|提示|说|结果|做了|查)|(?:b超|彩超|超声|四维|ultrasound|scan)[^,，。;；\d]{0,10}\d{1,2} ?(?:周|w)|四维彩超|第[一二三四五六七八\d]次(?:检查|产检)|(?:去|到|在)[^,，。]{0,8}(?:医院|卫生院|妇幼)[^,，。]{0,4}检查(?:了|过)?|检查(?:了|过|结果|都|一切|正常|完)|antenatal|check-?up",
    "lost_contact": r"失访|失联|失踪|拉黑了?我|(?:人|她)?(?<!逃)(?<!流|拉|摔)跑了(?![一二两三四五六七八九十几好多半\d]|步|过来|趟|不少)|不在服务区|(?:锁着?门|门锁着?|大门紧闭|铁将军)|不回(?:信息|消息|微信|电话)|(?:信息|消息|微信)[^,，。]{0,3}不回|联系不(?:上|到)|(?:打(?:她|他)?(?:的)?)?(?:电话|手机|号码)[^,，。]{0,6}(?:打不通|关机|停机|空号|没人接|无人接|不接|不通|欠费|没有人接|拒接)|打不通|找不(?:到|着)(?:人|(?=$|[\s,，。]))|找不到她|人找不(?:到|着)|不知去向|人不见了|没人接|联络不上|不知道(?:去|到|搬到)(?:哪|了哪)|lost\s+contact|can'?t\s+reach",
    "moved": r"搬(?:走|到|去|回|来|家|了|进|出)|迁(?:入|出|走|来|到|回|往|过来|过去)|(?:外出|出去|(?<!早)(?<!早就)(?<!刚)出门)(?:打工|务工|了)|(?:去|到|回|跟[^,，。]{0,6}(?:去|到))(?:[\u4e00-\u9fff]{1,8})?(?:打工|务工|上班|住了|做事|做工|养胎|待产|定居|生活)|下(?:广东|深圳|东莞|广州|珠海|海南|福建|浙江)|上(?:北京|上海)|回(?:了)?[\u4e00-\u9fff]{1,6}(?:娘家|老家|婆家)|回(?:了)?(?:娘家|老家|婆家|村里?|来了|来住|来养胎|来待产)|嫁(?:到|去|来|入|过来|过去|出)|(?:从|由)(?![^,，。]{0,6}(?:[掉摔滚流跌爬起]|医院|卫生院|妇幼|检查|镇上|街上))[\u4e00-\u9fff]{1,8}(?:回来|搬来|迁来|过来|嫁来|嫁过来|转来|来的?)|转(?:入|出)本?(?:村|镇|乡|县)|不在(?:村里|本村|我们村|本地|家里)住?了?|新来(?:了)?(?:一|个|的)|租(?:房|住)|(?:来|到)(?:我们|我|本)村(?:住|来)|流(?:入|出)(?:本|我|外|人口)|去(?:了)?(?:广东|深圳|东莞|广州|浙江|福建|上海|北京|外省|外地)(?:了)?|moved",
    "contraceptive_reaction": r"(?:避孕|药具|上环|放环|取环|戴环|带环|节育环|宫内节育器|皮埋|结扎|避孕针|毓婷|紧急避孕|环)[^。;；]{0,24}(?:不良反应|副作用|反应|出血|过敏|疼|痛|恶心|呕吐|想吐|呕|头晕|头痛|月经不调|不规则|不适|不舒服|脱落|掉了|掉出来|异位|感染|发炎|红肿|腰酸|月经|淋漓|疹|痒|胖|心慌)|药具不良反应|(?:不良反应|副作用)",
    "preconception": r"(?:打算|准备|计划)(?:明年|后年|下半年|年底|年后|今年)[^,，。]{0,3}(?:生|要|怀)|备孕|婚检|孕前(?:检查|优生)|(?:准备|打算|计划|想|想要|(?<!现)在)(?:再)?(?:怀孕|怀|要(?:个|二|三)?(?:孩子|小孩|宝宝|娃|胎)|生(?:个)?(?:孩子|二胎|三胎|小孩|宝宝)|要个)|待婚|(?:领|拿)(?:了)?(?:结婚)?证|结婚(?:登记|了|证)?|新婚|(?:做|去)(?:了)?(?:婚检|婚前检查|孕前检查|孕前优生|优生)|婚前|孕前|(?:领|发|吃|服|给)(?:了|着|她)?(?:[\u4e00-\u9fff]{0,3})?叶酸|叶酸",
    "follow_up": r"(?:微信|电话|视频|上门|当面|刚)(?:里)?(?:问|联系|看)了|问了(?:一下|下)?(?=[\u4e00-\u9fff]{2,4})|随访|回访|家访|入户|走访|上门(?:看|了|走|随|查|访|问)|(?:打|去|通|挂)(?:了|过)?(?:个)?电话|电话(?:里|问|联系|随访)|(?:去|到)(?:她|家)[^,，。]{0,6}(?:看|问)(?:了|过|她)|去看(?:了|过|望)|[去到][^,，。]{1,6}家里?(?:看|问|走|坐|了解)|看望|去(?:过|了)(?:她|[\u4e00-\u9fff]{2,4})家|探访|跟进|follow(?:ed)?[- ]?up|visited",
    "birth": rf"{_NOT}(?:生了|生下|产下|诞下|诞生|分娩|接生|顺产|顺生|平产|剖腹产|剖宫产|剖了|剖的|剖出|剖产|开刀生|添丁|添了(?!.{{0,3}}(?:孕|怀))|添个(?!.{{0,2}}孕)|添(?:男|女|孙)|喜得|得了?个?(?:大)?(?:胖|儿子|千金|女儿|闺女|丫头|小子|男|女|双胞)|(?<=[昨前今]天)生(?=$|[\s,，。])|生养(?:了|下)|生(?:第|老)[二三四]个?(?!胎|次)|落草|落地了|卸(?:了)?担子|卸了|解怀|[生添]了?[二三四老][胎二三四]了|(?:娃|孩子|宝宝|毛毛)出来了|抱(?:上|了)(?:个|大|胖)?(?:大?胖?孙|儿子|女儿|闺女|孙)|(?<=[\d\s,，])剖(?=[\s,，]|男|女)|开了一?刀(?=[^。]{{0,10}}(?:男|女|孙|儿|娃|斤))|娩出|自娩|足月产|生落|生矣|生(?:个|出|完(?!再)|产了|一|俩|两|双|龙凤|对|在|的(?:是|时候|男|女|儿|闺|一|个|双|龙|[,，。 ]|$)|男|女|儿子|闺女|孩子了|娃了|好了|咯|喽|哒|嘞|娃娃)|(?<![待临催难流引小])产(?:一|了|子)(?=个|男|女|[,，。]|$)|降生|落地|出世|出生(?!日|年|缺|证|地|医|于)|出生于|卸货|坐月子|早产(?:了|儿|生|,|，)|生产(?:了|完|时|于|$|[,，。])|母[子女](?:平安|均安|都)|得子|得女|临盆了|瓜熟蒂落|娃落地|生仔|生妹|养了个|养了一|产钳|胎吸)|gave\s+birth|delivered|was\s+born|born\b|^births?\b(?!\s*(?:day|date|control|certificate|plan|defect|weight|month|year|place))",
    "pregnancy": rf"{_NOT}(?:怀(?:孕|上|了|起|着|得|到|娃|崽|伢|仔|胎|第[二三四]|老[二三四]|[一二三四双]胎|双|的是|毛)|揣(?:上|了|起)|挂上了|有货了?|带肚|带(?:了)?喜|有好事|[两二]条(?:红)?线|[两二]根(?:红)?线|(?:试纸|验孕棒?|验孕|早早孕|一测|测出|验出)[^,，。没不]{{0,6}}阳|孕囊|[有上]身上|有身项|宫内孕|有喜|有(?:了)?(?:身孕|身子|身喜|娃了|娃娃了|孕)|有[了啦咧喽](?=[,，。!！\s]|$|[一二两三四五六七八九十\d几]|快|大概|已经|差不多)|害喜|两[条道]杠|双杠|大(?:了)?肚子?|肚子(?:大|显怀)了?|显怀|新增?孕妇|孕情|孕妇(?!们|学校|课|会|手册)|孕产妇(?!手册|保健手册)|早孕|宫内(?:早)?孕|验出来有|双身子?|重身|驮肚|驮了肚|驮起|担身|有身项|带身|(?<!怀)孕(?=[\d一二三四五六七八九十快差大约]|早|中|晚|了|[:： ])|要当妈|当妈妈了|要做妈|梦熊|身怀六甲|珠胎|妊娠)|末次月经|lmp|预产期|停经|(?:大?姨妈|例假|月经|月信|身上|那个)[^,，。]{{0,6}}(?:没来|推迟|迟了|未来)|没来(?:月经|例假|大姨妈)|最后一次(?:来)?月经|pregnan(?:t|cy)|expecting",
}
_SCANNER = Scanner(_CUES)
_NEW_PREGNANCY = re.compile(
    r"^(?:怀(?:孕|上|了|起|得|到|娃|崽|伢|仔|胎|第|老|双|毛|[一二三四])|揣|挂|带|宫内|试纸|一测|测出|有喜|有|害喜|两|双|新|孕情|早孕|验|驮|担|大|肚|显|pregnan|expecting|要当|当妈)"
)

_CLAUSE = re.compile(r"[^,，。;；!！?？\n]+[,，。;；!！?？\n]*")
_ASKS = re.compile(
    r"吗|[?？]|么(?=$|[,，。])(?<!什么)(?<!怎么)(?<!那么)|(?:了|过|好|通)没有?(?=$|[,，。!！])|(?:知道|晓得)(?:不|没)|能不能|可不可以|要不要|会不会|是不是|有没有|行不行|好不好|去不去|需不需要|该不该|怎么办|咋办|咋整|咋|(?<!不)怎么(?!都)|怎样|为什么|为啥|(?<!没)(?<!没有)什么(?!都|也)|"
    r"(?<!没)啥|哪(?!怕)(?!都)|(?<!没)谁(?!都)|(?<![前好十过这那没数晚再等早差])几(?:个月|个|周|天|号|次|斤|点|时|片|粒|颗|盒|瓶|岁|胎|级|克|块|种|顿|遍|回)(?!前)|(?<!没)多少|多久|如何|能吃|可以吃|能喝|可以喝|能用|是否|请教|呢(?=$|[?？])|好还是|还是[^,，。]{1,8}好|左侧?还是右|男(?:孩|的)?还是女|(?![时动要])([\u4e00-\u9fff])[不没]\1|how|what|when|can\s+i|should|is\s+it|does|which|who"
)
_NO_QUESTION = re.compile(
    r"(?:不知道|不晓得|晓不得|不清楚|搞不清)[^,，。]{0,3}(?:哪|什么|怎么|多少|几|谁|啥|咋)|说不清|忘了|不记得|没(?:说|问)|不清楚|是吧|对吧|哪(?:儿|里)都"
)
_SUPPOSES = re.compile(
    r"(?<![有])没(?:有)?(?:说|讲)(?:过)?(?=[她他]|[\u4e00-\u9fff]{2,3}怀)|瞎传|乱传|谣传|如果|要是|假如|万一|若是?(?!干)|的话|梦见|梦到|做梦|希望|但愿|祝(?:愿|你|您|大家|福|贺)|怕|担心|以为|即使|哪怕|就算|不管|无论|一旦|除非|比如|例如|譬如|(?:好像|可能|疑似|怀疑|也许|大概|听着|估计)(?:是|又|也)?(?:怀|有喜|有了|流|生了|走了|没了)|\bif\b|maybe"
)
_STRANGERS = re.compile(
    r"电视|新闻|网上|网络|抖音|快手|(?<!微信)视频(?!看了|联系|问|通话|电话)|小说|报纸|广播|书上|书里|朋友圈|公众号|剧里|个剧|女主|男主|电影|故事|讲座|培训|宣传|讲课|课程|开会|会议|政策|文件|规定|制度|标准|通知(?:说|要求)|知识|广告|谜语|歌|表格|模板|流程|国家|全国|世界|历史|古代|明星|演员|(?<!嫁到)(?<!搬到)(?<!去)(?<!到)(?:邻村|外村|隔壁村|别的村|隔壁县)|别人家?|我家?(?:的)?(?:狗|猫|猪|牛|羊)|母(?:猪|牛|羊|狗|猫)|老母猪|猫|狗|猪|(?:^|[头只母老家养的,，。 ])牛(?=[流生死产下病怀吃了崽都也])|(?<![妇姓叫名：:])(?<![\u4e00-\u9fff]小)羊(?!水|膜|癫|角|[\u4e00-\u9fff]{0,2}(?:怀|生|流产|产))|鸡(?!蛋)|鸭|兔(?!唇)|on tv|news"
)
_PLANS = re.compile(
    r"(?:明天|后天|大后天|下周|下星期|下个?月|过几天|过两天|过段时间|改天|等会|待会|一会儿?|马上|准备|打算|计划|想|将要?|要|就要|快要?|快|即将|会|能|可以|应该|提醒|通知|叫|让|请|催|记得|别忘了|还没|还没有|没|没有|未|不用|不能|不要|不会|不|不想|等|等着|等到|该|尽快|尽早|争取|要求|选择|申请|需要|必须|建议|劝|动员|督促|以后|之前|前|得|必要时|去年|前年|往年|以前|曾经|当年)$"
)
_RECALLS = re.compile(
    r"上一?胎|头一?胎|第[一二三四]胎|前一?胎|上次|上回|老大(?:是|的时候|生|剖|顺)|以前|曾经|曾[有流怀]|之前|早年|去年(?!年?底|1[12]月|十[一二]月|[冬腊]月)|前年|大前年|几年前|前几年|当年|那年|年轻时|有过|大的(?:是|剖|顺|生)|老二是|过去|以往|既往|史"
)
# 去年李梅生过一个死胎: what was before, wherever her name stands.
LONG_AGO = re.compile(
    r"以前|曾经|去年(?!年?底|1[12]月|十[一二]月|[冬腊]月)|前年|那年|早年|年轻时|几年前|前几年|[\d两三四五六七八九十]年前|[生流引怀有]过(?:[一两几\d好]+[个次胎回])?$"
)
_TOPIC_AFTER = re.compile(
    r"评审|个案|病例|报告卡|监测|率|的事|这事|这件事|的问题|期间|期(?!$|[,，。])|的人(?!$|[,，。])|知识|证明|注意|要注意|能|可以|时候(?:能|要|可以|不能|应该|需要)|需要|应该|必须|的要|都要|要(?!当|做)|怎么|会|前(?!置|[天几])|之前|史|过(?!来|世|敏|度|了|来了)|的概率|率|表|证|药|险|津贴|补贴|假|费|报销|保险|材料|登记表|名单|人员|台账|情况(?:怎|如)|的注意|常识|反应(?:大|很|严重|厉害)|后(?:能|要|可以|不能|怎么|多久|应该)"
)
_BORN_BEFORE = re.compile(
    r"(?:生|出生)(?:了|过)?(?:一|两|二|三|四|1|2|3|4)个(?:男孩|女孩|女儿|儿子|孩子|小孩|娃)?$"
)


def clauses(text: str) -> list[Clause]:
    """The clauses of a folded message, with what kind of saying each is."""
    found: list[Clause] = []
    for match in _CLAUSE.finditer(text):
        words = match[0]
        asks = bool(_ASKS.search(words)) and not _NO_QUESTION.search(words)
        states = not asks and not _STRANGERS.search(words) and not _SUPPOSES.search(words)
        found.append(Clause(match.start(), match.end(), words, asks, states))
    return found


# From a woman, these count even as a question: 搞错了吧？ 能不能别再发了？
_EVEN_ASKED = listed("wrong_number opt_out")


def cues(text: str, parts: list[Clause], blocked: list[tuple[int, int]], speaker: str = "") -> list[Cue]:
    """Cues of stated clauses, in the order they stand; those inside `blocked` spans (names) are passed over."""
    found: list[Cue] = []
    strangers = False
    for part in parts:
        if not part.states:
            strangers = strangers or bool(_STRANGERS.search(part.text))
            if speaker == "woman" and part.asks:
                found += [
                    Cue(intent, start, end)
                    for intent, start, end in _SCANNER.find(text, part.start, part.end, blocked)
                    if intent in _EVEN_ASKED
                ]
            continue
        # 电视里说，大出血很危险: what follows on a stranger is about the stranger, until we or someone here is named.
        if strangers and not blocked and not re.search(r"我|她|咱|今天|昨天", part.text):
            continue
        for intent, start, end in _SCANNER.find(text, part.start, part.end, blocked):
            names_end = max((b for _, b in blocked if b <= start), default=0)
            cue = _weigh(intent, text, start, end, part, max(part.start, names_end))
            if cue is not None and (blocked or not _BARE_COLOUR.fullmatch(text[start:end])):
                found.append(cue)
    if all(part.states for part in parts) and (across := _WRONG_DAY.search(text)):
        found.append(Cue("correct", *across.span()))
    known = any(cue.intent == "contraceptive_reaction" for cue in found)
    if not known and all(part.states for part in parts) and (across := _REACTION.search(text)):
        found.append(Cue("contraceptive_reaction", *across.span()))
    return found


# 流产是前天，不是昨天: one day for another, also over a comma.
_DAY = (
    r"(?:大?前天|[昨今]天|[昨今前]晚|今早|上?(?:周|星期|礼拜)[一二三四五六日天]|(?:\d{1,2}月)?\d{1,2}[号日])"
)
_WRONG_DAY = re.compile(
    rf"(?<!不)是{_DAY}[^,，。;；]{{0,3}}[,，、 ]*(?:并)?不是{_DAY}|不是{_DAY}[^,，。;；]{{0,3}}[,，、 ]*(?:而|应该|应)?是{_DAY}"
)
# 放环三个月，老是肚子疼: the device before the comma, the complaint behind it.
_REACTION = re.compile(
    r"(?:[放上带戴]了?环|避孕[药针]|皮埋|结扎)[^。;；!！?？\n]{0,8}[,， ][^。;；!！?？\n]{0,8}(?:疼|痛|出血|月经|恶心|想吐|头晕|过敏|不舒服|难受|发炎|痒)"
)
# A colour standing by itself grades the woman named beside it, when nothing else is told: 曹丽 绿色.
_BARE_COLOUR = re.compile(r"[绿黄橙红紫]色")
# Said of what is not quite known (应该是7月20号), unless something else tells that it corrects.
_HEDGE = re.compile(r"(?:应该|应当|其实|实际)(?:是|为)")
_AHEAD = re.compile(
    r"提醒|通知|催|叫她|让她|劝|动员|明天|后天|下周|下个?星期|下个?月|过几天|过两天|等会|待会|准备|打算|计划|记得"
)
_KIN_GOES = re.compile(
    r"(?P<with>[跟和同随陪带与])?(?:[着她我他的俺家])*(?:老公|丈夫|男人|爱人|公公|婆婆|爸爸?|妈妈?|儿子|父亲|母亲|家里人)[^,，。]{0,4}$"
)
# What may stand between her name and 掉了 where it is her child that she lost.
_OF_HERSELF = re.compile(
    r"(?:自己|自然|已经|不小心|后来|可能是|[今昨前]天|今早|昨晚|[早晚]上|[上中下]午|半夜|夜里|凌晨|上(?:个?月|周|星期|礼拜)|前?几天"
    r"|[\s她我俺人也都就又才刚的怀孕着上了\d一二两三四五六七八九十半几多快来个年月日号天周.\-/])*+"
)
_NEVER_AHEAD = frozenset(("pregnancy", "death"))

# What may be told of as planned, wished or not yet done and still is what it is.
_WHATEVER = listed("withdraw correct wrong_number opt_out opt_in change_phone birth_defect")
# 要求自动出院，已签字: asked for and done.
_SIGNED = re.compile(r"签(?:了)?字|劝不住|已经?走|走了|不听")


def _recalled(text: str, part: Clause, low: int, start: int) -> bool:
    """Whether what stands at `start` is told of the past: past any name, or with the years before it."""
    return bool(_RECALLS.search(text[low:start]) or LONG_AGO.search(text[part.start : start]))


def _weigh(intent: str, text: str, start: int, end: int, part: Clause, low: int) -> Cue | None:
    """The cue at `start`, if it counts. What stands before it is looked at from `low` on, past any name."""
    said = text[start:end]
    if intent in _WHATEVER:
        return Cue(intent, start, end, firm=not _HEDGE.fullmatch(said))
    before, after = text[max(low, start - 6) : start], text[end : part.end]
    if intent in {"death", "child_gone", "maternal_death", "child_death", "pregnancy_loss", "lost_contact"}:
        if _TOPIC_AFTER.match(after) or re.search(r"(?:没|未|没有|不会|不|差一?点儿?|险些)$", before):
            return None
        if said == "掉了" and not _OF_HERSELF.fullmatch(text, low, start):
            return None  # 手机掉了, 体重掉了, 脐带掉了
        if intent == "pregnancy_loss" and _recalled(text, part, low, start):
            return None
        if intent == "pregnancy_loss" and re.match(r"过?[一二两三四五1-5几多]次", after):
            return None  # 流产三次: what was before
        if intent == "pregnancy_loss" and re.search(r"准备|打算|计划|想要?去|下个?月|下周", text[low:start]):
            return None
        if (
            intent == "pregnancy_loss"
            and re.search(r"(?:先兆|防止|预防|避免|想|打算|准备|要|习惯性|明天|后天|下周|去)$", before)
            # 去引产了 is done.
            and not (
                re.search(r"(?<!要)(?<!想)(?<!天)(?<!算)(?<!备)去$", before)
                and (after.startswith("了") or "了" in said)
            )
        ):
            return None
        return Cue(intent, start, end)
    if intent == "pregnancy" and (
        said
        in {
            "末次月经",
            "lmp",
            "预产期",
            "停经",
            "最后一次月经",
            "最后一次来月经",
        }
        or said.endswith(("没来", "推迟", "迟了", "未来", "没来月经", "没来例假", "没来大姨妈"))
    ):
        return Cue(intent, start, end, firm=False)
    if intent == "critical_case" and said.endswith("出院") and _SIGNED.search(text, end):
        return Cue(intent, start, end)
    if _AHEAD.search(text[part.start : start]) and intent not in _NEVER_AHEAD:
        return None
    # 我老公出去打工了: he has. 跟老公去浙江: she too.
    if intent == "moved" and (kin := _KIN_GOES.search(text[low:start])) and not kin["with"]:
        return None
    # 从广东回来的 tells where she is from.
    if intent == "moved" and (
        said.startswith(("新来", "租")) or said.endswith("的") or after.startswith("的")
    ):
        return Cue(intent, start, end, firm=False)
    if _PLANS.search(re.sub(r"[去来再]+$", "", before)) and not (
        intent == "birth" and re.search(r"(?:会|要|快)$", before) is None and "前" in before[-1:]
    ):
        return None
    if _TOPIC_AFTER.match(after) and not (intent == "birth" and re.match(r"后$", after)):
        return None
    if intent == "birth" and re.search(r"(?<!第)[一两二三四五六七\d几多]次(?:的)?$", before):
        return None  # 两次剖宫产: what was before
    if intent == "birth" and (_recalled(text, part, low, start) or re.match(r"过(?!来|了)", after)):
        return None
    if intent == "birth" and said.startswith("出生"):
        # 1998年5月6日出生 is a birthday.
        return (
            None
            if re.search(r"(?:19\d\d|20[01]\d)[^,，。]{0,12}$", text[part.start : start])
            else Cue(intent, start, end, firm=False)
        )
    if intent == "birth" and said.startswith(("生的", "生下", "生完", "坐月子")):
        return Cue(intent, start, end, firm=False)
    if intent == "birth" and said in {"生了", "生过"} and re.match(r"(?:病|气|锈|疮|虫|火|根)", after):
        return None
    # 随访高危孕妇李梅: which of them, not what she was graded.
    if intent == "risk_grade" and (_BARE_COLOUR.fullmatch(said) or said.endswith(("孕妇", "高危妊娠"))):
        return Cue(intent, start, end, firm=False)
    if intent == "booking":
        # 已建册 beside another fact is one of its fields.
        return Cue(
            intent, start, end, firm=re.search(r"已经?$", before) is None and not said.startswith("已")
        )
    if intent == "pregnancy":
        return Cue(
            intent,
            start,
            end,
            firm=bool(_NEW_PREGNANCY.match(said))
            and not re.match(r"[^,，。]{0,8}?(?:的|着)", said + after[:1]),
        )
    return Cue(intent, start, end)
