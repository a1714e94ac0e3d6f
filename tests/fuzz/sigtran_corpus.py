#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the seeds of tests/fuzz/corpus/{sccp,tcap,map}: one small file per kind of message, good and bad."""
import pathlib

ROOT = pathlib.Path(__file__).parent
x = bytes.fromhex


def tlv(tag, value):
    n = len(value)
    length = bytes([n]) if n < 128 else bytes([0x81, n]) if n < 256 else bytes([0x82, n >> 8, n & 255])
    return bytes([tag]) + length + value


def open_ended(tag, value):
    return bytes([tag, 0x80]) + value + b"\0\0"


OTID, DTID = x("480411223344"), x("490411223344")
IMEI = x("0408941045022373 15F8")
V3 = tlv(0x30, IMEI + x("03020680"))


def context(v):
    return tlv(6, x("0400000100 0D") + bytes([v]))


def dialogue(apdu):
    return tlv(0x6B, tlv(0x28, tlv(6, x("00118605010101")) + tlv(0xA0, apdu)))


def information(pdu):
    return tlv(0xBE, tlv(0x28, tlv(6, x("04000001010101")) + tlv(0xA0, pdu)))


def aarq(v, info=b"", version=x("80020780")):
    return dialogue(tlv(0x60, version + tlv(0xA1, context(v)) + info))


def invoke(parameter, i=1, operation=x("02012B")):
    return tlv(0xA1, bytes([2, 1, i]) + operation + parameter)


def begin(*parts):
    return tlv(0x62, OTID + b"".join(parts))


def components(*c):
    return tlv(0x6C, b"".join(c))


TCAP = {
    "v1": begin(components(invoke(IMEI))),
    "v2": begin(aarq(2), components(invoke(IMEI))),
    "v3": begin(aarq(3), components(invoke(V3))),
    "v3-open": begin(aarq(3, information(tlv(0xA0, x("800291838105918350 1032")))), components(invoke(V3))),
    "v1-context": begin(aarq(1), components(invoke(IMEI))),
    "v4-context": begin(aarq(4), components(invoke(V3))),
    "refuse-info": begin(aarq(3, information(x("A3030A0100"))), components(invoke(V3))),
    "no-version": begin(aarq(3, b"", x("80020640")), components(invoke(V3))),
    "aarq-alone": begin(aarq(3)),
    "empty": begin(),
    "aare": begin(dialogue(x("6100"))),
    "abrt": begin(dialogue(x("6403800100"))),
    "continue": tlv(0x65, OTID + DTID + components(invoke(V3))),
    "end": tlv(0x64, DTID + components(invoke(V3))),
    "p-abort": tlv(0x67, DTID + x("4A0101")),
    "unidirectional": tlv(0x61, components(invoke(IMEI))),
    "unknown-type": tlv(0x63, OTID),
    "both-ids": tlv(0x62, OTID + DTID),
    "long-otid": tlv(0x62, x("48050102030405")),
    "operation-299": begin(components(invoke(IMEI, 1, x("0202012B")))),
    "operation-global": begin(components(invoke(IMEI, 1, x("06022A2B")))),
    "five-invokes": begin(components(*[invoke(IMEI, i) for i in range(5)])),
    "mixed": begin(components(invoke(IMEI), x("A203020105"), x("A30602010502 0122"), x("A4050500800102"), x("A700"))),
    "linked": begin(components(tlv(0xA1, x("02010180010202012B") + IMEI))),
    "indefinite": open_ended(0x62, OTID + aarq(3) + open_ended(
        0x6C, open_ended(0xA1, x("02010102012B") + open_ended(0x30, IMEI + x("03020680"))))),
    "long-forms": tlv(0x62, OTID + x("6C820015A18112020101 02012B 04840000000894104502237315F8")),
    "deep": tlv(0x62, OTID + x("3080") * 40 + b"\0\0" * 40),
    "huge-length": x("6284FFFFFFFF480411223344"),
    "zeros-behind": begin(components(invoke(IMEI))) + b"\0\0",
}

MAP = {
    "v1": b"\0" + IMEI,
    "v2": b"\1" + IMEI,
    "v3": b"\2" + V3,
    "huawei-v2-imsi": b"\1" + x("040853081910863555F00008273404033058 67F3"),
    "huawei-v2-msisdn": b"\1" + x("040753147440326353010814008184881556F7020629035254 2818000000"),
    "huawei-v3": b"\2" + x("30180408689634306943 44F0800814008175683115F0030206800000"),
    "huawei-v3-msisdn": b"\2" + x("3020040868963430694344F0800814008175683115F08106290352542818030206800000"),
    "ericsson": b"\2" + tlv(0x30, IMEI + x("03020680C1085205113254 7698F0C30752F51000010002")),
    "bmuef": b"\2" + tlv(0x30, IMEI + x("03020640")),
    "extension": b"\2" + tlv(0x30, IMEI + x("030206803005A003300100")),
    "short": b"\1" + x("04029410"),
    "long": b"\1" + tlv(4, bytes(40)),
    "null": b"\1" + x("0400"),
    "nibbles": b"\1" + x("0408FA1045022373ABCD"),
    "bare-in-v3": b"\2" + IMEI,
    "sequence-in-v2": b"\1" + V3,
    "no-imei": b"\2" + x("300403020680"),
    "bits": b"\2" + tlv(0x30, IMEI + x("0300")),
    "indefinite": b"\2" + open_ended(0x30, IMEI + x("03020680")),
    "open-info": b"\2" + tlv(0x28, tlv(6, x("04000001010101")) + tlv(0xA0, tlv(0xA0, x("80029183")))),
    "nothing": b"\2",
}

EIR_GT, MSC_GT = x("12090012048812000090 10"), x("1208001204835010325476")
EIR_PC, MSC_PC = x("43020009"), x("43010008")


def udt(called, calling, data, cls=0x80, kind=0x09):
    a, b = len(called), len(calling)
    return (bytes([kind, cls, 3, 3 + a, 3 + a + b, a]) + called + bytes([b]) + calling + bytes([len(data)]) + data)


def xudt(called, calling, data, optional=b"", cls=0x80, hops=15, kind=0x11):
    a, b, d = len(called), len(calling), len(data)
    return (bytes([kind, cls, hops, 4, 4 + a, 4 + a + b, 4 + a + b + d if optional else 0, a]) + called + bytes([b]) +
            calling + bytes([d]) + data + optional)


def ludt(called, calling, data, optional=b"", cls=0x80, hops=15, kind=0x13):
    a, b, d = len(called), len(calling), len(data)
    pointers = [7, 6 + a, 5 + a + b, 5 + a + b + d if optional else 0]
    return (bytes([kind, cls, hops]) + b"".join(p.to_bytes(2, "little") for p in pointers) + bytes([a]) + called +
            bytes([b]) + calling + d.to_bytes(2, "little") + data + optional)


def segment(first, remaining, reference):
    return bytes([0x10, 4, (0x80 if first else 0) | remaining, 0, 0, reference, 0])


def run(*messages, choice=1):
    return bytes([choice]) + b"".join(bytes([len(m)]) + m for m in messages)


SCMG = x("4201"), x("43070001")
DATA = x("0102030405")
SCCP = {
    "udt-gt": run(udt(EIR_GT, MSC_GT, DATA)),
    "udt-pc": run(udt(EIR_PC, MSC_PC, DATA)),
    "udt-echo-stp": run(udt(EIR_GT, MSC_GT, DATA), choice=6),
    "xudt": run(xudt(EIR_GT, MSC_GT, DATA)),
    "ludt": run(ludt(EIR_GT, MSC_GT, DATA)),
    "foreign-gt": run(udt(x("12090012049999"), MSC_GT, DATA)),
    "foreign-ssn": run(udt(x("4206"), MSC_GT, DATA), xudt(x("4206"), MSC_GT, DATA), ludt(x("4206"), MSC_GT, DATA)),
    "gt-1": run(udt(x("060904881200009010"), x("0608048350"), DATA)),
    "gt-2": run(udt(x("0A0900881200009010"), x("0A08008350"), DATA)),
    "gt-3": run(udt(x("0E090012881200009010"), x("0E0800128350"), DATA)),
    "gt-5": run(udt(x("16090012"), MSC_GT, DATA)),
    "no-calling": run(udt(EIR_GT, b"", DATA), udt(EIR_GT, x("40"), DATA)),
    "hop-0": run(xudt(EIR_GT, MSC_GT, DATA, hops=0)),
    "services": run(udt(EIR_GT, MSC_GT, DATA, 1, 0x0A), xudt(EIR_GT, MSC_GT, DATA, b"", 1, 15, 0x12),
                    ludt(EIR_GT, MSC_GT, DATA, b"", 1, 15, 0x14)),
    "segments": run(xudt(EIR_GT, MSC_GT, DATA, segment(1, 2, 7)), xudt(EIR_GT, MSC_GT, DATA, segment(0, 1, 7)),
                    xudt(EIR_GT, MSC_GT, DATA, segment(0, 0, 7))),
    "segments-swapped": run(xudt(EIR_GT, MSC_GT, DATA, segment(1, 2, 7)), xudt(EIR_GT, MSC_GT, DATA, segment(0, 0, 7)),
                            xudt(EIR_GT, MSC_GT, DATA, segment(0, 1, 7))),
    "segments-many": run(*[xudt(EIR_GT, MSC_GT, DATA, segment(1, 1, i)) for i in range(4)]),
    "segments-anew": run(xudt(EIR_GT, MSC_GT, DATA, segment(1, 1, 7)), xudt(EIR_GT, MSC_GT, DATA, segment(1, 1, 7)),
                         ludt(EIR_GT, MSC_GT, DATA, segment(0, 0, 7))),
    "segments-long": run(xudt(EIR_PC, MSC_PC, bytes(200), segment(1, 1, 7)),
                         xudt(EIR_PC, MSC_PC, bytes(200), segment(0, 0, 7))),
    "sst": run(udt(*SCMG, x("0309020000")), udt(*SCMG, x("0301020000")), udt(*SCMG, x("0306020000"))),
    "ssp-ssa": run(udt(*SCMG, x("0208070000")), udt(*SCMG, x("0108070000")), udt(*SCMG, x("060807000005"))),
    "rate": run(*[udt(EIR_PC, MSC_GT, DATA) for _ in range(4)], choice=24),
    "not-taken": run(udt(EIR_PC, MSC_PC, b"\xff\0")),
    "connection-request": run(x("01000000020206040343 0009")),
    "cut": run(udt(EIR_GT, MSC_GT, DATA)[:-3], xudt(EIR_GT, MSC_GT, DATA)[:9], b"\x13"),
}

for name, seeds in {"sccp": SCCP, "tcap": TCAP, "map": MAP}.items():
    folder = ROOT / "corpus" / name
    folder.mkdir(parents=True, exist_ok=True)
    for seed, octets in seeds.items():
        (folder / seed).write_bytes(octets)
