"""The bench itself, in small: it measures what it says, and its report can be read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from load import bench, report
from load.fit import fit
from load.result import Curve, Point
from load.scenarios import SCENARIOS
from load.system import Lacking
from load.systems.floor import Floor
from load.systems.inscope import InScope


class SmallFloor(Floor):
    share = 0.01


class SmallInScope(InScope):
    share = 0.01


def test_a_line_is_found_and_a_square_is_told_from_it() -> None:
    straight = fit([(x, 3 + 2 * x) for x in (1, 2, 4, 8)])
    assert (straight.fixed, straight.slope, straight.r2) == pytest.approx((3, 2, 1))
    assert fit([(x, x * x) for x in (1, 2, 4, 8)]).exponent == pytest.approx(2)
    assert fit([(x, 5 * x) for x in (1, 2, 4, 8)]).exponent == pytest.approx(1)


def test_the_report_names_who_has_no_such_thing_and_how_often_inscope_does_it(tmp_path: Path) -> None:
    curves = [
        Curve("pairs", "InScope", "messages", "messages", [Point(n, n / 100, n / 400) for n in (100, 200, 300)]),
        Curve("pairs", "Prosody", "messages", "messages", [Point(n, n / 50, n / 100) for n in (100, 200, 300)]),
        Curve("pairs", "Synapse", "messages", "", lacking="could not be installed here"),
    ]
    assert "2.00 and 4.00 times" in report.as_text(curves)
    bench.write(tmp_path, curves, {"processor": "<two>"})
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "could not be installed here" in page and "<two>" not in page
    drawings = re.findall("<svg.*?</svg>", page)
    assert len([ElementTree.fromstring(drawing) for drawing in drawings]) == 2
    assert json.loads((tmp_path / "result.json").read_text("utf-8"))["curves"][0]["cpu_rate"] == pytest.approx(400)


@pytest.mark.parametrize("make", [SmallFloor, SmallInScope])
async def test_pairs_are_measured(make: type[Floor] | type[InScope], tmp_path: Path) -> None:
    (curve,) = await SCENARIOS["pairs"].measure(make, tmp_path)
    assert [point.work for point in curve.points] == [25, 25, 50, 50]
    assert all(point.seconds > 0 for point in curve.points)


async def test_who_lacks_something_is_in_the_report_and_who_fails_is_too(tmp_path: Path) -> None:
    class Bare(Floor):
        name = "bare"

        async def catch_up(self, person: int, room: object) -> int:
            raise Lacking("keeps nothing")

    Bare.share = 0.001
    (curve,) = await bench.measure(SCENARIOS["catch-up"], Bare, tmp_path)
    assert (curve.points, curve.lacking) == ([], "keeps nothing")


def test_a_scenario_that_is_not_there_is_named() -> None:
    assert bench.chosen("pairs, idle", SCENARIOS) == ["pairs", "idle"]
    with pytest.raises(SystemExit, match="no knitting"):
        bench.chosen("knitting", SCENARIOS)
