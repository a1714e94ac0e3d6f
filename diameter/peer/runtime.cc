// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/peer/runtime.h"

#include <algorithm>

namespace eir::diameter::peer {

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return out;
}

Runtime::Runtime(const ServerConfig& from, uint32_t state_id)
    : config(from), self{from.origin_host, from.origin_realm}, origin_state_id(state_id) {
  for (const PeerConfig& p : config.peers) peers.emplace(lower_case(p.origin_host), p);
  for (const std::string& text : config.host_ip) {
    boost::system::error_code ec;
    const IpAddress address = boost::asio::ip::make_address(text, ec);
    if (!ec) host_ip.push_back(address);
  }
}

const PeerConfig* Runtime::find(std::string_view origin_host) const {
  const auto at = peers.find(lower_case(origin_host));
  return at == peers.end() ? nullptr : &at->second;
}

unsigned Runtime::thread_of(std::string_view origin_host) const {
  return static_cast<unsigned>(std::hash<std::string>{}(lower_case(origin_host)) % config.threads);
}

void TokenBucket::configure(uint32_t rate, uint32_t burst) {
  const double before = burst_;
  rate_ = rate;
  burst_ = burst ? burst : rate;
  tokens_ = before == 0 ? burst_ : std::min(tokens_, burst_);
}

base::MonotonicTime TokenBucket::full_at() const {
  if (rate_ == 0 || tokens_ >= burst_) return last_;
  const std::chrono::duration<double> missing((burst_ - tokens_) / rate_);
  return last_ + std::chrono::ceil<base::MonotonicTime::duration>(missing);
}

bool TokenBucket::take(base::MonotonicTime now) {
  if (rate_ == 0) return true;
  if (now > last_) {
    tokens_ = std::min(burst_, tokens_ + rate_ * std::chrono::duration<double>(now - last_).count());
    last_ = now;
  }
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace eir::diameter::peer
