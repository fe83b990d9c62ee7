// SPDX-License-Identifier: Apache-2.0
#include "inference/predict_track.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "clips/windows.h"
#include "core/check.h"
#include "network/targets.h"

namespace circumplex {
namespace {

// Bounds the memory of the phase images (64 steps have 18 MB of them) and of what is made of them.
constexpr std::int64_t kStepsPerPass = 64;
// Windows per pass along time.
constexpr std::size_t kClipsPerPass = 64;

// [1, T, ...] of a one-clip batch to [T, ...].
at::Tensor ToDevice(const at::Tensor& tensor, const at::Device& device) {
  return tensor.defined() ? tensor.squeeze(0).to(device) : tensor;
}

at::Tensor SelectSteps(const at::Tensor& steps, const std::vector<std::int64_t>& indices) {
  return steps.index_select(0, at::tensor(indices, at::kLong).to(steps.device()));
}

}  // namespace

at::Tensor FuseSteps(TwoStreamNet net,
                     const RunOptions& options,
                     ClipTrack* track,
                     std::int64_t first,
                     std::int64_t count,
                     const at::Device& device) {
  CIRCUMPLEX_CHECK(!net->is_training(),
                   "steps are independent of each other in evaluation mode only");
  const at::NoGradGuard no_grad;
  const ClipBuilder builder(options.phase, options.appearance.enabled, options.motion.enabled);
  std::vector<at::Tensor> parts;
  for (std::int64_t start = first; start < first + count; start += kStepsPerPass) {
    ClipSteps clip{track, {}};
    const std::int64_t end = std::min(start + kStepsPerPass, first + count);
    for (std::int64_t step = start; step < end; ++step) clip.steps.push_back(step);
    const ClipInputs inputs = builder.Build({clip});
    parts.push_back(net->Fused(ToDevice(inputs.pool5_btd, device),
                               ToDevice(inputs.phase1_btchw, device),
                               ToDevice(inputs.phase2_btchw, device)));
  }
  return at::cat(parts, 0);
}

std::vector<Va> PredictTrack(TwoStreamNet net,
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
  // Windows overlap: what their steps share is computed once.
  const at::Tensor fused_td = FuseSteps(net, options, track, 0, track->size(), device);
  const bool batch_recurrence = options.regressor.recurrence == Recurrence::kBatch;
  const std::size_t per_pass =
      batch_recurrence ? static_cast<std::size_t>(options.training.batch) : kClipsPerPass;

  // A sequence for each starting step; windows of all sequences share passes.
  struct Part {
    std::vector<std::int64_t> steps;
    WindowStitcher stitcher;
  };
  std::vector<Part> parts;
  std::vector<std::pair<std::size_t, Window>> windows;
  for (int offset = 0; offset < std::min<std::int64_t>(clips.frame_step, track->size()); ++offset) {
    std::vector<std::int64_t> steps = StridedSteps(track->size(), clips.frame_step, offset);
    const auto count = static_cast<std::int64_t>(steps.size());
    const std::vector<Window> own =
        clips.whole_video ? std::vector<Window>{{0, count}}
                          : MakeWindows(count, clips.window, clips.stride, clips.test_rule);
    for (const Window& window : own) windows.emplace_back(parts.size(), window);
    parts.push_back({std::move(steps),
                     WindowStitcher(count, static_cast<int>(columns.size()), clips.test_rule)});
  }
  for (std::size_t first = 0; first < windows.size();) {
    // A pass holds windows of one length, so that none is padded.
    std::size_t last = first;
    std::vector<std::int64_t> steps;
    while (last < windows.size() && last - first < per_pass &&
           windows[last].second.size() == windows[first].second.size()) {
      const auto& [part, window] = windows[last++];
      const auto begin = parts[part].steps.begin();
      steps.insert(steps.end(), begin + window.begin, begin + window.end);
    }
    const auto batch = static_cast<std::int64_t>(last - first);
    const at::Tensor fused_btd =
        SelectSteps(fused_td, steps).unflatten(0, {batch, windows[first].second.size()});
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
    for (std::size_t i = 0; i < part.steps.size(); ++i) {
      Va& pair = pairs[static_cast<std::size_t>(part.steps[i])];
      for (std::size_t k = 0; k < columns.size(); ++k) {
        pair[static_cast<std::size_t>(columns[k])] = stitched[i * columns.size() + k];
      }
    }
  }
  return pairs;
}

}  // namespace circumplex
