// SPDX-License-Identifier: Apache-2.0
#include "network/still_net.h"

namespace circumplex {
namespace {

int FirstStage(StillTune tune) {
  switch (tune) {
    case StillTune::kAll:
      return 0;
    case StillTune::kLastTwo:
      return 3;
    case StillTune::kLastStage:
      return 4;
    case StillTune::kHead:
      break;
  }
  return 5;
}

}  // namespace

StillNetImpl::StillNetImpl(const RunOptions& options)
    : backbone(register_module("backbone", ResNet50(options.backbone.Layout()))),
      mlp(register_module("mlp", AppearanceMlp(options.appearance))),
      va(register_module("va", torch::nn::Linear(options.appearance.hidden, 2))) {
  if (options.stills.expression_weight > 0) {
    expression = register_module("expression",
                                 torch::nn::Linear(options.appearance.hidden, kStillExpressions));
  }
}

StillNetImpl::Outputs StillNetImpl::Heads(const at::Tensor& pool5) {
  const at::Tensor features = mlp(pool5);
  return {va(features), expression.is_empty() ? at::Tensor() : expression(features)};
}

void StillNetImpl::TrainTuned(StillTune tune) {
  train();
  backbone->TrainFrom(FirstStage(tune));
}

}  // namespace circumplex
