// SPDX-License-Identifier: Apache-2.0
#include "training/training_data.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "circumplex/ccc.h"
#include "circumplex/error.h"
#include "circumplex/lds.h"

#include "clips/windows.h"
#include "core/rng.h"
#include "core/safetensors.h"
#include "inference/sequence_predictor.h"
#include "labels/bins.h"
#include "options/enum_names.h"

namespace circumplex {
namespace {

// Among this many random orders one whose correlation with the true labels is near 0 is sure to be.

}  // namespace

LabelledRows LabelRows(const FeatureTrack& track, const std::vector<VaLabel>& labels) {
  LabelledRows rows;
  for (const std::int64_t frame : track.frame) {
    const bool annotated =
        frame < static_cast<std::int64_t>(labels.size()) && labels[frame].annotated;
    rows.annotated.push_back(annotated);
    rows.label.push_back(annotated ? Va{labels[frame]} : Va{0, 0});
    rows.weight.push_back(annotated ? Va{1, 1} : Va{0, 0});
  }
  return rows;
}

namespace {

// Bins of one target's density, or cells of the joint one (row: valence, column: arousal).
std::size_t CellCount(const LdsOptions& lds) {
  return static_cast<std::size_t>(lds.joint ? lds.joint_bins * lds.joint_bins : lds.num_bins);
}

std::size_t CellOf(const Va& label, std::size_t target, const LdsOptions& lds) {
  if (!lds.joint) return static_cast<std::size_t>(LabelBin(label[target], lds.num_bins, lds.bins));
  return static_cast<std::size_t>(LabelCell(label[0], lds.joint_bins) * lds.joint_bins +
                                  LabelCell(label[1], lds.joint_bins));
}

// Cells without a training label (weight 0) take the weight of the nearest one with one, the lower
// index of two.
void FillEmptyCells(const LdsOptions& lds, std::vector<double>* weights) {
  const auto columns = lds.joint ? static_cast<std::int64_t>(lds.joint_bins)
                                 : static_cast<std::int64_t>(weights->size());
  const std::vector<double> known = *weights;
  const auto count = static_cast<std::int64_t>(known.size());
  for (std::int64_t cell = 0; cell < count; ++cell) {
    if (known[cell] > 0) continue;
    std::int64_t nearest = std::numeric_limits<std::int64_t>::max();
    for (std::int64_t other = 0; other < count; ++other) {
      if (known[other] <= 0) continue;
      const std::int64_t down = other / columns - cell / columns,
                         across = other % columns - cell % columns;
      if (down * down + across * across >= nearest) continue;
      nearest = down * down + across * across;
      (*weights)[cell] = known[other];
    }
  }
}

}  // namespace

std::map<std::string, std::vector<VaLabel>> ShuffledLabels(
    const std::map<std::string, std::vector<VaLabel>>& labels,
    std::uint64_t seed,
    const std::string& network) {
  std::vector<std::string> circle;
  for (const auto& [trial, rows] : labels) {
    if (!rows.empty()) circle.push_back(trial);
  }
  Rng rng(seed, "shuffled labels " + network);
  rng.Shuffle(circle);
  std::map<std::string, std::vector<VaLabel>> shuffled = labels;
  for (std::size_t i = 0; i < circle.size(); ++i) {
    const std::vector<VaLabel>& other = labels.at(circle[(i + 1) % circle.size()]);
    std::vector<VaLabel>& given = shuffled[circle[i]];
    for (std::size_t t = 0; t < given.size(); ++t) given[t] = other[t % other.size()];
  }
  return shuffled;
}

TrainingData::TrainingData(const RunOptions& options,
                           const std::vector<std::string>& trials,
                           const std::map<std::string, std::vector<VaLabel>>& labels,
                           ClipTrackCache* cache)
    : options_(options),
      trials_(trials),
      cache_(cache),
      builder_(options.phase, options.appearance.enabled, options.motion.enabled) {
  std::vector<double> valence, arousal;
  CccAccumulator moments;
  for (std::size_t i = 0; i < trials_.size(); ++i) {
    const FeatureTrack& track = cache_->Get(trials_[i])->features();
    LabelledRows rows = LabelRows(track, labels.at(trials_[i]));
    for (std::size_t r = 0; r < rows.label.size(); ++r) {
      if (!rows.annotated[r]) continue;
      valence.push_back(rows.label[r][0]);
      arousal.push_back(rows.label[r][1]);
      moments.Add(rows.label[r][0], rows.label[r][1]);
    }
    rows_[trials_[i]] = std::move(rows);
  }
  annotated_rows_ = moments.count();
  if (annotated_rows_ == 0) {
    throw Error(
        ErrorCode::kBadData,
        "none of the " + std::to_string(trials_.size()) +
            " training trials has an annotated frame with a face; check annotations and features");
  }
  label_mean_ = {moments.mean_x(), moments.mean_y()};
  label_std_ = {std::sqrt(moments.variance_x()), std::sqrt(moments.variance_y())};

  if (options.lds.enabled) {
    const std::vector<double> joint =
        options.lds.joint ? JointLdsWeights(valence, arousal, options.lds) : std::vector<double>();
    const std::vector<double> of_valence =
        options.lds.joint ? joint : LdsWeights(valence, options.lds);
    const std::vector<double> of_arousal =
        options.lds.joint ? joint : LdsWeights(arousal, options.lds);
    std::size_t next = 0;
    for (const std::string& trial : trials_) {
      LabelledRows& rows = rows_[trial];
      for (std::size_t r = 0; r < rows.weight.size(); ++r) {
        if (!rows.annotated[r]) continue;
        rows.weight[r] = {of_valence[next], of_arousal[next]};
        for (std::size_t k = 0; k < 2; ++k) {
          weight_of_cell_[k].resize(CellCount(options.lds));
          weight_of_cell_[k][CellOf(rows.label[r], k, options.lds)] = rows.weight[r][k];
        }
        ++next;
      }
    }
  }
  for (std::vector<double>& weights : weight_of_cell_) FillEmptyCells(options.lds, &weights);
  if (Batches(0, options.training.seed).empty()) {
    throw Error(ErrorCode::kInvalidOptions,
                "clips.window = " + std::to_string(options.clips.window) +
                    ", clips.train_rule = " + EnumName(options.clips.train_rule) +
                    ": no training video is long enough to give a clip; use a shorter window or "
                    "cover_shift");
  }
}

std::vector<std::vector<std::pair<std::string, std::vector<std::int64_t>>>> TrainingData::Batches(
    int epoch, std::uint64_t seed) const {
  const ClipOptions& clips = options_.clips;
  Rng rng(seed, "clip order/" + std::to_string(epoch));
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> all;
  for (const std::string& trial : trials_) {
    const LabelledRows& labelled = rows_.at(trial);
    const auto count = static_cast<std::int64_t>(labelled.label.size());
    if (count == 0) continue;
    const int offset =
        static_cast<int>(rng.Below(std::min<std::uint64_t>(clips.frame_step, count)));
    const std::vector<std::int64_t> rows = SteppedRows(count, clips.frame_step, offset);
    for (const Window& window : MakeWindows(static_cast<std::int64_t>(rows.size()),
                                            clips.window,
                                            clips.stride,
                                            clips.train_rule)) {
      std::vector<std::int64_t> clip(rows.begin() + window.begin, rows.begin() + window.end);
      const bool useful = std::any_of(
          clip.begin(), clip.end(), [&](std::int64_t r) { return labelled.annotated[r]; });
      if (useful) all.emplace_back(trial, std::move(clip));
    }
  }
  rng.Shuffle(all);
  std::vector<std::vector<std::pair<std::string, std::vector<std::int64_t>>>> batches;
  const auto size = static_cast<std::size_t>(options_.training.batch);
  for (std::size_t first = 0; first < all.size(); first += size) {
    const std::size_t last = std::min(all.size(), first + size);
    if (last - first < size && options_.training.drop_last && !batches.empty()) break;
    batches.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(first),
                         all.begin() + static_cast<std::ptrdiff_t>(last));
  }
  return batches;
}

TrainingBatch TrainingData::Build(
    const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& batch,
    Targets targets) const {
  std::vector<std::shared_ptr<ClipTrack>> held;
  std::vector<ClipRows> clips;
  std::size_t length = 0;
  for (const auto& [trial, rows] : batch) {
    held.push_back(cache_->Get(trial));
    clips.push_back({held.back().get(), rows});
    length = std::max(length, rows.size());
  }
  const std::vector<int> columns = TargetColumns(targets);
  const auto size = static_cast<std::int64_t>(batch.size()),
             steps = static_cast<std::int64_t>(length);
  const auto outputs = static_cast<std::int64_t>(columns.size());
  TrainingBatch result;
  result.inputs = builder_.Build(clips);
  result.label_btk = at::zeros({size, steps, outputs}, at::kFloat);
  result.weight_btk = at::zeros({size, steps, outputs}, at::kFloat);
  result.valid_bt = at::zeros({size, steps}, at::kBool);
  auto* label = result.label_btk.data_ptr<float>();
  auto* weight = result.weight_btk.data_ptr<float>();
  auto* valid = result.valid_bt.data_ptr<bool>();
  for (std::size_t b = 0; b < batch.size(); ++b) {
    const LabelledRows& labelled = rows_.at(batch[b].first);
    for (std::size_t t = 0; t < batch[b].second.size(); ++t) {
      const std::size_t at = b * length + t;
      const auto row = static_cast<std::size_t>(batch[b].second[t]);
      valid[at] = labelled.annotated[row];
      for (std::size_t k = 0; k < columns.size(); ++k) {
        label[at * columns.size() + k] =
            static_cast<float>(labelled.label[row][static_cast<std::size_t>(columns[k])]);
        weight[at * columns.size() + k] =
            static_cast<float>(labelled.weight[row][static_cast<std::size_t>(columns[k])]);
      }
    }
  }
  return result;
}

Va TrainingData::WeightOf(const Va& label) const {
  Va weight{1, 1};
  for (std::size_t k = 0; k < 2; ++k) {
    if (!weight_of_cell_[k].empty()) weight[k] = weight_of_cell_[k][CellOf(label, k, options_.lds)];
  }
  return weight;
}

std::pair<at::Tensor, at::Tensor> TrainingData::Pool5Statistics() const {
  constexpr int kSize = FeatureTrack::kPool5;
  std::vector<double> mean(kSize), m2(kSize);
  double count = 0;
  for (const std::string& trial : trials_) {
    const auto track = cache_->Get(trial);
    const LabelledRows& labelled = rows_.at(trial);
    for (std::size_t r = 0; r < labelled.annotated.size(); ++r) {
      if (!labelled.annotated[r]) continue;
      count += 1;
      const std::uint16_t* values = track->features().pool5.data() + r * kSize;
      for (int d = 0; d < kSize; ++d) {
        const double value = HalfToFloat(values[d]), delta = value - mean[d];
        mean[d] += delta / count;
        m2[d] += delta * (value - mean[d]);
      }
    }
  }
  for (double& value : m2) value = std::sqrt(value / count);
  return {at::from_blob(mean.data(), {kSize}, at::kDouble).to(at::kFloat),
          at::from_blob(m2.data(), {kSize}, at::kDouble).to(at::kFloat)};
}

}  // namespace circumplex
