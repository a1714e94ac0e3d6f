#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command of cdbd's configuration, every `show`, every metric of its own and every command of cdbctl that was
made for it is in the handbook, and the handbook names no metric of cdbd's that the code does not have."""

import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[3]
PAGE = (SOURCE / "appliance/handbook/cdbd-operation.md").read_text(encoding="utf-8")
PAGES = PAGE + (SOURCE / "appliance/handbook/cdbd.md").read_text(encoding="utf-8")
problems = []


def code(*globs):
    texts = (p.read_text(encoding="utf-8") for g in globs for p in sorted(SOURCE.glob(g)))
    return "\n".join(re.sub(r'"\s*\n\s*"', "", text) for text in texts)


def head(pattern):
    """The words up to the first parameter."""
    return re.match(r"(?:[a-z][a-z0-9-]* ?)*", pattern)[0].strip()


config = code("appliance/cdbd/config_*.cc")
commands = set(re.findall(r'\b(?:set|bound)\(\s*"([a-z][^"]*)"', config))
commands |= set(re.findall(r'install_setting\(\s*\w+,\s*"([a-z][^"]*)"', config))
if len(commands) < 20:
    problems.append("hardly a command found in the code: this check reads it wrongly")
for command in sorted(commands):
    if not re.search(rf"`{re.escape(head(command))}(?![\w-])", PAGE):
        problems.append(f"command '{command}' is not in cdbd-operation.md")
shows = set(re.findall(r'report\(\s*"([a-z ]+)",', code("appliance/cdbd/console.cc")))
for show in sorted(shows):
    if f"`show {show}`" not in PAGE:
        problems.append(f"'show {show}' is not in cdbd-operation.md")
metrics = set(re.findall(r'"(eir_cdb_[a-z0-9_]+)"', code("appliance/cdbd/metrics.cc")))
told = set(re.findall(r"`(eir_cdb_[a-z0-9_]+)`", PAGE))
problems += [f"metric '{m}' is not in cdbd-operation.md" for m in sorted(metrics - told)]
problems += [f"metric '{m}' of cdbd-operation.md is not in the code" for m in sorted(told - metrics)]
if len(shows) < 8 or len(metrics) < 20:
    problems.append("hardly a show or metric found in the code: this check reads it wrongly")
for group, name in re.findall(r'(\w+)->add_command\("([a-z-]+)"', code("appliance/cdbctl/*.cc")):
    if not re.search(rf"`{group} {name}(?![\w-])", PAGES):
        problems.append(f"'cdbctl {group} {name}' is not in the handbook")
for problem in problems:
    print(problem)
print(f"{len(problems)} differences between cdbd and its handbook")
sys.exit(1 if problems else 0)
