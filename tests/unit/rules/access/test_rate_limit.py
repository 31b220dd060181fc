"""How often something may come from one address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.rules.access.rate_limit import RateLimit, device_key, limit_key


def test_so_many_at_once_and_then_one_after_the_other() -> None:
    limit = RateLimit(burst=3, per_second=0.5)

    assert [limit.take("tv", 10.0) for _ in range(4)] == [0, 0, 0, 2.0]
    assert limit.take("tv", 11.0) == pytest.approx(1.0)
    assert limit.take("tv", 12.0) == 0
    assert limit.take("tv", 12.0) == pytest.approx(2.0)


def test_each_has_its_own() -> None:
    limit = RateLimit(burst=1, per_second=1)

    assert [limit.take(key, 0.0) for key in ("tv", "phone", "tv")] == [0, 0, 1.0]


def test_asking_how_long_counts_nothing() -> None:
    limit = RateLimit(burst=1, per_second=1)

    assert [limit.wait("tv", 0.0) for _ in range(5)] == [0] * 5


def test_whoever_waits_gets_all_back_and_no_more() -> None:
    limit = RateLimit(burst=2, per_second=1)
    for _ in range(2):
        limit.take("tv", 0.0)

    assert [limit.take("tv", 3600.0) for _ in range(3)] == [0, 0, 1.0]


def test_memory_has_an_end() -> None:
    limit = RateLimit(burst=1, per_second=0.001, remembered=10)

    for number in range(1000):
        assert limit.take(str(number), 0.0) == 0

    assert limit.take("999", 1.0) > 0
    assert limit.take("1", 1.0) == 0


@given(st.lists(st.floats(0, 10), max_size=60))
def test_nobody_gets_more_than_burst_and_rate_give(steps: list[float]) -> None:
    limit, now, let = RateLimit(burst=5, per_second=2), 0.0, 0
    for step in steps:
        now += step
        let += limit.take("x", now) == 0

    assert let <= 5 + now * 2 + 1e-6


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.168.1.20", "192.168.1.20"),
        ("::ffff:192.168.1.20", "192.168.1.20"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_a_home_is_one_sender_in_ipv6(address: str, key: str) -> None:
    assert limit_key(address) == key


def test_a_device_is_one_address_however_it_is_written() -> None:
    assert device_key("::ffff:192.168.1.20") == device_key("192.168.1.20") == "192.168.1.20"
    assert device_key("2001:DB8:0::1") == "2001:db8::1"
    assert device_key("2001:db8::2") != device_key("2001:db8::1")
    assert device_key("nonsense") == ""
