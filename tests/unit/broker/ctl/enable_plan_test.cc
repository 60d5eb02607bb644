// Goal: which files enable and disable change, each whole or not at all.
#include "broker/ctl/enable_plan.h"

#include "tests/support/temp_dir.h"
#include "tests/unit/broker/ctl/pam_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>

namespace cis2::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class EnablePlanTest : public testing::Test {
 protected:
  EnablePlanTest() {
    std::filesystem::create_directories(dir_.path() + "/pam.d");
    std::filesystem::create_directories(dir_.path() + "/sshd_config.d");
    places_ = {.pam = dir_.path() + "/pam.d",
               .sshd_drop_in = dir_.path() + "/sshd_config.d/10-cis2.conf",
               .state = dir_.path() + "/state"};
  }

  std::string Given(const std::string& service, const std::string& text, mode_t mode = 0644) {
    return dir_.Write("pam.d/" + service, text, mode);
  }
  [[nodiscard]] static std::string Read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  [[nodiscard]] base::Result<Plan> Enables(const std::string& service, const std::string& group = "rescue") {
    const auto family = FamilyOf(service);
    const auto sshd = service == "sshd"
                          ? std::optional<SshdWish>({.now = {}, .login_grace = std::chrono::seconds{120}})
                          : std::nullopt;
    return PlanEnable(places_, *family, {.service = family->name, .rescue_group = group}, sshd);
  }
  // Makes what `service` needs.
  void Enable(const std::string& service, const std::string& group = "rescue") {
    const auto plan = Enables(service, group);
    ASSERT_TRUE(plan.has_value()) << plan.error().message;
    const auto made = MakeAll(plan->changes);
    ASSERT_TRUE(made.has_value()) << made.error().message;
  }
  void Disable(const std::string& service) {
    const auto plan = PlanDisable(places_, *FamilyOf(service));
    ASSERT_TRUE(plan.has_value()) << plan.error().message;
    ASSERT_TRUE(MakeAll(plan->changes).has_value());
  }

  tests::TempDir dir_;
  Places places_;
};

TEST(FamilyTest, SudoAndSuHaveTwoServicesEach) {
  EXPECT_THAT(FamilyOf("sudo-i")->services, ElementsAre("sudo", "sudo-i"));
  EXPECT_THAT(FamilyOf("su-l")->services, ElementsAre("su", "su-l"));
  EXPECT_THAT(FamilyOf("sshd")->services, ElementsAre("sshd"));
  EXPECT_THAT(FamilyOf("login")->services, ElementsAre("login"));
}

TEST(FamilyTest, NoOtherServiceIsTouched) {
  for (const char* service : {"cron", "common-auth", "polkit-1", "", "../sshd"}) {
    EXPECT_FALSE(FamilyOf(service).has_value()) << service;
  }
}

TEST_F(EnablePlanTest, SshdHasItsDropInAsWell) {
  const std::string path = Given("sshd", pam_texts::kSshd, 0640);
  Enable("sshd");
  EXPECT_TRUE(HasBlock(Read(path)));
  EXPECT_TRUE(HasBlock(Read(places_.sshd_drop_in)));
  struct stat state{};
  ASSERT_EQ(::stat(path.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 07777, 0640U) << "the mode stays";
  ASSERT_EQ(::stat(places_.sshd_drop_in.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 07777, 0644U);

  Disable("sshd");
  EXPECT_EQ(Read(path), pam_texts::kSshd);
  EXPECT_FALSE(std::filesystem::exists(places_.sshd_drop_in));
}

TEST_F(EnablePlanTest, ADropInOfSomebodyElseStaysBelowOurs) {
  Given("sshd", pam_texts::kSshd);
  std::ofstream(places_.sshd_drop_in) << "KbdInteractiveAuthentication no\n";
  Enable("sshd");
  EXPECT_THAT(Read(places_.sshd_drop_in), testing::StartsWith(std::string(kBlockBegin)));
  EXPECT_THAT(Read(places_.sshd_drop_in), testing::EndsWith("# end cis2\nKbdInteractiveAuthentication no\n"));
  Disable("sshd");
  EXPECT_EQ(Read(places_.sshd_drop_in), "KbdInteractiveAuthentication no\n");
}

TEST_F(EnablePlanTest, SudoIsTwoFiles) {
  const std::string sudo = Given("sudo", pam_texts::kSudo);
  const std::string sudo_i = Given("sudo-i", pam_texts::kSudoI);
  Enable("sudo");
  EXPECT_TRUE(HasBlock(Read(sudo)));
  EXPECT_TRUE(HasBlock(Read(sudo_i)));
  Disable("sudo-i");
  EXPECT_EQ(Read(sudo), pam_texts::kSudo);
  EXPECT_EQ(Read(sudo_i), pam_texts::kSudoI);
}

TEST_F(EnablePlanTest, SuServesSuLAsWell) {
  Given("su", pam_texts::kSu);
  Given("su-l", pam_texts::kSuL);
  const auto plan = Enables("su");
  ASSERT_TRUE(plan.has_value());
  EXPECT_THAT(plan->changes, SizeIs(1));
  EXPECT_THAT(plan->notes, ElementsAre(HasSubstr("covered as well")));
}

TEST_F(EnablePlanTest, ASecondServiceThatIsNotThereIsLeftOut) {
  Given("sudo", pam_texts::kSudo);
  const auto plan = Enables("sudo");
  ASSERT_TRUE(plan.has_value());
  EXPECT_THAT(plan->changes, SizeIs(1));
  EXPECT_THAT(plan->notes, ElementsAre(HasSubstr("is left out")));
}

TEST_F(EnablePlanTest, AServiceThatIsNotThereIsNotEnabled) {
  const auto plan = Enables("sudo");
  ASSERT_FALSE(plan.has_value());
  EXPECT_THAT(plan.error().message, HasSubstr("is sudo installed?"));
}

TEST_F(EnablePlanTest, EnabledTwiceNothingChanges) {
  Given("sudo", pam_texts::kSudo);
  Enable("sudo");
  EXPECT_THAT(Enables("sudo")->changes, IsEmpty());
}

TEST_F(EnablePlanTest, EnabledOtherwiseTheBlockGivesWay) {
  const std::string path = Given("sudo", pam_texts::kSudo);
  Enable("sudo");
  Enable("sudo", "others");
  EXPECT_THAT(Read(path), HasSubstr("ingroup others"));
  EXPECT_THAT(Read(path), testing::Not(HasSubstr("ingroup rescue")));
  Disable("sudo");
  EXPECT_EQ(Read(path), pam_texts::kSudo);
}

TEST_F(EnablePlanTest, DisabledWithoutBlocksNothingChanges) {
  Given("sudo", pam_texts::kSudo);
  EXPECT_THAT(PlanDisable(places_, *FamilyOf("sudo"))->changes, IsEmpty());
  EXPECT_THAT(PlanDisable(places_, *FamilyOf("login"))->changes, IsEmpty()) << "no file at all";
}

TEST_F(EnablePlanTest, AFileThatWasChangedMeanwhileIsNotWritten) {
  const std::string path = Given("sudo", pam_texts::kSudo);
  const auto plan = Enables("sudo");
  Given("sudo", "# mine now\n");
  const auto made = MakeAll(plan->changes);
  ASSERT_FALSE(made.has_value());
  EXPECT_THAT(made.error().message, HasSubstr("changed by somebody else"));
  EXPECT_EQ(Read(path), "# mine now\n");
}

TEST_F(EnablePlanTest, WhereTheSecondCannotBeWrittenTheFirstGoesBack) {
  const std::string sudo = Given("sudo", pam_texts::kSudo);
  Given("sudo-i", pam_texts::kSudoI);
  const auto plan = Enables("sudo");
  Given("sudo-i", "# mine now\n");
  ASSERT_FALSE(MakeAll(plan->changes).has_value());
  EXPECT_EQ(Read(sudo), pam_texts::kSudo);
}

TEST_F(EnablePlanTest, ALinkInPlaceOfAFileIsRefused) {
  const std::string target = Given("real", pam_texts::kSudo);
  std::filesystem::create_symlink(target, places_.pam + "/sudo");
  const auto plan = Enables("sudo");
  ASSERT_FALSE(plan.has_value());
  EXPECT_THAT(plan.error().message, HasSubstr("symbolic link"));
}

TEST_F(EnablePlanTest, NothingIsLeftBesideTheFiles) {
  Given("sudo", pam_texts::kSudo);
  Enable("sudo");
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(places_.pam)) {
    names.push_back(entry.path().filename());
  }
  EXPECT_THAT(names, ElementsAre("sudo"));
}

TEST(PrivateFolderTest, IsOursAlone) {
  const tests::TempDir dir;
  const std::string path = dir.path() + "/a/b";
  ASSERT_TRUE(MakePrivateFolder(path).has_value());
  struct stat state{};
  ASSERT_EQ(::stat(path.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 07777, 0700U);
  EXPECT_TRUE(MakePrivateFolder(path).has_value()) << "twice";
}

TEST(PrivateFolderTest, OneThatOthersMayWriteIsRefused) {
  const tests::TempDir dir;
  const std::string path = dir.path() + "/open";
  std::filesystem::create_directory(path);
  ::chmod(path.c_str(), 0777);
  const auto made = MakePrivateFolder(path);
  ASSERT_FALSE(made.has_value());
  EXPECT_THAT(made.error().message, HasSubstr("chmod go-w"));
}

TEST(PrivateFolderTest, ALinkIsRefused) {
  const tests::TempDir dir;
  std::filesystem::create_directory(dir.path() + "/real");
  std::filesystem::create_symlink(dir.path() + "/real", dir.path() + "/link");
  EXPECT_FALSE(MakePrivateFolder(dir.path() + "/link").has_value());
}

}  // namespace
}  // namespace cis2::ctl
