"""What slots hold: words to choose from, and makers of codes, times, amounts and links. All names are made up."""

from collections.abc import Callable, Mapping, Sequence
from random import Random

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"

WORDS: Mapping[str, Sequence[str]] = {
    "surname": ("王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "马", "朱", "胡", "林", "何", "高", "罗", "郑"),
    "given": ("伟", "敏", "静", "磊", "洋", "艳", "勇", "杰", "娟", "涛", "明", "超", "霞", "平", "刚", "桂英", "雨桐", "子涵", "浩然"),
    "title": ("先生", "女士", "老师", "总", "姐", "哥", "经理", "师傅", "阿姨"),
    "bank": ("工商银行", "建设银行", "农业银行", "中国银行", "交通银行", "招商银行", "邮储银行", "民生银行", "浦发银行"),
    "courier": ("中通快递", "圆通速递", "韵达快递", "申通快递", "顺丰速运", "极兔速递", "京东物流", "邮政EMS", "菜鸟驿站", "妈妈驿站"),
    "gate": ("南门", "北门", "东门", "3号楼下", "小区快递柜", "门卫室", "便利店", "物业前台", "12栋旁", "学校西门"),
    "shop": ("鲜丰水果", "百果坊", "永辉生活", "盒马", "便民超市", "海澜男装", "李宁", "瑞幸", "蜜雪", "好利来", "大润发", "名创优品"),
    "mall": ("淘宝", "京东", "拼多多", "抖音商城", "唯品会", "小红书", "得物", "闲鱼", "快手小店"),
    "app": ("抖音", "微博", "知乎", "哔哩哔哩", "美团", "饿了么", "滴滴出行", "携程", "12306", "高德", "网易云", "腾讯视频", "小米", "豆瓣"),
    "street": ("人民路", "解放路", "建设路", "中山路", "和平路", "文化路", "新华街", "幸福里", "学府路", "滨河路"),
    "estate": ("万科城", "碧桂园", "绿城花园", "保利香槟", "金地名邸", "阳光里", "翠湖天地", "江南府", "学林雅苑"),
    "school": ("育才中学", "实验小学", "第三中学", "外国语学校", "金色摇篮幼儿园", "师大附小", "职业技术学院", "理工大学"),
    "course": ("钢琴", "舞蹈", "数学思维", "英语口语", "美术", "编程", "游泳", "跆拳道", "书法"),
    "hospital": ("市第一人民医院", "中医院", "妇幼保健院", "附属二院", "口腔医院", "眼科医院", "社区卫生服务中心"),
    "court": ("江北区人民法院", "高新区人民法院", "开发区法院", "城关区法院"),
    "police": ("江北公安", "市反诈中心", "高新分局", "桥头派出所", "公安便民"),
    "lender": ("360借条", "度小满", "京东金条", "美团借钱", "招联金融", "马上消费", "拍拍贷", "中银消费", "微粒贷", "花呗"),
    "fund": ("易方达", "华夏基金", "南方基金", "天弘基金", "富国基金", "嘉实基金", "广发基金"),
    "broker": ("中信证券", "华泰证券", "国泰海通", "东方财富", "招商证券", "银河证券", "广发证券"),
    "insurer": ("中国人寿", "平安保险", "太平洋保险", "人保财险", "泰康人寿", "新华保险", "众安保险"),
    "operator": ("中国移动", "中国联通", "中国电信", "中国广电"),
    "food": ("车厘子", "大闸蟹", "土鸡蛋", "榴莲", "牛腩", "五常大米", "丹东草莓", "阳光玫瑰", "三文鱼", "手工水饺"),
    "thing": ("手机", "相机", "自行车", "婴儿车", "书桌", "空调", "吉他", "平板", "电动车", "显卡", "演唱会门票"),
    "place": ("公司", "家里", "学校", "医院", "高铁站", "机场", "菜市场", "老家", "单位", "健身房"),
    "meal": ("火锅", "烤鱼", "饺子", "面条", "小龙虾", "粥", "排骨", "麻辣烫"),
    "kin": ("妈", "爸", "老婆", "老公", "姐", "哥", "奶奶", "舅舅", "宝", "闺女", "儿子"),
    "dayword": ("今天", "明天", "后天", "周六", "周日", "下周一", "晚上", "中午", "下午"),
    "hi": ("您好", "你好", "亲", "哈喽", "早上好", "下午好", "打扰了", "在吗", "亲爱的用户", "{surname}{title}"),
    "ease": ("最近降温记得加衣", "路上注意安全", "辛苦啦", "祝工作顺利", "周末愉快", "不着急慢慢来", "有空再看", "吃饭了没", "孩子开学了吧"),
    "close": ("谢谢", "回头聊", "收到请回复", "退订回T", "先这样", "有问题随时找我", "感谢支持", "", "", ""),
    "game": ("王者", "原神", "和平精英", "蛋仔", "梦幻西游", "DNF", "三角洲", "金铲铲", "我的世界"),
    "star": ("周杰伦", "五月天", "陈奕迅", "林俊杰", "张学友", "薛之谦"),
    "airline": ("南航", "东航", "国航", "海航", "川航", "厦航", "春秋航空"),
    "city": ("北京", "上海", "广州", "成都", "西安", "昆明", "三亚", "哈尔滨", "长沙", "杭州"),
    "chat": ("企微", "QQ", "威信", "VX", "小群", "会议号", "飞书", "钉钉群"),
    "fruitful": ("每天一小时", "手机就能做", "时间自由", "宝妈也行", "不占上班时间", "在家就行"),
    "contract": ("合同", "协议", "单子", "方案", "清单", "报价"),
}  # fmt: skip


def _digits(length: int) -> Callable[[Random], str]:
    return lambda rng: str(rng.randrange(10 ** (length - 1), 10**length))


def _link(rng: Random) -> str:
    """A short link as firms and scammers alike send them; domains are nobody's."""
    name = "".join(rng.choices(_LETTERS, k=rng.randint(3, 6)))
    return (
        f"{name}.{rng.choice(('cn', 'com', 'top', 'cc', 'net', 'com.cn', 'vip'))}/{''.join(rng.choices(_LETTERS, k=4))}"
    )


MADE: Mapping[str, Callable[[Random], str]] = {
    "code": lambda rng: f"{rng.randrange(10**6):06d}" if rng.random() < 0.8 else f"{rng.randrange(10**4):04d}",
    "code4": _digits(4),
    "parcel": lambda rng: f"{rng.randint(1, 12)}-{rng.randint(1, 9)}-{rng.randrange(10_000):04d}",
    "tail": _digits(4),
    "small": lambda rng: str(rng.choice((5, 8, 10, 18, 20, 30, 50, 58, 66, 88, 99, 128, 199))),
    "price": lambda rng: str(rng.choice((39, 59, 99, 129, 199, 259, 399, 580, 899, 1_280, 2_680))),
    "sum": lambda rng: f"{rng.choice((1, 2, 3, 5, 8, 10, 15, 20, 30, 50)) * 1_000:,}",
    "limit": lambda rng: f"{rng.choice((2, 3, 5, 8, 10, 15, 20, 30)) * 10_000}",
    "percent": lambda rng: f"{rng.choice((3.2, 3.6, 4.35, 5.8, 7.2, 8.8, 10.8, 14.4, 18))}",
    "time": lambda rng: f"{rng.randint(8, 21)}:{rng.choice(('00', '15', '30', '45'))}",
    "day": lambda rng: f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日",
    "days": lambda rng: str(rng.randint(2, 15)),
    "hours": lambda rng: str(rng.choice((2, 4, 6, 12, 24))),
    "number": _digits(8),
    "case": lambda rng: f"（{rng.randint(2025, 2026)}）{rng.randrange(100, 9_999)}号",
    "floor": lambda rng: f"{rng.randint(1, 28)}栋{rng.randint(1, 3)}单元{rng.randint(101, 2804)}",
    "gb": lambda rng: str(rng.choice((5, 10, 20, 30, 50, 100))),
    "flight": lambda rng: f"{rng.choice('CMHZ')}{rng.choice('ZUAF')}{rng.randrange(1_000, 9_999)}",
    "plate": lambda rng: f"{rng.choice('川渝京沪粤浙')}A{rng.randrange(10_000, 99_999)}",
    "mobile": lambda rng: f"1{rng.choice('3578')}{rng.randrange(10**8, 10**9)}",
    "account7": lambda rng: f"{rng.choice(('a', 'k', 'v', 'x', 'lx', 'qy'))}{rng.randrange(10**5, 10**7)}",
    "link": _link,
    "member": lambda rng: f"{rng.choice(('VIP', '会员', '用户', '尾号'))}{rng.randrange(1_000, 9_999)}",
}
"""Slots whose content is made anew each time."""
