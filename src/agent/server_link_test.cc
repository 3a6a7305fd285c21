#include "agent/server_link.h"

#include <doctest/doctest.h>

#include "codec/archive.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "net/content_coding.h"
#include "net/memory_client.h"
#include "net/problem.h"
#include "tests/support/test_hosts.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

const Digest kOrg = sha256("org");
const Digest kChange = sha256("change");

// A server that keeps the last request and answers as it is told.
class Desk {
 public:
  void answer_files(const codec::ArchiveFiles& files) {
    answer = HttpResponse{.body = codec::write_archive(files).value()};
  }

  static Contact contact() {
    Contact contact;
    contact.agent = "0.1.0";
    contact.boot = "boot";
    contact.checkpoint = {sha256("root"), 12};
    contact.org = kOrg;
    contact.roster = VersionRef{sha256("roster"), 3};
    contact.policy = VersionRef{sha256("policy"), 2};
    contact.wait = 50;
    return contact;
  }

  /// Every call, so that what holds for all can be said once.
  std::vector<std::pair<std::string, Errc>> all_calls() {
    const Mail result{MailKind::result, "{}", "{}"};
    const Mail report{MailKind::report, "{}", "{}"};
    return {{"contact", code_of(link.contact(contact()))},
            {"change", code_of(link.change(kChange, contact()))},
            {"plan_request", code_of(link.plan_request(kChange))},
            {"answer_plan", code_of(link.answer_plan("{}", "{}", "{}"))},
            {"refuse_plan", code_of(link.refuse_plan({"TS-6002", kOrg, kChange, "no"}))},
            {"result", code_of(link.deliver(result))},
            {"report", code_of(link.deliver(report))},
            {"tell", code_of(link.tell({kChange, {{1, "line"}}, kOrg}))},
            {"join", code_of(link.join({Bytes(32, 'm'), "{}"}))},
            {"renew", code_of(link.renew("PEM"))}};
  }

  HttpRequest asked;
  HttpResponse answer;
  std::unique_ptr<HttpClient> client = make_memory_client(
      [this](const HttpRequest& request) {
        asked = request;
        return answer;
      },
      {});
  ServerLink link{*client};
};

Bytes work_of(const Digest& org, std::vector<Work> work = {}) {
  return codec::encode(WorkList{org, std::move(work)});
}

}  // namespace

TEST_CASE("a contact brings documents and what to look at") {
  Desk desk;
  desk.answer_files(
      {{"roster/4.json", "{}"}, {"work.json", work_of(kOrg, {{kChange, WorkKind::rollback}})}});
  const auto answer = desk.link.contact(Desk::contact());
  REQUIRE(answer.has_value());
  CHECK(answer->documents == Files{{"roster/4.json", "{}"}});
  CHECK(answer->work == std::vector<Work>{{kChange, WorkKind::rollback}});
  CHECK(desk.asked.method == "POST");
  CHECK(desk.asked.path == "/v1/contact");
  CHECK(desk.asked.headers["content-type"] == "application/json");
  CHECK(codec::decode<Contact>(desk.asked.body).value().wait == 50);
}

TEST_CASE("a contact without a list of work, or with one of others, is not of the form") {
  Desk desk;
  for (const codec::ArchiveFiles& files :
       {codec::ArchiveFiles{{"roster/4.json", "{}"}},
        codec::ArchiveFiles{{"work.json", work_of(sha256("another"))}},
        codec::ArchiveFiles{{"work.json", "{}"}},
        codec::ArchiveFiles{{"work.json", ""}}}) {
    desk.answer_files(files);
    CHECK(code_of(desk.link.contact(Desk::contact())) == Errc::bad_http);
  }
}

TEST_CASE("an archive that was cut or damaged anywhere is not of the form") {
  Desk desk;
  desk.answer_files({{"work.json", work_of(kOrg)}});
  const Bytes whole = desk.answer.body;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    CAPTURE(at);
    desk.answer.body = whole.substr(0, at);
    CHECK(code_of(desk.link.contact(Desk::contact())) == Errc::bad_http);
    desk.answer.body = whole;
    desk.answer.body[at] = static_cast<char>(octet(whole, at) ^ 1U);
    CHECK(code_of(desk.link.contact(Desk::contact())) == Errc::bad_http);
  }
}

TEST_CASE("a change is asked for with what the host holds, so that only what is newer comes") {
  Desk desk;
  desk.answer_files({{"change.json", "{}"}});
  CHECK(desk.link.change(kChange, Desk::contact()).value().at("change.json") == "{}");
  CHECK(desk.asked.method == "GET");
  CHECK(desk.asked.path == "/v1/work/changes/" + kChange.hex());
  CHECK(desk.asked.query.at("roster") == "3");
  CHECK(desk.asked.query.at("policy") == "2");
  CHECK(desk.asked.query.at("restrictions") == "0");
  CHECK(desk.asked.query.at("assignment") == "0");
  CHECK(desk.asked.query.at("checkpoint") == "12");
  CHECK(desk.link.plan_request(kChange).has_value());
  CHECK(desk.asked.path == "/v1/work/plans/" + kChange.hex());
  CHECK(desk.asked.query.empty());
  desk.answer.body = "no archive";
  CHECK(code_of(desk.link.change(kChange, Desk::contact())) == Errc::bad_http);
  CHECK(code_of(desk.link.plan_request(kChange)) == Errc::bad_http);
}

TEST_CASE("what the host says goes out with its record, to the place of its kind") {
  Desk desk;
  const auto sent = [&] { return codec::read_archive(desk.asked.body).value(); };
  REQUIRE(desk.link.deliver({MailKind::result, "the result", "its record"}).has_value());
  CHECK(desk.asked.path == "/v1/results");
  CHECK(desk.asked.headers["content-type"] == "application/zip");
  CHECK(sent().at("object.json") == "the result");
  CHECK(sent().at("record.json") == "its record");
  REQUIRE(desk.link.deliver({MailKind::report, "the report", "its record"}).has_value());
  CHECK(desk.asked.path == "/v1/reports");
  REQUIRE(desk.link.answer_plan("the answer", "its record", "the class").has_value());
  CHECK(desk.asked.path == "/v1/plan-answers");
  CHECK(sent().at("answer.json") == "the answer");
  CHECK(sent().at("class.json") == "the class");
  REQUIRE(desk.link.refuse_plan({"TS-6002", kOrg, kChange, "no"}).has_value());
  CHECK(desk.asked.path == "/v1/plan-refusals");
  CHECK(codec::decode<PlanRefusal>(desk.asked.body).value().what == "no");
  REQUIRE(desk.link.tell({kChange, {{1, "line"}}, kOrg}).has_value());
  CHECK(desk.asked.path == "/v1/run-logs");
  CHECK(codec::decode<RunLog>(desk.asked.body).value().lines.size() == 1);
}

TEST_CASE("what is long goes out compressed, and is the same inside") {
  Desk desk;
  const Bytes report = "the report " + Bytes(10'000, 'r');
  REQUIRE(desk.link.deliver({MailKind::report, report, "its record"}).has_value());
  CHECK(desk.asked.headers["content-encoding"] == "zstd");
  CHECK(desk.asked.body.size() < 1'000);
  REQUIRE(restore_body(desk.asked, 20'000).has_value());
  CHECK(codec::read_archive(desk.asked.body).value().at("object.json") == report);
}

TEST_CASE("a host that joins asks until it has a certificate, and renews it later") {
  Desk desk;
  desk.answer.body = codec::encode(JoinStanding{std::nullopt, kOrg});
  CHECK_FALSE(desk.link.join({Bytes(32, 'm'), "{}"}).value().certificate.has_value());
  desk.answer.body = codec::encode(JoinStanding{"PEM", kOrg});
  CHECK(desk.link.join({Bytes(32, 'm'), "{}"}).value().certificate == "PEM");
  CHECK(desk.asked.path == "/v1/join");
  desk.answer.body = "{}";
  CHECK(code_of(desk.link.join({Bytes(32, 'm'), "{}"})) == Errc::bad_http);
  desk.answer.body = "a certificate";
  CHECK(desk.link.renew("a request").value() == "a certificate");
  CHECK(desk.asked.path == "/v1/certificate");
  CHECK(desk.asked.body == "a request");
  desk.answer.body = Bytes(16'384, 'c');
  CHECK(desk.link.renew("a request").has_value());
  desk.answer.body = Bytes(16'385, 'c');
  CHECK(code_of(desk.link.renew("a request")) == Errc::bad_http);
}

TEST_CASE("an error of the server has its own code where this program knows it") {
  Desk desk;
  desk.answer = problem_response(404, Error{Errc::not_found, "no such change"});
  for (const auto& [call, code] : desk.all_calls()) {
    CAPTURE(call);
    CHECK(code == Errc::not_found);
  }
  const auto refused = desk.link.plan_request(kChange);
  CHECK(refused.error().what == "no such change");
}

TEST_CASE("an error without a code that is known is the server's, with its status") {
  Desk desk;
  for (const int status : {199, 300, 302, 404, 500, 503}) {
    CAPTURE(status);
    desk.answer = HttpResponse{.status = status, .body = "<html>sorry</html>"};
    for (const auto& [call, code] : desk.all_calls()) {
      CAPTURE(call);
      CHECK(code == Errc::server_refused);
    }
  }
  desk.answer.body = R"({"detail":"later","type":"TS-9999"})";
  const auto refused = desk.link.plan_request(kChange);
  CHECK(refused.error().code == Errc::server_refused);
  CHECK(refused.error().what == "later");
}

TEST_CASE("when nobody answers, every call says so") {
  Desk desk;
  desk.client->cancel();
  for (const auto& [call, code] : desk.all_calls()) {
    CAPTURE(call);
    CHECK(code == Errc::cancelled);
  }
}
