"""The Help page: what stands in `resources/help`, to be read in the window."""

import pathlib
from typing import Final

from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QTextBrowser, QVBoxLayout, QWidget

from acedesk.store.paths import resources_dir
from acedesk.ui.desk import Desk
from acedesk.ui.look import theme, tokens
from acedesk.ui.page import Page
from acedesk.ui.web_page import open_page
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.page_header import PageHeader

LIST_WIDTH: Final = 200  # pixels; the longest title fits
# What is shown, from top to bottom: the title and the file.
TOPICS: Final = (
    ("Troubleshooting", "troubleshooting.md"),
    ("Recommended settings", "recommended-settings.md"),
    ("Running AceDesk", "runbook.md"),
)


class HelpPage(Page):
    """A list of texts, and the one that is read."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.topics = QListWidget()
        self.topics.setAccessibleName(self.tr("Topics"))
        self.topics.setFixedWidth(LIST_WIDTH)
        self.text = QTextBrowser()
        self.text.setAccessibleName(self.tr("Help"))
        self.text.setOpenLinks(False)
        self.text.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.text.anchorClicked.connect(self._follow)
        for title, _file in TOPICS:
            self.topics.addItem(self.tr(title))
        self.topics.currentRowChanged.connect(self._show)
        self._lay_out()
        self.topics.setCurrentRow(0)

    def show_topic(self, file: str) -> None:
        """Open the text of a file."""
        names = [name for _, name in TOPICS]
        if file in names:
            self.topics.setCurrentRow(names.index(file))

    def focus_filter(self) -> None:
        """Put the cursor into the list of topics."""
        self.topics.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show(self, row: int) -> None:
        file = help_folder() / TOPICS[row][1]
        document = self.text.document()
        document.setDefaultFont(theme.font())
        document.setDocumentMargin(tokens.SPACE_L)
        try:
            self.text.setMarkdown(file.read_text(encoding="utf-8"))
        except OSError as exc:
            self.text.setPlainText(self.tr("This text could not be read: {0}").format(exc))

    def _follow(self, url: QUrl) -> None:
        """Go to another text, or open a page in the browser."""
        if url.isRelative():
            self.show_topic(url.path())
        else:
            open_page(url.toString())

    def _lay_out(self) -> None:
        topics, text = Card(padding=1), Card(padding=1)
        topics.body.addWidget(self.topics)
        text.body.addWidget(self.text)
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_M)
        row.addWidget(topics)
        row.addWidget(text, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(PageHeader(self.tr("Help")))
        column.addLayout(row, 1)


def help_folder() -> pathlib.Path:
    """Return the folder of the texts."""
    return resources_dir() / "help"
