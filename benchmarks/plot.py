"""The picture of docs/benchmarks.md."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt


def plot(found: dict[str, Any], file: Path, names: dict[str, str]) -> None:
    """CPU time per small execution: bars of the medians with their spread, one call at a time and 16 at a time."""
    figure, panels = plt.subplots(1, 2, figsize=(11, 4.2), sharey=True, layout="constrained")
    for panel, scenario, suffix in ((panels[0], "execute, 100 B", ""), (panels[1], "async, 16 at a time", "_async")):
        shown = list(names)[::-1]
        figures = [found["scenarios"][scenario][name if name == "typescript" else name + suffix] for name in shown]
        values = [[each["cpu_us"] for each in of] for of in figures]
        middles = [statistics.median(each) for each in values]
        errors = [
            [middle - min(each) for middle, each in zip(middles, values, strict=True)],
            [max(each) - middle for middle, each in zip(middles, values, strict=True)],
        ]
        colours = ["#2563eb" if name.startswith("navai") and name != "navai_sdk" else "#9ca3af" for name in shown]
        panel.barh(
            [names[name] for name in shown], middles, xerr=errors, color=colours, error_kw={"ecolor": "#374151", "capsize": 3}
        )
        panel.set_title(f"{scenario}" if suffix else f"{scenario}, one at a time", loc="left")
        panel.set_xlabel("CPU per call, µs (lower is better; median and spread)")
        panel.spines[["top", "right"]].set_visible(False)
    mpl.rcParams["svg.hashsalt"] = "navai"
    figure.savefig(file, metadata={"Date": None})
