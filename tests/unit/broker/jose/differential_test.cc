// Our verification against cjose's, on thousands of tokens: good ones, broken ones, and good ones in forms
// that only ours refuses.
//
// The rule: ours never accepts what cjose refuses; what cjose accepts and ours refuses belongs to one of the
// classes of kStricter, each with its reason id. Both accept an ECDSA signature with n - s in place of s,
// which verifies as well (FIPS 186-5 section 6.4.2) and changes nothing that the token says.
// Signed headers with U+0000 or with whole numbers beyond 64 bits are left out: cjose's JSON library cannot
// hold them, which says nothing about signatures.
//
// The mutations come out of one seed, printed at the start; CIS2_SEED gives another. Keys and salts are fresh
// in every run, so a token that is judged wrongly is printed whole, with its key.
#include "broker/base/c_handle.h"
#include "broker/jose/verify.h"
#include "tests/support/token_maker.h"

#include <cjose/cjose.h>
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <random>

namespace cis2::jose {
namespace {

using reasons::Reason;
using tests::B64;
using tests::SignToken;
using tests::TestKey;

using CjoseKey = base::CHandle<cjose_jwk_t, cjose_jwk_release>;
using CjoseJws = base::CHandle<cjose_jws_t, cjose_jws_release>;
using CjoseBytes = base::CHandle<std::uint8_t, std::free>;

constexpr int kTokensPerAlgorithm = 8;
constexpr int kMutationsPerToken = 270;
const std::string kPayload = R"({"sub":"656005750105","iat":1795425302})";

// --- what ours refuses by design although its signature is good

struct Stricter {
  Reason reason;
  const char* why;
};

const std::map<std::string, Stricter> kStricter = {
    {"alg is not the pinned one", {Reason::kIdTokenAlg, "RFC 8725 3.1: the verifier chooses the algorithm"}},
    {"base64url is padded", {Reason::kIdTokenForm, "RFC 7515 2: without trailing padding"}},
    {"unused bits are not zero", {Reason::kIdTokenForm, "RFC 4648 3.5: one value has one spelling"}},
    {"signature has another length", {Reason::kIdTokenSignature, "RFC 7518 3.4: r and s have 32 bytes each"}},
    {"header has crit", {Reason::kIdTokenCrit, "RFC 7515 4.1.11: no extension is understood here"}},
    {"header has b64", {Reason::kIdTokenCrit, "RFC 7797: it would change what is signed"}},
    {"header points to a key", {Reason::kIdTokenCrit, "RFC 8725 3.10: a token does not choose its key"}},
    {"name given twice", {Reason::kIdTokenForm, "RFC 7515 4: which one counts could only be guessed"}},
    {"kid or typ is no string", {Reason::kIdTokenForm, "RFC 7515 4.1.4 and 4.1.9"}},
    {"header is too deep or too long", {Reason::kIdTokenForm, "a limit of ours"}},
    {"payload is no object", {Reason::kIdTokenForm, "RFC 7519 7.2: claims are one JSON object"}},
    {"payload is too deep or too long", {Reason::kIdTokenForm, "a limit of ours"}},
    {"token is too long", {Reason::kIdTokenForm, "a limit of ours"}},
    {"RSA key is small", {Reason::kIdTokenKey, "RFC 7518 3.3: at least 2048 bits"}},
    {"RSA exponent is small", {Reason::kIdTokenKey, "FIPS 186-5 5.4: above 2^16"}},
    {"key has a leading zero", {Reason::kIdTokenKey, "RFC 7518 2: a number has as few octets as it needs"}},
    {"key is for something else", {Reason::kIdTokenKey, "RFC 7517 4.2 and 4.3: use and key_ops"}},
    {"key is for another alg", {Reason::kIdTokenKey, "RFC 7517 4.4"}},
    {"key came with its secret", {Reason::kIdTokenKey, "whoever reads it can sign"}},
};

// --- the two judges

// Why ours refuses; kNone if it accepts, kIdTokenKey if the key set has no key for it.
Reason Ours(const std::string& token, const std::string& jwk, const char* alg) {
  static std::map<std::string, KeySet> sets;
  const std::string name = alg + jwk;
  if (!sets.contains(name)) {
    sets.emplace(name, *KeySet::Parse(tests::Jwks({jwk}), *AlgorithmFromName(alg)));
  }
  const VerificationKey* key = sets.at(name).Find(std::nullopt);
  if (key == nullptr) {
    return Reason::kIdTokenKey;
  }
  const auto claims = VerifySignature(token, *key);
  return claims ? Reason::kNone : claims.error().reason;
}

// cjose 0.6 ends the process by an assertion for a part with a single character before padding, such as
// "A===".
bool CjoseWouldAbort(const std::string& token) {
  for (std::size_t start = 0; start <= token.size();) {
    const std::size_t end = std::min(token.find('.', start), token.size());
    const auto padding = token.find('=', start);
    if (padding < end && (padding - start) % 4 == 1) {
      return true;
    }
    start = end + 1;
  }
  return false;
}

bool CjoseAccepts(const std::string& token, const std::string& jwk) {
  if (CjoseWouldAbort(token)) {
    return false;
  }
  static std::map<std::string, CjoseKey> keys;
  cjose_err error{};
  if (!keys.contains(jwk)) {
    keys.emplace(jwk, cjose_jwk_import(jwk.data(), jwk.size(), &error));
  }
  const CjoseJws jws(cjose_jws_import(token.data(), token.size(), &error));
  return jws != nullptr && cjose_jws_verify(jws.get(), keys.at(jwk).get(), &error);
}

// --- tokens in parts, decoded and encoded without any code of ours

using Parts = std::array<std::string, 3>;

Parts Split(const std::string& token) {
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  return {token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1)};
}

std::string Join(const Parts& parts) { return parts[0] + "." + parts[1] + "." + parts[2]; }

std::string Decoded(const std::string& part) {
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  cjose_err error{};
  if (!cjose_base64url_decode(part.data(), part.size(), &bytes, &size, &error)) {
    return "";
  }
  const CjoseBytes owner(bytes);
  return {reinterpret_cast<const char*>(bytes), size};
}

bool IsCanonical(const std::string& token) {
  const Parts parts = Split(token);
  return std::ranges::all_of(parts, [](const std::string& part) { return B64(Decoded(part)) == part; });
}

// --- mutations

class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  // One of many ways to break `token`; `other` is another token of the same key.
  std::string Mutate(const std::string& token, const std::string& other) {
    Parts parts = Split(token);
    const Parts others = Split(other);
    std::string& part = parts[Below(3)];
    switch (Below(13)) {
      case 0:
        part[Below(part.size())] ^= static_cast<char>(1U << Below(8));
        break;
      case 1:
        part[Below(part.size())] = "ABCXYZabcxyz0189-_"[Below(18)];
        break;
      case 2:
        part = FlippedInside(part);
        break;
      case 3:
        part.back() = NextCharacter(part.back());
        break;
      case 4:
        part += std::string(1 + Below(3), '=');
        break;
      case 5:
        part.insert(Below(part.size() + 1), 1, std::string_view("=. \n\r\tA-+/\0{", 12)[Below(12)]);
        break;
      case 6:
        part.erase(Below(part.size()), 1 + Below(4));
        break;
      case 7:
        part.clear();
        break;
      case 8:
        std::swap(part, parts[Below(3)]);
        break;
      case 9:
        part = others[Below(3)];
        break;
      case 10:
        parts[0] = B64(HeaderWithAnotherAlg());
        break;
      case 11:
        parts[2] = B64(Resized(Decoded(parts[2])));
        break;
      default:
        return Join(parts).substr(0, Below(token.size()));
    }
    return Join(parts);
  }

 private:
  std::size_t Below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

  std::string FlippedInside(const std::string& part) {
    std::string bytes = Decoded(part);
    bytes[Below(bytes.size())] ^= static_cast<char>(1U << Below(8));
    return B64(bytes);
  }

  // Of the last character of a part some bits may be unused.
  static char NextCharacter(char c) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return kAlphabet[(kAlphabet.find(c) + 1) % kAlphabet.size()];
  }

  std::string HeaderWithAnotherAlg() {
    static constexpr std::array kNames = {"none",  "None",  "HS256", "RS256", "rs256", "RS384", "RS512",
                                          "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", ""};
    return R"({"alg":")" + std::string(kNames.at(Below(kNames.size()))) + R"("})";
  }

  std::string Resized(const std::string& signature) {
    switch (Below(5)) {
      case 0:
        return '\0' + signature;
      case 1:
        return signature + '\0';
      case 2:
        return signature.substr(1);
      case 3:
        return std::string(signature.size(), '\0');
      default:
        return std::string(signature.size(), '\xff');
    }
  }

  std::mt19937 random_;
};

// --- the comparison

struct Case {
  const char* alg;
  const TestKey& (*key)();
  const TestKey& (*other_key)();
};

class DifferentialTest : public testing::TestWithParam<Case> {
 protected:
  static std::uint32_t Seed() {
    const char* given = std::getenv("CIS2_SEED");
    return given == nullptr ? 7515 : static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10));
  }

  [[nodiscard]] const char* Alg() const { return GetParam().alg; }
  [[nodiscard]] const TestKey& Key() const { return GetParam().key(); }
  [[nodiscard]] bool IsEc() const { return std::string(Alg()) == "ES256"; }
  [[nodiscard]] std::string Header(const std::string& more = "") const {
    return R"({"alg":")" + std::string(Alg()) + "\"" + more + "}";
  }
  [[nodiscard]] std::string Signed(const std::string& header, const std::string& payload = kPayload) const {
    return SignToken(header, payload, Key(), Alg());
  }

  // Asks both. `known` is the class that this token was made for; empty for one that is merely broken.
  void Compare(const std::string& token, const std::string& jwk, const std::string& known = "") {
    ++judged_;
    const Reason ours = Ours(token, jwk, Alg());
    const bool cjose = CjoseAccepts(token, jwk);
    if (ours == Reason::kNone) {
      ++accepted_;
      EXPECT_TRUE(cjose) << "ours accepts what cjose refuses: " << token << "\n" << jwk;
    } else if (cjose) {
      const std::string name = known.empty() ? StricterClassOf(token) : known;
      ASSERT_TRUE(kStricter.contains(name))
          << "cjose accepts, ours says " << reasons::Id(ours) << ": " << token << "\n"
          << jwk;
      EXPECT_EQ(ours, kStricter.at(name).reason) << name << ": " << reasons::Id(ours);
      ++stricter_[name];
    }
  }
  void Compare(const std::string& token) { Compare(token, Key().Jwk("", "")); }

  // The class of a token that a mutation brought about.
  [[nodiscard]] std::string StricterClassOf(const std::string& token) const {
    if (token.find('=') != std::string::npos) {
      return "base64url is padded";
    }
    if (!IsCanonical(token)) {
      return "unused bits are not zero";
    }
    if (IsEc() && Decoded(Split(token)[2]).size() != 64) {
      return "signature has another length";
    }
    return "";
  }

  // Both are asked, and the difference must be there.
  void ExpectStricter(const std::string& name, const std::string& token, const std::string& jwk) {
    const int before = stricter_[name];
    Compare(token, jwk, name);
    EXPECT_EQ(stricter_[name], before + 1) << "no difference: " << name << "\n" << token << "\n" << jwk;
  }
  void ExpectStricter(const std::string& name, const std::string& token) {
    ExpectStricter(name, token, Key().Jwk("", ""));
  }
  void ExpectBothAccept(const std::string& token) {
    const int before = accepted_;
    Compare(token);
    EXPECT_EQ(accepted_, before + 1) << token;
  }
  void ExpectBothRefuse(const std::string& token, const std::string& jwk) {
    EXPECT_NE(Ours(token, jwk, Alg()), Reason::kNone) << token;
    EXPECT_FALSE(CjoseAccepts(token, jwk)) << token;
    ++judged_;
  }
  void ExpectBothRefuse(const std::string& token) { ExpectBothRefuse(token, Key().Jwk("", "")); }

  int judged_ = 0;
  int accepted_ = 0;
  std::map<std::string, int> stricter_;
};

TEST_P(DifferentialTest, MutatedTokensAreJudgedAlike) {
  std::cout << "seed " << Seed() << " (CIS2_SEED)\n";
  Mutator mutator(Seed());
  std::string previous = Signed(Header(), R"({"sub":"1"})");
  for (int i = 0; i < kTokensPerAlgorithm; ++i) {
    const std::string token = Signed(Header(R"(,"kid":")" + std::to_string(i) + "\""),
                                     R"({"sub":")" + std::string(static_cast<std::size_t>(i), 'x') + R"("})");
    ExpectBothAccept(token);
    ExpectBothRefuse(token, GetParam().other_key().Jwk("", ""));
    for (int k = 0; k < kMutationsPerToken; ++k) {
      Compare(mutator.Mutate(token, previous));
    }
    previous = token;
  }
  EXPECT_GE(judged_, 2000);  // five algorithms: 10,000 tokens and more
  EXPECT_GT(stricter_["base64url is padded"], 0);
  EXPECT_GT(stricter_["unused bits are not zero"], 0);
}

TEST_P(DifferentialTest, OursIsStricterWithHeaders) {
  for (const char* member : {R"(,"crit":["exp"],"exp":1)", R"(,"crit":[])", R"(,"crit":null)"}) {
    ExpectStricter("header has crit", Signed(Header(member)));
  }
  ExpectStricter("header has b64", Signed(Header(R"(,"b64":false)")));
  ExpectStricter("header has b64", Signed(Header(R"(,"b64":true)")));
  for (const char* member : {R"(,"jku":"https://a.example/")", R"(,"jwk":{"kty":"oct","k":"AAAA"})",
                             R"(,"x5u":"https://a.example/")", R"(,"x5c":[])"}) {
    ExpectStricter("header points to a key", Signed(Header(member)));
  }
  ExpectStricter("name given twice", Signed(R"({"alg":"none",)" + Header().substr(1)));
  ExpectStricter("name given twice", Signed(Header(R"(,"x":{"a":1,"a":1})")));
  for (const char* member : {R"(,"kid":7)", R"(,"kid":null)", R"(,"typ":["JWT"])"}) {
    ExpectStricter("kid or typ is no string", Signed(Header(member)));
  }
  ExpectStricter("header is too deep or too long", Signed(Header(R"(,"x":[[[[]]]])")));
  ExpectStricter("header is too deep or too long",
                 Signed(Header(R"(,"x":")" + std::string(4096, 'x') + "\"")));
}

TEST_P(DifferentialTest, OursIsStricterWithPayloads) {
  for (const char* payload : {"[]", "\"a\"", "7", "null", "not JSON", "{}{}", "{", "\xff"}) {
    ExpectStricter("payload is no object", Signed(Header(), payload));
  }
  ExpectStricter("name given twice", Signed(Header(), R"({"sub":"1","sub":"2"})"));
  ExpectStricter("payload is too deep or too long", Signed(Header(), R"({"x":[[[[[[[[]]]]]]]]})"));
  const auto with_text = [](std::size_t size) { return R"({"x":")" + std::string(size, 'x') + R"("})"; };
  ExpectBothAccept(Signed(Header(), with_text(47U * 1024)));
  ExpectStricter("payload is too deep or too long", Signed(Header(), with_text(48U * 1024 - 4)));
  ExpectStricter("token is too long", Signed(Header(), with_text(64U * 1024)));
}

TEST_P(DifferentialTest, OursIsStricterWithKeys) {
  const std::string token = Signed(Header());
  const std::string members = Key().PublicMembers();
  ExpectStricter("key is for something else", token, "{" + members + R"(,"use":"enc"})");
  ExpectStricter("key is for something else", token, "{" + members + R"(,"key_ops":["encrypt"]})");
  ExpectStricter("key is for another alg", token, "{" + members + R"(,"alg":"RSA-OAEP"})");
  if (IsEc()) {
    return;
  }
  const std::string n = R"("n":")";
  const auto at = members.find(n) + n.size();
  const std::string modulus = members.substr(at, members.find('"', at) - at);
  ExpectStricter("key has a leading zero", token,
                 "{" + std::string(members).replace(at, modulus.size(), B64('\0' + Decoded(modulus))) + "}");
  ExpectStricter("key came with its secret", token, "{" + members + R"(,"oth":[]})");
  if (std::string(Alg()) != "PS512") {  // whose digest and salt do not fit into 1024 bits
    ExpectStricter("RSA key is small", SignToken(Header(), kPayload, TestKey::SmallRsa(), Alg()),
                   TestKey::SmallRsa().Jwk("", ""));
  }
  ExpectStricter("RSA exponent is small", SignToken(Header(), kPayload, TestKey::ThreeRsa(), Alg()),
                 TestKey::ThreeRsa().Jwk("", ""));
}

TEST_P(DifferentialTest, OursTakesThePinnedAlgorithmAlone) {
  for (const char* alg : {"RS256", "RS512", "PS256", "PS512", "ES256"}) {
    const std::string header = R"({"alg":")" + std::string(alg) + "\"}";
    const bool fits_key = IsEc() == (std::string(alg) == "ES256");
    if (!fits_key) {
      ExpectBothRefuse(Signed(header));
    } else if (std::string(alg) == Alg()) {
      ExpectBothAccept(Signed(header));
    } else {
      ExpectStricter("alg is not the pinned one", SignToken(header, kPayload, Key(), alg));
      ExpectBothRefuse(Signed(header));
    }
  }
  ExpectBothRefuse(tests::MacToken(R"({"alg":"HS256"})", kPayload, Key().PublicPem()));
  ExpectBothRefuse(B64(R"({"alg":"none"})") + "." + B64(kPayload) + ".");
}

INSTANTIATE_TEST_SUITE_P(All, DifferentialTest,
                         testing::Values(Case{"RS256", TestKey::Rsa, TestKey::OtherRsa},
                                         Case{"RS512", TestKey::Rsa, TestKey::OtherRsa},
                                         Case{"PS256", TestKey::Rsa, TestKey::OtherRsa},
                                         Case{"PS512", TestKey::Rsa, TestKey::OtherRsa},
                                         Case{"ES256", TestKey::Ec, TestKey::OtherEc}),
                         [](const auto& case_info) { return std::string(case_info.param.alg); });

// --- signatures that only one algorithm has

using Number = base::CHandle<BIGNUM, BN_free>;

Number NumberOf(const std::string& bytes) {
  return Number(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                          static_cast<int>(bytes.size()), nullptr));
}

std::string In32Bytes(const BIGNUM* number) {
  std::string bytes(32, '\0');
  EXPECT_EQ(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), 32), 32);
  return bytes;
}

// The order of P-256's base point.
Number OrderOfP256() {
  BIGNUM* order = nullptr;
  BN_hex2bn(&order, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
  return Number(order);
}

std::string Der(const std::string& r, const std::string& s) {
  const base::CHandle<ECDSA_SIG, ECDSA_SIG_free> signature(ECDSA_SIG_new());
  ECDSA_SIG_set0(signature.get(), NumberOf(r).release(), NumberOf(s).release());
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &bytes);
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

class EcdsaDifferentialTest : public DifferentialTest {
 protected:
  EcdsaDifferentialTest() : parts_(Split(Signed(Header()))) {
    const std::string raw = Decoded(parts_[2]);
    r_ = raw.substr(0, 32);
    s_ = raw.substr(32);
  }
  [[nodiscard]] std::string With(const std::string& signature) const {
    return Join({parts_[0], parts_[1], B64(signature)});
  }
  Parts parts_;
  std::string r_, s_;
};

TEST_P(EcdsaDifferentialTest, TheOtherSVerifiesForBoth) {
  const Number order = OrderOfP256();
  const Number s = NumberOf(s_);
  ASSERT_EQ(BN_sub(s.get(), order.get(), s.get()), 1);
  ExpectBothAccept(With(r_ + s_));
  ExpectBothAccept(With(r_ + In32Bytes(s.get())));
}

TEST_P(EcdsaDifferentialTest, AnotherEncodingIsRefused) {
  ExpectBothRefuse(With(Der(r_, s_)));
  ExpectBothRefuse(With(s_ + r_));
  ExpectStricter("signature has another length", With('\0' + r_ + '\0' + s_));
}

TEST_P(EcdsaDifferentialTest, NumbersOutOfRangeAreRefused) {
  const std::string zero(32, '\0');
  const std::string order = In32Bytes(OrderOfP256().get());
  for (const std::string& bad : {zero, order, std::string(32, '\xff')}) {
    ExpectBothRefuse(With(bad + s_));
    ExpectBothRefuse(With(r_ + bad));
    ExpectBothRefuse(With(bad + bad));
  }
}

INSTANTIATE_TEST_SUITE_P(All, EcdsaDifferentialTest,
                         testing::Values(Case{"ES256", TestKey::Ec, TestKey::OtherEc}),
                         [](const auto& case_info) { return std::string(case_info.param.alg); });

class PssDifferentialTest : public DifferentialTest {
 protected:
  // PS256 with a salt of `salt` bytes.
  [[nodiscard]] std::string WithSalt(int salt) const {
    const std::string message = B64(Header()) + "." + B64(kPayload);
    const base::CHandle<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;
    std::string signature(256, '\0');
    std::size_t size = signature.size();
    EXPECT_TRUE(EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr, Key().get()) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(options, salt) == 1 &&
                EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                               reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1);
    return message + "." + B64(signature);
  }
};

TEST_P(PssDifferentialTest, TheSaltIsAsLongAsTheDigest) {
  ExpectBothAccept(WithSalt(32));
  for (const int salt : {0, 20, 31, 33, 222}) {
    ExpectBothRefuse(WithSalt(salt));
  }
}

INSTANTIATE_TEST_SUITE_P(All, PssDifferentialTest,
                         testing::Values(Case{"PS256", TestKey::Rsa, TestKey::OtherRsa}),
                         [](const auto& case_info) { return std::string(case_info.param.alg); });

}  // namespace
}  // namespace cis2::jose
