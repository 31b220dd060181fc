"""Sentences for several AceDesks: every trouble has one, and what can be done."""

import pytest

from acedesk.model.sharing.trouble import SharingTrouble, SharingUnavailable
from acedesk.model.sharing.view import OtherProxyView, SharingView
from acedesk.words import sharing
from acedesk.words.errors import explain

OTHER = OtherProxyView(id="a", name="tv", host="192.0.2.1", port=8080, streams=1, viewers=2)


@pytest.mark.parametrize("trouble", SharingTrouble)
def test_every_trouble_says_what_is_wrong_and_what_acedesk_does_now(
    trouble: SharingTrouble,
) -> None:
    said = explain(SharingUnavailable(trouble))

    assert said.what.endswith(".")
    assert "goes on alone" in said.now


def test_what_is_said_of_the_others() -> None:
    error = SharingUnavailable(SharingTrouble.FULL)

    assert sharing.summary(SharingView())[0] == "Looking for other AceDesks"
    what, text, tone = sharing.summary(SharingView(error=error))
    assert (what, tone) == ("The memory of Redis is full.", "warn")
    assert text == f"{sharing.NOW} Give it more, or empty it."
    assert sharing.summary(SharingView(is_up=True))[2] == ""
    what, text, _ = sharing.summary(SharingView(is_up=True, others=(OTHER,)))
    assert what == "Works together with 1 other AceDesk"
    assert text == "tv:8080: 1 stream, 2 viewers"
    assert sharing.proxy_name(OTHER) == "tv:8080"
    assert sharing.activity(OTHER) == "1 stream, 2 viewers"
