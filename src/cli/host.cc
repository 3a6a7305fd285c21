// twoseal host list, host show
#include <algorithm>

#include "cli/client/client.h"
#include "cli/client/joining.h"
#include "cli/columns.h"
#include "cli/time_text.h"
#include "cli/verb_list.h"

namespace twoseal::cli {
namespace {

constexpr std::int64_t kSilent = 180;  // seconds: three beats

// Signed facts of a host by its id, as they were verified here.
using Assignments = std::map<std::string, Assignment>;

Assignments assignments_of(Client& client, const Session& session) {
  Assignments by_host;
  std::vector<std::string> unproven;
  for (Assignment& one : client.trust.assignments(unproven)) {
    const std::string id = one.host.text();
    by_host.emplace(id, std::move(one));
  }
  for (const std::string& why : unproven) {
    session.talk("note  not proven: " + why);
  }
  return by_host;
}

// By name, and by id where several are called alike.
std::vector<const Assignment*> by_name(const Assignments& all) {
  std::vector<const Assignment*> sorted;
  for (const auto& [id, one] : all) {
    sorted.push_back(&one);
  }
  std::stable_sort(
      sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  return sorted;
}

template <class IdType>
Json ids_json(const std::vector<IdType>& ids) {
  Json::Array list;
  for (const IdType& id : ids) {
    list.emplace_back(id.text());
  }
  return list;
}

// What is signed about a host.
Json::Object signed_fields(const Assignment& one) {
  Json::Object labels;
  for (const auto& [key, value] : one.labels) {
    labels.emplace_back(key, value);
  }
  return {{"host", one.host.text()},
          {"name", one.name},
          {"version", one.version},
          {"expires", one.expires},
          {"env", one.env.text()},
          {"data_class", one.data_class.text()},
          {"labels", std::move(labels)},
          {"components", ids_json(one.components)},
          {"groups", ids_json(one.groups)}};
}

std::string labels_text(const Assignment& one) {
  std::string text;
  for (const auto& [key, value] : one.labels) {
    text += (text.empty() ? "" : " ") + key + "=" + value;
  }
  for (const ComponentId& component : one.components) {
    text += (text.empty() ? "" : " ") + std::string("component=") + component.text();
  }
  for (const Name& group : one.groups) {
    text += (text.empty() ? "" : " ") + std::string("group=") + group.text();
  }
  return text;
}

std::string heard_text(const codec::PlainJson& row, UnixSeconds now) {
  if (row.at("denied").boolean()) {
    return "denied";
  }
  if (!row.at("heard").present()) {
    return "never heard";
  }
  const std::int64_t ago = std::max<std::int64_t>(now - row.at("heard").at("at").integer(), 0);
  const std::string& looks_on = row.at("heard").at("looks_on").text();
  return (ago <= kSilent ? "here" : "silent for " + length_text(ago)) +
         (looks_on.empty() ? "" : ", takes no change: " + looks_on) +
         (row.at("heard").at("counts_anew").boolean()
              ? ", its memory is gone or a copy of it runs: TS-3106"
              : "");
}

// --- list -------------------------------------------------------------------------------------

Result<Report> list_joining(Client& client) {
  Columns columns;
  Json::Array rows;
  TWOSEAL_TRY(auto all, joining_hosts(client.api));
  std::stable_sort(all.begin(), all.end(), [](const JoiningHost& a, const JoiningHost& b) {
    return a.request.name < b.request.name;
  });
  columns.add({"name", "host", "asked"});
  for (const JoiningHost& one : all) {
    columns.add({one.request.name, one.host.text(), utc_text(one.request.at)});
    rows.emplace_back(Json::Object{
        {"name", one.request.name}, {"host", one.host.text()}, {"at", one.request.at}});
  }
  Report report;
  report.text = rows.empty() ? "no host asks to join\n" : columns.text();
  report.fields = {{"joining", std::move(rows)}};
  return report;
}

Result<Report> run_list(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  if (arguments.has("--joining")) {
    return list_joining(client);
  }
  TWOSEAL_TRY(const codec::PlainJson page, client.api.get("/v1/hosts"));
  const Assignments signed_facts = assignments_of(client, session);
  std::map<std::string, std::string> heard;
  for (const codec::PlainJson& row : page.at("hosts").list()) {
    heard[row.at("host").text()] = heard_text(row, client.trust.now());
  }
  Columns columns;
  Json::Array rows;
  columns.add({"name", "env", "class", "server says", "labels"});
  for (const Assignment* one : by_name(signed_facts)) {
    const std::string id = one->host.text();
    columns.add({one->name, one->env.text(), one->data_class.text(), heard[id], labels_text(*one)});
    Json::Object fields = signed_fields(*one);
    fields.emplace_back("server_heard", heard[id]);
    rows.emplace_back(std::move(fields));
  }
  for (const Assignment& one : client.trust.ended()) {
    session.talk("note  " + one.name + " ended " + utc_text(one.expires) +
                 ": retired, or not renewed");
  }
  Report report;
  report.text = rows.empty() ? "no host is assigned\n" : columns.text();
  report.fields = {{"hosts", std::move(rows)}};
  if (signed_facts.empty()) {
    session.talk("next  twoseal token join -o FILE makes a token with which a host may ask");
  }
  return report;
}

// --- show -------------------------------------------------------------------------------------

Result<const Assignment*> host_named(const Assignments& all,
                                     const std::vector<Assignment>& ended,
                                     const std::string& name) {
  for (const auto& [id, one] : all) {
    if (one.name == name || id == name) {
      return &one;
    }
  }
  for (const Assignment& one : ended) {
    if (one.name == name || one.host.text() == name) {
      return fail(Errc::not_found,
                  one.name + " is a host no more since " + utc_text(one.expires) +
                      ": retired, or not renewed",
                  "",
                  "twoseal host list shows those that are");
    }
  }
  return fail(Errc::not_found, "no host is called " + name, "", "twoseal host list shows them");
}

Result<Report> run_show(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  const Assignments all = assignments_of(client, session);
  TWOSEAL_TRY(const Assignment* one, host_named(all, client.trust.ended(), arguments.text("NAME")));
  TWOSEAL_TRY(const codec::PlainJson row, client.api.get("/v1/hosts/" + one->host.text()));
  Report report;
  report.text = one->name + "  " + one->host.text() + "\n  signed    version " +
                std::to_string(one->version) + ", until " + utc_text(one->expires) +
                "\n  env       " + one->env.text() + "\n  class     " + one->data_class.text() +
                "\n  labels    " + labels_text(*one) + "\n  server says\n    " +
                heard_text(row, client.trust.now()) + "\n";
  const codec::PlainJson& heard = row.at("heard");
  if (heard.present()) {
    report.text += "    agent " + heard.at("agent").text() + ", log seen up to " +
                   std::to_string(heard.at("checkpoint").integer()) + ", certificate until " +
                   utc_text(heard.at("certificate_until").integer()) + "\n";
  }
  for (const codec::PlainJson& work : row.at("work").list()) {
    report.text += "    to do: " + work.at("kind").text() + " " + work.at("change").text() + "\n";
  }
  report.fields = signed_fields(*one);
  report.fields.emplace_back("server_heard", heard_text(row, client.trust.now()));
  if (heard.present()) {
    report.fields.emplace_back("agent", heard.at("agent").text());
    report.fields.emplace_back("log_seen", heard.at("checkpoint").integer());
    report.fields.emplace_back("certificate_until", heard.at("certificate_until").integer());
  }
  return report;
}

constexpr Operand kOperands[] = {{"NAME", "the host, by name or id"}};
constexpr Flag kListFlags[] = {{"--joining", "", "hosts that ask to join, instead"}, kProfileFlag};
constexpr Flag kShowFlags[] = {kProfileFlag};
constexpr std::string_view kListExamples[] = {"twoseal host list", "twoseal host list --joining"};
constexpr std::string_view kShowExamples[] = {"twoseal host show web-01"};

}  // namespace

const Verb kHostList = {
    "host list",
    Group::hosts,
    "list hosts with what is signed about them",
    "Names, environments and labels are verified here; whether a host was heard of is the server's "
    "word.",
    {},
    kListFlags,
    kListExamples,
    kClientExits,
    OutputFile::report,
    run_list,
};

const Verb kHostShow = {
    "host show",
    Group::hosts,
    "show one host",
    "What is signed about it, verified, and what the server heard of it last.",
    kOperands,
    kShowFlags,
    kShowExamples,
    kClientExits,
    OutputFile::report,
    run_show,
};

}  // namespace twoseal::cli
