// SPDX-License-Identifier: GPL-3.0-or-later
// cdbctl import FILE...: list files of any layout put on top of what stands, as the Administrator's own change.
#include <fmt/format.h>

#include "appliance/cdbctl/command.h"
#include "core/files/list_file.h"

namespace eir::appliance::cdbctl {
namespace {

using registry::Change;
using registry::Entry;

struct ImportOptions {
  std::vector<std::string> files;
  std::string evidence;
};

/// What the kinds have apart from terms.
void fill(Entry& to, const lists::ImeiEntry& e) {
  to.imei = e.key();
  to.svn = e.svn();
  to.lists = e.lists();
}
void fill(Entry& to, const lists::RangeEntry& e) {
  to.imei = e.from;
  to.to = e.to;
  to.lists = e.lists;
}
void fill(Entry& to, const lists::SubscriberEntry& e) {
  to.who = e.who;
  to.lists = e.lists;
}
void fill(Entry& to, const lists::PairEntry& e) {
  to.imei = e.imei;
  to.who = e.who;
  to.lists = e.lists;
}
void fill(Entry& to, const lists::LockEntry& e) {
  to.imei = e.imei;
  to.imsi = e.imsi;
  to.msisdn = e.msisdn;
  to.policy = e.policy;
}
void fill(Entry& to, const lists::MirrorEntry& e) {
  to.imsi = e.imsi;
  to.msisdn = e.msisdn;
}
void fill(Entry& to, const lists::ExceptionEntry& e) {
  to.who = e.who;
  to.ruling = e.ruling;
}
void fill(Entry& to, const lists::DeviceClassEntry& e) { to.tac = e.tac; }

/// Sends changes on in parts of kChangesMax, each all or nothing.
class Sender {
 public:
  Sender(Context& context, Actor& actor, std::string evidence)
      : context_(context), actor_(actor), evidence_(std::move(evidence)) {}

  void add(const lists::Entries& entries, const lists::TermsPool& terms, bool remove) {
    lists::Entries::for_each(entries, [&]<class E>(const std::vector<E>& all) {
      for (const E& e : all) {
        Change& change = next_.changes.emplace_back();
        change.remove = remove;
        change.entry.kind = E::kKind;
        fill(change.entry, e);
        const lists::Terms& t = terms.of(e.terms);
        change.entry.grounds = {std::string(t.reason), evidence_, t.from, t.until, t.next};
        if (next_.changes.size() >= registry::kChangesMax) send();
      }
    });
  }
  void send() {
    if (next_.changes.empty()) return;
    const size_t count = next_.changes.size();
    const auto outcome = actor_.execute(std::exchange(next_, {}));
    if (outcome.ok()) {
      taken_ += count;
      return;
    }
    refused_ += count;
    tell(context_, outcome);
  }
  uint64_t taken() const { return taken_; }
  uint64_t refused() const { return refused_; }

 private:
  Context& context_;
  Actor& actor_;
  const std::string evidence_;
  registry::ChangeEntries next_;
  uint64_t taken_ = 0, refused_ = 0;
};

void import(Context& context, const ImportOptions& o) {
  const auto list = files::read_list_files(o.files);
  if (!list) return fail(context, list.error());
  const auto actor = open_actor(context);
  if (!actor) return;
  Sender sender(context, *actor, o.evidence);
  sender.add(list->gone, list->terms, true);
  sender.add(list->entries, list->terms, false);
  sender.send();
  fmt::print("rows {}, entries taken {}, refused {}, bad lines {}\n", list->rows, sender.taken(), sender.refused(),
             list->lines_bad);
  if (list->lines_bad > 0) {
    fmt::print(stderr, "{}", files::bad_line_report(*list));
    context.exit = kNotSo;
  }
  if (sender.taken() == 0) context.exit = kNothingDone;
}

}  // namespace

void add_import(Command& app, Context& context) {
  auto options = std::make_shared<ImportOptions>();
  Command* command = app.add_command("import", "Put list files on top of what stands, each entry in its place");
  command->add_option("FILE", options->files)->required();
  command->add_option("--evidence", options->evidence, "Reference to what proves it, for every entry");
  command->callback([&context, options] { import(context, *options); });
}

}  // namespace eir::appliance::cdbctl
