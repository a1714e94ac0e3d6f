// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/decision/settings.h"

namespace eir::policy {

/// What may stand in a document's "settings", each named as the command of the configuration file it wins over.
inline constexpr size_t kItems = 13;
inline constexpr size_t kDocumentOctetsMax = 1'000'000;
inline constexpr size_t kTextOctetsMax = 256;  ///< of author and note
inline constexpr size_t kProblemsMax = 100;

/// When a version of the lists is held back; the members that the document gives. The names of the JSON are in
/// brackets.
struct GuardLimits {
  std::optional<bool> on;                          ///< [on]
  std::optional<uint64_t> devices_max;             ///< [devices]
  std::optional<uint64_t> share_max_ppm;           ///< [share-ppm]
  std::optional<uint64_t> devices_seen_for_share;  ///< [devices-for-share]
  std::optional<std::chrono::seconds> window;      ///< [window-hours]
  std::optional<std::chrono::hours> seen_for;      ///< [seen-days]
  friend bool operator==(const GuardLimits&, const GuardLimits&) = default;
};

/// How questions are answered, as a versioned document: what it gives wins over the configuration file.
///
///     {"turnstile-policy": 1, "number": 12, "author": "NOC", "created-at": "2026-01-31T12:00:00Z", "note": "...",
///      "settings": {"response-type": 2, "invalid-imei": {"zero": "black"}, ...},
///      "guard": {"devices": 1000, "share-ppm": 500}}
///
/// Everything but the first three members may be left out. What the handbook's configuration.md says of a command
/// holds for its setting. Threads: a value.
class Document {
 public:
  /// Errors: every one that was found, at most kProblemsMax, each with its place: "name:line:column" for what is no
  /// JSON, else "name:/settings/response-type".
  static base::Result<Document, std::vector<base::Problem>> parse(std::string_view text, const std::string& name);

  uint64_t number() const { return number_; }
  const std::string& author() const { return author_; }
  const std::string& note() const { return note_; }
  base::UnixSeconds created_at() const { return created_at_; }
  const GuardLimits& guard() const { return guard_; }

  /// Whether it gives a setting. REQUIRES: item below kItems.
  bool gives(size_t item) const { return given_.test(item); }
  /// Puts what it gives over `settings`.
  void apply(decision::Settings& settings) const;

 private:
  friend class Parser;
  uint64_t number_ = 0;
  std::string author_, note_;
  base::UnixSeconds created_at_{};
  decision::Settings values_;
  std::bitset<kItems> given_;
  GuardLimits guard_;
};

/// A setting in force, for show commands.
struct Shown {
  std::string_view name;   ///< "response-type"
  std::string value;       ///< "2"
  bool by_policy = false;  ///< else the configuration file's, or its default
};
/// `settings` with what gave each value; `document` null: none does.
std::vector<Shown> show(const decision::Settings& settings, const Document* document);

}  // namespace eir::policy
