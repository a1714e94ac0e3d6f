// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "sigtran/sccp/node.h"
#include "sigtran/tcap/component.h"
#include "sigtran/tcap/dialogue.h"

namespace eir::sigtran::tcap {

using sccp::Unitdata;

/// What the TC-user says to a dialogue that is being opened.
struct OpeningAnswer {
  enum class Kind : uint8_t {
    kAccept,
    kRefuseContext,  ///< AARE, application context name not supported; info may name another
    kAbort,          ///< ABRT by the user, with info
  };
  Kind kind = Kind::kAbort;
  uint8_t version = 0;  ///< of an accepted one: 1 to 3, handed back with each invoke
  UserInformation info;
};

/// An invoke as the TC-user sees it.
struct Invoke {
  uint8_t version = 0;
  InvokeId id = 0;
  std::optional<int32_t> operation;  ///< a local code of 32 bits; none for anything else
  Octets parameter;                  ///< as it came, trailing octets included
};

/// The TC-user. Answers within the call. Threads: the SIGTRAN thread.
class Application {
 public:
  virtual ~Application() = default;
  /// A Begin with an AARQ.
  virtual OpeningAnswer on_open(const DialogueRequest& request) noexcept = 0;
  /// A Begin without a dialogue portion: may it go on as version 1?
  virtual bool on_open_without_dialogue() noexcept = 0;
  /// The user information of the ABRT with which screening refuses.
  virtual UserInformation refusal() noexcept = 0;
  virtual Reply on_invoke(const Invoke& invoke, const Unitdata& origin) noexcept = 0;
};

}  // namespace eir::sigtran::tcap
