// Connections that only read, each lent to one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "storage/sqlite/connection.h"

namespace twoseal::sqlite {

/// Safe for several threads at once.
class Readers {
 public:
  Readers(std::string path, Connection::Access access) : path_(std::move(path)), access_(access) {}

  /// Runs `work` on a connection of its own, which sees the last commit; with Access::read all of
  /// them see what the first one saw.
  template <class Work>
  auto read(Work&& work) -> decltype(work(std::declval<Connection&>())) {
    TWOSEAL_TRY(std::unique_ptr<Connection> reader, borrow());
    auto result = work(*reader);
    const MutexLock lock(mutex_);
    if (idle_.size() < kKept) {
      idle_.push_back(std::move(reader));
    }
    return result;
  }

 private:
  static constexpr std::size_t kKept = 4;

  Result<std::unique_ptr<Connection>> borrow() {
    {
      const MutexLock lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<Connection> reader = std::move(idle_.back());
        idle_.pop_back();
        return reader;
      }
    }
    TWOSEAL_TRY(Connection opened, Connection::open(path_, access_));
    if (access_ == Connection::Access::write) {
      // A server that starts reads a million documents by their digests: 16 MiB hold the inner
      // nodes and most leaves of that index.
      TWOSEAL_TRY_VOID(opened.execute("pragma cache_size = -16384"));
    } else {
      // Who only reads sees one state of the store, and takes no lock for each row.
      TWOSEAL_TRY_VOID(opened.execute("begin"));
    }
    return std::make_unique<Connection>(std::move(opened));
  }

  const std::string path_;
  const Connection::Access access_;
  Mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_ GUARDED_BY(mutex_);
};

}  // namespace twoseal::sqlite
