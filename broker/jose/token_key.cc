#include "broker/jose/token_key.h"

#include "broker/base/fd.h"
#include "broker/base/secret.h"
#include "broker/jose/engine_key.h"
#include "broker/jose/pin_prompt.h"

#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/x509.h>

#include <string>

namespace cis2::jose {
namespace {

using base::Fail;
using base::Result;
using Context = base::CHandle<OSSL_LIB_CTX, OSSL_LIB_CTX_free>;
using Bio = base::CHandle<BIO, BIO_free_all>;

constexpr std::size_t kMaxPin = 255;

// What OpenSSL says last, for the administrator; there is no secret in it, for none is in what it is given.
std::string OpensslReason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? "" : std::string(" (OpenSSL: ") + reason + ")";
}

Result<base::Secret> ReadPin(const KeyUri& uri) {
  if (uri.pin_source.empty()) {
    return base::Secret();
  }
  CIS2_TRY(std::string text, base::ReadTrustedFile(uri.pin_source, base::Privacy::kPrivate, kMaxPin + 1));
  if (text.ends_with('\n')) {
    text.pop_back();
  }
  base::Secret pin = base::Secret::Take(text);
  if (pin.empty() || pin.Reveal().find_first_of("\r\n") != std::string_view::npos) {
    return Fail(uri.pin_source + " must hold one line, the PIN of the token");
  }
  return pin;
}

// A context with the provider and OpenSSL's own; null if the provider cannot be loaded. Made from a
// configuration in memory: that is the one way, in OpenSSL 3.0 as in 3.5, to hand a provider its settings
// without the environment.
Context ContextWith(const std::string& provider, const std::string& settings) {
  Context context(OSSL_LIB_CTX_new());
  const std::string text = "openssl_conf = start\n[start]\nproviders = providers\n[providers]\n" + provider +
                           " = token\ndefault = own\n[own]\nactivate = 1\n[token]\nactivate = 1\n" + settings;
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  OPENSSL_load_builtin_modules();
  const base::CHandle<CONF, NCONF_free> conf(NCONF_new_ex(context.get(), nullptr));
  long wrong_line = 0;
  if (conf == nullptr || NCONF_load_bio(conf.get(), bio.get(), &wrong_line) != 1 ||
      CONF_modules_load(conf.get(), nullptr, 0) != 1 ||
      OSSL_PROVIDER_available(context.get(), provider.c_str()) != 1) {
    return nullptr;
  }
  return context;
}

// Without such a query the default provider takes the public half of the key over and finds the private one
// missing.
constexpr const char* kAtTpm = "?provider=tpm2";
constexpr const char* kAtPkcs11 = "?provider=pkcs11";

// The private key that `name` names.
EvpKey LoadFromStore(OSSL_LIB_CTX* context, const char* properties, const std::string& name,
                     const base::Secret& pin) {
  const PinPrompt prompt(pin);
  const base::CHandle<OSSL_STORE_CTX, OSSL_STORE_close> store(OSSL_STORE_open_ex(
      name.c_str(), context, properties, prompt.method(), prompt.data(), nullptr, nullptr, nullptr));
  if (store == nullptr || OSSL_STORE_expect(store.get(), OSSL_STORE_INFO_PKEY) != 1) {
    return nullptr;
  }
  while (OSSL_STORE_eof(store.get()) == 0) {
    const base::CHandle<OSSL_STORE_INFO, OSSL_STORE_INFO_free> info(OSSL_STORE_load(store.get()));
    if (info != nullptr && OSSL_STORE_INFO_get_type(info.get()) == OSSL_STORE_INFO_PKEY) {
      return EvpKey(OSSL_STORE_INFO_get1_PKEY(info.get()));
    }
  }
  return nullptr;
}

struct Opened {
  Context context;
  const char* properties;
  EvpKey key;
};

Result<Opened> OpenTpm(const KeyUri& uri) {
  Context context = ContextWith("tpm2", "");
  if (context == nullptr) {
    return Fail(uri.object +
                ": OpenSSL's provider tpm2 cannot be used: is tpm2-openssl installed, and is there a TPM "
                "(/dev/tpmrm0) that this process may open?" +
                OpensslReason());
  }
  EvpKey key = LoadFromStore(context.get(), kAtTpm, uri.object, base::Secret());
  if (key == nullptr) {
    return Fail(uri.object +
                ": the TPM has no such key, or it needs a password; `tpm2_getcap handles-persistent` lists "
                "the handles" +
                OpensslReason());
  }
  return Opened{std::move(context), kAtTpm, std::move(key)};
}

Result<Opened> OpenPkcs11(const KeyUri& uri) {
  CIS2_TRY(const base::Secret pin, ReadPin(uri));
  Context context =
      ContextWith("pkcs11", uri.module_path.empty() ? "" : "pkcs11-module-path = " + uri.module_path + "\n");
  if (context == nullptr) {
    ERR_clear_error();
    CIS2_TRY(EvpKey key, LoadEngineKey(uri, pin));
    return Opened{nullptr, nullptr, std::move(key)};
  }
  EvpKey key = LoadFromStore(context.get(), kAtPkcs11, uri.object, pin);
  if (key == nullptr) {
    return Fail(uri.object +
                ": the token has no such private key, is not there, or refuses the PIN; `pkcs11-tool --login "
                "--list-objects` shows what it has" +
                OpensslReason());
  }
  return Opened{std::move(context), kAtPkcs11, std::move(key)};
}

}  // namespace

Result<std::unique_ptr<TokenKey>> TokenKey::Open(const KeyUri& uri) {
  CIS2_TRY(Opened opened, uri.kind == KeyUri::Kind::kTpm ? OpenTpm(uri) : OpenPkcs11(uri));
  ERR_clear_error();
  return std::unique_ptr<TokenKey>(
      new TokenKey(std::move(opened.context), opened.properties, std::move(opened.key)));
}

// By way of SubjectPublicKeyInfo, which every provider and engine can write; single parameters of a key
// differ.
Result<EvpKey> TokenKey::PublicHalf() const {
  const std::lock_guard lock(mutex_);
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &der);
  EvpKey half;
  if (size > 0) {
    const unsigned char* from = der;
    half.reset(d2i_PUBKEY(nullptr, &from, size));
  }
  OPENSSL_free(der);
  ERR_clear_error();
  return half == nullptr ? Result<EvpKey>(Fail("the token does not tell the public half of the key"))
                         : Result<EvpKey>(std::move(half));
}

}  // namespace cis2::jose
