"""Personal names in Chinese messages: 李梅, 欧阳小红, 阿依古丽·买买提, 买买提江.

A name is a surname, one or two characters more, and an edge on either side: the end of the message,
punctuation, digits, or a word that stands beside names (叫, 孕妇, 的 before; 怀孕, 生了, 今年 after). Without dictionaries of
given names this finds unusual ones too; what surnames also mean in other words (周五, 高危, 方便) is listed.
"""

from __future__ import annotations

import re

from conversations.understanding.found import Found
from conversations.understanding.normalise import HAN

SURNAMES = frozenset(
    # The hundred most frequent (2020 census order), then others of the hundred-family list and of Jiangxi, Shanxi,
    # Shandong, Henan, Gansu and the south-west; traditional forms at the end.
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文"
    "阎傅温柳葛章鲁俞岳樊辛管兰殷倪施洪翟安颜牛纪景詹季骆聂焦柴凌欧祝耿关齐童尤毕柯盛裴霍涂成苗谷曲冉翁"
    "卓靳蓝路项左穆晏阮代费桂鲍习舒卜齐单蒲房屈饶解宁尚冷车游佟池甘简吉阳宗苟全包邢鄢臧占邬鞠牟闵敖谌"
    "喻庞党仇楚戚滕佘瞿隋艾褚娄米班席沙应华岑巫麻柏冀商甄巩边符鹿丛滑危刁揭官练幸古丘卿储窦苑旷强戈权井阚"
    "农雍封巴查计宓祁凤贝淳皮和裘缪匡虞支昝郁邝莘双荆羿仲伊栾甫郗申扈燕濮寿通温荀羊於惠麴家储汲邴糜井松"
    "郜蒙谯郦胥苍逄姬冒索咸籍卓蔺屠池乔阴胥能翦匡寇广禄阙东殳沃利蔚越夔隆师巢晁勾敖融訾辛那哈娜禤操么仝候肇逯原宫"
    "劉張陳楊趙吳孫馬羅鄭謝韓馮鄧許蕭呂蘇盧蔣賈葉閻鍾譚陸範鄒賴龔萬錢湯賀顧龐顏嚴溫黃餘韋龍"
)
# Surnames that are everyday words or grammar: accepted where a name was asked for, never picked out of a sentence.
_RARELY_SURNAMES = frozenset(
    "和家有那能原通双广东利越师强松于候应么井权支查计农羊宫解代全成单和阴阳双寿边冷米池"
)
_ALWAYS = frozenset(
    "于候计查解代全成单农冷米池权应边阳师"
)  # common enough as surnames to be looked for after all
_DOUBLE = (
    "欧阳 司马 上官 诸葛 司徒 夏侯 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 端木 独孤 南宫 东方 百里 呼延 轩辕 太史 "
    "申屠 濮阳 淳于 单于 拓跋 完颜 闻人 钟离 第五 赫连 澹台 公冶 宗政 歐陽 諸葛 司徒 第伍"
).split()
_DOUBLES = frozenset(_DOUBLE)

# Never part of a given name: grammar, units, bodies and illness, offices, kin by marriage.
_NEVER = frozenset(
    "的了是吗呢吧啊呀哦嘛着们你我他她它这那哪什么怎没不很就都也还又再被把和跟与及或孕怀胎产死亡血疼痛肿烧吐呕晕"
    "岁斤克两个只点分几些次说问报查叫姓给去到从在已要想会能请帮看等找打电话机码证册院村组乡镇县户住址媳妇妈爸爷奶嫂"
    "叔婶舅哥姐娘您咱谁啥咋病症危检随访转诊孩宝婴儿娃医护药针危预期经号"
    "懷產個這嗎麼還沒對"
)
_NEVER_ALLOWED = _NEVER - frozenset("娘姐姑和能兰儿宝点与想奶期经要") | frozenset("危")
# One character after a surname that makes a kin word, a title, a weekday or a place of it.
_NO_GIVEN = frozenset(
    "家姐嫂姨婆叔哥婶妈爸总医老某氏一二三四五六日末天围岁庄屯坊湾寨工局院生姓个月年上下里头边大小子人女男周半多"
)
_NO_GIVEN_PAIR = frozenset(
    "医生 主任 书记 老师 大姐 大嫂 嫂子 大妈 大婶 阿姨 女士 小姐 先生 护士 院长 村长 家的 家里 家人 某某 家坳 家屋 家坪 家湾 家坊 家庄 屋里".split()
)

# Words that begin with a surname's character and are no names.
_NOT_NAMES = frozenset(
    "周五 周一 周二 周三 周四 周六 周日 周天 周末 周围 周岁 周期 周边 周加 周零 周多 周半 周左 周了 周前 周后 周整 高危 高血 高龄 高烧 高热 高兴 高中 高风 高压 高了 高于 高蛋"
    " 方便 方面 方法 方式 方案 时间 时候 时常 常常 常见 常规 常年 常住 常在 常去 常来 单胎 单位 单子 单独 单身 单亲 安全 安排 安胎 安徽 安静 安好 安心 安装 平安 平时 平常"
    " 严重 严格 严禁 万一 万分 万元 万多 白天 白带 白色 白细 白蛋 白班 黄色 黄疸 黄体 黄的 黄水 何时 何人 何地 何处 任何 任务 任意 毛病 毛毛 段时 温度 文化 文盲 马上 马路"
    " 关于 关系 关心 关注 关机 关怀 车上 车子 车祸 江西 江苏 江浙 付款 付钱 解决 解释 路上 路边 路口 田里 石头 龙凤 党员 计划 计生 全部 全身 全家 全都 全村 习惯 钟头 季度"
    " 古历 农历 农村 农合 农业 农民 农忙 阴道 阴历 阴性 阳历 阳性 阳台 包块 包括 左右 左边 左腿 左手 左侧 左眼 尚未 尚可 尤其 幸好 幸运 幸福 易感 牛奶 麻烦 麻木 麻醉 辛苦 管理 管办 符合 康复 满月 满意 满周"
    " 莫名 项目 祝你 祝贺 顾不 余天 孙子 孙女 简单 官方 胡说 胡乱 许多 许久 谢谢 谢你 谢了 于是 于今 于昨 成功 成年 成了 成人 曾经 曾有 曾在 彭村 向上 向你 向您 向下 向我 夏天 夏至 秦岭 商量 商店 尹家"
    " 程度 盛行 齐全 纪录 纪要 施工 童年 房子 房间 房里 房屋 房产 查出 查了 查看 查体 查过 查询 查血 查到 支付 支持 支原 贝贝 强烈 强制 强壮 和她 和他 和我 利益 师傅 师范 封闭 华侨 商场 席位 景区 席间"
    " 代替 代孕 代报 代表 边上 边缘 冷静 冷汗 应该 应当 应诊 候诊 候产 权利 米汤 米粉 米饭 池塘 凌晨 乔迁 史上 梁上 井水 宁可 宁愿 燕窝 通知 通过 通话 东西 东边 双胎 双胞 双方 双侧 双下 双腿 双脚 双手"
    " 家里 家人 家属 家庭 家中 家住 家长 家访 那天 那个 那里 那么 那边 原来 原因 原发 越来 越发 和谐 能不 能吃 能否 温热 温水 温馨 宫外 宫口 宫缩 宫颈 宫腔 羊水 羊膜 广东 广西 寿命 松了 汤药 余了 倪虹 舒服 舒适 舒缓 甘肃 景德"
    " 信丰 安西 古陂 万隆 赣州 南昌 秦皇 石家 连续 白班 白血 钱包 钱款 金额 金色 金钱 石膏 石块 苏醒 苏州 汪汪 江边 江湖 武汉 武器 章程 蓝色 蓝本 贺喜 贺卡 余下 余额 余量 余地 田地 林场 林地 于我 柴火 龙年 龙宝 毛巾 马年 牛年 羊年 严寒"
    " 申请 申报 管床 管护 管她 管他 包好 包扎 包被 包皮 皮肤 皮疹 皮带 皮下 仲裁 巩固 蒙古 寇红 阴天 阴部 阴超 阴唇 阴沟 隆起 惠民 惠州 欧美 欧洲 殷切 屠宰 强度 封条 班上 班主 索要 井里 尚好 尚无 盛大 向前 向后 向东 向西 向南 向北 冒险 冒烟 冒汗 米面 米酒"
    " 文件 文字 文明 任职 万幸 温饱 水肿 高原 高处 高度 高温 高速 高考 高价 高层 高级 高等 方才 方向 方言 史无 范围 任性 成都 成本 成员 成绩 成婚 成家 成活 成型 金钱 金黄 马虎 马桶 许可 顾虑 顾客 连夜 曲线 项圈 苗条 苗头 谷物 谷雨"
    " 关节 关键 关门 关爱 沙发 沙子 荣誉 车站 车间 车费 车牌 党委 党支 支部 支队 章子 章鱼 单据 单词 单纯 单元 单脐 单绒 单羊 单卵 单侧 单眼 单号 单车 单人 包车 包子 解放 解除 解脲 解大 解小 查房 查血 查尿 查B 查体 查胎 查心 查肝 查染 查唐 应急 应付 能走 计算 计量 计免 计划".split()
)

# Words after which a name begins. Longer words only where their last character would not do by itself.
_LEAD = tuple(
    "叫 是 的 姓名 名字 名 孕妇 产妇 孕产妇 育龄妇女 妇女 媳妇 儿媳 老婆 妻子 爱人 女儿 姑娘 母亲 妈妈 妈 村民 群众 患者 病人 孩子 女 婆娘 堂客 婆姨 "
    "怀孕 怀上 怀了 孕情 有喜 分娩 流产 引产 死亡 去世 建册 建档 产检 随访 访视 高危 早孕 新增 新孕 登记 报告 上报 汇报 报 报一下 报个 发现 查询 查 查下 查一下 看看 改 更正 撤销 撤回 失访 迁入 迁出 转诊 "
    "村 组 屯 庄 里 乡 镇 队 号 家 户 边 岁 天 日 晚 早 上 午 年 月 周 了 有 和 跟 与 及 给 把 将 对 向 问 找 帮 由 为 替 请 让 见 到 说 听说 还有 另外 以及 就是 那个 这个 那位 这位 一个 位 名叫 叫做 叫作 姓 "
    "今天 昨天 前天 昨晚 刚刚 刚才 早上 下午 上午 晚上 凌晨 中午 半夜 夜里 嫂 姐 妹 婶 姨 同志 小 阿 但是 不过 因为 所以 不是 不叫 先 再 也 又 已 "
    "懷孕 孕婦 產婦 發現 報告".split()
)
# Words that begin right after a name.
_FOLLOW = tuple(
    "怀孕 怀上 怀了 怀二 怀三 怀着 怀的 怀有 有喜 有了 有孕 有身 有高 有点 有出 孕 停经 末次 末此 末月 月经 生了 生下 生的 生在 生产 生孩 生娃 生小 生个 生完 生二 生三 生男 生女 生于 分娩 顺产 剖 流产 引产 小产 胎停 没保 没了 没有 没来 没去 没怀 没 "
    "死 去世 走了 过世 不在 不幸 离世 亡 产后 产检 产前 产了 出院 出血 出生 出去 出现 住院 住在 住 建册 建档 建卡 高危 高血 红色 黄色 橙色 绿色 紫色 评为 评估 筛查 转诊 转到 转院 转 搬 迁 外出 失访 联系 电话 手机 身份 证 "
    "的 是 了 在 家 今 昨 前天 大前 明天 后天 上周 上个 上月 这周 本周 下周 下个 周一 周二 周三 周四 周五 周六 周日 去年 前年 年龄 年方 岁 已 刚 刚刚 又 也 还 都 要 想 说 她 他 女 男 两个 肚子 身上 现在 目前 预产 孩子 小孩 宝宝 娃 婴儿 新生 "
    "和 跟 与 及 以及 到 去 来 被 把 给 从 因 于 不是 不 昨晚 下午 上午 早上 晚上 凌晨 半夜 添 得 老公 丈夫 男人 媳妇 老婆 妈 爸 婆婆 嫂 做 查 检 早孕 人流 药流 清宫 宫外 摔 流 破水 见红 发烧 头 肿 晕 抽 抽筋 大出血 难产 早产 自动 申请 需要 可能 应该 吃 打 复查 第 "
    "村 组 这 那 啥 什么 怎么 几 多 吗 呢 吧 呀 啊 同志 女士 自己 户口 贫困 残疾 精神 外来 流动 随访 访视 上环 取环 备孕 结婚 领 初 农历 阴历 九月 八月 七月 六月 五月 四月 三月 二月 一月 十月 十一 十二 正月 腊月 冬月 "
    "一九 二〇 三十 二十 十九 双胞 龙凤 双胎 单胎 大女 大儿 危重 昏迷 抢救 病危 情况 有没 "
    "懷孕 懷上 產檢 產後 沒 電話 預產 還 個 這".split()
)
_MIX = re.compile(rf"[{HAN}]")
_DOTTED = re.compile(rf"[{HAN}]+(?:·[{HAN}]+)+")
_TRANSLIT = (
    "阿买提古丽热木依江尔汗孜娜尼亚克扎帕吾斯曼玛合艾海麦吐逊托乎努肉图荪萨迪则莎比罕巴哈力拉姆卡迪里苏来曼沙依布"
    "祖赛德伊敏玉素甫塔什别加那娅姑胡西达瓦卓嘎措旺珍央金次仁多吉平白洛桑格桑"
)
_MINORITY = re.compile(rf"[{_TRANSLIT}]{{3,7}}")
_ENDINGS = (
    "江",
    "古丽",
    "古力",
    "买提",
    "汗",
    "姑",
    "尔",
    "提",
    "木",
    "娜",
    "罕",
    "卓玛",
    "拉姆",
    "措",
    "次仁",
    "多吉",
    "央金",
    "旺姆",
    "加",
    "力",
)
_STARTS = re.compile(
    "|".join(_DOUBLE) + "|[" + "".join(sorted(SURNAMES - (_RARELY_SURNAMES - _ALWAYS))) + "]"
)
_SHAPE = re.compile(rf"[{HAN}]{{2,4}}")
_NUMERIC = frozenset("0123456789〇零一二两三四五六七八九十几半")


def is_name(text: str) -> bool:
    """Whether `text` as a whole is a personal name, rare surnames included; kin words, weekdays and 高危 are not."""
    if "·" in text:
        return _is_dotted(text)
    if not _SHAPE.fullmatch(text):
        return bool(_MINORITY.fullmatch(text)) and text.endswith(_ENDINGS)
    if text[:2] in _DOUBLES:
        return 3 <= len(text) and _is_given(text[2:])
    if text[0] in SURNAMES:
        if len(text) == 4:  # both parents' surnames: 陈李佳慧
            return text[1] in SURNAMES and _is_given(text[2:]) and text[:2] not in _NOT_NAMES
        if text[:2] not in _NOT_NAMES and _is_given(text[1:]):
            return True
    return len(text) >= 3 and bool(_MINORITY.fullmatch(text)) and text.endswith(_ENDINGS)


def _is_dotted(text: str) -> bool:
    parts = text.split("·")
    return len(parts) <= 4 and all(
        re.fullmatch(rf"[{HAN}]{{1,8}}", part) and not _NEVER_DOTTED & set(part) for part in parts
    )


_NEVER_DOTTED = frozenset("的了是吗怀孕产岁斤个号月周她他我你")


def _is_given(given: str) -> bool:
    if len(given) == 1:
        return given not in _NO_GIVEN and given not in _NEVER_ALLOWED
    return given not in _NO_GIVEN_PAIR and not any(char in _NEVER_ALLOWED for char in given)


def find_names(text: str, *, after: int = 0) -> list[Found[str]]:
    """The personal names in `text` from the index `after` on, in the order in which they stand."""
    if after == 0 and is_name(text):
        return [Found(text, 0, len(text), text)]
    found: list[Found[str]] = []
    if "·" in text:
        for match in _DOTTED.finditer(text, after):
            start, end = _trim(text, match.start(), match.end())
            if _is_dotted(text[start:end]) and "·" in text[start:end]:
                found.append(Found(text[start:end], start, end, text[start:end]))
    position = after
    while match := _STARTS.search(text, position):
        start = match.start()
        position = start + 1
        if any(one.start <= start < one.end for one in found):
            continue
        end = _end(text, start, len(match.group()))
        if end:
            found.append(Found(text[start:end], start, end, text[start:end]))
            position = end
    for match in _MINORITY.finditer(text, after):
        name = match.group()
        if any(one.start < match.end() and match.start() < one.end for one in found):
            continue
        if name.endswith(_ENDINGS) and _opens(text, match.start()) and _closes(text, match.end()):
            found.append(Found(name, match.start(), match.end(), name))
    return sorted(found, key=lambda one: one.start)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """A dotted name without the words that stand right before and after it."""
    left, right = text.index("·", start), text.rindex("·", start, end)
    for index in range(left - 1, start, -1):
        if text.endswith(_DOTTED_LEAD, start, index):
            start = index
            break
    for index in range(right + 2, end):
        if text.startswith(_DOTTED_FOLLOW, index):
            end = index
            break
    return start, end


_DOTTED_LEAD = tuple(word for word in _LEAD if len(word) > 1 or word in "叫是的村组里号岁了")
_DOTTED_FOLLOW = tuple(word for word in _FOLLOW if len(word) > 1 or word in "孕死亡的是了在今昨岁已住")


def _opens(text: str, index: int) -> bool:
    return index == 0 or not _MIX.match(text[index - 1]) or text.endswith(_LEAD, 0, index)


def _closes(text: str, index: int) -> bool:
    return index >= len(text) or not _MIX.match(text[index]) or text.startswith(_FOLLOW, index)


def _end(text: str, start: int, surname: int) -> int:
    """Where the name that begins at `start` ends; 0 where none begins."""
    if surname == 1:
        if text[start : start + 2] in _NOT_NAMES:
            return 0
        if start and text[start] in "周余万时段季岁钟段车单" and text[start - 1] in _NUMERIC:
            return 0
    if not _opens(text, start):
        return 0
    best = 0
    for given in (1, 2):
        end = start + surname + given
        if end > len(text) or not all(map(_MIX.match, text[start + surname : end])):
            break
        if _is_given(text[start + surname : end]) and _closes(text, end):
            if best and text.startswith(_FOLLOW_WORDS, best):
                return best
            best = end
    return best


_FOLLOW_WORDS = tuple(word for word in _FOLLOW if len(word) > 1)
