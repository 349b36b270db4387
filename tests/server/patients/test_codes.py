"""The codes' slow hashes: few at once, in threads of their own, and no endless queue."""

from __future__ import annotations

import asyncio
import threading

import pytest
from nacl import bindings, pwhash

from inscope_server.errors import Refusal
from inscope_server.patients.codes import AT_ONCE, MOST_WAITING, Codes


async def test_a_code_is_known_by_its_hash() -> None:
    codes = Codes()
    hashed = await codes.hash("org_a", "482913")
    assert [await codes.is_right("link", hashed, said) for said in ("482913", "482914", "")] == [True, False, False]
    codes.close()


async def test_a_try_takes_64_mib_twice_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pwhash.argon2id, "OPSLIMIT_INTERACTIVE", bindings.crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE)
    monkeypatch.setattr(pwhash.argon2id, "MEMLIMIT_INTERACTIVE", bindings.crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE)
    codes = Codes()
    assert (await codes.hash("org_a", "482913")).startswith("$argon2id$v=19$m=65536,t=2,p=1$")
    codes.close()


async def test_few_run_at_once_and_others_have_their_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    codes, go, running = Codes(), threading.Event(), []

    def slow(*_: object) -> bytes:
        running.append(threading.current_thread().name)
        go.wait()
        return b"hash"

    monkeypatch.setattr(pwhash.argon2id, "str", slow)
    asked = [asyncio.create_task(codes.hash("org_a", "482913")) for _ in range(AT_ONCE + MOST_WAITING)]
    await asyncio.to_thread(lambda: None)
    while len(running) < AT_ONCE:
        await asyncio.sleep(0.01)
    with pytest.raises(Refusal, match="rate_limited"):
        await codes.hash("org_a", "482913")
    assert len(running) == AT_ONCE
    go.set()
    assert await asyncio.gather(*asked) == ["hash"] * len(asked)
    assert await codes.hash("org_a", "482913") == "hash"
    codes.close()
