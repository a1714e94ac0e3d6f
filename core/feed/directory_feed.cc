// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/feed/directory_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "core/base/file.h"

namespace eir::feed {
namespace {

using base::Problem;
using base::problem;

constexpr std::string_view kManifests = "manifests", kData = "data", kSignatureSuffix = ".sig";
constexpr size_t kRepairOctetsMax = 1024;

std::string file_of(std::string_view source, lists::Version v) { return fmt::format("{}-{}", source, v.str()); }

std::string absent(const std::string& path) {
  return fmt::format("cannot be read: {} ({})", std::strerror(errno), path);
}

}  // namespace

std::string DirectoryFeed::manifest_path(std::string_view source, lists::Version v) const {
  return fmt::format("{}/{}/{}", directory_, kManifests, file_of(source, v));
}
std::string DirectoryFeed::signature_path(std::string_view source, lists::Version v) const {
  return manifest_path(source, v) + std::string(kSignatureSuffix);
}
std::string DirectoryFeed::data_path(std::string_view source, lists::Version v) const {
  return fmt::format("{}/{}/{}", directory_, kData, file_of(source, v));
}
std::string DirectoryFeed::repair_path(std::string_view source) const {
  return fmt::format("{}/repair-wanted-{}", directory_, source);
}

base::Result<void, Problem> DirectoryFeed::prepare() const {
  std::error_code error;
  for (const std::string_view part : {kManifests, kData}) {
    std::filesystem::create_directories(fmt::format("{}/{}", directory_, part), error);
    if (error) return problem(directory_, fmt::format("cannot be made: {}", error.message()));
  }
  return {};
}

base::Result<std::vector<lists::Version>, Problem> DirectoryFeed::offered(std::string_view source) {
  std::vector<lists::Version> found;
  const std::string prefix = fmt::format("{}-", source);
  const std::string path = fmt::format("{}/{}", directory_, kManifests);
  std::error_code error;
  std::filesystem::directory_iterator it(path, error), end;
  for (; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(prefix)) continue;
    if (const auto v = lists::Version::parse(std::string_view(name).substr(prefix.size()))) found.push_back(*v);
    if (found.size() < 2 * kOfferedMax) continue;
    std::nth_element(found.begin(), found.begin() + kOfferedMax, found.end(), std::greater<>());
    found.resize(kOfferedMax);
  }
  if (error) return problem(path, fmt::format("cannot be listed: {}", error.message()));
  std::sort(found.begin(), found.end());
  if (found.size() > kOfferedMax) found.erase(found.begin(), found.end() - kOfferedMax);
  return found;
}

base::Result<SignedManifest, Problem> DirectoryFeed::manifest(std::string_view source, lists::Version version) {
  auto text = base::read_file(manifest_path(source, version), kManifestOctetsMax);
  if (!text) return tl::unexpected(text.error());
  SignedManifest out{std::move(*text), {}};
  // A signature that is missing or too long is a bad one, and told as that.
  if (const auto signature = base::read_file(signature_path(source, version), kManifestOctetsMax))
    out.signature.assign(signature->begin(), signature->end());
  return out;
}

base::Result<void, Problem> DirectoryFeed::data(std::string_view source, lists::Version version, const Take& take) {
  const std::string path = data_path(source, version);
  uint64_t octets = 0;
  const bool read = base::read_pieces(path, [&](base::Octets piece) {
    octets += piece.size();
    return octets <= kDataOctetsMax && take(piece);
  });
  if (!read) return problem("", absent(path));
  if (octets > kDataOctetsMax) return problem(path, fmt::format("is longer than {} octets", kDataOctetsMax));
  return {};
}

base::Result<void, Problem> DirectoryFeed::ask_repair(std::string_view source, const RepairRequest& request) {
  const std::string text = fmt::format("have {}\nwhy {}\n", request.have.str(), request.why);
  const std::string path = repair_path(source);
  if (const auto there = base::read_file(path, kRepairOctetsMax); there && *there == text) return {};
  return base::write_file(path, base::as_octets(text));
}

base::Result<void, Problem> DirectoryFeed::repaired(std::string_view source) {
  std::error_code error;
  std::filesystem::remove(repair_path(source), error);
  if (error) return problem(repair_path(source), fmt::format("cannot be removed: {}", error.message()));
  return {};
}

std::optional<RepairRequest> DirectoryFeed::repair_wanted(std::string_view source) const {
  const auto text = base::read_file(repair_path(source), kRepairOctetsMax);
  if (!text) return std::nullopt;
  const size_t end = text->find('\n');
  constexpr std::string_view kHave = "have ", kWhy = "\nwhy ";
  if (end == std::string::npos || !text->starts_with(kHave) || text->back() != '\n' ||
      text->compare(end, kWhy.size(), kWhy) != 0)
    return std::nullopt;
  const auto have = lists::Version::parse(std::string_view(*text).substr(kHave.size(), end - kHave.size()));
  if (!have) return std::nullopt;
  const size_t begin = end + kWhy.size();
  return RepairRequest{*have, text->substr(begin, text->size() - begin - 1)};
}

}  // namespace eir::feed
