"""What is wrong with the store of images, in words for who set it up. No address is repeated: a key may be in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from obstore.exceptions import (
    BaseError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
    UnknownConfigurationKeyError,
)

from ..config import ConfigError

S3 = ("s3", "s3a")
SCHEMES = (*S3, "gs", "az", "adl", "azure", "abfs", "abfss", "http", "https", "file")
EXAMPLE = '"s3://BUCKET/PREFIX", "gs://…" or "az://…"; empty for a folder in data_dir'
ENDPOINTS = ("AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")
REFUSED = ("the store refuses its keys", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or alike, and what they may do")
SAYS = (
    ("NoSuchBucket", "there is no such bucket", "make it, or its right name"),
    ("error sending request", "the store does not answer", "is it running, and is AWS_ENDPOINT, or alike, right?"),
    ("builder error", "the store is asked over http, which is not allowed", "https, or AWS_ALLOW_HTTP=true"),
    ("redirect", "the store is in another region", "AWS_REGION"),
)
"""What obstore's general error says, and what that means."""


def check_address(url: str, environment: Mapping[str, str]) -> None:
    """Raises ConfigError for what is no store's address; obstore would panic over some of it."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ConfigError("blob_url: is not an address", EXAMPLE) from error
    if parts.scheme not in SCHEMES:
        raise ConfigError("blob_url: is not the address of a store", EXAMPLE)
    if parts.scheme != "file" and not parts.netloc:
        raise ConfigError("blob_url: names no bucket", EXAMPLE)
    if parts.scheme in S3:
        for name in ENDPOINTS:
            _check_endpoint(name, environment)


def _check_endpoint(name: str, environment: Mapping[str, str]) -> None:
    if name not in environment:
        return
    try:
        parts = urlsplit(environment[name])
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        what = "is no address" if environment[name] else "is empty"
        raise ConfigError(f"blob_url: {name} is in the environment, and {what}", "http(s)://HOST, or take it out")
    if parts.scheme == "http" and environment.get("AWS_ALLOW_HTTP", "").lower() not in ("true", "1"):
        raise ConfigError(f"blob_url: {name} is http, which is not allowed by itself", "https, or AWS_ALLOW_HTTP=true")


def in_words(error: Exception) -> ConfigError:
    message, remedy = _told(error)
    return ConfigError(f"blob_url: {message}", remedy)


def _told(error: Exception) -> tuple[str, str]:
    text = str(error)
    for says, message, remedy in SAYS:
        if says in text and isinstance(error, BaseError | OSError):
            return message, remedy
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return REFUSED
    if isinstance(error, NotFoundError | FileNotFoundError):
        return "there is no such bucket, or folder", "make it, or its right name"
    if isinstance(error, UnknownConfigurationKeyError):
        return "it has an option that is not known", EXAMPLE
    if isinstance(error, TimeoutError):
        return "the store does not answer in time", "its address, and its keys: without any, a role of this machine"
    if isinstance(error, OSError):
        return f"the store does not take an object ({error.strerror})", "run as the service's user"
    return f"the store fails ({type(error).__name__})", "its address, its keys and its options in the environment"


@contextmanager
def store_told() -> Iterator[None]:
    """Raises ConfigError instead of what obstore raises."""
    try:
        yield
    except BaseError as error:
        raise in_words(error) from error
