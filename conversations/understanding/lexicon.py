"""The words everything else looks for: how people write yes and no, and which words are never a name.

`fold` brings Traditional characters and the commonest mistypings by sound to one spelling. It keeps the
length of a text, so that what is found in the folded text stands at the same place in the original, and
names are taken from there, as they were written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product

# Only characters of the words looked for here and of common surnames: names are never rewritten.
_PAIRS = (
    "懷怀產产婦妇醫医嬰婴兒儿雙双龍龙鳳凤兩两點点個个號号歲岁週周經经預预電电話话機机戶户鄉乡鎮镇縣县農农曆历"
    "歷历臘腊閏闰陰阴陽阳國国慶庆沒没還还這这說说讓让問问嗎吗麼么為为過过來来誰谁幾几從从轉转遷迁檢检訪访視视"
    "隨随風风險险評评篩筛紅红黃黄綠绿報报錯错刪删銷销訂订幫帮頭头腫肿熱热燒烧膿脓陣阵動动氣气搶抢無无發发現现"
    "聽听見见順顺宮宫難难離离開开輕轻壓压殺杀悶闷癲癫驚惊臍脐帶带確确認认實实責责負负編编貧贫殘残遠远門门務务"
    "關关連连絡络繫系係系節节證证滿满斷断絕绝環环藥药葉叶備备準准結结測测驗验線线條条陳陈張张劉刘楊杨趙赵吳吴"
    "鄭郑馮冯蔣蒋韓韩許许鄧邓蕭萧蘇苏盧卢鍾钟譚谭賴赖龔龚嚴严萬万錢钱湯汤顧顾賀贺龐庞顏颜魯鲁歐欧聶聂範范羅罗"
    "賈贾鄒邹閻阎陸陆齊齐溫温會会應应該该記记寫写謝谢請请給给時时間间裏里裡里後后們们嗎吗著着將将剛刚對对體体"
    "夠够題题嚴严憂忧鬱郁傷伤擔担養养媽妈爺爷孫孙姪侄長长書书寶宝貝贝姑姑單单導导圖图誤误換换碼码網网聯联與与"
    "別别傳传訊讯斷断終终腦脑癱瘫臟脏裂裂聾聋啞哑術术師师慘惨靜静脈脉暈晕絲丝塊块濕湿淚泪喪丧親亲當当歸归領领冊册檔档"
    "舊旧廣广東东區区衛卫療疗護护樣样種种冇没唔不"
)
_TRADITIONAL = str.maketrans(dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)))

# Mistypings by sound, as a pinyin keyboard or a dictated message makes them: what is typed for the first character
# of a word, for its second, and so on (`-`: that one is typed right). Any of them may come together: 坏云, 莫此月径.
_SOUNDS_ALIKE = """
    怀孕=槐淮坏徊/运晕匀蕴酝 怀上=坏淮槐/- 末次月经=莫摸抹未沫木/此刺词/约越/径精劲景镜竟京 末次=莫摸抹未沫/此刺
    月经=-/径精劲 预产期=予育遇于与欲玉/铲惨残/其七棋齐起旗 预产=予育遇/铲惨残 流产=溜榴琉/铲惨残灿 引产=印隐饮/铲惨
    小产=-/铲 早产=-/铲惨 难产=-/铲 顺产=瞬/铲惨 剖腹产=破刨抛泼颇坡/付妇复服副负富/铲惨残
    剖宫产=破刨抛泼颇坡/工公功恭供/铲惨残 分娩=纷芬粉/免勉挽晚棉冕 双胞胎=-/包抱保宝饱/抬台 龙凤胎=隆/奉风峰缝丰/抬台
    胎停=台抬苔/亭庭 建册=健键/侧测策 建档=健键/挡 产检=铲惨/捡减剪拣 孕检=运/捡 随访=遂岁虽/防仿纺 访视=防仿/事试示
    退订=推腿/定 撤回=彻撒/会 更正=-/证政 出血=初/雪穴 大出血=-/初处/雪学穴 流血=溜榴/雪 抽搐=-/畜蓄触 抽筋=-/经今金劲
    胎动=台/洞冻 胎心=台/新 羊水=洋样/睡 破水=坡迫婆颇/睡 死亡=-/忘 夭折=妖/拆哲 名单=-/丹 孕妇=晕运韵/付夫腹父福
    产妇=铲/付福父 产后=铲/候厚 发烧=法/骚绍邵稍 高烧=搞/骚绍 头痛=投/- 头疼=投/腾 肚子痛=度杜堵渡/-/通同统
    肚子疼=度杜堵渡/-/腾藤 转诊=-/珍针枕 失访=-/防仿 叶酸=业夜页/算 备孕=被背倍/运晕 黄疸=-/胆旦 昏迷=婚/米 晕倒=-/捣
    恶露=饿鹅/路 宫缩=公工供恭/索 喘气=-/汽 血压=学雪/鸭押 血块=雪/快 宫外孕=公工/-/运晕 早孕=-/运晕 死胎=-/台抬
    """
_WORDS_OF_THEIR_OWN = frozenset(
    ("备晕", "背晕", "被晕", "倍晕", "运付", "运夫", "运父", "饿路", "雪鸭", "推定")
)
_OTHERWISE = """
    还孕>怀孕 坏云>怀孕 淮云>怀孕 槐云>怀孕 生勒>生了 生啦>生了 升了个>生了个 死往>死亡 泼妇产>剖腹产 见册>建册 阳水>羊水 台停>胎停
    搞危>高危 夏面>下面 吓面>下面 流宏>流红 见宏了>见红了 吃乃>吃奶 心口同>心口痛 胸门>胸闷 头云>头晕 喘不过汽>喘不过气
    不想或了>不想活了 不想火了>不想活了 血止不主>血止不住 历害>厉害 利害>厉害 纯产>顺产 羊水坡>羊水破 羊水坡>羊水破
    """
# Parts of names and other words too (李怀云, 小刘产后, 留学): only where no such can stand.
_BESIDE = {
    "怀云": ("怀孕", "(?=[了啦咧咯0-9两])"),
    "怀韵": ("怀孕", "(?=[了啦咧咯0-9两])"),
    "刘产": ("流产", "(?=[了啦咧])"),
    "留产": ("流产", "(?=[了啦咧])"),
    "留血": ("流血", "(?=[了很好不太])"),
    "刘血": ("流血", "(?=[了很好不太])"),
    "出学": ("出血", "(?![校费期会习问业])"),
    "流学": ("流血", "(?![校生习者过归回])"),
    "杨水": ("羊水", "(?=[破流])"),
    "见洪": ("见红", "(?=了)"),
    "太动": ("胎动", "(?=[少没了停异])"),
    "台动": ("胎动", "(?=[少没不了])"),
    # What a question to the roster is asked with, never her name: 高位孕妇有多少, 程色的. 高位破水 is what it says.
    "高位": ("高危", "(?=的?(?:孕|产妇|妊娠|名单|人[群员]?|没|有多|有几|有哪|有谁|几个)|的)"),
    "高为": ("高危", "(?=的?(?:孕产?妇|产妇|妊娠|名单|人群))"),
    "搞位": ("高危", "(?=的?(?:孕|产妇|妊娠|名单|人|有|几个))"),
    "刘动": ("流动", "(?=人口|孕|的?产妇|妇女)"),
    "留动": ("流动", "(?=人口|孕|的?产妇|妇女)"),
    "种点": ("重点", "(?=随访|人群|管理|孕|对象)"),
    "中点": ("重点", "(?=随访|人群|管理|孕|对象)"),
    "洪色": ("红色", "(?=的|预警|高危|孕|有|几|名单)"),
    "程色": ("橙色", "(?=的|预警|高危|孕|有|几|名单|以上)"),
    "成色": ("橙色", "(?=的|预警|高危|孕|有|几|名单|以上)"),
    "余期": ("逾期", "(?=的|没|未|产检|名单|有|几)"),
    "代产": ("待产", "(?=的|孕|名单|有几|有多)"),
    "做月子": ("坐月子", ""),
    "明单": ("名单", "(?=[\\s。.?？发导]|$)"),
    "到出": ("导出", "(?=名单|表|来|$)"),
    "倒出": ("导出", "(?=名单|表|$)"),
}


def _sounding_alike() -> dict[str, str]:
    """Every mistyping, with the word it stands for."""
    found: dict[str, str] = {}
    for entry in _SOUNDS_ALIKE.split():
        word, others = entry.split("=")
        typed = product(*(a + b.strip("-") for a, b in zip(word, others.split("/"), strict=True)))
        found.update((spelt, word) for letters in typed if (spelt := "".join(letters)) != word)
    found.update((typed, word) for typed, _, word in (pair.partition(">") for pair in _OTHERWISE.split()))
    return {typed: word for typed, word in found.items() if typed not in _WORDS_OF_THEIR_OWN}


def listed(spelt: str) -> frozenset[str]:
    """The words of a string, separated by blanks."""
    return frozenset(spelt.split())


def words(spelt: str | Iterable[str]) -> str:
    """A regular expression of the given words (a string of them, separated by blanks), longest first.

    Words that begin alike share their beginning, which keeps a search over hundreds of them quick.
    """
    listed = spelt.split() if isinstance(spelt, str) else list(spelt)
    tree: dict[str, dict[str, object]] = {}
    for word in listed:
        node: dict[str, object] = tree  # type: ignore[assignment]
        for letter in word:
            node = node.setdefault(letter, {})  # type: ignore[assignment]
        node[""] = {}

    def written(node: dict[str, object]) -> str:
        ends = "" in node
        branches = [re.escape(k) + written(v) for k, v in node.items() if k]  # type: ignore[arg-type]
        if not branches:
            return ""
        grouped = branches[0] if len(branches) == 1 and not ends else f"(?:{'|'.join(branches)})"
        return f"{grouped}?" if ends else grouped

    return written(tree)  # type: ignore[arg-type]


_MISTYPED = _sounding_alike() | {typed: word for typed, (word, _) in _BESIDE.items()}
_MISTYPED_RE = re.compile(
    "|".join(sorted(_sounding_alike(), key=len, reverse=True))
    + "".join(f"|{typed}{after}" for typed, (_, after) in _BESIDE.items())
)


def fold(text: str) -> str:
    """`text` in simplified characters, lower case, trigger words spelt right; of the same length."""
    if not text.isascii():
        text = text.translate(_TRADITIONAL)
        text = _MISTYPED_RE.sub(lambda m: _MISTYPED[m[0]], text)
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text


YES = listed(
    """
    是 是的 是啊 是呀 对 对的 对对 嗯 嗯嗯 恩 好 好的 有 有的 有了 可以 可 行 行的 能 方便 安全 要 愿意
    同意 没问题 当然 确认 正确 建了 建过 建过了 建好了 已建 已建册 已经建了 办了 办过 领了 yes y ok okay
    中 要得 系 ok的 1
    """
)
NO = listed(
    """
    不 不是 不是的 不对 否 没 没有 没有的 无 还没 还没有 还没有呢 没呢 不行 不可以 不能 不方便 不安全
    不要 不愿意 不同意 没建 未建 没建册 未建册 还没建 还没建册 没办 没领 no n 莫得 不系 未 2
    """
)
DONT_KNOW = listed(
    """
    不知道 不清楚 不晓得 不详 不太清楚 不太知道 不了解 不确定 不记得 不记得了 忘了 忘记了 记不清 记不清了
    记不得 记不得了 没问 没问到 还没问 未知 说不清 说不好 不明 暂时不知道 暂不知道 暂无 搞不清 搞不清楚
    晓不得 跳过 不知 skip unknown
    """
)
YES_RE = re.compile(r"\s*(?:" + words(YES) + r")[\s了的啊呀哦噢吧嘛呢,，.。!！]*$", re.I)
NO_RE = re.compile(r"\s*(?:" + words(NO) + r")[\s了的啊呀哦噢吧嘛呢,，.。!！]*$", re.I)
DONT_KNOW_RE = re.compile(
    r"(?:我|她|他|也|都|真的?|暂时|现在)*(?:"
    + words(DONT_KNOW)
    + r"|don'?t know)[\s了的啊呀哦噢呢,，.。!！]*$",
    re.I,
)

# Words before or beside a name, and everything else a surname may be mistaken in (黄色, 高危, 于是, 方便, 安全).
NOT_NAMES = words(
    """
    怀孕 怀上 怀了 怀着 怀的 怀娃 怀起 有喜 有了 有孕 有身孕 身孕 孕情 孕妇 孕产妇 孕周 孕期 孕检 孕囊 孕后 孕早期 妊娠 早孕 新孕 孕 大肚子 大了肚子
    害喜 两条杠 两道杠 验孕棒 产妇 产后 产检 产前 产期 产房 产科 产下 预产期 预产 末次月经 末次 月经 例假 大姨妈 经期 停经 来事 来红 身上来
    预约 宫缩 生双 生对 生了 生下 生的 生孩子 生娃 生产 生个 生一个 生完 生过 生育 生病 生日 生气 生小孩 生女 生男 生儿 刚生 快生 要生 没生 早产 足月 难产 顺产 顺生 剖腹产 剖宫产 剖了 剖的
    剖出 分娩 接生 出生 添丁 添了 添个 喜得 诞下 产出 双胞胎 龙凤胎 三胞胎 双胎 单胎 头胎 二胎 三胎 一胎 第一胎 第二胎 第三胎 胎 胎停 胎动 胎心
    流产 小产 流了 流掉 引产 人流 打胎 打掉 做掉 拿掉 清宫 刮宫 药流 宫外孕 死胎 死产 滑胎 没保住 保不住 保胎 没留住 没了 走了 死了 死亡 去世 过世 不在了 不在
    没抢救过来 没救过来 抢救 抢救无效 夭折 病故 猝死 意外 溺水 车祸 自杀 喝药 喝农药 大出血 出血 流血 见红 肚子 肚子痛 肚子疼 破水 羊水 抽搐 头晕 头痛 头疼 发烧 高烧 发热
    孩子 小孩 小孩子 娃 娃娃 宝宝 婴儿 新生儿 毛毛 儿子 女儿 闺女 千金 姑娘 丫头 男孩 女孩 男婴 女婴 男娃 女娃 男宝 女宝 带把的 大人 母子 母女 母婴 小子 胖小子 公子
    媳妇 儿媳妇 儿媳 老婆 老公 丈夫 爱人 妻子 男人 女人 妇女 婆婆 公公 妈妈 爸爸 爸 妈 母亲 父亲 家属 家里 家里人 家的 家 娘家 婆家 邻居 朋友 本人 自己 她自己 别人 亲戚 姐姐 妹妹
    姐 嫂子 嫂 弟媳 弟妹 大姐 阿姨 女士 同志 小姐 外甥女 侄女 侄媳妇 孙媳妇 孙女 孙子 姑姑 奶奶 爷爷 老人 人 人家 队长 组长 村长 主任 书记 医生 大夫 护士 村医 老师 干部 院长
    今天 昨天 前天 大前天 明天 后天 今早 今晚 昨晚 昨夜 前晚 昨儿 今儿 前几天 前两天 这几天 这两天 那天 当天 第二天 上午 下午 中午 早上 晚上 凌晨 半夜 夜里 清晨 傍晚 早晨 天亮 天黑
    上周 上星期 上礼拜 本周 这周 下周 上个月 上月 这个月 本月 下个月 下月 今年 去年 前年 明年 年初 年底 月初 月底 月中 上旬 中旬 下旬 周一 周二 周三 周四 周五 周六 周日 周天 星期 礼拜 周末
    农历 阴历 阳历 公历 旧历 初 正月 腊月 冬月 中秋 国庆 春节 端午 元旦 除夕 清明 五一 六一 十一 刚刚 刚才 刚 已经 已 现在 目前 最近 近期 之前 以前 以后 之后 后来 后 前 时候 时 左右 大概 大约 差不多 可能 好像
    应该 估计 快 快要 要 就要 就 才 又 再 还 还没 还没有 没有 没 未 不是 不 是 的 了 着 过 吧 吗 呢 啊 呀 哦 哈 嘛 啦 哟 和 与 跟 及 以及 都 也 在 到 从 去 来了 把 被 给 让 叫 叫做 名叫 名字 姓名 姓 名
    这个 那个 这 那 一个 有个 有一个 有位 有一位 一位 有 个 位 名 她 他 它 我 你 您 我们 你们 他们 咱们 咱 俺 我家 她家 他家 我村 我们村 本村 村里 村 村上 我们组 组里 组 队里 队 湾里 屋里 屋场 镇上 县里 镇 乡 县
    市里 省里 隔壁 旁边 对面 楼上 外面 外地 外地人 外来 本地 本地人 常住 流动 流动人口 外出 打工 务工 户口 户籍 身份证 身份证号 身份证号码 身份 证号 号码 电话 手机 手机号 手机号码 电话号码 联系电话 联系方式 联系
    年龄 岁 周岁 虚岁 多岁 出生日期 生于 住址 地址 住在 住 村民 村委 备注 情况 上报 报告 汇报 报一下 报个 报 登记 录入 补报 漏报 新增 新发现 发现 查出 查到 查出来 测出 得知 知道 听说 说是 说 告诉 反映 据 通知
    麻烦 请 请问 请帮 帮我 帮忙 帮 一下 下 您好 你好 谢谢 辛苦 领导 收到 好的 好 对 对了 另外 还有 同时 顺便 然后 接着 因为 所以 由于 但是 但 可是 不过 如果 要是 而且 并且 并 或者 或 于是 其中 其他 于
    医院 卫生院 县医院 市医院 人民医院 县人民医院 妇幼 县妇幼 妇幼保健院 保健院 中医院 卫生室 诊所 镇卫生院 乡卫生院 中心卫生院 住院 出院 转院 转诊 转到 转往 转 送到 送往 送去 急诊 门诊 路上 车上 半路 途中 救护车
    建册 建档 建卡 建了 建 建好 手册 保健手册 册子 检查 产前检查 复查 体检 做了 做 做完 查 查了 筛查 评估 评为 评定 定为 风险 高危 高风险 低风险 重点 红色 橙色 黄色 绿色 紫色 一般 正常 异常 一切 平安 安全 健康 顺利 都好 良好
    随访 访视 产后访视 上门 家访 电话随访 入户 回访 看望 走访 看了 看 打电话 打了电话 联系不上 打不通 失访 失联 搬走 搬到 搬来 搬 迁入 迁出 回来 回 走 嫁到 嫁 外 出去 广东 深圳 东莞 广州 浙江 福建 赣州 南昌
    体重 身高 血压 血红蛋白 血色素 血糖 尿蛋白 贫血 重 斤 公斤 千克 两 毫米 重量 出生体重 新生儿体重 母乳 黄疸 满月 月子 坐月子 四十二天 42天 天 个月 月 周 孕周数 多月 半 半个月 多 几 几天 整
    精神 残疾 贫困 低保 特困 智障 聋哑 困难 备孕 待婚 婚检 结婚 领证 叶酸 避孕 上环 取环 放环 避孕药 皮埋 结扎 不良反应 药具 计划 打算 准备 想 方便 不方便 短信 发短信 可以 能 不能 不可以 不要
    更正 改成 改为 改一下 改 修改 错了 搞错 弄错 写错 说错 报错 填错 记错 撤回 撤销 作废 取消 删除 删掉 误报 那条 上一条 刚才那条 那个人 核实 确认 属实 通过 退回 指派 分给 分配 交给 负责 责任人 包保 名单 统计 导出 多少 哪些 谁 怎么样 怎么 什么
    能不能 是不是 有没有 什么时候 什么情况 如何 为什么 白带 高热 由 程度 安排 成功 万一 常常 时间 方式 地点 原因 死因 死于 单位 全部 全村 全镇 所有 符合 容易 严重 甚至 温度 连续 管理 平时 平产 幸亏 幸好 谈话 尚未 许多
    第一次 第二次 第三次 第 次 属于 双方 男方 女方 男 女 性别 分 家庭 单身 明显 关于 相关 相对 强烈 申请 能否 那边 这边 这里 那里 多余 马上 高龄 高血压 高兴 于今 钟 小时 分钟
    舒张压 收缩压 高压 低压 衣服 晌午 前晌 后晌 莫发 莫再 莫给 莫烦 莫来 保温箱 危重 危重症 东头 西头 村东头 村西头 村头 村尾 马蹄足 马蹄内翻 马蹄 唐筛 唐氏 唐氏筛查 糖耐 四维 彩超 b超 无创 先天 先天性 先心病 兔唇 唇裂 腭裂 六指 多指 畸形 无脑儿 脑积水 脊柱裂 白血病 高血糖 低血糖 子宫 胎盘 前置胎盘 疤痕子宫 羊穿 胎监 排畸 尿检
    吃 喝 换 打 做 看 用 拿 领 办 添 抱 住 签字 签 喘 流 搬 疼 痛 肿 抽 拉 吐 烧 晕 送 接 问 讲 进 出 停 关机 同意 拒绝 要求 需要 觉得 感觉 出现 身上 脸上 手上 脚 腿 头 眼 胸 腰 下面 上面
    宫内 宫高 宫底 腹围 安返 病房 母婴 胚胎 停止发育 不发育 生化 肚里 肚子里 挂上 揣上 有货 掉了 掉 滑了 卸了 落草 解怀 生养 赔钱货 满42天 照了 评了 定成 列为
    微信 拉黑 失踪 跑了 带环 戴环 难免流产 完全流产 不全流产 侄媳妇 侄媳 细妹仔 细妹 妹俚 老表 归 管 接手 上次 上回 上一次 为 换成 改由 指定 一家 一家人 阳性 孕囊 双线 情况 资料
    高龄 早期 中期 晚期 以上 以下 毛伢 毛伢子 细伢 细崽 小子 赵钱 重点孕妇 五色 复评 宝 囡 收治 接收 没人 超声 显示 患者 病人 住院号 床号 主诉 现病史 产次 孕次 活女婴 活男婴 活婴
    全家 全村 名单 花名册 导出 按村 全名 大名 小名 村东 村西 村南 村北 村口 产后抑郁 抑郁 跳楼 跳河 跳井 服毒 农药 自杀 上吊 病逝 汉族 壮族 苗族 回族 初中 高中 小学 大专 本科 务农 在家务农 属虎 属兔 属龙 属蛇 属马 属羊 属猴 属鸡 属狗 属猪 属鼠 属牛
    俺庄 俺村 咱庄 庄里 庄上 庄东头 庄西头 庄东 庄西 户籍地 查无此人 支援 白沫 吐白沫 口吐白沫 解小便 解小手 解大便 解大手 来电话 来电 上卫生院 上医院 在屋里 屋里头
    评绿 评黄 评橙 评红 评紫 自动出院 自行出院 强行出院 绿标 红标 黄标 橙标 宁可 急症 识别 门诊 本院 我院 本科 核过了 核过 核了 核实过 请求 上级 发作 底下 血糖 控制 腰酸 恶心 想吐
    gave birth to pregnant birth baby boy girl woman name is was
    """
)
NOT_NAMES_RE = re.compile(NOT_NAMES + r"|小月(?=了|子|了)|满(?=[了\d月四]|42)")
