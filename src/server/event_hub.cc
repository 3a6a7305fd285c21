#include "server/event_hub.h"

namespace twoseal::server {

class EventHub::Subscriber final : public WebSocketSubscriber {
 public:
  Subscriber(std::shared_ptr<List> list, std::optional<ActorId> only)
      : list_(std::move(list)), only_(std::move(only)) {}

  void opened(std::shared_ptr<WebSocket> socket) override {
    const MutexLock lock(list_->mutex);
    socket_ = socket;
    list_->listeners.push_back({std::move(socket), only_});
  }

  void received(std::string /*text*/) override {}  // nothing is asked this way

  void closed() override {
    const MutexLock lock(list_->mutex);
    std::erase_if(list_->listeners, [&](const Listener& one) { return one.socket == socket_; });
  }

 private:
  const std::shared_ptr<List> list_;
  const std::optional<ActorId> only_;
  std::shared_ptr<WebSocket> socket_;
};

std::shared_ptr<WebSocketSubscriber> EventHub::join(std::optional<ActorId> only) {
  return std::make_shared<Subscriber>(list_, std::move(only));
}

void EventHub::tell(const Digest& change) {
  if (size() == 0) {
    return;
  }
  const auto shown = courses_.of(change);
  if (!shown) {
    return;
  }
  const ChangeFacts& facts = *(*shown)->facts;
  const std::string text = Json(Json::Object{{"change", change.text()},
                                             {"number", number_text(facts)},
                                             {"state", text_of((*shown)->course.state)}})
                               .text();
  const MutexLock lock(list_->mutex);
  for (const Listener& one : list_->listeners) {
    if (!one.only || *one.only == facts.change->author) {
      one.socket->send(text);
    }
  }
}

std::size_t EventHub::size() const {
  const MutexLock lock(list_->mutex);
  return list_->listeners.size();
}

}  // namespace twoseal::server
