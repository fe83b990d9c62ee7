// SPDX-License-Identifier: Apache-2.0
// What README.md shows, run as it stands there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/csv.h"
#include "core/files.h"
#include "support/command_line.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::Invoke;
using testing_support::Outcome;
using testing_support::TempFolder;

// The lines of README's workflow: the shell block that trains, up to the prediction of a video.
std::string WorkflowLines() {
  const std::string readme = ReadFile(fs::path(CIRCUMPLEX_SOURCE_DIR) / "README.md");
  const std::string open = "```sh\n", close = "```";
  for (std::size_t at = 0; (at = readme.find(open, at)) != std::string::npos;) {
    at += open.size();
    const std::string block = readme.substr(at, readme.find(close, at) - at);
    const std::size_t video = block.find("talk.mp4");
    if (block.find("circumplex train") != std::string::npos && video != std::string::npos)
      return block.substr(0, block.find('\n', video) + 1);
  }
  return "";
}

// The folders and files that the lines name, small: the words stay, the sizes shrink.
void MakeWhatTheLinesName(const fs::path& root) {
  ASSERT_EQ(Invoke("synth -q " + (root / "aff-wild2").string() +
                   " --train 4 --validation 2 --frames 26 --trials-per-person 1 --rate 25 --videos "
                   "--stills 20")
                .code,
            0);
  fs::rename(root / "aff-wild2/stills", root / "affectnet");
  fs::copy_file(ListFolder(root / "aff-wild2/videos").front(), root / "talk.mp4");
  WriteFileAtomically(root / "configs/stills.toml",
                      "preset = \"ours\"\n[backbone]\ninput_size = 48\n[training]\nepochs = 1\n"
                      "batch = 8\n[stills]\ntune = \"last_stage\"\n");
  WriteFileAtomically(
      root / "configs/ours.toml",
      "preset = \"ours\"\n[motion]\nchannels = 4\n[clips]\nwindow = 12\nstride = 6\n"
      "frame_step = 2\n[training]\nepochs = 1\nbatch = 4\nfolds = 2\n");
}

TEST(Readme, TheWorkflowRunsUpToAPredictedVideo) {
  const std::string lines = WorkflowLines();
  for (const char* command :
       {"circumplex dataset ", "circumplex train ", "circumplex features ", "circumplex predict "})
    ASSERT_NE(lines.find(command), std::string::npos) << command << " is not shown:\n" << lines;
  const TempFolder root;
  MakeWhatTheLinesName(root.path());
  WriteFileAtomically(root / "lines.sh", lines);
  const fs::path program = CIRCUMPLEX_PROGRAM;
  const std::string shell = "cd " + root.path().string() +
                            " && PATH=" + program.parent_path().string() +
                            ":$PATH sh -ex lines.sh > out.txt 2> err.txt";
  ASSERT_EQ(std::system(shell.c_str()), 0) << ReadFile(root / "err.txt");

  // Every step after the photographs' worked on the weights and at the size that they made.
  const std::string err = ReadFile(root / "err.txt");
  const std::size_t trained = err.find("+ circumplex features");
  ASSERT_NE(trained, std::string::npos) << err;
  EXPECT_EQ(err.find("untrained", trained), std::string::npos) << err;
  const std::string store = ReadFile(root / "features/store.toml");
  EXPECT_NE(store.find("input_size = 48"), std::string::npos) << store;
  EXPECT_EQ(ReadFile(root / "runs/ours/model/backbone.safetensors"),
            ReadFile(root / "runs/stills/backbone.safetensors"));
  const fs::path trial = ListFolder(root / "aff-wild2/videos").front().stem();
  const fs::path labels = root / "aff-wild2/annotations/VA_Set";
  const fs::path name = trial.string() + ".txt";
  const fs::path annotation = fs::exists(labels / "Train_Set" / name)
                                  ? labels / "Train_Set" / name
                                  : labels / "Validation_Set" / name;
  const std::size_t rows = SplitLines(ReadFile(annotation)).size() - 1;
  const CsvTable track = ReadCsv(root / "talk.csv");
  ASSERT_EQ(track.rows.size(), rows);
  EXPECT_EQ(track.rows[10][track.Column("timestamp", "talk.csv")], "0.4000");
  for (const char* stream : {"valence", "arousal"})
    EXPECT_TRUE(ParseDouble(track.rows[10][track.Column(stream, "talk.csv")])) << stream;
}

}  // namespace
}  // namespace circumplex
