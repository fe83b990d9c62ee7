// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>
#include <string>
#include <vector>

#include "core/csv.h"
#include "network/regressor/two_stream_net.h"
#include "support/golden_recipe.h"
#include "support/npy.h"
#include "support/test_files.h"

/// The networks, inputs and stage summaries of tests/golden/model/regressor.
namespace circumplex::testing_support {

inline std::filesystem::path GoldenRegressorFolder() {
  return GoldenFolder() / "model" / "regressor";
}

inline double LargestDifference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

/// Rows of a CSV with access by column name.
class GoldenTable {
 public:
  explicit GoldenTable(const std::filesystem::path& path)
      : source_(path.string()), table_(ReadCsv(path)) {}
  std::size_t size() const { return table_.rows.size(); }
  const std::string& Text(std::size_t row, const std::string& column) const {
    return table_.rows[row][table_.Column(column, source_)];
  }
  double Double(std::size_t row, const std::string& column) const {
    return std::strtod(Text(row, column).c_str(), nullptr);
  }
  float Float(std::size_t row, const std::string& column) const {
    return std::strtof(Text(row, column).c_str(), nullptr);
  }
  std::int64_t Int(std::size_t row, const std::string& column) const {
    return std::strtoll(Text(row, column).c_str(), nullptr, 10);
  }

 private:
  std::string source_;
  CsvTable table_;
};

struct GoldenNetCase {
  std::string name, streams, motion, recurrence;
  bool head_bn = false;
  std::int64_t n_out = 2, b = 1, t = 1;

  bool spatial() const { return streams != "temporal"; }
  bool temporal() const { return streams != "spatial"; }
};

inline void PrintTo(const GoldenNetCase& value, std::ostream* out) { *out << value.name; }

inline std::vector<GoldenNetCase> ReadGoldenNetCases(const std::string& file) {
  const GoldenTable table(GoldenRegressorFolder() / file);
  std::vector<GoldenNetCase> cases;
  for (std::size_t i = 0; i < table.size(); ++i) {
    GoldenNetCase item;
    item.name = table.Text(i, "case");
    item.streams = table.Text(i, "streams");
    item.motion = table.Text(i, "motion");
    item.recurrence = table.Text(i, "recurrence");
    item.head_bn = table.Int(i, "head_bn") != 0;
    item.n_out = table.Int(i, "n_out");
    item.b = table.Int(i, "B");
    item.t = table.Int(i, "T");
    cases.push_back(item);
  }
  return cases;
}

/// The named tensor of tensors.csv with this shape, in `type`.
inline at::Tensor GoldenTensor(const std::string& state_name,
                               at::IntArrayRef shape,
                               at::ScalarType type) {
  static const std::vector<GoldenTensorSpec> specs =
      ReadGoldenTensorSpecs(GoldenRegressorFolder() / "tensors.csv");
  for (const GoldenTensorSpec& spec : specs) {
    if (spec.StateName() != state_name || at::IntArrayRef(spec.shape) != shape) continue;
    std::vector<float> values = GoldenValues(spec);
    return at::from_blob(values.data(), shape, at::kFloat).to(type, false, true);
  }
  throw Error(ErrorCode::kNotFound, "tensors.csv has no " + state_name + " of the shape asked for");
}

/// Options of a case, all dropout off.
struct GoldenNetOptions {
  AppearanceOptions appearance;
  MotionOptions motion;
  PhaseOptions phase;
  RegressorOptions regressor;
};

inline GoldenNetOptions OptionsOf(const GoldenNetCase& item) {
  GoldenNetOptions options;
  options.appearance.enabled = item.spatial();
  options.appearance.standardize = false;
  options.appearance.dropout = 0;
  options.motion.enabled = item.temporal();
  options.motion.variant = item.motion == "A"   ? MotionVariant::kLevel1Block
                           : item.motion == "C" ? MotionVariant::kThreeBlocks
                                                : MotionVariant::kBlockPerLevel;
  options.motion.block_dropout = options.motion.dropout = 0;
  options.regressor.recurrence =
      item.recurrence == "batch" ? Recurrence::kBatch : Recurrence::kTime;
  options.regressor.targets = item.n_out == 1 ? Targets::kValence : Targets::kBoth;
  options.regressor.head_batch_norm = item.head_bn;
  options.regressor.fusion_dropout = options.regressor.gru_dropout =
      options.regressor.head_dropout = 0;
  return options;
}

/// The network of a case with its weights, through LoadState (strict).
inline TwoStreamNet GoldenNet(const GoldenNetCase& item, at::ScalarType type) {
  const GoldenNetOptions options = OptionsOf(item);
  TwoStreamNet net(options.appearance, options.motion, options.phase, options.regressor);
  net->to(type);
  ModuleState state;
  for (const auto& [name, tensor] : NamedState(*net))
    state[name] = GoldenTensor(name, tensor.sizes(), type);
  LoadState(*net, state, "the golden recipe");
  return net;
}

struct GoldenInputs {
  at::Tensor pool5, phase1, phase2;
};

/// Inputs of a case: all that its streams can take, phase2 also where the variant ignores it.
inline GoldenInputs InputsOf(const GoldenNetCase& item, at::ScalarType type) {
  GoldenInputs inputs;
  if (item.spatial()) inputs.pool5 = GoldenTensor("appearance", {item.b, item.t, 2048}, type);
  if (item.temporal()) {
    inputs.phase1 = GoldenTensor("phase1", {item.b, item.t, 24, 48, 48}, type);
    inputs.phase2 = GoldenTensor("phase2", {item.b, item.t, 24, 24, 24}, type);
  }
  return inputs;
}

inline at::Tensor TensorOf(const NpyArray<double>& array) {
  return at::from_blob(const_cast<double*>(array.values.data()), array.shape, at::kDouble).clone();
}

/// Compares a tensor with the summary columns (README, section 2) of one row.
inline void ExpectSummary(const at::Tensor& tensor,
                          const GoldenTable& table,
                          std::size_t row,
                          double tolerance) {
  const at::Tensor flat = tensor.detach().contiguous().reshape({-1}).to(at::kDouble);
  const at::Tensor magnitude = flat.abs();
  EXPECT_NEAR(flat.mean().item<double>(), table.Double(row, "mean"), tolerance);
  EXPECT_NEAR(flat.std(false).item<double>(), table.Double(row, "std"), tolerance);
  EXPECT_NEAR(magnitude.max().item<double>(), table.Double(row, "max_abs"), tolerance);
  const double sum = table.Double(row, "sum_abs");
  EXPECT_NEAR(magnitude.sum().item<double>(), sum, tolerance * std::max(1.0, sum));
  const double* values = flat.data_ptr<double>();
  const std::int64_t count = flat.numel();
  for (std::int64_t i = 0; i < std::min<std::int64_t>(8, count); ++i) {
    EXPECT_NEAR(values[i], table.Double(row, "first" + std::to_string(i)), tolerance) << i;
    EXPECT_NEAR(values[count - std::min<std::int64_t>(8, count) + i],
                table.Double(row, "last" + std::to_string(i)),
                tolerance)
        << i;
  }
}

}  // namespace circumplex::testing_support
