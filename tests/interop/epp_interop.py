# SPDX-License-Identifier: GPL-3.0-or-later
"""EPP with a client of another project, Net::EPP, at the servers as they are run: cdbd, and eir-syncd for pushes."""

from centre import Centre
from certificates import Authority
from epp import NAMESPACE, OBJECTS, NetEpp, validate_frames
from lab import check, equal, wait_for
from push import Told

IMEI, OTHER = "352106050544203", "352106150345703"
GOOD = "35210615034575"
FRAMES_MIN = 110


def entry(op, *children, kind="imei"):
    return ["change", {"op": op, "kind": kind}, *children]


def imei_verbs(importer):
    device = ["device", {}, ["manufacturer", {}, "Söhne & Co"], ["type", {}, "P5"],
              ["certificate", {}, ["number", {}, "UA.1"], ["date", {}, "2010-06-06"]],
              ["permit", {}, ["number", {}, "100/1"], ["date", {}, "2010-06-06"], ["position", {}, "3"]],
              ["importer", {}, ["id", {}, "12345678"], ["name", {}, "Імпортер"]], ["country", {}, "UA"],
              ["price", {"currency": "UAH"}, "1999.50"]]
    importer.ask("create", "imei", ["name", {}, IMEI], device)
    equal(importer.ask("create", "imei", ["name", {}, GOOD], ["name", {}, IMEI], code=2302)["value"], [IMEI], "who is to blame")
    answer = importer.ask("check", "imei", ["name", {}, IMEI], ["name", {}, OTHER], ["name", {}, GOOD], clTRID="USER-1275850648")
    equal(answer["avail"], ["0", "0", "1"], "avail")
    equal(answer["reason"], ["Object exists", "The check digit is wrong"], "reasons")
    equal(answer["clTRID"], ["USER-1275850648"], "clTRID")
    equal(importer.ask("info", "imei", ["name", {}, IMEI])["manufacturer"], ["Söhne & Co"], "the manufacturer")
    importer.ask("info", "imei", ["name", {}, GOOD], code=2303)
    importer.ask("update", "imei", ["name", {}, IMEI], ["chg", {}, ["manufacturer", {}, "Another"]])
    equal(importer.ask("info", "imei", ["name", {}, IMEI])["manufacturer"], ["Another"], "the manufacturer, changed")
    importer.ask("create", "imei", ["name", {}, GOOD])
    importer.ask("delete", "imei", ["name", {}, GOOD])
    importer.ask("delete", "imei", ["name", {}, GOOD], code=2303)


def lock_verbs(police):
    key = ["key", {}, ["imei", {}, IMEI], ["policy", {}, "device"]]
    lock = [key, ["subscriber", {}, ["imei:imsi", {}, "255010000000001"]]]
    police.ask("create", "lock", *lock, ["terms", {}, ["imei:reason", {}, "stolen"]])
    police.ask("create", "lock", *lock, code=2302)
    equal(police.ask("check", "lock", key, ["key", {}, ["imei", {}, IMEI], ["policy", {}, "mutual"]])["avail"], ["0", "1"], "locks")
    police.ask("update", "lock", key, ["add", {}, ["subscriber", {}, ["imei:msisdn", {}, "380501234567"]]])
    equal(police.ask("info", "lock", key)["msisdn"], ["380501234567"], "the subscriber added")
    police.ask("delete", "lock", key)
    police.ask("delete", "lock", key, code=2303)


def proposal_verbs(police, head):
    change = entry("add", ["imei:from", {}, IMEI], ["imei:list", {}, "black"])
    proposed = police.ask("create", "proposal", ["filing", {}, "1/2010"], change, code=1001)["id"][0]
    equal(police.ask("info", "proposal", ["id", {}, proposed])["state"], ["pending"], "the proposal")
    police.ask("update", "proposal", ["id", {}, proposed], ["verdict", {}, "approve"], code=2201)
    head.ask("update", "proposal", ["id", {}, proposed], ["verdict", {}, "approve"])
    police.ask("delete", "proposal", ["id", {}, proposed], code=2304)
    message = police.ask("poll", op="req", code=1301)
    equal((message["queue"]["count"], message["state"]), (1, ["realised"]), "the message of it")
    police.ask("poll", op="ack", id=message["queue"]["id"])
    police.ask("poll", op="req", code=1300)
    police.ask("poll", op="ack", id="99", code=2303)
    withdrawn = police.ask("create", "proposal", ["filing", {}, "2/2010"], change, code=1001)["id"][0]
    police.ask("delete", "proposal", ["id", {}, withdrawn])
    equal(police.ask("info", "proposal", ["id", {}, withdrawn])["state"], ["withdrawn"], "the proposal, withdrawn")


def job_verbs(importer):
    item = ["item", {}, ["imei:create", {}, ["imei:name", {}, GOOD]]]
    filed = importer.ask("create", "job", ["filing", {}, "3/2010"], item, item, code=1001)["id"][0]
    wait_for("the job", lambda: importer.ask("info", "job", ["id", {}, filed])["state"] == ["done"])
    importer.ask("create", "job", ["filing", {}, "3/2010"], item, code=2302)
    importer.ask("delete", "job", ["id", {}, filed], code=2304)
    equal(importer.ask("poll", op="req", code=1301)["state"], ["done"], "the message of it")


def version_verbs(lab, told):
    """Asked for at the centre by a node, pushed at the node by the centre."""
    node = NetEpp(lab, told.centre.epp_port, told.syncd.name)
    node.login(told.syncd.user)
    equal(node.ask("info", "version", ["list", {}, "centre"])["list"], ["centre"], "a full version")
    epoch, number, digest = told.centre.version()

    def pushed(to):
        return [["list", {}, "centre"], ["form", {}, "none"], ["to", {"epoch": str(epoch), "number": str(to)}],
                ["date", {}, "2010-06-06T18:57:28Z"], ["changes", {}, "0"], ["digest", {}, digest]]

    node.ask("create", "version", *pushed(number), code=2101)
    node.ask("logout", code=1500)
    centre = NetEpp(lab, told.syncd.push_port, told.centre.name)
    equal(centre.greeting["objects"], [f"{NAMESPACE}version-1.0"], "objects of a node")
    centre.login("CENTRE", objects=["version"])
    centre.ask("create", "version", *pushed(1))
    centre.ask("create", "version", *pushed(number + 10), code=1001)
    centre.ask("info", "version", ["list", {}, "centre"], code=2101)
    centre.ask("poll", op="req", code=1300)
    centre.ask("logout", code=1500)


def plain_net_epp_speaks_every_verb(lab):
    told = Told(lab)
    centre = told.centre
    centre.epp = ["validate-answers on"]
    for user, role, certificate in (("LEA-1", "law-enforcement", "police"), ("HEAD-1", "administrator", "head")):
        centre.authority.issue(certificate)
        centre.add_user(user, role, certificate)
    told.start()
    importer, police, head = (NetEpp(lab, centre.epp_port, name) for name in ("importer", "police", "head"))
    equal(importer.greeting["objects"], [f"{NAMESPACE}{o}-1.0" for o in OBJECTS], "objects")
    equal(importer.greeting["languages"], ["en", "uk"], "languages")
    check(importer.client.ask({"verb": "hello"})["svID"], "hello is answered with a greeting")
    importer.ask("info", "imei", ["name", {}, IMEI], code=2002)
    importer.login("IMP-1", pw="secret-9", code=2200)
    importer.login("IMP-1", newPW="secret-2")
    police.login("LEA-1")
    head.login("HEAD-1")
    imei_verbs(importer)
    lock_verbs(police)
    proposal_verbs(police, head)
    job_verbs(importer)
    version_verbs(lab, told)
    for verb in ("renew", "transfer"):
        importer.ask(verb, "imei", ["name", {}, IMEI], code=2101)
    importer.ask("check", "domain", ["name", {}, "example"], code=2307)
    for client in (importer, police, head):
        client.ask("logout", code=1500)
        client.finish()
    again = NetEpp(lab, centre.epp_port, "importer")
    again.login("IMP-1", code=2200)
    again.login("IMP-1", pw="secret-2")
    equal(centre.metric("eir_epp_output_invalid_total"), 0, "answers that broke the schemas")
    frames = validate_frames(lab, foreign=3)
    check(frames >= FRAMES_MIN, f"{frames} frames only")


def plain_net_epp_in_ukrainian(lab):
    centre = Centre(lab, Authority(lab, "importer"))
    centre.add_user("IMP-1", "importer", "importer")
    centre.start()
    epp = NetEpp(lab, centre.epp_port, "importer")
    answer = epp.login("IMP-1", lang="ua", objects=["imei"])
    equal((answer["lang"], answer["msg"]), ("uk", ["Команду виконано"]), "the answer")
    epp.ask("create", "imei", ["name", {}, IMEI])
    equal(epp.ask("check", "imei", ["name", {}, IMEI])["reason"], ["Об'єкт існує"], "the reason")
    epp.ask("info", "lock", ["key", {}, ["imei", {}, IMEI], ["policy", {}, "device"]], code=2002)
    epp.ask("logout", code=1500)
    validate_frames(lab)
