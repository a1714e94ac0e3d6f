// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the seeds of tests/fuzz/corpus/epp_xml and epp_frames: make_corpus CORPUS-DIRECTORY

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "sync/epp/framing.h"
#include "tests/unit/epp/samples.h"

int main(int argc, char** argv) {
  using namespace eir::sync::epp;
  if (argc != 2) return 2;
  const std::filesystem::path top = argv[1];
  for (const char* name : {"epp_xml", "epp_frames"}) std::filesystem::create_directories(top / name);
  auto codec = Codec::make(test::kSchemas, test::messages());
  if (!codec) return 1;
  int n = 0;
  std::string stream(1, '\x10');
  const auto store = [&](const char* kind, const std::string& data) {
    char name[32];
    std::snprintf(name, sizeof name, "seed%02d", n++);
    std::ofstream(top / kind / name, std::ios::binary) << data;
  };
  for (const Command& c : test::sample_commands()) {
    store("epp_xml", (*codec)->write(c));
    if (stream.size() < 4000) stream += framed((*codec)->write(c));
  }
  const auto replies = test::sample_replies();
  for (size_t i = 0; i < replies.size(); i += 3) store("epp_xml", (*codec)->write(replies[i]));
  store("epp_xml", (*codec)->write(test::sample_greeting()));
  store("epp_xml", (*codec)->write(Hello()));
  for (const char* odd :
       {"", "<", "<epp", "<?xml version='1.0' encoding='UTF-7'?><epp/>", "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
        "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><command><check><x:y "
        "xmlns:x='urn:&#60;x'/></check></command></epp>",
        "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><command><info><i:info "
        "xmlns:i='urn:ietf:params:xml:ns:imei-1.0'><i:nam>&lt;\xC3\xB6&amp;</i:nam></i:info></info>"
        "<clTRID>ABC-1</clTRID></command></epp>",
        "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><!-- ' --><![CDATA[<a>]]><hello/></epp>", "\xFF\xFE<\0e"})
    store("epp_xml", odd);
  n = 0;
  store("epp_frames", stream);
  for (const std::string& odd :
       {std::string(1, '\0'), std::string("\x01\0\0\0\x04", 5), std::string("\x02\0\0\0\x05x\0", 7),
        std::string("\x03\xFF\xFF\xFF\xFFx", 6), std::string("\0\0\0\x10\0", 5)})
    store("epp_frames", odd);
  return 0;
}
