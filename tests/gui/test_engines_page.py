"""The Engines page: table, provisions, the selected engine, and what Docker says."""

import asyncio
import dataclasses
import datetime

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from pytestqt.qtbot import QtBot

from acedesk.errors import ContainerError, EngineUnreachable, RuntimeState, RuntimeUnavailable
from acedesk.model.engine import (
    BackendKind,
    EngineHealth,
    EngineIntent,
    EngineState,
    ProvisionState,
    Step,
    StepName,
    StepState,
)
from acedesk.model.engine_record import EngineScore, ScoreFactor, ScoreReason
from acedesk.model.snapshot import RuntimeView
from acedesk.ui.dialogs import AskDialog
from acedesk.ui.engines import words
from acedesk.ui.engines.page import EnginesPage
from acedesk.ui.engines.table_model import NAME, SINCE, STATE, STREAMS, EngineModel
from acedesk.ui.roles import Role
from acedesk.ui.widgets.buttons import LinkButton
from acedesk.words.errors import RUNTIME
from tests.gui.fake_desk import (
    NOW,
    FakeDesk,
    sample_engines,
    sample_provision,
)
from tests.gui.waiting import until

FIRST, SECOND, STATIC = sample_engines()


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> EnginesPage:
    made = EnginesPage(desk)
    qtbot.addWidget(made)
    made.resize(1024, 660)
    made.refresh(desk.snapshot())
    return made


def show(page: EnginesPage, desk: FakeDesk, **changes: object) -> None:
    desk.edit(**changes)
    page.refresh(desk.snapshot())


def asked(page: EnginesPage) -> AskDialog | None:
    return page.findChild(AskDialog)


def test_a_row_says_state_origin_places_and_age(page: EnginesPage) -> None:
    model = page.model

    assert model.index(0, STATE).data() == "Ready"
    assert model.index(0, STATE).data(Role.SHAPE) == "dot"
    assert model.index(0, NAME).data(Role.DETAIL) == "Docker · acestream-http-proxy"
    assert model.index(0, STREAMS).data() == "2 of 4"
    assert model.index(0, STREAMS).data(Role.FRACTION) == 0.5
    assert model.index(0, SINCE).data() == "3:00:00"
    assert model.index(2, STATE).data() == "Unreachable"
    assert model.index(2, STREAMS).data(Role.FRACTION) is None
    assert "streams 2 of 4" in model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)


def test_the_header_counts_engines_and_streams_and_names_docker(page: EnginesPage) -> None:
    assert page.header.pill_texts == ("3 engines", "3 streams", "Docker 28.1.1")


def test_only_changed_rows_are_told_to_the_view(qtbot: QtBot) -> None:
    model = EngineModel()
    model.show((FIRST, SECOND), NOW)
    changes: list[tuple[int, int]] = []
    others: list[object] = []
    model.dataChanged.connect(lambda top, last, _roles: changes.append((top.row(), top.column())))
    for signal in (model.modelReset, model.rowsInserted, model.rowsRemoved, model.rowsMoved):
        signal.connect(lambda *_: others.append(_))

    model.show((FIRST, dataclasses.replace(SECOND, streams=2)), NOW)

    assert changes == [(1, 0), (0, SINCE)]
    assert not others


def test_engines_come_go_and_change_places_without_a_reset(qtbot: QtBot) -> None:
    model = EngineModel()
    resets: list[object] = []
    model.modelReset.connect(lambda: resets.append(1))

    model.show((FIRST, SECOND), NOW)
    model.show((STATIC, SECOND, FIRST), NOW)
    model.show((SECOND, STATIC), NOW)

    shown = [model.engine(row).id for row in range(model.rowCount(QModelIndex()))]
    assert shown == [SECOND.id, STATIC.id]
    assert not resets


def test_the_selection_survives_other_engines_coming_and_going(
    page: EnginesPage, desk: FakeDesk
) -> None:
    page.table.selectRow(1)

    show(page, desk, engines=(STATIC, SECOND))
    show(page, desk, engines=(FIRST, STATIC, SECOND))

    assert page.table.currentIndex().row() == 2
    assert page.detail.facts.texts["Address"] == "127.0.0.1:19002"


def test_the_detail_tells_the_facts_of_the_selected_engine(page: EnginesPage) -> None:
    facts = page.detail.facts.texts

    assert facts["Address"] == "127.0.0.1:19001"
    assert facts["Container"] == "9f2c41d07a53"
    assert facts["Started"] == "3 h ago"
    assert facts["Last check"] == "4 s ago"
    assert facts["VPN"] == "gluetun, has the forwarded port"

    page.detail.facts.copy("Container")
    assert QGuiApplication.clipboard().text() == FIRST.container_id


def test_the_score_is_shown_with_its_main_reason_and_all_of_them_in_the_tooltip(
    page: EnginesPage, desk: FakeDesk
) -> None:
    reasons = (
        ScoreReason(factor=ScoreFactor.FAILED_STARTS, points=20, count=4, of=6),
        ScoreReason(factor=ScoreFactor.STALLS, points=5, count=1),
    )
    score = EngineScore(value=75, starts=6, reasons=reasons)

    show(page, desk, engines=(dataclasses.replace(FIRST, score=score), SECOND))

    assert page.detail.facts.texts["Score"] == "75 of 100: 4 of 6 starts failed"
    tooltip = page.model.index(0, STATE).data(Qt.ItemDataRole.ToolTipRole)
    assert "4 of 6 starts failed" in tooltip
    assert "the picture stopped once" in tooltip


@pytest.mark.parametrize(
    ("health", "word"),
    [
        (EngineHealth.READY, "Ready"),
        (EngineHealth.SLOW, "Slow"),
        (EngineHealth.HUNG, "Hung"),
        (EngineHealth.UNREACHABLE, "Unreachable"),
        (EngineHealth.CRASHED, "Crashed"),
        (EngineHealth.STOPPED, "Stopped"),
    ],
)
def test_each_health_has_a_word_of_its_own(
    page: EnginesPage, desk: FakeDesk, health: EngineHealth, word: str
) -> None:
    show(page, desk, engines=(dataclasses.replace(FIRST, health=health),))

    assert page.model.index(0, STATE).data() == word


def test_an_unhealthy_engine_says_why_in_words(page: EnginesPage) -> None:
    page.table.selectRow(2)

    assert page.detail.error == "The engine cannot be reached. No answer within 5 s."
    assert page.detail.remove.text() == "Forget"
    assert page.detail.restart.isHidden()


def test_an_engine_that_goes_already_cannot_be_replaced(page: EnginesPage, desk: FakeDesk) -> None:
    page.table.selectRow(0)
    assert not page.detail.replace.isHidden()

    show(page, desk, engines=(dataclasses.replace(FIRST, intent=EngineIntent.REMOVE),))

    assert page.detail.replace.isHidden()
    assert not page.detail.restart.isHidden()


async def test_add_engine_asks_the_application_once(page: EnginesPage, desk: FakeDesk) -> None:
    page.add.click()
    assert not page.add.isEnabled()
    page.add.click()
    await until(page.add.isEnabled)

    assert desk.calls == [("add_engine",)]


async def test_a_docker_that_is_off_is_said_once_by_its_own_card(
    page: EnginesPage, desk: FakeDesk
) -> None:
    failures: list[Exception] = []
    page.failed.connect(failures.append)
    show(page, desk, runtime=RuntimeView(state=RuntimeState.NOT_RUNNING))
    desk.engines.refusal = RuntimeUnavailable(RuntimeState.NOT_RUNNING)

    page.add.click()
    await until(page.add.isEnabled)

    assert RUNTIME[RuntimeState.NOT_RUNNING].what in page.docker.text
    assert not failures


async def test_a_running_provision_shows_its_steps_and_can_be_cancelled(
    page: EnginesPage, desk: FakeDesk
) -> None:
    show(page, desk, provisions=(sample_provision(),))
    card = page.provisions.cards["provision-1"]

    assert card.text == "Starting engine-3 0:12"
    assert card.steps.texts == (
        "Download image, running, 126.0 MB of 318.0 MB",
        "Create container, waiting",
        "Start it, waiting",
        "Wait for answer, waiting",
    )
    card.cancel.click()
    await until(lambda: desk.calls)

    assert desk.calls == [("cancel_provision", "provision-1")]


async def test_a_failed_provision_says_what_why_and_tries_again(
    page: EnginesPage, desk: FakeDesk
) -> None:
    failed = dataclasses.replace(
        sample_provision(),
        state=ProvisionState.FAILED,
        error=ContainerError("pull", "no space left on device"),
    )
    show(page, desk, provisions=(failed,))
    card = page.provisions.cards["provision-1"]

    for part in ("engine-3 could not be started", "No space left", "Nothing is left of it"):
        assert part in card.text
    card.failure.act.click()
    await until(lambda: len(desk.calls) == 2)

    assert desk.calls == [("cancel_provision", "provision-1"), ("add_engine",)]


async def test_the_result_is_told_and_can_be_dismissed(page: EnginesPage, desk: FakeDesk) -> None:
    done = dataclasses.replace(sample_provision(), state=ProvisionState.DONE, engine_id=FIRST.id)
    show(page, desk, provisions=(done,))
    card = page.provisions.cards["provision-1"]

    assert card.text == "engine-3 is ready New streams may use it now."
    card.dismiss.click()
    await until(lambda: desk.calls)
    show(page, desk, provisions=())

    assert desk.calls == [("cancel_provision", "provision-1")]
    assert not page.provisions.cards


async def test_is_ready_goes_away_with_the_engine_and_after_a_while(
    page: EnginesPage, desk: FakeDesk
) -> None:
    done = dataclasses.replace(sample_provision(), state=ProvisionState.DONE, engine_id=FIRST.id)
    show(page, desk, provisions=(done,))
    assert page.provisions.cards

    ended = dataclasses.replace(FIRST, health=EngineHealth.CRASHED)
    show(page, desk, engines=(ended, SECOND))
    assert not page.provisions.cards

    show(page, desk, engines=(FIRST, SECOND))
    assert page.provisions.cards
    show(page, desk, time=NOW + datetime.timedelta(seconds=31))
    assert not page.provisions.cards


async def test_removing_an_engine_without_streams_does_not_ask(
    page: EnginesPage, desk: FakeDesk
) -> None:
    page.table.selectRow(2)

    page.detail.remove.click()
    await until(lambda: desk.calls)

    assert desk.calls == [("remove_engine", STATIC.id)]


@pytest.mark.parametrize(("answer", "removed"), [("yes", True), ("no", False)])
async def test_removing_an_engine_with_streams_asks_first(
    page: EnginesPage, desk: FakeDesk, answer: str, removed: bool
) -> None:
    page.show()
    desk.calls.clear()
    page.detail.remove.click()
    await until(lambda: asked(page))
    dialog = asked(page)
    assert dialog is not None

    dialog.buttons[answer].click()
    await asyncio.wait([task for task in asyncio.all_tasks() if "remove" in task.get_name()])

    assert (("remove_engine", FIRST.id) in desk.calls) is removed


def test_the_question_names_the_streams(desk: FakeDesk) -> None:
    loss = words.loss([FIRST], desk.shown.streams)

    assert loss.startswith("It plays Test card, City council live.")


async def test_restarting_an_idle_engine_does_it_at_once(page: EnginesPage, desk: FakeDesk) -> None:
    idle = dataclasses.replace(SECOND, streams=0)
    show(page, desk, engines=(idle,), streams=())

    page.detail.restart.click()
    await until(lambda: desk.calls)

    assert desk.calls == [("restart_engine", SECOND.id)]


async def test_the_log_is_read_only_while_somebody_looks(page: EnginesPage, desk: FakeDesk) -> None:
    page.detail.log.read()
    assert not desk.calls

    page.show()
    await until(page.detail.log.text.toPlainText)

    assert desk.calls == [("engine_log", FIRST.id, 500)]
    assert "listening on 6878" in page.detail.log.text.toPlainText()
    page.detail.log.copy.click()
    assert "listening on 6878" in QGuiApplication.clipboard().text()


async def test_a_log_that_cannot_be_read_says_so_in_place(
    page: EnginesPage, desk: FakeDesk
) -> None:
    desk.error = EngineUnreachable("gone")

    page.show()
    await until(lambda: page.detail.log.note)

    assert page.detail.log.note == "The engine cannot be reached. Gone."


def test_an_engine_elsewhere_keeps_its_log(page: EnginesPage, desk: FakeDesk) -> None:
    show(page, desk, engines=(STATIC,))
    page.show()

    assert "keeps its log" in page.detail.log.note
    assert not desk.calls


@pytest.mark.parametrize("state", list(RUNTIME))
async def test_docker_trouble_is_told_with_a_button(
    page: EnginesPage, desk: FakeDesk, state: RuntimeState, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    show(page, desk, runtime=RuntimeView(state=state, detail="what Docker said"))

    assert not page.docker.isHidden()
    assert RUNTIME[state].what in page.docker.text
    assert "sudo" not in page.docker.text
    assert "what Docker said" in page.docker.details
    page.docker.act.click()
    await until(page.docker.act.isEnabled)
    installs = state is RuntimeState.NOT_INSTALLED
    assert [bool(opened), ("check_now",) in desk.calls] == [installs, not installs]


async def test_a_docker_that_can_be_started_has_its_button(
    page: EnginesPage, desk: FakeDesk
) -> None:
    desk.engines.startable = "Docker Desktop"
    show(page, desk, runtime=RuntimeView(state=RuntimeState.NOT_RUNNING))

    assert page.docker.act.text() == "Start Docker Desktop"
    page.docker.act.click()
    await until(page.docker.act.isEnabled)

    assert desk.calls == [("start_docker",)]


async def test_commands_wait_behind_details_and_can_be_copied(
    page: EnginesPage, desk: FakeDesk
) -> None:
    page.show()
    show(page, desk, runtime=RuntimeView(state=RuntimeState.NO_PERMISSION))
    card = page.docker
    buttons = {button.text(): button for button in card.findChildren(LinkButton)}
    fold, copy = buttons["Details"], buttons["Copy"]
    assert not copy.isVisible()

    fold.click()
    copy.click()

    assert QGuiApplication.clipboard().text() == "sudo usermod -aG docker $USER"


def test_docker_is_no_trouble_with_the_demo_engine(page: EnginesPage, desk: FakeDesk) -> None:
    show(page, desk, demo=True, runtime=RuntimeView(state=RuntimeState.NOT_INSTALLED))

    assert page.docker.isHidden()
    assert "Demo" in page.header.pill_texts


def test_steps_without_a_container_have_their_own_words() -> None:
    step = Step(name=StepName.CREATE, state=StepState.DONE)

    assert words.step_label(step, BackendKind.DOCKER) == "Create container"
    assert words.step_label(step, BackendKind.DEMO) == "Prepare it"


@pytest.mark.parametrize(
    ("done", "total", "fact", "share"),
    [
        (38_200_000, 250_000_000, "38.2 MB of 250.0 MB", 0.1528),
        (38_200_000, None, "38.2 MB", None),
        (None, None, "", None),
        (300, 200, "0 kB of 0 kB", 1.0),
    ],
)
def test_a_download_tells_what_is_known(
    done: int | None, total: int | None, fact: str, share: float | None
) -> None:
    step = Step(name=StepName.PULL, state=StepState.RUNNING, done_bytes=done, total_bytes=total)

    assert words.step_fact(step) == fact
    assert words.step_share(step) == share


@pytest.mark.parametrize("state", list(EngineState))
def test_every_engine_state_has_word_tone_and_shape(state: EngineState) -> None:
    assert all(words.STATES[state])


async def test_text_marked_in_the_log_is_not_taken_away_by_the_next_reading(
    page: EnginesPage, desk: FakeDesk
) -> None:
    page.show()
    await until(page.detail.log.text.toPlainText)
    page.detail.log.text.selectAll()

    page.detail.log.read()

    assert len(desk.calls) == 1


# An engine that does not answer


def test_why_an_engine_does_not_answer_stands_in_its_row(page: EnginesPage) -> None:
    assert page.model.index(2, NAME).data(Role.DETAIL) == "The engine cannot be reached."
    assert page.model.index(0, NAME).data(Role.DETAIL) == "Docker · acestream-http-proxy"


async def test_an_engine_that_does_not_answer_can_be_asked_again(
    page: EnginesPage, desk: FakeDesk
) -> None:
    show(page, desk, engines=(STATIC,))
    desk.calls.clear()

    page.detail.again.click()
    await until(page.detail.again.isEnabled)

    assert desk.calls == [("check_now",)]


async def test_the_address_of_an_engine_can_be_changed(page: EnginesPage, desk: FakeDesk) -> None:
    await desk.settings.save({"engines": ("192.168.1.5", "10.0.0.2:6878")})
    show(page, desk, engines=(STATIC,))
    page.show()

    page.detail.edit.click()
    assert page.address.field.text() == "192.168.1.5:6878"
    assert page.address.text == "Change the address of 192.168.1.5:6878"
    page.address.field.setText("192.168.1.6")
    page.address.add.click()
    await until(lambda: "192.168.1.6" in desk.settings.current.engines)

    assert desk.settings.current.engines == ("10.0.0.2:6878", "192.168.1.6")
    assert not page.address.isVisible()


def test_engines_made_here_have_no_address_to_edit(page: EnginesPage) -> None:
    assert page.detail.edit.isHidden()
    assert page.detail.again.isHidden()


def test_two_engines_on_one_computer_differ_in_both_lines() -> None:
    other = dataclasses.replace(STATIC, port=6879, name="192.168.1.5:6879")

    assert words.origin(STATIC) == "Your own · port 6878"
    assert words.origin(other) == "Your own · port 6879"
