#include "tests/hostile/siege.h"

#include "base/check.h"
#include "tests/support/test_agent.h"

namespace twoseal::hostile {

Siege::Siege(LiveOrganisation with) : server(std::move(with)), host_clock(server.clock.now()) {
  for (const LiveHost& host : server.organisation.hosts) {
    const HostIdentity identity{
        host.assignment.org, host.id, {host.assignment.keys.id, host.assignment.keys.tls}};
    hosts_.push_back(
        std::make_unique<Victim>(host_clock,
                                 HostSeed{host.name, identity, &server.organisation.key(host.name)},
                                 server.client(*server.agents, server.peer_of(host))));
    hosts_.back()->start();
    const std::string code = hosts_.back()->run();
    check(code.empty(), "the first contact is good: " + code);
  }
}

void Siege::pass(std::int64_t seconds) {
  server.clock.advance(seconds);
  host_clock.advance(seconds);
  check(server.parts->tick().has_value(), "the server looks after itself");
  server.settle();
}

LiveChange Siege::draft_of(const std::string& kind,
                           const std::string& key,
                           std::map<std::string, WantValue> want) {
  LiveChange draft = organisation().make_change("one");
  State state = codec::decode<State>(draft.objects[1]).value();
  Resource& resource = state.resources[0];
  resource.kind = Name::parse(kind).value();
  resource.key = key;
  resource.want = std::move(want);
  draft.objects[1] = codec::encode(state);
  draft.change.apply = sha256(draft.objects[1]);
  return draft;
}

LiveChange Siege::planned(const LiveChange& draft) {
  const Digest request = test::ask_for_plans(
      server, draft, {victim().seed().identity.host, second().seed().identity.host});
  for (Victim* one : {&victim(), &second()}) {
    const std::string code = one->run();
    check(code.empty(), "a host answers with its plan: " + code);
  }
  return test::with_plans(server, draft, request);
}

void Siege::record(const LiveSigned& one, const std::string& who) {
  const HttpResponse taken = server.submit(one, who);
  check(taken.status == 200, taken.body);
}

void Siege::author(const LiveChange& change) {
  record(organisation().author(change, server.clock.now()), "leo");
}

void Siege::approve(const LiveChange& change) {
  for (const char* who : {"amara", "bo"}) {
    record(
        organisation().sign(who, Act::approve, ObjType::change, change.digest, server.clock.now()),
        who);
  }
}

void Siege::release(const LiveChange& change,
                    const std::string& phase,
                    std::optional<std::int64_t> after) {
  record(make_live_release(organisation(),
                           *server.parts->view.change(change.digest),
                           server.clock.now(),
                           "eve",
                           phase,
                           after),
         "eve");
}

std::int64_t Siege::roll_back(const LiveChange& change) {
  Rollback rollback;
  rollback.change = change.digest;
  rollback.nonce = sha256("rollback " + std::to_string(server.clock.now())).bytes().substr(0, 16);
  rollback.org = organisation().org;
  const LiveSigned asked = organisation().sign_object(
      "eve", Act::rollback, ObjType::rollback, codec::encode(rollback), server.clock.now());
  const HttpResponse taken = server.submit(asked, "eve");
  check(taken.status == 200, taken.body);
  return std::stoll(test::json_field(taken.body, "index"));
}

LiveChange Siege::approved(const LiveChange& draft) {
  LiveChange change = planned(draft);
  author(change);
  approve(change);
  return change;
}

LiveChange Siege::released(const LiveChange& draft) {
  LiveChange change = approved(draft);
  release(change);
  return change;
}

LiveChange Siege::released(const std::string& name, const std::string& scope) {
  return released(organisation().make_change(name, scope));
}

LiveChange Siege::applied(const std::string& name, const std::string& scope) {
  LiveChange change = released(name, scope);
  const std::string code = victim().run();
  check(code == "ok", "the canary applies it: " + code);
  return change;
}

Files Siege::files_for(const Victim& who, const LiveChange& change) {
  server.settle();
  return server.parts->files.files_for(who.seed().identity.host, change.digest, {}).value().all();
}

Twist offer_change(const LiveChange& change, WorkKind kind) {
  return offer({change.digest, kind});
}

std::string path_of(const LiveChange& change) {
  return "/v1/work/changes/" + change.digest.hex();
}

}  // namespace twoseal::hostile
