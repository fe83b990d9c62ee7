// SPDX-License-Identifier: Apache-2.0
#include "inference/sequence_predictor.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "circumplex/error.h"

#include "clips/windows.h"
#include "core/check.h"
#include "features/backbone_text.h"
#include "regressor/checkpoint.h"

namespace circumplex {
namespace {

// Clips per pass along time; bounds the memory of the phase images (a clip of 64 rows has 18 MB of
// them).
constexpr std::size_t kClipsPerPass = 8;

at::Tensor ToDevice(const at::Tensor& tensor, const at::Device& device) {
  return tensor.defined() ? tensor.to(device) : tensor;
}

}  // namespace

std::vector<int> TargetColumns(Targets targets) {
  if (targets == Targets::kBoth) return {0, 1};
  return {targets == Targets::kValence ? 0 : 1};
}

RunOptions OptionsOfMember(RunOptions options, Targets targets) {
  options.regressor.targets = targets;
  options.regressor.separate_models = false;
  return options;
}

TwoStreamNet MakeNet(const RunOptions& options) {
  return TwoStreamNet(options.appearance, options.motion, options.phase, options.regressor);
}

std::vector<VaPair> PredictRows(TwoStreamNet net,
                                const RunOptions& options,
                                Targets targets,
                                ClipTrack* track,
                                const at::Device& device) {
  const at::NoGradGuard no_grad;
  CIRCUMPLEX_CHECK(!net->is_training(), "prediction needs evaluation mode");
  const ClipOptions& clips = options.clips;
  const std::vector<int> columns = TargetColumns(targets);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<VaPair> pairs(static_cast<std::size_t>(track->size()), VaPair{nan, nan});
  const ClipBuilder builder(options.phase, options.appearance.enabled, options.motion.enabled);
  const bool batch_recurrence = options.regressor.recurrence == Recurrence::kBatch;
  const std::size_t per_pass =
      batch_recurrence ? static_cast<std::size_t>(options.training.batch) : kClipsPerPass;

  // A sequence for each starting row; windows of all sequences share passes.
  struct Part {
    std::vector<std::int64_t> rows;
    WindowStitcher stitcher;
  };
  std::vector<Part> parts;
  std::vector<std::pair<std::size_t, Window>> windows;
  for (int offset = 0; offset < std::min<std::int64_t>(clips.frame_step, track->size()); ++offset) {
    std::vector<std::int64_t> rows = SteppedRows(track->size(), clips.frame_step, offset);
    const auto count = static_cast<std::int64_t>(rows.size());
    const std::vector<Window> own =
        clips.whole_video ? std::vector<Window>{{0, count}}
                          : MakeWindows(count, clips.window, clips.stride, clips.test_rule);
    for (const Window& window : own) windows.emplace_back(parts.size(), window);
    parts.push_back({std::move(rows),
                     WindowStitcher(count, static_cast<int>(columns.size()), clips.test_rule)});
  }
  for (std::size_t first = 0; first < windows.size();) {
    // A pass holds windows of one length, so that none is padded.
    std::size_t last = first;
    std::vector<ClipRows> batch;
    while (last < windows.size() && last - first < per_pass &&
           windows[last].second.size() == windows[first].second.size()) {
      const auto& [part, window] = windows[last++];
      const auto begin = parts[part].rows.begin();
      batch.push_back({track, {begin + window.begin, begin + window.end}});
    }
    const ClipInputs inputs = builder.Build(batch);
    const at::Tensor output_btk = net->forward(ToDevice(inputs.pool5_btd, device),
                                               ToDevice(inputs.phase1_btchw, device),
                                               ToDevice(inputs.phase2_btchw, device))
                                      .to(at::kCPU, at::kFloat)
                                      .contiguous();
    const float* values = output_btk.data_ptr<float>();
    for (; first < last; ++first) {
      const auto& [part, window] = windows[first];
      parts[part].stitcher.Add(window, values);
      values += window.size() * static_cast<std::int64_t>(columns.size());
    }
  }
  for (const Part& part : parts) {
    const std::vector<double> stitched = part.stitcher.Values();
    for (std::size_t i = 0; i < part.rows.size(); ++i) {
      VaPair& pair = pairs[static_cast<std::size_t>(part.rows[i])];
      for (std::size_t k = 0; k < columns.size(); ++k) {
        pair[static_cast<std::size_t>(columns[k])] = stitched[i * columns.size() + k];
      }
    }
  }
  return pairs;
}

Model Model::Load(const std::filesystem::path& folder, const at::Device& device) {
  Model model;
  model.card_ = ReadModelCard(folder);
  model.folder_ = folder;
  model.device_ = device;
  for (const ModelMember& member : model.card_.members) {
    TwoStreamNet net = MakeNet(OptionsOfMember(model.card_.options, member.targets));
    ReadCheckpoint(folder / member.file, *net);
    net->to(device);
    net->eval();
    model.nets_.push_back(net);
  }
  return model;
}

std::vector<VaPair> Model::Predict(ClipTrack* track) const {
  const FeatureTrack& features = track->features();
  const RunOptions& options = card_.options;
  if (features.size() > 0 && options.appearance.enabled &&
      (features.weights_hash != card_.backbone_hash ||
       features.backbone != BackboneText(options.backbone))) {
    throw Error(ErrorCode::kBadData,
                features.trial + ": its pool5 features come from backbone " + features.backbone +
                    " with weights " + features.weights_hash + ", the model was trained on " +
                    BackboneText(options.backbone) + " with " + card_.backbone_hash +
                    "; extract the features with the model's backbone");
  }
  std::vector<VaPair> sum(static_cast<std::size_t>(track->size()), VaPair{0, 0});
  VaPair count{0, 0};
  for (std::size_t m = 0; m < nets_.size(); ++m) {
    const ModelMember& member = card_.members[m];
    const auto pairs = PredictRows(
        nets_[m], OptionsOfMember(options, member.targets), member.targets, track, device_);
    for (const int k : TargetColumns(member.targets)) {
      const bool match = options.inference.spread_matching && member.prediction_std[k] > 0;
      const double scale = match ? card_.label_std[k] / member.prediction_std[k] : 1.0;
      const double center = match ? member.prediction_mean[k] : 0.0;
      for (std::size_t i = 0; i < pairs.size(); ++i)
        sum[i][k] += center + (pairs[i][k] - center) * scale;
      count[k] += 1;
    }
  }
  for (VaPair& pair : sum) {
    for (int k = 0; k < 2; ++k) {
      pair[k] = count[k] > 0 ? pair[k] / count[k] : std::numeric_limits<double>::quiet_NaN();
    }
  }
  return sum;
}

}  // namespace circumplex
