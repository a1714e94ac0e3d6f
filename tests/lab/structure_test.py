#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the source tree: which room may include which, licence lines, lengths."""

import pathlib
import re
import subprocess
import sys
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
# What each room may include besides itself and core/base. A folder stands for everything below it.
CORE = ["core/identity", "core/lists", "core/decision"]
MAY_INCLUDE = {
    "core/base": [],
    "core/identity": [],
    "core/lists": ["core/identity"],
    "core/decision": ["core/identity", "core/lists"],
    "core/files": ["core/identity", "core/lists"],
    "core/policy": ["core/identity", "core/lists", "core/decision"],
    "core/sightings": ["core/identity", "core/lists", "core/decision"],
    "core/store": ["core/identity", "core/lists", "core/files"],
    "core/feed": ["core/identity", "core/lists", "core/store"],
    "core/tls": [],
    "core/guard": ["core/identity", "core/lists", "core/decision", "core/store"],
    "sigtran/mtp": CORE,
    "sigtran/sccp": [*CORE, "sigtran/mtp"],
    "sigtran/tcap": [*CORE, "sigtran/sccp"],
    "sigtran/map": [*CORE, "sigtran/tcap"],
    "sigtran": [*CORE, "sigtran"],
    "diameter": [*CORE, "core/tls", "diameter"],
    "sync/epp": ["core/identity", "core/lists", "core/tls"],
    "sync/follow": ["core/identity", "core/lists", "core/store", "core/feed", "sync/epp"],
    "sync/stream": ["sync/epp"],
    "sync/transfer": ["sync/epp"],
    "sync/sightings": [*CORE, "core/sightings", "sync/epp", "sync/transfer"],
    "registry": ["core/identity", "core/lists", "core/store", "core/feed"],
    "appliance": ["core", "sigtran", "diameter", "sync", "registry", "appliance"],
}
LINES_MAX = 600
# No protocol room touches the store, and nobody includes what stands on top.
NEVER = {"sigtran": ["core/store", "diameter"], "diameter": ["core/store", "sigtran"]}


def room_of(path):
    """The longest known room a path lies in."""
    return max((room for room in MAY_INCLUDE if path.startswith(room + "/")), key=len, default=None)


def sources():
    done = subprocess.run(["git", "ls-files", "--cached", "--", "*.cc", "*.h", "*.c", "*.py", "*.erl"], cwd=TOP,
                          stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == 0 and done.stdout:
        return [name for name in done.stdout.splitlines() if (TOP / name).exists()]
    return [str(p.relative_to(TOP)) for p in TOP.rglob("*") if p.suffix in (".cc", ".h", ".c", ".py") and "build" not in p.parts]


def text_of(name):
    return (TOP / name).read_text(encoding="utf-8", errors="replace")


class Structure(unittest.TestCase):
    maxDiff = None

    def test_rooms_include_only_what_they_may(self):
        wrong = []
        for name in sources():
            room = room_of(name)
            if room is None or not name.endswith((".cc", ".h")):
                continue
            for included in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text_of(name), re.M):
                allowed = ["core/base", room, *MAY_INCLUDE[room]]
                top = room.partition("/")[0]
                if not included.startswith(tuple(f"{a}/" for a in allowed)) or included.startswith(
                        tuple(f"{n}/" for n in NEVER.get(top, []))):
                    wrong.append(f"{name} includes {included}")
        self.assertEqual(wrong, [])

    def test_every_source_names_the_licence(self):
        missing = [n for n in sources() if "SPDX-License-Identifier: GPL-3.0-or-later" not in "\n".join(text_of(n).splitlines()[:3])]
        self.assertEqual(missing, [])

    def test_nothing_is_left_to_do(self):
        marks = [n for n in sources() if n.endswith((".cc", ".h", ".c")) and re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text_of(n))]
        self.assertEqual(marks, [])

    def test_sources_are_of_one_thing(self):
        long = [f"{n}: {count}" for n in sources() if (count := text_of(n).count("\n")) > LINES_MAX]
        self.assertEqual(long, [])


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
