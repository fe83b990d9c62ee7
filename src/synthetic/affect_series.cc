// SPDX-License-Identifier: Apache-2.0
#include "synthetic/affect_series.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "core/check.h"
#include "core/rng.h"

namespace circumplex {
namespace {

constexpr double kBetweenValence = 0.50;
constexpr double kBetweenArousal = 0.38;
constexpr double kSmoothing_s = 2.0;
constexpr double kArousalMean = 0.32;
constexpr double kArousalSpread = 0.30;

double ValenceOf(double g) { return std::clamp(1.06 - 0.86 * std::exp(-0.42 * g), -1.0, 1.0); }
double PartOf(double g) { return std::min(1.0, 0.25 * std::exp(0.75 * g)); }

struct Moments {
  double mean = 0, spread = 1;
};

/// Mean and spread of PartOf(g), g standard normal, by the midpoint rule.
Moments PartMoments() {
  constexpr int kSteps = 4000;
  constexpr double kReach = 8;
  double weight = 0, sum = 0, squares = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double g = -kReach + 2 * kReach * (i + 0.5) / kSteps;
    const double density = std::exp(-g * g / 2);
    weight += density;
    sum += density * PartOf(g);
    squares += density * PartOf(g) * PartOf(g);
  }
  const double mean = sum / weight;
  return {mean, std::sqrt(squares / weight - mean * mean)};
}

/// Inverse of the standard normal distribution by bisection on erfc; called once per
/// trial and part.
double NormalQuantile(double p) {
  double low = -9, high = 9;
  for (int i = 0; i < 80; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(-middle / std::sqrt(2.0)) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

double Correlation(const std::vector<double>& a, const std::vector<double>& b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

/// Normal quantiles for valence, s and m of each trial; of many orders the one with
/// the lowest correlations.
std::array<std::vector<double>, 3> TrialOffsets(int trials, Rng* rng) {
  std::vector<double> quantiles;
  for (int i = 0; i < trials; ++i) quantiles.push_back(NormalQuantile((i + 0.5) / trials));
  std::array<std::vector<double>, 3> best, now;
  double best_score = 1e9;
  for (int attempt = 0; attempt < 400; ++attempt) {
    for (auto& column : now) {
      column = quantiles;
      rng->Shuffle(column);
    }
    const double score = std::max({std::abs(Correlation(now[0], now[1])),
                                   std::abs(Correlation(now[0], now[2])),
                                   std::abs(Correlation(now[1], now[2]))});
    if (score < best_score) {
      best_score = score;
      best = now;
    }
  }
  return best;
}

/// Latent series of all trials, for valence, s and m.
using Latents = std::array<std::vector<std::vector<double>>, 3>;

/// Removes from `target` what a regression on `others` (uncorrelated with each other) explains over
/// all rows, and restores unit variance: a few slow trials are otherwise correlated by chance.
void Decorrelate(Latents* latents, std::size_t target, const std::vector<std::size_t>& others) {
  const auto product = [&](std::size_t a, std::size_t b) {
    double sum = 0;
    for (std::size_t i = 0; i < (*latents)[a].size(); ++i) {
      const std::vector<double>&x = (*latents)[a][i], &y = (*latents)[b][i];
      sum = std::inner_product(x.begin(), x.end(), y.begin(), sum);
    }
    return sum;
  };
  const double before = product(target, target);
  for (const std::size_t other : others) {
    const double own = product(other, other);
    // With one trial there may be no variance left to share; leave such a series as it is.
    const double slope = own > 0 ? product(target, other) / own : 0;
    if (slope * slope * own > 0.9 * before) continue;
    for (std::size_t i = 0; i < (*latents)[target].size(); ++i) {
      for (std::size_t t = 0; t < (*latents)[target][i].size(); ++t) {
        (*latents)[target][i][t] -= slope * (*latents)[other][i][t];
      }
    }
  }
  const double after = product(target, target);
  if (after <= 0) return;
  for (std::vector<double>& series : (*latents)[target]) {
    for (double& value : series) value *= std::sqrt(before / after);
  }
}

}  // namespace

std::vector<double> SmoothNoise(int length, double sigma_rows, Rng* rng) {
  const int reach = static_cast<int>(std::ceil(3 * sigma_rows));
  std::vector<double> white(static_cast<std::size_t>(length + 2 * reach));
  for (double& value : white) value = rng->Normal();
  std::vector<double> window;
  for (int d = -reach; d <= reach; ++d)
    window.push_back(std::exp(-0.5 * d * d / (sigma_rows * sigma_rows)));
  std::vector<double> smooth(static_cast<std::size_t>(length), 0.0);
  for (std::size_t t = 0; t < smooth.size(); ++t) {
    for (std::size_t d = 0; d < window.size(); ++d) smooth[t] += window[d] * white[t + d];
  }
  const double mean = std::accumulate(smooth.begin(), smooth.end(), 0.0) / length;
  double squares = 0;
  for (double& value : smooth) {
    value -= mean;
    squares += value * value;
  }
  const double spread = std::sqrt(squares / length);
  for (double& value : smooth) value = spread > 0 ? value / spread : 0;
  return smooth;
}

std::vector<AffectSeries> MakeAffectSeries(const std::vector<int>& lengths,
                                           const AffectOptions& options,
                                           std::uint64_t seed) {
  static const Moments part = PartMoments();
  Rng offsets_rng(seed, "trial offsets");
  const auto offsets = TrialOffsets(static_cast<int>(lengths.size()), &offsets_rng);
  const double sigma_rows = kSmoothing_s * options.frame_rate;

  const std::array<double, 3> between = {kBetweenValence, kBetweenArousal, kBetweenArousal};
  Latents latents;
  for (std::size_t trial = 0; trial < lengths.size(); ++trial) {
    CIRCUMPLEX_CHECK(lengths[trial] >= 1, "trial without rows");
    Rng rng(seed, "affect " + std::to_string(trial));
    for (std::size_t which = 0; which < 3; ++which) {
      std::vector<double> g = SmoothNoise(lengths[trial], sigma_rows, &rng);
      for (double& value : g) {
        value = std::sqrt(between[which]) * offsets[which][trial] +
                std::sqrt(1 - between[which]) * value;
      }
      latents[which].push_back(std::move(g));
    }
  }
  Decorrelate(&latents, 1, {0});
  Decorrelate(&latents, 2, {0, 1});

  std::vector<AffectSeries> result;
  for (std::size_t trial = 0; trial < lengths.size(); ++trial) {
    Rng rng(seed, "repeats " + std::to_string(trial));
    const std::vector<double>& gv = latents[0][trial];
    const std::vector<double>& gs = latents[1][trial];
    const std::vector<double>& gm = latents[2][trial];
    AffectSeries series;
    for (std::size_t t = 0; t < gv.size(); ++t) {
      // Holding the parts, not the labels, keeps face and label equal in every row.
      const bool repeat = t > 0 && rng.Uniform() < options.repeat_share;
      series.valence.push_back(repeat ? series.valence.back() : ValenceOf(gv[t]));
      series.still.push_back(repeat ? series.still.back() : PartOf(gs[t]));
      series.motion.push_back(repeat ? series.motion.back() : PartOf(gm[t]));
      const double zs = (series.still.back() - part.mean) / part.spread;
      const double zm = (series.motion.back() - part.mean) / part.spread;
      const double a = kArousalMean + kArousalSpread * (std::sqrt(options.still_share) * zs +
                                                        std::sqrt(1 - options.still_share) * zm);
      series.arousal.push_back(std::clamp(a, -1.0, 1.0));
    }
    result.push_back(std::move(series));
  }
  return result;
}

StillShares ComputeStillShares(const std::vector<AffectSeries>& series,
                               const std::vector<std::vector<bool>>& use) {
  StillShares shares;
  double s = 0, a = 0;
  const auto each = [&](auto&& visit) {
    for (std::size_t i = 0; i < series.size(); ++i) {
      for (std::size_t t = 0; t < series[i].still.size(); ++t) {
        if (use.empty() || use[i][t]) visit(series[i].still[t], series[i].arousal[t]);
      }
    }
  };
  each([&](double still, double arousal) {
    ++shares.rows;
    s += still;
    a += arousal;
  });
  if (shares.rows == 0) return shares;
  s /= static_cast<double>(shares.rows);
  a /= static_cast<double>(shares.rows);
  double ss = 0, aa = 0, sa = 0;
  each([&](double still, double arousal) {
    ss += (still - s) * (still - s);
    aa += (arousal - a) * (arousal - a);
    sa += (still - s) * (arousal - a);
  });
  if (ss > 0 && aa > 0) shares.arousal = sa * sa / (ss * aa);
  shares.arousal_ccc = std::sqrt(shares.arousal);
  return shares;
}

}  // namespace circumplex
