#include "server/course_book.h"

#include "model/names.h"
#include "server/answer.h"

namespace twoseal::server {
namespace {

constexpr std::size_t kKeptMax = 4'096;

std::string_view gate_text(PhaseGate gate) {
  switch (gate) {
    case PhaseGate::soaks:
      return "soaks";
    case PhaseGate::open:
      return "open";
    case PhaseGate::closed:
      return "closed";
    default:
      return "waiting";
  }
}

Json needs_json(const ChangeCourse& course) {
  Json::Array list;
  for (const NeededRole& one : course.needs) {
    list.emplace_back(Json::Object{{"role", one.role.text()},
                                   {"n", one.n},
                                   {"given", ids_json(one.given)},
                                   {"could", ids_json(one.could)}});
  }
  return list;
}

Json phases_json(const ChangeCourse& course) {
  Json::Array list;
  for (const PhaseCourse& one : course.phases) {
    Json::Object phase = {{"name", one.name.text()},
                          {"released", one.released},
                          {"gate", gate_text(one.gate)},
                          {"hosts", static_cast<std::int64_t>(one.hosts)},
                          {"ok", one.tally.ok},
                          {"failed", one.tally.failed},
                          {"stale", one.tally.stale},
                          {"sign_offs", one.sign_offs}};
    if (one.opens_at) {
      phase.emplace_back("opens_at", *one.opens_at);
    }
    list.emplace_back(std::move(phase));
  }
  return list;
}

Json hosts_json(const ChangeCourse& course) {
  Json::Array list;
  for (const HostCourse& one : course.hosts) {
    list.emplace_back(Json::Object{{"host", one.id.text()},
                                   {"name", one.name},
                                   {"phase", one.phase.text()},
                                   {"state", one.state},
                                   {"stands", one.stands},
                                   {"going_back", one.going_back},
                                   {"retired", one.retired}});
  }
  return list;
}

Json next_json(const NextStep& next) {
  Json::Object fields = {{"what", next.what},
                         {"phase", next.phase.text()},
                         {"roles", ids_json(next.roles)},
                         {"who", ids_json(next.who)}};
  if (next.until) {
    fields.emplace_back("until", *next.until);
  }
  return fields;
}

Json acts_json(const std::vector<RecordedAct>& acts) {
  Json::Array list;
  for (const RecordedAct& one : acts) {
    list.emplace_back(Json::Object{{"statement", one.statement.text()},
                                   {"object", one.object.text()},
                                   {"event", enum_name(one.event)},
                                   {"by", one.by.text()},
                                   {"index", one.index},
                                   {"at", one.entry_at},
                                   {"withdrawn", one.withdrawn}});
  }
  return list;
}

Json releases_json(const ChangeFacts& facts) {
  Json::Array list;
  for (const RecordedRelease& one : facts.releases) {
    Json::Object fields = {{"phase", one.phase.text()},
                           {"statement", one.act.statement.text()},
                           {"object", one.act.object.text()},
                           {"by", one.act.by.text()},
                           {"index", one.act.index},
                           {"at", one.act.entry_at},
                           {"withdrawn", one.act.withdrawn}};
    if (one.after) {
      fields.emplace_back("after", *one.after);
    }
    list.emplace_back(std::move(fields));
  }
  return list;
}

Json rollbacks_json(const ChangeFacts& facts) {
  Json::Array list;
  for (const RecordedRollback& one : facts.rollbacks) {
    Json::Object fields = {{"statement", one.act.statement.text()},
                           {"by", one.act.by.text()},
                           {"index", one.act.index},
                           {"at", one.act.entry_at},
                           {"withdrawn", one.act.withdrawn}};
    if (one.hosts) {
      fields.emplace_back("hosts", ids_json(*one.hosts));
    }
    list.emplace_back(std::move(fields));
  }
  return list;
}

Json::Object row_of(const ChangeFacts& facts, const ChangeCourse& course) {
  const Change& change = *facts.change;
  Json::Object row = {{"number", number_text(facts)},
                      {"digest", facts.digest.text()},
                      {"version", facts.version},
                      {"state", text_of(course.state)},
                      {"title", change.title},
                      {"kind", enum_name(change.kind)},
                      {"author", change.author.text()},
                      {"authored_at", facts.authored_at},
                      {"hosts", static_cast<std::int64_t>(course.hosts.size())},
                      {"next", next_json(course.next)}};
  if (change.scope) {
    row.emplace_back("scope", change.scope->text());
  }
  return row;
}

Json::Object page_of(const ChangeFacts& facts, const ChangeCourse& course) {
  Json::Object page = row_of(facts, course);
  const Change& change = *facts.change;
  page.emplace_back("summary", change.summary);
  page.emplace_back("why", change.why);
  page.emplace_back("core", facts.core.text());
  page.emplace_back("first_index", facts.first_index);
  page.emplace_back("window",
                    Json::Object{{"not_before", change.window.not_before},
                                 {"not_after", change.window.not_after}});
  page.emplace_back("risks", ids_json(change.risks));
  page.emplace_back("effects", ids_json(change.effects));
  page.emplace_back("approved", course.approved);
  page.emplace_back("needs", needs_json(course));
  page.emplace_back("needs_any", course.needs_any);
  page.emplace_back("min_local", course.min_local);
  page.emplace_back("people_min", static_cast<std::int64_t>(course.people_min));
  page.emplace_back("opponents", ids_json(course.opponents));
  Json::Array barred;
  for (const BarredPerson& one : course.barred) {
    barred.emplace_back(Json::Object{{"by", one.by.text()}, {"why", one.why}});
  }
  page.emplace_back("barred", std::move(barred));
  Json::Array reasons;
  for (const Reason& one : course.reasons) {
    reasons.emplace_back(Json::Object{{"code", error_info(one.code).refusal}, {"text", one.text}});
  }
  page.emplace_back("reasons", std::move(reasons));
  page.emplace_back("phases", phases_json(course));
  page.emplace_back("targets", hosts_json(course));
  page.emplace_back("acts", acts_json(facts.acts));
  page.emplace_back("withdrawals", acts_json(facts.withdrawals));
  page.emplace_back("evidence", acts_json(facts.evidence));
  page.emplace_back("releases", releases_json(facts));
  page.emplace_back("rollbacks", rollbacks_json(facts));
  if (facts.replaces) {
    page.emplace_back("replaces", facts.replaces->text());
  }
  if (facts.replaced_by) {
    page.emplace_back("replaced_by", facts.replaced_by->text());
  }
  return page;
}

}  // namespace

std::string number_text(const ChangeFacts& facts) {
  return "CHG-" + std::to_string(facts.number) +
         (facts.replaced_by ? "." + std::to_string(facts.version) : "");
}

Result<std::shared_ptr<const CourseBook::Shown>> CourseBook::of(const Digest& change) {
  const auto facts = view_.change(change);
  if (facts == nullptr) {
    return fail(Errc::not_found, "the log has no change " + change.text());
  }
  const auto documents = view_.documents();
  const UnixSeconds now = clock_.now();
  {
    const MutexLock lock(mutex_);
    const auto found = kept_.find(change);
    if (found != kept_.end() && found->second.shown->facts == facts &&
        found->second.documents == documents && found->second.at == now) {
      return found->second.shown;
    }
  }
  TWOSEAL_TRY(ChangeCourse course, desk_.course(change));
  auto shown = std::make_shared<Shown>();
  shown->facts = facts;
  shown->fields = page_of(*facts, course);
  shown->row = row_of(*facts, course);
  shown->course = std::move(course);
  const MutexLock lock(mutex_);
  if (kept_.size() >= kKeptMax) {
    kept_.clear();
  }
  kept_[change] = {documents, now, shown};
  return shown;
}

}  // namespace twoseal::server
