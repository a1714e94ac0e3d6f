// SPDX-License-Identifier: GPL-3.0-or-later
// EPP's changing commands as the registry's.
#include <charconv>

#include "appliance/cdbd/mapping.h"

namespace eir::appliance::cdbd {
namespace {

template <class C>
using Made = std::optional<C>;

bool take(const std::vector<epp::Subscriber>& from, std::vector<registry::Subscriber>& to) {
  for (const epp::Subscriber& s : from) {
    const auto one = subscriber_of(s);
    if (!one) return false;
    to.push_back(*one);
  }
  return true;
}

std::optional<uint64_t> id_of(const epp::Text& text) {
  uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc() && end == text.data() + text.size() && id <= uint64_t{INT64_MAX} ? std::optional(id)
                                                                                               : std::nullopt;
}

/// One overload for each command; those that change nothing, or cannot be done here, give nothing.
struct Make {
  Made<registry::CreateDevices> operator()(const epp::imei::Create& c) const {
    return registry::CreateDevices{c.names, device_of(c.device.value_or(epp::Device{}))};
  }
  Made<registry::UpdateDevice> operator()(const epp::imei::Update& c) const {
    return registry::UpdateDevice{c.name, device_of(c.change)};
  }
  Made<registry::DeleteDevice> operator()(const epp::imei::Delete& c) const {
    return registry::DeleteDevice{c.name, c.reason.value_or("")};
  }
  Made<registry::CreateLock> operator()(const epp::lock::Create& c) const {
    registry::CreateLock out{c.key.imei, c.key.policy, {}, {}};
    auto grounds = grounds_of(c.terms);
    if (!grounds || !take(c.subscribers, out.subscribers)) return std::nullopt;
    out.grounds = std::move(*grounds);
    return out;
  }
  Made<registry::UpdateLock> operator()(const epp::lock::Update& c) const {
    registry::UpdateLock out{c.key.imei, c.key.policy, {}, {}, {}};
    if (c.add && !take(c.add->subscribers, out.add)) return std::nullopt;
    if (c.remove && !take(c.remove->subscribers, out.remove)) return std::nullopt;
    if (c.change && !(out.grounds = grounds_of(c.change))) return std::nullopt;
    return out;
  }
  Made<registry::DeleteLock> operator()(const epp::lock::Delete& c) const {
    return registry::DeleteLock{c.key.imei, c.key.policy, c.reason.value_or("")};
  }
  Made<registry::Propose> operator()(const epp::proposal::Create& c) const {
    auto change = change_of(c.change);
    if (!change) return std::nullopt;
    return registry::Propose{c.filing.value_or(""), std::move(*change)};
  }
  Made<registry::Decide> operator()(const epp::proposal::Update& c) const {
    const auto id = id_of(c.id);
    if (!id) return std::nullopt;
    return registry::Decide{*id, c.verdict == epp::proposal::Verdict::kApprove, c.reason.value_or("")};
  }
  Made<registry::WithdrawProposal> operator()(const epp::proposal::Delete& c) const {
    const auto id = id_of(c.id);
    if (!id) return std::nullopt;
    return registry::WithdrawProposal{*id};
  }
  Made<registry::CancelJob> operator()(const epp::job::Delete& c) const {
    const auto id = id_of(c.id);
    if (!id) return std::nullopt;
    return registry::CancelJob{*id};
  }
  /// Sightings come as a file by reference, which is for whoever fetches it to file.
  Made<registry::FileSightings> operator()(const epp::job::Sightings&) const { return std::nullopt; }
  Made<registry::FileJob> operator()(const epp::job::Create& c) const {
    registry::FileJob out{c.filing, {}};
    for (const epp::job::Item& item : c.items) {
      const bool good = std::visit(
          [&](const auto& work) {
            auto made = (*this)(work);
            if (made) out.items.emplace_back(std::move(*made));
            return made.has_value();
          },
          item.work);
      if (!good) return std::nullopt;
    }
    return out;
  }
  template <class Other>
  Made<registry::Read> operator()(const Other&) const {
    return std::nullopt;
  }
};

}  // namespace

std::optional<registry::Command> command_of(const epp::ObjectCommand& command) {
  return std::visit(
      [](const auto& c) -> std::optional<registry::Command> {
        auto made = Make()(c);
        if (!made) return std::nullopt;
        return registry::Command(std::move(*made));
      },
      command);
}

}  // namespace eir::appliance::cdbd
