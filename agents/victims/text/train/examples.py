"""Honest messages that the labelled data lacks, made from templates: for training, never for measuring.

The inbox data is from 2013-2016 and has no personal messages of its own. These rows say what families, banks,
couriers, offices and the police's own warnings write today, so that a fraud's neighbours in wording are known
too.
"""

from collections.abc import Iterator
from itertools import product
from typing import Final

SLOTS: Final[dict[str, tuple[str, ...]]] = {
    "kin": ("妈", "爸", "老婆", "老公", "姐", "哥", "奶奶", "宝贝"),
    "when": ("今晚", "明天", "周末", "下班后", "一会儿", "中午"),
    "do": ("回家吃饭", "加班", "去接孩子", "去医院复查", "去超市", "开家长会", "看电影", "去外婆家"),
    "app": ("手机银行", "网点", "官方客户端"),
    "shop": ("菜鸟驿站", "丰巢柜", "物业", "小区门口超市"),
    "kin_en": ("Mum", "Dad", "honey", "mate", "guys"),
    "when_en": ("tonight", "tomorrow", "on Sunday", "after work", "at six"),
}

TEMPLATES: Final[tuple[str, ...]] = (
    # family and friends
    "{kin}，我{when}{do}，不用等我",
    "{kin}我{when}要{do}，你先吃吧",
    "{when}{do}吗？我去接你",
    "{kin}，{when}{do}别忘了带伞",
    "{kin}钱收到了，谢谢",
    "{kin}，生活费收到了，我{when}给你打电话",
    "我到家了，{kin}放心吧",
    "{kin}，快递帮我拿一下，在{shop}",
    "{kin}我手机快没电了，{when}再说",
    "我换号了，你存一下，{when}聊",
    "这是我的新号码，旧的不用了，大家惠存",
    "换了个新手机号，{kin}记一下",
    "{kin}你看这个视频 https://v.example.com/abc 好可爱",
    "昨天聚会的照片传到群里了，{when}发你",
    "{kin}把卡号发我，我把饭钱转你",
    "房租转给你了，{when}查收一下",
    "{kin}我给你转钱了，查收一下",
    "我换手机了，照片都还在，{when}发给你看",
    "孩子发烧了，我先带他去医院，{when}回你",
    "房租我{when}转给你，这个月水电多少",
    "收到，马上到，路上有点堵",
    "生日快乐！{when}一起吃饭",
    "老师您好，孩子{when}请假一天",
    "会议改到{when}，请大家准时参加",
    "王总，合同已经发您邮箱，请查收",
    "领导，材料我{when}送到您办公室",
    "哈哈哈太好笑了，{when}见",
    "你看看这个视频，笑死我了",
    "奶奶做了你爱吃的红烧肉，{when}回来吧",
    "钥匙放在门口鞋柜里了",
    "上次借你的五百块{when}还你",
    "银行卡号发我一下，我把饭钱转给你",
    "{kin_en}, see you {when_en}",
    "Running late, be there {when_en}, sorry {kin_en}",
    "Can you pick up milk {when_en}? Thanks {kin_en}",
    "Happy birthday {kin_en}! Dinner {when_en}?",
    "{kin_en} are we still on for lunch {when_en}?",
    "I got the money, thanks {kin_en}, talk {when_en}",
    "The meeting is moved, see you {when_en}",
    "Left the keys with the neighbour, back {when_en}",
    "Your package was delivered to the front door. Thank you for shopping with us",
    "Your order has shipped and will arrive {when_en}",
    "Your appointment with Dr Lee is confirmed {when_en}. Reply C to confirm",
    "Your card ending 1234 was charged 25.00 at the supermarket. Not you? Call the number on your card",
    "We have received your payment, thank you. Your statement is ready in the app",
    # banks
    "您尾号1234的账户于6月3日12:05支出人民币2,000.00元，余额5,321.10元。如有疑问请致电客服",
    "您账户1234于6月3日收入工资人民币8,000.00元，活期余额9,120.55元",
    "您尾号1234的信用卡本期账单1,200.00元，最低还款120.00元，到期还款日25日，可通过{app}还款",
    "您的信用卡已逾期，请尽快还款，如已还款请忽略。可通过{app}查询",
    "您的身份证件即将到期，为不影响账户正常使用，请携带有效证件到{app}更新",
    "您的储蓄卡即将到期，请持本人身份证到{app}换卡",
    "温馨提示：您的积分将于年底到期，可登录{app}查询和使用",
    "您的手机银行已成功登录新设备，如非本人操作，请致电官方客服",
    "您的转账已成功，收款人张三，金额1,000.00元，预计两小时内到账",
    "您的贷款本月应还3,500.00元，扣款日20日，请保证账户余额充足",
    "我行不会以任何理由向您索要密码和验证码，请勿向他人透露",
    "您输入的密码错误次数过多，账户已临时锁定，请到{app}办理",
    "您的网银证书即将到期，请携带身份证到{app}更换",
    "您的信用卡年费已减免，积分可在{app}兑换，年底清零",
    "您的银行卡交易异常，如非本人操作请拨打卡背面电话",
    "您预约的大额取款已受理，请携带身份证到{app}办理",
    "为保障您的账户安全，系统将于周日凌晨升级，期间{app}暂停服务，给您带来不便敬请谅解",
    "您申请的信用卡已寄出，请注意查收，收到后通过{app}激活",
    "您的账户因密码输入错误次数过多已临时锁定，请次日再试或到{app}办理",
    "感谢您使用我行服务，您的定期存款将于明日到期，可在{app}查询",
    # couriers, shops, travel
    "您的包裹已到{shop}，取件码3-2-5501，请及时领取",
    "您的快递正在派送，快递员小王，请保持电话畅通",
    "您的退款已原路退回，预计三个工作日内到账，请注意查收",
    "您预订的航班已出票，请提前两小时到达机场办理值机",
    "您的航班因天气原因延误，预计起飞时间另行通知，请关注机场公告",
    "您购买的火车票已改签成功，请凭身份证乘车",
    "您的外卖已送达，放在{shop}，祝您用餐愉快",
    "您的会员将于下月到期，可在应用内查看",
    # offices, schools, hospitals, carriers
    "您的话费余额不足十元，请及时充值，以免影响使用",
    "您本月套餐流量已使用百分之八十，回复数字可查询详情",
    "您预约的门诊时间为{when}上午，请携带身份证和医保卡就诊",
    "您的体检报告已出，可到医院自助机打印",
    "您的社保缴费已到账，可在官方客户端查询",
    "您的身份证已制好，请到派出所户籍窗口领取",
    "您的违章已处理完毕，可在官方客户端查询",
    "尊敬的家长，{when}学校放假，请注意孩子的安全",
    "气象台发布暴雨黄色预警，请注意防范，减少外出",
    "您的电费本月共计158.20元，请及时缴纳",
    "您的疫苗接种已登记，请{when}到社区卫生服务中心",
    "【公积金中心】您的账户本月缴存到账1,200.00元",
    "【税务局】您的个税年度汇算已完成，可在官方客户端查看",
    # warnings against fraud, by those who fight it
    "【反诈中心】凡是要求您把钱转到安全账户的都是诈骗，请勿相信",
    "公安机关提醒：刷单就是诈骗，切勿垫付资金",
    "警惕冒充公检法诈骗，公安机关不会通过电话办案，不会要求转账",
    "警惕冒充客服退款诈骗，不要共享屏幕，不要透露验证码",
    "反诈提醒：网上贷款先交费的都是诈骗，请勿汇款",
    "凡是自称领导要求转账的，务必当面核实，谨防诈骗",
    "社区民警提示：裸聊敲诈不要转账，请立即报警",
    "银行提示：谨防不法分子冒充我行发送含有链接的短信，切勿点击",
    "Fraud warning: the police will never ask you to move money to a safe account",
    "We will never ask for your password or code. If someone does, it is a scam",
    # codes
    "【银行】您的验证码是123456，五分钟内有效，请勿泄露给任何人",
    "您正在登录，验证码123456，如非本人操作请忽略",
    "Your verification code is 123456. Do not share it with anyone",
    "123456 is your login code. It expires in 10 minutes",
)

_FILLS_MAX: Final = 12
"""How many fillings of one template are used, spread evenly over all."""


def examples() -> Iterator[str]:
    """Every template with up to 12 fillings of its slots, in a fixed order."""
    for template in TEMPLATES:
        names = [name for name in SLOTS if "{" + name + "}" in template]
        fillings = list(product(*(SLOTS[name] for name in names)))
        step = max(len(fillings) // _FILLS_MAX, 1)
        for values in fillings[::step][:_FILLS_MAX]:
            yield template.format_map(dict(zip(names, values, strict=True)))
