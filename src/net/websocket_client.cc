#include "net/websocket_client.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "net/blocking_stream.h"
#include "net/target.h"

namespace twoseal {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

constexpr std::size_t kMessageMax = std::size_t{16} * 1024 * 1024;  // octets

/// A BlockingStream as Beast's SyncStream. Keeps the deadline of the call that runs and our own
/// error, which a number cannot tell.
struct SyncStream {
  // Beast wants one for its asynchronous half, which nobody here calls.
  // NOLINTNEXTLINE(readability-identifier-naming): the name that Asio asks for
  using executor_type = asio::io_context::executor_type;

  BlockingStream stream;
  Deadline deadline;
  executor_type executor;
  std::optional<Error> failure = {};

  [[nodiscard]] executor_type get_executor() const { return executor; }

  error_code keep(Error error) {
    failure = std::move(error);
    return asio::error::connection_aborted;
  }

  template <class Buffers>
  std::size_t read_some(const Buffers& buffers, error_code& error) {
    const asio::mutable_buffer piece = *asio::buffer_sequence_begin(buffers);
    const auto size = stream.read(static_cast<char*>(piece.data()), piece.size(), deadline);
    error = !size ? keep(size.error()) : (*size == 0) ? error_code(asio::error::eof) : error_code();
    return size.value_or(0);
  }

  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, error_code& error) {
    error = {};
    std::size_t sent = 0;
    const auto end = asio::buffer_sequence_end(buffers);
    for (auto at = asio::buffer_sequence_begin(buffers); at != end && !error; ++at) {
      const asio::const_buffer piece = *at;
      const auto written = write_all({static_cast<const char*>(piece.data()), piece.size()});
      sent += written ? piece.size() : 0;
      error = written ? error_code() : keep(written.error());
    }
    return sent;
  }

  // Beast asks for the signatures of these and calls neither.
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers);

  template <class Buffers>
  std::size_t write_some(const Buffers& buffers);

 private:
  Result<void> write_all(BytesView octets) {
    TWOSEAL_TRY(const bool whole, stream.write(octets, deadline));
    return whole ? Result<void>()
                 : fail(Errc::unreachable, "the server does not take what is sent to it");
  }
};

// Found by argument-dependent lookup when Beast ends a connection: closing is the owner's.
[[maybe_unused]] void teardown(beast::role_type, SyncStream&, error_code& error) {
  error = {};
}

class Client final : public WebSocketClient {
 public:
  Result<void> open(const ServerAddress& address,
                    const std::optional<TlsIdentity>& identity,
                    const HttpRequest& request,
                    Deadline deadline);

  Result<std::string> receive(std::chrono::milliseconds wait) override;
  Result<void> send(std::string_view text, std::chrono::milliseconds wait) override;

  void cancel() override { interrupt_.fire(); }

 private:
  Result<void> shake_hands(const ServerAddress& address, const HttpRequest& request);
  [[nodiscard]] Error error_of(error_code error) const;

  Interrupt interrupt_;
  std::optional<TlsContext> context_;
  asio::io_context executor_;  // never run
  std::optional<beast::websocket::stream<SyncStream>> stream_;
};

Result<void> Client::open(const ServerAddress& address,
                          const std::optional<TlsIdentity>& identity,
                          const HttpRequest& request,
                          Deadline deadline) {
  const bool tls = address.transport == Transport::tls;
  if (tls) {
    TWOSEAL_TRY(context_, TlsContext::make_client(address.pins, identity));
  }
  TWOSEAL_TRY(BlockingStream stream,
              BlockingStream::connect(
                  address.host, address.port, tls ? &*context_ : nullptr, deadline, interrupt_));
  stream_.emplace(SyncStream{std::move(stream), deadline, executor_.get_executor()});
  stream_->read_message_max(kMessageMax);
  return shake_hands(address, request);
}

Result<void> Client::shake_hands(const ServerAddress& address, const HttpRequest& request) {
  stream_->set_option(
      beast::websocket::stream_base::decorator([&request](beast::websocket::request_type& sent) {
        for (const auto& [name, value] : request.headers) {
          sent.set(name, value);
        }
      }));
  beast::websocket::response_type response;
  error_code error;
  stream_->handshake(response,
                     address.host + ":" + std::to_string(address.port),
                     encode_target({request.path, request.query}),
                     error);
  if (error == beast::websocket::error::upgrade_declined) {
    return fail(Errc::bad_http,
                "the server answers with status " + std::to_string(response.result_int()));
  }
  if (error) {
    return std::unexpected(error_of(error));
  }
  stream_->text(true);
  return {};
}

Error Client::error_of(error_code error) const {
  if (stream_->next_layer().failure) {
    return *stream_->next_layer().failure;
  }
  const bool ended = error == beast::websocket::error::closed || error == asio::error::eof;
  return {ended ? Errc::unreachable : Errc::bad_http, "the WebSocket ended: " + error.message()};
}

Result<std::string> Client::receive(std::chrono::milliseconds wait) {
  stream_->next_layer().deadline = std::chrono::steady_clock::now() + wait;
  beast::flat_buffer buffer;
  error_code error;
  stream_->read(buffer, error);
  if (error) {
    return std::unexpected(error_of(error));
  }
  return std::string(static_cast<const char*>(buffer.data().data()), buffer.data().size());
}

Result<void> Client::send(std::string_view text, std::chrono::milliseconds wait) {
  stream_->next_layer().deadline = std::chrono::steady_clock::now() + wait;
  error_code error;
  stream_->write(asio::buffer(text.data(), text.size()), error);
  if (error) {
    return std::unexpected(error_of(error));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<WebSocketClient>> WebSocketClient::open(
    const ServerAddress& address,
    const std::optional<TlsIdentity>& identity,
    const HttpRequest& request,
    std::chrono::milliseconds wait) {
  auto client = std::make_unique<Client>();
  TWOSEAL_TRY_VOID(
      client->open(address, identity, request, std::chrono::steady_clock::now() + wait));
  return client;
}

}  // namespace twoseal
