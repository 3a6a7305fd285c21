#include "system/memory/memory_system.h"

#include "base/check.h"
#include "crypto/hash.h"

namespace twoseal {

MemorySystem::MemorySystem(Clock& clock)
    : clock_(clock),
      files_(clock, faults_),
      services_(files_, faults_),
      packages_(files_, services_, faults_),
      kernel_(faults_),
      processes_(faults_) {}

Facts MemorySystem::facts() const {
  const MutexLock lock(mutex_);
  return facts_;
}

// Of the form of /proc/sys/kernel/random/boot_id.
std::string MemorySystem::boot_id() const {
  const MutexLock lock(mutex_);
  const FactValue* name = facts_.contains("hostname") ? &facts_.find("hostname")->second : nullptr;
  const auto* host = name != nullptr ? std::get_if<std::string>(name) : nullptr;
  std::string id =
      sha256("boot " + std::to_string(boots_) + (host != nullptr ? *host : "")).hex().substr(0, 32);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) {
    id.insert(at, "-");
  }
  return id;
}

void MemorySystem::put_fact(const std::string& name, FactValue value) {
  const auto* text = std::get_if<std::string>(&value);
  check(is_fact(name) && (text == nullptr || is_fact_text(*text)),
        "a host in memory tells only facts of the closed list");
  const MutexLock lock(mutex_);
  facts_[name] = std::move(value);
}

void MemorySystem::fail_next(MemoryVerb verb, std::string subject, Errc code) {
  faults_.fail_next(verb, std::move(subject), code);
}

void MemorySystem::crash_after(std::uint64_t count) {
  faults_.crash_after(count);
}

std::uint64_t MemorySystem::mutations() const {
  return faults_.mutations();
}

void MemorySystem::lose_power(std::size_t kept) {
  files_.lose_power(kept);
  reboot();
}

void MemorySystem::reboot() {
  {
    const MutexLock lock(mutex_);
    ++boots_;
  }
  kernel_.boot();
  services_.boot();
}

}  // namespace twoseal
