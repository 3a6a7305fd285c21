// A connection that the server accepted, with TLS or without, as coroutines and Beast use it.
//
// Our own instead of asio::ssl::stream, which keeps 34 KB of buffers per connection: here OpenSSL
// works on the socket itself and Asio only says when it is ready. bench/net.cc measures it.
#pragma once

#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/tls.h"

namespace twoseal::io {

namespace asio = boost::asio;

/// Each connection lives on one io_context that one thread runs, so nothing here needs a lock. The
/// executor is the concrete one: it costs less than asio::any_io_executor per connection.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>,
                                         Executor>;
template <class T>
using Task = asio::awaitable<T, Executor>;

inline constexpr asio::use_awaitable_t<Executor> kUseTask;

/// Never blocks. Satisfies Beast's AsyncStream.
class Stream {
 public:
  // NOLINTBEGIN(readability-identifier-naming): names that Asio and Beast ask for
  using executor_type = Executor;
  using next_layer_type = Socket;
  using lowest_layer_type = Socket;
  // NOLINTEND(readability-identifier-naming)

  /// `context`: nothing for plain HTTP; must outlive the handshake only.
  Stream(Socket socket, const TlsContext* context);

  executor_type get_executor() { return socket_.get_executor(); }

  [[nodiscard]] Socket& next_layer() { return socket_; }

  [[nodiscard]] const Socket& next_layer() const { return socket_; }

  [[nodiscard]] TlsStep try_handshake();
  [[nodiscard]] TlsStep try_read(char* octets, std::size_t size);
  [[nodiscard]] TlsStep try_write(BytesView octets);
  [[nodiscard]] TlsStep peek();

  [[nodiscard]] std::optional<PeerCertificate> peer_certificate() const;

  /// Tells the other side that nothing follows; what it sends is still taken.
  void end();

  /// Ends all waits on the socket; it stays open.
  void cancel();

  void close();

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    auto attempt = [this, buffers] {
      const asio::mutable_buffer piece = first<asio::mutable_buffer>(buffers);
      return try_read(static_cast<char*>(piece.data()), piece.size());
    };
    return compose(attempt, Direction::read, std::forward<Token>(token));
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    auto attempt = [this, buffers] {
      const asio::const_buffer piece = first<asio::const_buffer>(buffers);
      return try_write({static_cast<const char*>(piece.data()), piece.size()});
    };
    return compose(attempt, Direction::write, std::forward<Token>(token));
  }

 private:
  enum class Direction { read, write };

  /// One read or write that Beast waits for: tried until it need not wait. It completes only after
  /// it was posted or has waited, never inside the call that begins it.
  template <class Attempt>
  struct Operation {
    Stream& stream;
    Attempt attempt;
    Direction direction;
    bool begun = false;

    template <class Self>
    void operator()(Self& self, boost::system::error_code error = {}, std::size_t = 0) {
      if (!begun) {
        begun = true;
        asio::post(stream.get_executor(), std::move(self));
        return;
      }
      if (error) {
        self.complete(error, 0);
        return;
      }
      const TlsStep step = attempt();
      if (step.state == TlsStep::State::wait) {
        stream.socket_.async_wait(
            step.want == TlsWant::read ? Socket::wait_read : Socket::wait_write, std::move(self));
        return;
      }
      self.complete(stream.error_of(step, direction), step.octets);
    }
  };

  /// The first buffer that is not empty.
  template <class Buffer, class Buffers>
  static Buffer first(const Buffers& buffers) {
    const auto end = asio::buffer_sequence_end(buffers);
    for (auto at = asio::buffer_sequence_begin(buffers); at != end; ++at) {
      if (Buffer(*at).size() > 0) {
        return *at;
      }
    }
    return {};
  }

  template <class Attempt, class Token>
  auto compose(Attempt attempt, Direction direction, Token&& token) {
    return asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
        Operation<Attempt>{*this, std::move(attempt), direction}, token, socket_);
  }

  [[nodiscard]] static boost::system::error_code error_of(const TlsStep& step, Direction direction);

  Socket socket_;
  std::optional<TlsConnection> tls_;
};

}  // namespace twoseal::io
