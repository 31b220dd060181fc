"""Objects that are in memory, to see that nothing of a kind is left."""

import gc


def living(kind: type) -> list[object]:
    """Return the objects of exactly this kind that are in memory."""
    gc.collect()
    return [one for one in gc.get_objects() if type(one) is kind]


def newer(kind: type, than: list[object]) -> list[object]:
    """Return those that are in memory now and were not before.

    What earlier tests left may go at any time; kept in `than`, it gives its id to nothing else.
    """
    old = {id(one) for one in than}
    return [one for one in living(kind) if id(one) not in old]
