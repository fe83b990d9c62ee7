// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "circumplex/options.h"

namespace circumplex {

// Labels are decimals of a few digits, and many lie on a border between bins. A label that is
// within float32's rounding of a decimal of at most six digits counts as that decimal, and its
// place is computed in whole numbers, so that every border belongs to the bin above it.

/// Bin of a label over [-1, 1], both ends being bin centres.
///
///     kNearest    floor((x + 1) (bins - 1) / 2 + 0.5)
///     kTruncated  int((1 + x) / (2 / (bins - 1)))        in double, as the released code
///
/// Labels beyond [-1, 1] fall into the end bins. kTruncated puts 36 of the 201 two-decimal labels
/// one bin low. Source: spec of the released preset; Yang et al. 2021, arXiv:2102.09554.
/// Thread-safe.
int LabelBin(double label, int bins, BinRule rule);

/// Centre of a bin, the inverse of LabelBin(kNearest).
double BinCentre(int bin, int bins);

/// Cell of a label among `cells` equal parts of [-1, 1]: floor((x + 1) cells / 2); each owns its
/// lower edge, the last one both. Thread-safe.
int LabelCell(double label, int cells);

/// Centre of a cell.
double CellCentre(int cell, int cells);

}  // namespace circumplex
