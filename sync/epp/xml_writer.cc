// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/xml_writer.h"

namespace eir::sync::epp {

void XmlWriter::open(Tag tag) {
  end_of_start_tag();
  out_ += '<';
  qualified(tag);
  NsSet declared = declared_.back();
  if (!declared.has(tag.ns)) {
    const std::string_view prefix = prefix_of(tag.ns);
    put(prefix.empty() ? " xmlns" : " xmlns:", prefix, "=\"", uri_of(tag.ns), "\"");
    declared.add(tag.ns);
  }
  declared_.push_back(declared);
  in_start_tag_ = true;
  if (schema_) schema_->open(tag);
}

void XmlWriter::close(Tag tag) {
  declared_.pop_back();
  if (in_start_tag_) {
    out_ += "/>";
    in_start_tag_ = false;
    if (schema_) schema_->opened();
  } else {
    out_ += "</";
    qualified(tag);
    out_ += '>';
  }
  if (schema_) schema_->close();
}

std::pair<Text, Text> XmlWriter::localised(std::string_view kind, std::string_view word) const {
  const std::string key = std::string(kind) + "." + std::string(word);
  if (!messages_ || !catalogue_) return {Text(word), Text()};
  std::string_view found = catalogue_->find(key);
  if (!found.empty()) return {Text(found), catalogue_->language()};
  found = messages_->fallback().find(key);
  if (!found.empty()) return {Text(found), messages_->fallback().language()};
  return {Text(word), Text()};
}

}  // namespace eir::sync::epp
