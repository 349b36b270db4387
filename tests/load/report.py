"""The bench's own report: the figures as text for the terminal, and as a page with the curves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from .chart import chart
from .result import Curve, by_scenario

OURS, FLOOR = "InScope", "floor"
HEAD = ("figure", "system", "of the clock", "of one core's work", "InScope is")
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;margin:1rem 0}
th,td{border:1px solid #8a8a8a;padding:.3rem .6rem;text-align:right}
th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left}
.curves{display:flex;flex-wrap:wrap;gap:1rem}
figure{margin:0;width:30rem;max-width:100%}
svg text{fill:#1a1a1a;font:11px system-ui,sans-serif;stroke:none}
"""


def rows(curves: Iterable[Curve]) -> list[tuple[str, ...]]:
    """(figure, system, rate of the clock, rate of a core, how InScope compares by each), as text."""
    made = []
    for (_, what), group in by_scenario(curves).items():
        ours = next((curve for curve in group if curve.system == OURS and curve.points), None)
        made += [(what, curve.system, *_said(curve, ours)) for curve in group]
    return made


def _said(curve: Curve, ours: Curve | None) -> tuple[str, str, str]:
    if not curve.points:
        return "", "", curve.lacking
    if curve.of == "bytes":
        assert curve.fit is not None
        fit = None if ours is None else ours.fit
        compared = "" if fit is None or curve is ours else f"{fit.slope / curve.fit.slope:.2f} of it"
        return f"{curve.fit.slope / 1000:,.1f} kB", "", compared
    if curve.scenario == "cold-start":
        return f"{curve.points[0].seconds * 1000:,.0f} ms", f"{curve.points[0].cpu * 1000:,.0f} ms", ""
    return _rate(curve.rate), _rate(curve.cpu_rate), curve.note if ours in (None, curve) else _times(curve, ours)


def _rate(value: float) -> str:
    return f"{value:,.0f}/s" if value >= 100 else f"{value:,.2f}/s"


def _times(curve: Curve, ours: Curve | None) -> str:
    assert ours is not None
    return f"{ours.rate / curve.rate:.2f} and {ours.cpu_rate / curve.cpu_rate:.2f} times"


def as_text(curves: Sequence[Curve]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (HEAD, ("---",) * len(HEAD), *rows(curves))]
    return "\n".join(lines)


def as_page(curves: Sequence[Curve], condition: dict[str, Any], aims: dict[str, str]) -> str:
    """One file without scripts and without anything from elsewhere."""
    body = "".join(_section(title, [c for c in curves if c.scenario == title], aim) for title, aim in aims.items())
    said = "".join(f"<li>{escape(key)}: {escape(str(value))}</li>" for key, value in condition.items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>InScope: bench</title><style>{STYLE}</style><main><h1>How fast</h1>"
        f"<p>Rates are shown twice: by the clock, and for each second that the server's processes really worked. "
        f"The second hardly depends on what else runs on the machine.</p><ul>{said}</ul>{body}</main></html>"
    )


def _section(title: str, curves: Sequence[Curve], aim: str) -> str:
    if not curves:
        return ""
    cells = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows(curves))
    head = "".join(f'<th scope="col">{cell}</th>' for cell in HEAD)
    drawn = "".join(_figure(curve) for curve in curves if len(curve.points) > 1)
    return (
        f"<section><h2>{escape(title.capitalize())}</h2><p>Aim: {escape(aim)}.</p>"
        f'<table><tr>{head}</tr>{cells}</table><div class="curves">{drawn}</div></section>'
    )


def _figure(curve: Curve) -> str:
    fit = curve.fit
    said = "" if fit is None else f" Line explains {fit.r2:.1%}; growth as work to the power of {fit.exponent:.2f}."
    caption = escape(f"{curve.what}.{said} {curve.note}")
    return f"<figure>{chart(curve)}<figcaption>{caption}</figcaption></figure>"
