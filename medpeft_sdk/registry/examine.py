"""Loads one plugin, or all together, and reports: run in a process of its own by the doctor."""

from __future__ import annotations

import sys

from medpeft_sdk.registry.plugins import installed_entry_points
from medpeft_sdk.registry.registry import Registry


def examine(distribution: str, name: str) -> int:
    """Prints what is wrong and returns the exit code; empty names examine all plugins together."""
    points = installed_entry_points()
    if not name:
        conflicts = Registry(points).conflicts
        sys.stdout.writelines(f"{conflict}\n" for conflict in conflicts)
        return 1 if conflicts else 0
    chosen = [p for p in points if p.name == name and p.dist and p.dist.name == distribution]
    failed = [p for p in Registry(chosen).plugins if p.status == "failed"]
    for plugin in failed:
        sys.stdout.write(f"{plugin.reason}\n{plugin.traceback or ''}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(examine(*sys.argv[1:3]))
