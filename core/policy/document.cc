// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/policy/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/policy/items.h"

namespace eir::policy {

using base::Problem;

namespace {

constexpr int kFormat = 1;
constexpr const char* kFormatName = "turnstile-policy";

/// "12:7" of an octet.
std::string line_and_column(std::string_view text, size_t octet) {
  const std::string_view before = text.substr(0, octet);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t begin = before.rfind('\n');
  return fmt::format("{}:{}", line, octet - (begin == std::string_view::npos ? 0 : begin + 1) + 1);
}

}  // namespace

/// One document's reading.
class Parser {
 public:
  Parser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  base::Result<Document, std::vector<Problem>> parse() {
    if (text_.size() > kDocumentOctetsMax)
      wrong("", fmt::format("is longer than {} octets", kDocumentOctetsMax));
    else if (const Json root = json(); problems_.empty())
      read(root);
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    return std::move(out_);
  }

 private:
  void wrong(const std::string& place, std::string text) {
    if (problems_.size() < kProblemsMax) problems_.push_back({fmt::format("{}:{}", name_, place), std::move(text)});
  }

  /// JSON; a name given twice in one object is an error, since readers differ in which counts.
  Json json() {
    std::vector<std::set<std::string>> names;
    const auto look = [&](int, Json::parse_event_t event, Json& value) {
      if (event == Json::parse_event_t::object_start) names.emplace_back();
      if (event == Json::parse_event_t::object_end) names.pop_back();
      if (event == Json::parse_event_t::key && !names.back().insert(value.get<std::string>()).second)
        wrong("", fmt::format("\"{}\" is given twice in one object", value.get<std::string>()));
      return true;
    };
    try {
      return Json::parse(text_.begin(), text_.end(), look);
    } catch (const Json::parse_error& e) {  // the library's only way to tell where
      wrong(line_and_column(text_, e.byte ? e.byte - 1 : 0), "is no JSON from here on");
    }
    return {};
  }

  void read(const Json& root) {
    if (!root.is_object()) return wrong("/", "must be an object");
    for (const auto& [key, value] : root.items()) {
      const std::string place = "/" + key;
      if (key == kFormatName) {
        if (value != kFormat) wrong(place, fmt::format("must be {}: this program knows no other format", kFormat));
      } else if (key == "number") {
        if (!value.is_number_unsigned() || value.get<uint64_t>() == 0 || value.get<uint64_t>() > INT64_MAX)
          wrong(place, "must be a whole number from 1 on");
        else
          out_.number_ = value.get<uint64_t>();
      } else if (key == "author" || key == "note") {
        text(place, value, key == "author" ? out_.author_ : out_.note_);
      } else if (key == "created-at") {
        const auto t = value.is_string() ? utc_time(value.get<std::string>()) : std::nullopt;
        if (!t) wrong(place, "must be a time like \"2026-01-31T12:00:00Z\"");
        if (t) out_.created_at_ = *t;
      } else if (key == "settings") {
        settings(value);
      } else if (key == "guard") {
        guard(value);
      } else {
        wrong(place, "is not known");
      }
    }
    for (const char* must : {kFormatName, "number", "author"})
      if (!root.contains(must)) wrong(std::string("/") + must, "is missing");
  }

  void text(const std::string& place, const Json& value, std::string& out) {
    if (!value.is_string() || value.get_ref<const std::string&>().size() > kTextOctetsMax)
      return wrong(place, fmt::format("must be text of at most {} octets", kTextOctetsMax));
    out = value.get<std::string>();
    if (std::any_of(out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
      wrong(place, "must have no control characters");
  }

  void settings(const Json& value) {
    if (!value.is_object()) return wrong("/settings", "must be an object");
    for (const auto& [key, v] : value.items()) {
      const std::string place = "/settings/" + key;
      const auto item =
          std::find_if(items().begin(), items().end(), [&, &name = key](const Item& i) { return i.name == name; });
      if (item == items().end()) {
        wrong(place, "is not known");
        continue;
      }
      out_.given_.set(static_cast<size_t>(item - items().begin()));
      item->read(v, out_.values_,
                 [&](const std::string& below, std::string why) { wrong(place + below, std::move(why)); });
    }
  }

  template <class T>
  void number(const std::string& place, const Json& value, uint64_t from, uint64_t to, std::optional<T>& out) {
    if (!value.is_number_unsigned() || value.get<uint64_t>() < from || value.get<uint64_t>() > to)
      return wrong(place, fmt::format("must be a whole number from {} to {}", from, to));
    out = T(value.get<uint64_t>());
  }

  void guard(const Json& value) {
    if (!value.is_object()) return wrong("/guard", "must be an object");
    constexpr uint64_t kDevicesMax = 10'000'000'000, kShareMax = 1'000'000, kHoursMax = 24 * 31, kDaysMax = 366;
    GuardLimits& g = out_.guard_;
    for (const auto& [key, v] : value.items()) {
      const std::string place = "/guard/" + key;
      std::optional<uint64_t> n;
      if (key == "on") {
        if (v.is_boolean())
          g.on = v.get<bool>();
        else
          wrong(place, "must be true or false");
      } else if (key == "devices") {
        number(place, v, 0, kDevicesMax, g.devices_max);
      } else if (key == "share-ppm") {
        number(place, v, 0, kShareMax, g.share_max_ppm);
      } else if (key == "devices-for-share") {
        number(place, v, 0, kDevicesMax, g.devices_seen_for_share);
      } else if (key == "window-hours") {
        number(place, v, 1, kHoursMax, n);
        if (n) g.window = std::chrono::hours(*n);
      } else if (key == "seen-days") {
        number(place, v, 1, kDaysMax, n);
        if (n) g.seen_for = std::chrono::days(*n);
      } else {
        wrong(place, "is not known");
      }
    }
  }

  const std::string_view text_;
  const std::string& name_;
  Document out_;
  std::vector<Problem> problems_;
};

base::Result<Document, std::vector<Problem>> Document::parse(std::string_view text, const std::string& name) {
  return Parser(text, name).parse();
}

void Document::apply(decision::Settings& settings) const {
  for (size_t i = 0; i < kItems; ++i)
    if (gives(i)) items()[i].copy(values_, settings);
}

std::vector<Shown> show(const decision::Settings& settings, const Document* document) {
  std::vector<Shown> out;
  for (size_t i = 0; i < kItems; ++i)
    out.push_back({items()[i].name, items()[i].show(settings), document && document->gives(i)});
  return out;
}

}  // namespace eir::policy
