"""A package that replaced the program: told once, and AceDesk goes on."""

import pathlib

import pytest
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from acedesk.process.program_file import ProgramFile
from acedesk.ui.shell import run as desktop_run
from acedesk.ui.shell.display import NO_FONTS, CannotShow
from acedesk.ui.start.update_notice import UpdateNotice
from acedesk.ui.widgets.error_card import ErrorCard


def test_it_is_told_with_a_button_that_restarts(qapp: QApplication, tmp_path: pathlib.Path) -> None:
    program, new = tmp_path / "acedesk", tmp_path / "new"
    program.write_bytes(b"old")
    card, told, restarted = ErrorCard(), list[str](), list[bool]()
    notice = UpdateNotice(
        ProgramFile(str(program)),
        card,
        tell=told.append,
        restart=lambda: restarted.append(True),
    )
    notice.look()
    assert (card.isHidden(), told) == (True, [])

    new.write_bytes(b"new")
    new.rename(program)
    notice.look()
    card.act.click()

    assert told == ["AceDesk was updated. This one goes on until it is restarted."]
    assert card.act.text() == "Restart"
    assert restarted == [True]


@pytest.mark.parametrize("named", [[], ["Monospace", "Sans Serif", "Serif"]])
def test_without_fonts_there_is_no_empty_window(
    qapp: QApplication, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, named: list[str]
) -> None:
    monkeypatch.setattr(QFontDatabase, "families", lambda: named)

    with pytest.raises(CannotShow) as raised:
        desktop_run.run(
            lambda _changes: pytest.fail("started"), link=None, background=False, data_dir=tmp_path
        )

    assert raised.value.problem is NO_FONTS
    assert "no fonts" in str(raised.value)
