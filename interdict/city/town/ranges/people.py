"""How people live: how much they call, write and buy, and what the feeds tell of it."""

from interdict.city.town.ranges import ASSUMED, Range

LOAD = "design, section 1: 4.5 M people make about 800 events/s, which is 15 a person and day"

# fmt: off
RANGES = (
    Range("people.known_share", (0.85, 0.97), (0.6, 0.9), "share", ASSUMED),
    Range("people.trusted_share", (0.5, 0.9), (0.1, 0.6), "share of family that the centre knows", ASSUMED),
    Range("people.activity_sigma", (0.4, 0.7), (0.6, 1.0), "log", "heavy tail; " + ASSUMED),
    Range("people.kin_abroad_share", (0.02, 0.05), (0.04, 0.1), "share", ASSUMED),
    Range("people.second_bank_share", (0.35, 0.6), (0.5, 0.8), "share", ASSUMED),
    Range("people.third_bank_share", (0.1, 0.3), (0.2, 0.5), "share of those with two", ASSUMED),
    Range("people.tenant_share", (0.2, 0.4), (0.25, 0.5), "share", ASSUMED),
    Range("people.notices_share", (0.4, 0.8), (0.2, 0.6), "share whose bank texts them each payment", ASSUMED),
    Range("people.contacts_zipf", (0.9, 1.3), (0.8, 1.5), "exponent", "Zipf; " + ASSUMED),

    Range("calls.out_a_day", (0.9, 1.5), (0.8, 1.8), "calls a person and day", LOAD),
    Range("calls.in_a_day", (0.5, 0.9), (0.7, 1.5), "calls a day from outside one's circle", LOAD),
    Range("calls.unanswered_share", (0.2, 0.35), (0.3, 0.5), "share", ASSUMED),
    Range("calls.private_median_s", (60, 110), (60, 140), "s", ASSUMED),
    Range("calls.private_sigma", (1.0, 1.3), (1.1, 1.5), "log", "heavy tail; " + ASSUMED),
    Range("calls.video_share", (0.01, 0.04), (0.02, 0.08), "share of private calls", ASSUMED),
    Range("calls.type_untold_share", (0.0, 0.05), (0.1, 0.5), "share of calls", ASSUMED),
    Range("calls.national_share", (0.0, 0.02), (0.05, 0.3), "share of callers that one network writes without +86", ASSUMED),
    Range("calls.hidden_share", (0.0, 0.004), (0.002, 0.01), "share of calls from outside", ASSUMED),
    Range("calls.forwarded_share", (0.0, 0.005), (0.002, 0.02), "share of calls from outside", ASSUMED),
    Range("calls.weekend_factor", (0.75, 0.95), (0.7, 1.1), "factor", ASSUMED),

    Range("texts.in_a_day", (1.6, 2.8), (1.5, 4.0), "texts a person and day besides banks' notices", LOAD),
    Range("people.texts_told_share", (0.95, 1.0), (0.4, 0.9), "share of people whose network shows texts at all", ASSUMED),
    Range("texts.private_a_day", (0.05, 0.15), (0.05, 0.3), "texts sent a person and day", ASSUMED),
    Range("texts.disguise_share", (0.0, 0.1), (0.15, 0.5), "share of hooks and advertisements that are spelt to slip through", ASSUMED),

    Range("money.buys_a_day", (1.0, 1.9), (0.9, 2.4), "purchases a person and day", LOAD),
    Range("money.gives_a_week", (0.9, 1.8), (0.9, 2.8), "transfers to persons a person and week", ASSUMED),
    Range("money.buy_median_cny", (18, 35), (15, 50), "CNY", ASSUMED),
    Range("money.buy_sigma", (0.9, 1.2), (1.0, 1.5), "log", "heavy tail; " + ASSUMED),
    Range("money.give_median_cny", (90, 220), (80, 350), "CNY", ASSUMED),
    Range("money.give_sigma", (1.1, 1.4), (1.2, 1.7), "log", "heavy tail; " + ASSUMED),
    Range("money.new_shop_share", (0.04, 0.10), (0.07, 0.18), "share of purchases", ASSUMED),
    Range("money.new_person_share", (0.12, 0.25), (0.18, 0.4), "share of transfers to persons", ASSUMED),
    Range("money.shared_account_share", (0.3, 0.6), (0.3, 0.7), "share of purchases that reach a payment firm's own account", ASSUMED),
    Range("money.post_median_s", (20, 40), (15, 50), "s from initiated to posted", ASSUMED),
    Range("money.declined_share", (0.004, 0.015), (0.005, 0.03), "share of transfers", ASSUMED),
    Range("money.reversed_share", (0.002, 0.008), (0.002, 0.015), "share of purchases", ASSUMED),
    Range("money.code_share", (0.3, 0.6), (0.1, 0.6), "share of transfers to new payees that a code precedes", ASSUMED),
    Range("money.weekend_factor", (1.05, 1.3), (1.0, 1.5), "factor", ASSUMED),
    Range("money.gets_a_week", (0.4, 1.0), (0.4, 1.6), "transfers from persons elsewhere a person and week", ASSUMED),
    Range("money.passed_on_share", (0.02, 0.06), (0.04, 0.15), "share of larger sums paid elsewhere that are moved on within the day", "domain: look like mules and are not"),
    Range("money.outside_phone_share", (0.1, 0.4), (0.05, 0.4), "share of payers elsewhere whose phone the bank tells", ASSUMED),
    Range("money.counter_share", (0.05, 0.2), (0.1, 0.4), "share of elders' transfers to persons that are made at the counter", ASSUMED),
    Range("money.name_untold_share", (0.1, 0.3), (0.3, 0.8), "share of transfers", ASSUMED),
    Range("money.newness_untold_share", (0.0, 0.1), (0.1, 0.6), "share of accounts whose bank does not tell", ASSUMED),
    Range("money.balance_untold_share", (0.0, 0.15), (0.1, 0.6), "share of accounts whose bank does not tell", ASSUMED),
    Range("money.savings_months", (3.0, 8.0), (2.0, 12.0), "median savings, months of income", ASSUMED),
    Range("money.savings_sigma", (0.9, 1.2), (1.0, 1.5), "log", "heavy tail; " + ASSUMED),
    Range("money.wage_median_cny", (5_000, 8_000), (4_000, 11_000), "CNY a month", ASSUMED),
    Range("money.wage_sigma", (0.35, 0.55), (0.4, 0.7), "log", ASSUMED),
    Range("money.sweep_share", (0.6, 0.9), (0.7, 0.98), "share of a day's takings that dealers and leaders pay on", "domain: look like mules and are not"),
)
# fmt: on
