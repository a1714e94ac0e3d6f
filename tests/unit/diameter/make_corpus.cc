// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the seeds of the Diameter fuzz targets: diameter_make_corpus tests/fuzz/corpus

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/unit/diameter/messages.h"

namespace eir::diameter::test {
namespace {

constexpr std::string_view kHost = "eir.example.org";
constexpr std::string_view kRealm = "example.org";

void write(const std::filesystem::path& file, const Bytes& octets) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
}

Ecr ordinary(std::string_view imei, std::string_view sv, std::string_view imsi) {
  Ecr ecr(imei, sv, imsi);
  ecr.put(avp::kDestinationRealm, make(avp::kDestinationRealm, kRealm));
  return ecr;
}

std::vector<Bytes> messages() {
  std::vector<Bytes> out;
  const auto add = [&](const Ecr& e) { out.push_back(e.bytes()); };
  for (const char* imei : {"35809101234560", "358091012345615", "3580910123456233", "12", ""})
    add(ordinary(imei, "07", "255012345678901"));
  const Ecr good = ordinary("35809101234560", "", "");
  const auto with = [&](Bytes more) { add(Ecr(good).add(std::move(more))); };
  with(make(avp::kDestinationHost, kHost));
  with(make(avp::kDestinationHost, "other"));
  with(make(avp::kRouteRecord, kHost));
  with(make(avp::kRouteRecord, "dra"));
  with(make_group(avp::kProxyInfo, {make(avp::kProxyHost, "a"), make(avp::kProxyState, "b")}));
  with(make(avp::kSupportedFeatures, "12345678"));
  with(make({4711}, "x"));
  with(make({4711, 99}, "x"));
  with(make_raw(264, 0xC0, 13, 0, Bytes(1)));
  with(make_raw(1, 0x40, 3, 0, Bytes(4)));
  with(make_raw(1, 0x40, 200, 0, Bytes(4)));
  with(make_u32(avp::kAuthSessionState, 1));
  for (const AvpId id : {avp::kSessionId, avp::kAuthSessionState, avp::kOriginHost, avp::kDestinationRealm,
                         avp::kTerminalInformation, avp::kVendorSpecificApplicationId})
    add(Ecr(good).without(id));
  add(Ecr(good).put(avp::kAuthSessionState, make(avp::kAuthSessionState, "12345")));
  add(Ecr(good).put(avp::kTerminalInformation,
                    make_group(avp::kTerminalInformation, {make(avp::kMeid, "1"), make(avp::kImei, "1")})));
  Ecr other = good;
  other.header.version = 2;
  add(other);
  other = good;
  other.header.command = 999;
  add(other);
  other = good;
  other.header.application = 4;
  add(other);
  return out;
}

Bytes stream(uint8_t how, const std::vector<Bytes>& parts) {
  Bytes out{how};
  for (const Bytes& p : parts) out.insert(out.end(), p.begin(), p.end());
  return out;
}

}  // namespace
}  // namespace eir::diameter::test

int main(int argc, char** argv) {
  using namespace eir::diameter::test;
  if (argc != 2) return 2;
  const std::filesystem::path to(argv[1]);
  int n = 0;
  for (const Bytes& m : messages()) write(to / "diameter" / ("seed" + std::to_string(n++)), m);
  const Bytes good = ordinary("35809101234560", "07", "1").bytes();
  const std::string_view mme = "mme.example.org";
  const std::vector<std::vector<Bytes>> streams = {
      {good},
      {dwr(mme), good, good},
      {dpr(mme), good},
      {cer(mme, {offers_s13()}), dwr(mme)},
      {cer(mme, {})},
      {cer("other.example.org", {offers_s13()})},
      {answer_to(dwr(mme), mme), good},
      {Bytes{1, 0, 0, 22, 0x80, 0, 1, 1}},
  };
  n = 0;
  for (const auto& parts : streams)
    for (const int how : {0, 1, 3, 1 | 60, 3 | 252})
      write(to / "diameter_stream" / ("seed" + std::to_string(n++)), stream(static_cast<uint8_t>(how), parts));
  return 0;
}
