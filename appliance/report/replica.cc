// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/report/replica.h"

namespace eir::appliance {
namespace {

Json counts_json(const lists::KindCounts& c) {
  Json j;
  const auto counts = c.array();
  for (size_t i = 0; i < counts.size(); ++i) j[std::string(lists::KindCounts::names()[i])] = counts[i];
  return j;
}

Json refusal_json(const store::Refused& r) {
  return {{"what", name(r.what)}, {"version", r.version.str()}, {"at", utc(r.at)},
          {"detail", r.detail},   {"cause", cause(r.what)},     {"remedy", remedy(r.what)}};
}

Json source_json(const store::SourceInfo& s) {
  return {{"name", s.name},
          {"served", s.served.str()},
          {"newest", s.newest.str()},
          {"pinned", s.pinned},
          {"held_from", s.held() ? Json(s.held_from.str()) : Json(nullptr)},
          {"waiting", s.waiting},
          {"note", s.note},
          {"repair", s.repair},
          {"refusal", s.refusal ? refusal_json(*s.refusal) : Json(nullptr)},
          {"counts", counts_json(s.counts)},
          {"digest", s.digest.hex()},
          {"manifest_sha256", s.manifest_sha256},
          {"published_at", utc(s.published_at)},
          {"served_since", utc(s.served_since)}};
}

Json serving_json(const store::Serving& s) {
  return {{"version", text_of(s.version)},
          {"counts", counts_json(s.counts)},
          {"digest", s.digest.hex()},
          {"published_at", utc(s.published_at)}};
}

}  // namespace

std::string text_of(lists::Version version) { return version.str(); }

Json version_json(const store::VersionInfo& v) {
  return {{"version", text_of(v.version)},
          {"source", v.source},
          {"base", v.full ? Json(nullptr) : Json(v.base.str())},
          {"full", v.full},
          {"origin", v.origin},
          {"counts", counts_json(v.counts)},
          {"digest", v.digest.hex()},
          {"places", v.places},
          {"published_at", utc(v.published_at)},
          {"snapshot", v.snapshot},
          {"snapshot_octets", v.snapshot_octets}};
}

Json replica_json(const std::string& directory, const store::ReplicaStatus& r) {
  Json j = {{"directory", directory}};
  j["serving"] = r.serving ? serving_json(*r.serving) : Json(nullptr);
  j["overlay_keys"] = r.overlay_keys;
  j["locked"] = r.locked;
  j["sources"] = Json::array();
  for (const auto& s : r.sources) j["sources"].push_back(source_json(s));
  j["versions"] = Json::array();
  for (const auto& v : r.versions) j["versions"].push_back(version_json(v));
  j["policy"] = r.policy ? Json(r.policy->number) : Json(nullptr);
  j["policies_held"] = r.policies_held;
  j["problems"] = Json::array();
  for (const auto& p : r.problems) j["problems"].push_back(p.message());
  return j;
}

}  // namespace eir::appliance
