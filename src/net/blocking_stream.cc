#include "net/blocking_stream.h"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/id.h"
#include "net/address.h"

namespace twoseal {
namespace {

TlsStep step_of(ssize_t result, TlsWant want) {
  if (result >= 0) {
    return {TlsStep::State::done, TlsWant::nothing, static_cast<std::size_t>(result)};
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
    return {TlsStep::State::wait, want};
  }
  return {TlsStep::State::failed, TlsWant::nothing, 0, os_error(errno, "using", "the socket").what};
}

// An alert of the server about what we sent in the handshake, in OpenSSL's words.
bool is_about_our_certificate(std::string_view why) {
  return why.contains("alert") && (why.contains("certificate") || why.contains("unknown ca") ||
                                   why.contains("access denied"));
}

}  // namespace

Interrupt::Interrupt() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  check(event_.is_open(), "a descriptor is left to stop this program with");
}

void Interrupt::fire() const {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(event_.get(), &one, sizeof(one)));
}

Result<BlockingStream> BlockingStream::connect(const std::string& host,
                                               std::uint16_t port,
                                               const TlsContext* tls,
                                               Deadline deadline,
                                               const Interrupt& interrupt) {
  TWOSEAL_TRY(const auto addresses, look_up(host, port, deadline, interrupt));
  if (tls == nullptr && !std::ranges::all_of(addresses, &SocketAddress::is_loopback)) {
    return fail(Errc::plain_http, host + " is not an address of this machine");
  }
  auto socket = connect_any(addresses, deadline, interrupt);
  if (!socket) {
    socket.error().what = host + " port " + std::to_string(port) + ": " + socket.error().what;
    return std::unexpected(std::move(socket).error());
  }
  BlockingStream stream(*std::move(socket), interrupt);
  if (tls != nullptr) {
    stream.tls_ = std::make_unique<TlsConnection>(*tls, stream.socket_.get(), TlsSide::client);
    if (is_host_name(host) && std::ranges::any_of(host, [](char c) { return c >= 'a'; })) {
      stream.tls_->set_server_name(host);
    }
    TWOSEAL_TRY_VOID(stream.shake_hands(deadline));
  }
  return stream;
}

Result<void> BlockingStream::shake_hands(Deadline deadline) {
  while (true) {
    const TlsStep step = tls_->handshake();
    if (step.state == TlsStep::State::done) {
      return {};
    }
    if (step.state == TlsStep::State::failed) {
      if (tls_->wrong_pin()) {
        return fail(Errc::refuse_t1, "the key of this server is none of those that are pinned");
      }
      const bool ended = step.why == TlsConnection::kBroken || step.why.contains("eof");
      return fail(ended ? Errc::unreachable : Errc::refuse_t1,
                  "the TLS handshake failed: " + step.why);
    }
    TWOSEAL_TRY_VOID(wait(step.want, deadline));
  }
}

Result<void> BlockingStream::wait(TlsWant want, Deadline deadline) const {
  return wait_for(socket_.get(), want == TlsWant::write ? POLLOUT : POLLIN, deadline, *interrupt_);
}

TlsStep BlockingStream::try_read(char* octets, std::size_t size) {
  return tls_ != nullptr
             ? tls_->read(octets, size)
             : step_of(::recv(socket_.get(), octets, size, MSG_DONTWAIT), TlsWant::read);
}

TlsStep BlockingStream::try_write(BytesView octets) {
  constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
  return tls_ != nullptr
             ? tls_->write(octets)
             : step_of(::send(socket_.get(), octets.data(), octets.size(), kFlags), TlsWant::write);
}

Result<std::size_t> BlockingStream::read(char* octets, std::size_t size, Deadline deadline) {
  while (true) {
    const TlsStep step = try_read(octets, size);
    if (step.state == TlsStep::State::done) {
      return step.octets;
    }
    if (step.state == TlsStep::State::failed) {
      return is_about_our_certificate(step.why)
                 ? fail(Errc::refuse_t1, "the server refuses our certificate: " + step.why)
                 : fail(Errc::unreachable, "the connection broke: " + step.why);
    }
    TWOSEAL_TRY_VOID(wait(step.want, deadline));
  }
}

Result<bool> BlockingStream::write(BytesView octets, Deadline deadline) {
  while (!octets.empty()) {
    const TlsStep step = try_write(octets);
    if (step.state == TlsStep::State::done) {
      octets.remove_prefix(step.octets);
      continue;
    }
    if (step.state == TlsStep::State::failed) {
      return fail(Errc::unreachable, "the connection broke: " + step.why);
    }
    TWOSEAL_TRY_VOID(wait_for(socket_.get(), POLLIN | POLLOUT, deadline, *interrupt_));
    pollfd now{socket_.get(), POLLIN | POLLOUT, 0};
    if (::poll(&now, 1, 0) == 1 && (now.revents & POLLOUT) == 0) {
      return false;
    }
  }
  return true;
}

bool BlockingStream::is_quiet() {
  char octet = 0;
  const TlsStep step =
      tls_ != nullptr
          ? tls_->peek()
          : step_of(::recv(socket_.get(), &octet, 1, MSG_DONTWAIT | MSG_PEEK), TlsWant::read);
  return step.state == TlsStep::State::wait;
}

}  // namespace twoseal
