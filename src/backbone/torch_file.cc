// SPDX-License-Identifier: Apache-2.0
#include "backbone/torch_file.h"

#include <cstring>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "backbone/pickle_reader.h"
#include "backbone/zip_reader.h"

namespace circumplex {
namespace {

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxVisits = 4'000'000;
constexpr std::size_t kMaxTensors = 200'000;
constexpr std::size_t kMaxTensorName = 512;
// int8 grows by 8 to I64, the largest honest growth; tied weights repeat a few tensors at most.
constexpr std::uint64_t kMaxGrowth = 8;
constexpr std::uint64_t kMaxElements = std::uint64_t{1} << 48;
// Little-endian digits of the number that opens the legacy format, 0x1950a86a20f9469cfc6c.
constexpr std::string_view kLegacyMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::int64_t kLegacyVersion = 1001;

[[noreturn]] void Fail(const std::string& source, const std::string& why) {
  throw Error(ErrorCode::kBadModel,
              source + ": not a usable PyTorch file: " + why + "; fetch or save it anew");
}

// ---------------------------------------------------------------------------- names

struct NamedTensor {
  std::string name;
  std::size_t tensor;
};

class Collector {
 public:
  Collector(const Pickle& pickle, const std::string& source) : pickle_(pickle), source_(source) {}

  std::vector<NamedTensor> Collect(std::uint32_t root) {
    found_.clear();
    Visit(root, "", 0);
    return std::move(found_);
  }

 private:
  void Visit(std::uint32_t index, const std::string& name, std::size_t depth) {
    // A dictionary may contain itself, and shared ones may multiply at each level.
    if (depth > kMaxDepth) {
      Fail(source_, "containers nested deeper than " + std::to_string(kMaxDepth));
    }
    if (++visits_ > kMaxVisits) Fail(source_, "too many values");
    const PickleValue& value = pickle_.values[index];
    switch (value.kind) {
      case PickleKind::kTensor:
        if (found_.size() >= kMaxTensors) Fail(source_, "too many tensors");
        found_.push_back({name.empty() ? "tensor" : name, static_cast<std::size_t>(value.integer)});
        return;
      case PickleKind::kTuple:
      case PickleKind::kList:
        for (std::size_t i = 0; i < value.items.size(); ++i) {
          if (IsLeaf(value.items[i])) continue;
          Visit(value.items[i], Join(name, std::to_string(i)), depth + 1);
        }
        visits_ += value.items.size();
        return;
      case PickleKind::kDict:
        for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
          if (IsLeaf(value.items[i + 1])) continue;
          Visit(value.items[i + 1], Join(name, Key(value.items[i])), depth + 1);
        }
        visits_ += value.items.size();
        return;
      default:
        return;
    }
  }

  bool IsLeaf(std::uint32_t index) const {
    const PickleKind kind = pickle_.values[index].kind;
    return kind != PickleKind::kTensor && kind != PickleKind::kTuple && kind != PickleKind::kList &&
           kind != PickleKind::kDict;
  }

  std::string Key(std::uint32_t index) const {
    const PickleValue& key = pickle_.values[index];
    if (key.kind == PickleKind::kInt) return std::to_string(key.integer);
    if (key.kind != PickleKind::kText || key.text.size() > kMaxTensorName) {
      Fail(source_,
           std::string("a dictionary key that is a ") + PickleKindName(key.kind) +
               ", where a name or a number belongs");
    }
    // Names go to terminals and file headers.
    for (const char c : key.text) {
      if ((c >= 0 && c < 32) || c == 127) {
        Fail(source_, "the name " + Printable(key.text) + " has control characters");
      }
    }
    return key.text;
  }

  std::string Join(const std::string& name, const std::string& part) const {
    if (name.size() + part.size() >= kMaxTensorName)
      Fail(source_, "a tensor name that is too long");
    return name.empty() ? part : name + "." + part;
  }

  const Pickle& pickle_;
  const std::string& source_;
  std::vector<NamedTensor> found_;
  std::size_t visits_ = 0;
};

// Tensors of the file and the wrapper they came in ("" = none).
std::pair<std::vector<NamedTensor>, std::string> CollectTensors(const Pickle& pickle,
                                                                const std::string& source) {
  Collector collector(pickle, source);
  const PickleValue& root = pickle.values[pickle.root];
  if (root.kind == PickleKind::kDict) {
    for (const char* wrapper : {"state_dict", "model_state_dict", "model"}) {
      for (std::size_t i = 0; i + 1 < root.items.size(); i += 2) {
        const PickleValue& key = pickle.values[root.items[i]];
        if (key.kind != PickleKind::kText || key.text != wrapper ||
            pickle.values[root.items[i + 1]].kind != PickleKind::kDict) {
          continue;
        }
        std::vector<NamedTensor> found = collector.Collect(root.items[i + 1]);
        if (!found.empty()) return {std::move(found), wrapper};
      }
    }
  }
  return {collector.Collect(pickle.root), ""};
}

// ---------------------------------------------------------------------------- elements

// Elements of a tensor; 0 without a word where an extent is 0. Checks it against its storage.
std::uint64_t CheckExtent(const PickledTensor& tensor,
                          const PickledStorage& storage,
                          const std::string& name,
                          const std::string& source) {
  const auto available = static_cast<std::uint64_t>(storage.view_elements);
  const auto offset = static_cast<std::uint64_t>(tensor.offset);
  std::uint64_t count = 1, others = 1;
  for (const std::int64_t axis : tensor.shape) {
    const auto extent = static_cast<std::uint64_t>(axis);
    if (extent == 0) {
      count = 0;
    } else if (extent > kMaxElements / others) {
      Fail(source, "tensor " + name + " has a shape whose size overflows");
    } else {
      others *= extent;
    }
  }
  if (offset > available || (count > 0 && offset == available)) {
    Fail(source,
         "tensor " + name + " starts at element " + std::to_string(offset) + " of " +
             std::to_string(available));
  }
  if (count == 0) return 0;
  std::uint64_t beyond = available - offset - 1;  // Elements behind the first one.
  for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
    const auto extent = static_cast<std::uint64_t>(tensor.shape[axis]),
               stride = static_cast<std::uint64_t>(tensor.strides[axis]);
    // An expanded tensor (stride 0) repeats elements: not their number decides, but the last
    // address; what all tensors together may grow to is bounded where they are gathered.
    count *= extent;
    if (extent < 2 || stride == 0) continue;
    if (extent - 1 > beyond / stride) {
      Fail(source,
           "tensor " + name + " reaches beyond the " + std::to_string(available) +
               " elements of its storage");
    }
    beyond -= (extent - 1) * stride;
  }
  return count;
}

Tensor Materialize(const PickledTensor& tensor,
                   const PickledStorage& storage,
                   std::string_view bytes,
                   std::uint64_t count) {
  const std::size_t from_size = InfoOf(storage.type).size;
  Tensor out;
  out.dtype = InfoOf(storage.type).becomes;
  out.shape = tensor.shape;
  const std::size_t to_size = ElementSize(out.dtype);
  out.bytes.resize(static_cast<std::size_t>(count) * to_size);
  const std::size_t axes = tensor.shape.size();
  std::vector<std::int64_t> position(axes, 0);
  auto element = static_cast<std::size_t>(storage.view_offset + tensor.offset);
  for (std::size_t i = 0; i < count; ++i) {
    ConvertElement(
        storage.type, bytes.data() + element * from_size, out.bytes.data() + i * to_size);
    for (std::size_t axis = axes; axis-- > 0;) {
      element += static_cast<std::size_t>(tensor.strides[axis]);
      if (++position[axis] < tensor.shape[axis]) break;
      element -= static_cast<std::size_t>(tensor.strides[axis]) *
                 static_cast<std::size_t>(tensor.shape[axis]);
      position[axis] = 0;
    }
  }
  return out;
}

std::uint64_t StorageBytes(const PickledStorage& storage,
                           std::uint64_t limit,
                           const std::string& source) {
  const std::uint64_t size = InfoOf(storage.type).size;
  if (static_cast<std::uint64_t>(storage.elements) > limit / size) {
    Fail(source,
         "a " + std::string(InfoOf(storage.type).torch) + " of " +
             std::to_string(storage.elements) + " elements in a file of " + std::to_string(limit) +
             " bytes");
  }
  return static_cast<std::uint64_t>(storage.elements) * size;
}

// `content` maps storage keys to their bytes.
template <typename Content>
TensorFile Assemble(const Pickle& pickle,
                    Content&& content,
                    std::uint64_t file_size,
                    const std::string& source) {
  auto [named, wrapper] = CollectTensors(pickle, source);
  if (named.empty()) Fail(source, "it holds no tensor");
  TensorFile file;
  if (!wrapper.empty()) file.metadata["unwrapped"] = wrapper;
  std::uint64_t total = 0;
  for (const NamedTensor& entry : named) {
    const std::string name = Printable(entry.name);
    const PickledTensor& tensor = pickle.tensors[entry.tensor];
    const PickledStorage& storage = pickle.storages[tensor.storage];
    const std::string_view bytes = content(storage);
    const std::uint64_t count = CheckExtent(tensor, storage, name, source);
    total += count * ElementSize(InfoOf(storage.type).becomes);
    if (total > kMaxGrowth * file_size) {
      Fail(source,
           "its tensors would need more than " + std::to_string(kMaxGrowth) +
               " times the file, so they share storages");
    }
    if (file.tensors.count(entry.name) != 0) Fail(source, "two tensors named " + name);
    file.tensors.emplace(entry.name, Materialize(tensor, storage, bytes, count));
  }
  return file;
}

// ---------------------------------------------------------------------------- containers

TensorFile ParseZip(std::string_view bytes, const std::string& source) {
  const ZipReader zip(bytes, source);
  constexpr std::string_view kPickle = "/data.pkl";
  std::string folder;
  for (const auto& [name, entry] : zip.entries()) {
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos || name.substr(slash) != kPickle) continue;
    if (!folder.empty()) Fail(source, "it holds two models");
    folder = name.substr(0, slash + 1);
  }
  if (folder.empty()) {
    Fail(source, "a zip archive without <name>/data.pkl, so torch.save did not write it");
  }
  if (zip.Has(folder + "constants.pkl")) {
    Fail(source,
         "a TorchScript archive, which is a program; load it in PyTorch and save its state_dict()");
  }
  if (zip.Has(folder + "byteorder")) {
    const std::string_view order = zip.Record(folder + "byteorder");
    if (order != "little")
      Fail(source, "byte order '" + Printable(order) + "', readable is little");
  }
  const std::string where = source + ": " + Printable(folder) + "data.pkl";
  const Pickle pickle = ReadPickle(zip.Record(folder + "data.pkl"), 0, where);
  // The CRC of a record is computed at each look-up, and tied weights look up theirs again.
  std::map<std::string, std::string_view> seen;
  const auto content = [&](const PickledStorage& storage) {
    const std::string& key = pickle.values[storage.key].text;
    auto found = seen.find(key);
    if (found == seen.end()) {
      found = seen.emplace(key, zip.Record(folder + "data/" + key)).first;
    }
    const std::uint64_t need = StorageBytes(storage, bytes.size(), source);
    if (found->second.size() != need) {
      Fail(source,
           "storage " + Printable(key) + " holds " + std::to_string(found->second.size()) +
               " bytes, its tensors count on " + std::to_string(need));
    }
    return found->second;
  };
  TensorFile file = Assemble(pickle, content, bytes.size(), source);
  file.metadata["container"] = "torch-zip";
  return file;
}

TensorFile ParseLegacy(std::string_view bytes, const std::string& source) {
  const Pickle magic = ReadPickle(bytes, 0, source);
  const PickleValue& number = magic.values[magic.root];
  if (number.kind != PickleKind::kBigInt || number.text != kLegacyMagic) {
    Fail(source, "a pickle that torch.save did not write (its magic number is missing)");
  }
  const Pickle version = ReadPickle(bytes, magic.end, source);
  const PickleValue& format = version.values[version.root];
  if (format.kind != PickleKind::kInt || format.integer != kLegacyVersion) {
    Fail(source, "a format version other than " + std::to_string(kLegacyVersion));
  }
  const Pickle machine = ReadPickle(bytes, version.end, source);
  const PickleValue& facts = machine.values[machine.root];
  bool little_endian = false;
  if (facts.kind == PickleKind::kDict) {
    for (std::size_t i = 0; i + 1 < facts.items.size(); i += 2) {
      const PickleValue &key = machine.values[facts.items[i]],
                        &value = machine.values[facts.items[i + 1]];
      if (key.text == "little_endian" && value.kind == PickleKind::kBool) {
        little_endian = value.integer == 1;
      }
    }
  }
  if (!little_endian) Fail(source, "written by a big-endian machine, or it does not say by which");
  const Pickle pickle = ReadPickle(bytes, machine.end, source);
  const Pickle keys = ReadPickle(bytes, pickle.end, source);
  if (keys.values[keys.root].kind != PickleKind::kList) Fail(source, "no list of storages");

  std::map<std::string, const PickledStorage*> declared;
  for (const PickledStorage& storage : pickle.storages) {
    const auto [found, added] = declared.emplace(pickle.values[storage.key].text, &storage);
    if (!added &&
        (found->second->type != storage.type || found->second->elements != storage.elements)) {
      Fail(source, "storage " + Printable(found->first) + " is declared in two ways");
    }
  }
  std::map<std::string, std::string_view> contents;
  std::uint64_t at = keys.end;
  for (const std::uint32_t index : keys.values[keys.root].items) {
    const std::string& key = keys.values[index].text;
    const auto found = declared.find(key);
    if (found == declared.end()) {
      Fail(source, "storage " + Printable(key) + " belongs to no tensor");
    }
    const std::uint64_t size = StorageBytes(*found->second, bytes.size(), source);
    if (bytes.size() - at < 8 || bytes.size() - at - 8 < size) {
      Fail(source,
           "storage " + Printable(key) + " needs " + std::to_string(size) + " bytes from byte " +
               std::to_string(at) + " of " + std::to_string(bytes.size()) + ", so it is cut off");
    }
    std::int64_t elements = 0;
    std::memcpy(&elements, bytes.data() + at, 8);
    if (elements != found->second->elements) {
      Fail(source,
           "storage " + Printable(key) + " holds " + std::to_string(elements) +
               " elements, its tensors count on " + std::to_string(found->second->elements));
    }
    contents[key] = bytes.substr(at + 8, size);
    at += 8 + size;
  }
  const auto content = [&](const PickledStorage& storage) {
    const std::string& key = pickle.values[storage.key].text;
    const auto found = contents.find(key);
    if (found == contents.end()) Fail(source, "storage " + Printable(key) + " is missing");
    return found->second;
  };
  TensorFile file = Assemble(pickle, content, bytes.size(), source);
  file.metadata["container"] = "torch-legacy";
  return file;
}

}  // namespace

TensorFile ParseTorchFile(const std::string& bytes, const std::string& source) {
  if (bytes.compare(0, 2, "PK") == 0) return ParseZip(bytes, source);
  if (bytes.compare(0, 1, "\x80") == 0) return ParseLegacy(bytes, source);
  Fail(source,
       "it starts neither as a zip archive nor as a pickle (a download page saved in its place?)");
}

}  // namespace circumplex
