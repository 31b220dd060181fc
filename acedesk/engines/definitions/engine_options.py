"""Which arguments an engine may not understand; it ends at once when it knows one not. Pure."""

from collections.abc import Iterator, Sequence

from acedesk.engines.definitions.catalogue import EngineOptions

_LIKE = 0.75  # how much alike two options are before one is taken for the other mistyped


def option_name(word: str) -> str:
    """Return the option of "--port=8621", "" for a word that is none."""
    return word.partition("=")[0] if word.startswith("--") else ""


def warn_of_arguments(arguments: Sequence[str], known: EngineOptions) -> tuple[str, ...]:
    """Return a sentence for each argument that the engine may not understand.

    Where nothing is known of an engine's options, nothing is said.
    """
    if not known.switches | known.values:
        return ()
    return tuple(dict.fromkeys(_warnings(arguments, known)))


def _warnings(arguments: Sequence[str], known: EngineOptions) -> Iterator[str]:
    every = known.switches | known.values
    for place, word in enumerate(arguments):
        name = option_name(word)
        following = arguments[place + 1 : place + 2]
        if not name:
            continue
        if name not in every:
            yield _unknown(name, every)
        elif name in known.switches and ("=" in word or _is_value(following)):
            yield f"“{name}” takes no value in some builds of the engine, which end then at once."
        elif name in known.values and "=" not in word and not _is_value(following):
            yield f"“{name}” has no value behind it."


def _is_value(following: Sequence[str]) -> bool:
    return bool(following) and not following[0].startswith("--")


def _unknown(name: str, every: frozenset[str]) -> str:
    import difflib  # seldom needed

    close = difflib.get_close_matches(name, sorted(every), n=1, cutoff=_LIKE)
    meant = f" Is “{close[0]}” meant?" if close else ""
    return (
        f"“{name}” is no option that this engine is known to have.{meant} An engine ends at once "
        "when it does not know an option."
    )
