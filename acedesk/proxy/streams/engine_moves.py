"""Streams that leave their engine: the user wants it, or the engine is lost."""

import logging
from collections.abc import Collection, Iterable

from acedesk.engines.pool import EnginePool
from acedesk.errors import Busy, BusyReason, EngineLeft
from acedesk.model.content import StreamKey
from acedesk.model.engine import EngineId, EngineLoss
from acedesk.proxy.streams.stream import Stream

logger = logging.getLogger(__name__)


class EngineMoves:
    """Lets streams go on with another engine; their viewers stay connected.

    Args:
        streams: Those that run.
    """

    def __init__(self, streams: Iterable[Stream], pool: EnginePool) -> None:
        self._streams = streams
        self._pool = pool

    def switch(self, stream: Stream) -> None:
        """Let a stream leave its engine because the user wants it.

        Raises:
            Busy: No other engine can take it.
        """
        engine = stream.supply.engine
        if engine is None:
            raise Busy(BusyReason.NO_ENGINE)
        self.check_other(stream.key, {engine.id})
        stream.supply.engine_lost(engine.id, EngineLeft("the user chose another engine"))

    def check_other(self, key: StreamKey, avoid: Collection[EngineId]) -> None:
        """Return if an engine that is not in `avoid` can take this content.

        Raises:
            Busy: None can.
        """
        try:
            self._pool.check_place(key, avoid=avoid)
        except Busy as exc:
            detail = "No other engine can take this stream."
            raise Busy(BusyReason.MAX_CAPACITY, detail, retry_after=exc.retry_after or 5.0) from exc

    def engine_lost(self, loss: EngineLoss) -> None:
        """Let the streams on an engine go on with another one; the pool's loss listener.

        All of them if the engine is gone. Otherwise only those that receive nothing and have
        another engine: a picture that flows is not interrupted because probes stay unanswered.
        """
        for stream in self._streams:
            try:
                self._move(stream, loss)
            except Exception:
                # One stream's fault must neither keep the others from moving nor reach the pool.
                logger.exception("stream %s could not leave its engine", stream.key.short)

    def _move(self, stream: Stream, loss: EngineLoss) -> None:
        if loss.certain:
            stream.supply.engine_lost(loss.engine_id, loss.error)
        elif self._pool.has_place(stream.key, avoid={loss.engine_id}):
            stream.supply.engine_lost(loss.engine_id, loss.error, doubt=True)
