// SPDX-License-Identifier: Apache-2.0
// What the commands say to a mistake: cause, place and remedy, with the exit code of the kind.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/files.h"
#include "support/command_line.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ExpectRefused;
using testing_support::Invoke;
using testing_support::Outcome;
using testing_support::TempFolder;

class Messages : public testing::Test {
 protected:
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  std::string Write(const std::string& name, const std::string& content) const {
    WriteFileAtomically(Path(name), content);
    return Path(name);
  }

 private:
  TempFolder folder_;
};

TEST_F(Messages, AnUnknownCommandNamesTheNearest) {
  ExpectRefused("predikt", 2, {"no command 'predikt'; the nearest is 'predict'"});
  ExpectRefused("train-all --help", 2, {"'train'"});
  ExpectRefused("nonsense", 2, {"no command 'nonsense'; circumplex --help lists all"});
}

TEST_F(Messages, TheListAndEachHelpHaveOneSummary) {
  const std::string list = Invoke("--help").out;
  for (const char* name : {"synth", "faces", "predict", "reproduce", "doctor"}) {
    const std::string help = Invoke(std::string(name) + " --help").out;
    const std::string summary = help.substr(0, help.find('\n'));
    EXPECT_GT(summary.size(), 20u) << name;
    EXPECT_NE(list.find(summary), std::string::npos) << summary << "\n" << list;
  }
  EXPECT_NE(list.find("Videos to aligned face crops"), std::string::npos) << list;
}

// As a user without root's privileges: what the system refuses is an error of the data (3) where it
// is read, of the environment (5) where it is written, and names the path; never "internal error".
TEST_F(Messages, WhatTheSystemRefusesIsNamed) {
  const std::string video = Write("closed/secret.mpg", "x"), open = Write("open.mpg", "x");
  fs::permissions(Path("open.mpg"), fs::perms::none);
  fs::permissions(Path("closed"), fs::perms::none);
  const auto refused = [&](const std::string& arguments, int code, const std::string& path) {
    const Outcome outcome = testing_support::InvokeUnprivileged(arguments);
    EXPECT_EQ(outcome.code, code) << arguments << "\n" << outcome.err;
    EXPECT_NE(outcome.err.find("Permission denied"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find(path), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.err.find("internal error"), std::string::npos) << outcome.err;
  };
  refused("faces " + video + " -o " + Path("out"), 3, video);
  refused("faces " + open + " -o " + Path("out"), 3, open);
  refused("faces " + Path("closed") + " -o " + Path("out"), 3, Path("closed"));
  refused("phase " + Path("closed/crops") + " -o " + Path("p.png"), 3, Path("closed"));
  refused("predict " + open + " -o x.csv -m " + Path("closed/model"), 4, Path("closed"));
  refused("dataset " + Path("closed"), 3, Path("closed"));
  refused("evaluate --predictions " + Path("closed/p") + " --annotations " + Path("closed/a"),
          3,
          Path("closed"));
  refused("lds " + Path("closed/labels"), 3, Path("closed"));
  refused("report " + Path("closed/run"), 3, Path("closed"));
  refused("import " + open + " --list", 4, open);
  refused("config --config " + open, 2, open);
  refused("synth " + Path("closed/data") + " --train 1 --validation 0 --frames 20", 5, "closed");
  fs::permissions(Path("closed"), fs::perms::owner_all);
  const std::string longest = Path(std::string(300, 'x') + ".mp4");
  ExpectRefused("faces " + longest + " -o " + Path("out"), 3, {"File name too long", "xxx.mp4"});
}

TEST_F(Messages, RangesAreReadable) {
  for (const std::string flag : {"--max-faces 0", "--detect-every -3"}) {
    const Outcome outcome = Invoke("faces x.mp4 -o y " + flag);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_NE(outcome.err.find("must be a number, at least 1, not '"), std::string::npos)
        << outcome.err;
    EXPECT_LT(outcome.err.size(), 150u) << outcome.err;
  }
  ExpectRefused("faces x.mp4 -o y --min-confidence 1.5", 2, {"from 0 to 1, not '1.5'"});
  ExpectRefused("predict x -m y -o z --frames -3", 2, {"--frames", "at least 0, not '-3'"});
  ExpectRefused("evaluate --predictions x --annotations y --bootstrap -1", 2, {"at least 0"});
  ExpectRefused("config --set training.epochs=99999999999999999999",
                2,
                {"training.epochs = 99999999999999999999: must be an integer from -2147483648 to"});
  ExpectRefused("config --set training.epochs=1e3", 2, {"without point and exponent"});
  ExpectRefused("synth " + Path("s") + " --train 0", 2, {"--train = 0, must be in [1, 100000]"});
}

TEST_F(Messages, TheModelIsFoundOrTheModelsBelowAreNamed) {
  Write("runs/a/model/model.toml", "[model]\nschema = 99\n");
  Write("runs/b/model/model.toml", "");
  Write("runs/notes.txt", "");
  const std::string rest = " x.mp4 -o y.csv";
  ExpectRefused("predict -m " + Path("runs") + rest,
                4,
                {"model.toml is missing; the models below it are '" + Path("runs/a") + "', '" +
                 Path("runs/b") + "'; name one of them"});
  // The run, its model's folder and the file itself are the same model, here of another schema.
  for (const char* name : {"runs/a", "runs/a/model", "runs/a/model/model.toml"})
    ExpectRefused("predict -m " + Path(name) + rest, 4, {"runs/a/model/model.toml", "99"});
}

TEST_F(Messages, WhatIsMissingIsCalledByItsKind) {
  ExpectRefused("evaluate --predictions nosuch --annotations " + Path(""),
                3,
                {"no predictions 'nosuch': a folder of <trial>.csv or <trial>.txt"});
  ExpectRefused("dataset", 2, {"no data set named", "first argument or with --data"});
  std::string help = Invoke("predict --help").out;
  EXPECT_NE(help.find("\nSubmissions:\n"), std::string::npos) << help;
  EXPECT_NE(help.find("\nFaces:\n"), std::string::npos) << help;
  help = Invoke("dataset --help").out;
  EXPECT_EQ(help.find("REQUIRED"), std::string::npos) << help;
  Write("videos/one.mp4", "x");
  Write("videos/two.mp4", "x");
  const Outcome outcome = Invoke("dataset " + Path("videos"));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("circumplex faces VIDEOS -o FOLDER"), std::string::npos)
      << outcome.out;
}

TEST_F(Messages, FacesRefusesTwoVideosOfOneNameBeforeItOpensThem) {
  const std::string first = Write("a/clip.mp4", "no video"), second = Write("b/clip.mkv", "none");
  ExpectRefused("faces " + first + " " + second + " -o " + Path("out"),
                2,
                {"two inputs would write", "clip.csv", first, second});
  Write("mixed/clip.mp4", "no video");
  Write("mixed/clip.webm", "no video");
  ExpectRefused("faces " + Path("mixed") + " -o " + Path("out"), 2, {"clip.mp4", "clip.webm"});
  EXPECT_FALSE(fs::exists(Path("out")));
}

}  // namespace
}  // namespace circumplex
