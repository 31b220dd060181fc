"""Names of containers that an orchestrator lists."""

from acedesk.engines.remote.container_names import KEPT, ContainerNames
from acedesk.formats.orchestrator.replies import RemoteEngine


class Lookups:
    """Knows some names, and how often it was asked."""

    def __init__(self, *known: str) -> None:
        self.known = set(known)
        self.asked: list[str] = []

    async def is_known(self, name: str) -> bool:
        self.asked.append(name)
        return name in self.known


def engine(host: str, published: int = 19000) -> RemoteEngine:
    return RemoteEngine(id=host, name=host, host=host, port=6878, published=published)


async def test_a_name_that_nobody_knows_is_strange() -> None:
    lookups = Lookups("acestream-2")
    names = ContainerNames(lookups.is_known)

    await names.look_up([engine("acestream-1"), engine("acestream-2")])

    assert names.is_strange("acestream-1")
    assert not names.is_strange("acestream-2")
    assert not names.is_strange("acestream-3")


async def test_what_is_no_name_of_a_container_is_not_looked_up() -> None:
    lookups = Lookups()
    names = ContainerNames(lookups.is_known)

    hosts = ("127.0.0.1", "10.0.0.5", "::1", "nas.local", "localhost")
    await names.look_up([*map(engine, hosts), engine("acestream-1", published=0)])

    assert lookups.asked == []
    assert not any(map(names.is_strange, hosts))


async def test_a_name_is_looked_up_again_after_a_while_and_forgotten_with_its_engine() -> None:
    lookups, seconds = Lookups(), [0.0]
    names = ContainerNames(lookups.is_known, now=lambda: seconds[0])
    await names.look_up([engine("acestream-1")])
    seconds[0] = KEPT - 1
    await names.look_up([engine("acestream-1")])
    assert lookups.asked == ["acestream-1"]

    lookups.known.add("acestream-1")
    seconds[0] = KEPT
    await names.look_up([engine("acestream-1")])
    assert not names.is_strange("acestream-1")

    await names.look_up([])
    assert names._known == {}


async def test_a_name_of_no_computer_is_strange_when_really_looked_up() -> None:
    names = ContainerNames()

    await names.look_up([engine("no-such-container-anywhere")])

    assert names.is_strange("no-such-container-anywhere")
