// SPDX-License-Identifier: Apache-2.0
#include "distribution_smoothing/fds.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/csv.h"
#include "core/files.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using nlohmann::json;
using testing_support::ErrorOf;
using testing_support::GoldenFolder;

std::vector<double> Flat(const json& matrix) {
  std::vector<double> values;
  for (const json& row : matrix) {
    for (const json& value : row) values.push_back(value.get<double>());
  }
  return values;
}

json ReadGolden(const char* name) { return json::parse(ReadFile(GoldenFolder() / "lds" / name)); }

template <typename T>
void CheckCalibrate(double tolerance) {
  const json golden = ReadGolden("calibrate_mean_var.json");
  ASSERT_EQ(golden["cases"].size(), 4u);
  for (const json& one : golden["cases"]) {
    const auto vector = [&](const char* key) { return one[key].get<std::vector<double>>(); };
    const std::vector<double> input = Flat(golden["x"]), expected = Flat(one["out"]);
    std::vector<T> features(input.begin(), input.end());
    Calibrate(features.data(),
              2,
              3,
              vector("m1").data(),
              vector("v1").data(),
              vector("m2").data(),
              vector("v2").data());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(features[i], expected[i], tolerance) << one["name"];
    }
  }
}

TEST(Fds, CalibrateGolden) {
  CheckCalibrate<double>(1e-6);
  CheckCalibrate<float>(1e-6);
}

struct FdsRun {
  FdsOptions options;
  FdsAverage average = FdsAverage::kMomentum;
  int dim = 0;
  std::vector<int> labels;
};

FdsRun ParseRun(const json& one) {
  FdsRun run;
  const std::string kernel = one["kernel"];
  run.options.kernel = kernel == "triang"    ? LdsKernel::kTriangular
                       : kernel == "laplace" ? LdsKernel::kLaplace
                                             : LdsKernel::kGaussianReflected;
  run.options.kernel_size = one["ks"];
  run.options.sigma = one["sigma"];
  run.options.start_bucket = one["bucket_start"];
  run.options.buckets = one["bucket_num"];
  if (one["momentum"].is_null()) {
    run.average = FdsAverage::kCumulative;
  } else {
    run.options.momentum = one["momentum"];
  }
  run.dim = one["feature_dim"];
  run.labels = one["labels"].get<std::vector<int>>();
  return run;
}

std::vector<float> Features(const FdsRun& run, int epoch) {
  std::vector<float> features;
  for (std::size_t i = 0; i < run.labels.size(); ++i) {
    for (int d = 0; d < run.dim; ++d) {
      const double value =
          std::sin(0.7 * static_cast<double>(i) + 1.3 * d + 0.4 * epoch) + 0.1 * run.labels[i];
      features.push_back(static_cast<float>(value));
    }
  }
  return features;
}

class Comparison {
 public:
  template <typename T>
  void Near(const std::vector<T>& actual,
            const std::vector<double>& expected,
            const std::string& what) {
    ASSERT_EQ(actual.size(), expected.size()) << what;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(actual[i], expected[i], 2e-6) << what << " " << i;
      largest_ = std::max(largest_, std::abs(static_cast<double>(actual[i]) - expected[i]));
    }
  }
  double largest() const { return largest_; }

 private:
  double largest_ = 0;
};

TEST(Fds, LiveStatisticsAsThePublicClass) {
  const json golden = ReadGolden("fds.json");
  ASSERT_EQ(golden["cases"].size(), 4u);
  Comparison comparison;
  for (const json& one : golden["cases"]) {
    SCOPED_TRACE(one["kernel"].get<std::string>() + one["ks"].dump());
    FdsRun run = ParseRun(one);
    run.options.live_statistics = true;
    ASSERT_EQ(run.labels.size(), 15u);
    for (std::size_t i = 0; i < run.labels.size(); ++i) {
      EXPECT_EQ(run.labels[i], static_cast<int>((i * i * i + 2 * i) % 10));
    }
    FdsStatistics statistics(run.options, run.dim, run.average);
    const json& steps = one["steps"];
    ASSERT_EQ(steps.size(), 7u);
    const auto compare = [&](const json& step) {
      const FdsState& state = statistics.state();
      const bool alias = step["alias"];
      EXPECT_EQ(alias, state.refreshed);
      comparison.Near(state.running_mean, Flat(step["running_mean"]), "running mean");
      comparison.Near(state.running_variance, Flat(step["running_var"]), "running variance");
      comparison.Near(alias ? state.running_mean : state.stored_mean,
                      Flat(step["running_mean_last_epoch"]),
                      "stored");
      comparison.Near(alias ? state.running_variance : state.stored_variance,
                      Flat(step["running_var_last_epoch"]),
                      "stored variance");
      comparison.Near(state.smoothed_mean, Flat(step["smoothed_mean_last_epoch"]), "smoothed mean");
      comparison.Near(
          state.smoothed_variance, Flat(step["smoothed_var_last_epoch"]), "smoothed variance");
      comparison.Near(
          state.samples, step["num_samples_tracked"].get<std::vector<double>>(), "samples");
    };
    compare(steps[0]);
    for (int epoch = 0; epoch < 3; ++epoch) {
      const std::vector<float> features = Features(run, epoch);
      std::vector<float> smoothed = features;
      std::vector<double> smoothed_double(features.begin(), features.end());
      statistics.Smooth(&smoothed, run.labels, epoch);
      statistics.Smooth(&smoothed_double, run.labels, epoch);
      const std::vector<double> expected =
          Flat(steps[1 + 2 * epoch]["smoothed_features_before_update"]);
      comparison.Near(smoothed, expected, "calibrated features");
      comparison.Near(smoothed_double, expected, "calibrated double features");
      statistics.Refresh(epoch);
      compare(steps[1 + 2 * epoch]);
      statistics.Update(features, run.labels, epoch);
      compare(steps[2 + 2 * epoch]);
    }
  }
  RecordProperty("largest_difference", FormatShortest(comparison.largest()));
}

TEST(Fds, CopiedStatisticsKeepTheLastRefresh) {
  Comparison comparison;
  double moved = 0;
  const json golden = ReadGolden("fds.json");
  for (const json& one : golden["cases"]) {
    const FdsRun run = ParseRun(one);
    FdsOptions live_options = run.options;
    live_options.live_statistics = true;
    FdsStatistics copied(run.options, run.dim, run.average),
        live(live_options, run.dim, run.average);
    const json& steps = one["steps"];
    for (int epoch = 0; epoch < 3; ++epoch) {
      const std::vector<float> features = Features(run, epoch);
      if (epoch == 2) {
        // Removed and added belong to the same moment: the refresh of epoch 1.
        const json& refresh = steps[3];
        std::vector<float> actual = features, of_live = features;
        copied.Smooth(&actual, run.labels, epoch);
        live.Smooth(&of_live, run.labels, epoch);
        const std::vector<double> mean = Flat(refresh["running_mean"]),
                                  variance = Flat(refresh["running_var"]);
        const std::vector<double> to_mean = Flat(refresh["smoothed_mean_last_epoch"]);
        const std::vector<double> to_variance = Flat(refresh["smoothed_var_last_epoch"]);
        std::vector<double> expected(features.begin(), features.end());
        const int first = run.options.start_bucket, last = run.options.buckets - 1;
        for (std::size_t i = 0; i < run.labels.size(); ++i) {
          const std::size_t at = static_cast<std::size_t>(
              (std::min(std::max(run.labels[i], first), last) - first) * run.dim);
          Calibrate(&expected[i * static_cast<std::size_t>(run.dim)],
                    1,
                    run.dim,
                    &mean[at],
                    &variance[at],
                    &to_mean[at],
                    &to_variance[at]);
        }
        comparison.Near(actual, expected, "calibrated");
        for (std::size_t i = 0; i < actual.size(); ++i) {
          moved = std::max(moved, static_cast<double>(std::abs(actual[i] - of_live[i])));
        }
      }
      copied.Refresh(epoch);
      copied.Update(features, run.labels, epoch);
      live.Refresh(epoch);
      live.Update(features, run.labels, epoch);
    }
    comparison.Near(copied.state().running_mean, Flat(steps[6]["running_mean"]), "running");
    comparison.Near(copied.state().stored_mean, Flat(steps[5]["running_mean"]), "stored");
  }
  EXPECT_GT(moved, 1e-3) << "the two variants must differ, or this test shows nothing";
}

TEST(Fds, EdgeBucketsPoolOnlyWhenTheirOwnLabelOccurs) {
  FdsOptions options;
  options.buckets = 6;
  options.start_bucket = 2;
  options.kernel_size = 3;
  FdsStatistics statistics(options, 1);
  statistics.Update(std::vector<double>{1, 2, 3, 4}, {0, 1, 6, 9}, 0);
  EXPECT_EQ(statistics.state().samples, (std::vector<double>{0, 0, 0, 0}));
  statistics.Update(std::vector<double>{1, 2, 3, 4, 6, 5}, {0, 1, 2, 5, 7, 3}, 0);
  EXPECT_EQ(statistics.state().samples, (std::vector<double>{3, 1, 0, 2}));
  EXPECT_EQ(statistics.state().running_mean, (std::vector<double>{2, 5, 0, 5}));
  EXPECT_EQ(statistics.state().running_variance, (std::vector<double>{1, 0, 1, 2}));
}

TEST(Fds, StateRoundTripContinuesAlike) {
  FdsOptions options;
  options.buckets = 8;
  FdsStatistics a(options, 2), b(options, 2);
  const std::vector<double> features = {1, 2, 3, 4, 5, 7};
  const std::vector<int> buckets = {1, 1, 4};
  a.Update(features, buckets, 0);
  a.Refresh(1);
  b.set_state(a.state());
  a.Update(features, buckets, 1);
  b.Update(features, buckets, 1);
  EXPECT_EQ(a.state().running_mean, b.state().running_mean);
  FdsState bad = a.state();
  bad.samples.pop_back();
  EXPECT_NE(
      ErrorOf(ErrorCode::kInvalidArgument, [&] { b.set_state(bad); }).find("7 values where 8"),
      std::string::npos);
}

// Features of a two-bucket shape after two epochs, so that calibration does something.
FdsStatistics WarmStatistics(const FdsOptions& options) {
  FdsStatistics statistics(options, 2);
  statistics.Update(std::vector<double>{1, 2, 3, 4, 5, 7, 2, 9}, {1, 1, 4, 4}, 0);
  statistics.Refresh(1);
  return statistics;
}

TEST(Fds, TheMapIsWhatSmoothDoes) {
  FdsOptions options;
  options.buckets = 8;
  const FdsStatistics statistics = WarmStatistics(options);
  const std::vector<int> buckets = {1, 4, 6};
  const std::vector<double> features = {0.5, -1, 2, 3, 7, 8};
  std::vector<double> smoothed = features;
  statistics.Smooth(&smoothed, buckets, 2);
  EXPECT_NE(smoothed[0], features[0]);
  const FdsMap map = statistics.SmoothingMap(buckets, 2);
  for (std::size_t i = 0; i < features.size(); ++i)
    EXPECT_NEAR(map.gain[i] * features[i] + map.shift[i], smoothed[i], 1e-13);
  const FdsMap early = statistics.SmoothingMap(buckets, 0);
  EXPECT_EQ(early.gain, std::vector<double>(6, 1.0));
  EXPECT_EQ(early.shift, std::vector<double>(6, 0.0));
}

TEST(Fds, FeaturesAddedInBatchesGiveTheStatisticsOfAllTogether) {
  FdsOptions options;
  options.buckets = 6;
  options.start_bucket = 2;
  options.kernel_size = 3;
  const std::vector<float> features = {1, 2, 3, 5, 8, 13, 21};
  const std::vector<int> buckets = {0, 2, 3, 2, 1, 5, 3};
  FdsStatistics together(options, 1), batches(options, 1);
  together.Update(features, buckets, 0);
  FdsEpoch epoch;
  epoch.Add(std::vector<float>(features.begin(), features.begin() + 3), {0, 2, 3}, 1);
  epoch.Add(std::vector<float>(features.begin() + 3, features.end()), {2, 1, 5, 3}, 1);
  batches.Update(epoch, 0);
  EXPECT_EQ(batches.state().samples, (std::vector<double>{4, 2, 0, 1}));
  for (std::size_t b = 0; b < 4; ++b) {
    EXPECT_NEAR(batches.state().running_mean[b], together.state().running_mean[b], 1e-12);
    EXPECT_NEAR(batches.state().running_variance[b], together.state().running_variance[b], 1e-12);
  }
  EXPECT_NEAR(batches.state().running_mean[0], 4, 1e-12);  // 1, 8, 2, 5
  EXPECT_NEAR(batches.state().running_variance[0], 30 / 3.0, 1e-12);
  FdsEpoch wide;
  wide.Add(std::vector<double>{1, 2}, {2}, 2);
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidArgument, [&] { batches.Update(wide, 1); })
                .find("2 values where the statistics have 1"),
            std::string::npos);
}

TEST(Fds, BucketsAndErrors) {
  EXPECT_EQ(FdsBucket(-1, 100), 0);
  EXPECT_EQ(FdsBucket(1, 100), 99);
  EXPECT_EQ(FdsBucket(0, 100), 50);
  FdsOptions options;
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidArgument,
                    [&] { FdsStatistics(options, 2).Update(std::vector<float>{1}, {0}, 0); })
                .find("1 values for 1 labels of 2"),
            std::string::npos);
  const auto refused = [](auto change) {
    FdsOptions bad;
    change(&bad);
    return ErrorOf(ErrorCode::kInvalidOptions, [&] { FdsStatistics(bad, 3); });
  };
  EXPECT_NE(refused([](FdsOptions* o) { o->buckets = 1; }).find("fds.buckets = 1"),
            std::string::npos);
  EXPECT_NE(refused([](FdsOptions* o) { o->start_bucket = 100; }).find("fds.start_bucket"),
            std::string::npos);
  EXPECT_NE(refused([](FdsOptions* o) { o->momentum = 1; }).find("fds.momentum"),
            std::string::npos);
  EXPECT_NE(refused([](FdsOptions* o) { o->kernel_size = 201; }).find("fds.kernel_size"),
            std::string::npos);
  refused([](FdsOptions* o) { o->kernel_size = 4; });
  refused([](FdsOptions* o) { o->sigma = 0; });
}

}  // namespace
}  // namespace circumplex
