"""Scams as the police describe them: one script a typology, with parameters drawn from the seed.

A script is written in its own minutes. Where the plan is shorter than the script, all of it is compressed to fit; the bank's
delay before a transfer is posted is not, and is at least two seconds of the wall clock at the plan's speed.
"""

from collections.abc import Callable, Iterable
from random import Random
from typing import Any

from interdict.city.simulate.events import sms, talk, transfer
from interdict.city.simulate.people import Person, account_of, person, stranger_of
from interdict.city.simulate.plan import Plan, Planted, Record
from schemas.fields import Typology

LISTED_SHARE = 0.25
"""Share of scam numbers and mule accounts that the watchlist knows beforehand."""
FILLED = 0.8
"""Share of the plan's length within which a script must end."""
POSTED_WALL_S = 2.0
FOREIGN = ("+85212345678", "+6621234567", "+959123456789", "+855231234567", "+639171234567")


class Script:
    """One scam against one person, being written."""

    def __init__(self, plan: Plan, scam_id: str, who: Person, rng: Random) -> None:
        self.who, self.rng = who, rng
        self.records: list[Record] = []
        self.listed: list[tuple[str, str]] = []
        """Values for the watchlist, with their kind."""
        self.balance = max(who.balance_minor, 60_000_00)
        self.returned_minor = 0
        """What came back as bait."""
        self.honest: set[str] = set()
        """Who writes in the course of it and means no harm: the bank that sends a code."""
        self.scam_id = scam_id
        self._plan, self._begin, self._scale, self._next = plan, plan.start_at, 1.0, 0
        self.paid: list[tuple[Record, Record]] = []
        self.moments: list[str] = []

    def fit(self, minutes: float) -> None:
        """The script lasts so long; place and compress it."""
        room_s = self._plan.duration_s * FILLED
        self._scale = min(1.0, room_s / (minutes * 60))
        slack_s = room_s - minutes * 60 * self._scale
        self._begin = self._plan.start_at + int(self.rng.uniform(0.02, 1.0) * 0.15 * self._plan.duration_s * 1000)
        self._begin += int(self.rng.uniform(0, 0.9) * max(0.0, slack_s) * 1000)

    def talk(self, minute: float, peer: str, minutes: float, **more: Any) -> None:
        """A call by the scammers."""
        self._say(minute, f"call of {minutes:.0f} min, {more.get('peer_type', 'mobile')}")
        self.records += talk(
            self._at(minute), self._tag(), self.who, peer, max(20, int(minutes * 60 * self._scale)), **more
        )

    def text(self, minute: float, peer: str, text: str) -> None:
        """A text by the scammers."""
        self._say(minute, "text")
        self.records.append(sms(self._at(minute), self._tag(), self.who, peer, text))

    def code(self, minute: float, bank: str, text: str) -> None:
        """A text of the victim's own bank that the scam leads to."""
        self.honest.add(bank)
        self.text(minute, bank, text)

    def pay(self, minute: float, payee: str, amount_minor: int) -> None:
        """A transfer to the scammers: initiated, and posted after the bank's delay."""
        self.balance = max(self.balance - amount_minor, 0)
        self._say(minute, f"transfer of {amount_minor / 100:,.0f}")
        at, tag = self._at(minute), self._tag()
        delay_s = max(self.rng.uniform(20, 60), POSTED_WALL_S * self._plan.speed)
        common: dict[str, Any] = {
            "transaction_id": tag,
            "payee_is_new": all(p.value["payee_account"] != payee for p, _ in self.paid),
        }
        ordered = transfer(at, f"{tag}-i", self.who, payee, amount_minor, self.balance, phase="initiated", **common)
        posted = transfer(
            at + int(delay_s * 1000), f"{tag}-p", self.who, payee, amount_minor, self.balance, phase="posted", **common
        )
        self.records += [ordered, posted]
        self.paid.append((ordered, posted))

    def receive(self, amount_minor: int) -> None:
        """Money that comes in: a loan just taken."""
        self.balance += amount_minor

    def pay_back(self, amount_minor: int) -> None:
        """The bait of a small gain."""
        self.returned_minor += amount_minor
        self.receive(amount_minor)

    def number(self, value: str) -> str:
        """A scammer's number; now and then the watchlist knows it."""
        return self._maybe_listed(value, "peer")

    def mule(self) -> str:
        """A mule's account; now and then the watchlist knows it."""
        return self._maybe_listed(account_of(self.rng.randrange(10**9), 9), "account")

    def is_listed(self, value: str) -> bool:
        """Whether the watchlist knows it beforehand."""
        return any(value == listed for listed, _ in self.listed)

    def _maybe_listed(self, value: str, kind: str) -> str:
        if self.rng.random() < LISTED_SHARE:
            self.listed.append((value, kind))
        return value

    def _at(self, minute: float) -> int:
        return self._begin + int(minute * 60_000 * self._scale)

    def _tag(self) -> str:
        self._next += 1
        return f"{self.scam_id}-{self._next}"

    def _say(self, minute: float, what: str) -> None:
        self.moments.append(f"{minute:.0f}: {what}")

    def planted(self, typology: Typology) -> Planted:
        """The ground truth of this scam."""
        return Planted(
            scam_id=self.scam_id, typology=typology, subscriber=self.who.phone,
            first_event_at=min(record.at for record in self.records),
            money_event_ids=[a.value["event_id"] for a, _ in self.paid],
            posted_event_ids=[b.value["event_id"] for _, b in self.paid], posted_at=[b.at for _, b in self.paid],
            payee_accounts=sorted({a.value["payee_account"] for a, _ in self.paid}),
            amounts_minor=[a.value["amount_minor"] for a, _ in self.paid], moments=self.moments,
        )  # fmt: skip


def _domain(rng: Random) -> str:
    return f"{rng.choice(('wx', 'app', 'vip', 'm', 'jr'))}{rng.randrange(100, 999)}.{rng.choice(('top', 'xyz', 'cc', 'vip'))}"


def _savings(s: Script, low: float, high: float) -> int:
    return int(s.balance * s.rng.uniform(low, high)) // 100_00 * 100_00


def _brushing(s: Script) -> None:
    s.fit(150)
    group = s.number(stranger_of(s.rng.randrange(10**8)))
    s.text(0, group, s.rng.choice((
        "招募兼职刷单员，足不出户日结300-800元，做任务点赞关注即返佣金，加微信领取任务",
        "淘宝刷单兼职，垫付本金，做一单返一单，佣金日结，诚邀宝妈学生加入，进群领任务",
    )))  # fmt: skip
    first, amount = s.mule(), s.rng.randrange(120_00, 300_00)
    s.pay(20, first, amount)
    s.pay_back(int(amount * 1.1))
    s.pay(40, s.mule(), amount * 2)
    s.pay_back(int(amount * 2.2))
    for step, factor in enumerate((8, 30, 90)):
        s.pay(70 + 25 * step, s.mule(), min(amount * factor, s.balance // 2))


def _fake_investment(s: Script) -> None:
    s.fit(170)
    guide = s.number(stranger_of(s.rng.randrange(10**8)))
    s.text(0, guide, s.rng.choice((
        f"王老师股票交流群，内部消息带您稳赚不赔，月收益30%，下载平台 {_domain(s.rng)}/app 注册跟单",
        f"数字货币投资平台，导师一对一带单，保本高收益，充值即送，注册 https://{_domain(s.rng)}",
    )))  # fmt: skip
    s.talk(15, guide, 12, medium="video")
    amount = s.rng.randrange(2000_00, 5000_00, 100_00)
    for step, factor in enumerate((1, 3, 7)):
        s.pay(45 + 40 * step, s.mule(), min(amount * factor, int(s.balance * 0.9)))


def _fake_loan(s: Script) -> None:
    s.fit(90)
    s.text(0, s.number(stranger_of(s.rng.randrange(10**8))), s.rng.choice((
        f"您已获得20万元贷款额度，无抵押免征信，当天放款，点击 {_domain(s.rng)}/dk 领取",
        f"急用钱？低息贷款秒到账，凭身份证即可办理，下载 http://{_domain(s.rng)} 立即申请",
    )))  # fmt: skip
    lender = s.number(s.rng.choice((stranger_of(s.rng.randrange(10**8)), "01053559988")))
    s.talk(18, lender, 14, peer_type=s.rng.choice(("voip", "fixed", "unknown")))
    s.text(34, lender, "您的银行卡号填写错误，贷款已被冻结，需缴纳解冻费认证还款能力后方可放款")
    amount = s.rng.randrange(1500_00, 4000_00, 100_00)
    for step, factor in enumerate((1, 2, 4)):
        s.pay(42 + 18 * step, s.mule(), min(amount * factor, int(s.balance * 0.9)))


def _fake_service(s: Script) -> None:
    s.fit(70)
    agent = s.number(s.rng.choice(("+8695588", "+8695555", stranger_of(s.rng.randrange(10**8)), "+0085295533")))
    s.talk(0, agent, 55, peer_type=s.rng.choice(("voip", "voip", "foreign")))
    s.text(12, "1069055512345", s.rng.choice((
        f"【客服中心】您的百万保障服务即将到期，每月自动扣费2000元，如需取消请登录 {_domain(s.rng)} 办理",
        f"【快递理赔】您的快递丢失，现为您办理双倍理赔退款，请登录 {_domain(s.rng)}/lp 填写银行卡信息",
    )))  # fmt: skip
    s.code(20, "95555", f"【招商银行】验证码{s.rng.randrange(100000, 999999)}，您正在申请贷款，请勿泄露。")
    s.receive(s.rng.randrange(30_000_00, 80_000_00, 1000_00))
    s.pay(30, s.mule(), _savings(s, 0.45, 0.6))
    s.pay(45, s.mule(), _savings(s, 0.7, 0.95))


def _fake_police(s: Script) -> None:
    s.fit(150)
    officer = s.number(s.rng.choice((*FOREIGN, "+86110", "+8696110")))
    s.talk(0, officer, 35, peer_type="foreign")
    s.text(20, s.number(s.rng.choice(FOREIGN)), s.rng.choice((
        "【公安局】您涉嫌一起洗钱案件，已被立案侦查，请配合办案并将资金转入安全账户接受清查，不得告知他人",
        "【检察院】您名下银行卡涉嫌犯罪，通缉令已签发，请立即联系专案组警官配合资金清查，否则冻结全部账户",
    )))  # fmt: skip
    s.talk(40, officer, 95, peer_type="foreign", medium="video")
    for step, share in enumerate((0.35, 0.5, 0.9)):
        s.pay(70 + 22 * step, s.mule(), _savings(s, share - 0.05, share))


def _fake_boss(s: Script) -> None:
    s.fit(50)
    s.balance = s.rng.randrange(600_000_00, 2_000_000_00, 1000_00)
    boss = s.number(stranger_of(s.rng.randrange(10**8)))
    s.text(0, boss, s.rng.choice((
        "小李，我是王总，这是我的新号码，存一下。今天有一笔合同款比较急，你先安排转账",
        "我是你们张董，换了新号，现在在开会不方便接电话，你马上给供应商打一笔保证金，账号我发你",
    )))  # fmt: skip
    s.text(8, boss, "款项急用，请立即转账到以下账户，转好截图发我，回来补签字手续")
    s.pay(20, s.mule(), _savings(s, 0.35, 0.6))
    s.pay(38, s.mule(), _savings(s, 0.5, 0.8))


def _fake_shopping(s: Script) -> None:
    s.fit(100)
    seller = s.number(stranger_of(s.rng.randrange(10**8)))
    s.text(0, seller, s.rng.choice((
        f"海关罚没手机低价内部处理，全新原装三折，先付定金后发货，下单 {_domain(s.rng)}",
        f"闲置相机超低价转让，走平台手续费高，咱们私下交易加微信付款便宜，点 {_domain(s.rng)}/pay 付款",
    )))  # fmt: skip
    payee = s.mule()
    s.pay(25, payee, s.rng.randrange(1200_00, 2500_00, 100_00))
    s.text(45, seller, "您的货物已被海关扣押，需补交关税和保证金才能放行，发货后全额退还")
    s.pay(55, payee, s.rng.randrange(3200_00, 5000_00, 100_00))
    s.pay(85, s.mule(), s.rng.randrange(6500_00, 9500_00, 100_00))


def _sextortion(s: Script) -> None:
    s.fit(80)
    girl = s.number(s.rng.choice((stranger_of(s.rng.randrange(10**8)), *FOREIGN)))
    s.talk(0, girl, 8, medium="video", peer_type=s.rng.choice(("voip", "mobile")))
    s.text(14, girl, s.rng.choice((
        "你的裸聊视频已经录下来了，通讯录也在我手上，不给钱就群发给你的亲戚朋友",
        "视频截图和你手机通讯录都有了，两小时内转账，不然发给你所有联系人，让你身败名裂",
    )))  # fmt: skip
    amount = s.rng.randrange(1500_00, 3000_00, 100_00)
    for step, factor in enumerate((1, 2, 4)):
        s.pay(22 + 22 * step, s.mule(), min(amount * factor, int(s.balance * 0.9)))


def _gaming(s: Script) -> None:
    s.fit(80)
    buyer = s.number(stranger_of(s.rng.randrange(10**8)))
    s.text(0, buyer, s.rng.choice((
        f"高价收购王者荣耀账号，走正规交易平台 {_domain(s.rng)} 担保，注册后联系客服提现",
        f"游戏账号交易成功，您的提现因操作失误被冻结，请登录 {_domain(s.rng)} 联系客服缴纳解冻保证金",
    )))  # fmt: skip
    s.text(18, buyer, "账号交易平台提示：卡号填错资金冻结，需充值同等金额保证金激活账户后一并提现")
    amount = s.rng.randrange(600_00, 1500_00, 100_00)
    for step, factor in enumerate((1, 2, 5)):
        s.pay(24 + 22 * step, s.mule(), min(amount * factor, int(s.balance * 0.9)))


def _other(s: Script) -> None:
    s.fit(60)
    caller = s.number(s.rng.choice(FOREIGN))
    s.talk(0, caller, 40, peer_type=s.rng.choice(("foreign", "voip")))
    s.text(
        15,
        stranger_of(s.rng.randrange(10**8)),
        f"恭喜您被抽中为幸运用户，获得奖金98000元，请登录 {_domain(s.rng)} 缴纳手续费领取",
    )
    s.pay(25, s.mule(), _savings(s, 0.3, 0.5))
    s.pay(40, s.mule(), _savings(s, 0.5, 0.9))


SCRIPTS: dict[Typology, Callable[[Script], None]] = {
    "brushing": _brushing, "fake_investment": _fake_investment, "fake_loan": _fake_loan, "fake_service": _fake_service,
    "fake_police": _fake_police, "fake_boss": _fake_boss, "fake_shopping": _fake_shopping, "sextortion": _sextortion,
    "gaming": _gaming, "other": _other,
}  # fmt: skip
SUITED: dict[Typology, Callable[[Person], bool]] = {
    "fake_boss": lambda p: p.occupation == "finance",
    "gaming": lambda p: p.age_band in ("0-17", "18-24"),
    "brushing": lambda p: p.age_band in ("18-24", "25-34"),
    "sextortion": lambda p: p.age_band in ("18-24", "25-34", "35-44"),
}
"""Whom the scammers choose; anybody where nothing is said."""


def scripts(plan: Plan) -> Iterable[tuple[Typology, Script]]:
    """Every scam of the plan, each against somebody else."""
    rng = Random(f"{plan.seed}/victims")
    taken: set[int] = set()
    for typology in plan.typologies:
        for number in range(plan.scams_per_typology):
            scam_id = f"scam-{plan.seed}-{typology}-{number}"
            script = Script(plan, scam_id, _victim(plan, typology, rng, taken), Random(scam_id))
            SCRIPTS[typology](script)
            yield typology, script


def _anybody(_: Person) -> bool:
    return True


def _victim(plan: Plan, typology: Typology, rng: Random, taken: set[int]) -> Person:
    suited = SUITED.get(typology, _anybody)
    for attempt in range(100 * plan.population):
        who = person(plan.seed, rng.randrange(plan.population))
        if who.number not in taken and (suited(who) or attempt > 10 * plan.population):
            taken.add(who.number)
            return who
    raise ValueError(f"{plan.population} people are too few for so many scams")
