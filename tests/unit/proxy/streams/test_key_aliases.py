"""Keys that mean the same stream."""

from acedesk.model.content import KeyKind, StreamKey
from acedesk.proxy.streams.key_aliases import KeyAliases

CONTENT = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
INFOHASH = StreamKey(KeyKind.INFOHASH, "b" * 40)
OTHER = StreamKey(KeyKind.INFOHASH, "c" * 40)


def test_a_key_that_is_no_alias_stands_for_itself() -> None:
    assert KeyAliases().resolve(CONTENT) == CONTENT


def test_an_alias_leads_to_the_key_its_stream_runs_under() -> None:
    aliases = KeyAliases()

    aliases.add(INFOHASH, CONTENT)

    assert aliases.resolve(INFOHASH) == CONTENT
    assert aliases.of(CONTENT) == (INFOHASH,)


def test_only_the_aliases_of_the_dropped_key_are_forgotten() -> None:
    aliases = KeyAliases()
    second = StreamKey(KeyKind.CONTENT_ID, "d" * 40)
    aliases.add(INFOHASH, CONTENT)
    aliases.add(OTHER, second)

    aliases.drop(CONTENT)

    assert aliases.resolve(INFOHASH) == INFOHASH
    assert aliases.resolve(OTHER) == second
    assert aliases.of(CONTENT) == ()
