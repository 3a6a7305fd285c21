// twoseal change list, show, diff, logs, wait
#include "cli/client/change_text.h"
#include "cli/client/following.h"
#include "cli/client/let_go.h"
#include "cli/client/lifting.h"
#include "cli/columns.h"
#include "cli/time_text.h"
#include "cli/verb_list.h"
#include "model/names.h"
#include "workflow/change_course.h"

namespace twoseal::cli {
namespace {

constexpr std::int64_t kWaitDefault = 3'600;

// --- list, show, logs: the server's word -------------------------------------------------------

Json::Object row_fields(const codec::PlainJson& row) {
  return {{"number", row.at("number").text()},
          {"digest", row.at("digest").text()},
          {"state", row.at("state").text()},
          {"title", row.at("title").text()},
          {"kind", row.at("kind").text()},
          {"author", row.at("author").text()},
          {"authored_at", row.at("authored_at").integer()},
          {"hosts", row.at("hosts").integer()},
          {"next", row.at("next").at("what").text()}};
}

// The filters, each a word that the server knows.
Result<Query> list_query(const Arguments& arguments) {
  Query query;
  if (const auto state = arguments.find("--state")) {
    std::string known;
    for (int i = 0; i <= static_cast<int>(ChangeState::stale); ++i) {
      const std::string_view one = text_of(static_cast<ChangeState>(i));
      known += (known.empty() ? "" : ", ") + std::string(one);
      if (one == *state) {
        query["state"] = *state;
      }
    }
    if (query.empty()) {
      return fail(Errc::usage, "--state takes one of " + known + ", not '" + *state + "'");
    }
  }
  if (const auto before = arguments.find("--before")) {
    constexpr std::size_t kDigitsMax = 15;
    const std::string number = before->starts_with("CHG-") ? before->substr(4) : *before;
    if (number.empty() || number.size() > kDigitsMax ||
        number.find_first_not_of("0123456789") != std::string::npos) {
      return fail(Errc::usage, "--before takes the number of a change, not '" + *before + "'");
    }
    query["before"] = number;
  }
  return query;
}

Result<Report> run_list(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const Query query, list_query(arguments));
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const codec::PlainJson page, client.api.get("/v1/changes", query));
  Columns columns;
  Json::Array rows;
  for (const codec::PlainJson& row : page.at("changes").list()) {
    columns.add({row.at("number").text(),
                 row.at("state").text(),
                 count_text(row.at("hosts").integer(), "host"),
                 row.at("author").text(),
                 who_text(row.at("next"), row.at("number").text()),
                 row.at("title").text()});
    rows.emplace_back(row_fields(row));
  }
  if (page.at("before").present()) {
    session.talk("next  older ones: twoseal change list --before " +
                 std::to_string(page.at("before").integer()));
  }
  Report report;
  report.text = !rows.empty()               ? columns.text()
                : arguments.has("--before") ? "no older change\n"
                : arguments.has("--state")  ? "no change is " + arguments.text("--state") + "\n"
                                            : "no change yet\n";
  report.fields = {{"changes", std::move(rows)}};
  return report;
}

// What an entry of the log records about a change.
struct ShownAct {
  std::int64_t at = 0;
  std::string what;
  std::string by;
  bool withdrawn = false;
};

// By their entries, as the log has them.
std::map<std::int64_t, ShownAct> acts_of(const codec::PlainJson& page) {
  std::map<std::int64_t, ShownAct> acts;
  for (const char* list : {"acts", "evidence", "withdrawals", "releases", "rollbacks"}) {
    for (const codec::PlainJson& one : page.at(list).list()) {
      const std::string what = one.at("event").present()   ? one.at("event").text()
                               : one.at("phase").present() ? "released " + one.at("phase").text()
                                                           : "rollback asked for";
      acts[one.at("index").integer()] = {
          one.at("at").integer(), what, one.at("by").text(), one.at("withdrawn").boolean()};
    }
  }
  return acts;
}

std::string acts_text(const codec::PlainJson& page) {
  Columns columns;
  for (const auto& [index, one] : acts_of(page)) {
    columns.add({"  entry " + std::to_string(index),
                 utc_text(one.at),
                 one.what,
                 one.by,
                 one.withdrawn ? "withdrawn" : ""});
  }
  return columns.text();
}

Json acts_json(const codec::PlainJson& page) {
  Json::Array list;
  for (const auto& [index, one] : acts_of(page)) {
    list.emplace_back(Json::Object{{"index", index},
                                   {"at", one.at},
                                   {"what", one.what},
                                   {"by", one.by},
                                   {"withdrawn", one.withdrawn}});
  }
  return list;
}

Json open_json(const codec::PlainJson& page) {
  Json::Array list;
  for (const codec::PlainJson& reason : page.at("reasons").list()) {
    list.emplace_back(
        Json::Object{{"code", reason.at("code").text()}, {"text", reason.at("text").text()}});
  }
  return list;
}

Json phases_json(const codec::PlainJson& page) {
  Json::Array list;
  for (const codec::PlainJson& one : page.at("phases").list()) {
    list.emplace_back(Json::Object{{"name", one.at("name").text()},
                                   {"released", one.at("released").boolean()},
                                   {"gate", one.at("gate").text()},
                                   {"hosts", one.at("hosts").integer()},
                                   {"ok", one.at("ok").integer()},
                                   {"failed", one.at("failed").integer()},
                                   {"stale", one.at("stale").integer()}});
  }
  return list;
}

// The stops of a change, as the verified documents have them.
void add_stops(Columns& columns, Json::Array& rows, Client& client, const Digest& change) {
  for (const auto& [digest, stop] : client.trust.facts().bundle.stops) {
    if (stop.target.change != change) {
      continue;
    }
    const bool lifted = lift_standing(client.trust.facts(), digest, client.trust.now()).lifted;
    const std::string state = lifted                         ? "lifted"
                              : stop.to < client.trust.now() ? "over"
                                                             : "holds back what has not begun";
    const std::string kind(enum_name(stop.effect));
    columns.add({"  " + kind, stop.by.text() + " until " + utc_text(stop.to), state});
    rows.emplace_back(Json::Object{
        {"effect", kind}, {"by", stop.by.text()}, {"until", stop.to}, {"lifted", lifted}});
  }
}

// What each host wrote of why it did not carry it out, of the first ten of them. What the server
// has not is left out.
Result<std::map<std::string, std::string>> last_lines(ServerApi& api,
                                                      const codec::PlainJson& page) {
  constexpr int kAsked = 10;
  TWOSEAL_TRY(const Digest digest, Digest::parse(page.at("digest").text()));
  std::map<std::string, std::string> lines;
  int asked = 0;
  for (const codec::PlainJson& host : page.at("targets").list()) {
    if (asked >= kAsked || !went_wrong(host.at("state").text())) {
      continue;
    }
    ++asked;
    const auto line = outcome_line(api, digest, host);
    if (line && !line->empty()) {
      lines[host.at("name").text()] = *line;
    }
  }
  return lines;
}

std::string lines_text(const std::map<std::string, std::string>& lines) {
  Columns columns;
  for (const auto& [host, text] : lines) {
    columns.add({"  " + host, with_dates(text)});
  }
  return columns.text();
}

Result<Report> run_show(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const codec::PlainJson page, fetch_page(client.api, arguments.text("CHANGE")));
  Report report;
  Columns head;
  head.add({page.at("number").text(), page.at("state").text(), page.at("title").text()});
  head.add({"  author", page.at("author").text()});
  head.add({"  next", who_text(page.at("next"), page.at("number").text())});
  for (const codec::PlainJson& reason : page.at("reasons").list()) {
    head.add({"  open", reason.at("code").text(), with_dates(reason.at("text").text())});
  }
  TWOSEAL_TRY(const Digest digest, Digest::parse(page.at("digest").text()));
  Json::Array stops;
  add_stops(head, stops, client, digest);
  TWOSEAL_TRY(const auto lines, last_lines(client.api, page));
  report.text = head.text();
  report.text += course_text(page) + lines_text(lines) + acts_text(page) +
                 "all of this is the server's word; " + "twoseal review verifies\n";
  report.fields = row_fields(page);
  Json::Array hosts;
  for (const codec::PlainJson& host : page.at("targets").list()) {
    const auto line = lines.find(host.at("name").text());
    hosts.emplace_back(Json::Object{{"host", host.at("host").text()},
                                    {"name", host.at("name").text()},
                                    {"phase", host.at("phase").text()},
                                    {"state", host.at("state").text()},
                                    {"said", line != lines.end() ? line->second : ""}});
  }
  report.fields.emplace_back("targets", std::move(hosts));
  report.fields.emplace_back("open", open_json(page));
  report.fields.emplace_back("phases", phases_json(page));
  report.fields.emplace_back("acts", acts_json(page));
  report.fields.emplace_back("stops", std::move(stops));
  if (!lines.empty()) {
    session.talk("next  all lines: twoseal change logs " + page.at("number").text());
  }
  return report;
}

Result<Report> run_logs(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const codec::PlainJson page, fetch_page(client.api, arguments.text("CHANGE")));
  TWOSEAL_TRY(const Digest digest, Digest::parse(page.at("digest").text()));
  Query query;
  if (const auto host = arguments.find("--host")) {
    query["host"] = *host;
  }
  TWOSEAL_TRY(const codec::PlainJson log,
              client.api.get("/v1/changes/" + digest.hex() + "/log", query));
  std::map<std::string, std::string> names;
  for (const codec::PlainJson& host : page.at("targets").list()) {
    names[host.at("host").text()] = host.at("name").text();
  }
  Columns columns;
  Json::Array lines;
  for (const codec::PlainJson& line : log.at("lines").list()) {
    const std::string& name = names[line.at("host").text()];
    columns.add({name, utc_text(line.at("at").integer()), with_dates(line.at("text").text())});
    lines.emplace_back(Json::Object{
        {"host", name}, {"at", line.at("at").integer()}, {"text", line.at("text").text()}});
  }
  if (log.at("more").boolean()) {
    session.talk("next  there are more lines: --host NAME shows those of one host");
  }
  Report report;
  report.text = columns.text();
  report.fields = {{"lines", std::move(lines)}};
  return report;
}

// --- diff: verified ---------------------------------------------------------------------------

// A file that the change names, as it was verified: by its digest.
Result<Report> blob_of(const KnownChange& known, const std::string& name) {
  TWOSEAL_TRY(const Digest digest, Digest::parse(name));
  const auto& blobs = known.facts().bundle.blobs;
  const auto found = blobs.find(digest);
  if (found == blobs.end()) {
    return fail(Errc::not_found, known.number + " names no file " + name);
  }
  Report report;
  report.bytes = found->second;
  report.fields = {{"blob", digest.text()}, {"size", std::uint64_t{found->second.size()}}};
  return report;
}

Result<Report> run_diff(const Arguments& arguments, const Session& /*session*/) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const KnownChange known, fetch_change(client, arguments.text("CHANGE")));
  if (const auto name = arguments.find("--blob")) {
    return blob_of(known, *name);
  }
  if (!known.facts().plan) {
    return fail(Errc::usage, "a person carries this change out: there is no plan of hosts");
  }
  const auto names = names_of(known.change());
  const Wanted wanted = wanted_by(known);
  const auto let_go = resources_let_go(client.api, known);
  Report report;
  report.text = plan_text(*known.facts().plan, known.classes, names, {}, wanted) +
                let_go_text(let_go) + way_back_text(known);
  report.fields = {{"number", known.number},
                   {"change", known.digest.text()},
                   {"classes", plan_json(*known.facts().plan, known.classes, names, wanted)},
                   {"kept", settled_json(known.classes, wanted)},
                   {"let_go", json_list(let_go)},
                   {"way_back", way_back_json(known)}};
  return report;
}

// --- wait -------------------------------------------------------------------------------------

Result<Report> run_wait(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const std::int64_t seconds, seconds_from(arguments, "--timeout", kWaitDefault));
  const std::string wanted = arguments.text("--for", "done");
  if (wanted != "approved" && !is_final(wanted)) {
    return fail(Errc::usage,
                "--for takes approved, done, rolled-back, failed, rejected, withdrawn, expired or "
                "stale, not '" +
                    wanted + "'");
  }
  TWOSEAL_TRY(const codec::PlainJson page, fetch_page(client.api, arguments.text("CHANGE")));
  TWOSEAL_TRY(const Digest digest, Digest::parse(page.at("digest").text()));
  const auto reached = [&](const codec::PlainJson& now) {
    return now.at("state").text() == wanted ||
           (wanted == "approved" && now.at("approved").boolean());
  };
  TWOSEAL_TRY(const Followed followed,
              follow_change(
                  client.api,
                  digest,
                  [&](const codec::PlainJson& now) {
                    return reached(now) || is_final(now.at("state").text());
                  },
                  seconds,
                  session));
  const std::string state = followed.page.at("state").text();
  Report report;
  report.text = page.at("number").text() + " " + state + "\n" + course_text(followed.page);
  report.fields = {{"number", page.at("number").text()}, {"state", state}};
  const bool denied = state == "rejected" || state == "withdrawn" || state == "expired";
  report.exit = reached(followed.page) ? Exit::done
                : !followed.over       ? Exit::pending
                : denied               ? Exit::denied
                                       : Exit::error;
  return report;
}

constexpr Operand kOperands[] = {{"CHANGE", "CHG-42, or its digest"}};
constexpr Flag kListFlags[] = {{"--state", "STATE", "in-review, approved, rolling, done …"},
                               {"--before", "N", "changes older than CHG-N"},
                               kProfileFlag};
constexpr Flag kPlainFlags[] = {kProfileFlag};
constexpr Flag kDiffFlags[] = {
    {"--blob", "DIGEST", "print the file with this digest that the change names, and nothing else"},
    kProfileFlag};
constexpr Flag kLogsFlags[] = {{"--host", "NAME", "of one host", false, true}, kProfileFlag};
constexpr Flag kWaitFlags[] = {
    {"--for", "STATE", "approved, or a state that ends it; done when left out"},
    {"--timeout", "LENGTH", "how long; 1h when left out"},
    kProfileFlag};
constexpr std::string_view kListExamples[] = {"twoseal change list --state in-review"};
constexpr std::string_view kShowExamples[] = {"twoseal change show CHG-42"};
constexpr std::string_view kDiffExamples[] = {
    "twoseal change diff CHG-42", "twoseal change diff CHG-42 --blob sha256:9de0… -o motd"};
constexpr std::string_view kLogsExamples[] = {"twoseal change logs CHG-42 --host web-07"};
constexpr std::string_view kWaitExamples[] = {
    "twoseal change wait CHG-42 --for approved --timeout 8h"};
}  // namespace

const Verb kChangeList = {
    "change list",
    Group::daily,
    "list changes, newest first",
    "Number, state, author and what comes next, as the server says it.",
    {},
    kListFlags,
    kListExamples,
    kClientExits,
    OutputFile::report,
    run_list,
};

const Verb kChangeShow = {
    "change show",
    Group::daily,
    "show where a change stands",
    "State, phases, hosts and who signed what when, as the server says it. twoseal review shows "
    "the "
    "content, verified.",
    kOperands,
    kPlainFlags,
    kShowExamples,
    kClientExits,
    OutputFile::report,
    run_show,
};

const Verb kChangeDiff = {
    "change diff",
    Group::daily,
    "show what a change does on each class of hosts",
    "The plan that the change names, fetched and verified: every step with the values before and "
    "after.",
    kOperands,
    kDiffFlags,
    kDiffExamples,
    kClientExits,
    OutputFile::report,
    run_diff,
};

const Verb kChangeLogs = {
    "change logs",
    Group::daily,
    "show what hosts did with a change, line by line",
    "The lines that each host sent while it carried the change out or took it back.",
    kOperands,
    kLogsFlags,
    kLogsExamples,
    kClientExits,
    OutputFile::report,
    run_logs,
};

const Verb kChangeWait = {
    "change wait",
    Group::daily,
    "wait until a change is approved or has ended",
    "For scripts. Exit 0 when the state is reached, 5 when it was rejected, withdrawn or expired, "
    "1 "
    "when it ended otherwise, 8 when it is still pending after --timeout.",
    kOperands,
    kWaitFlags,
    kWaitExamples,
    kClientExits,
    OutputFile::report,
    run_wait,
};

}  // namespace twoseal::cli
