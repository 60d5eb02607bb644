// What can be told without a token. tests/system/test_22_keys.py has a TPM and a PKCS#11 token.
#include "broker/jose/token_key.h"

#include "broker/jose/signing_key.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

namespace cis2::jose {
namespace {

TEST(TokenKeyTest, ATpmThatIsNotThereIsAnErrorThatSaysWhatToDo) {
  ::setenv("TPM2OPENSSL_TCTI", "device:/nonexistent/tpm", 1);
  const auto key = SigningKey::FromUri(*ParseKeyUri("handle:0x81010001"), Algorithm::kRs512);
  ::unsetenv("TPM2OPENSSL_TCTI");
  ASSERT_FALSE(key.has_value());
  EXPECT_NE(key.error().message.find("is tpm2-openssl installed"), std::string::npos) << key.error().message;
}

TEST(TokenKeyTest, ThePinIsOneLineOfAFileThatNobodyElseMayRead) {
  const tests::TempDir dir;
  const auto error = [](const std::string& file) {
    const auto key = TokenKey::Open(*ParseKeyUri("pkcs11:object=x?pin-source=file:" + file));
    return key ? "" : key.error().message;
  };
  EXPECT_NE(error(dir.Write("loose", "918273\n", 0644)).find("chmod 0600"), std::string::npos);
  for (const char* text : {"", "\n", "918273\n918273\n"}) {
    const std::string file = dir.Write("pin", text);
    EXPECT_EQ(error(file), file + " must hold one line, the PIN of the token");
  }
  EXPECT_NE(error(dir.path() + "/none").find("cannot open"), std::string::npos);
}

}  // namespace
}  // namespace cis2::jose
