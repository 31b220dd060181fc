"""What fault injection adds to an engine."""

from acedesk.demo.channels import channels
from acedesk.demo.core import Core
from acedesk.demo.fault_injection.fault_orders import FaultOrders
from acedesk.demo.fault_injection.faults import Fault, FaultKind


async def test_it_adds_its_own_addresses_and_no_others() -> None:
    orders = FaultOrders()
    core = Core(channels(), speed=1.0, inactivity_timeout=60, burst=2.0, tick=0.04, faults=orders)

    paths = {route.path for route in orders.routes(core)}

    assert paths == {"/demo/fault", "/demo/event", "/demo/state", "/demo/reset"}
    assert len(list(orders.middlewares(core))) == 1


def test_an_order_reaches_a_body_that_begins_later() -> None:
    orders = FaultOrders()
    orders.order(Fault(kind=FaultKind.SLOW, factor=0.5), now=1.0)

    body = orders.of_body("", began_at=2.0)

    assert body.state(2.0).flow == 0.5
