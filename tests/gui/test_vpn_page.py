"""The VPN page: the sentence about protection for every state, and what stands behind it."""

import dataclasses
import datetime

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from acedesk.errors import RuntimeState
from acedesk.model.engine import BackendKind, EngineHealth, EngineId
from acedesk.model.snapshot import EngineView, RuntimeView, Snapshot, VpnState, VpnView
from acedesk.ui.vpn.page import VpnPage
from acedesk.ui.vpn.protection import Mood, describe, exit_words, routes
from tests.gui.fake_desk import FakeDesk, empty_snapshot
from tests.gui.waiting import until

NOON = datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.UTC)


def engine(
    name: str, backend: BackendKind = BackendKind.DOCKER, *, inside: bool = False
) -> EngineView:
    return EngineView(
        id=EngineId(name),
        name=name,
        backend=backend,
        host="127.0.0.1",
        port=6878,
        health=EngineHealth.READY,
        vpn_container="gluetun" if inside else "",
    )


def inside(name: str) -> EngineView:
    """Return an engine in the network of the VPN's container."""
    return engine(name, inside=True)


def vpn(state: VpnState) -> VpnView:
    return VpnView(
        state=state,
        container_name="gluetun",
        public_ip="185.107.56.12",
        country="Netherlands",
        forwarded_port=51234,
        checked_time=NOON,
    )


def snapshot(view: VpnView, *engines: EngineView) -> Snapshot:
    return Snapshot(
        time=NOON, version="1", base_url="http://127.0.0.1:8080", vpn=view, engines=engines
    )


@pytest.mark.parametrize(
    ("state", "names", "mood", "title"),
    [
        (VpnState.UNKNOWN, (), Mood.WORKING, "Looking for a VPN"),
        (VpnState.NO_RUNTIME, (), Mood.IDLE, "No VPN seen"),
        (VpnState.NO_RUNTIME, ("engine-1",), Mood.WARN, "VPN not seen"),
        (VpnState.ABSENT, (), Mood.IDLE, "No VPN used"),
        (VpnState.ABSENT, ("engine-1",), Mood.BAD, "Blocked"),
        (VpnState.STOPPED, (), Mood.IDLE, "VPN not used"),
        (VpnState.CONNECTING, (), Mood.IDLE, "VPN not used"),
        (VpnState.UNHEALTHY, (), Mood.IDLE, "VPN not used"),
        (VpnState.STOPPED, ("engine-1",), Mood.BAD, "Blocked"),
        (VpnState.CONNECTING, ("engine-1",), Mood.WORKING, "Connecting"),
        (VpnState.UNHEALTHY, ("engine-1",), Mood.BAD, "VPN is not working"),
        (VpnState.CONNECTED, ("engine-1",), Mood.GOOD, "Protected"),
    ],
)
def test_every_state_has_a_title_and_a_sentence(
    state: VpnState, names: tuple[str, ...], mood: Mood, title: str
) -> None:
    told = describe(snapshot(vpn(state), *map(inside, names)))

    assert (told.mood, told.title) == (mood, title)
    assert told.text.endswith((".", "!"))


@pytest.mark.parametrize(
    ("state", "mood", "title"),
    [
        (VpnState.NO_RUNTIME, Mood.WARN, "VPN not seen"),
        (VpnState.ABSENT, Mood.BAD, "No VPN found"),
        (VpnState.STOPPED, Mood.BAD, "Not protected"),
        (VpnState.CONNECTING, Mood.WORKING, "Connecting"),
        (VpnState.UNHEALTHY, Mood.BAD, "VPN is not working"),
    ],
)
def test_a_vpn_that_the_settings_count_on_is_a_trouble_though_no_engine_is_inside(
    state: VpnState, mood: Mood, title: str
) -> None:
    told = describe(snapshot(dataclasses.replace(vpn(state), wanted=True)))

    assert (told.mood, told.title) == (mood, title)


@pytest.mark.parametrize("backend", [BackendKind.DEMO, BackendKind.DOCKER])
def test_a_stopped_vpn_of_somebody_else_is_no_trouble(backend: BackendKind) -> None:
    told = describe(snapshot(vpn(VpnState.STOPPED), engine("engine-1", backend)))

    assert told.mood is Mood.IDLE
    assert told.text == "The container gluetun is there but not running. No engine uses it."


def test_protected_names_the_exit_and_the_port() -> None:
    told = describe(snapshot(vpn(VpnState.CONNECTED), inside("engine-1")))

    assert told.text == ("engine-1 leaves through the Netherlands (185.107.56.12), port 51234.")


def test_an_engine_outside_the_vpn_is_never_called_protected() -> None:
    outside = engine("engine-2")

    partly = describe(snapshot(vpn(VpnState.CONNECTED), inside("engine-1"), outside))
    not_at_all = describe(snapshot(vpn(VpnState.CONNECTED), engine("engine-1"), outside))

    assert partly.title == "Partly protected"
    assert "engine-2 does not" in partly.text
    assert not_at_all.title == "Not protected"
    assert "engine-1 and engine-2 use this computer’s own address" in not_at_all.text


def test_the_name_of_an_engine_inside_protects_no_other() -> None:
    names = dataclasses.replace(vpn(VpnState.CONNECTED), engines=("engine-1",))

    told = describe(snapshot(names, engine("engine-1")))

    assert told.title == "Not protected"


def test_engines_that_cannot_be_seen_are_said_to_be_unseen() -> None:
    found = routes(
        snapshot(
            vpn(VpnState.CONNECTED),
            inside("engine-1"),
            engine("mine", BackendKind.STATIC),
            engine("demo", BackendKind.DEMO),
        )
    )

    assert [route.inside for route in found] == [True, None, None]


def test_docker_trouble_is_told_in_the_words_used_everywhere() -> None:
    picture = dataclasses.replace(
        snapshot(VpnView(state=VpnState.NO_RUNTIME)),
        runtime=RuntimeView(state=RuntimeState.NOT_RUNNING),
    )

    assert "Docker is installed but not running." in describe(picture).text


def test_unknown_exits_leave_no_gaps_in_the_sentence() -> None:
    assert exit_words(VpnView()) == "the VPN"
    assert exit_words(VpnView(country="Spain")) == "Spain"
    assert exit_words(VpnView(public_ip="185.107.56.12")) == "185.107.56.12"


@pytest.mark.parametrize(
    ("state", "mood"),
    [
        (VpnState.CONNECTED, Mood.GOOD),
        (VpnState.CONNECTING, Mood.WORKING),
        (VpnState.STOPPED, Mood.BAD),
        (VpnState.UNHEALTHY, Mood.BAD),
    ],
)
def test_an_engine_inside_a_vpn_that_is_down_is_not_shown_as_well(
    state: VpnState, mood: Mood
) -> None:
    found = routes(snapshot(vpn(state), inside("engine-1")))

    assert found[0].mood is mood


def test_an_engine_in_docker_is_unknown_while_docker_cannot_be_seen() -> None:
    picture = snapshot(VpnView(state=VpnState.NO_RUNTIME), engine("engine-1"), inside("engine-2"))

    assert [route.inside for route in routes(picture)] == [None, None]


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> VpnPage:
    made = VpnPage(desk)
    qtbot.addWidget(made)
    made.resize(1024, 660)
    made.refresh(desk.snapshot())
    return made


def show(page: VpnPage, desk: FakeDesk, **changes: object) -> None:
    desk.edit(vpn=dataclasses.replace(desk.shown.vpn, **changes))  # type: ignore[arg-type]
    page.refresh(desk.snapshot())


def test_the_page_begins_with_the_sentence_and_tells_the_facts(page: VpnPage) -> None:
    assert page.sentence.text.startswith("Protected. engine-1 and engine-2 leave through")
    assert page.header.pill_texts == ("Protected", "checked 3 s ago")
    assert page.exit.texts["Public address"] == "185.107.56.83"
    assert page.exit.texts["City"] == "Amsterdam"
    assert page.container.texts["Running"] == "2 h"
    assert page.routes.texts == (
        "engine-1 goes through gluetun and has its forwarded port",
        "engine-2 goes through gluetun",
        "192.168.1.5:6878 on another address: AceDesk cannot see its way out",
    )


def test_the_forwarded_port_can_be_copied(page: VpnPage) -> None:
    page.exit.copy("Forwarded port")

    assert QGuiApplication.clipboard().text() == "51234"


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("asks for a key", "Gluetun’s control server asks for a key."),
        ("The control server asks for a key.", "The control server asks for a key."),
    ],
)
def test_a_silent_control_server_leads_to_the_field_for_its_key(
    page: VpnPage, desk: FakeDesk, note: str, told: str
) -> None:
    wanted: list[str] = []
    page.setting_wanted.connect(wanted.append)
    assert page.note.isHidden()

    show(page, desk, control_note=note)
    page.note.key.click()

    assert page.note.text == told
    assert wanted == ["gluetun_api_key"]


def test_other_notes_offer_no_key(page: VpnPage, desk: FakeDesk) -> None:
    show(page, desk, control_note="did not answer in time")

    assert page.note.text == "Gluetun’s control server did not answer in time."
    assert page.note.key.isHidden()


def test_a_stopped_container_is_not_said_to_run(page: VpnPage, desk: FakeDesk) -> None:
    show(page, desk, state=VpnState.STOPPED, public_ip="", forwarded_port=None)

    assert page.sentence.text.startswith("Blocked.")
    assert page.container.texts["Running"] == "no"


async def test_without_gluetun_there_is_one_button_and_a_way_to_learn_more(
    page: VpnPage, desk: FakeDesk
) -> None:
    desk.shown = empty_snapshot()
    page.refresh(desk.snapshot())
    assert page.empty.sentence == "No Gluetun container found."
    assert page.check.isHidden()
    assert page.how_to.isHidden()

    page.empty.secondary.click()
    assert page.how_to.more.isHidden()
    page.how_to.copy.click()
    page.empty.primary.click()
    await until(lambda: desk.calls)

    assert not page.how_to.isHidden()
    assert desk.settings.current.engine_image in QGuiApplication.clipboard().text()
    assert desk.calls == [("check_now",)]


async def test_check_again_can_be_pressed_again_after_it_ended(
    page: VpnPage, desk: FakeDesk
) -> None:
    page.check.click()
    assert not page.check.isEnabled()

    await until(page.check.isEnabled)

    assert desk.calls == [("check_now",)]


def test_the_command_waits_behind_details_and_can_be_copied(page: VpnPage, desk: FakeDesk) -> None:
    desk.shown = empty_snapshot()
    page.refresh(desk.snapshot())
    page.empty.secondary.click()
    steps = [
        label.text() for label in page.how_to.findChildren(QLabel) if label.text()[:1].isdigit()
    ]
    said: list[str] = []
    page.said.connect(said.append)

    page.how_to.fold.click()
    page.how_to.copy_command.click()

    assert not any("docker" in step for step in steps)
    assert not page.how_to.more.isHidden()
    assert QGuiApplication.clipboard().text() == "docker compose up -d"
    assert said == ["Command copied"]


async def test_one_switch_puts_engines_inside(page: VpnPage, desk: FakeDesk) -> None:
    show(page, desk, engine_ports=(19000, 19001))
    assert not page.inside.switch.isChecked()
    assert page.inside.switch.isEnabled()
    assert not page.inside.change.isVisibleTo(page.inside)

    page.inside.switch.click()
    await until(lambda: desk.calls and page.inside.switch.isEnabled())

    assert desk.calls == [("save_settings", {"engines_in_vpn": True})]
    page.refresh(desk.snapshot())
    assert page.inside.switch.isChecked()
    assert "makes its engines inside" in page.inside.text


def test_a_container_without_ports_says_so_and_shows_what_would_be_different(
    page: VpnPage, desk: FakeDesk
) -> None:
    show(page, desk, engine_ports=(), control_note="")

    assert not page.inside.switch.isEnabled()
    assert "publishes no port" in page.inside.text
    assert "+       - 127.0.0.1:19000-19019:19000-19019" in page.inside.change.toPlainText()

    page.inside.copy.click()
    assert "19000-19019" in QGuiApplication.clipboard().text()
    assert "+" not in QGuiApplication.clipboard().text()


def test_the_lines_of_the_compose_file_wait_behind_details(page: VpnPage, desk: FakeDesk) -> None:
    show(page, desk, engine_ports=(), control_note="")
    shown = page.inside.copy.isVisibleTo(page.inside), page.inside.change.isHidden()

    page.inside.fold.click()
    unfolded = not page.inside.change.isHidden()
    show(page, desk, engine_ports=(19000,))

    assert shown == (True, True)
    assert unfolded
    assert page.inside.change.isHidden()
    assert not page.inside.copy.isVisibleTo(page.inside)


def test_where_the_vpn_is_required_the_switch_is_on_and_stays_so(
    page: VpnPage, desk: FakeDesk
) -> None:
    desk.settings.current = desk.settings.current.changed({"require_vpn": True})
    show(page, desk, engine_ports=(19000,))

    assert page.inside.switch.isChecked()
    assert not page.inside.switch.isEnabled()
    assert "nothing is started outside" in page.inside.text


def test_without_a_container_that_runs_there_is_no_switch(page: VpnPage, desk: FakeDesk) -> None:
    show(page, desk, state=VpnState.STOPPED)

    assert page.inside.isHidden()
