// SPDX-License-Identifier: Apache-2.0
#include "network/appearance_stream/appearance_mlp.h"

#include <c10/core/GradMode.h>

#include <string>

#include "circumplex/error.h"

namespace circumplex {
namespace {

constexpr double kDeadUnit = 1e-6;

const AppearanceOptions& Checked(const AppearanceOptions& options) {
  RequireValid(options.Violations());
  return options;
}

void RequireStatistic(const char* name, const at::Tensor& values) {
  const std::string prefix = std::string("appearance standardisation: ") + name + " ";
  if (!values.defined() || values.dim() != 1 || values.size(0) != kPool5Size) {
    throw Error(ErrorCode::kInvalidArgument,
                prefix + "must be one row of " + std::to_string(kPool5Size) + " values");
  }
  if (!values.isfinite().all().item<bool>()) {
    throw Error(ErrorCode::kInvalidArgument,
                prefix + "has a value that is not finite; check the feature store");
  }
}

}  // namespace

AppearanceMlpImpl::AppearanceMlpImpl(const AppearanceOptions& options)
    : dropout1(Checked(options).dropout),
      dropout2(options.dropout),
      fc1(kPool5Size, options.hidden),
      fc2(options.hidden, options.hidden),
      bn1(options.hidden),
      bn2(options.hidden) {
  if (options.standardize) {
    input_mean_ = register_buffer("input_mean", at::zeros({kPool5Size}));
    input_scale_ = register_buffer("input_scale", at::ones({kPool5Size}));
  }
  register_module("dropout1", dropout1);
  register_module("fc1", fc1);
  register_module("bn1", bn1);
  register_module("dropout2", dropout2);
  register_module("fc2", fc2);
  register_module("bn2", bn2);
}

void AppearanceMlpImpl::SetStandardization(const at::Tensor& mean, const at::Tensor& spread) {
  if (!standardizes()) {
    throw Error(ErrorCode::kInvalidArgument,
                "appearance.standardize is off: this network has no input statistics to set");
  }
  RequireStatistic("mean", mean);
  RequireStatistic("spread", spread);
  if (spread.lt(0).any().item<bool>()) {
    throw Error(ErrorCode::kInvalidArgument, "appearance standardisation: spread is negative");
  }
  c10::NoGradGuard no_grad;
  const at::Tensor wide = spread.to(at::kDouble);
  const at::Tensor alive = wide > wide.max() * kDeadUnit;
  input_mean_.copy_(mean);
  input_scale_.copy_(at::where(alive, wide.clamp_min(1e-300).reciprocal(), at::zeros_like(wide)));
}

at::Tensor AppearanceMlpImpl::forward(const at::Tensor& pool5) {
  at::Tensor x = pool5.to(fc1->weight.scalar_type());
  if (standardizes()) x = (x - input_mean_) * input_scale_;
  x = bn1(fc1(dropout1(x))).relu();
  return bn2(fc2(dropout2(x))).relu();
}

}  // namespace circumplex
