// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "sync/epp/registry.h"

namespace eir::peers {

namespace epp = sync::epp;

/// A registry in memory, just enough of one to answer every command as the protocol has it: for tests of
/// the protocol, not of the business. Threads: any. Answers at once, in the caller's thread.
class MemoryRegistry : public epp::Registry {
 public:
  struct Account {
    std::string password;
    std::string common_name;  ///< that the certificate's subject must have; empty: any
    std::string role = "operator";
    unsigned sessions_max = 0;
    uint32_t rate = 0;
  };

  explicit MemoryRegistry(const base::Clock& clock) : clock_(clock) {}

  void add_account(const std::string& client_id, Account account);
  std::string password_of(const std::string& client_id) const;
  /// What was answered without us, oldest first.
  std::vector<epp::Answered> answered_elsewhere() const;
  size_t handled() const;

  void login(const epp::LoginAttempt& attempt, LoginDone done) override;
  void handle(epp::RequestPtr request, Done done) override;
  void answered(const epp::Answered& answered) override;

 private:
  struct Imei {
    epp::Maybe<epp::Device> device;
    std::string owner;
    epp::Time created;
    epp::Maybe<epp::Time> updated;
  };
  struct Message {
    std::string id;
    std::string word;
    epp::Time date;
    epp::ReplyData data;
  };
  using Context = epp::Request;
  template <class T>
  epp::Reply on(const T& command, const Context& context);
  epp::Reply poll(const epp::Poll& command, const std::string& client_id);
  epp::Time now() const { return std::chrono::floor<std::chrono::seconds>(clock_.wall()); }
  void tell(const std::string& client_id, std::string word, epp::ReplyData data);

  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Account> accounts_;
  std::map<std::string, Imei> imeis_;
  std::map<std::string, epp::lock::InfoData> locks_;  ///< by IMEI and policy
  std::map<std::string, epp::proposal::InfoData> proposals_;
  std::map<std::string, epp::job::InfoData> jobs_;
  std::map<std::string, std::deque<Message>> queues_;
  std::map<std::string, epp::version::Point> versions_;
  std::vector<epp::Answered> answered_;
  size_t handled_ = 0;
  uint64_t last_id_ = 0;
};

}  // namespace eir::peers
