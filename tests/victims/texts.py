"""Texts as people get them: frauds, chatter, notices, warnings and advertising; and what the scorer says of one."""

from agents.victims.text.scorer import TextScore, TextScorer
from agents.victims.text.senders import Sender

SCORER = TextScorer.load()
FRAUDS = [
    ("【工商银行】您的手机银行将于今日失效，请登录www.icbc-vip.cc/abc更新", "bank"),
    ("尊敬的建行用户，您的账户积分已满10000分，可兑换500元现金，请登录 ccb-jf.com 兑换，逾期清零", "bank"),
    ("您的信用卡违规使用已被冻结，请致电13800138000办理解冻【招商银行】", "bank"),
    ("您好，这里是北京市公安局，您涉嫌一起洗钱案件，请将资金转入安全账户配合调查", "police"),
    ("您的個人帳戶涉嫌洗錢，請將資金轉至安全帳戶", "police"),
    ("This is the IRS. There is an arrest warrant in your name, call back at once", "police"),
    ("小王，明天早上到我办公室来一趟，我是你们领导，这是我新号，你存一下", "boss"),
    ("I am in a meeting, buy five gift cards, urgent, and send me the codes", "boss"),
    ("诚聘兼职刷单，日赚300-500元，佣金秒结，加微信", "brushing"),
    ("Earn $300 a day part-time by liking videos, contact us on WhatsApp", "brushing"),
    ("低息贷款已放款，因卡号错误被冻结，请先缴纳解冻金", "loan"),
    ("我是客服，您读书时的校园贷账户需要注销，否则影响征信", "loan"),
    ("您的快递丢失，我司将为您双倍理赔，请添加客服QQ", "parcel_service"),
    ("您的微信百万保障到期，不关闭将每月自动扣费800元，请联系客服关闭", "parcel_service"),
    ("您购买的航班因机械故障取消，请联系客服4001234567办理改签，每人补偿200元", "parcel_service"),
    ("Your parcel is held, pay the redelivery fee at post-track.top", "parcel_service"),
    ("老师带单，稳赚不赔，加群领牛股", "investment"),
    ("Join our crypto group, guaranteed profit every day", "investment"),
    ("我有你的裸聊视频，不转钱就发给你通讯录所有人", "sextortion"),
    ("I recorded you through your webcam. Pay in bitcoin or your contacts get the video", "sextortion"),
    ("高价回收游戏账号，请到交易平台提现，先交保证金", "gaming"),
    ("您代购的包被海关扣了，需要补税才能放行", "shopping"),
    ("恭喜您被《奔跑吧兄弟》抽选为场外幸运观众，获得奖金18万元，请登录 www.bpxd8.com 领取", "prize"),
    ("You have won $1000! Claim now at bit.ly/xx", "prize"),
    ("您的ETC已停用，请点击 http://etc-cn.top 认证", "phish_link"),
    ("Your account is suspended, verify your account at secure-bank.top", "phish_link"),
    ("我是房东，换号码了，这次房租打到我老婆卡上", "other_fraud"),
    ("Hi mum, I lost my phone, this is my new number, can you send money", "other_fraud"),
]
CHATTER = [
    "妈我今晚不回家吃饭",
    "see you at six",
    "老婆，晚上想吃什么？我去买菜",
    "明天早上八点开会，别迟到",
    "宝宝发烧了，你下班买点退烧药",
    "哥，钱我转你了，查收一下",
    "我到楼下了，你下来吧",
    "你看这个视频 https://v.douyin.com/abc 太搞笑了",
    "昨天聚会的照片我发群里了",
    "周六同学聚会，你来吗",
    "帮我取下快递，取件码 3-2-5501",
    "我换号了，你存一下",
    "领导，报告发您邮箱了",
    "老师，我家孩子今天请假",
    "儿子，生活费给你转过去了，够不够",
    "晚上一起打游戏吗",
    "把你银行卡号发我，我把饭钱转你",
    "房租这个月打你卡上了，查收一下",
    "我在开会，晚点回你",
    "王姐，这个月工资发了吗",
    "我在派出所办身份证，排队好久",
    "法院通知我明天去当陪审员",
    "今天股市又跌了，唉",
    "我的快递丢了，气死我了",
    "爸，别信那些刷单的，都是骗子",
    "媽，我今晚不回家吃飯",
    "哈哈哈哈哈哈哈哈",
    "嗯",
    "Happy birthday! dinner at 7?",
    "Can you send me the address of the party",
    "Dad I'm at the station, pick me up",
    "Running late, sorry, start without me",
    "Did you pay the electricity bill?",
    "lol that video was great",
]
NOTICES = [
    "您尾号1234的储蓄卡6月3日12:05支出人民币2000.00元，余额5321.10元【工商银行】",
    "您尾号5678的账户收入工资8,000.00元，余额9,120.55元。【建设银行】",
    "【招商银行】您的信用卡本期账单3,211.50元，到期还款日6月18日，点 t.cn/abc 查看",
    "【中国银行】您的证件即将过期，请携带身份证到网点更新",
    "【建设银行】您的龙卡积分将于12月31日到期，可登录建行手机银行兑换",
    "【工商银行】您于6月3日登录手机银行，如非本人操作请致电95588",
    "【农业银行】您的账户因多次输错密码已锁定，请到网点办理",
    "【交通银行】您的信用卡已激活，额度20000元，祝您用卡愉快",
    "【顺丰速运】您的快件已到达丰巢柜，取件码123456",
    "【菜鸟驿站】您有包裹已到店，请凭3-1-2203到店取件",
    "【交警】您的小型汽车在某路口违停，请及时处理",
    "【12306】您购买的G123次列车已改签成功",
    "【国航】您的航班CA1234延误，预计15:20起飞，敬请谅解",
    "【医保局】您的医保已成功缴费，可在国家医保服务平台查询",
    "【移动】您的话费余额不足，请及时充值，可登录 www.10086.cn 充值",
    "Your package has been delivered. Thanks for shopping with us",
    "Your salary has been credited to account ending 1234",
]
WARNINGS = [
    "【国家反诈中心】刷单就是诈骗！请勿垫付资金，切勿点击陌生链接",
    "【公安局】警惕冒充公检法，凡是要求转到安全账户的都是诈骗",
    "【工商银行】谨防不法分子冒充我行发送短信，手机银行失效等均为诈骗，切勿点击链接",
    "Beware of this scam: the police will never ask you to move money to a safe account",
]
ADVERTS = [
    "【优衣库】全场五折起，会员积分可兑换礼品，详情 t.cn/abc 退订回T",
    "新楼盘开盘，首付20万，地铁口三居，热线0571-88888888",
    "您的流量套餐可升级，每月仅需19元享10G，回复1办理",
]


def another() -> TextScorer:
    """A scorer of its own, which has read nothing yet: the packaged one is shared by all of a process."""
    return TextScorer.load.__wrapped__()


def score(text: str, sender: Sender = "unknown") -> TextScore:
    return SCORER.score(text, sender)
