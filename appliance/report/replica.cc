// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/report/replica.h"

namespace eir::appliance {
namespace {

Json counts_json(const lists::KindCounts& c) {
  return {{"imeis", c.imeis}, {"svn_rules", c.svn_rules}, {"tacs", c.tacs}, {"ranges", c.ranges}};
}

Json source_json(const store::SourceInfo& s) {
  return {{"name", s.name},
          {"number", s.number},
          {"counts", counts_json(s.counts)},
          {"digest", s.digest.hex()},
          {"manifest_sha256", s.manifest_sha256},
          {"published_at", utc(s.published_at)}};
}

}  // namespace

std::string text_of(lists::Version version) { return fmt::format("{}.{}", version.epoch, version.number); }

Json version_json(const store::VersionInfo& v) {
  return {{"version", text_of(v.version)},
          {"source", v.source},
          {"source_number", v.source_number},
          {"full", v.full},
          {"origin", v.origin},
          {"counts", counts_json(v.counts)},
          {"digest", v.digest.hex()},
          {"changed_keys", v.changed_keys},
          {"published_at", utc(v.published_at)},
          {"snapshot", v.snapshot},
          {"snapshot_octets", v.snapshot_octets}};
}

Json replica_json(const std::string& directory, const store::ReplicaStatus& r) {
  Json j = {{"directory", directory}};
  j["serving"] = r.serving ? version_json(*r.serving) : Json(nullptr);
  j["overlay_keys"] = r.overlay_keys;
  j["locked"] = r.locked;
  j["sources"] = Json::array();
  for (const auto& s : r.sources) j["sources"].push_back(source_json(s));
  j["versions"] = Json::array();
  for (const auto& v : r.versions) j["versions"].push_back(version_json(v));
  j["problems"] = Json::array();
  for (const auto& p : r.problems) j["problems"].push_back(p.message());
  return j;
}

}  // namespace eir::appliance
