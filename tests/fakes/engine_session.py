"""A session as an engine gives it, for tests in which nobody reads it."""

from acedesk.formats.engine_reply import Session


def make_session(*, number: str = "", is_live: bool | None = True) -> Session:
    """Return a session whose URLs lead nowhere.

    Args:
        number: Its playback session id.
    """
    return Session(
        playback_url="",
        stat_url="",
        command_url="",
        event_url="",
        infohash=None,
        playback_session_id=number,
        is_live=is_live,
        is_encrypted=False,
        player_id="",
    )
