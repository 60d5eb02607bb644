#define OPENSSL_SUPPRESS_DEPRECATED  // the header says why
#include "broker/jose/engine_key.h"

#include <openssl/opensslconf.h>

#ifndef OPENSSL_NO_ENGINE
#include "broker/jose/pin_prompt.h"

#include <openssl/engine.h>
#include <openssl/err.h>
#endif

namespace cis2::jose {

using base::Fail;
using base::Result;

#ifdef OPENSSL_NO_ENGINE

Result<EvpKey> LoadEngineKey(const KeyUri& /*uri*/, const base::Secret& /*pin*/) {
  return Fail("this OpenSSL has no engines; is pkcs11-provider installed?");
}

#else

namespace {

using EngineHandle = base::CHandle<ENGINE, ENGINE_free>;

// The engine, ready for use; loaded once.
Result<ENGINE*> Pkcs11Engine(const std::string& module_path) {
  static ENGINE* ready = nullptr;
  if (ready != nullptr) {
    return ready;
  }
  ENGINE_load_dynamic();
  EngineHandle engine(ENGINE_by_id("pkcs11"));
  if (engine == nullptr) {
    return Fail(
        "OpenSSL has neither the provider nor the engine for PKCS#11: is pkcs11-provider (Debian 12: "
        "libengine-pkcs11-openssl) installed?");
  }
  // libcurl and some PKCS#11 modules register every engine there is for everything. The provider's public
  // keys would then be made by this one, which cannot, and no ID token would verify.
  ENGINE_set_flags(engine.get(), ENGINE_get_flags(engine.get()) | ENGINE_FLAGS_NO_REGISTER_ALL);
  if (!module_path.empty() &&
      ENGINE_ctrl_cmd_string(engine.get(), "MODULE_PATH", module_path.c_str(), /*cmd_optional=*/0) != 1) {
    return Fail("OpenSSL's engine for PKCS#11 does not take the module " + module_path);
  }
  if (ENGINE_init(engine.get()) != 1) {
    return Fail("OpenSSL's engine for PKCS#11 does not start");
  }
  ready = engine.release();
  return ready;
}

}  // namespace

Result<EvpKey> LoadEngineKey(const KeyUri& uri, const base::Secret& pin) {
  CIS2_TRY(ENGINE * engine, Pkcs11Engine(uri.module_path));
  const PinPrompt prompt(pin);
  EvpKey key(ENGINE_load_private_key(engine, uri.object.c_str(), prompt.method(), prompt.data()));
  ERR_clear_error();
  if (key == nullptr) {
    return Fail(uri.object +
                ": the token has no such private key, is not there, or refuses the PIN; "
                "`pkcs11-tool --login --list-objects` shows what it has");
  }
  return key;
}

#endif

}  // namespace cis2::jose
