"""Keys that mean the same stream."""

from acedesk.model.content import Infohash, KeyKind, StreamKey
from acedesk.proxy.streams.key_aliases import MOST_KEPT, KeyAliases

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


def test_what_an_engine_told_once_is_known_for_all_names() -> None:
    aliases = KeyAliases()
    magnet = StreamKey(KeyKind.MAGNET, f"magnet:?xt=urn:btih:{'B' * 40}")
    aliases.learn(CONTENT, Infohash("b" * 40))

    assert {aliases.identity(key) for key in (CONTENT, INFOHASH, magnet)} == {INFOHASH}
    aliases.add(INFOHASH, magnet)
    assert aliases.resolve(CONTENT) == magnet
    assert aliases.resolve(INFOHASH) == magnet


def test_the_files_of_a_content_stay_apart() -> None:
    aliases = KeyAliases()
    second = StreamKey(KeyKind.CONTENT_ID, "a" * 40, 1)
    aliases.learn(CONTENT, Infohash("b" * 40))
    aliases.add(INFOHASH, INFOHASH)

    assert aliases.resolve(second) == second


def test_two_content_ids_are_not_one_because_of_their_infohash() -> None:
    aliases = KeyAliases()
    second = StreamKey(KeyKind.CONTENT_ID, "d" * 40)
    for key in (CONTENT, second):
        aliases.learn(key, Infohash("b" * 40))
    aliases.add(INFOHASH, CONTENT)

    assert aliases.resolve(second) == second
    assert aliases.resolve(INFOHASH) == CONTENT


def test_no_more_is_remembered_than_there_is_room() -> None:
    aliases = KeyAliases()
    for number in range(MOST_KEPT + 1):
        aliases.learn(StreamKey(KeyKind.CONTENT_ID, f"{number:040x}"), Infohash("b" * 40))

    first = StreamKey(KeyKind.CONTENT_ID, f"{0:040x}")
    assert aliases.identity(first) == first
    assert len(aliases._infohashes) == MOST_KEPT


def test_a_key_whose_own_stream_ran_is_moved_to_the_one_that_stays() -> None:
    aliases = KeyAliases()
    goes, stays = StreamKey(KeyKind.CONTENT_ID, "a" * 40), StreamKey(KeyKind.URL, "http://e/a")
    aliases.add(goes, goes)

    aliases.move(goes, stays)
    aliases.drop(goes)

    assert aliases.resolve(goes) == stays
