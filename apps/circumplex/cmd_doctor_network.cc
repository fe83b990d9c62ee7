// SPDX-License-Identifier: Apache-2.0
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/version.h>

#include "commands.h"
#include "doctor.h"
#include "threads.h"

namespace circumplex::app {

Command NetworkDoctorCommand() {
  return {
      "doctor", "circumplex doctor", [](CLI::App&) {
        return [] {
          UseAllCores();
          PrintFinding("ok",
                       "LibTorch",
                       std::string(TORCH_VERSION) + ", " + std::to_string(at::get_num_threads()) +
                           " threads");
          const bool cuda = at::globalContext().hasCUDA();
          PrintFinding(
              cuda ? "ok" : "note", "CUDA", cuda ? "found" : "none in this LibTorch; --device cpu");
          PrintFinding(at::globalContext().hasMKLDNN() ? "ok" : "note",
                       "oneDNN in LibTorch",
                       at::globalContext().hasMKLDNN() ? "yes" : "no; convolutions will be slow");
          return 0;
        };
      }};
}

}  // namespace circumplex::app
