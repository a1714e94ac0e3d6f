// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/transfer/incoming.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <random>

namespace eir::sync::transfer {
namespace {

constexpr std::string_view kSuffix = ".part";
constexpr mode_t kMode = 0640;

}  // namespace

base::Result<Incoming, base::Problem> Incoming::create(const std::string& directory, std::string_view name) {
  std::string path = fmt::format("{}/{}", directory, name);
  std::random_device random;
  std::string temporary = fmt::format("{}/.{}.{:08x}{:08x}{}", directory, name, random(), random(), kSuffix);
  base::NewFile file(path, std::move(temporary), kMode);
  if (file.error()) return base::problem(directory, fmt::format("cannot be written: {}", std::strerror(file.error())));
  return Incoming(std::move(file), std::move(path));
}

bool Incoming::put(std::string_view octets) {
  octets_ += octets.size();
  return file_.put(octets);
}

base::Result<bool, base::Problem> Incoming::place() {
  const bool stood = ::access(path_.c_str(), F_OK) == 0;
  return file_.place().map([stood] { return stood; });
}

void remove_leftovers(const std::string& directory) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with('.') && name.ends_with(kSuffix)) ::unlink(entry.path().c_str());
  }
}

}  // namespace eir::sync::transfer
