"""The card that asks which player opens streams, or says why one did not open."""

import sys
from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from acedesk.errors import AceDeskError, SettingsError
from acedesk.model.player import Player
from acedesk.rules.player_choice import Answer
from acedesk.ui.look import icons, tokens
from acedesk.ui.play.player_words import PlayerWords, describe_question
from acedesk.ui.play.question import PlayerQuestion, Question
from acedesk.ui.play.words import link_name
from acedesk.ui.players import Players, icon_of
from acedesk.ui.widgets.buttons import Button, IconButton, SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.flow_layout import FlowLayout
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import make_label
from acedesk.words.errors import explain


class PlayerCard(Card):
    """Shows the question of `PlayerQuestion`, hidden while there is none; it never gets in the way.

    Signals:
        left: It went while it had the cursor, which has to go somewhere.

    Attributes:
        title, text, problem: What is said.
        first: Opens in the player that is suggested.
        others: Opens a menu of the other players.
        copy: Copies the URL instead.
        again: Looks for players once more.
        command, use_command: A command of the user's own.
    """

    left = Signal()

    def __init__(
        self, players: Players, question: PlayerQuestion, parent: QWidget | None = None
    ) -> None:
        super().__init__(padding=tokens.SPACE_M, parent=parent)
        self._players = players
        self._question = question
        self.menu: QMenu | None = None
        self._glyph = Glyph("play-box-outline", 20, "accent")
        self.title = make_label("", "strong", wrap=True)
        self.text = make_label("", "muted", wrap=True, selectable=True)
        self.problem = make_label("", "bad", wrap=True)
        self.first = Button("", "play", kind="primary")
        self.others = SecondaryButton(self.tr("Another player"), "chevron-down")
        self.others.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow comes last
        self.copy = SecondaryButton("", "content-copy")
        self.again = SecondaryButton(self.tr("Look again"), "refresh")
        self.command = QLineEdit()
        self.use_command = SecondaryButton(self.tr("Use this command"))
        self._command_row = QWidget()
        self._lay_out()
        self._connect()
        self.setVisible(False)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(tokens.SPACE_M)
        top.addWidget(self._glyph, alignment=Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(tokens.SPACE_XS)
        texts.addWidget(self.title)
        texts.addWidget(self.text)
        top.addLayout(texts, 1)
        # Beside the texts: below them they would push the page down. In two lines where it is
        # narrow.
        buttons = FlowLayout(right=True)
        for button in (self.first, self.others, self.again, self.copy):
            buttons.addWidget(button)
        top.addLayout(buttons)
        close = IconButton("close", self.tr("Dismiss"))
        close.clicked.connect(self._question.drop)
        top.addWidget(close, alignment=Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(top)
        self.command.setPlaceholderText("mpv --force-media-title={title} {url}")
        self.command.setAccessibleName(self.tr("Player command"))
        row = QHBoxLayout(self._command_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_S)
        row.addWidget(self.command, 1)
        row.addWidget(self.use_command)
        self.body.addWidget(self._command_row)
        self.body.addWidget(self.problem)

    def _connect(self) -> None:
        self._disconnect = self._question.changed.connect(self.show_question)
        self.destroyed.connect(self._disconnect)
        self.first.clicked.connect(self._open_first)
        self.others.clicked.connect(self._show_menu)
        self.copy.clicked.connect(self._copy)
        self.again.clicked.connect(self._question.look_again)
        self.use_command.clicked.connect(self._use_command)
        self.command.returnPressed.connect(self._use_command)
        self.command.textEdited.connect(lambda _text: self._show_problem(""))

    def show_question(self) -> None:
        """Show what is asked now."""
        asked = self._question.asked
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        self.setVisible(asked is not None)
        if asked is None:
            if had_focus:
                self.left.emit()
            return
        said = describe_question(
            asked.answer,
            link_name(asked.link),
            suggested=asked.suggested,
            failed=asked.failed,
            opened=asked.opened,
            why=explain(asked.error).why if asked.error is not None else "",
            platform=sys.platform,
        )
        self._show_words(said, asked)

    def _show_words(self, said: PlayerWords, asked: Question) -> None:
        is_failure = asked.failed is not None
        self.set_tone("bad" if is_failure else "")
        self._glyph.show_icon(
            "alert-circle-outline" if is_failure else "play-box-outline",
            "bad" if is_failure else "accent",
        )
        self.title.setText(said.title)
        self.text.setText(said.text)
        self.first.setText(said.first)
        self.first.setVisible(bool(said.first))
        self.others.setVisible(bool(said.first))
        self.copy.setText(said.copy)
        self.again.setVisible(not said.first)
        self._command_row.setVisible(not said.first)
        self._show_problem("")
        self.setAccessibleName(f"{said.title} {said.text}")

    def _open_first(self) -> None:
        asked = self._question.asked
        if asked is not None and asked.suggested is not None:
            self._choose(asked.suggested)

    def _choose(self, player: Player) -> None:
        """A failed player stays the default: it may only have been busy."""
        asked = self._question.asked
        if asked is not None and asked.failed is not None:
            self._question.open_once(player)
        else:
            self._question.use_player(player)

    def _copy(self) -> None:
        asked = self._question.asked
        if asked is not None and asked.answer is Answer.ASK:
            self._question.use_copy()
        else:
            self._question.copy_once()

    def _show_menu(self) -> None:
        asked = self._question.asked
        if asked is None:
            return
        menu = self.menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.aboutToHide.connect(self._forget_menu)
        self._add_players(menu, [p for p in self._players.found if p != asked.suggested])
        command = menu.addAction(icons.icon("console"), self.tr("A command of your own …"))
        command.triggered.connect(self._show_command)
        # Not `QPushButton.setMenu`: it would run a loop of its own.
        menu.popup(self.others.mapToGlobal(QPoint(0, self.others.height())))

    def _add_players(self, menu: QMenu, players: Sequence[Player]) -> None:
        for player in players:
            action = menu.addAction(icons.icon(icon_of(player)), player.name)
            action.triggered.connect(self._chooser(player))

    def _chooser(self, player: Player) -> Callable[[], None]:
        return lambda: self._choose(player)

    def _forget_menu(self) -> None:
        self.menu = None

    def _show_command(self) -> None:
        self._command_row.setVisible(True)
        self.command.setFocus(Qt.FocusReason.OtherFocusReason)

    def _use_command(self) -> None:
        try:
            self._question.use_command(self.command.text())
        except SettingsError as exc:
            self._show_problem(self.tr("The command {reason}.").format(reason=exc.reason))
        except AceDeskError as exc:
            self._show_problem(f"{exc.detail}.")

    def _show_problem(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        self.command.setAccessibleDescription(sentence)
