"""The editor of what engines are made from: choose, type, keep, copy, save."""

import dataclasses
from collections.abc import Callable

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from acedesk.errors import RuntimeState
from acedesk.model.host import Machine
from acedesk.model.snapshot import RuntimeView
from acedesk.settings import default
from acedesk.ui.clipboard import clipboard
from acedesk.ui.settings.definition_editor import DefinitionEditor
from acedesk.ui.settings.page import SettingsPage
from acedesk.ui.settings.row import SettingRow
from tests.gui.fake_desk import FakeDesk
from tests.gui.waiting import until

PI_5 = Machine(architecture="arm64", kernel="6.6.51+rpt-rpi-2712")


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


def _editor(qtbot: QtBot, desk: FakeDesk) -> DefinitionEditor:
    made = DefinitionEditor(desk)
    qtbot.addWidget(made)
    made.open()
    return made


def _type(editor: DefinitionEditor, name: str, text: str) -> SettingRow:
    row = editor.rows[name]
    row.field.show_text(text)
    row.field.edited.emit(text)
    return row


def _choose(editor: DefinitionEditor, text: str) -> None:
    texts = [editor.start_from.itemText(n) for n in range(editor.start_from.count())]
    place = next(n for n, one in enumerate(texts) if one.startswith(text))
    editor.start_from.setCurrentIndex(place)
    editor.start_from.activated.emit(place)


async def test_an_image_of_the_catalogue_is_chosen_and_saved(qtbot: QtBot, desk: FakeDesk) -> None:
    editor = _editor(qtbot, desk)
    ended: list[int] = []
    editor.finished.connect(ended.append)

    _choose(editor, "wafy80/acestream")
    assert "Starts wafy80/acestream" in editor.result_.text()
    assert "most compose files" in editor.result_.text()
    editor.save.click()

    await until(lambda: ended)
    assert desk.settings.current.engine_image == "wafy80/acestream"


async def test_what_is_wrong_is_said_and_cannot_be_saved(qtbot: QtBot, desk: FakeDesk) -> None:
    editor = _editor(qtbot, desk)

    row = _type(editor, "engine_memory", "much")

    assert row.reason == "Must be a whole number."
    assert "cannot be used" in editor.result_.text()
    assert not editor.save.isEnabled()


async def test_a_mistyped_argument_is_warned_of_and_may_be_saved(
    qtbot: QtBot, desk: FakeDesk
) -> None:
    editor = _editor(qtbot, desk)
    assert editor.warnings.isHidden()

    _type(editor, "engine_arguments", "--live-bufer 20")

    assert "Is “--live-buffer” meant?" in editor.warnings.text()
    assert editor.save.isEnabled()


async def test_the_machine_of_docker_decides_what_is_started(qtbot: QtBot, desk: FakeDesk) -> None:
    view = RuntimeView(state=RuntimeState.READY, detail="28.1", machine=PI_5)
    desk.edit(runtime=view)

    editor = _editor(qtbot, desk)

    assert "Starts jopsis/acestream:arm64 on ARM, 64 bit" in editor.result_.text()
    assert "kernel8.img" in editor.warnings.text()


async def test_a_definition_is_kept_under_a_name_used_and_deleted(
    qtbot: QtBot, desk: FakeDesk
) -> None:
    editor = _editor(qtbot, desk)
    _type(editor, "engine_memory", "512")
    assert not editor.keep.isEnabled()
    editor.name.setText("Small")

    editor.keep.click()
    await until(lambda: desk.settings.current.engine_templates)
    assert desk.settings.current.engine_memory == default("engine_memory")
    kept = desk.settings.current.engine_templates
    assert kept[0].startswith("Small: image=")
    assert kept[0].endswith("memory=512")

    _choose(editor, "What is set now")
    assert editor.rows["engine_memory"].field.text() == "0"
    _choose(editor, "Template: Small")
    assert editor.rows["engine_memory"].field.text() == "512"
    editor.drop.click()
    await until(lambda: not desk.settings.current.engine_templates)
    assert editor.drop.isHidden()


@pytest.mark.parametrize("name", ["", "a:b", "a=b", "a;b"])
async def test_a_name_that_cannot_be_kept_is_not_offered_to_be(
    qtbot: QtBot, desk: FakeDesk, name: str
) -> None:
    editor = _editor(qtbot, desk)

    editor.name.setText(name)

    assert not editor.keep.isEnabled()


async def test_a_docker_compose_file_is_copied(qtbot: QtBot, desk: FakeDesk) -> None:
    editor = _editor(qtbot, desk)
    _type(editor, "engine_image", "somebody/engine:2")

    editor.copy.click()

    assert 'image: "somebody/engine:2"' in QGuiApplication.clipboard().text()


async def test_copied_is_said_when_it_is_so_and_until_something_changes(
    qtbot: QtBot, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[Callable[[], object]] = []
    monkeypatch.setattr(clipboard(), "copy", lambda _text, then: waiting.append(then))
    editor = _editor(qtbot, desk)
    before = editor.copy.text()

    editor.copy.click()
    assert editor.copy.text() == before

    waiting[0]()
    assert editor.copy.text() == "Copied"
    _type(editor, "engine_memory", "512")
    assert editor.copy.text() == before


async def test_cancel_changes_nothing(qtbot: QtBot, desk: FakeDesk) -> None:
    before = dataclasses.replace(desk.settings.current)
    editor = _editor(qtbot, desk)
    ended: list[int] = []
    editor.finished.connect(ended.append)
    _type(editor, "engine_memory", "512")

    editor.cancel.click()

    await until(lambda: ended)
    assert desk.settings.current == before


async def test_the_settings_page_opens_it(qtbot: QtBot, desk: FakeDesk) -> None:
    page = SettingsPage(desk)
    qtbot.addWidget(page)
    page.show()
    page.show_setting("engine_image")

    page.edit_definition.click()

    await until(lambda: page.findChild(DefinitionEditor) is not None)
    editor = page.findChild(DefinitionEditor)
    assert editor is not None
    editor.reject()
