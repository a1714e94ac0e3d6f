#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the seeds of tests/fuzz/corpus/csv: one small list file per kind of line, good and bad."""
import pathlib

HEAD = b"imei,list,svn,reason\n"
SEEDS = {
    "plain": HEAD + b"35809101685355,white,,why\n",
    "two-columns": b"imei,list\n35809101685355,black\n35809101,grey\n",
    "bom-crlf": b"\xef\xbb\xbfimei,list,svn,reason\r\n358091016853555,grey+black,,\r\n",
    "imeisv": HEAD + b"3580910168535507,black,07,faulty\n35809101685355,white,,\n",
    "ranges": HEAD + b"35809101000000-35809101099999,white,,\n35809101000500-35809101000900,black,,in\n",
    "overlap": HEAD + b"35809101000000-35809101000009,white,,\n35809101000005-35809101000019,black,,\n",
    "same-range": HEAD + b"35809101,white,,\n35809101,white,,\n",
    "repeat": HEAD + b"35809101685355,white,,a\n35809101685355,white,,a\n35809101685355,white,,b\n",
    "quotes": HEAD + b'"35809101685355","white","","a ""b"", c"\n',
    "open-quote": HEAD + b'35809101685355,white,,"a\n35809101685356,white,,\n',
    "stray-quote": HEAD + b'35809101685355,white,,a"b\n',
    "line-end-inside": HEAD + b'35809101685355,white,,"a\nb"\n',
    "comments": b"# c\n\n" + HEAD + b"# d,\"\n\n35809101685355,white,,\n",
    "long": HEAD + b"35809101685355,white,," + b"x" * 4200 + b"\n35809101685356,white,,\n",
    "fields": HEAD + b"1,2,3,4,5,6,7,8,9,10\n35809101685355,white\n",
    "utf8": HEAD + "35809101685355,white,,K\u00f6ln \u20ac \U0001f4f1\n".encode(),
    "latin1": HEAD + b"35809101685355,white,,K\xf6ln\n",
    "zero": HEAD + b"00000000000000,white,,\n00000000,black,,\n",
    "dates": b"imei,list,valid_from,valid_until,next\n35809101685355,grey,2026-01-01,2027-01-01T00:00:01Z,black\n",
    "subscribers": b"subscriber,list,reason\nimsi:25501*,grey,why\nmsisdn:380441234567,black,\nimsi:,black,\n",
    "pairs": b"imei,subscriber,list\n35809101685355,imsi:255011234567890,white\n",
    "locks": b"policy,imei,imsi,msisdn\nmutual,35809101685355,255011,380441\ndevice,35809101685355,,\n",
    "mirror": b"imsi,msisdn\n255011,380441\n255011,380442\n",
    "exceptions": b"subscriber,ruling\nimsi:25501*,go-on\n",
    "classes": b"tac,class,valid_until\n35809101,phone,2030-01-01\n",
    "black-list": b"imei,block_date,reasons\n35809101685355,20260131,Stolen|Lost\n",
    "black-list-delta": b"imei,block_date,reasons,change_type\n35809101685355,,,unblocked\n35809101685356,,,new\n",
    "header-only": HEAD,
    "no-header": b"35809101685355,white,,\n",
    "empty": b"",
}

folder = pathlib.Path(__file__).parent / "corpus/csv"
folder.mkdir(parents=True, exist_ok=True)
for name, data in SEEDS.items():
    (folder / name).write_bytes(data)
