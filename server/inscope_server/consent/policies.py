"""The policy profiles in config/policies, and the one in force here (SPEC S5.7)."""

from __future__ import annotations

from pathlib import Path

import msgspec

from inscope_protocol.failures import ProtocolError
from inscope_protocol.policy import Policy
from inscope_protocol.types import PolicyName, convert

from ..config import ConfigError


class Policies:
    """`in_force`: what new versions must name. Old profiles stay, since recorded consents name them."""

    def __init__(self, folder: str, in_force: str) -> None:
        self._known = {_name(policy): policy for policy in map(_read, sorted(Path(folder).glob("*.json")))}
        named = [name for name in self._known if f"{name.profile}-{name.version}" == in_force]
        if not named:
            raise ConfigError(
                f"policy: there is no {in_force}.json in {folder}; see policies_dir in config/example.toml"
            )
        self.in_force = named[0]

    def named(self, name: PolicyName) -> Policy | None:
        return self._known.get(name)


def _name(policy: Policy) -> PolicyName:
    return PolicyName(policy.profile, policy.version)


def _read(path: Path) -> Policy:
    """Strictly, as signed payloads are read; the file is called what it says it is."""
    try:
        policy = convert(msgspec.json.decode(path.read_bytes()), Policy)
    except (msgspec.DecodeError, ProtocolError) as error:
        raise ConfigError(f"{path}: not a policy profile ({_why(error)}); see {path.parent}/README.md") from error
    if path.stem != f"{policy.profile}-{policy.version}":
        raise ConfigError(f"{path}: it is profile {policy.profile}, version {policy.version}; name the file so")
    return policy


def _why(error: Exception) -> str:
    """The library's sentence, which names the field."""
    return str(error.__cause__ or error)
