// SPDX-License-Identifier: Apache-2.0
#include "circumplex/ccc.h"

#include <algorithm>
#include <cmath>

#include "circumplex/error.h"

#include "core/csv.h"

namespace circumplex {

void CccAccumulator::Add(double x, double y) {
  if (!std::isfinite(x) || !std::isfinite(y)) {
    throw Error(ErrorCode::kInvalidArgument,
                "CCC: pair " + std::to_string(n_) + " is (" + FormatShortest(x) + ", " +
                    FormatShortest(y) +
                    "); both must be finite: leave frames without a prediction or annotation out");
  }
  // Relative to the first pair, a mean far from zero costs no digits of the spread.
  if (n_ == 0) {
    origin_x_ = x;
    origin_y_ = y;
  }
  ++n_;
  const double n = static_cast<double>(n_);
  const double from_x = x - origin_x_, from_y = y - origin_y_;
  const double dx = from_x - offset_x_, dy = from_y - offset_y_;
  offset_x_ += dx / n;
  offset_y_ += dy / n;
  sxx_ += dx * (from_x - offset_x_);
  syy_ += dy * (from_y - offset_y_);
  sxy_ += dx * (from_y - offset_y_);
  // Kept apart from the moments: near agreement s_xx + s_yy - 2 s_xy and m_x - m_y cancel to noise.
  mean_difference_ += (x - y - mean_difference_) / n;
  sum_squared_difference_ += (x - y) * (x - y);
}

void CccAccumulator::Merge(const CccAccumulator& other) {
  if (other.n_ == 0) return;
  if (n_ == 0) {
    *this = other;
    return;
  }
  const double a = static_cast<double>(n_), b = static_cast<double>(other.n_), n = a + b;
  const double dx = (other.origin_x_ - origin_x_) + (other.offset_x_ - offset_x_);
  const double dy = (other.origin_y_ - origin_y_) + (other.offset_y_ - offset_y_);
  sxx_ += other.sxx_ + dx * dx * (a * b / n);
  syy_ += other.syy_ + dy * dy * (a * b / n);
  sxy_ += other.sxy_ + dx * dy * (a * b / n);
  offset_x_ += dx * (b / n);
  offset_y_ += dy * (b / n);
  mean_difference_ += (other.mean_difference_ - mean_difference_) * (b / n);
  sum_squared_difference_ += other.sum_squared_difference_;
  n_ += other.n_;
}

std::optional<double> CccAccumulator::Value() const {
  if (n_ == 0) return std::nullopt;
  const double denominator =
      sxx_ + syy_ + static_cast<double>(n_) * mean_difference_ * mean_difference_;
  if (!(denominator > 0) || !std::isfinite(denominator)) return std::nullopt;
  // Rounding may carry perfect agreement past 1 by an ulp.
  return std::clamp(2 * sxy_ / denominator, -1.0, 1.0);
}

std::optional<double> CccAccumulator::Pearson() const {
  const double denominator = std::sqrt(sxx_) * std::sqrt(syy_);
  if (!(denominator > 0) || !std::isfinite(denominator)) return std::nullopt;
  return std::clamp(sxy_ / denominator, -1.0, 1.0);
}

std::optional<double> CccAccumulator::Rmse() const {
  if (n_ == 0) return std::nullopt;
  return std::sqrt(sum_squared_difference_ / static_cast<double>(n_));
}

}  // namespace circumplex
