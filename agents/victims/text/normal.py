"""The one normal form in which a text message is read, live and in training.

What could tell one feed or corpus from another (spaces between words, punctuation, digits, masks in place of
personal data, full-width letters, traditional script) is taken out here, so that only the wording is left.
"""

import re
import unicodedata
from typing import Final

CHARS_MAX: Final = 1_000
"""Characters of a message that is read as one; the longest concatenated SMS in use is shorter."""

_COMPATIBLE: Final = re.compile(
    "[\uff0e\uff0f\uff10-\uff19\uff20-\uff3a\uff41-\uff5a\uff61\u2460-\u24ff\u3220-\u3247\u3280-\u32b0"
    "\u2100-\u214f\u2160-\u217f\u2070-\u209f\ufb00-\ufb06\U0001d400-\U0001d7ff"
    "\u00ad\u200b-\u200f\u2060\ufeff]"
)
"""Full-width, circled, styled and invisible characters: the ones for which NFKC is worth its price."""

_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")

_MASKS: Final = re.compile(r"(?:CELL)?PHONE|HOTLINE|DIGIT|PLACE|NAME|BANK|(?:QQ|WECHAT)[a-z0-9]*")
_LINK_MASK: Final = re.compile(r"URL[a-z0-9]*")
_SOME_MASK: Final = re.compile(r"PHONE|HOTLINE|DIGIT|PLACE|NAME|BANK|QQ|WECHAT|URL")

_NOT_WORDING: Final = re.compile("[^\u4e00-\u4e27\u4e29-\u4e35\u4e37-\u9fffa-z]+")
"""All but Chinese characters and Latin letters; the strokes U+4E28 and U+4E36 only break words up."""

_TRADITIONAL: Final = (
    "時間詳請點擊獲獎電話號碼銀帳賬戶開關門網會員過兌換領現財產資貸額轉匯單據實驗證運觀眾場節腦筆記萬"
    "億個這來對發們說為無與還從應該後寶貝見視頻裝備買賣價錢費貨訂購學習業務專線熱鏈連結進選擇動態優機"
    "構處長報協議簽約幣區縣鄉鎮廳廣東龍華國際聯繫絡訊訪問題統計調審檢輯護衛隊辦職階級層樓飛車輛駕駛違"
    "規罰項則愛媽爺親兒婦頭髮臉體藥醫診療險賠償損壞壓縮錄製圖畫書讀寫語詞謝誰讓樣給紅綠藍黃顏裡邊遠遲"
    "遞達遊戲遺錯誤絕餘飯館飲餓歡樂氣溫溼鐵銷鎖鑰釋隨難雙雜離雲霧靜顧顯風馬魚鮮麗齊齒納稅訴訟緝繳債權"
    "壇聲稱臨條極標準楊樹橋檔欄傳僅傷儲兩冊凍凱別剛創劃劇勁勝勞勢卻廠廢廟張強彈當徵徹復恆惡愷憐憂憑憲"
    "懷懸戰掃掛揚擔擬擴攝敗敵數斷於昇晉暫曆曉帐頁陸幫麼嗎妳詐騙賺虧啟淨擁係夠勵嚴義傭讚刪覽載佈週註鄭"
    "陳劉趙吳孫蘇灣島蘭訓練順願類騎鬆鬧鳥許認識講論設試課談質貼賓賽贈贏跡軟較輕輸農適遷郵釣鈴錶鍵鐘閃"
    "閉陣陽雞須預養駁濟燈燒營獨環盤確禮種穩窮競籃紙細終組絲綁維緊總績織繼續罷聽腳臺舉舊艙藝蘋螢術補裏"
    "複覺觸將積幾誠牽異簡戀歲歷屬滿盡測滯擾攔騷贊導師團薦潛漲虛貿籌衝歸蹤喚贓販執奪慮憶遙綫佔尋獄爾爭"
    "狀牆園圓奧妝寬寧寵屆幹彙徑拋捨捲攜攤敘槍歐殘殺毀決沒況涼淚溝滅潔濕瀏災煙畢盜監礦祕竊範籤糧紀純紛"
    "經綜緣編緩縱繞纔罵聖聞興莊葉著衆託評詢誌諾謀謹譯豐貓負責貴賴趕辭迴鄰醜針鈔鋪閒閱陰隱雖響頂頒饋驚"
    "驟髒鹽黨"
)
_SIMPLIFIED: Final = (
    "时间详请点击获奖电话号码银账账户开关门网会员过兑换领现财产资贷额转汇单据实验证运观众场节脑笔记万"
    "亿个这来对发们说为无与还从应该后宝贝见视频装备买卖价钱费货订购学习业务专线热链连结进选择动态优机"
    "构处长报协议签约币区县乡镇厅广东龙华国际联系络讯访问题统计调审检辑护卫队办职阶级层楼飞车辆驾驶违"
    "规罚项则爱妈爷亲儿妇头发脸体药医诊疗险赔偿损坏压缩录制图画书读写语词谢谁让样给红绿蓝黄颜里边远迟"
    "递达游戏遗错误绝余饭馆饮饿欢乐气温湿铁销锁钥释随难双杂离云雾静顾显风马鱼鲜丽齐齿纳税诉讼缉缴债权"
    "坛声称临条极标准杨树桥档栏传仅伤储两册冻凯别刚创划剧劲胜劳势却厂废庙张强弹当征彻复恒恶恺怜忧凭宪"
    "怀悬战扫挂扬担拟扩摄败敌数断于升晋暂历晓账页陆帮么吗你诈骗赚亏启净拥系够励严义佣赞删览载布周注郑"
    "陈刘赵吴孙苏湾岛兰训练顺愿类骑松闹鸟许认识讲论设试课谈质贴宾赛赠赢迹软较轻输农适迁邮钓铃表键钟闪"
    "闭阵阳鸡须预养驳济灯烧营独环盘确礼种稳穷竞篮纸细终组丝绑维紧总绩织继续罢听脚台举旧舱艺苹萤术补里"
    "复觉触将积几诚牵异简恋岁历属满尽测滞扰拦骚赞导师团荐潜涨虚贸筹冲归踪唤赃贩执夺虑忆遥线占寻狱尔争"
    "状墙园圆奥妆宽宁宠届干汇径抛舍卷携摊叙枪欧残杀毁决没况凉泪沟灭洁湿浏灾烟毕盗监矿秘窃范签粮纪纯纷"
    "经综缘编缓纵绕才骂圣闻兴庄叶着众托评询志诺谋谨译丰猫负责贵赖赶辞回邻丑针钞铺闲阅阴隐虽响顶颁馈惊"
    "骤脏盐党"
)
_VARIANTS: Final = {ord(a): b for a, b in zip(_TRADITIONAL, _SIMPLIFIED, strict=True)}
_SOME_VARIANT: Final = re.compile(f"[{_TRADITIONAL}]")


def fold(text: str, most: int = CHARS_MAX) -> str:
    """One width, one case, no invisible characters, no masks; punctuation, digits and addresses still stand. Only the
    first ``most`` characters are read.

    A masked address (``URL`` in feeds that hide personal data) becomes ``://``: there was a link, its host
    unknown.

    >>> fold("ＩＣＢＣ．cc，请 登录 URL")
    'icbc.cc,请 登录 ://'
    """
    text = text[:most]
    if _COMPATIBLE.search(text):
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    if " " in text and _SOME_MASK.search(text):
        text = _MASKS.sub("", _LINK_MASK.sub("://", text))
    return text.lower()


def wording(folded: str) -> str:
    """The bare letters of a folded text: simplified Chinese and a-z, nothing between them.

    >>> wording("您的積分：9,800 分，请 登录")
    '您的积分分请登录'
    """
    letters = _NOT_WORDING.sub("", folded)
    if _SOME_VARIANT.search(letters):
        return letters.translate(_VARIANTS)
    return letters
