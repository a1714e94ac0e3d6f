// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/counter.h"
#include "sync/epp/frames.h"
#include "sync/epp/messages.h"
#include "sync/epp/schema_stream.h"
#include "sync/epp/xml_parser.h"

namespace eir::sync::epp {

/// Why a frame was not taken, ready to be answered.
struct Refusal {
  ResultCode code = ResultCode::kSyntax;
  std::vector<Offender> offenders;
  Maybe<Text> cl_trid;  ///< where one could be read
  Text detail;          ///< for logs: what the parser or the schema said; may hold a peer's text
};

/// Frames between XML and structs, both ways held to the schemas of config/schemas. Threads: one, as are its
/// parser and validator; each thread makes its own. The messages must outlive it.
class Codec {
 public:
  struct Counters {
    base::Counter read, written;
    base::Counter not_well_formed;  ///< or refused by screen()
    base::Counter not_valid;
    base::Counter not_implemented;  ///< unknown commands, objects, extensions
    base::Counter output_invalid;   ///< a fault of ours; never above 0
  };

  /// Loads the schemas. `validate_output`: whether the answers and greetings we write are held to them, too: while they
  /// are written, or read back where that cannot tell.
  static base::Result<std::unique_ptr<Codec>, base::Problem> make(const std::string& schema_directory,
                                                                  const Messages& messages,
                                                                  bool validate_output = true);

  /// Reads a frame of a peer. RFC 5730 §2: what is no command is 2000, what is not valid 2001; an object or
  /// an extension nobody here knows is 2307 or 2103, a verb an object lacks 2101.
  base::Result<Frame, Refusal> read(std::string_view xml);

  /// Writes; the texts of an answer come from its `language`'s catalogue. An answer that breaks the
  /// schemas becomes 2400 with the same transaction identifiers.
  std::string write(const Reply& reply);
  std::string write(const Greeting& greeting);
  std::string write(const Hello&);
  /// Whether it fits the schemas is the caller's to see; the server says so, too.
  std::string write(const Command& command);

  /// Whether a text is a valid frame.
  bool valid(std::string_view xml);
  const Counters& counters() const { return counters_; }

 private:
  Codec(std::unique_ptr<Schema> schema, const Messages& messages, bool validate_output);

  base::Result<Frame, Refusal> read_command(const XmlElement& command, const XmlDocument& document);
  base::Result<void, Refusal> implemented(const XmlElement& command);
  base::Result<void, Refusal> validated(const XmlDocument& document);
  SchemaStream* written() { return written_ ? &*written_ : nullptr; }
  std::string checked(std::string xml);

  const Messages& messages_;
  std::unique_ptr<Schema> schema_;
  Validator validator_;
  XmlParser parser_;
  std::optional<SchemaStream> written_;  ///< when our own frames are validated
  Counters counters_;
};

}  // namespace eir::sync::epp
