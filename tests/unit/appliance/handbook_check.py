#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every reason, alarm, metric, list-file code, log column and configuration command of the code is in the handbook,
and the handbook names none that the code does not have."""

import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[3]
HANDBOOK = SOURCE / "appliance/handbook"
problems = []


def code(*paths):
    """The files' text, with adjacent string literals joined."""
    return "\n".join(re.sub(r'"\s*\n\s*"', "", (SOURCE / p).read_text(encoding="utf-8")) for p in paths)


def files(folder):
    return sorted(p.relative_to(SOURCE) for p in (SOURCE / folder).rglob("*.cc"))


def page(name):
    return (HANDBOOK / name).read_text(encoding="utf-8")


def compare(what, where, in_code, in_handbook):
    if not in_code:
        problems.append(f"no {what} found in the code: this check reads it wrongly")
    for name in sorted(set(in_code) - set(in_handbook)):
        problems.append(f"{what} '{name}' is not in {where}")
    for name in sorted(set(in_handbook) - set(in_code)):
        problems.append(f"{what} '{name}' of {where} is not in the code")


def reasons():
    numbers = dict(re.findall(r"(k\w+) = (\d+)", re.search(r"enum class Reason.*?\};", code("core/decision/reason.h"), re.S)[0]))
    names = re.findall(r'"([\w-]*)"', re.search(r"kReasonNames = \{(.*?)\};", code("core/decision/reason.cc"), re.S)[1])
    in_code = [f"{n} {names[int(n)]}" for n in numbers.values()]
    table = page("answers.md").split("## Reasons")[1]
    compare("reason", "answers.md", in_code, [f"{n} {name}" for n, name in re.findall(r"^\| (\d+) \| `([\w-]+)`", table, re.M)])


def alarms():
    rows = re.findall(r'\{AlarmId::(\w+), "([^"]+)", Severity::\w+,\s*"([^"]*)",\s*"([^"]*)",\s*"([^"]*)"[^}]*\}',
                      code("appliance/alarms/texts.cc"))
    numbers = dict(re.findall(r"(k\w+) = (\d+),", code("core/base/alarm.h")))
    if len(rows) != len(numbers):
        problems.append(f"{len(numbers)} alarms in core/base/alarm.h, {len(rows)} texts in texts.cc")
    text = page("alarms.md")
    compare("alarm", "alarms.md", [row[1] for row in rows], re.findall(r"^## (\S+)$", text, re.M))
    compare("alarm's number", "alarms.md", [f"{numbers[row[0]]} {row[1]}" for row in rows],
            [f"{n} {name}" for n, name in re.findall(r"^\| (\d+) \| \[`([\w-]+)`", text, re.M)])
    for _, name, *sentences in rows:
        for sentence in sentences:
            if sentence not in text:
                problems.append(f"alarm '{name}': alarms.md does not say \"{sentence}\"")


def metrics():
    in_code = re.findall(r'"(eir_[a-z0-9_]+)"', code(*files("appliance/eird"), *files("diameter")))
    for layer, pattern in (("mtp", r'f\("(\w+)",'), ("sccp", r'X\((\w+),\s*"'), ("tcap", r'X\((\w+),\s*"'),
                           ("map", r'X\((\w+),\s*"')):
        in_code += [f"eir_{layer}_{name}_total" for name in re.findall(pattern, code(f"sigtran/{layer}/counters.h"))]
    compare("metric", "metrics.md", in_code, re.findall(r"^\| `(eir_\w+)`", page("metrics.md"), re.M))


def list_file_codes():
    in_code = re.findall(r'///< "([a-z-]+)":', re.search(r"enum class LineCode.*?\};", code("core/files/list_file.h"), re.S)[0])
    paragraph = re.search(r"The codes: (.*?)\.", page("answers.md"), re.S)[1]
    compare("list file code", "answers.md", in_code, re.findall(r"`([a-z-]+)`", paragraph))


def log_columns():
    in_code = re.search(r'"(time,interface,[\w,]+)"', code("appliance/eird/transaction_log.cc"))[1].split(",")
    compare("log column", "transaction-log.md", in_code,
            re.findall(r"^\| `(\w+)`", page("transaction-log.md"), re.M))


def commands():
    """The words of each command up to its first parameter stand in configuration.md."""
    text = page("configuration.md")
    installers = r'(?:install_\w+|bound|tls|sctp|flag)\(\s*(?:k?[\w:]+,\s*)?(?:std::string\()?"([a-z][^"]*)"'
    patterns = set(re.findall(installers, code(*files("appliance/config"), "appliance/eird/console.cc")))
    patterns |= set(re.findall(r' pattern = "([a-z][^"]*)"', code(*files("appliance/config"))))
    if len(patterns) < 50:
        problems.append("hardly a command found in the code: this check reads it wrongly")
    for pattern in sorted(patterns):
        words = re.match(r"(?:[a-z0-9-]+ ?)*", pattern)[0].strip()
        if words and not re.search(rf"(?<![\w-]){re.escape(words)}(?![\w-])", text):
            problems.append(f"command '{pattern}' is not in configuration.md")


def eirctl():
    """Every subcommand and option of eirctl stands in configuration.md."""
    source = code(*files("appliance/eirctl"))
    text = page("configuration.md").split("## eirctl")[1]
    words = [f"eirctl {name}" for name in re.findall(r'(?<!replica\.)add_command\("(\w+)"', source)]
    replica = re.findall(r'(?:replica_command|\badd)\(\s*replica, context, "(\w+)"|replica\.add_command\("(\w+)"', source)
    compare("command of eirctl replica", "replica.md", {a or b for a, b in replica},
            re.findall(r"eirctl\s+replica (\w+)", page("replica.md")))
    words += re.findall(r'(--[a-z-]+)"', "\n".join(re.findall(r"add_(?:option|flag)\([^;]*;", source)))
    for word in sorted(set(words) - {"--quiet"}):
        if word not in text:
            problems.append(f"'{word}' of eirctl is not in configuration.md")


def refusals():
    table = page("replica.md").split("### What is refused")[1].split("###")[0]
    compare("refusal", "replica.md", re.findall(r'\{"([a-z-]+)", "', code("core/store/refusal.cc")),
            re.findall(r"^\| `([a-z-]+)` \|", table, re.M))


def links():
    for path in HANDBOOK.glob("*.md"):
        for target in re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
            name, _, anchor = target.partition("#")
            other = HANDBOOK / name if name else path
            if not other.is_file():
                problems.append(f"{path.name}: no page {name}")
                continue
            heads = re.findall(r"^#+ (.*)$", other.read_text(encoding="utf-8"), re.M)
            if anchor and anchor not in [re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-") for h in heads]:
                problems.append(f"{path.name}: no heading for {target}")


def syncd():
    """eir-syncd's commands and metrics stand in syncd.md."""
    text = page("syncd.md")
    source = code(*files("appliance/syncd"))
    patterns = set(re.findall(r'(?:install_\w+|text)\(\s*(?:k?[\w:]+,\s*)?"([a-z][^"]*)"', source))
    if len(patterns) < 30:
        problems.append("hardly a command of eir-syncd found in the code: this check reads it wrongly")
    for pattern in sorted(patterns):
        words = re.match(r"(?:[a-z0-9-]+ ?)*", pattern)[0].strip()
        if words and not re.search(rf"(?<![\w-]){re.escape(words)}(?![\w-])", text):
            problems.append(f"command '{pattern}' of eir-syncd is not in syncd.md")
    compare("metric of eir-syncd", "syncd.md", re.findall(r'"(eir_[a-z0-9_]+)"', source),
            re.findall(r"^\| `(eir_\w+)`", text, re.M))


for check in (reasons, alarms, metrics, list_file_codes, log_columns, commands, eirctl, refusals, syncd, links):
    check()
for problem in problems:
    print(problem)
print(f"{len(problems)} differences between code and handbook")
sys.exit(1 if problems else 0)
