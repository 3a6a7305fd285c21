// For tests and benches: a server over the organisation of live_organisation.h, called in this
// process or through sockets.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/check.h"
#include "base/encoding.h"
#include "base/json.h"
#include "codec/archive.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"
#include "model/session.h"
#include "net/memory_client.h"
#include "server/front.h"
#include "storage/memory/memory_registry.h"
#include "storage/memory/memory_store.h"
#include "tests/support/live_server.h"
#include "workflow/log.h"
#include "workflow/recording.h"

namespace twoseal::test {

/// Records roster, policy, restrictions and batches in an empty store, as `server init` does.
inline Result<void> begin_store(Store& store, const LiveOrganisation& organisation, Clock& clock) {
  TWOSEAL_TRY(LogKey key,
              log_key(PrivateKey::from_seed(organisation.key("log").secret()),
                      organisation.roster.log.origin));
  TWOSEAL_TRY(const auto writer, LedgerWriter::open(store, clock, std::move(key), {}));
  TWOSEAL_TRY_VOID(writer->sign_checkpoint());
  for (const LiveSigned& one : organisation.genesis()) {
    TWOSEAL_TRY(const SignedStatement source, parse_record(one.record, ""));
    Objects objects;
    for (const Bytes& bytes : one.objects) {
      TWOSEAL_TRY(ObjectFile object, parse_object(bytes, ""));
      const Digest digest = object.digest;
      objects.emplace(digest, std::move(object));
    }
    TWOSEAL_TRY(const EntryDraft draft,
                RecordingDesk(store, std::move(objects), clock.now()).draft(source));
    TWOSEAL_TRY([[maybe_unused]] const Appended appended, writer->append(draft));
  }
  return writer->sign_checkpoint();
}

/// The text field `name` of a JSON object, or a number as text; empty when it is not there.
inline std::string json_field(BytesView body, const std::string& name) {
  const std::string key = "\"" + name + "\":";
  const std::size_t at = body.find(key);
  if (at == BytesView::npos) {
    return {};
  }
  const std::size_t begin = at + key.size();
  if (body[begin] == '"') {
    return std::string(body.substr(begin + 1, body.find('"', begin + 1) - begin - 1));
  }
  return std::string(body.substr(begin, body.find_first_of(",}]\n", begin) - begin));
}

/// The body of a submission.
inline Bytes submission_body(const LiveSigned& one) {
  std::string objects;
  for (const Bytes& bytes : one.objects) {
    objects += (objects.empty() ? "\"" : ",\"") + base64_encode(bytes) + "\"";
  }
  return "{\"objects\":[" + objects + "],\"record\":\"" + base64_encode(one.record) + "\"}";
}

class TestServer {
 public:
  explicit TestServer(LiveOrganisation with,
                      ServerStore stores = {make_memory_store(), make_memory_registry()},
                      std::chrono::milliseconds checkpoint_after = std::chrono::milliseconds(1))
      : organisation(std::move(with)), clock(kLiveStart), log(make_silent_log()) {
    const auto head = stores.store->head();
    if (head && head->size == 0) {
      must(begin_store(*stores.store, organisation, clock));
    }
    start(std::move(stores), checkpoint_after);
  }

  /// Opens a server over a store that has begun. Sessions are kept in it.
  void start(ServerStore stores,
             std::chrono::milliseconds checkpoint_after = std::chrono::milliseconds(1)) {
    auto opened = server::ServerParts::open(
        std::move(stores), secrets(), settings(checkpoint_after), clock, *log);
    must(opened);
    parts = *std::move(opened);
    parts->origins = {"https://localhost:8720"};
    people = std::make_unique<server::Front>(*parts, server::Port::people);
    agents = std::make_unique<server::Front>(*parts, server::Port::agents);
    local = std::make_unique<server::Front>(*parts, server::Port::local);
  }

  /// Nobody answers until start().
  void stop() {
    people.reset();
    agents.reset();
    local.reset();
    parts.reset();
  }

  [[nodiscard]] server::ServerSecrets secrets() const {
    PrivateKey authority =
        PrivateKey::from_p256_scalar(sha256("live key authority").view()).value();
    std::string certificate =
        make_authority_certificate(authority, "example.org hosts", valid_for(3650, kLiveStart));
    return {PrivateKey::from_seed(organisation.key("log").secret()),
            PrivateKey::from_seed(organisation.key("timekeeper").secret()),
            std::move(authority),
            std::move(certificate)};
  }

  [[nodiscard]] server::ServerSettings settings(std::chrono::milliseconds checkpoint_after) const {
    return {.org = organisation.org, .names = {"localhost"}, .checkpoint_after = checkpoint_after};
  }

  /// A port as the client of memory_client.h calls it. What is parked has waited long enough as
  /// soon as a checkpoint covers the log, unless `pass` says otherwise.
  [[nodiscard]] std::unique_ptr<HttpClient> client(
      HttpHandler handler, Peer peer, std::function<void(std::chrono::milliseconds)> pass = {}) {
    if (!pass) {
      pass = [this](std::chrono::milliseconds) { settle(); };
    }
    return make_memory_client(
        std::move(handler), std::move(peer), {std::move(pass), &parts->channels});
  }

  [[nodiscard]] std::unique_ptr<HttpClient> client(
      const server::Front& front,
      Peer peer,
      std::function<void(std::chrono::milliseconds)> pass = {}) {
    return client([&front](const HttpRequest& request) { return front.handle(request); },
                  std::move(peer),
                  std::move(pass));
  }

  /// The end of a TLS connection of `host`.
  [[nodiscard]] Peer peer_of(const LiveHost& host) const {
    return {"192.0.2.7",
            PeerCertificate{host.id.text(), host.assignment.keys.tls, "0a", clock_now() + 86'400}};
  }

  /// Waits until a checkpoint covers the log, and lets new documents come into force.
  void settle() {
    parts->wait_for_checkpoint(parts->store->head()->size, std::chrono::seconds(10));
    must(parts->renew_fresh());
  }

  /// Calls the port of people in this process.
  HttpResponse call(const std::string& method,
                    const std::string& path,
                    const std::string& token = "",
                    Bytes body = "",
                    std::map<std::string, std::string, std::less<>> query = {}) {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.query = std::move(query);
    request.body = std::move(body);
    request.headers["host"] = "localhost:8720";
    if (!token.empty()) {
      request.headers["authorization"] = "Bearer " + token;
    }
    if (method == "POST") {
      request.headers["idempotency-key"] = "key-" + std::string(16, '0') + std::to_string(++calls_);
    }
    auto response = client(*people, {"192.0.2.1", {}})->call(request, std::chrono::minutes(5));
    must(response);
    return *std::move(response);
  }

  /// Signs in and gives the token; empty when it was refused.
  std::string log_in(const std::string& who) {
    const std::string by = who == "ci" ? "s:ci" : "p:" + who.substr(0, who.find('-'));
    const HttpResponse asked = call("POST", "/v1/login", "", "{\"by\":\"" + by + "\"}");
    const Bytes session = base64_decode(json_field(asked.body, "session")).value();
    const LiveSigned login =
        organisation.sign(who, Act::login, ObjType::session, sha256(session), clock.now());
    const HttpResponse answered =
        call("POST", "/v1/login", "", "{\"record\":\"" + base64_encode(login.record) + "\"}");
    return json_field(answered.body, "token");
  }

  /// Hands in a statement, signed in as `who`, and waits for its checkpoint.
  HttpResponse submit(const LiveSigned& one, const std::string& who = "amara") {
    std::string& token = tokens_[who];
    token = token.empty() ? log_in(who) : token;
    HttpResponse response = call("POST", "/v1/statements", token, submission_body(one));
    settle();
    return response;
  }

  LiveOrganisation organisation;
  ManualClock clock;
  std::unique_ptr<Log> log;
  std::unique_ptr<server::ServerParts> parts;
  std::unique_ptr<server::Front> people;
  std::unique_ptr<server::Front> agents;
  std::unique_ptr<server::Front> local;

 private:
  template <class T>
  static void must(const Result<T>& result) {
    check(result.has_value(),
          result ? "" : error_code_text(result.error().code) + " " + result.error().what);
  }

  // Peers are made before clocks are moved, so that no certificate expires by surprise.
  [[nodiscard]] static UnixSeconds clock_now() { return kLiveStart + 20 * limits::kDay; }

  int calls_ = 0;
  std::map<std::string, std::string> tokens_;
};

}  // namespace twoseal::test
