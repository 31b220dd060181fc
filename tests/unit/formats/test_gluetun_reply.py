import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import VpnAnswerInvalid
from acedesk.formats.gluetun_reply import (
    PublicIp,
    parse_forwarded_port,
    parse_public_ip,
    parse_vpn_status,
)


def test_the_public_address_comes_with_its_place() -> None:
    data = (
        b'{"public_ip":"1.2.3.4","region":"Vaud","country":"Switzerland","city":"Nyon",'
        b'"hostname":"x","location":"46.3,6.2","organization":"Example AG","timezone":"UTC"}'
    )

    assert parse_public_ip(data) == PublicIp(ip="1.2.3.4", country="Switzerland", city="Nyon")


@pytest.mark.parametrize("data", [b"{}", b'{"public_ip":""}', b'{"public_ip":null}'])
def test_before_the_first_look_up_there_is_no_address(data: bytes) -> None:
    assert parse_public_ip(data) == PublicIp(ip="")


def test_an_address_must_be_one() -> None:
    with pytest.raises(VpnAnswerInvalid):
        parse_public_ip(b'{"public_ip":"<script>"}')


@pytest.mark.parametrize(
    ("data", "port"),
    [
        (b'{"port":5914,"ports":[5914]}', 5914),
        (b'{"port":5914}', 5914),
        (b'{"ports":[6000,6001]}', 6000),
        (b'{"port":0,"ports":[7000]}', 7000),
        (b'{"port":"5914"}', 5914),
        (b'{"port":0,"ports":null}', None),
        (b'{"port":0}', None),
        (b'{"ports":[]}', None),
        (b'{"port":99999}', None),
        (b'{"port":-1}', None),
    ],
)
def test_the_forwarded_port_is_read_in_all_its_forms(data: bytes, port: int | None) -> None:
    assert parse_forwarded_port(data) == port


def test_the_status_is_the_vpns_own_word() -> None:
    assert parse_vpn_status(b'{"status":"running"}') == "running"


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"null", b"{}", b"[" * 60_000, b"x" * 100_000, b"Unauthorized", b'{"a":1}']
)
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    with pytest.raises(VpnAnswerInvalid):
        parse_vpn_status(data)
    with pytest.raises(VpnAnswerInvalid):
        parse_forwarded_port(data)


FIELDS = st.sampled_from(["public_ip", "country", "port", "ports", "status"])
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@given(
    data=st.one_of(
        st.binary(),
        st.dictionaries(FIELDS, VALUES).map(lambda value: json.dumps(value).encode()),
    )
)
def test_no_bytes_raise_anything_but_our_error(data: bytes) -> None:
    for parse in (parse_public_ip, parse_forwarded_port, parse_vpn_status):
        try:
            parse(data)
        except VpnAnswerInvalid:
            continue
