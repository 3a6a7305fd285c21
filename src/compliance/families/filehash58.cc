// filehash58: digests of the content of files.
#include "base/encoding.h"
#include "compliance/families/family.h"
#include "crypto/named_hash.h"

namespace twoseal::scap {
namespace {

class HashVisitor : public CollectingVisitor {
 public:
  using CollectingVisitor::CollectingVisitor;

  void visit(WalkedFile& file) override {
    constexpr std::string_view kTypes[] = {
        "MD5", "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512"};
    const Bytes* content = content_of(file);
    if (content == nullptr) {
      return;
    }
    for (const std::string_view type : kTypes) {
      const Verdict wanted = query().matches(EntityName::hash_type, type);
      if (wanted != Verdict::no) {
        add(file, type, *content, wanted);
      }
    }
  }

 private:
  void add(WalkedFile& file, std::string_view type, const Bytes& content, Verdict wanted) {
    const auto digest = named_hash(type, content);
    if (!digest) {
      miss(Flag::error, "this machine does not compute " + std::string(type));
      return;
    }
    StoredItem item(Family::filehash58);
    add_place(file, item);
    item.add(EntityName::hash_type, type);
    item.add(EntityName::hash, hex_encode(*digest));
    collection().add_if(wanted, item, "a type of digest");
  }
};

}  // namespace

std::unique_ptr<FileVisitor> visit_filehash58(const InspectedHost& /*host*/,
                                              const ObjectQuery& query,
                                              Collection& to) {
  return std::make_unique<HashVisitor>(query, to);
}

}  // namespace twoseal::scap
