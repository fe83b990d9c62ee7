// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>

#include "circumplex/log.h"

#include "config/option_table.h"
#include "config/toml.h"
#include "core/files.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;

TEST(Config, FactsOfTheDataAreAutoUnlessSet) {
  const RunOptions open = ParseRunOptions("", "x");
  EXPECT_FALSE(open.backbone.layout || open.backbone.input_size);
  EXPECT_FALSE(Preset("released").backbone.layout);
  const std::string text = FormatRunOptions(open);
  EXPECT_NE(text.find("layout = 'auto'"), std::string::npos) << text;
  EXPECT_NE(text.find("input_size = 'auto'"), std::string::npos) << text;
  RunOptions set = ParseRunOptions(text, "x", {"backbone.layout=caffe", "backbone.input_size=48"});
  EXPECT_EQ(set.backbone.layout, BackboneLayout::kCaffe);
  EXPECT_EQ(set.backbone.input_size, 48);
  set = ParseRunOptions(FormatRunOptions(set), "x", {"backbone.input_size=auto"});
  EXPECT_EQ(set.backbone.layout, BackboneLayout::kCaffe);
  EXPECT_FALSE(set.backbone.input_size);
  const std::string message = testing_support::ErrorOf(ErrorCode::kInvalidOptions, [] {
    ParseRunOptions("", "x", {"backbone.input_size=big", "backbone.layout=vgg"});
  });
  EXPECT_NE(message.find("backbone.input_size = \"big\": must be auto | integer"),
            std::string::npos)
      << message;
  EXPECT_NE(message.find("must be auto | torchvision | caffe"), std::string::npos) << message;
  testing_support::ErrorOf(ErrorCode::kInvalidOptions,
                           [] { ParseRunOptions("", "x", {"backbone.input_size=31"}); });
}

TEST(Config, EveryPresetSurvivesWritingAndReading) {
  for (const char* name : {"ours", "paper", "released"}) {
    const std::string text = FormatRunOptions(Preset(name));
    EXPECT_EQ(FormatRunOptions(ParseRunOptions(text, "test")), text) << name;
  }
}

TEST(Config, EveryKeyIsUniqueAndBoundToItsOwnField) {
  std::set<std::string> keys;
  for (const OptionEntry& entry : OptionTable()) {
    EXPECT_TRUE(keys.insert(entry.key).second) << entry.key;
    // Changing one key changes that key in the written file and no other.
    RunOptions options;
    OptionValue value = entry.get(options);
    if (auto* flag = std::get_if<bool>(&value)) *flag = !*flag;
    if (auto* integer = std::get_if<std::int64_t>(&value)) *integer += 1;
    if (auto* number = std::get_if<double>(&value)) *number += 0.125;
    if (auto* list = std::get_if<std::vector<std::int64_t>>(&value)) list->push_back(99);
    if (auto* text = std::get_if<std::string>(&value)) {
      const std::size_t bar = entry.kind.rfind(" | ");
      const std::string first = entry.kind.substr(0, entry.kind.find(" | "));
      if (entry.kind == "text") {
        *text += "x";
      } else if (entry.kind == "auto | integer") {
        value = std::int64_t{48};
      } else {
        *text = *text == first ? entry.kind.substr(bar + 3) : first;
      }
    }
    entry.set(&options, value);
    int changed = 0;
    for (const OptionEntry& other : OptionTable())
      changed += other.get(options) != other.get(RunOptions()) ? 1 : 0;
    EXPECT_EQ(changed, 1) << entry.key;
  }
}

TEST(Config, FileGoesOverPresetAndAssignmentsOverFile) {
  const RunOptions options =
      ParseRunOptions("preset = \"released\"\n[training]\nlr = 0.5\nepochs = 3\n",
                      "x.toml",
                      {"training.lr=1e-3", "lds.kernel=laplace", "training.lr_steps=[1,2]"});
  EXPECT_EQ(options.regressor.recurrence, Recurrence::kBatch);
  EXPECT_EQ(options.training.epochs, 3);
  EXPECT_EQ(options.training.lr, 1e-3);
  EXPECT_EQ(options.lds.kernel, LdsKernel::kLaplace);
  EXPECT_EQ(options.training.lr_steps, (std::vector<int>{1, 2}));
}

TEST(Config, AllProblemsComeTogetherWithTheirLines) {
  const std::string message = ErrorOf(ErrorCode::kInvalidOptions, [] {
    ParseRunOptions(
        "[training]\nlearning_rate = 1\nepochs = \"ten\"\n\n[lds]\nkernel = \"box\"\nsigma = "
        "-1.0\n",
        "x.toml");
  });
  EXPECT_NE(
      message.find(
          "x.toml:2: unknown key 'training.learning_rate'; the nearest known key is 'training."),
      std::string::npos)
      << message;
  EXPECT_NE(message.find("x.toml:3: training.epochs = \"ten\": must be integer"), std::string::npos)
      << message;
  EXPECT_NE(message.find("x.toml:6: lds.kernel = \"box\": must be gaussian | "), std::string::npos)
      << message;
  EXPECT_NE(message.find("lds.sigma"), std::string::npos) << message;
}

TEST(Config, DifferencesNameKeyAndBothValues) {
  RunOptions a, b;
  EXPECT_TRUE(OptionDifferences(a, "a", b, "b").empty());
  b.preset = "paper";
  b.training.lr = 0.5;
  b.training.lr_steps = {3};
  EXPECT_EQ(OptionDifferences(a, "the file", b, "--set"),
            (std::vector<std::string>{"preset = ours in the file, paper in --set",
                                      "training.lr = 0.001 in the file, 0.5 in --set",
                                      "training.lr_steps = [10, 20] in the file, [3] in --set"}));
}

TEST(Config, ACallerMayCheckTheRulesWithItsOwn) {
  const std::string text = "[lds]\nsigma = -1.0\n";
  EXPECT_EQ(ParseRunOptions(text, "x.toml", {}, RuleCheck::kCaller).lds.sigma, -1.0);
  ErrorOf(ErrorCode::kInvalidOptions, [&] { ParseRunOptions(text, "x.toml"); });
  const std::string message = ErrorOf(ErrorCode::kInvalidOptions, [&] {
    ParseRunOptions(text + "width = 3\n", "x.toml", {}, RuleCheck::kCaller);
  });
  EXPECT_NE(message.find("lds.sigma = -1"), std::string::npos) << message;
  EXPECT_NE(message.find("unknown key 'lds.width'"), std::string::npos) << message;
}

TEST(Config, SyntaxErrorsNameLineAndColumn) {
  const std::string message =
      ErrorOf(ErrorCode::kInvalidOptions, [] { ParseRunOptions("[training\nlr = 1\n", "x.toml"); });
  EXPECT_EQ(message.rfind("x.toml:1:", 0), 0u) << message;
}

TEST(Config, BadAssignmentsSayWhatIsWrong) {
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidOptions, [] { ParseRunOptions("", "-", {"training.lr"}); })
                .find("must read key=value"),
            std::string::npos);
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidOptions, [] { ParseRunOptions("", "-", {"clips.windw=3"}); })
                .find("nearest known key is 'clips.window'"),
            std::string::npos);
}

TEST(Config, ANumberThatIsNoIntegerOrTooLargeSaysSo) {
  const auto refused = [](const std::string& assignment, const std::string& words) {
    const std::string message =
        ErrorOf(ErrorCode::kInvalidOptions, [&] { ParseRunOptions("", "-", {assignment}); });
    EXPECT_NE(message.find(words), std::string::npos) << message;
  };
  const std::string range = ": must be an integer from -2147483648 to 2147483647";
  refused("training.epochs=99999999999999999999", "training.epochs = 99999999999999999999" + range);
  refused("training.epochs=4294967296", "training.epochs = 4294967296" + range);
  refused("training.seed=-1",
          "training.seed = -1: must be an integer from 0 to 9223372036854775807");
  refused("training.epochs=1e3",
          "training.epochs = 1000: must be integer, written without point and exponent");
  refused("training.epochs=ten", "training.epochs = \"ten\": must be integer");
}

TEST(Config, FormerKeysAreReadAndTold) {
  std::vector<std::string> told;
  SetLogSink([&told](LogLevel, const std::string&, const std::string& message) {
    told.push_back(message);
  });
  const RunOptions options = ParseRunOptions(
      "[inference]\nspread_matching = true\n", "x.toml", {"inference.bias_calibration=true"});
  SetLogSink({});
  EXPECT_TRUE(options.inference.std_matching);
  EXPECT_TRUE(options.inference.bias_correction);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0],
            "x.toml:2: 'inference.spread_matching' is now called 'inference.std_matching'");
  EXPECT_EQ(told[1],
            "--set 'inference.bias_calibration' is now called 'inference.bias_correction'");
  for (const FormerKey& renamed : FormerKeys())
    EXPECT_EQ(FindOption(renamed.former).key, renamed.key) << renamed.former;
}

TEST(Config, AFormerKeyBesideItsSuccessorIsRefused) {
  const std::string message = ErrorOf(ErrorCode::kInvalidOptions, [] {
    ParseRunOptions("[stills]\ncalibrate = true\ninit_batch_norm = false\n", "x.toml");
  });
  EXPECT_NE(
      message.find("x.toml:2: stills.calibrate: a former name of stills.init_batch_norm, which "
                   "is given too; keep that one"),
      std::string::npos)
      << message;
}

TEST(Config, TheCommittedReferenceIsCurrent) {
  EXPECT_EQ(ReadFile(std::filesystem::path(CIRCUMPLEX_SOURCE_DIR) / "docs" / "config.md"),
            FormatOptionReference())
      << "write it again with: circumplex config --reference > docs/config.md";
}

}  // namespace
}  // namespace circumplex
