// SPDX-License-Identifier: GPL-3.0-or-later
// eir-fdcore-responder: answers S13 as an application of freeDiameter's daemon library does: every peer is
// accepted, every ECR gets Equipment-Status white through the library's dispatch. What the bench compares with.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string>

extern "C" {
#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>
}

#include <fmt/format.h>

namespace {

constexpr uint32_t kVendor3gpp = 10415;
constexpr uint32_t kApplicationS13 = 16777252;  // 3GPP TS 29.272 §7.1.5
constexpr uint32_t kCommandEcr = 324;           // 3GPP TS 29.272 §7.2.19

struct Dictionary {
  dict_object *vendor = nullptr, *application = nullptr, *request = nullptr, *answer = nullptr;
  dict_object *equipment_status = nullptr, *auth_session_state = nullptr, *vsai = nullptr, *vendor_id = nullptr,
              *auth_application_id = nullptr;
} g_dictionary;

bool ok(int code, const char* what) {
  if (code != 0) fmt::print(stderr, "{}: {}\n", what, std::strerror(code));
  return code == 0;
}

bool find_avp(const char* name, dict_object** out) {
  return ok(fd_dict_search(fd_g_config->cnf_dict, DICT_AVP, AVP_BY_NAME, name, out, ENOENT), name);
}

bool new_avp(uint32_t code, const char* name, dict_avp_basetype type, dict_object** out) {
  dict_avp_data data{};
  data.avp_code = code;
  data.avp_vendor = kVendor3gpp;
  data.avp_name = const_cast<char*>(name);
  data.avp_flag_mask = data.avp_flag_val = AVP_FLAG_VENDOR | AVP_FLAG_MANDATORY;
  data.avp_basetype = type;
  return ok(fd_dict_new(fd_g_config->cnf_dict, DICT_AVP, &data, nullptr, out), name);
}

bool new_rule(dict_object* parent, dict_object* avp, rule_position position, int min, int max) {
  dict_rule_data data{};
  data.rule_avp = avp;
  data.rule_position = position;
  data.rule_order = position == RULE_FIXED_HEAD ? 1 : 0;
  data.rule_min = min;
  data.rule_max = max;
  return ok(fd_dict_new(fd_g_config->cnf_dict, DICT_RULE, &data, parent, nullptr), "rule");
}

/// The S13 objects freeDiameter does not ship. 3GPP TS 29.272 §7.
bool fill_dictionary() {
  auto& d = g_dictionary;
  dictionary* dict = fd_g_config->cnf_dict;
  // The base dictionary may know 3GPP already.
  vendor_id_t vendor_number = kVendor3gpp;
  if (fd_dict_search(dict, DICT_VENDOR, VENDOR_BY_ID, &vendor_number, &d.vendor, 0) != 0 || !d.vendor) {
    dict_vendor_data vendor{kVendor3gpp, const_cast<char*>("3GPP")};
    if (!ok(fd_dict_new(dict, DICT_VENDOR, &vendor, nullptr, &d.vendor), "vendor")) return false;
  }
  dict_application_data application{kApplicationS13, const_cast<char*>("S13")};
  if (!ok(fd_dict_new(dict, DICT_APPLICATION, &application, d.vendor, &d.application), "application")) return false;

  dict_cmd_data command{};
  command.cmd_code = kCommandEcr;
  command.cmd_name = const_cast<char*>("ME-Identity-Check-Request");
  command.cmd_flag_mask = command.cmd_flag_val = CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE;
  if (!ok(fd_dict_new(dict, DICT_COMMAND, &command, d.application, &d.request), "ECR")) return false;
  command.cmd_name = const_cast<char*>("ME-Identity-Check-Answer");
  command.cmd_flag_val = CMD_FLAG_PROXIABLE;
  if (!ok(fd_dict_new(dict, DICT_COMMAND, &command, d.application, &d.answer), "ECA")) return false;

  dict_object *terminal = nullptr, *imei = nullptr, *svn = nullptr, *session = nullptr, *origin_host = nullptr,
              *origin_realm = nullptr, *realm = nullptr;
  return new_avp(1401, "Terminal-Information", AVP_TYPE_GROUPED, &terminal) &&
         new_avp(1402, "IMEI", AVP_TYPE_OCTETSTRING, &imei) &&
         new_avp(1403, "Software-Version", AVP_TYPE_OCTETSTRING, &svn) &&
         new_avp(1445, "Equipment-Status", AVP_TYPE_INTEGER32, &d.equipment_status) &&
         find_avp("Session-Id", &session) && find_avp("Origin-Host", &origin_host) &&
         find_avp("Origin-Realm", &origin_realm) && find_avp("Destination-Realm", &realm) &&
         find_avp("Auth-Session-State", &d.auth_session_state) && find_avp("Vendor-Specific-Application-Id", &d.vsai) &&
         find_avp("Vendor-Id", &d.vendor_id) && find_avp("Auth-Application-Id", &d.auth_application_id) &&
         new_rule(d.request, session, RULE_FIXED_HEAD, 1, 1) && new_rule(d.answer, session, RULE_FIXED_HEAD, 1, 1) &&
         new_rule(d.request, d.auth_session_state, RULE_REQUIRED, 1, 1) &&
         new_rule(d.request, origin_host, RULE_REQUIRED, 1, 1) &&
         new_rule(d.request, origin_realm, RULE_REQUIRED, 1, 1) && new_rule(d.request, realm, RULE_REQUIRED, 1, 1) &&
         new_rule(d.request, terminal, RULE_REQUIRED, 1, 1) && new_rule(terminal, imei, RULE_OPTIONAL, -1, 1) &&
         new_rule(terminal, svn, RULE_OPTIONAL, -1, 1);
}

int add_number(msg_or_avp* parent, dict_object* model, uint32_t number) {
  avp* a = nullptr;
  avp_value value{};
  value.u32 = number;
  if (const int e = fd_msg_avp_new(model, 0, &a)) return e;
  if (const int e = fd_msg_avp_setvalue(a, &value)) return e;
  return fd_msg_avp_add(parent, MSG_BRW_LAST_CHILD, a);
}

int answer_ecr(msg** message, avp*, session*, void*, disp_action*) {
  if (!message || !*message) return EINVAL;
  const auto& d = g_dictionary;
  if (const int e = fd_msg_new_answer_from_req(fd_g_config->cnf_dict, message, 0)) return e;
  avp* vsai = nullptr;
  if (const int e = fd_msg_avp_new(d.vsai, 0, &vsai)) return e;
  if (const int e = fd_msg_avp_add(*message, MSG_BRW_LAST_CHILD, vsai)) return e;
  if (const int e = add_number(vsai, d.vendor_id, kVendor3gpp)) return e;
  if (const int e = add_number(vsai, d.auth_application_id, kApplicationS13)) return e;
  if (const int e = add_number(*message, d.auth_session_state, 1)) return e;
  if (const int e = fd_msg_rescode_set(*message, const_cast<char*>("DIAMETER_SUCCESS"), nullptr, nullptr, 1)) return e;
  if (const int e = add_number(*message, d.equipment_status, 0)) return e;
  return fd_msg_send(message, nullptr, nullptr);
}

/// Anybody may connect, without TLS.
int accept_peer(peer_info* info, int* auth, int (**)(peer_info*)) {
  info->config.pic_flags.sec = PI_SEC_NONE;
  *auth = 1;
  return 0;
}

/// The library logs whole messages when a peer goes away: only what is fatal is shown.
void log_fatal(int level, const char* format, va_list args) {
  if (level < FD_LOG_FATAL) return;
  std::vfprintf(stderr, format, args);
  std::fputc('\n', stderr);
}

/// libfdcore takes its settings from a file only.
std::string write_configuration(const std::string& address, unsigned port, const std::string& identity,
                                const std::string& realm, unsigned threads) {
  char name[] = "/tmp/eir-fdcore-XXXXXX";
  const int fd = mkstemp(name);
  if (fd < 0) return {};
  const std::string text = fmt::format(
      "Identity = \"{}\";\nRealm = \"{}\";\nPort = {};\nSecPort = 0;\nNo_SCTP;\nNo_IPv6;\nNoRelay;\n"
      "ListenOn = \"{}\";\nAppServThreads = {};\n",
      identity, realm, port, address, threads);
  const bool whole = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return whole ? name : std::string();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("An S13 responder on freeDiameter's libfdcore: white for every equipment, TCP without TLS");
  std::string address = "127.0.0.1", identity = "eir.epc.mnc01.mcc255.3gppnetwork.org",
              realm = "epc.mnc01.mcc255.3gppnetwork.org";
  unsigned port = 3868, threads = 4;
  app.add_option("--address", address)->capture_default_str();
  app.add_option("--port", port)->capture_default_str();
  app.add_option("--identity", identity)->capture_default_str();
  app.add_option("--realm", realm)->capture_default_str();
  app.add_option("--threads", threads, "AppServThreads of the library")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  // Signals are for this thread only: the library's threads inherit the mask.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);

  const std::string file = write_configuration(address, port, identity, realm, threads);
  if (file.empty()) {
    fmt::print(stderr, "cannot write a configuration under /tmp\n");
    return 1;
  }
  fd_log_handler_register(log_fatal);
  const bool up = ok(fd_core_initialize(), "initialize") && ok(fd_core_parseconf(file.c_str()), "configuration") &&
                  fill_dictionary();
  unlink(file.c_str());
  if (!up) return 1;

  disp_when when{};
  when.app = g_dictionary.application;
  when.command = g_dictionary.request;
  disp_hdl* handle = nullptr;
  if (!ok(fd_disp_register(answer_ecr, DISP_HOW_CC, &when, nullptr, &handle), "dispatch") ||
      !ok(fd_disp_app_support(g_dictionary.application, g_dictionary.vendor, 1, 0), "application") ||
      !ok(fd_peer_validate_register(accept_peer), "peers") || !ok(fd_core_start(), "start") ||
      !ok(fd_core_waitstartcomplete(), "start"))
    return 1;
  fmt::print("ready\n");
  std::fflush(stdout);

  int signal = 0;
  sigwait(&stop, &signal);
  fd_core_shutdown();
  fd_core_wait_shutdown_complete();
  return 0;
}
