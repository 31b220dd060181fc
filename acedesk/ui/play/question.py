"""What a person decides about players: asked in a card, never in the way, and remembered."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from acedesk.errors import PlayerError
from acedesk.model.content import Link, StreamKey
from acedesk.model.player import COMMAND_PLAYER, Player
from acedesk.rules.player_choice import Answer
from acedesk.signals import Signal
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.players import Players
from acedesk.values import frozen_value


@frozen_value(kw_only=False)
class Question:
    """What has to be decided before the link plays.

    Attributes:
        answer: ASK, MISSING or NONE; OPEN when `failed` could not be started.
        suggested: The player that is offered first.
        failed: The player that could not be started, and why.
        opened: The suggested player opens the link meanwhile; only the others are asked about.
    """

    link: Link
    answer: Answer
    suggested: Player | None = None
    failed: Player | None = None
    error: PlayerError | None = None
    opened: bool = False


class Plays(Protocol):
    """What is done with the link once it is decided."""

    def play(self, link: Link) -> None:
        """Play it as the settings say."""
        ...

    def copy(self, link: Link) -> None:
        """Copy its URL."""
        ...

    def open_in(self, player: Player, link: Link) -> None:
        """Open it in this player."""
        ...


class PlayerQuestion:
    """Holds the question there is, and carries out the answer.

    Attributes:
        asked: None while there is no question.

    Signals:
        changed: `asked` is different.
        raised: There is a question for a person who may not be looking.
    """

    def __init__(
        self, desk: Desk, players: Players, plays: Plays, on_error: Callable[[Exception], object]
    ) -> None:
        self.changed: Signal[()] = Signal()
        self.raised: Signal[()] = Signal()
        self.asked: Question | None = None
        self._desk = desk
        self._players = players
        self._plays = plays
        self._on_error = on_error

    def ask(self, question: Question) -> None:
        """Ask this now, instead of what was asked before."""
        self.asked = question
        self.changed.emit()
        if not question.opened:  # the window would cover the picture
            self.raised.emit()

    def drop(self) -> Question | None:
        """Ask no longer; return what was asked."""
        asked, self.asked = self.asked, None
        if asked is not None:
            self.changed.emit()
        return asked

    def drop_about(self, *keys: StreamKey) -> None:
        """Ask no longer if it is about one of these contents."""
        if self.asked is not None and self.asked.link.key in keys:
            self.drop()

    def use_player(self, player: Player) -> None:
        """Open the link in `player`, and all others from now on."""
        self._decide({"play_action": "open", "default_player": player.id}, player)

    def use_copy(self) -> None:
        """Copy the URL of the link, and of all others from now on."""
        self._decide({"play_action": "copy"})

    def use_command(self, command: str) -> None:
        """Play the link with a command of the user's own, and all others from now on.

        Raises:
            SettingsError: The command cannot be used.
            PlayerError: Its program is not on this computer.
        """
        self._desk.players.check_command(command)
        self._decide(
            {
                "play_action": "open",
                "player_command": command.strip(),
                "default_player": COMMAND_PLAYER,
            }
        )

    def open_once(self, player: Player) -> None:
        """Open the link in `player`, this time only."""
        asked = self.drop()
        if asked is not None:
            self._plays.open_in(player, asked.link)

    def copy_once(self) -> None:
        """Copy the URL of the link, this time only."""
        asked = self.drop()
        if asked is not None:
            self._plays.copy(asked.link)

    def look_again(self) -> None:
        """Look for players once more, and play the link."""
        asked = self.drop()
        if asked is not None:
            self._run(self._look_and_play(asked), "look for players")

    async def _look_and_play(self, asked: Question | None) -> None:
        await self._players.look()
        if asked is not None:
            self._plays.play(asked.link)

    def _decide(self, values: Mapping[str, object], player: Player | None = None) -> None:
        self._run(self._save_and_play(values, self.drop(), player), "choose a player")

    async def _save_and_play(
        self, values: Mapping[str, object], asked: Question | None, player: Player | None
    ) -> None:
        try:
            await self._desk.settings.save(values)
        finally:  # a file that cannot be written is told, and the choice holds for this run
            if asked is None or not asked.opened or player is None:
                await self._look_and_play(asked)
            elif player != asked.suggested:
                self._plays.open_in(player, asked.link)

    def _run(self, work: Coroutine[Any, Any, object], name: str) -> None:
        run_action(work, self._on_error, name=name)
