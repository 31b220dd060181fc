"""The Help page shows what stands in resources/help, and that names only what exists."""

import re

import pytest
from PySide6.QtCore import QUrl
from pytestqt.qtbot import QtBot

from acedesk import settings
from acedesk.commands.arguments import COMMANDS, ENGINE_ACTIONS
from acedesk.ui.help.page import HelpPage
from acedesk.ui.help.topics import TOPICS, help_folder
from tests.gui.fake_desk import FakeDesk

# Words in backticks that are no setting, though they look like one.
OTHERS = {"engine"}


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> HelpPage:
    made = HelpPage(desk)
    qtbot.addWidget(made)
    return made


def test_every_topic_can_be_read(page: HelpPage) -> None:
    for file, button in page.topics.items():
        button.click()

        first = (help_folder() / file).read_text("utf-8").splitlines()[0].removeprefix("# ")
        assert page.text.toPlainText().startswith(first)


def test_a_link_between_texts_opens_the_other_one(page: HelpPage) -> None:
    page.text.anchorClicked.emit(QUrl("runbook.md"))

    assert page.text.toPlainText().startswith("Running AceDesk")


@pytest.mark.parametrize("file", [file for _, file in TOPICS])
def test_settings_and_commands_that_are_named_exist(file: str) -> None:
    text = (help_folder() / file).read_text("utf-8")

    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text))
    assert named <= set(settings.names()), named - set(settings.names())
    for command, action in re.findall(r"acedesk ([a-z-]+) ?([a-z-]*)", text):
        assert command in COMMANDS, command
        assert command != "engines" or action in ENGINE_ACTIONS, action


def test_there_is_advice_for_one_ten_and_a_hundred_streams() -> None:
    text = (help_folder() / "recommended-settings.md").read_text("utf-8")

    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [
        "One stream",
        "Ten streams",
        "A hundred streams",
    ]
