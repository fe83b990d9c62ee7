// SPDX-License-Identifier: Apache-2.0
#include "training/feature_smoothing.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/nonzero.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros_like.h>

#include <string>
#include <utility>

#include "circumplex/error.h"

namespace circumplex {
namespace {

// Indices of the valid rows of [B, T], flattened.
at::Tensor ValidRows(const at::Tensor& valid) {
  return valid.to(at::kCPU, at::kBool).flatten().nonzero().squeeze(1);
}

std::vector<int> BucketsOf(const at::Tensor& label,
                           std::int64_t target,
                           const at::Tensor& rows,
                           int buckets) {
  const at::Tensor labels =
      label.select(2, target).to(at::kCPU, at::kFloat).flatten().index_select(0, rows).contiguous();
  const float* values = labels.data_ptr<float>();
  std::vector<int> result;
  for (std::int64_t i = 0; i < labels.numel(); ++i) result.push_back(FdsBucket(values[i], buckets));
  return result;
}

at::Tensor Scattered(const std::vector<double>& values,
                     const at::Tensor& rows,
                     const at::Tensor& others,
                     std::int64_t features) {
  const at::Tensor own = at::from_blob(const_cast<double*>(values.data()),
                                       {rows.numel(), features},
                                       at::TensorOptions().dtype(at::kDouble));
  return others.index_copy(0, rows, own);
}

// Each matrix of a state with its name; one list serves saving and loading.
template <typename State>
auto Matrices(State& state) {
  return std::vector<std::pair<std::string, decltype(&state.running_mean)>>{
      {"running_mean", &state.running_mean},
      {"running_variance", &state.running_variance},
      {"stored_mean", &state.stored_mean},
      {"stored_variance", &state.stored_variance},
      {"smoothed_mean", &state.smoothed_mean},
      {"smoothed_variance", &state.smoothed_variance},
      {"samples", &state.samples}};
}

}  // namespace

FeatureSmoothing::FeatureSmoothing(const FdsOptions& options, int targets, int features)
    : options_(options),
      features_(features),
      statistics_(static_cast<std::size_t>(targets), FdsStatistics(options, features)),
      epoch_(static_cast<std::size_t>(targets)) {}

bool FeatureSmoothing::Acts(int epoch) const {
  return epoch >= options_.start_smooth && statistics_.front().state().refreshed;
}

std::vector<at::Tensor> FeatureSmoothing::Smooth(const at::Tensor& features,
                                                 const at::Tensor& label,
                                                 const at::Tensor& valid,
                                                 int epoch) const {
  const at::Tensor rows = ValidRows(valid);
  const at::Tensor wide = features.flatten(0, 1).to(at::kDouble);
  const at::Tensor plain = at::zeros_like(wide.detach()).to(at::kCPU);
  std::vector<at::Tensor> result;
  for (std::size_t k = 0; k < statistics_.size(); ++k) {
    const FdsMap map = statistics_[k].SmoothingMap(
        BucketsOf(label, static_cast<std::int64_t>(k), rows, options_.buckets), epoch);
    const at::Tensor gain = Scattered(map.gain, rows, at::ones_like(plain), features_);
    const at::Tensor shift = Scattered(map.shift, rows, plain, features_);
    result.push_back((wide * gain.to(wide.device()) + shift.to(wide.device()))
                         .to(features.scalar_type())
                         .view_as(features));
  }
  return result;
}

void FeatureSmoothing::Observe(const at::Tensor& features,
                               const at::Tensor& label,
                               const at::Tensor& valid) {
  const at::Tensor rows = ValidRows(valid);
  const at::Tensor values =
      features.detach().flatten(0, 1).to(at::kCPU, at::kFloat).index_select(0, rows).contiguous();
  const float* begin = values.data_ptr<float>();
  const std::vector<float> flat(begin, begin + values.numel());
  for (std::size_t k = 0; k < statistics_.size(); ++k) {
    epoch_[k].Add(
        flat, BucketsOf(label, static_cast<std::int64_t>(k), rows, options_.buckets), features_);
  }
}

void FeatureSmoothing::EndEpoch(int epoch) {
  for (std::size_t k = 0; k < statistics_.size(); ++k) {
    statistics_[k].Refresh(epoch);
    statistics_[k].Update(epoch_[k], epoch);
    epoch_[k] = FdsEpoch();
  }
}

void FeatureSmoothing::Save(const std::string& prefix, TensorFile* file) const {
  for (std::size_t k = 0; k < statistics_.size(); ++k) {
    const std::string own = prefix + std::to_string(k) + "/";
    const FdsState& state = statistics_[k].state();
    for (const auto& [name, matrix] : Matrices(state)) {
      file->tensors[own + name] =
          Tensor::From(DType::kF64, {static_cast<std::int64_t>(matrix->size())}, matrix->data());
    }
    const std::int64_t counters[] = {state.epoch, state.refreshed ? 1 : 0};
    file->tensors[own + "epoch_refreshed"] = Tensor::From(DType::kI64, {2}, counters);
  }
}

void FeatureSmoothing::Load(const std::string& prefix,
                            const TensorFile& file,
                            const std::string& source) {
  for (std::size_t k = 0; k < statistics_.size(); ++k) {
    const std::string own = prefix + std::to_string(k) + "/";
    FdsState state = statistics_[k].state();
    const auto fail = [&](const std::string& name) {
      throw Error(ErrorCode::kBadModel,
                  source + ": " + own + name +
                      " has another size or type than these options need; resume with the "
                      "configuration of the run");
    };
    for (const auto& [name, matrix] : Matrices(state)) {
      const Tensor& tensor = file.Get(own + name, source, ErrorCode::kBadModel);
      if (tensor.dtype != DType::kF64 ||
          tensor.NumElements() != static_cast<std::int64_t>(matrix->size())) {
        fail(name);
      }
      const double* values = tensor.Data<double>();
      matrix->assign(values, values + tensor.NumElements());
    }
    const Tensor& counters = file.Get(own + "epoch_refreshed", source, ErrorCode::kBadModel);
    if (counters.dtype != DType::kI64 || counters.NumElements() != 2) fail("epoch_refreshed");
    state.epoch = static_cast<int>(counters.Data<std::int64_t>()[0]);
    state.refreshed = counters.Data<std::int64_t>()[1] != 0;
    statistics_[k].set_state(state);
  }
}

}  // namespace circumplex
