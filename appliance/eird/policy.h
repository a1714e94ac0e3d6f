// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "core/policy/document.h"
#include "core/store/version_info.h"

namespace eir::appliance {

/// The policy document of the replica that is in force: the newest that could be used. Threads: the worker.
class PolicyInForce {
 public:
  /// Looks at what the replica has. One that cannot be used leaves the one before in force. True when what over()
  /// gives has changed.
  bool take(const std::optional<store::PolicyInfo>& stored);

  /// The configuration's settings with the document's over them.
  decision::Settings over(const decision::Settings& configured) const;
  /// Null: none is in force.
  const std::shared_ptr<const policy::Document>& document() const { return document_; }
  /// Why the newest stored one cannot be used; empty when it can.
  const std::vector<base::Problem>& problems() const { return problems_; }
  uint64_t refused_number() const { return problems_.empty() ? 0 : looked_at_; }

 private:
  uint64_t looked_at_ = 0;  ///< number of the document looked at last
  std::string text_;        ///< its text: a number may come again with another
  std::shared_ptr<const policy::Document> document_;
  std::vector<base::Problem> problems_;
};

}  // namespace eir::appliance
