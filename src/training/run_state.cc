// SPDX-License-Identifier: Apache-2.0
#include "training/run_state.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "circumplex/error.h"

#include "core/files.h"
#include "core/json.h"
#include "network/checkpoint.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

// Groups of tensors in last.safetensors.
constexpr char kNetwork[] = "network/", kOptimizer[] = "optimizer/";
// Files without a schema are of versions that counted epochs from 0.
constexpr int kSchema = 2;

Json OrNull(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

std::optional<double> NumberOrNull(const Json& value) {
  return value.is_null() ? std::optional<double>() : std::optional<double>(value.get<double>());
}

Json ToJson(const RunCounters& counters, const std::string& start) {
  Json state;
  state["schema"] = kSchema;
  state["epochs_done"] = counters.epochs_done;
  state["best_epoch"] = counters.best_epoch;
  state["best_criterion"] = OrNull(counters.best_criterion);
  for (const std::optional<double>& ccc : counters.best_ccc)
    state["best_ccc"].push_back(OrNull(ccc));
  if (!start.empty()) state["start"] = start;
  return state;
}

[[noreturn]] void Fail(const fs::path& path, const std::string& what) {
  throw Error(ErrorCode::kBadModel, path.string() + ": " + what);
}

RunCounters ToCounters(const Json& state, const fs::path& path) {
  RunCounters counters;
  try {
    constexpr std::int64_t kMost = std::numeric_limits<int>::max();
    counters.epochs_done = static_cast<int>(WholeNumber(state.at("epochs_done"), 0, kMost));
    counters.best_epoch = static_cast<int>(WholeNumber(state.at("best_epoch"), 0, kMost));
    counters.best_criterion = NumberOrNull(state.at("best_criterion"));
    for (std::size_t k = 0; k < 2; ++k)
      counters.best_ccc[k] = NumberOrNull(state.at("best_ccc").at(k));
  } catch (const Json::exception& error) {
    Fail(path,
         std::string("its training state is damaged (") + error.what() +
             "); remove its folder to train this network again");
  }
  if (counters.best_epoch < 1 || counters.best_epoch > counters.epochs_done) {
    Fail(path,
         "its training state is damaged (best_epoch = " + std::to_string(counters.best_epoch) +
             " of epochs_done = " + std::to_string(counters.epochs_done) +
             "); remove its folder to train this network again");
  }
  return counters;
}

// The part of a name behind `prefix`; empty if it does not begin so.
std::string Without(const std::string& name, const std::string& prefix) {
  return name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : std::string();
}

}  // namespace

RunState::RunState(fs::path folder, std::string start)
    : folder_(std::move(folder)), start_(std::move(start)) {}

bool RunState::IsIn(const fs::path& folder) { return PathExists(RunState(folder).last_path()); }

void RunState::WriteLast(const RunCounters& counters,
                         const ModuleState& network,
                         const torch::nn::Module& module,
                         const torch::optim::Optimizer& optimizer,
                         const TensorFile& extra) const {
  TensorFile of_optimizer = SaveOptimizer(module, optimizer);
  TensorFile all = extra;
  for (auto& [name, tensor] : of_optimizer.tensors)
    all.tensors[kOptimizer + name] = std::move(tensor);
  for (const auto& [name, tensor] : network) all.tensors[kNetwork + name] = ToCoreTensor(tensor);
  all.metadata = of_optimizer.metadata;
  const Json state = ToJson(counters, start_);
  all.metadata["state"] = state.dump();
  WriteSafetensors(last_path(), all);
  WriteFileAtomically(folder_ / "last.json", state.dump(2) + "\n");
}

void RunState::WriteBest(int epoch, const ModuleState& network) const {
  WriteCheckpoint(best_path(), network, {{"epoch", std::to_string(epoch)}});
}

RunState::Last RunState::ReadLast(const torch::nn::Module& module,
                                  torch::optim::Optimizer& optimizer) const {
  const fs::path path = last_path();
  Last last;
  last.all = ReadSafetensors(path, ErrorCode::kBadModel);
  const Json state = Json::parse(last.all.metadata["state"], nullptr, false);
  if (!state.is_object() || !state.contains("epochs_done"))
    Fail(path, "no training state in its metadata; remove its folder to train this network again");
  const Json schema = state.value("schema", Json(1));
  if (schema != kSchema) {
    Fail(path,
         "its training state has schema " + schema.dump() + ", this version reads " +
             std::to_string(kSchema) +
             "; finish the run with the version that began it, or train in a new folder");
  }
  const Json start = state.value("start", Json(""));
  if (start != start_) {
    Fail(path,
         "the run began with weights " + start.dump() + ", backbone.weights holds \"" + start_ +
             "\" now; put the first file back, or train in a new folder");
  }
  last.counters = ToCounters(state, path);
  TensorFile of_optimizer;
  for (const auto& [name, tensor] : last.all.tensors) {
    const std::string own = Without(name, kOptimizer), of_network = Without(name, kNetwork);
    if (!own.empty()) of_optimizer.tensors[own] = tensor;
    if (!of_network.empty()) last.network[of_network] = ToTorchTensor(tensor);
  }
  of_optimizer.metadata = last.all.metadata;
  of_optimizer.metadata.erase("state");
  LoadOptimizer(of_optimizer, module, optimizer, path.string());
  return last;
}

ModuleState RunState::ReadBest() const {
  return ToModuleState(ReadSafetensors(best_path(), ErrorCode::kBadModel));
}

}  // namespace circumplex
