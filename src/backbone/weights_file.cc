// SPDX-License-Identifier: Apache-2.0
#include "backbone/weights_file.h"

#include "backbone/torch_file.h"
#include "core/csv.h"
#include "core/files.h"

namespace circumplex {
namespace {

double Element(const Tensor& tensor, std::size_t i) {
  switch (tensor.dtype) {
    case DType::kU8:
      return tensor.Data<std::uint8_t>()[i];
    case DType::kI64:
      return static_cast<double>(tensor.Data<std::int64_t>()[i]);
    case DType::kF16:
      return HalfToFloat(tensor.Data<std::uint16_t>()[i]);
    case DType::kF32:
      return tensor.Data<float>()[i];
    case DType::kF64:
      return tensor.Data<double>()[i];
  }
  return 0;
}

}  // namespace

TensorFile ReadAnyWeights(const std::filesystem::path& path) {
  const std::string bytes = ReadFile(path, ErrorCode::kBadModel);
  if (bytes.size() > 8 && bytes[8] == '{') {
    TensorFile file = ParseSafetensors(bytes, path.string(), ErrorCode::kBadModel);
    file.metadata["container"] = "safetensors";
    return file;
  }
  return ParseTorchFile(bytes, path.string());
}

std::string ListTensors(const TensorFile& file) {
  CsvTable table;
  table.header = {"name", "dtype", "shape", "sum"};
  for (const auto& [name, tensor] : file.tensors) {
    std::string shape;
    for (const std::int64_t extent : tensor.shape) {
      shape += (shape.empty() ? "" : "x") + std::to_string(extent);
    }
    double sum = 0;
    const auto count = static_cast<std::size_t>(tensor.NumElements());
    for (std::size_t i = 0; i < count; ++i) sum += Element(tensor, i);
    table.rows.push_back({name, DTypeName(tensor.dtype), shape, FormatShortest(sum)});
  }
  for (const auto& [name, type] : file.unreadable) table.rows.push_back({name, type, "", ""});
  return FormatCsv(table);
}

}  // namespace circumplex
