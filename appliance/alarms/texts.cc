// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/alarms/texts.h"

namespace eir::appliance {

using base::AlarmId;

std::string_view to_string(Severity s) noexcept {
  switch (s) {
    case Severity::kWarning: return "warning";
    case Severity::kMinor: return "minor";
    case Severity::kMajor: return "major";
    case Severity::kCritical: return "critical";
  }
  return "?";
}

const std::vector<AlarmText>& alarm_texts() {
  static const std::vector<AlarmText> texts = {
      {AlarmId::kNoAspActive, "no-asp-active", Severity::kCritical,
       "No application server process of this application server is in the state active",
       "MSCs and SGSNs that reach the node through this application server get no answer",
       "See 'show cs7 instance 0 asp'; check that the STP is up, that its address, port and routing context "
       "match, and that SCTP is not filtered"},
      {AlarmId::kDestinationUnavailable, "destination-unavailable", Severity::kMajor,
       "The signalling network said that this point code cannot be reached (DUNA)",
       "Answers to MSCs behind this point code are lost until it comes back (DAVA)",
       "Look at the STP's routes and link sets towards the point code"},
      {AlarmId::kPeerDown, "peer-down", Severity::kMajor,
       "A configured Diameter peer has no open connection, or stopped answering the watchdog",
       "The peer's questions reach this node no more; it may ask another",
       "See 'show diameter peers'; check the peer's own log, its address, its certificate and the network between"},
      {AlarmId::kVersionRefused, "version-refused", Severity::kMajor,
       "A version of the lists was found damaged or unproven and was not taken",
       "The node goes on serving the version it had",
       "See 'show eir lists' for the file and the reason; import or fetch the version again, and look at the disk",
       kOfNode | kOfFollower},
      {AlarmId::kFaultAnswers, "fault-answers", Severity::kMajor,
       "The node gave the configured fault answer within the last minute, because something inside it failed",
       "Devices were answered from 'fault-answer', not from the lists",
       "See 'show eir decisions' and the log; usually no list is loaded, which 'show eir lists' tells"},
      {AlarmId::kOverrideOn, "override-on", Severity::kWarning, "'override' is configured",
       "Every device gets the same answer, whatever the lists say",
       "'eir' / 'override off' / 'commit' when it is over"},
      {AlarmId::kObserveOn, "observe-on", Severity::kWarning, "Observe mode is on, for all or for some askers",
       "The network is told white; the true decisions are in the log and the counters only",
       "'eir' / 'no observe ...' / 'commit' to go live"},
      {AlarmId::kLogDropped, "log-dropped", Severity::kMinor,
       "Transaction log records were lost within the last minute, because the queue was full or the disk refused them",
       "Answers were right, but some of them are not in the log",
       "Check the disk of the transaction log; switch 'transaction-log white' off"},
      {AlarmId::kCertificateEnding, "certificate-ending", Severity::kMajor,
       "A TLS certificate ends within 30 days, or has ended", "After it ended, peers refuse TLS connections",
       "Put a new certificate in place of the file; eird reads it again at 'commit', cdbd and eir-syncd at SIGHUP",
       kOfNode | kOfCentre | kOfFollower},
      {AlarmId::kClockStepped, "clock-stepped", Severity::kMinor, "The wall clock went back by more than a minute",
       "Times in the log overlap; entries that had expired stay expired", "Check the time service of the machine"},
      {AlarmId::kNoLists, "no-lists", Severity::kCritical, "No proven version of the lists could be opened",
       "Every question gets the fault answer", "'eirctl import' a list, or mend the path in 'eir' / 'replica'"},
      {AlarmId::kVersionPinned, "version-pinned", Severity::kWarning,
       "An operator rolled the source back to an older version", "Newer versions are stored and not served",
       "'eirctl replica unpin' when the reason is gone"},
      {AlarmId::kVersionHeld, "version-held", Severity::kMajor,
       "The guard holds a version back, because it would turn more devices seen than is allowed",
       "It and the versions after it are stored and not served; the urgent chain goes on",
       "See 'eirctl replica preview --source SOURCE', then 'eirctl replica release' or 'refuse' of that source",
       kOfNode | kOfFollower},
      {AlarmId::kListsStale, "lists-stale", Severity::kMajor, "The centre's newest version is older than 'stale-after'",
       "Devices are answered from old lists",
       "See that the centre makes versions and that 'eirctl replica follow' or the feed brings them"},
      {AlarmId::kPolicyRefused, "policy-refused", Severity::kMajor, "The policy document in the replica cannot be used",
       "The settings before it stay in force",
       "Mend the document and store it under the next number; 'show eir policy' names every error"},
      {AlarmId::kSightingsLost, "sightings-lost", Severity::kMinor,
       "Sightings were lost within the last minute, because a queue was full or the disk refused them",
       "Answers were right, but the guard and reports may not know some devices",
       "Check the disk of 'sightings-directory'"},
      {AlarmId::kSiteDown, "site-down", Severity::kMajor, "A site of the centre does not answer, or refuses this node",
       "This node follows another site; without any it goes on serving the lists it has",
       "See 'show sync sites' for the reason; check address, certificates, user and password, and the site itself",
       kOfFollower},
      {AlarmId::kSiteLowerEpoch, "site-lower-epoch", Severity::kMajor,
       "A site of the centre speaks of an epoch that is over",
       "It is not followed, so that nothing it issued since the other site was promoted is served",
       "Make it follow the active site with 'cdbctl', or take it out of the configuration", kOfFollower},
      {AlarmId::kCentreSilent, "centre-silent", Severity::kMajor,
       "No site has said what the newest version is since 'stale-after', or what it said is not stored here",
       "Devices are answered from lists that may be old",
       "See 'show sync status' and 'show sync sites' for what is in the way; 'sync now' tries again at once",
       kOfFollower},
      {AlarmId::kBacklogFull, "sightings-backlog-full", Severity::kMajor,
       "Sightings were given up within the last hour, because those that wait for the centre reached 'backlog', or "
       "because journals went before they were read",
       "The centre does not learn of them; the oldest went first",
       "Bring the way to the centre back, or give the segments more room with 'backlog'; 'show sync sightings' counts "
       "them",
       kOfFollower},
      {AlarmId::kSegmentsRefused, "sightings-refused", Severity::kMinor,
       "The centre found fault with a segment of sightings, and it was set aside",
       "Its sightings are not at the centre; those after it go on",
       "See 'show sync sightings' for what was wrong; mend it and 'sync now', which sends it again", kOfFollower},
      {AlarmId::kSpoolFailed, "sightings-unsent", Severity::kMajor,
       "Journals cannot be read or segments not be written",
       "Sightings stay in eird's journals, and are lost when those reach their limits",
       "Look at the disk and the rights of the directories in 'sightings'", kOfFollower},
      {AlarmId::kSiteAlone, "site-alone", Severity::kWarning,
       "This site acknowledges commands that no second site has, because an operator said so",
       "What it acknowledged is lost if it is lost", "'cdbctl site alone off' when another site follows again",
       kOfCentre},
      {AlarmId::kSitesBothActive, "sites-both-active", Severity::kCritical, "Another site is active in the same epoch",
       "Nodes may hold versions of either; neither site cuts itself back",
       "Promote the site whose state is to stand with 'cdbctl promote'; the other follows then, and lists what it lost",
       kOfCentre},
      {AlarmId::kSiteNotFollowing, "site-not-following", Severity::kMajor,
       "This site follows, and finds no site to follow or cannot take what it gives",
       "What it shows is old, and what the active site acknowledges may be nowhere else",
       "See 'show sites' for the reason", kOfCentre},
      {AlarmId::kCommandsLost, "commands-lost", Severity::kMajor,
       "This site was cut back to what the others have, and lost commands of its own",
       "What these commands did is undone, though they were answered",
       "Go through the file in the registry's directory, have filed again what must be, then move the file away",
       kOfCentre},
      {AlarmId::kStandbyMissing, "standby-missing", Severity::kCritical,
       "With standby-sync on, no other site has what is committed here",
       "Commands are stored, and answered 2400 after a wait; nodes see no new version",
       "Bring the other site back, or 'cdbctl site alone on' until it is", kOfCentre},
      {AlarmId::kPeerSiteDown, "peer-site-down", Severity::kMajor, "Another site of the centre cannot be reached",
       "It falls behind, or this site knows nothing of what it does",
       "See 'show sites' for the reason; check address, certificate and the site itself", kOfCentre},
      {AlarmId::kLockedOut, "locked-out", Severity::kMinor,
       "So many logins of a user, or from an address, failed that nobody is let in there for a while",
       "The user, or whoever comes from the address, cannot log in until the time is over",
       "Ask the user: 'cdbctl audit find', 'show users'; 'cdbctl user unlock NAME' lets in at once", kOfCentre},
      {AlarmId::kFollowerStale, "follower-stale", Severity::kMajor,
       "A user that follows has asked for nothing for longer than 'stale-after'",
       "The node behind it answers from old lists",
       "Look at the node's eir-syncd: its log, its certificate, the network", kOfCentre},
      {AlarmId::kStoreFailing, "store-failing", Severity::kCritical, "The store refused the last transaction",
       "Changing commands are refused with 2400, and reading ones are not on record",
       "Look at the disk of the registry's directory: room, rights, errors; it is tried again all the time", kOfCentre},
      {AlarmId::kCommandsRefused, "commands-refused", Severity::kMajor,
       "Commands were refused within the last minute because too many waited for the registry",
       "Clients get 2400 and must send again", "See 'show jobs' and the disk's speed; lower 'limit rate'", kOfCentre},
      {AlarmId::kNodeUntold, "node-untold", Severity::kMinor,
       "A configured node could not be told of versions at its own server for longer than 'alarm-after'",
       "Versions reach it only when it polls",
       "See 'show nodes' for the reason; check the node's 'push' lines, its address, both certificates and the "
       "firewall",
       kOfCentre},
  };
  return texts;
}

std::vector<AlarmText> alarm_texts(AlarmOf program) {
  std::vector<AlarmText> out;
  for (const AlarmText& text : alarm_texts())
    if (text.of & program) out.push_back(text);
  return out;
}

const AlarmText& alarm_text(AlarmId id) { return alarm_texts()[static_cast<size_t>(id) - 1]; }

}  // namespace eir::appliance
