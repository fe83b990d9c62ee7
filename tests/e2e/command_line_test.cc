// SPDX-License-Identifier: Apache-2.0
// The programs as a user runs them: the whole chain on a small synthetic set, every --help, and bad
// input with its message and exit code.
#include "support/command_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/csv.h"
#include "core/files.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ExpectRefused;
using testing_support::Invoke;
using testing_support::Outcome;
using testing_support::TempFolder;

// A small chain, made once: data, features, a trained run.
class CommandLine : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    root_ = new TempFolder;
    const std::string settings =
        "preset = \"ours\"\n[backbone]\ninput_size = 32\n[motion]\nchannels = 4\n[clips]\nwindow = "
        "12\nstride = 6\n"
        "frame_step = 2\n[training]\nepochs = 1\nbatch = 4\nfolds = 2\n[evaluation]\nbootstrap = "
        "50\n";
    WriteFileAtomically(Path("tiny.toml"), settings);
    ASSERT_EQ(Invoke("synth -q " + Path("data") +
                     " --train 4 --validation 2 --frames 26 --trials-per-person 1 --videos")
                  .code,
              0);
    ASSERT_EQ(Invoke("features -q " + Path("data/cropped_aligned") + " -o " + Path("store") +
                     " --config " + Path("tiny.toml"))
                  .code,
              0);
    const Outcome train = Invoke("train -q --data " + Path("data") + " --store " + Path("store") +
                                 " --out " + Path("run") + " --config " + Path("tiny.toml"));
    ASSERT_EQ(train.code, 0) << train.err;
  }
  static void TearDownTestSuite() {
    delete root_;
    root_ = nullptr;
  }
  static std::string Path(const std::string& name) { return (root_->path() / name).string(); }
  static std::string FirstVideo() { return ListFolder(Path("data/videos")).front().string(); }

  static TempFolder* root_;
};
TempFolder* CommandLine::root_ = nullptr;

TEST_F(CommandLine, EveryCommandExplainsItselfWithAnExample) {
  const Outcome all = Invoke("--help");
  EXPECT_EQ(all.code, 0);
  for (const char* name : {"synth",
                           "dataset",
                           "faces",
                           "features",
                           "lds",
                           "phase",
                           "train",
                           "predict",
                           "evaluate",
                           "report",
                           "reproduce",
                           "import",
                           "config",
                           "doctor"}) {
    EXPECT_NE(all.out.find(std::string("\n  ") + name), std::string::npos) << name;
    const Outcome help = Invoke(std::string(name) + " --help");
    EXPECT_EQ(help.code, 0) << name;
    EXPECT_NE(help.out.find(std::string("Example:\n  circumplex ") + name), std::string::npos)
        << name << help.out;
  }
}

TEST_F(CommandLine, AVideoGivesOneRowPerDecodedFrame) {
  const Outcome outcome = Invoke("predict -q --model " + Path("run/model") + " " + FirstVideo() +
                                 " -o " + Path("track.csv"));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const CsvTable track = ReadCsv(Path("track.csv"));
  const std::string trial = fs::path(FirstVideo()).stem().string();
  const fs::path split = Path("data/annotations/VA_Set");
  const fs::path labels = fs::exists(split / "Train_Set" / (trial + ".txt"))
                              ? split / "Train_Set" / (trial + ".txt")
                              : split / "Validation_Set" / (trial + ".txt");
  const std::size_t rows = SplitLines(ReadFile(labels)).size() - 1;
  EXPECT_EQ(track.rows.size(), rows);
  EXPECT_EQ(track.header[0], "frame");
  for (std::size_t i = 0; i < track.rows.size(); ++i) {
    EXPECT_EQ(track.rows[i][0], std::to_string(i + 1));
    const auto valence = ParseDouble(track.rows[i][track.Column("valence", "track")]);
    if (valence) {
      EXPECT_LE(std::abs(*valence), 1.0);
    }
  }
}

TEST_F(CommandLine, JsonLinesAndOverlayBesideTheTrack) {
  const std::string name = fs::path(FirstVideo()).stem().string();
  ASSERT_EQ(Invoke("predict -q --model " + Path("run") + " " + FirstVideo() + " -o " +
                   Path("plain.csv") + " --overlay " + Path("drawn"))
                .code,
            0);
  EXPECT_TRUE(fs::exists(Path("drawn/" + name + ".mp4")));
  const Outcome lines =
      Invoke("predict -q --model " + Path("run") + " " + FirstVideo() + " -o - --format jsonl");
  ASSERT_EQ(lines.code, 0) << lines.err;
  EXPECT_EQ(static_cast<std::size_t>(std::count(lines.out.begin(), lines.out.end(), '\n')),
            ReadCsv(Path("plain.csv")).rows.size());
  EXPECT_EQ(lines.out.rfind("{\"frame\":1,\"face_id\":0,", 0), 0u) << lines.out.substr(0, 80);
  ExpectRefused("predict -q --model " + Path("run") + " camera:x -o -", 2, {"camera:N"});
  ExpectRefused("predict -q --model " + Path("run") + " camera:63 -o -", 5, {"camera 63"});
  ExpectRefused("predict -q --model " + Path("run") + " " + Path("store") + " -o " + Path("never") +
                    " --overlay " + Path("never"),
                2,
                {"--overlay draws on videos"});
}

TEST_F(CommandLine, ExamplesOfThePublicHeadersRun) {
  const std::string examples = CIRCUMPLEX_EXAMPLES;
  const auto run = [](const std::string& command) {
    return WEXITSTATUS(std::system((command + " > /dev/null 2>&1").c_str()));
  };
  EXPECT_EQ(run(examples + "/predict_video " + Path("run") + " " + FirstVideo()), 0);
  EXPECT_EQ(run(examples + "/predict_video " + Path("nowhere") + " " + FirstVideo()), 1);
  EXPECT_EQ(
      run("head -c 460800 /dev/zero | " + examples + "/live_frames " + Path("run") + " 320 240 30"),
      0);
  EXPECT_EQ(run(examples + "/score_track " + Path("run/out_of_fold") + " " +
                Path("data/annotations/VA_Set/Train_Set")),
            0);
}

TEST_F(CommandLine, CropsAndStoreGiveTheSameEstimates) {
  const std::string trial = ListFolder(Path("data/cropped_aligned")).front().filename().string();
  ASSERT_EQ(Invoke("predict -q --model " + Path("run") + " " +
                   Path("data/cropped_aligned/" + trial) + " -o " + Path("crops.csv"))
                .code,
            0);
  ASSERT_EQ(Invoke("predict -q --model " + Path("run") + " " +
                   Path("store/" + trial + ".safetensors") + " -o " + Path("store.csv"))
                .code,
            0);
  const CsvTable crops = ReadCsv(Path("crops.csv")), store = ReadCsv(Path("store.csv"));
  ASSERT_EQ(crops.rows.size(), store.rows.size());
  const std::size_t valence = crops.Column("valence", "crops");
  for (std::size_t i = 0; i < crops.rows.size(); ++i) {
    EXPECT_NEAR(*ParseDouble(crops.rows[i][valence]), *ParseDouble(store.rows[i][valence]), 2e-4);
  }
}

TEST_F(CommandLine, RunsAreEvaluatedAndReported) {
  const Outcome scores =
      Invoke("evaluate --predictions " + Path("run/out_of_fold") + " --annotations " +
             Path("data/annotations/VA_Set") + " --bootstrap 50");
  EXPECT_EQ(scores.code, 0) << scores.err;
  EXPECT_NE(scores.out.find("CCC"), std::string::npos);
  EXPECT_EQ(Invoke("report " + Path("run")).code, 0);
  EXPECT_NE(ReadFile(Path("run/report.html")).find("</html>"), std::string::npos);
  EXPECT_EQ(Invoke("dataset --data " + Path("data") + " --folds 2 -o " + Path("lists")).code, 0);
  EXPECT_TRUE(fs::exists(Path("lists/histogram.svg")));
  const Outcome lds =
      Invoke("lds " + Path("data/annotations/VA_Set") + " --plot " + Path("lds.svg"));
  EXPECT_EQ(lds.code, 0);
  EXPECT_EQ(ParseCsv(lds.out, "lds").rows.size(), 82u);
  const Outcome joint = Invoke("lds " + Path("data/annotations/VA_Set") + " --set lds.joint=true");
  EXPECT_EQ(joint.code, 0) << joint.err;
  EXPECT_EQ(ParseCsv(joint.out, "joint").rows.size(), 400u);
  EXPECT_EQ(Invoke("lds " + Path("data/annotations/VA_Set") + " --set lds.joint=true --plot " +
                   Path("joint.svg"))
                .code,
            2);
  const std::string trial = ListFolder(Path("data/cropped_aligned")).front().string();
  EXPECT_EQ(Invoke("phase -q " + trial + " -o " + Path("phase.png")).code, 0);
  EXPECT_EQ(Invoke("faces -q " + FirstVideo() + " -o " + Path("faces")).code, 0);
  EXPECT_FALSE(ListFolder(Path("faces/tracks")).empty());
  EXPECT_EQ(Invoke("doctor").code, 0);
}

TEST_F(CommandLine, ThePapersTableIsReproducedAndShown) {
  const std::string common = " --data " + Path("data") + " --store " + Path("store") + " --out " +
                             Path("tables") + " --config " + Path("tiny.toml") +
                             " --set clips.window=8 --set clips.stride=4";
  const Outcome table = Invoke("reproduce table1 -q" + common + " --describe \"drawn faces\"");
  ASSERT_EQ(table.code, 0) << table.err;
  for (const char* words : {"paper: Ours (spatial) [3]",
                            "preset released, spatial + LDS: 6 trials pooled",
                            "official validation split, 2 trials pooled",
                            "Data here: drawn faces"}) {
    EXPECT_NE(table.out.find(words), std::string::npos) << words << "\n" << table.out;
  }
  EXPECT_EQ(Invoke("report " + Path("tables")).code, 0);
  EXPECT_NE(ReadFile(Path("tables/report.html")).find("preset released, spatial + LDS"),
            std::string::npos);
  ExpectRefused("reproduce table1 -q" + common, 2, {"holds a run", "--resume"});
  ExpectRefused("reproduce table9 -q" + common, 2, {"table9"});

  const std::string folder = Path("tables/spatial_");
  const Outcome compared = Invoke(
      "evaluate --json --predictions " + folder + "paper_lds/out_of_fold --compare " + folder +
      "ours_lds/out_of_fold --bootstrap 20 --annotations " + Path("data/annotations/VA_Set") +
      " --train-annotations " + Path("data/annotations/VA_Set/Train_Set"));
  EXPECT_EQ(compared.code, 0) << compared.err;
  EXPECT_NE(compared.out.find("\"density\": \"training\""), std::string::npos) << compared.out;
  // The folds of a run are read by the rows that validate.
  const Outcome folds =
      Invoke("evaluate --predictions " + folder + "ours_lds/out_of_fold --folds " + folder +
             "ours_lds/folds.csv --bootstrap 0 --annotations " + Path("data/annotations/VA_Set"));
  EXPECT_EQ(folds.code, 0) << folds.err;
  EXPECT_NE(folds.out.find("mean of 2"), std::string::npos) << folds.out;
}

TEST_F(CommandLine, ABatchFinishesTheGoodVideosAndNamesTheBadOne) {
  const std::string bad = Path("bad.mp4");
  WriteFileAtomically(bad, "this is no video");
  const Outcome outcome = Invoke("predict -q --model " + Path("run/model") + " " + bad + " " +
                                 FirstVideo() + " -o " + Path("batch"));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_NE(outcome.err.find("1 of 2 inputs failed"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("bad.mp4"), std::string::npos);
  EXPECT_TRUE(fs::exists(Path("batch/" + fs::path(FirstVideo()).stem().string() + ".csv")));
  EXPECT_FALSE(fs::exists(Path("batch/bad.csv")));
}

TEST_F(CommandLine, BadInputIsNamedAndLeavesNothingBehind) {
  const std::string model = " --model " + Path("run/model") + " -o " + Path("never.csv") + " -q ";
  ExpectRefused("predict" + model + Path("absent.mp4"), 3, {"absent.mp4"});
  WriteFileAtomically(Path("text.mp4"), "no video");
  ExpectRefused("predict" + model + Path("text.mp4"), 3, {"text.mp4"});
  WriteFileAtomically(Path("zero.mp4"), "");
  ExpectRefused("predict" + model + Path("zero.mp4"), 3, {"zero.mp4"});
  fs::create_directories(Path("empty"));
  ExpectRefused("predict" + model + Path("empty"), 3, {"empty"});
  ExpectRefused("features -q " + Path("empty") + " -o " + Path("never"), 3, {"empty"});
  const std::string whole = ReadFile(FirstVideo());
  WriteFileAtomically(Path("cut.mp4"), whole.substr(0, whole.size() / 2));
  ExpectRefused("predict" + model + Path("cut.mp4"), 3, {"cut.mp4"});
  EXPECT_FALSE(fs::exists(Path("never.csv")));

  ExpectRefused(
      "predict --model " + Path("nowhere") + " x.mp4 -o y.csv", 4, {"model.toml is missing"});
  fs::copy(Path("run/model"), Path("old"), fs::copy_options::recursive);
  std::string card = ReadFile(Path("old/model.toml"));
  card.replace(card.find("schema = 1"), 10, "schema = 9");
  WriteFileAtomically(Path("old/model.toml"), card);
  ExpectRefused("predict --model " + Path("old") + " x.mp4 -o y.csv",
                4,
                {"model.schema = 9", "reads schema 1"});
  fs::copy(Path("run/model"), Path("damaged"), fs::copy_options::recursive);
  WriteFileAtomically(Path("damaged/fold_0.safetensors"),
                      std::string("\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10));
  ExpectRefused("predict --model " + Path("damaged") + " x.mp4 -o y.csv",
                4,
                {"fold_0.safetensors", "header claims"});
}

// A device that is not there, a place that may not be written, settings of another run: known
// before anything is written.
TEST_F(CommandLine, TrainingThatCannotBeginLeavesNothingBehind) {
  const std::string never = Path("never");
  const std::string data =
      " --data " + Path("data") + " --store " + Path("store") + " --config " + Path("tiny.toml");
  for (const std::string& command : {"train" + data + " --out " + never,
                                     "reproduce table2" + data + " --out " + never,
                                     "train --stills --data " + Path("data") + " --out " + never}) {
    ExpectRefused(command + " --device gpu", 2, {"device 'gpu': choose cpu or cuda"});
    const Outcome cuda = Invoke(command + " --device cuda");
    if (cuda.err.find("finds no CUDA GPU") != std::string::npos) {
      EXPECT_EQ(cuda.code, 5);
    }
    EXPECT_EQ(cuda.err.find("internal error"), std::string::npos) << cuda.err;
    if (cuda.code == 5) {
      EXPECT_FALSE(fs::exists(never));
    }
    fs::remove_all(never);
  }
  ExpectRefused("train" + data + " --out " + Path(std::string(300, 'x')),
                5,
                {"cannot look at '", "File name too long"});
  ExpectRefused("train --resume" + data + " --out " + Path("run") +
                    " --set training.batch=5 --set lds.enabled=false",
                2,
                {"lds.enabled = true in the run, false in what is given",
                 "training.batch = 4 in the run, 5 in what is given"});
  ExpectRefused("train" + data + " --out " + never + " --set training.epochs=99999999999999999999",
                2,
                {"training.epochs = 99999999999999999999: must be an integer from -2147483648"});
  EXPECT_FALSE(fs::exists(never));
}

TEST_F(CommandLine, BadAnnotationsAndSettingsAreNamed) {
  const std::string trial = "/annotations/VA_Set/Train_Set/1-30-112x112.txt";
  const auto refused = [&](const std::string& content, const std::vector<std::string>& words) {
    fs::remove_all(Path("wrong"));
    WriteFileAtomically(Path("wrong") + trial, content);
    ExpectRefused("dataset --data " + Path("wrong"), 3, words);
  };
  refused("arousal,valence\n0,0\n", {"1-30-112x112.txt:1", "valence,arousal"});
  refused("valence,arousal\n0.1,0.2\n0.1,abc\n", {"1-30-112x112.txt:3", "abc"});
  refused("valence,arousal\n0.1,1.7\n", {"1-30-112x112.txt:2", "1.7"});

  WriteFileAtomically(Path("wrong.toml"), "[training]\nepoch = 3\nlr = \"fast\"\n");
  ExpectRefused(
      "train --data " + Path("data") + " --store " + Path("store") + " --out " + Path("never") +
          " --config " + Path("wrong.toml"),
      2,
      {"wrong.toml:2: unknown key 'training.epoch'", "training.epochs", "wrong.toml:3", "fast"});
  EXPECT_FALSE(fs::exists(Path("never")));
  ExpectRefused("train --data " + Path("data") + " --store " + Path("store") + " --out " +
                    Path("run") + " --config " + Path("tiny.toml"),
                2,
                {"holds a run", "--resume"});
  ExpectRefused("train --data " + Path("data") + " --store " + Path("store") + " --out " +
                    Path("never") + " --config " + Path("tiny.toml") +
                    " --set training.folds=50 --set clips.window=99 --set loss.kind=ccc --set "
                    "inference.smoothing_choose=true",
                2,
                {"breaks 4 rules",
                 "lds.enabled = true: the loss takes no weights",
                 "inference.smoothing_choose = true: ",
                 "training.folds = 50 but there are only ",
                 "clips.window = 99: longer than every video"});
  EXPECT_FALSE(fs::exists(Path("never")));
  ExpectRefused(
      "train --data " + Path("data") + " --out " + Path("never"), 2, {"--store", "--stills"});
  ExpectRefused("train --stills --data " + Path("data") + " --out " + Path("never"),
                3,
                {"is aff-wild2, a set of videos", "Leave --stills out"});
  ExpectRefused("train --stills --data x --store y --out " + Path("never"),
                2,
                {"--store is for videos; --stills takes --data and --images only"});
  ExpectRefused("train --stills --data " + Path("data") + " --out " + Path("never") +
                    " --set appearance.enabled=false",
                2,
                {"appearance.enabled = false: photographs train the appearance network"});
  ExpectRefused("predict --model x", 2, {"--help"});
  ExpectRefused("nonsense", 2, {"no command 'nonsense'"});
}

TEST_F(CommandLine, ADamagedCropIsNoFaceAndCropsHaveTheTimesThatAreStated) {
  const fs::path trial = ListFolder(Path("data/cropped_aligned")).front();
  const fs::path crops = Path("damaged_crops/talk");
  fs::create_directories(crops);
  // Upper-case names are pictures, too.
  for (const fs::path& crop : ListFolder(trial))
    fs::copy_file(crop, crops / (crop.stem().string() + ".JPG"));
  const std::string whole = ReadFile(crops / "00003.JPG");
  for (const char* name : {"00003.JPG", "00005.JPG"})
    WriteFileAtomically(crops / name, whole.substr(0, whole.size() / 3));
  const auto predict = [&](const std::string& more) {
    const Outcome outcome = Invoke("predict --model " + Path("run") + " " + Path("damaged_crops") +
                                   " -o " + Path("damaged_out") + more);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.err.find("00003.JPG"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("00005.JPG"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("2 of "), std::string::npos) << outcome.err;
    return ReadCsv(Path("damaged_out/talk.csv"));
  };
  CsvTable track = predict("");
  const std::size_t success = track.Column("success", "track"),
                    time = track.Column("timestamp", "track");
  EXPECT_EQ(track.rows[2][success] + track.rows[3][success] + track.rows[4][success], "010");
  EXPECT_EQ(track.rows[1][time], "");
  track = predict(" --rate 50");
  EXPECT_EQ(track.rows[1][time], "0.0200");
  // The name of an Aff-Wild2 trial states its rate.
  ASSERT_EQ(Invoke("predict -q --model " + Path("run") + " " + trial.string() + " -o " +
                   Path("named.csv"))
                .code,
            0);
  EXPECT_EQ(ReadCsv(Path("named.csv")).rows[1][time], "0.0333");
}

TEST_F(CommandLine, FeaturesOfAnEmptyFolderAreRefusedBeforeAStoreIsMade) {
  fs::create_directories(Path("empty"));
  const Outcome outcome = Invoke("features " + Path("empty") + " -o " + Path("never_store"));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find("holds no picture and no folder"), std::string::npos) << outcome.err;
  EXPECT_FALSE(fs::exists(Path("never_store")));
}

TEST_F(CommandLine, ASettingThatTheStoreContradictsIsRefusedBeforeTraining) {
  ExpectRefused("train --data " + Path("data") + " --store " + Path("store") + " --out " +
                    Path("never") + " --config " + Path("tiny.toml") +
                    " --set backbone.input_size=64 --set backbone.layout=caffe",
                2,
                {"backbone.input_size = 64: the store", "backbone.layout = \"caffe\": the store"});
  EXPECT_FALSE(fs::exists(Path("never")));
  ExpectRefused("features " + Path("data/cropped_aligned") + " -o " + Path("store") + " --config " +
                    Path("tiny.toml") + " --set backbone.input_size=64",
                2,
                {"backbone.input_size is 32 in the store, 64 here"});
}

TEST_F(CommandLine, WeightsTrainedOnPhotographsFeedFeatures) {
  ASSERT_EQ(Invoke("synth -q " + Path("photos") +
                   " --train 1 --validation 1 --frames 20 --trials-per-person 1 --stills 20")
                .code,
            0);
  const Outcome train = Invoke("train -q --stills --data " + Path("photos/stills") + " --out " +
                               Path("photos/run") + " --config " + Path("tiny.toml"));
  ASSERT_EQ(train.code, 0) << train.err;
  EXPECT_NE(train.out.find("20 listed, 0 without labels"), std::string::npos) << train.out;
  EXPECT_NE(train.out.find("backbone.weights=" + Path("photos/run/backbone.safetensors")),
            std::string::npos);
  const Outcome features = Invoke(
      "features " + Path("photos/cropped_aligned") + " -o " + Path("photos/store") + " --config " +
      Path("tiny.toml") + " --set backbone.weights=" + Path("photos/run/backbone.safetensors"));
  EXPECT_EQ(features.code, 0) << features.err;
  EXPECT_NE(features.err.find("ResNet-50 trained on still images (affectnet layout, 20 images of "
                              "'stills', stages: last_stage), layout torchvision"),
            std::string::npos)
      << features.err;
}

}  // namespace
}  // namespace circumplex
