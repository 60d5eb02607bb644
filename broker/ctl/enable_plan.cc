#include "broker/ctl/enable_plan.h"

#include <algorithm>
#include <array>

namespace cis2::ctl {
namespace {

using base::Result;

std::string PamPath(const Places& places, const std::string& service) { return places.pam + "/" + service; }

// The change of one PAM file, unless it needs none.
Result<void> PlanPamFile(const Places& places, const Family& family, const std::string& service,
                         const PamChange& change, Plan& plan) {
  const std::string path = PamPath(places, service);
  CIS2_TRY(const std::string text, ReadIfThere(path));
  if (text.empty() && service == family.name) {
    return base::Fail(path + " is not there; is " + service + " installed?");
  }
  if (text.empty()) {
    plan.notes.push_back(path + " is not there, and is left out");
    return {};
  }
  if (service != family.name && TakesAuthFrom(text, family.name)) {
    plan.notes.push_back(path + " takes its lines from " + PamPath(places, family.name) +
                         ": covered as well");
    return {};
  }
  CIS2_TRY(const std::string bare, WithoutBlock(text, path));
  CIS2_TRY(std::string with, WithPamBlock(bare, change, path));
  if (with != text) {
    plan.changes.push_back({.path = path, .before = text, .after = std::move(with)});
  }
  return {};
}

Result<void> PlanDropIn(const Places& places, const SshdWish& sshd, Plan& plan) {
  CIS2_TRY(const std::string text, ReadIfThere(places.sshd_drop_in));
  CIS2_TRY(const std::string bare, WithoutBlock(text, places.sshd_drop_in));
  std::string with = SshdBlock(sshd.now, sshd.login_grace) + bare;
  if (with != text) {
    plan.changes.push_back({.path = places.sshd_drop_in, .before = text, .after = std::move(with)});
  }
  return {};
}

Result<void> PlanRemoval(const std::string& path, Plan& plan) {
  CIS2_TRY(const std::string text, ReadIfThere(path));
  CIS2_TRY(std::string bare, WithoutBlock(text, path));
  if (bare != text) {
    plan.changes.push_back({.path = path, .before = text, .after = std::move(bare)});
  }
  return {};
}

}  // namespace

std::optional<Family> FamilyOf(std::string_view service) {
  static const std::array<Family, 4> kFamilies = {Family{"sshd", {"sshd"}},
                                                  Family{"sudo", {"sudo", "sudo-i"}},
                                                  Family{"su", {"su", "su-l"}}, Family{"login", {"login"}}};
  for (const Family& family : kFamilies) {
    if (std::ranges::find(family.services, service) != family.services.end()) {
      return family;
    }
  }
  return std::nullopt;
}

Result<Plan> PlanEnable(const Places& places, const Family& family, const PamChange& change,
                        const std::optional<SshdWish>& sshd) {
  Plan plan;
  for (const std::string& service : family.services) {
    CIS2_CHECK(PlanPamFile(places, family, service, change, plan));
  }
  if (sshd) {
    CIS2_CHECK(PlanDropIn(places, *sshd, plan));
  }
  return plan;
}

Result<Plan> PlanDisable(const Places& places, const Family& family) {
  Plan plan;
  for (const std::string& service : family.services) {
    CIS2_CHECK(PlanRemoval(PamPath(places, service), plan));
  }
  if (family.name == "sshd") {
    CIS2_CHECK(PlanRemoval(places.sshd_drop_in, plan));
  }
  return plan;
}

Result<void> MakeAll(const std::vector<FileChange>& changes) {
  for (auto change = changes.begin(); change != changes.end(); ++change) {
    const auto made = Make(*change);
    if (made) {
      continue;
    }
    std::string message = made.error().message;
    while (change != changes.begin()) {
      --change;
      if (const auto back = Make({.path = change->path, .before = change->after, .after = change->before});
          !back) {
        message += "; and the change before it could not be taken back: " + back.error().message;
      }
    }
    return base::Fail(std::move(message));
  }
  return {};
}

}  // namespace cis2::ctl
