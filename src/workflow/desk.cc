#include "workflow/desk.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"
#include "policy/halts.h"
#include "workflow/change_exam.h"
#include "workflow/log.h"

namespace twoseal {
namespace {

constexpr std::size_t kKept = 1'024;  // changes whose material, roles, or roots are at hand
constexpr std::uint64_t kPage = 512;
constexpr UnixSeconds kReportsEvery = 60;

// Makes room by forgetting everything: what is asked for again is read again.
template <class Map>
void bound(Map& map) {
  if (map.size() >= kKept) {
    map.clear();
  }
}

const ActorId& server() {
  static const ActorId kServer = ActorId::parse("server").value();
  return kServer;
}

template <class T>
std::optional<T> object_in(const EntryDraft& draft) {
  // The object of the statement stands first.
  auto object = draft.documents.empty() ? Result<T>(fail(Errc::not_found, "no object"))
                                        : codec::decode<T>(draft.documents.front().bytes);
  return object ? std::optional(*std::move(object)) : std::nullopt;
}

}  // namespace

class Desk::Turn {
 public:
  Turn(Desk& desk, const Digest& statement) : desk_(desk), statement_(statement) {
    const MutexLock lock(desk_.turns_mutex_);
    while (!desk_.turns_.insert(statement_).second) {
      desk_.turn_over_.wait(desk_.turns_mutex_);
    }
  }

  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  ~Turn() {
    const MutexLock lock(desk_.turns_mutex_);
    desk_.turns_.erase(statement_);
    desk_.turn_over_.notify_all();
  }

 private:
  Desk& desk_;
  const Digest statement_;
};

// --- recording ---

Result<Submitted> Desk::submit(BytesView record,
                               const std::vector<Bytes>& objects,
                               const std::vector<Bytes>& blobs) {
  TWOSEAL_TRY(const SignedStatement source, parse_record(record, ""));
  Objects known;
  for (const Bytes& bytes : objects) {
    TWOSEAL_TRY(ObjectFile object, parse_object(bytes, ""));
    const Digest digest = object.digest;
    known.emplace(digest, std::move(object));
  }
  const Turn turn(*this, source.digest);
  TWOSEAL_TRY(const auto before, recorded_before(source.digest));
  if (before) {
    return *before;
  }
  for (const Bytes& blob : blobs) {
    TWOSEAL_TRY([[maybe_unused]] const Digest kept, store_.put_blob(blob));
  }
  return submit_new(source, std::move(known));
}

Result<std::optional<Submitted>> Desk::recorded_before(const Digest& statement) {
  const auto index = view_.index_of(statement);
  if (!index) {
    return index.error().code == Errc::not_found ? Result<std::optional<Submitted>>(std::nullopt)
                                                 : std::unexpected(index.error());
  }
  TWOSEAL_TRY(const auto entries, store_.entries(*index, 1));
  TWOSEAL_TRY(const LedgerEntry entry,
              codec::decode<LedgerEntry>(entries.front().bytes, limits::kEntryMax));
  return Submitted{statement, *index, entry.at, view_.change_of(entry.obj), true};
}

Result<Submitted> Desk::submit_new(const SignedStatement& source, Objects objects) {
  if (const UnixSeconds ahead = source.statement.at - clock_.now(); ahead > limits::kClockSkew) {
    return fail(Errc::clock_differs,
                source.statement.by.text() + " dated it " + std::to_string(ahead) + " s ahead");
  }
  const auto documents = view_.documents();
  const KnownLog known{documents,
                       view_.point().size,
                       [this](std::uint64_t size) { return root_of_size(size); },
                       [this](const Digest& root) { return view_.has_list(root); }};
  const bool ready = documents->roster != nullptr;
  RecordingDesk desk(store_, std::move(objects), clock_.now(), ready ? &known : nullptr);
  TWOSEAL_TRY(EntryDraft draft, desk.draft(source));
  TWOSEAL_TRY_VOID(judge(source, draft));
  const auto change = change_of(source, draft);
  TWOSEAL_TRY(const Appended appended, append(std::move(draft)));
  return Submitted{source.digest, appended.seq, appended.at, change, false};
}

Result<Appended> Desk::append(EntryDraft draft) {
  for (const StoredDocument& document : draft.documents) {
    if (document.type == "batch-list") {
      TWOSEAL_TRY(BatchList list, codec::decode<BatchList>(document.bytes));
      const MutexLock lock(mutex_);
      lists_.push_back(std::move(list));
    }
  }
  TWOSEAL_TRY(const Appended appended, sequencer_.append(std::move(draft)));
  TWOSEAL_TRY_VOID(follow(appended.seq));
  return appended;
}

// Lets the view take everything up to entry `index`, unless somebody else has done so meanwhile.
Result<void> Desk::follow(std::uint64_t index) {
  std::set<Digest> touched;
  {
    const MutexLock following(follow_mutex_);
    while (view_.point().size <= index) {
      const std::uint64_t first = view_.point().size;
      TWOSEAL_TRY(const LedgerHead head, store_.head());
      TWOSEAL_TRY(const auto entries, store_.entries(first, std::min(head.size - first, kPage)));
      std::vector<BatchList> lists;
      {
        const MutexLock lock(mutex_);
        lists = std::exchange(lists_, {});
      }
      TWOSEAL_TRY(const auto moved, view_.take(entries, first, lists));
      touched.insert(moved.begin(), moved.end());
    }
  }
  for (const Digest& change : touched) {
    for (const Listener& listener : listeners_) {
      listener(change);
    }
  }
  return {};
}

// Signers have seen one of few checkpoints.
Result<Digest> Desk::root_of_size(std::uint64_t size) {
  {
    const MutexLock lock(mutex_);
    if (const auto found = roots_.find(size); found != roots_.end()) {
      return found->second;
    }
  }
  TWOSEAL_TRY(const Digest root, root_at(store_, size));
  const MutexLock lock(mutex_);
  bound(roots_);
  roots_.emplace(size, root);
  return root;
}

// --- judging ---

std::optional<Digest> Desk::change_of(const SignedStatement& source,
                                      const EntryDraft& draft) const {
  const Statement& statement = source.statement;
  switch (statement.obj_type) {
    case ObjType::change:
      return statement.obj;
    case ObjType::release:
      if (const auto release = object_in<Release>(draft)) {
        return release->change;
      }
      return std::nullopt;
    case ObjType::rollback:
      if (const auto rollback = object_in<Rollback>(draft)) {
        return rollback->change;
      }
      return std::nullopt;
    case ObjType::result:
      if (const auto result = object_in<HostResult>(draft)) {
        return result->change;
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

// Hosts heed no other, so nobody shall believe that it holds, or is lifted.
Result<void> Desk::judge_stop(const Statement& statement, const std::optional<Stop>& raised) {
  const auto documents = view_.documents();
  if (documents->keyring == nullptr) {
    return fail(Errc::not_found, "no roster is in force yet");
  }
  const ActorId& by = statement.by;
  if (statement.act == Act::sign && (!raised || raised->by != by)) {
    return fail(Errc::not_allowed, by.text() + " is not who raises the stop, as it says");
  }
  const auto& stops = documents->stops;
  const bool own = std::any_of(stops.begin(), stops.end(), [&](const HeldStop& one) {
    return one.digest == statement.obj && one.stop.by == by;
  });
  const RoleMoment moment{statement.at, clock_.now(), kNotRecorded};
  const bool may =
      own || may_raise_stops(documents->roster->value, *documents->keyring, by, moment);
  return may ? Result<void>()
             : fail(
                   Errc::not_allowed,
                   by.text() + " holds no role, or only roles that look on: no host would heed it");
}

Result<void> Desk::judge(const SignedStatement& source, const EntryDraft& draft) {
  const Statement& statement = source.statement;
  if (statement.obj_type == ObjType::stop) {
    return judge_stop(statement, object_in<Stop>(draft));
  }
  if (statement.act == Act::author) {
    const auto change = object_in<Change>(draft);
    if (!change || change->author != statement.by) {
      return fail(Errc::refuse_s1, statement.by.text() + " is not the author that it names");
    }
    return clock_.now() > change->window.not_after
               ? fail(Errc::refuse_w1, "the window of the change has closed")
               : Result<void>();
  }
  Transition transition{.source = &source};
  std::optional<Digest> change = change_of(source, draft);
  SignedStatement withdrawn;
  if (statement.obj_type == ObjType::statement) {
    TWOSEAL_TRY(const SignedRecord stored, store_.record(statement.obj));
    TWOSEAL_TRY(withdrawn, parse_record(stored.bytes, ""));
    transition.withdrawn = &withdrawn.statement;
    change = view_.change_of(withdrawn.statement.obj);
    if (withdrawn.statement.by != statement.by) {
      return fail(Errc::nothing_to_sign, "only its own signer takes a statement back");
    }
  }
  if (!change) {
    return {};  // documents are judged when they come into force
  }
  const auto facts = view_.change(*change);
  if (facts == nullptr) {
    return fail(Errc::not_found, "the log has no change " + change->text());
  }
  transition.release = statement.act == Act::release ? object_in<Release>(draft) : std::nullopt;
  transition.rollback = statement.act == Act::rollback ? object_in<Rollback>(draft) : std::nullopt;
  transition.result =
      statement.obj_type == ObjType::result ? object_in<HostResult>(draft) : std::nullopt;
  return judge_change(source, facts, std::move(transition));
}

Result<void> Desk::judge_change(const SignedStatement& source,
                                const std::shared_ptr<const ChangeFacts>& facts,
                                Transition transition) {
  const auto documents = view_.documents();
  if (documents->keyring == nullptr) {
    return fail(Errc::not_found, "no roster is in force yet");
  }
  std::shared_ptr<const ChangeMaterial> material = std::make_shared<ChangeMaterial>();
  std::shared_ptr<const std::set<RoleId>> roles;
  const Act act = source.statement.act;
  if (act == Act::release) {
    TWOSEAL_TRY(material, material_of(facts));
  } else if (act == Act::approve || act == Act::reject) {
    TWOSEAL_TRY(roles, roles_of(facts, documents));
    transition.needed = roles.get();
  }
  return check_transition(*facts, *documents, *material, transition, clock_.now());
}

Result<std::shared_ptr<const ChangeMaterial>> Desk::material_of(
    const std::shared_ptr<const ChangeFacts>& facts) {
  {
    const MutexLock lock(mutex_);
    const auto found = materials_.find(facts->digest);
    if (found != materials_.end() && found->second.facts == facts) {
      return found->second.material;
    }
  }
  TWOSEAL_TRY(ChangeMaterial read, read_material(store_, *facts));
  auto material = std::make_shared<const ChangeMaterial>(std::move(read));
  const MutexLock lock(mutex_);
  bound(materials_);
  materials_[facts->digest] = {facts, material};
  return material;
}

Result<std::shared_ptr<const std::set<RoleId>>> Desk::roles_of(
    const std::shared_ptr<const ChangeFacts>& facts,
    const std::shared_ptr<const Documents>& documents) {
  {
    const MutexLock lock(mutex_);
    const auto found = roles_.find(facts->digest);
    if (found != roles_.end() && found->second.documents == documents) {
      return found->second.roles;
    }
  }
  TWOSEAL_TRY(const auto material, material_of(facts));
  const auto needed = needed_roles(*facts, *documents, *material, clock_.now());
  auto roles = needed ? std::make_shared<const std::set<RoleId>>(*needed) : nullptr;
  const MutexLock lock(mutex_);
  bound(roles_);
  roles_[facts->digest] = {documents, roles};
  return roles;
}

Result<ChangeCourse> Desk::course(const Digest& change) {
  const auto facts = view_.change(change);
  if (facts == nullptr) {
    return fail(Errc::not_found, "the log has no change " + change.text());
  }
  TWOSEAL_TRY(const auto material, material_of(facts));
  return course_of(*facts, *view_.documents(), *material, clock_.now());
}

// --- what nobody signs ---

Result<bool> Desk::mark(const ChangeFacts& facts, Event event) {
  EntryDraft draft;
  draft.entry.by = server();
  draft.entry.ev = event;
  draft.entry.obj = facts.digest;
  draft.entry.org = view_.org();
  TWOSEAL_TRY([[maybe_unused]] const Appended appended, append(std::move(draft)));
  return true;
}

Result<std::optional<Event>> Desk::due(const std::shared_ptr<const ChangeFacts>& facts,
                                       UnixSeconds now) {
  const auto documents = view_.documents();
  // What was asked back is done no more, also while its hosts still have to take it back.
  if (!is_undone(*facts) && is_done(*facts, *documents, now)) {
    return Event::done;
  }
  if (has_expired(*facts, now)) {
    return Event::expired;
  }
  const bool may_wait = facts->change->window.not_before > now && facts->releases.empty() &&
                        !facts->marks.contains(Event::scheduled);
  if (may_wait) {
    TWOSEAL_TRY(const auto material, material_of(facts));
    if (course_of(*facts, *documents, *material, now).state == ChangeState::scheduled) {
      return Event::scheduled;
    }
  }
  return std::nullopt;
}

// One entry for all reports that wait: docs/formats/report.md.
Result<std::size_t> Desk::name_reports(UnixSeconds now) {
  if (now < reports_named_at_ + kReportsEvery) {
    return 0;
  }
  TWOSEAL_TRY(const auto reports, registry_.unnamed_reports());
  if (reports.empty()) {
    return 0;
  }
  std::vector<Digest> digests;
  for (const HeldReport& report : reports) {
    digests.push_back(report.digest);
  }
  EntryDraft draft;
  draft.entry.by = server();
  draft.entry.ev = Event::reports;
  draft.entry.obj = root_of(leaves_of(digests));
  draft.entry.org = view_.org();
  TWOSEAL_TRY(const Appended appended, append(std::move(draft)));
  TWOSEAL_TRY_VOID(registry_.name_reports(digests, appended.seq));
  reports_named_at_ = now;
  return 1;
}

Result<std::size_t> Desk::tick() {
  const MutexLock one_at_a_time(tick_mutex_);
  const UnixSeconds now = clock_.now();
  std::size_t made = 0;
  for (const auto& facts : view_.moving()) {
    TWOSEAL_TRY(const auto event, due(facts, now));
    if (event) {
      TWOSEAL_TRY([[maybe_unused]] const bool marked, mark(*facts, *event));
      ++made;
    }
  }
  TWOSEAL_TRY(const std::size_t reports, name_reports(now));
  return made + reports;
}

}  // namespace twoseal
