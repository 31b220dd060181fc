"""Secrets in the windows: where they are kept, and which are asked for again."""

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from acedesk.model.computer.kept_secrets import KeptSecrets, KeyringProblem
from acedesk.settings import Settings
from acedesk.ui.notices.area import NoticeArea
from acedesk.ui.settings.page import SettingsPage
from acedesk.ui.start.missing_secrets import MissingSecrets
from acedesk.ui.widgets.error_card import ErrorCard
from acedesk.words import secrets as words
from tests.gui.fake_desk import FakeDesk


@pytest.fixture(autouse=True)
def name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "keyring_name", lambda: "keyring of this computer")


def _card(qtbot: QtBot, desk: FakeDesk) -> tuple[ErrorCard, list[str]]:
    window, asked = QWidget(), list[str]()
    qtbot.addWidget(window)
    notices = NoticeArea(window)
    MissingSecrets(desk, notices, asked.append, lambda: asked.append("restart"))
    (card,) = notices.findChildren(ErrorCard)
    card.destroyed.connect(lambda: window)  # lives as long
    return card, asked


def test_a_secret_says_under_its_field_where_it_is(desk: FakeDesk, qtbot: QtBot) -> None:
    desk.settings.current = Settings(redis_url="redis://:x@host", gluetun_api_key="x")
    desk.settings.secrets.view = KeptSecrets(plain=("redis_url",), kept=("gluetun_api_key",))
    page = SettingsPage(desk)
    qtbot.addWidget(page)

    assert page.rows["gluetun_api_key"].kept == "Kept in the keyring of this computer."
    assert page.rows["redis_url"].kept == "Kept in a file that only you can read."
    assert page.rows["orchestrator_api_key"].kept == ""
    assert page.rows["port"].kept == ""

    desk.settings.secrets.show(
        KeptSecrets(plain=("gluetun_api_key",), problem=KeyringProblem.LOCKED)
    )

    assert page.rows["gluetun_api_key"].kept.endswith("the keyring of this computer is locked.")


def test_a_secret_that_is_gone_is_asked_for_by_one_button(desk: FakeDesk, qtbot: QtBot) -> None:
    secrets = desk.settings.secrets
    card, asked = _card(qtbot, desk)
    assert card.isHidden()

    secrets.show(KeptSecrets(kept=("redis_url",), missing=("redis_url",)))

    assert "does not have “Redis” any more" in card.text
    card.act.click()
    assert asked == ["redis_url"]

    secrets.show(KeptSecrets(kept=("redis_url",)))

    assert card.isHidden()


def test_while_a_person_is_asked_the_card_says_what_is_waited_for(
    desk: FakeDesk, qtbot: QtBot
) -> None:
    desk.settings.secrets.view = KeptSecrets(
        kept=("redis_url",), missing=("redis_url",), waiting=True
    )

    card, _asked = _card(qtbot, desk)

    assert "has not given out “Redis” yet" in card.text
    assert card.act.isHidden()


def test_what_came_after_the_start_is_used_after_a_restart(desk: FakeDesk, qtbot: QtBot) -> None:
    card, asked = _card(qtbot, desk)

    desk.settings.secrets.show(KeptSecrets(kept=("redis_url",), late=("redis_url",)))

    card.act.click()
    assert asked == ["restart"]
