"""Frozen values: classes of named fields that never change.

`dataclasses` compiles seven functions for each such class and keeps the class alive that it made
the slots from: 17 KB and 0.5 ms (Python 3.11, eight fields). With hundreds of these classes that
was a quarter of the time of a start. Here each class gets an `__init__` of its own, and what is the
same for all of them stands once: 8 KB and a third of the time.

In all else they are dataclasses: `dataclasses.replace`, `fields` and `field` work with them. What
is not done as dataclasses do it is refused when the class is made: `InitVar`, and fields that are
compared but not hashed. A class that compares by itself says how it is hashed, or is not hashed.
"""

import dataclasses
import operator
import reprlib
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeVar, dataclass_transform, overload

T = TypeVar("T")

# Name of the class attribute that returns what a value is compared by.
_COMPARED: Final = "__compared__"


@overload
def frozen_value(made: type[T], /) -> type[T]: ...


@overload
def frozen_value(*, kw_only: bool) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(
    frozen_default=True, kw_only_default=True, field_specifiers=(dataclasses.field,)
)
def frozen_value(
    made: type[T] | None = None, /, *, kw_only: bool = True
) -> type[T] | Callable[[type[T]], type[T]]:
    """Make a class a frozen value: equal when all its fields are, and hashed by them.

    Args:
        kw_only: Its fields are given by name.
    """
    if made is None:
        return lambda later: _freeze(later, kw_only=kw_only)
    return _freeze(made, kw_only=kw_only)


def _freeze(plain: type[T], *, kw_only: bool) -> type[T]:
    own = vars(plain)
    make = dataclasses.dataclass(init=False, eq=False, repr=False, slots=True, kw_only=kw_only)
    made = make(plain)
    fields = dataclasses.fields(made)  # type: ignore[arg-type]
    _refuse_unknown(made, fields)
    new = {name: method for name, method in _SHARED.items() if name not in own}
    if "__hash__" not in own:  # Python puts None beside an own `__eq__`: it is not hashed then
        new["__hash__"] = _hash
    new["__init__"] = _make_init(made, fields)
    new[_COMPARED] = staticmethod(_compared(fields))
    for name, method in new.items():
        setattr(made, name, method)
    return made


def _refuse_unknown(made: type, fields: tuple[dataclasses.Field[Any], ...]) -> None:
    """See that the class asks for nothing that would be left undone.

    Raises:
        TypeError: It does.
    """
    # As `dataclasses` keeps them; those that `fields` leaves out are class variables, or these.
    known = {field.name for field in fields}
    for name, field in getattr(made, "__dataclass_fields__").items():  # noqa: B009
        if name not in known and isinstance(field.type, dataclasses.InitVar):
            raise TypeError(f"{made.__qualname__}.{name}: a frozen value takes no InitVar")
    for field in fields:
        if field.hash is not None and field.hash is not field.compare:
            raise TypeError(f"{made.__qualname__}.{field.name} is hashed as it is compared")


def _make_init(made: type, fields: tuple[dataclasses.Field[Any], ...]) -> Callable[..., None]:
    """Compile what takes the fields: a loop over them would take three times as long."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_missing": dataclasses.MISSING}
    positional, by_name, lines = ["self"], list[str](), list[str]()
    for field in fields:
        if not field.init:
            lines += _set_without_parameter(field, known)
            continue
        name, value, given = field.name, field.name, field.name
        if field.default is not dataclasses.MISSING:
            known[f"_default_{name}"] = field.default
            given = f"{name}=_default_{name}"
        elif field.default_factory is not dataclasses.MISSING:
            known[f"_make_{name}"] = field.default_factory
            given, value = f"{name}=_missing", f"_make_{name}() if {name} is _missing else {name}"
        (by_name if field.kw_only else positional).append(given)
        lines.append(f"    _set(self, {name!r}, {value})")
    if hasattr(made, "__post_init__"):
        lines.append("    self.__post_init__()")
    parameters = ", ".join([*positional, "*", *by_name] if by_name else positional)
    text = "\n".join([f"def __init__({parameters}):", *(lines or ["    pass"])])
    exec(text, known)  # noqa: S102 - as `dataclasses` does: every name in it is one of our own
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{made.__qualname__}.__init__"
    return init


def _set_without_parameter(field: dataclasses.Field[Any], known: dict[str, Any]) -> list[str]:
    """Return the line that sets a field nobody gives; none where `__post_init__` sets it."""
    name = field.name
    if field.default is not dataclasses.MISSING:
        known[f"_default_{name}"] = field.default
        return [f"    _set(self, {name!r}, _default_{name})"]
    if field.default_factory is not dataclasses.MISSING:
        known[f"_make_{name}"] = field.default_factory
        return [f"    _set(self, {name!r}, _make_{name}())"]
    return []


def _compared(fields: tuple[dataclasses.Field[Any], ...]) -> Callable[[Any], object]:
    """Return what tells the fields that a value of this class is compared by, as a tuple."""
    names = [field.name for field in fields if field.compare]
    if not names:
        return lambda _: ()
    # Of a single name it would be no tuple.
    return operator.attrgetter(*names, *names[:1] if len(names) == 1 else ())


def _eq(self: Any, other: Any) -> object:
    if other.__class__ is not self.__class__:
        return NotImplemented
    told = self.__compared__
    return told(self) == told(other)


def _hash(self: Any) -> int:
    return hash(self.__compared__(self))


@reprlib.recursive_repr()
def _repr(self: Any) -> str:
    shown = (field.name for field in dataclasses.fields(self) if field.repr)
    parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{type(self).__qualname__}({parts})"


def _refuse_to_set(self: Any, name: str, value: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _set_state(self: Any, state: tuple[object, dict[str, object]]) -> None:
    """Become what was copied or pickled."""
    for name, value in state[1].items():
        object.__setattr__(self, name, value)


_SHARED: Final[dict[str, Callable[..., object]]] = {
    "__eq__": _eq,
    "__repr__": _repr,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__setstate__": _set_state,
}
