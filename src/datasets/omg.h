// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/manifest.h"
#include "labels/annotation_io.h"

namespace circumplex {

/// One row of an OMG-Emotion list.
struct Utterance {
  std::string link, video, utterance;  ///< `utterance` is a file name: utterance_3.mp4.
  double start_s = 0, end_s = 0;       ///< [s] within the linked video; 0 if not stated.
  VaLabel label;                       ///< Valence in [-1, 1], arousal in [0, 1].
  int emotion = -1;                    ///< 0 anger .. 6 surprise as stated; -1 = not stated.
  Split split = Split::kNone;          ///< From the list's file name.
  std::size_t line = 0;                ///< In the file, from 1.

  std::string Name() const;  ///< `<video>_<stem of utterance>`: the trial's name.
};

/// Reads one list: header `link,start,end,video,utterance,arousal,valence,EmotionMaxVote`, columns
/// by name; lists without labels lack the last three. Split by the file name: it contains train,
/// valid or test. @throws Error kNotFound; kBadData with file:line: a needed column is missing,
/// only one of valence and arousal, arousal outside [0, 1], valence outside [-1, 1], an utterance
/// twice. Order of the file.
std::vector<Utterance> ReadUtterances(const std::filesystem::path& path);

/// Reads OMG-Emotion (arXiv 1803.05434): lists `omg_*.csv` in the root, each a split. One trial per
/// utterance, whose one label holds for all its frames (ReadTrialLabels): rows = number of its last
/// crop, at least 1. Arousal is kept as written, in [0, 1], which is another scale than the other
/// sets have. CCC of the challenge is over utterances: average predictions per trial first.
///
/// Where a split has a list with and one without labels, the labelled one is used. Media:
/// `<root or a folder in it>/<video>/<utterance>`; crops `cropped_aligned*/<trial>`. Person: the
/// video, because its utterances show the same person, unless `persons.csv` says otherwise;
/// `splits.csv` overrides the list's split.
///
/// Defects: as ReadAffWild2, and no_video, list_without_labels.
///
/// @throws Error kNotFound; kBadData: no list, an utterance in two splits, as ReadUtterances.
/// Cost O(utterances x folders + crops). Thread-safe.
Manifest ReadOmg(const std::filesystem::path& root);

/// Lists `omg_*.csv` of `root` that start with the header.
std::vector<std::filesystem::path> OmgLists(const std::filesystem::path& root);

/// Labels of one trial, looked up in its list. @throws Error kNotFound; kBadData: the list has no
/// such utterance, or as ReadUtterances.
std::vector<VaLabel> ReadUtteranceLabels(const Trial& trial);

}  // namespace circumplex
