#include "net/websocket_session.h"

#include <deque>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace twoseal::io {

// How Beast ends a stream of ours, found by argument-dependent lookup.

inline void teardown(boost::beast::role_type, Stream& stream, boost::system::error_code& error) {
  stream.end();
  error = {};
}

template <class Handler>
void async_teardown(boost::beast::role_type, Stream& stream, Handler&& handler) {
  stream.end();
  asio::post(stream.get_executor(), [own = std::forward<Handler>(handler)]() mutable {
    own(boost::system::error_code());
  });
}

}  // namespace twoseal::io

namespace twoseal {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

class Session;

/// What the subscriber keeps: leads to the session as long as there is one.
class Handle final : public WebSocket {
 public:
  explicit Handle(Session& session) : session_(&session) {}

  bool send(std::string text) override;
  void close() override;

  void detach() {
    const MutexLock lock(mutex_);
    session_ = nullptr;
  }

 private:
  Mutex mutex_;
  Session* session_ GUARDED_BY(mutex_);
};

class Session final : public WebSocketSession, public std::enable_shared_from_this<Session> {
 public:
  Session(io::Stream stream, const ServerLimits& limits)
      : executor_(stream.get_executor()), limits_(limits), stream_(std::move(stream)) {
    websocket::stream_base::timeout times{};
    times.handshake_timeout = limits.handshake_time;
    times.idle_timeout = limits.websocket_idle;
    times.keep_alive_pings = true;
    stream_.set_option(times);
    stream_.read_message_max(limits.websocket_message_max);
  }

  /// As WebSocket, by any thread.
  bool send(std::string text);

  void close() { finish(websocket::close_code::normal); }

  io::Task<void> run(const HttpRequest& request,
                     std::shared_ptr<WebSocketSubscriber> subscriber,
                     const OnWorker& on_worker) override;

  void stop() override { finish(websocket::close_code::going_away); }

  void abort() override {
    const MutexLock lock(mutex_);
    closed_ = true;
    stream_.next_layer().close();
  }

 private:
  io::Task<void> read(WebSocketSubscriber& subscriber, const OnWorker& on_worker);
  static io::Task<void> write(std::shared_ptr<Session> self);
  void finish(websocket::close_code code);
  void begin_writing() REQUIRES(mutex_);

  const io::Executor executor_;
  const ServerLimits& limits_;
  websocket::stream<io::Stream> stream_;
  Mutex mutex_;
  std::deque<std::string> queue_ GUARDED_BY(mutex_);
  std::size_t queued_octets_ GUARDED_BY(mutex_) = 0;
  std::optional<websocket::close_code> closing_ GUARDED_BY(mutex_);  ///< after the queue
  bool writing_ GUARDED_BY(mutex_) = false;
  bool closed_ GUARDED_BY(mutex_) = false;
};

bool Handle::send(std::string text) {
  const MutexLock lock(mutex_);
  return session_ != nullptr && session_->send(std::move(text));
}

void Handle::close() {
  const MutexLock lock(mutex_);
  if (session_ != nullptr) {
    session_->close();
  }
}

bool Session::send(std::string text) {
  const MutexLock lock(mutex_);
  if (closed_ || closing_) {
    return false;
  }
  if (queue_.size() >= limits_.websocket_queue_max ||
      queued_octets_ + text.size() > limits_.websocket_queue_octets_max) {
    closed_ = true;
    asio::post(executor_, [self = shared_from_this()] { self->abort(); });
    return false;
  }
  queued_octets_ += text.size();
  queue_.push_back(std::move(text));
  begin_writing();
  return true;
}

void Session::finish(websocket::close_code code) {
  const MutexLock lock(mutex_);
  if (!closed_ && !closing_) {
    closing_ = code;
    begin_writing();
  }
}

void Session::begin_writing() {
  if (!writing_) {
    writing_ = true;
    // Posted, since co_spawn() may begin at once and the mutex is held.
    asio::post(executor_, [self = shared_from_this()] {
      asio::co_spawn(self->executor_, write(self), asio::detached);
    });
  }
}

// Sends what is queued, then the end if it was asked for. One at a time: `writing_`.
io::Task<void> Session::write(std::shared_ptr<Session> self) {
  while (true) {
    std::string text;
    std::optional<websocket::close_code> code;
    {
      const MutexLock lock(self->mutex_);
      if (self->closed_ || (self->queue_.empty() && !self->closing_)) {
        self->writing_ = false;
        co_return;
      }
      if (self->queue_.empty()) {
        code = self->closing_;
        self->closed_ = true;
      } else {
        text = std::move(self->queue_.front());
        self->queue_.pop_front();
      }
    }
    error_code error;
    if (code) {
      co_await self->stream_.async_close(*code, asio::redirect_error(io::kUseTask, error));
    } else {
      const asio::const_buffer buffer(text.data(), text.size());
      co_await self->stream_.async_write(buffer, asio::redirect_error(io::kUseTask, error));
    }
    const MutexLock lock(self->mutex_);
    self->queued_octets_ -= text.size();
    self->closed_ = self->closed_ || error;
  }
}

io::Task<void> Session::run(const HttpRequest& request,
                            std::shared_ptr<WebSocketSubscriber> subscriber,
                            const OnWorker& on_worker) {
  http::request<http::empty_body> beast(http::verb::get, request.path, 11);
  for (const auto& [name, value] : request.headers) {
    beast.set(name, value);
  }
  error_code error;
  co_await stream_.async_accept(beast, asio::redirect_error(io::kUseTask, error));
  if (error) {
    co_return;
  }
  stream_.text(true);
  const auto handle = std::make_shared<Handle>(*this);
  // Also when the server ends with this coroutine still waiting.
  const std::shared_ptr<void> detach(handle.get(), [handle](void*) { handle->detach(); });
  subscriber->opened(handle);
  co_await read(*subscriber, on_worker);
  {
    const MutexLock lock(mutex_);
    closed_ = true;
  }
  subscriber->closed();
}

// Also answers pings and takes part in closing, as long as somebody reads.
io::Task<void> Session::read(WebSocketSubscriber& subscriber, const OnWorker& on_worker) {
  boost::beast::flat_buffer buffer;
  while (true) {
    error_code error;
    co_await stream_.async_read(buffer, asio::redirect_error(io::kUseTask, error));
    if (error) {
      co_return;
    }
    if (!stream_.got_text()) {
      finish(websocket::close_code::unknown_data);
      buffer.clear();
      continue;
    }
    std::string text(static_cast<const char*>(buffer.data().data()), buffer.data().size());
    buffer.clear();
    std::function<void()> work = [&] { subscriber.received(std::move(text)); };
    const bool ran = co_await on_worker(work);
    if (!ran) {
      finish(websocket::close_code::try_again_later);
    }
  }
}

}  // namespace

std::shared_ptr<WebSocketSession> WebSocketSession::make(io::Stream stream,
                                                         const ServerLimits& limits) {
  return std::make_shared<Session>(std::move(stream), limits);
}

}  // namespace twoseal
