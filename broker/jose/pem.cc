#include "broker/jose/pem.h"

#include "broker/base/c_handle.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

namespace cis2::jose {
namespace {

using base::Fail;
using base::Result;
using Bio = base::CHandle<BIO, BIO_free_all>;

// A key with a pass phrase would have OpenSSL ask for it on the terminal.
int RefusePassphrase(char* /*buffer*/, int /*size*/, int /*rwflag*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

using Read = EVP_PKEY* (*)(BIO*, EVP_PKEY**, pem_password_cb*, void*);

Result<EvpKey> ReadPem(Read read, std::string_view pem, std::string_view what) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  bool passphrase_asked = false;
  EvpKey key(bio == nullptr ? nullptr : read(bio.get(), nullptr, RefusePassphrase, &passphrase_asked));
  ERR_clear_error();
  if (passphrase_asked) {
    return Fail("the private key has a pass phrase; the broker needs one without");
  }
  if (key == nullptr) {
    return Fail("there is no readable " + std::string(what) + " key in PEM form");
  }
  return key;
}

}  // namespace

Result<EvpKey> ReadPrivatePem(std::string_view pem) {
  return ReadPem(PEM_read_bio_PrivateKey, pem, "private");
}

Result<EvpKey> ReadPublicPem(std::string_view pem) { return ReadPem(PEM_read_bio_PUBKEY, pem, "public"); }

}  // namespace cis2::jose
