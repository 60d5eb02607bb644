#include "broker/breakglass/ledger.h"

#include "broker/base/json.h"
#include "broker/base/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <utility>

namespace cis2::breakglass {
namespace {

using base::Json;
using nlohmann::ordered_json;

constexpr std::int64_t kVersion = 1;
constexpr base::JsonLimits kLimits{
    .max_size = std::size_t{2} * 1024 * 1024, .max_depth = 6, .max_values = 40'000};
constexpr std::size_t kMaxAccount = 256;

const Entry* Find(const Ledger& ledger, std::string_view id) {
  const auto it = std::ranges::find(ledger, id, &Entry::id);
  return it == ledger.end() ? nullptr : &*it;
}

// --- reading

// The members of one JSON object, each taken once: what is left at the end is unknown.
class Members {
 public:
  explicit Members(const Json& object) : object_(object), left_(object.is_object() ? object.size() : 0) {}

  std::optional<std::string> Text(std::string_view name) {
    auto text = base::StringMember(object_, name);
    left_ -= text ? 1U : 0U;
    return text;
  }
  std::optional<std::string> Bytes(std::string_view name, std::size_t size) {
    const auto text = Text(name);
    auto bytes = text ? base::Base64UrlDecode(*text) : std::nullopt;
    return bytes && bytes->size() == size ? bytes : std::nullopt;
  }
  template <class T>
  std::optional<T> Number(std::string_view name) {
    const auto number = base::IntegerMember(object_, name);
    // One out of range is left untaken: a time of use that cannot be read must not be none.
    if (!number || !std::in_range<T>(*number)) {
      return std::nullopt;
    }
    --left_;
    return static_cast<T>(*number);
  }
  std::optional<Time> When(std::string_view name) {
    const auto seconds = Number<std::uint32_t>(name);
    return seconds ? std::optional(Time(std::chrono::seconds(*seconds))) : std::nullopt;
  }
  const Json* Object(std::string_view name) {
    const Json* member = base::Member(object_, name);
    left_ -= member != nullptr ? 1U : 0U;
    return member;
  }
  [[nodiscard]] bool AllTaken() const { return left_ == 0; }

 private:
  const Json& object_;
  std::size_t left_;
};

std::optional<Hash> DecodeHash(const Json* object) {
  if (object == nullptr) {
    return std::nullopt;
  }
  Members members(*object);
  const auto kdf = members.Text("kdf");
  const auto n = members.Number<std::uint64_t>("n");
  const auto r = members.Number<std::uint32_t>("r");
  const auto p = members.Number<std::uint32_t>("p");
  const auto salt = members.Bytes("salt", kSaltSize);
  const auto value = members.Bytes("value", kHashSize);
  if (kdf != "scrypt" || !n || !r || !p || !salt || !value || !members.AllTaken()) {
    return std::nullopt;
  }
  const Cost cost{.n = *n, .r = *r, .p = *p};
  return IsBearable(cost) ? std::optional(Hash{.cost = cost, .salt = *salt, .value = *value}) : std::nullopt;
}

std::optional<Entry> DecodeEntry(const Json& object) {
  Members members(object);
  const auto id = members.Text("id");
  const auto account = members.Text("account");
  const auto made = members.When("made");
  const auto valid_until = members.When("valid_until");
  const auto hash = DecodeHash(members.Object("hash"));
  const auto used = members.When("used");
  const auto revoked = members.When("revoked");
  if (!id || !IsCodeId(*id) || !account || account->empty() || account->size() > kMaxAccount || !made ||
      !valid_until || !hash || !members.AllTaken()) {
    return std::nullopt;
  }
  return Entry{.id = *id,
               .account = *account,
               .made = *made,
               .valid_until = *valid_until,
               .hash = *hash,
               .used = used,
               .revoked = revoked};
}

ordered_json EncodeEntry(const Entry& entry) {
  ordered_json object = {{"id", entry.id},
                         {"account", entry.account},
                         {"made", entry.made.time_since_epoch().count()},
                         {"valid_until", entry.valid_until.time_since_epoch().count()},
                         {"hash",
                          {{"kdf", "scrypt"},
                           {"n", entry.hash.cost.n},
                           {"r", entry.hash.cost.r},
                           {"p", entry.hash.cost.p},
                           {"salt", base::Base64UrlEncode(entry.hash.salt)},
                           {"value", base::Base64UrlEncode(entry.hash.value)}}}};
  if (entry.used) {
    object["used"] = entry.used->time_since_epoch().count();
  }
  if (entry.revoked) {
    object["revoked"] = entry.revoked->time_since_epoch().count();
  }
  return object;
}

// When a code ended, or will.
Time EndOf(const Entry& entry) {
  return std::min(
      {entry.valid_until, entry.used.value_or(entry.valid_until), entry.revoked.value_or(entry.valid_until)});
}

}  // namespace

State StateOf(const Entry& entry, Time now) {
  if (entry.used) {
    return State::kUsed;
  }
  if (entry.revoked) {
    return State::kRevoked;
  }
  return now < entry.valid_until ? State::kReady : State::kExpired;
}

std::string_view Name(State state) {
  switch (state) {
    case State::kReady:
      return "ready";
    case State::kUsed:
      return "used";
    case State::kRevoked:
      return "revoked";
    case State::kExpired:
      break;
  }
  return "expired";
}

bool HasReadyCode(const Ledger& ledger, std::string_view account, Time now) {
  return std::ranges::any_of(ledger, [&](const Entry& entry) {
    return entry.account == account && StateOf(entry, now) == State::kReady;
  });
}

Finding Judge(const Ledger& ledger, std::string_view account, const Code& code, Time now) {
  const Entry* entry = Find(ledger, code.id);
  if (entry == nullptr || !Matches(entry->hash, code.secret)) {
    return Finding::kWrong;
  }
  if (entry->account != account) {
    return Finding::kOtherAccount;
  }
  switch (StateOf(*entry, now)) {
    case State::kReady:
      return Finding::kRight;
    case State::kUsed:
      return Finding::kUsed;
    case State::kRevoked:
      return Finding::kRevoked;
    case State::kExpired:
      break;
  }
  return Finding::kExpired;
}

Finding Spend(Ledger& ledger, std::string_view account, const Code& code, Time now) {
  const Finding finding = Judge(ledger, account, code, now);
  if (finding == Finding::kRight) {
    std::ranges::find(ledger, code.id, &Entry::id)->used = now;
  }
  return finding;
}

void Forget(Ledger& ledger, Time now) {
  std::erase_if(ledger, [&](const Entry& entry) { return EndOf(entry) + kRemembered < now; });
}

std::string Encode(const Ledger& ledger) {
  ordered_json codes = ordered_json::array();
  for (const Entry& entry : ledger) {
    codes.push_back(EncodeEntry(entry));
  }
  return ordered_json{{"version", kVersion}, {"codes", std::move(codes)}}.dump(1) + "\n";
}

std::optional<Ledger> Decode(std::string_view json) {
  const auto document = base::ParseJson(json, kLimits);
  if (!document) {
    return std::nullopt;
  }
  Members members(*document);
  const bool known = members.Number<std::int64_t>("version") == kVersion;
  const Json* codes = members.Object("codes");
  if (!known || codes == nullptr || !codes->is_array() || codes->size() > kMaxEntries ||
      !members.AllTaken()) {
    return std::nullopt;
  }
  Ledger ledger;
  std::set<std::string> ids;
  for (const Json& object : *codes) {
    auto entry = DecodeEntry(object);
    if (!entry || !ids.insert(entry->id).second) {
      return std::nullopt;
    }
    ledger.push_back(*std::move(entry));
  }
  return ledger;
}

}  // namespace cis2::breakglass
