"""The words by which `names` tells a personal name from the rest of a sentence."""

from __future__ import annotations


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常"
    "汤康易乔赖文阎傅温柳葛章鲁俞岳樊辛管兰殷倪施洪翟安颜牛纪景詹季骆聂焦柴凌欧祝耿关齐童尤毕柯盛裴霍涂成"
    "苗谷曲冉翁卓靳蓝路项左穆晏阮代费桂鲍习舒卜单蒲房屈饶解宁尚冷车游佟池甘简吉阳宗苟全包邢鄢臧占邬鞠牟闵"
    "敖谌喻庞党仇楚戚滕佘瞿隋艾褚娄米班席沙应华岑巫麻柏冀商甄巩符鹿丛滑危刁揭官练幸古丘卿储窦苑旷强戈权阚"
    "雍封巴查宓祁凤贝淳皮裘缪匡虞支昝郁邝莘荆羿仲伊栾甫郗申扈燕濮荀惠汲邴糜郜蒙谯郦胥苍逄姬冒咸籍蔺屠能翦"
    "寇广禄阙殳沃蔚夔隆巢晁勾融訾娜禤操么仝肇逯原宫和家那双东井松利寿通计农羊师索边阴衣但候劉張陳楊趙吳孫"
    "卫花桑明卞芦束浦戎韶尧揭芮邸漆冼茹容竺迟栗闻粟厉丰祖笪谯亓綦矫展荣乌麦励诸尉慕晋撒妥冶者郏郄逯隗仉佀厍璩浑权祁"
    "馬羅鄭謝韓馮鄧許蕭呂蘇盧蔣賈葉閻鍾譚陸範鄒賴龔萬錢湯賀顧龐顏嚴溫黃餘韋龍莊庄时時连連"
)
"""The frequent surnames of the last censuses, those of the south-west and of Jiangxi, traditional forms."""

EVERYDAY = frozenset(
    "和家那双东井松利寿通计农羊师索边阴衣但候能广原宫么支查强时時連沃隆凤贝冒咸娜明花者容展丰祖尧初迟"
)
"""Surnames that are everyday words: taken where a name was asked for, never picked out of a sentence."""

DOUBTFUL = EVERYDAY | frozenset(
    "高余程方白金石黄马江夏龙毛万武钱严常任文安全宫平成易路单古温党季米班席荣官柳沙谷向左项阳宗冷解关包车柴康施管孔尚房费司付柏满籍禄水"
)
"""Surnames that other words are made with: in the midst of unknown words no name begins with them (母婴安返)."""

SURNAME = f"[{''.join(sorted(SURNAMES - EVERYDAY))}]"
"""A character class of the surnames that are picked out of sentences."""

PINYIN_SURNAMES = _words(
    """
    Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Song Tang
    Han Feng Deng Cao Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Du Ye Cheng Wei Su Lv Lu Lyu Ding Ren Yao
    Shen Zhong Cui Tan Fan Liao Shi Jin Jia Xia Fu Fang Zou Xiong Bai Meng Qin Qiu Hou Yin Xue Yan Duan Lei Long
    Tao Mao Hao Gu Gong Shao Wan Qian Dai Mo Kong Xiang Chang Kang Yi Qiao Lai Wen Ouyang Ge Zhuang Nie Ou Ai
    """
)
"""The frequent surnames in Latin letters."""

ENGLISH_BESIDE_NAMES = _words(
    """
    i me my we you he she her his they the an and or no not yes is am are was were be been has had have do does
    did done don know dont to of in on at it this that what who how when can could will would should please help
    pregnant pregnancy birth born boy girl baby babies child mother woman name phone lmp edd edc due date weeks
    week today yesterday hospital home died dead death visit stop start skip unknown back cancel hello hi thanks
    thank ok good wait later call moved delivered gave lost county village miscarriage bleeding
    """
)
"""English words that make no name of the words they stand among."""

DOUBLE_SURNAMES = _words(
    """
    欧阳 司马 上官 诸葛 司徒 夏侯 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 端木 独孤 南宫 东方 百里 呼延 轩辕
    太史 申屠 濮阳 淳于 单于 拓跋 完颜 闻人 钟离 第五 赫连 澹台 公冶 宗政 歐陽 諸葛 第伍
    """
)
"""Surnames of two characters."""

NEVER_GIVEN = frozenset(
    "的了是吗呢吧啊呀哦嘛着们你我他她它这那哪什么怎没不很就都也还又再被把跟及或孕怀胎产死亡血疼痛肿烧吐呕"
    "晕岁斤克两个只分几些次说问报查叫姓给去到从在已请帮看等找打电话机码证册院村组乡镇县户住址媳妇妈爸爷奶"
    "嫂叔婶舅哥您咱谁啥咋病症危检随访转诊孩婴娃医护药针懷產個這嗎麼還沒對号號吃喝怕哭睡疫"
    "区市省搬送催肚胚卸滑掉锁揣挂昏摔跌撞浑差慌"
)
"""Never part of a given name: grammar, units, illness, offices, kin by marriage."""

AFTER_HUAI = frozenset("孕上了着二三四五六七八九十几多的娃胎起毛有过不双龙一是")
"""What makes 怀 before it a pregnancy; before other characters it is part of a name: 李怀英."""

NEVER_ALONE = frozenset(
    "家姐嫂姨婆叔哥婶妈爸总医老某氏一二三四五六日末天围岁庄屯坊湾寨工局生个年上下里头边大小子人女男半多"
    "想要会能"
)
"""What one character after a surname makes a kin word, a title, a weekday or a place of."""

NEVER_A_PAIR = _words(
    """
    屋里 医生 大妈 小姐 家屋 家坊 书记 家人 家庄 大姐 某某 阿姨 护士 家里 家湾 大婶 家坪 女士 村长 大嫂
    老师 主任 先生 家的 家坳 院长 嫂子
    """
)
"""Two characters after a surname that make a title or a place of it."""

NOT_NAMES = _words(
    """
    艾滋 梅毒 万一 万元 万分 万多 万幸 万隆 东西 东边 严寒 严格 严禁 严重 乔迁 习惯 于今 于我 于昨 于是 井水 井里
    付款 付钱 代孕 代报 代替 代表 仲裁 任何 任务 任性 任意 任职 但愿 但是 何人 何地 何处 何时 余下 余了
    余地 余天 余量 余额 信丰 候产 候诊 倪虹 党员 党委 党支 全家 全村 全身 全部 全都 关于 关心 关怀 关机
    关注 关爱 关系 关节 关键 关门 冒汗 冒烟 冒险 农业 农历 农合 农忙 农村 农民 冷汗 冷静 凌晨 利益 包块
    包好 包子 包扎 包括 包皮 包被 包车 华侨 单亲 单人 单位 单侧 单元 单卵 单号 单子 单据 单独 单眼 单纯
    单绒 单羊 单胎 单脐 单词 单身 单车 南昌 原发 原因 原来 双下 双侧 双手 双方 双胎 双胞 双脚 双腿 古历
    古陂 史上 史无 向上 向下 向东 向你 向前 向北 向南 向后 向您 向我 向西 周一 周三 周了 周二 周五 周六
    周前 周加 周半 周后 周四 周围 周多 周天 周岁 周左 周整 周日 周期 周末 周边 周零 和他 和她 和我 和谐
    商场 商店 商量 夏天 夏至 孙女 孙子 季度 宁可 宁愿 安全 安好 安徽 安心 安排 安胎 安装 安西 安静 官方
    宫口 宫外 宫缩 宫腔 宫颈 家中 家人 家住 家属 家庭 家访 家里 家长 寇红 寿命 封条 封闭 尚可 尚好 尚无
    尚未 尤其 尹家 屠宰 左侧 左右 左手 左眼 左腿 左边 巩固 师傅 师范 席位 席间 常住 常去 常在 常常 常年
    常来 常见 常规 平安 平常 平时 幸好 幸福 幸运 广东 广西 应付 应当 应急 应诊 应该 康复 强制 强壮 强度
    强烈 彭村 惠州 惠民 成了 成人 成功 成员 成型 成婚 成家 成年 成本 成活 成绩 成都 房产 房子 房屋 房里
    房间 支付 支原 支持 支部 支队 文件 文化 文字 文明 文盲 方便 方向 方式 方才 方案 方法 方言 方面 施工
    时不 时候 时常 时间 易感 景区 景德 曲线 曾在 曾有 曾经 权利 松了 林地 林场 查B 查了 查体 查出 查到
    查唐 查尿 查心 查房 查染 查看 查肝 查胎 查血 查询 查过 柴火 梁上 欧洲 欧美 武器 武汉 段时 殷切 毛巾
    毛毛 毛病 水肿 江浙 江湖 江苏 江西 江边 池塘 汤药 汪汪 沙发 沙子 温度 温水 温热 温饱 温馨 满周 满意
    满月 燕窝 厉害 浑身 牛奶 牛年 班上 班主 甘肃 田地 田里 申报 申请 白天 白带 白班 白细 白色 白蛋 白血 皮下 皮带
    皮疹 皮肤 盛大 盛行 石块 石头 石家 石膏 祝你 祝贺 秦岭 秦皇 程度 章子 章程 章鱼 童年 符合 简单 管他
    管办 管她 管床 管护 管理 米汤 米粉 米酒 米面 米饭 索要 纪录 纪要 羊年 羊水 羊膜 胡乱 胡说 能不 能吃
    能否 能走 舒服 舒缓 舒适 苏州 苏醒 苗头 苗条 范围 荣誉 莫名 蒙古 蓝本 蓝色 解决 解放 解脲
    解释 解除 计免 计划 计生 计算 计量 许久 许可 许多 谢了 谢你 谢谢 谷物 谷雨 贝贝 贺卡 贺喜 赣州 越发
    越来 路上 路口 路边 车上 车子 车牌 车祸 车站 车费 车间 辛苦 边上 边缘 连夜 连续 通知 通话 通过 那个
    那么 那份 那次 那天 那边 那里 金色 金钱 金额 金黄 钟头 钱包 钱款 阳历 阳台 阳性 阴历 阴唇 阴天 阴性 阴沟 阴超
    阴道 阴部 隆起 项圈 项目 顾不 顾客 顾虑 马上 马年 马桶 马虎 马路 高中 高了 高于 高价 高兴 高危 高压
    高原 高处 高层 高度 高温 高烧 高热 高等 高级 高考 高蛋 高血 高速 高风 高龄 麻木 麻烦 麻醉 黄体 黄水
    黄疸 黄的 黄色 齐全 龙凤 龙宝 龙年
    季节 贺春 盛夏 鲁莽 童女 甘愿 尚且 路过 屈指 卓有 卓越 经常
    宫高 宫内 宫底 安返 全流 全程 高龄 高糖 宫颈 羊膜 钱货 成功 党员 全子 完全 时长 温饱 安稳 宁静 平稳 方才 双女 双男 时辰 单女 单男 东村 西村
    单导 单按 单给 单发 单列 单里 单上 单在 单呢 单有 单月 双月 余月 危重 莫发 莫再 莫给 叶酸 唐筛 成明 安宫 钙片 段子 白蛋 高产 常产 万人 关照 易得 祝愿 应是 安定
    """
)
"""Beginnings of other words that look like a surname and a name: 周五, 高危, 方便."""

BEFORE = _words(
    """
    叫 是 的 姓名 名字 名 孕妇 产妇 孕产妇 育龄妇女 妇女 媳妇 儿媳 老婆 妻子 爱人 女儿 姑娘 母亲 妈妈 妈
    村民 群众 患者 病人 孩子 女 婆娘 堂客 婆姨 怀孕 怀上 怀了 孕情 有喜 分娩 流产 引产 死亡 去世 建册 建档
    产检 随访 访视 高危 早孕 新增 新孕 登记 报告 上报 汇报 报 报一下 报个 发现 查询 查 查下 查一下 看看 改
    更正 撤销 撤回 失访 迁入 迁出 转诊 村 组 屯 庄 里 乡 镇 队 号 家 户 边 岁 天 日 晚 早 上 午 年 月 周 了
    有 和 跟 与 及 给 把 将 对 向 问 找 帮 由 为 替 请 让 见 到 说 听说 还有 另外 以及 就是 那个 这个 那位
    这位 一个 位 名叫 叫做 叫作 姓 今天 昨天 前天 昨晚 刚刚 刚才 早上 下午 上午 晚上 凌晨 中午 半夜 夜里 嫂
    姐 妹 婶 姨 同志 小 阿 但是 不过 因为 所以 不是 不叫 先 再 也 又 已 懷孕 孕婦 產婦 發現 報告
    通 周一 周二 周三 周四 周五 周六 周日 周天 星期一 星期二 星期三 星期四 星期五 星期六
    星期天 遇到 碰到 通知 提醒 陪 送 接 催
    访 回 催 派 由 及
    """
)
"""What stands right before a name."""

AFTER = _words(
    """
    怀孕 怀上 怀了 怀二 怀三 怀着 怀的 怀有 有喜 有了 有孕 有身 有高 有点 有出 孕 停经 末次 末此 末月 月经
    生了 生下 生的 生在 生产 生孩 生娃 生小 生个 生完 生二 生三 生男 生女 生于 分娩 顺产 剖 流产 引产 小产
    胎停 没保 没了 没有 没来 没去 没怀 没 死 去世 走了 过世 不在 不幸 离世 亡 产后 产检 产前 产了 出院 出血
    出生 出去 出现 住院 住在 住 建册 建档 建卡 高危 高血 红色 黄色 橙色 绿色 紫色 评为 评估 筛查 转诊 转到
    转院 转 搬 迁 外出 失访 联系 电话 手机 身份 证 的 是 了 在 家 今 昨 前天 大前 明天 后天 上周 上个 上月
    这周 本周 下周 下个 周一 周二 周三 周四 周五 周六 周日 去年 前年 年龄 年方 岁 已 刚 刚刚 又 也 还 都 要
    想 说 她 他 女 男 两个 肚子 身上 现在 目前 预产 孩子 小孩 宝宝 娃 婴儿 新生 和 跟 与 及 以及 到 去 来
    被 把 给 从 因 于 不是 不 昨晚 下午 上午 早上 晚上 凌晨 半夜 添 得 老公 丈夫 男人 媳妇 老婆 妈 爸 婆婆
    嫂 做 查 检 早孕 人流 药流 清宫 宫外 摔 流 破水 见红 发烧 头 肿 晕 抽 抽筋 大出血 难产 早产 自动 申请
    需要 可能 应该 吃 打 复查 第 村 组 这 那 啥 什么 怎么 几 多 吗 呢 吧 呀 啊 同志 女士 自己 户口 贫困
    残疾 精神 外来 流动 随访 访视 上环 取环 备孕 结婚 领 初 农历 阴历 九月 八月 七月 六月 五月 四月 三月
    二月 一月 十月 十一 十二 正月 腊月 冬月 一九 二〇 三十 二十 十九 双胞 龙凤 双胎 单胎 大女 大儿 危重
    昏迷 抢救 病危 情况 有没 懷孕 懷上 產檢 產後 沒 電話 預產 還 個 這
    三个 四个 五个 几个 小姐 大姐 妹妹 医院 送医 同意 愿意 拒绝 搬家 搬走 回来 回家
    坏 验 怀 快 生病 生气 生日 添 产 生 坐月 喝 病 发高 发热 喘 风险 回 签 准备 换 分 测 量 抱 哭 嫁 改
    """
)
"""What stands right after a name."""

TRANSLITERATED = frozenset(
    "阿买提古丽热木依江尔汗孜娜尼亚克扎帕吾斯曼玛合艾海麦吐逊托乎努肉图荪萨迪则莎比罕巴哈力拉姆卡里苏来沙"
    "布祖赛德伊敏玉素甫塔什别加那娅姑胡西达瓦卓嘎措旺珍央金次仁多吉平白洛桑格"
)
"""Characters that Uyghur, Kazakh and Tibetan names are written with."""

TRANSLITERATED_ENDINGS = _words(
    """
    江 古丽 古力 买提 汗 姑 尔 提 木 娜 罕 卓玛 拉姆 措 次仁 多吉 央金 旺姆 加 力
    """
)
"""How such names end."""

AFTER_A_NUMBER = frozenset("妹英姑娣花凤秀香兰莲珍")
"""What makes a girl's name of a number before it: 三妹, so 周三妹 is no Wednesday."""

NEVER_LAST = frozenset("管归上定打评照家和与要能会想初现可该做换流添坏喝分签验退回吃喘怀测量抱改来快")
"""Characters that end no given name of two in a sentence: 李梅家的, 李梅和, 李梅会不会."""
