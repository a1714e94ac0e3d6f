// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/guarded/guarded.h"

#include <fmt/format.h>

#include "core/policy/document.h"
#include "core/sightings/journal.h"

namespace eir::appliance {
namespace {

using base::Problem;

base::Result<void, Problem> read_seen(const std::string& directory, GuardKnowledge& knowledge) {
  const base::SystemClock clock;
  const auto since = std::chrono::floor<std::chrono::seconds>(clock.wall()) - knowledge.thresholds.seen_for;
  const auto read = sightings::read_journals(directory, since,
                                             [&](const sightings::Sighting& s) {
                                               knowledge.seen.add({s.imei, s.imsi, s.msisdn, s.svn});
                                             },
                                             {});
  if (!read) return tl::unexpected(read.error());
  knowledge.problems = read->torn;
  return {};
}

template <class T>
void put_over(const std::optional<T>& given, T& value) {
  if (given) value = *given;
}

}  // namespace

void put_over(const policy::GuardLimits& given, guard::Thresholds& thresholds) {
  put_over(given.on, thresholds.on);
  put_over(given.devices_max, thresholds.devices_max);
  put_over(given.share_max_ppm, thresholds.share_max_ppm);
  put_over(given.devices_seen_for_share, thresholds.devices_seen_for_share);
  put_over(given.window, thresholds.window);
  put_over(given.seen_for, thresholds.seen_for);
}

base::Result<policy::GuardLimits, Problem> apply_policy(const store::PolicyInfo& stored, decision::Settings& settings) {
  const auto document = policy::Document::parse(stored.text, fmt::format("policy {}", stored.number));
  if (!document) return tl::unexpected(document.error().front());
  document->apply(settings);
  return document->guard();
}

base::Result<std::shared_ptr<GuardKnowledge>, Problem> learn(const GuardBasis& basis,
                                                             const std::optional<store::PolicyInfo>& policy) {
  auto knowledge = std::make_shared<GuardKnowledge>();
  knowledge->configured = knowledge->settings = basis.settings;
  if (policy) {
    const auto limits = apply_policy(*policy, knowledge->settings);
    if (!limits) return tl::unexpected(limits.error());
    put_over(*limits, knowledge->thresholds);
  }
  if (!basis.sightings.empty())
    if (auto ok = read_seen(basis.sightings, *knowledge); !ok) return tl::unexpected(ok.error());
  knowledge->seen.finish();
  if (const uint64_t lost = knowledge->seen.over_bound())
    knowledge->problems.push_back(
        {basis.sightings, fmt::format("{} sightings more than the {} that the guard can hold", lost, guard::kSeenMax)});
  return knowledge;
}

base::Result<std::unique_ptr<GuardedWriter>, Problem> GuardedWriter::open(const std::string& directory,
                                                                          const std::string& program,
                                                                          std::shared_ptr<GuardKnowledge> knowledge,
                                                                          bool off) {
  auto writer = store::Writer::open(directory, program);
  if (!writer) return tl::unexpected(writer.error());
  return over(std::move(*writer), std::move(knowledge), off);
}

std::unique_ptr<GuardedWriter> GuardedWriter::over(std::unique_ptr<store::Writer> writer,
                                                   std::shared_ptr<GuardKnowledge> knowledge, bool off) {
  return std::unique_ptr<GuardedWriter>(new GuardedWriter(std::move(writer), std::move(knowledge), off));
}

GuardedWriter::GuardedWriter(std::unique_ptr<store::Writer> writer, std::shared_ptr<GuardKnowledge> knowledge, bool off)
    : writer_(std::move(writer)), knowledge_(std::move(knowledge)) {
  guard_ = std::make_unique<guard::Guard>(
      guard::Guard::Parts{knowledge_->seen, knowledge_->settings, knowledge_->thresholds, clock_,
                          [this](base::UnixSeconds since) { return writer_->turned_since(since).value_or(0); }});
  if (!off) writer_->set_judge(guard_.get());
}

GuardedWriter::~GuardedWriter() { writer_->set_judge(nullptr); }

}  // namespace eir::appliance
