// SPDX-License-Identifier: Apache-2.0
#include "formats.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "circumplex/error.h"

#include "config/model_card.h"
#include "config/toml.h"
#include "core/csv.h"
#include "core/files.h"
#include "core/npy.h"
#include "datasets/afew_va.h"
#include "datasets/aff_wild.h"
#include "datasets/aff_wild2.h"
#include "datasets/affect_net.h"
#include "datasets/folds.h"
#include "datasets/folds_file.h"
#include "datasets/manifest.h"
#include "datasets/omg.h"
#include "datasets/trial_sources.h"
#include "features/feature_store.h"
#include "labels/annotation_io.h"
#include "predictions/prediction_io.h"
#include "predictions/provenance.h"
#include "predictions/submission_check.h"

namespace circumplex::fuzz {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "fuzz: %s\n", what.c_str());
  std::abort();
}

void Require(bool holds, const char* what) {
  if (!holds) Fail(what);
}

/// A folder of this process for readers that take a path; removed when it ends.
const fs::path& Scratch() {
  struct Folder {
    Folder() {
      // Thousands of small files: in memory where the system has such a folder.
      std::error_code ignored;
      const fs::path memory = "/dev/shm";
      const bool usable = fs::is_directory(memory, ignored) && ::access(memory.c_str(), W_OK) == 0;
      const fs::path place = usable ? memory : fs::temp_directory_path();
      std::string pattern = (place / "circumplex-fuzz-XXXXXX").string();
      if (::mkdtemp(pattern.data()) == nullptr) Fail("no temporary folder");
      path = pattern;
    }
    ~Folder() {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
    fs::path path;
  };
  static const Folder folder;
  return folder.path;
}

fs::path FileOf(const std::string& bytes, const char* name) {
  const fs::path path = Scratch() / name;
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  return path;
}

/// Runs `parse`; false if it refused with a message. Other exceptions leave and end the process.
template <typename Parse>
bool Parses(Parse&& parse) {
  try {
    parse();
    return true;
  } catch (const Error& error) {
    Require(error.code() != ErrorCode::kInternal, error.what());
    Require(std::string(error.what()).size() > 10, "a refusal without a message");
    return false;
  }
}

void TryAnnotation(const std::string& bytes) {
  std::vector<VaLabel> labels;
  if (!Parses([&] { labels = ParseVaAnnotation(bytes, "annotation"); })) return;
  const fs::path copy = Scratch() / "copy.txt";
  WriteVaAnnotation(copy, labels, 9);
  const std::vector<VaLabel> again = ReadVaAnnotation(copy);
  Require(again.size() == labels.size(), "annotation: another number of rows");
  for (std::size_t i = 0; i < labels.size(); ++i) {
    Require(again[i].annotated == labels[i].annotated &&
                std::abs(again[i].valence - labels[i].valence) < 1e-8f &&
                std::abs(again[i].arousal - labels[i].arousal) < 1e-8f,
            "annotation: another label");
  }
}

void TryTrialPrediction(const std::string& bytes) {
  const fs::path path = FileOf(bytes, "trial.txt");
  PredictionMap read;
  if (!Parses([&] { read = ReadPredictions(path); })) return;
  for (const auto& [trial, frames] : read) {
    const fs::path copy = Scratch() / "copy/trial.txt";
    WriteTrialPrediction(copy, {trial, {frames.begin(), frames.end()}});
    Require(ReadPredictions(copy).at("trial").size() == frames.size(),
            "prediction: another number of rows");
  }
}

void TrySingleFile(const std::string& bytes) {
  const fs::path path = FileOf(bytes, "single.txt");
  PredictionMap predictions;
  std::vector<SampleRow> sample;
  Parses([&] { sample = ReadSample(path); });
  if (!Parses([&] { predictions = ReadPredictions(path); })) return;
  // Under another header the file is one trial's, which has the name of the file.
  Require(!sample.empty() || predictions.empty() || predictions.count("single") > 0,
          "single file: no sample, yet predictions");
}

void TrySubmission(const std::string& bytes) {
  const fs::path single = FileOf(bytes, "submission.txt");
  const ExpectedSubmission expected = {{{"a", 2}, {"submission", 3}}, {}};
  FormatReport(CheckSubmission(single, expected));
  const fs::path folder = FileOf(bytes, "upload/a.txt").parent_path();
  FormatReport(CheckSubmission(folder, expected));
}

void TryTrack(const std::string& bytes) {
  VaTrack track;
  if (!Parses([&] { track = ParseTrackCsv(bytes, "track"); })) return;
  MainFace(track);
  const VaTrack again = ParseTrackCsv(FormatTrackCsv(track), "copy");
  Require(again.frames.size() == track.frames.size(), "track: another number of rows");
}

void TryOptions(const std::string& bytes) {
  RunOptions options;
  if (!Parses([&] { options = ParseRunOptions(bytes, "options.toml"); })) return;
  const std::string text = FormatRunOptions(options);
  Require(FormatRunOptions(ParseRunOptions(text, "copy.toml")) == text,
          "options: another configuration");
}

void TryStoreInfo(const std::string& bytes) {
  StoreInfo info;
  if (!Parses([&] { info = ParseStoreInfo(bytes, "store.toml"); })) return;
  const StoreInfo again = ParseStoreInfo(FormatStoreInfo(info), "copy");
  Require(Differences(again, info).empty() && again.weights_origin == info.weights_origin,
          "store info: another store");
}

void TryFeatureTrack(const std::string& bytes) {
  const fs::path file = FileOf(bytes, "track.safetensors");
  FeatureTrack track;
  if (!Parses([&] { track = ReadFeatureTrack(file); })) return;
  WriteFeatureTrack(Scratch() / "copy.safetensors", track);
  const FeatureTrack again = ReadFeatureTrack(Scratch() / "copy.safetensors");
  Require(again.frame == track.frame && again.gray == track.gray && again.pool5 == track.pool5,
          "feature track: other rows");
}

void TryModelCard(const std::string& bytes) {
  const fs::path folder = FileOf(bytes, "model/model.toml").parent_path();
  ModelCard card;
  if (!Parses([&] { card = ReadModelCard(folder); })) return;
  WriteModelCard(Scratch() / "model_copy", card);
  Require(ReadModelCard(Scratch() / "model_copy").trained_on == card.trained_on,
          "model card: other trials");
}

void TryAffectNet(const std::string& bytes) {
  const fs::path root = FileOf(bytes, "affectnet/training.csv").parent_path();
  Parses([&] { ReadAffectNet(root); });
  HasAffectNet(root);
}

void TryAfew(const std::string& bytes) {
  const fs::path path = FileOf(bytes, "clip.json");
  Parses([&] { ReadAfewClip(path); });
}

void TryAffWild(const std::string& bytes) {
  const fs::path path = FileOf(bytes, "number.txt");
  Parses([&] { ReadAffWildLabels(path, path); });
}

void TryOmg(const std::string& bytes) {
  const fs::path path = FileOf(bytes, "omg_TrainVideos.csv");
  Parses([&] { ReadUtterances(path); });
}

void TryFacts(const std::string& bytes) {
  const fs::path path = FileOf(bytes, "facts.csv");
  Parses([&] { ReadFacts(path, true, false); });
  Parses([&] { ReadFacts(path, false, true); });
}

void TryTestList(const std::string& bytes) {
  const fs::path path = FileOf(bytes, "test_list.txt");
  Parses([&] { ReadTestList(path); });
}

void TryManifest(const std::string& bytes) {
  const fs::path path = FileOf(bytes, "manifest.csv");
  Manifest manifest;
  if (!Parses([&] { manifest = ReadManifest(path); })) return;
  const fs::path copy = Scratch() / "manifest_copy.csv";
  WriteManifest(copy, manifest);
  Require(ReadManifest(copy).trials.size() == manifest.trials.size(), "manifest: other trials");
}

void TryFolds(const std::string& bytes) {
  const fs::path path = FileOf(bytes, "folds.csv");
  std::vector<Fold> folds;
  if (!Parses([&] { folds = ReadFolds(path); })) return;
  const fs::path copy = Scratch() / "folds_copy.csv";
  WriteFolds(copy, folds, {});
  const std::vector<Fold> again = ReadFolds(copy);
  Require(again.size() == folds.size() && again[0].train == folds[0].train, "folds: other trials");
}

void TryCsv(const std::string& bytes) {
  CsvTable table;
  if (!Parses([&] { table = ParseCsv(bytes, "table"); })) return;
  const CsvTable again = ParseCsv(FormatCsv(table), "copy");
  Require(again.header == table.header && again.rows == table.rows, "table: other fields");
}

void TryNpy(const std::string& bytes) {
  Parses([&] { ParseNpyNumbers(bytes, "array"); });
}

void TryProvenance(const std::string& bytes) {
  FileOf(bytes, "predictions.provenance.json");
  Parses([&] { FindProvenance(Scratch() / "predictions"); });
}

}  // namespace

const std::vector<Format>& AllFormats() {
  static const std::vector<Format> formats = {{"annotation", TryAnnotation},
                                              {"trial_prediction", TryTrialPrediction},
                                              {"single_file", TrySingleFile},
                                              {"submission", TrySubmission},
                                              {"track", TryTrack},
                                              {"options", TryOptions},
                                              {"model_card", TryModelCard},
                                              {"store_info", TryStoreInfo},
                                              {"feature_track", TryFeatureTrack},
                                              {"affectnet", TryAffectNet},
                                              {"afew", TryAfew},
                                              {"aff_wild", TryAffWild},
                                              {"omg", TryOmg},
                                              {"facts", TryFacts},
                                              {"test_list", TryTestList},
                                              {"manifest", TryManifest},
                                              {"folds", TryFolds},
                                              {"csv", TryCsv},
                                              {"npy", TryNpy},
                                              {"provenance", TryProvenance}};
  return formats;
}

const Format* FindFormat(const std::string& name) {
  for (const Format& format : AllFormats()) {
    if (name == format.name) return &format;
  }
  return nullptr;
}

}  // namespace circumplex::fuzz
