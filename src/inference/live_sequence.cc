// SPDX-License-Identifier: Apache-2.0
#include "inference/live_sequence.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <limits>

#include "core/check.h"
#include "inference/predict_track.h"
#include "network/targets.h"

namespace circumplex {

LiveSequence::LiveSequence(const Model* model) : model_(model), fused_(model->nets().size()) {}

Va LiveSequence::Push(const FeatureTrack& newest) {
  CIRCUMPLEX_CHECK(newest.size() == 1, "steps are pushed one by one");
  const at::NoGradGuard no_grad;
  model_->RequireOwnBackbone(newest);
  const RunOptions& options = model_->card().options;
  // A new frame completes the snippets of the steps within half a snippet of it, and those look as
  // far back again.
  const std::int64_t half = options.motion.enabled ? options.phase.snippet_frames / 2 : 0;
  recent_.Append(newest);
  recent_.KeepLast(2 * half + 1);
  ClipTrack clip(recent_, options.phase);
  const std::int64_t changed = std::min(half + 1, recent_.size());
  const auto stride = static_cast<std::size_t>(options.clips.frame_step);
  const std::size_t keep = static_cast<std::size_t>(options.clips.window) * stride;

  std::vector<std::vector<Va>> by_member;
  for (std::size_t m = 0; m < fused_.size(); ++m) {
    TwoStreamNet net = model_->nets()[m];
    const at::Tensor newest_steps =
        FuseSteps(net, options, &clip, recent_.size() - changed, changed, model_->device());
    std::deque<at::Tensor>& known = fused_[m];
    known.resize(known.size() - std::min(known.size(), static_cast<std::size_t>(changed - 1)));
    for (std::int64_t i = 0; i < changed; ++i) known.push_back(newest_steps[i]);
    while (known.size() > keep) known.pop_front();
    std::vector<at::Tensor> window;
    for (std::size_t i = (known.size() - 1) % stride; i < known.size(); i += stride) {
      window.push_back(known[i]);
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
