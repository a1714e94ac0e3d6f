// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace eir::base {

/// What an operator is alarmed of. Cause and remedy of each stand in appliance/alarms/texts.cc and in the
/// handbook; names are stable, numbers never reused.
enum class AlarmId : uint8_t {
  kNoAspActive = 1,             ///< subject: the AS
  kDestinationUnavailable = 2,  ///< subject: the point code
  kPeerDown = 3,                ///< subject: the Origin-Host
  kVersionRefused = 4,          ///< subject: the version
  kFaultAnswers = 5,            ///< fault answers were given within the last minute
  kOverrideOn = 6,
  kObserveOn = 7,
  kLogDropped = 8,         ///< transaction log records were dropped within the last minute
  kCertificateEnding = 9,  ///< subject: the certificate's file
  kClockStepped = 10,      ///< the wall clock went back by more than a minute
  kNoLists = 11,           ///< nothing proven to serve from
  kVersionPinned = 12,     ///< subject: the source
  kVersionHeld = 13,       ///< subject: the source, or "policy"
  kListsStale = 14,        ///< subject: the source
  kPolicyRefused = 15,     ///< subject: the policy document's number
  kSightingsLost = 16,     ///< sightings were lost within the last minute
  kSiteDown = 17,          ///< subject: the site of the centre
  kSiteLowerEpoch = 18,    ///< subject: the site of the centre
  kCentreSilent = 19,
  kBacklogFull = 20,
  kSegmentsRefused = 21,
  kSpoolFailed = 22,  ///< subject: the directory
  kSiteAlone = 23,
  kSitesBothActive = 24,
  kSiteNotFollowing = 25,
  kCommandsLost = 26,  ///< subject: the file that lists them
  kStandbyMissing = 27,
  kPeerSiteDown = 28,     ///< subject: the other site
  kLockedOut = 29,        ///< subject: "user NAME" or "address A"
  kFollowerStale = 30,    ///< subject: the user
  kStoreFailing = 31,     ///< the central database's store refuses
  kCommandsRefused = 32,  ///< commands were refused within the last minute because too many waited
  kNodeUntold = 33,       ///< subject: the node
};
inline constexpr unsigned kAlarmIds = 34;

/// Takes alarms from the protocol rooms. Setting what is set, or clearing what is clear, is harmless.
/// Implementations never block and may be called from any thread. Views are not retained.
class AlarmSink {
 public:
  virtual ~AlarmSink() = default;
  virtual void set(AlarmId id, std::string_view subject, std::string_view detail) noexcept = 0;
  virtual void clear(AlarmId id, std::string_view subject) noexcept = 0;
};

}  // namespace eir::base
