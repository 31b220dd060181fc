"""An orchestrator on another address, in the window: how it is, and engines that are not ours."""

import dataclasses

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from acedesk.errors import OrchestratorTrouble, OrchestratorUnavailable, RuntimeState
from acedesk.model.engine import BackendKind
from acedesk.model.snapshot import OrchestratorView, RuntimeView
from acedesk.ui.engines import words
from acedesk.ui.engines.docker_card import choose_icon
from acedesk.ui.engines.page import EnginesPage
from tests.gui.fake_desk import FakeDesk, sample_engines
from tests.gui.waiting import until

READY = OrchestratorView(url="http://nas:8000", known=True, live=True, engines=1)
DOWN = dataclasses.replace(
    READY,
    error=OrchestratorUnavailable(OrchestratorTrouble.SILENT, "Connection refused"),
    unsent=3,
)
REMOTE = dataclasses.replace(sample_engines()[0], backend=BackendKind.REMOTE, container_id="")


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> EnginesPage:
    desk.edit(engines=(REMOTE,), orchestrator=READY)
    made = EnginesPage(desk)
    qtbot.addWidget(made)
    made.resize(1024, 660)
    made.refresh(desk.snapshot())
    return made


def pills(page: EnginesPage) -> list[str]:
    return list(page.header.pill_texts)


def test_its_engines_are_shown_as_its_own(page: EnginesPage) -> None:
    assert words.origin(REMOTE) == f"The orchestrator’s · port {REMOTE.port}"
    detail = page.detail
    assert all(one.isHidden() for one in (detail.restart, detail.replace, detail.remove))
    assert detail.edit.isHidden()


def test_their_menu_offers_nothing_that_only_the_orchestrator_may_do(page: EnginesPage) -> None:
    menu = QMenu(page)

    page.detail.fill_menu(menu)

    assert [one.text() for one in menu.actions() if one.text()] == ["Copy address"]


async def test_the_key_for_removing_leaves_them_alone(page: EnginesPage, desk: FakeDesk) -> None:
    await page.endings.remove([REMOTE], always=True)

    assert [call for call in desk.calls if call[0] == "remove"] == []


def test_where_engines_come_from_is_named_instead_of_docker(
    page: EnginesPage, desk: FakeDesk
) -> None:
    desk.edit(runtime=RuntimeView(state=RuntimeState.NOT_INSTALLED))
    page.refresh(desk.snapshot())

    assert "Orchestrator nas:8000" in pills(page)
    assert not any("Docker" in text for text in pills(page))
    assert "docker" not in page.__dict__ or page.docker.isHidden()
    assert not page.add.isHidden()


async def test_one_that_is_down_is_told_with_what_goes_on(
    page: EnginesPage, desk: FakeDesk
) -> None:
    desk.edit(orchestrator=DOWN)
    page.refresh(desk.snapshot())

    assert "Orchestrator not usable, 3 reports unsent" in pills(page)
    assert not page.docker.isHidden()
    assert "The orchestrator does not answer. Connection refused." in page.docker.text
    assert "goes on with the engines it knows" in page.docker.text
    assert page.docker.details == ""
    page.docker.act.click()
    await until(page.docker.act.isEnabled)
    assert ("check_now",) in desk.calls


def test_without_an_engine_the_orchestrator_can_be_asked_for_one(
    page: EnginesPage, desk: FakeDesk
) -> None:
    desk.edit(engines=())
    page.refresh(desk.snapshot())

    assert "The orchestrator is asked to make one." in page.ways.docker.text
    assert page.ways.native.isHidden()


@pytest.mark.parametrize(
    ("view", "text"),
    [
        (OrchestratorView(url="http://nas:8000"), "Looking for the orchestrator"),
        (READY, "Orchestrator nas:8000"),
        (dataclasses.replace(READY, unsent=1), "Orchestrator nas:8000, 1 report unsent"),
    ],
)
def test_how_it_is_stands_in_a_few_words(view: OrchestratorView, text: str) -> None:
    assert words.orchestrator(view)[0] == text


def test_the_cards_of_an_orchestrator_do_not_bear_the_sign_of_docker(desk: FakeDesk) -> None:
    assert choose_icon(desk) == "docker"

    desk.edit(orchestrator=READY)

    assert choose_icon(desk) == "lan-connect"
