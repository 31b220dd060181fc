"""What pages of other sites may do over HTTP: join, not start."""

import pytest

from tests import transport
from tests.integration.proxy.conftest import CONTENT, MakeProxy, OpenCinema

PROGRAMME = transport.programme(20, gop=10)

PAGE = "Sec-Fetch-Site: cross-site\r\nOrigin: https://tv.example\r\n"
IMAGE = f"{PAGE}Sec-Fetch-Dest: image\r\n"
VIDEO = f"{PAGE}Sec-Fetch-Dest: video\r\n"
PATHS = (f"/ace/getstream?id={CONTENT}", f"/ace/manifest.m3u8?id={CONTENT}")


@pytest.mark.parametrize("target", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        IMAGE,
        VIDEO,
        "Origin: https://tv.example\r\n",
        "Origin: null\r\n",
        "Referer: http://tv.example/page\r\n",
        "Sec-Fetch-Site: same-site\r\nOrigin: http://desk:3000\r\n",
    ],
)
async def test_a_page_of_another_site_starts_nothing(
    make_proxy: MakeProxy, headers: str, target: str
) -> None:
    proxy = await make_proxy()
    player = await proxy.play(target, headers=headers)

    assert await player.head() == 403
    assert player.headers["access-control-allow-origin"] == "*"
    assert player.headers["cache-control"] == "no-store"
    assert len(proxy.streams) == 0


@pytest.mark.parametrize(
    "headers",
    [
        "",
        "Sec-Fetch-Site: none\r\nSec-Fetch-Dest: document\r\n",
        "Sec-Fetch-Site: same-origin\r\nReferer: http://desk/\r\n",
    ],
)
async def test_programs_and_own_tabs_start(make_proxy: MakeProxy, headers: str) -> None:
    proxy = await make_proxy()
    player = await proxy.play(headers=headers)
    await proxy.engines[0].push(PROGRAMME)

    assert await player.head() == 200


async def test_media_of_an_allowed_page_starts_and_its_images_do_not(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(allowed_sites="https://tv.example")
    image = await proxy.play(headers=IMAGE)
    assert await image.head() == 403

    video = await proxy.play(headers=VIDEO)
    await proxy.engines[0].push(PROGRAMME)

    assert await video.head() == 200


async def test_a_page_of_another_site_joins_and_changes_nothing(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(2)
    first = await proxy.play()
    await proxy.engines[0].push(PROGRAMME)
    await first.head()

    second = await proxy.play(f"{PATHS[0]}&protect=1&title=Evil", headers=VIDEO)

    assert await second.head() == 200
    (stream,) = proxy.streams
    assert stream.title == ""
    assert not stream.supply.protected


@pytest.mark.parametrize("allow", [False, True])
async def test_an_engine_is_not_sent_into_the_home_network(
    make_proxy: MakeProxy, *, allow: bool
) -> None:
    proxy = await make_proxy(allow_private_urls=allow)
    player = await proxy.play("/ace/getstream?url=http://192.168.1.1/reboot")
    if allow:
        await proxy.engines[0].push(PROGRAMME)

    assert await player.head() == (200 if allow else 403)


async def test_a_page_of_another_site_starts_no_file(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema()

    answer = await cinema.ask(Sec_Fetch_Site="cross-site", Sec_Fetch_Dest="image")

    assert answer.status == 403
    assert cinema.engines[0].sessions == []
