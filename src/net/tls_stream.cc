#include "net/tls_stream.h"

#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace twoseal::io {
namespace {

// What a system call says, as OpenSSL would say it.
TlsStep step_of(ssize_t result, TlsWant want) {
  if (result >= 0) {
    return {TlsStep::State::done, TlsWant::nothing, static_cast<std::size_t>(result)};
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
    return {TlsStep::State::wait, want};
  }
  return {TlsStep::State::failed, TlsWant::nothing, 0, "the connection broke"};
}

const TlsStep kClosed{TlsStep::State::failed, TlsWant::nothing, 0, "the connection is closed"};

}  // namespace

Stream::Stream(Socket socket, const TlsContext* context) : socket_(std::move(socket)) {
  boost::system::error_code ignored;
  static_cast<void>(socket_.native_non_blocking(true, ignored));
  static_cast<void>(socket_.set_option(asio::ip::tcp::no_delay(true), ignored));
  if (context != nullptr) {
    tls_.emplace(*context, socket_.native_handle(), TlsSide::server);
  }
}

// Every use of `tls_` asks first whether the socket is open: OpenSSL knows it by a number, which
// belongs to another connection soon after it was closed.

TlsStep Stream::try_handshake() {
  if (!socket_.is_open()) {
    return kClosed;
  }
  return tls_ ? tls_->handshake() : TlsStep{TlsStep::State::done};
}

TlsStep Stream::try_read(char* octets, std::size_t size) {
  if (!socket_.is_open()) {
    return kClosed;
  }
  return tls_ ? tls_->read(octets, size)
              : step_of(::recv(socket_.native_handle(), octets, size, MSG_DONTWAIT), TlsWant::read);
}

TlsStep Stream::try_write(BytesView octets) {
  if (!socket_.is_open()) {
    return kClosed;
  }
  constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
  return tls_ ? tls_->write(octets)
              : step_of(::send(socket_.native_handle(), octets.data(), octets.size(), kFlags),
                        TlsWant::write);
}

TlsStep Stream::peek() {
  if (!socket_.is_open()) {
    return kClosed;
  }
  char octet = 0;
  return tls_ ? tls_->peek()
              : step_of(::recv(socket_.native_handle(), &octet, 1, MSG_DONTWAIT | MSG_PEEK),
                        TlsWant::read);
}

std::optional<PeerCertificate> Stream::peer_certificate() const {
  return tls_ ? tls_->peer_certificate() : std::nullopt;
}

void Stream::end() {
  if (!socket_.is_open()) {
    return;
  }
  if (tls_) {
    tls_->close();
  }
  boost::system::error_code ignored;
  static_cast<void>(socket_.shutdown(Socket::shutdown_send, ignored));
}

void Stream::cancel() {
  boost::system::error_code ignored;
  static_cast<void>(socket_.cancel(ignored));
}

void Stream::close() {
  boost::system::error_code ignored;
  static_cast<void>(socket_.close(ignored));
}

boost::system::error_code Stream::error_of(const TlsStep& step, Direction direction) {
  if (step.state == TlsStep::State::failed) {
    return asio::error::connection_reset;
  }
  return direction == Direction::read && step.octets == 0
             ? boost::system::error_code(asio::error::eof)
             : boost::system::error_code();
}

}  // namespace twoseal::io
