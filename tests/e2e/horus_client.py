"""What the Kodi add-on Horus asks, in its order, and what it reads of each answer.

Written from what version 0.1.9 of script.module.horus does on the wire: every address that it is
given is cut off at the base it asks, so they must begin with it; each request ends with a query,
be it empty; what it cannot read it shows as an error.
"""

import contextlib
import dataclasses
import hashlib
import http.client
import json
import urllib.parse
from collections.abc import Iterator
from typing import Any


@dataclasses.dataclass(frozen=True)
class Answer:
    """As the add-on keeps it: data, or a message."""

    status: int
    data: Any
    message: str

    @property
    def success(self) -> bool:
        return not self.message


@dataclasses.dataclass
class Horus:
    """One play of one content.

    Attributes:
        asked: Each path with its query, in order.
    """

    base: str
    key_kind: str
    key: str
    asked: list[str] = dataclasses.field(default_factory=list)
    session: dict[str, Any] = dataclasses.field(default_factory=dict)
    filename: str = ""
    content_id: str = ""

    def get(self, path: str | None, **parameters: str) -> Answer:
        target = str(path).replace(self.base, "").strip("/")
        status, body = self._ask("GET", f"/{target}?{urllib.parse.urlencode(parameters)}")
        try:
            told = json.loads(body) if status < 400 else {"error": f"HTTP Error {status}"}
        except ValueError:
            told = {}
        error = told.get("error")
        return Answer(status, told.get("result") or told.get("response"), str(error or ""))

    def version(self) -> str:
        answer = self.get("webui/api/service", format="json", method="get_version")
        return str(answer.data["version"]) if answer.success else ""

    def start(self, *, hls: bool = False) -> Answer:
        """Open the session, then ask for the file's name, and for an id where there is none."""
        assert tuple(map(int, self.version().split(".")[:3])) >= (3, 1, 29)  # else it sends `sid`
        player = hashlib.sha1(self.key.encode(), usedforsecurity=False).hexdigest()
        path = "ace/manifest.m3u8" if hls else "ace/getstream"
        answer = self.get(path, format="json", pid=player, **{self.key_kind: self.key})
        if not answer.success:
            return answer
        self.session = dict(answer.data)
        infohash = self.session["infohash"]
        files = self.get("server/api", method="get_media_files", api_version="3", infohash=infohash)
        if files.success:
            self.filename = files.data["files"][0]["filename"]
        if self.key_kind != "id":
            found = self.get("server/api", method="get_content_id", infohash=infohash)
            if found.success:
                self.content_id = found.data.get("content_id", "")
        return answer

    def stat(self) -> dict[str, Any]:
        answer = self.get(self.session["stat_url"])
        return dict(answer.data) if answer.success else {}

    def stop(self) -> Answer:
        return self.get(self.session["command_url"], method="stop")

    @contextlib.contextmanager
    def open(self, method: str) -> Iterator[http.client.HTTPResponse]:
        """Open the playback URL as Kodi's player does; the body is the caller's to read."""
        target = urllib.parse.urlsplit(self.session["playback_url"])
        headers = {"User-Agent": "Kodi/20.2", "Accept": "*/*"}
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, target.path, headers=headers)
            with connection.getresponse() as response:
                yield response

    def _ask(self, method: str, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        where = urllib.parse.urlsplit(self.base)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, response.read()
