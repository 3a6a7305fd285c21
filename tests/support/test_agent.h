// For tests and benches: a host in memory with its real agent, against a TestServer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "base/check.h"
#include "system/memory/debian_host.h"
#include "tests/support/test_server.h"

namespace twoseal::test {

/// The clock of a host, so many seconds ahead of that of its server.
class HostClock final : public Clock {
 public:
  explicit HostClock(Clock& server) : server_(server) {}

  [[nodiscard]] UnixSeconds now() override { return server_.now() + ahead; }

  UnixSeconds ahead = 0;

 private:
  Clock& server_;
};

class TestAgent {
 public:
  /// The agent of `host`, of the organisation of `server`; both must outlive it.
  TestAgent(TestServer& server, const LiveHost& host, AgentPace pace = {})
      : clock(server.clock),
        system(make_debian_host(host.name, clock)),
        host_(host),
        home_(system->files(), "/var/lib/twoseal/agent"),
        client_(*this, server) {
    system->files().put_directory("/srv/web");
    start(server.organisation.key(host.name), pace);
  }

  /// As if the process had ended and been started again.
  void restart(const TestServer& server, AgentPace pace = {}) {
    agent_.reset();
    start(server.organisation.key(host_.name), pace);
  }

  /// One round; the code of what went wrong, or nothing.
  std::string step() {
    const auto done = agent_->step();
    check(done.has_value(), done ? "" : done.error().what);
    if (!done->refused.empty()) {
      return error_code_text(done->refused.front().code) + " " + done->refused.front().text;
    }
    return done->problem ? error_code_text(done->problem->code) + " " + done->problem->what : "";
  }

  /// The content of a file of the host; `none` when there is none.
  [[nodiscard]] std::string text(const std::string& path) const {
    const auto read = system->files().read(path, 4'096);
    return read ? read->bytes : "none";
  }

  [[nodiscard]] const HostId& id() const { return host_.id; }

  [[nodiscard]] Agent& agent() { return *agent_; }

  HostClock clock;
  std::unique_ptr<MemorySystem> system;
  MemoryProber prober;
  std::vector<std::string> log;
  bool is_cut_off = false;  ///< this host does not reach the server
  /// What happens elsewhere, right before the server gets a request of this host.
  std::function<void(const HttpRequest& request)> before_request;

 private:
  // To the server, for as long as it is there.
  class Line final : public HttpClient {
   public:
    Line(TestAgent& agent, TestServer& server) : agent_(agent), server_(server) {}

    Result<HttpResponse> call(const HttpRequest& request, std::chrono::milliseconds wait) override {
      if (agent_.before_request) {
        agent_.before_request(request);
      }
      if (agent_.is_cut_off || server_.agents == nullptr) {
        return fail(Errc::unreachable, "nobody answers");
      }
      return server_.client(*server_.agents, server_.peer_of(agent_.host_))->call(request, wait);
    }

   private:
    TestAgent& agent_;
    TestServer& server_;
  };

  void start(const PrivateKey& key, AgentPace pace) {
    const Assignment& assignment = host_.assignment;
    auto started =
        Agent::start({*system,
                      prober,
                      home_,
                      client_,
                      {assignment.org, host_.id, {assignment.keys.id, assignment.keys.tls}},
                      HostVoice(host_.id, assignment.org, PrivateKey::from_seed(key.secret())),
                      sha256("token " + host_.name).bytes(),
                      "0.1.0",
                      pace,
                      [this](const std::string& line) { log.push_back(line); }});
    check(started.has_value(), started ? "" : started.error().what);
    agent_ = *std::move(started);
  }

  const LiveHost& host_;
  AgentHome home_;
  Line client_;
  std::unique_ptr<Agent> agent_;
};

/// Asks the hosts of `draft`'s state, as Eve, for their plans. Gives the digest of the request.
inline Digest ask_for_plans(TestServer& server,
                            const LiveChange& draft,
                            std::vector<HostId> hosts) {
  PlanRequest request;
  request.org = server.organisation.org;
  request.scope = *draft.change.scope;
  request.state = sha256(draft.objects[1]);
  request.not_after = server.clock.now() + 3'600;
  request.nonce = sha256("request " + draft.change.title).bytes().substr(0, 16);
  request.hosts = std::move(hosts);
  std::sort(request.hosts.begin(), request.hosts.end());
  LiveSigned asked = server.organisation.sign_object(
      "eve", Act::plan, ObjType::plan_request, codec::encode(request), server.clock.now());
  asked.objects.push_back(draft.objects[1]);
  const HttpResponse sent =
      server.call("POST", "/v1/plan-requests", server.log_in("eve"), submission_body(asked));
  check(sent.status == 202, sent.body);
  return sha256(asked.objects[0]);
}

/// `draft` with the plan that the answers to `request` make.
inline LiveChange with_plans(TestServer& server, LiveChange draft, const Digest& request) {
  const HttpResponse answers =
      server.call("GET", "/v1/plan-requests/" + request.hex() + "/answers", server.log_in("eve"));
  check(answers.status == 200, answers.body);
  std::map<Digest, std::vector<PlannedHost>> classes;
  const auto files = codec::read_archive(answers.body).value();
  for (const auto& [path, bytes] : files) {
    check(!path.starts_with("refusals/"), bytes);
    if (path.starts_with("answers/")) {
      const auto answer = codec::decode<PlanAnswer>(bytes).value();
      classes[answer.class_digest].push_back({answer.base, answer.host, answer.token});
      check(files.contains("classes/" + answer.class_digest.hex() + ".json") &&
                files.contains("records/" + path.substr(std::string_view("answers/").size())),
            "an answer has its class and its record");
    }
  }
  Plan plan;
  plan.org = server.organisation.org;
  plan.state = sha256(draft.objects[1]);
  for (auto& [digest, list] : classes) {
    plan.classes.push_back({digest, list});
  }
  draft.objects[2] = codec::encode(plan);
  draft.change.plan = sha256(draft.objects[2]);
  return server.organisation.finish(draft);
}

}  // namespace twoseal::test
