// SPDX-License-Identifier: Apache-2.0
#include "network/regressor/two_stream_net.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>

#include "support/golden_net.h"

namespace circumplex {
namespace {

using namespace testing_support;

GoldenNetCase CaseNamed(const std::string& name) {
  for (const GoldenNetCase& item : ReadGoldenNetCases("eval_cases.csv")) {
    if (item.name == name) return item;
  }
  throw Error(ErrorCode::kNotFound, "no case " + name);
}

/// Every stage that eval_stages.csv may list for a case.
std::map<std::string, at::Tensor> StagesOf(TwoStreamNet& net,
                                           const GoldenNetCase& item,
                                           const GoldenInputs& in) {
  std::map<std::string, at::Tensor> stages;
  const auto rows = [](const at::Tensor& tensor) {
    return tensor.defined() ? tensor.flatten(0, 1) : tensor;
  };
  const at::Tensor pool5 = rows(in.pool5), phase1 = rows(in.phase1), phase2 = rows(in.phase2);
  if (item.spatial()) stages["appearance"] = net->appearance(pool5);
  if (item.temporal()) {
    if (item.motion != "B") stages["motion_block1"] = net->motion->block1(phase1);
    if (item.motion == "C") {
      stages["motion_block2"] = net->motion->block2(at::cat({stages["motion_block1"], phase2}, 1));
      stages["motion_block3"] = net->motion->block3(stages["motion_block2"]);
    }
    stages["motion_pool"] = net->motion->Pooled(phase1, phase2);
    stages["motion"] = net->motion->Encode(stages["motion_pool"]);
  }
  stages["fusion"] =
      net->fusion(!item.temporal()  ? stages["appearance"]
                  : !item.spatial() ? stages["motion"]
                                    : at::cat({stages["appearance"], stages["motion"]}, 1));
  const at::Tensor fused = stages["fusion"].view({item.b, item.t, -1});
  torch::nn::GRU first(
      torch::nn::GRUOptions(256, 128).bidirectional(true).batch_first(item.recurrence == "time"));
  first->to(at::kDouble);
  for (auto& parameter : first->named_parameters()) {
    parameter.value().copy_(net->gru->named_parameters()[parameter.key()]);
  }
  stages["gru_l0"] = std::get<0>(first(fused));
  stages["gru_l1"] = net->Recur(fused);
  stages["output"] = net->Outputs(stages["gru_l1"]);
  return stages;
}

class GoldenEval : public testing::TestWithParam<GoldenNetCase> {};

TEST_P(GoldenEval, EveryStageAgreesWithTheReference) {
  c10::NoGradGuard no_grad;
  const GoldenNetCase& item = GetParam();
  TwoStreamNet net = GoldenNet(item, at::kDouble);
  net->eval();
  const GoldenInputs in = InputsOf(item, at::kDouble);
  const std::map<std::string, at::Tensor> stages = StagesOf(net, item, in);

  const GoldenTable table(GoldenRegressorFolder() / "eval_stages.csv");
  int compared = 0;
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (table.Text(row, "case") != item.name) continue;
    SCOPED_TRACE(table.Text(row, "stage"));
    ExpectSummary(stages.at(table.Text(row, "stage")), table, row, 1e-11);
    ++compared;
  }
  EXPECT_GE(compared, 5);

  const at::Tensor expected =
      TensorOf(ReadNpy<double>(GoldenRegressorFolder() / ("eval_" + item.name + ".npy")));
  // The stages are forward()'s own parts; the short cases run forward() itself as well.
  const at::Tensor output =
      item.t <= 17 ? net(in.pool5, in.phase1, in.phase2) : stages.at("output");
  ASSERT_EQ(output.sizes(), expected.sizes());
  const double difference = LargestDifference(output, expected);
  RecordProperty("largest_difference", std::to_string(difference * 1e15) + "e-15");
  EXPECT_LE(difference, 1e-11);
}

INSTANTIATE_TEST_SUITE_P(Regressor,
                         GoldenEval,
                         testing::ValuesIn(ReadGoldenNetCases("eval_cases.csv")),
                         [](const auto& case_info) { return case_info.param.name; });

TEST(TwoStreamNet, SinglePrecisionAgreesWithDouble) {
  c10::NoGradGuard no_grad;
  for (const char* name : {"s_t64", "2b_t17"}) {
    SCOPED_TRACE(name);
    const GoldenNetCase item = CaseNamed(name);
    TwoStreamNet net = GoldenNet(item, at::kFloat);
    net->eval();
    const GoldenInputs in = InputsOf(item, at::kFloat);
    const at::Tensor expected =
        TensorOf(ReadNpy<double>(GoldenRegressorFolder() / (std::string("eval_") + name + ".npy")));
    EXPECT_LE(LargestDifference(net(in.pool5, in.phase1, in.phase2), expected), 1e-5);
  }
}

TEST(TwoStreamNet, ParameterCountsOfTheThreeVariants) {
  // With the head's batch norm; without it (the default) there are 4 fewer.
  const std::map<MotionVariant, std::int64_t> expected = {{MotionVariant::kLevel1Block, 1451142},
                                                          {MotionVariant::kBlockPerLevel, 1518598},
                                                          {MotionVariant::kThreeBlocks, 2636166}};
  for (const auto& [variant, count] : expected) {
    MotionOptions motion;
    motion.variant = variant;
    RegressorOptions regressor;
    regressor.head_batch_norm = true;
    EXPECT_EQ(
        CountParameters(*TwoStreamNet(AppearanceOptions(), motion, PhaseOptions(), regressor)),
        count);
    regressor.head_batch_norm = false;
    EXPECT_EQ(
        CountParameters(*TwoStreamNet(AppearanceOptions(), motion, PhaseOptions(), regressor)),
        count - 4);
  }
}

TEST(TwoStreamNet, StandardizationIsPartOfTheStateAndOfTheForwardPass) {
  c10::NoGradGuard no_grad;
  at::manual_seed(3);
  AppearanceOptions plain, standardizing;
  plain.standardize = false;
  MotionOptions off;
  off.enabled = false;
  TwoStreamNet a(plain, off, PhaseOptions(), RegressorOptions());
  TwoStreamNet b(standardizing, off, PhaseOptions(), RegressorOptions());
  EXPECT_EQ(NamedState(*a).count("appearance.input_mean"), 0u);
  EXPECT_EQ(NamedState(*b).count("appearance.input_mean"), 1u);
  EXPECT_EQ(NamedState(*b).count("appearance.input_scale"), 1u);
  for (auto& [name, tensor] : NamedState(*a)) NamedState(*b).at(name).copy_(tensor);
  a->eval();
  b->eval();
  const at::Tensor x = at::rand({2, 5, 2048});
  EXPECT_EQ(LargestDifference(a(x, at::Tensor(), at::Tensor()), b(x, at::Tensor(), at::Tensor())),
            0);

  const at::Tensor mean = at::rand({2048});
  at::Tensor spread = at::rand({2048}) + 0.5;
  spread[7] = 0;
  b->appearance->SetStandardization(mean, spread);
  at::Tensor z = (x - mean) / spread;
  z.select(2, 7).zero_();
  EXPECT_LE(LargestDifference(a(z, at::Tensor(), at::Tensor()), b(x, at::Tensor(), at::Tensor())),
            1e-5);
  EXPECT_GT(LargestDifference(a(x, at::Tensor(), at::Tensor()), b(x, at::Tensor(), at::Tensor())),
            1e-3);

  ErrorOf(ErrorCode::kInvalidArgument, [&] { a->appearance->SetStandardization(mean, spread); });
  ErrorOf(ErrorCode::kInvalidArgument,
          [&] { b->appearance->SetStandardization(mean, spread.slice(0, 0, 5)); });
  ErrorOf(ErrorCode::kInvalidArgument, [&] { b->appearance->SetStandardization(mean, -spread); });
  ErrorOf(ErrorCode::kInvalidArgument,
          [&] { b->appearance->SetStandardization(mean / 0, spread); });
}

/// A small network of both streams, in eval mode, with running statistics that are
/// not the identity.
TwoStreamNet SmallNet(MotionVariant variant,
                      int levels = 2,
                      Recurrence recurrence = Recurrence::kTime) {
  at::manual_seed(11);
  AppearanceOptions appearance;
  appearance.hidden = 8;
  MotionOptions motion;
  motion.variant = variant;
  motion.channels = 4;
  motion.hidden = 6;
  PhaseOptions phase;
  phase.size = 16;
  phase.levels = levels;
  phase.snippet_frames = 5;
  RegressorOptions regressor;
  regressor.fusion = 10;
  regressor.hidden = 5;
  regressor.recurrence = recurrence;
  TwoStreamNet net(appearance, motion, phase, regressor);
  net->train();
  net(at::rand({3, 4, 2048}), at::randn({3, 4, 8, 16, 16}), at::randn({3, 4, 8, 8, 8}));
  net->eval();
  return net;
}

TEST(TwoStreamNet, LevelsAndVariantsThatFitTogether) {
  c10::NoGradGuard no_grad;
  const at::Tensor pool5 = at::rand({2, 3, 2048});
  const at::Tensor phase1 = at::randn({2, 3, 8, 16, 16}), phase2 = at::randn({2, 3, 8, 8, 8});
  for (const MotionVariant variant : {MotionVariant::kLevel1Block, MotionVariant::kBlockPerLevel}) {
    TwoStreamNet net = SmallNet(variant, 1);
    EXPECT_FALSE(net->uses_phase2());
    EXPECT_EQ(net(pool5, phase1, at::Tensor()).sizes(), at::IntArrayRef({2, 3, 2}));
  }
  EXPECT_EQ(
      NamedState(*SmallNet(MotionVariant::kBlockPerLevel, 1)).count("motion.level1.conv1.weight"),
      1u);
  EXPECT_EQ(
      NamedState(*SmallNet(MotionVariant::kBlockPerLevel, 1)).count("motion.level2.conv1.weight"),
      0u);
  TwoStreamNet two = SmallNet(MotionVariant::kBlockPerLevel);
  const std::string message =
      ErrorOf(ErrorCode::kInvalidArgument, [&] { two(pool5, phase1, at::Tensor()); });
  EXPECT_NE(message.find("phase2 is missing"), std::string::npos) << message;
  ErrorOf(ErrorCode::kInvalidOptions, [] { SmallNet(MotionVariant::kThreeBlocks, 1); });
}

TEST(TwoStreamNet, TimeRecurrenceKeepsClipsApartAndBatchRecurrenceKeepsRowsApart) {
  c10::NoGradGuard no_grad;
  const at::Tensor phase1 = at::randn({3, 4, 8, 16, 16}), phase2 = at::randn({3, 4, 8, 8, 8});
  const at::Tensor x = at::rand({3, 4, 2048});
  at::Tensor changed = x.clone();
  changed[1][2] += 1;
  for (const Recurrence recurrence : {Recurrence::kTime, Recurrence::kBatch}) {
    TwoStreamNet net = SmallNet(MotionVariant::kLevel1Block, 2, recurrence);
    const at::Tensor moved =
        (net(x, phase1, phase2) - net(changed, phase1, phase2)).abs().sum(2) > 0;
    for (int b = 0; b < 3; ++b) {
      for (int t = 0; t < 4; ++t) {
        EXPECT_EQ(moved[b][t].item<bool>(), recurrence == Recurrence::kTime ? b == 1 : t == 2)
            << b << " " << t;
      }
    }
  }
}

TEST(TwoStreamNet, AVideoInPartsEqualsOneForwardPass) {
  c10::NoGradGuard no_grad;
  TwoStreamNet net = SmallNet(MotionVariant::kThreeBlocks);
  const at::Tensor pool5 = at::rand({23, 2048});
  const at::Tensor phase1 = at::randn({23, 8, 16, 16}), phase2 = at::randn({23, 8, 8, 8});
  const at::Tensor whole =
      net(pool5.unsqueeze(0), phase1.unsqueeze(0), phase2.unsqueeze(0)).squeeze(0);
  for (const int rows : {1, 5, 23}) {
    std::vector<at::Tensor> fused;
    for (std::int64_t start = 0; start < 23; start += rows) {
      const std::int64_t end = std::min<std::int64_t>(start + rows, 23);
      fused.push_back(net->Fused(
          pool5.slice(0, start, end), phase1.slice(0, start, end), phase2.slice(0, start, end)));
    }
    const at::Tensor parts = net->Outputs(net->Recur(at::cat(fused, 0).unsqueeze(0))).squeeze(0);
    ASSERT_EQ(parts.sizes(), at::IntArrayRef({23, 2}));
    EXPECT_LE(LargestDifference(parts, whole), 1e-5) << rows;
  }
  EXPECT_EQ(net->Fused(pool5.to(at::kHalf), phase1, phase2).scalar_type(), at::kFloat);
}

TEST(TwoStreamNet, DropoutActsInTrainingOnly) {
  c10::NoGradGuard no_grad;
  TwoStreamNet net = SmallNet(MotionVariant::kThreeBlocks);
  const at::Tensor pool5 = at::rand({2, 3, 2048});
  const at::Tensor phase1 = at::randn({2, 3, 8, 16, 16}), phase2 = at::randn({2, 3, 8, 8, 8});
  EXPECT_EQ(LargestDifference(net(pool5, phase1, phase2), net(pool5, phase1, phase2)), 0);
  net->train();
  EXPECT_GT(LargestDifference(net(pool5, phase1, phase2), net(pool5, phase1, phase2)), 1e-4);
}

// Every rate that options name, alone: one that reaches nothing leaves the output as it was.
TEST(TwoStreamNet, EachDropoutRateActsByItself) {
  c10::NoGradGuard no_grad;
  struct Rate {
    const char* key;
    std::function<double*(AppearanceOptions*, MotionOptions*, RegressorOptions*)> of;
  };
  const Rate rates[] = {
      {"appearance.dropout",
       [](AppearanceOptions* a, MotionOptions*, RegressorOptions*) { return &a->dropout; }},
      {"motion.block_dropout",
       [](AppearanceOptions*, MotionOptions* m, RegressorOptions*) { return &m->block_dropout; }},
      {"motion.dropout",
       [](AppearanceOptions*, MotionOptions* m, RegressorOptions*) { return &m->dropout; }},
      {"regressor.fusion_dropout",
       [](AppearanceOptions*, MotionOptions*, RegressorOptions* r) { return &r->fusion_dropout; }},
      {"regressor.gru_dropout",
       [](AppearanceOptions*, MotionOptions*, RegressorOptions* r) { return &r->gru_dropout; }},
      {"regressor.head_dropout",
       [](AppearanceOptions*, MotionOptions*, RegressorOptions* r) { return &r->head_dropout; }}};
  PhaseOptions phase;
  phase.size = 16;
  phase.snippet_frames = 3;
  const at::Tensor pool5 = at::rand({2, 3, kPool5Size});
  const at::Tensor phase1 = at::randn({2, 3, phase.Channels(), 16, 16}),
                   phase2 = at::randn({2, 3, phase.Channels(), 8, 8});
  const auto spread = [&](const Rate* rate) {
    AppearanceOptions appearance;
    MotionOptions motion;
    motion.variant = MotionVariant::kThreeBlocks;
    RegressorOptions regressor;
    for (const Rate& each : rates) *each.of(&appearance, &motion, &regressor) = 0;
    if (rate != nullptr) *rate->of(&appearance, &motion, &regressor) = 0.5;
    TwoStreamNet net(appearance, motion, phase, regressor);
    net->train();
    at::manual_seed(1);
    const at::Tensor first = net(pool5, phase1, phase2);
    return LargestDifference(first, net(pool5, phase1, phase2));
  };
  EXPECT_EQ(spread(nullptr), 0);
  for (const Rate& rate : rates) EXPECT_GT(spread(&rate), 1e-4) << rate.key;
}

// Both layers of the appearance stream drop inputs, the first those of pool5 itself.
TEST(AppearanceMlp, DropsPool5AndTheHiddenLayer) {
  c10::NoGradGuard no_grad;
  AppearanceOptions options;
  options.dropout = 0.5;
  AppearanceMlp mlp(options);
  mlp->train();
  const at::Tensor pool5 = at::rand({4, kPool5Size});
  mlp->dropout2->options.p(0);
  EXPECT_GT(LargestDifference(mlp(pool5), mlp(pool5)), 1e-4);
  mlp->dropout2->options.p(0.5);
  mlp->dropout1->options.p(0);
  EXPECT_GT(LargestDifference(mlp(pool5), mlp(pool5)), 1e-4);
  mlp->dropout2->options.p(0);
  EXPECT_EQ(LargestDifference(mlp(pool5), mlp(pool5)), 0);
}

TEST(TwoStreamNet, EachOutputSeesItsOwnFeatures) {
  for (const bool batch_norm : {false, true}) {
    at::manual_seed(4);
    MotionOptions no_motion;
    no_motion.enabled = false;
    RegressorOptions regressor;
    regressor.hidden = 3;
    regressor.head_batch_norm = batch_norm;
    TwoStreamNet net(AppearanceOptions(), no_motion, PhaseOptions(), regressor);
    const at::Tensor one = at::randn({2, 5, 6}), other = at::randn({2, 5, 6});
    at::manual_seed(9);  // the dropout mask
    const at::Tensor usual = net->Outputs(one);
    at::manual_seed(9);
    EXPECT_TRUE(net->OutputsEach({one, one}).equal(usual));
    at::manual_seed(9);
    const at::Tensor mixed = net->OutputsEach({one, other});
    EXPECT_TRUE(mixed.select(2, 0).equal(usual.select(2, 0)));
    EXPECT_FALSE(mixed.select(2, 1).equal(usual.select(2, 1)));
  }
}

TEST(TwoStreamNet, InputsAndOptionsThatDoNotFitAreNamed) {
  AppearanceOptions no_appearance;
  no_appearance.enabled = false;
  MotionOptions no_motion;
  no_motion.enabled = false;
  ErrorOf(ErrorCode::kInvalidOptions,
          [&] { TwoStreamNet(no_appearance, no_motion, PhaseOptions(), RegressorOptions()); });
  RegressorOptions broken;
  broken.fusion_dropout = 1;
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidOptions,
                    [&] { TwoStreamNet(AppearanceOptions(), no_motion, PhaseOptions(), broken); })
                .find("regressor.fusion_dropout"),
            std::string::npos);
  TwoStreamNet net(AppearanceOptions(), no_motion, PhaseOptions(), RegressorOptions());
  const std::string message = ErrorOf(ErrorCode::kInvalidArgument, [&] {
    net(at::rand({2, 3, 512}), at::Tensor(), at::Tensor());
  });
  EXPECT_NE(message.find("[2, 3, 512]"), std::string::npos) << message;
  EXPECT_NE(message.find("[B, T, 2048]"), std::string::npos) << message;
  ErrorOf(ErrorCode::kInvalidArgument, [&] {
    net(at::rand({2, 0, 2048}), at::Tensor(), at::Tensor());
  });
  ErrorOf(ErrorCode::kInvalidArgument, [&] {
    net(at::rand({1, 1, 2048}), at::Tensor(), at::Tensor());
  });
  net->eval();
  EXPECT_EQ(net(at::rand({1, 1, 2048}), at::Tensor(), at::Tensor()).size(1), 1);
}

TEST(LoadState, ListsEveryDefectAndLeavesTheModuleAlone) {
  TwoStreamNet net = SmallNet(MotionVariant::kLevel1Block);
  ModuleState state;
  for (const auto& [name, tensor] : NamedState(*net)) state[name] = at::full_like(tensor, 0.25);
  state["fusion.bn.num_batches_tracked"] = at::zeros({}, at::kLong);
  const at::Tensor before = NamedState(*net).at("fusion.fc.weight").clone();
  ModuleState broken = state;
  broken.erase("head.fc.bias");
  broken["extra.weight"] = at::zeros({1});
  broken["fusion.fc.bias"] = at::zeros({3});
  broken["gru.bias_ih_l0"] = at::full_like(state["gru.bias_ih_l0"], std::nan(""));
  const std::string message =
      ErrorOf(ErrorCode::kBadModel, [&] { LoadState(*net, broken, "some.safetensors"); });
  for (const char* part : {"some.safetensors",
                           "missing (1): head.fc.bias [2]",
                           "unexpected (1): extra.weight",
                           "fusion.fc.bias [3] instead of [10]",
                           "gru.bias_ih_l0"}) {
    EXPECT_NE(message.find(part), std::string::npos) << part << " in " << message;
  }
  EXPECT_TRUE(before.equal(NamedState(*net).at("fusion.fc.weight")));
  LoadState(*net, state, "some.safetensors");
  EXPECT_TRUE(NamedState(*net).at("fusion.fc.weight").eq(0.25).all().item<bool>());
}

}  // namespace
}  // namespace circumplex
