// A connection that we open, with TLS or without, for code that waits: every wait ends at a
// deadline or when it is interrupted.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/os_file.h"
#include "net/client.h"
#include "net/tls.h"

struct sockaddr;

namespace twoseal {

using Deadline = std::chrono::steady_clock::time_point;

/// Ends waits for good. Any thread may fire it.
class Interrupt {
 public:
  Interrupt();

  void fire() const;

  /// Readable from then on.
  [[nodiscard]] int descriptor() const { return event_.get(); }

 private:
  FileDescriptor event_;
};

/// For one thread at a time. All functions fail with Errc::timed_out, Errc::cancelled, or
/// Errc::unreachable when the connection broke.
class BlockingStream {
 public:
  /// Connects to the first address of `host` that answers. `tls`: nothing for plain HTTP, which
  /// only loopback addresses get (Errc::plain_http). `interrupt` must outlive the stream.
  /// Errc::refuse_t1 when the TLS handshake fails: another key than those pinned, no TLS 1.3.
  [[nodiscard]] static Result<BlockingStream> connect(const std::string& host,
                                                      std::uint16_t port,
                                                      const TlsContext* tls,
                                                      Deadline deadline,
                                                      const Interrupt& interrupt);

  /// Up to `size` octets; 0 at the end. Errc::refuse_t1 when the server says that our certificate
  /// is not good enough, which TLS 1.3 tells only now.
  [[nodiscard]] Result<std::size_t> read(char* octets, std::size_t size, Deadline deadline);

  /// Writes all; false when the other side answers before it took all, so that it can be read.
  [[nodiscard]] Result<bool> write(BytesView octets, Deadline deadline);

  /// Whether the other side has neither sent anything nor ended. Does not wait.
  [[nodiscard]] bool is_quiet();

 private:
  BlockingStream(FileDescriptor socket, const Interrupt& interrupt)
      : socket_(std::move(socket)), interrupt_(&interrupt) {}

  [[nodiscard]] Result<void> shake_hands(Deadline deadline);
  [[nodiscard]] Result<void> wait(TlsWant want, Deadline deadline) const;
  [[nodiscard]] TlsStep try_read(char* octets, std::size_t size);
  [[nodiscard]] TlsStep try_write(BytesView octets);

  FileDescriptor socket_;
  std::unique_ptr<TlsConnection> tls_;
  const Interrupt* interrupt_;
};

}  // namespace twoseal
