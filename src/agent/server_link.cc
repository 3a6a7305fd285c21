#include "agent/server_link.h"

#include "codec/archive.h"
#include "codec/objects.h"
#include "net/content_coding.h"
#include "net/problem_answer.h"

namespace twoseal {
namespace {

constexpr std::chrono::seconds kCallWait{30};
constexpr std::chrono::seconds kFilesWait{120};
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kZip = "application/zip";
constexpr std::string_view kPem = "application/x-pem-file";
constexpr std::string_view kJoinPath = "/v1/join";
constexpr const char* kWorkName = "work.json";
constexpr std::size_t kCertificateMax = 16'384;

std::unexpected<Error> bad_answer(const std::string& path, const std::string& what) {
  return fail(Errc::bad_http, "its answer is not of the form: " + what, path);
}

Result<Files> files_of(BytesView body, const std::string& path) {
  auto files = codec::read_archive(body);
  if (!files) {
    return bad_answer(path, files.error().what);
  }
  return Files(std::make_move_iterator(files->begin()), std::make_move_iterator(files->end()));
}

// What the host holds, so that the server sends what is newer.
std::map<std::string, std::string, std::less<>> held_by(const Contact& contact) {
  const auto version = [](const std::optional<VersionRef>& ref) {
    return std::to_string(ref ? ref->version : 0);
  };
  return {{"roster", version(contact.roster)},
          {"policy", version(contact.policy)},
          {"restrictions", version(contact.restrictions)},
          {"assignment", version(contact.assignment)},
          {"checkpoint", std::to_string(contact.checkpoint.size)}};
}

}  // namespace

Result<Bytes> ServerLink::call(const std::string& method,
                               const std::string& path,
                               Bytes body,
                               std::string_view content_type,
                               std::chrono::seconds wait,
                               const Query& query) {
  HttpRequest request;
  request.query = query;
  request.method = method;
  request.path = path;
  request.body = std::move(body);
  if (!content_type.empty()) {
    request.headers["content-type"] = std::string(content_type);
  }
  if (path != kJoinPath) {  // whoever joins is not known yet: its body is not unpacked
    compress_body(request);
  }
  TWOSEAL_TRY(HttpResponse response, client_.call(request, wait));
  constexpr int kOk = 200;
  constexpr int kNoMore = 300;
  if (response.status < kOk || response.status >= kNoMore) {
    return std::unexpected(read_problem(response.status, response.body));
  }
  return std::move(response.body);
}

Result<Files> ServerLink::get_files(const std::string& path, const Query& query) {
  TWOSEAL_TRY(const Bytes body, call("GET", path, {}, {}, kFilesWait, query));
  return files_of(body, path);
}

Result<ContactAnswer> ServerLink::contact(const Contact& contact) {
  const std::string path = "/v1/contact";
  TWOSEAL_TRY(const Bytes body,
              call("POST",
                   path,
                   codec::encode(contact),
                   kJson,
                   kCallWait + std::chrono::seconds(contact.wait)));
  ContactAnswer answer;
  TWOSEAL_TRY(answer.documents, files_of(body, path));
  const auto work = answer.documents.find(kWorkName);
  if (work == answer.documents.end()) {
    return bad_answer(path, "there is no list of work in it");
  }
  const auto list = codec::decode<WorkList>(work->second);
  if (!list || list->org != contact.org) {
    return bad_answer(path, list ? "another organisation" : list.error().what);
  }
  answer.work = list->work;
  answer.documents.erase(work);
  return answer;
}

Result<Files> ServerLink::change(const Digest& change, const Contact& held) {
  return get_files("/v1/work/changes/" + change.hex(), held_by(held));
}

Result<Files> ServerLink::plan_request(const Digest& request) {
  return get_files("/v1/work/plans/" + request.hex(), {});
}

Result<void> ServerLink::answer_plan(BytesView answer, BytesView record, BytesView plan_class) {
  TWOSEAL_TRY(Bytes body,
              codec::write_archive({{"answer.json", Bytes(answer)},
                                    {"class.json", Bytes(plan_class)},
                                    {"record.json", Bytes(record)}}));
  TWOSEAL_TRY(const Bytes none, call("POST", "/v1/plan-answers", std::move(body), kZip, kCallWait));
  static_cast<void>(none);
  return {};
}

Result<void> ServerLink::refuse_plan(const PlanRefusal& refusal) {
  TWOSEAL_TRY(const Bytes none,
              call("POST", "/v1/plan-refusals", codec::encode(refusal), kJson, kCallWait));
  static_cast<void>(none);
  return {};
}

Result<void> ServerLink::deliver(const Mail& mail) {
  TWOSEAL_TRY(Bytes body,
              codec::write_archive({{"object.json", mail.object}, {"record.json", mail.record}}));
  const char* path = mail.kind == MailKind::result ? "/v1/results" : "/v1/reports";
  TWOSEAL_TRY(const Bytes none, call("POST", path, std::move(body), kZip, kCallWait));
  static_cast<void>(none);
  return {};
}

Result<void> ServerLink::tell(const RunLog& log) {
  TWOSEAL_TRY(const Bytes none, call("POST", "/v1/run-logs", codec::encode(log), kJson, kCallWait));
  static_cast<void>(none);
  return {};
}

Result<JoinStanding> ServerLink::join(const JoinSubmission& submission) {
  const std::string path(kJoinPath);
  TWOSEAL_TRY(const Bytes body, call("POST", path, codec::encode(submission), kJson, kCallWait));
  auto standing = codec::decode<JoinStanding>(body);
  return standing ? Result<JoinStanding>(*std::move(standing))
                  : bad_answer(path, standing.error().what);
}

Result<std::string> ServerLink::renew(const std::string& request_pem) {
  const std::string path = "/v1/certificate";
  TWOSEAL_TRY(Bytes body, call("POST", path, request_pem, kPem, kCallWait));
  return body.size() <= kCertificateMax ? Result<std::string>(std::move(body))
                                        : bad_answer(path, "the certificate is too long");
}

}  // namespace twoseal
