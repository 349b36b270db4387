"""The key by which push services know this server (RFC 8292)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from inscope_server.app import Server
from inscope_server.config import Config, ConfigError, load
from inscope_server.notifications.push_key import HALF, PushKey

CONTACT = "mailto:it@riverbend.example"
NOW = 1_700_000_000_000


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "push"
    first, second = PushKey.open(path, CONTACT), PushKey.open(path, CONTACT)
    assert first.public == second.public
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_token_says_to_whom_until_when_and_whom_to_ask(tmp_path: Path) -> None:
    key = PushKey.open(tmp_path / "push", CONTACT)
    scheme, token, public = key.authorization("https://push.example", NOW).replace(",", "").split(" ")
    claims = jwt.decode(token.removeprefix("t="), ECKey.import_key(json.loads((tmp_path / "push").read_bytes()))).claims
    assert (scheme, public) == ("vapid", f"k={key.public}")
    assert claims == {"aud": "https://push.example", "exp": NOW // 1000 + 12 * 3600, "sub": CONTACT}


def test_a_token_serves_for_hours_and_for_one_service(tmp_path: Path) -> None:
    key = PushKey.open(tmp_path / "push", CONTACT)
    first = key.authorization("https://push.example", NOW)
    assert key.authorization("https://push.example", NOW + HALF - 1) == first
    assert key.authorization("https://push.example", NOW + HALF) != first
    assert key.authorization("https://other.example", NOW) != first


@pytest.mark.parametrize(
    "held",
    ["", "{}", '{"kty":"oct","k":"AAAA"}', "nonsense", '{"id":"log_A","seed":"AAAA"}',
     json.dumps(ECKey.generate_key("P-384").as_dict(private=True)),
     json.dumps(ECKey.generate_key("P-256").as_dict(private=False))],
)  # fmt: skip
def test_a_file_that_holds_no_such_key_is_named(tmp_path: Path, held: str) -> None:
    (tmp_path / "push").write_text(held, "utf-8")
    with pytest.raises(ConfigError, match=r"push_key_file: .* does not hold the key that belongs there"):
        PushKey.open(tmp_path / "push", CONTACT)


def test_without_push_services_there_is_no_key_and_no_push(tmp_path: Path) -> None:
    server = Server(Config(data_dir=str(tmp_path)))
    assert (server.notifications.key, server.pushing.push) == (None, None)
    assert server.threads.delivery is server.socket
    assert not server.config.push_key.exists()
    server.codes.close()


def test_push_services_need_somebody_to_ask() -> None:
    said = {"INSCOPE_PUSH_SERVICES": "fcm.googleapis.com"}
    with pytest.raises(ConfigError, match="`push_contact` is needed"):
        load(None, said)
    with pytest.raises(ConfigError, match="`push_contact` must be a mail address or a page"):
        load(None, {**said, "INSCOPE_PUSH_CONTACT": "it@hospital.example"})
    assert load(None, {**said, "INSCOPE_PUSH_CONTACT": CONTACT}).push_contact == CONTACT
