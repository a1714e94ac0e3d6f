// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/files.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include "appliance/cdbd/segments.h"

namespace eir::appliance::cdbd {

using sync::transfer::Area;
using sync::transfer::Refusal;

std::vector<base::Problem> validate(const FilesConfig& config) {
  std::vector<base::Problem> problems;
  unsigned char literal[16];
  for (const epp::Endpoint& e : config.listeners)
    if (::inet_pton(AF_INET, e.address.c_str(), literal) != 1 && ::inet_pton(AF_INET6, e.address.c_str(), literal) != 1)
      problems.push_back({"files listen", fmt::format("'{}' is no IP address", e.address)});
  const std::string& uri = config.base_uri;
  if (config.listeners.empty()) return problems;
  if (!uri.starts_with("https://") || uri.size() <= 8 || uri.ends_with('/') || uri.size() > 128)
    problems.push_back({"files uri", "must be https://HOST:PORT as nodes reach it, with no slash at the end"});
  return problems;
}

Area versions_area(const registry::Registry& registry, std::string directory) {
  Area area;
  area.path = "versions";
  area.provide = [&registry, directory = std::move(directory)](
                     std::string_view name, const epp::Certificate& certificate) -> base::Result<std::string, Refusal> {
    const auto user = user_of(registry, certificate);
    if (!user ||
        registry::reach(user->role, registry::Object::kVersion, registry::Verb::kInfo) == registry::Reach::kNone)
      return base::Unexpected<Refusal>(Refusal{403, "not allowed"});
    return fmt::format("{}/{}", directory, name);
  };
  return area;
}

}  // namespace eir::appliance::cdbd
