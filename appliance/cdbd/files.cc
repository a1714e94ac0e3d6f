// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/files.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <filesystem>

#include "appliance/vty/command.h"

namespace eir::appliance::cdbd {

using sync::transfer::Area;
using sync::transfer::Refusal;

std::vector<base::Problem> validate(const FilesConfig& config) {
  std::vector<base::Problem> problems;
  unsigned char literal[16];
  for (const epp::Endpoint& e : config.listeners)
    if (::inet_pton(AF_INET, e.address.c_str(), literal) != 1 && ::inet_pton(AF_INET6, e.address.c_str(), literal) != 1)
      problems.push_back({"files listen", fmt::format("'{}' is no IP address", e.address)});
  for (const auto& [where, directory] :
       {std::pair("files versions", &config.versions), std::pair("files sightings", &config.sightings)})
    if (directory->empty()) problems.push_back({where, "there is none"});
  const std::string& uri = config.base_uri;
  if (config.listeners.empty()) return problems;
  if (!uri.starts_with("https://") || uri.size() <= 8 || uri.ends_with('/') || uri.size() > 128)
    problems.push_back({"files uri", "must be https://HOST:PORT as nodes reach it, with no slash at the end"});
  return problems;
}

void install_files_node(int node, std::function<FilesConfig&()> edited) {
  install_node(node, "%s(config-files)# ", [](vty*) { return 0; });
  install_command(CONFIG_NODE, "files", {"Files of versions and of sightings, over HTTPS"},
                  [node](const Console& c) { return c.enter(node); });
  install_setting(node, "listen A.B.C.D <0-65535>", {"Where nodes come (none: nowhere)", "IPv4 address", "TCP port"},
                  "files listen", [edited](const Console& c) {
                    edited().listeners.push_back({std::string(c.arg(0)), static_cast<uint16_t>(number(c.arg(1)))});
                    return CMD_SUCCESS;
                  });
  const auto text = [&](const std::string& word, const char* help, const char* value,
                        std::string FilesConfig::*member) {
    install_setting(node, word + " TEXT", {help, value}, "files " + word, [edited, member](const Console& c) {
      edited().*member = c.arg(0);
      return CMD_SUCCESS;
    });
  };
  text("uri", "How nodes reach it; goes into versions", "https://HOST:PORT", &FilesConfig::base_uri);
  text("versions", "Where files of versions are made", "Directory", &FilesConfig::versions);
  text("sightings", "Where nodes put segments of sightings", "Directory", &FilesConfig::sightings);
  install_setting(node, "threads <1-16>", {"That read and write files (default 2)", "Number"}, "files threads",
                  [edited](const Console& c) {
                    edited().threads = static_cast<unsigned>(number(c.arg(0)));
                    return CMD_SUCCESS;
                  });
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

base::Result<std::unique_ptr<Files>, base::Problem> Files::open(registry::Registry& registry, const base::Clock& clock,
                                                                FilesConfig config) {
  std::error_code error;
  std::filesystem::create_directories(config.versions, error);
  if (error) return base::problem(config.versions, fmt::format("cannot be made: {}", error.message()));
  SegmentsOptions options;
  options.directory = config.sightings;
  auto segments = Segments::open(registry, clock, options);
  if (!segments) return tl::unexpected(segments.error());
  std::unique_ptr<Files> files(new Files(registry, std::move(config)));
  files->segments_ = std::move(*segments);
  return files;
}

base::Result<void, epp::Problems> Files::start(const epp::TlsConfig& tls) {
  if (config_.listeners.empty()) return {};
  sync::transfer::ServerConfig c;
  c.listeners = config_.listeners;
  c.tls = tls;
  c.threads = config_.threads;
  c.areas = {versions_area(registry_, config_.versions), segments_->area()};
  return server_.start(c);
}

base::Result<void, epp::Problems> Files::renew_certificates() {
  if (!server_.running()) return {};
  return server_.renew_certificates();
}

void Files::counters(const epp::SampleVisitor& visit) const {
  server_.counters(visit);
  const SegmentsCounters& c = segments_->counters();
  visit({"eir_segments_jobs_total", {}, false, c.jobs});
  visit({"eir_segments_rows_total", {}, false, c.rows});
  visit({"eir_segments_octets_total", {}, false, c.octets});
  visit({"eir_segments_refused_total", {}, false, c.refused});
  visit({"eir_segments_missing_total", {}, false, c.no_file});
  visit({"eir_segments_left_total", {}, false, c.left});
  visit({"eir_segments_busy_total", {}, false, c.refused_busy});
}

}  // namespace eir::appliance::cdbd
