#include "compliance/content/compiler.h"

#include <map>
#include <set>
#include <unordered_map>

#include "compliance/issues.h"
#include "compliance/oval/oval_reader.h"
#include "compliance/xccdf/benchmark_reader.h"
#include "crypto/hash.h"

namespace twoseal::scap {
namespace {

constexpr std::string_view kXlink = "http://www.w3.org/1999/xlink";

// What the texts of a content live in.
struct Keeper {
  std::vector<XmlDocument> documents;
  TextArena texts;
};

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view without_hash(std::string_view href) {
  return href.starts_with('#') ? href.substr(1) : href;
}

class Compiler {
 public:
  Result<Content> compile(const SourceFile& file, const std::vector<SourceFile>& others) {
    content_.source_name = base_name(file.name);
    Sha256 digest;
    digest.update(file.bytes);
    keeper_->documents.reserve(others.size() + 1);
    TWOSEAL_TRY(const XmlNode* root, parse(file));
    for (const SourceFile& other : others) {
      digest.update(other.bytes);
      TWOSEAL_TRY(const XmlNode* beside, parse(other));
      beside_.emplace(base_name(other.name), beside);
      files_.emplace(beside, other.name);
    }
    content_.source = digest.finish();
    auto read = read_root(*root);
    if (!read) {
      // What stands in a file beside names that file already.
      return std::unexpected(beside_blamed_ ? std::move(read).error()
                                            : in_file(std::move(read).error(), file.name));
    }
    TWOSEAL_TRY_VOID(check_references(content_));
    content_.keeps = keeper_;
    return std::move(content_);
  }

 private:
  using Hrefs = std::map<std::string_view, const XmlNode*, std::less<>>;

  Result<const XmlNode*> parse(const SourceFile& file) {
    TWOSEAL_TRY(XmlDocument document, XmlDocument::parse(file.bytes, file.name));
    keeper_->documents.push_back(std::move(document));
    return &keeper_->documents.back().root();
  }

  Result<void> read_root(const XmlNode& root) {
    if (root.name == "data-stream-collection") {
      return read_collection(root);
    }
    if (root.name == "Benchmark") {
      for (const auto& [name, node] : beside_) {
        if (node->name == "cpe-list") {
          TWOSEAL_TRY_VOID(add_dictionary(*node, beside_));
        }
      }
      return add_benchmark(root, beside_);
    }
    if (root.name == "oval_definitions") {
      TWOSEAL_TRY([[maybe_unused]] const Index index, document_of(root, content_.source_name));
      return {};
    }
    return fail(Errc::bad_content,
                "the document is a " + std::string(root.name),
                "line " + std::to_string(root.line),
                "name a data stream, a Benchmark or an oval_definitions file");
  }

  // --- data streams --------------------------------------------------------------------------

  Result<void> read_collection(const XmlNode& root) {
    for (const XmlNode* node = root.first(); node != nullptr; node = node->after()) {
      if (node->name == "component") {
        components_.emplace(node->get("id"), node->first());
      }
    }
    for (const XmlNode* stream = root.first(); stream != nullptr; stream = stream->after()) {
      if (stream->name != "data-stream") {
        continue;
      }
      read_refs(*stream);
      TWOSEAL_TRY_VOID(read_stream(*stream));
    }
    if (content_.benchmarks.empty() && content_.documents.empty()) {
      return fail(Errc::bad_content, "no data stream of the collection has a checklist");
    }
    return {};
  }

  void read_refs(const XmlNode& stream) {
    refs_.clear();
    for (const XmlNode* part = stream.first(); part != nullptr; part = part->after()) {
      for (const XmlNode* ref = part->first(); ref != nullptr; ref = ref->after()) {
        refs_.emplace(ref->get("id"), without_hash(ref->find("href", kXlink).value_or("")));
      }
    }
  }

  const XmlNode* component_of(std::string_view component_id, const XmlNode& at) {
    const auto found = components_.find(component_id);
    if (found == components_.end() || found->second == nullptr) {
      add_issue(content_.issues,
                "line " + std::to_string(at.line) + ": the component " + std::string(component_id) +
                    " is not in this file");
      return nullptr;
    }
    return found->second;
  }

  // The names under which a component finds others.
  Hrefs catalog_of(const XmlNode& ref) {
    Hrefs hrefs;
    const XmlNode* catalog = ref.child("catalog");
    for (const XmlNode* uri = catalog == nullptr ? nullptr : catalog->first(); uri != nullptr;
         uri = uri->after()) {
      const auto target = refs_.find(without_hash(uri->get("uri")));
      const XmlNode* component =
          component_of(target == refs_.end() ? uri->get("uri") : target->second, *uri);
      if (component != nullptr) {
        hrefs.emplace(uri->get("name"), component);
      }
    }
    return hrefs;
  }

  Result<void> read_stream(const XmlNode& stream) {
    const XmlNode* dictionaries = stream.child("dictionaries");
    for (const XmlNode* ref = dictionaries == nullptr ? nullptr : dictionaries->first();
         ref != nullptr;
         ref = ref->after()) {
      const XmlNode* node =
          component_of(without_hash(ref->find("href", kXlink).value_or("")), *ref);
      if (node != nullptr) {
        TWOSEAL_TRY_VOID(add_dictionary(*node, catalog_of(*ref)));
      }
    }
    const XmlNode* checklists = stream.child("checklists");
    for (const XmlNode* ref = checklists == nullptr ? nullptr : checklists->first(); ref != nullptr;
         ref = ref->after()) {
      const XmlNode* node =
          component_of(without_hash(ref->find("href", kXlink).value_or("")), *ref);
      if (node != nullptr && node->name == "Benchmark") {
        TWOSEAL_TRY_VOID(add_benchmark(*node, catalog_of(*ref)));
      }
    }
    return {};
  }

  // --- parts ---------------------------------------------------------------------------------

  Result<Index> document_of(const XmlNode& node, std::string_view name) {
    const auto known = documents_.find(&node);
    if (known != documents_.end()) {
      return known->second;
    }
    if (node.name != "oval_definitions") {
      documents_.emplace(&node, kNone);
      return kNone;  // OCIL and other ways to check, which people answer
    }
    TWOSEAL_TRY(OvalDocument document, read_document(node, name));
    const auto index = static_cast<Index>(content_.documents.size());
    content_.documents.push_back(std::move(document));
    documents_.emplace(&node, index);
    auto& ids = definition_ids_.emplace_back();
    const auto& definitions = content_.documents.back().definitions;
    for (std::size_t i = 0; i < definitions.size(); ++i) {
      ids.emplace(definitions[i].id, static_cast<Index>(i));
    }
    return index;
  }

  // Faults of a file beside the benchmark are told as those of that file.
  Result<OvalDocument> read_document(const XmlNode& node, std::string_view name) {
    const auto file = files_.find(&node);
    const std::size_t before = content_.issues.size();
    auto document = read_oval(node, name, keeper_->texts, content_.issues);
    if (file == files_.end()) {
      return document;
    }
    for (std::size_t i = before; i < content_.issues.size(); ++i) {
      content_.issues[i] = file->second + ": " + content_.issues[i];
    }
    if (!document) {
      beside_blamed_ = true;
      return std::unexpected(in_file(std::move(document).error(), file->second));
    }
    return document;
  }

  Result<void> resolve(ContentRef& ref, const Hrefs& hrefs) {
    auto target = hrefs.find(ref.href);
    if (target == hrefs.end()) {
      target = hrefs.find(base_name(ref.href));
    }
    if (target == hrefs.end()) {
      if (missing_.insert(std::string(ref.href)).second) {
        add_issue(content_.issues,
                  "what it calls '" + std::string(ref.href) +
                      "' is not here: rules that refer to it are not checked");
      }
      return {};
    }
    TWOSEAL_TRY(ref.document, document_of(*target->second, ref.href));
    if (ref.document != kNone && !ref.name.empty()) {
      const auto& ids = definition_ids_[ref.document];
      const auto found = ids.find(trimmed(ref.name));
      if (found == ids.end()) {
        add_issue(
            content_.issues,
            "there is no definition " + std::string(ref.name) + " in " + std::string(ref.href));
        ref.document = kNone;
      } else {
        ref.definition = found->second;
      }
    }
    return {};
  }

  Result<void> resolve(RuleCheck& check, const Hrefs& hrefs) {
    for (ContentRef& ref : check.refs) {
      TWOSEAL_TRY_VOID(resolve(ref, hrefs));
    }
    for (RuleCheck& child : check.children) {
      TWOSEAL_TRY_VOID(resolve(child, hrefs));
    }
    return {};
  }

  Result<void> resolve(PlatformTest& test, const Hrefs& hrefs) {
    for (ContentRef& ref : test.checks) {
      TWOSEAL_TRY_VOID(resolve(ref, hrefs));
    }
    for (PlatformTest& child : test.children) {
      TWOSEAL_TRY_VOID(resolve(child, hrefs));
    }
    return {};
  }

  Result<void> add_dictionary(const XmlNode& node, const Hrefs& hrefs) {
    TWOSEAL_TRY(auto items, read_cpe_list(node, keeper_->texts));
    for (CpeItem& item : items) {
      if (!item.check.name.empty()) {
        TWOSEAL_TRY_VOID(resolve(item.check, hrefs));
      }
      content_.dictionary.push_back(item);
    }
    return {};
  }

  Result<void> add_benchmark(const XmlNode& node, const Hrefs& hrefs) {
    TWOSEAL_TRY(Benchmark benchmark, read_benchmark(node, keeper_->texts, content_.issues));
    for (Rule& rule : benchmark.rules) {
      for (RuleCheck& check : rule.checks) {
        TWOSEAL_TRY_VOID(resolve(check, hrefs));
      }
    }
    for (Platform& platform : benchmark.platform_tests) {
      TWOSEAL_TRY_VOID(resolve(platform.test, hrefs));
    }
    content_.benchmarks.push_back(std::move(benchmark));
    return {};
  }

  std::shared_ptr<Keeper> keeper_ = std::make_shared<Keeper>();
  Content content_;
  Hrefs beside_;
  std::map<const XmlNode*, std::string> files_;  // beside the benchmark, by their roots
  bool beside_blamed_ = false;                   // an error names one of them
  std::unordered_map<std::string_view, const XmlNode*> components_;
  std::unordered_map<std::string_view, std::string_view> refs_;  // component-ref to component
  std::unordered_map<const XmlNode*, Index> documents_;
  std::vector<std::unordered_map<std::string_view, Index>> definition_ids_;  // per document
  std::set<std::string> missing_;
};

}  // namespace

Result<Content> compile_content(SourceFile file, std::vector<SourceFile> others) {
  return Compiler().compile(file, others);
}

}  // namespace twoseal::scap
