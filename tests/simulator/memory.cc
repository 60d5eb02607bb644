#include "tests/simulator/memory.h"

#include <algorithm>

namespace cis2::simulator {
namespace {

std::string NewId(base::Random& random) { return std::string(base::RandomToken(random).Reveal()); }

}  // namespace

Memory::Memory(const base::Clock& clock, base::Random& random) : clock_(clock), random_(random) {}

std::string Memory::AddTransaction(AuthorizationRequest request) {
  std::erase_if(transactions_, [this](const auto& entry) { return entry.second.expires <= clock_.Now(); });
  std::string id = NewId(random_);
  transactions_[id] = Transaction{std::move(request), clock_.Now() + kTransactionLifetime};
  return id;
}

std::optional<AuthorizationRequest> Memory::TakeTransaction(const std::string& id) {
  auto taken = transactions_.extract(id);
  if (taken.empty() || taken.mapped().expires <= clock_.Now()) {
    return std::nullopt;
  }
  return std::move(taken.mapped().request);
}

std::string Memory::AddCode(Grant grant) {
  Code code{NewId(random_), std::move(grant), clock_.Now() + kCodeLifetime, false, {}};
  RememberSecret("code", code.value);
  codes_.push_back(std::move(code));
  return codes_.back().value;
}

std::optional<Grant> Memory::TakeCode(const std::string& code) {
  const auto found = std::ranges::find(codes_, code, &Code::value);
  if (found == codes_.end()) {
    return std::nullopt;
  }
  if (found->used) {
    access_tokens_.erase(found->access_token);
    return std::nullopt;
  }
  found->used = true;
  return found->expires > clock_.Now() ? std::optional(found->grant) : std::nullopt;
}

void Memory::Redeemed(const std::string& code, const std::string& access_token, Issued issued) {
  const auto found = std::ranges::find(codes_, code, &Code::value);
  if (found != codes_.end()) {
    found->access_token = access_token;
  }
  access_tokens_[access_token] = AccessToken{std::move(issued), clock_.Now() + kAccessTokenLifetime};
}

const Issued* Memory::FindAccessToken(const std::string& access_token) const {
  const auto found = access_tokens_.find(access_token);
  return found != access_tokens_.end() && found->second.expires > clock_.Now() ? &found->second.issued
                                                                               : nullptr;
}

std::vector<std::pair<std::string, bool>> Memory::Codes() const {
  std::vector<std::pair<std::string, bool>> codes;
  codes.reserve(codes_.size());
  for (const auto& code : codes_) {
    codes.emplace_back(code.value, !code.access_token.empty());
  }
  return codes;
}

void Memory::RememberSecret(std::string_view kind, const std::string& value) {
  if (!value.empty()) {
    secrets_.emplace(kind, value);
  }
}

}  // namespace cis2::simulator
