"""The paste field on top of every page."""

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from acedesk.errors import LinkError
from acedesk.formats import links
from acedesk.model.content import Link
from acedesk.ui.clipboard import clipboard
from acedesk.ui.link_choice import LinkChoice
from acedesk.ui.look import tokens
from acedesk.ui.widgets.buttons import IconButton, PrimaryButton
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import make_label, set_style_property
from acedesk.ui.widgets.pill import Pill


class Omnibox(QWidget):
    """Understands a pasted text; what to do with the link is the window's part.

    A text with several links is asked about: none of them is played unasked.

    Signals:
        link_entered: A text was understood: with its `Link`, to be played.
        copy_wanted: The same, and its URL shall be copied instead (Ctrl+Enter).
        test_wanted: The same, and it shall only be tried.
    """

    link_entered = Signal(object)
    copy_wanted = Signal(object)
    test_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = QLineEdit()
        self.field.setProperty("bare", True)
        self.field.setPlaceholderText(self.tr("Paste a link, an id or a magnet, then press Enter"))
        self.field.setAccessibleName(self.tr("Link to play"))
        self.field.setAcceptDrops(False)  # the window takes drops anywhere, and plays them
        self.play_button = PrimaryButton(self.tr("Play"), "play")
        self.test_button = IconButton("stethoscope", self.tr("Try whether the link plays"))
        self.problem = make_label("", "bad", wrap=True)
        self.choice = LinkChoice()
        self._hint = Pill("Ctrl V")
        self._frame = QFrame()
        self._wanted = self.link_entered  # told of the link that is chosen among several
        self._is_ready = True
        self._early: Link | None = None  # entered while AceDesk was starting
        self._lay_out()
        self.field.returnPressed.connect(self._enter)
        self.field.textChanged.connect(self._on_edited)
        self.field.installEventFilter(self)
        self.play_button.clicked.connect(lambda _=False: self._enter())
        self.test_button.clicked.connect(lambda: self._enter(self.test_wanted))
        self.choice.chosen.connect(self._choose)

    def _lay_out(self) -> None:
        self._frame.setObjectName("field")
        self._frame.setFixedHeight(tokens.OMNIBOX_HEIGHT)
        inside = QHBoxLayout(self._frame)
        inside.setContentsMargins(tokens.SPACE_L, 0, tokens.SPACE_S, 0)
        inside.setSpacing(tokens.SPACE_S)
        inside.addWidget(Glyph("link-variant", tokens.BUTTON_ICON))
        inside.addWidget(self.field, 1)
        inside.addWidget(self._hint)
        self.play_button.setFixedHeight(tokens.OMNIBOX_HEIGHT)
        self.play_button.setMinimumWidth(92)
        line = QHBoxLayout()
        line.setSpacing(tokens.SPACE_M)
        line.addWidget(self._frame, 1)
        line.addWidget(self.test_button)
        line.addWidget(self.play_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_XS)
        column.addLayout(line)
        column.addWidget(self.problem)
        column.addWidget(self.choice)
        self.problem.setVisible(False)

    def set_ready(self, ready: bool) -> None:
        """Keep a link that is entered until AceDesk can play it; then the last one plays."""
        self._is_ready = ready
        self.play_button.setEnabled(ready)
        self.test_button.setEnabled(ready)
        if ready and self._early is not None:
            link, self._early = self._early, None
            self._choose(link)

    def play_text(self, text: str) -> None:
        """Put `text` into the field and play it, as if it had been typed."""
        self.field.setText(" ".join(text.split()))
        self._play(text)

    def paste_and_play(self) -> None:
        """Play what the clipboard holds."""
        clipboard().read(self._paste)

    def _paste(self, text: str) -> None:
        if text.strip():
            self.play_text(text)
        else:
            self.show_problem(self.tr("The clipboard is empty."))

    def show_problem(self, sentence: str) -> None:
        """Say under the field what is wrong with the text, "" for nothing."""
        self.choice.ask(())
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        set_style_property(self._frame, "bad", bool(sentence))
        self.field.setAccessibleDescription(sentence)

    def clear(self) -> None:
        """Empty the field."""
        self.field.clear()
        self.show_problem("")

    def _enter(self, wanted: SignalInstance | None = None) -> None:
        if self.field.text().strip():
            self._play(self.field.text(), wanted)
        else:
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _play(self, text: str, wanted: SignalInstance | None = None) -> None:
        """Understand `text` and tell `wanted` of its link, `link_entered` by default."""
        self._wanted = wanted or self.link_entered
        try:
            link: Link = links.find(text)
        except links.SeveralLinks as exc:
            self.show_problem(self.tr("There are several links in this text. Which one?"))
            self.choice.ask(exc.links)
            return
        except LinkError as exc:
            self.show_problem(exc.detail)
            return
        self._choose(link)

    def _choose(self, link: Link) -> None:
        self.show_problem("")
        if not self._is_ready:
            self._early = link
        else:
            self._wanted.emit(link)

    def _on_edited(self, text: str) -> None:
        self._hint.setVisible(not text)
        if not self.problem.isHidden():
            self.show_problem("")  # it was one of another text

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            set_style_property(self._frame, "focused", event.type() == QEvent.Type.FocusIn)
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape and self.field.text():
                self.clear()
                return True
            if is_copy_key(event):
                self._enter(self.copy_wanted)
                return True
        return super().eventFilter(watched, event)


def is_copy_key(event: QKeyEvent) -> bool:
    """Tell whether it is Ctrl+Enter, which copies where Enter plays."""
    return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and bool(
        event.modifiers() & Qt.KeyboardModifier.ControlModifier
    )


def dropped_text(data: QMimeData) -> str:
    """Return the text of something that was dropped, with what a dragged link is called."""
    text = "\n".join(url.toString() for url in data.urls()) if data.hasUrls() else data.text()
    # Only in the HTML is what a dragged link is called.
    return f"{data.html()}\n{text}" if data.hasHtml() else text
