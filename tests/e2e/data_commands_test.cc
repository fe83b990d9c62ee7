// SPDX-License-Identifier: Apache-2.0 From the folders of a data set to training, and from a model
// to a file that can be uploaded, by commands only.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/csv.h"
#include "core/files.h"
#include "support/command_line.h"
#include "support/layout_fixture.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ExpectRefused;
using testing_support::Invoke;
using testing_support::Outcome;
using testing_support::TempFolder;

TEST(DatasetCommand, SumsUpWritesAndDrawsEveryLayout) {
  for (const FixtureLayout layout : AllFixtureLayouts()) {
    SCOPED_TRACE(FixtureLayoutName(layout));
    TempFolder folder;
    const std::string root = (folder / "set").string(), out = (folder / "lists").string();
    WriteFixture(root, layout);
    const Outcome outcome = Invoke("dataset " + root + " -o " + out);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const bool photographs = outcome.out.find("photographs") != std::string::npos;
    EXPECT_NE(outcome.out.find(photographs ? "\nimages   " : "\ncrops    "), std::string::npos);
    std::vector<std::string> files = {"defects.csv", "histogram.svg", "lds.svg"};
    files.emplace_back(photographs ? "images.csv" : "manifest.csv");
    for (const std::string& file : files) EXPECT_TRUE(fs::exists(fs::path(out) / file)) << file;
    if (photographs) continue;
    // The plain fixture has two labelled videos, which five folds cannot divide.
    const bool divides = layout != FixtureLayout::kPlain && layout != FixtureLayout::kAfewVa &&
                         layout != FixtureLayout::kOmg && layout != FixtureLayout::kAffWild;
    EXPECT_EQ(fs::exists(fs::path(out) / "folds.csv"), divides) << outcome.err;
    if (!divides) {
      EXPECT_NE(outcome.err.find("no folds.csv: training.folds = 5"), std::string::npos);
      ExpectRefused("dataset " + root + " --folds 5 -o " + out, 2, {"training.folds = 5"});
      EXPECT_EQ(Invoke("dataset " + root + " --folds 2 -o " + out).code, 0);
      EXPECT_TRUE(fs::exists(fs::path(out) / "folds.csv"));
    }
  }
}

TEST(DatasetCommand, TheContaminatedProtocolSaysSo) {
  TempFolder folder;
  WriteFixture(folder / "two", FixtureLayout::kAffWild2);
  WriteFixture(folder / "one", FixtureLayout::kAffWild);
  const std::string both = "dataset " + (folder / "two").string() + " --also " +
                           (folder / "one").string() + " --duplicates keep --folds 3 -o " +
                           (folder / "lists").string() + " --fold-rule ";
  const Outcome released = Invoke(both + "released");
  EXPECT_EQ(released.code, 0) << released.err;
  EXPECT_NE(released.out.find("folds        3 by rule released: contaminated: "), std::string::npos)
      << released.out;
  EXPECT_NE(released.err.find("contaminated"), std::string::npos) << released.err;
  const Outcome subject = Invoke(both + "subject");
  EXPECT_NE(subject.out.find("no video and no person is on both sides"), std::string::npos);
  EXPECT_EQ(subject.err.find("contaminated"), std::string::npos);
}

// A model trained on three of four synthetic trials.
class Submissions : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    root_ = new TempFolder;
    WriteFileAtomically(Path("tiny.toml"),
                        "preset = \"ours\"\n[backbone]\ninput_size = 32\n[motion]\nenabled = "
                        "false\n[clips]\nwindow = 12\nstride = 6\n[training]\nepochs = 1\nbatch = "
                        "4\nfold_rule = \"official\"\n");
    ASSERT_EQ(Invoke("synth -q " + Path("data") +
                     " --train 3 --validation 1 --frames 20 --trials-per-person 1")
                  .code,
              0);
    ASSERT_EQ(Invoke("dataset " + Path("data") + " --fold-rule official -o " + Path("lists")).code,
              0);
    ASSERT_EQ(Invoke("features -q --manifest " + Path("lists/manifest.csv") + " -o " +
                     Path("store") + " --config " + Path("tiny.toml"))
                  .code,
              0);
    const Outcome train = Invoke("train -q --data " + Path("data") + " --store " + Path("store") +
                                 " --out " + Path("run") + " --config " + Path("tiny.toml"));
    ASSERT_EQ(train.code, 0) << train.err;
    const fs::path labels = ListFolder(Path("data/annotations/VA_Set/Validation_Set")).front();
    unseen_ = labels.stem().string();
    seen_ = ListFolder(Path("data/annotations/VA_Set/Train_Set")).front().stem().string();
    // A sample of one row more than the annotation has: rows come from the sample alone.
    rows_ = static_cast<int>(SplitLines(ReadFile(labels)).size());
    std::string sample = "image_location,valence,arousal\n";
    for (int i = 1; i <= rows_; ++i) {
      const std::string number = std::to_string(i);
      sample += unseen_ + "/" + std::string(5 - number.size(), '0') + number + ".jpg,\n";
    }
    WriteFileAtomically(Path("sample.txt"), sample);
  }
  static void TearDownTestSuite() {
    delete root_;
    root_ = nullptr;
  }
  static std::string Path(const std::string& name) { return (root_->path() / name).string(); }
  static std::string Predict(const std::string& arguments) {
    return "predict -q --model " + Path("run") + " " + Path("store") + " " + arguments;
  }

  static TempFolder* root_;
  static std::string unseen_, seen_;
  static int rows_;
};
TempFolder* Submissions::root_ = nullptr;
std::string Submissions::unseen_, Submissions::seen_;
int Submissions::rows_ = 0;

TEST_F(Submissions, TheSingleFileIsWrittenCheckedAndScored) {
  const std::string validation = Path("data/annotations/VA_Set/Validation_Set");
  for (const char* rule : {"paper", "hold", "nearest", "linear"}) {
    const Outcome made =
        Invoke(Predict("--format submission --gap-fill " + std::string(rule) + " --rows " +
                       Path("sample.txt") + " -o " + Path("upload.txt")));
    ASSERT_EQ(made.code, 0) << made.err;
    const std::string text = ReadFile(Path("upload.txt"));
    EXPECT_EQ(SplitLines(text).size(), static_cast<std::size_t>(rows_) + 1);
    EXPECT_EQ(text.rfind("image_location,valence,arousal\n" + unseen_ + "/00001.jpg,", 0), 0u);
    const Outcome check = Invoke("evaluate --check-submission " + Path("upload.txt") +
                                 " --annotations " + Path("sample.txt"));
    EXPECT_EQ(check.code, 0) << check.out;
    EXPECT_NE(check.out.find("ok: 1 trial, " + std::to_string(rows_) + " rows; 0 errors"),
              std::string::npos)
        << check.out;
  }
  const Outcome scores = Invoke("evaluate --predictions " + Path("upload.txt") + " --annotations " +
                                validation + " --fit-rows");
  EXPECT_EQ(scores.code, 0) << scores.err;
  // The annotation has a row less than the sample: the check says so, with the exit code of data.
  const Outcome check =
      Invoke("evaluate --check-submission " + Path("upload.txt") + " --annotations " + validation);
  EXPECT_EQ(check.code, 3);
  EXPECT_NE(check.out.find("[row-count]"), std::string::npos) << check.out;
}

TEST_F(Submissions, FilesPerTrialTakeTheirRowsFromAnnotationsOrFrames) {
  const std::string validation = Path("data/annotations/VA_Set/Validation_Set");
  ASSERT_EQ(
      Invoke(Predict("--format challenge --rows " + validation + " -o " + Path("upload"))).code, 0);
  EXPECT_EQ(ListFolder(Path("upload")).size(), 1u);
  EXPECT_EQ(
      Invoke("evaluate --check-submission " + Path("upload") + " --annotations " + validation).code,
      0);
  EXPECT_EQ(Invoke("evaluate --crops " + Path("data/cropped_aligned") + " --predictions " +
                   Path("upload") + " --annotations " + validation)
                .code,
            0);
  ASSERT_EQ(Invoke(Predict("--format challenge --force -o " + Path("frames"))).code, 0);
  EXPECT_EQ(ListFolder(Path("frames")).size(), 4u);
}

TEST_F(Submissions, ATrialWithoutInputIsNamed) {
  WriteFileAtomically(Path("more.txt"),
                      ReadFile(Path("sample.txt")) + "nobody/00001.jpg,\nnobody/00002.jpg,\n");
  ExpectRefused(
      Predict("--format submission --rows " + Path("more.txt") + " -o " + Path("never.txt")),
      3,
      {"1 trials of", "have no input, the first is 'nobody'", "--allow-missing"});
  EXPECT_FALSE(fs::exists(Path("never.txt")));
  ASSERT_EQ(Invoke(Predict("--format submission --allow-missing --rows " + Path("more.txt") +
                           " -o " + Path("all.txt")))
                .code,
            0);
  EXPECT_NE(ReadFile(Path("all.txt")).find("\nnobody/00002.jpg,0.0000,0.0000\n"),
            std::string::npos);
}

TEST_F(Submissions, TrialsOfTheTrainingAreRefused) {
  const std::string annotations = Path("data/annotations/VA_Set");
  ExpectRefused(Predict("--format challenge -o " + Path("refused")),
                3,
                {"was trained on 3 of 4 trials", seen_, "--force"});
  EXPECT_FALSE(fs::exists(Path("refused")));
  // A track is written, with a warning; scoring it is refused, from what stands beside it.
  const Outcome track =
      Invoke("predict --model " + Path("run") + " " + Path("store") + " -o " + Path("tracks"));
  EXPECT_EQ(track.code, 0);
  EXPECT_NE(track.err.find("was trained on 3 of 4 trials"), std::string::npos) << track.err;
  EXPECT_TRUE(fs::exists(Path("tracks.provenance.json")));
  const std::string evaluate =
      "evaluate --bootstrap 0 --predictions " + Path("tracks") + " --annotations ";
  ExpectRefused(evaluate + annotations, 3, {"was trained on 3 of 4 trials", seen_, "--force"});
  EXPECT_EQ(Invoke(evaluate + annotations + "/Validation_Set").code, 0);
  const Outcome forced = Invoke(evaluate + annotations + " --force");
  EXPECT_EQ(forced.code, 0);
  EXPECT_NE(forced.err.find("was trained on 3 of 4 trials"), std::string::npos);
  // Predictions that nobody accompanied: the model is named.
  fs::remove(Path("tracks.provenance.json"));
  EXPECT_EQ(Invoke(evaluate + annotations).code, 0);
  ExpectRefused(evaluate + annotations + " --model " + Path("run"), 3, {"was trained on 3 of 4"});
}

TEST_F(Submissions, ShardsThatRunAtOnceMakeTheStoreOfOneProcess) {
  const auto features = [&](const std::string& store, const std::string& more) {
    return std::string(CIRCUMPLEX_PROGRAM) + " features -q " + Path("data/cropped_aligned") +
           " -o " + Path(store) + " --config " + Path("tiny.toml") + more + " > " +
           Path(store + ".out") + " 2>&1";
  };
  // Two shards, and one of them twice by mistake.
  const std::string together =
      "( " + features("shards", " --shard 0/2") + " & a=$!; " + features("shards", " --shard 1/2") +
      " & b=$!; " + features("shards", " --shard 0/2") + "; c=$?; wait $a && wait $b && exit $c )";
  ASSERT_EQ(std::system(together.c_str()), 0);
  const std::vector<fs::path> whole = ListFolder(Path("store"));
  ASSERT_EQ(ListFolder(Path("shards")).size(), whole.size());
  for (const auto& entry : fs::directory_iterator(Path("shards")))
    EXPECT_TRUE(fs::exists(fs::path(Path("store")) / entry.path().filename())) << entry.path();
  const Outcome again = Invoke("features -q " + Path("data/cropped_aligned") + " -o " +
                               Path("shards") + " --config " + Path("tiny.toml"));
  EXPECT_NE(again.out.find("0 trials written (0 frames), 4 already there"), std::string::npos)
      << again.out;
  // A file that an unclean machine left damaged is done again, and only that one.
  const fs::path damaged = ListFolder(Path("shards")).front();
  const std::string good = ReadFile(damaged);
  WriteFileAtomically(damaged, good.substr(0, good.size() / 2));
  const Outcome mended = Invoke("features " + Path("data/cropped_aligned") + " -o " +
                                Path("shards") + " --config " + Path("tiny.toml"));
  EXPECT_EQ(mended.code, 0) << mended.err;
  EXPECT_NE(mended.out.find("1 trials written"), std::string::npos) << mended.out;
  EXPECT_NE(mended.err.find("done again"), std::string::npos) << mended.err;
  EXPECT_EQ(ReadFile(damaged), good);
}

}  // namespace
}  // namespace circumplex
