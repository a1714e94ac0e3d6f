# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL in every field of every command that cdbd takes: what may hold any text keeps it as it is, the rest is refused,
and the database is what it was."""

import sqlite3
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from centre import Centre
from certificates import Authority
from epp import NAMESPACE, OBJECTS, PASSWORD, Epp, code_of, command, login
from lab import check, equal, wait_for

SQL = ("x' OR '1'='1", "'; DROP TABLE imei; --")
# Fields that hold whatever text is given, by their names, some with the element around them.
FREE = {"manufacturer", "type", "certificate/number", "permit/number", "importer/id", "importer/name", "reason", "evidence",
        "filing", "clTRID"}
# Names that a command takes whatever they are: a check says that they are none, a job says it of its item.
TAKES_ANY_NAME = ("<check><i:check>", "<create><j:create>")
DONE, REFUSED = {1000, 1001}, {2001, 2005, 2303}
PREFIXES = {"i": "imei", "l": "lock", "p": "proposal", "j": "job", "v": "version"}

DEVICE = """<i:manufacturer>A</i:manufacturer><i:type>B</i:type><i:certificate><i:number>1</i:number><i:date>2010-06-06</i:date>
</i:certificate><i:permit><i:number>2</i:number><i:date>2010-06-06</i:date><i:position>3</i:position></i:permit><i:importer>
<i:id>4</i:id><i:name>C</i:name></i:importer><i:country>UA</i:country><i:price currency="UAH">1.50</i:price>"""
TERMS = """<i:reason>stolen</i:reason><i:evidence>E</i:evidence><i:notBefore>2010-06-06T18:57:28Z</i:notBefore>
<i:notAfter>2040-06-06T18:57:28Z</i:notAfter>"""
SUBSCRIBER = "<i:imsi>255010000000001</i:imsi><i:msisdn>380501234567</i:msisdn>"
KEY = "<l:key><l:imei>{imei}</l:imei><l:policy>device</l:policy></l:key>"

# What must be there beforehand ("own": it is its maker who gives the command), the command, and what comes of it as it stands. {imei} is on the white list, {new} is not
# known, {n} is another number each time.
COMMANDS = [
    ("", "<check><i:check><i:name>{imei}</i:name></i:check></check>", DONE),
    ("", "<info><i:info><i:name>{imei}</i:name></i:info></info>", DONE),
    ("", f"<create><i:create><i:name>{{new}}</i:name><i:device>{DEVICE}</i:device></i:create></create>", DONE),
    ("", f"<update><i:update><i:name>{{imei}}</i:name><i:chg>{DEVICE}</i:chg></i:update></update>", DONE),
    ("", "<delete><i:delete><i:name>{imei}</i:name><i:reason>R</i:reason></i:delete></delete>", DONE),
    ("lock", f"<check><l:check>{KEY}</l:check></check>", DONE),
    ("lock", f"<info><l:info>{KEY}</l:info></info>", DONE),
    ("", f"<create><l:create>{KEY}<l:subscriber>{SUBSCRIBER}</l:subscriber><l:terms>{TERMS}</l:terms></l:create></create>", DONE),
    ("lock", f"<update><l:update>{KEY}<l:add><l:subscriber>{SUBSCRIBER}</l:subscriber></l:add><l:chg>{TERMS}</l:chg></l:update>"
     "</update>", DONE),
    ("lock", f"<delete><l:delete>{KEY}<l:reason>R</l:reason></l:delete></delete>", DONE),
    ("", '<create><p:create><p:filing>P-{n}</p:filing><p:change kind="imei" op="add"><i:from>{imei}</i:from><i:svn>07</i:svn>'
     f"<i:list>black</i:list><i:terms>{TERMS}</i:terms></p:change></p:create></create>", DONE),
    ("", '<create><p:create><p:change kind="subscriber" op="add" prefix="true"><i:imsi>25501</i:imsi><i:list>grey</i:list>'
     "</p:change></p:create></create>", DONE),
    ("proposal", "<info><p:info><p:id>{proposal}</p:id></p:info></info>", DONE),
    ("proposal", "<update><p:update><p:id>{proposal}</p:id><p:verdict>reject</p:verdict><p:reason>R</p:reason></p:update>"
     "</update>", DONE),
    ("own proposal", "<delete><p:delete><p:id>{proposal}</p:id></p:delete></delete>", DONE),
    ("", "<create><j:create><j:filing>J-{n}</j:filing><j:item><i:create><i:name>{new}</i:name></i:create></j:item></j:create>"
     "</create>", DONE),
    ("", "<info><j:info><j:id>1</j:id><j:after>0</j:after></j:info></info>", DONE),
    ("", "<delete><j:delete><j:id>1</j:id></j:delete></delete>", {2304}),
    ("", f'<info><v:info><v:list>centre</v:list><v:from epoch="1" number="1" sha256="{"0" * 64}"/></v:info></info>', DONE),
    ("", '<poll op="req"/>', {1300, 1301}),
    ("", '<poll op="ack" msgID="999999"/>', {2303}),
]


def fields(root):
    """Every place of a frame that holds a text: (its name, how to set it)."""
    around = {child: parent for parent in root.iter() for child in parent}
    for element in root.iter():
        name = element.tag.partition("}")[2]
        for attribute in element.keys():
            yield f"{name}@{attribute}", lambda text, e=element, a=attribute: e.set(a, text)
        if not len(element) and (element.text or "").strip():
            parent = around[element].tag.partition("}")[2]
            path = f"{parent}/{name}"
            yield path if path in FREE else name, lambda text, e=element: setattr(e, "text", text)


class Bench:
    """The Administrator's session, and what it takes to have something for each command to work on."""

    def __init__(self, lab):
        self.lab, self.number, self.devices = lab, 0, 0
        self.centre = Centre(lab, Authority(lab, "head", "police"))
        self.centre.epp = ["validate-answers on"]
        self.centre.add_user("HEAD-1", "administrator", "head")
        self.centre.add_user("LEA-1", "law-enforcement", "police")
        self.centre.start()
        self.head = Epp(lab, self.centre.epp_port, "head").login("HEAD-1")
        self.police = Epp(lab, self.centre.epp_port, "police").login("LEA-1")

    @staticmethod
    def frame(inside, cltrid="SQL-1"):
        spaces = " ".join(f'xmlns:{prefix}="{NAMESPACE}{name}-1.0"' for prefix, name in PREFIXES.items())
        return command(inside, cltrid).replace("<epp ", f"<epp {spaces} ", 1)

    def must(self, who, inside, codes=frozenset(DONE)):
        who.send(self.frame(inside))
        answer = who.receive()
        check(code_of(answer) in codes, f"{inside}: {answer}")
        return answer

    def prepare(self, needs):
        """What the braces of a command stand for."""
        self.number += 1
        names = {"imei": f"35{self.number * 2:012}", "new": f"35{self.number * 2 + 1:012}", "n": self.number}
        self.must(self.head, "<create><i:create><i:name>{imei}</i:name></i:create></create>".format(**names))
        self.devices += 1
        if needs == "lock":
            self.must(self.head, f"<create><l:create>{KEY}<l:subscriber><i:imsi>255019999999999</i:imsi></l:subscriber></l:create>"
                      "</create>".format(**names))
        if needs.endswith("proposal"):
            answer = self.must(self.police, '<create><p:create><p:change kind="imei" op="add"><i:from>{imei}</i:from>'
                               "<i:list>black</i:list></p:change></p:create></create>".format(**names))
            names["proposal"] = answer.partition("<proposal:id>")[2].partition("<")[0]
        return names

    def query(self, sql):
        db = sqlite3.connect(f"file:{self.centre.directory}/registry.db?mode=ro", uri=True, timeout=20)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def count_done(self, inside):
        """Devices that a command done has filed or withdrawn."""
        if inside.startswith(("<create><i:create>", "<create><j:create>")):
            self.devices += 1
        if inside.startswith("<delete><i:delete>"):
            self.devices -= 1


def in_every_field(bench, needs, inside, wanted):
    """Each field of a command in turn; returns how many there were."""
    empty = ElementTree.fromstring(bench.frame(inside.format(imei=1, new=1, n=1, proposal=1)))
    names = [name for name, _ in fields(empty)]
    for at, name in enumerate(names):
        for sql in SQL:
            root = ElementTree.fromstring(bench.frame(inside.format(**bench.prepare(needs))))
            list(fields(root))[at][1](sql)
            xml = ElementTree.tostring(root, encoding="unicode")
            who = bench.police if needs.startswith("own") else bench.head
            who.send(xml)
            answer = who.receive()
            takes_it = name in FREE or (name == "name" and inside.startswith(TAKES_ANY_NAME))
            allowed = wanted if takes_it else REFUSED
            check(code_of(answer) in allowed, f"{sql} as {name}: expected one of {allowed}\n{xml}\n{answer}")
            if name in FREE and code_of(answer) in DONE:
                bench.count_done(inside)
    return len(names)


def in_a_login(lab, bench):
    port = bench.centre.epp_port
    for sql in SQL:
        for what, inside, codes in (
                ("clID", login(sql), {2001, 2200}), ("pw", login("HEAD-1", password=sql), {2001, 2200}),
                ("version", login("HEAD-1", version=sql), {2001, 2100}), ("lang", login("HEAD-1", language=sql), {2001, 2102}),
                ("objURI", login("HEAD-1", objects=[f"urn:{sql}"]), {2001, 2307}),
                ("extURI", login("HEAD-1", extensions=[f"urn:{sql}"]), {2001, 2103})):
            with Epp(lab, port, "head") as epp:
                code = epp.code(command(inside))
                check(code in codes, f"{sql} as {what}: {code}, expected one of {codes}")
    password = SQL[0]
    for old, new in ((PASSWORD, password), (password, PASSWORD)):
        with Epp(lab, port, "head") as epp:
            equal(epp.code(command(login("HEAD-1", password=old, new=new))), 1000, f"{new} as newPW")


def plain_sql_in_every_field(lab):
    bench = Bench(lab)
    centre = bench.centre
    tables = bench.query("select type, name, sql from sqlite_master order by type, name")
    users = centre.cdbctl("user", "list")
    bench.must(bench.head, "<create><j:create><j:filing>first</j:filing><j:item><i:create><i:name>35999999999999</i:name></i:create>"
               "</j:item></j:create></create>")
    bench.devices += 1
    tried = sum(in_every_field(bench, *row) for row in COMMANDS)
    in_a_login(lab, bench)
    for sql in SQL:
        names = bench.prepare("")
        bench.must(bench.head, f"<update><i:update><i:name>{names['imei']}</i:name><i:chg><i:manufacturer>{sql}</i:manufacturer>"
                   "</i:chg></i:update></update>")
        answer = bench.must(bench.head, f"<info><i:info><i:name>{names['imei']}</i:name></i:info></info>")
        check(f">{escape(sql)}</imei:manufacturer>" in answer, f"not as it was given: {answer}")
        check(sql in centre.cdbctl("audit", "find", sql), f"clTRID {sql} is not found")
    equal(bench.query("select type, name, sql from sqlite_master order by type, name"), tables, "tables")
    wait_for("jobs", lambda: len(centre.cdbctl("job", "list").splitlines()) == 1)
    equal(bench.query("select count(*) from imei where place & 127 = 0"), [(bench.devices,)], "devices")
    equal(centre.cdbctl("user", "list"), users, "users")
    check("whole" in centre.cdbctl("audit", "verify"), "the audit is not whole")
    equal(len(OBJECTS), len(PREFIXES), "objects")
    print(f"{tried} fields of {len(COMMANDS)} commands, each with {len(SQL)} texts; {bench.devices} devices")
    check(tried > 100, f"{tried} fields only")
