// SPDX-License-Identifier: Apache-2.0
#include "inference/sequence_predictor.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "circumplex/error.h"

#include "clips/windows.h"
#include "core/check.h"
#include "network/checkpoint.h"

namespace circumplex {
namespace {

// Bounds the memory of the phase images (64 rows have 18 MB of them) and of what is made of them.
constexpr std::int64_t kRowsPerPass = 64;
// Windows per pass along time.
constexpr std::size_t kClipsPerPass = 64;

// [1, T, ...] of a one-clip batch to [T, ...].
at::Tensor ToDevice(const at::Tensor& tensor, const at::Device& device) {
  return tensor.defined() ? tensor.squeeze(0).to(device) : tensor;
}

at::Tensor SelectRows(const at::Tensor& rows, const std::vector<std::int64_t>& indices) {
  return rows.index_select(0, at::tensor(indices, at::kLong).to(rows.device()));
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

at::Tensor FusedRows(TwoStreamNet net,
                     const RunOptions& options,
                     ClipTrack* track,
                     std::int64_t first,
                     std::int64_t count,
                     const at::Device& device) {
  CIRCUMPLEX_CHECK(!net->is_training(),
                   "rows are independent of each other in evaluation mode only");
  const at::NoGradGuard no_grad;
  const ClipBuilder builder(options.phase, options.appearance.enabled, options.motion.enabled);
  std::vector<at::Tensor> parts;
  for (std::int64_t start = first; start < first + count; start += kRowsPerPass) {
    ClipRows rows{track, {}};
    const std::int64_t end = std::min(start + kRowsPerPass, first + count);
    for (std::int64_t row = start; row < end; ++row) rows.rows.push_back(row);
    const ClipInputs inputs = builder.Build({rows});
    parts.push_back(net->Fused(ToDevice(inputs.pool5_btd, device),
                               ToDevice(inputs.phase1_btchw, device),
                               ToDevice(inputs.phase2_btchw, device)));
  }
  return at::cat(parts, 0);
}

std::vector<Va> PredictRows(TwoStreamNet net,
                            const RunOptions& options,
                            Targets targets,
                            ClipTrack* track,
                            const at::Device& device) {
  const at::NoGradGuard no_grad;
  const ClipOptions& clips = options.clips;
  const std::vector<int> columns = TargetColumns(targets);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<Va> pairs(static_cast<std::size_t>(track->size()), Va{nan, nan});
  if (pairs.empty()) return pairs;
  // Windows overlap: what their rows share is computed once.
  const at::Tensor fused_td = FusedRows(net, options, track, 0, track->size(), device);
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
    std::vector<std::int64_t> rows;
    while (last < windows.size() && last - first < per_pass &&
           windows[last].second.size() == windows[first].second.size()) {
      const auto& [part, window] = windows[last++];
      const auto begin = parts[part].rows.begin();
      rows.insert(rows.end(), begin + window.begin, begin + window.end);
    }
    const auto batch = static_cast<std::int64_t>(last - first);
    const at::Tensor fused_btd =
        SelectRows(fused_td, rows).unflatten(0, {batch, windows[first].second.size()});
    const at::Tensor output_btk =
        net->Outputs(net->Recur(fused_btd)).to(at::kCPU, at::kFloat).contiguous();
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
      Va& pair = pairs[static_cast<std::size_t>(part.rows[i])];
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
  model.device_ = device;
  // A model folder carries imported backbone weights beside its card.
  std::string& weights = model.card_.options.backbone.weights;
  if (!weights.empty() && std::filesystem::path(weights).is_relative()) {
    weights = (folder / weights).string();
  }
  for (const ModelMember& member : model.card_.members) {
    TwoStreamNet net = MakeNet(OptionsOfMember(model.card_.options, member.targets));
    ReadCheckpoint(folder / member.file, *net);
    net->to(device);
    net->eval();
    model.nets_.push_back(net);
  }
  return model;
}

void Model::SetBatchWindows(int windows) {
  if (windows < 1) {
    throw Error(ErrorCode::kInvalidArgument,
                "batch_windows = " + std::to_string(windows) + "; at least 1 is needed");
  }
  card_.options.training.batch = windows;
}

void Model::RequireOwnBackbone(const FeatureTrack& features) const {
  const RunOptions& options = card_.options;
  if (features.size() == 0 || !options.appearance.enabled) return;
  if (features.weights_hash == card_.backbone_hash &&
      features.backbone == BackboneText(options.backbone)) {
    return;
  }
  throw Error(ErrorCode::kBadData,
              features.trial + ": its pool5 features come from backbone " + features.backbone +
                  " with weights " + features.weights_hash + ", the model was trained on " +
                  BackboneText(options.backbone) + " with " + card_.backbone_hash +
                  "; extract the features with the model's backbone");
}

std::vector<Va> Model::Join(const std::vector<std::vector<Va>>& by_member) const {
  CIRCUMPLEX_CHECK(by_member.size() == nets_.size(), "one prediction per member");
  const std::size_t rows = by_member.empty() ? 0 : by_member.front().size();
  std::vector<Va> sum(rows, Va{0, 0});
  Va count{0, 0};
  for (std::size_t m = 0; m < nets_.size(); ++m) {
    const ModelMember& member = card_.members[m];
    for (const int k : TargetColumns(member.targets)) {
      const bool match = card_.options.inference.spread_matching && member.prediction_std[k] > 0;
      const double scale = match ? card_.label_std[k] / member.prediction_std[k] : 1.0;
      const double center = match ? member.prediction_mean[k] : 0.0;
      for (std::size_t i = 0; i < rows; ++i) {
        sum[i][k] += center + (by_member[m][i][k] - center) * scale;
      }
      count[k] += 1;
    }
  }
  for (Va& pair : sum) {
    for (int k = 0; k < 2; ++k) {
      pair[k] = count[k] > 0 ? pair[k] / count[k] - card_.bias[k]
                             : std::numeric_limits<double>::quiet_NaN();
    }
  }
  return sum;
}

std::vector<Va> Model::Predict(ClipTrack* track) const {
  RequireOwnBackbone(track->features());
  std::vector<std::vector<Va>> by_member;
  for (std::size_t m = 0; m < nets_.size(); ++m) {
    const Targets targets = card_.members[m].targets;
    by_member.push_back(
        PredictRows(nets_[m], OptionsOfMember(card_.options, targets), targets, track, device_));
  }
  return Join(by_member);
}

LiveSequence::LiveSequence(const Model* model) : model_(model), fused_(model->nets().size()) {}

Va LiveSequence::Push(const FeatureTrack& newest) {
  CIRCUMPLEX_CHECK(newest.size() == 1, "rows are pushed one by one");
  const at::NoGradGuard no_grad;
  model_->RequireOwnBackbone(newest);
  const RunOptions& options = model_->card().options;
  // A new frame completes the snippets of the rows within half a snippet of it, and those look as
  // far back again.
  const std::int64_t half = options.motion.enabled ? options.phase.snippet_frames / 2 : 0;
  recent_.Append(newest);
  recent_.KeepLast(2 * half + 1);
  ClipTrack clip(recent_, options.phase);
  const std::int64_t changed = std::min(half + 1, recent_.size());
  const auto step = static_cast<std::size_t>(options.clips.frame_step);
  const std::size_t keep = static_cast<std::size_t>(options.clips.window) * step;

  std::vector<std::vector<Va>> by_member;
  for (std::size_t m = 0; m < fused_.size(); ++m) {
    TwoStreamNet net = model_->nets()[m];
    const at::Tensor rows =
        FusedRows(net, options, &clip, recent_.size() - changed, changed, model_->device());
    std::deque<at::Tensor>& known = fused_[m];
    known.resize(known.size() - std::min(known.size(), static_cast<std::size_t>(changed - 1)));
    for (std::int64_t row = 0; row < changed; ++row) known.push_back(rows[row]);
    while (known.size() > keep) known.pop_front();
    std::vector<at::Tensor> window;
    for (std::size_t row = (known.size() - 1) % step; row < known.size(); row += step) {
      window.push_back(known[row]);
    }
    const at::Tensor output_k = net->Outputs(net->Recur(at::stack(window, 0).unsqueeze(0)))
                                    .to(at::kCPU, at::kDouble)
                                    .select(1, -1)
                                    .squeeze(0);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    Va pair{nan, nan};
    const std::vector<int> columns = TargetColumns(model_->card().members[m].targets);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      pair[static_cast<std::size_t>(columns[k])] =
          output_k[static_cast<std::int64_t>(k)].item<double>();
    }
    by_member.push_back({pair});
  }
  return model_->Join(by_member).front();
}

}  // namespace circumplex
