"""The design tokens: colours light and dark, spacing, radii and fixed sizes in device-free pixels.

Pure numbers, so that the style sheet and the painting code share one source.
"""

from typing import Final

from acedesk.values import frozen_value


@frozen_value
class Colors:
    """One set of colours, each "#RRGGBB".

    The states (good, working, warn, bad, idle) have at least 4.5:1 against the panel and against
    the tint for the pill behind each; `accent_text` is the accent as a text on its tint.
    """

    background: str
    panel: str
    sidebar: str
    hairline: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    accent_pressed: str
    accent_tint: str
    accent_text: str
    on_accent: str
    hover: str
    pressed: str
    good: str
    good_tint: str
    working: str
    working_tint: str
    warn: str
    warn_tint: str
    bad: str
    bad_tint: str
    idle: str
    pill: str


LIGHT: Final = Colors(
    background="#F6F7F9",
    panel="#FFFFFF",
    sidebar="#EEF0F4",
    hairline="#DFE3EA",
    text="#1B1F27",
    muted="#5D6675",
    accent="#2563EB",
    accent_hover="#1D56D6",
    accent_pressed="#1A4CBE",
    accent_tint="#E3ECFD",
    accent_text="#235EDF",
    on_accent="#FFFFFF",
    hover="#F2F4F8",
    pressed="#E6EAF1",
    good="#187934",
    good_tint="#E4F3E8",
    working="#7A4BD1",
    working_tint="#F0E8FC",
    warn="#926100",
    warn_tint="#FBF0D9",
    bad="#C6202C",
    bad_tint="#FBE4E6",
    idle="#636B74",
    pill="#EEF1F6",
)

DARK: Final = Colors(
    background="#16181D",
    panel="#1E2128",
    sidebar="#121419",
    hairline="#2D323C",
    text="#E8EAEE",
    muted="#9BA3B2",
    accent="#6EA0FF",
    accent_hover="#86B0FF",
    accent_pressed="#5B8FF0",
    accent_tint="#22314F",
    accent_text="#6EA0FF",
    on_accent="#0D1626",
    hover="#262A33",
    pressed="#2F343F",
    good="#3FB950",
    good_tint="#1B3324",
    working="#BC8CFF",
    working_tint="#2E2443",
    warn="#D29922",
    warn_tint="#372C14",
    bad="#F9605A",
    bad_tint="#3C1D20",
    idle="#9198A1",
    pill="#292E38",
)

# Spacing goes in steps of 4.
SPACE_XS: Final = 4
SPACE_S: Final = 8
SPACE_M: Final = 12
SPACE_L: Final = 16
SPACE_XL: Final = 24

RADIUS_BUTTON: Final = 7
RADIUS_FIELD: Final = 8
RADIUS_CARD: Final = 10
RADIUS_PILL: Final = 9

SIDEBAR_WIDTH: Final = 208
OMNIBOX_HEIGHT: Final = 42
BUTTON_HEIGHT: Final = 34
SMALL_BUTTON_HEIGHT: Final = 28
NAV_HEIGHT: Final = 38
PILL_HEIGHT: Final = 22
ROW_HEIGHT: Final = 56
LOW_ROW_HEIGHT: Final = 36
HEADER_HEIGHT: Final = 36
STATUS_HEIGHT: Final = 36
BAR_HEIGHT: Final = 6
SMALLEST_TARGET: Final = 24  # pixels; the least a finger or a shaky hand hits (WCAG 2.5.8)
NAV_ICON: Final = 19
BUTTON_ICON: Final = 16
PILL_ICON: Final = 13
EMPTY_ICON: Final = 48
# Below this the words at the side take more room than the page can spare.
NARROW_WIDTH: Final = 920
NARROW_SIDEBAR: Final = 60
MINIMUM_WIDTH: Final = 960
MINIMUM_HEIGHT: Final = 600
WINDOW_WIDTH: Final = 1280
WINDOW_HEIGHT: Final = 800
