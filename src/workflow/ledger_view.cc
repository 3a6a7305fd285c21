#include "workflow/ledger_view.h"

#include <algorithm>
#include <deque>
#include <future>

#include "codec/objects.h"
#include "crypto/hash.h"
#include "model/names.h"

namespace twoseal {
namespace {

constexpr std::uint64_t kPage = 512;

std::unexpected<Error> inconsistent(std::uint64_t index, const Error& error) {
  return fail(error.code == Errc::not_found ? Errc::ledger_inconsistent : error.code,
              "entry " + std::to_string(index) + ": " + error.what);
}

template <class T>
Result<T> read_document(const Store& store, const Digest& digest) {
  TWOSEAL_TRY(const StoredDocument document, store.document(digest));
  return codec::decode<T>(document.bytes);
}

Result<SignedStatement> read_statement(const Store& store, const Digest& digest) {
  TWOSEAL_TRY(const SignedRecord stored, store.record(digest));
  TWOSEAL_TRY(SignatureRecord record,
              codec::decode<SignatureRecord>(stored.bytes, limits::kRecordMax));
  TWOSEAL_TRY(Statement statement,
              codec::decode<Statement>(record.statement, limits::kStatementMax));
  return SignedStatement{digest, std::move(statement), std::move(record)};
}

RecordedAct act_of(const EntryContent& content) {
  const LedgerEntry& entry = content.entry;
  return {entry.stmt.value_or(Digest()),
          entry.obj,
          entry.ev,
          entry.by,
          static_cast<std::uint64_t>(entry.seq),
          entry.at,
          false};
}

bool is_by_host(const LedgerEntry& entry) {
  return entry.by.text().starts_with("h:");
}

// Marks what its own signer took back.
void withdraw(std::vector<RecordedAct>& acts, const Digest& statement, const ActorId& by) {
  for (RecordedAct& one : acts) {
    one.withdrawn = one.withdrawn || (one.statement == statement && one.by == by);
  }
}

template <class List>
void withdraw_in(List& list, const Digest& statement, const ActorId& by) {
  for (auto& one : list) {
    one.act.withdrawn = one.act.withdrawn || (one.act.statement == statement && one.act.by == by);
  }
}

// The newest `count` words.
std::shared_ptr<const HostOutcome> newest_of(const std::shared_ptr<const HostOutcome>& word,
                                             std::size_t count) {
  if (word == nullptr || count == 0) {
    return nullptr;
  }
  auto kept = std::make_shared<HostOutcome>(*word);
  kept->earlier = newest_of(word->earlier, count - 1);
  return kept;
}

// What is kept of `before` when the host speaks again: every word that touched it, and of a host
// that goes to and fro without end the newest.
std::shared_ptr<const HostOutcome> earlier_of(const std::shared_ptr<const HostOutcome>& before) {
  if (before == nullptr || !is_touched(before->outcome)) {
    return before == nullptr ? nullptr : before->earlier;
  }
  std::size_t words = 1;
  for (const HostOutcome* one = before.get(); one != nullptr; one = one->earlier.get()) {
    ++words;
  }
  return words <= HostOutcome::kWordsMax ? before : newest_of(before, HostOutcome::kWordsMax - 1);
}

// The word before stays, with the refusal beside it.
std::shared_ptr<const HostOutcome> with_refusal(const HostOutcome& before,
                                                const EntryContent& content) {
  auto kept = std::make_shared<HostOutcome>(before);
  kept->refused_back = RefusedBack{content.entry.obj,
                                   content.entry.stmt.value_or(Digest()),
                                   content.result->outcome,
                                   content.result->at,
                                   content.entry.at,
                                   static_cast<std::uint64_t>(content.entry.seq)};
  return kept;
}

void take_result(ChangeFacts& facts, const EntryContent& content) {
  const HostResult& result = *content.result;
  const auto place = facts.place_of(result.host);
  if (!place) {
    return;
  }
  const auto& before = facts.outcomes[*place];
  if (before != nullptr && stands(before->outcome) && result.outcome.starts_with("refused:")) {
    facts.outcomes[*place] = with_refusal(*before, content);
    return;
  }
  facts.outcomes[*place] =
      std::make_shared<const HostOutcome>(HostOutcome{content.entry.obj,
                                                      content.entry.stmt.value_or(Digest()),
                                                      result.outcome,
                                                      result.phase,
                                                      result.at,
                                                      content.entry.at,
                                                      static_cast<std::uint64_t>(content.entry.seq),
                                                      result.rollback,
                                                      earlier_of(before),
                                                      std::nullopt});
}

bool same_documents(const Documents& a, const Documents& b) {
  const auto digest = [](const auto& document) {
    return document == nullptr ? Digest() : document->digest;
  };
  const auto same_host = [](const auto& one, const auto& other) {
    return one.first == other.first && one.second.versions == other.second.versions &&
           one.second.batch->batch.digest == other.second.batch->batch.digest &&
           one.second.place == other.second.place;
  };
  const auto same_stop = [](const HeldStop& one, const HeldStop& other) {
    return one.digest == other.digest && one.raised == other.raised && one.lifted == other.lifted;
  };
  return digest(a.roster) == digest(b.roster) && digest(a.policy) == digest(b.policy) &&
         digest(a.restrictions) == digest(b.restrictions) && a.rosters == b.rosters &&
         a.policies == b.policies && a.restrictions_before == b.restrictions_before &&
         a.names == b.names && a.assignments_root == b.assignments_root &&
         a.statements == b.statements &&
         std::equal(a.hosts.begin(), a.hosts.end(), b.hosts.begin(), b.hosts.end(), same_host) &&
         std::equal(a.stops.begin(), a.stops.end(), b.stops.begin(), b.stops.end(), same_stop);
}

}  // namespace

LedgerView::LedgerView(const Store& store, const Digest& org)
    : store_(store), org_(org), keeper_(store, org), documents_(keeper_.documents()) {}

// --- reading what an entry names ---

Result<void> LedgerView::read_object_of(EntryContent& content) const {
  const LedgerEntry& entry = content.entry;
  switch (entry.ev) {
    case Event::authored: {
      TWOSEAL_TRY(const StoredDocument document, store_.document(entry.obj));
      TWOSEAL_TRY(Change change, codec::decode<Change>(document.bytes));
      content.core = codec::change_core(document.bytes);
      content.change = std::make_shared<const Change>(std::move(change));
      return {};
    }
    case Event::released: {
      TWOSEAL_TRY(content.release, read_document<Release>(store_, entry.obj));
      return {};
    }
    case Event::attested: {
      TWOSEAL_TRY(content.evidence, read_document<Evidence>(store_, entry.obj));
      return {};
    }
    case Event::rolled_back:
      if (!is_by_host(entry)) {
        TWOSEAL_TRY(content.rollback, read_document<Rollback>(store_, entry.obj));
        return {};
      }
      [[fallthrough]];
    case Event::applied:
    case Event::refused:
    case Event::stale:
    case Event::interrupted: {
      TWOSEAL_TRY(content.result, read_document<HostResult>(store_, entry.obj));
      return {};
    }
    default:
      return {};
  }
}

Result<EntryContent> LedgerView::read_content(const StoredEntry& stored,
                                              std::uint64_t index) const {
  EntryContent content;
  TWOSEAL_TRY(content.entry, codec::decode<LedgerEntry>(stored.bytes, limits::kEntryMax));
  if (std::cmp_not_equal(content.entry.seq, index)) {
    return fail(Errc::ledger_inconsistent, "it says that it is another one");
  }
  TWOSEAL_TRY_VOID(read_object_of(content));
  switch (content.entry.ev) {
    case Event::roster:
    case Event::policy:
    case Event::restrictions:
    case Event::assignments:
    case Event::stopped:
    case Event::lifted:
    case Event::withdrawn:
      if (content.entry.stmt) {
        TWOSEAL_TRY(content.source, read_statement(store_, *content.entry.stmt));
        content.bytes = stored.bytes;
      }
      return content;
    default:
      return content;
  }
}

Result<void> LedgerView::read_lists() {
  TWOSEAL_TRY(const auto documents, store_.documents("batch-list", 0));
  for (const StoredDocument& document : documents) {
    if (const auto list = codec::decode<BatchList>(document.bytes)) {
      add_list(*list);
    }
  }
  return {};
}

void LedgerView::add_list(const BatchList& list) {
  const Digest root = keeper_.add_list(list);
  const MutexLock lock(mutex_);
  lists_.insert(root);
}

// Its list came with it, or an earlier batch has the same; else it was written by somebody else.
Result<void> LedgerView::find_list(const Digest& batch) {
  TWOSEAL_TRY(const Batch known, read_document<Batch>(store_, batch));
  return has_list(known.root) ? Result<void>() : read_lists();
}

Result<void> LedgerView::load(unsigned threads) {
  TWOSEAL_TRY(const LedgerHead head, store_.head());
  TWOSEAL_TRY_VOID(read_lists());
  using Page = Result<std::vector<EntryContent>>;
  const auto read_page = [this](std::uint64_t first, std::uint64_t count) -> Page {
    TWOSEAL_TRY(const std::vector<StoredEntry> entries, store_.entries(first, count));
    std::vector<EntryContent> contents;
    contents.reserve(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      auto content = read_content(entries[i], first + i);
      if (!content) {
        return inconsistent(first + i, content.error());
      }
      contents.push_back(*std::move(content));
    }
    return contents;
  };
  loading_ = true;
  std::deque<std::future<Page>> pages;
  std::uint64_t asked = point().size;
  while (asked < head.size || !pages.empty()) {
    while (asked < head.size && pages.size() < threads) {
      const std::uint64_t count = std::min(kPage, head.size - asked);
      pages.push_back(std::async(std::launch::async, read_page, asked, count));
      asked += count;
    }
    TWOSEAL_TRY(std::vector<EntryContent> contents, pages.front().get());
    pages.pop_front();
    for (EntryContent& content : contents) {
      TWOSEAL_TRY_VOID(apply(std::move(content)));
    }
  }
  loading_ = false;
  touched_.clear();
  publish_documents();
  return {};
}

Result<std::set<Digest>> LedgerView::take(std::span<const StoredEntry> entries,
                                          std::uint64_t first,
                                          std::span<const BatchList> lists) {
  if (first != point().size) {
    return fail(Errc::ledger_inconsistent,
                "the view ends at " + std::to_string(point().size) + ", and " +
                    std::to_string(first) + " is the next entry");
  }
  for (const BatchList& list : lists) {
    add_list(list);
  }
  touched_.clear();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto content = read_content(entries[i], first + i);
    if (!content) {
      return inconsistent(first + i, content.error());
    }
    if (content->entry.ev == Event::assignments) {
      TWOSEAL_TRY_VOID(find_list(content->entry.obj));
    }
    TWOSEAL_TRY_VOID(apply(*std::move(content)));
  }
  publish_documents();
  return std::exchange(touched_, {});
}

// --- what an entry changes ---

Result<void> LedgerView::apply(EntryContent content) {
  const LedgerEntry& entry = content.entry;
  if (content.source && entry.ev != Event::withdrawn) {
    apply_document(content, entry.obj);
  } else if (content.source) {
    TWOSEAL_TRY_VOID(apply_withdrawal(content));
  }
  const MutexLock lock(mutex_);
  if (content.change) {
    apply_authored(content);
  } else if (const auto change = change_of_content(content)) {
    apply_to_change(content, *change);
  } else if (content.evidence) {
    early_[content.evidence->subject].evidence.push_back(act_of(content));
  }
  if (entry.stmt) {
    statements_.add(*entry.stmt, static_cast<std::uint64_t>(entry.seq));
  }
  point_ = {static_cast<std::uint64_t>(entry.seq) + 1, entry.at};
  return {};
}

Result<std::shared_ptr<const Documents>> LedgerView::documents_at(std::uint64_t size) const {
  std::vector<std::pair<std::uint64_t, Digest>> entries;
  {
    const MutexLock lock(mutex_);
    entries = about_documents_;
  }
  DocumentKeeper keeper(store_, org_);
  TWOSEAL_TRY(const auto lists, store_.documents("batch-list", 0));
  for (const StoredDocument& document : lists) {
    if (const auto list = codec::decode<BatchList>(document.bytes)) {
      keeper.add_list(*list);
    }
  }
  for (const auto& [index, object] : entries) {
    if (index >= size) {
      break;
    }
    TWOSEAL_TRY(const auto stored, store_.entries(index, 1));
    auto content = read_content(stored.front(), index);
    if (!content) {
      return inconsistent(index, content.error());
    }
    keeper.take({content->bytes, content->entry, *content->source}, object);
  }
  return keeper.documents();
}

void LedgerView::apply_document(const EntryContent& content, const Digest& object) {
  {
    const MutexLock lock(mutex_);
    about_documents_.emplace_back(static_cast<std::uint64_t>(content.entry.seq), object);
  }
  keeper_.take({content.bytes, content.entry, *content.source}, object);
  documents_moved_ = true;
}

// What is taken back tells what it was about.
Result<void> LedgerView::apply_withdrawal(const EntryContent& content) {
  const auto target = read_statement(store_, content.entry.obj);
  if (!target) {
    return inconsistent(static_cast<std::uint64_t>(content.entry.seq), target.error());
  }
  const Statement& statement = target->statement;
  if (DocumentKeeper::is_document(statement.obj_type)) {
    apply_document(content, statement.obj);
    return {};
  }
  std::optional<Digest> core;
  if (statement.obj_type == ObjType::evidence) {
    TWOSEAL_TRY(const Evidence evidence, read_document<Evidence>(store_, statement.obj));
    core = evidence.subject;
  }
  const MutexLock lock(mutex_);
  std::optional<Digest> change = statement.obj;
  if (core) {
    const auto found = cores_.find(*core);
    change = found != cores_.end() ? std::optional(found->second) : std::nullopt;
    if (!change) {
      EarlyEvidence& early = early_[*core];
      early.withdrawals.push_back(act_of(content));
      withdraw(early.evidence, content.entry.obj, content.entry.by);
    }
  } else if (const auto found = objects_.find(statement.obj); found != objects_.end()) {
    change = found->second;
  }
  if (!change || !changes_.contains(*change)) {
    return {};
  }
  const auto facts = writable(*change);
  facts->withdrawals.push_back(act_of(content));
  withdraw(facts->acts, content.entry.obj, content.entry.by);
  withdraw(facts->evidence, content.entry.obj, content.entry.by);
  withdraw_in(facts->releases, content.entry.obj, content.entry.by);
  withdraw_in(facts->rollbacks, content.entry.obj, content.entry.by);
  put(facts);
  return {};
}

std::optional<Digest> LedgerView::change_of_content(const EntryContent& content) const {
  std::optional<Digest> digest;
  if (content.release) {
    digest = content.release->change;
  } else if (content.rollback) {
    digest = content.rollback->change;
  } else if (content.result) {
    digest = content.result->change;
  } else if (content.evidence) {
    const auto found = cores_.find(content.evidence->subject);
    digest = found != cores_.end() ? std::optional(found->second) : std::nullopt;
  } else {
    digest = content.entry.obj;
  }
  return digest && changes_.contains(*digest) ? digest : std::nullopt;
}

void LedgerView::apply_authored(const EntryContent& content) {
  const Digest& digest = content.entry.obj;
  if (changes_.contains(digest)) {
    const auto facts = writable(digest);
    facts->acts.push_back(act_of(content));
    put(facts);
    return;
  }
  auto facts = std::make_shared<ChangeFacts>();
  facts->digest = digest;
  facts->core = content.core;
  facts->change = content.change;
  facts->first_index = static_cast<std::uint64_t>(content.entry.seq);
  facts->authored_at = content.entry.at;
  facts->acts.push_back(act_of(content));
  if (content.change->targets.hosts) {
    facts->outcomes.resize(content.change->targets.hosts->size());
  }
  if (auto early = early_.extract(content.core)) {
    facts->evidence = std::move(early.mapped().evidence);
    facts->withdrawals = std::move(early.mapped().withdrawals);
  }
  cores_.emplace(content.core, digest);
  number(*facts);
  put(std::move(facts));
}

// The next number, or the next version of the one that the same author could not finish.
void LedgerView::number(ChangeFacts& facts) {
  std::shared_ptr<const ChangeFacts> before;
  if (facts.change->scope) {
    Digest& newest = newest_[{*facts.change->scope, facts.change->author}];
    const auto found = changes_.find(newest);
    before = found != changes_.end() ? found->second : nullptr;
    newest = facts.digest;
  }
  const RoughState state =
      before != nullptr ? rough_state(*before, facts.authored_at) : RoughState::done;
  if (state != RoughState::open && state != RoughState::lost) {
    numbers_.push_back({facts.digest});
    facts.number = std::ssize(numbers_);
    return;
  }
  facts.number = before->number;
  facts.version = before->version + 1;
  facts.replaces = before->digest;
  numbers_[static_cast<std::size_t>(before->number) - 1].push_back(facts.digest);
  before.reset();
  const auto replaced = writable(*facts.replaces);
  replaced->replaced_by = facts.digest;
  put(replaced);
}

void LedgerView::apply_to_change(const EntryContent& content, const Digest& digest) {
  const auto facts = writable(digest);
  const LedgerEntry& entry = content.entry;
  if (content.release) {
    facts->releases.push_back({act_of(content), content.release->phase, content.release->after});
    objects_.emplace(entry.obj, digest);
  } else if (content.rollback) {
    facts->rollbacks.push_back({act_of(content), content.rollback->hosts});
    if (is_undone(*facts)) {
      facts->marks.erase(Event::done);  // it is taken back, and may be done again
    }
    objects_.emplace(entry.obj, digest);
  } else if (content.result) {
    take_result(*facts, content);
  } else if (content.evidence) {
    facts->evidence.push_back(act_of(content));
  } else if (entry.ev == Event::done && is_undone(*facts)) {
    // Somebody asked for the change back right before the server noted that it was done.
  } else if (entry.ev == Event::scheduled || entry.ev == Event::done ||
             entry.ev == Event::expired) {
    facts->marks.emplace(entry.ev, entry.at);
  } else if (entry.stmt) {
    facts->acts.push_back(act_of(content));
  }
  put(facts);
}

std::shared_ptr<ChangeFacts> LedgerView::writable(const Digest& digest) {
  const auto& held = changes_.at(digest);
  // While it loads, the view is the only one that knows the facts.
  return loading_ ? std::const_pointer_cast<ChangeFacts>(held)
                  : std::make_shared<ChangeFacts>(*held);
}

void LedgerView::put(std::shared_ptr<const ChangeFacts> facts) {
  const bool still = facts->marks.contains(Event::done) || facts->marks.contains(Event::expired) ||
                     facts->replaced_by.has_value() ||
                     (facts->releases.empty() &&
                      std::all_of(facts->acts.begin(), facts->acts.end(), [](const auto& one) {
                        return one.event != Event::authored || one.withdrawn;
                      }));
  if (still) {
    moving_.erase(facts->digest);
  } else {
    moving_.insert(facts->digest);
  }
  touched_.insert(facts->digest);
  changes_[facts->digest] = std::move(facts);
}

void LedgerView::publish_documents() {
  if (!std::exchange(documents_moved_, false)) {
    return;
  }
  auto documents = keeper_.documents();
  const MutexLock lock(mutex_);
  documents_ = std::move(documents);
}

// --- what readers ask ---

ViewPoint LedgerView::point() const {
  const MutexLock lock(mutex_);
  return point_;
}

std::shared_ptr<const Documents> LedgerView::documents() const {
  const MutexLock lock(mutex_);
  return documents_;
}

std::shared_ptr<const ChangeFacts> LedgerView::change(const Digest& digest) const {
  const MutexLock lock(mutex_);
  const auto found = changes_.find(digest);
  return found == changes_.end() ? nullptr : found->second;
}

std::shared_ptr<const ChangeFacts> LedgerView::change(std::int64_t number,
                                                      std::int64_t version) const {
  const MutexLock lock(mutex_);
  if (number < 1 || number > std::ssize(numbers_)) {
    return nullptr;
  }
  const auto& versions = numbers_[static_cast<std::size_t>(number) - 1];
  const std::int64_t wanted = version == 0 ? std::ssize(versions) : version;
  return wanted < 1 || wanted > std::ssize(versions)
             ? nullptr
             : changes_.at(versions[static_cast<std::size_t>(wanted) - 1]);
}

std::vector<std::shared_ptr<const ChangeFacts>> LedgerView::changes(std::int64_t before,
                                                                    std::size_t max) const {
  const MutexLock lock(mutex_);
  std::vector<std::shared_ptr<const ChangeFacts>> list;
  std::int64_t number =
      before == 0 ? std::ssize(numbers_) : std::min<std::int64_t>(before - 1, std::ssize(numbers_));
  for (; number >= 1 && list.size() < max; --number) {
    list.push_back(changes_.at(numbers_[static_cast<std::size_t>(number) - 1].back()));
  }
  return list;
}

std::vector<std::shared_ptr<const ChangeFacts>> LedgerView::moving() const {
  const MutexLock lock(mutex_);
  std::vector<std::shared_ptr<const ChangeFacts>> list;
  for (const Digest& digest : moving_) {
    list.push_back(changes_.at(digest));
  }
  return list;
}

std::optional<Digest> LedgerView::change_of(const Digest& object) const {
  const MutexLock lock(mutex_);
  if (changes_.contains(object)) {
    return object;
  }
  const auto found = objects_.find(object);
  return found == objects_.end() ? std::nullopt : std::optional(found->second);
}

bool LedgerView::has_list(const Digest& root) const {
  const MutexLock lock(mutex_);
  return lists_.contains(root);
}

Result<std::uint64_t> LedgerView::index_of(const Digest& statement) const {
  std::vector<std::uint64_t> candidates;
  {
    const MutexLock lock(mutex_);
    statements_.find(statement, [&](std::uint64_t index) {
      candidates.push_back(index);
      return false;
    });
  }
  for (const std::uint64_t index : candidates) {
    TWOSEAL_TRY(const auto entries, store_.entries(index, 1));
    TWOSEAL_TRY(const LedgerEntry entry,
                codec::decode<LedgerEntry>(entries.front().bytes, limits::kEntryMax));
    if (entry.stmt == statement) {
      return index;
    }
  }
  return fail(Errc::not_found, "the log has no statement " + statement.text());
}

std::optional<std::string> LedgerView::difference(const LedgerView& other) const {
  if (point().size != other.point().size || point().last_at != other.point().last_at) {
    return "they end at different entries";
  }
  if (!same_documents(*documents(), *other.documents())) {
    return "they have other documents in force";
  }
  const auto mine = changes(0, static_cast<std::size_t>(-1));
  const auto others = other.changes(0, static_cast<std::size_t>(-1));
  if (mine.size() != others.size()) {
    return "they have different numbers of changes";
  }
  for (const auto& newest : mine) {
    for (std::int64_t version = 1; version <= newest->version; ++version) {
      const auto a = change(newest->number, version);
      const auto b = other.change(newest->number, version);
      if (b == nullptr || !a->says_the_same(*b)) {
        return "CHG-" + std::to_string(newest->number) + " version " + std::to_string(version) +
               " differs";
      }
    }
  }
  return moving().size() == other.moving().size()
             ? std::nullopt
             : std::optional<std::string>("other changes move");
}

}  // namespace twoseal
