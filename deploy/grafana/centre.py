"""*Centre*: what an officer on duty wants to know."""

from deploy.grafana.panels import (
    BLUE,
    GREEN,
    ORANGE,
    RED,
    YELLOW,
    Dashboard,
    Panel,
    Query,
    Row,
    Step,
    each,
    of,
    quantile_within,
    within,
)

NOW = Row("Now", (
    Panel(
        "stat", "Red alerts", "Times within the chosen period that somebody's risk rose to red.",
        (Query(within("interdict_alerts_total", "", 'level="red"', 'typology!="none"')),), "short", 3, 4, (Step(BLUE),),
        decimals=0,
    ),
    Panel(
        "stat", "Warnings sent", "Texts, voice-bot calls, officers' calls and visits ordered within the chosen period.",
        (Query(within("interdict_commands_total", "", 'action="dissuade"')),), "short", 3, 4, (Step(BLUE),),
        decimals=0,
    ),
    Panel(
        "stat", "Interceptions",
        "Suspensions, freezes, stopped payments and forced logins that executors carried out within the chosen period.",
        (Query(within("interdict_interceptions_total")),), "short", 3, 4, (Step(BLUE),), decimals=0,
    ),
    Panel(
        "stat", "Money protected", "Sum of the payments that were stopped at the payee's within the chosen period.",
        (Query(within("interdict_money_held_yuan_total")),), "currencyCNY", 3, 4, (Step(GREEN),), decimals=0,
    ),
    Panel(
        "stat", "Open cases", "Persons whose relay runs now.",
        (Query(f"sum({of('interdict_open_cases')})"),), "short", 3, 4, (Step(BLUE),), decimals=0,
    ),
    Panel(
        "stat", "First contact, red",
        "Half of the red cases of the chosen period were spoken to sooner than this after the case opened. Over five "
        "minutes is the deadline of a red call.",
        (Query(quantile_within(0.5, "interdict_first_contact_seconds", "", 'level="red"')),), "s", 3, 4,
        (Step(GREEN), Step(YELLOW, 300), Step(RED, 900)), decimals=0,
    ),
    Panel(
        "stat", "Limiter",
        "Measures of the last ten minutes that a limit holds back. They wait for an officer's yes: look at the queue.",
        (Query(f"sum(increase({of('interdict_limiter_tripped_total')}[10m]))"),), "short", 3, 4,
        (Step(GREEN), Step(RED, 0.5)), {0: ("quiet", GREEN)}, decimals=0,
    ),
    Panel(
        "stat", "Kill switch", "While it is on, suspensions and freezes are held back. Warnings go out all the same.",
        (Query(f"max({of('interdict_kill_switch')})"),), "short", 3, 4,
        (Step(GREEN), Step(RED, 1)), {0: ("off", GREEN), 1: ("ON", RED)},
    ),
))  # fmt: skip

HAPPENING = Row("What happens", (
    Panel(
        "bars", "Alerts by level", "How many persons' risk reached each level, in each bar.",
        (Query(each("interdict_alerts_total", "level", 'level!="none"', 'typology!="none"'), "{{level}}"),), "short", 8,
        stacked=True,
    ),
    Panel(
        "bars", "Commands by action", "What was ordered, in each bar. Restore and release give back what was taken.",
        (Query(each("interdict_commands_total", "action"), "{{action}}"),), "short", 8, stacked=True,
    ),
    Panel(
        "bars", "Interceptions by measure", "Measures that executors carried out, in each bar.",
        (Query(each("interdict_interceptions_total", "action"), "{{action}}"),), "short", 8, stacked=True,
    ),
))  # fmt: skip

CASES = Row("Cases", (
    Panel(
        "lines", "Open cases by state",
        "Where the relays stand. Many visiting or escalated: officers are needed outside.",
        (Query(f"sum by (state) ({of('interdict_open_cases')}) > 0", "{{state}}"),), "short", 8, stacked=True,
    ),
    Panel(
        "lines", "Open cases by age",
        "How long cases have been open, in event time. Old ones that grow were forgotten.",
        (Query(f"sum by (age) ({of('interdict_open_cases')})", "{{age}}"),), "short", 8, stacked=True,
    ),
    Panel(
        "bars", "Cases opened and closed", "In each bar; closed as safe, as a false alarm, or because all was quiet.",
        (Query(each("interdict_cases_opened_total"), "opened"),
         Query(each("interdict_cases_closed_total", "closed_as"), "closed: {{closed_as}}")), "short", 8,
    ),
    Panel(
        "lines", "Time to first contact",
        "From a case's opening until somebody spoke to the person, in event time: half, and nine in ten, within this.",
        (Query(quantile_within(0.5, "interdict_first_contact_seconds", "level"), "{{level}} p50"),
         Query(quantile_within(0.9, "interdict_first_contact_seconds", "level"), "{{level}} p90")), "s", 8,
    ),
    Panel(
        "bars", "What is told",
        "Outcomes of commands, in each bar. Many `unreachable` or `failed`: relays go on to the next step.",
        (Query(each("interdict_outcomes_total", "outcome", 'taken="taken"'), "{{outcome}}"),), "short", 8, stacked=True,
    ),
    Panel(
        "bars", "Words not taken",
        "Outcomes that came late, twice, against what was told before, or of unknown commands.",
        (Query(each("interdict_outcomes_total", "taken", 'taken!="taken"'), "{{taken}}"),), "short", 8, stacked=True,
    ),
))  # fmt: skip

ACCOUNTS = Row("Accounts", (
    Panel(
        "bars", "Accounts graded",
        "How many accounts' grades rose to each level, in each bar, by how money goes through them. Evidence on "
        "whoever pays there.",
        (Query(each("interdict_accounts_graded_total", "level"), "{{level}}"),), "short", 12, stacked=True,
    ),
    Panel(
        "bars", "Accounts left alone",
        "Times that an account would have had a grade, but the policy or an officer's word spares it, in each bar. "
        "Many by officers, and nobody knows of them: look at who cleared what.",
        (Query(each("interdict_accounts_spared_total", "by"), "by {{by}}"),), "short", 12, stacked=True,
    ),
))  # fmt: skip

WHERE = Row("By kind of fraud and by area", (
    Panel(
        "ranking", "Cases by typology", "Cases opened within the chosen period.",
        (Query(f"sort_desc({within('interdict_cases_opened_total', 'typology')} > 0)", "{{typology}}"),), "short", 6, 9,
        (Step(ORANGE),), decimals=0,
    ),
    Panel(
        "ranking", "Money protected by typology", "Stopped payments of the chosen period.",
        (Query(f"sort_desc({within('interdict_money_held_yuan_total', 'typology')} > 0)", "{{typology}}"),),
        "currencyCNY", 6, 9,
        (Step(GREEN),), decimals=0,
    ),
    Panel(
        "table", "By area",
        "The ten areas with the most cases of the chosen period. `unknown`: the register names none.",
        (Query(f"topk(10, {within('interdict_cases_opened_total', 'area')})", "Cases"),
         Query(within("interdict_interceptions_total", "area"), "Interceptions"),
         Query(within("interdict_money_held_yuan_total", "area"), "Money protected, CNY")), "short", 12, 9,
        columns={"area": "Area"}, decimals=0,
    ),
))  # fmt: skip

OFFICERS = Row("Officers", (
    Panel(
        "bars", "Tasks that found nobody free", "In each bar. Red ones should never wait: call people in.",
        (Query(each("interdict_tasks_queued_total", "level"), "{{level}}"),), "short", 6, stacked=True,
    ),
    Panel(
        "bars", "Steps not done in time", "Relay steps past their deadline, by the state they were in, in each bar.",
        (Query(each("interdict_relay_overdue_total", "state"), "{{state}}"),), "short", 6, stacked=True,
    ),
    Panel(
        "bars", "Waiting for an officer's yes", "Measures proposed instead of ordered, and why, in each bar.",
        (Query(each("interdict_proposals_total", "why"), "{{why}}"),), "short", 6, stacked=True,
    ),
    Panel(
        "bars", "Handed over, limited, full",
        "Tasks still open when their shift ended, measures that a limit held back, and cases that hold as many "
        "measures as they can, in each bar.",
        (Query(each("interdict_tasks_handed_over_total"), "handed over"),
         Query(each("interdict_limiter_tripped_total", "limit"), "limit: {{limit}}"),
         Query(each("interdict_cases_full_total"), "case full")), "short", 6, stacked=True,
    ),
))  # fmt: skip

CENTRE = Dashboard(
    "interdict-centre", "Interdict: Centre",
    "For the officer on duty: whom we warned, what was stopped, who waits for whom.",
    (NOW, HAPPENING, CASES, WHERE, ACCOUNTS, OFFICERS), since="now-12h", refresh="30s",
)  # fmt: skip
