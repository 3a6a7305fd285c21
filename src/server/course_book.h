// Where changes stand, as the API shows it. Judging takes signatures, so an answer is kept for as
// long as nothing has moved and the second has not passed.
#pragma once

#include <map>
#include <memory>

#include "base/clock.h"
#include "base/mutex.h"
#include "net/json_text.h"
#include "workflow/desk.h"

namespace twoseal::server {

/// `CHG-42`; `CHG-42.1` for a version that a newer one has replaced.
[[nodiscard]] std::string number_text(const ChangeFacts& facts);

/// Safe for several threads at once.
class CourseBook {
 public:
  /// All must outlive it.
  CourseBook(const LedgerView& view, Desk& desk, Clock& clock)
      : view_(view), desk_(desk), clock_(clock) {}

  /// A course with its text.
  struct Shown {
    std::shared_ptr<const ChangeFacts> facts;
    ChangeCourse course;
    Json::Object fields;  ///< the whole page
    Json::Object row;     ///< for lists
  };

  /// Errc::not_found; errors of Desk::course().
  [[nodiscard]] Result<std::shared_ptr<const Shown>> of(const Digest& change);

 private:
  struct Kept {
    std::shared_ptr<const Documents> documents;
    UnixSeconds at = 0;
    std::shared_ptr<const Shown> shown;
  };

  const LedgerView& view_;
  Desk& desk_;
  Clock& clock_;
  Mutex mutex_;
  std::map<Digest, Kept> kept_ GUARDED_BY(mutex_);
};

}  // namespace twoseal::server
