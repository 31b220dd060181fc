"""The Help page: what stands in `resources/help`, to be read in the window."""

from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QTextBrowser, QVBoxLayout, QWidget

from acedesk.ui.desk import Desk
from acedesk.ui.help.topics import TOPICS, help_folder
from acedesk.ui.look import theme, tokens
from acedesk.ui.page import Page
from acedesk.ui.web_page import open_page
from acedesk.ui.widgets.buttons import ChoiceButton
from acedesk.ui.widgets.flow_layout import FlowLayout
from acedesk.ui.widgets.page_header import PageHeader


class HelpPage(Page):
    """Several texts, one of which is read.

    Attributes:
        topics: The buttons that open them, by file.
    """

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.topics: dict[str, ChoiceButton] = {}
        self.text = QTextBrowser()
        self.text.setAccessibleName(self.tr("Help"))
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._follow)
        row = FlowLayout(spacing=tokens.SPACE_XS)
        for title, file in TOPICS:
            button = ChoiceButton(self.tr(title), chosen=not self.topics)
            button.clicked.connect(lambda _=False, file=file: self.show_topic(file))
            self.topics[file] = button
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(PageHeader(self.tr("Help")))
        column.addLayout(row)
        column.addWidget(self.text, 1)
        self.show_topic(TOPICS[0][1])

    def show_topic(self, file: str) -> None:
        """Open a text; one that is none of ours is left aside."""
        if file not in self.topics:
            return
        self.topics[file].setChecked(True)
        document = self.text.document()
        document.setDefaultFont(theme.font())
        document.setDocumentMargin(tokens.SPACE_L)
        try:
            self.text.setMarkdown((help_folder() / file).read_text(encoding="utf-8"))
        except OSError as exc:
            self.text.setPlainText(self.tr("This text could not be read: {0}").format(exc))

    def focus_filter(self) -> None:
        """Put the cursor into the text."""
        self.text.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _follow(self, url: QUrl) -> None:
        """Go to another text, or open a page in the browser."""
        if url.isRelative():
            self.show_topic(url.path())
        else:
            open_page(url.toString())
