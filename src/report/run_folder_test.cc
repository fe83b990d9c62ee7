// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "core/files.h"
#include "report/report.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

constexpr const char kScores[] =
    R"({"valence": {"value": 0.5, "low": 0.4, "high": 0.6}, "arousal": {"value": null}, "mean": {"value": 0.25}})";

void Write(const TempFolder& folder, const std::string& name, const std::string& text) {
  WriteFileAtomically(folder / name, text);
}

TEST(RunFolder, ReadsEveryPiece) {
  TempFolder folder;
  Write(folder,
        "config.toml",
        "preset = \"ours\"  # which\n[backbone]\nweights = \"\"\n[training]\nlr_steps = [10, "
        "20]\nfold_rule = \"a # b\"\n");
  Write(folder, "environment.json", R"({"cpu": {"name": "x", "threads": 2}, "flags": [1, 2]})");
  Write(folder, "folds.csv", "trial,fold\na,0\nb,0\nc,1\nd,-1\n");
  Write(folder,
        "metrics.jsonl",
        "{\"fold\":0,\"epoch\":3,\"train_loss\":0.5,\"val_loss\":null,\"ccc_valence\":0.1,\"ccc_"
        "arousal\":0.2,\"lr\":0.001,"
        "\"seconds\":1.5}\n\n{\"fold\":1,\"epoch\":0}\n");
  Write(
      folder,
      "results.json",
      std::string(R"({"title": "T", "data": "D", "notes": ["n"],
          "ablation": [{"name": "full", "chosen": true, "ccc": )") +
          kScores + R"(}],
          "tracks": [{"trial": "a", "time_s": [0, 0.1], "valence": [null, 0.5], "arousal": [0, 0], "predicted_valence": [0, 0], "predicted_arousal": [0, 0]}],
          "speeds": [{"stage": "decode", "frames_per_second": 100.5}],
          "label_histogram": {"bins": 2, "counts": [[1, 2], [3, 4]]},
          "lds": {"centers": [-1, 0, 1], "valence": {"counts": [1, 2, 3], "smoothed": [1, 2, 3], "weights": [1, 1, 1]}},
          "claims": [{"claim": "c", "metric": "m", "better": "b", "other": "o", "better_value": 0.5, "other_value": null,
                      "difference": {"value": 0.25, "low": 0.125, "high": null}, "verdict": "holds"}],
          "paper": [{"table": "Table II", "method": "Ours (spatial) with LDS", "protocol": "p", "ccc": )" +
          kScores +
          R"(}, {"table": "Table II", "method": "Ours (spatial) with LDS", "name": "preset paper", "protocol": "q", "ccc": )" +
          kScores + "}]}");
  const RunReport report = ReadRunFolder(folder.path());
  EXPECT_EQ(report.title, "T");
  EXPECT_EQ(report.data, "D");
  EXPECT_EQ(report.preset, "ours");
  ASSERT_EQ(report.settings.size(), 4u);
  EXPECT_EQ(report.settings[2],
            (std::pair<std::string, std::string>("training.lr_steps", "[10, 20]")));
  EXPECT_EQ(report.settings[3].second, "a # b");
  ASSERT_EQ(report.notes.size(), 2u);
  EXPECT_NE(report.notes[0].find("untrained"), std::string::npos);
  EXPECT_EQ(report.notes[1], "n");
  ASSERT_EQ(report.environment.size(), 3u);
  EXPECT_EQ(report.environment[1], (std::pair<std::string, std::string>("cpu.threads", "2")));
  EXPECT_EQ(report.environment[2].second, "[1,2]");
  ASSERT_EQ(report.folds.size(), 3u);
  EXPECT_EQ(report.folds[0], (std::pair<std::string, std::string>("none", "1 trial")));
  EXPECT_EQ(report.folds[1], (std::pair<std::string, std::string>("0", "2 trials")));
  ASSERT_EQ(report.epochs.size(), 2u);
  EXPECT_EQ(report.epochs[0].epoch, 3);
  EXPECT_DOUBLE_EQ(*report.epochs[0].seconds, 1.5);
  EXPECT_FALSE(report.epochs[0].val_loss);
  EXPECT_FALSE(report.epochs[1].ccc_valence);
  ASSERT_EQ(report.ablation.size(), 1u);
  EXPECT_TRUE(report.ablation[0].chosen);
  EXPECT_DOUBLE_EQ(*report.ablation[0].ccc.valence.low, 0.4);
  EXPECT_FALSE(report.ablation[0].ccc.arousal.value);
  ASSERT_EQ(report.tracks.size(), 1u);
  EXPECT_TRUE(std::isnan(report.tracks[0].valence[0]));
  EXPECT_DOUBLE_EQ(report.tracks[0].valence[1], 0.5);
  EXPECT_DOUBLE_EQ(report.speeds.at(0).frames_per_second, 100.5);
  EXPECT_EQ(report.label_histogram.counts, (std::vector<std::int64_t>{1, 2, 3, 4}));
  EXPECT_TRUE(report.lds.valence);
  EXPECT_FALSE(report.lds.arousal);
  ASSERT_EQ(report.paper.size(), PaperTables().size());
  ASSERT_EQ(report.paper[4].ours.size(), 2u);
  EXPECT_EQ(report.paper[4].ours[0].name, "Ours (spatial) with LDS");
  EXPECT_EQ(report.paper[4].ours[1].name, "preset paper");
  EXPECT_EQ(report.paper[4].ours[1].protocol, "q");
  EXPECT_TRUE(report.paper[3].ours.empty());
  ASSERT_EQ(report.claims.size(), 1u);
  EXPECT_EQ(report.claims[0].better_value, 0.5);
  EXPECT_FALSE(report.claims[0].other_value);
  EXPECT_EQ(report.claims[0].difference.low, 0.125);
  EXPECT_EQ(report.claims[0].verdict, "holds");
  EXPECT_FALSE(report.evaluation);
  EXPECT_GT(RenderHtml(report).size(), 1000u);
}

TEST(RunFolder, NetworksOfOneFoldAreToldApart) {
  const TempFolder folder;
  std::string lines;
  for (const int seed : {1, 2}) {
    for (const char* targets : {"valence", "arousal"}) {
      lines += "{\"fold\":0,\"seed\":" + std::to_string(seed) + ",\"targets\":\"" + targets +
               "\",\"epoch\":0,\"ccc_" + targets + "\":0.5}\n";
    }
  }
  WriteFileAtomically(folder / "metrics.jsonl", lines);
  const RunReport report = ReadRunFolder(folder.path());
  ASSERT_EQ(report.epochs.size(), 4u);
  EXPECT_EQ(report.epochs[1].network, "fold 0, arousal, seed 1");
  EXPECT_EQ(report.epochs[2].network, "fold 0, valence, seed 2");
  const std::string page = RenderHtml(report);
  for (const ReportEpoch& epoch : report.epochs) {
    EXPECT_NE(page.find("<th scope=\"row\">" + epoch.network), std::string::npos) << epoch.network;
  }
}

TEST(RunFolder, EvaluationRoundTripsThroughResults) {
  TempFolder folder;
  EvaluationResult evaluation;
  evaluation.ccc_valence = {0.123456789012345, -0.5, 0.7};
  evaluation.videos.resize(2);
  evaluation.videos[1].name = "\xC3\xA9t\xC3\xA9";
  evaluation.predicted_plane = SquareHistogram(3);
  evaluation.predicted_plane.Add(0, 0);
  Write(folder, "results.json", "{\"evaluation\": " + ToJson(evaluation) + "}");
  const RunReport report = ReadRunFolder(folder.path());
  ASSERT_TRUE(report.evaluation);
  EXPECT_EQ(ToJson(*report.evaluation), ToJson(evaluation));
}

TEST(RunFolder, AKilledRunsHalfLineIsLeftOutADamagedOneIsNot) {
  TempFolder folder;
  Write(folder, "metrics.jsonl", "{\"fold\":0,\"epoch\":0}\n{\"fold\":0,\"ep");
  EXPECT_EQ(ReadRunFolder(folder.path()).epochs.size(), 1u);
  const std::string file = (folder / "metrics.jsonl").string();
  const auto failure = [&](const std::string& text) {
    Write(folder, "metrics.jsonl", text);
    return ErrorOf(ErrorCode::kBadData, [&] { ReadRunFolder(folder.path()); });
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
  EXPECT_EQ(failure("[1]\n"), file + ":1: the document is [1]; it should be an object");
}

TEST(RunFolder, DamagedResultsNameTheKey) {
  TempFolder folder;
  const std::string file = (folder / "results.json").string();
  const auto failure = [&](const std::string& text) {
    Write(folder, "results.json", text);
    return ErrorOf(ErrorCode::kBadData, [&] { ReadRunFolder(folder.path()); });
  };
  EXPECT_EQ(failure("{\n\"notes\": [\"a\"\n").rfind(file + ":3: not JSON", 0), 0u);
  EXPECT_EQ(failure("{\"notes\": [1]}"), file + ": 'notes[0]' is 1; it should be a text");
  EXPECT_EQ(failure(R"({"tracks": [{"trial": "a", "time_s": [0, 1], "valence": [0]}]})"),
            file + ": 'tracks[0].valence' holds 1 values; it should hold 2");
  EXPECT_EQ(failure(R"({"label_histogram": {"bins": 2, "counts": [[1, 2]]}})"),
            file + ": 'label_histogram.counts' holds 1 values; it should hold 2");
  EXPECT_EQ(
      failure(R"({"label_histogram": {"bins": 1000000000, "counts": []}})"),
      file + ": 'label_histogram.bins' is 1000000000; it should be a whole number in [1, 1000]");
  EXPECT_EQ(
      failure(
          R"({"lds": {"centers": [0], "valence": {"counts": [1], "smoothed": [1], "weights": []}}})"),
      file + ": 'lds.valence.weights' holds 0 values; it should hold 1");
  EXPECT_EQ(failure(R"({"speeds": [{"stage": "x", "frames_per_second": -1}]})"),
            file + ": 'speeds[0].frames_per_second' is -1; it should be a number >= 0");
  EXPECT_NE(
      failure(std::string(
                  R"({"paper": [{"table": "Table IX", "method": "m", "protocol": "p", "ccc": )") +
              kScores + "}]}")
          .find("'Table I / Ours (spatial)'"),
      std::string::npos);
}

TEST(RunFolder, DamagedFoldsAndEnvironment) {
  TempFolder folder;
  Write(folder, "folds.csv", "trial,fold\na,0\nb,x\n");
  EXPECT_EQ(ErrorOf(ErrorCode::kBadData, [&] { ReadRunFolder(folder.path()); }),
            (folder / "folds.csv").string() + ":3: fold 'x' is not a whole number");
  Write(folder, "folds.csv", "trial,fold\na,0\n");
  Write(folder, "environment.json", "[]");
  EXPECT_EQ(
      ErrorOf(ErrorCode::kBadData, [&] { ReadRunFolder(folder.path()); }),
      (folder / "environment.json").string() + ": the document is []; it should be an object");
}

TEST(RunFolder, MissingFolderAndFolderOfAnotherKind) {
  TempFolder folder;
  EXPECT_NE(ErrorOf(ErrorCode::kNotFound, [&] { ReadRunFolder(folder / "none"); })
                .find("is not a folder"),
            std::string::npos);
  EXPECT_NE(
      ErrorOf(ErrorCode::kNotFound, [&] { ReadRunFolder(folder.path()); }).find("holds none of"),
      std::string::npos);
}

TEST(RunFolder, AFoldHoldsTheTrialsItValidatesOn) {
  TempFolder folder;
  Write(folder,
        "folds.csv",
        "fold,trial,person,role\n0,a,x,train\n0,b,y,validation\n0,c,z,validation\n1,a,x,"
        "validation\n1,b,y,train\n1,c,z,train\n");
  const RunReport report = ReadRunFolder(folder.path());
  ASSERT_EQ(report.folds.size(), 2u);
  EXPECT_EQ(report.folds[0].second, "2 trials");
  EXPECT_EQ(report.folds[1].second, "1 trial");
}

TEST(RunFolder, TitleIsTheFoldersName) {
  TempFolder folder;
  WriteFileAtomically(folder / "night-3/config.toml", "preset = \"paper\"\n");
  EXPECT_EQ(ReadRunFolder(folder / "night-3").title, "night-3");
  EXPECT_EQ(ReadRunFolder((folder / "night-3").string() + "/").title, "night-3");
}

}  // namespace
}  // namespace circumplex
