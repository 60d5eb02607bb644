#include "broker/policy/policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

namespace cis2::policy {
namespace {

using reasons::Reason;
using std::chrono::seconds;

constexpr const char* kSub = "656005750104";
constexpr const char* kBrowser = "198.51.100.7";

// A grant, a login and an identity that fit each other; every test changes one thing.
Grant BaseGrant() {
  Grant grant;
  grant.name = "imaging";
  grant.services = {"sshd"};
  grant.accounts = {"pacs-admin"};
  grant.operators = {kSub};
  return grant;
}

Target BaseTarget() {
  Target target;
  target.service = "sshd";
  target.account = "pacs-admin";
  target.client_address = "192.0.2.10";
  target.uid = 1001;
  return target;
}

identity::Identity BaseIdentity() {
  identity::Identity identity;
  identity.iss = "https://issuer.example";
  identity.sub = kSub;
  identity.ial = 3;
  identity.aal = 3;
  identity.auth_age = seconds{10};
  return identity;
}

identity::Role MakeRole(std::string id, std::string code, std::string org,
                        std::vector<std::string> activities = {}) {
  identity::Role role;
  role.person_roleid = std::move(id);
  role.role_code = std::move(code);
  role.org_code = std::move(org);
  role.activity_codes = std::move(activities);
  return role;
}

std::shared_ptr<const AccountMap> Map(std::string_view text) {
  auto map = AccountMap::Parse(text);
  EXPECT_TRUE(map.has_value());
  return std::make_shared<const AccountMap>(*std::move(map));
}

class DecideTest : public testing::Test {
 protected:
  [[nodiscard]] Decision Decided() const { return Decide({grant_}, target_, identity_, kBrowser); }
  [[nodiscard]] bool Allowed() const { return Decided().allow; }
  [[nodiscard]] Reason Refusal() const {
    const Decision decision = Decided();
    EXPECT_FALSE(decision.allow);
    return decision.refusal.reason;
  }

  Grant grant_ = BaseGrant();
  Target target_ = BaseTarget();
  identity::Identity identity_ = BaseIdentity();
};

// --- deny by default

TEST_F(DecideTest, AllowsAndNamesTheGrant) {
  const Decision decision = Decided();

  EXPECT_TRUE(decision.allow);
  EXPECT_EQ(decision.grant, "imaging");
  EXPECT_EQ(decision.refusal.reason, Reason::kNone);
}

TEST_F(DecideTest, RefusesWithoutGrants) {
  const Decision decision = Decide({}, target_, identity_, kBrowser);

  EXPECT_FALSE(decision.allow);
  EXPECT_EQ(decision.refusal.reason, Reason::kPolicyNoGrant);
  EXPECT_TRUE(decision.grant.empty());
}

TEST_F(DecideTest, GrantThatNamesNobodyMatchesNobody) {
  grant_.operators.clear();
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
  identity_.sub.clear();
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(DecideTest, GrantWithoutAccountsMatchesNoAccount) {
  grant_.accounts.clear();
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(DecideTest, FirstGrantThatMatchesIsNamed) {
  Grant narrow = BaseGrant();
  narrow.name = "narrow";
  narrow.operators = {"other"};
  Grant second = BaseGrant();
  second.name = "second";
  Grant third = BaseGrant();
  third.name = "third";

  EXPECT_EQ(Decide({narrow, second, third}, target_, identity_, kBrowser).grant, "second");
}

// --- exact comparison

TEST_F(DecideTest, ComparesServiceAccountAndSubByteForByte) {
  target_.service = "SSHD";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
  target_ = BaseTarget();
  target_.account = "pacs-admin2";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
  target_.account = "Pacs-admin";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
  target_ = BaseTarget();
  identity_.sub = "0656005750104";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
  identity_.sub = std::string(kSub) + std::string(1, '\0');
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

// --- families of services

TEST_F(DecideTest, SudoAndSudoLoginAreOneFamily) {
  for (const auto& [granted, asked] : {std::pair{"sudo", "sudo-i"}, {"sudo-i", "sudo"}}) {
    grant_.services = {granted};
    target_.service = asked;
    target_.ruser = target_.account;
    EXPECT_TRUE(Allowed()) << asked;
  }
}

TEST_F(DecideTest, SuAndSuLoginAreOneFamily) {
  for (const auto& [granted, asked] : {std::pair{"su", "su-l"}, {"su-l", "su"}}) {
    grant_.services = {granted};
    target_.service = asked;
    target_.ruser = "alice";
    EXPECT_TRUE(Allowed()) << asked;
  }
}

TEST_F(DecideTest, FamiliesAreNotMixed) {
  grant_.services = {"sudo"};
  for (const char* asked : {"su", "su-l", "sshd", "sudo-s", "sudoedit"}) {
    target_.service = asked;
    target_.ruser = target_.account;
    EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant) << asked;
  }
}

// --- which account must be granted

TEST_F(DecideTest, SudoNeedsAGrantForTheCaller) {
  grant_.services = {"sudo"};
  target_.service = "sudo";
  target_.account = target_.ruser = "pacs-admin";
  EXPECT_TRUE(Allowed());

  target_.account = target_.ruser = "mallory";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(DecideTest, SudoWithoutCallerIsJudgedByTheAccount) {
  grant_.services = {"sudo"};
  target_.service = "sudo";
  EXPECT_TRUE(Allowed());
}

TEST_F(DecideTest, SudoAsAnotherAccountNeedsAGrantForBoth) {
  grant_.services = {"sudo"};
  target_.service = "sudo";
  target_.ruser = "pacs-admin";
  target_.ruser_uid = 1001;
  target_.account = "dba";
  target_.uid = 1002;
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);

  grant_.accounts = {"dba"};
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);

  grant_.accounts = {"dba", "pacs-admin"};
  EXPECT_TRUE(Allowed());
  EXPECT_EQ(Decided().grant, "imaging");
}

TEST_F(DecideTest, SudoAsAnotherAccountMayBeGrantedByTwoGrants) {
  grant_.services = {"sudo"};
  Grant other = grant_;
  other.name = "databases";
  other.accounts = {"dba"};
  target_.service = "sudo";
  target_.ruser = "pacs-admin";
  target_.ruser_uid = 1001;
  target_.account = "dba";

  const Decision decision = Decide({grant_, other}, target_, identity_, kBrowser);

  EXPECT_TRUE(decision.allow);
  EXPECT_EQ(decision.grant, "imaging, databases");
}

TEST_F(DecideTest, SudoAsAnotherAccountNeedsTheUidOfBoth) {
  grant_.services = {"sudo"};
  grant_.accounts = {"dba", "pacs-admin"};
  target_.service = "sudo";
  target_.ruser = "pacs-admin";
  target_.account = "dba";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);

  target_.ruser_uid = 999;
  EXPECT_EQ(Refusal(), Reason::kPolicySystemAccount);
}

TEST_F(DecideTest, NearMissOnOneAccountIsNotToldWithoutAGrantForTheOther) {
  grant_.services = {"sudo"};
  target_.service = "sudo";
  target_.ruser = "pacs-admin";
  target_.ruser_uid = 1001;
  target_.account = "dba";
  identity_.aal = 2;
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(DecideTest, SuNeedsAGrantForTheTarget) {
  grant_.services = {"su"};
  target_.service = "su";
  target_.ruser = "pacs-admin";
  target_.account = "dba";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);

  target_.account = "pacs-admin";
  target_.ruser = "alice";
  EXPECT_TRUE(Allowed());
}

TEST_F(DecideTest, SuNeedsACallerOfTheList) {
  grant_.services = {"su"};
  grant_.callers = {"alice"};
  target_.service = "su-l";
  target_.ruser = "alice";
  EXPECT_TRUE(Allowed());

  target_.ruser = "bob";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(DecideTest, SuWithoutCallerIsRefused) {
  grant_.services = {"su"};
  target_.service = "su";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
  grant_.callers = {"alice"};
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(DecideTest, CallersSayNothingAboutOtherServices) {
  grant_.services = {"su", "sshd"};
  grant_.callers = {"alice"};
  EXPECT_TRUE(Allowed());
}

// --- personal accounts

TEST_F(DecideTest, MapAllowsExactlyItsPairs) {
  grant_.accounts.clear();
  grant_.operators.clear();
  grant_.map_file = "/etc/cis2-broker/accounts";
  grant_.map = Map("pacs-admin 656005750104\nbob 656005750105\n");
  EXPECT_TRUE(Allowed());

  target_.account = "bob";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
  identity_.sub = "656005750105";
  EXPECT_TRUE(Allowed());
}

TEST_F(DecideTest, MapThatCouldNotBeReadMatchesNobody) {
  grant_.accounts.clear();
  grant_.operators.clear();
  grant_.map_file = "/etc/cis2-broker/accounts";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(DecideTest, MapAndRolesAreBothRequired) {
  grant_.accounts.clear();
  grant_.operators.clear();
  grant_.map = Map("pacs-admin 656005750104\n");
  grant_.roles = {"S8001:G8002:R8008"};
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);

  identity_.roles = {MakeRole("1", "S8001:G8002:R8008", "RX1")};
  EXPECT_TRUE(Allowed());
}

// --- roles, organisations, activities

class RoleTest : public DecideTest {
 protected:
  RoleTest() {
    grant_.operators.clear();
    identity_.roles = {MakeRole("1", "S8001:G8002:R8008", "RX1", {"B0062", "B1570"}),
                       MakeRole("2", "S0080:G0450:R5080", "X09", {"B0015"})};
    identity_.orgs = {"Y51"};
  }
};

TEST_F(RoleTest, MatchesByRole) {
  grant_.roles = {"S8001:G8002:R8008"};
  EXPECT_TRUE(Allowed());
  grant_.roles = {"S8001:G8002:R8007"};
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(RoleTest, MatchesByActivity) {
  grant_.activities = {"B9999", "B1570"};
  EXPECT_TRUE(Allowed());
  grant_.activities = {"B9999"};
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(RoleTest, AllThatIsGivenMustBeInOneEntry) {
  grant_.roles = {"S8001:G8002:R8008"};
  grant_.orgs = {"RX1"};
  grant_.activities = {"B0062"};
  EXPECT_TRUE(Allowed());

  grant_.orgs = {"X09"};
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);

  grant_.orgs = {"RX1"};
  grant_.activities = {"B0015"};
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(RoleTest, OnlyTheSelectedEntryCounts) {
  grant_.roles = {"S8001:G8002:R8008"};
  identity_.selected_roleid = "1";
  EXPECT_TRUE(Allowed());
  identity_.selected_roleid = "2";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(RoleTest, SelectionThatNamesNoEntryIsSatisfiedByNone) {
  grant_.roles = {"S8001:G8002:R8008"};
  identity_.selected_roleid = "3";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(RoleTest, OrganisationAloneMatchesRoleEntryAndOrganisations) {
  grant_.orgs = {"RX1"};
  EXPECT_TRUE(Allowed());
  grant_.orgs = {"Y51"};
  EXPECT_TRUE(Allowed());
  grant_.orgs = {"Z99"};
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(RoleTest, OrganisationsOfTheOperatorDoNotStandInForARolesOne) {
  grant_.orgs = {"Y51"};
  grant_.roles = {"S8001:G8002:R8008"};
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
  grant_.roles.clear();
  grant_.activities = {"B0062"};
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(RoleTest, OperatorWithoutRolesIsRefused) {
  identity_.roles.clear();
  identity_.orgs.clear();
  for (auto list : {&Grant::roles, &Grant::orgs, &Grant::activities}) {
    Grant grant = grant_;
    grant.*list = {"x"};
    EXPECT_FALSE(Decide({grant}, target_, identity_, kBrowser).allow);
  }
}

TEST_F(RoleTest, OperatorsAndRolesAreBothRequired) {
  grant_.operators = {kSub};
  grant_.roles = {"S8001:G8002:R8008"};
  EXPECT_TRUE(Allowed());
  identity_.sub = "other";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
  identity_.sub = kSub;
  identity_.roles.clear();
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

// --- levels and age

TEST_F(DecideTest, LevelsMustBeAtLeastTheNeededOnes) {
  for (int needed = 1; needed <= 3; ++needed) {
    for (int have = 0; have <= 3; ++have) {
      grant_.min_aal = needed;
      grant_.min_ial = 1;
      identity_.aal = have;
      EXPECT_EQ(Allowed(), have >= needed) << needed << " " << have;
      grant_.min_aal = 1;
      grant_.min_ial = needed;
      identity_.aal = 3;
      identity_.ial = have;
      EXPECT_EQ(Allowed(), have >= needed) << needed << " " << have;
      identity_.ial = 3;
    }
  }
}

TEST_F(DecideTest, LowAalIsToldWithBothLevels) {
  identity_.aal = 2;

  const Decision decision = Decided();

  EXPECT_EQ(decision.refusal.reason, Reason::kAalTooLow);
  EXPECT_EQ(reasons::OperatorText(decision.refusal.reason, decision.refusal.args),
            "This server needs a sign-in of level 3, you signed in at level 2.");
  EXPECT_EQ(decision.refusal.detail, "grant imaging: level 2, needed 3");
}

TEST_F(DecideTest, LowIalIsToldWithBothLevels) {
  identity_.ial = 1;

  const Decision decision = Decided();

  EXPECT_EQ(decision.refusal.reason, Reason::kIalTooLow);
  EXPECT_EQ(reasons::OperatorText(decision.refusal.reason, decision.refusal.args),
            "This server needs an identity proved to level 3, yours is proved to level 1.");
}

TEST_F(DecideTest, OldSignInIsRefused) {
  identity_.auth_age = seconds{300};
  EXPECT_TRUE(Allowed());
  identity_.auth_age = seconds{301};
  EXPECT_EQ(Refusal(), Reason::kPolicyAuthTooOld);
}

// --- system accounts and keys

TEST_F(DecideTest, UnknownAccountIsNoGrantEvenWhenNamed) {
  target_.uid.reset();
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
  grant_.allow_system_account = true;
  target_.key_accepted = true;
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(DecideTest, SystemAccountNeedsPermissionAndAKey) {
  for (const std::uint32_t uid : {0U, 1U, 999U}) {
    target_.uid = uid;
    target_.key_accepted = true;
    grant_.allow_system_account = false;
    EXPECT_EQ(Refusal(), Reason::kPolicySystemAccount) << uid;
    grant_.allow_system_account = true;
    EXPECT_TRUE(Allowed()) << uid;
    target_.key_accepted = false;
    EXPECT_EQ(Refusal(), Reason::kPolicyKeyRequired) << uid;
  }
  target_.uid = 1000;
  grant_.allow_system_account = false;
  EXPECT_TRUE(Allowed());
}

TEST_F(DecideTest, RequiredKeyIsMetOnlyWhereSshdSaidSo) {
  grant_.services = {"sshd", "sudo", "su", "login"};
  grant_.require_key = true;
  target_.ruser = target_.account;
  for (const char* service : {"sshd", "sudo", "su", "login"}) {
    target_.service = service;
    EXPECT_EQ(Refusal(), Reason::kPolicyKeyRequired) << service;
  }
  target_.service = "sshd";
  target_.key_accepted = true;
  EXPECT_TRUE(Allowed());
}

// --- networks

TEST_F(DecideTest, ClientMustBeInsideTheNetworks) {
  grant_.client_networks = {*Network::Parse("203.0.113.0/24"), *Network::Parse("192.0.2.0/24")};
  EXPECT_TRUE(Allowed());
  target_.client_address = "198.51.100.1";
  EXPECT_EQ(Refusal(), Reason::kPolicyClientNetwork);
  target_.client_address = "";
  EXPECT_EQ(Refusal(), Reason::kPolicyClientNetwork);
}

TEST_F(DecideTest, BrowserMustBeInsideTheNetworks) {
  grant_.browser_networks = {*Network::Parse("198.51.100.0/24")};
  EXPECT_TRUE(Allowed());
  EXPECT_EQ(Decide({grant_}, target_, identity_, "192.0.2.1").refusal.reason, Reason::kPolicyBrowserNetwork);
  EXPECT_EQ(Decide({grant_}, target_, identity_, "").refusal.reason, Reason::kPolicyBrowserNetwork);
}

TEST_F(DecideTest, TerminalAndBrowserMayBeAskedToBeInOneNetwork) {
  grant_.networks = {{"guests", {*Network::Parse("203.0.113.0/24")}},
                     {"wards", {*Network::Parse("192.0.2.0/24"), *Network::Parse("2001:db8::/32")}}};
  target_.client_address = "192.0.2.1";
  const auto refusal = [&](const char* browser) {
    return Decide({grant_}, target_, identity_, browser).refusal.reason;
  };
  EXPECT_TRUE(Decide({grant_}, target_, identity_, "203.0.113.5").allow);  // not asked for
  grant_.same_network = true;
  EXPECT_TRUE(Decide({grant_}, target_, identity_, "192.0.2.200").allow);
  EXPECT_TRUE(Decide({grant_}, target_, identity_, "2001:db8::1").allow);
  EXPECT_EQ(refusal("203.0.113.5"), Reason::kPolicyOtherNetwork);
  EXPECT_EQ(refusal("198.51.100.1"), Reason::kPolicyOtherNetwork);
  EXPECT_EQ(refusal(""), Reason::kPolicyOtherNetwork);
  target_.client_address = "";  // a console has no address to compare
  EXPECT_TRUE(Decide({grant_}, target_, identity_, "203.0.113.5").allow);
}

TEST_F(DecideTest, WhatIsNotKnownToBeNearIsRefusedBySameNetwork) {
  grant_.same_network = true;
  grant_.networks = {{"wards", {*Network::Parse("192.0.2.0/24")}}};
  target_.client_address = "203.0.113.1";
  EXPECT_EQ(Decide({grant_}, target_, identity_, "198.51.100.1").refusal.reason, Reason::kPolicyOtherNetwork);
  target_.client_address = "host.example";
  EXPECT_EQ(Decide({grant_}, target_, identity_, "192.0.2.1").refusal.reason, Reason::kPolicyOtherNetwork);
}

TEST(CompareTest, AnAddressIsInTheFirstNetworkThatHoldsIt) {
  const NamedNetworks networks = {
      {"wards", {*Network::Parse("192.0.2.0/24")}},
      {"x-all", {*Network::Parse("192.0.0.0/8"), *Network::Parse("2001:db8::/32")}}};
  EXPECT_EQ(Compare({}, "192.0.2.1", "203.0.113.1"), Proximity::kNotCompared);
  EXPECT_EQ(Compare(networks, "", "203.0.113.1"), Proximity::kNotCompared);
  EXPECT_EQ(Compare(networks, "192.0.2.1", "192.0.2.2"), Proximity::kSame);
  EXPECT_EQ(Compare(networks, "192.9.9.9", "2001:db8::5"), Proximity::kSame);
  EXPECT_EQ(Compare(networks, "192.0.2.1", "192.9.9.9"), Proximity::kDifferent);
  EXPECT_EQ(Compare(networks, "203.0.113.1", "192.0.2.2"), Proximity::kDifferent);
  EXPECT_EQ(Compare(networks, "192.0.2.1", ""), Proximity::kDifferent);
  EXPECT_EQ(Compare(networks, "203.0.113.1", "198.51.100.1"), Proximity::kUnknown);
}

// --- the nearest miss

TEST_F(DecideTest, NearMissIsToldOnlyToTheOperatorMeant) {
  identity_.aal = 2;
  EXPECT_EQ(Refusal(), Reason::kAalTooLow);
  identity_.sub = "other";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(DecideTest, NearMissOfAnotherAccountOrServiceIsNotTold) {
  identity_.aal = 2;
  target_.account = "dba";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
  target_ = BaseTarget();
  target_.service = "login";
  EXPECT_EQ(Refusal(), Reason::kPolicyNoGrant);
}

TEST_F(DecideTest, NearestMissIsTheGrantWithTheFewestConditionsMissing) {
  Grant far = BaseGrant();
  far.name = "far";
  far.min_aal = 3;
  far.require_key = true;
  Grant near = BaseGrant();
  near.name = "near";
  near.min_aal = 1;
  near.require_key = true;
  identity_.aal = 2;

  const Decision decision = Decide({far, near}, target_, identity_, kBrowser);

  EXPECT_EQ(decision.refusal.reason, Reason::kPolicyKeyRequired);
  EXPECT_TRUE(decision.refusal.detail.starts_with("grant near: "));
}

TEST_F(DecideTest, ForeignTextInARefusalIsPrintable) {
  grant_.name = "imaging\x1b[2J";
  identity_.aal = 2;
  EXPECT_EQ(Decided().refusal.detail, "grant imaging\\x1b[2J: level 2, needed 3");
}

// --- explain

TEST_F(DecideTest, ExplainShowsEveryConditionOfEveryGrant) {
  Grant other = BaseGrant();
  other.name = "other";
  other.operators = {"x"};
  other.min_aal = 3;
  identity_.aal = 2;

  const auto explained = Explain({grant_, other}, target_, identity_, kBrowser);

  ASSERT_EQ(explained.size(), 2U);
  std::vector<std::string> names;
  for (const Condition& condition : explained[1].conditions) {
    names.push_back(condition.name);
    EXPECT_EQ(condition.met, condition.name != "operators" && condition.name != "min_aal") << condition.name;
    EXPECT_FALSE(condition.why.empty());
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"services", "accounts", "account", "operators", "allow_system_account",
                                      "min_ial", "min_aal", "max_auth_age", "require_key", "client_networks",
                                      "browser_networks", "same_network"}));
  EXPECT_FALSE(explained[1].matches);
}

TEST_F(DecideTest, ExplainNamesTheAccountWhereTwoMustBeGranted) {
  target_.service = "sudo";
  target_.ruser = "alice";

  const auto explained = Explain({grant_}, target_, identity_, kBrowser);

  ASSERT_EQ(explained.size(), 2U);
  EXPECT_EQ(explained[0].account, "alice");
  EXPECT_EQ(explained[1].account, "pacs-admin");
}

// Every combination of things that may be wrong with a login: the decision is "allow" exactly when nothing
// is, the explanation agrees, and a reason beyond policy.no_grant needs the grant to be for this operator.
TEST_F(DecideTest, DecisionAndExplanationAgreeOnEveryCombination) {
  constexpr unsigned kFaults = 11;
  grant_.require_key = true;
  grant_.client_networks = {*Network::Parse("192.0.2.0/24")};
  grant_.browser_networks = {*Network::Parse("198.51.100.0/24")};
  for (unsigned faults = 0; faults < (1U << kFaults); ++faults) {
    const auto wrong = [&](unsigned bit) { return (faults >> bit & 1) != 0; };
    target_ = BaseTarget();
    identity_ = BaseIdentity();
    target_.service = wrong(0) ? "login" : "sshd";
    target_.account = wrong(1) ? "dba" : "pacs-admin";
    target_.uid = wrong(2) ? std::nullopt : wrong(3) ? std::optional(999U) : std::optional(1000U);
    identity_.sub = wrong(4) ? "other" : kSub;
    identity_.aal = wrong(5) ? 2 : 3;
    identity_.ial = wrong(6) ? 2 : 3;
    identity_.auth_age = seconds{wrong(7) ? 301 : 0};
    target_.key_accepted = !wrong(8);
    target_.client_address = wrong(9) ? "" : "192.0.2.1";
    const std::string browser = wrong(10) ? "192.0.2.1" : kBrowser;

    const Decision decision = Decide({grant_}, target_, identity_, browser);
    const auto explained = Explain({grant_}, target_, identity_, browser);

    const bool selected = (faults & 0b10111) == 0;
    ASSERT_EQ(decision.allow, faults == 0) << faults;
    ASSERT_EQ(explained.at(0).matches, faults == 0) << faults;
    ASSERT_EQ(decision.refusal.reason == Reason::kPolicyNoGrant, faults != 0 && !selected) << faults;
  }
}

}  // namespace
}  // namespace cis2::policy
