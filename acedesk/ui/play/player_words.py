"""What is said about players: which one Play shall open, where to get one, why one did not open."""

from typing import Final

from acedesk.model.player import Player
from acedesk.rules.player_choice import Answer
from acedesk.values import frozen_value


@frozen_value(kw_only=False)
class PlayerWords:
    """A question in words.

    Attributes:
        title, text: The question, and what is behind it.
        first: The button of the player that is suggested, "" when there is none.
        copy: The button that copies the address.
    """

    title: str
    text: str
    first: str
    copy: str


LONGEST_NAME: Final = 48  # letters; the sentence about it shall be read to its end

_CHANGE: Final = "Another can be chosen in Settings, Players."

_PACKAGES: Final = {
    "linux": "Install the package “vlc” or “mpv” with your software centre (videolan.org, mpv.io)",
    "win32": "Install VLC (videolan.org) or mpv (mpv.io)",
    "darwin": "Install VLC (videolan.org), IINA (iina.io) or mpv (mpv.io)",
}


def describe_question(
    answer: Answer,
    name: str,
    *,
    suggested: Player | None,
    failed: Player | None,
    opened: bool,
    why: str,
    platform: str,
) -> PlayerWords:
    """Return the words of a question.

    Args:
        name: Of the link that it is about.
        suggested: The player that is offered first, None when there is none.
        failed: The player that could not be started, and `why`.
        opened: The suggested player opens the link meanwhile.
        platform: As `sys.platform`.
    """
    name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    get = f"{_PACKAGES.get(platform, _PACKAGES['linux'])}, then look again; or give the command "
    get += "of any player, with {url} where the address goes."
    copy = "Copy URL"
    if failed is not None:
        first = f"Open in {suggested.name}" if suggested is not None else ""
        text = f"{why} {name} goes on and can be opened in any player."
        if suggested is None:
            text = f"{text} {get}"
        return PlayerWords(f"{failed.name} could not be started.", text.strip(), first, copy)
    if suggested is None:
        missing = "There is no player on this computer that AceDesk knows."
        return PlayerWords(missing, f"{name} needs one. {get}", "", copy)
    first = f"Play in {suggested.name}"
    if answer is Answer.MISSING:
        gone = "The player that Play opened is not on this computer any more."
        text = f"{gone} {name} can play in this one."
        return PlayerWords(f"{first}?", text, first, copy)
    if opened:
        first = f"Always play in {suggested.name}"
        text = f"{name} opens in it. {_CHANGE}"
    else:
        text = f"{name} plays in it, and Play opens it from now on. {_CHANGE}"
    return PlayerWords(f"{first}?", text, first, "Only copy URLs")
