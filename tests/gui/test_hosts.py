"""Dockers of other computers on the Engines page: listed, added, changed, removed, tried."""

import pathlib

import pytest
from pytestqt.qtbot import QtBot

from acedesk.errors import RuntimeState, RuntimeUnavailable
from acedesk.model.engine import BackendId
from acedesk.model.snapshot import HostView, RuntimeView
from acedesk.ui.dialogs import AskDialog
from acedesk.ui.engines.page import EnginesPage
from acedesk.ui.hosts.dialog import HostDialog
from acedesk.words.errors import RUNTIME
from tests.gui.fake_desk import FakeDesk
from tests.gui.waiting import let_run, until

READY = RuntimeView(state=RuntimeState.READY, detail="28.1.1")


def _host(name: str = "nas", **changes: object) -> HostView:
    facts = {"address": f"ssh://eva@{name}", "runtime": READY, "reach": "at 192.168.1.5"}
    backend = BackendId(f"docker:{name}")
    return HostView(**{"name": name, "backend_id": backend, **facts, **changes})  # type: ignore[arg-type]


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> EnginesPage:
    made = EnginesPage(desk)
    qtbot.addWidget(made)
    made.resize(1024, 660)
    made.refresh(desk.snapshot())
    return made


def _show(page: EnginesPage, desk: FakeDesk, *hosts: HostView) -> None:
    desk.edit(hosts=hosts)
    page.refresh(desk.snapshot())


def _dialog(page: EnginesPage) -> HostDialog:
    (found,) = page.findChildren(HostDialog)
    return found


async def _keep(desk: FakeDesk, *texts: str) -> None:
    await desk.settings.save({"engine_hosts": texts})


def _choose(dialog: HostDialog, begin: str) -> None:
    dialog.kind.setCurrentIndex(dialog.kind.findData(begin))


def test_the_list_is_made_when_it_is_opened(page: EnginesPage, desk: FakeDesk) -> None:
    _show(page, desk, _host())
    assert page.hosts.isHidden()
    assert "card" not in page.hosts.__dict__

    page.hosts.button.click()

    assert not page.hosts.isHidden()
    assert [row.isHidden() for row in page.hosts.card.rows] == [False]
    page.hosts.button.click()
    assert page.hosts.isHidden()


def test_a_row_tells_state_engines_limit_and_reach(page: EnginesPage, desk: FakeDesk) -> None:
    page.hosts.button.click()
    _show(page, desk, _host(limit=4), _host("all", swarm=True))

    nas, swarm = (row.text for row in page.hosts.card.rows)

    assert nas == ("Ready nas ssh://eva@nas 0 of 4 engines Docker 28.1.1 · reached at 192.168.1.5")
    assert "0 engines Swarm 28.1.1 · engines on its nodes" in swarm


def test_what_is_wrong_is_told_with_the_command_that_helps(
    page: EnginesPage, desk: FakeDesk
) -> None:
    page.hosts.button.click()
    lost = RuntimeView(state=RuntimeState.SSH_KEY_REFUSED, detail="ssh says no", target="eva@nas")
    _show(page, desk, _host(runtime=lost))

    (row,) = page.hosts.card.rows

    assert row.text.startswith("Not usable nas")
    assert f"{RUNTIME[RuntimeState.SSH_KEY_REFUSED].what} Ssh says no." in row.text
    assert row.text.endswith("ssh-copy-id eva@nas")
    assert page.header.pill_texts[0] == "nas not usable"


def test_rows_that_are_gone_are_hidden_and_a_restart_is_offered_where_it_counts(
    page: EnginesPage, desk: FakeDesk
) -> None:
    page.hosts.button.click()
    _show(page, desk, _host(), _host("big", waiting=True))
    assert not page.hosts.card.restart.isHidden()
    assert "After a restart big" in page.hosts.card.rows[1].text

    _show(page, desk, _host())

    assert [row.isHidden() for row in page.hosts.card.rows] == [False, True]
    assert page.hosts.card.restart.isHidden()


async def test_a_host_is_added(page: EnginesPage, desk: FakeDesk) -> None:
    page.hosts.button.click()
    said: list[str] = []
    page.said.connect(said.append)
    page.hosts.card.add.click()
    dialog = _dialog(page)
    assert not dialog.save.isEnabled()

    dialog.name.setText("nas")
    dialog.address.setText("ssh://eva@nas")
    dialog.limit.setText("4")
    dialog.save.click()

    await until(lambda: said)
    assert desk.settings.current.engine_hosts == ("nas=ssh://eva@nas max=4",)
    assert said == ["Host saved: nas"]


async def test_a_host_is_changed_and_the_others_stay(page: EnginesPage, desk: FakeDesk) -> None:
    await _keep(desk, "big=context:work", "nas=tcp://nas:2376 max=2 swarm")
    page.hosts.button.click()
    _show(page, desk, _host("big"), _host("nas"))
    page.hosts.card.rows[1].edit.click()
    dialog = _dialog(page)
    assert (dialog.address.text(), dialog.limit.text()) == ("nas:2376", "2")
    assert dialog.swarm.isChecked()

    dialog.limit.setText("")
    dialog.swarm.setChecked(False)
    dialog.save.click()

    changed = ("big=context:work", "nas=tcp://nas:2376")
    await until(lambda: desk.settings.current.engine_hosts == changed)


@pytest.mark.parametrize(
    "text",
    [
        "a=ssh://eva@nas:22 max=3",
        "a=podman",
        "a=context:work max=9",
        "a=unix:///run/x.sock",
        "a=npipe:////./pipe/x",
        "a=tcp://h:2376 swarm",
    ],
)
async def test_a_host_of_any_kind_stays_as_it_is(
    page: EnginesPage, desk: FakeDesk, text: str
) -> None:
    await _keep(desk, text)
    page.hosts.button.click()
    _show(page, desk, _host("a"))

    page.hosts.card.rows[0].edit.click()

    read = _dialog(page).read()
    assert read is not None
    assert read.text == text


@pytest.mark.parametrize(
    ("kind", "name", "address", "limit", "reason"),
    [
        ("ssh://", "Nas 1", "nas", "", "A name has small letters"),
        ("ssh://", "big", "nas", "", "There is a host “big” already."),
        ("ssh://", "nas", "eva@", "", "one is: eva@nas."),
        ("tcp://", "nas", "nas:99999", "", "one is: 192.168.1.9:2376."),
        ("unix://", "nas", "/run/my docker.sock", "", "one is: /run/"),
        ("ssh://", "nas", "nas", "many", "from 0 to 1000"),
        ("ssh://", "nas", "nas", "1001", "from 0 to 1000"),
    ],
)
async def test_what_cannot_be_is_said_while_it_is_typed(
    page: EnginesPage,
    desk: FakeDesk,
    kind: str,
    name: str,
    address: str,
    limit: str,
    reason: str,
) -> None:
    await _keep(desk, "big=ssh://big")
    page.hosts.button.click()
    page.hosts.card.add.click()
    dialog = _dialog(page)

    _choose(dialog, kind)
    dialog.name.setText(name)
    dialog.address.setText(address)
    dialog.limit.setText(limit)

    assert reason in dialog.reason.text()
    assert not dialog.save.isEnabled()
    assert not dialog.test.isEnabled()


def test_a_folder_of_certificates_must_be_there(page: EnginesPage, tmp_path: pathlib.Path) -> None:
    page.hosts.button.click()
    page.hosts.card.add.click()
    dialog = _dialog(page)
    _choose(dialog, "tcp://")
    dialog.name.setText("nas")
    dialog.address.setText("nas:2376")

    dialog.tls.setText(f"{tmp_path}/none")
    assert dialog.reason.text() == f"There is no folder {tmp_path}/none."
    dialog.tls.setText(str(tmp_path))

    read = dialog.read()
    assert read is not None
    assert (read.text, dialog.save.isEnabled()) == (f"nas=tcp://nas:2376 tls={tmp_path}", True)


async def test_a_host_is_tried_before_it_is_saved(page: EnginesPage, desk: FakeDesk) -> None:
    page.hosts.button.click()
    page.hosts.card.add.click()
    dialog = _dialog(page)
    dialog.name.setText("nas")
    dialog.address.setText("eva@nas")

    dialog.test.click()
    await until(lambda: not dialog.found.isHidden())

    assert desk.calls == [("test_host", "nas=ssh://eva@nas")]
    assert dialog.found.text() == "Docker 28.1.1 answers; engines are reached at 192.168.1.5."
    assert dialog.test.text() == "Test"
    assert desk.settings.current.engine_hosts == ()


async def test_why_a_trial_failed_is_told_in_the_dialog(page: EnginesPage, desk: FakeDesk) -> None:
    desk.hosts.refusal = RuntimeUnavailable(RuntimeState.SSH_HOST_UNKNOWN, "x", target="eva@nas")
    page.hosts.button.click()
    page.hosts.card.add.click()
    dialog = _dialog(page)
    dialog.name.setText("nas")
    dialog.address.setText("eva@nas")

    dialog.test.click()
    await until(lambda: not dialog.error.isHidden())

    assert RUNTIME[RuntimeState.SSH_HOST_UNKNOWN].what in dialog.error.text
    assert dialog.found.isHidden()
    assert dialog.save.isEnabled()  # it may be switched on later


@pytest.mark.parametrize("answer", ["", "remove"])
async def test_a_host_is_removed_when_that_is_confirmed(
    page: EnginesPage, desk: FakeDesk, answer: str
) -> None:
    await _keep(desk, "nas=ssh://nas", "big=ssh://big")
    page.hosts.button.click()
    _show(page, desk, _host("nas"), _host("big"))

    page.hosts.card.rows[0].remove.click()
    await until(lambda: page.findChildren(AskDialog))
    page.findChildren(AskDialog)[0].buttons[answer].click()

    kept = ("big=ssh://big",) if answer else ("nas=ssh://nas", "big=ssh://big")
    await until(lambda: desk.settings.current.engine_hosts == kept)


def test_the_command_that_helps_stands_behind_details(page: EnginesPage, desk: FakeDesk) -> None:
    page.hosts.button.click()
    lost = RuntimeView(state=RuntimeState.SSH_KEY_REFUSED, target="eva@nas")
    _show(page, desk, _host(runtime=lost))
    (row,) = page.hosts.card.rows
    folded = not row._command.isVisibleTo(row)

    row.fold.click()
    assert folded
    assert row._command.isVisibleTo(row)

    _show(page, desk, _host())
    assert row.fold.isHidden()
    _show(page, desk, _host(runtime=lost))
    assert not row._command.isVisibleTo(row)


async def _begin_test(page: EnginesPage, desk: FakeDesk) -> HostDialog:
    """Test a host whose Docker answers when `desk.hosts.gate` is set."""
    page.hosts.button.click()
    page.hosts.card.add.click()
    dialog = _dialog(page)
    dialog.name.setText("nas")
    dialog.address.setText("eva@nas")
    dialog.test.click()
    await until(lambda: desk.calls)
    return dialog


async def test_an_answer_about_what_was_typed_before_is_not_shown(
    page: EnginesPage, desk: FakeDesk
) -> None:
    desk.hosts.gate.clear()
    dialog = await _begin_test(page, desk)

    dialog.address.setText("eva@other")
    told = dialog.test.text(), dialog.test.isEnabled()
    desk.hosts.gate.set()
    await let_run(20)

    assert told == ("Test", True)
    assert dialog.found.isHidden()


async def test_a_dialog_that_is_closed_ends_its_test(page: EnginesPage, desk: FakeDesk) -> None:
    desk.hosts.gate.clear()
    dialog = await _begin_test(page, desk)

    dialog.cancel.click()
    await until(lambda: not page.findChildren(HostDialog))
    desk.hosts.gate.set()
    await let_run(20)

    assert desk.hosts.ended == 1
