// cis2ctl keygen, rotate and jwks: what an administrator does with key files.
#include "broker/base/json.h"
#include "broker/ctl/cli.h"
#include "broker/ctl/key_file.h"
#include "tests/support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace cis2::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class KeysTest : public testing::Test {
 protected:
  int Cis2ctl(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    arguments.insert(arguments.end(), {"--config", config_, "--json"});
    return ctl::Run(arguments, {.out = out_, .err = err_});
  }
  [[nodiscard]] base::Json OutJson() const { return base::ParseJson(out_.str()).value_or(base::Json()); }
  [[nodiscard]] std::string Err() const { return err_.str(); }

  // A step that must go well; what it printed.
  base::Json Does(const std::vector<std::string>& arguments) {
    EXPECT_EQ(Cis2ctl(arguments), kExitOk) << Err();
    return OutJson();
  }
  // A step that must be refused and change nothing; why.
  std::string Refuses(const std::vector<std::string>& arguments) {
    const auto before = Files();
    EXPECT_EQ(Cis2ctl(arguments), kExitNo);
    EXPECT_EQ(OutJson()["ok"], base::Json(false));
    EXPECT_EQ(Files(), before);
    return Err();
  }
  std::vector<std::string> Published() {
    std::vector<std::string> kids;
    const base::Json jwks = Does({"jwks"});
    for (const base::Json& key : jwks["keys"]) {
      kids.push_back(*base::StringMember(key, "kid"));
    }
    return kids;
  }
  [[nodiscard]] std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
      std::ostringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      files[entry.path().filename()] = text.str();
    }
    return files;
  }
  [[nodiscard]] std::string Configure(const std::string& more = "") const {
    return dir_.Write("broker.toml",
                      "[provider]\nclient_assertion_alg = \"ES256\"\nclient_key = \"" + key_ + "\"\n" + more);
  }

  tests::TempDir dir_;
  std::string key_ = dir_.path() + "/client-key.pem";
  std::string next_ = dir_.path() + "/client-key.next.pem";
  std::string previous_ = dir_.path() + "/client-key.previous.pem";
  std::string config_ = Configure();
  std::ostringstream out_, err_;
};

// --- keygen

TEST_F(KeysTest, KeygenWritesTheKeyThatTheConfigurationWants) {
  const base::Json made = Does({"keygen"});
  EXPECT_EQ(base::StringMember(made, "path"), key_);
  EXPECT_EQ(base::StringMember(made["jwk"], "alg"), "ES256");
  EXPECT_EQ(base::StringMember(made["jwk"], "kid"), base::StringMember(made, "kid"));
  EXPECT_EQ(base::Member(made["jwk"], "d"), nullptr);
  struct stat st{};
  ASSERT_EQ(::stat(key_.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777U, 0600U);
  EXPECT_EQ(st.st_uid, ::geteuid());
  EXPECT_EQ(st.st_nlink, 1U) << "the draft is gone";
  EXPECT_THAT(Published(), ElementsAre(*base::StringMember(made, "kid")));
}

TEST_F(KeysTest, KeygenNeverOverwrites) {
  Does({"keygen"});
  EXPECT_THAT(
      Refuses({"keygen"}),
      HasSubstr(key_ + " is there already; no key is overwritten; to replace it: cis2ctl rotate prepare"));
  const std::string other = dir_.Write("other.pem", "something");
  EXPECT_THAT(Refuses({"keygen", "--out", other}), HasSubstr("no key is overwritten"));
  ASSERT_EQ(::symlink("/nonexistent/target", next_.c_str()), 0);
  EXPECT_THAT(Refuses({"keygen", "--out", next_}), HasSubstr("no key is overwritten"));
}

TEST_F(KeysTest, KeygenTakesAlgorithmAndPlaceFromItsOptions) {
  const base::Json made = Does({"keygen", "--alg", "EdDSA", "--out", dir_.path() + "/ed.pem"});
  EXPECT_EQ(base::StringMember(made["jwk"], "crv"), "Ed25519");
  EXPECT_EQ(Cis2ctl({"keygen", "--alg", "HS256"}), kExitUsage);
  EXPECT_THAT(Refuses({"keygen", "--out", "relative.pem"}), HasSubstr("absolute path"));
  EXPECT_THAT(Refuses({"keygen", "--out", dir_.path() + "/none/key.pem"}), HasSubstr("cannot make"));
  EXPECT_THAT(Refuses({"keygen", "--out", "handle:0x81010001"}),
              HasSubstr("/usr/share/doc/cis2-broker/keys.md"));
}

TEST_F(KeysTest, KeygenWorksBeforeThereIsAConfiguration) {
  config_ = dir_.path() + "/none.toml";
  EXPECT_EQ(base::StringMember(Does({"keygen", "--alg", "ES256", "--out", key_}), "path"), key_);
  config_ = dir_.Write("bad.toml", "[provider\n");
  EXPECT_EQ(Cis2ctl({"keygen"}), kExitUsage);
}

TEST_F(KeysTest, AConfigurationThatIsNamedAndNotThereIsNotReplacedByTheDefaults) {
  config_ = dir_.path() + "/none.toml";
  EXPECT_EQ(Cis2ctl({"keygen", "--out", key_}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("there is no configuration " + config_));
  EXPECT_FALSE(std::filesystem::exists(key_));
}

TEST_F(KeysTest, ADraftThatACrashLeftIsNoHindrance) {
  const std::string draft = dir_.Write("client-key.pem.new", "half a key");
  Does({"keygen"});
  EXPECT_FALSE(std::filesystem::exists(draft));
}

// --- rotate

TEST_F(KeysTest, ARotationStepByStep) {
  const std::string old = *base::StringMember(Does({"keygen"}), "kid");
  EXPECT_EQ(base::StringMember(Does({"rotate", "status"}), "next_step"), "prepare");

  const base::Json prepared = Does({"rotate", "prepare"});
  EXPECT_EQ(base::StringMember(prepared, "next_step"), "switch");
  ASSERT_THAT(prepared["keys"], SizeIs(2));
  const std::string fresh = *base::StringMember(prepared["keys"][1], "kid");
  EXPECT_EQ(base::StringMember(prepared["keys"][1], "path"), next_);
  EXPECT_THAT(Published(), ElementsAre(old, fresh));

  const base::Json switched = Does({"rotate", "switch"});
  EXPECT_EQ(base::StringMember(switched, "next_step"), "finish");
  EXPECT_THAT(Published(), ElementsAre(fresh, old));
  EXPECT_FALSE(std::filesystem::exists(next_));
  EXPECT_FALSE(IsSameFile(key_, previous_));

  EXPECT_EQ(base::StringMember(Does({"rotate", "finish", "--yes"}), "next_step"), "prepare");
  EXPECT_THAT(Published(), ElementsAre(fresh));
  EXPECT_THAT(Files(), SizeIs(2)) << "the configuration and one key";
}

TEST_F(KeysTest, StepsOutOfOrderAreRefusedWithTheOneThatComesNow) {
  Does({"keygen"});
  EXPECT_THAT(Refuses({"rotate", "switch"}), HasSubstr("rotate prepare is: cis2ctl rotate prepare makes"));
  EXPECT_THAT(Refuses({"rotate", "finish", "--yes"}), HasSubstr("rotate prepare is"));
  Does({"rotate", "prepare"});
  EXPECT_THAT(Refuses({"rotate", "prepare"}), HasSubstr("rotate switch is: publish"));
  EXPECT_THAT(Refuses({"rotate", "finish", "--yes"}), HasSubstr("rotate switch is"));
  Does({"rotate", "switch"});
  EXPECT_THAT(Refuses({"rotate", "switch"}), HasSubstr("rotate finish is: restart"));
  EXPECT_THAT(Refuses({"rotate", "prepare"}), HasSubstr("rotate finish is"));
  EXPECT_THAT(Refuses({"rotate", "finish"}), HasSubstr("Say --yes"));
}

// Killed between the two moves of a switch: the current key has two names, and the next one waits.
TEST_F(KeysTest, ASwitchThatWasInterruptedGoesOn) {
  const std::string old = *base::StringMember(Does({"keygen"}), "kid");
  const std::string fresh = *base::StringMember(Does({"rotate", "prepare"})["keys"][1], "kid");
  ASSERT_EQ(::link(key_.c_str(), previous_.c_str()), 0);
  EXPECT_THAT(Published(), ElementsAre(old, fresh));
  EXPECT_EQ(base::StringMember(Does({"rotate", "status"}), "next_step"), "switch");
  Does({"rotate", "switch"});
  EXPECT_THAT(Published(), ElementsAre(fresh, old));
}

TEST_F(KeysTest, ANextKeyThatDoesNotFitIsNotSwitchedTo) {
  Does({"keygen"});
  Does({"keygen", "--alg", "EdDSA", "--out", next_});
  EXPECT_THAT(Refuses({"rotate", "switch"}), HasSubstr("ES256 needs an EC key"));
}

TEST_F(KeysTest, AKeyIdOfTheConfigurationMustGoBeforeTheSwitch) {
  Does({"keygen"});
  config_ = Configure("client_key_id = \"dev-1\"\n");
  const std::string fresh = *base::StringMember(Does({"rotate", "prepare"})["keys"][1], "kid");
  EXPECT_THAT(Published(), ElementsAre("dev-1", fresh));
  EXPECT_THAT(Refuses({"rotate", "switch"}), HasSubstr("take client_key_id out of the configuration"));
  config_ = Configure();
  Does({"rotate", "switch"});
}

TEST_F(KeysTest, OnlyFilesAreRotated) {
  for (const char* key : {"handle:0x81010001", "credential:client-key"}) {
    config_ = dir_.Write("broker.toml", std::string("[provider]\nclient_key = \"") + key + "\"\n");
    EXPECT_THAT(Refuses({"rotate", "status"}), HasSubstr("client_keys_published"));
  }
  config_ = dir_.Write("broker.toml",
                       "[provider]\nclient_auth = \"client_secret_post\"\nclient_secret_file = \"/x\"\n");
  EXPECT_THAT(Refuses({"rotate", "prepare"}), HasSubstr("no key to rotate"));
}

TEST_F(KeysTest, WithoutACurrentKeyThereIsNothingToRotate) {
  EXPECT_THAT(Refuses({"rotate", "prepare"}), HasSubstr("cannot open " + key_));
  EXPECT_THAT(Refuses({"rotate", "status"}), HasSubstr("cannot open " + key_));
}

TEST_F(KeysTest, RotateWithoutAStepIsAUsageError) {
  EXPECT_EQ(Cis2ctl({"rotate"}), kExitUsage);
  EXPECT_EQ(Cis2ctl({"rotate", "back"}), kExitUsage);
}

}  // namespace
}  // namespace cis2::ctl
