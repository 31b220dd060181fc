"""Foreign text made fit to be shown: no control characters, one line, a limited length."""

import re
import unicodedata

# Bidirectional overrides and isolates can make a line read as something else (CVE-2021-42574);
# the other invisible ones only get in the way of comparing. Joiners stay: scripts need them.
INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

_NEVER_SHOWN = frozenset({"Cc", "Cs", "Co", "Cn"})


def clean_text(text: str, limit: int) -> str:
    """Return `text` as one line of at most `limit` characters that is safe to show as plain text.

    White space of any kind becomes single spaces; control, private, unassigned and invisible
    characters and lone surrogates go.
    """
    # Eight times the limit: enough when much of it goes, and a megabyte is not walked through.
    words = " ".join(INVISIBLE.sub("", text[: limit * 8]).split())
    shown = "".join(char for char in words if unicodedata.category(char) not in _NEVER_SHOWN)
    return shown.strip()[:limit].strip()
