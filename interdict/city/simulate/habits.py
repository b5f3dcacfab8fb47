"""A day like any other: families call, couriers ring, shops are paid, rents fall due, banks send notices."""

import heapq
from collections.abc import Callable, Iterator
from itertools import count
from random import Random

from interdict.city.simulate.events import call, sms, talk, transfer
from interdict.city.simulate.people import Person, account_of, family_of, person, phone_of, stranger_of
from interdict.city.simulate.plan import Plan, Record

EVENTS_PER_ACTIVITY = 1.735
"""Mean records of one activity of the table below; turns the plan's rate into one of activities."""
PEOPLE_KEPT = 200_000
SHOPS = 400

NOTICES = (
    "【招商银行】您尾号{n}的账户{d}日{h}:{m}消费人民币{a}元，余额{b}元。",
    "【中国工商银行】您尾号{n}卡{d}日工资入账{b}元，余额{b}元。",
    "【建设银行】您尾号{n}的储蓄卡{h}时{m}分向他人转账支出{a}元，可用余额{b}元。",
    "【顺丰速运】您的快件{n}已到达丰巢柜，取件码{a}，请于24小时内取走。",
    "【菜鸟驿站】您有包裹到小区东门驿站，请凭{n}取件。",
    "【中国移动】您本月话费账单{a}元，感谢您的使用。",
    "【12306】您已购{d}日G{n}次列车车票，请提前到站乘车。",
    "【自来水公司】您本期水费{a}元，可通过网上营业厅缴纳。",
)
CODES = (
    "【支付宝】验证码{n}，您正在登录，请勿泄露给他人。",
    "【美团】您的验证码是{n}，5分钟内有效，请勿告知他人。",
    "【交通银行】验证码{n}，用于手机银行登录，任何人索取均为诈骗。",
)
CHATTER = (
    "妈，我今晚不回家吃饭了", "到家了给我发个消息", "明天几点开会？", "孩子作业写完了吗", "好的，收到", "周末一起爬山吗",
    "路上堵车，晚十分钟到", "记得带伞，下午有雨", "生日快乐！", "药在抽屉里，饭后吃", "菜买好了，你回来做", "下午三点接孩子",
)  # fmt: skip
SHORT_CODES = ("95555", "95588", "95533", "10086", "1069012345678")

Maker = Callable[["City", Person, int, str], list[Record]]


class City:
    """The inhabitants, their balances, and a source of chance."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.rng = Random(f"{plan.seed}/habits")
        self._people: dict[int, Person] = {}
        self._balances: dict[int, int] = {}

    def anyone(self) -> Person:
        """An inhabitant."""
        number = self.rng.randrange(self.plan.population)
        who = self._people.get(number)
        if who is None:
            who = person(self.plan.seed, number)
            if len(self._people) < PEOPLE_KEPT:
                self._people[number] = who
        return who

    def pay(self, who: Person, amount_minor: int) -> int:
        """Take an amount from a balance; returns what is left. Wages come in before it runs dry."""
        left = self._balances.get(who.number, who.balance_minor) - amount_minor
        if left < who.usual_minor * 5:
            left += max(800_000, amount_minor)
        self._balances[who.number] = left
        return left


def _family_call(city: City, who: Person, at: int, tag: str) -> list[Record]:
    other = phone_of(city.rng.choice(family_of(who.number)))
    direction = city.rng.choice(("in", "out"))
    return talk(at, tag, who, other, int(city.rng.lognormvariate(5.0, 0.8)) + 5, direction=direction)


def _friend_call(city: City, who: Person, at: int, tag: str) -> list[Record]:
    friend = stranger_of(who.number * 8 + city.rng.randrange(8))
    direction = city.rng.choice(("in", "out"))
    return talk(at, tag, who, friend, int(city.rng.lognormvariate(4.3, 0.8)) + 5, direction=direction)


def _courier(city: City, who: Person, at: int, tag: str) -> list[Record]:
    return talk(at, tag, who, stranger_of(50_000_000 + city.rng.randrange(5000)), city.rng.randint(8, 60))


def _sales_call(city: City, who: Person, at: int, tag: str) -> list[Record]:
    kind = city.rng.choice(("fixed", "mobile", "voip", "unknown"))
    return talk(
        at, tag, who, stranger_of(60_000_000 + city.rng.randrange(3000)), city.rng.randint(5, 70), peer_type=kind
    )


def _bank_call(city: City, who: Person, at: int, tag: str) -> list[Record]:
    return talk(at, tag, who, city.rng.choice(SHORT_CODES[:4]), city.rng.randint(30, 240), peer_type="service")


def _missed(city: City, who: Person, at: int, tag: str) -> list[Record]:
    peer = stranger_of(city.rng.randrange(90_000_000))
    return [
        call(at, f"{tag}-r", who, peer, "ringing", tag),
        call(at + 20_000, f"{tag}-e", who, peer, "ended", tag, duration_s=0),
    ]


def _notice(city: City, who: Person, at: int, tag: str) -> list[Record]:
    return [sms(at, tag, who, city.rng.choice(SHORT_CODES), _filled(city.rng, city.rng.choice(NOTICES)))]


def _code(city: City, who: Person, at: int, tag: str) -> list[Record]:
    return [sms(at, tag, who, SHORT_CODES[4], _filled(city.rng, city.rng.choice(CODES)))]


def _chatter(city: City, who: Person, at: int, tag: str) -> list[Record]:
    rng = city.rng
    peer = phone_of(rng.choice(family_of(who.number))) if rng.random() < 0.6 else stranger_of(who.number * 8)
    return [sms(at, tag, who, peer, rng.choice(CHATTER), rng.choice(("in", "out")))]


def _filled(rng: Random, text: str) -> str:
    return text.format(n=rng.randint(1000, 9999), d=rng.randint(1, 28), h=rng.randint(8, 21), m=rng.randint(10, 59),
                       a=rng.randint(10, 900), b=rng.randint(900, 60000))  # fmt: skip


def _shop(city: City, who: Person, at: int, tag: str) -> list[Record]:
    amount = max(100, int(city.rng.lognormvariate(0.0, 0.7) * who.usual_minor))
    shop = account_of((who.number * 31 + city.rng.randrange(12)) % SHOPS, 2)
    channel = city.rng.choice(("qr", "qr", "pos", "mobile"))
    return [transfer(at, tag, who, shop, amount, city.pay(who, amount), channel=channel)]


def _new_shop(city: City, who: Person, at: int, tag: str) -> list[Record]:
    amount = max(100, int(city.rng.lognormvariate(0.0, 0.6) * who.usual_minor))
    shop = account_of(city.rng.randrange(100_000), 4)
    return [transfer(at, tag, who, shop, amount, city.pay(who, amount), channel="qr", payee_is_new=True)]


def _rent(city: City, who: Person, at: int, tag: str) -> list[Record]:
    return _slow(city, who, at, tag, who.landlord, city.rng.randrange(1800_00, 6500_00, 100_00), new=False)


def _new_landlord(city: City, who: Person, at: int, tag: str) -> list[Record]:
    """The hard benign case: a first rent and a deposit, paid while chatting with one's mother."""
    mother = phone_of(family_of(who.number)[0])
    payee = account_of(700_000 + city.rng.randrange(50_000), 5)
    chat = talk(at, f"{tag}-c", who, mother, city.rng.randint(400, 1500))
    return chat + _slow(city, who, at + 120_000, tag, payee, city.rng.randrange(3000_00, 9000_00, 100_00), new=True)


def _to_friend(city: City, who: Person, at: int, tag: str) -> list[Record]:
    payee = account_of(who.number * 4 + city.rng.randrange(4), 6)
    amount = int(city.rng.lognormvariate(5.5, 0.7) * 100)
    return _slow(city, who, at, tag, payee, amount, new=city.rng.random() < 0.1)


def _car(city: City, who: Person, at: int, tag: str) -> list[Record]:
    """One big purchase after a call with the dealer, in the dealer's shop."""
    dealer = stranger_of(71_000_000 + city.rng.randrange(300))
    payee = account_of(900_000 + city.rng.randrange(200), 5)
    amount = city.rng.randrange(30_000_00, 90_000_00, 1000_00)
    chat = talk(at, f"{tag}-c", who, dealer, city.rng.randint(60, 300), direction="out")
    return chat + _slow(city, who, at + 1_200_000, tag, payee, amount, new=True, channel="pos")


def _slow(
    city: City, who: Person, at: int, tag: str, payee: str, amount: int, *, new: bool, channel: str = "mobile"
) -> list[Record]:
    left = city.pay(who, amount)
    posted = at + city.rng.randint(5, 40) * 1000
    common = {"transaction_id": tag, "payee_is_new": new, "channel": channel}
    return [
        transfer(at, f"{tag}-i", who, payee, amount, left, phase="initiated", **common),
        transfer(posted, f"{tag}-p", who, payee, amount, left, phase="posted", **common),
    ]


ACTIVITIES: tuple[tuple[Maker, float], ...] = (
    (_family_call, 14), (_friend_call, 9), (_courier, 5), (_sales_call, 2.5), (_bank_call, 1), (_missed, 3),
    (_notice, 12), (_code, 4), (_chatter, 14), (_shop, 26), (_new_shop, 3), (_rent, 0.6), (_new_landlord, 0.03),
    (_to_friend, 3), (_car, 0.01),
)  # fmt: skip
MAKERS = [maker for maker, _ in ACTIVITIES]
WEIGHTS = [weight for _, weight in ACTIVITIES]


def ordinary(plan: Plan) -> Iterator[Record]:
    """Habitual events in event-time order, but for those that the plan wants late."""
    city, tags = City(plan), count()
    pending: list[tuple[int, int, Record]] = []
    mean_gap_ms = 1000 * EVENTS_PER_ACTIVITY / plan.rate
    at, rng = float(plan.start_at), city.rng
    while at < plan.end_at:
        maker = rng.choices(MAKERS, WEIGHTS)[0]
        for record in maker(city, city.anyone(), int(at), f"{plan.seed}-{next(tags)}"):
            for shown_at in _arrivals(plan, rng, record.at):
                heapq.heappush(pending, (shown_at, next(tags), record))
        at += rng.expovariate(1.0) * mean_gap_ms
        while pending and pending[0][0] <= at:
            yield heapq.heappop(pending)[2]
    while pending:
        due, _, record = heapq.heappop(pending)
        if due < plan.end_at:
            yield record


def _arrivals(plan: Plan, rng: Random, at: int) -> list[int]:
    """When a record shows up: mostly at once, sometimes late, sometimes twice."""
    late = rng.randint(100, 5000) if plan.late_fraction and rng.random() < plan.late_fraction else 0
    if plan.duplicate_fraction and rng.random() < plan.duplicate_fraction:
        return [at + late, at + late + rng.randint(1, 3000)]
    return [at + late]
