"""Wording cues: one row for each tell-tale phrase of a typology, in bare letters (``normal.wording``).

The labelled data knows bank phishing, prizes, investment groups and flight refunds; it has no fake police,
fake boss, brushing, sextortion or refund scripts. These rows know them. The typologies are the police's own
classes; the phrases are those that the Ministry of Public Security's and the anti-fraud centres' public
warnings quote.
"""

import math
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple, get_args

Wording = Literal[
    "none",
    "bank",
    "police",
    "loan",
    "parcel_service",
    "investment",
    "brushing",
    "boss",
    "prize",
    "phish_link",
    "sextortion",
    "gaming",
    "shopping",
    "other_fraud",
]
"""What a text is about. ``parcel_service`` is any pretended customer service: parcel, airline, platform."""

WORDINGS: Final[tuple[Wording, ...]] = get_args(Wording)

CUE_BASE: Final = -4.0
"""Log-odds of fraud where cues weigh nothing: a weight of 4 makes an even chance, 6 makes 0.88."""

CUE_WEIGHT_MAX: Final = 8.0
"""The most that rows for fraud add up to: many words on one matter are still one witness."""

CUE_GUARD_MIN: Final = -6.0
"""The most that guards may take away, in log-odds: a fraudster may quote a warning too."""


class Cue(NamedTuple):
    """A row: every one of ``parts`` stands in the bare letters (and a link in the message, where ``link``).

    ``weight`` is in log-odds and adds up over rows; a row of wording ``none`` is a guard and counts against
    fraud.
    """

    wording: Wording
    weight: float
    parts: tuple[str, ...]
    link: bool = False


class Tally(NamedTuple):
    """The cues of one message: the heaviest wording, the weight for fraud, the guards' sum (0 or less)."""

    wording: Wording
    weight: float
    guard: float

    @property
    def chance(self) -> float:
        """The chance of fraud by the cues alone, 0 to 1."""
        return 1.0 / (1.0 + math.exp(-(CUE_BASE + self.weight + self.guard)))


CUES: Final[tuple[Cue, ...]] = (
    # fake police, prosecutors, courts
    Cue("police", 5.5, ("安全账户",)),
    Cue("police", 5.0, ("资金清查",)),
    Cue("police", 5.0, ("资金核查", "账户")),
    Cue("police", 4.5, ("涉嫌", "洗钱", "您")),
    Cue("police", 4.5, ("涉嫌", "洗钱", "你")),
    Cue("police", 4.5, ("涉嫌", "名下")),
    Cue("police", 4.5, ("涉嫌", "你的身份")),
    Cue("police", 4.5, ("涉嫌", "您的身份")),
    Cue("police", 4.5, ("涉案", "配合调查")),
    Cue("police", 4.5, ("涉案", "冻结", "名下")),
    Cue("police", 5.0, ("通缉令", "您")),
    Cue("police", 5.0, ("通缉令", "你")),
    Cue("police", 4.5, ("逮捕令", "您")),
    Cue("police", 4.5, ("逮捕令", "你")),
    Cue("police", 4.5, ("传票", "您", "联系")),
    Cue("police", 4.5, ("传票", "您", "未领")),
    Cue("police", 4.5, ("传票", "起诉", "涉嫌")),
    Cue("police", 4.5, ("强制停机", "违规")),
    Cue("police", 4.5, ("名下", "号码", "违法", "停机")),
    Cue("police", 4.5, ("保密", "配合", "公安")),
    Cue("police", 4.5, ("保密", "案件", "资金")),
    Cue("police", 4.5, ("刑事拘留", "您")),
    Cue("police", 4.5, ("公安局", "账户", "转")),
    Cue("police", 5.0, ("检察院", "账户", "冻结")),
    Cue("police", 5.0, ("警官", "转账", "账户")),
    Cue("police", 4.5, ("警官证", "视频")),
    Cue("police", 5.0, ("safeaccount",)),
    Cue("police", 5.0, ("arrestwarrant", "your")),
    Cue("police", 5.0, ("warrantforyourarrest",)),
    Cue("police", 5.0, ("moneylaundering", "your")),
    Cue("police", 5.0, ("socialsecurity", "suspended")),
    Cue("police", 4.5, ("taxfraud", "arrest")),
    Cue("police", 4.5, ("legalaction", "yourname", "call")),
    # fake boss, fake leader
    Cue("boss", 5.0, ("我办公室", "明天")),
    Cue("boss", 4.5, ("我是你领导",)),
    Cue("boss", 4.5, ("我是你们领导",)),
    Cue("boss", 5.0, ("老领导", "我")),
    Cue("boss", 5.0, ("垫付", "领导")),
    Cue("boss", 4.5, ("先转", "领导", "账户")),
    Cue("boss", 4.5, ("不方便", "出面", "转")),
    Cue("boss", 5.0, ("我在开会", "打款")),
    Cue("boss", 5.0, ("我在开会", "转账")),
    Cue("boss", 4.5, ("我在开会", "转到")),
    Cue("boss", 5.0, ("我在开会", "汇款")),
    Cue("boss", 4.5, ("对方账户", "财务", "立即")),
    Cue("boss", 4.5, ("财务", "马上", "付款", "账户")),
    Cue("boss", 4.5, ("加急", "打款", "账户")),
    Cue("boss", 4.5, ("公司账户", "余额", "截图")),
    Cue("boss", 4.5, ("账上", "多少", "转", "合同")),
    Cue("boss", 5.0, ("giftcards", "urgent")),
    Cue("boss", 5.0, ("giftcards", "meeting")),
    Cue("boss", 4.5, ("giftcards", "sendme", "codes")),
    Cue("boss", 5.0, ("wiretransfer", "confidential")),
    Cue("boss", 4.5, ("inameeting", "transfer")),
    Cue("boss", 5.0, ("换了新号", "转账")),
    Cue("boss", 5.0, ("换了新号", "打款")),
    Cue("boss", 5.0, ("换了新号", "打一笔")),
    Cue("boss", 5.0, ("我的新号码", "转账")),
    Cue("boss", 5.0, ("我的新号码", "打款")),
    Cue("boss", 4.5, ("不方便接电话", "打一笔")),
    Cue("boss", 4.5, ("不方便接电话", "转账")),
    Cue("boss", 4.5, ("账号发你", "保证金")),
    Cue("boss", 4.5, ("回来补签字",)),
    Cue("boss", 4.5, ("转好截图", "账户")),
    Cue("boss", 4.5, ("转账", "截图发我", "手续")),
    # brushing: pay first for tasks and orders, small gains returned
    Cue("brushing", 5.0, ("刷单",)),
    Cue("brushing", 5.0, ("刷信誉",)),
    Cue("brushing", 5.0, ("刷信用", "网店")),
    Cue("brushing", 4.5, ("刷好评",)),
    Cue("brushing", 5.0, ("佣金", "抢单")),
    Cue("brushing", 4.5, ("佣金", "任务")),
    Cue("brushing", 5.0, ("佣金", "点赞")),
    Cue("brushing", 4.5, ("点赞", "赚", "群")),
    Cue("brushing", 4.5, ("点赞", "兼职")),
    Cue("brushing", 4.5, ("垫付", "返", "佣金")),
    Cue("brushing", 4.5, ("垫付", "本金")),
    Cue("brushing", 4.5, ("返利", "本金")),
    Cue("brushing", 4.5, ("连单", "提现")),
    Cue("brushing", 4.5, ("做任务", "提现")),
    Cue("brushing", 4.5, ("兼职", "手机操作", "日")),
    Cue("brushing", 4.5, ("兼职", "动动手指")),
    Cue("brushing", 4.5, ("佣金", "兼职")),
    Cue("brushing", 4.5, ("福利群", "红包", "任务")),
    Cue("brushing", 5.0, ("parttime", "whatsapp", "day")),
    Cue("brushing", 5.0, ("parttime", "telegram", "day")),
    Cue("brushing", 5.0, ("likingvideos",)),
    Cue("brushing", 4.5, ("completetasks", "commission")),
    Cue("brushing", 4.5, ("simpletasks", "earn")),
    Cue("brushing", 4.5, ("workfromhome", "telegram")),
    Cue("brushing", 4.5, ("workfromhome", "whatsapp")),
    # fake loan
    Cue("loan", 5.0, ("解冻费",)),
    Cue("loan", 5.0, ("解冻金",)),
    Cue("loan", 5.0, ("注销", "校园贷")),
    Cue("loan", 4.5, ("注销", "学生", "贷款")),
    Cue("loan", 4.5, ("注销", "账户", "征信", "贷")),
    Cue("loan", 5.0, ("放款", "保证金")),
    Cue("loan", 5.0, ("放款", "卡号错误")),
    Cue("loan", 5.0, ("放款", "卡号有误")),
    Cue("loan", 4.5, ("放款", "工本费")),
    Cue("loan", 4.5, ("放款", "会员费")),
    Cue("loan", 4.5, ("放款", "认证金")),
    Cue("loan", 4.5, ("放款", "还款能力", "转")),
    Cue("loan", 4.5, ("贷款", "保证金", "先")),
    Cue("loan", 4.5, ("贷款", "验资")),
    Cue("loan", 4.5, ("刷流水", "贷")),
    Cue("loan", 4.5, ("包装流水",)),
    Cue("loan", 4.5, ("征信修复",)),
    Cue("loan", 4.5, ("修复征信",)),
    Cue("loan", 4.5, ("消除", "征信", "记录")),
    Cue("loan", 4.5, ("已审批", "额度", "领取"), link=True),
    Cue("loan", 4.5, ("已通过", "额度", "提现"), link=True),
    Cue("loan", 5.0, ("loan", "processingfee")),
    Cue("loan", 5.0, ("loan", "approved", "upfront")),
    Cue("loan", 4.5, ("loan", "approved", "nocreditcheck")),
    Cue("loan", 4.5, ("低息贷款", "秒到账")),
    Cue("loan", 4.5, ("无抵押", "当天放款")),
    Cue("loan", 4.5, ("免征信", "贷款", "领取")),
    Cue("loan", 4.5, ("贷款", "凭身份证", "立即申请")),
    # pretended customer service: parcels, refunds, airlines, platform members, insurance
    Cue("parcel_service", 5.0, ("丢失", "快递", "赔")),
    Cue("parcel_service", 5.0, ("破损", "快递", "赔")),
    Cue("parcel_service", 5.0, ("理赔", "快递")),
    Cue("parcel_service", 5.0, ("包裹", "丢失", "赔")),
    Cue("parcel_service", 4.5, ("包裹", "异常", "客服")),
    Cue("parcel_service", 4.5, ("双倍赔",)),
    Cue("parcel_service", 4.5, ("三倍赔", "退")),
    Cue("parcel_service", 5.0, ("百万保障", "扣")),
    Cue("parcel_service", 5.0, ("百万保障", "关闭")),
    Cue("parcel_service", 5.0, ("百万医疗", "取消", "扣费")),
    Cue("parcel_service", 4.5, ("自动扣费", "取消", "客服")),
    Cue("parcel_service", 4.5, ("自动续费", "关闭", "客服", "征信")),
    Cue("parcel_service", 4.5, ("误操作", "会员", "扣")),
    Cue("parcel_service", 4.5, ("质量问题", "退款", "联系")),
    Cue("parcel_service", 4.5, ("甲醛超标", "退")),
    Cue("parcel_service", 4.5, ("订单异常", "退款")),
    Cue("parcel_service", 4.5, ("商家账户", "冻结", "退款")),
    Cue("parcel_service", 5.0, ("改签", "补偿")),
    Cue("parcel_service", 4.5, ("改签", "航班", "故障")),
    Cue("parcel_service", 4.5, ("补偿", "航班", "取消")),
    Cue("parcel_service", 4.5, ("延误补偿", "航班")),
    Cue("parcel_service", 4.5, ("退改签", "客服", "故障")),
    Cue("parcel_service", 4.5, ("屏幕共享",)),
    Cue("parcel_service", 4.5, ("共享屏幕", "账户")),
    Cue("parcel_service", 4.5, ("parcel", "redeliveryfee")),
    Cue("parcel_service", 4.5, ("redelivery", "fee"), link=True),
    Cue("parcel_service", 4.5, ("package", "address"), link=True),
    Cue("parcel_service", 4.5, ("package", "customs", "fee")),
    Cue("parcel_service", 4.5, ("parcel", "shippingfee"), link=True),
    Cue("parcel_service", 4.5, ("parcel", "unabletodeliver"), link=True),
    Cue("parcel_service", 4.5, ("delivery", "reschedule", "pay")),
    Cue("parcel_service", 4.5, ("anydesk",)),
    Cue("parcel_service", 4.5, ("teamviewer", "refund")),
    # fake investment
    Cue("investment", 5.0, ("稳赚不赔",)),
    Cue("investment", 4.5, ("稳赚", "收益")),
    Cue("investment", 4.5, ("稳赚", "群")),
    Cue("investment", 5.0, ("带单", "老师")),
    Cue("investment", 4.5, ("涨停", "老师")),
    Cue("investment", 5.0, ("导师", "跟单")),
    Cue("investment", 4.5, ("导师", "收益")),
    Cue("investment", 4.5, ("内幕消息", "股")),
    Cue("investment", 4.5, ("内幕", "涨停")),
    Cue("investment", 4.5, ("牛股", "群")),
    Cue("investment", 4.5, ("牛股", "免费")),
    Cue("investment", 4.5, ("荐股", "群")),
    Cue("investment", 4.5, ("涨停", "进群")),
    Cue("investment", 4.5, ("涨停", "加群")),
    Cue("investment", 4.5, ("操盘手", "群")),
    Cue("investment", 4.5, ("建仓", "群")),
    Cue("investment", 4.5, ("高收益", "零风险")),
    Cue("investment", 4.5, ("高收益", "无风险")),
    Cue("investment", 4.5, ("保本", "高回报")),
    Cue("investment", 4.5, ("日收益", "提现")),
    Cue("investment", 4.5, ("数字货币", "收益")),
    Cue("investment", 4.5, ("数字货币", "带你")),
    Cue("investment", 4.5, ("虚拟币", "收益")),
    Cue("investment", 4.5, ("原始股", "上市", "认购")),
    Cue("investment", 4.5, ("平台漏洞", "赚")),
    Cue("investment", 4.5, ("翻倍", "平台", "跟我", "投")),
    Cue("investment", 4.5, ("guaranteedreturn",)),
    Cue("investment", 4.5, ("guaranteedprofit",)),
    Cue("investment", 4.5, ("doubleyour", "bitcoin")),
    Cue("investment", 4.5, ("doubleyour", "crypto")),
    Cue("investment", 4.5, ("crypto", "profit", "group")),
    Cue("investment", 4.5, ("tradingplatform", "profit")),
    Cue("investment", 4.5, ("stocktips", "whatsapp")),
    # sextortion
    Cue("sextortion", 5.0, ("裸聊", "你")),
    Cue("sextortion", 5.0, ("裸聊", "视频")),
    Cue("sextortion", 5.0, ("通讯录", "视频", "发给")),
    Cue("sextortion", 5.0, ("通讯录", "视频", "群发")),
    Cue("sextortion", 5.0, ("通讯录", "视频", "转")),
    Cue("sextortion", 4.5, ("不雅", "视频", "你")),
    Cue("sextortion", 4.5, ("不雅", "照片", "你")),
    Cue("sextortion", 4.5, ("裸照", "你")),
    Cue("sextortion", 4.5, ("身败名裂",)),
    Cue("sextortion", 5.0, ("recordedyou",)),
    Cue("sextortion", 5.0, ("yourcontacts", "video")),
    Cue("sextortion", 5.0, ("intimate", "video", "pay")),
    Cue("sextortion", 5.0, ("nudes", "pay")),
    Cue("sextortion", 4.5, ("webcam", "bitcoin")),
    # game accounts and items
    Cue("gaming", 5.0, ("防沉迷", "解除")),
    Cue("gaming", 5.0, ("防沉迷", "转账")),
    Cue("gaming", 4.5, ("皮肤", "免费", "领取")),
    Cue("gaming", 4.5, ("免费送", "皮肤")),
    Cue("gaming", 4.5, ("高价", "回收", "账号")),
    Cue("gaming", 4.5, ("高价收", "号", "游戏")),
    Cue("gaming", 4.5, ("游戏账号", "交易", "平台")),
    Cue("gaming", 4.5, ("游戏账号", "解冻")),
    Cue("gaming", 4.5, ("保证金", "卖家", "游戏")),
    Cue("gaming", 4.5, ("装备", "私下交易")),
    Cue("gaming", 4.5, ("装备", "交易平台", "提现")),
    Cue("gaming", 4.5, ("点券", "半价")),
    Cue("gaming", 4.5, ("freerobux",)),
    Cue("gaming", 4.5, ("freevbucks",)),
    Cue("gaming", 4.5, ("freeskins",)),
    Cue("gaming", 4.5, ("收购", "账号", "提现")),
    Cue("gaming", 4.5, ("收购", "账号", "担保")),
    Cue("gaming", 4.5, ("账号交易", "冻结")),
    Cue("gaming", 4.5, ("账号交易", "保证金")),
    # fake shopping
    Cue("shopping", 4.5, ("补税", "海关", "扣")),
    Cue("shopping", 4.5, ("海关", "扣", "关税", "转")),
    Cue("shopping", 4.5, ("代购", "海关", "扣")),
    Cue("shopping", 4.5, ("私下", "转账", "便宜")),
    Cue("shopping", 4.5, ("不走平台", "优惠")),
    Cue("shopping", 4.5, ("定金", "解锁", "发货")),
    Cue("shopping", 4.5, ("保证金", "激活", "店铺", "订单")),
    Cue("shopping", 4.5, ("闲鱼", "担保", "付款"), link=True),
    Cue("shopping", 4.5, ("customs", "releaseyourorder")),
    Cue("shopping", 4.5, ("payoutside", "discount")),
    Cue("shopping", 4.5, ("私下交易", "付款")),
    Cue("shopping", 4.5, ("私下交易", "微信", "便宜")),
    Cue("shopping", 4.5, ("海关罚没", "低价")),
    Cue("shopping", 4.5, ("先付定金", "发货")),
    Cue("shopping", 4.5, ("补交", "关税", "保证金")),
    Cue("shopping", 4.5, ("货物", "扣押", "保证金")),
    # prizes and lotteries
    Cue("prize", 5.5, ("场外", "幸运")),
    Cue("prize", 4.5, ("场外", "观众", "奖")),
    Cue("prize", 4.5, ("幸运用户", "奖金")),
    Cue("prize", 4.5, ("幸运之星", "笔记本")),
    Cue("prize", 4.5, ("今日之星",)),
    Cue("prize", 4.5, ("抽选", "奖金")),
    Cue("prize", 4.5, ("二等奖", "恭喜"), link=True),
    Cue("prize", 4.5, ("一等奖", "恭喜", "领取"), link=True),
    Cue("prize", 4.5, ("领奖", "手续费")),
    Cue("prize", 4.5, ("领奖", "个人所得税")),
    Cue("prize", 4.5, ("苹果笔记本", "领取")),
    Cue("prize", 4.5, ("苹果电脑", "奖金")),
    Cue("prize", 4.5, ("栏目", "奖金", "领取")),
    Cue("prize", 4.5, ("youhavewon", "claim")),
    Cue("prize", 4.5, ("youvewon", "claim")),
    Cue("prize", 4.5, ("claimyourprize",)),
    Cue("prize", 4.5, ("lottery", "won", "claim")),
    Cue("prize", 4.5, ("giftcard", "selected"), link=True),
    # links that phish or carry a trojan
    Cue("phish_link", 4.5, ("影集", "看"), link=True),
    Cue("phish_link", 4.5, ("聚会", "相册"), link=True),
    Cue("phish_link", 3.5, ("相册", "看"), link=True),
    Cue("phish_link", 4.0, ("录像", "看"), link=True),
    Cue("phish_link", 4.5, ("尚未领取", "尽快"), link=True),
    Cue("phish_link", 4.5, ("成绩单", "家长"), link=True),
    Cue("phish_link", 4.5, ("在校表现",), link=True),
    Cue("phish_link", 4.5, ("违章", "查看"), link=True),
    Cue("phish_link", 5.0, ("etc", "失效"), link=True),
    Cue("phish_link", 5.0, ("etc", "停用"), link=True),
    Cue("phish_link", 5.0, ("etc", "禁用"), link=True),
    Cue("phish_link", 5.0, ("etc", "过期"), link=True),
    Cue("phish_link", 4.5, ("社保", "失效"), link=True),
    Cue("phish_link", 4.5, ("社保", "停用"), link=True),
    Cue("phish_link", 4.5, ("医保", "失效"), link=True),
    Cue("phish_link", 4.5, ("医保", "停用"), link=True),
    Cue("phish_link", 4.5, ("医保", "冻结"), link=True),
    Cue("phish_link", 4.5, ("补贴", "领取", "身份"), link=True),
    Cue("phish_link", 4.5, ("补贴", "申领", "逾期"), link=True),
    Cue("phish_link", 4.5, ("退税", "领取"), link=True),
    Cue("phish_link", 4.5, ("定位", "iphone"), link=True),
    Cue("phish_link", 4.5, ("丢失", "iphone"), link=True),
    Cue("phish_link", 4.5, ("appleid", "locked"), link=True),
    Cue("phish_link", 4.5, ("appleid", "锁定"), link=True),
    Cue("phish_link", 4.5, ("accounthasbeensuspended",)),
    Cue("phish_link", 4.5, ("suspended", "account"), link=True),
    Cue("phish_link", 4.5, ("locked", "account"), link=True),
    Cue("phish_link", 4.5, ("restricted", "account"), link=True),
    Cue("phish_link", 4.5, ("verifyyour", "account"), link=True),
    Cue("phish_link", 4.5, ("confirmyour", "details"), link=True),
    Cue("phish_link", 4.5, ("unusualactivity",), link=True),
    Cue("phish_link", 4.5, ("updateyourpayment",), link=True),
    Cue("phish_link", 4.5, ("taxrefund",), link=True),
    Cue("phish_link", 4.5, ("unpaidtoll",)),
    Cue("phish_link", 4.5, ("toll", "avoid", "latefee")),
    # a bank's name or products in a phisher's mouth
    Cue("bank", 5.0, ("密码器", "失效")),
    Cue("bank", 5.0, ("密码器", "过期"), link=True),
    Cue("bank", 4.5, ("失效", "网银"), link=True),
    Cue("bank", 4.5, ("失效", "网上银行"), link=True),
    Cue("bank", 4.5, ("失效", "手机银行"), link=True),
    Cue("bank", 4.5, ("过期", "手机银行"), link=True),
    Cue("bank", 2.0, ("兑换", "积分", "现金"), link=True),
    Cue("bank", 4.5, ("停用", "银行卡"), link=True),
    Cue("bank", 4.5, ("冻结", "银行卡"), link=True),
    Cue("bank", 4.5, ("冻结", "账户", "认证"), link=True),
    Cue("bank", 4.5, ("账户", "异常", "验证"), link=True),
    Cue("bank", 4.5, ("实名", "补录"), link=True),
    Cue("bank", 4.5, ("套现", "信用卡", "冻结")),
    Cue("bank", 4.5, ("yourbank", "locked"), link=True),
    Cue("bank", 4.5, ("newpayee", "ifthiswasnotyou")),
    # landlords, relatives in need, strangers who claim to be known
    Cue("other_fraud", 5.0, ("猜猜我是谁",)),
    Cue("other_fraud", 5.0, ("我是房东", "打到")),
    Cue("other_fraud", 4.5, ("我是房东", "卡")),
    Cue("other_fraud", 4.5, ("房租", "打到", "爱人")),
    Cue("other_fraud", 4.5, ("房租", "打到", "老婆")),
    Cue("other_fraud", 4.5, ("房租", "打到", "卡上")),
    Cue("other_fraud", 4.5, ("手机丢", "转", "妈")),
    Cue("other_fraud", 4.5, ("手机坏", "转", "妈")),
    Cue("other_fraud", 4.5, ("手机坏", "学费", "转")),
    Cue("other_fraud", 4.5, ("出车祸", "转账")),
    Cue("other_fraud", 4.5, ("出车祸", "打钱")),
    Cue("other_fraud", 4.5, ("被抓", "保释")),
    Cue("other_fraud", 4.5, ("急用钱", "转", "卡")),
    Cue("other_fraud", 5.0, ("himum", "newnumber")),
    Cue("other_fraud", 5.0, ("himum", "phone")),
    Cue("other_fraud", 5.0, ("himom", "newnumber")),
    Cue("other_fraud", 5.0, ("hidad", "newnumber")),
    Cue("other_fraud", 4.5, ("mynewnumber", "transfer")),
    Cue("other_fraud", 4.5, ("lostmyphone", "sendmoney")),
    # guards: warnings against fraud, and what an honest sender says
    Cue("none", -5.0, ("谨防", "骗")),
    Cue("none", -3.0, ("谨防",)),
    Cue("none", -4.0, ("警惕",)),
    Cue("none", -5.0, ("防骗",)),
    Cue("none", -5.0, ("反诈",)),
    Cue("none", -5.0, ("诈骗", "请勿")),
    Cue("none", -5.0, ("诈骗", "切勿")),
    Cue("none", -5.0, ("都是诈骗",)),
    Cue("none", -5.0, ("均为诈骗",)),
    Cue("none", -5.0, ("就是诈骗",)),
    Cue("none", -4.0, ("骗子",)),
    Cue("none", -3.0, ("被骗",)),
    Cue("none", -5.0, ("不会以任何",)),
    Cue("none", -4.0, ("不会要求", "转账")),
    Cue("none", -4.0, ("勿轻信",)),
    Cue("none", -4.0, ("不要轻信",)),
    Cue("none", -4.0, ("不轻信",)),
    Cue("none", -4.0, ("没有安全账户",)),
    Cue("none", -5.0, ("beware", "scam")),
    Cue("none", -5.0, ("neverask",)),
    Cue("none", -4.0, ("willneverask",)),
    Cue("none", -4.0, ("isascam",)),
)


def trigger(cue: Cue) -> str:
    """Two letters without which a row cannot match: the middle of its first part, its most own place."""
    first = cue.parts[0]
    middle = (len(first) - 1) // 2
    return first[middle : middle + 2]


def tally(letters: str, link: bool, cues: Iterable[Cue] = CUES) -> Tally:
    """Add up the cues of one message.

    >>> tally("请把资金转到安全账户", link=False).wording
    'police'
    """
    sums: dict[Wording, float] = {}
    for cue in _matching(letters, link, cues):
        sums[cue.wording] = sums.get(cue.wording, 0.0) + cue.weight
    guard = max(sums.pop("none", 0.0), CUE_GUARD_MIN)
    if not sums:
        return Tally("none", 0.0, guard)
    heaviest = max(WORDINGS, key=lambda wording: sums.get(wording, 0.0))
    return Tally(heaviest, min(sum(sums.values()), CUE_WEIGHT_MAX), guard)


def _matching(letters: str, link: bool, cues: Iterable[Cue]) -> Iterator[Cue]:
    for cue in cues:
        if link or not cue.link:
            for part in cue.parts:
                if part not in letters:
                    break
            else:
                yield cue
