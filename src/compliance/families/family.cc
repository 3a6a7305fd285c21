#include "compliance/families/family.h"

namespace twoseal::scap {
namespace {

struct Row {
  Family family;
  FamilyCollector collector;
};

constexpr Row kRows[] = {
    {Family::dpkginfo, {collect_dpkginfo}},
    {Family::environmentvariable58, {collect_environmentvariable58}},
    {Family::family, {collect_family}},
    {Family::file, {nullptr, visit_file}},
    {Family::filehash58, {nullptr, visit_filehash58}},
    {Family::interface, {collect_interface}},
    {Family::partition, {collect_partition}},
    {Family::password, {collect_password}},
    {Family::process58, {collect_process58}},
    {Family::rpminfo, {collect_rpminfo}},
    {Family::rpmverifyfile, {collect_rpmverifyfile}},
    {Family::selinuxboolean, {collect_selinux}},
    {Family::selinuxsecuritycontext, {nullptr, visit_selinuxsecuritycontext}},
    {Family::shadow, {collect_shadow}},
    {Family::symlink, {collect_symlink}},
    {Family::sysctl, {collect_sysctl}},
    {Family::systemdunitdependency, {collect_systemdunitdependency}},
    {Family::systemdunitproperty, {collect_systemdunitproperty}},
    {Family::textfilecontent54, {nullptr, visit_textfilecontent54}},
    {Family::uname, {collect_uname}},
    {Family::xmlfilecontent, {nullptr, visit_xmlfilecontent}},
};

}  // namespace

FamilyCollector collector_of(Family family) {
  for (const Row& row : kRows) {
    if (row.family == family) {
      return row.collector;
    }
  }
  return {};
}

void CollectingVisitor::add_place(WalkedFile& file, StoredItem& item) {
  if (file.name().empty()) {
    item.add(EntityName::path, file.path());
    item.add_status(EntityName::filename, Status::does_not_exist);
    return;
  }
  item.add(EntityName::filepath, file.full_path());
  item.add(EntityName::path, file.path());
  item.add(EntityName::filename, file.name());
}

const Bytes* CollectingVisitor::content_of(WalkedFile& file) {
  const auto& content = file.content();
  if (!content && content.error().code != Errc::not_regular) {
    miss(Flag::error, content.error().what);
  }
  return content && *content ? &**content : nullptr;
}

}  // namespace twoseal::scap
