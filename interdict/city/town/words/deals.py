"""What strangers write who have honest business with one another: about flats, goods, loads, repairs, lessons."""

SUBJECTS = {
    "agent": (
        "{surname}{title}您好，{estate}那套房东同意{sum}一个月，押一付三，今天能定的话先交{price}定金。",
        "哥，{floor}的房子有人也在谈，您要是看好了尽快转定金，收据我开给您",
        "{dayword}{time}看房，我在{estate}{gate}等您，我姓{surname}",
        "姐，合同我拟好了，房东账号是{bank}的，户名{surname}{given}，您核对下",
        "首付款今天走资金监管账户，您带身份证和卡到{street}支行就行",
        "钥匙已经拿到，水电卡在鞋柜上，尾款{sum}您看方便转一下吗",
        "中介费{sum}，转公司账户，备注{estate}",
    ),
    "landlord": (
        "房租这个月{dayword}到期，麻烦转一下，还是老账号",
        "押金等看完房退您，{dayword}方便吗",
        "我换卡了，以后房租打{bank}这张，尾号{tail}",
        "水电一共{price}，跟房租一起转吧",
        "下季度房租{sum}，提前谢谢了",
    ),
    "secondhand": (
        "你好，{thing}还在吗，{price}能出不",
        "{thing}刚买半年，发票都在，可以当面验",
        "面交吧，{street}地铁口，{dayword}{time}",
        "行，转我支付宝或者卡都行，我今天就发{courier}",
        "收到钱了，{thing}已寄，单号{number}",
        "定金{small}给你留着，不要了退你",
        "车况您放心，{plate}，公里数不多，过户费一人一半",
    ),
    "repair": (
        "师傅下午到，上门费{small}，修好再付",
        "水电材料钱先付{sum}，工钱完工结",
        "{surname}工：瓷砖到{gate}了，差价{price}麻烦转下",
        "防水做好了，您验收下，没问题转第二笔{sum}",
        "窗户尺寸量好了，定金{sum}，{days}天出货",
    ),
    "lesson": (
        "{surname}{given}妈妈，{course}课下期{sum}，{dayword}前交有优惠，老账号",
        "老师好，孩子的{course}课费转您了",
        "研学报名费{price}，转{surname}老师就行，明细我发群里",
        "驾校：科目二补考费{price}，{dayword}前交",
    ),
    "leader": (
        "{food}今天截单，{small}一份，直接转我",
        "团长：{food}到了，{gate}自提，缺斤少两找我",
        "缺货的{food}给您退{small}，查收",
        "拼车去{city}，{dayword}{time}出发，{price}一位，上车付",
        "代购的包到了，尾款{sum}，付了给您寄",
    ),
    "doctor": (
        "您好，{hospital}的床位安排在{dayword}，请带押金{sum}办住院",
        "老人手术顺利，家属{time}来签字",
        "复查时间到了，挂我的号就行，{dayword}上午",
        "护工费一天{price}，跟{surname}姐结就行",
    ),
    "headhunter": (
        "{surname}{title}，对方HR想{dayword}{time}跟您视频聊，会议号稍后发您",
        "offer大概年包{limit}，{city}，您考虑一下",
        "背调需要您前领导的电话，方便给下吗",
        "体检在{hospital}，费用公司报销，先垫付{price}",
    ),
    "wedding": (
        "谨定于{day}在{street}酒店举办婚礼，恭候光临",
        "孩子满月酒{dayword}{time}，人来就好",
        "份子钱收到了，太客气了",
    ),
    "otc": (
        "您好，付款时不要备注，付完点已付款，核对后放币",
        "请用本人账户付款，户名{surname}{given}，{bank}",
        "已放币，麻烦给个好评",
    ),
    "dealer": (
        "货到{city}了，尾款{sum}今天能付吗，付了就发车",
        "{surname}总，账户变更函寄您了，请按新账户付，公章都在",
        "运费{price}到付改转账，司机{surname}师傅{mobile}",
        "对账单发您了，差{sum}，您看一下",
    ),
}
