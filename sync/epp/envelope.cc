// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/envelope.h"

#include <algorithm>

#include "sync/epp/mapping.h"
#include "sync/epp/xml_writer.h"

namespace eir::sync::epp {
namespace {

constexpr Tag tag(std::string_view name) { return {Ns::kEpp, name}; }

/// The members of <login> in both directions.
template <class A>
void map_login(A& a, Ref<A, Login> v) {
  a.text(tag("clID"), v.client_id);
  a.text(tag("pw"), v.password);
  a.maybe(tag("newPW"), v.new_password);
  a.node(tag("options"), [&] {
    a.text(tag("version"), v.version);
    a.text(tag("lang"), v.language);
  });
  a.node(tag("svcs"), [&] {
    a.many(tag("objURI"), v.objects);
    bool extensions = !v.extensions.empty();
    a.maybe_node(tag("svcExtension"), extensions, [&] { a.many(tag("extURI"), v.extensions); });
  });
}

template <class A>
void map_menu(A& a, Ref<A, Greeting> v) {
  a.many(tag("version"), v.versions);
  a.many(tag("lang"), v.languages);
  a.many(tag("objURI"), v.objects);
  bool extensions = !v.extensions.empty();
  a.maybe_node(tag("svcExtension"), extensions, [&] { a.many(tag("extURI"), v.extensions); });
}

/// RFC 5730 §2.4: what is collected is what the law on the registry says, for its own use.
void write_collection_policy(XmlWriter& w) {
  w.node(tag("dcp"), [&] {
    w.node(tag("access"), [&] { w.empty(tag("personal")); });
    w.node(tag("statement"), [&] {
      w.node(tag("purpose"), [&] {
        w.empty(tag("admin"));
        w.empty(tag("prov"));
      });
      w.node(tag("recipient"), [&] { w.empty(tag("ours")); });
      w.node(tag("retention"), [&] { w.empty(tag("legal")); });
    });
  });
}

/// The client's element, under its own namespace.
void append_offender(std::string& out, const Offender& o) {
  out += "<";
  out += o.name;
  out += " xmlns=\"";
  append_escaped(out, o.ns);
  out += "\">";
  append_escaped(out, o.content);
  out += "</";
  out += o.name;
  out += ">";
}

/// A message with its language, where the language is known.
void write_message(XmlWriter& w, std::string_view name, const std::pair<Text, Text>& text) {
  w.node(tag(name), [&] {
    w.maybe_attribute("lang", text.second);
    w.value(text.first);
  });
}

void write_value(XmlWriter& w, const Offender& o) {
  std::string markup;
  append_offender(markup, o);
  w.node(tag("value"), [&] { w.raw(markup); });
}

void write_result(XmlWriter& w, const Reply& reply, const Messages& messages, const Catalogue& c) {
  const std::string code = std::to_string(number(reply.code));
  w.node(tag("result"), [&] {
    w.attribute("code", code);
    write_message(w, "msg", {reply.message.empty() ? Text(messages.text(c, code)) : reply.message, c.language()});
    for (const Offender& o : reply.offenders) {
      if (o.name.empty()) continue;
      if (o.reason.empty()) {
        write_value(w, o);
        continue;
      }
      w.node(tag("extValue"), [&] {
        write_value(w, o);
        write_message(w, "reason", w.localised("reason", o.reason));
      });
    }
  });
}

void read_result(XmlReader& r, Reply& out) {
  uint32_t code = 0;
  r.attribute("code", code);
  out.code = result_code_from(code).value_or(ResultCode::kFailed);
  r.node(tag("msg"), [&] {
    r.maybe_attribute("lang", out.language);
    r.value(out.message);
  });
  while (r.next_is(tag("value")) || r.next_is(tag("extValue"))) {
    Offender& o = out.offenders.emplace_back();
    if (r.next_is(tag("value"))) {
      r.text(tag("value"), o.content);
      continue;
    }
    r.node(tag("extValue"), [&] {
      r.text(tag("value"), o.content);
      r.text(tag("reason"), o.reason);
    });
  }
}

}  // namespace

bool read_body(XmlReader& reader, std::string_view verb, Body& out) {
  bool found = true;
  reader.node(tag(verb), [&] {
    if (verb == "login") {
      map_login(reader, out.emplace<Login>());
    } else if (verb == "logout") {
      out.emplace<Logout>();
    } else if (verb == "poll") {
      Poll& poll = out.emplace<Poll>();
      Text op;
      reader.attribute("op", op);
      poll.acknowledge = op == "ack";
      reader.maybe_attribute("msgID", poll.message_id);
    } else {
      ObjectCommand& command = out.emplace<ObjectCommand>();
      found = map_one_of(reader, command) && verb_of(out) == verb;
    }
  });
  return found;
}

void read_greeting(XmlReader& r, Greeting& out) {
  r.node(tag("greeting"), [&] {
    Time date{};
    r.text(tag("svID"), out.server_id);
    r.text(tag("svDate"), date);
    // XSD knows years that the clock does not.
    using Clock = std::chrono::system_clock;
    out.date = std::clamp(date, std::chrono::ceil<std::chrono::seconds>(Clock::time_point::min()),
                          std::chrono::floor<std::chrono::seconds>(Clock::time_point::max()));
    r.node(tag("svcMenu"), [&] { map_menu(r, out); });
  });
}

void read_reply(XmlReader& r, Reply& out) {
  r.node(tag("response"), [&] {
    bool first = true;
    while (r.next_is(tag("result"))) {
      Reply other;
      r.node(tag("result"), [&] { read_result(r, first ? out : other); });
      first = false;
    }
    if (r.next_is(tag("msgQ"))) {
      Queue& queue = out.queue.emplace();
      r.node(tag("msgQ"), [&] {
        r.attribute("count", queue.count);
        r.attribute("id", queue.id);
        r.maybe(tag("qDate"), queue.date);
        if (queue.date) r.text(tag("msg"), queue.message);
      });
    }
    bool there = false;
    r.maybe_node(tag("resData"), there, [&] { map_one_of(r, out.data); });
    r.maybe_node(tag("extension"), there, [&] { perhaps(r, site::Follows::kTag, out.follows); });
    r.node(tag("trID"), [&] {
      r.maybe(tag("clTRID"), out.cl_trid);
      r.text(tag("svTRID"), out.sv_trid);
    });
  });
}

std::string write_command(const Command& command) {
  XmlWriter w;
  w.node(tag("epp"), [&] {
    w.node(tag("command"), [&] {
      w.node(tag(verb_of(command.body)), [&] {
        if (const auto* login = std::get_if<Login>(&command.body)) map_login(w, *login);
        if (const auto* poll = std::get_if<Poll>(&command.body)) {
          w.attribute("op", poll->acknowledge ? "ack" : "req");
          w.maybe_attribute("msgID", poll->message_id);
        }
        if (const auto* object = std::get_if<ObjectCommand>(&command.body)) map_one_of(w, *object);
      });
      w.maybe(tag("clTRID"), command.cl_trid);
    });
  });
  return w.take();
}

std::string write_greeting(const Greeting& g, SchemaStream* schema) {
  XmlWriter w(nullptr, nullptr, schema);
  w.node(tag("epp"), [&] {
    w.node(tag("greeting"), [&] {
      w.text(tag("svID"), g.server_id);
      w.text(tag("svDate"), format_time_ms(g.date));
      w.node(tag("svcMenu"), [&] { map_menu(w, g); });
      write_collection_policy(w);
    });
  });
  return w.take();
}

std::string write_reply(const Reply& reply, const Messages& messages, SchemaStream* schema) {
  const Catalogue* found = messages.find(reply.language);
  const Catalogue& catalogue = found ? *found : messages.fallback();
  XmlWriter w(&messages, &catalogue, schema);
  w.node(tag("epp"), [&] {
    w.node(tag("response"), [&] {
      write_result(w, reply, messages, catalogue);
      if (reply.queue) {
        const Queue& queue = *reply.queue;
        w.node(tag("msgQ"), [&] {
          w.attribute("count", queue.count);
          w.attribute("id", queue.id);
          if (!queue.date) return;
          w.text(tag("qDate"), *queue.date);
          write_message(w, "msg", w.localised("queue", queue.message));
        });
      }
      if (reply.data.index() != 0) w.node(tag("resData"), [&] { map_one_of(w, reply.data); });
      if (reply.follows) w.node(tag("extension"), [&] { one(w, site::Follows::kTag, *reply.follows); });
      w.node(tag("trID"), [&] {
        w.maybe(tag("clTRID"), reply.cl_trid);
        w.text(tag("svTRID"), reply.sv_trid);
      });
    });
  });
  return w.take();
}

}  // namespace eir::sync::epp
