"""Where a push may go, and when (SPEC S14.2, S14.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inscope_server.notifications.rules import LATEST_AGAIN, MOST_TRIES, QUIET, SOONEST_AGAIN, again, due, service_of

SERVICES = ["fcm.googleapis.com", "*.push.apple.com", "https://push.hospital.example:8443"]
NOW = 1_700_000_000_000


@pytest.mark.parametrize(
    "endpoint",
    ["https://fcm.googleapis.com/fcm/send/abc", "https://web.push.apple.com/Qx",
     "https://push.hospital.example:8443/a"],
)  # fmt: skip
def test_services_that_the_operator_named_are_called(endpoint: str) -> None:
    assert service_of(endpoint, SERVICES)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x", "https://fcm.googleapis.com:8443/x", "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com@evil.example/x", "https://fcm.googleapis.com.evil.example/x",
        "https://evilfcm.googleapis.com/x", "https://push.apple.com/x", "https://evilpush.apple.com/x",
        "https://127.0.0.1/x", "https://[::1]/x", "file:///etc/passwd", "https://fcm.googleapis.com/x#y",
        "https://fcm.googleapis.com\\@evil.example/", "https://fcm.googleapis.com/a b", "https://fcm.googleapis.com:x/",
        "https://push.hospital.example:8444/a", "https://push.hospital.example/a", "", "https:///x",
        "https://user@push.hospital.example:8443/a", "https://fcm.googleapis.com/" + "x" * 1000,
        "https://fcm.googleapis.com:443/x", "https://fcm.googleapis.com:0443/x", "https://FCM.googleapis.com/x",
        "https://fcm.googleapis.com./x", "HTTPS://fcm.googleapis.com/x", "https://fcm.googleapis.com?x",
        "https://fcm.googleapis.com/\r\nHost: evil.example", "gopher://fcm.googleapis.com/x",
    ],
)  # fmt: skip
def test_whatever_else_a_client_names_is_never_called(endpoint: str) -> None:
    assert not service_of(endpoint, SERVICES)


@given(st.text(max_size=200))
def test_any_text_is_answered(endpoint: str) -> None:
    assert not service_of(endpoint, SERVICES)
    assert service_of(f"https://{endpoint}", []) is None


@pytest.mark.parametrize(
    ("pushed_at", "when"),
    [(None, NOW), (NOW - QUIET, NOW), (NOW - QUIET + 1, NOW + 1), (NOW, NOW + QUIET)],
)
def test_a_device_is_told_at_once_or_when_the_last_push_is_a_minute_old(pushed_at: int | None, when: int) -> None:
    assert due(NOW, pushed_at) == when


def test_what_failed_is_tried_again_later_each_time_and_in_the_end_no_more() -> None:
    pauses = [(again(NOW, failures, 0) or NOW) - NOW for failures in range(1, MOST_TRIES + 1)]
    assert pauses[:3] == [SOONEST_AGAIN, 2 * SOONEST_AGAIN, 4 * SOONEST_AGAIN]
    assert max(pauses) == pauses[-2] == LATEST_AGAIN
    assert again(NOW, MOST_TRIES, 0) is None


@pytest.mark.parametrize(("asked", "pause"), [(1, SOONEST_AGAIN), (120, 120_000), (10**6, LATEST_AGAIN)])
def test_a_service_that_asks_to_wait_is_left_alone_so_long_but_not_for_ever(asked: int, pause: int) -> None:
    assert again(NOW, 1, asked) == NOW + pause
