// SPDX-License-Identifier: Apache-2.0
#include "distribution_smoothing/label_weights.h"

#include <gtest/gtest.h>

#include "circumplex/lds.h"

namespace circumplex {
namespace {

const std::vector<double> kValence = {-0.5, -0.5, -0.5, -0.5, 0.0, 0.5, -0.5, -0.5};
const std::vector<double> kArousal = {-0.9, -0.6, -0.3, 0.0, 0.0, 0.3, 0.6, 0.9};

TEST(LabelWeights, AreTheLdsWeightsOfEachTargetsOwnLabels) {
  const LdsOptions options;
  const LabelWeights weights(kValence, kArousal, options);
  const std::vector<double> of_valence = LdsWeights(kValence, options),
                            of_arousal = LdsWeights(kArousal, options);
  for (std::size_t i = 0; i < kValence.size(); ++i) {
    const auto pair = weights.Of({kValence[i], kArousal[i]});
    EXPECT_EQ(pair[0], of_valence[i]) << i;
    EXPECT_EQ(pair[1], of_arousal[i]) << i;
  }
  EXPECT_GT(of_valence[5], 1.2 * of_arousal[5]);
}

TEST(LabelWeights, AnotherLabelHasTheWeightOfTheNearestBinThatHasOne) {
  const LdsOptions options;
  const LabelWeights weights(kValence, kArousal, options);
  const std::vector<double> known = LdsWeights(kValence, options);
  EXPECT_EQ(weights.Of({0.9, 0})[0], known[5]);
  EXPECT_EQ(weights.Of({-0.9, 0})[0], known[0]);
  EXPECT_EQ(weights.Of({-0.3, 0})[0], known[0]);
  EXPECT_EQ(weights.Of({-0.2, 0})[0], known[4]);
  EXPECT_EQ(weights.Of({-0.25, 0})[0], known[0]);  // as near to both: the lower bin
}

TEST(LabelWeights, JointOnesAreOfCellsForBothTargetsAlike) {
  LdsOptions options;
  options.joint = true;
  const LabelWeights weights(kValence, kArousal, options);
  const std::vector<double> known = JointLdsWeights(kValence, kArousal, options);
  for (std::size_t i = 0; i < kValence.size(); ++i) {
    const auto pair = weights.Of({kValence[i], kArousal[i]});
    EXPECT_EQ(pair[0], known[i]) << i;
    EXPECT_EQ(pair[1], known[i]) << i;
  }
  EXPECT_EQ(weights.Of({0.9, 0.4})[1], known[5]);
}

TEST(LabelWeights, AreOneWithoutLds) {
  LdsOptions options;
  options.enabled = false;
  EXPECT_EQ(LabelWeights({}, {}, options).Of({0.3, -2})[1], 1);
}

}  // namespace
}  // namespace circumplex
