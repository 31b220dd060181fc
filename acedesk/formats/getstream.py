"""The query of a player's getstream request becomes a `PlayRequest`.

Pure; called from the proxy for every request. Everything a player or an old playlist may add is
tolerated; what would name a second content, or is ours to decide (`pid`, `format`), is not handed
on to the engine.
"""

import dataclasses
import math
from collections.abc import Iterable

from acedesk.errors import BadRequest, LinkError
from acedesk.formats import links
from acedesk.formats.stream_key import LONGEST_SELECTOR, build_key
from acedesk.formats.text import clean_text
from acedesk.model.content import KeyKind, Link, StreamKey
from acedesk.model.join_point import KEYFRAME, LIVE, JoinPoint
from acedesk.values import frozen_value

# Enough for every parameter the engine documents (about 35), far below a flood.
MOST_EXTRAS = 64
# The longest documented parameter is a list of file numbers.
LONGEST_EXTRA = 1024
LONGEST_TITLE = 200

SELECTORS = {
    "id": KeyKind.CONTENT_ID,
    "content_id": KeyKind.CONTENT_ID,
    "infohash": KeyKind.INFOHASH,
    "url": KeyKind.URL,
    "magnet": KeyKind.MAGNET,
}
_JOINS = {"live": LIVE, "keyframe": KEYFRAME}
_SWITCH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
# For AceDesk alone, besides the titles.
_OWN = frozenset({"protect", "join", "from"})
_TITLES = frozenset({"title", "name"})
_DROPPED = frozenset(
    {
        # Ours to choose, one engine session for all players (`sid` is the old name of `pid`).
        *("pid", "sid", "format", "client_session_id"),
        # Would name another content, or a file on the engine's computer.
        *("direct_url", "path", "provider", "mode", "transport_file_data", "manifest_url"),
        # HTTP headers some players put into the query, and keys meant for AceDesk alone.
        *("range", "user-agent", "referer", "api_key", "token"),
    }
)

_NO_JSON = "AceDesk answers with the stream itself: leave format=json out of the address."
# The two classic answers are acexy's, word for word: programs compare them.
_NONE = "one of `id` or `infohash` must have a value"
_BOTH = "only one of `id` or `infohash` can have a value"
_SEVERAL = "only one of `id`, `infohash`, `url` or `magnet` can have a value"


@frozen_value
class PlayRequest:
    """What a player asks for.

    Attributes:
        key: The content.
        extra: Parameters to hand on to the engine unchanged, in their order.
        title: A title from the URL, "" when none; never trusted as markup.
        protect: Two engines are to play it at once (`protect=1`), or one; None: as is usual.
        join: Where the viewer begins when the stream runs already (`join=live`, `from=-20`).
        viewer: Whose request it is, where a program asks for several players; "" elsewhere.
    """

    key: StreamKey
    extra: tuple[tuple[str, str], ...] = ()
    title: str = ""
    protect: bool | None = None
    join: JoinPoint = KEYFRAME
    viewer: str = ""


def parse_query(pairs: Iterable[tuple[str, str]]) -> PlayRequest:
    """Return what the query asks for.

    Args:
        pairs: Names and values in their order, percent-decoded.

    Raises:
        BadRequest: No selector or several, a malformed one, or too many parameters.
    """
    selectors: dict[KeyKind, Link] = {}
    extra: list[tuple[str, str]] = []
    own: dict[str, str] = {}
    title = index = ""
    for given, value in pairs:
        name = given.strip().lower()
        if (kind := SELECTORS.get(name)) is not None:
            _add_selector(selectors, kind, value)
        elif name == "_idx":
            index = value
        elif name in _OWN:
            own[name] = value.strip().lower()
        elif name in _TITLES:
            title = title or clean_text(value, LONGEST_TITLE)
        elif _is_handed_on(name, value):
            extra.append((given, value))
        if len(extra) > MOST_EXTRAS:
            raise BadRequest(f"The request has more than {MOST_EXTRAS} parameters.")
    link = _only_one(selectors)
    return PlayRequest(
        key=build_key(link.key.kind, link.key.value, index or str(link.key.file_index)),
        extra=tuple(extra),
        title=title or link.title,
        protect=_SWITCH.get(own.get("protect", "")),
        join=_join_point(own.get("join", ""), own.get("from", "")),
    )


def parse_play(pairs: Iterable[tuple[str, str]]) -> PlayRequest:
    """Return what a player that wants media asks for; see `parse_query`.

    Raises:
        BadRequest: As there, or it wants an engine's JSON, and would wait for the end of the media.
    """
    given = tuple(pairs)
    play = parse_query(given)
    if wants_json(given):
        raise BadRequest(_NO_JSON)
    return play


def wants_json(pairs: Iterable[tuple[str, str]]) -> bool:
    """Tell whether a query asks for an engine's JSON in place of the media."""
    return any(
        name.strip().lower() == "format" and value.strip().lower() == "json"
        for name, value in pairs
    )


def _join_point(join: str, back: str) -> JoinPoint:
    """Return where the viewer wants to begin; empty values are as none."""
    if join and back:
        raise BadRequest("`join` and `from` cannot both have a value")
    if join and join not in _JOINS:
        raise BadRequest("`join` must be `live` or `keyframe`")
    return _seconds_back(back) if back else _JOINS.get(join, KEYFRAME)


def _seconds_back(text: str) -> JoinPoint:
    try:
        seconds = -float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise BadRequest("`from` must be a number of seconds back, as in `from=-20`")
    return JoinPoint(seconds)


def _add_selector(selectors: dict[KeyKind, Link], kind: KeyKind, value: str) -> None:
    if len(value) > LONGEST_SELECTOR:
        raise BadRequest(f"The request is too long ({len(value)} characters in one parameter).")
    value = value.strip()
    if not value:
        return
    link = _selected(kind, value)
    if selectors.setdefault(kind, link).key != link.key:
        raise BadRequest(f"`{_name(kind)}` is there twice with different values")


def _selected(kind: KeyKind, value: str) -> Link:
    """Return the link that a selector's value is: players hand on what they were given.

    Raises:
        LinkError: It is none, or several.
    """
    try:
        key = build_key(kind, value)
        return Link(key=key, title=links.magnet_title(key))
    except LinkError as exc:
        try:
            link = links.find(value)
        except links.SeveralLinks:
            raise
        except LinkError:
            raise exc from None
    if kind is KeyKind.INFOHASH and link.key.kind is KeyKind.CONTENT_ID:
        # An id that says nothing of its kind is of the kind it was asked for as.
        key = build_key(kind, link.key.value, str(link.key.file_index))
        link = dataclasses.replace(link, key=key)
    return link


def _only_one(selectors: dict[KeyKind, Link]) -> Link:
    if not selectors:
        raise BadRequest(_NONE)
    if len(selectors) > 1:
        classic = selectors.keys() == {KeyKind.CONTENT_ID, KeyKind.INFOHASH}
        raise BadRequest(_BOTH if classic else _SEVERAL)
    return next(iter(selectors.values()))


def _is_handed_on(name: str, value: str) -> bool:
    if not name or name in _DROPPED or len(name) + len(value) > LONGEST_EXTRA:
        return False
    # Lone surrogates (undecodable bytes) and control characters cannot be meant.
    return name.isprintable() and value.isprintable()


def _name(kind: KeyKind) -> str:
    return "id" if kind is KeyKind.CONTENT_ID else kind.value
