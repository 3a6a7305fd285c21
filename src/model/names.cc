#include "model/names.h"

#include <algorithm>
#include <array>

#include "model/agent_report.h"
#include "model/change.h"
#include "model/contact.h"
#include "model/fresh.h"
#include "model/ledger_entry.h"
#include "model/plan.h"
#include "model/roster.h"
#include "model/statement.h"

namespace twoseal {

#define TWOSEAL_NAMES(Enum, ...)                              \
  template <>                                                 \
  std::span<const EnumName<Enum>> enum_names() {              \
    using enum Enum;                                          \
    static constexpr EnumName<Enum> kNames[] = {__VA_ARGS__}; \
    return kNames;                                            \
  }                                                           \
  static_assert(true)

TWOSEAL_NAMES(Act,
              {approve, "approve"},
              {attest, "attest"},
              {author, "author"},
              {lift, "lift"},
              {login, "login"},
              {plan, "plan"},
              {reject, "reject"},
              {release, "release"},
              {rollback, "rollback"},
              {sign, "sign"},
              {signoff, "signoff"},
              {withdraw, "withdraw"});

TWOSEAL_NAMES(ObjType,
              {assignments, "assignments"},
              {change, "change"},
              {emergency, "emergency"},
              {evidence, "evidence"},
              {fresh, "fresh"},
              {plan_answer, "plan-answer"},
              {plan_request, "plan-request"},
              {policy, "policy"},
              {release, "release"},
              {report, "report"},
              {restrictions, "restrictions"},
              {result, "result"},
              {rollback, "rollback"},
              {roster, "roster"},
              {session, "session"},
              {statement, "statement"},
              {stop, "stop"},
              {verdict, "verdict"});

TWOSEAL_NAMES(
    ScopeCondition, {drift, "drift"}, {failed, "failed"}, {ok, "ok"}, {repaired, "repaired"});

TWOSEAL_NAMES(RecordKind, {sshsig, "sshsig"}, {webauthn, "webauthn"});

TWOSEAL_NAMES(KeyKind, {local_file, "local-file"}, {passkey, "passkey"}, {sk, "sk"}, {ssh, "ssh"});

TWOSEAL_NAMES(Display, {portal, "portal"}, {soft, "soft"}, {local, "local"});

TWOSEAL_NAMES(ComponentType,
              {app, "app"},
              {infrastructure, "infrastructure"},
              {it, "it"},
              {network, "network"});

TWOSEAL_NAMES(StopEffect, {pause, "pause"}, {stop, "stop"});

TWOSEAL_NAMES(ChangeKind,
              {access, "access"},
              {deploy, "deploy"},
              {emergency, "emergency"},
              {emergency_followup, "emergency-followup"},
              {network, "network"},
              {normal, "normal"},
              {patch, "patch"},
              {provision, "provision"},
              {retire, "retire"},
              {toggle, "toggle"});

TWOSEAL_NAMES(ExecutorBy, {agent, "agent"}, {person, "person"}, {runner, "runner"});

TWOSEAL_NAMES(HealthKind, {command, "command"}, {http, "http"}, {service, "service"}, {tcp, "tcp"});

TWOSEAL_NAMES(GateKind, {automatic, "auto"}, {owner, "owner"}, {person, "person"});

TWOSEAL_NAMES(RollbackKind, {procedure, "procedure"}, {restore, "restore"}, {state, "state"});

TWOSEAL_NAMES(Use, {once, "once"}, {standing, "standing"});

TWOSEAL_NAMES(Verdict, {fail, "fail"}, {pass, "pass"});

TWOSEAL_NAMES(Enforce, {repair, "repair"}, {report, "report"});

TWOSEAL_NAMES(HandlerAction, {reload, "reload"}, {restart, "restart"});

TWOSEAL_NAMES(StepAction, {change, "change"}, {create, "create"}, {remove, "remove"}, {run, "run"});

TWOSEAL_NAMES(Event,
              {access, "access"},
              {applied, "applied"},
              {approved, "approved"},
              {assignments, "assignments"},
              {attested, "attested"},
              {authored, "authored"},
              {comment, "comment"},
              {discovered, "discovered"},
              {done, "done"},
              {drift, "drift"},
              {emergency, "emergency"},
              {evaluation, "evaluation"},
              {expired, "expired"},
              {exported, "export"},
              {interrupted, "interrupted"},
              {lifted, "lifted"},
              {planned, "planned"},
              {policy, "policy"},
              {refused, "refused"},
              {rejected, "rejected"},
              {released, "released"},
              {reports, "reports"},
              {restrictions, "restrictions"},
              {rolled_back, "rolled-back"},
              {roster, "roster"},
              {scheduled, "scheduled"},
              {session, "session"},
              {signed_off, "signed-off"},
              {stale, "stale"},
              {stopped, "stopped"},
              {verdict, "verdict"},
              {withdrawn, "withdrawn"});

TWOSEAL_NAMES(WorkKind, {apply, "apply"}, {plan, "plan"}, {rollback, "rollback"});

#undef TWOSEAL_NAMES

bool is_effect(std::string_view word) {
  constexpr std::array<std::string_view, 9> kEffects = {
      "auth", "data-loss", "firewall", "kernel", "network", "opaque", "package", "reboot", "trust"};
  return std::find(kEffects.begin(), kEffects.end(), word) != kEffects.end();
}

}  // namespace twoseal
