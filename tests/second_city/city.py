"""A second picture of the world: a city by another hand, who had read the contract and what is published, not the code.

    python -m tests.second_city.city --people 1000 --days 25 --victims 75 --seed 1011 --set plain --out a --truth b

Its people, scams and mistakes are its own, and that is its use: what is built upon one picture is judged in another. It
stands as it was written, held to none of the house's rules, and nobody imports anything of it: its recordings are what
counts. docs/city.md says what it has and what is wrong with it.

Every person has a list of actions (calls, texts, payments, credits); scams add actions to it; then each list is played
in time order with balances, so that what is paid is there to be paid.
"""

import argparse
import json
import math
import random
from bisect import bisect
from collections import defaultdict

from interdict.city.town.plan import split_of

START = 1760284800000  # Monday 2025-10-13 00:00 in China; 30 days hold the Double-11 shopping days
MIN, HOUR, DAY = 60_000, 3_600_000, 86_400_000

# bin, name, short code, in the feed, tells balance, tells payee_is_new, tells name
BANKS = [
    ("622202", "工商银行", "95588", 1, 1, 1, 1),
    ("621700", "建设银行", "95533", 1, 1, 1, 1),
    ("622848", "农业银行", "95599", 1, 1, 0, 1),
    ("621661", "中国银行", "95566", 1, 0, 1, 1),
    ("621483", "招商银行", "95555", 1, 1, 1, 1),
    ("621799", "邮储银行", "95580", 1, 1, 0, 0),
    ("623058", "平安银行", "95511", 0, 0, 0, 0),
    ("622262", "交通银行", "95559", 1, 1, 1, 1),
    ("621027", "农商银行", "96138", 1, 0, 0, 1),
    ("623185", "城市商业银行", "96523", 0, 0, 0, 0),
]
BANK_W = [20, 19, 17, 10, 9, 9, 4, 5, 5, 2]
SURN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余"
GIVEN = "伟芳娜敏静强磊军洋勇艳杰娟涛明超兰霞平刚桂英玉萍红鑫宇浩然子轩欣怡思雨佳琪建国志华"
SHOP = [
    "大润发",
    "永辉超市",
    "华联超市",
    "中国石化",
    "全家便利",
    "瑞幸咖啡",
    "海底捞",
    "优衣库",
    "屈臣氏",
    "苏宁易购",
    "华为体验店",
    "老百姓大药房",
    "周大福珠宝",
    "六福珠宝",
    "宜家家居",
    "红星美凯龙",
    "新华书店",
    "万达影城",
]
WALLET = [("财付通", 0.5), ("支付宝", 0.38), ("抖音支付", 0.06), ("美团支付", 0.06)]
ONLINE = ["京东", "拼多多", "唯品会", "携程", "12306", "美团", "滴滴出行", "苏宁", "饿了么", "得物"]
LENDER = ["借呗", "微粒贷", "京东金条", "度小满", "360借条", "分期乐", "美团借钱", "招联金融", "拍拍贷", "放心借"]
APPS = [
    "微信",
    "支付宝",
    "抖音",
    "淘宝",
    "京东",
    "拼多多",
    "小红书",
    "美团",
    "滴滴出行",
    "哔哩哔哩",
    "铁路12306",
    "携程旅行",
    "腾讯视频",
    "闲鱼",
    "BOSS直聘",
    "高德地图",
    "网易",
    "百度",
    "学习通",
    "个税APP",
]
HOURW = [
    0.6,
    0.3,
    0.15,
    0.1,
    0.1,
    0.25,
    0.9,
    2.2,
    4.2,
    5.6,
    6.4,
    6.2,
    5.2,
    4.2,
    4.6,
    5.2,
    5.6,
    5.8,
    5.4,
    5.2,
    4.8,
    3.8,
    2.4,
    1.2,
]
PAYW = [0.8, 0.4, 0.2, 0.1, 0.1, 0.2, 1, 3, 4, 4, 4.5, 6.5, 7, 5, 4, 4, 4.5, 6, 7, 6.5, 6, 5, 3.5, 1.8]
CUM = {}


def cum(w):
    k = id(w)
    if k not in CUM:
        s, o = 0, []
        for x in w:
            s += x
            o.append(s)
        CUM[k] = o
    return CUM[k]


SETS = {  # a: moderate, b: harder
    "a": dict(
        app=0.35,
        goip=0.5,
        voip=0.3,
        foreign=0.2,
        coached=0.35,
        wallet=0.10,
        habit=0.15,
        listed_acc=0.12,
        listed_num=0.2,
        mule_reuse=0.75,
        loan=1.0,
        trial=24,
        bank_text=0.5,
        rare=1.0,
        stay=0.5,
        gather=0.65,
        seen_mule=0.4,
    ),
    "b": dict(
        app=0.65,
        goip=0.78,
        voip=0.12,
        foreign=0.1,
        coached=0.65,
        wallet=0.22,
        habit=0.5,
        listed_acc=0.05,
        listed_num=0.07,
        mule_reuse=0.5,
        loan=0.85,
        trial=18,
        bank_text=0.4,
        rare=1.6,
        stay=0.3,
        gather=0.45,
        seen_mule=0.25,
    ),
}
LETTER = {"plain": "a", "harsh": "b"}
CLASSES = {  # name: (weight, typology, median of the loss, sigma)
    "brushing": (23, "brushing", 18000, 1.1),
    "invest": (14, "fake_investment", 70000, 1.1),
    "service": (16, "fake_service", 28000, 1.0),
    "police": (7, "fake_police", 70000, 1.1),
    "loanfee": (9, "fake_loan", 11000, 0.9),
    "credit": (7, "fake_service", 38000, 0.9),
    "romance": (5, "fake_investment", 26000, 1.1),
    "shopping": (10, "fake_shopping", 2600, 1.1),
    "gaming": (6, "gaming", 2600, 1.0),
    "boss": (4, "fake_boss", 60000, 1.2),
    "relative": (4, "fake_boss", 22000, 0.9),
    "sextortion": (3, "sextortion", 9000, 0.9),
    "courier": (5, "fake_police", 80000, 0.8),
    "phishing": (2, "other", 3000, 0.9),
}


class P:
    __slots__ = (
        "i",
        "ph",
        "kind",
        "age",
        "acc",
        "main",
        "inc",
        "rate",
        "spend",
        "con",
        "conw",
        "merch",
        "payees",
        "known",
        "acts",
        "busy",
        "trials",
        "loc",
        "isknown",
        "trust",
        "name",
        "otp",
        "nbank",
        "salday",
        "emp",
        "area",
        "xfer",
        "victim",
        "honest",
        "lender",
    )


class City:
    def __init__(self, a):
        self.a, self.r, self.s = a, random.Random(f"other-city-{a.seed}-{LETTER[a.set]}"), SETS[LETTER[a.set]]
        self.out, self.ids, self.truth, self.ends = [], set(), [], START + a.days * DAY
        r = self.r
        self.pay_acc = {n: [self.acct(bank=r.choice(BANKS[:5])) for _ in range(3)] for n, _ in WALLET}
        self.online_acc = {
            n: self.acct()
            for n in ONLINE + LENDER + ["证券", "信用卡还款", "国网电力", "自来水公司", "中国移动", "理财", "公积金"]
        }
        self.shops = [
            (self.acct(), r.choice(SHOP) + r.choice(["", "(人民路店)", "(万达店)", "一店"])) for _ in range(160)
        ] + [
            (
                self.acct(),
                self.pname()
                if r.random() < 0.5
                else r.choice(["小吃", "水果", "五金", "早餐", "理发", "烟酒", "服装"]) + "店",
            )
            for _ in range(500)
        ]
        self.jewel = [x for x in self.shops if "珠宝" in x[1]] or [(self.acct(), "周大福珠宝")]
        self.couriers = [self.mobile() for _ in range(45)]
        self.sales = [self.mobile() if r.random() < 0.55 else self.fixed() for _ in range(260)]
        self.gw = {}
        self.cash = {b[0]: b[0] + "0000000009991" for b in BANKS}
        self.employers = [
            (self.acct(), "科技 贸易 制造 物流 餐饮 建设 教育 医疗 商贸 电子".split()[k % 10]) for k in range(120)
        ]
        self.realp = [(self.acct(), self.pname()) for _ in range(3000)]
        self.company = [
            (
                self.acct(),
                self.r.choice("华东 鑫源 恒达 正泰 金桥 宏盛 新锐 博远".split())
                + self.r.choice("商贸 建材 装饰 汽车 置业 教育咨询 旅行社 医院 科技".split())
                + "有限公司",
            )
            for _ in range(400)
        ]

    # -- small makers
    def acct(self, bank=None):
        b = bank or self.r.choices(BANKS, BANK_W)[0]
        return b[0] + "".join(self.r.choice("0123456789") for _ in range(13))

    def pname(self):
        r = self.r
        return r.choice(SURN) + "".join(r.choice(GIVEN) for _ in range(r.choice([1, 2, 2])))

    def mobile(self):
        r = self.r
        return (
            "+861"
            + r.choice(
                [
                    "38",
                    "39",
                    "37",
                    "58",
                    "59",
                    "50",
                    "52",
                    "86",
                    "87",
                    "88",
                    "89",
                    "77",
                    "33",
                    "35",
                    "51",
                    "99",
                    "70",
                    "71",
                ]
            )
            + "".join(r.choice("0123456789") for _ in range(8))
        )

    def fixed(self):
        return "+86571" + self.r.choice("2568") + "".join(self.r.choice("0123456789") for _ in range(7))

    def foreign(self):
        return self.r.choice(["+852", "+63", "+855", "+95", "+1", "+44", "+60"]) + "".join(
            self.r.choice("123456789") for _ in range(9)
        )

    def voip(self):
        r = self.r
        return r.choice(["+8695", "+86400", "+861700", "+86162"]) + "".join(r.choice("0123456789") for _ in range(7))

    def eid(self, c="e"):
        while True:
            x = "%s%011x" % (c, self.r.getrandbits(44))
            if x not in self.ids:
                self.ids.add(x)
                return x

    def ln(self, med, sg):
        return med * math.exp(self.r.gauss(0, sg))

    def pois(self, lam):
        if lam > 40:
            return max(0, int(self.r.gauss(lam, lam**0.5)))
        el, k, p = math.exp(-lam), 0, 1.0
        while True:
            p *= self.r.random()
            if p <= el:
                return k
            k += 1

    def tod(self, w):
        c = cum(w)
        return int((bisect(c, self.r.random() * c[-1]) + self.r.random()) * HOUR)

    def at(self, d, lo, hi):
        return START + d * DAY + int(self.r.uniform(lo, hi) * HOUR)

    def gateway(self, brand):
        if brand not in self.gw:
            self.gw[brand] = "106" + "".join(self.r.choice("0123456789") for _ in range(self.r.choice([9, 11, 13])))
        return self.gw[brand]

    # -- emitting
    def emit(self, t, topic, key, v):
        self.out.append(
            (
                t,
                len(self.out),
                json.dumps({"topic": topic, "key": key, "value": v}, ensure_ascii=False, separators=(",", ":")),
            )
        )

    def line(self, peer):
        if peer.startswith("+8695") or not peer.startswith("+") or peer.startswith("+86400"):
            return "service"
        if peer.startswith(("+861700", "+86162")):
            return "voip"
        if peer.startswith("+861"):
            return "mobile"
        return "fixed" if peer.startswith("+86") else "foreign"

    def call(self, sub, t, peer, d, dur, ptype=None, fwd=False, ring=None, ev=None, both=True):
        r, cid = self.r, self.eid("c")
        ptype = ptype or self.line(peer)
        ring = ring or int(self.ln(9, 0.5)) + 1
        told = ptype if r.random() < 0.93 else None
        base = dict(subscriber=sub, peer=peer, direction=d, call_id=cid, medium="voice", peer_type=told, forwarded=fwd)

        def ph(tt, p, du):
            e = self.eid()
            self.emit(tt, "telecom.calls", sub, dict(event_id=e, occurred_at=tt, phase=p, duration_s=du, **base))
            if ev is not None:
                ev.append(e)

        ph(t, "ringing", None)
        if dur <= 0:
            ph(t + ring * 1000, "ended", 0)
        else:
            t0 = t + ring * 1000
            ph(t0, "answered", None)
            for k in range(300, int(dur), 300):
                ph(t0 + k * 1000, "ongoing", k)
            ph(t0 + int(dur) * 1000, "ended", int(dur))
        if both and peer in self.byph:
            self.call(peer, t + 400, sub, "in" if d == "out" else "out", dur, "mobile", fwd, ring, None, False)

    def sms(self, sub, t, peer, text, d="in", ev=None):
        e = self.eid()
        self.emit(
            t, "telecom.sms", sub, dict(event_id=e, occurred_at=t, subscriber=sub, peer=peer, direction=d, text=text)
        )
        if ev is not None:
            ev.append(e)

    def delay(self, ch, big, p=None):
        # Screening queues and the clearing house: QR and POS in seconds; large transfers tens of seconds.
        if ch in ("qr", "pos"):
            return int(min(60, max(2, self.ln(9, 0.7))) * 1000)
        if p and big and p.age == "65+" and self.r.random() < 0.04:
            return 2 * HOUR
        return int(min(150, max(6, self.ln(35 if big else 25, 0.55))) * 1000)

    def xfer(
        self,
        t,
        payer,
        payee,
        fen,
        ch,
        sub=None,
        bal=None,
        name=None,
        new=None,
        ev=None,
        is_sub=None,
        declined=False,
        p=None,
    ):
        tx, e1, e2 = self.eid("x"), self.eid(), self.eid()
        dl = self.delay(ch, fen >= 500000, p)
        base = dict(
            transaction_id=tx,
            subscriber=sub,
            payer_account=payer,
            payee_account=payee,
            payee_name=name,
            amount_minor=fen,
            currency="CNY",
            channel=ch,
            payee_is_new=new,
        )
        if is_sub is not None:
            base["payer_is_subscriber"] = is_sub
        k = sub or payer
        self.emit(
            t, "bank.transactions", k, dict(event_id=e1, occurred_at=t, phase="initiated", balance_minor=bal, **base)
        )
        self.emit(
            t + dl,
            "bank.transactions",
            k,
            dict(
                event_id=e2, occurred_at=t + dl, phase="declined" if declined else "posted", balance_minor=bal, **base
            ),
        )
        if ev is not None:
            ev += [e1, e2]
        return dict(
            event_id=e1,
            posted_event_id=e2,
            transaction_id=tx,
            occurred_at=t,
            posted_at=t + dl,
            amount_minor=fen,
            payee_account=payee,
            account=payer,
        )

    def bank_of(self, acc):
        return next((b for b in BANKS if acc.startswith(b[0])), BANKS[0])

    # -- people
    def people(self):
        r, n = self.r, self.a.people
        kinds = dict(
            worker=34,
            parent=16,
            elder=15,
            student=9,
            owner=7,
            gig=6,
            homemaker=5,
            agent=2.5,
            courier=2.5,
            finance=1.5,
            teen=1.5,
        )
        self.P, self.byph = [], {}
        for i in range(n):
            p = P()
            p.i, p.kind, p.name = i, r.choices(list(kinds), kinds.values())[0], self.pname()
            p.ph = self.mobile()
            while p.ph in self.byph:
                p.ph = self.mobile()
            k = p.kind
            p.age = {"elder": "65+" if r.random() < 0.65 else "55-64", "student": "18-24", "teen": "0-17"}.get(
                k
            ) or r.choices(["18-24", "25-34", "35-44", "45-54", "55-64"], [1 if k == "parent" else 9, 30, 32, 24, 8])[0]
            na = 1 if k in ("teen",) else max(1, min(7, int(self.ln(2.4, 0.5))))
            med = dict(
                worker=26000,
                parent=38000,
                elder=75000,
                student=3500,
                owner=95000,
                gig=9000,
                homemaker=22000,
                agent=18000,
                courier=9000,
                finance=45000,
                teen=600,
            )[k]
            tot = self.ln(med, 1.3)
            p.acc, sh = [], [r.random() ** 2 + 0.02 for _ in range(na)]
            for s in sh:
                b = r.choices(BANKS, BANK_W)[0]
                p.acc.append([self.acct(b), int(tot * s / sum(sh) * 100), b])
            p.main = max(range(na), key=lambda x: p.acc[x][1])
            p.inc = self.ln(
                dict(
                    worker=7200,
                    parent=8500,
                    elder=3400,
                    student=1900,
                    owner=0,
                    gig=5500,
                    homemaker=2500,
                    agent=7000,
                    courier=6500,
                    finance=9000,
                    teen=400,
                )[k],
                0.5,
            )
            p.rate = min(
                40,
                self.ln(
                    dict(
                        worker=2.2,
                        parent=2.6,
                        elder=1.6,
                        student=0.8,
                        owner=6,
                        gig=3,
                        homemaker=2,
                        agent=28,
                        courier=30,
                        finance=4,
                        teen=0.5,
                    )[k],
                    0.6,
                ),
            )
            p.spend = min(14, self.ln(dict(elder=0.9, teen=0.7, student=3.2).get(k, 2.4), 0.5))
            p.otp = self.ln(1.0, 0.9)
            p.xfer = self.ln(dict(owner=18, agent=3, finance=5, elder=1, teen=0.2).get(k, 2.2), 0.7)
            p.salday, p.emp = r.choice([5, 8, 10, 10, 15, 15, 20, 25, 28]), r.choice(self.employers)
            p.acts, p.busy, p.trials, p.known, p.victim, p.honest, p.lender = [], [], 0, set(), None, [], False
            p.isknown, p.area = r.random() < 0.9, "district-%02d" % r.randrange(6)
            p.nbank = r.random() < 0.6
            p.trust = []
            self.P.append(p)
            self.byph[p.ph] = p
        for p in self.P:  # contacts: family, friends in the city, others elsewhere; Pareto in number
            m = min(120, int(6 * r.paretovariate(1.1)))
            p.con = [self.P[r.randrange(n)].ph if r.random() < 0.22 else self.mobile() for _ in range(m)]
            p.con = [c for c in p.con if c != p.ph] or [self.mobile()]
            p.conw = [1 / (k + 1) ** 1.1 for k in range(len(p.con))]
            p.trust = p.con[: r.choice([0, 0, 1, 1, 2, 3])]
            p.merch = [r.choice(self.shops) for _ in range(int(self.ln(14, 0.5)))]
            p.payees = []
            for c in p.con[: max(2, int(self.ln(5, 0.6)))]:
                q = self.byph.get(c)
                p.payees.append((q.acc[q.main][0], q.name) if q else r.choice(self.realp))
            if p.kind in ("owner", "finance"):
                p.payees += [
                    r.choice(self.company if r.random() < 0.5 else self.realp) for _ in range(int(self.ln(14, 0.6)))
                ]
            for x in p.merch + p.payees:
                if r.random() < 0.85:
                    p.known.add(x[0])
            for ls in self.pay_acc.values():
                p.known.update(ls[: r.choice([2, 3])])
            for nme in self.online_acc:
                if r.random() < 0.55 and nme not in LENDER:
                    p.known.add(self.online_acc[nme])

    # -- ordinary life
    def life(self, p):
        r, A, days = self.r, p.acts, self.a.days
        agentlike = p.kind in ("agent", "courier")
        rentday, rent = (
            (r.randrange(30), round(self.ln(2200, 0.5), -2))
            if r.random() < 0.22 and p.kind in ("worker", "gig", "courier", "agent")
            else (None, 0)
        )
        mort = (
            (r.randrange(30), round(self.ln(3900, 0.4)))
            if r.random() < 0.22 and p.kind in ("worker", "parent", "owner", "finance")
            else (None, 0)
        )
        cardday = r.randrange(30) if r.random() < 0.5 and p.kind not in ("elder", "teen", "student") else None
        rentp, act = r.choice(self.realp), self.ln(1, 0.2)
        if rentday is not None:
            p.known.add(rentp[0])
        for d in range(days):
            we = (d % 7) >= 5
            t0 = START + d * DAY
            x = act * math.exp(r.gauss(0, 0.35))
            for _ in range(self.pois(p.rate * x * (0.7 if we and p.kind in ("worker", "finance", "agent") else 1))):
                t = t0 + self.tod(HOURW)
                if agentlike and r.random() < 0.85:
                    peer = self.P[r.randrange(len(self.P))].ph if r.random() < 0.06 else self.mobile()
                    dur = (
                        0
                        if r.random() < (0.5 if p.kind == "agent" else 0.25)
                        else self.ln(28 if p.kind == "courier" else 40, 0.9)
                    )
                    A.append((t, "call", peer, "out", dur))
                else:
                    peer = (
                        r.choices(p.con, p.conw)[0]
                        if r.random() < 0.85
                        else (self.mobile() if r.random() < 0.8 else self.fixed())
                    )
                    dur = 0 if r.random() < 0.24 else min(9000, self.ln(62, 1.15))
                    A.append((t, "call", peer, "out" if r.random() < 0.52 else "in", dur))
            for _ in range(self.pois(0.55 * x)):  # couriers at the door
                A.append(
                    (
                        t0 + self.tod(HOURW),
                        "call",
                        r.choice(self.couriers),
                        "in",
                        0 if r.random() < 0.35 else self.ln(18, 0.6),
                    )
                )
            for _ in range(self.pois(0.55)):  # sales
                A.append(
                    (
                        t0 + int(r.uniform(9, 20) * HOUR),
                        "call",
                        r.choice(self.sales),
                        "in",
                        0 if r.random() < 0.6 else min(2400, self.ln(20, 1.1)),
                    )
                )
            if r.random() < 0.025:  # banks, insurers, operators: long at times
                c = r.choice(
                    [b[2] for b in BANKS] + ["10086", "10010", "10000", "95518", "95519", "12345", "4008205555"]
                )
                A.append(
                    (
                        t0 + int(r.uniform(9, 20) * HOUR),
                        "call",
                        c,
                        r.choice(["in", "in", "out"]),
                        min(3600, self.ln(120, 1.0)),
                    )
                )
            # texts
            for _ in range(self.pois(p.otp)):
                b = r.choice(APPS)
                A.append(
                    (
                        t0 + self.tod(PAYW),
                        "sms",
                        self.gateway(b),
                        r.choice(
                            [
                                "【%s】验证码%06d，用于登录，5分钟内有效，请勿告知他人。",
                                "【%s】您的验证码是%06d，如非本人操作请忽略本短信。",
                                "【%s】%06d（动态验证码），请在10分钟内填写。",
                            ]
                        )
                        % (b, r.randrange(10**6)),
                    )
                )
            for _ in range(self.pois(0.9)):
                A.append((t0 + self.tod(HOURW), "sms", *self.spam()))
            # spending
            boom = 1.8 if d in (7, 8, 18, 28, 29) else 1  # Double-11
            for _ in range(self.pois(p.spend * x)):
                t = t0 + self.tod(PAYW)
                u = r.random()
                if u < 0.72:
                    w = r.choices([w for w, _ in WALLET], [v for _, v in WALLET])[0]
                    A.append(
                        (
                            t,
                            "pay",
                            (r.choice(self.pay_acc[w]), w if r.random() < 0.5 else w + "-" + (r.choice(p.merch)[1])),
                            max(1, self.ln(26, 1.2)),
                            r.choice(["qr", "qr", "mobile"]),
                        )
                    )
                elif u < 0.86:
                    A.append(
                        (
                            t,
                            "pay",
                            r.choice(p.merch) if r.random() < 0.75 else r.choice(self.shops),
                            max(2, self.ln(85, 1.15)),
                            r.choice(["pos", "qr"]),
                        )
                    )
                else:
                    o = r.choice(ONLINE)
                    A.append(
                        (
                            t,
                            "pay",
                            (self.online_acc[o], o),
                            max(3, self.ln(75 * boom, 1.2)),
                            r.choice(["mobile", "web"]),
                        )
                    )
            for _ in range(self.pois(p.xfer / 30 * (0.5 if we and p.kind in ("owner", "finance") else 1))):
                t = t0 + self.tod(HOURW)
                new = r.random() < (0.22 if p.kind in ("owner", "finance") else 0.13)
                q = (
                    (r.choice(self.realp) if r.random() < 0.7 else r.choice(self.company))
                    if new
                    else r.choice(p.payees)
                )
                med, sg = dict(
                    owner=(6000, 1.3), finance=(9000, 1.4), student=(300, 1.1), elder=(1500, 1.2), teen=(80, 0.8)
                ).get(p.kind, (1300, 1.4))
                amt = self.ln(med, sg)
                amt = self.rnd(amt) if r.random() < 0.8 else amt
                A.append((t, "pay", q, amt, "mobile" if r.random() < 0.9 else r.choice(["web", "counter"])))
                if r.random() < 0.35:
                    A.append(
                        (
                            t - int(self.ln(9, 0.8) * MIN),
                            "call",
                            r.choices(p.con, p.conw)[0] if not new else self.mobile(),
                            r.choice(["in", "out"]),
                            self.ln(150, 0.9),
                        )
                    )
            if r.random() < 0.035 and len(p.acc) > 1:
                A.append((t0 + self.tod(PAYW), "own", r.uniform(0.1, 0.95)))
            if r.random() < 0.02:
                A.append((t0 + int(r.uniform(8, 20) * HOUR), "cash", self.rnd(self.ln(1500, 0.8))))
            if r.random() < 0.05:
                A.append(
                    (
                        t0 + self.tod(HOURW),
                        "credit",
                        r.choice(p.payees) if r.random() < 0.7 else r.choice(self.realp),
                        self.rnd(self.ln(700, 1.3)),
                        None,
                    )
                )
            dom = (12 + d) % 31 + 1
            if p.inc and dom == p.salday:
                A.append(
                    (
                        t0 + int(r.uniform(9, 17) * HOUR),
                        "credit",
                        p.emp,
                        p.inc * r.uniform(0.9, 1.15),
                        "工资" if p.kind != "elder" else "养老金",
                    )
                )
            if p.kind in ("owner", "gig", "courier", "agent"):
                for _ in range(self.pois(dict(owner=0.9).get(p.kind, 0.12))):
                    A.append(
                        (
                            t0 + self.tod(HOURW),
                            "credit",
                            r.choice(self.realp),
                            self.ln(2600 if p.kind == "owner" else 700, 1.2),
                            None,
                        )
                    )
            if d == rentday:
                A.append((t0 + self.tod(PAYW), "pay", rentp, rent * r.choice([1, 1, 3]), "mobile"))
            if d == mort[0]:
                A.append((t0 + 3 * HOUR, "pay", (self.online_acc["公积金"], "个人住房贷款"), mort[1], "web"))
            if d == cardday:
                A.append(
                    (
                        t0 + self.tod(PAYW),
                        "pay",
                        (self.online_acc["信用卡还款"], "信用卡还款"),
                        self.ln(2600, 0.9),
                        "mobile",
                    )
                )
            if r.random() < 0.05:
                u = r.choice(["国网电力", "自来水公司", "中国移动"])
                A.append((t0 + self.tod(PAYW), "pay", (self.online_acc[u], u), self.ln(90, 0.5), "mobile"))
        self.rare(p)

    def rnd(self, x):
        if x < 100:
            return max(1, round(x))
        if x < 1000:
            return round(x, -1) if self.r.random() < 0.3 else round(x, -2) or 100
        if x < 10000:
            return round(x / 500) * 500 if self.r.random() < 0.6 else round(x, -2)
        return round(x / 5000) * 5000 if self.r.random() < 0.6 else round(x, -3)

    def spam(self):
        r = self.r
        u = r.random()
        if u < 0.3:
            b = r.choice(["菜鸟驿站", "丰巢", "顺丰速运", "中通快递", "圆通速递"])
            return self.gateway(b), "【%s】您有包裹已到%s，取件码%d-%d-%04d，请及时领取。" % (
                b,
                r.choice(["小区南门", "人民路店", "丰巢柜"]),
                r.randrange(1, 9),
                r.randrange(1, 9),
                r.randrange(9999),
            )
        if u < 0.5:
            b = r.choice(LENDER)
            return self.gateway(b), r.choice(
                [
                    "【%s】尊敬的用户，您有%d万元额度待领取，年化利率低至%d.%d%%，点击 t.cn/%s 查看，拒收请回复R",
                    "【%s】您的授信额度已更新至%d万，最快3分钟到账，利率%d.%d%%起 s.cn/%s 退订回T",
                ]
            ) % (b, r.randrange(1, 30), r.randrange(3, 18), r.randrange(9), self.eid()[-5:])
        if u < 0.68:
            b = r.choice(["天猫", "京东", "拼多多", "唯品会", "屈臣氏", "苏宁易购"])
            return self.gateway(b), "【%s】双11大促，满%d减%d，抢先加购 m.tb.cn/%s 拒收请回复R" % (
                b,
                r.choice([199, 299, 300]),
                r.choice([30, 50, 100]),
                self.eid()[-5:],
            )
        if u < 0.82:
            return r.choice(["10086", "10010", "10000"]), r.choice(
                [
                    "【流量提醒】截至今日您本月流量剩余%d.2GB。",
                    "您好，您的话费余额为%d.35元，请及时充值。",
                    "【业务推荐】升级5G套餐每月立减%d元，回复1办理。",
                ]
            ) % r.randrange(1, 90)
        if u < 0.9:
            return r.choice(["96110", "12381", "1069096110"]), r.choice(
                [
                    "【反诈中心】凡是刷单、先垫资、要求共享屏幕的都是诈骗，请勿转账。如有疑问请拨打96110。",
                    "【市公安局】谨防冒充公检法、虚假投资理财诈骗，不听不信不转账。",
                ]
            )
        if u < 0.96:
            b = r.choice(BANKS)
            return b[2], "【%s】尊敬的客户，%s，详询%s。" % (
                b[1],
                r.choice(
                    [
                        "本月信用卡账单已出，请按时还款",
                        "我行推出新客理财，年化2.6%",
                        "请勿向他人透露密码及验证码，我行不会电话索取",
                        "您的积分即将到期",
                    ]
                ),
                b[2],
            )
        b = r.choice(["市医保局", "学校通知", "物业服务", "交警"])
        return self.gateway(b), "【%s】%s" % (
            b,
            r.choice(
                [
                    "请于本周五前完成缴费。",
                    "您预约的号源为周三上午，请按时就诊。",
                    "您的车辆有一条违章记录待处理，请登录交管12123查看。",
                ]
            ),
        )

    # -- rare, and honest
    def rare(self, p):
        r, A, days, adult = self.r, p.acts, self.a.days, p.kind not in ("teen", "student", "elder")
        m, sc = days / 30, self.s["rare"]

        def hit(pr):
            return r.random() < pr * m * (1 + (sc - 1) * 0.3)

        def when(lo=9, hi=21):
            return self.at(r.randrange(days), lo, hi)

        def note(t, what):
            p.honest.append((t, what))

        if adult and hit(0.006):  # house: agent's long calls, gathering, a deposit to a stranger or a firm
            t, ag = when(10, 18), self.mobile()
            note(t, "house deposit after long calls with an agent")
            for _ in range(r.randrange(3, 9)):
                A.append((t - int(r.uniform(0.1, 90) * HOUR), "call", ag, r.choice(["in", "out"]), self.ln(260, 0.9)))
            A.append((t - int(r.uniform(3, 40) * MIN), "call", ag, "in", self.ln(1100, 0.6)))
            A.append((t - 30 * MIN, "own", 0.95))
            payee = r.choice(self.realp) if r.random() < 0.6 else r.choice(self.company)
            A.append((t, "rich", self.ln(60000, 1)))
            for k in range(r.choice([1, 1, 2, 3])):
                A.append(
                    (
                        t + int(k * r.uniform(2, 30) * MIN) + 5000,
                        "pay",
                        payee,
                        self.rnd(min(500000, self.ln(50000, 0.8))),
                        "mobile",
                    )
                )
        if adult and hit(0.012):  # rented flat: agent, deposit and 3 months
            t, ag = when(10, 20), self.mobile()
            note(t, "rented flat, deposit to a landlord never paid before")
            for _ in range(r.randrange(2, 6)):
                A.append((t - int(r.uniform(0.05, 30) * HOUR), "call", ag, r.choice(["in", "out"]), self.ln(160, 0.9)))
            A.append((t, "pay", r.choice(self.realp), self.rnd(self.ln(6500, 0.5)), "mobile"))
        if adult and hit(0.006):  # car, new or used
            t = when(10, 18)
            note(t, "bought a car")
            A.append((t - int(r.uniform(5, 200) * MIN), "call", self.mobile(), "in", self.ln(420, 0.8)))
            A.append((t - 40 * MIN, "own", 0.9))
            A.append((t - 30 * MIN, "rich", self.ln(50000, 0.7)))
            A.append(
                (
                    t,
                    "pay",
                    r.choice(self.company if r.random() < 0.6 else self.realp),
                    self.rnd(self.ln(48000, 0.7)),
                    r.choice(["mobile", "pos"]),
                )
            )
        if adult and hit(0.02):  # renovation, furniture
            t, ag = when(9, 19), self.mobile()
            note(t, "renovation paid in stages")
            q = r.choice(self.company + self.realp[:400])
            for k in range(r.randrange(1, 4)):
                tt = t + int(k * r.uniform(2, 9) * DAY)
                A.append((tt - int(r.uniform(3, 90) * MIN), "call", ag, "in", self.ln(200, 0.9)))
                A.append((tt, "pay", q, self.rnd(self.ln(12000, 0.8)), "mobile"))
        if hit(0.09) and p.kind != "teen":  # wedding
            note(t := when(), "wedding gift")
            A.append(
                (
                    t,
                    "pay",
                    r.choice(p.payees) if r.random() < 0.6 else r.choice(self.realp),
                    r.choice([200, 300, 500, 600, 800, 1000, 1000, 2000, 6666, 8888]),
                    "mobile",
                )
            )
        if p.kind in ("parent", "student") and hit(0.08):
            note(t := when(), "tuition or training school")
            A.append((t, "pay", r.choice(self.company), self.ln(4500, 0.8), "mobile"))
        if hit(0.035):  # hospital
            note(t := when(7, 18), "hospital")
            q = r.choice(self.company)
            for k in range(r.randrange(1, 5)):
                A.append(
                    (
                        t + int(k * r.uniform(0.1, 20) * HOUR),
                        "pay",
                        (q[0], "市第%s人民医院" % r.choice("一二三")),
                        self.ln(1400, 1.1),
                        r.choice(["qr", "pos", "mobile"]),
                    )
                )
        if p.kind != "elder" and hit(0.03):  # second-hand goods
            note(t := when(10, 23), "second-hand goods from a stranger")
            if r.random() < 0.5:
                A.append(
                    (t - int(r.uniform(3, 60) * MIN), "call", self.mobile(), r.choice(["in", "out"]), self.ln(130, 0.8))
                )
            A.append((t, "pay", r.choice(self.realp), self.rnd(self.ln(1500, 1)), r.choice(["mobile", "qr"])))
        if adult and hit(0.03):  # lends to a friend or relative
            note(t := when(), "lent money after a talk")
            c = r.choices(p.con, p.conw)[0]
            A.append((t - int(r.uniform(2, 50) * MIN), "call", c, "in", self.ln(420, 0.8)))
            A.append(
                (
                    t,
                    "pay",
                    r.choice(p.payees) if r.random() < 0.45 else r.choice(self.realp),
                    self.rnd(self.ln(9000, 0.9)),
                    "mobile",
                )
            )
        if p.kind not in ("elder", "teen") and hit(0.045):  # a loan taken and spent
            t, b = when(9, 23), r.choice(LENDER)
            amt = self.rnd(self.ln(9000, 0.9))
            note(t, "took a loan and spent it")
            self.loan(A, t, b, amt)
            t2 = t + int(self.ln(60, 1.3) * MIN)
            u = r.random()
            A.append(
                (
                    t2,
                    "pay",
                    r.choice(self.realp)
                    if u < 0.4
                    else r.choice(p.payees)
                    if u < 0.6
                    else (self.online_acc["信用卡还款"], "信用卡还款"),
                    self.rnd(amt * r.uniform(0.4, 1)),
                    "mobile",
                )
            )
        if p.kind not in ("elder", "teen") and hit(0.012):  # a loan broker, honest
            t, br = when(10, 18), r.choice(self.sales)
            note(t, "loan through a broker, with his fee")
            for _ in range(3):
                A.append((t - int(r.uniform(0.2, 60) * HOUR), "call", br, r.choice(["in", "out"]), self.ln(240, 0.8)))
            amt = self.rnd(self.ln(50000, 0.7))
            for _ in range(r.randrange(2, 5)):
                b = r.choice(LENDER)
                A.append(
                    (
                        t - int(r.uniform(5, 60) * MIN),
                        "sms",
                        self.gateway(b),
                        "【%s】验证码%06d，您正在申请授信，请勿泄露。" % (b, r.randrange(10**6)),
                    )
                )
            self.loan(A, t, b, amt)
            A.append(
                (
                    t + int(r.uniform(10, 200) * MIN),
                    "pay",
                    r.choice(self.realp + self.company),
                    self.rnd(amt * r.uniform(0.02, 0.06)),
                    "mobile",
                )
            )
            if r.random() < 0.6:
                A.append(
                    (
                        t + int(r.uniform(10, 2000) * MIN),
                        "pay",
                        r.choice(p.payees),
                        self.rnd(amt * r.uniform(0.3, 0.8)),
                        "mobile",
                    )
                )
        if p.kind != "teen" and hit(0.06):  # stock, funds, deposits
            note(t := when(9, 15), "moved money to shares or a deposit")
            A.append(
                (
                    t,
                    "pay",
                    (self.online_acc[n := r.choice(["证券", "理财"])], n),
                    self.rnd(self.ln(16000, 1.1)),
                    "mobile",
                )
            )
        if p.kind == "elder" and hit(0.05):
            note(t := when(8, 20), "grandparent gives to a grandchild")
            A.append((t - int(r.uniform(3, 50) * MIN), "call", p.con[0], r.choice(["in", "out"]), self.ln(500, 0.8)))
            A.append(
                (
                    t,
                    "pay",
                    r.choice(p.payees) if r.random() < 0.6 else r.choice(self.realp),
                    self.rnd(self.ln(7000, 1)),
                    r.choice(["mobile", "counter", "counter"]),
                )
            )
        if p.kind == "elder" and hit(0.02):
            note(t := when(8, 17), "elder draws cash at the counter")
            A.append((t, "cashc", self.rnd(self.ln(20000, 0.8))))
        if p.kind in ("elder", "homemaker") and hit(0.015):  # health goods
            s = r.choice(self.sales)
            note(t := when(9, 17), "health goods from a persistent seller")
            for _ in range(r.randrange(3, 9)):
                A.append((t - int(r.uniform(0.1, 90) * HOUR), "call", s, "in", self.ln(300, 0.8)))
            A.append((t, "pay", r.choice(self.company), self.rnd(self.ln(3000, 0.7)), r.choice(["qr", "mobile"])))
        if adult and hit(0.01):  # real customer service or the bank's own security call, with a payment near it
            note(t := when(9, 20), "real service or bank call, then an ordinary payment")
            A.append(
                (
                    t - int(r.uniform(2, 40) * MIN),
                    "call",
                    r.choice(["95188", "95017", "95533", "95588", "950618", "4006065500"]),
                    "in",
                    self.ln(420, 0.7),
                )
            )
            A.append((t, "pay", r.choice(p.payees), self.rnd(self.ln(3000, 1)), "mobile"))
        if hit(0.01):  # the police really call
            note(t := when(9, 18), "the local police station really calls")
            A.append((t, "call", self.fixed(), "in", self.ln(240, 0.8)))
        if adult and hit(0.012):  # insurance or a course by phone
            s = r.choice(self.sales)
            note(t := when(10, 20), "bought insurance or a course over a long sales call")
            A.append((t - int(r.uniform(1, 25) * MIN), "call", s, "in", self.ln(1500, 0.5)))
            A.append((t, "pay", r.choice(self.company), self.rnd(self.ln(3200, 0.8)), r.choice(["mobile", "qr"])))
        if p.kind in ("teen", "student", "worker", "gig") and hit(0.04):  # games
            note(t := when(14, 24), "game items")
            for k in range(r.randrange(1, 7)):
                A.append(
                    (
                        t + int(k * self.ln(9, 1) * MIN),
                        "pay",
                        r.choice(self.realp) if r.random() < 0.25 else (self.pay_acc["财付通"][0], "财付通-腾讯游戏"),
                        r.choice([30, 68, 98, 128, 328, 648, 648]),
                        "mobile",
                    )
                )
        if adult and hit(0.015):  # travel, visa or study agent
            note(t := when(10, 20), "travel or study agent")
            A.append((t - int(r.uniform(3, 80) * MIN), "call", self.mobile(), "out", self.ln(500, 0.8)))
            A.append((t, "pay", r.choice(self.company), self.rnd(self.ln(8000, 0.8)), "mobile"))
        if hit(0.008):  # a family from abroad
            f = self.foreign()
            for _ in range(r.randrange(2, 8)):
                A.append((when(8, 23), "call", f, "in", self.ln(400, 0.9)))
        if p.kind in ("owner", "finance") and hit(0.25):  # urgent payment wished by boss or supplier
            note(t := when(9, 18), "urgent large payment to a supplier")
            A.append((t - int(r.uniform(2, 30) * MIN), "call", r.choices(p.con, p.conw)[0], "in", self.ln(120, 0.8)))
            A.append((t - 1 * MIN, "rich", self.ln(80000, 0.8)))
            A.append(
                (
                    t,
                    "pay",
                    r.choice(self.company) if r.random() < 0.5 else r.choice(p.payees),
                    self.rnd(self.ln(40000, 0.9)),
                    r.choice(["mobile", "web"]),
                )
            )
        if adult and hit(0.012):  # gold
            note(t := when(10, 21), "bought gold")
            j = r.choice(self.jewel)
            A.append((t, "pay", j, self.ln(9000, 0.8), "pos"))
        if p.kind == "gig" and hit(0.1) or hit(0.008):  # many loan apps in a day
            t = when(9, 23)
            note(t, "asked many loan apps on one day")
            for _ in range(r.randrange(4, 14)):
                b = r.choice(LENDER)
                A.append(
                    (
                        t + int(r.uniform(0, 3) * HOUR),
                        "sms",
                        self.gateway(b),
                        "【%s】验证码%06d，您正在申请借款，请勿告知他人。" % (b, r.randrange(10**6)),
                    )
                )

    def loan(self, A, t, b, amt, sc=None):
        r = self.r
        A.append(
            (
                t - int(r.uniform(4, 14) * MIN),
                "sms",
                self.gateway(b),
                "【%s】验证码%06d，您正在申请借款，请勿告知他人。" % (b, r.randrange(10**6)),
                sc,
            )
        )
        A.append(
            (
                t - int(r.uniform(1, 3) * MIN),
                "sms",
                self.gateway(b),
                "【%s】您申请的借款%d元已审核通过，放款中。" % (b, amt),
                sc,
            )
        )
        A.append((t, "credit", (self.online_acc[b], b), amt, "借款到账" if r.random() < 0.8 else None, sc))

    # -- gangs and scams
    def gangs(self):
        r, s = self.r, self.s
        self.G = []
        for g in range(22):
            self.G.append(dict(i=g, cls=None, mules=[], nums=[], lvl2=[self.acct() for _ in range(5)]))
        self.mules, self.nums = {}, {}

    def mule(self, g, t, sc):
        """The account a gang gives out now: lives a day or two, serves some victims."""
        r, s = self.r, self.s
        live = [m for m in g["mules"] if m["from"] <= t < m["to"]]
        if live and r.random() < s["mule_reuse"]:
            m = r.choice(live)
        else:
            loc = None
            if r.random() < 0.03:
                loc = r.choice(
                    [p for p in self.P if p.kind in ("student", "gig", "worker") and not p.victim and not p.lender]
                    or [None]
                )
            firm = r.random() < 0.2
            acc = self.acct()
            if loc:
                loc.lender, acc = True, loc.acc[loc.main][0]
            m = dict(
                acc=acc,
                name=loc.name if loc else (r.choice(self.company)[1] if firm else self.pname()),
                to=t + int(self.ln(1.3, 0.8) * DAY),
                victims=[],
                seen=bool(self.bank_of(acc)[3]) and r.random() < s["seen_mule"] or bool(loc),
                loc=loc,
                phone=loc.ph if loc else (self.mobile() if r.random() < 0.4 else None),
                gang=g["i"],
                listed=r.random() < s["listed_acc"],
                first=t,
                flow=[],
            )
            m["from"] = t - HOUR
            g["mules"].append(m)
            self.mules[acc] = m
        if sc["id"] not in m["victims"]:
            m["victims"].append(sc["id"])
        m["first"] = min(m["first"], t)
        return m

    def number(self, g, t, police=False):
        r, s = self.r, self.s
        t = int(t)
        live = [n for n in g["nums"] if n["from"] <= t < n["to"]]
        if live and r.random() < 0.7:
            return r.choice(live)["peer"]
        u = r.random()
        w = s["goip"] * (0.6 if police else 1)
        v = s["voip"] * (1.2 if police else 1)
        kind = (
            "mobile"
            if u < w
            else "voip"
            if u < w + v
            else "foreign"
            if u < w + v + s["foreign"] * (2 if police else 1)
            else "fixed"
        )
        peer = dict(mobile=self.mobile, voip=self.voip, foreign=self.foreign, fixed=self.fixed)[kind]()
        # GoIP cards burn within hours or a day; foreign and VoIP ones last longer
        n = dict(
            peer=peer,
            kind=kind,
            to=t + int(self.ln(0.5 if kind == "mobile" else 3, 0.7) * DAY),
            gang=g["i"],
            listed=r.random() < s["listed_num"],
            first=t,
        )
        n["from"] = t - HOUR
        g["nums"].append(n)
        self.nums[peer] = n
        return peer

    def pick(self, c, total=0):
        r = self.r
        pref = dict(
            brushing=dict(homemaker=3, student=2, worker=2, parent=2.4, gig=1.6),
            invest=dict(owner=2.6, parent=2, elder=1.6, worker=1.4, finance=1.5),
            service=dict(worker=2, parent=2, student=1.6, elder=1.2, homemaker=1.6),
            police=dict(elder=3, student=2.2, worker=0.8, homemaker=1),
            loanfee=dict(gig=3, worker=2, owner=1.6, courier=2),
            credit=dict(student=2, worker=2.6, gig=2, parent=1.5),
            romance=dict(worker=1.4, owner=1.5, elder=1.4, homemaker=2),
            shopping=dict(student=2, worker=2, parent=1.5),
            gaming=dict(teen=8, student=4, worker=0.8),
            boss=dict(finance=14, owner=2.5),
            relative=dict(elder=4, worker=0.6, finance=1),
            sextortion=dict(student=3, worker=2, gig=2),
            courier=dict(elder=5, homemaker=1.2, owner=1),
            phishing=dict(elder=2, worker=1, parent=1),
        )[c]
        while True:
            p = r.choice(self.P)
            if p.victim is None and not p.lender and r.random() < pref.get(p.kind, 0.25) / 6 and p.acc[p.main][2][3]:
                if sum(x[1] for x in p.acc) < (15000 if c == "gaming" else 150000) and r.random() < 0.8:
                    continue
                # the rich are looked for, and lose more
                if (
                    c in ("invest", "police", "courier", "romance", "service", "brushing", "relative")
                    and sum(x[1] for x in p.acc) / 100 < total * 0.7
                    and r.random() < 0.75
                ):
                    continue
                return p

    def scams(self):
        r, n = self.r, self.a.victims
        names, w = list(CLASSES), [CLASSES[c][0] for c in CLASSES]
        fam = {}
        for k in range(n):
            c = r.choices(names, w)[0]
            if c not in fam:
                free = [g for g in self.G if g["cls"] is None] or self.G
                fam[c] = r.sample(free, min(len(free), 2 if CLASSES[c][0] > 8 else 1))
                for g in fam[c]:
                    g["cls"] = c
            self.scam(k, c, r.choice(fam[c]))

    def scam(self, k, c, g):
        r, s, A = self.r, self.s, None
        wt, typ, med, sg = CLASSES[c]
        total = self.ln(med, sg)
        p = self.pick(c, total)
        A = p.acts
        days = self.a.days
        span = dict(invest=18, romance=20, brushing=2, police=2, courier=2, loanfee=2, credit=1).get(c, 0.3)
        span = max(0.05, self.ln(span, 0.5))
        d = r.uniform(2, max(2.5, days - span * 0.75 - 0.6))
        d = min(d, days - 1.2)
        hour = (
            r.uniform(20, 24)
            if c == "sextortion"
            else r.triangular(8.6, 21, 11 if c in ("police", "service", "credit", "courier", "boss") else 16)
        )
        t = START + int(d) * DAY + int(hour * HOUR)
        sc = dict(
            id="scam-%03d" % k,
            p=p,
            cls=c,
            g=g,
            t=t,
            ev=[],
            pays=[],
            ret=0,
            coached=r.random()
            < s["coached"] * dict(police=1.6, courier=1.6, credit=1.2, shopping=0.2, gaming=0.4, phishing=0).get(c, 1),
            var=c,
            rep=None,
            gave=False,
            total=total,
            typ=typ,
            cut=False,
            span=span,
        )
        p.victim = sc
        self.S.append(sc)
        app = s["app"]
        q = lambda tt, *x: A.append((int(tt), *x, sc))  # an action of the scam
        otp = lambda tt, b, tx="验证码%06d，用于登录，请勿泄露。": q(
            tt, "sms", self.gateway(b), "【%s】" % b + tx % r.randrange(10**6)
        )

        def banktext(tt):
            b = p.acc[p.main][2]
            if r.random() < 0.8:
                q(
                    tt - r.uniform(20, 70) * 1000,
                    "sms",
                    b[2],
                    "【%s】您正在进行转账交易，验证码%06d，任何人索取均为诈骗，切勿告知。" % (b[1], r.randrange(10**6)),
                )
            if r.random() < 0.12 * s["bank_text"]:
                q(
                    tt - r.uniform(60, 300) * 1000,
                    "sms",
                    "96110",
                    "【反诈中心】您可能正在遭遇电信诈骗，请立即停止转账，接听96110来电。",
                )
                q(
                    tt - r.uniform(30, 250) * 1000,
                    "call",
                    "96110",
                    "in",
                    0 if sc["coached"] or r.random() < 0.5 else r.uniform(20, 120),
                )

        def gather(tt):
            if len(p.acc) > 1 and r.random() < s["gather"]:
                q(tt, "own", 0.97)
            if c in ("invest", "police", "courier", "romance") and r.random() < 0.35:  # a deposit or fund is broken up
                q(
                    tt - 5 * MIN,
                    "credit",
                    (self.online_acc["理财"], "理财"),
                    self.rnd(total * r.uniform(0.3, 0.8)),
                    "理财赎回",
                )

        def loans(tt, pr, n=1, med=12000):
            if r.random() < pr * s["loan"] and p.kind not in ("teen", "elder"):
                for _ in range(r.randint(1, n)):
                    b = r.choice(LENDER)
                    otp(tt - r.uniform(8, 30) * MIN, b, "验证码%06d，您正在注册/登录，请勿泄露。")
                    self.loan(A, int(tt), b, self.rnd(min(60000, self.ln(med, 0.7))), sc)
                    tt += r.uniform(6, 25) * MIN
            return tt

        def borrow(tt, pr):  # from relatives and friends, often after a call
            if r.random() < pr:
                q(tt - r.uniform(3, 30) * MIN, "call", r.choices(p.con, p.conw)[0], "out", self.ln(120, 0.7))
                q(tt, "credit", r.choice(p.payees), self.rnd(self.ln(4000, 0.8)), None)

        def pay(tt, amt, ch=None, payee=None, frac=None):
            banktext(tt)
            q(
                tt,
                "spay",
                payee,
                amt,
                ch or ("qr" if r.random() < 0.08 else "mobile" if r.random() < 0.93 else "web"),
                frac,
            )

        def split(tot, n, grow=1.0):
            w = [r.uniform(0.5, 1.5) * grow**i for i in range(n)]
            return [max(50, tot * x / sum(w)) for x in w]

        def human(x):
            # coached to look usual, or "numbers" that the script dictates
            if r.random() < s["habit"]:
                return round(min(x, self.ln(4200, 0.5)), 2) if x > 4000 else x
            return self.rnd(x) if r.random() < 0.55 else round(x - r.choice([0, 1, 12, 100]) + r.random(), 2)

        num = lambda tt: self.number(g, tt, c in ("police", "courier"))
        meet = lambda tt: (
            otp(
                tt,
                r.choice(["腾讯会议", "钉钉", "飞书", "Zoom", "瞩目", "全时云会议"]),
                "验证码%06d，您正在登录，5分钟内有效。",
            )
            if r.random() < 0.45
            else None
        )
        if c == "service":
            sc["var"] = r.choice(["refund", "million_insurance", "live_member_cancel", "flight"])
            byapp = r.random() < app * 0.35
            L = r.uniform(4, 22)
            if not byapp:
                if r.random() < 0.3:
                    q(t - r.uniform(0.1, 3) * HOUR, "call", num(t), "in", 0)
                stay = r.random() < s["stay"]
                dur = r.uniform(35, 150) if stay else L
                if sc["var"] == "flight" and r.random() < 0.6:
                    q(
                        t - r.uniform(5, 200) * MIN,
                        "sms",
                        num(t),
                        "【航空】您预订的航班因机械故障已取消，请联系客服%s办理退改签并领取补偿金300元。"
                        % self.voip()[3:],
                    )
                q(t, "call", num(t), "in", dur * 60)
                if not stay and r.random() < 0.5:
                    q(t + (L + r.uniform(3, 40)) * MIN, "call", num(t), "in", r.uniform(1, 12) * 60)
            meet(t + L * MIN)
            tt = t + (L + r.uniform(4, 20)) * MIN
            for _ in range(r.randrange(0, 3)):
                b = r.choice(p.acc)[2]
                q(
                    tt - r.uniform(1, 10) * MIN,
                    "sms",
                    b[2],
                    "【%s】验证码%06d，您正在登录手机银行/修改限额，切勿告知他人。" % (b[1], r.randrange(10**6)),
                )
            gather(tt - 2 * MIN)
            tt = loans(tt, 0.35, 2) + 3 * MIN
            n = min(8, 1 + self.pois(1.6))
            for x in split(total, n, 0.9):
                pay(tt, human(x), frac=0.97)
                tt += self.ln(7, 0.7) * MIN
        elif c in ("police", "courier"):
            byapp = r.random() < app * 0.3
            if c == "courier":
                sc["var"] = r.choice(["police_gold", "police_cash", "invest_cash", "relative_cash"])
                sc["typ"] = dict(police="fake_police", invest="fake_investment", relative="fake_boss")[
                    sc["var"].split("_")[0]
                ]
            if not byapp:
                q(t, "call", num(t), "in", r.uniform(8, 30) * 60)
                if r.random() < s["stay"]:
                    tt = t + r.uniform(35, 60) * MIN
                    for _ in range(r.randrange(1, 4)):
                        du = r.uniform(15, 110)
                        q(tt, "call", num(tt), "in", du * 60)
                        tt += (du + r.uniform(10, 300)) * MIN
                if r.random() < 0.15:
                    q(t + 34 * MIN, "call", num(t), "in", 30, True)
            meet(t + r.uniform(20, 70) * MIN)
            tt = t + self.ln(150, 0.8) * MIN
            if span > 1.2 and r.random() < 0.55:
                tt = START + (int(d) + r.choice([1, 1, 2])) * DAY + r.uniform(9, 16) * HOUR
            gather(tt - r.uniform(5, 50) * MIN)
            tt = loans(tt, 0.4, 3, 18000) + 5 * MIN
            borrow(tt, 0.2)
            n = min(8, 1 + self.pois(1.2 if c == "courier" else 1.8))
            for x in split(total, n):
                if c == "courier":
                    gold = "gold" in sc["var"]
                    q(tt, "sgold" if gold else "scash", self.rnd(x) if not gold else x, None)
                    dr = self.mobile()  # the driver that fetches it
                    q(tt + r.uniform(40, 200) * MIN, "call", dr, r.choice(["in", "out"]), r.uniform(15, 90))
                else:
                    pay(tt, human(x), frac=0.97)
                if r.random() < 0.4:
                    q(tt + r.uniform(1, 9) * MIN, "call", num(tt), "in", self.ln(240, 0.8))
                tt += self.ln(30, 1.2) * MIN
                hh = ((tt - START) % DAY) / HOUR
                if hh < 7.5 or hh > 23:
                    tt += 10 * HOUR
        elif c == "brushing":
            sc["var"] = r.choice(["task_app", "like_follow", "gift_parcel", "escort_tasks"])
            if r.random() < 0.3 * (1 - app) + 0.03:
                q(t - r.uniform(0.1, 20) * HOUR, "call", num(t), "in", self.ln(100, 0.7))
            if r.random() < 0.35:
                q(
                    t - r.uniform(0.1, 20) * HOUR,
                    "sms",
                    num(t),
                    "【兼职】居家点赞关注，单单结算日入200-500，添加客服企鹅%d" % r.randrange(10**8, 10**9),
                )
            tt = t
            for _ in range(r.randrange(1, 4)):  # small tasks, paid back
                x = r.choice([30, 50, 88, 100, 100, 188, 200, 300])
                if r.random() < 0.6:
                    pay(tt, x, r.choice(["qr", "mobile"]))
                q(tt + r.uniform(6, 50) * MIN, "bait", x * r.uniform(1.05, 1.4))
                tt += self.ln(90, 1) * MIN
            if r.random() < 0.5:
                tt = START + (int(d) + 1) * DAY + r.triangular(9, 22, 15) * HOUR
            gather(tt - 5 * MIN)
            n = min(12, 2 + self.pois(3))
            for i, x in enumerate(split(total, n, 1.5)):
                if i == n - 2:
                    tt = loans(tt, 0.28, 2) + 2 * MIN
                    borrow(tt, 0.3)
                    tt += 10 * MIN
                pay(tt, human(x), frac=0.97)
                tt += self.ln(22, 1) * MIN
                if r.random() < 0.12:
                    tt += 9 * HOUR
        elif c in ("invest", "romance"):
            sc["var"] = c if c == "romance" else r.choice(["stock_group", "pig_butchering", "crypto", "futures_app"])
            if r.random() < 0.3:
                q(t - r.uniform(1, 4) * HOUR, "call", num(t), "in", self.ln(160, 0.8))
            n = r.randrange(3, 13) if c == "invest" else r.randrange(3, 16)
            tt, step = t, span / n
            fixed_payee = c == "romance"
            for i, x in enumerate(split(total, n, 1.45 if c == "invest" else 1.15)):
                hh = r.triangular(9, 22.5, 14 if c == "invest" else 20) * HOUR
                tt = max(
                    tt + 20 * MIN,
                    START + int((tt - START) / DAY + r.expovariate(1 / step) * (0.4 if i else 0)) * DAY + hh,
                )
                if i == n - 2:
                    gather(tt - 20 * MIN)
                    loans(tt - 40 * MIN, 0.25, 2, 25000)
                    borrow(tt - 60 * MIN, 0.25)
                amt = r.choice([520, 1314, 666, 2000, 999]) if c == "romance" and i < 2 else human(x)
                pay(tt, amt, payee="same" if fixed_payee else None, frac=0.95)
                if c == "invest" and i == 1 and r.random() < 0.45:
                    q(tt + r.uniform(1, 20) * HOUR, "bait", amt * r.uniform(0.2, 1.15))
                if r.random() < 0.06:
                    q(tt - r.uniform(3, 60) * MIN, "call", num(tt), "in", self.ln(200, 0.8))
        elif c in ("loanfee", "credit"):
            if c == "credit":
                sc["var"] = r.choice(["credit_repair", "student_loan_cancel", "rate_cut"])
            elif r.random() < 0.6:
                q(
                    t - r.uniform(0.2, 30) * HOUR,
                    "sms",
                    num(t),
                    "【快贷】恭喜您获得%d万元信用额度，无抵押秒放款，点击 http://%s.vip/app 下载领取"
                    % (r.randrange(3, 30), self.eid()[-6:]),
                )
            byapp = r.random() < app * (0.9 if c == "loanfee" else 0.45)
            L = r.uniform(5, 20)
            if not byapp:
                stay = c == "credit" and r.random() < s["stay"]
                q(t, "call", num(t), "in", (r.uniform(40, 160) if stay else L) * 60)
            if c == "credit":
                meet(t + L * MIN)
                tt = loans(t + (L + r.uniform(10, 40)) * MIN, 1.1, 4, 11000) + 4 * MIN
                gather(tt)
                tt += 4 * MIN
                n = min(10, 2 + self.pois(2))
                for x in split(total, n):
                    pay(tt, human(x), frac=0.98)
                    tt += self.ln(14, 0.8) * MIN
                    if r.random() < 0.35:
                        tt = loans(tt + 15 * MIN, 0.7, 2, 9000) + 3 * MIN
            else:
                tt = t + self.ln(120, 1) * MIN
                n = min(6, 1 + self.pois(1.8))
                for x in split(total, n, 1.3):
                    borrow(tt - 6 * MIN, 0.35)
                    pay(tt, human(x), frac=0.98)
                    if r.random() < 0.25:
                        q(tt + r.uniform(3, 30) * MIN, "call", num(tt), r.choice(["in", "out"]), self.ln(150, 0.8))
                    tt += self.ln(80, 1.3) * MIN
                    hh = ((tt - START) % DAY) / HOUR
                    if hh < 7.5 or hh > 23.5:
                        tt += 10 * HOUR
        elif c == "shopping":
            sc["var"] = r.choice(
                ["cheap_phone", "cigarettes", "tickets", "pet", "second_hand", "luxury", "rent_deposit"]
            )
            if r.random() < 0.12:
                q(t - r.uniform(2, 60) * MIN, "call", num(t), r.choice(["in", "out"]), self.ln(120, 0.7))
            tt = t
            for x in split(total, 1 if r.random() < 0.6 else r.choice([2, 3])):
                pay(
                    tt,
                    self.rnd(x) if r.random() < 0.7 else x,
                    r.choice(["qr", "mobile", "mobile"]),
                    payee="same" if r.random() < 0.7 else None,
                    frac=0.9,
                )
                tt += self.ln(100, 1.2) * MIN
        elif c == "gaming":
            sc["var"] = r.choice(["account_sale", "skin_gift", "power_leveling", "minor_lift_limit"])
            if sc["var"] == "minor_lift_limit":  # a child with a parent's phone
                q(t - 4 * MIN, "call", num(t), "in", self.ln(300, 0.6))
            tt = t
            for x in split(total, min(8, 1 + self.pois(1.8)), 1.5):
                pay(tt, self.rnd(x) if r.random() < 0.5 else x, r.choice(["qr", "mobile"]), frac=0.95)
                tt += self.ln(13, 0.8) * MIN
        elif c == "boss":
            sc["var"] = "company_group"
            if r.random() < 0.2:
                q(t - 15 * MIN, "call", num(t), "in", self.ln(90, 0.6))
            q(t - 30 * MIN, "rich", total * r.uniform(1, 2.5))
            tt = t + r.uniform(15, 90) * MIN
            for x in split(total, r.choice([1, 1, 2])):
                pay(tt, self.rnd(x), r.choice(["web", "mobile"]), frac=0.95)
                tt += self.ln(25, 0.7) * MIN
        elif c == "relative":
            sc["var"] = r.choice(["grandchild_trouble", "leader_call", "friend_account_stolen"])
            tt = t
            if sc["var"] != "friend_account_stolen":
                nn = num(t)
                q(t - r.uniform(14, 28) * HOUR, "call", nn, "in", self.ln(80, 0.5)) if sc[
                    "var"
                ] == "leader_call" else None
                q(t, "call", nn, "in", self.ln(260, 0.7))
                tt = t + self.ln(35, 0.7) * MIN
                if r.random() < 0.4:
                    q(tt - 5 * MIN, "call", nn, "in", self.ln(120, 0.6))
            for x in split(total, r.choice([1, 1, 2, 3])):
                pay(tt, self.rnd(x), "counter" if p.kind == "elder" and r.random() < 0.4 else "mobile", frac=0.95)
                tt += self.ln(35, 0.9) * MIN
        elif c == "sextortion":
            sc["var"] = "nude_chat"
            if r.random() < 0.55:
                for _ in range(r.randrange(1, 5)):
                    q(t + r.uniform(10, 120) * MIN, "call", num(t), "in", 0 if r.random() < 0.5 else self.ln(70, 0.8))
            if r.random() < 0.3:
                q(t + 20 * MIN, "sms", num(t), "你的视频我已经存好了，通讯录都在我这，不转钱就群发，给你十分钟")
            tt = t + r.uniform(15, 60) * MIN
            for x in split(total, r.randrange(2, 8), 1.1):
                pay(tt, self.rnd(x), frac=0.97)
                tt += self.ln(35, 1.1) * MIN
        else:
            sc["var"] = r.choice(["etc_link", "medical_card_link", "subsidy_link"])
            q(
                t - r.uniform(5, 60) * MIN,
                "sms",
                num(t),
                r.choice(
                    [
                        "【ETC】您的ETC账户已停用，请登录 http://etc-%s.top 重新认证，逾期影响通行",
                        "【社保通知】您的电子医保凭证即将失效，请点击 http://yb-%s.cc 更新",
                        "【补贴】2025年个人劳动补贴已开放领取 http://bt%s.xyz",
                    ]
                )
                % self.eid()[-5:],
            )
            tt = t
            for x in split(total, r.randrange(1, 5)):  # done by the thief with the victim's codes
                q(
                    tt - r.uniform(15, 50) * 1000,
                    "sms",
                    p.acc[p.main][2][2],
                    "【%s】您正在绑定快捷支付，验证码%06d，请勿泄露。" % (p.acc[p.main][2][1], r.randrange(10**6)),
                )
                q(tt, "spay", "merchant", x, "web", 0.95)
                tt += self.ln(4, 0.7) * MIN
        if r.random() < 0.12:
            sc["gave"] = True

    def trials(self):
        """Calls to those who hang up."""
        r, s = self.r, self.s
        for n in list(self.nums.values()):
            for _ in range(self.pois(s["trial"] * 0.6)):
                p = r.choice(self.P)
                t = n["first"] + int(r.uniform(-0.3, 0.6) * DAY)
                if (
                    not START < t < self.ends - HOUR
                    or ((t - START) % DAY) / HOUR < 8.5
                    or ((t - START) % DAY) / HOUR > 21
                ):
                    continue
                p.trials += 1
                n["first"] = min(n["first"], t)
                p.acts.append((t, "call", n["peer"], "in", 0 if r.random() < 0.5 else min(1500, self.ln(28, 1.1))))

    # -- playing
    def play(self, p):
        r = self.r
        p.acts.sort(key=lambda x: x[0])
        # a scam's calls keep the line busy
        busy = [
            (x[0], x[0] + int(x[4]) * 1000 + 30000)
            for x in p.acts
            if x[1] == "call" and isinstance(x[-1], dict) and x[4] > 0
        ]
        last = 0
        sc0 = p.victim
        dead = None
        for x in p.acts:
            t, k = x[0], x[1]
            if t < START or t >= self.ends:
                if isinstance(x[-1], dict) and t >= self.ends:
                    x[-1]["cut"] = True
                continue
            sc = x[-1] if isinstance(x[-1], dict) else None
            ev = sc["ev"] if sc else None
            if sc and dead and t > dead:
                continue
            if k == "call":
                if not sc and (t < last or any(a - 60000 < t < b for a, b in busy)):
                    continue
                fwd = len(x) > 6 and x[5] is True
                self.call(p.ph, t, x[2], x[3], x[4], fwd=fwd, ev=ev)
                last = max(last, t + int(x[4]) * 1000)
            elif k == "sms":
                self.sms(p.ph, t, x[2], x[3], ev=ev)
            elif k == "credit":
                self.credit(p, t, x[2], x[3], x[4], ev)
            elif k == "rich":
                p.acc[p.main][1] += int(x[2] * 100)
                self.xfer(
                    t, (q := r.choice(self.realp))[0], p.acc[p.main][0], int(x[2] * 100), "mobile", name=p.name, ev=ev
                ) if r.random() < 0.7 else None
            elif k == "own":
                for i, a in enumerate(p.acc):
                    if i != p.main and a[1] > 30000 and (sc or r.random() < 0.5):
                        self.pay(p, t, (p.acc[p.main][0], p.name), a[1] * x[2] / 100, "mobile", a, ev)
                        p.acc[p.main][1] += int(a[1] * x[2]) if 0 else 0
                        t += int(r.uniform(40, 200) * 1000)
            elif k == "pay":
                self.pay(p, t, x[2], x[3], x[4], None, ev)
            elif k in ("cash", "cashc"):
                self.pay(p, t, None, x[2], "atm" if k == "cash" else "counter", None, ev)
            elif k == "bait":
                m = self.mule(sc["g"], t, sc) if r.random() < 0.5 else None
                fen = int(x[2] * 100)
                if r.random() < 0.6:  # the rest comes as red packets in a wallet
                    self.credit(p, t, (m["acc"] if m else r.choice(self.realp)[0], ""), fen / 100, None, ev)
                    sc["ret"] += fen
            elif k in ("spay", "scash", "sgold"):
                if dead:
                    continue
                self.spay(p, t, x, sc)
                if sc["gave"] and len(sc["pays"]) >= 1 and r.random() < 0.5:
                    dead = t
        if p.lender:
            pass

    def credit(self, p, t, payer, amt, label, ev=None):
        fen = int(amt * 100)
        a = p.acc[p.main]
        a[1] += fen
        if self.bank_of(payer[0])[3] and fen > 0:
            self.xfer(
                t,
                payer[0],
                a[0],
                fen,
                "mobile" if label != "工资" else "web",
                name=p.name if self.r.random() < 0.6 else None,
                ev=ev,
            )
        if p.nbank or label == "借款到账":
            b = a[2]
            self.sms(
                p.ph,
                t + 25000,
                b[2],
                "【%s】您尾号%s的账户%s收入人民币%.2f元%s。"
                % (b[1], a[0][-4:], "", amt, ",摘要:" + label if label else ""),
                ev=ev,
            )

    def pay(self, p, t, payee, amt, ch, acc=None, ev=None, want=None):
        r, fen = self.r, int(amt * 100)
        if fen <= 0:
            return None
        if acc is None:
            acc = p.acc[p.main]
            if acc[1] < fen or (r.random() < 0.25 and fen < 200000):
                ok = [a for a in p.acc if a[1] >= fen]
                if not ok:
                    return None
                acc = r.choice(ok)
        if acc[1] < fen:
            return None
        b = acc[2]
        if payee is None:
            payee = (self.cash[b[0]], "现金支取")
        dec = r.random() < 0.006 and ev is None
        new = payee[0] not in p.known
        p.known.add(payee[0])
        if not dec:
            acc[1] -= fen
            for a in p.acc:
                if a[0] == payee[0]:
                    a[1] += fen
        if not b[3]:
            return None
        tr = self.xfer(
            t,
            acc[0],
            payee[0],
            fen,
            ch,
            p.ph if r.random() < 0.97 or ev is not None else None,
            acc[1] if b[4] else None,
            payee[1] if b[6] and r.random() < 0.85 else None,
            new if b[5] else None,
            ev,
            None if r.random() < 0.5 else True,
            dec,
            p,
        )
        q = next((z for z in self.mules.values() if z["acc"] == payee[0]), None) if ev is not None else None
        if q:
            q["flow"].append((tr["posted_at"], fen))
        if p.nbank and not dec and (fen > 30000 or r.random() < 0.3):
            self.sms(
                p.ph,
                tr["posted_at"] + int(r.uniform(1, 9) * 1000),
                b[2],
                "【%s】您尾号%s的账户于%s支出人民币%.2f元%s，余额%.2f元。"
                % (b[1], acc[0][-4:], "", fen / 100, "(向%s)" % payee[1] if payee[1] else "", acc[1] / 100),
                ev=ev,
            )
        return tr

    def spay(self, p, t, x, sc):
        r, s, k = self.r, self.s, x[1]
        amt = x[2] if k != "spay" else x[3]
        have = sum(a[1] for a in p.acc) / 100
        mx = max(a[1] for a in p.acc) / 100
        acc = max(p.acc, key=lambda a: a[1])
        if amt > mx * 0.97:
            amt = mx * r.uniform(0.8, 0.98)
            amt = self.rnd(amt) if r.random() < 0.5 and self.rnd(amt) < mx else amt
        if amt < 20:
            return
        if k == "scash":
            tr = self.pay(p, t, None, amt, "counter", acc, sc["ev"])
        elif k == "sgold":
            tr = self.pay(p, t, r.choice(self.jewel), amt, r.choice(["pos", "pos", "mobile"]), acc, sc["ev"])
        else:
            pay, ch = x[2], x[4]
            if pay == "merchant":
                o = r.choice(ONLINE + ["财付通"])
                tr = self.pay(p, t, (self.online_acc.get(o) or self.pay_acc[o][0], o), amt, ch, acc, sc["ev"])
            elif amt < 20000 and r.random() < s["wallet"] and pay is None:
                # a collecting code of a payment firm: the bank sees the firm
                w = r.choice(["财付通", "支付宝"])
                tr = self.pay(
                    p,
                    t,
                    (r.choice(self.pay_acc[w]), w + "-" + r.choice(["便利店", "商行", "百货", "科技", "网络科技"])),
                    amt,
                    "qr",
                    acc,
                    sc["ev"],
                )
            else:
                m = sc.get("mule") if pay == "same" and sc.get("mule") else self.mule(sc["g"], t, sc)
                if pay == "same":
                    sc["mule"] = m
                    m["to"] = max(m["to"], t + DAY)
                tr = self.pay(p, t, (m["acc"], m["name"]), amt, ch, acc, sc["ev"])
        if tr:
            sc["pays"].append(tr)

    def mule_flow(self):
        """Money leaves a seen mule within minutes to hours; strangers elsewhere pay it too."""
        r = self.r
        for m in self.mules.values():
            if not m["seen"]:
                continue
            t0 = m["first"]
            for _ in range(self.pois(1.5)):  # victims in other cities
                t = t0 + int(r.uniform(-0.05, 0.6) * DAY)
                f = int(self.rnd(self.ln(6000, 1)) * 100)
                pa = self.acct()
                if self.bank_of(pa)[3]:
                    self.xfer(t, pa, m["acc"], f, "mobile", name=m["name"])
                m["flow"].append((t + 30000, f))
            for t, f in sorted(m["flow"]):
                g = self.G[m["gang"]]
                left = f
                for _ in range(r.choice([1, 1, 2, 3])):
                    y = int(left * r.uniform(0.4, 1)) // 100 * 100
                    if y > 10000:
                        left -= y
                        tt = t + int(self.ln(18, 1) * MIN)
                        if tt < self.ends:
                            u = r.random()
                            self.xfer(
                                tt,
                                m["acc"],
                                r.choice(g["lvl2"])
                                if u < 0.75
                                else self.cash[m["acc"][:6]]
                                if u < 0.9
                                else r.choice(self.jewel)[0],
                                y,
                                "mobile" if u < 0.75 else "atm" if u < 0.9 else "pos",
                                m["phone"] if m["loc"] else None,
                            )

    def run(self):
        a, r, s = self.a, self.r, self.s
        self.S = []
        self.people()
        self.gangs()
        self.scams()
        for p in self.P:
            self.life(p)
        self.trials()
        for p in self.P:
            self.play(p)
        self.mule_flow()
        # reports
        for sc in self.S:
            if sc["pays"] and r.random() < (0.45 if sc["total"] < 2000 else 0.75):
                lastp = sc["pays"][-1]["posted_at"]
                t = lastp + int(self.ln(30 if sc["cls"] in ("invest", "romance") else 9, 1.1) * HOUR)
                if t < self.ends:
                    sc["rep"] = t
                    self.emit(
                        t,
                        "police.reports",
                        sc["p"].ph,
                        dict(
                            report_id=self.eid("r"),
                            occurred_at=t,
                            subscriber=sc["p"].ph,
                            account=sc["pays"][0]["account"],
                            amount_minor=sum(y["amount_minor"] for y in sc["pays"]),
                            transaction_ids=[y["event_id"] for y in sc["pays"]][:64],
                            payee_accounts=list(dict.fromkeys(y["payee_account"] for y in sc["pays"]))[:64],
                            typology=sc["typ"] if r.random() < 0.8 else None,
                        ),
                    )
        ref = []
        for p in self.P:
            if p.isknown:
                v = dict(
                    subscriber=p.ph,
                    age_band=p.age if r.random() < 0.95 else None,
                    area=p.area,
                    occupation=dict(student="student", finance="finance", elder="retired").get(p.kind),
                    accounts=[x[0] for x in p.acc if x[2][3] and r.random() < 0.9],
                    handles=["wx_" + p.ph[-9:]],
                    trusted_peers=p.trust,
                    trusted_payees=[],
                )
                ref.append(("reference.subscribers", p.ph, v))
        wl = []
        for m in self.mules.values():
            if m["listed"]:
                wl.append((m["acc"], "account", "mule", max(START, m["first"] - int(r.uniform(-0.5, 1) * DAY))))
        for n in self.nums.values():
            if n["listed"]:
                wl.append((n["peer"], "peer", "scam", max(START, n["first"] - int(r.uniform(-0.3, 1) * DAY))))
        for _ in range(6):  # lists are old and wrong, too
            wl.append((r.choice(self.sales), "peer", "scam", START))
        for x in self.couriers[:1]:
            wl.append((x, "peer", "scam", START))
        wl.append((r.choice(self.realp)[0], "account", "mule", START))
        for _ in range(60):
            wl.append((self.mobile(), "peer", "scam", START))
        for val, kd, cat, t in wl:
            rec = dict(value=val, kind=kd, category=cat, source="exchange", added_at=t, expires_at=None)
            self.emit(t, "reference.watchlist", val, rec)
        self.out.sort(key=lambda x: (x[0], x[1]))
        with open(a.out, "w", encoding="utf-8") as f:
            for tp, k, v in ref:
                f.write(
                    json.dumps({"topic": tp, "key": k, "value": v}, ensure_ascii=False, separators=(",", ":")) + "\n"
                )
            for _, _, ln in self.out:
                f.write(ln + "\n")
        T = [
            dict(
                record="run",
                seed=a.seed,
                split=split_of(a.seed),
                set=a.set,
                people=a.people,
                days=a.days,
                starts_at=START,
                ends_at=self.ends,
            )
        ]
        for p in self.P:
            T.append(
                dict(record="person", subscriber=p.ph, kind=p.kind, age_band=p.age, is_known=p.isknown, trials=p.trials)
            )
        for sc in self.S:
            fc = sc["t"] if sc["cls"] not in ("invest", "romance") else max(START, sc["t"] - 6 * DAY)
            T.append(
                dict(
                    record="victim",
                    scam_id=sc["id"],
                    subscriber=sc["p"].ph,
                    typology=sc["typ"],
                    variant=sc["cls"] + "." + sc["var"],
                    gang=sc["g"]["i"],
                    first_contact_at=fc,
                    event_ids=list(dict.fromkeys(sc["ev"])),
                    payments=sc["pays"],
                    returned_minor=sc["ret"],
                    is_coached=sc["coached"],
                    gave_up=sc["gave"],
                    is_cut_short=sc["cut"],
                    reported_at=sc["rep"],
                )
            )
        for m in self.mules.values():
            T.append(
                dict(
                    record="mule",
                    account=m["acc"],
                    gang=m["gang"],
                    level=1,
                    phone=m["phone"],
                    is_local=bool(m["loc"]),
                    is_seen=bool(m["seen"]),
                    is_listed=m["listed"],
                    first_used_at=m["first"],
                    victims=m["victims"],
                )
            )
        for n in self.nums.values():
            T.append(
                dict(
                    record="number",
                    peer=n["peer"],
                    line=n["kind"],
                    gang=n["gang"],
                    is_listed=n["listed"],
                    first_used_at=n["first"],
                )
            )
        with open(a.truth, "w", encoding="utf-8") as f:
            for x in T:
                f.write(json.dumps(x, ensure_ascii=False) + "\n")


def main(args=None):
    """Write one; see the module."""
    ap = argparse.ArgumentParser(prog="python -m tests.second_city.city", description=__doc__.partition("\n")[0])
    for k, dv in (("people", 2000), ("days", 30), ("victims", 150), ("seed", 1)):
        ap.add_argument("--" + k, type=int, default=dv)
    ap.add_argument("--set", choices=list(LETTER), default="plain")
    ap.add_argument("--out", required=True)
    ap.add_argument("--truth", required=True)
    City(ap.parse_args(args)).run()


if __name__ == "__main__":
    main()
