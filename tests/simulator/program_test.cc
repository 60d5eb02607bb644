// The program as tests and demonstrations use it: a child process, asked over HTTPS.

#include "broker/base/fd.h"
#include "tests/simulator/test_party.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <memory>
#include <poll.h>
#include <regex>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cis2::simulator {
namespace {

using testing::Fields;
using ::testing::HasSubstr;
using testing::HttpReply;
using testing::HttpsClient;
using ::testing::Not;
using testing::PartyKey;
using testing::PlainJson;
using ::testing::StartsWith;

constexpr auto kPatience = std::chrono::seconds(30);
const std::string kHost = "am.sim-cis2.example";
const std::string kIssuerPath = "/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare";
const std::string kClientId = "0000000000.example.apps";
const std::string kCallback = "https://server.example:8443/callback";
const std::string kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

// A running cis2-sim; killed with this object.
class Program {
 public:
  explicit Program(const std::vector<std::string>& arguments) {
    int out[2];
    int err[2];
    EXPECT_EQ(::pipe2(out, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(err, O_CLOEXEC), 0);
    std::vector<char*> argv = {const_cast<char*>("cis2-sim")};
    for (const auto& argument : arguments) {
      argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
    EXPECT_EQ(::posix_spawn(&pid_, CIS2_SIM_PROGRAM, &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    ::close(err[1]);
    out_ = base::UniqueFd(out[0]);
    err_ = base::UniqueFd(err[0]);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  // What it has said, once `text` is there; or all of it, when it ended or took too long.
  std::string SaysUntil(const std::string& text) { return ReadUntil(out_.get(), said_, text); }
  std::string Complaint() { return ReadUntil(err_.get(), complained_, std::string(1, '\0')); }

  void Terminate() const { ::kill(pid_, SIGTERM); }
  // The exit status; -1 for a signal.
  int Ends() {
    SaysUntil(std::string(1, '\0'));
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  static std::string ReadUntil(int fd, std::string& all, const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (all.find(text) == std::string::npos) {
      pollfd poll_fd{.fd = fd, .events = POLLIN, .revents = 0};
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      char buffer[4096];
      if (left.count() <= 0 || ::poll(&poll_fd, 1, static_cast<int>(left.count())) <= 0) {
        ADD_FAILURE() << "cis2-sim said too little in time: " << all;
        return all;
      }
      const ssize_t got = ::read(fd, buffer, sizeof(buffer));
      if (got <= 0) {
        return all;
      }
      all.append(buffer, static_cast<std::size_t>(got));
    }
    return all;
  }

  pid_t pid_ = -1;
  base::UniqueFd out_;
  base::UniqueFd err_;
  std::string said_;
  std::string complained_;
};

std::string FirstMatch(const std::string& text, const std::string& pattern) {
  std::smatch match;
  return std::regex_search(text, match, std::regex(pattern)) ? match[1].str() : "";
}

std::string ContentOf(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

tests::CertificateAndKey NewRsaIdentity() {
  tests::CertificateSpec spec;
  spec.key = tests::KeyKind::kRsa;
  return tests::SelfSigned(spec);
}

class ProgramTest : public ::testing::Test {
 protected:
  ProgramTest() {
    tests::CertificateSpec spec;
    spec.dns_names = {kHost};
    const auto server = authority_.Issue(spec);
    certificate_ = folder_.Write("cert.pem", server.certificate_pem, 0644);
    certificate_key_ = folder_.Write("key.pem", server.key_pem);
    client_jwks_ = folder_.Write("client.jwks", testing::JwksOf({"ES256"}), 0644);
    client_secret_ = folder_.Write("secret", "a-secret-of-the-client\n");
    log_ = folder_.path() + "/requests.log";
  }

  // Arguments by name; a test changes or drops some.
  using Arguments = std::vector<std::pair<std::string, std::string>>;
  [[nodiscard]] Arguments Usual() const {
    return {{"--listen", "127.0.0.1:0"},
            {"--control", "127.0.0.1:0"},
            {"--issuer", "https://" + kHost + ":0" + kIssuerPath},
            {"--certificate", certificate_},
            {"--certificate-key", certificate_key_},
            {"--client-id", kClientId},
            {"--redirect-uri", kCallback},
            {"--client-jwks", client_jwks_},
            {"--log", log_}};
  }
  [[nodiscard]] Arguments With(const std::string& name, const std::string& value) const {
    Arguments arguments = Usual();
    std::ranges::find(arguments, name, &Arguments::value_type::first)->second = value;
    return arguments;
  }
  [[nodiscard]] Arguments Without(const std::string& name) const {
    Arguments arguments = Usual();
    std::erase_if(arguments, [&](const auto& argument) { return argument.first == name; });
    return arguments;
  }
  static std::vector<std::string> Flat(const Arguments& arguments) {
    std::vector<std::string> flat;
    for (const auto& [name, value] : arguments) {
      flat.push_back(name);
      if (!value.empty()) {
        flat.push_back(value);
      }
    }
    return flat;
  }
  void ExpectRefusedAtStart(const Arguments& arguments, const std::string& reason) {
    Program program(Flat(arguments));
    EXPECT_GT(program.Ends(), 0) << reason;
    EXPECT_THAT(program.Complaint(), HasSubstr(reason));
  }

  // One running provider and a client that trusts it.
  struct Provider {
    Provider(const Arguments& arguments, const std::string& ca)
        : program(Flat(arguments)),
          said(program.SaysUntil("issuer ")),
          port(FirstMatch(said, "ready on https://127\\.0\\.0\\.1:(\\d+)\n")),
          control(FirstMatch(said, "control on (http://127\\.0\\.0\\.1:\\d+)\n")),
          issuer("https://" + kHost + ":" + port + kIssuerPath),
          client(ca, kHost, static_cast<std::uint16_t>(std::stoi(port.empty() ? "0" : port))) {}

    [[nodiscard]] PlainJson Control(const std::string& call) const {
      return client.Get(control + call).json();
    }
    void Control(const std::string& call, const PlainJson& body) const {
      EXPECT_EQ(client.Post(control + call, body.dump()).status, 200) << call;
    }

    Program program;
    std::string said;
    std::string port;
    std::string control;
    std::string issuer;
    HttpsClient client;
  };
  [[nodiscard]] std::unique_ptr<Provider> Start(const Arguments& arguments) const {
    return std::make_unique<Provider>(arguments, authority_.CertificatePem());
  }

  static Fields AuthorizationFields() {
    return {{"response_type", "code"},
            {"client_id", kClientId},
            {"redirect_uri", kCallback},
            {"scope", "openid nationalrbacaccess selectedrole"},
            {"state", "the-state-of-this-test"},
            {"nonce", "the-nonce-of-this-test"},
            {"acr_values", "AAL3_ANY"},
            {"prompt", "login"},
            {"code_challenge", testing::S256(kVerifier)},
            {"code_challenge_method", "S256"}};
  }
  // By the page, as a person would; the parameters that come back.
  static std::map<std::string, std::string> SignInByPage(const Provider& provider, const std::string& name) {
    const std::string url = provider.issuer + "/authorize?" + testing::Encode(AuthorizationFields());
    const HttpReply page = provider.client.Get(url);
    EXPECT_EQ(page.status, 200) << page.error;
    EXPECT_THAT(page.body, HasSubstr("<form id=\"as-" + name + "\" method=\"post\">"));
    const std::string transaction = FirstMatch(page.body, "name=\"transaction\" value=\"([^\"]+)\"");
    const HttpReply back = provider.client.PostForm(url, {{"transaction", transaction}, {"operator", name}});
    EXPECT_EQ(back.status, 302) << back.body;
    const auto location = back.headers.find("location");
    EXPECT_NE(location, back.headers.end());
    return testing::QueryOf(location == back.headers.end() ? "" : location->second);
  }
  static Fields TokenFields(const std::string& code) {
    return {{"grant_type", "authorization_code"},
            {"code", code},
            {"redirect_uri", kCallback},
            {"code_verifier", kVerifier}};
  }
  static std::string Assertion(const Provider& provider, const std::string& alg = "ES256") {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    static int count = 0;
    return PartyKey::For(alg).Sign({{"alg", alg}, {"kid", PartyKey::For(alg).kid()}, {"typ", "JWT"}},
                                   {{"iss", kClientId},
                                    {"sub", kClientId},
                                    {"aud", provider.issuer + "/access_token"},
                                    {"exp", now + 240},
                                    {"iat", now},
                                    {"jti", "jti-" + std::to_string(++count)}});
  }
  static HttpReply Redeem(const Provider& provider, const std::string& code,
                          const std::string& alg = "ES256") {
    Fields fields = TokenFields(code);
    fields.emplace_back("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    fields.emplace_back("client_assertion", Assertion(provider, alg));
    return provider.client.PostForm(provider.issuer + "/access_token", fields);
  }

  tests::TempDir folder_;
  tests::CertificateAuthority authority_;
  std::string certificate_;
  std::string certificate_key_;
  std::string client_jwks_;
  std::string client_secret_;
  std::string log_;
};

TEST_F(ProgramTest, HelpHasExamples) {
  Program program({"--help"});
  const std::string help = program.SaysUntil(std::string(1, '\0'));
  EXPECT_EQ(program.Ends(), 0);
  EXPECT_THAT(help, HasSubstr("Examples:"));
  for (const auto* option :
       {"--listen", "--issuer", "--control", "--robot", "--signing-key", "--iss-parameter"}) {
    EXPECT_THAT(help, HasSubstr(option));
  }
}

TEST_F(ProgramTest, TheFirstLineSaysWhereItServes) {
  const auto provider = Start(Usual());
  EXPECT_THAT(provider->said, StartsWith("cis2-sim: ready on https://127.0.0.1:" + provider->port + "\n"));
  EXPECT_THAT(provider->program.SaysUntil(kIssuerPath),
              HasSubstr("cis2-sim: issuer " + provider->issuer + "\n"));
  EXPECT_NE(provider->control, "");
}

TEST_F(ProgramTest, ItEndsCleanlyWhenTold) {
  const auto provider = Start(Usual());
  provider->program.Terminate();
  EXPECT_EQ(provider->program.Ends(), 0);
  EXPECT_EQ(provider->program.Complaint(), "");
}

TEST_F(ProgramTest, AWholeJourneyWithAnAssertion) {
  const auto provider = Start(Usual());
  const PlainJson discovery =
      provider->client.Get(provider->issuer + "/.well-known/openid-configuration").json();
  ASSERT_EQ(discovery["issuer"], provider->issuer);

  auto back = SignInByPage(*provider, "one-role");
  EXPECT_EQ(back["state"], "the-state-of-this-test");
  const HttpReply reply = Redeem(*provider, back["code"]);
  ASSERT_EQ(reply.status, 200) << reply.body;

  const PlainJson jwks = provider->client.Get(discovery["jwks_uri"].get<std::string>()).json();
  const auto claims = testing::VerifyByCjose(reply.json()["id_token"], jwks);
  ASSERT_TRUE(claims.has_value());
  EXPECT_EQ((*claims)["iss"], provider->issuer);
  EXPECT_EQ((*claims)["nonce"], "the-nonce-of-this-test");
  EXPECT_EQ((*claims)["selected_roleid"], "656014452105");
  EXPECT_EQ((*claims)["c_hash"], testing::LeftHalf(back["code"]));

  const PlainJson userinfo =
      provider->client
          .Get(discovery["userinfo_endpoint"].get<std::string>(),
               {{"Authorization", "Bearer " + reply.json()["access_token"].get<std::string>()}})
          .json();
  EXPECT_EQ(userinfo["sub"], (*claims)["sub"]);
  EXPECT_EQ(userinfo["nhsid_nrbac_roles"][0]["activity_codes"], PlainJson::array({"B0062"}));
}

TEST_F(ProgramTest, AWholeJourneyWithASecret) {
  Arguments arguments = Without("--client-jwks");
  arguments.emplace_back("--client-secret-file", client_secret_);
  const auto provider = Start(arguments);

  Fields fields = TokenFields(SignInByPage(*provider, "second")["code"]);
  fields.emplace_back("client_id", kClientId);
  fields.emplace_back("client_secret", "a-secret-of-the-client");
  EXPECT_EQ(provider->client.PostForm(provider->issuer + "/access_token", fields).status, 200);
}

TEST_F(ProgramTest, TheLogTellsTheTrueReasonAndNoSecret) {
  const auto provider = Start(Usual());
  EXPECT_EQ(Redeem(*provider, SignInByPage(*provider, "one-role")["code"]).status, 200);
  provider->client.Get(provider->issuer + "/a-path-that-may-be-secret?code=secret");
  const HttpReply refused = provider->client.PostForm(
      provider->issuer + "/access_token",
      {{"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
       {"client_assertion", "x"}});
  EXPECT_EQ(refused.body, R"({"error_description":"JWT is not valid","error":"invalid_client"})");

  const std::string log = ContentOf(log_);
  EXPECT_THAT(log, HasSubstr(" 127.0.0.1 GET /authorize 200 page shown\n"));
  EXPECT_THAT(log, HasSubstr(" 127.0.0.1 POST /authorize 302 signed in\n"));
  EXPECT_THAT(log, HasSubstr(" 127.0.0.1 POST /access_token 200\n"));
  EXPECT_THAT(log, HasSubstr(" 127.0.0.1 POST /access_token 401 assertion: not a compact JWS\n"));
  EXPECT_THAT(log, HasSubstr(" 127.0.0.1 GET (unknown) 404\n"));
  EXPECT_THAT(log, Not(HasSubstr("secret")));
  const PlainJson secrets = provider->Control("/secrets");
  EXPECT_EQ(secrets.size(), 7U);
  for (const auto& [kind, values] : secrets.items()) {
    for (const auto& value : values) {
      if (value != "x") {
        EXPECT_THAT(log, Not(HasSubstr(value.get<std::string>()))) << kind;
      }
    }
  }
}

TEST_F(ProgramTest, TheControlInterfaceDrivesIt) {
  const auto provider = Start(Usual());
  provider->Control("/robot", {{"operator", "second"}});
  const std::string url = provider->issuer + "/authorize?" + testing::Encode(AuthorizationFields());
  EXPECT_EQ(provider->client.Get(url).status, 302);
  provider->Control("/misbehave", {{"name", "discovery-500"}});
  EXPECT_EQ(provider->client.Get(provider->issuer + "/.well-known/openid-configuration").status, 500);
  provider->Control("/reset", PlainJson::object());
  EXPECT_EQ(provider->client.Get(url).status, 200);
  EXPECT_EQ(provider->Control("/requests")["authorize"], 1);
  EXPECT_EQ(provider->Control("/requests")["codes"].size(), 1U);
}

TEST_F(ProgramTest, TheControlInterfaceIsNotOnTheProvidersPort) {
  const auto provider = Start(Usual());
  EXPECT_EQ(provider->client.Get("https://" + kHost + ":" + provider->port + "/secrets").status, 404);
}

TEST_F(ProgramTest, AHungRequestHoldsNobodyElseUpNorTheEnd) {
  const auto provider = Start(Usual());
  const std::string code = SignInByPage(*provider, "one-role")["code"];
  provider->Control("/misbehave", {{"name", "token-hang"}});
  HttpReply hung;
  std::thread patient(
      [&] { hung = provider->client.PostForm(provider->issuer + "/access_token", TokenFields(code)); });
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (provider->Control("/requests")["token"] != 1 && std::chrono::steady_clock::now() < deadline) {
  }

  EXPECT_EQ(Redeem(*provider, code).status, 200);
  provider->program.Terminate();
  EXPECT_EQ(provider->program.Ends(), 0);
  patient.join();
  EXPECT_EQ(hung.status, 0) << "it was answered";
}

TEST_F(ProgramTest, TheClientsKeysAreReadAgain) {
  const auto provider = Start(Usual());
  EXPECT_EQ(Redeem(*provider, SignInByPage(*provider, "one-role")["code"], "EdDSA").status, 401);
  const std::string rotated = folder_.Write("client.jwks", testing::JwksOf({"ES256", "EdDSA"}), 0644);
  EXPECT_EQ(Redeem(*provider, SignInByPage(*provider, "one-role")["code"], "EdDSA").status, 200) << rotated;
}

TEST_F(ProgramTest, TheSigningKeyOfAFileIsUsedAgain) {
  PlainJson kids[2];
  Arguments arguments = Usual();
  const std::string key = folder_.Write("signing.pem", NewRsaIdentity().key_pem);
  arguments.emplace_back("--signing-key", key);
  for (auto& kid : kids) {
    const auto provider = Start(arguments);
    kid = provider->client.Get(provider->issuer + "/connect/jwk_uri").json()["keys"][0];
  }
  EXPECT_EQ(kids[0], kids[1]);
  EXPECT_EQ(kids[0]["alg"], "RS256");
}

TEST_F(ProgramTest, OptionsReachTheDocumentsAndTheWayBack) {
  Arguments arguments = Usual();
  arguments.insert(arguments.end(),
                   {{"--iss-parameter", ""}, {"--document-age", "7"}, {"--robot", "one-role"}});
  const auto provider = Start(arguments);
  const HttpReply discovery = provider->client.Get(provider->issuer + "/.well-known/openid-configuration");
  EXPECT_EQ(discovery.headers.at("cache-control"), "public, max-age=7");
  EXPECT_EQ(discovery.json()["authorization_response_iss_parameter_supported"], true);

  const HttpReply back =
      provider->client.Get(provider->issuer + "/authorize?" + testing::Encode(AuthorizationFields()));
  EXPECT_EQ(testing::QueryOf(back.headers.at("location"))["iss"], provider->issuer);
}

TEST_F(ProgramTest, TwoInstancesDoNotKnowEachOther) {
  const auto first = Start(Usual());
  const auto second = Start(Usual());
  ASSERT_NE(first->port, second->port);
  const std::string code = SignInByPage(*first, "one-role")["code"];
  EXPECT_EQ(Redeem(*second, code).json()["error"], "invalid_grant");
  EXPECT_EQ(Redeem(*first, code).status, 200);
}

TEST_F(ProgramTest, ItListensOnSeveralAddresses) {
  Arguments arguments = Usual();
  arguments.emplace_back("--listen", "[::1]:0");
  arguments.emplace_back("--control", "127.0.0.2:0");
  const auto provider = Start(arguments);
  EXPECT_THAT(provider->said, HasSubstr("cis2-sim: also on https://[::1]:"));
  EXPECT_THAT(provider->said, HasSubstr("cis2-sim: control on http://127.0.0.2:"));
}

TEST_F(ProgramTest, AnythingButLoopbackIsRefused) {
  ExpectRefusedAtStart(With("--listen", "0.0.0.0:0"), "loopback");
  ExpectRefusedAtStart(With("--control", "[::]:0"), "loopback");
}

TEST_F(ProgramTest, ABadCommandLineIsRefused) {
  ExpectRefusedAtStart({}, "--listen is required");
  ExpectRefusedAtStart(Without("--issuer"), "--issuer is required");
  ExpectRefusedAtStart(Without("--redirect-uri"), "--redirect-uri is required");
  ExpectRefusedAtStart(With("--issuer", "https://am.sim-cis2.example/openam"), "explicit port");
  Arguments unknown = Usual();
  unknown.emplace_back("--no-such-option", "");
  ExpectRefusedAtStart(unknown, "--no-such-option");
  Arguments robot = Usual();
  robot.emplace_back("--robot", "nobody");
  ExpectRefusedAtStart(robot, "there is no operator nobody");
}

TEST_F(ProgramTest, NoneOrBothOfJwksAndSecretAreRefused) {
  ExpectRefusedAtStart(Without("--client-jwks"), "client");
  Arguments both = Usual();
  both.emplace_back("--client-secret-file", client_secret_);
  ExpectRefusedAtStart(both, "client");
}

TEST_F(ProgramTest, FilesThatCannotBeUsedAreRefused) {
  ExpectRefusedAtStart(With("--certificate", folder_.path() + "/no-such-file"), "no-such-file");
  const auto rsa = NewRsaIdentity();
  ExpectRefusedAtStart(With("--certificate-key", folder_.Write("open.pem", rsa.key_pem, 0644)), "chmod 0600");
  ExpectRefusedAtStart(With("--certificate-key", folder_.Write("other.pem", rsa.key_pem)), "key");
  ExpectRefusedAtStart(With("--client-jwks", folder_.Write("bad.jwks", R"({"keys":[]})", 0644)), "JWKS");
  ExpectRefusedAtStart(With("--log", folder_.path() + "/no-such-folder/log"), "no-such-folder");
  Arguments signing = Usual();
  signing.emplace_back("--signing-key", certificate_key_);
  ExpectRefusedAtStart(signing, "RSA key of at least 2048 bits");
}

}  // namespace
}  // namespace cis2::simulator
