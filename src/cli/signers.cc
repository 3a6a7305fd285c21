#include "cli/signers.h"

#include <algorithm>
#include <map>

#include "base/os_process.h"
#include "base/shell_text.h"
#include "crypto/public_key.h"
#include "policy/keyring.h"
#include "policy/matching.h"

namespace twoseal::cli {
namespace {

// Somebody who can sign documents, with the key to do it.
struct Signer {
  const Person* person;
  KeyId key;
};

bool counts_for_documents(const RosterKey& key, bool demo) {
  if (key.compromised || key.login_only || key.until || key.kind == KeyKind::passkey) {
    return false;
  }
  const auto pub = PublicKey::parse_ssh(key.pub);
  return pub && (demo || display_of(key.kind, pub->application()) == Display::local);
}

std::vector<Signer> signers_of(const Roster& roster) {
  std::vector<Signer> signers;
  for (const Person& person : roster.people) {
    for (const RosterKey& key : person.keys) {
      if (counts_for_documents(key, roster.demo)) {
        signers.push_back({&person, key.id});
        break;
      }
    }
  }
  return signers;
}

class TaskList {
 public:
  TaskList(const Keyring& keyring, const Policy& policy)
      : keyring_(keyring),
        roster_(keyring.roster()),
        policy_(policy),
        signers_(signers_of(keyring.roster())) {}

  std::vector<SigningTask> make(std::span<const BatchFile> batches) {
    add_roots();
    const std::string policy = std::to_string(policy_.version);
    const auto people = policy_signers();
    for (const std::string document : {"policy/", "restrictions/"}) {
      for (const Signer& signer : people) {
        add(signer,
            document + policy + ".json",
            document.substr(0, document.size() - 1) + "-" + policy);
      }
    }
    for (const BatchFile& batch : batches) {
      for (const Signer& signer : batch_signers(batch.env)) {
        add(signer, batch.path, "assignments-" + batch.env.text());
      }
    }
    return std::move(tasks_);
  }

 private:
  void add_roots() {
    const std::string number = std::to_string(roster_.version);
    const auto count =
        std::min(roster_.root.keys.size(), static_cast<std::size_t>(roster_.root.threshold));
    for (std::size_t i = 0; i < count; ++i) {
      const std::string id = roster_.root.keys[i].id.text();
      tasks_.push_back({"root:" + id,
                        roster_.root.keys[i].id,
                        "roster/" + number + ".json",
                        "statements/roster-" + number + "-" + id.substr(0, 8) + ".json"});
    }
  }

  void add(const Signer& signer, const std::string& object, const std::string& name) {
    const std::string person = signer.person->id.text();
    tasks_.push_back(
        {person, signer.key, object, "statements/" + name + "-" + person.substr(2) + ".json"});
  }

  // At the beginning of the log, where these statements will stand.
  [[nodiscard]] bool holds(const Signer& signer, const RoleId& role) const {
    return keyring_.holds(signer.person->id, role, {roster_.issued, roster_.issued, 0});
  }

  // One security officer first, then whoever comes next.
  [[nodiscard]] std::vector<Signer> policy_signers() const {
    std::vector<Signer> chosen;
    const RoleId officer = RoleId::parse("security-officer").value();
    const auto first = std::find_if(
        signers_.begin(), signers_.end(), [&](const Signer& one) { return holds(one, officer); });
    if (first == signers_.end()) {
      return {};
    }
    chosen.push_back(*first);
    for (auto next = signers_.begin(); next != signers_.end(); ++next) {
      if (next != first && std::cmp_less(chosen.size(), roster_.policy_threshold)) {
        chosen.push_back(*next);
      }
    }
    return chosen;
  }

  [[nodiscard]] std::vector<Signer> batch_signers(const Name& env) const {
    std::vector<Place> places;
    for (const AssignRule& rule : policy_.assign) {
      if (std::find(rule.envs.begin(), rule.envs.end(), env) == rule.envs.end()) {
        continue;
      }
      for (const AnyNeed& need : rule.need) {
        places.insert(places.end(), static_cast<std::size_t>(need.n), place_of(need));
      }
    }
    std::vector<Signer> chosen;
    for (const std::size_t candidate : match(places, signers_.size()).candidate_of) {
      if (candidate != Matching::kUnfilled) {
        chosen.push_back(signers_[candidate]);
      }
    }
    return chosen;
  }

  [[nodiscard]] Place place_of(const AnyNeed& need) const {
    Place place;
    for (std::size_t i = 0; i < signers_.size(); ++i) {
      if (std::any_of(need.roles.begin(), need.roles.end(), [&](const RoleId& role) {
            return holds(signers_[i], role);
          })) {
        place.push_back(i);
      }
    }
    return place;
  }

  const Keyring& keyring_;
  const Roster& roster_;
  const Policy& policy_;
  std::vector<Signer> signers_;
  std::vector<SigningTask> tasks_;
};

}  // namespace

std::vector<SigningTask> signing_tasks(const Keyring& keyring,
                                       const Policy& policy,
                                       std::span<const BatchFile> batches) {
  return TaskList(keyring, policy).make(batches);
}

std::string command_of(const SigningTask& task, const std::string& directory) {
  std::vector<std::string> words = {
      "twoseal", "sign", "--act", "sign", "--obj", directory + "/" + task.object};
  if (!task.by.starts_with("root:")) {
    words.insert(words.end(), {"--by", task.by});
  }
  words.insert(words.end(),
               {"--key", "KEY", "--dir", directory, "--output", directory + "/" + task.record});
  return shell_text(words);
}

std::string tasks_text(const std::vector<SigningTask>& tasks, const std::string& directory) {
  std::map<std::string, std::vector<const SigningTask*>> by_signer;
  std::vector<std::string> order;
  for (const SigningTask& task : tasks) {
    const std::string signer =
        task.by + (task.by.starts_with("root:") ? "" : "  key " + task.key.text());
    if (by_signer[signer].empty()) {
      order.push_back(signer);
    }
    by_signer[signer].push_back(&task);
  }
  std::string text;
  for (const std::string& signer : order) {
    text += signer + "\n";
    for (const SigningTask* task : by_signer[signer]) {
      text += "  " + command_of(*task, directory) + "\n";
    }
  }
  return text;
}

Json tasks_json(const std::vector<SigningTask>& tasks, const std::string& directory) {
  Json::Array list;
  for (const SigningTask& task : tasks) {
    list.emplace_back(Json::Object{{"by", task.by},
                                   {"key", task.key.text()},
                                   {"object", directory + "/" + task.object},
                                   {"record", directory + "/" + task.record},
                                   {"command", command_of(task, directory)}});
  }
  return list;
}

}  // namespace twoseal::cli
