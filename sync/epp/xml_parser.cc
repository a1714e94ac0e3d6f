// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/xml_parser.h"

#include <libxml/parserInternals.h>

#include <cstring>
#include <span>

namespace eir::sync::epp {
namespace {

std::string_view view(const xmlChar* text) {
  return text ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view();
}

/// Room for texts, as much as the document they are of has: none becomes longer by being read.
class Texts {
 public:
  explicit Texts(size_t octets) : octets_(std::make_unique_for_overwrite<char[]>(octets)), left_(octets) {}
  std::string_view add(std::string_view text) {
    text = text.substr(0, left_);
    std::memcpy(octets_.get() + used_, text.data(), text.size());
    used_ += text.size();
    left_ -= text.size();
    return {end() - text.size(), text.size()};
  }
  const char* end() const { return octets_.get() + used_; }
  std::unique_ptr<char[]> take() { return std::move(octets_); }

 private:
  std::unique_ptr<char[]> octets_;
  size_t used_ = 0, left_;
};

}  // namespace

/// Makes a document of what the parser tells.
class XmlBuilder {
 public:
  XmlBuilder(size_t octets, Validator& validator) : validator_(validator), texts_(octets), values_(octets) {
    constexpr size_t kUsualElement = 32;  // octets
    document_.elements_.reserve(octets / kUsualElement);
    open_.reserve(kDepthMax);
    validator_.begin();
  }

  static void use(xmlSAXHandler& events) {
    events = {};
    events.initialized = XML_SAX2_MAGIC;
    events.startElementNs = [](void* self, const xmlChar* name, const xmlChar*, const xmlChar* ns, int namespace_count,
                               const xmlChar** namespaces, int attribute_count, int, const xmlChar** attributes) {
      auto& b = *static_cast<XmlBuilder*>(self);
      b.tell_text();
      b.start(view(name), view(ns), {attributes, static_cast<size_t>(attribute_count) * kAttributeParts});
      b.validator_.start(name, ns, namespace_count, namespaces, attribute_count, attributes);
      b.judge(b.validator_.of_content() ? 1 : 0);
    };
    events.characters = events.ignorableWhitespace = [](void* self, const xmlChar* text, int octets) {
      auto& b = *static_cast<XmlBuilder*>(self);
      const auto added = b.texts_.add({reinterpret_cast<const char*>(text), static_cast<size_t>(octets)});
      if (!b.untold_) b.untold_ = added.data();
    };
    events.endElementNs = [](void* self, const xmlChar* name, const xmlChar*, const xmlChar* ns) {
      auto& b = *static_cast<XmlBuilder*>(self);
      b.tell_text();
      b.validator_.close(name, ns);
      b.judge();
      b.close();
    };
  }

  XmlDocument take() {
    validator_.end();
    judge();
    document_.texts_ = texts_.take();
    document_.values_ = values_.take();
    if (blamed_) document_.invalid_ = {&document_.elements_[*blamed_], validator_.message()};
    return std::move(document_);
  }

 private:
  /// As startElementNsSAX2Func has them: name, prefix, namespace, the value's begin and end.
  static constexpr size_t kAttributeParts = 5;

  void start(std::string_view name, std::string_view ns, std::span<const xmlChar*> attributes) {
    auto& elements = document_.elements_;
    const auto at = static_cast<uint32_t>(elements.size());
    if (!open_.empty()) {
      const uint32_t parent = open_.back();
      uint32_t& last = elements[parent].last_;
      if (last) elements[parent + last].next_ = at - parent - last;
      last = at - parent;
    }
    open_.push_back(at);
    XmlElement& element = elements.emplace_back();
    element.name_ = name;
    element.ns_ = ns;
    element.text_ = {texts_.end(), 0};
    element.attributes_ = static_cast<uint32_t>(attributes.size() / kAttributeParts);
    for (; !attributes.empty(); attributes = attributes.subspan(kAttributeParts)) {
      XmlElement& attribute = elements.emplace_back();
      attribute.name_ = view(attributes[0]);
      attribute.ns_ = view(attributes[2]);
      attribute.text_ =
          value({reinterpret_cast<const char*>(attributes[3]), static_cast<size_t>(attributes[4] - attributes[3])});
    }
  }
  void close() {
    XmlElement& element = document_.elements_[open_.back()];
    element.text_ = {element.text_.data(), static_cast<size_t>(texts_.end() - element.text_.data())};
    open_.pop_back();
  }
  /// Where entities are not replaced the parser leaves an ampersand in a value as "&#38;", and no other one stands
  /// there.
  std::string_view value(std::string_view text) {
    constexpr std::string_view kAmpersand = "&#38;";
    const char* begin = values_.end();
    for (;;) {
      const size_t found = text.find(kAmpersand);
      values_.add(text.substr(0, found));
      if (found == text.npos) break;
      values_.add("&");
      text.remove_prefix(found + kAmpersand.size());
    }
    return {begin, static_cast<size_t>(values_.end() - begin)};
  }
  /// The parser gives a text in many pieces, an octet each if it is made for that, and the validator would put each to
  /// the end of what it has from the beginning.
  void tell_text() {
    if (!untold_) return;
    validator_.text(reinterpret_cast<const xmlChar*>(untold_), static_cast<int>(texts_.end() - untold_));
    untold_ = nullptr;
    judge();
  }
  /// Whom to blame where something is wrong: the element that it came up with, or one so many around it.
  void judge(size_t around = 0) {
    if (validator_.valid() || blamed_) return;
    blamed_ = around < open_.size() ? open_[open_.size() - 1 - around] : 0;
  }

  Validator& validator_;
  XmlDocument document_;
  Texts texts_, values_;
  const char* untold_ = nullptr;  ///< where the text begins that the validator was not told of; null: it knows all
  std::vector<uint32_t> open_;    ///< elements, by where they stand
  std::optional<uint32_t> blamed_;
};

bool XmlParser::give(const std::string& text) {
  start_xml_library();
  if (!context_ || ++parses_ > kParsesPerContext) {
    context_.reset(xmlNewParserCtxt());
    parses_ = 1;
    if (context_) XmlBuilder::use(*context_->sax);
  }
  if (!context_) return false;
  xmlCtxtUseOptions(context_.get(), XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  // Read where it stands, as libxml2 reads what an entity stands for. A buffer of its own would be grown and shrunk on
  // the way, which costs as much as parsing, and one made by xmlParserInputBufferCreateStatic() gives octets twice
  // (2.9.14).
  xmlParserInput* input = xmlNewStringInputStream(context_.get(), reinterpret_cast<const xmlChar*>(text.c_str()));
  return input && inputPush(context_.get(), input) >= 0;
}

base::Result<XmlDocument, XmlFault> XmlParser::parse(std::string_view text) {
  if (auto screened = screen(text); !screened) return tl::unexpected(screened.error());
  const std::string ended(text);  // libxml2 wants a zero after it
  if (text.size() > INT32_MAX || !give(ended)) return tl::unexpected(XmlFault::kForm);
  XmlBuilder builder(text.size(), validator_);
  context_->userData = &builder;
  xmlParseDocument(context_.get());
  const bool formed = context_->wellFormed && context_->nsWellFormed;
  xmlCtxtReset(context_.get());
  if (!formed) return tl::unexpected(XmlFault::kForm);
  return builder.take();
}

}  // namespace eir::sync::epp
