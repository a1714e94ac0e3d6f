#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the seeds of tests/fuzz/corpus/site_stream: what registry/stream_messages.h and registry/stream.h lay down, good
and torn."""
import pathlib
import struct

ASK, ANSWER, OPERATIONS = 0, 1, 2  # the first octet of a seed
HASH = bytes(range(32))


def text(value):
    return struct.pack(">H", len(value)) + value


def site(name=b"lviv", epoch=2, active=0, block=7):
    return b"\x01" + text(name) + struct.pack(">IBQ", epoch, active, block) + HASH


def ask(what, block=0, wait=0, offset=0):
    return site() + struct.pack(">BQ", what, block) + HASH + struct.pack(">IQ", wait, offset)


def record(number, operations):
    body = b"audit"
    return (struct.pack(">QqI", number, 1_790_000_000_000, 1) + HASH + HASH + struct.pack(">Q", len(body)) + body
            + struct.pack(">Q", len(operations)) + operations)


def answer(what, records=(), found=0, data=b""):
    return (site(b"kyiv", active=1) + struct.pack(">BB", what, found) + HASH + struct.pack(">QQQI", 1, 4096, 9, len(records))
            + b"".join(records) + struct.pack(">Q", len(data)) + data)


def number(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def operation(what, *fields):
    """Numbers, and octets after their length."""
    return bytes([what]) + b"".join(number(f) if isinstance(f, int) else number(len(f)) + f for f in fields)


SETTING = operation(15, b"policy", b"on")
IMEI = operation(1, 35_000_000_000_001 << 7, 1, 0, 0, 0, 1, 1_790_000_000, 0, 0, 0)
SEEDS = {
    **{f"ask-{what}": (ASK, ask(what, 7, 10_000, 1 << 20)) for what in range(1, 6)},
    "ask-unknown": (ASK, ask(9)), "ask-torn": (ASK, ask(1)[:-3]), "ask-more": (ASK, ask(1) + b"x"),
    **{f"answer-{what}": (ANSWER, answer(what, found=1, data=b"why")) for what in range(1, 9)},
    "answer-records": (ANSWER, answer(2, [record(8, SETTING), record(9, IMEI + SETTING)])),
    "answer-torn": (ANSWER, answer(2, [record(8, SETTING)])[:-20]),
    "put-setting": (OPERATIONS, SETTING), "put-imei": (OPERATIONS, IMEI),
    "remove-imei": (OPERATIONS, IMEI + operation(2, 35_000_000_000_001 << 7)),
    "put-entry": (OPERATIONS, operation(3, 4, b"key", b"value", 0, 0, 1_790_000_000)),
    "put-word": (OPERATIONS, operation(5, 1, 1, b"stolen")), "put-object": (OPERATIONS, operation(6, 1, 1, 1, 0, b"name", b"body")),
    "put-part": (OPERATIONS, operation(19, b"change") + operation(20)), "unknown": (OPERATIONS, b"\x7f\x00"),
    "torn": (OPERATIONS, SETTING[:-1]), "no-end": (OPERATIONS, b"\x02" + b"\xff" * 12), "nothing": (OPERATIONS, b""),
}

folder = pathlib.Path(__file__).parent / "corpus/site_stream"
folder.mkdir(parents=True, exist_ok=True)
for name, (kind, data) in SEEDS.items():
    (folder / name).write_bytes(bytes([kind]) + data)
