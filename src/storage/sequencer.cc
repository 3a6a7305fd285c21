#include "storage/sequencer.h"

#include <algorithm>

namespace twoseal {
namespace {

constexpr std::chrono::seconds kIdle{5};  // how often an idle sequencer looks after its lease
constexpr std::size_t kEntryBytes = 1'024;

std::size_t bytes_of(const EntryDraft& draft) {
  std::size_t bytes = kEntryBytes;
  for (const SignedRecord& record : draft.records) {
    bytes += record.bytes.size();
  }
  for (const StoredDocument& document : draft.documents) {
    bytes += document.bytes.size();
  }
  return bytes;
}

}  // namespace

Sequencer::Sequencer(std::unique_ptr<LedgerWriter> writer, Limits limits)
    : writer_(std::move(writer)), limits_(std::move(limits)), thread_([this] { run(); }) {}

Sequencer::~Sequencer() {
  const MutexLock lock(mutex_);
  stopping_ = true;
  arrived_.notify_all();
}

Result<Appended> Sequencer::append(EntryDraft draft) {
  TWOSEAL_TRY(std::future<Result<Appended>> answer, submit(std::move(draft)));
  return answer.get();
}

Result<std::future<Result<Appended>>> Sequencer::submit(EntryDraft draft) {
  Waiting waiting{std::move(draft), 0, {}};
  waiting.bytes = std::min(bytes_of(waiting.draft), limits_.queue_bytes_max);
  const Time until = std::chrono::steady_clock::now() + limits_.wait_max;
  const MutexLock lock(mutex_);
  while (queue_.size() >= limits_.queue_max ||
         queue_bytes_ + waiting.bytes > limits_.queue_bytes_max) {
    if (taken_.wait_until(mutex_, until) == std::cv_status::timeout) {
      return fail(Errc::queue_full,
                  std::to_string(queue_.size()) + " entries wait for their place in the log");
    }
  }
  auto answer = waiting.answer.get_future();
  queue_bytes_ += waiting.bytes;
  queue_.push_back(std::move(waiting));
  arrived_.notify_one();
  return answer;
}

Result<void> Sequencer::state() const {
  const MutexLock lock(mutex_);
  return state_;
}

// Waits until there is something to commit, until `wake_at`, or until the end; then takes what one
// commit may hold.
std::vector<Sequencer::Waiting> Sequencer::take_batch(Time wake_at) {
  const MutexLock lock(mutex_);
  while (queue_.empty() && !stopping_) {
    if (arrived_.wait_until(mutex_, wake_at) == std::cv_status::timeout) {
      break;
    }
  }
  std::vector<Waiting> batch;
  while (!queue_.empty() && batch.size() < limits_.batch_max) {
    queue_bytes_ -= queue_.front().bytes;
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  taken_.notify_all();
  return batch;
}

void Sequencer::commit(std::vector<Waiting> batch) {
  std::vector<EntryDraft> drafts;
  drafts.reserve(batch.size());
  for (Waiting& waiting : batch) {
    drafts.push_back(std::move(waiting.draft));
  }
  const std::vector<Result<Appended>> answers = writer_->append(drafts);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    batch[i].answer.set_value(answers[i]);
  }
}

void Sequencer::run() {
  Time sign_at = std::chrono::steady_clock::now();  // a new log gets its first checkpoint at once
  for (;;) {
    const Time idle = std::chrono::steady_clock::now() + kIdle;
    std::vector<Waiting> batch = take_batch(writer_->unsigned_entries() ? sign_at : idle);
    const bool was_signed = !writer_->unsigned_entries();
    if (!batch.empty()) {
      commit(std::move(batch));
    }
    const Time now = std::chrono::steady_clock::now();
    if (was_signed && writer_->unsigned_entries()) {
      sign_at = now + limits_.checkpoint_after;
    }
    bool stop = false;
    {
      const MutexLock lock(mutex_);
      stop = stopping_ && queue_.empty();
    }
    std::optional<Result<void>> state;
    if (stop || now >= sign_at) {
      state = writer_->sign_checkpoint();
      sign_at = now + limits_.checkpoint_after;
      if (*state && limits_.signed_checkpoint) {
        limits_.signed_checkpoint();
      }
    }
    if (const auto kept = writer_->maintain(); !kept) {
      state = kept;
    }
    const MutexLock lock(mutex_);
    state_ = state.value_or(state_);
    if (stop) {
      return;
    }
  }
}

}  // namespace twoseal
