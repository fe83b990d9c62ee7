// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace circumplex::app {

/// Lets LibTorch use every core this process may run on; Debian's starts with one thread.
/// OMP_NUM_THREADS wins.
void UseAllCores();

/// A question for long runs: false once the user pressed Ctrl-C. The first Ctrl-C asks,
/// the second kills.
std::function<bool()> InterruptCheck();

}  // namespace circumplex::app
