"""Puts together what AceDesk answers as an engine, with the players' routes that it extends."""

from collections.abc import Callable

from aiohttp import web

from acedesk.acestream_api.engine_client import EngineClient
from acedesk.api.as_engine.client_sessions import ClientSessions
from acedesk.api.as_engine.old_addresses import OldAddresses
from acedesk.api.as_engine.service_answers import ServiceAnswers
from acedesk.api.as_engine.session_answers import SessionAnswers
from acedesk.api.as_engine.starts import Starts
from acedesk.model.event import Note, note_nothing
from acedesk.proxy.data_plane import DataPlane
from acedesk.proxy.http.refusals import Refusals
from acedesk.settings import Settings


def build(
    plane: DataPlane,
    client: EngineClient,
    settings: Callable[[], Settings],
    note: Note = note_nothing,
) -> list[web.RouteDef]:
    """Return the players' routes and those of an engine."""
    players = plane.player_routes
    sessions = ClientSessions(lambda session: players.end_hls(session.token))
    starts = Starts(plane, sessions, settings, Refusals(note))
    about = SessionAnswers(plane, sessions)
    service = ServiceAnswers(plane, sessions, client)
    old = OldAddresses(plane)
    return [
        *plane.routes(starts.start),
        *(
            web.get(path, handler)
            for path, handler in (
                ("/webui/api/service", service.service),
                ("/server/api", service.server),
                ("/ace/r/{infohash}/{token}", about.media),
                ("/ace/m/{infohash}/{token}.m3u8", about.media),
                ("/ace/stat/{infohash}/{token}", about.stat),
                ("/ace/cmd/{infohash}/{token}", about.command),
                ("/ace/event/{infohash}/{token}", about.event),
                ("/pid/{rest:.+}", old.play),
                ("/content_id/{rest:.+}", old.play),
                ("/infohash/{rest:.+}", old.play),
                ("/url/{rest:.+}", old.play),
            )
        ),
    ]
