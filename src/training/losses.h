// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include "circumplex/options.h"

namespace circumplex {

/// Training loss of one batch: a weighted pointwise term plus a concordance term.
///
///     loss = pointwise * kind + ccc * (1 - CCC)
///
///     weighted L1     sum of w |p - y| / n
///     weighted MSE    sum of w (p - y)^2 / n
///     weighted Huber  sum of w h(p - y) / n
///     CCC             mean over the targets of 1 - CCC
///     weighted CCC    the same with weighted moments
///
/// h(e) = e^2 / 2 up to |e| = delta and delta (|e| - delta / 2) beyond. The moments of the CCC are
/// pooled over the batch's valid frames, population form. n = valid frames times targets: a count,
/// not the sum of weights, so that LDS weights (mean 1 over the training set) keep their meaning in
/// every batch. Sources: weights and pointwise terms, paper III-A and Yang et al. 2021
/// (arXiv:2102.09554); 1 - CCC, paper IV-B and MIMAMO-Net (Deng et al. 2020, AAAI 34(3):2621),
/// which sums over targets.
///
/// @param pred    [B, T, K], any floating dtype; the loss has the same.
/// @param label   [B, T, K], converted to the dtype of pred.
/// @param weight  [B, T, K], >= 0, converted; undefined = all 1.
/// @param valid   [B, T], bool (or 0/1). Masked frames add 0 to value and gradient, whatever
///                their label holds.
/// @return        Scalar. Without a valid frame: 0, with zero gradients.
/// @throws Error kInvalidArgument for shapes that do not match. Cost O(B T K). Thread-safe.
at::Tensor Loss(const at::Tensor& pred,
                const at::Tensor& label,
                const at::Tensor& weight,
                const at::Tensor& valid,
                const LossOptions& options);

/// CCC per target, [K], differentiable; moments pooled over the valid frames, weighted if
/// `weight` is defined.
///
///     ccc = 2 s_py / (s_pp + s_yy + (m_p - m_y)^2),  0 where the denominator is below 1e-10
///
/// The floor stands for a spread of 1e-5 and makes the gradient finite where prediction and label
/// are one constant. Shapes and errors as Loss().
at::Tensor BatchCcc(const at::Tensor& pred,
                    const at::Tensor& label,
                    const at::Tensor& weight,
                    const at::Tensor& valid);

}  // namespace circumplex
