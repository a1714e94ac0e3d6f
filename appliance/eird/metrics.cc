// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/metrics.h"

#include <fmt/format.h>
#include <map>

#include "appliance/alarms/texts.h"
#include "appliance/eird/node.h"
#include "appliance/metrics/exposer.h"

namespace eir::appliance {
namespace {

void add_answers(Families& f, const Node& node) {
  using namespace decision;
  std::array<std::array<std::array<uint64_t, kReasons>, kStatuses>, kInterfaces> sums{};
  std::map<std::array<std::string, 3>, uint64_t> by_peer;
  for (const auto& a : node.answering()) {
    const Ledger& l = a->ledger();
    for (size_t i = 0; i < kInterfaces; ++i)
      for (size_t s = 0; s < kStatuses; ++s)
        for (size_t r = 0; r < kReasons; ++r) sums[i][s][r] += l.answers[i][s][r].get();
    l.peers.visit([&](Interface interface, std::string_view peer, const PeerTally::Row& row) {
      for (size_t s = 0; s < kStatuses; ++s)
        if (const uint64_t n = row.answers[s].get())
          by_peer[{std::string(to_string(interface)), std::string(peer), std::string(to_string(Status(s)))}] += n;
    });
  }
  for (size_t i = 0; i < kInterfaces; ++i)
    for (size_t s = 0; s < kStatuses; ++s)
      for (size_t r = 0; r < kReasons; ++r)
        if (sums[i][s][r])
          f.count("eir_answers_total", "Answers given, by interface, status told and reason",
                  {{"interface", std::string(to_string(Interface(i)))},
                   {"status", std::string(to_string(Status(s)))},
                   {"reason", std::string(to_string(Reason(r)))}},
                  sums[i][s][r]);
  for (const auto& [key, n] : by_peer)
    f.count("eir_peer_answers_total", "Answers given, by interface, peer and status told",
            {{"interface", key[0]}, {"peer", key[1]}, {"status", key[2]}}, n);
}

void add_threads(Families& f, const Node& node) {
  for (size_t t = 0; t < node.answering().size(); ++t) {
    const auto& a = *node.answering()[t];
    const Ledger& l = a.ledger();
    const Labels thread = {{"thread", t == 0 ? "sigtran" : fmt::format("diameter{}", t - 1)}};
    f.count("eir_observed_total", "Answers told white by observe mode and judged otherwise", thread, l.observed.get());
    f.count("eir_lock_unknown_total", "Questions about locked devices whose subscriber could not be compared", thread,
            l.lock_unknown.get());
    f.count("eir_transaction_log_dropped_total", "Transaction log records lost because the queue was full", thread,
            l.log_dropped.get());
    f.count("eir_sightings_dropped_total", "Sightings lost because the queue was full", thread,
            l.sightings_dropped.get());
    f.gauge("eir_transaction_log_queue_len", "Transaction log records waiting for the worker", thread,
            static_cast<double>(node.answering()[t]->queue().depth()));
    f.latency(
        "eir_decision_seconds", "Time of the decision, list look-ups included", thread,
        base::LatencyHistogram::kBounds_ns, [&](size_t i) { return l.decision.count(i); }, l.decision.sum_ns());
  }
  f.latency(
      "eir_map_seconds", "From MTP's indication of a message to its answer in MTP's hands", {},
      base::LatencyHistogram::kBounds_ns, [&](size_t i) { return node.map_latency().count(i); },
      node.map_latency().sum_ns());
}

void add_signalling(Families& f, const Node& node) {
  const auto layer = [&](const std::string& name) {
    return [&f, name](std::string_view counter, std::string_view help, uint64_t value) {
      f.count(fmt::format("eir_{}_{}_total", name, counter), std::string(help), {}, value);
    };
  };
  node.mtp().counters().visit(layer("mtp"));
  node.eir()->sccp_counters().for_each(layer("sccp"));
  node.eir()->tcap_counters().for_each(layer("tcap"));
  node.eir()->map_counters().for_each(layer("map"));
}

void add_diameter(Families& f, const Node& node) {
  const auto& server = node.diameter();
  if (!server.running()) return;
  server.counters([&](const diameter::peer::Sample& s) {
    Labels labels;
    for (const auto& l : s.labels) labels.push_back({std::string(l.name), std::string(l.value)});
    if (s.gauge)
      f.gauge(std::string(s.name), std::string(s.help), std::move(labels), static_cast<double>(s.value));
    else
      f.count(std::string(s.name), std::string(s.help), std::move(labels), s.value);
  });
  for (unsigned t = 0; t + 1 < node.answering().size(); ++t) {
    const auto latency = server.latency(t);
    f.latency(
        "eir_diameter_seconds", "From the read of a question to its answer in the output buffer",
        {{"thread", fmt::format("diameter{}", t)}}, diameter::peer::kLatencyBoundsNs,
        [&](size_t i) { return latency.counts[i]; }, latency.sum_ns);
  }
}

void add_sources(Families& f, const StatusBoard& board) {
  const auto number = [](uint64_t n) { return static_cast<double>(n); };
  const auto seconds = [](base::UnixSeconds t) { return static_cast<double>(t.time_since_epoch().count()); };
  for (size_t i = 0; i < board.replica.sources.size(); ++i) {
    const store::SourceInfo& s = board.replica.sources[i];
    const Labels source = {{"source", s.name}};
    f.gauge("eir_source_served_epoch", "Epoch of the version served", source, s.served.epoch);
    f.gauge("eir_source_served_number", "Number of the version served", source, number(s.served.number));
    f.gauge("eir_source_newest_epoch", "Epoch of the newest version stored", source, s.newest.epoch);
    f.gauge("eir_source_newest_number", "Number of the newest version stored", source, number(s.newest.number));
    f.gauge("eir_source_waiting", "Versions stored after the one served", source, number(s.waiting));
    f.gauge("eir_source_pinned", "1 while an operator keeps it on an older version", source, s.pinned);
    f.gauge("eir_source_held", "1 while the guard holds a version back", source, s.held());
    f.gauge("eir_source_refused", "1 while its last version was refused", source, s.refusal.has_value());
    f.gauge("eir_source_repair_wanted", "1 while a full version is asked for", source, s.repair);
    f.gauge("eir_source_published_timestamp_seconds", "When the version served was made", source,
            seconds(s.published_at));
    f.gauge("eir_source_overlay_places", "Places changed since the snapshot that is served from", source,
            number(board.overlay_keys[i]));
    const auto counts = s.counts.array();
    for (size_t k = 0; k < counts.size(); ++k)
      f.gauge("eir_source_entries", "Entries of the version served, by kind",
              {{"source", s.name}, {"kind", std::string(lists::KindCounts::names()[k])}}, number(counts[k]));
  }
  f.gauge("eir_policy_number", "Number of the policy document in force; 0: none", {},
          board.policy ? number(board.policy->number()) : 0);
  f.gauge("eir_digest_recomputed_timestamp_seconds", "When the digests were recomputed last from the serving tables",
          {}, seconds(board.recomputed.ended_at));
  f.gauge("eir_digest_wrong", "Sources whose recomputed digest was another than it should be", {},
          number(board.recomputed.wrong.size()));
}

void add_board(Families& f, const StatusBoard& board, std::chrono::system_clock::time_point now) {
  for (const auto& text : alarm_texts(kOfNode)) {
    double active = 0;
    for (const auto& a : board.alarms) active += a.id == text.id;
    f.gauge("eir_alarms_active", "Alarms that are set, by name",
            {{"alarm", std::string(text.name)}, {"severity", std::string(to_string(text.severity))}}, active);
  }
  f.count("eir_transaction_log_written_total", "Transaction log records written", {}, board.log_written);
  f.count("eir_transaction_log_failed_total", "Transaction log records the disk refused", {}, board.log_failed);
  f.count("eir_sightings_written_total", "Sightings and notes of what was served, written", {},
          board.sightings_written);
  f.count("eir_sightings_repeated_total", "Sightings not written again, because the same use was within a day", {},
          board.sightings_repeated);
  f.count("eir_sightings_failed_total", "Sightings the disk refused", {}, board.sightings_failed);
  f.count("eir_sightings_files_removed_total", "Files of sightings removed for their limits, the oldest first", {},
          board.sightings_files_removed);
  for (const auto& c : board.certificates)
    f.gauge("eir_certificate_seconds_left", "Time until a certificate ends", {{"file", c.file}},
            static_cast<double>(std::chrono::duration_cast<std::chrono::seconds>(c.not_after - now).count()));
  add_sources(f, board);
  if (!board.replica.serving) return;
  const auto& v = *board.replica.serving;
  f.gauge("eir_list_version_epoch", "Epoch of the version served", {}, v.version.epoch);
  f.gauge("eir_list_version_number", "Number of the version served", {}, static_cast<double>(v.version.number));
  f.gauge("eir_list_version_local", "Publications of local lists in the version served", {},
          static_cast<double>(v.version.local));
  f.gauge("eir_list_published_timestamp_seconds", "When the version served was published", {},
          static_cast<double>(v.published_at.time_since_epoch().count()));
}

void add_bounds(Families& f, const Node& node, const StatusBoard& board) {
  f.count("eir_alarm_events_lost_total", "Alarm events lost because the queue or the board of alarms was full", {},
          node.alarms().dropped());
  f.count("eir_loop_posts_refused_total", "Calls into the SIGTRAN thread that had to wait because its queue was full",
          {}, node.loop().refused());
  f.count("eir_replica_versions_taken_total", "Versions of the lists that were taken", {}, board.versions_taken);
  f.count("eir_replica_versions_refused_total", "Versions of the lists refused as damaged or unprovable", {},
          board.versions_refused);
  f.count("eir_replica_overlay_full_total", "Versions refused because the overlay would have grown above its bound", {},
          board.overlay_full);
}

}  // namespace

struct Metrics::Impl {
  explicit Impl(Node& n) : node(n), slot(n.published_board().take_slot()) {}

  void collect(Families& f) const {
    add_answers(f, node);
    add_threads(f, node);
    add_signalling(f, node);
    add_diameter(f, node);
    const auto board = node.published_board().pin(slot);
    add_board(f, *board, node.clock().wall());
    add_bounds(f, node, *board);
    f.gauge("eir_start_timestamp_seconds", "When the node began to serve", {},
            static_cast<double>(std::chrono::system_clock::to_time_t(node.started_at())));
  }

  Node& node;
  int slot;
  std::unique_ptr<Exposer> exposer;
};

Metrics::Metrics(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Metrics::~Metrics() = default;

base::Result<std::unique_ptr<Metrics>, base::Problem> Metrics::listen(const Endpoint& endpoint, Node& node) {
  auto impl = std::make_unique<Impl>(node);
  auto exposer = Exposer::listen(endpoint, [i = impl.get()](Families& f) { i->collect(f); });
  if (!exposer) return tl::unexpected(exposer.error());
  impl->exposer = std::move(*exposer);
  return std::unique_ptr<Metrics>(new Metrics(std::move(impl)));
}

}  // namespace eir::appliance
