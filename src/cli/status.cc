// twoseal status
#include "cli/client/client.h"
#include "cli/columns.h"
#include "cli/time_text.h"
#include "cli/verb_list.h"

namespace twoseal::cli {
namespace {

Result<Report> run(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments));
  TWOSEAL_TRY(const codec::PlainJson page, client.api.get("/v1/status"));
  Columns queue;
  Json::Array turns;
  for (const codec::PlainJson& row : page.at("your_turn").list()) {
    const std::string& what = row.at("next").at("what").text();
    queue.add({"  " + row.at("number").text(), what, row.at("title").text()});
    turns.emplace_back(Json::Object{
        {"number", row.at("number").text()}, {"next", what}, {"title", row.at("title").text()}});
  }
  const std::int64_t hosts = page.at("hosts").integer();
  const std::int64_t reporting = page.at("hosts_reporting").integer();
  const std::int64_t looking_on = page.at("hosts_looking_on").integer();
  Report report;
  report.text = client.profile.by.text() + " at " + client.profile.server + "\n";
  report.text += turns.empty() ? "nothing waits for you\n" : "waits for you\n" + queue.text();
  const std::int64_t waiting = page.at("documents_waiting").integer();
  if (waiting > 0) {
    report.text +=
        "documents that wait  " + std::to_string(waiting) + " to be signed by somebody\n";
  }
  report.text += "changes under way  " + std::to_string(page.at("changes_moving").integer()) +
                 "\nhosts reporting    " + std::to_string(reporting) + " of " +
                 std::to_string(hosts) +
                 (looking_on > 0 ? "; taking no change: " + std::to_string(looking_on) : "") +
                 "\nlog                " + std::to_string(client.trust.seen().size) +
                 " entries, verified; fresh at " + utc_text(page.at("fresh_at").integer()) + "\n";
  report.fields = {{"by", client.profile.by.text()},
                   {"your_turn", std::move(turns)},
                   {"documents_waiting", waiting},
                   {"changes_moving", page.at("changes_moving").integer()},
                   {"hosts", hosts},
                   {"hosts_reporting", reporting},
                   {"hosts_looking_on", looking_on},
                   {"log_size", client.trust.seen().size}};
  if (!page.at("your_turn").list().empty()) {
    session.talk("next  twoseal review " + page.at("your_turn").list().front().at("number").text());
  } else if (waiting > 0) {
    session.talk("next  twoseal document list shows what waits for signatures");
  } else if (reporting < hosts || looking_on > 0) {
    session.talk("next  twoseal host list shows which hosts are silent or take no change");
  }
  return report;
}

constexpr Flag kFlags[] = {kProfileFlag};
constexpr std::string_view kExamples[] = {"twoseal status"};

}  // namespace

const Verb kStatus = {
    "status",
    Group::daily,
    "show what waits for you, and the hosts in a few numbers",
    "Verifies the documents and the log, and says what the server knows besides.",
    {},
    kFlags,
    kExamples,
    kClientExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
