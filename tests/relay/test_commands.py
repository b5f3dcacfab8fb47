"""What each level does, to whom, and how often: the commands that leave."""

from agents.relay.commands import in_place
from agents.relay.playbook import Playbook
from schemas.codec import encode
from schemas.commands import Command
from schemas.ids import command_id
from schemas.spans import DAY_MS, HOUR_MS
from schemas.topics import DISSUASION, ORDERS
from tests.kit.story import ABROAD, ME, MIDDAY, MULE, MY_ACCOUNT, POLICE_TEXT, STRANGER, Story, robbed_on_the_phone


def test_red_calls_suspends_freezes_stops_and_forces_a_login() -> None:
    story = robbed_on_the_phone()
    assert {"call", "suspend", "freeze", "stop_payment", "force_login"} <= story.steps


def test_the_gentlest_leaves_first_and_then_the_stop_at_the_payee() -> None:
    story = Story(handles=["wx_me"])
    story.habits()
    story.call(0, ABROAD, peer_type="foreign")
    led_to = [output.value for output in story.pay(40, MULE, 50_000, 1_000)]
    commanded = [command.action for command in led_to if hasattr(command, "command_id")]  # type: ignore[attr-defined]
    assert commanded[:2] == ["hold", "stop_payment"]


def test_without_a_messaging_handle_no_login_is_forced() -> None:
    story = robbed_on_the_phone(Story(handles=[]))
    assert "force_login" not in story.steps
    assert "freeze" in story.steps


def test_a_step_is_done_to_a_target_once_a_case() -> None:
    story = robbed_on_the_phone()
    before = len(story.commands)
    story.pay(40.4, MULE, 50_000, 10_000, phase="posted")
    assert len(story.commands) == before
    assert len({command.command_id for command in story.commands}) == before


def test_a_second_payment_to_a_stopped_payee_is_stopped_too() -> None:
    story = robbed_on_the_phone()
    before = len(story.commands)
    story.pay(40.2, MULE, 5_000, 5_000)
    told = [(c.action, c.amount_minor) for c in story.commands[before:]]
    assert told == [("hold", 500_000), ("stop_payment", 500_000)]


def test_another_mule_of_the_same_case_is_stopped_too() -> None:
    story = robbed_on_the_phone()
    other = MULE[:-1] + "2"
    led_to = [output.value for output in story.pay(40.5, other, 5_000, 5_000) if output.topic.kind == "action"]
    assert [(c.action, c.payee_account or c.account) for c in led_to] == [("hold", other), ("stop_payment", other)]


def test_in_place_of_a_command_that_is_too_large_the_desk_gets_a_task() -> None:
    for output in robbed_on_the_phone().outputs:
        task = in_place(output)
        command = output.value.command if output.topic is ORDERS else output.value
        if not isinstance(command, Command):
            assert task is None, "an alert asks nothing of anybody"
            continue
        assert task is not None
        assert (task.topic, task.key) == (DISSUASION, ME)
        assert (task.value.channel, task.value.why, task.value.about) == ("desk", "too_large", command.command_id)
        assert task.value.case_id == command.case_id
        assert task.value.command_id != command.command_id
        assert len(encode(task.value)) < 1_000, "nothing in it can be long"


def test_a_command_id_follows_from_case_step_and_target() -> None:
    commands = {command.action: command for command in robbed_on_the_phone().commands}
    freeze = commands["freeze"]
    assert freeze.command_id == command_id(freeze.case_id, "1/freeze-1", MY_ACCOUNT)
    assert commands["suspend"].command_id == command_id(freeze.case_id, "1/suspend-1", ME)


def test_everything_taken_says_until_when() -> None:
    expires_h = Playbook.load().expires_h
    hours = {action: getattr(expires_h, action) for action in ("suspend", "freeze", "stop_payment", "force_login")}
    assert hours["stop_payment"] == 48
    for command in robbed_on_the_phone().commands:
        if command.action in hours:
            assert command.expires_at - command.issued_at == hours[command.action] * HOUR_MS


def test_an_officer_is_told_what_to_say_and_by_when() -> None:
    call = next(c for c in robbed_on_the_phone().commands if getattr(c, "channel", None) == "call")
    assert "安全账户" in call.script
    assert call.deadline_at - call.issued_at in (5 * 60_000, 15 * 60_000)
    assert call.caused_by in {event for reason in call.reasons for event in reason.event_ids}


def test_after_a_quiet_day_the_case_is_over_and_a_new_one_commands_again() -> None:
    story = robbed_on_the_phone()
    first = story.commands[-1].case_id
    later = 3 * DAY_MS / 60_000
    story.call(later, "+85298887777", peer_type="foreign")
    story.text(later + 5, STRANGER, POLICE_TEXT)
    story.pay(later + 40, MULE[:-1] + "9", 9_000, 500)
    assert story.alerts[-1].level == "red"
    assert story.commands[-1].case_id != first


def test_the_account_frozen_is_the_one_that_paid() -> None:
    freezes = [c.account for c in robbed_on_the_phone().commands if c.action == "freeze"]
    assert freezes == [MY_ACCOUNT]


def test_every_alert_tells_the_change_and_hangs_together() -> None:
    story = robbed_on_the_phone()
    previous = [None, *story.levels[:-1]]
    assert [alert.previous_level for alert in story.alerts] == previous
    assert len({alert.case_id for alert in story.alerts}) == 1
    assert all(MIDDAY <= alert.occurred_at < MIDDAY + DAY_MS for alert in story.alerts)
