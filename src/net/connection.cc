#include "net/connection.h"

#include <utility>

#include <boost/asio/redirect_error.hpp>

#include "base/os_clock.h"
#include "net/problem.h"
#include "net/response_text.h"
#include "net/websocket_session.h"

// gcc 12 does not see that operator new and delete of a coroutine frame are a pair (GCC PR 103993).
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace twoseal {
namespace {

using boost::system::error_code;
namespace asio = boost::asio;

// A body up to this size travels with its header in one write, which is one TLS record.
constexpr std::size_t kJoinMax = std::size_t{12} * 1024;
constexpr std::size_t kSendPiece = std::size_t{64} * 1024;
// After a refusal: how much and how long is read on, so that the answer arrives before the reset
// that closing with unread octets causes (RFC 9112 §9.6).
constexpr std::size_t kDrainMax = std::size_t{512} * 1024;
constexpr std::chrono::seconds kDrainTime{2};

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

HttpResponse busy_response() {
  HttpResponse response = problem_response(503, {Errc::busy, "too many requests are waiting"});
  response.headers["retry-after"] = "2";
  return response;
}

HttpResponse call_handler(const HttpHandler& handler, const HttpRequest& request) {
  try {
    return handler(request);
  } catch (const std::exception& failure) {
    return problem_response(500,
                            {Errc::internal, "the handler failed: " + std::string(failure.what())});
  }
}

}  // namespace

Connection::Connection(ServerShared& server,
                       IoThread& thread,
                       io::Socket socket,
                       std::string address)
    : server_(server),
      thread_(thread),
      stream_(std::move(socket), server.tls ? &*server.tls : nullptr),
      timer_(thread.context),
      peer_{std::move(address), std::nullopt} {}

Connection::~Connection() {
  thread_.connections.erase(this);
  hold(0);
  stream_.close();
  server_.connections.leave(peer_.address);
}

io::Task<void> Connection::serve(std::shared_ptr<Connection> connection) {
  Connection& self = *connection;
  self.thread_.connections.insert(&self);
  bool open = co_await self.shake_hands();
  while (open) {
    open = co_await self.next_request();
    if (open) {
      open = co_await self.serve_request();
    }
  }
  self.disarm();
  if (self.websocket_ == nullptr) {
    self.stream_.end();
  }
}

void Connection::stop() {
  if (websocket_ != nullptr) {
    websocket_->stop();
  } else if (idle_) {
    overdue_ = true;
    stream_.cancel();
  } else if (parked_) {
    timer_.cancel();
  }
}

void Connection::abort() {
  aborted_ = true;
  timer_.cancel();
  if (websocket_ != nullptr) {
    websocket_->abort();
  } else {
    stream_.close();
  }
}

RequestFault Connection::overdue(std::string_view what) {
  ++server_.counters.overdue;
  return {408, {Errc::slow_request, std::string(what)}};
}

bool Connection::is_last() const {
  return server_.stopping || requests_ >= server_.options.limits.requests_per_connection_max;
}

// --- deadlines and octets ---------------------------------------------------------------------

void Connection::arm(Clock::time_point until) {
  overdue_ = false;
  timer_.expires_at(until);
  timer_.async_wait([weak = weak_from_this(), number = ++armed_](error_code error) {
    const auto self = error ? nullptr : weak.lock();
    if (self != nullptr && self->armed_ == number) {
      self->overdue_ = true;
      self->stream_.cancel();
    }
  });
}

// Each window of `grace` must bring as many octets as the minimum rate asks for. Counting from the
// begin instead would credit what the kernel buffers at once, for minutes of silence.
void Connection::keep_pace(Pace& pace, std::size_t octets) {
  const ServerLimits& limits = server_.options.limits;
  pace.octets += octets;
  if (pace.octets * 1'000 >= limits.rate_min * static_cast<std::size_t>(limits.grace.count())) {
    pace = {};
  }
  arm(pace.begin + limits.grace);
}

void Connection::disarm() {
  ++armed_;
  overdue_ = false;
  timer_.cancel();
}

// Changes our part of the octets held by all; false when that would be too many.
bool Connection::hold(std::size_t octets) {
  const std::size_t before = server_.held.fetch_add(octets - held_);
  const std::size_t now = before + octets - held_;
  const bool grows = octets > held_;
  held_ = octets;
  return !grows || now <= server_.options.limits.held_max;
}

// Whether the socket became ready before the deadline.
io::Task<bool> Connection::ready(TlsWant want) {
  if (overdue_ || aborted_) {
    co_return false;
  }
  error_code error;
  co_await stream_.next_layer().async_wait(
      want == TlsWant::write ? io::Socket::wait_write : io::Socket::wait_read,
      asio::redirect_error(io::kUseTask, error));
  co_return !error && !overdue_ && !aborted_;
}

// Octets into the scratch of this thread, valid until the next wait; 0 at the end, a failure or the
// deadline.
io::Task<std::size_t> Connection::receive() {
  while (!aborted_) {
    const TlsStep step = stream_.try_read(thread_.scratch.data(), thread_.scratch.size());
    if (step.state == TlsStep::State::done) {
      co_return step.octets;
    }
    if (step.state == TlsStep::State::failed) {
      break;
    }
    const bool is_ready = co_await ready(step.want);
    if (!is_ready) {
      break;
    }
  }
  co_return 0;
}

io::Task<bool> Connection::send(BytesView octets, Pace& pace) {
  keep_pace(pace, 0);
  while (!octets.empty() && !aborted_) {
    const TlsStep step = stream_.try_write(octets.substr(0, kSendPiece));
    if (step.state == TlsStep::State::failed) {
      co_return false;
    }
    if (step.state == TlsStep::State::done) {
      octets.remove_prefix(step.octets);
      keep_pace(pace, step.octets);
      continue;
    }
    const bool is_ready = co_await ready(step.want);
    if (!is_ready) {
      co_return false;
    }
  }
  disarm();
  co_return !aborted_;
}

// --- from the first octet to the request ------------------------------------------------------

io::Task<bool> Connection::shake_hands() {
  arm(Clock::now() + server_.options.limits.handshake_time);
  while (true) {
    const TlsStep step = stream_.try_handshake();
    if (step.state == TlsStep::State::done) {
      peer_.certificate = stream_.peer_certificate();
      disarm();
      co_return true;
    }
    bool is_ready = step.state == TlsStep::State::wait;
    if (is_ready) {
      is_ready = co_await ready(step.want);
    }
    if (!is_ready) {
      ++server_.counters.handshake_failures;
      co_return false;
    }
  }
}

// Waits without any buffer until a request begins.
io::Task<bool> Connection::next_request() {
  if (!rest_.empty()) {
    co_return true;
  }
  idle_ = true;
  arm(Clock::now() + server_.options.limits.idle_time);
  if (server_.stopping) {
    co_return false;
  }
  const std::size_t size = co_await receive();
  idle_ = false;
  rest_.assign(thread_.scratch.data(), size);
  disarm();
  co_return size > 0;
}

io::Task<bool> Connection::serve_request() {
  RequestReader reader(server_.options.limits.header_max);
  reader.append(std::exchange(rest_, {}));
  bool going = co_await read_head(reader);
  if (going) {
    going = co_await read_body(reader);
  }
  if (!going) {
    co_return false;
  }
  ++requests_;
  const RequestHead head = reader.head();
  HttpRequest request = reader.take_request();
  rest_ = reader.take_rest();
  request.peer = peer_;
  if (head.upgrades_websocket && server_.options.upgrade) {
    co_return co_await upgrade(std::move(request));
  }
  going = co_await answer(std::move(request), head);
  hold(0);
  co_return going;
}

io::Task<bool> Connection::read_head(RequestReader& reader) {
  arm(Clock::now() + server_.options.limits.header_time);
  while (true) {
    auto complete = reader.read_head();
    if (!complete) {
      co_await refuse(std::move(complete).error());
      co_return false;
    }
    if (*complete) {
      co_return true;
    }
    const std::size_t size = co_await receive();
    if (size == 0) {
      if (overdue_) {
        co_await refuse(overdue("the header took too long"));
      }
      co_return false;
    }
    reader.append({thread_.scratch.data(), size});
  }
}

io::Task<bool> Connection::read_body(RequestReader& reader) {
  const HttpRequest& request = reader.request();
  const auto& body_max = server_.options.body_max;
  auto accepted =
      reader.accept_body(body_max ? body_max(request.method, request.path) : kBodyMaxDefault);
  if (!accepted) {
    co_await refuse(std::move(accepted).error());
    co_return false;
  }
  Pace pace;
  if (reader.head().expects_continue) {
    const bool sent = co_await send(kContinue, pace);
    if (!sent) {
      co_return false;
    }
  }
  keep_pace(pace, 0);
  while (true) {
    auto complete = reader.read_body();
    if (complete && !*complete && !hold(reader.held())) {
      complete = std::unexpected(
          RequestFault{503, {Errc::busy, "too many large requests are on their way"}});
    }
    if (!complete) {
      co_await refuse(std::move(complete).error());
      co_return false;
    }
    if (*complete) {
      disarm();
      co_return true;
    }
    const std::size_t size = co_await receive();
    if (size == 0) {
      if (overdue_) {
        co_await refuse(overdue("the body came too slowly"));
      }
      co_return false;
    }
    keep_pace(pace, size);
    reader.append({thread_.scratch.data(), size});
  }
}

// --- from the request to its response ---------------------------------------------------------

// Runs `work` on a worker and comes back to this thread; false when no worker has room.
io::Task<bool> Connection::on_worker(std::function<void()> work) {
  auto initiate = [this, &work](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    const io::Executor executor = thread_.context.get_executor();
    Workers::Job job = [shared, executor, &work]() mutable {
      work();
      asio::post(executor, [own = std::move(shared)] { std::move (*own)(true); });
    };
    if (!server_.workers.submit(std::move(job))) {
      asio::post(executor, [own = std::move(shared)] { std::move (*own)(false); });
    }
  };
  const auto token = io::kUseTask;
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<io::Executor>, void(bool)>(
      initiate, token);
}

io::Task<bool> Connection::answer(HttpRequest request, RequestHead head) {
  auto response = co_await ask_handler(request);
  request = {};
  if (!response || aborted_) {
    co_return false;
  }
  co_return co_await respond(*std::move(response), head);
}

// Nothing when the other side ended while its request was parked.
io::Task<std::optional<HttpResponse>> Connection::ask_handler(HttpRequest& request) {
  std::optional<Clock::time_point> until;
  while (true) {
    HttpResponse response;
    std::function<void()> work = [&] { response = call_handler(server_.options.handler, request); };
    const bool ran = co_await on_worker(work);
    if (!ran) {
      co_return busy_response();
    }
    if (!response.park) {
      co_return response;
    }
    if (request.waited) {
      co_return problem_response(500, {Errc::internal, "a request that waited was parked again"});
    }
    until = until.value_or(Clock::now() +
                           std::min(response.park->wait, server_.options.limits.park_max));
    const bool stays = co_await park(*response.park, *until, request.waited);
    if (!stays) {
      co_return std::nullopt;
    }
  }
}

// Waits for the channel, the end of `until`, the other side's end, or the server's stop. False when
// the other side is gone.
io::Task<bool> Connection::park(const Park& park, Clock::time_point until, bool& waited) {
  woken_ = gone_ = false;
  const auto waiter =
      server_.channels.wait(park.channel,
                            park.seen,
                            [weak = weak_from_this(), executor = thread_.context.get_executor()] {
                              asio::post(executor, [weak] {
                                const auto self = weak.lock();
                                if (self != nullptr && self->parked_) {
                                  self->woken_ = true;
                                  self->timer_.cancel();
                                }
                              });
                            });
  if (waiter == nullptr) {
    waited = Clock::now() >= until;
    co_return true;
  }
  parked_ = true;
  ++armed_;
  timer_.expires_at(until);
  if (server_.stopping) {
    timer_.expires_at(Clock::now());
  }
  watch_peer();
  ++server_.counters.parked;
  error_code error;
  co_await timer_.async_wait(asio::redirect_error(io::kUseTask, error));
  --server_.counters.parked;
  parked_ = false;
  stream_.cancel();
  waited = !woken_;
  co_return !gone_ && !aborted_;
}

// While a request is parked: notices the other side's end. Octets of a next request are left alone.
void Connection::watch_peer() {
  stream_.next_layer().async_wait(
      io::Socket::wait_read, [weak = weak_from_this(), number = armed_](error_code error) {
        const auto self = error ? nullptr : weak.lock();
        if (self == nullptr || !self->parked_ || self->armed_ != number) {
          return;
        }
        const TlsStep step = self->stream_.peek();
        if (step.state == TlsStep::State::wait) {
          self->watch_peer();
        } else if (step.state == TlsStep::State::failed || step.octets == 0) {
          self->gone_ = true;
          self->timer_.cancel();
        }
      });
}

io::Task<bool> Connection::upgrade(HttpRequest request) {
  std::expected<std::shared_ptr<WebSocketSubscriber>, HttpResponse> decision;
  std::function<void()> work = [&] {
    try {
      decision = server_.options.upgrade(request);
    } catch (const std::exception& failure) {
      decision = std::unexpected(problem_response(
          500, {Errc::internal, "the handler failed: " + std::string(failure.what())}));
    }
  };
  const bool ran = co_await on_worker(work);
  if (!ran) {
    decision = std::unexpected(busy_response());
  }
  if (!decision) {
    const RequestHead head;
    co_return co_await respond(std::move(decision.error()), head);
  }
  if (aborted_ || server_.stopping || !rest_.empty()) {
    co_return false;
  }
  websocket_ = WebSocketSession::make(std::move(stream_), server_.options.limits);
  ++server_.counters.websockets;
  const WebSocketSession::OnWorker runner = [this](std::function<void()> job) {
    return on_worker(std::move(job));
  };
  co_await websocket_->run(request, *std::move(decision), runner);
  --server_.counters.websockets;
  co_return false;
}

io::Task<bool> Connection::respond(HttpResponse response, RequestHead head) {
  const bool close = head.close || is_last();
  const AfterResponse after = close ? AfterResponse::close : AfterResponse::keep_open;
  auto text = response_head(response, after, SystemClock().now());
  if (!text) {
    response = problem_response(500, {Errc::internal, "the response of the handler is malformed"});
    text = response_head(response, after, SystemClock().now());
  }
  ++server_.counters.responses[static_cast<std::size_t>(response.status / 100)];
  if (head.head_only || !status_has_body(response.status)) {
    response.body.clear();
  }
  Pace pace;
  const bool joined = response.body.size() <= kJoinMax;
  if (joined) {
    *text += response.body;
  }
  bool sent = co_await send(*text, pace);
  if (sent && !joined) {
    sent = co_await send(response.body, pace);
  }
  co_return sent && !close;
}

io::Task<void> Connection::refuse(RequestFault fault) {
  disarm();
  hold(0);
  HttpResponse response = problem_response(fault.status, fault.error);
  if (fault.status == 503) {
    response.headers["retry-after"] = "2";
  }
  const RequestHead head{.close = true};
  co_await respond(std::move(response), head);
  co_await drain();
}

io::Task<void> Connection::drain() {
  stream_.end();
  arm(Clock::now() + kDrainTime);
  std::size_t drained = 0;
  std::size_t size = 1;
  while (size > 0 && drained < kDrainMax) {
    size = co_await receive();
    drained += size;
  }
}

}  // namespace twoseal
