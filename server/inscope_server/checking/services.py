"""What the server stands on, asked. Only the store of images is written to: a probe, taken out again."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlparse

import obstore
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError
from redis.exceptions import TimeoutError as RedisTimeout

from ..authority.remote import RemoteAuthority
from ..authority.wire import shared_secret
from ..config import Config, ConfigError
from ..images.blobs import BlobStore
from ..images.store_trouble import in_words as store_in_words
from ..observing import traces
from ..observing.parts import events_answer
from .databases import of_database
from .finding import Finding, good, notice, told, wrong

PATIENCE_SECONDS = 5.0


async def of_services(config: Config) -> AsyncIterator[Finding]:
    async for finding in of_database(config):
        yield finding
    yield await _blobs(config)
    if config.redis_url:
        yield await _events(config)
    if config.authority_url:
        yield await _authority(config)
    if config.traces_endpoint:
        yield await _traces(config)


async def _blobs(config: Config) -> Finding:
    """Written, read and deleted, as an image would be."""
    folder = _missing_folder(config.blobs)
    if folder:
        return notice("blob_url", f"{folder} is not there, and would be made anew", "restore it, if images were there")
    name = f"check/{secrets.token_hex(8)}"
    try:
        store = BlobStore(config.blobs).store
        async with asyncio.timeout(PATIENCE_SECONDS):
            await obstore.put_async(store, name, b"inscope check")
            read = bytes(await obstore.get_range_async(store, name, start=0, end=13))
            await obstore.delete_async(store, name)
    except ConfigError as error:
        return told("blob_url", error)
    except Exception as error:  # obstore has failures of its own beyond those that it names.
        return told("blob_url", store_in_words(error))
    if read != b"inscope check":
        return wrong("blob_url", "the store gives other bytes than it took", "another store")
    return good("blob_url", "takes and gives objects")


def _missing_folder(url: str) -> str:
    """The local folder that this URL means, if it is not there: opening the store would make it."""
    parts = urlparse(url)
    return parts.path if parts.scheme == "file" and not Path(parts.path).is_dir() else ""


async def _events(config: Config) -> Finding:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await events_answer(config.redis_url)
    except (RedisError, OSError, TimeoutError, ValueError) as error:
        return wrong("redis_url", *events_in_words(error))
    return good("redis_url", "answers")


async def _authority(config: Config) -> Finding:
    try:
        if not config.authority_secret.exists():
            return wrong(
                "authority_secret_file", f"{config.authority_secret} is not there", "copy it from the authority"
            )
        await _ask_authority(config)
    except ConfigError as error:
        return told("authority_url", error)
    except OSError as error:
        return wrong(
            "authority_secret_file", f"{config.authority_secret}: {error.strerror}", "run as the service's user"
        )
    return good("authority_url", "answers to this secret, and reads its database")


async def _ask_authority(config: Config) -> None:
    authority = RemoteAuthority(config.authority_url, shared_secret(config.authority_secret), patience=0)
    try:
        await authority.start()
    finally:
        await authority.close()


def events_in_words(error: Exception) -> tuple[str, str]:
    """What is wrong with Redis, and what helps."""
    if isinstance(error, AuthenticationError | NoPermissionError) or "NOAUTH" in str(error):
        return "it refuses this user or password", "redis://USER:PASSWORD@HOST:PORT/0, the password percent-encoded"
    if isinstance(error, ValueError):
        return "is not an address", "redis://HOST:PORT/0, or rediss:// for TLS; a password percent-encoded"
    if isinstance(error, TimeoutError | RedisTimeout):
        return "it does not answer in time", "its address, and what lies between: a firewall?"
    return "it does not answer", "is it running, and is the address right?"


async def _traces(config: Config) -> Finding:
    try:
        from ..observing.span_queue import takes_spans
    except ImportError:
        return wrong("traces_endpoint", traces.MISSING, traces.REMEDY)
    if await asyncio.to_thread(takes_spans, config.traces_endpoint, PATIENCE_SECONDS):
        return good("traces_endpoint", "takes spans")
    return wrong("traces_endpoint", "no collector takes spans there", "its address and path, its OTEL_… variables")
