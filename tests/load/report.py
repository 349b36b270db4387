"""The bench's own report: the figures as text for the terminal, and as a page with the curves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from .chart import chart
from .result import Curve, Times, by_scenario

OURS, FLOOR = "InScope", "floor"
HEAD = ("figure", "system", "of the clock", "of one core's work", "InScope is")
HEAD_OF_TIMES = ("act", "system", "p50 ms", "p99 ms")
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;margin:1rem 0}
th,td{border:1px solid #8a8a8a;padding:.3rem .6rem;text-align:right}
th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left}
.curves{display:flex;flex-wrap:wrap;gap:1rem}
figure{margin:0;width:30rem;max-width:100%}
svg text{fill:#1a1a1a;font:11px system-ui,sans-serif;stroke:none}
"""


def rows(found: Iterable[Curve | Times]) -> list[tuple[str, ...]]:
    """(figure, system, rate of the clock, rate of a core, how InScope compares by each), as text."""
    made = []
    for (_, what), group in by_scenario(each for each in found if isinstance(each, Curve)).items():
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


def rows_of_times(found: Iterable[Curve | Times]) -> list[tuple[str, ...]]:
    return [(e.what, e.system, f"{e.p50:,.2f}", f"{e.p99:,.2f}") for e in found if isinstance(e, Times)]


def as_text(found: Sequence[Curve | Times]) -> str:
    """Two tables in Markdown, either of which may be empty."""
    tables = [(HEAD, rows(found)), (HEAD_OF_TIMES, rows_of_times(found))]
    return "\n\n".join(_table(head, body) for head, body in tables if body)


def _table(head: tuple[str, ...], body: list[tuple[str, ...]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *body))


def as_page(curves: Sequence[Curve | Times], condition: dict[str, Any], aims: dict[str, str]) -> str:
    """One file without scripts and without anything from elsewhere."""
    body = "".join(_section(title, [c for c in curves if c.scenario == title], aim) for title, aim in aims.items())
    said = "".join(f"<li>{escape(key)}: {escape(str(value))}</li>" for key, value in condition.items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>InScope: bench</title><style>{STYLE}</style><main><h1>How fast</h1>"
        f"<p>Rates are shown twice: by the clock, and for each second that the server's processes really worked. "
        f"The second hardly depends on what else runs on the machine.</p><ul>{said}</ul>{body}</main></html>"
    )


def _section(title: str, curves: Sequence[Curve | Times], aim: str) -> str:
    if not curves:
        return ""
    tables = [(HEAD, rows(curves)), (HEAD_OF_TIMES, rows_of_times(curves))]
    shown = "".join(_page_table(head, body) for head, body in tables if body)
    drawn = "".join(_figure(curve) for curve in curves if isinstance(curve, Curve) and len(curve.points) > 1)
    return (
        f"<section><h2>{escape(title.capitalize())}</h2><p>Aim: {escape(aim)}.</p>"
        f'{shown}<div class="curves">{drawn}</div></section>'
    )


def _page_table(head: tuple[str, ...], body: list[tuple[str, ...]]) -> str:
    titles = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    cells = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in body)
    return f"<table><tr>{titles}</tr>{cells}</table>"


def _figure(curve: Curve) -> str:
    fit = curve.fit
    said = "" if fit is None else f" Line explains {fit.r2:.1%}; growth as work to the power of {fit.exponent:.2f}."
    caption = escape(f"{curve.what}.{said} {curve.note}")
    return f"<figure>{chart(curve)}<figcaption>{caption}</figcaption></figure>"
