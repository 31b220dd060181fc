"""The page at the root."""

from acedesk import __version__
from acedesk.api.front_page import FrontPage, build_front_page
from tests.fakes.api_client import serve


def test_the_page_says_where_players_and_programs_find_what() -> None:
    page = build_front_page("http://192.168.1.5:8080/t/secret")

    assert f"AceDesk {__version__}" in page
    assert "http://192.168.1.5:8080/t/secret/ace/getstream?id=" in page
    for path in ("docs", "openapi.json", "metrics", "health/ready", "api/v2/snapshot"):
        assert f'href="{path}"' in page  # relative: it may stand under a longer path
    assert "<script" not in page


def test_an_address_cannot_add_to_the_page() -> None:
    assert "<img" not in build_front_page("http://<img src=x>")


async def test_a_browser_at_the_root_gets_the_page() -> None:
    async with serve(FrontPage().endpoints()) as http, http.get("/") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/html"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert f"http://{answer.url.authority}/ace/getstream" in await answer.text()
