// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decision/locks.h"

namespace eir::decision {
namespace {

using lists::kLockPolicies;
using lists::LockPolicy;
using lists::LockRow;

size_t index_of(LockPolicy policy) { return static_cast<size_t>(policy) - 1; }

/// A lock's subscriber beside the question's.
struct Comparison {
  bool compared = false, differs = false;
  Comparison(const LockRow& row, const LockJudgement& who) {
    const auto compare = [this](const identity::Digits& ours, const identity::Digits& theirs) {
      if (ours.empty() || theirs.empty()) return;
      compared = true;
      differs |= ours != theirs;
    };
    compare(row.imsi, who.imsi);
    compare(row.msisdn, who.msisdn);
  }
};

/// What the rows of one side say, by policy.
struct Side {
  struct Found {
    bool named = false, kept = false, incomparable = false;
    std::string_view note;
  };
  std::array<Found, kLockPolicies> by_policy;

  Found& named(const LockRow& row) {
    Found& f = by_policy[index_of(row.policy)];
    if (!f.named) f.note = row.note;
    f.named = true;
    return f;
  }
};

/// Rows that name the device: it may be used with their subscribers only.
class DeviceSide final : public lists::LockVisitor, public Side {
 public:
  explicit DeviceSide(const LockJudgement& who) : who_(who) {}
  void visit(const LockRow& row) noexcept override {
    if (row.policy == LockPolicy::kSubscriber) return;
    Found& f = named(row);
    const Comparison c(row, who_);
    f.kept |= c.compared && !c.differs;
    f.incomparable |= !c.compared;
  }

 private:
  const LockJudgement& who_;
};

/// Rows that name the subscriber, who may use their devices only.
class SubscriberSide final : public lists::LockVisitor, public Side {
 public:
  SubscriberSide(const LockJudgement& who, identity::ImeiKey device) : who_(who), device_(device) {}
  void visit(const LockRow& row) noexcept override {
    if (row.policy == LockPolicy::kDevice) return;
    Found& f = named(row);
    f.kept |= row.imei == device_ && !Comparison(row, who_).differs;
  }

 private:
  const LockJudgement& who_;
  const identity::ImeiKey device_;
};

LockFinding find(const Side::Found& device, const Side::Found& subscriber) {
  const bool device_broken = device.named && !device.kept && !device.incomparable;
  const bool subscriber_broken = subscriber.named && !subscriber.kept;
  if (device_broken || subscriber_broken) return LockFinding::kBroken;
  if (device.named && !device.kept) return LockFinding::kUnknown;
  return device.named || subscriber.named ? LockFinding::kKept : LockFinding::kNone;
}

}  // namespace

std::string_view to_string(LockFinding finding) noexcept {
  constexpr std::array<std::string_view, 4> kNames = {"none", "kept", "unknown", "broken"};
  return kNames[static_cast<size_t>(finding)];
}

Reason LockJudgement::reason() const {
  return static_cast<Reason>(static_cast<unsigned>(Reason::kLockMutual) + index_of(by));
}

LockJudgement judge_locks(const Question& question, const Settings& settings, const lists::View& lists,
                          base::UnixSeconds at, const lists::Worth& worth) noexcept {
  LockJudgement j;
  if (!lists.has_locks()) return j;
  j.imsi = question.imsi;
  j.msisdn = question.msisdn;
  if (j.msisdn.empty() && !j.imsi.empty()) j.msisdn = lists.msisdn_of(j.imsi);
  if (j.imsi.empty() && !j.msisdn.empty()) j.imsi = lists.imsi_of(j.msisdn);
  DeviceSide device(j);
  SubscriberSide subscriber(j, question.imei.key());
  if (worth.device.locks) lists.device_locks(question.imei.key(), at, device);
  lists.subscriber_locks(j.imsi, j.msisdn, at, subscriber);
  const auto consider = [&](Status status, LockPolicy policy) {
    if (j.status && lists::strictness(ruling_of(status)) <= lists::strictness(ruling_of(*j.status))) return;
    j.status = status;
    j.by = policy;
  };
  for (size_t i = 0; i < kLockPolicies; ++i) {
    const auto policy = static_cast<LockPolicy>(i + 1);
    const Side::Found& d = device.by_policy[i];
    j.findings[i] = find(d, subscriber.by_policy[i]);
    j.notes[i] = d.named ? d.note : subscriber.by_policy[i].note;
    j.unknown |= d.named && !d.kept && d.incomparable;
    if (j.findings[i] == LockFinding::kBroken) consider(settings.lock_break[i], policy);
    if (j.findings[i] == LockFinding::kUnknown && settings.lock_unknown) consider(*settings.lock_unknown, policy);
  }
  return j;
}

}  // namespace eir::decision
