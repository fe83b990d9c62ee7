// SPDX-License-Identifier: Apache-2.0
#include "threads.h"

#include <ATen/Parallel.h>
#include <sched.h>

#include <csignal>
#include <cstdlib>

namespace circumplex::app {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void OnInterrupt(int signal_number) {
  interrupted = 1;
  std::signal(signal_number, SIG_DFL);
}

}  // namespace

void UseAllCores() {
  if (std::getenv("OMP_NUM_THREADS") != nullptr) return;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
    at::set_num_threads(CPU_COUNT(&allowed));
}

std::function<bool()> InterruptCheck() {
  std::signal(SIGINT, OnInterrupt);
  return [] { return interrupted == 0; };
}

}  // namespace circumplex::app
