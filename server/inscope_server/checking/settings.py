"""What the settings say by themselves, without looking anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

from ..config import Config, ConfigError
from ..time_zone import zone_of
from ..wrong_setting import nearest
from .finding import Finding, good, notice, told, wrong

PREFIX = "INSCOPE_"
EVERYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104 - nobody is bound to it here.


def of_settings(config: Config, environment: Mapping[str, str]) -> Iterator[Finding]:
    yield from _environment(environment)
    yield from _origin(config)
    yield from _listening(config)
    yield from _ports(config)
    yield from _processes(config)
    yield from _authority(config)
    yield from _log_copy(config)
    yield from _traces(config)
    yield from _time_zone(config)


def is_loopback(host: str) -> bool:
    """`host`: a name or an address, as settings and URLs have them."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _environment(environment: Mapping[str, str]) -> Iterator[Finding]:
    """A key misspelled in the file is refused; misspelled in the environment it would be silently nothing."""
    known = {PREFIX + key.upper() for key in Config.__struct_fields__}
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            yield wrong(name, "is in the environment and is no setting", nearest(name, known) or "take it out")


def _origin(config: Config) -> Iterator[Finding]:
    parts = urlsplit(config.origin)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        remedy = 'a TLS proxy in front, and public_origin = "https://…"'
        yield wrong("public_origin", "is not https: browsers give neither keys nor a camera to such a page", remedy)
    elif config.demo and not is_loopback(parts.hostname or ""):
        yield wrong("demo", "is on where real people sign in", "demo = false")
    else:
        yield good("public_origin", config.origin)


def _listening(config: Config) -> Iterator[Finding]:
    if not is_loopback(config.host):
        remedy = "host = 127.0.0.1 with the proxy on this machine, or a network that only the proxy reaches"
        yield notice("host", f"{config.host} is reached from elsewhere, without TLS", remedy)
    if config.operations_port and not is_loopback(config.operations_host):
        yield notice("operations_host", "is reached from elsewhere, and has no sign-in", "a network of operators only")
    if not config.operations_port:
        yield notice("operations_port", "is 0: no balancer can see whether this process is ready", "a port of its own")


def _ports(config: Config) -> Iterator[Finding]:
    """Two of ours on one port: the second to start could not. The authority counts where it is on this machine."""
    listening = [("port", config.host, config.port)]
    if config.operations_port:
        listening.append(("operations_port", config.operations_host, config.operations_port))
    if is_loopback(urlsplit(config.authority_url).hostname or ""):
        listening.append(("authority_port", config.authority_host, config.authority_port))
    for (name, host, port), (other, its_host, its_port) in combinations(listening, 2):
        if port == its_port and _meet(host, its_host):
            yield wrong(other, f"is {port}, as {name} is: only the first to start could listen", "another port for one")


def _meet(one: str, other: str) -> bool:
    """Whether two hosts to listen at have an address in common."""
    hosts = {"127.0.0.1" if host == "localhost" else host.strip("[]") for host in (one, other)}
    return len(hosts) == 1 or bool(hosts & EVERYWHERE)


def _processes(config: Config) -> Iterator[Finding]:
    embedded = config.database.startswith("sqlite")
    if embedded and config.redis_url:
        yield wrong("database_url", "is empty: SQLite is for one process, and redis_url is for several", "PostgreSQL")
    if not embedded and not config.redis_url:
        message = "is empty: of several processes each would tell devices only of what it did itself"
        yield notice("redis_url", message, "a Redis or Valkey, or a single process")
    if not embedded and not config.blob_url:
        yield notice("blob_url", "is empty: images lie on this machine, and others do not see them", "s3://… or alike")


def _authority(config: Config) -> Iterator[Finding]:
    address = urlsplit(config.authority_url)
    if not config.authority_url:
        message = "is empty: who breaks into this server could sign in a patient's name"
        yield notice("authority_url", message, "`inscope authority` as another user or elsewhere")
    elif address.scheme != "https" and not is_loopback(address.hostname or ""):
        host = address.hostname or ""
        weigh = wrong if "." in host or ":" in host else notice  # A bare name is one on a network of containers.
        yield weigh("authority_url", "sends its secret over the network in clear", "https, by a proxy before it")


def _log_copy(config: Config) -> Iterator[Finding]:
    copy, remedy = Path(config.log_copy_file), "a file on another disk or machine"
    if not config.log_copy_file:
        yield notice("log_copy_file", "is empty: after a restore every image would have to end", remedy)
    elif copy.resolve().is_relative_to(Path(config.data_dir).resolve()):
        yield notice("log_copy_file", "lies with the data: what takes the one away takes the other", remedy)


def _traces(config: Config) -> Iterator[Finding]:
    address = urlsplit(config.traces_endpoint)
    if address.scheme == "http" and not is_loopback(address.hostname or ""):
        message = "sends its token, if it has one, over the network in clear"
        yield notice("traces_endpoint", message, "https, or a collector on this machine")


def _time_zone(config: Config) -> Iterator[Finding]:
    try:
        zone_of(config.time_zone)
    except ConfigError as error:
        yield told("time_zone", error)
