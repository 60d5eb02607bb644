#include "broker/oidc/provider.h"

#include "tests/unit/broker/oidc/relying_party.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace cis2::oidc {
namespace {

using namespace std::chrono_literals;
using reasons::Reason;
using tests::JsonAnswer;
using tests::Jwks;
using tests::TestKey;

class ProviderTest : public testing::Test {
 protected:
  Reason Refresh() { return ReasonOf(rp_.provider.Refresh()); }
  static Reason ReasonOf(const auto& checked) { return checked ? Reason::kNone : checked.error().reason; }
  void GoAway() {
    rp_.http.Answer(kDiscoveryUrl, tests::FaultAnswer(http::TransportFault::kTimeout));
    rp_.http.Answer(kJwksUrl, tests::FaultAnswer(http::TransportFault::kTimeout));
  }
  void ComeBack() {
    rp_.http.Answer(kDiscoveryUrl, JsonAnswer(DiscoveryDocument().dump()));
    rp_.http.Answer(kJwksUrl, JsonAnswer(Jwks({TestKey::Rsa().Jwk(kKid, "RS256")})));
  }
  // The provider signs with another key from now on.
  void Rotate() { rp_.http.Answer(kJwksUrl, JsonAnswer(Jwks({TestKey::OtherRsa().Jwk("new", "RS256")}))); }
  // Refreshes as the keeper does, each time one is due, until `length` has passed.
  void RunFor(base::Duration length) {
    const base::TimePoint end = rp_.clock.Now() + length;
    while (rp_.provider.RefreshDue() <= end) {
      rp_.clock.Advance(std::max(base::Duration{0}, DueIn()));
      static_cast<void>(Refresh());
    }
    rp_.clock.Advance(end - rp_.clock.Now());
  }
  // How long from now until the next refresh is due.
  base::Duration DueIn() const { return rp_.provider.RefreshDue() - rp_.clock.Now(); }

  RelyingParty rp_;
};

TEST_F(ProviderTest, BeginsAwayAndDueAtOnce) {
  EXPECT_TRUE(rp_.provider.Away());
  EXPECT_EQ(rp_.provider.CurrentDiscovery(), nullptr);
  EXPECT_EQ(rp_.provider.CurrentKeys(), nullptr);
  EXPECT_EQ(DueIn(), 0s);
  EXPECT_TRUE(rp_.http.requests().empty());
}

TEST_F(ProviderTest, ARefreshFetchesBothDocuments) {
  EXPECT_EQ(Refresh(), Reason::kNone);
  EXPECT_FALSE(rp_.provider.Away());
  EXPECT_EQ(rp_.provider.CurrentDiscovery()->token_endpoint, kTokenUrl);
  EXPECT_NE(rp_.provider.CurrentKeys()->Find(kKid), nullptr);
  ASSERT_EQ(rp_.http.requests().size(), 2U);
  EXPECT_EQ(rp_.http.requests()[0].url, kDiscoveryUrl);
  EXPECT_EQ(rp_.http.requests()[1].url, kJwksUrl);
}

// By appending: the last segment of the issuer stays, and a final slash does not double.
TEST_F(ProviderTest, TheDiscoveryUrlIsTheIssuerAndThePath) {
  rp_.settings.issuer = "https://id.example/realm/";
  EXPECT_EQ(Refresh(), Reason::kProviderUnavailable);
  EXPECT_EQ(rp_.http.requests()[0].url, "https://id.example/realm/.well-known/openid-configuration");
}

TEST_F(ProviderTest, LookingNeverAsksTheProvider) {
  rp_.clock.Advance(24h);
  static_cast<void>(rp_.provider.CurrentDiscovery());
  static_cast<void>(rp_.provider.CurrentKeys());
  static_cast<void>(rp_.provider.Away());
  rp_.provider.Suspect();
  EXPECT_TRUE(rp_.http.requests().empty());
}

// --- what a refresh refuses

TEST_F(ProviderTest, NoAnswerOr5xxIsUnavailable) {
  for (const http::ClientResult& answer :
       {tests::FaultAnswer(http::TransportFault::kTls), tests::FaultAnswer(http::TransportFault::kTooLarge),
        JsonAnswer("{}", 500), JsonAnswer("{}", 503)}) {
    ComeBack();
    rp_.http.Answer(kDiscoveryUrl, answer);
    EXPECT_EQ(Refresh(), Reason::kProviderUnavailable);
    ComeBack();
    rp_.http.Answer(kJwksUrl, answer);
    EXPECT_EQ(Refresh(), Reason::kProviderUnavailable);
    EXPECT_TRUE(rp_.provider.Away());
  }
}

TEST_F(ProviderTest, ARedirectOr404IsNotADocument) {
  for (const int status : {302, 404, 204}) {
    ComeBack();
    rp_.http.Answer(kDiscoveryUrl, JsonAnswer(DiscoveryDocument().dump(), status));
    EXPECT_EQ(Refresh(), Reason::kDiscoveryMalformed) << status;
    ComeBack();
    rp_.http.Answer(kJwksUrl, JsonAnswer(Jwks({TestKey::Rsa().Jwk(kKid, "")}), status));
    EXPECT_EQ(Refresh(), Reason::kJwksMalformed) << status;
  }
}

TEST_F(ProviderTest, AnotherMediaTypeIsNotADocument) {
  const auto with_type = [](const std::string& type, const std::string& body) {
    return http::Response{.status = 200, .headers = {{"Content-Type", type}}, .body = body};
  };
  const std::string keys = Jwks({TestKey::Rsa().Jwk(kKid, "")});
  rp_.http.Answer(kDiscoveryUrl, with_type("text/html", DiscoveryDocument().dump()));
  EXPECT_EQ(Refresh(), Reason::kDiscoveryMalformed);
  ComeBack();
  rp_.http.Answer(kJwksUrl, with_type("text/plain", keys));
  EXPECT_EQ(Refresh(), Reason::kJwksMalformed);
  rp_.http.Answer(kJwksUrl, with_type("application/jwk-set+json", keys));
  EXPECT_EQ(Refresh(), Reason::kNone);
}

TEST_F(ProviderTest, AnotherIssuerIsRefused) {
  base::Json document = DiscoveryDocument();
  document["issuer"] = kIssuer + "/";
  rp_.http.Answer(kDiscoveryUrl, JsonAnswer(document.dump()));
  EXPECT_EQ(Refresh(), Reason::kDiscoveryIssuerMismatch);
  EXPECT_EQ(rp_.http.Count(kJwksUrl), 0) << "nothing of that document is used";
}

TEST_F(ProviderTest, AnEndpointElsewhereIsRefused) {
  base::Json document = DiscoveryDocument();
  document["jwks_uri"] = "https://evil.example/keys";
  rp_.http.Answer(kDiscoveryUrl, JsonAnswer(document.dump()));
  EXPECT_EQ(Refresh(), Reason::kDiscoveryEndpoint);
  EXPECT_EQ(rp_.http.requests().size(), 1U);
}

TEST_F(ProviderTest, KeysThatCannotBeUsedAreRefused) {
  for (const std::string& body : {std::string("not JSON"), Jwks({}), Jwks({TestKey::Ec().Jwk("a", "ES256")}),
                                  Jwks({TestKey::SmallRsa().Jwk("a", "RS256")})}) {
    rp_.http.Answer(kJwksUrl, JsonAnswer(body));
    EXPECT_EQ(Refresh(), Reason::kJwksMalformed) << body;
    EXPECT_EQ(rp_.provider.CurrentDiscovery(), nullptr);
  }
}

TEST_F(ProviderTest, AnAlgorithmThatIsNotKnownHasNoKeys) {
  rp_.settings.id_token_alg = "none";
  EXPECT_EQ(Refresh(), Reason::kJwksMalformed);
}

// --- how long copies serve

TEST_F(ProviderTest, ARefreshIsDueAtThreeQuartersOfTheShorterLife) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  EXPECT_EQ(DueIn(), 45min);
  rp_.http.Answer(kJwksUrl,
                  JsonAnswer(Jwks({TestKey::Rsa().Jwk(kKid, "")}), 200, {{"Cache-Control", "max-age=400"}}));
  ASSERT_EQ(Refresh(), Reason::kNone);
  EXPECT_EQ(DueIn(), 300s);
}

TEST_F(ProviderTest, ALifeCountsFromTheRequest) {
  rp_.http.During([&](const http::ClientRequest&) { rp_.clock.Advance(5s); });
  ASSERT_EQ(Refresh(), Reason::kNone);
  EXPECT_EQ(DueIn(), 45min - 10s);
}

TEST_F(ProviderTest, CopiesServeOneHourBeyondTheirLife) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  rp_.clock.Advance(1h);
  GoAway();
  EXPECT_EQ(Refresh(), Reason::kProviderUnavailable);
  EXPECT_NE(rp_.provider.CurrentDiscovery(), nullptr);
  EXPECT_NE(rp_.provider.CurrentKeys(), nullptr);
  rp_.clock.Advance(1h - 1ns);
  EXPECT_NE(rp_.provider.CurrentDiscovery(), nullptr);
  EXPECT_NE(rp_.provider.CurrentKeys(), nullptr);
  rp_.clock.Advance(1ns);
  EXPECT_EQ(rp_.provider.CurrentDiscovery(), nullptr);
  EXPECT_EQ(rp_.provider.CurrentKeys(), nullptr);
}

TEST_F(ProviderTest, AShortLifeEndsEarlier) {
  rp_.http.Answer(kJwksUrl,
                  JsonAnswer(Jwks({TestKey::Rsa().Jwk(kKid, "")}), 200, {{"Cache-Control", "no-store"}}));
  ASSERT_EQ(Refresh(), Reason::kNone);
  rp_.clock.Advance(1h + 60s);
  EXPECT_EQ(rp_.provider.CurrentKeys(), nullptr);
  EXPECT_NE(rp_.provider.CurrentDiscovery(), nullptr);
  EXPECT_TRUE(rp_.provider.Away());
}

TEST_F(ProviderTest, NoDocumentIsFreshForMoreThanAnHour) {
  const http::Headers for_a_year = {{"Cache-Control", "public, max-age=31536000, immutable"}};
  rp_.http.Answer(kDiscoveryUrl, JsonAnswer(DiscoveryDocument().dump(), 200, for_a_year));
  rp_.http.Answer(kJwksUrl, JsonAnswer(Jwks({TestKey::Rsa().Jwk(kKid, "")}), 200, for_a_year));
  ASSERT_EQ(Refresh(), Reason::kNone);
  EXPECT_EQ(DueIn(), 45min);
  rp_.clock.Advance(2h - 1ns);
  EXPECT_NE(rp_.provider.CurrentKeys(), nullptr);
  rp_.clock.Advance(1ns);
  EXPECT_EQ(rp_.provider.CurrentDiscovery(), nullptr);
  EXPECT_EQ(rp_.provider.CurrentKeys(), nullptr);
}

// A minute, so that nobody makes us ask all the time; refreshed within it, so that a login always finds a
// copy.
TEST_F(ProviderTest, MaxAge0IsAMinute) {
  rp_.http.Answer(kDiscoveryUrl, JsonAnswer(DiscoveryDocument().dump(), 200,
                                            {{"Cache-Control", "max-age=0, must-revalidate"}}));
  ASSERT_EQ(Refresh(), Reason::kNone);
  EXPECT_EQ(DueIn(), 45s);
  RunFor(1h);
  EXPECT_EQ(rp_.http.Count(kDiscoveryUrl), 1 + 80);
  EXPECT_FALSE(rp_.provider.Away());
}

TEST_F(ProviderTest, ADayOfRefreshesNeverLeavesACopyToLapse) {
  rp_.http.During([&](const http::ClientRequest&) {
    if (rp_.http.requests().size() > 2) {
      EXPECT_FALSE(rp_.provider.Away());
    }
  });
  RunFor(24h);
  EXPECT_EQ(rp_.http.Count(kJwksUrl), 1 + 24 * 60 / 45);
}

TEST_F(ProviderTest, TheWallClockDoesNotMoveALife) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  rp_.clock.SetWall(rp_.clock.WallNow() + 48h);
  EXPECT_NE(rp_.provider.CurrentKeys(), nullptr);
  EXPECT_EQ(DueIn(), 45min);
}

TEST_F(ProviderTest, AFailedRefreshKeepsTheLastGoodCopy) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  rp_.http.Answer(kJwksUrl, JsonAnswer("[]"));
  base::Json document = DiscoveryDocument();
  document["token_endpoint"] = kIssuer + "/other";
  rp_.http.Answer(kDiscoveryUrl, JsonAnswer(document.dump()));
  EXPECT_EQ(Refresh(), Reason::kJwksMalformed);
  EXPECT_EQ(rp_.provider.CurrentDiscovery()->token_endpoint, kTokenUrl) << "both documents, or neither";
  EXPECT_NE(rp_.provider.CurrentKeys()->Find(kKid), nullptr);
}

// --- away and back

TEST_F(ProviderTest, AFailedRefreshMeansAwayAndASuccessPresent) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  GoAway();
  EXPECT_EQ(Refresh(), Reason::kProviderUnavailable);
  EXPECT_TRUE(rp_.provider.Away());
  ComeBack();
  EXPECT_EQ(Refresh(), Reason::kNone);
  EXPECT_FALSE(rp_.provider.Away());
}

// --- when emergency codes count

TEST_F(ProviderTest, IsFoundAwayOnlyByAnAttemptOfOurOwnThatFailed) {
  EXPECT_FALSE(rp_.provider.FoundAway());  // nothing was asked yet
  GoAway();
  EXPECT_NE(Refresh(), Reason::kNone);
  EXPECT_TRUE(rp_.provider.FoundAway());
  ComeBack();
  EXPECT_EQ(Refresh(), Reason::kNone);
  EXPECT_FALSE(rp_.provider.FoundAway());
  rp_.clock.Advance(24h);  // everything held has lapsed, and nothing was asked
  EXPECT_TRUE(rp_.provider.Away());
  EXPECT_FALSE(rp_.provider.FoundAway());
}

TEST_F(ProviderTest, WhatHappensInALoginOnlyMakesUsAsk) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  rp_.clock.Advance(60s);
  rp_.provider.Suspect();
  rp_.provider.DoubtClient();
  EXPECT_FALSE(rp_.provider.FoundAway());
  EXPECT_TRUE(rp_.provider.ClientIsInDoubt());
  EXPECT_EQ(DueIn(), 0s);
}

TEST_F(ProviderTest, ARefusedClientIsAskedAboutUntilItIsAccepted) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  rp_.provider.DoubtClient();
  rp_.provider.ClientIs(/*refused=*/true);
  EXPECT_TRUE(rp_.provider.FoundAway());
  EXPECT_FALSE(rp_.provider.Away());  // a link is still shown: whether it works is for the provider to say
  EXPECT_LE(DueIn(), 30s);
  ASSERT_EQ(Refresh(), Reason::kNone);
  EXPECT_TRUE(rp_.provider.FoundAway());
  EXPECT_TRUE(rp_.provider.ClientIsInDoubt());
  rp_.provider.ClientIs(/*refused=*/false);
  EXPECT_FALSE(rp_.provider.FoundAway());
  EXPECT_FALSE(rp_.provider.ClientIsInDoubt());
}

TEST_F(ProviderTest, WhileAwayItIsTriedAfter5To30Seconds) {
  GoAway();
  for (const auto wait : {5s, 10s, 20s, 30s, 30s}) {
    EXPECT_EQ(Refresh(), Reason::kProviderUnavailable);
    EXPECT_EQ(DueIn(), wait);
    rp_.clock.Advance(wait);
  }
  ComeBack();
  EXPECT_EQ(Refresh(), Reason::kNone);
  GoAway();
  EXPECT_EQ(Refresh(), Reason::kProviderUnavailable);
  EXPECT_EQ(DueIn(), 5s) << "a success begins anew";
}

TEST_F(ProviderTest, ASuspicionBringsTheRefreshForward) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  rp_.clock.Advance(60s);
  rp_.provider.Suspect();
  EXPECT_EQ(DueIn(), 0s);
  EXPECT_FALSE(rp_.provider.Away()) << "a login's request is not an attempt of our own";
}

TEST_F(ProviderTest, SuspicionsCannotMakeMoreThanOneAttemptInTenSeconds) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  rp_.clock.Advance(3s);
  rp_.provider.Suspect();
  EXPECT_EQ(DueIn(), 7s);
  rp_.provider.Suspect();
  EXPECT_EQ(DueIn(), 7s);
}

TEST_F(ProviderTest, ASuspicionNeverPutsARefreshOff) {
  GoAway();
  EXPECT_EQ(Refresh(), Reason::kProviderUnavailable);
  rp_.provider.Suspect();
  EXPECT_EQ(DueIn(), 5s);
}

TEST_F(ProviderTest, AwayForMinutesTheWarmCopiesServe) {
  RunFor(0s);
  GoAway();
  RunFor(50min);
  EXPECT_TRUE(rp_.provider.Away()) << "new logins are told so";
  EXPECT_NE(rp_.provider.CurrentDiscovery(), nullptr) << "a login under way goes on";
  EXPECT_NE(rp_.provider.CurrentKeys()->Find(kKid), nullptr);
  ComeBack();
  RunFor(30s);
  EXPECT_FALSE(rp_.provider.Away());
}

TEST_F(ProviderTest, AwayForADayNothingServesAndItIsFoundAgainByItself) {
  RunFor(0s);
  GoAway();
  RunFor(24h);
  EXPECT_TRUE(rp_.provider.Away());
  EXPECT_EQ(rp_.provider.CurrentDiscovery(), nullptr);
  EXPECT_EQ(rp_.provider.CurrentKeys(), nullptr);
  EXPECT_EQ(ReasonOf(rp_.provider.RefetchKeys()), Reason::kProviderNotReady);
  EXPECT_LE(rp_.http.Count(kDiscoveryUrl), 24 * 60 * 2) << "at most every half minute";
  ComeBack();
  RunFor(30s);
  EXPECT_FALSE(rp_.provider.Away());
}

// A document that names another issuer is no document: the old copies serve for their grace, and no longer.
TEST_F(ProviderTest, AnIssuerThatChangesIsRefusedAndTheOldCopiesServeOutTheirGrace) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  base::Json document = DiscoveryDocument();
  document["issuer"] = "https://am.evil.example/realm";
  document["token_endpoint"] = kIssuer + "/other";
  rp_.http.Answer(kDiscoveryUrl, JsonAnswer(document.dump()));
  Rotate();
  rp_.clock.Advance(45min);
  EXPECT_EQ(Refresh(), Reason::kDiscoveryIssuerMismatch);
  EXPECT_TRUE(rp_.provider.Away());
  EXPECT_EQ(rp_.provider.CurrentDiscovery()->token_endpoint, kTokenUrl);
  EXPECT_EQ(rp_.provider.CurrentKeys()->Find("new"), nullptr) << "nothing that came with it is used";
  RunFor(75min - 1ns);
  EXPECT_NE(rp_.provider.CurrentDiscovery(), nullptr);
  rp_.clock.Advance(1ns);
  EXPECT_EQ(rp_.provider.CurrentDiscovery(), nullptr);
  EXPECT_EQ(rp_.provider.CurrentKeys(), nullptr);
}

// --- rotation

TEST_F(ProviderTest, KeysThatRotateBetweenLoginsComeWithTheRefresh) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  Rotate();
  RunFor(45min);
  EXPECT_NE(rp_.provider.CurrentKeys()->Find("new"), nullptr);
  EXPECT_EQ(rp_.provider.CurrentKeys()->Find(kKid), nullptr) << "a key that was withdrawn is not kept";
}

// A login holds the keys it began with, while the next one finds the new ones.
TEST_F(ProviderTest, KeysThatRotateDuringALoginAreFetchedAndLeaveItsOwnAlone) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  const auto held = rp_.provider.CurrentKeys();
  Rotate();
  ASSERT_EQ(ReasonOf(rp_.provider.RefetchKeys()), Reason::kNone);
  EXPECT_NE(held->Find(kKid), nullptr);
  EXPECT_NE(rp_.provider.CurrentKeys()->Find("new"), nullptr);
  EXPECT_EQ(rp_.provider.CurrentKeys()->Find(kKid), nullptr);
}

TEST_F(ProviderTest, AFailedRefetchEndsTheGraceUntilKeysComeAgain) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  GoAway();
  rp_.clock.Advance(90min);
  ASSERT_NE(rp_.provider.CurrentKeys(), nullptr) << "within the grace";
  EXPECT_EQ(ReasonOf(rp_.provider.RefetchKeys()), Reason::kProviderUnavailable);
  EXPECT_EQ(rp_.provider.CurrentKeys(), nullptr) << "the provider may have withdrawn them";
  EXPECT_NE(rp_.provider.CurrentDiscovery(), nullptr);
  ComeBack();
  ASSERT_EQ(Refresh(), Reason::kNone);
  rp_.clock.Advance(90min);
  EXPECT_NE(rp_.provider.CurrentKeys(), nullptr) << "new keys have a grace of their own";
}

// --- keys for an unknown kid

TEST_F(ProviderTest, ARefetchAsksForTheKeysAlone) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  rp_.http.Answer(kJwksUrl, JsonAnswer(Jwks({TestKey::OtherRsa().Jwk("new", "RS256")})));
  const auto keys = rp_.provider.RefetchKeys();
  ASSERT_TRUE(keys.has_value());
  EXPECT_NE((*keys)->Find("new"), nullptr);
  EXPECT_EQ(rp_.provider.CurrentKeys(), *keys);
  EXPECT_EQ(rp_.http.Count(kDiscoveryUrl), 1);
  EXPECT_EQ(rp_.http.Count(kJwksUrl), 2);
}

TEST_F(ProviderTest, ARefetchHappensAtMostEveryTenSeconds) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  EXPECT_TRUE(rp_.provider.RefetchKeys().has_value());
  rp_.clock.Advance(10s - 1ns);
  EXPECT_EQ(*rp_.provider.RefetchKeys(), rp_.provider.CurrentKeys());
  EXPECT_EQ(rp_.http.Count(kJwksUrl), 2);
  rp_.clock.Advance(1ns);
  EXPECT_TRUE(rp_.provider.RefetchKeys().has_value());
  EXPECT_EQ(rp_.http.Count(kJwksUrl), 3);
}

TEST_F(ProviderTest, AFailedRefetchIsSharedForTenSecondsToo) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  GoAway();
  EXPECT_EQ(ReasonOf(rp_.provider.RefetchKeys()), Reason::kProviderUnavailable);
  ComeBack();
  EXPECT_EQ(ReasonOf(rp_.provider.RefetchKeys()), Reason::kProviderUnavailable);
  rp_.clock.Advance(10s);
  EXPECT_EQ(ReasonOf(rp_.provider.RefetchKeys()), Reason::kNone);
}

TEST_F(ProviderTest, AFailedRefetchLeavesFreshKeysToTheTokensTheyFit) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  GoAway();
  EXPECT_EQ(ReasonOf(rp_.provider.RefetchKeys()), Reason::kProviderUnavailable);
  EXPECT_NE(rp_.provider.CurrentKeys(), nullptr);
}

TEST_F(ProviderTest, AfterAFailedRefetchKeysDoNotServeBeyondTheirLife) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  GoAway();
  EXPECT_EQ(ReasonOf(rp_.provider.RefetchKeys()), Reason::kProviderUnavailable);
  rp_.clock.Advance(1h - 1ns);
  EXPECT_NE(rp_.provider.CurrentKeys(), nullptr);
  rp_.clock.Advance(1ns);
  EXPECT_EQ(rp_.provider.CurrentKeys(), nullptr);
  EXPECT_TRUE(rp_.provider.Away());
}

TEST_F(ProviderTest, AFailedRefetchBringsTheRefreshForward) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  rp_.clock.Advance(60s);
  GoAway();
  EXPECT_EQ(ReasonOf(rp_.provider.RefetchKeys()), Reason::kProviderUnavailable);
  EXPECT_EQ(DueIn(), 0s);
}

TEST_F(ProviderTest, WithoutDiscoveryThereIsNoRefetch) {
  EXPECT_EQ(ReasonOf(rp_.provider.RefetchKeys()), Reason::kProviderNotReady);
  EXPECT_TRUE(rp_.http.requests().empty());
}

TEST_F(ProviderTest, ThreadsThatRefetchAtOnceShareOneRequest) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { good += rp_.provider.RefetchKeys().has_value() ? 1 : 0; });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 8);
  EXPECT_EQ(rp_.http.Count(kJwksUrl), 2);
}

TEST_F(ProviderTest, ASlowRefreshDoesNotUndoAFasterRefetch) {
  ASSERT_EQ(Refresh(), Reason::kNone);
  rp_.clock.Advance(60s);
  bool inside = false;
  rp_.http.During([&](const http::ClientRequest& request) {
    if (request.url != kJwksUrl || inside) {
      return;
    }
    // While the refresh waits for its keys, the provider rotates and a login refetches.
    inside = true;
    rp_.clock.Advance(1s);
    rp_.http.AnswerOnce(kJwksUrl, JsonAnswer(Jwks({TestKey::OtherRsa().Jwk("new", "RS256")})));
    EXPECT_TRUE(rp_.provider.RefetchKeys().has_value());
  });
  EXPECT_EQ(Refresh(), Reason::kNone);
  EXPECT_NE(rp_.provider.CurrentKeys()->Find("new"), nullptr);
}

}  // namespace
}  // namespace cis2::oidc
