// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/refusal.h"

namespace eir::store {
namespace {

struct Words {
  std::string_view name;
  std::string_view cause;
  std::string_view remedy;
};

constexpr std::array<Words, kRefusals> kWords = {{
    {"gap", "versions between the newest stored and this one never came",
     "a full version is asked for and taken when it comes; see that the feed reaches this node"},
    {"repeat", "the version, or a later one, is stored already", "nothing is to be done"},
    {"wrong-base", "the change applies to another version than the newest stored",
     "a full version is asked for and taken when it comes"},
    {"lower-epoch", "the version is of an epoch that is over",
     "find out who still publishes in the old epoch; nothing of it is taken"},
    {"foreign-parent", "the manifest before it is not the one stored here: two histories have parted",
     "a full version is asked for; find out at the centre why there are two"},
    {"bad-digest", "the lists after the change are not those its manifest names",
     "a full version is asked for and taken when it comes"},
    {"bad-counts", "the numbers of entries after the change are not those its manifest names",
     "a full version is asked for and taken when it comes"},
    {"bad-before", "an entry is not what the change says stood there before",
     "a full version is asked for and taken when it comes"},
    {"bad-data", "the version's data is damaged, cut short or against the rules of the lists",
     "it is asked for anew; should it stay, look at the way it is transported"},
    {"bad-signature", "the manifest is not signed with the centre's key",
     "compare the key configured here with the centre's; until they agree nothing is taken"},
    {"not-stored", "the disk or the database of this node failed",
     "see to room and health of the replica's file system; the version is taken when it is tried again"},
    {"damaged", "the version it builds on is damaged in this replica",
     "a full version is asked for and taken when it comes; look at the disk"},
}};

const Words& words(Refusal what) { return kWords[static_cast<size_t>(what) - 1]; }

}  // namespace

std::string_view name(Refusal what) noexcept { return words(what).name; }
std::string_view cause(Refusal what) noexcept { return words(what).cause; }
std::string_view remedy(Refusal what) noexcept { return words(what).remedy; }

std::optional<Refusal> refusal_from(std::string_view name) noexcept {
  for (size_t i = 0; i < kWords.size(); ++i)
    if (kWords[i].name == name) return static_cast<Refusal>(i + 1);
  return std::nullopt;
}

bool wants_repair(Refusal what) noexcept {
  return what != Refusal::kRepeat && what != Refusal::kLowerEpoch && what != Refusal::kNotStored;
}

}  // namespace eir::store
