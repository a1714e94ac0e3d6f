// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/counters.h"

namespace eir::sync::epp {
namespace {

constexpr std::string_view kBound = "eir_epp_bound_hit_total";

}  // namespace

void visit_counters(const std::vector<ThreadCounters>& threads, const DoorCounters& door, const SampleVisitor& visit) {
  const auto sum = [&](std::string_view name, std::string_view bound, auto member) {
    uint64_t total = 0;
    for (const ThreadCounters& t : threads) total += member(t).get();
    visit({name, bound, false, total});
  };
  const auto transport = [&](std::string_view name, base::Counter TransportCounters::*m, std::string_view bound = {}) {
    sum(name, bound, [m](const ThreadCounters& t) -> const base::Counter& { return t.transport.*m; });
  };
  const auto session = [&](std::string_view name, base::Counter SessionCounters::*m, std::string_view bound = {}) {
    sum(name, bound, [m](const ThreadCounters& t) -> const base::Counter& { return t.session.*m; });
  };
  const auto codec = [&](std::string_view name, base::Counter Codec::Counters::*m) {
    sum(name, {}, [m](const ThreadCounters& t) -> const base::Counter& { return t.codec.*m; });
  };
  transport("eir_epp_accepted_total", &TransportCounters::accepted);
  transport("eir_epp_read_octets_total", &TransportCounters::octets_read);
  transport("eir_epp_written_octets_total", &TransportCounters::octets_written);
  transport("eir_epp_tls_failures_total", &TransportCounters::tls_failures);
  transport("eir_epp_broken_frames_total", &TransportCounters::broken_frames);
  codec("eir_epp_frames_read_total", &Codec::Counters::read);
  codec("eir_epp_frames_written_total", &Codec::Counters::written);
  codec("eir_epp_not_well_formed_total", &Codec::Counters::not_well_formed);
  codec("eir_epp_not_valid_total", &Codec::Counters::not_valid);
  codec("eir_epp_not_implemented_total", &Codec::Counters::not_implemented);
  codec("eir_epp_output_invalid_total", &Codec::Counters::output_invalid);
  session("eir_epp_commands_total", &SessionCounters::commands);
  session("eir_epp_logins_total", &SessionCounters::logins);
  session("eir_epp_logins_failed_total", &SessionCounters::logins_failed);
  session("eir_epp_logouts_total", &SessionCounters::logouts);
  session("eir_epp_refused_total", &SessionCounters::refused);
  session("eir_epp_before_login_total", &SessionCounters::before_login);
  transport(kBound, &TransportCounters::handshake_timeouts, "handshake-timeout");
  transport(kBound, &TransportCounters::frame_timeouts, "frame-timeout");
  transport(kBound, &TransportCounters::write_timeouts, "write-timeout");
  transport(kBound, &TransportCounters::reading_stopped, "output");
  session(kBound, &SessionCounters::login_timeouts, "login-timeout");
  session(kBound, &SessionCounters::idle_timeouts, "idle-timeout");
  session(kBound, &SessionCounters::failed_logins_hit, "failed-logins");
  session(kBound, &SessionCounters::bad_frames_hit, "bad-frames");
  session(kBound, &SessionCounters::sessions_hit, "sessions");
  session(kBound, &SessionCounters::user_sessions_hit, "user-sessions");
  session(kBound, &SessionCounters::rate_hit, "rate");
  session(kBound, &SessionCounters::pipeline_hit, "pipeline");
  visit({kBound, "allow", false, door.not_allowed.get()});
  visit({kBound, "connections", false, door.connections_hit.get()});
  visit({kBound, "handshakes", false, door.handshakes_hit.get()});
  visit({kBound, "descriptors", false, door.accept_failures.get()});
}

}  // namespace eir::sync::epp
