"""What becomes of what a service says."""

from acedesk.model.settings_import.plan import Finding, Outcome
from acedesk.model.settings_import.source import (
    ForeignSettings,
    PublishedPort,
    Service,
    SourceKind,
    Variable,
)
from acedesk.rules.settings_import.judging import ServiceJudge
from acedesk.rules.settings_import.table import ACEXY, ORCHESTRATOR
from acedesk.settings import Settings


def variables(**texts: str | None) -> tuple[Variable, ...]:
    return tuple(Variable(name=name, text=text) for name, text in texts.items())


def judge(
    *services: Service,
    kind: SourceKind = SourceKind.COMPOSE,
    current: Settings | None = None,
    proxy: bool = True,
) -> list[Finding]:
    foreign = ForeignSettings(kind=kind, services=services)
    judge = ServiceJudge(
        foreign, current or Settings(), has_proxy=proxy, has_orchestrator=not proxy
    )
    table = ACEXY if proxy else ORCHESTRATOR
    return [one for service in services for one in judge.judge(service, (table,))]


def of_file(**texts: str | None) -> list[Finding]:
    return judge(Service(variables=variables(**texts)), kind=SourceKind.ENV_FILE)


def only(findings: list[Finding]) -> Finding:
    (found,) = findings
    return found


def test_what_holds_already_changes_nothing() -> None:
    found = only(of_file(ACEXY_STREAM_GRACE_PERIOD="15s"))

    assert (found.outcome, found.changes) == (Outcome.TAKEN, False)


def test_out_of_bounds_is_refused_with_the_bound() -> None:
    found = only(of_file(ACEXY_STREAM_GRACE_PERIOD="2h"))

    assert (found.outcome, found.reason) == (Outcome.REFUSED, "It must be at most 600 s.")


def test_empty_is_nothing_and_a_problem_is_told() -> None:
    assert only(of_file(ACEXY_LOG_LEVEL="")).outcome is Outcome.NOT_APPLICABLE
    assert only(of_file(ACEXY_LOG_LEVEL=None)).outcome is Outcome.NOT_APPLICABLE

    bad = Variable(name="ACEXY_LOG_LEVEL", text=None, problem="needs the variable X")
    found = only(judge(Service(variables=(bad,)), kind=SourceKind.ENV_FILE))

    assert (found.outcome, found.reason) == (
        Outcome.REFUSED,
        "Its value needs the variable X.",
    )


def test_of_two_for_one_setting_the_first_of_the_table_is_taken() -> None:
    first, second = of_file(ACEXY_BUFFER="256MiB", ACEXY_BUFFER_SIZE="64MiB")

    assert (first.name, first.values) == ("ACEXY_BUFFER_SIZE", {"ring_mib": 64})
    assert (second.outcome, second.reason) == (
        Outcome.NOT_APPLICABLE,
        "ACEXY_BUFFER_SIZE is for the same setting and was taken.",
    )


def test_host_and_port_are_one_engine_beside_those_there_are() -> None:
    service = Service(variables=variables(ACEXY_HOST="nas", ACEXY_PORT="6900"))
    current = Settings(engines=("other:6878",))

    host, port = judge(service, kind=SourceKind.ENV_FILE, current=current)

    assert host.values == port.values == {"engines": ("other:6878", "nas:6900")}


def test_an_engine_that_is_there_already_is_not_added() -> None:
    service = Service(variables=variables(ACEXY_HOST="NAS"))
    current = Settings(engines=("nas:6878",))

    found = only(judge(service, kind=SourceKind.ENV_FILE, current=current))

    assert (found.outcome, found.changes) == (Outcome.TAKEN, False)


def test_engines_of_several_services_are_all_taken() -> None:
    one = Service(name="a", variables=variables(ACEXY_HOST="10.0.0.1"))
    two = Service(name="b", variables=variables(ACEXY_HOST="10.0.0.2"))

    assert judge(one, two)[-1].values == {"engines": ("10.0.0.1:6878", "10.0.0.2:6878")}


def test_half_an_address_is_not_guessed() -> None:
    bad = Variable(name="ACEXY_HOST", text=None, problem="needs the variable X")
    service = Service(variables=(bad, *variables(ACEXY_PORT="6878")))

    host, port = judge(service, kind=SourceKind.ENV_FILE)

    assert (host.outcome, port.outcome) == (Outcome.REFUSED, Outcome.NOT_APPLICABLE)


def test_a_bad_port_of_an_engine_is_refused() -> None:
    found = only(of_file(ACEXY_PORT="70000"))

    assert (found.outcome, "from 1 to 65535" in found.reason) == (Outcome.REFUSED, True)


def test_the_published_port_counts_not_the_one_inside() -> None:
    port = PublishedPort(text="9000:7070", host="127.0.0.1", port=9000, target=7070)
    other = PublishedPort(text="1:2", host="", port=1, target=2)
    service = Service(
        name="acexy", ports=(other, port), variables=variables(ACEXY_LISTEN_ADDR=":7070")
    )

    ports, listen = judge(service)

    assert ports.values == {"host": "127.0.0.1", "port": 9000}
    assert listen.outcome is Outcome.NOT_APPLICABLE


def test_on_the_network_of_the_computer_its_own_address_counts() -> None:
    service = Service(
        name="acexy", network="host", variables=variables(ACEXY_LISTEN_ADDR="127.0.0.1:7070")
    )

    assert only(judge(service)).values == {"host": "127.0.0.1", "port": 7070}


def test_options_count_more_than_variables() -> None:
    service = Service(
        variables=variables(ACEXY_EMPTY_TIMEOUT="5s"),
        options=(
            Variable(name="-empty-timeout", text="7s"),
            Variable(name="-strange", text="true"),
        ),
    )

    option, strange = judge(service, kind=SourceKind.ENV_FILE)

    assert (option.name, option.values) == ("-empty-timeout", {"switch_timeout": 7.0})
    assert strange.outcome is Outcome.UNKNOWN


def test_a_port_of_the_orchestrator_counts_where_it_is_alone() -> None:
    port = PublishedPort(text="8001:8000", host="", port=8001, target=8000)
    service = Service(name="orchestrator", ports=(port,))

    assert only(judge(service, proxy=False)).values == {"host": "0.0.0.0", "port": 8001}


def test_unknown_ones_are_told_without_their_value() -> None:
    found = only(of_file(ACEXY_EMTY_TIMEOUT="secret"))

    assert (found.outcome, found.text, found.secret) == (Outcome.UNKNOWN, "", True)
    assert "Perhaps ACEXY_EMPTY_TIMEOUT is meant." in found.reason


def test_variables_of_the_other_program_are_told_as_such() -> None:
    service = Service(name="acexy", variables=variables(DOCKER_HOST="tcp://x:1"))

    assert "only the other one does" in only(judge(service)).reason


def test_common_variables_of_containers_are_passed_over() -> None:
    assert of_file(TZ="Europe/Paris", PUID="1000") == []


def test_our_own_variables_count_by_themselves() -> None:
    assert "of AceDesk itself" in only(of_file(ACEDESK_PORT="1")).reason


def test_of_an_environment_only_what_is_meant_for_acexy_is_unknown() -> None:
    service = Service(variables=variables(ACEXY_HELLO="1", REDIS_URL="x", SHELL="/bin/sh"))

    found = judge(service, kind=SourceKind.ENVIRONMENT)

    assert [(one.name, one.outcome) for one in found] == [("ACEXY_HELLO", Outcome.UNKNOWN)]


def test_passwords_in_addresses_are_not_shown() -> None:
    found = only(of_file(ACEXY_ORCH_URL="http://eva:secret@host:8000"))

    assert (found.text, found.outcome) == ("http://host:8000", Outcome.REFUSED)


def test_an_orchestrator_that_is_not_imported_stays_the_orchestrator() -> None:
    url, key = of_file(ACEXY_ORCH_URL="http://nas:8000", ACEXY_ORCH_APIKEY="secret")

    assert url.values == {"orchestrator_url": "http://nas:8000"}
    assert (key.values, key.text, key.secret) == ({"orchestrator_api_key": "secret"}, "", True)


def test_a_key_without_an_orchestrator_is_nothing() -> None:
    assert only(of_file(ACEXY_ORCH_APIKEY="secret")).outcome is Outcome.NOT_APPLICABLE


def test_a_key_that_is_refused_is_not_shown() -> None:
    _url, key = of_file(ACEXY_ORCH_URL="http://nas:8000", ACEXY_ORCH_APIKEY="not one word")

    assert (key.outcome, key.text, "not one" in key.reason) == (Outcome.REFUSED, "", False)


def of_orchestrator(*others: Service, **texts: str) -> list[Finding]:
    """Return what becomes of the variables of an orchestrator in a compose file."""
    service = Service(name="orchestrator", variables=variables(**texts))
    return judge(service, *others, proxy=False)[: len(texts)]


def test_the_parts_of_a_redis_are_one_address() -> None:
    found = of_orchestrator(REDIS_DB="2", REDIS_HOST="192.168.1.5", REDIS_PORT="6380")

    assert {one.outcome for one in found} == {Outcome.TAKEN}
    assert [one.values for one in found] == [{"redis_url": "redis://192.168.1.5:6380/2"}] * 3
    assert "acedesk[redis]" in found[0].reason
    assert only(of_orchestrator(REDIS_HOST="nas")).values == {"redis_url": "redis://nas:6379/0"}


def test_a_redis_of_the_file_is_where_its_port_is_published() -> None:
    port = PublishedPort(text="7379:6379", host="", port=7379, target=6379)
    names = frozenset({"redis"})
    open_one = Service(name="redis", names=names, ports=(port,))

    (taken,) = of_orchestrator(open_one, REDIS_HOST="redis")
    (inside,) = of_orchestrator(Service(name="redis", names=names), REDIS_HOST="redis")

    assert taken.values == {"redis_url": "redis://127.0.0.1:7379/0"}
    assert inside.outcome is Outcome.NOT_APPLICABLE
    assert "publishes no port 6379" in inside.reason


def test_the_orchestrators_own_redis_goes_with_it() -> None:
    for host in ({}, {"REDIS_HOST": "localhost"}, {"REDIS_HOST": "127.0.0.1"}):
        found = of_orchestrator(REDIS_PORT="6380", **host)
        assert {one.outcome for one in found} == {Outcome.NOT_APPLICABLE}
        assert "inside the orchestrator" in found[0].reason


def test_what_is_no_part_of_an_address_of_a_redis_is_refused() -> None:
    for texts in ({"REDIS_PORT": "0"}, {"REDIS_DB": "-1"}, {"REDIS_DB": "x"}):
        found = of_orchestrator(REDIS_HOST="nas", **texts)
        assert {one.outcome for one in found} == {Outcome.REFUSED}
    assert only(of_orchestrator(REDIS_HOST="eva:secret@nas")).outcome is Outcome.REFUSED
    broken = Variable(name="REDIS_PORT", text=None, problem="needs the variable X")
    host = Variable(name="REDIS_HOST", text="nas")
    first, second = judge(Service(variables=(host, broken)), proxy=False)
    assert (first.outcome, second.outcome) == (Outcome.NOT_APPLICABLE, Outcome.REFUSED)


def test_a_password_of_a_redis_is_told_where_it_belongs_and_not_shown() -> None:
    found = only(of_orchestrator(REDIS_PASSWORD="geheim"))

    assert (found.outcome, found.text, found.secret) == (Outcome.NOT_APPLICABLE, "", True)
    assert "redis_url" in found.reason


def test_folders_are_told() -> None:
    service = Service(name="x", volumes=("/var/run/docker.sock:/var/run/docker.sock", "./a:/b"))

    socket, folder = judge(service)

    assert ("Docker" in socket.reason, "data folder" in folder.reason) == (True, True)
