"""Frozen values behave as dataclasses do, and cost less."""

import copy
import dataclasses
import gc
import math
import pickle
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.values import frozen_value


@frozen_value
class Value:
    """Two fields, one hidden, one that is not compared."""

    name: str
    number: int = 1
    secret: str = dataclasses.field(default="s", repr=False)
    note: str = dataclasses.field(default="", compare=False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """The same as `dataclasses` makes it."""

    name: str
    number: int = 1
    secret: str = dataclasses.field(default="s", repr=False)
    note: str = dataclasses.field(default="", compare=False)


@frozen_value(kw_only=False)
class Pair:
    """Fields by position."""

    first: object
    second: object = None


@frozen_value(kw_only=False)
class Single:
    """One field."""

    only: object


@frozen_value
class Nothing:
    """No field."""


@frozen_value(kw_only=False)
class Named:
    """Compares by itself."""

    name: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and other.name.lower() == self.name.lower()

    def __hash__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "named"


@frozen_value
class Derived:
    """One field of its own and one that follows from it."""

    parts: list[int] = dataclasses.field(default_factory=list)
    count: int = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "count", len(self.parts))


_values = st.fixed_dictionaries(
    {"name": st.text(max_size=2), "number": st.integers(0, 2), "note": st.text(max_size=1)}
)


@given(_values, _values)
def test_two_are_equal_and_hashed_as_dataclasses_are(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    ours, usual = (Value(**one), Value(**other)), (Usual(**one), Usual(**other))

    assert (ours[0] == ours[1]) is (usual[0] == usual[1])
    assert (hash(ours[0]) == hash(ours[1])) is (hash(usual[0]) == hash(usual[1]))
    assert repr(ours[0]) == repr(usual[0]).replace("Usual", "Value")


def test_a_value_of_another_class_is_never_equal() -> None:
    others: list[object] = [Usual(name="a"), (1, 2)]

    assert others != [Value(name="a"), Pair(1, 2)]
    assert others[0] != Value(name="a")
    assert others[1] != Pair(1, 2)


def test_what_is_the_same_object_is_equal_even_where_it_is_not_equal_to_itself() -> None:
    assert Single(math.nan) == Single(math.nan)
    assert hash(Single((1,))) == hash(Single((1,)))
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())


def test_nothing_of_it_can_be_changed() -> None:
    value: Any = Value(name="a")

    with pytest.raises(dataclasses.FrozenInstanceError, match="assign to field 'name'"):
        value.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError, match="delete field 'name'"):
        del value.name
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.new = 1
    assert not hasattr(value, "__dict__")


def test_fields_are_given_by_name_unless_it_says_otherwise() -> None:
    with pytest.raises(TypeError):
        Value("a")  # type: ignore[call-arg]

    match Pair(1, 2):
        case Pair(first, second):
            assert (first, second) == (1, 2)


def test_what_a_class_does_itself_stays() -> None:
    assert Named("A") == Named("a")
    assert (hash(Named("A")), repr(Named("A"))) == (7, "named")


def test_it_is_replaced_copied_and_pickled_as_a_dataclass() -> None:
    value = Value(name="a", number=3)

    assert dataclasses.replace(value, number=4) == Value(name="a", number=4)
    assert [field.name for field in dataclasses.fields(value)] == [
        "name",
        "number",
        "secret",
        "note",
    ]
    assert copy.deepcopy(value) == value
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - our own


def test_one_that_holds_itself_can_be_shown() -> None:
    held: list[object] = []
    pair = Pair(held)
    held.append(pair)

    assert repr(pair) == "Pair(first=[...], second=None)"


def test_what_is_made_of_the_fields_is_made_with_them() -> None:
    one, other = Derived(parts=[1, 2]), Derived()

    assert (one.count, other.count) == (2, 0)
    assert one.parts is not other.parts
    assert dataclasses.replace(one, parts=[]) == Derived(parts=[])


def test_only_one_class_is_left() -> None:
    gc.collect()
    named = [one for one in object.__subclasses__() if one.__qualname__ == "Value"]

    assert [one for one in named if one.__module__ == __name__] == [Value]


@frozen_value
class Preset:
    """Fields that nobody gives."""

    name: str
    kind: str = dataclasses.field(init=False, default="preset")
    parts: list[str] = dataclasses.field(init=False, default_factory=list)


def test_a_field_that_nobody_gives_has_its_default() -> None:
    one, other = Preset(name="a"), Preset(name="a")

    assert (one.kind, one.parts) == ("preset", [])
    assert one.parts is not other.parts
    assert one == other
    assert repr(one) == "Preset(name='a', kind='preset', parts=[])"
    with pytest.raises(TypeError):
        Preset(name="a", kind="b")  # type: ignore[call-arg]


def test_a_class_that_compares_by_itself_and_says_no_hash_has_none() -> None:
    @frozen_value
    class Caseless:  # noqa: PLW1641
        name: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Caseless) and other.name.lower() == self.name.lower()

    assert Caseless(name="A") == Caseless(name="a")
    with pytest.raises(TypeError, match="unhashable"):
        hash(Caseless(name="a"))


def test_a_class_that_wants_no_hash_has_none() -> None:
    @frozen_value
    class Unhashed:
        name: str
        __hash__ = None  # type: ignore[assignment]

    with pytest.raises(TypeError, match="unhashable"):
        hash(Unhashed(name="a"))


def test_what_would_be_left_undone_is_refused_when_the_class_is_made() -> None:
    with pytest.raises(TypeError, match=r"Later\.extra: a frozen value takes no InitVar"):

        @frozen_value
        class Later:
            extra: dataclasses.InitVar[int]

    with pytest.raises(TypeError, match=r"Half\.note is hashed as it is compared"):

        @frozen_value
        class Half:
            note: str = dataclasses.field(hash=False)


def test_class_variables_are_no_fields() -> None:
    @frozen_value
    class Counted:
        limit: ClassVar[int] = 3
        name: str = ""

    assert [field.name for field in dataclasses.fields(Counted)] == ["name"]
    assert Counted().limit == 3
