// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/policy/items.h"

#include <fmt/format.h>

namespace eir::policy {
namespace {

using decision::Settings;
using decision::Status;
using decision::StatusOrGoOn;
using decision::SubscriberException;
using identity::Digits;
using Wrong = std::function<void(const std::string& below, std::string text)>;

constexpr const char* kStatusWords = "must be \"white\", \"grey\", \"black\" or \"unknown\"";
constexpr const char* kStatusOrListWords = "must be \"list\", \"white\", \"grey\", \"black\" or \"unknown\"";

std::string word_of(const StatusOrGoOn& s, const char* nothing = "list") {
  return s ? std::string(to_string(*s)) : nothing;
}

void read_status(const Json& v, Status& out, const Wrong& wrong, const std::string& below = {}) {
  const auto s = v.is_string() ? decision::status_from(v.get<std::string>()) : std::nullopt;
  if (s)
    out = *s;
  else
    wrong(below, kStatusWords);
}

void read_status_or(const char* nothing, const char* words, const Json& v, StatusOrGoOn& out, const Wrong& wrong,
                    const std::string& below = {}) {
  if (v.is_string() && v.get<std::string>() == nothing) {
    out.reset();
    return;
  }
  const auto s = v.is_string() ? decision::status_from(v.get<std::string>()) : std::nullopt;
  if (s)
    out = *s;
  else
    wrong(below, words);
}

template <Status Settings::*field>
constexpr Item status_item(std::string_view name) {
  return {name, [](const Json& v, Settings& s, const Wrong& wrong) { read_status(v, s.*field, wrong); },
          [](const Settings& from, Settings& to) { to.*field = from.*field; },
          [](const Settings& s) { return std::string(to_string(s.*field)); }};
}

template <StatusOrGoOn Settings::*field>
constexpr Item status_or_list_item(std::string_view name) {
  return {name,
          [](const Json& v, Settings& s, const Wrong& wrong) {
            read_status_or("list", kStatusOrListWords, v, s.*field, wrong);
          },
          [](const Settings& from, Settings& to) { to.*field = from.*field; },
          [](const Settings& s) { return word_of(s.*field); }};
}

constexpr Item kOverride = {"override",
                            [](const Json& v, Settings& s, const Wrong& wrong) {
                              read_status_or("off", "must be \"off\", \"white\", \"grey\", \"black\" or \"unknown\"", v,
                                             s.override_status, wrong);
                            },
                            [](const Settings& from, Settings& to) { to.override_status = from.override_status; },
                            [](const Settings& s) { return word_of(s.override_status, "off"); }};

constexpr Item kResponseType = {"response-type",
                                [](const Json& v, Settings& s, const Wrong& wrong) {
                                  const int64_t n = v.is_number_integer() ? v.get<int64_t>() : 0;
                                  if (n < 1 || n > 3) return wrong({}, "must be 1, 2 or 3");
                                  s.response_type = static_cast<decision::ResponseType>(n);
                                },
                                [](const Settings& from, Settings& to) { to.response_type = from.response_type; },
                                [](const Settings& s) { return std::to_string(static_cast<int>(s.response_type)); }};

constexpr Item kCombineLevels = {"combine-levels",
                                 [](const Json& v, Settings& s, const Wrong& wrong) {
                                   if (!v.is_boolean()) return wrong({}, "must be true or false");
                                   s.combine_levels = v.get<bool>();
                                 },
                                 [](const Settings& from, Settings& to) { to.combine_levels = from.combine_levels; },
                                 [](const Settings& s) { return std::string(s.combine_levels ? "on" : "off"); }};

/// The classes that the document names; the others stay unknown, which is their default.
constexpr Item kInvalidImei = {"invalid-imei",
                               [](const Json& v, Settings& s, const Wrong& wrong) {
                                 if (!v.is_object()) return wrong({}, "must be an object of classes");
                                 for (const auto& [name, status] : v.items()) {
                                   const auto cls = identity::imei_class_from(name);
                                   if (!cls || *cls == identity::ImeiClass::kValid)
                                     wrong("/" + name, "is none of null, short, long, zero, non-decimal");
                                   else
                                     read_status(status, s.invalid_imei[static_cast<size_t>(*cls)], wrong, "/" + name);
                                 }
                               },
                               [](const Settings& from, Settings& to) { to.invalid_imei = from.invalid_imei; },
                               [](const Settings& s) {
                                 std::string text;
                                 for (size_t i = 1; i < identity::kImeiClasses; ++i)
                                   text += fmt::format("{}{} {}", i > 1 ? ", " : "",
                                                       identity::to_string(static_cast<identity::ImeiClass>(i)),
                                                       to_string(s.invalid_imei[i]));
                                 return text;
                               }};

constexpr Item kHomePlmns = {
    "home-plmn",
    [](const Json& v, Settings& s, const Wrong& wrong) {
      if (!v.is_array() || v.size() > decision::kHomePlmnsMax)
        return wrong({}, fmt::format("must be a list of at most {} networks", decision::kHomePlmnsMax));
      for (size_t i = 0; i < v.size(); ++i) {
        const auto digits = v[i].is_string() ? Digits::parse(v[i].get<std::string>()) : std::nullopt;
        if (!digits || digits->length() < 5 || digits->length() > 6)
          wrong(fmt::format("/{}", i), "must be a country code of 3 digits and a network code of 2 or 3, as text");
        else
          s.home_plmns.push_back({*digits});
      }
    },
    [](const Settings& from, Settings& to) { to.home_plmns = from.home_plmns; },
    [](const Settings& s) {
      std::string text;
      for (const auto& p : s.home_plmns) (text += text.empty() ? "" : ", ") += p.digits.str();
      return text.empty() ? "none" : text;
    }};

/// "imsi:25501*".
std::optional<SubscriberException> exception_of(std::string_view who) {
  using Kind = SubscriberException::Kind;
  constexpr unsigned kLenMax = 15;
  const bool imsi = who.starts_with("imsi:");
  if (!imsi && !who.starts_with("msisdn:")) return std::nullopt;
  who.remove_prefix(who.find(':') + 1);
  const bool prefix = who.ends_with('*');
  if (prefix) who.remove_suffix(1);
  const auto digits = Digits::parse(who);
  if (!digits || digits->length() > kLenMax) return std::nullopt;
  const Kind kind = imsi ? (prefix ? Kind::kImsiPrefix : Kind::kImsi) : (prefix ? Kind::kMsisdnPrefix : Kind::kMsisdn);
  return SubscriberException{kind, *digits, std::nullopt};
}

constexpr Item kExceptions = {
    "exception",
    [](const Json& v, Settings& s, const Wrong& wrong) {
      if (!v.is_object() || v.size() > decision::kExceptionsMax)
        return wrong({}, fmt::format("must be an object of at most {} subscribers", decision::kExceptionsMax));
      for (const auto& [who, result] : v.items()) {
        auto e = exception_of(who);
        if (!e) {
          wrong("/" + who, "is no subscriber: imsi: or msisdn: and 1 to 15 digits, with * at the end a prefix");
          continue;
        }
        read_status_or("list", kStatusOrListWords, result, e->result, wrong, "/" + who);
        s.exceptions.push_back(*e);
      }
    },
    [](const Settings& from, Settings& to) { to.exceptions = from.exceptions; },
    [](const Settings& s) { return fmt::format("{} subscribers or prefixes", s.exceptions.size()); }};

constexpr Item kLockBreak = {
    "lock-break",
    [](const Json& v, Settings& s, const Wrong& wrong) {
      if (!v.is_object()) return wrong({}, "must be an object of lock policies");
      for (const auto& [name, status] : v.items()) {
        const auto policy = lists::lock_policy_from(name);
        if (!policy)
          wrong("/" + name, "is none of mutual, device, subscriber");
        else
          read_status(status, s.lock_break[static_cast<size_t>(*policy) - 1], wrong, "/" + name);
      }
    },
    [](const Settings& from, Settings& to) { to.lock_break = from.lock_break; },
    [](const Settings& s) {
      std::string text;
      for (size_t i = 0; i < lists::kLockPolicies; ++i)
        text += fmt::format("{}{} {}", i > 0 ? ", " : "", to_string(static_cast<lists::LockPolicy>(i + 1)),
                            to_string(s.lock_break[i]));
      return text;
    }};

constexpr Item kBlackSubscriber = {
    "black-subscriber",
    [](const Json& v, Settings& s, const Wrong& wrong) {
      if (v != "black" && v != "list") return wrong({}, "must be \"black\" or \"list\"");
      s.black_subscriber_wins = v == "black";
    },
    [](const Settings& from, Settings& to) { to.black_subscriber_wins = from.black_subscriber_wins; },
    [](const Settings& s) { return std::string(s.black_subscriber_wins ? "black" : "list"); }};

}  // namespace

const std::array<Item, kItems>& items() {
  static constexpr std::array<Item, kItems> kAll = {
      kOverride,
      kResponseType,
      kCombineLevels,
      kInvalidImei,
      kHomePlmns,
      status_or_list_item<&Settings::home>("home-subscribers"),
      status_or_list_item<&Settings::foreign>("foreign-plmn"),
      kExceptions,
      status_or_list_item<&Settings::lock_unknown>("lock-unknown"),
      kLockBreak,
      kBlackSubscriber,
      status_item<&Settings::fault_answer>("fault-answer"),
      status_item<&Settings::overload_answer>("overload-answer"),
  };
  return kAll;
}

std::optional<base::UnixSeconds> utc_time(std::string_view t) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:ddZ";
  if (t.size() != kShape.size()) return std::nullopt;
  for (size_t i = 0; i < t.size(); ++i)
    if (kShape[i] == 'd' ? t[i] < '0' || t[i] > '9' : t[i] != kShape[i]) return std::nullopt;
  const auto n = [&](size_t at, size_t len) {
    int v = 0;
    for (size_t i = at; i < at + len; ++i) v = v * 10 + (t[i] - '0');
    return v;
  };
  const std::chrono::year_month_day day{std::chrono::year(n(0, 4)), std::chrono::month(static_cast<unsigned>(n(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(n(8, 2)))};
  if (!day.ok() || n(11, 2) > 23 || n(14, 2) > 59 || n(17, 2) > 59) return std::nullopt;
  return std::chrono::sys_days(day) + std::chrono::seconds((n(11, 2) * 60 + n(14, 2)) * 60 + n(17, 2));
}

}  // namespace eir::policy
