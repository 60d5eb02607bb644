#include "broker/policy/policy.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>

namespace cis2::policy {
namespace {

constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct Address {
  std::array<unsigned char, 16> bytes{};
  bool written_as_ipv4 = false;
};

bool IsMapped(const Address& a) { return std::equal(kMapped.begin(), kMapped.end(), a.bytes.begin()); }

std::optional<Address> ParseAddress(std::string_view text) {
  // inet_pton reads up to a NUL; what follows it must not be dropped silently.
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  const std::string copy(text);
  Address address;
  if (::inet_pton(AF_INET, copy.c_str(), &address.bytes[kMapped.size()]) == 1) {
    std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
    address.written_as_ipv4 = true;
    return address;
  }
  return ::inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1 ? std::optional(address)
                                                                        : std::nullopt;
}

std::optional<int> ParseBits(std::string_view text, int max) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0') || text[0] == '-') {
    return std::nullopt;
  }
  int bits = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
  if (error != std::errc{} || end != text.data() + text.size() || bits > max) {
    return std::nullopt;
  }
  return bits;
}

bool SamePrefix(const std::array<unsigned char, 16>& a, const std::array<unsigned char, 16>& b, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(a.begin(), a.begin() + bits / 8, b.begin())) {
    return false;
  }
  const int rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

bool NothingBehind(const std::array<unsigned char, 16>& prefix, int bits) {
  for (int bit = bits; bit < 128; ++bit) {
    if ((prefix[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8) & 1) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<Network> Network::Parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = ParseAddress(text.substr(0, slash));
  if (!address) {
    return std::nullopt;
  }
  const int offset = address->written_as_ipv4 ? 96 : 0;
  const auto bits = slash == std::string_view::npos ? std::optional(128 - offset)
                                                    : ParseBits(text.substr(slash + 1), 128 - offset);
  if (!bits || !NothingBehind(address->bytes, *bits + offset)) {
    return std::nullopt;
  }
  Network network;
  network.prefix_ = address->bytes;
  network.bits_ = *bits + offset;
  network.ipv4_ = IsMapped(*address) && network.bits_ >= 96;
  return network;
}

bool Network::Contains(std::string_view numeric_address) const {
  const auto address = ParseAddress(numeric_address);
  return address && IsMapped(*address) == ipv4_ && SamePrefix(prefix_, address->bytes, bits_);
}

Proximity Compare(const NamedNetworks& networks, std::string_view client_address,
                  std::string_view browser_address) {
  if (networks.empty() || client_address.empty()) {
    return Proximity::kNotCompared;
  }
  const auto network_of = [&](std::string_view address) {
    return std::ranges::find_if(networks, [&](const auto& named) {
      return std::ranges::any_of(named.second, [&](const Network& n) { return n.Contains(address); });
    });
  };
  const auto client = network_of(client_address);
  if (client != network_of(browser_address)) {
    return Proximity::kDifferent;
  }
  return client == networks.end() ? Proximity::kUnknown : Proximity::kSame;
}

}  // namespace cis2::policy
