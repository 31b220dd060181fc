"""YAML as plain values: the only place that knows the library. Pure.

Scalars stay the texts they are written as, because variables are texts: `on`, `0644` and `1.10`
mean themselves. Aliases and merged maps are followed up to a limit, so that a small file cannot
become a large one.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any, Final

# A compose file for all of acexy, orchestrator, VPN and dashboards has some hundred.
MOST_NODES: Final = 20_000
DEEPEST: Final = 50

_NULL: Final = "tag:yaml.org,2002:null"
_MERGE: Final = "tag:yaml.org,2002:merge"


@dataclasses.dataclass(slots=True)
class Document:
    """What a file holds.

    Attributes:
        content: Maps, lists, texts and None, as they stand there.
        repeated: Keys that stand in one map twice; the last one counts.
    """

    content: Any
    repeated: list[str] = dataclasses.field(default_factory=list)


def read_document(text: str) -> Document:
    """Return what a YAML file holds.

    Raises:
        ValueError: With part of a sentence that says why it cannot be understood.
    """
    # 1.5 MB that nobody needs who never imports anything.
    import yaml

    try:
        # The loader in C follows brackets without an end until the process dies.
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        return _Reader().read(node)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except yaml.MarkedYAMLError as exc:
        line = f"line {exc.problem_mark.line + 1}: " if exc.problem_mark is not None else ""
        raise ValueError(f"it is not YAML ({line}{exc.problem or exc.context})") from None
    except yaml.YAMLError:
        raise ValueError("it is not YAML: it holds signs that no text has") from None


class _Reader:
    """Turns nodes into values, and counts them."""

    def __init__(self) -> None:
        self._left = MOST_NODES
        self._repeated: list[str] = []

    def read(self, node: Any) -> Document:
        return Document(None if node is None else self._value(node, 0), self._repeated)

    def _value(self, node: Any, depth: int) -> Any:
        self._count(depth)
        if node.id == "scalar":
            return None if node.tag == _NULL else str(node.value)
        if node.id == "sequence":
            return [self._value(one, depth + 1) for one in node.value]
        return self._map(node, depth)

    def _map(self, node: Any, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if key.tag == _MERGE:
                continue
            name = str(key.value) if key.id == "scalar" else ""
            if name in found:
                self._repeated.append(name)
            found[name] = self._value(value, depth + 1)
        for merged in self._merged(node):
            # Of several the first counts, and what the map says itself counts more.
            for name, value in self._merged_values(merged, depth + 1).items():
                found.setdefault(name, value)
        return found

    def _merged(self, node: Any) -> Iterator[Any]:
        for key, value in node.value:
            if key.tag == _MERGE:
                yield from value.value if value.id == "sequence" else (value,)

    def _merged_values(self, node: Any, depth: int) -> dict[str, Any]:
        if node.id != "mapping":
            raise ValueError("“<<” merges something that is no map")
        self._count(depth)
        return self._map(node, depth)

    def _count(self, depth: int) -> None:
        self._left -= 1
        if self._left < 0:
            raise ValueError(f"it holds more than {MOST_NODES} values with its aliases put in")
        if depth > DEEPEST:
            raise ValueError("it is nested too deep, or holds itself")
