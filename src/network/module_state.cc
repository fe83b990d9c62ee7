// SPDX-License-Identifier: Apache-2.0
#include "network/module_state.h"

#include <c10/core/GradMode.h>
#include <torch/nn/module.h>

#include <vector>

#include "circumplex/error.h"

namespace circumplex {
namespace {

bool IsBatchCounter(const std::string& name) {
  static const std::string suffix = "num_batches_tracked";
  return name.size() >= suffix.size() &&
         name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0;
}

/// A wrong file can differ in every tensor; its first names say enough.
void AppendList(std::string& text, const char* title, const std::vector<std::string>& items) {
  constexpr std::size_t kShown = 8;
  if (items.empty()) return;
  text +=
      std::string(text.empty() ? "" : "; ") + title + " (" + std::to_string(items.size()) + "): ";
  for (std::size_t i = 0; i < items.size() && i < kShown; ++i) text += (i ? ", " : "") + items[i];
  if (items.size() > kShown) text += ", ...";
}

}  // namespace

std::string ShapeText(const at::Tensor& tensor) {
  std::string text = "[";
  for (std::int64_t axis = 0; axis < tensor.dim(); ++axis) {
    text += (axis ? ", " : "") + std::to_string(tensor.size(axis));
  }
  return text + "]";
}

ModuleState NamedState(const torch::nn::Module& module) {
  ModuleState state;
  for (const auto& item : module.named_parameters()) state.emplace(item.key(), item.value());
  for (const auto& item : module.named_buffers()) {
    if (!IsBatchCounter(item.key())) state.emplace(item.key(), item.value());
  }
  return state;
}

std::int64_t CountParameters(const torch::nn::Module& module) {
  std::int64_t count = 0;
  for (const at::Tensor& parameter : module.parameters()) count += parameter.numel();
  return count;
}

void LoadState(torch::nn::Module& module, const ModuleState& state, const std::string& source) {
  c10::NoGradGuard no_grad;
  ModuleState own = NamedState(module);
  std::vector<std::string> missing, unexpected, misshapen, broken;
  for (const auto& [name, tensor] : own) {
    const auto found = state.find(name);
    if (found == state.end() || !found->second.defined()) {
      missing.push_back(name + " " + ShapeText(tensor));
    } else if (found->second.sizes() != tensor.sizes()) {
      misshapen.push_back(name + " " + ShapeText(found->second) + " instead of " +
                          ShapeText(tensor));
    } else if (!found->second.is_floating_point() || !found->second.isfinite().all().item<bool>()) {
      broken.push_back(name);
    }
  }
  for (const auto& [name, tensor] : state) {
    if (own.count(name) == 0 && !IsBatchCounter(name)) unexpected.push_back(name);
  }
  std::string defects;
  AppendList(defects, "missing", missing);
  AppendList(defects, "unexpected", unexpected);
  AppendList(defects, "of another shape", misshapen);
  AppendList(defects, "not finite floating-point values", broken);
  if (!defects.empty()) {
    throw Error(ErrorCode::kBadModel,
                source + ": the weights do not fit the network: " + defects +
                    "; use the configuration that the weights were trained with");
  }
  for (auto& [name, tensor] : own) tensor.copy_(state.at(name));
}

}  // namespace circumplex
