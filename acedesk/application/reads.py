"""Narrow reads: engines with what their containers use; one stream, or only what has changed."""

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from acedesk.engines.pool import EnginePool
from acedesk.model.diagnosis import Diagnosis
from acedesk.model.engine import EngineId
from acedesk.model.history import ContainerUsage
from acedesk.model.snapshot import EngineView, StreamView
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.proxy.streams.stream import Stream
from acedesk.proxy.views import stream_diagnosis, stream_mark, stream_name, stream_view

# What the container of an engine uses, None while that is not known.
Usage = Callable[[EngineId], ContainerUsage | None]


def no_usage(_engine_id: EngineId) -> None:
    """Know nothing of any container."""


def engine_views(pool: EnginePool, usage: Usage) -> tuple[EngineView, ...]:
    """Return all engines in the order of the pool."""
    return tuple(_with_usage(view, usage(view.id)) for view in pool.views())


def _with_usage(view: EngineView, usage: ContainerUsage | None) -> EngineView:
    return view if usage is None else dataclasses.replace(view, usage=usage)


class StreamRead(NamedTuple):
    """One stream before more than its mark is read.

    Attributes:
        mark: Changes only when more than numbers do.
        view: Makes the picture.
    """

    id: str
    mark: object
    view: Callable[[], StreamView]


class StreamReads:
    """Reads of what is played, files included, and of what failed within the last minute."""

    def __init__(self, streams: StreamRegistry) -> None:
        self._streams = streams

    def views(self) -> tuple[StreamView, ...]:
        """Return a picture of each."""
        return (*map(stream_view, self._all()), *self._streams.files.views())

    def find(self, stream_id: str) -> StreamView | None:
        """Return the picture of one, None when it is not there."""
        for stream in self._all():
            if stream.key.stream_id == stream_id:
                return stream_view(stream)
        files = (view for view in self._streams.files.views() if view.id == stream_id)
        return next(files, None)

    def diagnoses(self) -> Iterator[tuple[str, str, Diagnosis | None]]:
        """Yield of each its id, its name and why it is as it is."""
        for stream in self._all():
            yield stream.key.stream_id, stream_name(stream), stream_diagnosis(stream)
        for view in self._streams.files.views():
            yield view.id, view.name, view.diagnosis

    def each(self) -> Iterator[StreamRead]:
        """Yield them one by one, to be read or not."""
        for stream in self._all():
            view = partial(stream_view, stream)
            yield StreamRead(stream.key.stream_id, stream_mark(stream), view)
        for found in self._streams.files.views():
            yield StreamRead(found.id, object(), partial(_same, found))

    def _all(self) -> Iterator[Stream]:
        yield from self._streams
        yield from self._streams.failed()


def _same(view: StreamView) -> StreamView:
    return view
