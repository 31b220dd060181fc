"""Settings of other programs, from the Settings page: chosen or dropped, shown, imported."""

import pathlib

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from acedesk.errors import BadRequest, StorageError
from acedesk.model.settings_import.plan import Finding, ImportPlan, Outcome
from acedesk.model.settings_import.source import SourceKind
from acedesk.ui.settings.import_dialog import ImportDialog
from acedesk.ui.settings.page import SettingsPage
from tests.gui.fake_desk import FakeDesk
from tests.gui.waiting import until


def finding(name: str, outcome: Outcome = Outcome.NOT_APPLICABLE, reason: str = "") -> Finding:
    return Finding(service="acexy", name=name, text="1", outcome=outcome, reason=reason)


PORT = Finding(
    service="acexy",
    name="ports",
    text="8081:8080",
    outcome=Outcome.TAKEN,
    values={"port": 8081},
    before={"port": 8080},
)
PLAN = ImportPlan(
    kind=SourceKind.COMPOSE,
    source="/home/eva/compose.yaml",
    findings=(
        finding("ACEXY_TIMEOUT", reason="acexy itself does nothing with it."),
        finding("MAX_REPLICAS", Outcome.REFUSED, "It must be a number."),
        PORT,
        finding("ACEXY_FOO", Outcome.UNKNOWN),
    ),
    notes=("Not looked at, because they are other programs: vpn.",),
)


@pytest.fixture
def page(desk: FakeDesk, qtbot: QtBot) -> SettingsPage:
    desk.settings.imports.plan = PLAN
    made = SettingsPage(desk)
    qtbot.addWidget(made)
    made.show()
    return made


async def open_dialog(page: SettingsPage) -> ImportDialog:
    before = page.imports.dialog
    page.imports.look_at("/home/eva/compose.yaml")
    await until(lambda: page.imports.dialog is not before)
    assert page.imports.dialog is not None
    return page.imports.dialog


async def test_a_file_is_shown_before_anything_is_imported(
    page: SettingsPage, desk: FakeDesk
) -> None:
    dialog = await open_dialog(page)

    assert desk.calls == [("look_at_settings", pathlib.Path("/home/eva/compose.yaml"))]
    assert [(row.finding.name, row.change.text(), row.reason.text()) for row in dialog.rows] == [
        ("ports", "Port: 8080 → 8081", ""),
        ("MAX_REPLICAS", "", "It must be a number."),
        ("ACEXY_FOO", "", ""),
        ("ACEXY_TIMEOUT", "", "acexy itself does nothing with it."),
    ]
    assert "1 setting will change, 1 value cannot be used." in dialog.text
    assert "other programs: vpn" in dialog.text
    assert dialog.take.text() == "Import 1 setting"


async def test_import_saves_and_the_bar_tells(page: SettingsPage, desk: FakeDesk) -> None:
    desk.settings.imports.restart = ("engine_hosts",)
    dialog = await open_dialog(page)

    dialog.take.click()
    await until(page.bar.isVisible)

    assert desk.calls[-1] == ("import_settings", {"port": 8081})
    assert "Counts after a restart" in page.bar.text


async def test_enter_imports_and_escape_does_not(page: SettingsPage, desk: FakeDesk) -> None:
    dialog = await open_dialog(page)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert [name for name, *_ in desk.calls] == ["look_at_settings"]

    dialog = await open_dialog(page)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    await until(page.bar.isVisible)

    assert desk.calls[-1] == ("import_settings", {"port": 8081})


async def test_cancel_imports_nothing(page: SettingsPage, desk: FakeDesk) -> None:
    dialog = await open_dialog(page)

    dialog.cancel.click()

    assert [name for name, *_ in desk.calls] == ["look_at_settings"]


async def test_a_file_that_is_none_is_told_on_the_page(page: SettingsPage, desk: FakeDesk) -> None:
    desk.settings.imports.error = BadRequest("/tmp cannot be imported: it is a folder.")

    page.imports.look_at("/tmp")
    await until(page.error.isVisible)

    assert "it is a folder" in page.error.text
    assert page.imports.choose.isEnabled()


async def test_a_failed_import_is_told_in_the_dialog(page: SettingsPage, desk: FakeDesk) -> None:
    dialog = await open_dialog(page)
    desk.settings.imports.error = StorageError("/home/eva/settings.toml: disk full")

    dialog.take.click()
    await until(dialog.error.isVisible)

    assert dialog.take.isEnabled()
    dialog.reject()


async def test_a_file_that_changes_nothing_can_only_be_closed(
    page: SettingsPage, desk: FakeDesk
) -> None:
    desk.settings.imports.plan = ImportPlan(kind=SourceKind.ENV_FILE, source="x", findings=())

    dialog = await open_dialog(page)

    assert (dialog.take.isVisible(), dialog.cancel.text()) == (False, "Close")
    assert "Nothing in this file changes" in dialog.text


def drop(page: SettingsPage, *urls: str) -> QDropEvent:
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.setAccepted(False)
    page.imports.dropEvent(event)
    return event


async def test_a_file_may_be_dropped(page: SettingsPage, desk: FakeDesk) -> None:
    assert drop(page, "file:///home/eva/.env").isAccepted()
    await until(lambda: page.imports.dialog is not None)

    assert desk.calls == [("look_at_settings", pathlib.Path("/home/eva/.env"))]


@pytest.mark.parametrize("urls", [(), ("https://example.org/x",), ("file:///a", "file:///b")])
def test_other_things_are_not_taken(
    page: SettingsPage, desk: FakeDesk, urls: tuple[str, ...]
) -> None:
    assert not drop(page, *urls).isAccepted()
    assert desk.calls == []


def test_the_card_is_in_the_first_section_and_found_by_a_search(page: SettingsPage) -> None:
    assert page.imports.isVisible()

    page.search.setText("acexy")
    assert page.imports.isVisible()
    assert page.nothing.isHidden()

    page.search.setText("theme")
    assert page.imports.isHidden()


def test_choosing_a_file_blocks_nothing(
    page: SettingsPage, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QFileDialog] = []
    monkeypatch.setattr(QFileDialog, "open", lambda dialog: opened.append(dialog))  # noqa: PLW0108 - bound

    page.imports.choose.click()

    assert [one.fileMode() for one in opened] == [QFileDialog.FileMode.ExistingFile]
