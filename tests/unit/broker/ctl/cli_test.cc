#include "broker/ctl/cli.h"

#include "broker/base/json.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/broker/ctl/fake_broker_control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace cis2::ctl {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class CliTest : public testing::Test {
 protected:
  int Cis2ctl(const std::vector<std::string>& arguments) {
    out_.str("");
    err_.str("");
    return ctl::Run(arguments, {.out = out_, .err = err_});
  }
  [[nodiscard]] std::string Out() const { return out_.str(); }
  [[nodiscard]] std::string Err() const { return err_.str(); }
  [[nodiscard]] base::Json OutJson() const {
    const auto json = base::ParseJson(Out());
    EXPECT_TRUE(json.has_value()) << Out();
    return json.value_or(base::Json());
  }

  // A configuration that is right in every point, with its files, and with `more` behind.
  [[nodiscard]] std::string GoodConfig(const std::string& more = "") const {
    static const auto page = tests::SelfSigned(
        {.dns_names = {"server.example"}, .ip_addresses = {}, .ends = std::chrono::hours(24 * 90)});
    static const auto client =
        tests::SelfSigned({.key = tests::KeyKind::kRsa, .dns_names = {"client"}, .ip_addresses = {}});
    return dir_.Write("broker.toml",
                      "[provider]\nissuer = \"https://sim.example:8444/x\"\nallow_test_provider = true\n"
                      "client_id = \"client\"\nclient_key = \"" +
                          dir_.Write("client-key.pem", client.key_pem) +
                          "\"\n[web]\npublic_url = \"https://server.example:8443\"\ncertificate = \"" +
                          dir_.Write("web-cert.pem", page.certificate_pem) + "\"\ncertificate_key = \"" +
                          dir_.Write("web-key.pem", page.key_pem) + "\"\n[host]\ncontrol_socket = \"" +
                          socket_ + "\"\nuser = \"daemon\"\nfront_user = \"nobody\"\n" + more);
  }

  tests::TempDir dir_;
  std::string socket_ = dir_.path() + "/control.sock";
  std::ostringstream out_, err_;
};

constexpr const char* kGrant =
    "[[grant]]\nname = \"imaging\"\nservices = [\"sshd\", \"sudo\"]\naccounts = [\"op1\"]\noperators = "
    "[\"656005750104\"]\n";

// --- the command line itself

TEST_F(CliTest, WithoutCommandIsAUsageError) {
  EXPECT_EQ(Cis2ctl({}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("--help"));
  EXPECT_EQ(Cis2ctl({"no-such-command"}), kExitUsage);
  EXPECT_EQ(Cis2ctl({"status", "--no-such-option"}), kExitUsage);
  EXPECT_EQ(Cis2ctl({"explain"}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("--account"));
}

TEST_F(CliTest, AMistypedCommandIsQuotedAndTheNearestNamed) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> rows = {
      {{"statsu"}, "there is no command 'statsu'; did you mean status?\ncis2ctl: see: cis2ctl --help\n"},
      {{"statsu", "--help"},
       "there is no command 'statsu'; did you mean status?\ncis2ctl: see: cis2ctl --help\n"},
      {{"--json", "statsu"},
       "there is no command 'statsu'; did you mean status?\ncis2ctl: see: cis2ctl --help\n"},
      {{"--config", "logins", "statsu"},
       "there is no command 'statsu'; did you mean status?\ncis2ctl: see: cis2ctl --help\n"},
      {{"halp"}, "there is no command 'halp'; did you mean help?\ncis2ctl: see: cis2ctl --help\n"},
      {{"sessions"}, "there is no command 'sessions'\ncis2ctl: see: cis2ctl --help\n"},
      {{"a\x1b"}, "there is no command 'a\\x1b'\ncis2ctl: see: cis2ctl --help\n"},
      {{"rotate", "swich"},
       "there is no command 'rotate swich'; did you mean switch?\ncis2ctl: see: cis2ctl rotate --help\n"},
      {{"status", "--jsn"},
       "The following argument was not expected: --jsn; did you mean --json?\ncis2ctl: see: cis2ctl status "
       "--help\n"},
  };
  for (const auto& [arguments, said] : rows) {
    EXPECT_EQ(Cis2ctl(arguments), kExitUsage);
    EXPECT_EQ(Err(), "cis2ctl: " + said);
  }
}

TEST_F(CliTest, EveryErrorOfTheCommandLineBeginsWithTheName) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"enable"},
                                             {"keygen", "--alg", "HS256"},
                                             {"explain", "--account", "op1", "--aal", "7"},
                                             {"--config"}}) {
    EXPECT_EQ(Cis2ctl(arguments), kExitUsage);
    EXPECT_THAT(Err(), StartsWith("cis2ctl: "));
    EXPECT_THAT(Out(), IsEmpty());
  }
}

TEST_F(CliTest, HelpIsACommandToo) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{}, {"enable"}, {"rotate", "finish"}}) {
    auto with_option = command;
    with_option.emplace_back("--help");
    EXPECT_EQ(Cis2ctl(with_option), kExitOk);
    const std::string help = Out();
    auto with_word = command;
    with_word.insert(with_word.begin(), "help");
    EXPECT_EQ(Cis2ctl(with_word), kExitOk) << Err();
    EXPECT_EQ(Out(), help);
  }
  EXPECT_EQ(Cis2ctl({"help", "statsu"}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("did you mean status?"));
}

TEST_F(CliTest, AServiceThatCannotBeEnabledIsSpeltRight) {
  EXPECT_EQ(Cis2ctl({"enable", "ssh"}), kExitUsage);
  EXPECT_EQ(Err(), "cis2ctl: 'ssh' is none of sshd, sudo, su and login; did you mean sshd?\n");
  EXPECT_EQ(Cis2ctl({"disable", "cron"}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("by hand: /usr/share/doc/cis2-broker/local-services.md"));
}

// Every command that needs the configuration.
TEST_F(CliTest, AConfigurationThatIsNotThereIsTheSameToEveryCommand) {
  const std::string none = dir_.path() + "/none.toml";
  const std::string why =
      "there is no configuration " + none + "; an example: /usr/share/doc/cis2-broker/examples/broker.toml";
  std::vector<std::vector<std::string>> commands = {{"check-config"},
                                                    {"status"},
                                                    {"logins"},
                                                    {"cancel", "--all"},
                                                    {"reload"},
                                                    {"jwks"},
                                                    {"keygen"},
                                                    {"rotate", "status"},
                                                    {"break-glass", "list"},
                                                    {"explain", "--account", "op1", "--sub", "1"},
                                                    {"enable", "sudo"}};
  if (::geteuid() == 0) {
    commands.push_back({"doctor"});
    commands.push_back({"test-login", "--account", "op1"});
  }
  for (std::vector<std::string>& command : commands) {
    command.insert(command.end(), {"--config", none});
    EXPECT_EQ(Cis2ctl(command), kExitUsage) << command.front();
    EXPECT_THAT(Err(), StartsWith("cis2ctl: " + why + "\n"));
    EXPECT_THAT(Out(), IsEmpty()) << command.front();
    command.emplace_back("--json");
    EXPECT_EQ(Cis2ctl(command), kExitUsage) << command.front();
    const base::Json json = OutJson();
    EXPECT_EQ(json["ok"], base::Json(false)) << command.front();
    EXPECT_THAT(base::StringMember(json, "error").value_or(""), StartsWith(why)) << command.front();
  }
}

TEST_F(CliTest, WhatCannotBeDoneIsSaidToProgramsToo) {
  const auto bad = dir_.Write("bad.toml", "[provider\n");
  const std::vector<std::pair<std::vector<std::string>, int>> rows = {
      {{"status", "--socket", socket_}, kExitNo},
      {{"jwks", "--config", bad}, kExitUsage},
      {{"explain", "--config", bad, "--account", "op1", "--sub", "1"}, kExitUsage},
      {{"reload", "--config", bad}, kExitNo},
      {{"keygen", "--alg", "ES256", "--out", "relative"}, kExitNo},
      {{"enable", "cron"}, kExitUsage},
      {{"statsu"}, kExitUsage}};
  for (auto [arguments, status] : rows) {
    EXPECT_EQ(Cis2ctl(arguments), status) << arguments.front();
    EXPECT_THAT(Out(), IsEmpty());
    EXPECT_THAT(Err(), StartsWith("cis2ctl: "));
    arguments.emplace_back("--json");
    EXPECT_EQ(Cis2ctl(arguments), status) << arguments.front();
    const base::Json json = OutJson();
    EXPECT_EQ(json["ok"], base::Json(false)) << arguments.front();
    EXPECT_THAT(base::StringMember(json, "error").value_or(""), Not(IsEmpty())) << arguments.front();
  }
}

TEST_F(CliTest, EveryCommandHasHelpWithExamples) {
  EXPECT_EQ(Cis2ctl({"--help"}), kExitOk);
  EXPECT_THAT(Out(), HasSubstr("Examples:"));
  for (const char* command : {"check-config", "status", "logins", "cancel", "reload", "explain", "jwks",
                              "keygen", "rotate", "doctor", "break-glass"}) {
    EXPECT_EQ(Cis2ctl({command, "--help"}), kExitOk);
    EXPECT_THAT(Out(), HasSubstr("Example")) << command;
    EXPECT_THAT(Out(), HasSubstr(std::string("cis2ctl ") + command)) << command;
    EXPECT_THAT(Err(), IsEmpty());
  }
}

TEST_F(CliTest, SaysItsVersion) {
  EXPECT_EQ(Cis2ctl({"--version"}), kExitOk);
  EXPECT_EQ(Out(), "cis2ctl " CIS2_VERSION "\n");
}

// --- check-config

TEST_F(CliTest, CheckConfigAcceptsAGoodConfiguration) {
  EXPECT_EQ(Cis2ctl({"check-config", "--config", GoodConfig(kGrant)}), kExitOk);
  EXPECT_THAT(Err(), IsEmpty());
  EXPECT_THAT(Out(), HasSubstr("broker.toml: no problem\n"));
  EXPECT_THAT(Out(), HasSubstr("advice: provider.issuer is a test provider"));
}

TEST_F(CliTest, CheckConfigPrintsProblemsLikeACompiler) {
  const auto path = dir_.Write("broker.toml", "[provider]\nisuer = \"x\"\n");
  EXPECT_EQ(Cis2ctl({"--config", path, "check-config"}), kExitNo);
  EXPECT_EQ(Err(), path + ":2:1: unknown key provider.isuer; did you mean issuer?\n");
  EXPECT_EQ(Out(), path + ": 1 problem\n");
}

TEST_F(CliTest, CheckConfigFindsRulesAndFilesInOneGo) {
  const auto path =
      dir_.Write("broker.toml", "[provider]\nscopes = [\"profile\"]\nca_file = \"/nonexistent/ca.pem\"\n");
  EXPECT_EQ(Cis2ctl({"check-config", "--config", path}), kExitNo);
  EXPECT_THAT(Err(), HasSubstr(path + ":2:10: provider.scopes must have"));
  EXPECT_THAT(Err(), HasSubstr(path + ":3:11: provider.ca_file: cannot open"));
  EXPECT_THAT(Err(), HasSubstr(path + ": provider.client_id is not set"));
}

TEST_F(CliTest, CheckConfigCanLeaveFilesOut) {
  const auto path = GoodConfig();
  ASSERT_TRUE(std::filesystem::remove(dir_.path() + "/web-cert.pem"));
  EXPECT_EQ(Cis2ctl({"check-config", "--config", path}), kExitNo);
  EXPECT_EQ(Cis2ctl({"check-config", "--no-files", "--config", path}), kExitOk) << Err();
}

TEST_F(CliTest, CheckConfigPrintsJson) {
  const auto path = dir_.Write("broker.toml", "[provider]\nisuer = \"x\"\n");
  EXPECT_EQ(Cis2ctl({"check-config", "--json", "--config", path}), kExitNo);
  EXPECT_EQ(OutJson(),
            base::Json::parse(
                R"({"ok":false,"advice":[],"problems":[{"file":")" + path +
                R"(","line":2,"column":1,"message":"unknown key provider.isuer; did you mean issuer?"}]})"));
  EXPECT_THAT(Err(), IsEmpty());
}

TEST_F(CliTest, CheckConfigAdvisesOnAServiceThatTheHostHasNot) {
  const std::string grant =
      "[[grant]]\nname = \"a\"\naccounts = [\"op1\"]\noperators = [\"656005750104\"]\nservices = ";
  EXPECT_EQ(Cis2ctl({"check-config", "--config", GoodConfig(grant + "[\"su-\"]\n")}), kExitOk) << Err();
  EXPECT_THAT(
      Out(),
      HasSubstr(
          "advice: grant \"a\" names the service su-, and there is no /etc/pam.d/su-; did you mean su"));
  EXPECT_EQ(Cis2ctl({"check-config", "--config", GoodConfig(grant + "[\"su\"]\n")}), kExitOk) << Err();
  EXPECT_THAT(Out(), Not(HasSubstr("names the service")));
}

TEST_F(CliTest, CheckConfigCallsAUserThatIsMissingAProblem) {
  std::ifstream good(GoodConfig());
  std::string text((std::istreambuf_iterator<char>(good)), {});
  text.replace(text.find("\"nobody\""), 8, "\"nobody-here\"");
  const auto path = dir_.Write("broker.toml", text);
  EXPECT_EQ(Cis2ctl({"check-config", "--config", path}), kExitNo);
  EXPECT_THAT(
      Err(),
      HasSubstr("host.front_user: the user nobody-here does not exist; make it with: systemd-sysusers"));
  EXPECT_EQ(Cis2ctl({"check-config", "--no-files", "--config", path}), kExitOk) << Err();
}

// --- status and logins

TEST_F(CliTest, StatusIsPrintedPlainly) {
  const FakeBrokerControl broker(
      socket_,
      ControlFrame(
          R"({"ok":true,"result":{"version":"0.1.0","host":"server","started":"2026-11-23T09:15:02.123Z",
        "pending":2,"grants":3,"provider":{"issuer":"https://issuer","state":"present","keys":2},"front":"connected"}})"));
  EXPECT_EQ(Cis2ctl({"status", "--config", GoodConfig()}), kExitOk) << Err();
  EXPECT_EQ(Out(),
            "host            server\n"
            "version         0.1.0\n"
            "started         2026-11-23T09:15:02.123Z\n"
            "pending logins  2\n"
            "grants          3\n"
            "provider        https://issuer\n"
            "                present, 2 usable keys\n"
            "front           connected\n");
}

TEST_F(CliTest, LoginsAreATable) {
  const FakeBrokerControl broker(
      socket_,
      ControlFrame(
          R"({"ok":true,"result":{"logins":[{"reference":"R1","login_id":"L1","account":"op1","service":"sshd",
        "from":"192.0.2.7","state":"waiting","started":"2026-11-23T09:15:02.123Z","seconds_left":88,"browser_addr":""}]}})"));
  EXPECT_EQ(Cis2ctl({"logins", "--socket", socket_}), kExitOk) << Err();
  EXPECT_EQ(Out(),
            "REFERENCE  ACCOUNT  SERVICE  FROM       STATE    STARTED                   LEFT  BROWSER\n"
            "R1         op1      sshd     192.0.2.7  waiting  2026-11-23T09:15:02.123Z  88 s  -\n");
}

TEST_F(CliTest, NoLoginIsSaidInWords) {
  const FakeBrokerControl broker(socket_, ControlFrame(R"({"ok":true,"result":{"logins":[]}})"));
  EXPECT_EQ(Cis2ctl({"logins", "--socket", socket_}), kExitOk);
  EXPECT_EQ(Out(), "No login is pending.\n");
}

TEST_F(CliTest, ForeignTextFromTheBrokerIsPrintable) {
  const FakeBrokerControl broker(
      socket_,
      ControlFrame(R"({"ok":true,"result":{"logins":[{"account":"op1\u001b[2J","from":"\u202e"}]}})"));
  EXPECT_EQ(Cis2ctl({"logins", "--socket", socket_}), kExitOk);
  EXPECT_THAT(Out(), HasSubstr("op1\\x1b[2J"));
  EXPECT_THAT(Out(), Not(HasSubstr("\xe2")));
}

TEST_F(CliTest, StatusCanBeJson) {
  const FakeBrokerControl broker(socket_, ControlFrame(R"({"ok":true,"result":{"host":"server"}})"));
  EXPECT_EQ(Cis2ctl({"status", "--json", "--socket", socket_}), kExitOk);
  EXPECT_EQ(OutJson(), base::Json::parse(R"({"host":"server"})"));
}

TEST_F(CliTest, StatusWithoutBrokerSaysWhatToDo) {
  EXPECT_EQ(Cis2ctl({"status", "--socket", socket_}), kExitNo);
  EXPECT_THAT(Err(), HasSubstr("systemctl status cis2-broker"));
  EXPECT_THAT(Out(), IsEmpty());
}

TEST_F(CliTest, StatusWithABrokenConfigurationAsksForTheSocket) {
  const auto path = dir_.Write("broker.toml", "x = 1\n");
  EXPECT_EQ(Cis2ctl({"status", "--config", path}), kExitNo);
  EXPECT_THAT(Err(), HasSubstr("--socket PATH"));
}

// --- reload

constexpr const char* kReloaded = R"({"ok":true,"result":{"grants":2,"certificate":true}})";

TEST_F(CliTest, ReloadHandsThePageCertificateAndItsKeyToTheBroker) {
  const FakeBrokerControl broker(socket_, ControlFrame(kReloaded));
  EXPECT_EQ(Cis2ctl({"reload", "--config", GoodConfig()}), kExitOk) << Err();
  const auto request = base::ParseJson(broker.request()).value_or(base::Json());
  EXPECT_EQ(base::StringMember(request, "command"), "reload");
  EXPECT_THAT(base::StringMember(request, "certificate").value_or(""),
              StartsWith("-----BEGIN CERTIFICATE-----"));
  EXPECT_THAT(base::StringMember(request, "key").value_or(""), HasSubstr("PRIVATE KEY-----"));
  EXPECT_THAT(Out(), HasSubstr("Grants in force: 2."));
  EXPECT_THAT(Out() + Err(), Not(HasSubstr("-----")));
}

TEST_F(CliTest, ReloadReadsTheGrantsAlsoWhereTheCertificateCannotBeUsed) {
  const FakeBrokerControl broker(socket_,
                                 ControlFrame(R"({"ok":true,"result":{"grants":2,"certificate":false}})"));
  const std::string config = GoodConfig();
  const auto other = tests::SelfSigned({.dns_names = {"server.example"}, .ip_addresses = {}});
  static_cast<void>(dir_.Write("web-key.pem", other.key_pem));
  EXPECT_EQ(Cis2ctl({"reload", "--config", config}), kExitNo);
  EXPECT_EQ(base::ParseJson(broker.request()), base::Json::parse(R"({"command":"reload"})"));
  EXPECT_THAT(Err(), HasSubstr("does not belong to the key"));
  EXPECT_THAT(Out(), HasSubstr("keep the certificate that they have"));
}

TEST_F(CliTest, ReloadOfAMistakeAsksNobody) {
  EXPECT_EQ(Cis2ctl({"reload", "--config", GoodConfig("[[grant]]\nname = \"nothing more\"\n")}), kExitNo);
  EXPECT_THAT(Err(), HasSubstr("broker.toml:"));
  EXPECT_THAT(Err(), HasSubstr("nothing was reloaded"));
  EXPECT_THAT(Err(), Not(HasSubstr("does not answer")));
}

// --- cancel

TEST_F(CliTest, CancelEndsALoginAndSaysWhich) {
  ::setenv("SUDO_USER", "asmith", 1);
  const FakeBrokerControl broker(
      socket_, ControlFrame(R"({"ok":true,"result":{"cancelled":[{"reference":"4G7K2-9QXD3","account":"op1",
        "service":"sshd","from":"192.0.2.7"}]}})"));
  EXPECT_EQ(Cis2ctl({"cancel", "4g7k29qxd3", "--socket", socket_}), kExitOk) << Err();
  EXPECT_EQ(Out(), "Ended 4G7K2-9QXD3: op1 by sshd from 192.0.2.7\n");
  EXPECT_EQ(base::Json::parse(broker.request()),
            base::Json::parse(R"({"command":"cancel","reference":"4g7k29qxd3","sudo_user":"asmith"})"));
  ::unsetenv("SUDO_USER");
}

TEST_F(CliTest, CancelTakesAnAccountOrAll) {
  ::unsetenv("SUDO_USER");
  const std::string answer = ControlFrame(R"({"ok":true,"result":{"cancelled":[{"reference":"R"}]}})");
  {
    const FakeBrokerControl broker(socket_, answer);
    EXPECT_EQ(Cis2ctl({"cancel", "--account", "op1", "--socket", socket_}), kExitOk) << Err();
    EXPECT_EQ(base::Json::parse(broker.request()),
              base::Json::parse(R"({"command":"cancel","account":"op1"})"));
  }
  const FakeBrokerControl broker(socket_, answer);
  EXPECT_EQ(Cis2ctl({"cancel", "--all", "--json", "--socket", socket_}), kExitOk) << Err();
  EXPECT_EQ(base::Json::parse(broker.request()), base::Json::parse(R"({"command":"cancel","all":true})"));
  EXPECT_EQ(OutJson(), base::Json::parse(R"({"cancelled":[{"reference":"R"}]})"));
}

TEST_F(CliTest, CancelWithoutSuchALoginSaysSo) {
  const FakeBrokerControl broker(socket_, ControlFrame(R"({"ok":true,"result":{"cancelled":[]}})"));
  EXPECT_EQ(Cis2ctl({"cancel", "4G7K2-9QXD3", "--socket", socket_}), kExitNo);
  EXPECT_THAT(Err(), HasSubstr("No pending login with the reference 4G7K2-9QXD3."));
  EXPECT_THAT(Out(), IsEmpty());
}

TEST_F(CliTest, CancelNeedsExactlyOneChoice) {
  EXPECT_EQ(Cis2ctl({"cancel"}), kExitUsage);
  EXPECT_EQ(Cis2ctl({"cancel", "R1", "--all"}), kExitUsage);
  EXPECT_EQ(Cis2ctl({"cancel", "--account", "op1", "--all"}), kExitUsage);
}

// --- explain

TEST_F(CliTest, ExplainAllows) {
  EXPECT_EQ(Cis2ctl({"explain", "--config", GoodConfig(kGrant), "--account", "op1", "--uid", "1001", "--sub",
                     "656005750104"}),
            kExitOk)
      << Err();
  EXPECT_THAT(Out(), HasSubstr("grant \"imaging\": matches\n"));
  EXPECT_THAT(Out(), HasSubstr("  yes  accounts              op1 is listed\n"));
  EXPECT_THAT(Out(), HasSubstr("\nDecision: allow, by grant \"imaging\"\n"));
}

TEST_F(CliTest, ExplainRefusesWithTheReason) {
  EXPECT_EQ(Cis2ctl({"explain", "--config", GoodConfig(kGrant), "--account", "op1", "--uid", "1001", "--sub",
                     "656005750104", "--aal", "2"}),
            kExitNo);
  EXPECT_THAT(Out(), HasSubstr("  NO   min_aal               level 2, needed 3\n"));
  EXPECT_THAT(
      Out(),
      HasSubstr("Decision: refuse, levels.aal_too_low\n"
                "  The operator reads: This server needs a sign-in of level 3, you signed in at level 2.\n"));
}

TEST_F(CliTest, ExplainPrintsJson) {
  EXPECT_EQ(Cis2ctl({"explain", "--json", "--config", GoodConfig(kGrant), "--account", "op1", "--uid", "1001",
                     "--sub", "x"}),
            kExitNo);
  const base::Json json = OutJson();
  EXPECT_EQ(base::StringMember(json, "reason"), "policy.no_grant");
  EXPECT_TRUE(json["grant"].is_null()) << "none";
  const base::Json* grants = base::Member(json, "grants");
  ASSERT_NE(grants, nullptr);
  ASSERT_EQ(grants->size(), 1U);
  EXPECT_EQ(base::StringMember(*grants->begin(), "grant"), "imaging");
}

TEST_F(CliTest, ExplainJudgesAnAccountTheHostDoesNotKnow) {
  EXPECT_EQ(Cis2ctl({"explain", "--config", GoodConfig(kGrant), "--account", "op1", "--sub", "656005750104"}),
            kExitNo);
  EXPECT_THAT(Out(), HasSubstr("op1, which this host does not know"));
  EXPECT_THAT(Out(), HasSubstr("NO   allow_system_account  this host does not know the account"));
  EXPECT_THAT(Out(), HasSubstr("policy.no_grant"));
}

TEST_F(CliTest, ExplainTakesTheUidFromTheHost) {
  const auto path = GoodConfig(
      "[[grant]]\nname = \"r\"\nservices = [\"sshd\"]\naccounts = [\"root\"]\noperators = [\"1\"]\n");
  EXPECT_EQ(Cis2ctl({"explain", "--config", path, "--account", "root", "--sub", "1"}), kExitNo);
  EXPECT_THAT(Out(), HasSubstr("account   root (uid 0)"));
  EXPECT_THAT(Out(), HasSubstr("policy.system_account"));
}

TEST_F(CliTest, ExplainUsesRolesNetworksAndKey) {
  const auto path = GoodConfig(
      "[[grant]]\nname = \"r\"\nservices = [\"sshd\"]\naccounts = [\"op1\"]\nroles = "
      "[\"S8001:G8002:R8008\"]\norgs = [\"RX1\"]\n"
      "activities = [\"B0062\"]\nrequire_key = true\nclient_networks = [\"192.0.2.0/24\"]\nbrowser_networks "
      "= [\"198.51.100.0/24\"]\n");
  const std::vector<std::string> all = {"explain",
                                        "--config",
                                        path,
                                        "--account",
                                        "op1",
                                        "--uid",
                                        "1001",
                                        "--role",
                                        "S8001:G8002:R8008@RX1:B0062",
                                        "--client-address",
                                        "192.0.2.7",
                                        "--key",
                                        "--browser-address",
                                        "198.51.100.1",
                                        "--auth-age",
                                        "5m"};
  EXPECT_EQ(Cis2ctl(all), kExitOk) << Out() << Err();
}

TEST_F(CliTest, ExplainShowsBothAccountsOfSudo) {
  EXPECT_EQ(Cis2ctl({"explain", "--config", GoodConfig(kGrant), "--service", "sudo", "--ruser", "op1",
                     "--ruser-uid", "1001", "--account", "dba", "--uid", "1002", "--sub", "656005750104"}),
            kExitNo);
  EXPECT_THAT(Out(), HasSubstr("grant \"imaging\" for the account op1: matches"));
  EXPECT_THAT(Out(), HasSubstr("grant \"imaging\" for the account dba: does not match"));
}

TEST_F(CliTest, ExplainReadsAnIdentityFile) {
  const auto file = dir_.Write("person.json", R"({"sub":"656005750104","ial":3,"aal":1})");
  EXPECT_EQ(Cis2ctl({"explain", "--config", GoodConfig(kGrant), "--account", "op1", "--uid", "1001",
                     "--identity", file}),
            kExitNo);
  EXPECT_THAT(Out(), HasSubstr("levels.aal_too_low"));
}

TEST_F(CliTest, ExplainSaysWhatIsWrongWithItsOptions) {
  const auto config = GoodConfig(kGrant);
  EXPECT_EQ(Cis2ctl({"explain", "--config", config, "--account", "op1", "--role", "x"}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("--role: expected CODE@ORG"));
  EXPECT_EQ(Cis2ctl({"explain", "--config", config, "--account", "op1", "--auth-age", "5"}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("--auth-age: expected a duration"));
  EXPECT_EQ(Cis2ctl({"explain", "--config", config, "--account", "op1", "--identity", "/nonexistent"}),
            kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("cannot read the identity from /nonexistent"));
  EXPECT_EQ(Cis2ctl({"explain", "--config", config, "--account", "op1", "--identity",
                     dir_.Write("p.json", "{\"a\":1}")}),
            kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("is not an identity"));
  EXPECT_EQ(Cis2ctl({"explain", "--config", config, "--account", "op1"}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("cis2ctl: who signs in? Name them by --sub or --identity"));
  EXPECT_EQ(Cis2ctl({"explain", "--config", config, "--account", "op1", "--identity", "x", "--sub", "y"}),
            kExitUsage);
  EXPECT_EQ(Cis2ctl({"explain", "--config", config, "--account", "op1", "--aal", "4"}), kExitUsage);
  EXPECT_EQ(Cis2ctl({"explain", "--config", "/nonexistent", "--account", "op1"}), kExitUsage);
}

TEST_F(CliTest, ExplainWithoutGrantsRefuses) {
  EXPECT_EQ(Cis2ctl({"explain", "--config", GoodConfig(), "--account", "op1", "--sub", "1"}), kExitNo);
  EXPECT_THAT(Out(), HasSubstr("There is no grant.\n"));
}

// --- jwks

TEST_F(CliTest, JwksPrintsThePublicKeyAlone) {
  EXPECT_EQ(Cis2ctl({"jwks", "--config", GoodConfig()}), kExitOk) << Err();
  const base::Json json = OutJson();
  const base::Json* keys = base::Member(json, "keys");
  ASSERT_NE(keys, nullptr);
  ASSERT_EQ(keys->size(), 1U);
  const base::Json& key = *keys->begin();
  EXPECT_EQ(base::StringMember(key, "kty"), "RSA");
  EXPECT_FALSE(base::StringMember(key, "kid").value_or("").empty());
  for (const char* secret : {"d", "p", "q", "dp", "dq", "qi", "k"}) {
    EXPECT_EQ(base::Member(key, secret), nullptr) << secret;
  }
}

TEST_F(CliTest, JwksWithASecretMethodHasNothingToPrint) {
  const auto path = dir_.Write(
      "broker.toml", "[provider]\nclient_auth = \"client_secret_post\"\nclient_secret_file = \"/x\"\n");
  EXPECT_EQ(Cis2ctl({"jwks", "--config", path}), kExitNo);
  EXPECT_THAT(Err(), HasSubstr("no keys to publish"));
  EXPECT_THAT(Out(), IsEmpty());
}

TEST_F(CliTest, JwksSaysWhyTheKeyCannotBeRead) {
  const auto path = dir_.Write("broker.toml", "[provider]\nclient_key = \"/nonexistent/key.pem\"\n");
  EXPECT_EQ(Cis2ctl({"jwks", "--config", path}), kExitNo);
  EXPECT_THAT(Err(), StartsWith("cis2ctl: "));
  EXPECT_THAT(Err(), HasSubstr("/nonexistent/key.pem"));
}

}  // namespace
}  // namespace cis2::ctl
