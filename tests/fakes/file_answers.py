"""Answers of an engine that came over a connection that is gone by now."""

import asyncio

from acedesk.acestream_api.exchange import EngineResponse, Exchange
from acedesk.formats.http_head import parse_head
from acedesk.proxy.files.file_body import FileBody


class GoneTransport(asyncio.Transport):
    """A connection that is closed already; what came over it is still to be read."""

    def is_closing(self) -> bool:
        return True

    def abort(self) -> None:
        pass


def body_of(head: str, data: bytes = b"", *, ends: bool = True) -> FileBody:
    """Return an answer that came as these bytes; without `ends` more may come."""
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    if ends:
        reader.feed_eof()
    writer = asyncio.StreamWriter(
        GoneTransport(), asyncio.Protocol(), reader, asyncio.get_running_loop()
    )
    return FileBody(
        EngineResponse(Exchange(), (reader, writer), parse_head(head.encode()), has_body=True)
    )
