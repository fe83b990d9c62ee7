// SPDX-License-Identifier: Apache-2.0
// Random content of each text format, written in every way that the real data knows, reads back as
// what it says.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/csv.h"
#include "core/files.h"
#include "core/rng.h"
#include "datasets/afew_va.h"
#include "datasets/aff_wild.h"
#include "datasets/aff_wild2.h"
#include "datasets/affect_net.h"
#include "datasets/folds.h"
#include "datasets/folds_file.h"
#include "datasets/manifest.h"
#include "datasets/omg.h"
#include "datasets/trial_sources.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::TempFolder;

constexpr std::uint64_t kSeeds = 25;

/// Line ends, a byte order mark and a last line end, drawn per file.
struct Style {
  std::string newline;
  bool last_newline, bom;

  explicit Style(Rng* rng)
      : newline(rng->Below(2) ? "\n" : "\r\n"), last_newline(rng->Below(2)), bom(rng->Below(2)) {}

  std::string Text(const std::vector<std::string>& lines) const {
    std::string text = bom ? "\xEF\xBB\xBF" : "";
    for (std::size_t i = 0; i < lines.size(); ++i)
      text += lines[i] + (i + 1 < lines.size() || last_newline ? newline : "");
    return text;
  }
};

std::string Blanks(Rng* rng) { return std::string(rng->Below(3), rng->Below(2) ? ' ' : '\t'); }

/// A name with what CSV must quote.
std::string AnyName(Rng* rng, std::size_t i) {
  static const char* const parts[] = {
      "a", "video9_left", "x,y", "say \"hi\"", "10-60-1280x720", "\xC3\xA9"};
  return std::to_string(i) + parts[rng->Below(6)];
}

TEST(RoundTrip, Annotations) {
  TempFolder folder;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Rng rng(seed, "annotations");
    const Style style(&rng);
    std::vector<std::string> lines = {"valence," + Blanks(&rng) + "arousal"};
    std::vector<VaLabel> want(rng.Below(50));
    const int decimals = static_cast<int>(rng.Below(15));
    for (VaLabel& label : want) {
      if (rng.Below(4) == 0) {
        lines.push_back(rng.Below(2) ? "-5,-5" : "-5.0,-5.000");
        continue;
      }
      const std::string v = FormatFixed(rng.Uniform(-1, 1), decimals);
      const std::string a = FormatFixed(rng.Uniform(-1, 1), decimals);
      label = {{*ParseDouble(v), *ParseDouble(a)}, true};
      lines.push_back(Blanks(&rng) + v + Blanks(&rng) + "," + a + Blanks(&rng));
    }
    WriteFileAtomically(folder / "a.txt", style.Text(lines));
    const std::vector<VaLabel> read = ReadVaAnnotation(folder / "a.txt");
    ASSERT_EQ(read.size(), want.size()) << seed;
    for (std::size_t i = 0; i < read.size(); ++i) {
      EXPECT_EQ(read[i].annotated, want[i].annotated);
      EXPECT_EQ(read[i].valence, want[i].valence);
      EXPECT_EQ(read[i].arousal, want[i].arousal);
    }
  }
}

TEST(RoundTrip, NumbersPerLineAndPoints) {
  TempFolder folder;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Rng rng(seed, "points");
    const Style style(&rng);
    std::vector<std::string> valence, arousal;
    const std::size_t rows = rng.Below(40);
    for (std::size_t i = 0; i < rows; ++i) {
      const bool none = rng.Below(5) == 0;
      valence.push_back(Blanks(&rng) + (none ? "-5" : FormatFixed(rng.Uniform(-1, 1), 6)));
      arousal.push_back(none ? "-5.0" : FormatFixed(rng.Uniform(-1, 1), 6));
    }
    WriteFileAtomically(folder / "v.txt", style.Text(valence));
    WriteFileAtomically(folder / "a.txt", style.Text(arousal));
    const AffWildLabels labels = ReadAffWildLabels(folder / "v.txt", folder / "a.txt");
    ASSERT_EQ(labels.labels.size(), rows);
    for (std::size_t i = 0; i < rows; ++i) {
      EXPECT_EQ(labels.labels[i].annotated, arousal[i] != "-5.0");
      if (labels.labels[i].annotated) {
        EXPECT_EQ(labels.labels[i].arousal, *ParseDouble(arousal[i]));
      }
    }
  }
}

TEST(RoundTrip, AfewClips) {
  TempFolder folder;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Rng rng(seed, "afew");
    nlohmann::json root = {{"video_id", "7"}, {"actor", AnyName(&rng, 1)}};
    root["frames"] = nlohmann::json::object();
    std::vector<VaLabel> want(rng.Below(60));
    for (std::size_t i = 0; i < want.size(); ++i) {
      if (rng.Below(4) == 0 && i + 1 < want.size()) continue;
      const int valence = static_cast<int>(rng.Below(21)) - 10;
      const int arousal = static_cast<int>(rng.Below(21)) - 10;
      want[i] = {{valence / 10.0, arousal / 10.0}, true};
      std::string key = std::to_string(i);
      key.insert(0, 5 - key.size(), '0');
      root["frames"][key] = {{"valence", valence}, {"arousal", arousal}, {"landmarks", {{1.5, 2}}}};
    }
    WriteFileAtomically(folder / "7.json", root.dump(rng.Below(2) ? 2 : -1));
    const AfewClip clip = ReadAfewClip(folder / "7.json");
    EXPECT_EQ(clip.actor, root["actor"].get<std::string>());
    ASSERT_EQ(clip.labels.size(), want.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
      EXPECT_EQ(clip.labels[i].annotated, want[i].annotated);
      EXPECT_EQ(clip.labels[i].valence, want[i].valence);
      EXPECT_EQ(clip.labels[i].arousal, want[i].arousal);
    }
  }
}

TEST(RoundTrip, AffectNetLists) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    TempFolder folder;
    Rng rng(seed, "affectnet");
    const Style style(&rng);
    std::vector<std::string> lines;
    if (rng.Below(2)) {
      lines.emplace_back(
          "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,"
          "valence,arousal");
    }
    std::vector<StillImage> want(1 + rng.Below(20));
    for (std::size_t i = 0; i < want.size(); ++i) {
      StillImage& image = want[i];
      image.path = folder / (std::to_string(i % 3) + "/" + std::to_string(i) + ".jpg");
      image.expression = static_cast<int>(rng.Below(11));
      image.valid = rng.Below(4) != 0 && image.expression != 10;
      std::string landmarks;
      const int values = rng.Below(2) ? 136 : 0;
      for (int k = 0; k < values; ++k) {
        image.landmarks.push_back(static_cast<float>(k) * 0.25f);
        landmarks += (k ? ";" : "") + FormatFixed(k * 0.25, 2);
      }
      const double valence = std::round(rng.Uniform(-1, 1) * 1e4) / 1e4;
      image.va = image.valid ? Va{valence, 0.5} : Va();
      lines.push_back(std::to_string(i % 3) + "/" + std::to_string(i) + ".jpg,1,2,30,40," +
                      landmarks + "," + std::to_string(image.expression) + "," +
                      (image.valid ? FormatFixed(valence, 4) + ",0.5" : "-2,-2"));
    }
    WriteFileAtomically(folder / "training.csv", style.Text(lines));
    const StillSet set = ReadAffectNet(folder.path());
    ASSERT_EQ(set.images.size(), want.size()) << seed;
    for (std::size_t i = 0; i < want.size(); ++i) {
      EXPECT_EQ(set.images[i].path, want[i].path);
      EXPECT_EQ(set.images[i].expression, want[i].expression);
      EXPECT_EQ(set.images[i].valid, want[i].valid);
      EXPECT_EQ(set.images[i].va, want[i].va);
      EXPECT_EQ(set.images[i].landmarks, want[i].landmarks);
    }
  }
}

TEST(RoundTrip, ListsOfTrials) {
  TempFolder folder;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Rng rng(seed, "lists");
    const Style style(&rng);
    const char* const splits[] = {"train", "val", "Test", "NONE"};
    CsvTable table;
    table.header = {"Trial", "subject", "SPLIT", "note"};
    std::vector<std::string> names, lines;
    const std::size_t count = rng.Below(30);
    for (std::size_t i = 0; i < count; ++i) {
      names.push_back(AnyName(&rng, i));
      table.rows.push_back({names.back(), AnyName(&rng, i), splits[rng.Below(4)], "x"});
      lines.push_back(Blanks(&rng) + names.back());
      if (rng.Below(5) == 0) lines.push_back(Blanks(&rng));
    }
    std::string csv = FormatCsv(table);
    if (style.bom) csv.insert(0, "\xEF\xBB\xBF");
    WriteFileAtomically(folder / "splits.csv", csv);
    const CsvFacts facts = ReadFacts(folder / "splits.csv", true, true);
    ASSERT_EQ(facts.names.size(), names.size());
    for (const auto& row : table.rows) {
      EXPECT_EQ(facts.person.at(row[0]), row[1]);
      EXPECT_EQ(facts.split.at(row[0]), ParseSplit(row[2], "here"));
    }
    WriteFileAtomically(folder / "list.txt", style.Text(lines));
    const std::vector<TestTrial> listed = ReadTestList(folder / "list.txt");
    ASSERT_EQ(listed.size(), names.size());
    for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(listed[i].name, names[i]);
  }
}

TEST(RoundTrip, ManifestsAndFolds) {
  TempFolder folder;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Rng rng(seed, "manifests");
    Manifest manifest;
    manifest.layout = "aff-wild2+aff-wild";
    manifest.root = "/some, folder";
    const std::size_t trials = 4 + rng.Below(20);
    for (std::size_t i = 0; i < trials; ++i) {
      Trial trial;
      trial.name = AnyName(&rng, i);
      trial.video = AnyName(&rng, i / 2);
      trial.person = AnyName(&rng, i / 3);
      trial.split = static_cast<Split>(rng.Below(2));
      trial.annotation = "/a/" + trial.name + ".txt";
      trial.frame_rate = rng.Below(2) ? rng.Uniform(1, 60) : 0;
      trial.rows = static_cast<std::int64_t>(1 + rng.Below(1000));
      trial.annotated =
          static_cast<std::int64_t>(1 + rng.Below(static_cast<std::uint64_t>(trial.rows)));
      manifest.trials.push_back(trial);
    }
    WriteManifest(folder / "m.csv", manifest);
    const Manifest read = ReadManifest(folder / "m.csv");
    WriteManifest(folder / "again.csv", read);
    EXPECT_EQ(ReadFile(folder / "m.csv"), ReadFile(folder / "again.csv"));
    ASSERT_EQ(read.trials.size(), trials);
    EXPECT_EQ(read.trials[1].frame_rate, manifest.trials[1].frame_rate);
    EXPECT_EQ(read.trials[1].person, manifest.trials[1].person);

    const std::vector<Fold> folds = MakeFolds(manifest, FoldRule::kReleased, 2, true, seed);
    WriteFolds(folder / "f.csv", folds, manifest);
    const std::vector<Fold> again = ReadFolds(folder / "f.csv");
    ASSERT_EQ(again.size(), folds.size());
    for (std::size_t f = 0; f < folds.size(); ++f) {
      EXPECT_EQ(again[f].train, folds[f].train);
      EXPECT_EQ(again[f].validation, folds[f].validation);
    }
  }
}

TEST(RoundTrip, OmgLists) {
  TempFolder folder;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Rng rng(seed, "omg");
    const Style style(&rng);
    std::vector<std::string> lines = {
        "link,start,end,video,utterance,arousal,valence,EmotionMaxVote"};
    std::vector<VaLabel> want(1 + rng.Below(20));
    for (std::size_t i = 0; i < want.size(); ++i) {
      const std::string v = FormatFixed(rng.Uniform(-1, 1), 9);
      const std::string a = FormatFixed(rng.Uniform(0, 1), 9);
      want[i] = {{*ParseDouble(v), *ParseDouble(a)}, true};
      lines.push_back("x,0,1,v" + std::to_string(i % 3) + ",utterance_" + std::to_string(i) +
                      ".mp4," + a + "," + v + ",3");
    }
    WriteFileAtomically(folder / "omg_ValidationVideos.csv", style.Text(lines));
    const std::vector<Utterance> read = ReadUtterances(folder / "omg_ValidationVideos.csv");
    ASSERT_EQ(read.size(), want.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
      EXPECT_EQ(read[i].split, Split::kValidation);
      EXPECT_EQ(read[i].label.valence, want[i].valence);
      EXPECT_EQ(read[i].label.arousal, want[i].arousal);
    }
  }
}

}  // namespace
}  // namespace circumplex
