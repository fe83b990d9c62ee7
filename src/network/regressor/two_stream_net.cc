// SPDX-License-Identifier: Apache-2.0
#include "network/regressor/two_stream_net.h"

#include <string>
#include <vector>

#include "circumplex/error.h"

namespace circumplex {
namespace {

/// `tensor` must be `leading` axes followed by `tail`; the leading ones are compared with `axes`,
/// or set there by the first input.
void CheckInput(const char* name,
                const at::Tensor& tensor,
                std::size_t leading,
                const std::vector<std::int64_t>& tail,
                std::vector<std::int64_t>& axes) {
  bool fits = tensor.defined() && static_cast<std::size_t>(tensor.dim()) == leading + tail.size();
  for (std::size_t i = 0; fits && i < tail.size(); ++i) {
    fits = tensor.size(static_cast<std::int64_t>(leading + i)) == tail[i];
  }
  for (std::size_t i = 0; fits && i < leading; ++i) {
    const std::int64_t size = tensor.size(static_cast<std::int64_t>(i));
    fits = size >= 1 && (axes.size() < leading || axes[i] == size);
  }
  if (!fits) {
    std::string expected = leading == 2 ? "[B, T" : "[N";
    for (const std::int64_t size : tail) expected += ", " + std::to_string(size);
    throw Error(ErrorCode::kInvalidArgument,
                std::string(name) + " is " + (tensor.defined() ? ShapeText(tensor) : "missing") +
                    " where the network takes " + expected +
                    "], with the same leading axes (at least 1) for every input; check streams and "
                    "phase options");
  }
  if (axes.empty())
    axes.assign(tensor.sizes().begin(),
                tensor.sizes().begin() + static_cast<std::ptrdiff_t>(leading));
}

at::Tensor FlattenRows(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.flatten(0, 1) : tensor;
}

}  // namespace

FusionImpl::FusionImpl(std::int64_t inputs, std::int64_t outputs, double dropout_rate)
    : fc(inputs, outputs), bn(outputs), dropout(dropout_rate) {
  register_module("fc", fc);
  register_module("bn", bn);
  register_module("dropout", dropout);
}

at::Tensor FusionImpl::forward(const at::Tensor& rows) { return dropout(bn(fc(rows).relu())); }

HeadImpl::HeadImpl(std::int64_t inputs, std::int64_t outputs, double dropout_rate, bool batch_norm)
    : dropout(dropout_rate), fc(inputs, outputs) {
  register_module("dropout", dropout);
  register_module("fc", fc);
  if (batch_norm) bn = register_module("bn", torch::nn::BatchNorm1d(outputs));
}

at::Tensor HeadImpl::forward(const at::Tensor& rows) {
  const at::Tensor x = fc(dropout(rows));
  return bn.is_empty() ? x : bn(x);
}

at::Tensor HeadImpl::ForwardEach(const std::vector<at::Tensor>& rows) {
  const at::Tensor mask = dropout(at::ones_like(rows.front()));
  std::vector<at::Tensor> outputs;
  for (std::size_t k = 0; k < rows.size(); ++k)
    outputs.push_back(fc(rows[k] * mask).select(1, static_cast<std::int64_t>(k)));
  const at::Tensor x = at::stack(outputs, 1);
  return bn.is_empty() ? x : bn(x);
}

TwoStreamNetImpl::TwoStreamNetImpl(const AppearanceOptions& appearance_options,
                                   const MotionOptions& motion_options,
                                   const PhaseOptions& phase,
                                   const RegressorOptions& regressor)
    : phase_channels_(phase.Channels()), phase_size_(phase.size) {
  if (!appearance_options.enabled && !motion_options.enabled) {
    throw Error(
        ErrorCode::kInvalidOptions,
        "appearance.enabled and motion.enabled are both off: the network needs at least one "
        "stream");
  }
  RequireValid(regressor.Violations());
  std::int64_t inputs = 0;
  if (appearance_options.enabled) {
    appearance = register_module("appearance", AppearanceMlp(appearance_options));
    inputs += appearance_options.hidden;
  }
  if (motion_options.enabled) {
    motion = register_module("motion", PhaseNet(motion_options, phase));
    inputs += motion_options.hidden;
  }
  fusion = register_module("fusion", Fusion(inputs, regressor.fusion, regressor.fusion_dropout));
  gru = register_module(
      "gru",
      torch::nn::GRU(torch::nn::GRUOptions(regressor.fusion, regressor.hidden)
                         .num_layers(regressor.layers)
                         .bidirectional(regressor.bidirectional)
                         .dropout(regressor.layers > 1 ? regressor.gru_dropout : 0.0)
                         .batch_first(regressor.recurrence == Recurrence::kTime)));
  head = register_module("head",
                         Head(regressor.hidden * (regressor.bidirectional ? 2 : 1),
                              regressor.NumTargets(),
                              regressor.head_dropout,
                              regressor.head_batch_norm));
}

std::vector<std::int64_t> TwoStreamNetImpl::CheckInputs(const at::Tensor& pool5,
                                                        const at::Tensor& phase1,
                                                        const at::Tensor& phase2,
                                                        std::size_t leading) const {
  std::vector<std::int64_t> axes;
  if (uses_pool5()) CheckInput("pool5", pool5, leading, {kPool5Size}, axes);
  if (uses_phase1()) {
    CheckInput("phase1", phase1, leading, {phase_channels_, phase_size_, phase_size_}, axes);
  }
  if (uses_phase2()) {
    CheckInput(
        "phase2", phase2, leading, {phase_channels_, phase_size_ / 2, phase_size_ / 2}, axes);
  }
  std::int64_t rows = 1;
  for (const std::int64_t size : axes) rows *= size;
  if (is_training() && rows < 2) {
    throw Error(ErrorCode::kInvalidArgument,
                "one row cannot be trained on: batch norm needs at least two rows per batch");
  }
  return axes;
}

at::Tensor TwoStreamNetImpl::forward(const at::Tensor& pool5,
                                     const at::Tensor& phase1,
                                     const at::Tensor& phase2) {
  return Outputs(Features(pool5, phase1, phase2));
}

at::Tensor TwoStreamNetImpl::Features(const at::Tensor& pool5,
                                      const at::Tensor& phase1,
                                      const at::Tensor& phase2) {
  const std::vector<std::int64_t> axes = CheckInputs(pool5, phase1, phase2, 2);
  const at::Tensor fused = Fused(uses_pool5() ? FlattenRows(pool5) : pool5,
                                 uses_phase1() ? FlattenRows(phase1) : phase1,
                                 uses_phase2() ? FlattenRows(phase2) : phase2);
  return Recur(fused.unflatten(0, {axes[0], axes[1]}));
}

at::Tensor TwoStreamNetImpl::Fused(const at::Tensor& pool5,
                                   const at::Tensor& phase1,
                                   const at::Tensor& phase2) {
  CheckInputs(pool5, phase1, phase2, 1);
  std::vector<at::Tensor> streams;
  if (uses_pool5()) streams.push_back(appearance(pool5));
  if (uses_phase1()) streams.push_back(motion(phase1, phase2));
  return fusion(streams.size() == 1 ? streams.front() : at::cat(streams, 1));
}

at::Tensor TwoStreamNetImpl::Recur(const at::Tensor& fused) { return std::get<0>(gru(fused)); }

at::Tensor TwoStreamNetImpl::Outputs(const at::Tensor& features) {
  return head(features.flatten(0, 1)).unflatten(0, {features.size(0), features.size(1)});
}

at::Tensor TwoStreamNetImpl::OutputsEach(const std::vector<at::Tensor>& features) {
  std::vector<at::Tensor> rows;
  for (const at::Tensor& of_target : features) rows.push_back(of_target.flatten(0, 1));
  return head->ForwardEach(rows).unflatten(0, {features.front().size(0), features.front().size(1)});
}

TwoStreamNet MakeNet(const RunOptions& options) {
  return TwoStreamNet(options.appearance, options.motion, options.phase, options.regressor);
}

}  // namespace circumplex
