// SPDX-License-Identifier: Apache-2.0
#include "network/checkpoint.h"

#include <ATen/ATen.h>
#include <torch/nn/module.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/check.h"

namespace circumplex {
namespace {

constexpr char kKindKey[] = "optimizer";
constexpr char kCountKey[] = "parameters";

at::ScalarType ToScalarType(DType type) {
  switch (type) {
    case DType::kU8:
      return at::kByte;
    case DType::kI64:
      return at::kLong;
    case DType::kF16:
      return at::kHalf;
    case DType::kF32:
      return at::kFloat;
    case DType::kF64:
      return at::kDouble;
  }
  CIRCUMPLEX_CHECK(false, "unknown DType");
}

DType ToDType(at::ScalarType type) {
  switch (type) {
    case at::kByte:
      return DType::kU8;
    case at::kLong:
      return DType::kI64;
    case at::kHalf:
      return DType::kF16;
    case at::kFloat:
      return DType::kF32;
    case at::kDouble:
      return DType::kF64;
    default:
      throw Error(ErrorCode::kUnsupported,
                  std::string("a tensor of dtype ") + c10::toString(type) +
                      " cannot be stored; convert it to float32, float64, float16, int64 or uint8");
  }
}

using OptimizerStates = std::remove_const_t<
    std::remove_reference_t<decltype(std::declval<torch::optim::Optimizer&>().state())>>;

/// The key type is a string up to LibTorch 2.0 and the pointer itself from 2.1 on.
template <typename Key = OptimizerStates::key_type>
Key StateKey(const at::Tensor& parameter) {
  if constexpr (std::is_same_v<Key, std::string>) {
    return c10::guts::to_string(parameter.unsafeGetTensorImpl());
  } else {
    return parameter.unsafeGetTensorImpl();
  }
}

enum class Kind { kSgd, kAdamW };

Kind KindOf(const torch::optim::Optimizer& optimizer) {
  if (dynamic_cast<const torch::optim::SGD*>(&optimizer) != nullptr) return Kind::kSgd;
  if (dynamic_cast<const torch::optim::AdamW*>(&optimizer) != nullptr) return Kind::kAdamW;
  throw Error(ErrorCode::kUnsupported,
              "only the state of SGD and AdamW optimisers can be saved and loaded");
}

const char* KindName(Kind kind) { return kind == Kind::kSgd ? "sgd" : "adamw"; }

/// One tensor of the shape of `parameter`, or an Error.
at::Tensor Fitting(const TensorFile& file,
                   const std::string& name,
                   const at::Tensor& parameter,
                   const std::string& source) {
  const at::Tensor tensor = ToTorchTensor(file.Get(name, source, ErrorCode::kBadModel));
  if (tensor.sizes() != parameter.sizes() || tensor.scalar_type() != parameter.scalar_type()) {
    throw Error(ErrorCode::kBadModel,
                source + ": " + name + " is " + ShapeText(tensor) + " " +
                    c10::toString(tensor.scalar_type()) + " where the network has " +
                    ShapeText(parameter) + " " + c10::toString(parameter.scalar_type()) +
                    "; resume with the configuration of the run");
  }
  return tensor.to(parameter.device());
}

}  // namespace

Tensor ToCoreTensor(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.detach().to(at::kCPU).contiguous();
  Tensor result;
  result.dtype = ToDType(plain.scalar_type());
  result.shape.assign(plain.sizes().begin(), plain.sizes().end());
  result.bytes.resize(plain.nbytes());
  if (!result.bytes.empty())
    std::memcpy(result.bytes.data(), plain.data_ptr(), result.bytes.size());
  return result;
}

at::Tensor ToTorchTensor(const Tensor& tensor) {
  at::Tensor result =
      at::empty(tensor.shape, at::TensorOptions().dtype(ToScalarType(tensor.dtype)));
  CIRCUMPLEX_CHECK(result.nbytes() == tensor.bytes.size(), "tensor bytes and shape differ");
  if (!tensor.bytes.empty())
    std::memcpy(result.data_ptr(), tensor.bytes.data(), tensor.bytes.size());
  return result;
}

ModuleState ToModuleState(const TensorFile& file) {
  ModuleState state;
  for (const auto& [name, tensor] : file.tensors) state.emplace(name, ToTorchTensor(tensor));
  return state;
}

TensorFile ToTensorFile(const ModuleState& state,
                        const std::map<std::string, std::string>& metadata) {
  TensorFile file;
  for (const auto& [name, tensor] : state) file.tensors.emplace(name, ToCoreTensor(tensor));
  file.metadata = metadata;
  return file;
}

void WriteCheckpoint(const std::filesystem::path& path,
                     const ModuleState& state,
                     const std::map<std::string, std::string>& metadata) {
  WriteSafetensors(path, ToTensorFile(state, metadata));
}

std::map<std::string, std::string> ReadCheckpoint(const std::filesystem::path& path,
                                                  torch::nn::Module& module) {
  const TensorFile file = ReadSafetensors(path, ErrorCode::kBadModel);
  LoadState(module, ToModuleState(file), path.string());
  return file.metadata;
}

TensorFile SaveOptimizer(const torch::nn::Module& module,
                         const torch::optim::Optimizer& optimizer) {
  const Kind kind = KindOf(optimizer);
  // state() is read only; the const overload is missing from some LibTorch releases.
  const OptimizerStates& states = const_cast<torch::optim::Optimizer&>(optimizer).state();
  TensorFile file;
  std::size_t count = 0, written = 0;
  for (const auto& item : module.named_parameters()) {
    const auto found = states.find(StateKey(item.value()));
    if (found == states.end()) continue;
    ++count;
    if (kind == Kind::kSgd) {
      const auto& state = static_cast<const torch::optim::SGDParamState&>(*found->second);
      if (state.momentum_buffer().defined()) {
        file.tensors.emplace(item.key() + ".momentum_buffer",
                             ToCoreTensor(state.momentum_buffer()));
        ++written;
      }
    } else {
      const auto& state = static_cast<const torch::optim::AdamWParamState&>(*found->second);
      if (state.max_exp_avg_sq().defined()) {
        throw Error(ErrorCode::kUnsupported, "the state of AdamW with AMSGrad cannot be saved");
      }
      const std::int64_t step = state.step();
      file.tensors.emplace(item.key() + ".step", Tensor::From(DType::kI64, {}, &step));
      file.tensors.emplace(item.key() + ".exp_avg", ToCoreTensor(state.exp_avg()));
      file.tensors.emplace(item.key() + ".exp_avg_sq", ToCoreTensor(state.exp_avg_sq()));
      ++written;
    }
  }
  CIRCUMPLEX_CHECK(count == states.size(),
                   "the optimiser holds a parameter that the module does not");
  file.metadata[kKindKey] = KindName(kind);
  file.metadata[kCountKey] = std::to_string(written);
  return file;
}

void LoadOptimizer(const TensorFile& file,
                   const torch::nn::Module& module,
                   torch::optim::Optimizer& optimizer,
                   const std::string& source) {
  const Kind kind = KindOf(optimizer);
  const auto stored = file.metadata.find(kKindKey);
  if (stored == file.metadata.end() || stored->second != KindName(kind)) {
    throw Error(ErrorCode::kBadModel,
                source + ": holds the state of " +
                    (stored == file.metadata.end() ? "no optimiser"
                                                   : "the optimiser '" + stored->second + "'") +
                    ", the configuration asks for '" + KindName(kind) +
                    "'; resume with the configuration of the run");
  }
  std::vector<std::pair<at::Tensor, std::unique_ptr<torch::optim::OptimizerParamState>>> loaded;
  std::size_t used = 0;
  for (const auto& item : module.named_parameters()) {
    const std::string& name = item.key();
    const at::Tensor& parameter = item.value();
    if (kind == Kind::kSgd) {
      if (file.tensors.count(name + ".momentum_buffer") == 0) continue;
      auto state = std::make_unique<torch::optim::SGDParamState>();
      state->momentum_buffer(Fitting(file, name + ".momentum_buffer", parameter, source));
      loaded.emplace_back(parameter, std::move(state));
      used += 1;
    } else {
      if (file.tensors.count(name + ".step") == 0) continue;
      const Tensor& step = file.Get(name + ".step", source, ErrorCode::kBadModel);
      if (step.dtype != DType::kI64 || step.NumElements() != 1 || *step.Data<std::int64_t>() < 0) {
        throw Error(ErrorCode::kBadModel, source + ": " + name + ".step is not one count");
      }
      auto state = std::make_unique<torch::optim::AdamWParamState>();
      state->step(*step.Data<std::int64_t>());
      state->exp_avg(Fitting(file, name + ".exp_avg", parameter, source));
      state->exp_avg_sq(Fitting(file, name + ".exp_avg_sq", parameter, source));
      loaded.emplace_back(parameter, std::move(state));
      used += 3;
    }
  }
  const auto count = file.metadata.find(kCountKey);
  if (used != file.tensors.size() || count == file.metadata.end() ||
      count->second != std::to_string(loaded.size())) {
    throw Error(ErrorCode::kBadModel,
                source + ": the optimiser state covers other parameters than the network has (" +
                    std::to_string(used) + " of " + std::to_string(file.tensors.size()) +
                    " tensors fit); resume with the configuration of the run");
  }
  optimizer.state().clear();
  for (auto& [parameter, state] : loaded) optimizer.state()[StateKey(parameter)] = std::move(state);
}

}  // namespace circumplex
