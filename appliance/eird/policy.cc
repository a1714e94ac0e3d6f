// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/policy.h"

#include <fmt/format.h>

namespace eir::appliance {

bool PolicyInForce::take(const std::optional<store::PolicyInfo>& stored) {
  const uint64_t number = stored ? stored->number : 0;
  if (number == looked_at_ && (!stored || stored->text == text_)) return false;
  looked_at_ = number;
  text_ = stored ? stored->text : std::string();
  problems_.clear();
  const bool had = document_ != nullptr;
  if (!stored) {
    document_.reset();
    return had;
  }
  auto parsed = policy::Document::parse(text_, fmt::format("policy {}", number));
  if (!parsed) {
    problems_ = std::move(parsed.error());
    return false;
  }
  document_ = std::make_shared<const policy::Document>(std::move(*parsed));
  return true;
}

decision::Settings PolicyInForce::over(const decision::Settings& configured) const {
  decision::Settings settings = configured;
  if (document_) document_->apply(settings);
  return settings;
}

}  // namespace eir::appliance
