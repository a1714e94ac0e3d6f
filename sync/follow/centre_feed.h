// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "core/feed/feed.h"
#include "sync/epp/client.h"

namespace eir::sync::follow {

/// What a node holds of a chain of the centre's: the newest stored version.
struct Holding {
  lists::Version version;  ///< (0, 0): none
  base::Hash manifest{};   ///< SHA-256 of its manifest's text
  bool repair = false;     ///< its chain is broken: a full version is wanted
  friend bool operator==(const Holding&, const Holding&) = default;
};

/// A version as a site sent it: nothing is proven yet.
struct Offer {
  lists::Version version;
  feed::SignedManifest manifest;
  std::optional<std::string> data;  ///< what came within the frame
  std::optional<epp::FileReference> file;
  bool renews = false;  ///< the chain is broken, or the site does not know the manifest that is held
};
/// Nothing when it cannot be taken as it is: without proof, without data, or of an epoch there cannot be.
std::optional<Offer> offer_of(const epp::version::Manifest& manifest);

/// What a site says when it is asked.
struct Word {
  enum class Kind : uint8_t {
    kNewest,      ///< what is held is its newest
    kOffer,       ///< there is a newer one
    kBehind,      ///< it has yet to come to what is held
    kLowerEpoch,  ///< its epoch is below the one held: whatever it says is over
    kRefused,     ///< it does not answer: `why`
  };
  Kind kind{};
  lists::Version newest;  ///< as far as it says
  std::string why;
};

/// Brings a file by reference: hands its octets over in pieces, in order. False from `take` stops it. It may wait; what
/// it fetches from must be proven by certificate. Errors: it is not there, the way is broken.
using Fetch = std::function<base::Result<void, base::Problem>(
    const epp::FileReference& file, const std::function<bool(std::span<const uint8_t>)>& take)>;

/// The centre's chains as a feed: at most one version at a time, the one that a site offered when it was asked, or
/// pushed. As a Feed it neither waits nor asks: ask() and bring() do that before, so that nothing is locked meanwhile.
/// Threads: one at a time.
class CentreFeed final : public feed::Feed {
 public:
  /// `spool`: a directory for the one file that is being fetched, made when missing; what it holds is nobody else's.
  CentreFeed(Fetch fetch, std::string spool);
  ~CentreFeed() override;

  /// Asks a site what leads on from what is held of a chain, feed::kCentre or feed::kUrgent; a broken chain is mended
  /// by everything, at least of the version held. REQUIRES: the client is logged in. Errors: the session is over.
  base::Result<Word, base::Problem> ask(epp::Client& client, const std::string& site, const Holding& holding,
                                        std::string_view chain = feed::kCentre);
  /// A version of feed::kCentre that came by itself takes the place of what was offered.
  void hand(Offer offer, std::string site);
  /// Fetches the offer's file, if it has one, and looks whether that is what the site said. Errors: it is not, it could
  /// not be fetched, no room for it.
  base::Result<void, base::Problem> bring();
  const std::optional<Offer>& offer() const { return offer_; }
  /// Nothing is offered any more.
  void clear();

  std::string name() const override { return site_; }
  base::Result<std::vector<lists::Version>, base::Problem> offered(std::string_view source) override;
  base::Result<feed::SignedManifest, base::Problem> manifest(std::string_view source, lists::Version version) override;
  base::Result<void, base::Problem> data(std::string_view source, lists::Version version, const Take& take) override;
  /// The replica remembers that: the next time it is asked with Holding::repair.
  base::Result<void, base::Problem> ask_repair(std::string_view, const feed::RepairRequest&) override { return {}; }
  base::Result<void, base::Problem> repaired(std::string_view) override { return {}; }
  bool renews() const override { return offer_ && offer_->renews; }

 private:
  Word word_of(const epp::Reply& reply, const Holding& holding);
  bool is(std::string_view source, lists::Version version) const;
  std::string file() const { return spool_ + "/fetched"; }

  const Fetch fetch_;
  const std::string spool_;
  std::string site_;
  std::string_view chain_ = feed::kCentre;  ///< of the offer
  std::optional<Offer> offer_;
  bool fetched_ = false;
};

}  // namespace eir::sync::follow
