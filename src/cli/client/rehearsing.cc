#include "cli/client/rehearsing.h"

#include "codec/archive.h"
#include "workflow/recording.h"

namespace twoseal::cli {
namespace {

std::unexpected<Error> lacks(std::string what) {
  return fail(Errc::not_rehearsed, std::move(what));
}

Result<void> add_record(ServerApi& api,
                        const std::string& statement,
                        const std::string& name,
                        codec::ArchiveFiles& files) {
  TWOSEAL_TRY(const Digest digest, Digest::parse(statement));
  const std::string path = name + ".record.json";
  TWOSEAL_TRY(files[path], api.get_bytes("/v1/statements/" + digest.hex()));
  TWOSEAL_TRY(const SignedStatement source, parse_record(files[path], path));
  TWOSEAL_TRY(files[name + ".json"], fetch_object(api, source.statement.obj));
  return {};
}

// The last of `list` that stands.
Result<std::string> last_statement(const codec::PlainJson& list, const std::string& what) {
  for (std::size_t i = list.list().size(); i > 0; --i) {
    const codec::PlainJson& one = list.list()[i - 1];
    if (!one.at("withdrawn").boolean()) {
      return one.at("statement").text();
    }
  }
  return lacks("nobody has " + what);
}

Result<void> add_results(Client& client, const KnownChange& known, codec::ArchiveFiles& files) {
  TWOSEAL_TRY(const codec::PlainJson page,
              client.api.get("/v1/changes/" + known.digest.hex() + "/results"));
  std::map<std::string, std::string> newest;  // statements by outcome
  std::string last = "nothing";
  for (const codec::PlainJson& one : page.at("results").list()) {
    last = one.at("outcome").text();
    newest[last] = one.at("statement").text();
  }
  if (last != "rolled-back" || !newest.contains("ok")) {
    return lacks(known.number + " has not been carried out and taken back: its " +
                 "host's last word is " + last);
  }
  TWOSEAL_TRY_VOID(add_record(client.api, newest["ok"], "applied", files));
  return add_record(client.api, newest["rolled-back"], "taken-back", files);
}

}  // namespace

Result<Bytes> pack_rehearsal(Client& client, const KnownChange& known, const GatheredPlan& after) {
  const auto& hosts = known.change().targets.hosts;
  if (!hosts || hosts->size() != 1 || !after.answers.contains(hosts->front().id)) {
    return lacks(known.number + " is no rehearsal on one host");
  }
  codec::ArchiveFiles files;
  files["change.json"] = known.files.at("change.json");
  TWOSEAL_TRY(files["plan.json"], fetch_object(client.api, *known.change().plan));
  TWOSEAL_TRY_VOID(add_results(client, known, files));
  TWOSEAL_TRY(const std::string released, last_statement(known.page.at("releases"), "released it"));
  TWOSEAL_TRY_VOID(add_record(client.api, released, "release", files));
  TWOSEAL_TRY(const std::string asked,
              last_statement(known.page.at("rollbacks"), "asked for its way back"));
  TWOSEAL_TRY_VOID(add_record(client.api, asked, "rollback", files));
  const SignedAnswer& answer = after.answers.at(hosts->front().id);
  files["plan-request.json"] = after.request;
  files["plan-answer.json"] = answer.bytes;
  files["plan-answer.record.json"] = answer.record;
  return codec::write_archive(files);
}

}  // namespace twoseal::cli
