// Field tables of docs/formats/assignment.md.
#include "model/assignment.h"

#include <set>

#include "codec/tables.h"

namespace twoseal::codec {

template <class V>
void fields(V& v, HostKeys& x) {
  v.base64("age", x.age, {32, 32});
  v.base64("id", x.id, {32, 1024});
  v("tls", x.tls);
}

template <class V>
void fields(V& v, Workspace& x) {
  v.set("components", x.components, kFew);
  v("data_class", x.data_class);
  v("env", x.env);
  v("id", x.id);
}

template <class V>
void fields(V& v, Assignment& x) {
  v.set("components", x.components, kFew);
  v("data_class", x.data_class);
  v("env", x.env);
  v("expires", x.expires);
  v.set("groups", x.groups, kFew);
  v("host", x.host);
  v("keys", x.keys);
  v.labels("labels", x.labels);
  v.text("name", x.name, kLine);
  v.base64("nonce", x.nonce, kNonce);
  v("org", x.org);
  v.optional("prev", x.prev);
  v.constant("type", "assignment");
  v.constant("v", 1);
  v.integer("version", x.version, 1, kTimeMax);
  v.optional_list("workspaces", x.workspaces, kOneToFew);
}

template <class V>
void fields(V& v, Batch& x) {
  v("env", x.env);
  v("org", x.org);
  v("root", x.root);
  v.constant("type", "assignments");
  v.constant("v", 1);
}

template <class V>
void fields(V& v, BatchList& x) {
  v.set("assignments", x.assignments, {1, 100'000});
  v("org", x.org);
  v.constant("type", "batch-list");
  v.constant("v", 1);
}

namespace {

Result<void> check_assignment(const Assignment& x) {
  if (!is_host_name(x.name)) {
    return fail_field("assignment.name: is not made of DNS labels");
  }
  std::set<std::string> workspaces;
  for (const Workspace& one : x.workspaces.value_or(std::vector<Workspace>())) {
    if (!workspaces.insert(one.id.text()).second) {
      return fail_field("assignment.workspaces: two are called " + one.id.text());
    }
  }
  if (x.prev.has_value() != (x.version > 1)) {
    return fail_field("assignment.prev: stands in every version but the first");
  }
  return {};
}

}  // namespace

TWOSEAL_CODEC_CHECKED(Assignment, "assignment", check_assignment);
TWOSEAL_CODEC(Batch, "assignments");
TWOSEAL_CODEC(BatchList, "batch-list");

}  // namespace twoseal::codec
