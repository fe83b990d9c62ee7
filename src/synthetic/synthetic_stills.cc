// SPDX-License-Identifier: Apache-2.0
#include "synthetic/synthetic_stills.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <mutex>
#include <vector>

#include "core/csv.h"
#include "core/files.h"
#include "core/parallel_for.h"
#include "core/progress.h"
#include "core/rng.h"
#include "synthetic/face_states.h"
#include "video/image_io.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

// A photograph is one row of a short life: the affect series need some time to vary in.
constexpr int kRowsOfLife = 20;
constexpr int kImagesPerFolder = 1000;

// Valence and arousal of AffectNet's classes 0 to 7.
constexpr std::array<std::array<double, 2>, 8> kExpressionPlaces = {{{0, 0},
                                                                     {0.76, 0.48},
                                                                     {-0.63, -0.27},
                                                                     {0.40, 0.67},
                                                                     {-0.64, 0.60},
                                                                     {-0.60, 0.35},
                                                                     {-0.51, 0.59},
                                                                     {-0.55, 0.43}}};

int NearestExpression(double valence, double arousal) {
  const auto distance = [&](const std::array<double, 2>& place) {
    const double dv = valence - place[0], da = arousal - place[1];
    return dv * dv + da * da;
  };
  const auto nearest = std::min_element(
      kExpressionPlaces.begin(), kExpressionPlaces.end(), [&](const auto& a, const auto& b) {
        return distance(a) < distance(b);
      });
  return static_cast<int>(nearest - kExpressionPlaces.begin());
}

std::string FileOf(int number) {
  char name[64];
  std::snprintf(name, sizeof name, "%03d/still%06d.jpg", number / kImagesPerFolder, number);
  return name;
}

void WriteSplit(const fs::path& out,
                const std::string& split,
                int first,
                int count,
                const SyntheticOptions& options,
                Progress* progress) {
  AffectOptions affect;
  affect.frame_rate = options.frame_rate;
  affect.still_share = 1;
  const std::vector<AffectSeries> lives =
      MakeAffectSeries(std::vector<int>(static_cast<std::size_t>(count), kRowsOfLife),
                       affect,
                       Rng(options.seed, "labels of stills, " + split).Next());
  CsvTable list;
  list.header = {"subDirectory_filePath",
                 "face_x",
                 "face_y",
                 "face_width",
                 "face_height",
                 "facial_landmarks",
                 "expression",
                 "valence",
                 "arousal"};
  list.rows.resize(lives.size());
  std::mutex progress_mutex;
  ParallelFor(lives.size(), options.threads, [&](std::size_t i) {
    const int number = first + static_cast<int>(i);
    Rng rng(options.seed, "still " + std::to_string(number));
    const auto row = static_cast<std::size_t>(rng.Below(kRowsOfLife));
    const FaceIdentity identity = RandomIdentity(&rng);
    const SceneLook scene = RandomScene(options.noise, &rng);
    const std::uint64_t seed = rng.Next();
    const FaceState state =
        MakeFaceStates(lives[i], std::vector<bool>(kRowsOfLife, true), options, seed)[row];
    FaceRenderer renderer(identity, scene, options.size, options.size);
    WriteImage(out / "Manually_Annotated_Images" / FileOf(number), renderer.Draw(state, seed), 95);
    const double valence = lives[i].valence[row], arousal = lives[i].arousal[row];
    const std::string side = std::to_string(options.size);
    list.rows[i] = {FileOf(number),
                    "0",
                    "0",
                    side,
                    side,
                    "",
                    std::to_string(NearestExpression(valence, arousal)),
                    FormatFixed(valence, 4),
                    FormatFixed(arousal, 4)};
    const std::lock_guard<std::mutex> lock(progress_mutex);
    progress->Advance();
  });
  WriteFileAtomically(out / (split + ".csv"), FormatCsv(list));
}

}  // namespace

void WriteSyntheticStills(const fs::path& out, const SyntheticOptions& options) {
  const int validation = std::max(1, options.stills / 5);
  Progress progress("stills", options.stills + validation);
  WriteSplit(out, "training", 0, options.stills, options, &progress);
  WriteSplit(out, "validation", options.stills, validation, options, &progress);
}

}  // namespace circumplex
