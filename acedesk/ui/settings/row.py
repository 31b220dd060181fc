"""One setting on the page: its name and help on the left, field, reset and reason on the right."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from acedesk.settings import option
from acedesk.ui.look import tokens
from acedesk.ui.settings.draft import Draft
from acedesk.ui.settings.input_fields import TEXT_WIDTH, make_field
from acedesk.ui.widgets.buttons import IconButton, LinkButton
from acedesk.ui.widgets.card import Card, Hairline
from acedesk.ui.widgets.label import make_label

# Wider, and one no longer sees which field belongs to which label.
WIDEST_LABEL = 680


class SettingRow(QWidget):
    """Shows one setting of a draft and writes what is typed into it.

    Signals:
        touched: The draft changed through this row.
    """

    touched = Signal()

    def __init__(self, name: str, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        facts = option(name)
        self.name = name
        self._draft = draft
        self._offered = ""
        self.field = make_field(name)
        self.reset = IconButton(
            "restore", self.tr("Back to the default of {0}").format(facts.label)
        )
        self._reason = make_label("", "bad", wrap=True)
        self._kept = make_label("", "small", wrap=True)
        self.use = LinkButton("")
        self._lay_out()
        self.field.edited.connect(self._take)
        self.reset.clicked.connect(self._reset)
        self.use.clicked.connect(lambda: self._put(self._offered))
        self.show_draft()

    def show_draft(self) -> None:
        """Show what the draft holds."""
        self.field.show_text(self._draft.text(self.name))
        self._judge()

    def show_reason(self, reason: str, *, offered: str = "") -> None:
        """Say under the field why its text cannot be saved; "" takes it back.

        Args:
            offered: A value that would do, put in by a button.
        """
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))
        self._offered = offered
        self.use.setText(self.tr("Use {0}").format(offered))
        self.use.setVisible(bool(offered))
        self.field.mark(reason)

    def show_kept(self, line: str) -> None:
        """Say under the field where its value is kept; "" where that is nothing to be told."""
        self._kept.setText(line)
        self._kept.setVisible(bool(line))

    @property
    def kept(self) -> str:
        """What is said of where its value is kept."""
        return self._kept.text()

    @property
    def reason(self) -> str:
        """What is said under the field."""
        return self._reason.text()

    def _take(self, text: str) -> None:
        self._draft.type(self.name, text)
        self._judge()
        self.touched.emit()

    def _reset(self) -> None:
        self._draft.reset(self.name)
        self.show_draft()
        self.field.setFocus()
        self.touched.emit()

    def _put(self, text: str) -> None:
        self._draft.type(self.name, text)
        self.show_draft()
        self.field.setFocus()
        self.touched.emit()

    def _judge(self) -> None:
        self.show_reason(self._draft.problem(self.name))
        self.reset.setVisible(not self._draft.is_default(self.name))

    def _lay_out(self) -> None:
        facts = option(self.name)
        left, right = QWidget(), QWidget()
        left.setMaximumWidth(WIDEST_LABEL)
        right.setFixedWidth(TEXT_WIDTH + tokens.BUTTON_HEIGHT + tokens.SPACE_XS)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, tokens.SPACE_S, 0, tokens.SPACE_S)
        row.setSpacing(tokens.SPACE_XL)
        row.addWidget(left, 1000)  # up to its maximum; the rest of a wide window stays empty
        row.addWidget(right, alignment=Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
        texts = QVBoxLayout(left)
        texts.setContentsMargins(0, 0, 0, 0)
        texts.setSpacing(tokens.SPACE_XS)
        texts.addWidget(make_label(facts.label, "strong", wrap=True))
        more = self.tr(" Counts after a restart.") if facts.restart else ""
        texts.addWidget(make_label(f"{facts.help}{more}", "small", wrap=True))
        texts.addStretch(1)
        line = QHBoxLayout()
        line.setSpacing(tokens.SPACE_XS)
        line.addWidget(self.field)
        line.addWidget(self.reset)
        line.addStretch(1)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_XS)
        column.addLayout(line)
        column.addWidget(self._reason)
        column.addWidget(self._kept)
        self._kept.hide()
        column.addWidget(self.use, alignment=Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)


class Section(Card):
    """A titled card of rows, with a hairline between two that are shown."""

    def __init__(self, title: str, members: Sequence[str]) -> None:
        super().__init__()
        self.title = title
        self._places = {name: place for place, name in enumerate(members)}
        self.rows: list[SettingRow] = []
        self._lines: list[Hairline] = []
        self._heading = QHBoxLayout()
        self._heading.addWidget(make_label(title, "section"), 1)
        self.body.addLayout(self._heading)
        self.setVisible(False)

    def add(self, row: SettingRow) -> None:
        """Put one more row at its place, hidden until `show_only` names it."""
        line, own = Hairline(), self._places[row.name]
        place = sum(self._places[other.name] < own for other in self.rows)
        for number, part in enumerate((line, row)):
            part.setVisible(False)
            self.body.insertWidget(1 + 2 * place + number, part)  # the heading is before all
        self._lines.insert(place, line)
        self.rows.insert(place, row)

    def add_action(self, action: QWidget) -> None:
        """Put something to press beside the title."""
        self._heading.addWidget(action)

    def show_only(self, wanted: set[str]) -> None:
        """Show the rows of these settings; hide the card when none is left."""
        first = True
        for line, row in zip(self._lines, self.rows, strict=True):
            shown = row.name in wanted
            row.setVisible(shown)
            line.setVisible(shown and not first)
            first = first and not shown
        self.setVisible(not first)
