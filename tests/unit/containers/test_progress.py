"""Summing what Docker tells while it pulls."""

from hypothesis import given
from hypothesis import strategies as st

from acedesk.containers.progress import PullSum, read_lines
from acedesk.containers.runtime import PullProgress


def _layer(name: str, status: str, current: int = 0, total: int = 0) -> dict[str, object]:
    detail = {"current": current, "total": total} if total else {}
    return {"id": name, "status": status, "progressDetail": detail}


def _sum(*events: dict[str, object]) -> PullProgress:
    total = PullSum()
    for event in events:
        assert total.feed(event) == ""
    return total.progress


@given(st.data())
def test_lines_are_read_however_they_are_cut(data: st.DataObject) -> None:
    body = b'{"id": "a"}\r\n[1]\n"x"\nnonsense\n\n{"id": "\xc3\xa4"}\n{"id": "last"}'
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=6)))
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]

    assert [line["id"] for line in read_lines(pieces)] == ["a", "ä", "last"]


def test_a_line_without_end_is_not_kept() -> None:
    assert list(read_lines([b"x" * (2 << 20), b'y\n{"id": "a"}\n'])) == [{"id": "a"}]


@given(st.lists(st.binary(max_size=20)))
def test_any_bytes_are_lines_or_nothing(pieces: list[bytes]) -> None:
    assert all(isinstance(line, dict) for line in read_lines(pieces))


def test_an_error_may_stand_in_its_detail_only() -> None:
    assert PullSum().feed({"errorDetail": {"message": "no"}}) == "no"


def test_before_any_size_is_known_there_is_no_total() -> None:
    assert _sum({"status": "Pulling from x"}, _layer("a", "Pulling fs layer")) == PullProgress()


def test_layers_are_added_up() -> None:
    progress = _sum(_layer("a", "Downloading", 10, 100), _layer("b", "Downloading", 5, 50))
    assert progress == PullProgress(done_bytes=15, total_bytes=150)


def test_a_complete_layer_counts_fully() -> None:
    progress = _sum(_layer("a", "Downloading", 10, 100), _layer("a", "Download complete"))
    assert progress == PullProgress(done_bytes=100, total_bytes=100)


def test_unpacking_does_not_count_as_downloading() -> None:
    progress = _sum(
        _layer("a", "Downloading", 100, 100),
        _layer("a", "Extracting", 5, 100),
        _layer("a", "Pull complete"),
    )
    assert progress == PullProgress(done_bytes=100, total_bytes=100)


def test_layers_that_are_here_already_count_nothing() -> None:
    assert _sum(_layer("a", "Already exists")) == PullProgress()


def test_an_error_is_returned() -> None:
    assert PullSum().feed({"error": "no space left", "errorDetail": {}}) == "no space left"


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
_events = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["a", "b"]) | _json,
        "status": st.sampled_from(["Downloading", "Download complete", "Pull complete"]) | _json,
        "progressDetail": st.fixed_dictionaries(
            {}, optional={"current": st.integers() | _json, "total": st.integers() | _json}
        )
        | _json,
        "error": _json,
    },
)


@given(st.lists(_events))
def test_whatever_comes_the_sums_only_grow_and_fit(events: list[dict[str, object]]) -> None:
    total, last = PullSum(), 0
    for event in events:
        total.feed(event)
        progress = total.progress
        assert progress.done_bytes >= last
        assert progress.done_bytes <= (progress.total_bytes or 0)
        last = progress.done_bytes
