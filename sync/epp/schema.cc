// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/schema.h"

#include <libxml/parser.h>
#include <libxml/xmlschemastypes.h>

#include <fstream>
#include <mutex>

#include "sync/epp/text.h"

namespace eir::sync::epp {
namespace {

constexpr const char* kNoMemory = "libxml2 has no memory";

void keep_first(std::string& first, const xmlError* error) {
  if (!first.empty()) return;
  first = error->message ? error->message : "";
  collapse(first);
  if (first.empty()) first = "not valid";
}

}  // namespace

/// xmlInitParser() leaves the built-in types of schemas to the first schema that is parsed, and two threads that
/// parse their first at once would both make them, each over the other's.
void start_xml_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    xmlInitParser();
    xmlSchemaInitTypes();
  });
}

base::Result<std::unique_ptr<Schema>, base::Problem> Schema::load(const std::string& directory) {
  start_xml_library();
  const std::string file = directory + "/all.xsd";
  // libxml2 would complain on the standard error, too.
  if (!std::ifstream(file).is_open()) return base::problem(file, "cannot be read");
  std::string first;
  xmlSchemaParserCtxt* parser = xmlSchemaNewParserCtxt(file.c_str());
  if (!parser) return base::problem(file, kNoMemory);
  xmlSchemaSetParserStructuredErrors(
      parser, [](void* to, xmlError* error) { keep_first(*static_cast<std::string*>(to), error); }, &first);
  std::unique_ptr<Schema> out(new Schema);
  out->schema_.reset(xmlSchemaParse(parser));
  xmlSchemaFreeParserCtxt(parser);
  if (!out->schema_) return base::problem(file, first.empty() ? "is no schema" : first);
  return out;
}

Validator::Validator(const Schema& schema) : context_(xmlSchemaNewValidCtxt(schema.compiled())) {
  if (context_) xmlSchemaSetValidStructuredErrors(context_.get(), wrong, this);
}

void Validator::wrong(void* self, xmlError* error) {
  auto& v = *static_cast<Validator*>(self);
  if (!v.valid_) return;
  v.valid_ = false;
  v.of_content_ = error->code == XML_SCHEMAV_CVC_COMPLEX_TYPE_2_1 || error->code == XML_SCHEMAV_CVC_COMPLEX_TYPE_2_2 ||
                  error->code == XML_SCHEMAV_CVC_TYPE_3_1_2 || error->code == XML_SCHEMAV_CVC_ELT_3_2_1;
  keep_first(v.message_, error);
}

void Validator::unplug() {
  if (plug_) xmlSchemaSAXUnplug(plug_);
  plug_ = nullptr;
  events_ = nullptr;
  documents_ = 0;
}

void Validator::begin() {
  if (begun_) unplug();
  if (!plug_ && context_) plug_ = xmlSchemaSAXPlug(context_.get(), &events_, &validator_);
  begun_ = true;
  valid_ = plug_ != nullptr;
  of_content_ = false;
  message_ = valid_ ? "" : kNoMemory;
}

void Validator::start(const xmlChar* name, const xmlChar* ns, int namespace_count, const xmlChar** namespaces,
                      int attribute_count, const xmlChar** attributes) {
  if (valid_)
    events_->startElementNs(validator_, name, nullptr, ns, namespace_count, namespaces, attribute_count, 0, attributes);
}

void Validator::text(const xmlChar* text, int octets) {
  if (valid_) events_->characters(validator_, text, octets);
}

void Validator::close(const xmlChar* name, const xmlChar* ns) {
  if (valid_) events_->endElementNs(validator_, name, nullptr, ns);
}

bool Validator::end() {
  begun_ = false;
  if (valid_ && xmlSchemaIsValid(context_.get()) != 1) {
    valid_ = false;
    message_ = "not valid";
  }
  if (!valid_ || ++documents_ == kDocumentsPerPlug) unplug();
  return valid_;
}

}  // namespace eir::sync::epp
