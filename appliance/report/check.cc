// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/report/check.h"

#include <fmt/format.h>

namespace eir::appliance {

base::Result<CheckWords, base::Problem> CheckWords::parse(std::string_view imei, std::span<const char* const> words) {
  CheckWords w;
  w.imei = imei;
  for (size_t i = 0; i < words.size(); i += 2) {
    const std::string_view word = words[i];
    std::string* field = word == "sv"       ? &w.sv
                         : word == "imsi"   ? &w.imsi
                         : word == "msisdn" ? &w.msisdn
                         : word == "gt"     ? &w.calling_gt
                         : word == "peer"   ? &w.peer
                                            : nullptr;
    if (!field) return base::problem("", fmt::format("'{}' is none of sv, imsi, msisdn, gt, peer", word));
    if (i + 1 == words.size()) return base::problem("", fmt::format("'{}' needs a value", word));
    if (!field->empty()) return base::problem("", fmt::format("'{}' is given twice", word));
    *field = words[i + 1];
  }
  return w;
}

base::Result<decision::Question, base::Problem> question_of(const CheckWords& words, base::UnixSeconds now) {
  decision::Question q;
  q.imei = identity::Imei::from_text(words.imei == "null" ? "" : words.imei);
  if (!words.sv.empty()) {
    const auto svn = identity::parse_svn(words.sv);
    if (!svn) return base::problem("sv", fmt::format("'{}' is not two digits", words.sv));
    q.imei.set_svn(*svn);
  }
  const auto digits = [](const std::string& text, const char* name,
                         unsigned len_max) -> base::Result<identity::Digits, base::Problem> {
    if (text.empty()) return identity::Digits();
    const auto d = identity::Digits::parse(text);
    if (!d || d->length() > len_max)
      return base::problem(name, fmt::format("'{}' is not 1 to {} digits", text, len_max));
    return *d;
  };
  const auto imsi = digits(words.imsi, "imsi", 15);
  const auto msisdn = digits(words.msisdn, "msisdn", 15);
  const auto gt = digits(words.calling_gt, "gt", 16);
  for (const auto* d : {&imsi, &msisdn, &gt})
    if (!*d) return tl::unexpected(d->error());
  q.imsi = identity::Imsi(*imsi);
  q.msisdn = identity::Msisdn(*msisdn);
  q.asker.interface = decision::Interface::kConsole;
  q.asker.calling_gt = *gt;
  q.asker.peer = words.peer;
  q.time = now;
  return q;
}

Json explanation_json(const decision::Question& question, const decision::Basis& basis) {
  const auto e = decision::explain(question, basis);
  const auto& v = e.verdict;
  Json j = {{"imei", question.imei.text()},
            {"class", identity::to_string(question.imei.cls())},
            {"answer", to_string(v.told)},
            {"decision", to_string(v.judged)},
            {"reason", to_string(v.reason)},
            {"lists", v.lists.str()},
            {"note", v.note},
            {"observed", v.observed},
            {"list_version", v.version.str()},
            {"steps", Json::array()}};
  for (const auto& s : e.steps) j["steps"].push_back({{"step", s.name}, {"finding", s.finding}});
  return j;
}

}  // namespace eir::appliance
