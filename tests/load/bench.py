"""`make bench`: how fast InScope is, each figure beside a floor measured in the same run on the same cores.

SCENARIOS=pairs,group chooses (`--list` shows all); PEERS=prosody,ejabberd,synapse installs those and gives them the
same work. The server under test runs on one core, the load on another. Results go to a folder, as data and as a page.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import psutil  # noqa: E402
import uvloop  # noqa: E402

from load import meter, peers, report  # noqa: E402
from load.result import Curve, Times  # noqa: E402
from load.scenarios import SCENARIOS  # noqa: E402
from load.system import Lacking  # noqa: E402
from load.systems.floor import Floor  # noqa: E402
from load.systems.inscope import InScope  # noqa: E402


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--scenarios", default="", help="some of: " + ", ".join(SCENARIOS))
    parser.add_argument("--peers", default="", help="some of: " + ", ".join(peers.PEERS))
    parser.add_argument("--share", type=float, default=1.0, help="of the work, 0.1 for a quick look")
    parser.add_argument("--out", type=Path, default=Path("data/bench"), help="where result.json and report.html go")
    parser.add_argument("--list", action="store_true", help="the scenarios and their aims")
    return parser.parse_args(words)


def chosen(names: str, table: dict[str, Any]) -> list[str]:
    """All where none is named; raises SystemExit for a name that is not in the table."""
    wanted = list(table) if names == "all" else names.replace(",", " ").split()
    unknown = sorted(set(wanted) - set(table))
    if unknown:
        raise SystemExit(f"no {', '.join(unknown)}; there are: {', '.join(table)}")
    return wanted


def condition() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "processor": f"{psutil.cpu_count()} cores; server on core {meter.SERVER_CORE}, load on core {meter.LOAD_CORE}",
        "load average at the start": ", ".join(f"{load:.1f}" for load in os.getloadavg()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }


async def measure(scenario: Any, make: Any, folder: Path) -> list[Curve | Times]:
    """What this system does in it, or an empty curve that says why there is nothing. InScope and its floor must."""
    try:
        return await scenario.measure(make, folder)
    except Lacking as why:
        return [Curve(scenario.TITLE, make.name, scenario.WHAT, "", lacking=str(why))]
    except Exception as error:
        if make in (Floor, InScope):
            raise
        return [Curve(scenario.TITLE, make.name, scenario.WHAT, "", lacking=f"failed: {error!r}"[:200])]


def end_servers_first() -> None:
    """However the bench is told to end, what it started ends before it."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, task.cancel)


async def main(asked: argparse.Namespace) -> None:
    end_servers_first()
    names = chosen(asked.scenarios, SCENARIOS) or list(SCENARIOS)
    others, missing = peers.ready(chosen(asked.peers, peers.PEERS))
    makers = [Floor, InScope, *others]
    for make in makers:
        make.share *= asked.share
    meter.load_on_its_core()
    said, curves = condition() | missing, []
    asked.out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="inscope-bench-") as name:
        Path(name).chmod(0o755)  # Some peers run as users of their own.
        for scenario in (SCENARIOS[name] for name in names):
            for make in makers:
                found = await measure(scenario, make, Path(name))
                curves += found
                print(report.as_text(found), file=sys.stderr, flush=True)
            write(asked.out, curves, said)
    print(report.as_text(curves))
    print(f"\n{asked.out}/report.html has the curves, {asked.out}/result.json all of it as data")


def write(out: Path, curves: list[Curve | Times], said: dict[str, Any]) -> None:
    data = {"condition": said, "curves": [curve.as_data() for curve in curves]}
    (out / "result.json").write_text(json.dumps(data, indent=1), "utf-8")
    aims = {scenario.TITLE: scenario.AIM for scenario in SCENARIOS.values()}
    (out / "report.html").write_text(report.as_page(curves, said, aims), "utf-8")


if __name__ == "__main__":
    wanted = arguments()
    if wanted.list:
        print("\n".join(f"{name:12} {scenario.AIM}" for name, scenario in SCENARIOS.items()))
    else:
        uvloop.run(main(wanted))
