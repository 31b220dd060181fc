"""The unit tests under Wine: what they are run with, and what may fail there."""

import dataclasses

import psutil
import pytest

from tests.unit.packaging.script import ROOT, load

test_python, wine_limits = (
    load(f"windows/{name}") for name in ("test_python.py", "wine_limits.py")
)


@dataclasses.dataclass
class Item:
    """A test that was collected."""

    nodeid: str
    markers: list[pytest.MarkDecorator] = dataclasses.field(default_factory=list)

    def add_marker(self, marker: pytest.MarkDecorator) -> None:
        self.markers.append(marker)


def test_the_tools_are_those_of_the_list_that_unit_tests_import() -> None:
    found = test_python.tools(test_python.listed_tools())

    assert len(found) == len(test_python.TOOLS)
    assert any(tool.startswith("pytest>=") for tool in found)


def test_a_tool_that_is_not_listed_any_more_is_told() -> None:
    with pytest.raises(Exception, match=r"not in pyproject\.toml: hypothesis, ") as told:
        test_python.tools(["pytest>=8"])

    assert type(told.value).__name__ == "Failed"


def test_each_exception_is_a_test_that_is_there_and_says_why() -> None:
    for pattern, reason in (wine_limits.LIMITS | wine_limits.NOT_RUN).items():
        file, _, test = pattern.partition("::")
        name = test.rpartition("::")[2].partition("[")[0].rstrip("*")
        assert f"def {name}" in (ROOT / file).read_text("utf-8"), pattern
        assert len(reason) > 20, pattern


def test_only_what_is_listed_may_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [Item("a.py::test_one[x]"), Item("a.py::test_two"), Item("b.py::test_one")]
    monkeypatch.setattr(wine_limits, "LIMITS", {"a.py::test_one*": "why", "c.py::test": "why"})

    wine_limits.pytest_collection_modifyitems(items)

    (marker,) = items[0].markers
    assert (marker.name, marker.kwargs["reason"], marker.kwargs["run"]) == (
        "xfail",
        "Wine: why",
        True,
    )
    assert items[1].markers == items[2].markers == []


def test_a_listed_test_that_is_gone_from_its_file_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wine_limits, "LIMITS", {"a.py::test_gone": "why"})

    with pytest.raises(pytest.UsageError, match=r"there is no test a\.py::test_gone"):
        wine_limits.pytest_collection_modifyitems([Item("a.py::test_one")])


def test_nothing_asks_who_listens_at_a_port(
    monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    monkeypatch.setattr(psutil, "net_connections", lambda kind: [])

    wine_limits.pytest_configure(pytestconfig)

    with pytest.raises(psutil.AccessDenied):
        psutil.net_connections("tcp")
