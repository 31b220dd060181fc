"""What an orchestrator is asked and told, of either kind."""

import json

import pytest

from acedesk.engines.remote.client import OrchestratorClient
from acedesk.errors import Busy, BusyReason, OrchestratorTrouble, OrchestratorUnavailable
from acedesk.formats.orchestrator.reports import ENDED, STARTED
from acedesk.store.reports.report_queue import Report
from tests.fakes.orchestrator import FakeOrchestrator, engine_row, stream_row

FIRST = Report(1, STARTED, json.dumps({"labels": {"stream_id": "first"}}))
SECOND = Report(2, ENDED, json.dumps({"stream_id": "second"}))


async def test_engines_and_streams_are_read_together(
    orchestrator: FakeOrchestrator, client: OrchestratorClient
) -> None:
    orchestrator.engines = [engine_row("one", 1)]
    orchestrator.streams = [stream_row("first", "one")]

    picture = await client.fetch_picture()

    assert (list(picture.engines), list(picture.streams)) == (["one"], ["first"])


async def test_half_a_picture_is_none(
    orchestrator: FakeOrchestrator, client: OrchestratorClient
) -> None:
    orchestrator.statuses["/streams"] = 404

    with pytest.raises(OrchestratorUnavailable):
        await client.fetch_picture()


async def test_an_engine_is_asked_for_after_a_look_whether_it_would_be_made(
    orchestrator: FakeOrchestrator, client: OrchestratorClient
) -> None:
    assert await client.provision("request-1") == "made"

    assert [path for _, path in orchestrator.asked] == [
        "/health/ready",
        "/orchestrator/status",
        "/provision/acestream",
    ]
    assert orchestrator.keys == ["request-1"]
    assert orchestrator.sent == [("/provision/acestream", {"labels": {}, "env": {}})]


async def test_the_python_era_makes_engines_without_telling_whether_it_is_ready(
    orchestrator: FakeOrchestrator, client: OrchestratorClient
) -> None:
    orchestrator.modern = False

    assert await client.provision("request-1") == "made"


async def test_one_that_makes_an_engine_is_not_asked_for_another(
    orchestrator: FakeOrchestrator, client: OrchestratorClient
) -> None:
    orchestrator.readiness = {"ready": False, "engines": 0, "provisioning": 1}

    with pytest.raises(Busy) as caught:
        await client.provision("request-1")

    assert caught.value.reason is BusyReason.STARTING
    assert orchestrator.count("/provision/acestream") == 0


async def test_one_that_is_not_ready_is_not_asked_to_make_an_engine(
    orchestrator: FakeOrchestrator, client: OrchestratorClient
) -> None:
    orchestrator.statuses["/health/ready"] = 502

    with pytest.raises(OrchestratorUnavailable):
        await client.provision("request-1")

    assert orchestrator.count("/provision/acestream") == 0


async def test_one_that_would_make_none_is_not_asked_to(
    orchestrator: FakeOrchestrator, client: OrchestratorClient
) -> None:
    details = {"code": "max_capacity", "message": "Full.", "recovery_eta_seconds": 7}
    orchestrator.status = {
        "provisioning": {"can_provision": False, "blocked_reason_details": details}
    }

    with pytest.raises(Busy) as caught:
        await client.provision("request-1")

    assert (caught.value.reason, caught.value.retry_after) == (BusyReason.MAX_CAPACITY, 7.0)
    assert orchestrator.count("/provision/acestream") == 0


async def test_a_refusal_keeps_its_reason(
    orchestrator: FakeOrchestrator, client: OrchestratorClient
) -> None:
    orchestrator.made = (503, {"detail": {"code": "circuit_breaker", "message": "Broken."}})

    with pytest.raises(Busy) as caught:
        await client.provision("request-1")

    assert (caught.value.reason, caught.value.detail) == (BusyReason.CIRCUIT_BREAKER, "Broken.")


async def test_many_reports_are_one_request(
    orchestrator: FakeOrchestrator, client: OrchestratorClient
) -> None:
    assert await client.send([FIRST, SECOND]) == 2

    assert orchestrator.sent == [
        (
            "/events/batch",
            {"started": [{"labels": {"stream_id": "first"}}], "ended": [{"stream_id": "second"}]},
        )
    ]


async def test_where_there_are_no_batches_each_is_sent_alone(
    orchestrator: FakeOrchestrator, client: OrchestratorClient
) -> None:
    orchestrator.modern = False

    assert await client.send([FIRST, SECOND]) == 1
    assert await client.send([SECOND]) == 1

    paths = [path for path, _ in orchestrator.sent]
    assert paths == ["/events/batch", "/events/stream_started", "/events/stream_ended"]


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_what_may_be_taken_later_is_not_dealt_with(
    orchestrator: FakeOrchestrator, client: OrchestratorClient, status: int
) -> None:
    orchestrator.statuses["/events/batch"] = status

    with pytest.raises(OrchestratorUnavailable) as caught:
        await client.send([FIRST, SECOND])

    assert caught.value.trouble is OrchestratorTrouble.FAILING


async def test_one_report_that_is_never_taken_does_not_keep_the_others(
    orchestrator: FakeOrchestrator, client: OrchestratorClient
) -> None:
    orchestrator.statuses = {"/events/batch": 422, "/events/stream_started": 422}

    assert await client.send([FIRST, SECOND]) == 1


async def test_following_resumes_where_it_was(
    orchestrator: FakeOrchestrator, client: OrchestratorClient
) -> None:
    for since in ("", "r-1"):
        async with client.follow(since) as messages:
            await anext(messages)

    assert orchestrator.sinces == ["", "r-1"]
