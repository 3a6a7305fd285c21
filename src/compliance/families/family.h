// The families of tests that can be collected, and how. One file per family below this folder.
#pragma once

#include <memory>

#include "compliance/families/query.h"
#include "compliance/walked_file.h"

namespace twoseal::scap {

/// Makes what looks at each file that a walk finds for `query`. Both must outlive it.
using MakeVisitor = std::unique_ptr<FileVisitor> (*)(const InspectedHost& host,
                                                     const ObjectQuery& query,
                                                     Collection& to);

/// Exactly one of the two is set; neither for families that nobody collects.
struct FamilyCollector {
  Collect collect = nullptr;
  MakeVisitor make_visitor = nullptr;
};

[[nodiscard]] FamilyCollector collector_of(Family family);

// --- one declaration per family ------------------------------------------------------------------

void collect_dpkginfo(const InspectedHost& host, const ObjectQuery& query, Collection& to);
void collect_environmentvariable58(const InspectedHost& host,
                                   const ObjectQuery& query,
                                   Collection& to);
void collect_family(const InspectedHost& host, const ObjectQuery& query, Collection& to);
void collect_interface(const InspectedHost& host, const ObjectQuery& query, Collection& to);
void collect_partition(const InspectedHost& host, const ObjectQuery& query, Collection& to);
void collect_password(const InspectedHost& host, const ObjectQuery& query, Collection& to);
void collect_process58(const InspectedHost& host, const ObjectQuery& query, Collection& to);
void collect_rpminfo(const InspectedHost& host, const ObjectQuery& query, Collection& to);
void collect_rpmverifyfile(const InspectedHost& host, const ObjectQuery& query, Collection& to);
void collect_selinux(const InspectedHost& host, const ObjectQuery& query, Collection& to);
void collect_shadow(const InspectedHost& host, const ObjectQuery& query, Collection& to);
void collect_symlink(const InspectedHost& host, const ObjectQuery& query, Collection& to);
void collect_sysctl(const InspectedHost& host, const ObjectQuery& query, Collection& to);
void collect_systemdunitdependency(const InspectedHost& host,
                                   const ObjectQuery& query,
                                   Collection& to);
void collect_systemdunitproperty(const InspectedHost& host,
                                 const ObjectQuery& query,
                                 Collection& to);
void collect_uname(const InspectedHost& host, const ObjectQuery& query, Collection& to);

std::unique_ptr<FileVisitor> visit_file(const InspectedHost& host,
                                        const ObjectQuery& query,
                                        Collection& to);
std::unique_ptr<FileVisitor> visit_filehash58(const InspectedHost& host,
                                              const ObjectQuery& query,
                                              Collection& to);
std::unique_ptr<FileVisitor> visit_selinuxsecuritycontext(const InspectedHost& host,
                                                          const ObjectQuery& query,
                                                          Collection& to);
std::unique_ptr<FileVisitor> visit_textfilecontent54(const InspectedHost& host,
                                                     const ObjectQuery& query,
                                                     Collection& to);
std::unique_ptr<FileVisitor> visit_xmlfilecontent(const InspectedHost& host,
                                                  const ObjectQuery& query,
                                                  Collection& to);

/// What visitors of all families have in common: adds to a collection, and says there what was
/// missed.
class CollectingVisitor : public FileVisitor {
 public:
  CollectingVisitor(const ObjectQuery& query, Collection& to) : query_(query), to_(to) {}

  void miss(Flag flag, const std::string& why) override { to_.note(flag, why); }

 protected:
  /// filepath, path and filename of the file; of a directory that is meant itself, its path.
  static void add_place(WalkedFile& file, StoredItem& item);

  /// The content of a regular file; nullptr when it is none (a pipe, a device, a directory), is
  /// gone, or cannot be read, which is told. Lives as long as `file`.
  [[nodiscard]] const Bytes* content_of(WalkedFile& file);

  [[nodiscard]] const ObjectQuery& query() const { return query_; }

  [[nodiscard]] Collection& collection() const { return to_; }

 private:
  const ObjectQuery& query_;
  Collection& to_;
};

}  // namespace twoseal::scap
