// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "core/files.h"
#include "core/json.h"
#include "run/paper_figures.h"
#include "run/run_contents.h"
#include "run/run_folder.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

void Write(const TempFolder& folder, const std::string& name, const std::string& text) {
  WriteFileAtomically(folder / name, text);
}

RunResults FullResults() {
  const double nan = std::nan("");
  const VaScores ccc = {{0.5, 0.4, 0.6}, {}, {0.123456789012345, {}, {}}};
  RunResults results;
  results.title = "T";
  results.data = "D";
  results.notes = {"n", "m"};
  results.ablation = {{"full", "note", true, ccc}, {"plain", "", false, {}}};
  results.claims = {{"c", "m", "b", "o", 0.5, {}, {0.25, 0.125, {}}, "holds"}};
  results.evaluation.emplace();
  results.evaluation->ccc_valence = {0.123456789012345, -0.5, 0.7};
  results.evaluation->videos.resize(2);
  results.evaluation->videos[1].name = "\xC3\xA9t\xC3\xA9";
  results.evaluation->predicted_plane = SquareHistogram(3);
  results.evaluation->predicted_plane.Add(0, 0);
  results.tracks = {{"a", true, {0, 0.1}, {nan, 0.5}, {0, 0}, {0, 1}, {0, 0.25}}};
  results.speeds = {{"decode", 100.5, "1 thread"}};
  results.label_histogram = SquareHistogram(2);
  results.label_histogram.Add(0.5, -0.5);
  results.lds.centers = {-1, 0, 1};
  results.lds.valence = LabelCurve{{1, 2, 3}, {1, 2, 3}, {1, nan, 1}};
  results.paper = {{"Table II", "Ours (spatial) with LDS", "preset paper", ccc, "p"}};
  return results;
}

TEST(ResultsFile, EveryMemberIsReadAsItWasWritten) {
  const TempFolder folder;
  const RunResults written = FullResults();
  WriteResults(folder.path(), written);
  const RunResults read = ReadResults(folder.path());
  EXPECT_EQ(read.title, "T");
  EXPECT_EQ(read.data, "D");
  EXPECT_EQ(read.notes, written.notes);
  ASSERT_EQ(read.ablation.size(), 2u);
  EXPECT_TRUE(read.ablation[0].chosen);
  EXPECT_EQ(read.ablation[0].note, "note");
  EXPECT_EQ(read.ablation[0].ccc.valence.low, 0.4);
  EXPECT_FALSE(read.ablation[0].ccc.arousal.value);
  EXPECT_EQ(read.ablation[0].ccc.mean.value, 0.123456789012345);
  ASSERT_EQ(read.claims.size(), 1u);
  EXPECT_EQ(read.claims[0].better_value, 0.5);
  EXPECT_FALSE(read.claims[0].other_value);
  EXPECT_EQ(read.claims[0].difference.low, 0.125);
  EXPECT_EQ(read.claims[0].verdict, "holds");
  EXPECT_EQ(ToJson(*read.evaluation), ToJson(*written.evaluation));
  ASSERT_EQ(read.tracks.size(), 1u);
  EXPECT_TRUE(read.tracks[0].rate_assumed);
  EXPECT_TRUE(std::isnan(read.tracks[0].valence[0]));
  EXPECT_EQ(read.tracks[0].predicted_arousal[1], 0.25);
  EXPECT_EQ(read.speeds.at(0).frames_per_second, 100.5);
  EXPECT_EQ(read.label_histogram.counts, written.label_histogram.counts);
  EXPECT_EQ(read.lds.centers, written.lds.centers);
  EXPECT_TRUE(std::isnan(read.lds.valence.value().weights[1]));
  EXPECT_FALSE(read.lds.arousal);
  ASSERT_EQ(read.paper.value().size(), 1u);
  EXPECT_EQ((*read.paper)[0].protocol, "p");
  WriteResults(folder / "again", read);
  EXPECT_EQ(ReadFile(folder / "again/results.json"), ReadFile(folder / "results.json"));
}

TEST(ResultsFile, WhatIsEmptyIsNotWritten) {
  const TempFolder folder;
  WriteResults(folder.path(), {});
  EXPECT_EQ(ReadFile(folder / "results.json"), "{}\n");
  EXPECT_FALSE(ReadResults(folder.path()).paper);
  RunResults tables_alone;
  tables_alone.paper.emplace();
  WriteResults(folder.path(), tables_alone);
  EXPECT_TRUE(ReadResults(folder.path()).paper);
  EXPECT_TRUE(ReadResults(folder / "none").title.empty());
}

TEST(ResultsFile, DamageNamesTheKey) {
  const TempFolder folder;
  const std::string file = (folder / "results.json").string();
  const auto failure = [&](const std::string& text) {
    Write(folder, "results.json", text);
    return ErrorOf(ErrorCode::kBadData, [&] { ReadResults(folder.path()); });
  };
  const auto damaged = [&](const auto& change) {
    RunResults results = FullResults();
    change(results);
    WriteResults(folder.path(), results);
    return ErrorOf(ErrorCode::kBadData, [&] { ReadResults(folder.path()); });
  };
  EXPECT_EQ(failure("{\n\"notes\": [\"a\"\n").rfind(file + ":3: not JSON", 0), 0u);
  EXPECT_EQ(failure("[]"), file + ": the document is []; it should be an object");
  EXPECT_EQ(failure("{\"notes\": [1]}"), file + ": 'notes[0]' is 1; it should be a text");
  EXPECT_EQ(damaged([](RunResults& results) { results.tracks[0].valence = {0}; }),
            file + ": 'tracks[0].valence' is [0.0]; it should be 2 values, not 1");
  EXPECT_EQ(damaged([](RunResults& results) {
              results.label_histogram.counts = {1, 2};
            }),
            file +
                ": 'label_histogram.counts' is [1,2]; it should be 4 numbers for 2 x 2 cells, "
                "not 2");
  EXPECT_EQ(damaged([](RunResults& results) { results.label_histogram.cells = 1000000000; }),
            file +
                ": 'label_histogram.cells' is 1000000000; it should be a whole number in [0, "
                "1000]");
  EXPECT_EQ(damaged([](RunResults& results) { results.lds.valence->weights.clear(); }),
            file + ": 'lds.valence.weights' is []; it should be 3 values, not 0");
  EXPECT_EQ(damaged([](RunResults& results) { results.speeds[0].frames_per_second = -1; }),
            file + ": 'speeds[0].frames_per_second' is -1.0; it should be a number >= 0");
  EXPECT_NE(damaged([](RunResults& results) {
              (*results.paper)[0].table = "Table IX";
            }).find("'Table I / Ours (spatial)'"),
            std::string::npos);
}

MetricsLine Line(int fold, int epoch) {
  MetricsLine line;
  line.member.fold = fold;
  line.metrics.epoch = epoch;
  return line;
}

TEST(MetricsFile, EveryMemberIsReadAsItWasWritten) {
  const TempFolder folder;
  std::vector<MetricsLine> lines = {Line(0, 0), Line(1, 7)};
  lines[0].member.seed = 18446744073709551615u;
  lines[0].member.targets = Targets::kArousal;
  lines[0].metrics = {3, 0.001, 0.123456789012345, {}, std::nan(""), -0.25, 0.5, 0.75};
  const auto path = folder / "metrics.jsonl";
  WriteMetrics(path, lines);
  EXPECT_EQ(ReadFile(path),
            "{\"fold\":0,\"seed\":18446744073709551615,\"targets\":\"arousal\",\"epoch\":3,"
            "\"lr\":0.001,\"train_loss\":0.123456789012345,\"val_loss\":null,\"ccc_valence\":null,"
            "\"ccc_arousal\":-0.25,\"criterion\":0.5,\"expression_accuracy\":0.75}\n"
            "{\"fold\":1,\"seed\":1,\"targets\":\"both\",\"epoch\":7,\"lr\":null,\"train_loss\":"
            "null,\"val_loss\":null,\"ccc_valence\":null,\"ccc_arousal\":null,\"criterion\":null}"
            "\n");
  const std::vector<MetricsLine> read = ReadMetrics(path);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_TRUE(SameMember(read[0].member, lines[0].member));
  EXPECT_TRUE(read[0].member.several_seeds);
  EXPECT_EQ(read[0].metrics.expression_accuracy, 0.75);
  WriteMetrics(folder / "again.jsonl", read);
  EXPECT_EQ(ReadFile(folder / "again.jsonl"), ReadFile(path));
}

TEST(MetricsFile, EpochsCountFromOneAndThoseOfEarlierVersionsAreMadeTo) {
  const TempFolder folder;
  const auto path = folder / "metrics.jsonl";
  const auto epochs = [&](const std::string& text) {
    WriteFileAtomically(path, text);
    std::vector<int> read;
    for (const MetricsLine& line : ReadMetrics(path)) read.push_back(line.metrics.epoch);
    return read;
  };
  EXPECT_EQ(epochs("{\"fold\":0,\"epoch\":1}\n{\"fold\":0,\"epoch\":2}\n"),
            (std::vector<int>{1, 2}));
  EXPECT_EQ(epochs("{\"fold\":0,\"epoch\":0}\n{\"fold\":0,\"epoch\":1}\n"),
            (std::vector<int>{1, 2}));
}

TEST(MetricsFile, AKilledRunsHalfLineIsLeftOutADamagedOneIsNot) {
  const TempFolder folder;
  const auto path = folder / "metrics.jsonl";
  Write(folder, "metrics.jsonl", "{\"fold\":0,\"epoch\":0}\n\n{\"fold\":0,\"ep");
  EXPECT_EQ(ReadMetrics(path).size(), 1u);
  const std::string file = path.string();
  const auto failure = [&](const std::string& text) {
    Write(folder, "metrics.jsonl", text);
    return ErrorOf(ErrorCode::kBadData, [&] { ReadMetrics(path); });
  };
  EXPECT_EQ(failure("{\"fold\":0,\"epoch\":0}\n{\"fold\":0,\"ep\n"),
            file + ":2: not a JSON object; remove the line or restore the file");
  EXPECT_EQ(failure("{\"fold\":0,\"ep\n{\"fold\":0,\"epoch\":0}"),
            file + ":1: not a JSON object; remove the line or restore the file");
  EXPECT_EQ(failure("{\"fold\":0}\n"), file + ":1: 'epoch' is missing");
  EXPECT_EQ(failure("{\"fold\":0,\"epoch\":0,\"lr\":\"x\"}\n"),
            file + ":1: 'lr' is \"x\"; it should be a number or null");
  EXPECT_EQ(failure("{\"fold\":-1,\"epoch\":0}\n"),
            file + ":1: 'fold' is -1; it should be a whole number in [0, 1000000]");
  EXPECT_EQ(failure("{\"fold\":0,\"epoch\":0,\"targets\":\"x\"}\n"),
            file + ":1: 'targets' is \"x\"; it should be both, valence or arousal");
  EXPECT_EQ(failure("[1]\n"), file + ":1: the document is [1]; it should be an object");
}

TEST(RunFolder, WhatItWritesIsReadBack) {
  const TempFolder folder;
  RunOptions options = Preset("ours");
  options.training.lr_steps = {10, 20};
  options.backbone.weights = "a # b";
  {
    RunFolder run(folder / "night-3", options, false);
    run.WriteEnvironment({"cpu", "1.13.1", 2, 1234});
    run.AddMetrics(Line(0, 0).member, {1, 0.5, 0.25, {}, 0.125, {}, {}});
    run.AddMetrics(Line(0, 0).member, {2, 0.5, 0.25, {}, 0.25, {}, {}});
    run.AddMetrics(Line(1, 0).member, {1, 0.5, 0.25, {}, 0.375, {}, {}});
  }
  {
    // An epoch that was not completed is dropped, of this network alone.
    RunFolder run(folder / "night-3", options, true);
    run.DropMetricsFrom(Line(0, 0).member, 2);
  }
  const RunContents read = ReadRunFolder((folder / "night-3").string() + "/");
  EXPECT_EQ(read.name, "night-3");
  EXPECT_EQ(read.options.value().training.lr_steps, options.training.lr_steps);
  EXPECT_EQ(read.options->backbone.weights, "a # b");
  EXPECT_EQ(read.config_text, ReadFile(folder / "night-3/config.toml"));
  ASSERT_EQ(read.metrics.size(), 2u);
  EXPECT_EQ(read.metrics[0].metrics.ccc_valence, 0.125);
  EXPECT_EQ(read.metrics[1].metrics.ccc_valence, 0.375);
  ASSERT_EQ(read.environment.size(), 7u);
  EXPECT_EQ(read.environment[1], (std::pair<std::string, std::string>("libtorch", "1.13.1")));
  EXPECT_EQ(read.environment[6],
            (std::pair<std::string, std::string>("parameters_per_network", "1234")));
}

TEST(RunContents, EnvironmentIsFlattened) {
  const TempFolder folder;
  Write(folder, "environment.json", R"({"cpu": {"name": "x", "threads": 2}, "flags": [1, 2]})");
  const RunContents run = ReadRunFolder(folder.path());
  ASSERT_EQ(run.environment.size(), 3u);
  EXPECT_EQ(run.environment[1], (std::pair<std::string, std::string>("cpu.threads", "2")));
  EXPECT_EQ(run.environment[2].second, "[1,2]");
}

TEST(RunContents, DamagedFoldsAndEnvironment) {
  const TempFolder folder;
  Write(folder, "folds.csv", "trial,fold\na,0\nb,x\n");
  EXPECT_EQ(ErrorOf(ErrorCode::kBadData, [&] { ReadRunFolder(folder.path()); }),
            (folder / "folds.csv").string() +
                ":3: fold 'x' is not a fold number from 0 (or -1 for none)");
  Write(folder, "folds.csv", "trial,fold\na,0\n");
  Write(folder, "environment.json", "[]");
  EXPECT_EQ(
      ErrorOf(ErrorCode::kBadData, [&] { ReadRunFolder(folder.path()); }),
      (folder / "environment.json").string() + ": the document is []; it should be an object");
}

TEST(RunContents, AFoldHoldsTheTrialsItValidatesOn) {
  const TempFolder folder;
  Write(folder,
        "folds.csv",
        "fold,trial,person,role\n0,a,x,train\n0,b,y,validation\n0,c,z,validation\n1,a,x,"
        "validation\n1,b,y,train\n1,c,z,train\n");
  EXPECT_EQ(ReadRunFolder(folder.path()).fold_trials, (std::map<int, int>{{0, 2}, {1, 1}}));
}

TEST(RunContents, MissingFolderAndFolderOfAnotherKind) {
  const TempFolder folder;
  EXPECT_NE(ErrorOf(ErrorCode::kNotFound, [&] { ReadRunFolder(folder / "none"); })
                .find("is not a folder"),
            std::string::npos);
  EXPECT_NE(
      ErrorOf(ErrorCode::kNotFound, [&] { ReadRunFolder(folder.path()); }).find("holds none of"),
      std::string::npos);
}

TEST(PaperTables, MeansAreThoseOfTheirRows) {
  for (const PaperRow& row : PaperTables()) {
    if (!row.mean) continue;
    // Printed with three decimals, sometimes cut instead of rounded.
    EXPECT_NEAR(*row.mean, (*row.valence + *row.arousal) / 2, 0.00051 + 1e-9) << row.method;
  }
}

}  // namespace
}  // namespace circumplex
