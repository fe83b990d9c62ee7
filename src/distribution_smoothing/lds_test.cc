// SPDX-License-Identifier: Apache-2.0
#include "circumplex/lds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <tuple>

#include "core/csv.h"
#include "core/files.h"
#include "core/rng.h"
#include "distribution_smoothing/lds_steps.h"
#include "distribution_smoothing/lds_table.h"
#include "labels/bins.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::GoldenFolder;

struct Golden {
  explicit Golden(const std::filesystem::path& path)
      : source(path.string()), table(ReadCsv(path)) {}
  const std::string& Text(std::size_t row, const std::string& column) const {
    return table.rows[row][table.Column(column, source)];
  }
  double Number(std::size_t row, const std::string& column) const {
    const auto value = ParseDouble(Text(row, column));
    if (!value) throw std::runtime_error(source + ": row " + std::to_string(row) + ", " + column);
    return *value;
  }
  int Integer(std::size_t row, const std::string& column) const {
    return static_cast<int>(Number(row, column));
  }
  std::size_t size() const { return table.rows.size(); }
  std::string source;
  CsvTable table;
};

void ExpectRelative(
    double actual, double expected, double tolerance, const std::string& where, double* largest) {
  EXPECT_NEAR(actual, expected, tolerance * std::max(std::abs(expected), 1e-300)) << where;
  if (expected != 0) *largest = std::max(*largest, std::abs(actual / expected - 1));
}

std::vector<std::string> SplitName(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// "gaussian_reflected_5_2", "triang_5", "none": kernel names of golden/model/lds.
struct Kernel {
  LdsKernel kind = LdsKernel::kGaussian;
  int size = 1;
  double sigma = 1;
};
Kernel ParseKernel(const std::string& name) {
  Kernel kernel;
  if (name == "none") return kernel;
  std::vector<std::string> parts = SplitName(name, '_');
  if (parts[0] == "triang") {
    kernel.kind = LdsKernel::kTriangular;
  } else if (parts[0] == "laplace") {
    kernel.kind = LdsKernel::kLaplace;
  } else if (parts[1] == "reflected") {
    kernel.kind = LdsKernel::kGaussianReflected;
    parts.erase(parts.begin());
  }
  kernel.size = std::stoi(parts[1]);
  if (parts.size() > 2) kernel.sigma = std::stod(parts[2]);
  return kernel;
}

TEST(LdsWindow, ReleasedKernels) {
  const Golden golden(GoldenFolder() / "lds" / "kernel_windows.csv");
  const std::map<std::string, LdsKernel> kinds = {{"gaussian", LdsKernel::kGaussianReflected},
                                                  {"triang", LdsKernel::kTriangular},
                                                  {"laplace", LdsKernel::kLaplace}};
  double largest = 0;
  for (std::size_t r = 0; r < golden.size(); ++r) {
    const std::vector<double> window = LdsWindow(
        kinds.at(golden.Text(r, "kernel")), golden.Integer(r, "ks"), golden.Number(r, "sigma"));
    const double sum = std::accumulate(window.begin(), window.end(), 0.0);
    const int i = golden.Integer(r, "i");
    EXPECT_NEAR(window.at(i), golden.Number(r, "lds_max1"), 1e-14);
    EXPECT_NEAR(window.at(i) / sum, golden.Number(r, "fds_sum1_f64"), 1e-14);
    EXPECT_NEAR(window.at(i) / sum, golden.Number(r, "fds_sum1_public_f32"), 1e-6);
    largest = std::max(largest, std::abs(window[i] - golden.Number(r, "lds_max1")));
  }
  RecordProperty("largest_difference", FormatShortest(largest));
}

TEST(LdsWindow, AllFourKernels) {
  const Golden golden(GoldenFolder() / "model" / "lds" / "windows.csv");
  const std::map<std::string, LdsKernel> kinds = {
      {"gaussian", LdsKernel::kGaussian},
      {"gaussian_reflected", LdsKernel::kGaussianReflected},
      {"triang", LdsKernel::kTriangular},
      {"laplace", LdsKernel::kLaplace}};
  for (std::size_t r = 0; r < golden.size(); ++r) {
    const std::vector<double> window = LdsWindow(
        kinds.at(golden.Text(r, "kernel")), golden.Integer(r, "ks"), golden.Number(r, "sigma"));
    ASSERT_EQ(window.size(), static_cast<std::size_t>(golden.Integer(r, "ks")));
    EXPECT_NEAR(window.at(golden.Integer(r, "i")), golden.Number(r, "value"), 1e-14);
  }
}

TEST(LdsWindow, RefusesUnusableSizes) {
  for (const int size : {0, -1, 4}) {
    const std::string message =
        ErrorOf(ErrorCode::kInvalidOptions, [&] { LdsWindow(LdsKernel::kGaussian, size, 1); });
    EXPECT_NE(message.find(std::to_string(size)), std::string::npos) << message;
  }
  for (const double sigma : {0.0, -1.0, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
    ErrorOf(ErrorCode::kInvalidOptions,
            [&] { LdsWindow(LdsKernel::kGaussianReflected, 5, sigma); });
  }
}

// Names of the columns in golden/model/lds.
LdsReweight ReweightNamed(const std::string& name) {
  if (name == "count") return LdsReweight::kInverse;
  return name == "sqrt" ? LdsReweight::kSqrtInverse : LdsReweight::kInverseClipped;
}

TEST(Bins, TwoDecimalLabelsAsTheReleasedCode) {
  const Golden golden(GoldenFolder() / "lds" / "binning_201.csv");
  ASSERT_EQ(golden.size(), 201u);
  int lower = 0;
  for (std::size_t r = 0; r < golden.size(); ++r) {
    const double label = golden.Number(r, "label");
    // A label that has passed through a float32 tensor is in the bin of its text.
    for (const double stored : {label, static_cast<double>(static_cast<float>(label))}) {
      EXPECT_EQ(LabelBin(stored, 201, BinRule::kNearest), golden.Integer(r, "nearest_bin"));
      EXPECT_EQ(LabelBin(stored, 201, BinRule::kTruncated), golden.Integer(r, "truncating_bin"));
    }
    lower += LabelBin(label, 201, BinRule::kTruncated) < LabelBin(label, 201, BinRule::kNearest);
  }
  EXPECT_EQ(lower, 36);
}

// Every border of 41 and of 201 bins, and every label of three decimals; the double nearest to
// -0.925 lies below it, and (label + 1) * 20 + 0.5 rounds both ways.
TEST(Bins, HalvesOfDecimalLabelsRoundUp) {
  for (const int bins : {41, 101, 201}) {
    for (int thousandths = -1000; thousandths <= 1000; ++thousandths) {
      const int expected = ((thousandths + 1000) * (bins - 1) + 1000) / 2000;
      const double label = thousandths / 1000.0;
      EXPECT_EQ(LabelBin(label, bins, BinRule::kNearest), expected) << label << " of " << bins;
      EXPECT_EQ(LabelBin(static_cast<float>(label), bins, BinRule::kNearest), expected) << label;
    }
  }
  EXPECT_EQ(LabelBin(-0.925, 41, BinRule::kNearest), 2);
  EXPECT_EQ(LabelBin(-0.675, 41, BinRule::kNearest), 7);
  EXPECT_EQ(LabelBin(-0.75, 101, BinRule::kNearest), 13);
  EXPECT_EQ(LabelBin(0.0099999, 101, BinRule::kNearest), 50);
}

TEST(Bins, CellsOfDecimalLabelsOwnTheirLowerEdge) {
  for (const int cells : {20, 40, 100}) {
    for (int thousandths = -1000; thousandths <= 1000; ++thousandths) {
      EXPECT_EQ(LabelCell(thousandths / 1000.0, cells),
                std::min(cells - 1, (thousandths + 1000) * cells / 2000))
          << thousandths;
    }
  }
}

TEST(Bins, EndsAndOutside) {
  EXPECT_EQ(LabelBin(-1, 201, BinRule::kNearest), 0);
  EXPECT_EQ(LabelBin(1, 201, BinRule::kNearest), 200);
  EXPECT_EQ(LabelBin(1, 201, BinRule::kTruncated), 200);
  EXPECT_EQ(LabelBin(-5, 201, BinRule::kNearest), 0);
  EXPECT_EQ(LabelBin(1e300, 201, BinRule::kTruncated), 200);
  EXPECT_EQ(LabelCell(1, 20), 19);
  EXPECT_EQ(LabelCell(-1, 20), 0);
  EXPECT_EQ(LabelCell(0, 20), 10);
  for (int b = 0; b < 41; ++b) EXPECT_EQ(LabelBin(BinCentre(b, 41), 41, BinRule::kNearest), b);
}

std::vector<double> ReadLabels(const std::string& set, const std::string& target) {
  const Golden golden(GoldenFolder() / "model" / "lds" / ("labels_" + set + ".csv"));
  const double unit = set == "centi" ? 100 : 8192;
  std::vector<double> labels;
  for (std::size_t r = 0; r < golden.size(); ++r) {
    labels.push_back(golden.Number(r, target));
    EXPECT_EQ(golden.Number(r, target), (golden.Number(r, "k_" + target) - unit) / unit);
  }
  return labels;
}

// Every file <set>_<target>_<binning>_<bins>.csv of golden/model/lds, with whatever variants
// its header names.
TEST(Lds, EveryModelGolden) {
  double largest = 0;
  int files = 0, variants = 0;
  for (const auto& path : ListFolder(GoldenFolder() / "model" / "lds")) {
    const std::vector<std::string> name = SplitName(path.stem().string(), '_');
    if (name[0] == "bins") {
      const std::vector<double> labels =
          ReadLabels(name[1], name[2] == "v" ? "valence" : "arousal");
      const BinRule rule = name[3] == "nearest" ? BinRule::kNearest : BinRule::kTruncated;
      const Golden golden(path);
      ASSERT_EQ(golden.size(), labels.size());
      for (std::size_t r = 0; r < golden.size(); ++r) {
        EXPECT_EQ(LabelBin(labels[r], std::stoi(name[4]), rule), golden.Integer(r, "bin"))
            << path << " row " << r;
      }
      ++files;
      continue;
    }
    if (name.size() != 4) continue;
    ++files;
    const std::vector<double> labels = ReadLabels(name[0], name[1] == "v" ? "valence" : "arousal");
    const Golden golden(path);
    LdsOptions options;
    options.bins = name[2] == "nearest" ? BinRule::kNearest : BinRule::kTruncated;
    options.num_bins = std::stoi(name[3]);
    ASSERT_EQ(golden.size(), static_cast<std::size_t>(options.num_bins));
    for (const std::string& column : golden.table.header) {
      if (column.rfind("density ", 0) != 0) continue;
      ++variants;
      const std::string variant = column.substr(8), reweight = variant.substr(0, variant.find(':'));
      const Kernel kernel = ParseKernel(variant.substr(variant.find(':') + 1));
      options.kernel = kernel.kind;
      options.kernel_size = kernel.size;
      options.sigma = kernel.sigma;
      options.reweight = ReweightNamed(reweight);
      const LdsDensity density = EstimateLdsDensity(labels, options);
      for (std::size_t r = 0; r < golden.size(); ++r) {
        const std::string where =
            path.filename().string() + " " + variant + " bin " + std::to_string(r);
        ASSERT_EQ(density.counts[r], golden.Number(r, "count")) << where;
        ExpectRelative(density.smoothed[r], golden.Number(r, column), 1e-12, where, &largest);
        const std::string& weight = golden.Text(r, "weight " + variant);
        ASSERT_EQ(weight.empty(), density.weights[r] == 0) << where;
        if (!weight.empty()) {
          ExpectRelative(density.weights[r], ParseDouble(weight).value(), 1e-12, where, &largest);
        }
      }
    }
  }
  EXPECT_EQ(files, 24);
  EXPECT_GE(variants, 60);
  RecordProperty("largest_relative_difference", FormatShortest(largest));
}

TEST(Lds, JointModelGolden) {
  double largest = 0;
  for (const std::string set : {"fine", "edge"}) {
    const Golden golden(GoldenFolder() / "model" / "lds" / ("joint_" + set + "_20.csv"));
    const std::vector<double> valence = ReadLabels(set, "valence"),
                              arousal = ReadLabels(set, "arousal");
    for (const std::string& column : golden.table.header) {
      if (column.rfind("density ", 0) != 0) continue;
      const std::string variant = column.substr(8), reweight = variant.substr(0, variant.find(':'));
      const Kernel kernel = ParseKernel(variant.substr(variant.find(':') + 1));
      LdsOptions options;
      options.kernel = kernel.kind;
      options.kernel_size = kernel.size;
      options.sigma = kernel.sigma;
      options.reweight = ReweightNamed(reweight);
      const LdsDensity density = EstimateJointLdsDensity(valence, arousal, options);
      const std::vector<double> per_frame = JointLdsWeights(valence, arousal, options);
      for (std::size_t r = 0; r < golden.size(); ++r) {
        ASSERT_EQ(golden.Integer(r, "bin_valence") * 20 + golden.Integer(r, "bin_arousal"),
                  static_cast<int>(r));
        ASSERT_EQ(density.counts[r], golden.Number(r, "count"));
        ExpectRelative(
            density.smoothed[r], golden.Number(r, column), 1e-12, set + variant, &largest);
        if (density.counts[r] > 0) {
          ExpectRelative(density.weights[r],
                         golden.Number(r, "weight " + variant),
                         1e-12,
                         set + variant,
                         &largest);
        }
      }
      for (std::size_t i = 0; i < valence.size(); ++i) {
        const int cell = LabelCell(valence[i], 20) * 20 + LabelCell(arousal[i], 20);
        ExpectRelative(
            per_frame[i], golden.Number(cell, "weight " + variant), 1e-12, set + variant, &largest);
      }
    }
  }
  RecordProperty("largest_relative_difference", FormatShortest(largest));
}

// Inputs of golden/lds: integer closed forms of valence and arousal bins.
struct ClosedForm {
  std::vector<int> valence, arousal;
};
ClosedForm ClosedFormBins(int bins) {
  ClosedForm form;
  for (int i = 0; i < (bins == 41 ? 160 : 600); ++i) {
    const int a = (37 * i) % 101, b = (53 * i + 11) % 101, c = (i * i) % 101;
    form.valence.push_back(bins == 41 ? a * b / 400 + c / 7 : 60 + a * b / 100 + c / 4);
    form.arousal.push_back(bins == 41 ? 40 - a * a / 420 - c / 9 : 190 - a * a / 80 - c / 4);
  }
  return form;
}
std::vector<double> AsLabels(const std::vector<int>& bins, int num_bins) {
  std::vector<double> labels;
  for (const int bin : bins) labels.push_back(BinCentre(bin, num_bins));
  return labels;
}

TEST(Lds, GeneratorOfThePublicRun) {
  for (const int bins : {41, 201}) {
    const ClosedForm form = ClosedFormBins(bins);
    const Golden labels(GoldenFolder() / "lds" / ("labels_b" + std::to_string(bins) + ".csv"));
    ASSERT_EQ(labels.size(), form.valence.size());
    for (std::size_t r = 0; r < labels.size(); ++r) {
      EXPECT_EQ(form.valence[r], labels.Integer(r, "bin_valence"));
      EXPECT_EQ(form.arousal[r], labels.Integer(r, "bin_arousal"));
    }
    const Golden histograms(GoldenFolder() / "lds" / "histograms.csv");
    LdsOptions options;
    options.num_bins = bins;
    const auto valence = EstimateLdsDensity(AsLabels(form.valence, bins), options).counts;
    const auto arousal = EstimateLdsDensity(AsLabels(form.arousal, bins), options).counts;
    for (std::size_t r = 0; r < histograms.size(); ++r) {
      if (histograms.Integer(r, "bins") != bins) continue;
      const auto& counts = histograms.Text(r, "target") == "valence" ? valence : arousal;
      EXPECT_EQ(counts.at(histograms.Integer(r, "bin")), histograms.Number(r, "count"));
    }
  }
}

LdsOptions ReleasedOptions(
    const std::string& kernel, int size, double sigma, const std::string& reweight, int bins) {
  LdsOptions options;
  options.num_bins = bins;
  options.kernel = kernel == "triang"    ? LdsKernel::kTriangular
                   : kernel == "laplace" ? LdsKernel::kLaplace
                                         : LdsKernel::kGaussianReflected;
  options.kernel_size = size;
  options.sigma = sigma;
  // What public code calls "inverse" clips.
  options.reweight =
      reweight == "inverse" ? LdsReweight::kInverseClipped : LdsReweight::kSqrtInverse;
  return options;
}

TEST(Lds, DensitiesOfThePublicRun) {
  const Golden golden(GoldenFolder() / "lds" / "density_b41.csv");
  const ClosedForm form = ClosedFormBins(41);
  std::map<std::tuple<std::string, std::string, std::string, int, double>, LdsDensity> densities;
  double largest = 0;
  for (std::size_t r = 0; r < golden.size(); ++r) {
    const auto key = std::make_tuple(golden.Text(r, "target"),
                                     golden.Text(r, "reweight"),
                                     golden.Text(r, "kernel"),
                                     golden.Integer(r, "ks"),
                                     golden.Number(r, "sigma"));
    if (!densities.count(key)) {
      const auto& bins = std::get<0>(key) == "valence" ? form.valence : form.arousal;
      densities[key] = EstimateLdsDensity(
          AsLabels(bins, 41),
          ReleasedOptions(
              std::get<2>(key), std::get<3>(key), std::get<4>(key), std::get<1>(key), 41));
    }
    const LdsDensity& density = densities[key];
    const int bin = golden.Integer(r, "bin");
    ExpectRelative(density.base.at(bin), golden.Number(r, "base"), 1e-12, "base", &largest);
    ExpectRelative(
        density.smoothed.at(bin), golden.Number(r, "smoothed"), 1e-12, "smoothed", &largest);
    if (std::get<1>(key) == "inverse") {
      // The public integer histogram loses the fraction; a whole number may fall to
      // either side there.
      const double lost = golden.Number(r, "smoothed_public");
      EXPECT_TRUE(lost == std::floor(density.smoothed[bin] + 1e-9) ||
                  lost == std::floor(density.smoothed[bin] - 1e-9))
          << lost << " " << density.smoothed[bin];
    } else {
      ExpectRelative(
          density.smoothed[bin], golden.Number(r, "smoothed_public"), 1e-12, "public", &largest);
    }
  }
  EXPECT_EQ(densities.size(), 36u);
  RecordProperty("largest_relative_difference", FormatShortest(largest));
}

TEST(Lds, WeightsOfThePublicRun) {
  const ClosedForm form = ClosedFormBins(41);
  int columns = 0;
  for (const std::string target : {"valence", "arousal"}) {
    const Golden golden(GoldenFolder() / "lds" / ("weights_b41_" + target + ".csv"));
    const auto& bins = target == "valence" ? form.valence : form.arousal;
    const std::vector<double> labels = AsLabels(bins, 41);
    for (const std::string& column : golden.table.header) {
      if (column == "i" || column.find("_public") != std::string::npos) continue;
      ++columns;
      std::vector<std::string> parts = SplitName(column, '_');
      std::string reweight = parts[0];
      parts.erase(parts.begin());
      if (reweight == "sqrt") parts.erase(parts.begin());
      const LdsOptions options =
          parts[0] == "nolds"
              ? ReleasedOptions("triang", 1, 1, reweight, 41)
              : ReleasedOptions(parts[0], std::stoi(parts[1]), std::stod(parts[2]), reweight, 41);
      const std::vector<double> weights = EstimateLdsDensity(labels, options).weights;
      const std::vector<double> per_sample = LdsWeights(labels, options);
      ASSERT_EQ(golden.size(), bins.size());
      for (std::size_t r = 0; r < golden.size(); ++r) {
        EXPECT_NEAR(weights[bins[r]], golden.Number(r, column), 1e-10) << column;
        EXPECT_EQ(per_sample[r], weights[bins[r]]);
      }
    }
  }
  EXPECT_EQ(columns, 40);
}

TEST(Lds, SettingOfTheReleasedCode) {
  const Golden golden(GoldenFolder() / "lds" / "seed_setting_b201.csv");
  const ClosedForm form = ClosedFormBins(201);
  const LdsOptions options = ReleasedOptions("gaussian", 5, 2, "sqrt_inv", 201);
  const LdsDensity valence = EstimateLdsDensity(AsLabels(form.valence, 201), options);
  const LdsDensity arousal = EstimateLdsDensity(AsLabels(form.arousal, 201), options);
  double largest = 0;
  for (std::size_t r = 0; r < golden.size(); ++r) {
    const LdsDensity& density = golden.Text(r, "target") == "valence" ? valence : arousal;
    const int bin = golden.Integer(r, "bin");
    EXPECT_EQ(density.counts.at(bin), golden.Number(r, "count"));
    ExpectRelative(density.base[bin], golden.Number(r, "sqrt_count"), 1e-12, "sqrt", &largest);
    ExpectRelative(
        density.smoothed[bin], golden.Number(r, "smoothed"), 1e-12, "smoothed", &largest);
    if (density.smoothed[bin] > 0) {
      ExpectRelative(1 / density.smoothed[bin],
                     golden.Number(r, "weight_unscaled"),
                     1e-12,
                     "unscaled",
                     &largest);
    } else {
      EXPECT_TRUE(std::isinf(golden.Number(r, "weight_unscaled")));
    }
    if (density.counts[bin] > 0) {
      ExpectRelative(
          density.weights[bin], golden.Number(r, "weight_scaled"), 1e-12, "scaled", &largest);
    }
  }
  RecordProperty("largest_relative_difference", FormatShortest(largest));
}

TEST(Lds, JointGridOfTheOlderSet) {
  const Golden golden(GoldenFolder() / "lds" / "joint2d_b9.csv");
  const ClosedForm form = ClosedFormBins(41);
  std::vector<double> counts(81, 0.0);
  std::vector<double> valence, arousal;
  std::vector<int> cells;
  for (std::size_t i = 0; i < form.valence.size(); ++i) {
    const int v = std::min(8, 9 * form.valence[i] / 41), a = std::min(8, 9 * form.arousal[i] / 41);
    cells.push_back(v * 9 + a);
    counts[cells.back()] += 1;
    valence.push_back(CellCentre(v, 9));
    arousal.push_back(CellCentre(a, 9));
  }
  double largest = 0;
  for (std::size_t r = 0; r < golden.size(); ++r) {
    LdsOptions options = ReleasedOptions(golden.Text(r, "kernel"),
                                         golden.Integer(r, "ks"),
                                         golden.Number(r, "sigma"),
                                         golden.Text(r, "reweight"),
                                         201);
    options.joint = true;
    options.joint_bins = 9;
    const std::vector<double> smoothed =
        CorrelateZeroPadded2d(ReweightCounts(counts, options.reweight),
                              9,
                              9,
                              LdsWindow(options.kernel, options.kernel_size, options.sigma));
    const int cell = golden.Integer(r, "bin_v") * 9 + golden.Integer(r, "bin_a");
    EXPECT_EQ(counts[cell], golden.Number(r, "count"));
    ExpectRelative(smoothed[cell], golden.Number(r, "smoothed"), 1e-12, "smoothed", &largest);
    if (counts[cell] == 0) continue;
    ExpectRelative(WeightsFromDensity(counts, smoothed, 0)[cell],
                   golden.Number(r, "weight_scaled"),
                   1e-12,
                   "weight",
                   &largest);
    const std::vector<double> weights = JointLdsWeights(valence, arousal, options);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i] != cell) continue;
      EXPECT_NEAR(weights[i], golden.Number(r, "weight_scaled"), 2e-7 * weights[i]);
    }
  }
}

TEST(Lds, MeanOneRareHeavierAndCapHolds) {
  Rng rng(7, "lds");
  std::vector<double> labels, other;
  for (int i = 0; i < 5000; ++i) {
    labels.push_back(std::max(-1.0, std::min(1.0, 0.2 * rng.Normal() + 0.3)));
    other.push_back(rng.Uniform(-1, 1));
  }
  const auto mean = [](const std::vector<double>& w) {
    return std::accumulate(w.begin(), w.end(), 0.0) / static_cast<double>(w.size());
  };
  for (const LdsKernel kernel : {LdsKernel::kGaussian,
                                 LdsKernel::kGaussianReflected,
                                 LdsKernel::kTriangular,
                                 LdsKernel::kLaplace}) {
    for (const double cap : {0.0, 1.0, 1.5, 4.0}) {
      LdsOptions options;
      options.kernel = kernel;
      options.max_weight = cap;
      for (const std::vector<double>& weights :
           {LdsWeights(labels, options), JointLdsWeights(labels, other, options)}) {
        ASSERT_EQ(weights.size(), labels.size());
        EXPECT_NEAR(mean(weights), 1, 1e-6);
        for (const double weight : weights) {
          EXPECT_GT(weight, 0.0);
          EXPECT_LE(weight, (cap > 0 ? cap : 1e9) * (1 + 1e-6));
        }
      }
      const LdsDensity density = EstimateLdsDensity(labels, options);
      for (std::size_t a = 0; a < density.counts.size(); ++a) {
        for (std::size_t b = 0; b < density.counts.size(); ++b) {
          if (density.counts[a] > 0 && density.counts[b] > 0 &&
              density.smoothed[a] < density.smoothed[b]) {
            EXPECT_GE(density.weights[a], density.weights[b] * (1 - 1e-12));
          }
        }
      }
    }
  }
}

// The clip in absolute counts made LDS all but vanish on a set as large as Aff-Wild2.
TEST(Lds, WeightsDoNotDependOnTheSizeOfTheSet) {
  constexpr std::size_t kTimes = 100;
  Rng rng(11, "lds size");
  std::vector<double> valence, arousal;
  for (int i = 0; i < 3000; ++i) {
    valence.push_back(std::clamp(0.4 * rng.Normal() + 0.2, -1.0, 1.0));
    arousal.push_back(std::clamp(0.3 * rng.Normal() + 0.25, -1.0, 1.0));
  }
  const auto repeated = [](const std::vector<double>& labels) {
    std::vector<double> all;
    for (std::size_t time = 0; time < kTimes; ++time)
      all.insert(all.end(), labels.begin(), labels.end());
    return all;
  };
  const auto spread = [](const std::vector<double>& weights) {
    return *std::max_element(weights.begin(), weights.end()) -
           *std::min_element(weights.begin(), weights.end());
  };
  const std::vector<double> many_valence = repeated(valence), many_arousal = repeated(arousal);
  for (const LdsReweight reweight : {LdsReweight::kInverse, LdsReweight::kSqrtInverse}) {
    for (const double cap : {0.0, 3.0}) {
      LdsOptions options;
      options.reweight = reweight;
      options.max_weight = cap;
      const std::vector<double> few = LdsWeights(valence, options),
                                many = LdsWeights(many_valence, options);
      const std::vector<double> few_joint = JointLdsWeights(valence, arousal, options),
                                many_joint = JointLdsWeights(many_valence, many_arousal, options);
      for (std::size_t i = 0; i < many.size(); ++i) {
        ASSERT_NEAR(many[i], few[i % few.size()], 1e-9 * few[i % few.size()]);
        ASSERT_NEAR(many_joint[i], few_joint[i % few.size()], 1e-9 * few_joint[i % few.size()]);
      }
    }
  }
  LdsOptions clipped;
  clipped.reweight = LdsReweight::kInverseClipped;
  EXPECT_LT(spread(LdsWeights(many_valence, clipped)), 0.5 * spread(LdsWeights(valence, clipped)));
}

TEST(Lds, OneLabelHasWeightOne) {
  EXPECT_EQ(LdsWeights({0.25}), std::vector<double>{1.0});
  LdsOptions options;
  options.max_weight = 1;
  EXPECT_EQ(LdsWeights({0.25, 0.25}, options), (std::vector<double>{1.0, 1.0}));
}

TEST(LdsTable, HasTheMarginalOrTheJointDensity) {
  const std::vector<double> valence = {-1, 0.25, 0.25, 1}, arousal = {0, 0.5, 0.5, -1};
  LdsOptions options;
  const CsvTable marginal = LdsTable(valence, arousal, options);
  ASSERT_EQ(marginal.rows.size(), 82u);
  EXPECT_EQ(marginal.rows[25],
            (std::vector<std::string>{"valence",
                                      "25",
                                      "0.2500",
                                      "2",
                                      marginal.rows[25][4],
                                      marginal.rows[25][5],
                                      FormatShortest(LdsWeights(valence, options)[1])}));
  EXPECT_EQ(marginal.rows[41][0], "arousal");

  options.joint = true;
  options.joint_bins = 4;
  options.kernel_size = 3;
  const CsvTable joint = LdsTable(valence, arousal, options);
  EXPECT_EQ(joint.header[0], "cell");
  ASSERT_EQ(joint.rows.size(), 16u);
  // (0.25, 0.5) lies in the third of four parts of valence and the last of arousal.
  EXPECT_EQ(joint.rows[11][1] + " " + joint.rows[11][2] + " " + joint.rows[11][3],
            "0.2500 0.7500 2");
  EXPECT_EQ(joint.rows[11][6], FormatShortest(JointLdsWeights(valence, arousal, options)[1]));
}

TEST(Lds, Errors) {
  EXPECT_NE(
      ErrorOf(ErrorCode::kInvalidArgument, [] { LdsWeights({}); }).find("no annotated labels"),
      std::string::npos);
  for (const double bad : {-5.0, 1.001, std::numeric_limits<double>::quiet_NaN()}) {
    const std::string message = ErrorOf(ErrorCode::kInvalidArgument, [&] {
      LdsWeights({0.0, bad});
    });
    EXPECT_NE(message.find("label 1 is "), std::string::npos) << message;
  }
  ErrorOf(ErrorCode::kInvalidArgument, [] { JointLdsWeights({0.0}, {}, {}); });
  LdsOptions bad;
  bad.num_bins = 200;
  bad.kernel_size = 4;
  bad.sigma = 0;
  bad.joint_bins = 1;
  bad.max_weight = 0.5;
  EXPECT_EQ(bad.Violations().size(), 5u);
  EXPECT_EQ(bad.Violations()[0],
            "lds.num_bins = 200: must be odd, so that 0 owns a bin, and from 3 to 100001");
  const std::string message = ErrorOf(ErrorCode::kInvalidOptions, [&] { LdsWeights({0.0}, bad); });
  for (const char* key : {"num_bins", "kernel_size", "sigma", "joint_bins", "max_weight"}) {
    EXPECT_NE(message.find(key), std::string::npos) << message;
  }
  EXPECT_TRUE(LdsOptions().Violations().empty());
  LdsOptions wide;
  wide.joint = true;
  wide.kernel_size = 21;
  EXPECT_EQ(wide.Violations().size(), 1u);
}

}  // namespace
}  // namespace circumplex
