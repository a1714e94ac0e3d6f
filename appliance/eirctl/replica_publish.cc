// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "appliance/eirctl/replica.h"
#include "core/feed/publish.h"
#include "core/files/list_file.h"
#include "core/store/change.h"

namespace eir::appliance::eirctl {
namespace {

struct Options {
  std::string feed, key;
  std::string source = std::string(store::kCentre);
  std::vector<std::string> files;
  bool merge = false, full = false, new_epoch = false;
};

/// Puts what the files say over what there was.
void lay_over(feed::State& state, files::ListFile& list) {
  lists::Change change;
  lists::Entries::for_each(list.entries, [&]<class Entry>(std::vector<Entry>& v) {
    auto& after = change.after.of<Entry>();
    for (Entry e : v) {
      e.terms = change.terms.intern(list.terms.of(e.terms));
      after.push_back(e);
    }
    change.before.of<Entry>() = list.gone.of<Entry>();
  });
  feed::apply(change, state);
}

void run(const Options& o, Context& context) {
  const auto key = feed::SigningKey::load(o.key);
  if (!key) return fail(context, key.error());
  auto list = files::read_list_files(o.files);
  if (!list) return fail(context, list.error());
  if (list->lines_bad) {
    const auto& bad = list->bad.front();
    return fail(context,
                {list->place(bad.line), fmt::format("{} [{}]; {} lines are bad, nothing is published", bad.text,
                                                    files::code_name(bad.code), grouped(list->lines_bad))});
  }
  feed::DirectoryFeed directory(o.feed);
  if (auto ok = directory.prepare(); !ok) return fail(context, ok.error());
  auto head = feed::read_head(directory, o.source);
  if (!head) return fail(context, head.error());
  feed::State next;
  if (o.merge) {
    auto again = feed::read_head(directory, o.source);
    if (!again) return fail(context, again.error());
    next = std::move(again->state);
    lay_over(next, *list);
  } else {
    next = {std::move(list->entries), std::move(list->terms)};
  }
  if (const auto wrong = store::wrong_full(next.entries))
    return fail(context, {"", *wrong + "; no node would take it, nothing is published"});
  const base::SystemClock clock;
  feed::PublishOptions options{o.full, o.new_epoch, {}, std::chrono::floor<std::chrono::seconds>(clock.wall())};
  const auto m = feed::publish(directory, o.source, *key, *head, std::move(next), options);
  if (!m) return fail(context, m.error());
  if (context.json) {
    fmt::print("{}\n", one_line({{"source", o.source},
                                 {"version", m->version.str()},
                                 {"full", m->full()},
                                 {"base", m->base.str()},
                                 {"places", m->places},
                                 {"entries", m->counts.total()},
                                 {"digest", m->digests.total().hex()}}));
    return;
  }
  fmt::print("published {} {}, {} of {} places: {} entries, digest {}\n", o.source, m->version.str(),
             m->full() ? "a full version" : "a change", grouped(m->places), grouped(m->counts.total()),
             m->digests.total().hex());
}

}  // namespace

void add_replica_publish(Command& replica, Context& context) {
  const auto o = std::make_shared<Options>();
  Command* c = replica.add_command("publish", "Make a feed from list files, in the centre's place");
  c->add_option("--feed", o->feed, "Directory of the feed; made when it is missing")->required();
  c->add_option("--key", o->key, "The centre's private key, PEM")->required();
  c->add_option("--source", o->source, "Which chain")
      ->show_default()
      ->one_of({std::string(store::kCentre), std::string(store::kUrgent)});
  c->add_flag("--merge", o->merge, "Apply the files on top of the chain's newest state; else they replace it");
  c->add_flag("--full", o->full, "Publish a full version, not a change");
  c->add_flag("--new-epoch", o->new_epoch, "Begin the next epoch");
  c->add_option("file", o->files, "List files, of any layout")->required();
  add_json(*c, context);
  c->footer(
      "The key: openssl genpkey -algorithm ed25519 -out centre.key\n"
      "         openssl pkey -in centre.key -pubout -out centre.pem\n\n"
      "Exit status: 0 published, 2 not.\n\nExamples:\n"
      "  eirctl replica publish --feed /srv/feed --key centre.key lists.csv\n"
      "  eirctl replica publish --feed /srv/feed --key centre.key --merge stolen-today.csv");
  c->callback([o, &context] { run(*o, context); });
}

}  // namespace eir::appliance::eirctl
