// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/stored_types.h"

namespace circumplex {

enum class PickleKind : std::uint8_t {
  kNone,
  kBool,     ///< `integer` is 0 or 1.
  kInt,      ///< `integer`.
  kBigInt,   ///< More than 8 bytes: `text` holds them, little-endian two's complement.
  kFloat,    ///< `real`.
  kText,     ///< `text`, UTF-8 as found.
  kBytes,    ///< `text`.
  kTuple,    ///< `items`; torch.Size too.
  kList,     ///< `items`.
  kDict,     ///< `items`: key, value, key, value; OrderedDict too.
  kName,     ///< A known class or function, not yet applied: `integer` numbers it.
  kStorage,  ///< `integer` is an index of Pickle::storages.
  kTensor,   ///< `integer` is an index of Pickle::tensors.
};

/// "tuple", "dictionary", ... for messages.
const char* PickleKindName(PickleKind kind);

struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
  std::vector<std::uint32_t> items;  ///< Indices of Pickle::values.
};

/// A storage that the pickle names and the container holds.
struct PickledStorage {
  StoredType type = StoredType::kF32;
  std::uint32_t key = 0;  ///< Index of the kText value that names the storage.
  std::int64_t elements = 0;
  /// Part of the storage that tensors count from: files of PyTorch before 0.4 hold storage views.
  std::int64_t view_offset = 0, view_elements = 0;
};

/// A tensor as offset, extents and strides (elements) over a storage. Not yet checked against it.
struct PickledTensor {
  std::size_t storage = 0;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape, strides;  ///< Equally long, at most 8 axes.
};

/// One pickle, as a graph of plain values. Values refer to each other by index, so that a value may
/// be shared or contain itself: whoever walks the graph bounds depth and steps.
struct Pickle {
  std::vector<PickleValue> values;
  std::uint32_t root = 0;
  std::vector<PickledStorage> storages;
  std::vector<PickledTensor> tensors;
  std::size_t end = 0;  ///< First byte behind the pickle's STOP.
};

/// Reads the pickle that starts at `bytes[begin]`. Nothing is imported, called or constructed: the
/// reader is a table of the opcodes that torch.save writes for dictionaries of tensors (protocols 2
/// to 4, Python's pickletools names), and of these names:
///   collections.OrderedDict, torch.Size, torch.<type>Storage for the types of StoredTypes(),
///   torch._utils._rebuild_tensor, _rebuild_tensor_v2, _rebuild_parameter,
///   _rebuild_parameter_with_state.
/// Every other name, and every opcode that would construct another object, is refused by
/// opcode, name and byte offset. State that BUILD gives an OrderedDict (PyTorch's version
/// table) is read and dropped.
///
/// @param bytes   Whole file or record; the offsets in messages count from its start.
/// @param source  Named in errors.
/// @throws Error kBadModel for a refused opcode ("refused: GLOBAL os.system at byte 23; ..."),
///         for a damaged or cut pickle, and beyond the limits: 2 million values, 1000 open
///         marks, 8 axes.
/// Cost linear in the pickle, at most about 250 bytes of memory per value. Thread safe.
Pickle ReadPickle(std::string_view bytes, std::size_t begin, const std::string& source);

/// Text of a file for a message: control bytes and bytes above 126 become '?', cut at 100.
std::string Printable(std::string_view text);

}  // namespace circumplex
