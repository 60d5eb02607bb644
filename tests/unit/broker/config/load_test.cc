#include "broker/config/load.h"

#include "tests/support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace cis2::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What is wrong with `text`, each as it is printed.
std::vector<std::string> ProblemsOf(const LoadResult& result) {
  std::vector<std::string> problems;
  if (!result) {
    for (const Problem& problem : result.error()) {
      problems.push_back(Format(problem));
    }
  }
  return problems;
}
std::vector<std::string> ProblemsOf(const std::string& text) { return ProblemsOf(LoadText(text, "b.toml")); }

TEST(LoadTest, EmptyTextGivesTheDefaults) {
  const auto config = LoadText("", "b.toml");

  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->provider.acr_values, "AAL3_ANY");
  EXPECT_EQ(config->host.login_lifetime, seconds{110});
  EXPECT_TRUE(config->grants.empty());
  EXPECT_TRUE(config->places.empty());
}

TEST(LoadTest, ReadsEveryKindOfValue) {
  const auto config = LoadText(R"(
[provider]
issuer = "https://issuer.example"
client_auth = "client_secret_post"
scopes = ["openid", "nationalrbacaccess"]
max_age = "4m"
pkce = "off"
userinfo = false
[web]
trusted_proxies = ["192.0.2.1"]
[host]
lifetimes = { sudo = "2m", sshd = "90s" }
[limits]
pending_total = 12
[audit]
durable = false
)",
                               "b.toml");

  ASSERT_TRUE(config.has_value()) << ProblemsOf(config).front();
  EXPECT_EQ(config->provider.issuer, "https://issuer.example");
  EXPECT_EQ(config->provider.client_auth, ClientAuth::kClientSecretPost);
  EXPECT_THAT(config->provider.scopes, ElementsAre("openid", "nationalrbacaccess"));
  EXPECT_EQ(config->provider.max_age, seconds{240});
  EXPECT_FALSE(config->provider.pkce);
  EXPECT_FALSE(config->provider.userinfo);
  EXPECT_THAT(config->web.trusted_proxies, ElementsAre("192.0.2.1"));
  EXPECT_EQ(config->limits.pending_total, 12);
  EXPECT_FALSE(config->audit.durable);
}

TEST(LoadTest, LifetimesThatAreNotNamedKeepTheirDefault) {
  const auto config = LoadText("[host]\nlifetimes = { sudo = \"2m\" }\n", "b.toml");

  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->host.lifetimes.at("sudo"), seconds{120});
  EXPECT_EQ(config->host.lifetimes.at("login"), seconds{55});
}

TEST(LoadTest, GrantsKnowTheNetworksOfTheHost) {
  const std::string grant =
      "[[grant]]\nname = \"a\"\nservices = [\"sshd\"]\naccounts = [\"b\"]\noperators = [\"1\"]\nsame_network "
      "= true\n";
  const auto config = LoadText(
      grant + "[host]\nnetworks = { wards = [\"10.20.0.0/16\", \"10.21.0.1\"], guests = [] }\n", "b.toml");

  ASSERT_TRUE(config.has_value()) << ProblemsOf(config).front();
  EXPECT_EQ(config->host.networks.size(), 2U);
  EXPECT_EQ(config->grants[0].networks, config->host.networks);
  EXPECT_TRUE(config->grants[0].same_network);
}

TEST(LoadTest, ANetworkThatIsNoneIsToldWithItsPlace) {
  EXPECT_THAT(ProblemsOf("[host]\nnetworks = { wards = [\"10.20.0.1/16\"] }\n"),
              ElementsAre(HasSubstr("b.toml:2:23: host.networks: expected a table of names, each with")));
  EXPECT_THAT(ProblemsOf("[host]\nnetworks = [\"10.20.0.0/16\"]\n"),
              ElementsAre(HasSubstr("host.networks: expected")));
}

TEST(LoadTest, ReadsGrants) {
  const auto config = LoadText(R"(
[[grant]]
name = "a"
services = ["sshd", "sudo"]
accounts = ["pacs-admin"]
operators = ["1"]
min_aal = 2
max_auth_age = "1m"
client_networks = ["192.0.2.0/24", "2001:db8::1"]
[[grant]]
name = "b"
map = "/etc/cis2-broker/accounts"
)",
                               "b.toml");

  ASSERT_TRUE(config.has_value()) << ProblemsOf(config).front();
  ASSERT_EQ(config->grants.size(), 2U);
  const policy::Grant& grant = config->grants[0];
  EXPECT_EQ(grant.name, "a");
  EXPECT_THAT(grant.services, ElementsAre("sshd", "sudo"));
  EXPECT_EQ(grant.min_aal, 2);
  EXPECT_EQ(grant.min_ial, 3);
  EXPECT_EQ(grant.max_auth_age, seconds{60});
  ASSERT_EQ(grant.client_networks.size(), 2U);
  EXPECT_TRUE(grant.client_networks[0].Contains("192.0.2.9"));
  EXPECT_EQ(config->grants[1].map_file, "/etc/cis2-broker/accounts");
}

TEST(LoadTest, RemembersWhereAKeyWasSet) {
  const auto config = LoadText("[provider]\n  prompt = \"\"\n\n[[grant]]\nname = \"a\"\n", "b.toml");

  ASSERT_TRUE(config.has_value());
  const Place& prompt = config->places.at("provider.prompt");
  EXPECT_EQ(prompt.file, "b.toml");
  EXPECT_EQ(prompt.line, 2);
  EXPECT_EQ(config->places.at("grant[0]").line, 4);
  EXPECT_EQ(config->places.at("grant[0].name").line, 5);
}

// --- what is refused, and how it is said

TEST(LoadTest, UnknownKeyIsToldWithItsPlaceAndTheNearestKey) {
  EXPECT_THAT(ProblemsOf("[provider]\nisuer = \"x\"\n"),
              ElementsAre("b.toml:2:1: unknown key provider.isuer; did you mean issuer?"));
}

TEST(LoadTest, KeyOfAnotherSectionIsToldWhereItBelongs) {
  EXPECT_THAT(ProblemsOf("[web]\nclient_id = \"x\"\n"),
              ElementsAre("b.toml:2:1: unknown key web.client_id; client_id belongs to [provider]"));
}

TEST(LoadTest, WordsStandForLevels) {
  const auto config = LoadText("[provider]\naal_values = { \"urn:mfa\" = 3, password = 1 }\n", "b.toml");
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->provider.aal_values, (LevelValues{{"urn:mfa", 3}, {"password", 1}}));
  for (const char* text :
       {"3", "[]", "{ a = 4 }", "{ a = -1 }", "{ a = \"3\" }", "{ \"\" = 3 }", "{ \"\\t\" = 3 }"}) {
    EXPECT_THAT(ProblemsOf("[provider]\naal_values = " + std::string(text) + "\n"),
                ElementsAre(HasSubstr("provider.aal_values: expected a table of values")))
        << text;
  }
}

TEST(LoadTest, SettingsOfLaterVersionsAreUnknown) {
  EXPECT_THAT(ProblemsOf("[web]\npublic_listen = []\n"),
              ElementsAre(HasSubstr("unknown key web.public_listen")));
  EXPECT_THAT(ProblemsOf("[sessions]\nidle = \"15m\"\n"),
              ElementsAre("b.toml:1:2: unknown section [sessions]"));
  EXPECT_THAT(ProblemsOf("[board]\netcd = []\n"), ElementsAre(HasSubstr("unknown section [board]")));
  EXPECT_THAT(
      ProblemsOf("[provider]\nprofile = \"saml\"\n"),
      ElementsAre(
          "b.toml:2:11: provider.profile: expected one of \"cis2\", \"oidc\"; found the string \"saml\""));
  EXPECT_THAT(
      ProblemsOf("[host]\nlanguage = \"fr\"\n"),
      ElementsAre("b.toml:2:12: host.language: expected one of \"en\", \"cy\"; found the string \"fr\""));
}

TEST(LoadTest, KeyOutsideOfASectionIsUnknown) {
  EXPECT_THAT(ProblemsOf("issuer = \"x\"\n"),
              ElementsAre("b.toml:1:1: unknown key issuer outside of any section"));
  EXPECT_THAT(ProblemsOf("[provdier]\n"),
              ElementsAre(HasSubstr("unknown section [provdier]; did you mean [provider]?")));
}

TEST(LoadTest, UnknownKeyInAGrantIsAnError) {
  EXPECT_THAT(ProblemsOf("[[grant]]\nacounts = []\n"),
              ElementsAre("b.toml:2:1: unknown key grant.acounts; did you mean accounts?"));
}

TEST(LoadTest, WrongTypeIsToldWithWhatWasFound) {
  EXPECT_THAT(ProblemsOf("[provider]\ntimeout = 10\n"),
              ElementsAre("b.toml:2:11: provider.timeout: expected a duration from \"1s\" to \"1m\", such as "
                          "\"90s\" or \"5m\"; "
                          "found the number 10"));
  EXPECT_THAT(
      ProblemsOf("[provider]\nuserinfo = \"yes\"\n"),
      ElementsAre("b.toml:2:12: provider.userinfo: expected true or false; found the string \"yes\""));
  EXPECT_THAT(ProblemsOf("[provider]\nscopes = \"openid\"\n"),
              ElementsAre(HasSubstr("expected a list of at least one string")));
  EXPECT_THAT(ProblemsOf("provider = 3\n"),
              ElementsAre(HasSubstr("provider: expected a section [provider], found the number 3")));
  EXPECT_THAT(ProblemsOf("[grant]\nname = \"a\"\n"),
              ElementsAre(HasSubstr("expected [[grant]] with two brackets")));
}

TEST(LoadTest, ElementOfAListIsToldAtItsPlace) {
  EXPECT_THAT(ProblemsOf("[provider]\nscopes = [\"openid\",\n  7]\n"),
              ElementsAre("b.toml:3:3: provider.scopes: expected a list of at least one string: scopes such "
                          "as \"openid\"; found "
                          "the number 7"));
  EXPECT_THAT(
      ProblemsOf("[[grant]]\nclient_networks = [\"192.0.2.1/24\"]\n"),
      ElementsAre(HasSubstr("b.toml:2:20: grant.client_networks: expected a list of strings: networks")));
}

TEST(LoadTest, RangesHaveTheirLimits) {
  const auto accepted = [](const std::string& line) { return ProblemsOf(line).empty(); };
  EXPECT_TRUE(accepted("[host]\nlogin_lifetime = \"10s\"\n"));
  EXPECT_FALSE(accepted("[host]\nlogin_lifetime = \"9s\"\n"));
  EXPECT_TRUE(accepted("[host]\nlogin_lifetime = \"10m\"\n"));
  EXPECT_FALSE(accepted("[host]\nlogin_lifetime = \"601s\"\n"));
  EXPECT_FALSE(accepted("[host]\nlifetimes = { login = \"9s\" }\n"));
  EXPECT_FALSE(accepted("[host]\nlifetimes = { \"a b\" = \"20s\" }\n"));
  EXPECT_TRUE(accepted("[host]\nsshd_login_grace = \"0s\"\n"));
  EXPECT_FALSE(accepted("[provider]\nmax_age = \"0s\"\n"));
  EXPECT_FALSE(accepted("[limits]\nprovider_workers = 1\n"));
  EXPECT_TRUE(accepted("[limits]\nprovider_workers = 2\n"));
  EXPECT_FALSE(accepted("[limits]\npending_total = 0\n"));
  EXPECT_FALSE(accepted("[limits]\npending_total = 10001\n"));
  EXPECT_FALSE(accepted("[limits]\npending_total = 10.0\n"));
  EXPECT_TRUE(accepted("[[grant]]\nmin_aal = 0\n"));  // for profile oidc; check.cc refuses it for cis2
  EXPECT_FALSE(accepted("[[grant]]\nmin_aal = -1\n"));
  EXPECT_FALSE(accepted("[[grant]]\nmin_aal = 4\n"));
  EXPECT_FALSE(accepted("[host]\nsocket = \"/" + std::string(107, 'x') + "\"\n"));
  EXPECT_TRUE(accepted("[host]\nsocket = \"/" + std::string(106, 'x') + "\"\n"));
}

TEST(LoadTest, MetricsAreForThisHostAlone) {
  EXPECT_THAT(ProblemsOf("[metrics]\nlisten = \"0.0.0.0:9488\"\n"),
              ElementsAre(HasSubstr("b.toml:2:10: metrics.listen: expected a loopback address and port")));
  for (const char* right : {"", "127.0.0.1:9488", "[::1]:9488", "/run/cis2-broker/metrics.sock"}) {
    const auto config = LoadText("[metrics]\nlisten = \"" + std::string(right) + "\"\n", "b.toml");
    ASSERT_TRUE(config.has_value()) << right;
    EXPECT_EQ(config->metrics.listen, right);
  }
  for (const char* wrong :
       {"9488", ":9488", "127.0.0.1", "[::]:9488", "10.0.0.1:9488", "metrics.sock", "/a/"}) {
    EXPECT_THAT(ProblemsOf("[metrics]\nlisten = \"" + std::string(wrong) + "\"\n"), testing::SizeIs(1))
        << wrong;
  }
}

TEST(LoadTest, WordsThatWouldNeverMatchAreRefused) {
  for (const char* key : {"accounts", "operators", "roles", "orgs", "activities", "callers"}) {
    for (const char* word : {"", "*", "a b", "a\\n", "\\u0000", "\\u202Ea"}) {
      EXPECT_THAT(ProblemsOf("[[grant]]\n" + std::string(key) + " = [\"" + word + "\"]\n"),
                  testing::SizeIs(1))
          << key << word;
    }
  }
  EXPECT_THAT(ProblemsOf("[[grant]]\nservices = []\n"), testing::SizeIs(1));
  EXPECT_THAT(ProblemsOf("[[grant]]\nname = \"\"\n"), testing::SizeIs(1));
}

TEST(LoadTest, KeyGivenTwiceIsAnError) {
  const auto problems = ProblemsOf("[provider]\nprompt = \"login\"\nprompt = \"\"\n");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_TRUE(problems[0].starts_with("b.toml:3:")) << problems[0];
}

TEST(LoadTest, SyntaxErrorHasItsPlace) {
  const auto problems = ProblemsOf("[provider]\nissuer = https://x\n");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_TRUE(problems[0].starts_with("b.toml:2:")) << problems[0];
}

TEST(LoadTest, SyntaxErrorShowsALinesEndAsTheParserDoes) {
  EXPECT_THAT(ProblemsOf("[provider\n"), ElementsAre(testing::EndsWith("saw '\\n'")));
}

TEST(LoadTest, AllProblemsAreCollected) {
  EXPECT_THAT(ProblemsOf("[provider]\na = 1\ntimeout = 1\n[web]\nhsts = 1\n[[grant]]\nb = 1\n[c]\n"),
              testing::SizeIs(5));
}

TEST(LoadTest, ControlCharactersNeverReachAMessage) {
  for (const std::string& problem :
       ProblemsOf("[provider]\nprompt = \"\\u001b[2J\"\n\"a\\u001b\" = 1\n[\"b\\u001b\"]\n")) {
    EXPECT_EQ(problem.find('\x1b'), std::string::npos) << problem;
  }
}

TEST(LoadTest, DeepNestingIsAnErrorAndNoCrash) {
  EXPECT_EQ(ProblemsOf("a = " + std::string(100'000, '[')).size(), 1U);
}

TEST(LoadTest, AKeyMayBeAUriAndItsFormIsARuleOfItsOwn) {
  const auto config = LoadText(
      "[provider]\nclient_key = \"pkcs11:token=x\"\nclient_keys_published = [\"handle:0x81010001\", "
      "\"/k.pem\"]\n",
      "b.toml");
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->provider.client_key, "pkcs11:token=x");
  EXPECT_THAT(config->provider.client_keys_published, ElementsAre("handle:0x81010001", "/k.pem"));
}

TEST(LoadTest, AMessageNeverQuotesAPin) {
  for (const char* text : {"[provider]\nclient_key = \" pkcs11:object=a?pin-value=918273\"\n",
                           "[provider]\nclient_keys_published = [\"pkcs:object=a?pin-value=918273\"]\n"}) {
    const auto problems = ProblemsOf(text);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_THAT(problems[0], HasSubstr("found a string with a PIN in it"));
    EXPECT_EQ(problems[0].find("918273"), std::string::npos);
  }
}

TEST(LoadTest, CredentialBecomesItsPath) {
  ::unsetenv("CREDENTIALS_DIRECTORY");
  auto config = LoadText("[provider]\nclient_key = \"credential:client-key\"\n", "b.toml");
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->provider.client_key, "/run/credentials/cis2-broker.service/client-key");

  ::setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x", 1);
  config = LoadText("[web]\ncertificate_key = \"credential:web-key\"\n", "b.toml");
  ::unsetenv("CREDENTIALS_DIRECTORY");
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->web.certificate_key, "/run/credentials/x/web-key");

  EXPECT_EQ(ProblemsOf("[provider]\nclient_key = \"credential:../x\"\n").size(), 1U);
  EXPECT_EQ(ProblemsOf("[provider]\nclient_key = \"credential:\"\n").size(), 1U);
}

// --- files

class LoadFileTest : public testing::Test {
 protected:
  LoadFileTest() { std::filesystem::create_directory(dir_.path() + "/broker.d"); }

  tests::TempDir dir_;
};

TEST_F(LoadFileTest, LaterFilesReplaceSingleKeysAndAddGrants) {
  const auto path =
      dir_.Write("broker.toml",
                 "[provider]\nclient_id = \"one\"\nprompt = \"\"\n[host]\nlifetimes = { sudo = \"1m\" }\n"
                 "[[grant]]\nname = \"first\"\n");
  (void)dir_.Write("broker.d/20.toml", "[provider]\nclient_id = \"three\"\n[[grant]]\nname = \"third\"\n");
  (void)dir_.Write("broker.d/10.toml",
                   "[provider]\nclient_id = \"two\"\n[host]\nlifetimes = { login = \"30s\" "
                   "}\n[[grant]]\nname = \"second\"\n");
  (void)dir_.Write("broker.d/30.toml.bak", "not toml at all");
  (void)dir_.Write("broker.d/.40.toml", "not toml at all");

  const auto config = LoadFile(path);

  ASSERT_TRUE(config.has_value()) << ProblemsOf(config).front();
  EXPECT_EQ(config->provider.client_id, "three");
  EXPECT_EQ(config->provider.prompt, "");
  EXPECT_EQ(config->host.lifetimes.at("sudo"), seconds{60});
  EXPECT_EQ(config->host.lifetimes.at("login"), seconds{30});
  std::vector<std::string> names;
  for (const auto& grant : config->grants) {
    names.push_back(grant.name);
  }
  EXPECT_THAT(names, ElementsAre("first", "second", "third"));
  EXPECT_EQ(config->places.at("provider.client_id").file, dir_.path() + "/broker.d/20.toml");
  EXPECT_EQ(config->places.at("grant[1]").file, dir_.path() + "/broker.d/10.toml");
}

TEST_F(LoadFileTest, ProblemsOfEveryFileAreCollected) {
  const auto path = dir_.Write("broker.toml", "[x]\n");
  (void)dir_.Write("broker.d/10.toml", "[y]\n");

  EXPECT_THAT(ProblemsOf(LoadFile(path)),
              ElementsAre(HasSubstr("/broker.toml:1:2: unknown section [x]"),
                          HasSubstr("/broker.d/10.toml:1:2: unknown section [y]")));
}

TEST_F(LoadFileTest, FileThatOthersMayWriteIsRefused) {
  const auto path = dir_.Write("broker.toml", "", 0666);
  EXPECT_THAT(ProblemsOf(LoadFile(path)), ElementsAre(HasSubstr("chmod go-w")));
}

TEST_F(LoadFileTest, FolderThatOthersMayWriteIsRefused) {
  const auto path = dir_.Write("broker.toml", "");
  ASSERT_EQ(::chmod((dir_.path() + "/broker.d").c_str(), 0777), 0);
  EXPECT_THAT(ProblemsOf(LoadFile(path)), ElementsAre(HasSubstr("broker.d may be written by others")));
}

TEST_F(LoadFileTest, MissingFileIsAnError) {
  EXPECT_THAT(ProblemsOf(LoadFile(dir_.path() + "/none.toml")), ElementsAre(HasSubstr("No such file")));
}

TEST_F(LoadFileTest, RelativePathIsTakenFromTheWorkingFolder) {
  (void)dir_.Write("broker.toml", "[provider]\nclient_id = \"one\"\n");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(dir_.path());
  const auto config = LoadFile("./broker.toml");
  std::filesystem::current_path(before);

  ASSERT_TRUE(config.has_value()) << ProblemsOf(config).front();
  EXPECT_EQ(config->provider.client_id, "one");
}

TEST_F(LoadFileTest, ReadsTheMapsOfGrants) {
  const auto map = dir_.Write("accounts", "alice 1\n", 0644);
  const auto path = dir_.Write("broker.toml", "[[grant]]\nname = \"a\"\nmap = \"" + map + "\"\n");

  const auto config = LoadFile(path);

  ASSERT_TRUE(config.has_value()) << ProblemsOf(config).front();
  ASSERT_NE(config->grants[0].map, nullptr);
  EXPECT_TRUE(config->grants[0].map->Allows("alice", "1"));
}

TEST_F(LoadFileTest, MapThatCannotBeUsedIsToldAtItsKey) {
  const auto map = dir_.Write("accounts", "alice 1\nalice 2\n", 0644);
  const auto path = dir_.Write(
      "broker.toml", "[[grant]]\nname = \"a\"\nmap = \"" + map + "\"\n[[grant]]\nmap = \"/nonexistent/x\"\n");

  EXPECT_THAT(ProblemsOf(LoadFile(path)),
              ElementsAre(path + ":3:7: grant.map: " + map + ", line 2: the account alice is given twice",
                          HasSubstr(path + ":5:7: grant.map: cannot open /nonexistent/x")));
}

TEST(KnownKeysTest, NamesEveryKeyOnce) {
  auto keys = KnownKeys();
  EXPECT_GT(keys.size(), 50U);
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
}

// toml++ had an assertion for it that a build without NDEBUG ran into.
TEST(LoadTest, ATableNameThatIsNoneIsAProblem) {
  for (const char* text : {"[:a]\n", "[[:a]]\n", "[a.:b]\n", ":a = 1\n"}) {
    EXPECT_FALSE(LoadText(text, "broker.toml").has_value()) << text;
  }
}

}  // namespace
}  // namespace cis2::config
