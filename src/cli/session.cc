// twoseal session list, session end
#include "cli/client/client.h"
#include "cli/columns.h"
#include "cli/time_text.h"
#include "cli/verb_list.h"

namespace twoseal::cli {
namespace {

// What the server can be asked without any of its documents.
Result<ServerApi> open_api(const Arguments& arguments) {
  TWOSEAL_TRY(const std::string name, profile_name(arguments));
  TWOSEAL_TRY(const ClientProfile profile, read_profile(name));
  return ServerApi::open(profile);
}

Result<Report> run_list(const Arguments& arguments, const Session& /*session*/) {
  TWOSEAL_TRY(ServerApi api, open_api(arguments));
  TWOSEAL_TRY(const codec::PlainJson me, api.get("/v1/me"));
  TWOSEAL_TRY(const codec::PlainJson page, api.get("/v1/sessions"));
  const std::string own = me.at("session").at("id").text();
  Columns columns;
  columns.add({"session", "opened", "last used", "until", "key", ""});
  Json::Array rows;
  for (const codec::PlainJson& one : page.at("sessions").list()) {
    const std::string id = one.at("id").text();
    columns.add({id,
                 utc_text(one.at("opened_at").integer()),
                 utc_text(one.at("last_used").integer()),
                 utc_text(one.at("expires").integer()),
                 one.at("key").text(),
                 id == own ? "this one" : ""});
    rows.emplace_back(Json::Object{{"id", id},
                                   {"opened_at", one.at("opened_at").integer()},
                                   {"last_used", one.at("last_used").integer()},
                                   {"expires", one.at("expires").integer()},
                                   {"key", one.at("key").text()},
                                   {"this_one", id == own}});
  }
  Report report;
  report.text = columns.text();
  report.fields = {{"by", me.at("by").text()}, {"sessions", std::move(rows)}};
  return report;
}

Result<Report> run_end(const Arguments& arguments, const Session& /*session*/) {
  const std::string id = arguments.text("ID");
  if (!is_id_text(id)) {
    return fail(Errc::usage, "'" + id + "' is no session: twoseal session list shows yours");
  }
  TWOSEAL_TRY(ServerApi api, open_api(arguments));
  TWOSEAL_TRY_VOID(api.remove("/v1/sessions/" + id));
  Report report;
  report.text = "ended session " + id + "\n";
  report.fields = {{"id", id}};
  return report;
}

constexpr Operand kOperands[] = {{"ID", "as session list shows it"}};
constexpr Flag kFlags[] = {kProfileFlag};
constexpr std::string_view kListExamples[] = {"twoseal session list"};
constexpr std::string_view kEndExamples[] = {
    "twoseal session end 9f2c41d07ab35e6688c1d2f40e5b7a93"};

}  // namespace

const Verb kSessionList = {
    "session list",
    Group::daily,
    "list your open sessions",
    "Each log-in opens one, with the key that signed it; it ends after twelve hours, or when it "
    "was "
    "not used for an hour. One that you do not know is ended with session end, and its key looked "
    "after.",
    {},
    kFlags,
    kListExamples,
    kClientExits,
    OutputFile::report,
    run_list,
};

const Verb kSessionEnd = {
    "session end",
    Group::daily,
    "end one of your sessions at once",
    "Whoever holds its token is asked to log in again. twoseal logout ends the one that is used "
    "here.",
    kOperands,
    kFlags,
    kEndExamples,
    kClientExits,
    OutputFile::report,
    run_end,
};

}  // namespace twoseal::cli
