"""How scams go: who is tried, how long they take, what they cost, what becomes of the money, what is known beforehand."""

from interdict.city.town.ranges import ASSUMED, Range

MULES = "domain, mule accounts"
TRACING = "domain, tracing money"

# fmt: off
RANGES = (
    Range("crime.trials_a_victim", (15, 45), (15, 60), "people who are tried and pay nothing, a victim", ASSUMED),
    Range("crime.quit_share", (0.01, 0.04), (0.01, 0.08), "share who give up at a step", ASSUMED),
    Range("crime.coached_share", (0.3, 0.6), (0.4, 0.8), "share of victims of those scams that coach", "domain, coached victims: qualitative; " + ASSUMED),
    Range("crime.hushed_share", (0.5, 0.9), (0.5, 1.0), "share of calls that a coached victim lets ring", "domain, coached victims: qualitative; " + ASSUMED),
    Range("crime.warned_share", (0.1, 0.4), (0.05, 0.3), "share of victims whom 96110 rings up in vain", ASSUMED),
    Range("crime.reported_share", (0.5, 0.85), (0.3, 0.7), "share of victims who report", ASSUMED),
    Range("crime.report_median_h", (3, 18), (6, 72), "h from the last payment", ASSUMED),
    Range("crime.silent_share", (0.1, 0.25), (0.25, 0.55), "share of steps in calls and texts that happen in an app instead", ASSUMED),
    Range("crime.spread", (0.6, 0.9), (0.7, 1.2), "log, of every amount", "heavy tail; " + ASSUMED),
    Range("crime.round_share", (0.4, 0.7), (0.2, 0.7), "share of amounts that are round", "domain, mule accounts: round sums"),
    Range("crime.under_share", (0.08, 0.2), (0.03, 0.25), "share of amounts just under a round threshold", "domain, mule accounts: 5.3 times over-represented"),

    Range("gang.victims", (4, 9), (3, 15), "victims a gang", ASSUMED),
    Range("gang.campaign_days", (3, 12), (2, 25), "days, mean from a gang's first victim of the town to its others", ASSUMED),
    Range("gang.trades", (1.5, 3), (1, 4), "typologies a gang lives by, mean", ASSUMED),
    Range("gang.number_days", (1.5, 6), (0.5, 4), "days a number is used", "domain, scam numbers: shut within 30 min at best"),
    Range("gang.mule_days", (1.5, 7), (0.5, 5), "days an account is used", MULES),
    Range("gang.mules_at_once", (1.5, 6), (1, 10), "accounts", ASSUMED),
    Range("gang.told_h", (1, 24), (0.3, 24), "hours a victim is told the same account, mean of a middling gang", "reported: each task of a brushing scam to another account; " + ASSUMED),
    Range("gang.local_mule_share", (0.05, 0.2), (0.1, 0.4), "share of accounts that are townspeople's", ASSUMED),
    Range("gang.firm_mule_share", (0.1, 0.3), (0.1, 0.4), "share of accounts that bear a firm's name", ASSUMED),
    Range("gang.resold_share", (0.1, 0.35), (0.05, 0.3), "share of mobile numbers of virtual operators", ASSUMED),
    Range("gang.foreign_share", (0.05, 0.2), (0.02, 0.15), "share of numbers", ASSUMED),
    Range("gang.voip_share", (0.1, 0.3), (0.05, 0.25), "share of numbers", ASSUMED),
    Range("gang.gateway_share", (0.2, 0.5), (0.3, 0.7), "share of its texts that come from a number that begins with 106", ASSUMED),
    Range("gang.fixed_share", (0.03, 0.12), (0.03, 0.15), "share of numbers", ASSUMED),

    Range("mule.empty_median_min", (3, 15), (2, 60), "min from money in to money out", TRACING + ": 6 min to crypto"),
    Range("mule.empty_sigma", (0.6, 1.0), (0.8, 1.4), "log", ASSUMED),
    Range("mule.emptied_share", (0.85, 0.98), (0.7, 0.99), "share of a payment that is sent on", MULES + ": 80 % or more within 48 h"),
    Range("mule.ways", (1.5, 3), (1, 4), "parts it is split into", ASSUMED),
    Range("mule.levels", (1.6, 3.4), (1.2, 5.4), "levels of accounts", TRACING + ": 5 levels"),
    Range("mule.seen_share", (0.75, 0.95), (0.4, 0.8), "share of mules whose bank is in the feed", ASSUMED),
    Range("mule.phone_share", (0.1, 0.4), (0.05, 0.4), "share of mules whose bank tells a phone", ASSUMED),
    Range("mule.tested_share", (0.3, 0.7), (0.2, 0.8), "share of mules tried with a small sum before", MULES + ": dormant, then active"),
    Range("mule.elsewhere_a_day", (0.3, 2.0), (0.1, 3.0), "payments a day by victims of other towns, an account in use", MULES + ": unrelated payers fan in; " + ASSUMED),
    Range("mule.elsewhere_cny", (2_000, 12_000), (1_000, 25_000), "CNY, median of those", ASSUMED),
    Range("mule.exit_share", (0.3, 0.6), (0.3, 0.8), "share of parts that leave at a level by cash, coins or gold", TRACING),

    Range("watch.mules_share", (0.08, 0.25), (0.0, 0.1), "share of mules listed beforehand", ASSUMED),
    Range("watch.numbers_share", (0.08, 0.25), (0.0, 0.1), "share of numbers listed beforehand", ASSUMED),
    Range("watch.wrong_share", (0.05, 0.2), (0.2, 0.6), "wrong entries, relative to the right ones", "domain: numbers are spoofed and recycled; " + ASSUMED),
    Range("watch.after_report_h", (4, 30), (12, 96), "h from a report to the list", ASSUMED),

    Range("grip.call_s", (300, 900), (120, 900), "s, median of a call that opens", ASSUMED),
    Range("grip.long_s", (240, 900), (120, 900), "s that a long call goes on after its last step", ASSUMED),
    Range("groom.days_min", (4_000, 12_000), (2_500, 20_000), "min, median", ASSUMED),
    Range("groom.weeks_min", (9_000, 22_000), (6_000, 32_000), "min, median", ASSUMED),

    Range("bait.cny", (40, 180), (20, 400), "CNY, median of a first stake", ASSUMED),
    Range("bait.margin", (1.05, 1.4), (1.01, 1.5), "returned, as a factor", "domain: net out what the scammers had already paid back"),
    Range("bait.gift_cny", (4, 20), (3, 50), "CNY, median", ASSUMED),
    Range("stake.grow", (1.5, 2.6), (1.2, 3.0), "factor from one stake to the next", ASSUMED),
    Range("stake.left", (0.2, 0.5), (0.1, 0.6), "share of all that a victim has", ASSUMED),
    Range("all.left", (0.55, 0.95), (0.4, 0.98), "share of all that a victim has", ASSUMED),
    Range("invest.first_cny", (800, 5_000), (500, 12_000), "CNY, median", ASSUMED),
    Range("invest.later_cny", (8_000, 30_000), (5_000, 50_000), "CNY, median", ASSUMED),
    Range("fee.small_cny", (400, 1_800), (200, 3_000), "CNY, median", ASSUMED),
    Range("fee.big_cny", (2_000, 8_000), (1_000, 15_000), "CNY, median", ASSUMED),
    Range("boss.cny", (30_000, 150_000), (20_000, 300_000), "CNY, median", ASSUMED),
    Range("goods.cny", (250, 1_500), (100, 4_000), "CNY, median", ASSUMED),
    Range("hush.cny", (500, 2_500), (300, 5_000), "CNY, median", ASSUMED),
    Range("game.cny", (80, 500), (50, 1_000), "CNY, median", ASSUMED),
    Range("elder.cny", (3_000, 15_000), (1_500, 30_000), "CNY, median", ASSUMED),
    Range("crisis.cny", (15_000, 50_000), (10_000, 80_000), "CNY, median", ASSUMED),
    Range("quick_loan.cny", (10_000, 50_000), (5_000, 100_000), "CNY, median of what a victim borrows", ASSUMED),
)
# fmt: on
