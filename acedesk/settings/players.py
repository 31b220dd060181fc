"""Settings of the page Players."""

import dataclasses

from acedesk.model.player import COMMAND_PLAYER, KNOWN_PLAYERS
from acedesk.settings.fields import option_field


@dataclasses.dataclass(frozen=True, kw_only=True)
class PlayerSettings:
    """Settings of the page Players."""

    play_action: str = option_field(
        "open",
        page="Players",
        label="Play",
        help="What Play, Enter and a clicked link do; Ctrl+Enter always copies the address.",
        choices=(("open", "Open the default player"), ("copy", "Copy the address")),
    )
    default_player: str = option_field(
        "",
        page="Players",
        label="Default player",
        help="The player on this computer that Play opens; AceDesk asks once.",
        choices=(
            ("", "Ask at the next Play"),
            *KNOWN_PLAYERS.items(),
            (COMMAND_PLAYER, "The command below"),
        ),
    )
    player_command: str = option_field(
        "",
        page="Players",
        label="Player command",
        help="Any other player: its command with {url} where the address goes, and {title} if it "
        "takes one. It is started without a shell.",
        example="mpv --fs --force-media-title={title} {url}",
    )
