// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/messages.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "sync/epp/text.h"

namespace eir::sync::epp {
namespace {

std::string_view trimmed(std::string_view s) {
  const size_t from = s.find_first_not_of(" \t\r");
  return from == std::string_view::npos ? std::string_view() : s.substr(from, s.find_last_not_of(" \t\r") - from + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

std::string_view Catalogue::find(std::string_view key) const {
  const auto at = texts_.find(key);
  return at == texts_.end() ? std::string_view() : std::string_view(at->second);
}

base::Result<Messages, std::vector<base::Problem>> Messages::load(const std::string& directory) {
  namespace fs = std::filesystem;
  std::vector<base::Problem> problems;
  std::vector<fs::path> files;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(directory, ec))
    if (entry.path().extension() == ".ini") files.push_back(entry.path());
  if (ec) problems.push_back({directory, ec.message()});
  std::sort(files.begin(), files.end());
  Messages out;
  for (const fs::path& file : files) {
    Catalogue c;
    c.language_ = lower(file.stem().string());
    std::ifstream in(file);
    unsigned number = 0;
    for (std::string line; std::getline(in, line);) {
      const std::string where = file.string() + ":" + std::to_string(++number);
      const std::string_view content = trimmed(line);
      if (content.empty() || content.front() == '#') continue;
      const size_t equals = content.find('=');
      const std::string key(trimmed(content.substr(0, equals)));
      const std::string text(equals == std::string_view::npos ? std::string_view()
                                                              : trimmed(content.substr(equals + 1)));
      if (key.empty() || text.empty())
        problems.push_back({where, "expected 'key = text'"});
      else if (text.size() > kTextOctetsMax || !is_xml_text(text))
        problems.push_back({where, "the text is too long, or no UTF-8"});
      else if (key == "alias")
        c.aliases_.push_back(lower(text));
      else if (!c.texts_.emplace(key, text).second)
        problems.push_back({where, "the key stands twice"});
    }
    if (in.bad()) problems.push_back({file.string(), "cannot be read"});
    out.catalogues_.insert(c.language_ == kDefault ? out.catalogues_.begin() : out.catalogues_.end(), std::move(c));
  }
  if (out.catalogues_.empty() || out.catalogues_.front().language() != kDefault) {
    problems.push_back({directory, "there is no en.ini"});
  } else {
    for (const ResultCode code : kResultCodes)
      if (out.catalogues_.front().find(std::to_string(number(code))).empty())
        problems.push_back({directory + "/en.ini", "no text for " + std::to_string(number(code))});
  }
  if (!problems.empty()) return base::Unexpected<std::vector<base::Problem>>(std::move(problems));
  return out;
}

std::vector<std::string> Messages::languages() const {
  std::vector<std::string> out;
  for (const Catalogue& c : catalogues_) out.push_back(c.language());
  return out;
}

const Catalogue* Messages::find(std::string_view language) const {
  const std::string name = lower(language.substr(0, language.find('-')));
  for (const Catalogue& c : catalogues_)
    if (c.language() == name || std::find(c.aliases().begin(), c.aliases().end(), name) != c.aliases().end()) return &c;
  return nullptr;
}

std::string_view Messages::text(const Catalogue& catalogue, std::string_view key) const {
  std::string_view found = catalogue.find(key);
  if (found.empty()) found = fallback().find(key);
  return found.empty() ? key : found;
}

}  // namespace eir::sync::epp
