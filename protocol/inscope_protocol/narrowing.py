"""Whether a version only takes away from the one before it (SPEC S5.9): what a patient may do without a clinician."""

from msgspec.structs import asdict

from .types import Conditions, Scope

KEPT = (
    "consent", "subject", "basis", "taken", "valid_from", "policy", "record_commitment",
)  # fmt: skip


def narrows(before: Scope, after: Scope) -> bool:
    """A withdrawal, or a consent still given with no more of anything than before. Nothing follows an end."""
    if before.decision != "given" or after.decision not in ("given", "withdrawn"):
        return False
    if any(getattr(before, name) != getattr(after, name) for name in KEPT):
        return False
    return (
        set(after.purposes) <= set(before.purposes)
        and set(after.recipients) <= set(before.recipients)
        and after.valid_until <= before.valid_until
        and _narrower(before.conditions, after.conditions)
    )


def _narrower(before: Conditions, after: Conditions) -> bool:
    """Lists lose entries, and what was demanded stays demanded."""
    pairs = zip(asdict(before).values(), asdict(after).values(), strict=True)
    return all(had <= has if isinstance(had, bool) else set(has) <= set(had) for had, has in pairs)
