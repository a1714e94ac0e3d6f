// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "core/guard/guard.h"
#include "core/policy/document.h"
#include "core/store/writer.h"

namespace eir::appliance {

/// Where the guard takes what it knows from.
struct GuardBasis {
  decision::Settings settings;  ///< how questions are answered before the policy
  std::string sightings;        ///< directory of the sightings journals; empty: nothing is known of devices seen
};

/// What the guard judges by.
struct GuardKnowledge {
  decision::Settings configured;  ///< what a policy document is put over
  decision::Settings settings;    ///< as they are served: the configuration, and the policy over it
  guard::Thresholds thresholds;
  guard::SeenDevices seen;
  std::vector<base::Problem> problems;  ///< journals that are torn, sightings over the bound
};
/// `policy`: the document that is served, or nothing. Errors: the journals cannot be read, the policy is none.
base::Result<std::shared_ptr<GuardKnowledge>, base::Problem> learn(const GuardBasis& basis,
                                                                   const std::optional<store::PolicyInfo>& policy);

/// Puts a stored policy document over the settings; what it says of the guard is returned. Errors: it is no document.
base::Result<policy::GuardLimits, base::Problem> apply_policy(const store::PolicyInfo& stored,
                                                              decision::Settings& settings);
/// The thresholds that a policy document gives.
void put_over(const policy::GuardLimits& given, guard::Thresholds& thresholds);

/// A replica's writer with the guard before it: everything an operator does goes through here. Threads: one.
class GuardedWriter {
 public:
  /// Errors: as Writer::open().
  static base::Result<std::unique_ptr<GuardedWriter>, base::Problem> open(const std::string& directory,
                                                                          const std::string& program,
                                                                          std::shared_ptr<GuardKnowledge> knowledge,
                                                                          bool off);
  /// Before a writer that is open already.
  static std::unique_ptr<GuardedWriter> over(std::unique_ptr<store::Writer> writer,
                                             std::shared_ptr<GuardKnowledge> knowledge, bool off);
  GuardedWriter(const GuardedWriter&) = delete;
  GuardedWriter& operator=(const GuardedWriter&) = delete;
  ~GuardedWriter();

  store::Writer& operator*() { return *writer_; }
  store::Writer* operator->() { return writer_.get(); }
  guard::Guard& guard() { return *guard_; }
  const GuardKnowledge& knowledge() const { return *knowledge_; }

 private:
  GuardedWriter(std::unique_ptr<store::Writer> writer, std::shared_ptr<GuardKnowledge> knowledge, bool off);
  base::SystemClock clock_;
  std::unique_ptr<store::Writer> writer_;
  std::shared_ptr<GuardKnowledge> knowledge_;
  std::unique_ptr<guard::Guard> guard_;
};

}  // namespace eir::appliance
