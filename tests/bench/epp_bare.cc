// SPDX-License-Identifier: GPL-3.0-or-later
// What a check of one name costs at the least with these libraries: libxml2 parses the command, SQLite looks the name
// up, libxml2 writes the answer. No session, schema, rights, audit, TLS or socket. One thread; prints one JSON line.
#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/lists/entry.h"

namespace {

constexpr size_t kFrames = 4096;
const auto* utf8(const char* s) { return reinterpret_cast<const xmlChar*>(s); }

const xmlNode* child(const xmlNode* node, const char* name) {
  for (node = node->children; node; node = node->next)
    if (node->type == XML_ELEMENT_NODE && std::strcmp(reinterpret_cast<const char*>(node->name), name) == 0)
      return node;
  return nullptr;
}

/// The row's key in the registry's table.
int64_t place_of(eir::identity::ImeiKey key) {
  return static_cast<int64_t>(eir::lists::ImeiEntry::make(key, std::nullopt, {}).place());
}
eir::identity::ImeiKey key_of(int64_t place) {
  return eir::lists::ImeiEntry{static_cast<uint64_t>(place) << eir::lists::ImeiEntry::kSvnShift, 0, 0}.key();
}

std::string command(const std::string& name, size_t number) {
  return fmt::format(
      R"(<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command><check>)"
      R"(<imei:check xmlns:imei="urn:ietf:params:xml:ns:imei-1.0"><imei:name>{}</imei:name></imei:check></check>)"
      "<clTRID>LOAD-1-{}</clTRID></command></epp>",
      name, number);
}

/// The answer's length; 0 when the command could not be read.
int answer(xmlDoc* asked, sqlite3_stmt* select) {
  const xmlNode* frame = asked ? child(xmlDocGetRootElement(asked), "command") : nullptr;
  const xmlNode* verb = frame ? child(frame, "check") : nullptr;
  const xmlNode* check = verb ? child(verb, "check") : nullptr;
  const xmlNode* name = check ? child(check, "name") : nullptr;
  if (!name || !name->children) return 0;
  const auto imei = eir::identity::Imei::from_text(reinterpret_cast<const char*>(name->children->content));
  sqlite3_bind_int64(select, 1, place_of(imei.key()));
  const bool there = sqlite3_step(select) == SQLITE_ROW;
  sqlite3_reset(select);
  xmlDoc* out = xmlNewDoc(utf8("1.0"));
  xmlNode* epp = xmlNewDocNode(out, nullptr, utf8("epp"), nullptr);
  xmlDocSetRootElement(out, epp);
  xmlSetNs(epp, xmlNewNs(epp, utf8("urn:ietf:params:xml:ns:epp-1.0"), nullptr));
  xmlNode* response = xmlNewChild(epp, nullptr, utf8("response"), nullptr);
  xmlNode* result = xmlNewChild(response, nullptr, utf8("result"), nullptr);
  xmlNewProp(result, utf8("code"), utf8("1000"));
  xmlNewChild(result, nullptr, utf8("msg"), utf8("Command completed successfully"));
  xmlNode* data =
      xmlNewChild(xmlNewChild(response, nullptr, utf8("resData"), nullptr), nullptr, utf8("chkData"), nullptr);
  xmlNs* ns = xmlNewNs(data, utf8("urn:ietf:params:xml:ns:imei-1.0"), utf8("imei"));
  xmlSetNs(data, ns);
  xmlNode* cd = xmlNewChild(data, ns, utf8("cd"), nullptr);
  xmlNewProp(xmlNewChild(cd, ns, utf8("name"), name->children->content), utf8("avail"), utf8(there ? "0" : "1"));
  if (there) xmlNewProp(xmlNewChild(cd, ns, utf8("reason"), utf8("Object exists")), utf8("s"), utf8("exists"));
  xmlNode* trid = xmlNewChild(response, nullptr, utf8("trID"), nullptr);
  const xmlNode* cl = child(frame, "clTRID");
  xmlNewChild(trid, nullptr, utf8("clTRID"), cl && cl->children ? cl->children->content : utf8("-"));
  xmlNewChild(trid, nullptr, utf8("svTRID"), utf8("UKR-20100606215846-1"));
  xmlChar* text = nullptr;
  int len = 0;
  xmlDocDumpMemoryEnc(out, &text, &len, "UTF-8");
  xmlFree(text);
  xmlFreeDoc(out);
  return len;
}

double used_s() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  std::string file;
  double seconds = 4;
  CLI::App app("The least that a check of one name costs: libxml2, SQLite, libxml2");
  app.add_option("--database", file, "registry.db")->required();
  app.add_option("--duration", seconds);
  CLI11_PARSE(app, argc, argv);
  sqlite3* db = nullptr;
  sqlite3_stmt* stored = nullptr;
  sqlite3_stmt* select = nullptr;
  if (sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK ||
      sqlite3_prepare_v2(db, "select place from imei where place >= ? limit 1", -1, &stored, nullptr) != SQLITE_OK ||
      sqlite3_prepare_v2(
          db, "select lists, terms, device, origin, owner, created, updater, updated from imei where place = ?", -1,
          &select, nullptr) != SQLITE_OK)
    return fmt::print(stderr, "{}: {}\n", file, sqlite3_errmsg(db)), 1;
  std::vector<std::string> frames;
  for (size_t i = 0; i < kFrames; ++i) {
    // Every second name is a stored one, from all over.
    const uint64_t random = (i * 0x9E3779B97F4A7C15u + 1) % eir::identity::kImeiKeyEnd;
    eir::identity::ImeiKey key{random};
    sqlite3_bind_int64(stored, 1, place_of(key));
    if (i % 2 == 0 && sqlite3_step(stored) == SQLITE_ROW) key = key_of(sqlite3_column_int64(stored, 0));
    sqlite3_reset(stored);
    frames.push_back(command(fmt::format("{}{}", to_string(key), check_digit(key)), i));
  }
  xmlParserCtxt* parser = xmlNewParserCtxt();
  const auto began = std::chrono::steady_clock::now();
  const double used_before = used_s();
  uint64_t done = 0, wrong = 0;
  double took = 0;
  while (took < seconds) {
    for (const std::string& xml : frames) {
      xmlDoc* asked =
          xmlCtxtReadMemory(parser, xml.data(), static_cast<int>(xml.size()), nullptr, nullptr, XML_PARSE_NONET);
      wrong += answer(asked, select) == 0;
      xmlFreeDoc(asked);
      ++done;
    }
    took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  }
  fmt::print("{}\n", nlohmann::json{{"sent", done},
                                    {"rate", static_cast<double>(done) / took},
                                    {"cpu_s", used_s() - used_before},
                                    {"wrong", wrong},
                                    {"lost", 0}}
                         .dump());
  return wrong == 0 ? 0 : 1;
}
