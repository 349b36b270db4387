"""What a run was, in a few lines: how much was broken, how much went through, how soon it went on."""

from __future__ import annotations

from collections import Counter, defaultdict

from faults.hospital import Hospital
from faults.ledger import Ledger
from faults.mischief import Mischief


def percentile(values: list[float], part: float) -> float:
    """The nearest-rank one; `part` from 0 to 1."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(part * 1000) * len(ordered) // 1000) - 1)]


def summary(hospital: Hospital, ledger: Ledger, mischief: Mischief) -> str:
    waits: dict[str, list[float]] = defaultdict(list)
    for kill in mischief.kills:
        wait = ledger.recovery(kill.at)
        if wait is not None:
            waits[kill.what].append(wait)
    lines = [
        f"{len(mischief.kills)} kills, between them {dict(Counter(mischief.others))}",
        f"{len(ledger.messages)} messages acknowledged, {len(ledger.commits)} commits, {len(ledger.images)} images "
        f"granted, {len(ledger.withdrawn)} consents withdrawn, {len(ledger.halves)} halves given out",
        f"answers: {dict(sorted(ledger.answers.items()))}",
        *(
            f"set back: {one.entries} entries replayed, {one.images} images ended, {one.messages} messages forgotten"
            for one in mischief.set_back
        ),
        "from a server's end to its next answer, seconds:",
        *_returns(hospital),
        "from the kill to the first acknowledgement of a message begun after it, seconds:",
    ]
    for what, seconds in (*sorted(waits.items()), ("all", [one for some in waits.values() for one in some])):
        half, most = percentile(seconds, 0.5), percentile(seconds, 0.99)
        lines.append(f"  {len(seconds):5}  p50 {half:6.2f}  p99 {most:6.2f}  {what}")
    return "\n".join(lines)


def _returns(hospital: Hospital) -> list[str]:
    lines = []
    for cold, how in ((False, "its code in memory"), (True, "loading its code")):
        seconds = [wait for one in hospital.served for wait, was_cold in one.returns if was_cold == cold]
        if seconds:
            lines.append(f"  {len(seconds):5}  p50 {percentile(seconds, 0.5):6.2f}  max {max(seconds):6.2f}  {how}")
    return lines
