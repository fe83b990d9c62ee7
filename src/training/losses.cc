// SPDX-License-Identifier: Apache-2.0
#include "training/losses.h"

#include <ATen/ATen.h>

#include <string>

#include "circumplex/error.h"

#include "core/check.h"

namespace circumplex {
namespace {

constexpr double kSmallestDenominator = 1e-10;

/// A batch whose masked frames hold 0 everywhere, so that NaN labels cannot reach a sum
/// or a gradient.
struct Batch {
  at::Tensor pred, label, weight;  ///< [B, T, K]; weight is 0 on masked frames.
  at::Tensor mask;                 ///< [B, T, 1], 1 or 0.
};

std::string SizesText(const at::Tensor& tensor) {
  if (!tensor.defined()) return "undefined";
  std::string text = "[";
  for (std::int64_t axis = 0; axis < tensor.dim(); ++axis) {
    text += (axis ? ", " : "") + std::to_string(tensor.size(axis));
  }
  return text + "]";
}

Batch MaskedBatch(const at::Tensor& pred,
                  const at::Tensor& label,
                  const at::Tensor& weight,
                  const at::Tensor& valid) {
  const bool fits = pred.defined() && pred.dim() == 3 && pred.is_floating_point() &&
                    label.defined() && label.sizes() == pred.sizes() &&
                    (!weight.defined() || weight.sizes() == pred.sizes()) && valid.defined() &&
                    valid.dim() == 2 && valid.size(0) == pred.size(0) &&
                    valid.size(1) == pred.size(1);
  if (!fits) {
    throw Error(ErrorCode::kInvalidArgument,
                "loss: predictions " + SizesText(pred) + ", labels " + SizesText(label) +
                    ", weights " + SizesText(weight) + ", valid " + SizesText(valid) +
                    ": expected floating [B, T, K] three times and [B, T]");
  }
  const at::Tensor keep = valid.to(at::kBool).unsqueeze(2);
  const at::Tensor zero = at::zeros({}, pred.options());
  Batch batch;
  batch.mask = keep.to(pred.scalar_type());
  batch.pred = at::where(keep, pred, zero);
  batch.label = at::where(keep, label.to(pred.options()), zero);
  batch.weight = weight.defined() ? at::where(keep, weight.to(pred.options()), zero)
                                  : batch.mask.expand_as(pred);
  return batch;
}

/// CCC over the axes `over` of weights that are 0 on masked frames.
at::Tensor Concordance(const Batch& batch, const at::Tensor& weight, at::IntArrayRef over) {
  const at::Tensor sum = weight.sum(over, true);
  const at::Tensor share = weight / at::where(sum > 0, sum, at::ones_like(sum));
  const at::Tensor mean_p = (share * batch.pred).sum(over, true);
  const at::Tensor mean_y = (share * batch.label).sum(over, true);
  const at::Tensor dp = batch.pred - mean_p, dy = batch.label - mean_y;
  const at::Tensor numerator = 2 * (share * dp * dy).sum(over);
  const at::Tensor offset = (mean_p - mean_y).square().sum(over);
  const at::Tensor denominator = (share * (dp.square() + dy.square())).sum(over) + offset;
  // clamp_min passes no gradient below the floor, so the quotient's derivative stays finite there.
  const at::Tensor ccc = numerator / denominator.clamp_min(kSmallestDenominator);
  return at::where(denominator < kSmallestDenominator, ccc * 0, ccc);
}

at::Tensor Pointwise(const at::Tensor& error, const LossOptions& options) {
  switch (options.kind) {
    case LossKind::kWeightedL1:
      return error.abs();
    case LossKind::kWeightedMse:
      return error.square();
    case LossKind::kWeightedHuber: {
      const at::Tensor magnitude = error.abs();
      return at::where(magnitude < options.huber_delta,
                       0.5 * error.square(),
                       options.huber_delta * (magnitude - 0.5 * options.huber_delta));
    }
    case LossKind::kCcc:
    case LossKind::kWeightedCcc:
      break;
  }
  CIRCUMPLEX_CHECK(false, "not a pointwise loss");
}

at::Tensor ConcordanceLoss(const Batch& batch, bool weighted) {
  const at::Tensor weight = weighted ? batch.weight : batch.mask.expand_as(batch.pred);
  // Without a valid frame there is nothing to agree with: 0, not 1.
  const at::Tensor any = batch.mask.amax();
  return (1 - Concordance(batch, weight, {0, 1})).mean() * any;
}

}  // namespace

at::Tensor BatchCcc(const at::Tensor& pred,
                    const at::Tensor& label,
                    const at::Tensor& weight,
                    const at::Tensor& valid) {
  const Batch batch = MaskedBatch(pred, label, weight, valid);
  return Concordance(batch, batch.weight, {0, 1});
}

at::Tensor Loss(const at::Tensor& pred,
                const at::Tensor& label,
                const at::Tensor& weight,
                const at::Tensor& valid,
                const LossOptions& options) {
  const Batch batch = MaskedBatch(pred, label, weight, valid);
  const bool concordance = options.kind == LossKind::kCcc || options.kind == LossKind::kWeightedCcc;
  // Starts from the predictions, so that factors of 0 still leave a graph to run backward through.
  at::Tensor loss = batch.pred.sum() * 0;
  if (options.pointwise > 0 && concordance) {
    loss =
        loss + options.pointwise * ConcordanceLoss(batch, options.kind == LossKind::kWeightedCcc);
  } else if (options.pointwise > 0) {
    const at::Tensor count = (batch.mask.sum() * pred.size(2)).clamp_min(1);
    loss = loss + options.pointwise *
                      ((batch.weight * Pointwise(batch.pred - batch.label, options)).sum() / count);
  }
  if (options.ccc > 0) loss = loss + options.ccc * ConcordanceLoss(batch, options.ccc_weighted);
  return loss;
}

}  // namespace circumplex
