"""The Settings page: fields by type, save, discard, reset and search."""

from collections.abc import Mapping

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from acedesk.errors import CannotListen, ListenProblem, PortInUse, SettingsError, StorageError
from acedesk.settings import Settings, names
from acedesk.ui.players import Players
from acedesk.ui.settings.input_fields import ChoiceField, LineField, SecretField
from acedesk.ui.settings.page import SettingsPage
from tests.gui.fake_desk import FakeDesk, FakeSettings
from tests.gui.waiting import let_run, until


class SavingSettings(FakeSettings):
    """Tells of one name that it counts after a restart."""

    async def save(self, values: Mapping[str, object]) -> tuple[str, ...]:
        await super().save(values)
        return tuple(name for name in values if name == "port")


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk(settings=SavingSettings)


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> SettingsPage:
    made = SettingsPage(desk)
    qtbot.addWidget(made)
    made.resize(1024, 660)
    return made


def type_into(page: SettingsPage, name: str, text: str) -> None:
    field = page.rows[name].field
    assert isinstance(field, LineField)
    field.line.setText(text)
    field.line.textEdited.emit(text)


def shown(page: SettingsPage) -> set[str]:
    return {name for name, row in page.rows.items() if row.isVisibleTo(page)}


def press(page: SettingsPage, section: str) -> None:
    next(b for b in page.navigation.buttons() if b.text() == section).click()


def test_every_setting_has_a_field_of_its_kind(page: SettingsPage) -> None:
    assert set(page.rows) == set(names())
    assert isinstance(page.rows["theme"].field, ChoiceField)
    assert isinstance(page.rows["gluetun_api_key"].field, SecretField)
    assert page.rows["theme"].field.text() == "system"
    assert page.rows["grace"].field.text() == "15"


def test_one_section_is_shown_and_advanced_settings_wait_for_their_box(page: SettingsPage) -> None:
    assert shown(page) == {"theme", "close_action", "log_level"}

    press(page, "VPN")
    usual = shown(page)
    assert "gluetun_container" in usual
    assert "gluetun_control_port" not in usual

    page.advanced.click()
    assert "gluetun_control_port" in shown(page)


def test_search_looks_in_all_sections_and_says_when_nothing_is_found(page: SettingsPage) -> None:
    page.search.setText("port")
    assert {"port", "engine_port", "gluetun_control_port"} <= shown(page)
    assert "theme" not in shown(page)

    page.search.setText("there is no such thing")
    assert not shown(page)
    page.nothing.primary.click()

    assert shown(page) == {"theme", "close_action", "log_level"}


def test_a_wrong_value_has_its_reason_under_the_field_and_cannot_be_saved(
    page: SettingsPage,
) -> None:
    type_into(page, "port", "70000")

    assert page.rows["port"].reason == "Must be at most 65535."
    assert page.bar.text == "Not saved yet. Please correct: Port."
    assert not page.bar.save.isEnabled()

    type_into(page, "port", "9000")
    assert page.rows["port"].reason == ""
    assert page.bar.save.isEnabled()


def test_the_bar_comes_with_a_change_and_leaves_with_it(page: SettingsPage) -> None:
    assert page.bar.isHidden()

    type_into(page, "grace", "20")
    assert not page.bar.isHidden()
    assert page.header.pill_texts == ("1 change",)

    type_into(page, "grace", "15")
    assert page.bar.isHidden()


async def test_save_hands_over_typed_values_and_names_what_needs_a_restart(
    page: SettingsPage, desk: FakeDesk
) -> None:
    type_into(page, "port", "9000")
    type_into(page, "grace", "7,5")
    choice = page.rows["theme"].field
    choice.show_text("dark")
    choice.edited.emit(choice.text())

    page.bar.save.click()
    await until(lambda: page.bar.text.startswith("Saved"))

    assert desk.calls == [("save_settings", {"port": 9000, "grace": 7.5, "theme": "dark"})]
    assert page.bar.text == "Saved. Counts after a restart: Port."
    wanted: list[int] = []
    page.restart_wanted.connect(lambda: wanted.append(1))
    page.bar.restart.click()
    assert wanted == [1]
    assert page.bar.save.isHidden()
    assert page.header.pill_texts == ()


async def test_what_waits_for_a_restart_is_told_again_after_the_next_change(
    page: SettingsPage,
) -> None:
    type_into(page, "port", "9000")
    page.bar.save.click()
    await until(lambda: page.bar.text == "Saved. Counts after a restart: Port.")

    type_into(page, "grace", "7")
    assert page.bar.restart.isHidden()
    page.bar.discard.click()
    discarded = page.bar.text
    type_into(page, "grace", "7")
    page.bar.save.click()
    await until(lambda: page.bar.text.startswith("Saved"))

    assert discarded == page.bar.text == "Saved. Counts after a restart: Port."
    assert not page.bar.restart.isHidden()


async def test_ctrl_s_saves_from_a_field_and_a_wrong_value_is_not_saved(
    page: SettingsPage, desk: FakeDesk
) -> None:
    def save_by_key() -> None:
        page.search.setFocus()
        QTest.keyClick(page.search, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)

    page.show()
    page.activateWindow()
    type_into(page, "grace", "oops")
    save_by_key()
    await let_run()
    assert desk.calls == []

    type_into(page, "grace", "20")
    save_by_key()
    await until(lambda: desk.calls)

    assert desk.calls == [("save_settings", {"grace": 20.0})]


async def test_what_is_typed_while_saving_stays(page: SettingsPage, desk: FakeDesk) -> None:
    type_into(page, "grace", "20")
    page.bar.save.click()

    type_into(page, "grace", "25")
    await until(lambda: desk.calls and page.bar.save.isEnabled())

    assert page.rows["grace"].field.text() == "25"
    assert page.header.pill_texts == ("1 change",)


def test_discard_puts_the_saved_values_back(page: SettingsPage) -> None:
    type_into(page, "port", "oops")

    page.bar.discard.click()

    assert page.rows["port"].field.text() == "8080"
    assert page.rows["port"].reason == ""
    assert page.bar.isHidden()


async def test_a_file_that_cannot_be_written_is_told_with_its_reason(
    page: SettingsPage, desk: FakeDesk
) -> None:
    desk.error = StorageError("the disk is full")
    type_into(page, "grace", "20")

    page.bar.save.click()
    await until(lambda: not page.error.isHidden())

    assert page.error.text.startswith("A file could not be read or written. The disk is full.")
    assert page.rows["grace"].field.text() == "20"
    assert page.bar.save.isEnabled()


async def test_a_value_only_the_application_refuses_is_shown_at_its_field(
    page: SettingsPage, desk: FakeDesk
) -> None:
    desk.error = SettingsError("engine_port", 1, "is taken by the proxy")
    type_into(page, "grace", "20")

    page.bar.save.click()
    await until(lambda: not page.error.isHidden())

    assert page.rows["engine_port"].reason == "Is taken by the proxy."
    assert "engine_port" in shown(page)


def test_reset_brings_the_default_back_and_hides_itself(page: SettingsPage) -> None:
    row = page.rows["port"]
    assert row.reset.isHidden()
    type_into(page, "port", "9000")
    assert not row.reset.isHidden()

    row.reset.click()

    assert row.field.text() == "8080"
    assert row.reset.isHidden()


def test_a_change_from_elsewhere_leaves_what_is_being_typed(
    page: SettingsPage, desk: FakeDesk
) -> None:
    type_into(page, "port", "9000")

    desk.settings.changed.emit(Settings(port=9100, grace=40.0))

    assert page.rows["port"].field.text() == "9000"
    assert page.rows["grace"].field.text() == "40"


def test_a_secret_is_dots_until_its_eye_is_pressed(page: SettingsPage) -> None:
    field = page.rows["gluetun_api_key"].field
    assert isinstance(field, SecretField)
    assert field.line.echoMode() is QLineEdit.EchoMode.Password

    field.reveal.trigger()

    assert field.line.echoMode() is QLineEdit.EchoMode.Normal


def test_another_page_may_lead_to_one_field_even_an_advanced_one(
    page: SettingsPage, qtbot: QtBot
) -> None:
    page.show()
    page.show_setting("gluetun_control_port")

    field = page.rows["gluetun_control_port"].field
    assert isinstance(field, LineField)
    assert "gluetun_control_port" in shown(page)
    assert page.advanced.isChecked()
    qtbot.waitUntil(field.line.hasFocus)


def test_a_page_that_is_gone_hears_of_no_change(qtbot: QtBot, desk: FakeDesk) -> None:
    page = SettingsPage(desk)
    page.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not shiboken6.isValid(page)

    desk.settings.changed.emit(Settings(port=9100))


# Address and port, asked of the system while one types


async def test_a_port_that_is_taken_is_said_while_typing_with_one_that_is_free(
    page: SettingsPage, desk: FakeDesk
) -> None:
    page.show()
    desk.settings.listening = PortInUse("127.0.0.1", 9000, holder="java (pid 1)", next_free=9001)

    type_into(page, "port", "9000")
    await until(lambda: page.rows["port"].reason)

    assert page.rows["port"].reason == (
        "Port 9000 on 127.0.0.1 is in use by java (pid 1). Port 9001 is free."
    )
    assert not page.bar.save.isEnabled()
    assert desk.settings.judged == [("127.0.0.1", 9000)]

    desk.settings.listening = None
    page.rows["port"].use.click()
    await until(lambda: desk.settings.judged[-1] == ("127.0.0.1", 9001))

    assert page.rows["port"].field.text() == "9001"
    assert page.rows["port"].reason == ""
    assert page.bar.save.isEnabled()


async def test_a_port_that_is_saved_before_it_is_judged_stays_told_as_saved(
    page: SettingsPage, desk: FakeDesk
) -> None:
    page.show()
    type_into(page, "port", "9000")
    page.bar.save.click()
    await until(lambda: page.bar.text.startswith("Saved"))

    await until(lambda: desk.settings.judged)
    await let_run(20)

    assert page.bar.text == "Saved. Counts after a restart: Port."
    assert not page.bar.isHidden()


async def test_an_address_this_computer_lacks_is_said_while_typing(
    page: SettingsPage, desk: FakeDesk
) -> None:
    page.show()
    desk.settings.listening = CannotListen("192.168.1.77", 8080, ListenProblem.NO_ADDRESS)

    type_into(page, "host", "192.168.1.77")
    await until(lambda: page.rows["host"].reason)

    assert "does not have the address 192.168.1.77" in page.rows["host"].reason
    assert page.bar.text == "Not saved yet. Please correct: Listen on."
    assert not page.bar.save.isEnabled()

    page.bar.discard.click()
    assert page.rows["host"].reason == ""


def test_what_is_no_address_is_not_asked_of_the_system(page: SettingsPage, desk: FakeDesk) -> None:
    type_into(page, "host", "abc def")

    assert "blanks" in page.rows["host"].reason
    assert desk.settings.judged == []


async def test_a_port_that_is_taken_is_told_at_the_address_when_only_that_was_changed(
    page: SettingsPage, desk: FakeDesk
) -> None:
    page.show()
    desk.settings.listening = PortInUse("0.0.0.0", 8080, next_free=8081)

    type_into(page, "host", "0.0.0.0")
    await until(lambda: page.rows["host"].reason)

    assert "in use" in page.rows["host"].reason


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("host", "999.1.1.1"),
        ("engine_image", "Not An Image"),
        ("engine_arguments", "--a 'b"),
        ("gluetun_container", "my vpn"),
        ("engines", "no engine at all"),
        ("allowed_sites", "https://"),
    ],
)
def test_every_wrong_text_keeps_save_from_being_pressed(
    page: SettingsPage, name: str, text: str
) -> None:
    type_into(page, name, text)

    assert page.rows[name].reason
    assert not page.bar.save.isEnabled()


def test_fields_stay_near_their_labels_on_a_wide_screen(page: SettingsPage) -> None:
    page.resize(2300, 1200)
    press(page, "Network")
    page.show()
    QCoreApplication.processEvents()

    for name in ("host", "port"):
        row = page.rows[name]
        left = row.field.mapTo(row, row.field.rect().topLeft()).x()
        assert left <= 720


async def test_only_players_of_this_computer_are_offered(desk: FakeDesk, qtbot: QtBot) -> None:
    desk.settings.current = desk.settings.current.changed({"default_player": "celluloid"})
    players = Players(desk)
    page = SettingsPage(desk, players)
    qtbot.addWidget(page)
    field = page.rows["default_player"].field
    (box,) = field.findChildren(QComboBox)

    await players.look()

    offered = [box.itemData(row) for row in range(box.count())]
    assert offered == ["", "vlc", "mpv", "command", "celluloid"]
    assert field.text() == "celluloid"
