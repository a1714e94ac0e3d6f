// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/model.h"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "core/identity/imei.h"
#include "registry/octets.h"

namespace eir::registry {
namespace {

constexpr std::array<std::string_view, kWhys> kWhyNames = {
    "none",       "exists",   "form",     "check-digit", "refiled", "not-allowed", "not-owner",
    "not-active", "repeated", "twice",    "unlisted",    "pending", "decided",     "too-many",
    "busy",       "store",    "in-group", "epoch",       "overlap", "started",     "standby"};

/// One list of fields serves writing and reading: f(field)... in order.
struct Writer {
  Pack pack;
  void field(const std::string& v) { pack.text(v); }
  void field(bool v) { pack.u8(v); }
  void field(uint32_t v) { pack.u32(v); }
  void field(uint64_t v) { pack.u64(v); }
  void field(base::UnixSeconds v) { pack.i64(v.time_since_epoch().count()); }
  void field(lists::ListSet v) { pack.u8(v.bits()); }
  void field(identity::ImeiKey v) { pack.u64(identity::number(v)); }
  void field(identity::Digits v) { pack.u64(v.word()); }
  void field(lists::SubscriberKey v) { pack.u64(v.word()); }
  void field(const std::optional<identity::Svn>& v) { pack.u8(v ? *v + 1u : 0u); }
  void field(lists::EntryKind v) { pack.u8(static_cast<uint8_t>(v)); }
  void field(lists::LockPolicy v) { pack.u8(static_cast<uint8_t>(v)); }
  void field(lists::Ruling v) { pack.u8(static_cast<uint8_t>(v)); }
  template <class T>
  void field(const std::vector<T>& v) {
    pack.u32(v.size());
    for (const T& one : v) fields(*this, one);
  }
  void field(const std::vector<std::string>& v) {
    pack.u32(v.size());
    for (const std::string& one : v) field(one);
  }
};

struct Reader {
  Unpack unpack;
  void field(std::string& v) { v = unpack.text(); }
  void field(bool& v) { v = unpack.u8() != 0; }
  void field(uint32_t& v) { v = unpack.u32(); }
  void field(uint64_t& v) { v = unpack.u64(); }
  void field(base::UnixSeconds& v) { v = base::UnixSeconds(std::chrono::seconds(unpack.i64())); }
  void field(lists::ListSet& v) { v = lists::ListSet(bounded(7)); }
  void field(identity::ImeiKey& v) {
    const uint64_t key = unpack.u64();
    if (key >= identity::kImeiKeyEnd) unpack.fail();
    v = identity::ImeiKey{key};
  }
  void field(identity::Imsi& v) { v = identity::Imsi(digits()); }
  void field(identity::Msisdn& v) { v = identity::Msisdn(digits()); }
  void field(lists::SubscriberKey& v) {
    const uint64_t word = unpack.u64();
    v = {};
    if (word == 0) return;
    const auto key = lists::SubscriberKey::from_word(word);
    if (!key) return unpack.fail();
    v = *key;
  }
  void field(std::optional<identity::Svn>& v) {
    const uint8_t code = bounded(100);
    v = code ? std::optional<identity::Svn>(static_cast<identity::Svn>(code - 1)) : std::nullopt;
  }
  void field(lists::EntryKind& v) { v = static_cast<lists::EntryKind>(from_one(lists::kEntryKinds)); }
  void field(lists::LockPolicy& v) { v = static_cast<lists::LockPolicy>(from_one(lists::kLockPolicies)); }
  void field(lists::Ruling& v) { v = static_cast<lists::Ruling>(bounded(lists::kRulings - 1)); }
  template <class T>
  void field(std::vector<T>& v) {
    for (uint32_t n = unpack.u32(); n > 0 && unpack.ok(); --n) fields(*this, v.emplace_back());
  }
  void field(std::vector<std::string>& v) {
    for (uint32_t n = unpack.u32(); n > 0 && unpack.ok(); --n) field(v.emplace_back());
  }

 private:
  uint8_t bounded(uint8_t max) {
    const uint8_t v = unpack.u8();
    if (v > max) unpack.fail();
    return v <= max ? v : 0;
  }
  uint8_t from_one(unsigned max) {
    const uint8_t v = unpack.u8();
    if (v < 1 || v > max) unpack.fail();
    return v < 1 || v > max ? 1 : v;
  }
  identity::Digits digits() {
    const auto d = identity::Digits::from_word(unpack.u64());
    if (!d.empty() && !lists::SubscriberKey::from_word(d.word())) unpack.fail();
    return d;
  }
};

template <class Archive, class... Fields>
void each(Archive& a, Fields&... f) {
  (a.field(f), ...);
}

template <class T, class A>
concept Is = std::same_as<std::remove_const_t<T>, A>;

template <class Ar>
void fields(Ar& a, Is<Device> auto& d) {
  each(a, d.manufacturer, d.type, d.certificate, d.certificate_date, d.permit, d.permit_date, d.position, d.importer_id,
       d.importer_name, d.country, d.price, d.currency);
}
template <class Ar>
void fields(Ar& a, Is<Grounds> auto& g) {
  each(a, g.reason, g.evidence, g.from, g.until, g.next);
}
template <class Ar>
void fields(Ar& a, Is<Entry> auto& e) {
  each(a, e.kind, e.imei, e.to, e.svn, e.who, e.imsi, e.msisdn, e.tac, e.lists, e.policy, e.ruling);
  fields(a, e.grounds);
}
template <class Ar>
void fields(Ar& a, Is<Subscriber> auto& s) {
  each(a, s.imsi, s.msisdn);
}
template <class Ar>
void fields(Ar& a, Is<Sighting> auto& s) {
  each(a, s.imei, s.svn, s.imsi, s.msisdn, s.interface, s.serving, s.network, s.first, s.last);
}
template <class Ar>
void fields(Ar& a, Is<Change> auto& c) {
  each(a, c.remove);
  fields(a, c.entry);
}
template <class Ar>
void fields(Ar& a, Is<CreateDevices> auto& c) {
  each(a, c.names);
  fields(a, c.device);
}
template <class Ar>
void fields(Ar& a, Is<UpdateDevice> auto& c) {
  each(a, c.name);
  fields(a, c.device);
}
template <class Ar>
void fields(Ar& a, Is<DeleteDevice> auto& c) {
  each(a, c.name, c.reason);
}
template <class Ar>
void fields(Ar& a, Is<CreateLock> auto& c) {
  each(a, c.name, c.policy, c.subscribers);
  fields(a, c.grounds);
}
template <class Ar>
void fields(Ar& a, Is<UpdateLock> auto& c) {
  bool given = c.grounds.has_value();
  each(a, c.name, c.policy, c.add, c.remove, given);
  if (!given) return;
  if constexpr (!std::is_const_v<std::remove_reference_t<decltype(c)>>) c.grounds.emplace();
  fields(a, *c.grounds);
}
template <class Ar>
void fields(Ar& a, Is<DeleteLock> auto& c) {
  each(a, c.name, c.policy, c.reason);
}
template <class Ar>
void fields(Ar& a, Is<Propose> auto& c) {
  each(a, c.filing);
  fields(a, c.change);
}
template <class Ar>
void fields(Ar& a, Is<FileSightings> auto& c) {
  each(a, c.node, c.sequence, c.sightings);
}

template <class T>
std::string write(const T& value) {
  std::string out;
  Writer w{Pack(out)};
  fields(w, value);
  return out;
}
template <class T>
std::optional<T> read(std::string_view octets) {
  T value;
  Reader r{Unpack(octets)};
  fields(r, value);
  return r.unpack.done() ? std::optional(std::move(value)) : std::nullopt;
}

template <size_t I = 0>
bool read_item(size_t index, Reader& r, JobItem& item) {
  if constexpr (I < std::variant_size_v<JobItem>) {
    if (index != I) return read_item<I + 1>(index, r, item);
    fields(r, item.template emplace<I>());
    return r.unpack.ok();
  }
  return false;
}

}  // namespace

std::string_view to_string(Why why) noexcept { return kWhyNames[static_cast<size_t>(why)]; }

std::string encode(const Device& device) { return write(device); }
std::optional<Device> decode_device(std::string_view octets) { return read<Device>(octets); }
std::string encode(const Change& change) { return write(change); }
std::optional<Change> decode_change(std::string_view octets) { return read<Change>(octets); }

std::string encode(const std::vector<JobItem>& items) {
  std::string out;
  Writer w{Pack(out)};
  w.pack.u32(items.size());
  for (const JobItem& item : items) {
    w.pack.u8(item.index());
    std::visit([&](const auto& one) { fields(w, one); }, item);
  }
  return out;
}

std::optional<std::vector<JobItem>> decode_items(std::string_view octets) {
  Reader r{Unpack(octets)};
  std::vector<JobItem> items;
  const uint32_t count = r.unpack.u32();
  if (count > kJobItemsMax) return std::nullopt;
  for (uint32_t i = 0; i < count; ++i) {
    const size_t index = r.unpack.u8();
    if (!read_item(index, r, items.emplace_back())) return std::nullopt;
  }
  return r.unpack.done() ? std::optional(std::move(items)) : std::nullopt;
}

DeviceName parse_name(std::string_view name) {
  DeviceName out;
  out.why = Why::kForm;
  if (name.size() < 14 || name.size() > 16) return out;
  uint64_t key = 0;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] < '0' || name[i] > '9') return out;
    if (i < 14) key = key * 10 + static_cast<uint64_t>(name[i] - '0');
  }
  if (key == 0) return out;
  out.key = identity::ImeiKey{key};
  out.why = Why::kNone;
  if (name.size() == 15 && identity::check_digit(out.key) != static_cast<unsigned>(name[14] - '0'))
    out.why = Why::kCheckDigit;
  if (name.size() == 16) out.svn = identity::parse_svn(name.substr(14));
  return out;
}

}  // namespace eir::registry
