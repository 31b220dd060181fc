"""Buttons of every kind; those that show only an icon always carry a name."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from acedesk.ui.look import icons, theme, tokens
from acedesk.ui.look.tokens import Colors

# Qt puts 4 px between icon and text, which looks glued together at our weights.
ICON_GAP = 3

_INK = {"primary": "on_accent", "danger": "bad", "link": "accent_text"}


class Button(QPushButton):
    """A push button in our style; its icon follows the theme.

    Args:
        icon: Name of an icon, "" for none.
        kind: "primary" (one per page), "secondary", "danger" or "link".
        small: 28 instead of 34 pixels high.
    """

    def __init__(
        self,
        text: str,
        icon: str = "",
        *,
        kind: str = "secondary",
        small: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._icon_name = icon
        self._kind = kind
        self._drawn: tuple[str, Colors] | None = None
        self.setProperty("kind", kind)
        self.setProperty("small", small)
        self.setIconSize(QSize(tokens.BUTTON_ICON + ICON_GAP, tokens.BUTTON_ICON))
        self.setAutoDefault(False)
        if kind == "link":
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._draw_icon()

    def set_icon_name(self, icon: str) -> None:
        """Show another icon."""
        if icon != self._icon_name:
            self._icon_name = icon
            self._draw_icon()

    def _draw_icon(self) -> None:
        # The style changes with each widget that this one is put into, the colours seldom.
        look = self._icon_name, theme.colors()
        if self._icon_name and self._drawn != look:
            self._drawn = look
            role = _INK.get(self._kind, "text")
            self.setIcon(icons.icon(self._icon_name, tokens.BUTTON_ICON, role, gap=ICON_GAP))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._draw_icon()


class PrimaryButton(Button):
    """The one thing a page wants to be done."""

    def __init__(self, text: str, icon: str = "", *, parent: QWidget | None = None) -> None:
        super().__init__(text, icon, kind="primary", parent=parent)


class SecondaryButton(Button):
    """Any other action."""

    def __init__(
        self, text: str, icon: str = "", *, small: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(text, icon, small=small, parent=parent)


class ChoiceButton(SecondaryButton):
    """One of several beside each other, of which always one is down."""

    def __init__(
        self, text: str, *, chosen: bool, small: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(text, small=small, parent=parent)
        self.setCheckable(True)
        self.setAutoExclusive(True)  # one of a group, also for screen readers
        self.setChecked(chosen)


class LinkButton(Button):
    """An action that looks like a link, for second choices."""

    def __init__(self, text: str, icon: str = "", *, parent: QWidget | None = None) -> None:
        super().__init__(text, icon, kind="link", parent=parent)


class DetailsButton(LinkButton):
    """Shows and hides what not everybody wants to read, such as commands; hidden at first."""

    def __init__(self, *parts: QWidget, parent: QWidget | None = None) -> None:
        super().__init__("", parent=parent)
        self.setText(self.tr("Details"))
        self._parts = parts
        self.fold()
        self.clicked.connect(lambda: self._show_parts(shown=self._parts[0].isHidden()))

    def fold(self) -> None:
        """Hide the parts again."""
        self._show_parts(shown=False)

    def _show_parts(self, *, shown: bool) -> None:
        for part in self._parts:
            part.setVisible(shown)


class IconButton(QToolButton):
    """A button that shows only an icon; `name` is its tooltip and what a screen reader says."""

    def __init__(
        self,
        icon: str,
        name: str,
        *,
        size: int = tokens.BUTTON_ICON,
        role: str = "muted",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = (icon, size, role)
        self._drawn: tuple[str, Colors] | None = None
        self.setIconSize(QSize(size, size))
        self.setToolTip(name)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._draw_icon()

    def set_icon_name(self, icon: str) -> None:
        """Show another icon."""
        if icon != self._look[0]:
            self._look = (icon, *self._look[1:])
            self._draw_icon()

    def _draw_icon(self) -> None:
        look = self._look[0], theme.colors()
        if self._drawn != look:
            self._drawn = look
            self.setIcon(icons.icon(*self._look))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._draw_icon()
