"""The one style sheet, generated from the tokens; `theme` applies it to the application."""

import dataclasses
import string

from acedesk.ui.look import tokens
from acedesk.ui.look.tokens import Colors

_TEMPLATE = string.Template("""
QWidget { color: $text; }
QMainWindow, QDialog, QWidget#page, QWidget#content { background: $background; }
QToolTip { background: $panel; color: $text; border: 1px solid $hairline; padding: 5px 7px; }

QLabel { background: transparent; }
QLabel[role="title"] { font-size: ${title}pt; font-weight: 600; }
QLabel[role="section"] { font-size: ${section}pt; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: ${small}pt; }
QLabel[role="bad"] { color: $bad; }
QLabel[role="warn"] { color: $warn; }
QLabel[role="good"] { color: $good; }

QFrame#card { background: $panel; border: 1px solid $hairline; border-radius: ${card}px; }
QFrame#card[tone="bad"] { background: $bad_tint; border-color: $bad; }
QFrame#card[tone="warn"] { background: $warn_tint; border-color: $warn; }
QFrame#card[tone="accent"] { background: $accent_tint; border-color: $accent; }
QFrame#field { background: $panel; border: 1px solid $hairline; border-radius: ${field}px; }
QFrame#field[focused="true"] { border: 1px solid $accent; }
QFrame#field[bad="true"] { border: 1px solid $bad; }
QFrame#well { background: $pill; border: 1px solid $hairline; border-radius: ${field}px; }
QFrame#hairline { background: $hairline; border: none; }
QWidget#sidebar { background: $sidebar; border-right: 1px solid $hairline; }

QPushButton { background: $panel; border: 1px solid $hairline; border-radius: ${button}px;
  padding: 0 13px; min-height: ${button_height}px; font-weight: 600; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $pressed; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $muted; background: $background; }
QPushButton:checked { background: $accent_tint; border-color: $accent; }
QPushButton:checked:focus { border: 2px solid $text; padding: 0 12px;
  min-height: ${focused_height}px; }
QPushButton[kind="primary"] { background: $accent; border-color: $accent; color: $on_accent; }
QPushButton[kind="primary"]:hover { background: $accent_hover; }
QPushButton[kind="primary"]:pressed { background: $accent_pressed; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; padding: 0 12px;
  min-height: ${focused_height}px; }
QPushButton[kind="primary"]:disabled { background: $pill; border-color: $hairline; color: $muted; }
QPushButton[kind="danger"] { color: $bad; }
QPushButton[small="true"] { min-height: ${small_height}px; padding: 0 10px; }
QPushButton[small="true"]:checked:focus { padding: 0 9px; min-height: ${small_focused}px; }
QPushButton[kind="link"] { background: transparent; border: 1px solid transparent;
  color: $accent_text; padding: 0 6px; min-height: 24px; }
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border-color: $accent; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: ${button}px;
  padding: 3px; min-width: 24px; min-height: 24px; }
QToolButton[small="true"] { padding: 0; }
QToolButton:hover { background: $hover; }
QToolButton:pressed { background: $pressed; }
QToolButton:focus { border-color: $accent; }
QToolButton::menu-indicator { image: none; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox { background: $panel; border: 1px solid $hairline;
  border-radius: ${field}px; padding: 0 10px; min-height: 32px;
  selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit { placeholder-text-color: $muted; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus { border-color: $accent; }
QLineEdit[bad="true"], QSpinBox[bad="true"], QDoubleSpinBox[bad="true"] { border-color: $bad; }
QLineEdit:disabled, QComboBox:disabled { color: $muted; background: $background; }
QLineEdit QToolButton { border: none; padding: 0; min-width: 0; min-height: 0; }
QComboBox { padding-right: 28px; }
QComboBox::drop-down { border: none; width: 28px; }
QComboBox::down-arrow { image: none; }
QLineEdit[bare="true"] { background: transparent; border: none; padding: 0; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $hairline; padding: 4px;
  selection-background-color: $accent_tint; selection-color: $text; outline: none; }
QPlainTextEdit, QTextEdit { background: $panel; border: 1px solid $hairline;
  border-radius: ${field}px; padding: 6px; selection-background-color: $accent;
  selection-color: $on_accent; }
QPlainTextEdit:focus, QTextEdit:focus { border-color: $accent; }
QCheckBox { spacing: 8px; min-height: 24px; }

QTableView, QListView { background: transparent; border: none; outline: none;
  selection-background-color: $accent_tint; selection-color: $text; }
QTableView::item, QListView::item { border: none; padding: 0; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: transparent; color: $muted; border: none; font-weight: 600;
  border-bottom: 1px solid $hairline; padding: 0 4px 0 16px; }

QMenu { background: $panel; border: 1px solid $hairline; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 5px; }
QMenu::item:selected { background: $accent_tint; color: $text; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $hairline; margin: 4px 8px; }

QScrollArea { background: transparent; border: 1px solid transparent; }
QScrollArea:focus { border: 1px solid $accent; border-radius: ${card}px; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 2px; }
QScrollBar::handle { background: $hairline; border-radius: 3px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar { background: $pill; border: none; border-radius: 3px; max-height: 6px;
  min-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSplitter::handle { background: transparent; }
""")


def build(colors: Colors, base_points: float) -> str:
    """Return the style sheet for `colors` and a UI font of `base_points` points."""
    return _TEMPLATE.substitute(
        dataclasses.asdict(colors),
        title=base_points + 7,
        section=base_points + 3,
        small=base_points - 1.5,
        card=tokens.RADIUS_CARD,
        field=tokens.RADIUS_FIELD,
        button=tokens.RADIUS_BUTTON,
        # Qt's min-height is that of the contents: the border of 1 px each side comes on top.
        button_height=tokens.BUTTON_HEIGHT - 2,
        focused_height=tokens.BUTTON_HEIGHT - 4,
        small_height=tokens.SMALL_BUTTON_HEIGHT - 2,
        small_focused=tokens.SMALL_BUTTON_HEIGHT - 4,
    )
