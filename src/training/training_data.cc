// SPDX-License-Identifier: Apache-2.0
#include "training/training_data.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

#include "circumplex/error.h"

#include "clips/windows.h"
#include "core/rng.h"
#include "core/safetensors.h"
#include "network/targets.h"
#include "options/enum_names.h"

namespace circumplex {
namespace {

LabelWeights WeightsOf(const LabelMap& labels,
                       const std::vector<std::string>& trials,
                       const LdsOptions& lds) {
  std::vector<double> valence, arousal;
  for (const std::string& trial : trials) {
    for (const VaLabel& label : labels.at(trial)) {
      if (!label.annotated) continue;
      valence.push_back(label.valence);
      arousal.push_back(label.arousal);
    }
  }
  return LabelWeights(valence, arousal, lds);
}

}  // namespace

std::vector<VaLabel> LabelsOfRows(const std::vector<std::int64_t>& frames,
                                  const std::vector<VaLabel>& labels) {
  std::vector<VaLabel> rows;
  for (const std::int64_t frame : frames) {
    const bool known = frame < static_cast<std::int64_t>(labels.size()) && labels[frame].annotated;
    rows.push_back(known ? labels[frame] : VaLabel());
  }
  return rows;
}

LabelMap LabelsOfRows(const std::map<std::string, std::vector<std::int64_t>>& frames,
                      const LabelMap& labels) {
  LabelMap rows;
  for (const auto& [trial, of_trial] : frames)
    rows[trial] = LabelsOfRows(of_trial, labels.at(trial));
  return rows;
}

CccAccumulator LabelMoments(const LabelMap& labels, const std::vector<std::string>& trials) {
  CccAccumulator moments;
  for (const std::string& trial : trials) {
    for (const VaLabel& label : labels.at(trial)) {
      if (label.annotated) moments.Add(label.valence, label.arousal);
    }
  }
  if (moments.count() == 0) {
    throw Error(
        ErrorCode::kBadData,
        "none of the " + std::to_string(trials.size()) +
            " training trials has an annotated frame with a face; check annotations and features");
  }
  return moments;
}

TrainingData::TrainingData(const RunOptions& options,
                           const std::vector<std::string>& trials,
                           const LabelMap& row_labels,
                           ClipTrackCache* cache)
    : options_(options),
      trials_(trials),
      cache_(cache),
      builder_(options.phase, options.appearance.enabled, options.motion.enabled),
      moments_(LabelMoments(row_labels, trials)),
      weights_(WeightsOf(row_labels, trials, options.lds)) {
  for (const std::string& trial : trials_) {
    std::vector<Row>& rows = rows_[trial];
    for (const VaLabel& label : row_labels.at(trial)) {
      rows.push_back({label, {0, 0}});
      if (label.annotated) rows.back().weight = weights_.Of(label);
    }
  }
  if (Batches(0, options.training.seed).empty()) {
    throw Error(ErrorCode::kInvalidOptions,
                "clips.window = " + std::to_string(options.clips.window) +
                    ", clips.train_rule = " + EnumName(options.clips.train_rule) +
                    ": no training video is long enough to give a clip; use a shorter window or "
                    "cover_shift");
  }
}

Va TrainingData::label_std() const {
  return {std::sqrt(moments_.variance_x()), std::sqrt(moments_.variance_y())};
}

std::vector<std::vector<TrialRows>> TrainingData::Batches(int epoch, std::uint64_t seed) const {
  const ClipOptions& clips = options_.clips;
  Rng rng(seed, "clip order/" + std::to_string(epoch));
  std::vector<TrialRows> all;
  for (const std::string& trial : trials_) {
    const std::vector<Row>& labelled = rows_.at(trial);
    const auto count = static_cast<std::int64_t>(labelled.size());
    if (count == 0) continue;
    const int offset =
        static_cast<int>(rng.Below(std::min<std::uint64_t>(clips.frame_step, count)));
    const std::vector<std::int64_t> rows = StridedSteps(count, clips.frame_step, offset);
    for (const Window& window : MakeWindows(static_cast<std::int64_t>(rows.size()),
                                            clips.window,
                                            clips.stride,
                                            clips.train_rule)) {
      std::vector<std::int64_t> clip(rows.begin() + window.begin, rows.begin() + window.end);
      const bool useful = std::any_of(
          clip.begin(), clip.end(), [&](std::int64_t r) { return labelled[r].label.annotated; });
      if (useful) all.emplace_back(trial, std::move(clip));
    }
  }
  rng.Shuffle(all);
  std::vector<std::vector<TrialRows>> batches;
  const auto size = static_cast<std::size_t>(options_.training.batch);
  for (std::size_t first = 0; first < all.size(); first += size) {
    const std::size_t last = std::min(all.size(), first + size);
    if (last - first < size && options_.training.drop_last && !batches.empty()) break;
    batches.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(first),
                         all.begin() + static_cast<std::ptrdiff_t>(last));
  }
  return batches;
}

TrainingBatch TrainingData::Build(const std::vector<TrialRows>& batch, Targets targets) const {
  std::vector<std::shared_ptr<ClipTrack>> held;
  std::vector<ClipSteps> clips;
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
    const std::vector<Row>& rows = rows_.at(batch[b].first);
    for (std::size_t t = 0; t < batch[b].second.size(); ++t) {
      const std::size_t at = b * length + t;
      const Row& row = rows[static_cast<std::size_t>(batch[b].second[t])];
      valid[at] = row.label.annotated;
      for (std::size_t k = 0; k < columns.size(); ++k) {
        const auto target = static_cast<std::size_t>(columns[k]);
        label[at * columns.size() + k] = static_cast<float>(row.label[target]);
        weight[at * columns.size() + k] = static_cast<float>(row.weight[target]);
      }
    }
  }
  return result;
}

std::pair<at::Tensor, at::Tensor> TrainingData::Pool5Statistics() const {
  constexpr int kSize = kPool5Size;
  std::vector<double> mean(kSize), m2(kSize);
  double count = 0;
  for (const std::string& trial : trials_) {
    const auto track = cache_->Get(trial);
    const std::vector<Row>& rows = rows_.at(trial);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (!rows[r].label.annotated) continue;
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
