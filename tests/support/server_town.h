// For tests of the server: an organisation with its server, its hosts, and one that is new.
#pragma once

#include <string>

#include "crypto/armor.h"
#include "model/contact.h"
#include "model/join_request.h"
#include "tests/support/test_server.h"

namespace twoseal::test {

inline constexpr ArmorKind kRequestArmor{"CERTIFICATE REQUEST", 64};

inline std::string code_of(const HttpResponse& response) {
  const std::string type = json_field(response.body, "type");
  const ErrorInfo* info = find_error(type);
  return std::to_string(response.status) + (info != nullptr ? " " + std::string(info->name) : "");
}

struct Town : TestServer {
  Town() : TestServer(LiveOrganisation(2, 1)) {}

  // One call of the agents' port by `peer`.
  HttpResponse agent_call(const Peer& peer,
                          const std::string& method,
                          const std::string& path,
                          Bytes body = "") {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.body = std::move(body);
    return client(*agents, peer)->call(request, std::chrono::minutes(5)).value();
  }

  HttpResponse agent_call(const std::string& host,
                          const std::string& method,
                          const std::string& path,
                          Bytes body = "") {
    return agent_call(peer_of(organisation.host(host)), method, path, std::move(body));
  }

  LiveChange authored(const std::string& name, const std::string& who = "leo") {
    LiveChange change = organisation.make_change(name);
    change.change.author = ActorId::parse(who == "ci" ? "s:ci" : "p:" + who).value();
    if (who == "ci") {
      change.change.contributors = {{"p:lea"}};
    }
    change = organisation.finish(change);
    LiveSigned one =
        organisation.sign(who, Act::author, ObjType::change, change.digest, clock.now());
    one.objects = change.objects;
    check(parts->desk.submit(one.record, one.objects).has_value(), "it is recorded");
    settle();
    return change;
  }

  // A mail of a host: object and record in their archive.
  Bytes mail(const std::string& who, ObjType type, const Bytes& object) const {
    const LiveSigned word = organisation.sign(who, Act::sign, type, sha256(object), clock_time());
    return codec::write_archive({{"object.json", object}, {"record.json", word.record}}).value();
  }

  [[nodiscard]] UnixSeconds clock_time() const { return parts->clock.now(); }
};

// A host that nobody knows yet, with real keys.
struct Newcomer {
  PrivateKey identity;
  PrivateKey tls = PrivateKey::generate_p256();

  explicit Newcomer(const std::string& name)
      : identity(PrivateKey::from_seed(sha256("newcomer " + name).view())) {}

  JoinRequest request(const Digest& org, const std::string& token) const {
    JoinRequest made;
    made.age = Bytes(32, 'a');
    made.at = kLiveStart;
    made.csr = take_armor(kRequestArmor, make_certificate_request(tls, "newcomer")).value();
    made.id = identity.public_key().encoded();
    made.name = "newcomer";
    made.nonce = Bytes(16, 'n');
    made.org = org;
    made.tls = sha256(tls.public_key().spki());
    made.token = Name::parse(token).value();
    return made;
  }

  static Bytes submission(const JoinRequest& request) {
    return codec::encode(JoinSubmission{.mac = Bytes(32, 'm'), .request = codec::encode(request)});
  }
};

inline Bytes token_body(const std::string& id, UnixSeconds expires) {
  return "{\"expires\":" + std::to_string(expires) + ",\"id\":\"" + id + "\"}";
}

inline const Peer kStranger{"192.0.2.99", {}};

}  // namespace twoseal::test
