"""What is told of lists: everything, then rows that are new, other or gone."""

import json

from acedesk.api.changes import ChangedRows, WholePicture


def test_only_what_changed_is_told() -> None:
    rows = {"a": '{"id": "a"}', "b": '{"id": "b"}'}
    source = ChangedRows({"things": lambda: dict(rows), "others": dict})
    source.changes("r-1")
    rows["a"] = '{"id": "a", "x": 1}'
    del rows["b"]

    update = source.changes("r-2")

    assert update is not None
    assert json.loads(update.data) == {
        "type": "changes",
        "revision": "r-2",
        "things": {"changed": [{"id": "a", "x": 1}], "removed": ["b"]},
    }
    assert source.changes("r-3") is None


def test_everything_is_told_as_it_was_at_the_last_look() -> None:
    source = ChangedRows({"things": lambda: {"a": "1"}})
    source.changes("r-1")

    assert json.loads(source.whole("r-1").data) == {
        "type": "snapshot",
        "revision": "r-1",
        "things": [1],
    }


def test_a_whole_picture_is_told_again_only_when_it_is_another() -> None:
    values = iter(["1", "1", "2"])
    source = WholePicture("full_sync", lambda: next(values))

    told = [source.changes("r"), source.changes("r"), source.changes("r")]

    assert [one and json.loads(one.data) for one in told] == [
        {"type": "full_sync", "payload": 1},
        None,
        {"type": "full_sync", "payload": 2},
    ]
