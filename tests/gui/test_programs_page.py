"""The Programs page: addresses for each kind of program, tokens, who asked last."""

import dataclasses
import datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from acedesk.model.access.token import AccessToken, Scope
from acedesk.model.access.use import Contract, ProgramUse
from acedesk.ui.dialogs import AskDialog
from acedesk.ui.programs.addresses import is_local, local_base, program_addresses
from acedesk.ui.programs.page import ProgramsPage
from acedesk.ui.programs.token_card import describe
from acedesk.ui.programs.use_card import MOST_ROWS
from tests.gui.fake_desk import NOW, FakeDesk
from tests.gui.waiting import until

LAN = "http://192.168.1.20:8080"
AGO = NOW - datetime.timedelta(minutes=2)
TOKEN = AccessToken(
    id="1", name="TV", scope=Scope.PLAY, created_time=NOW - datetime.timedelta(days=3)
)


@pytest.fixture
def page(desk: FakeDesk, qtbot: QtBot) -> ProgramsPage:
    made = ProgramsPage(desk)
    qtbot.addWidget(made)
    made.show()
    made.refresh(desk.shown)
    return made


def use(program: str, contract: Contract = Contract.STREAMS, **more: object) -> ProgramUse:
    plain = ProgramUse(program=program, address="10.0.0.1", contract=contract, time=AGO, count=2)
    return dataclasses.replace(plain, **more)  # type: ignore[arg-type] # checked by replace


def addresses(page: ProgramsPage) -> dict[str, str]:
    return {row.title.text(): row.whole for row in page.addresses.rows}


# Addresses


def test_each_kind_of_program_has_its_address() -> None:
    found = program_addresses(LAN, f"{LAN}/t/secret", needs_token=True)

    assert [one.address for one in found] == [
        f"{LAN}/t/secret/ace/getstream?id=",
        f"{LAN}/t/secret/ace/manifest.m3u8?id=",
        "192.168.1.20:8080",
        "host = 192.168.1.20\nport = 8080",
        f"ACEXY_ORCH_URL={LAN}",
        LAN,
        f"{LAN}/metrics",
        f"{LAN}/docs",
    ]
    assert all("token" in one.help for one in found[2:])


def test_without_tokens_nothing_is_said_of_them() -> None:
    found = program_addresses(LAN, LAN, needs_token=False)

    assert [one.help for one in found if "token" in one.help.casefold()] == []


def test_who_looks_for_an_engine_is_told_of_its_port(page: ProgramsPage, desk: FakeDesk) -> None:
    row = next(row for row in page.addresses.rows if "launcher" in row.title.text())
    assert "With “Also at an engine's port”" in row.help.text()

    desk.settings.current = desk.settings.current.changed({"engine_port_too": True})
    page.refresh(desk.shown)

    assert "answers at port 6878, too" in row.help.text()


@pytest.mark.parametrize(
    ("base", "local"),
    [(LAN, False), ("http://127.0.0.1:8080", True), ("http://[::1]:8080", True)],
)
def test_which_addresses_are_local(base: str, local: bool) -> None:
    assert is_local(base) is local
    assert local_base(base) == "http://127.0.0.1:8080"


def test_other_devices_get_the_address_of_the_network(page: ProgramsPage) -> None:
    assert f"{LAN}/t/shared/ace/getstream?id=" in addresses(page).values()
    assert page.addresses.serve.isHidden()


def test_this_computer_needs_no_token(page: ProgramsPage) -> None:
    page.addresses.here.click()

    shown = addresses(page)
    assert "http://127.0.0.1:8080/ace/getstream?id=" in shown.values()
    assert not any("192.168" in address or "/t/" in address for address in shown.values())


async def test_where_only_this_computer_is_served_that_is_said(
    page: ProgramsPage, desk: FakeDesk, qtbot: QtBot
) -> None:
    desk.access.base_url, desk.access.is_needed = "http://127.0.0.1:8431", False
    page.refresh(desk.shown)

    assert "Only programs on this computer" in page.addresses.sentence.text()
    assert page.addresses.elsewhere.isHidden()
    page.addresses.serve.click()
    await until(lambda: page.findChildren(AskDialog))
    with qtbot.waitSignal(page.setting_wanted) as wanted:
        page.findChildren(AskDialog)[0].buttons["setting"].click()
        await until(lambda: wanted.args)
    assert wanted.args == ["host"]


@pytest.mark.parametrize(("open_network", "told"), [(False, "has a token"), (True, "is on")])
async def test_other_devices_are_served_by_one_button(
    page: ProgramsPage, desk: FakeDesk, open_network: bool, told: str
) -> None:
    await desk.settings.save({"open_network": open_network})
    desk.access.base_url, desk.access.is_needed = "http://127.0.0.1:8431", False
    page.refresh(desk.shown)

    page.addresses.serve.click()
    await until(lambda: page.findChildren(AskDialog))
    question = page.findChildren(AskDialog)[0]
    assert any(told in label.text() for label in question.findChildren(QLabel))
    question.buttons["serve"].click()

    await until(lambda: desk.calls[-1] == ("save_settings", {"host": "0.0.0.0"}))


def test_copy_copies_the_whole_address(page: ProgramsPage, qtbot: QtBot) -> None:
    row = next(row for row in page.addresses.rows if "launcher" in row.title.text())

    with qtbot.waitSignal(page.said) as said:
        row.button.click()

    assert QGuiApplication.clipboard().text() == "host = 192.168.1.20\nport = 8080"
    assert "launcher" in str(said.args)


# Tokens


async def test_a_token_is_made_and_shown_once(page: ProgramsPage, desk: FakeDesk) -> None:
    card = page.tokens
    assert not card.add.isEnabled()
    card.name.setText("Living room")

    card.add.click()
    await until(card.made.isVisible)

    assert desk.calls[-1] == ("add_token", "Living room")
    assert (card.made.secret.url, card.made.address.url) == ("secret0", f"{LAN}/t/secret0")
    assert (card.name.text(), [row.name.text() for row in card.rows]) == ("", ["Living room"])
    card.made.done.click()
    assert (card.made.isVisible(), card.made.secret.url) == (False, "")


async def test_each_copy_says_what_it_copied(page: ProgramsPage, qapp: QApplication) -> None:
    card = page.tokens
    said: list[str] = []
    page.said.connect(said.append)
    card.name.setText("Living room")
    card.add.click()
    await until(card.made.isVisible)

    card.made.secret.button.click()
    copied = [qapp.clipboard().text()]
    card.made.address.button.click()
    copied.append(qapp.clipboard().text())

    assert said == ["Token copied", "Beginning of addresses copied"]
    assert copied == ["secret0", f"{LAN}/t/secret0"]


async def test_enter_makes_a_token_of_the_chosen_kind(page: ProgramsPage, desk: FakeDesk) -> None:
    page.tokens.name.setText("Script")
    page.tokens.scope.setCurrentIndex(1)

    QTest.keyClick(page.tokens.name, Qt.Key.Key_Return)
    await until(lambda: desk.access.tokens)

    assert desk.access.tokens[0].scope is Scope.ALL


async def revoke(page: ProgramsPage, answer: str) -> None:
    page.tokens.rows[0].revoke.click()
    await until(lambda: page.findChildren(AskDialog))
    page.findChildren(AskDialog)[0].buttons[answer].click()
    await until(lambda: not page.findChildren(AskDialog))


async def test_a_token_is_revoked_after_a_question(page: ProgramsPage, desk: FakeDesk) -> None:
    desk.access.tokens = (TOKEN,)
    page.refresh(desk.shown)

    await revoke(page, "")
    assert desk.access.tokens == (TOKEN,)

    await revoke(page, "revoke")
    await until(lambda: not page.tokens.rows)
    assert desk.calls[-1] == ("revoke_token", "1")


async def test_what_cannot_be_done_is_told(
    page: ProgramsPage, desk: FakeDesk, qtbot: QtBot
) -> None:
    desk.access.tokens = (TOKEN,)
    page.refresh(desk.shown)
    desk.access.tokens = ()  # gone meanwhile

    with qtbot.waitSignal(page.failed):
        await revoke(page, "revoke")


def test_a_token_says_what_it_may_and_who_used_it() -> None:
    used = dataclasses.replace(
        TOKEN, last_used_time=AGO, last_address="10.0.0.1", last_what="Kodi 21: /ace/getstream"
    )

    assert describe(TOKEN, NOW) == "Plays only · never used"
    assert describe(dataclasses.replace(TOKEN, scope=Scope.ALL), NOW).startswith("Everything")
    assert describe(dataclasses.replace(TOKEN, shared=True), NOW).startswith("In addresses")
    assert describe(used, NOW) == ("Plays only · Kodi 21: /ace/getstream · 10.0.0.1 · 2 min ago")


# Who used what last


def test_who_asked_last_is_listed(page: ProgramsPage, desk: FakeDesk) -> None:
    assert page.uses.nothing.isVisible()

    desk.access.uses = (use("Kodi 21.0", Contract.ENGINE, device="TV"), use("curl 8.0"))
    page.refresh(desk.shown)

    assert page.uses.nothing.isHidden()
    first, second = page.uses.rows
    assert (first.program.text(), first.detail.text()) == (
        "Kodi 21.0",
        "10.0.0.1 (TV) · 2 requests",
    )
    assert second.program.text() == "curl 8.0"
    assert page.header.pill_texts == ("2 programs", "0 tokens")


def test_many_are_counted_and_fewer_hide_their_rows(page: ProgramsPage, desk: FakeDesk) -> None:
    desk.access.uses = tuple(use(f"program {number}") for number in range(MOST_ROWS + 5))
    page.refresh(desk.shown)
    assert page.uses.more.text() == "and 5 more"

    desk.access.uses = desk.access.uses[:1]
    page.refresh(desk.shown)

    assert [row.isVisible() for row in page.uses.rows].count(True) == 1
    assert page.uses.more.isHidden()


def test_names_of_strangers_are_plain_text(page: ProgramsPage, desk: FakeDesk) -> None:
    desk.access.uses = (use("<b>x</b>\u202egpj.exe\n"),)
    page.refresh(desk.shown)

    assert page.uses.rows[0].program.text() == "<b>x</b>gpj.exe"


def test_scrolling_past_the_choice_takes_no_focus(page: ProgramsPage) -> None:
    assert (
        not page.tokens.scope.focusPolicy()
        & Qt.FocusPolicy.WheelFocus
        & ~(Qt.FocusPolicy.StrongFocus)
    )
