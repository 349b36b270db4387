"""Whether a version says what the patient answered on their own page (SPEC S5.10)."""

from .types import Answer, Scope


def says_as_answered(scope: Scope, answer: Answer, answer_hash: str) -> bool:
    """`answer_hash`: the answer's statement hash, base64url. A refusal needs no more than being one."""
    if (scope.taken.answer, scope.taken.how) != (answer_hash, "electronic"):
        return False
    if (scope.consent, scope.previous, scope.decision) != (answer.consent, answer.previous, answer.decision):
        return False
    if answer.decision == "refused":
        return True
    said = (scope.purposes, scope.recipients, scope.conditions, scope.valid_until, scope.taken.sheet)
    return said == (answer.purposes, answer.recipients, answer.conditions, answer.valid_until, answer.sheet)
