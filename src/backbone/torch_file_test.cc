// SPDX-License-Identifier: Apache-2.0
#include "backbone/torch_file.h"

#include <gtest/gtest.h>

#include <cmath>

#include "backbone/weights_file.h"
#include "core/csv.h"
#include "core/files.h"
#include "core/rng.h"
#include "support/test_files.h"
#include "support/torch_files.h"

namespace circumplex {
namespace {

using namespace testing_support;  // NOLINT: fragments of pickles are spelt out below

const TorchStorage kFloats{"0", "Float", Bytes(std::vector<float>{0, 1, 2, 3, 4, 5}), 6};
const TorchStorage kLong{"1", "Long", Bytes(std::vector<std::int64_t>{42}), 1};

std::string SmallState(bool legacy) {
  return PickledStateDict({{"conv.weight", TensorPickle(kFloats, 0, {2, 3}, {3, 1}, legacy)},
                           {"bn.num_batches_tracked", TensorPickle(kLong, 0, {}, {}, legacy)}});
}

std::string Refused(const std::string& bytes) {
  return ErrorOf(ErrorCode::kBadModel, [&] { ParseTorchFile(bytes, "file.pth"); });
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

template <typename T>
std::vector<T> Values(const Tensor& tensor) {
  return std::vector<T>(tensor.Data<T>(), tensor.Data<T>() + tensor.NumElements());
}

void ExpectSmallState(const TensorFile& file) {
  ASSERT_EQ(file.tensors.size(), 2u);
  const Tensor& weight = file.tensors.at("conv.weight");
  EXPECT_EQ(weight.dtype, DType::kF32);
  EXPECT_EQ(weight.shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(Values<float>(weight), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  const Tensor& counter = file.tensors.at("bn.num_batches_tracked");
  EXPECT_TRUE(counter.shape.empty());
  EXPECT_EQ(Values<std::int64_t>(counter), (std::vector<std::int64_t>{42}));
}

TEST(TorchFile, ReadsBothContainersAndZip64) {
  const TensorFile zip = ParseTorchFile(TorchZip(SmallState(false), {kFloats, kLong}), "x");
  ExpectSmallState(zip);
  EXPECT_EQ(zip.metadata.at("container"), "torch-zip");
  ZipOptions zip64;
  zip64.zip64 = true;
  ExpectSmallState(ParseTorchFile(TorchZip(SmallState(false), {kFloats, kLong}, zip64), "x"));
  const TensorFile legacy = ParseTorchFile(TorchLegacy(SmallState(true), {kFloats, kLong}), "x");
  ExpectSmallState(legacy);
  EXPECT_EQ(legacy.metadata.at("container"), "torch-legacy");
}

TEST(TorchFile, ReadsWhatPyTorchWrote) {
  const TensorFile file = ReadAnyWeights(GoldenFolder() / "weights/torch_1.13_tuple.pth");
  EXPECT_EQ(file.metadata.at("container"), "torch-zip");
  ASSERT_EQ(file.tensors.size(), 7u);
  EXPECT_EQ(Values<float>(file.tensors.at("0")), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(file.tensors.at("1").shape, (std::vector<std::int64_t>{3, 2}));
  EXPECT_EQ(Values<float>(file.tensors.at("1")), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(Values<double>(file.tensors.at("2")), (std::vector<double>{0.5, 1.5}));
  EXPECT_EQ(Values<std::uint16_t>(file.tensors.at("3")),
            (std::vector<std::uint16_t>{0x3c00, 0xc000}));
  EXPECT_TRUE(file.tensors.at("4").shape.empty());
  EXPECT_EQ(Values<std::int64_t>(file.tensors.at("4")), (std::vector<std::int64_t>{42}));
  EXPECT_EQ(Values<float>(file.tensors.at("5")), (std::vector<float>{1.0f, -3.140625f}));
  EXPECT_EQ(Values<std::uint8_t>(file.tensors.at("6")), (std::vector<std::uint8_t>{0, 1}));
}

TEST(TorchFile, ReadsBothFormatsOfPythonsTorchSave) {
  for (const char* name : {"torch_save_zip.pth", "torch_save_legacy.pth"}) {
    SCOPED_TRACE(name);
    const TensorFile file = ReadAnyWeights(GoldenFolder() / "weights" / name);
    ASSERT_EQ(file.tensors.size(), 6u);
    EXPECT_EQ(file.tensors.at("conv.weight").shape, (std::vector<std::int64_t>{2, 1, 2, 2}));
    EXPECT_EQ(Values<float>(file.tensors.at("conv.weight")),
              (std::vector<float>{0, 0.25f, 0.5f, 0.75f, 1, 1.25f, 1.5f, 1.75f}));
    EXPECT_EQ(Values<float>(file.tensors.at("bn.running_mean")), (std::vector<float>{0.5f, -1.5f}));
    EXPECT_EQ(Values<float>(file.tensors.at("bn.weight")), (std::vector<float>{1, 1}));
    EXPECT_EQ(Values<std::int64_t>(file.tensors.at("bn.num_batches_tracked")),
              (std::vector<std::int64_t>{7}));
  }
}

TEST(TorchFile, StridesAndOffsetsBecomeCOrder) {
  const std::string body = PickledDict({{"transposed", TensorPickle(kFloats, 0, {3, 2}, {1, 3})},
                                        {"column", TensorPickle(kFloats, 1, {2}, {3})},
                                        {"expanded", TensorPickle(kFloats, 4, {3, 2}, {0, 1})},
                                        {"one", TensorPickle(kFloats, 5, {1, 1}, {100, 100})},
                                        {"empty", TensorPickle(kFloats, 6, {0, 3}, {3, 1})}});
  const TensorFile file = ParseTorchFile(TorchZip(body, {kFloats}), "x");
  EXPECT_EQ(Values<float>(file.tensors.at("transposed")), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(Values<float>(file.tensors.at("column")), (std::vector<float>{1, 4}));
  EXPECT_EQ(Values<float>(file.tensors.at("expanded")), (std::vector<float>{4, 5, 4, 5, 4, 5}));
  EXPECT_EQ(Values<float>(file.tensors.at("one")), (std::vector<float>{5}));
  EXPECT_EQ(file.tensors.at("empty").NumElements(), 0);
}

TEST(TorchFile, EveryElementTypeIsExact) {
  const std::vector<TorchStorage> storages = {
      {"d", "Double", Bytes(std::vector<double>{0.1, -2}), 2},
      {"h", "Half", Bytes(std::vector<std::uint16_t>{0x3c00, 0xc000}), 2},
      {"b", "BFloat16", Bytes(std::vector<std::uint16_t>{0x3f80, 0xc049}), 2},
      {"i", "Int", Bytes(std::vector<std::int32_t>{-7, 2000000000}), 2},
      {"s", "Short", Bytes(std::vector<std::int16_t>{-7, 30000}), 2},
      {"c", "Char", Bytes(std::vector<std::int8_t>{-7, 127}), 2},
      {"y", "Byte", Bytes(std::vector<std::uint8_t>{7, 255}), 2},
      {"o", "Bool", Bytes(std::vector<std::uint8_t>{0, 1}), 2}};
  PickledItems items;
  for (const TorchStorage& storage : storages) {
    items.emplace_back(storage.key, TensorPickle(storage, 0, {2}, {1}));
  }
  const TensorFile file = ParseTorchFile(TorchZip(PickledDict(items), storages), "x");
  EXPECT_EQ(Values<double>(file.tensors.at("d")), (std::vector<double>{0.1, -2}));
  EXPECT_EQ(file.tensors.at("h").dtype, DType::kF16);
  EXPECT_EQ(Values<std::uint16_t>(file.tensors.at("h")),
            (std::vector<std::uint16_t>{0x3c00, 0xc000}));
  EXPECT_EQ(Values<float>(file.tensors.at("b")), (std::vector<float>{1.0f, -3.140625f}));
  EXPECT_EQ(Values<std::int64_t>(file.tensors.at("i")),
            (std::vector<std::int64_t>{-7, 2000000000}));
  EXPECT_EQ(Values<std::int64_t>(file.tensors.at("s")), (std::vector<std::int64_t>{-7, 30000}));
  EXPECT_EQ(Values<std::int64_t>(file.tensors.at("c")), (std::vector<std::int64_t>{-7, 127}));
  EXPECT_EQ(Values<std::uint8_t>(file.tensors.at("y")), (std::vector<std::uint8_t>{7, 255}));
  EXPECT_EQ(file.tensors.at("o").dtype, DType::kU8);
  EXPECT_EQ(Values<std::uint8_t>(file.tensors.at("o")), (std::vector<std::uint8_t>{0, 1}));
}

TEST(TorchFile, NamesOfNestedContainersAndWrappers) {
  const std::string tensor = TensorPickle(kFloats, 0, {6}, {1});
  const std::string nested =
      PickledDict({{"a", PickledDict({{"b", tensor}})}, {"l", "](K\x01" + tensor + "e"}});
  TensorFile file = ParseTorchFile(TorchZip(nested, {kFloats}), "x");
  EXPECT_EQ(file.tensors.size(), 2u);
  EXPECT_EQ(file.tensors.count("a.b"), 1u);
  EXPECT_EQ(file.tensors.count("l.1"), 1u);
  EXPECT_EQ(file.metadata.count("unwrapped"), 0u);

  file = ParseTorchFile(TorchZip(PickledDict({{"epoch", PickledInt(3)},
                                              {"optimizer", PickledDict({{"m", tensor}})},
                                              {"model", "N"},
                                              {"state_dict", PickledStateDict({{"w", tensor}})}}),
                                 {kFloats}),
                        "x");
  EXPECT_EQ(file.metadata.at("unwrapped"), "state_dict");
  ASSERT_EQ(file.tensors.size(), 1u);
  EXPECT_EQ(file.tensors.count("w"), 1u);

  file = ParseTorchFile(
      TorchZip(PickledDict({{"model", PickledStateDict({{"w", tensor}})}}), {kFloats}), "x");
  EXPECT_EQ(file.metadata.at("unwrapped"), "model");
  file = ParseTorchFile(TorchZip(tensor, {kFloats}), "x");
  EXPECT_EQ(file.tensors.count("tensor"), 1u);
}

TEST(TorchFile, LegacyStorageViews) {
  const std::string id =
      PickledTuple({PickledText("storage"),
                    PickledGlobal("torch", "FloatStorage"),
                    PickledText("0"),
                    PickledText("cpu"),
                    PickledInt(6),
                    PickledTuple({PickledText("9"), PickledInt(2), PickledInt(3)})});
  const std::string tensor =
      PickledGlobal("torch._utils", "_rebuild_tensor") +
      PickledTuple({id + "Q", PickledInt(1), PickledInts({2}), PickledInts({1})}) + "R";
  const TensorFile file = ParseTorchFile(TorchLegacy(PickledDict({{"w", tensor}}), {kFloats}), "x");
  EXPECT_EQ(Values<float>(file.tensors.at("w")), (std::vector<float>{3, 4}));
}

// torch.ones(3, 1).expand(3, 4) and the like: saved with stride 0 over fewer elements
// than they have.
TEST(TorchFile, ExpandedTensorsAreReadAtTheirAddresses) {
  const auto read = [](std::int64_t offset,
                       std::vector<std::int64_t> shape,
                       std::vector<std::int64_t> strides) {
    const TensorFile file = ParseTorchFile(
        TorchZip(PickledDict({{"w", TensorPickle(kFloats, offset, shape, strides)}}), {kFloats}),
        "x");
    return Values<float>(file.tensors.at("w"));
  };
  EXPECT_EQ(read(0, {3, 4}, {1, 0}), (std::vector<float>{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2}));
  EXPECT_EQ(read(4, {2, 2}, {0, 1}), (std::vector<float>{4, 5, 4, 5}));
  EXPECT_EQ(read(5, {7}, {0}), (std::vector<float>(7, 5)));
}

TEST(TorchFile, TensorsBeyondTheirStorageAreRefused) {
  const auto with =
      [](std::int64_t offset, std::vector<std::int64_t> shape, std::vector<std::int64_t> strides) {
        return Refused(TorchZip(PickledDict({{"w", TensorPickle(kFloats, offset, shape, strides)}}),
                                {kFloats}));
      };
  EXPECT_TRUE(Has(with(6, {1}, {1}), "tensor w starts at element 6 of 6"));
  EXPECT_TRUE(Has(with(1, {6}, {1}), "tensor w reaches beyond the 6 elements"));
  EXPECT_TRUE(Has(with(0, {2, 3}, {4, 1}), "reaches beyond"));
  EXPECT_TRUE(Has(with(0, {2}, {INT64_MAX}), "reaches beyond"));
  EXPECT_TRUE(Has(with(0, {2, 7}, {6, 0}), "reaches beyond"));
  // Stride 0 repeats elements; how far a file may grow that way is bounded.
  EXPECT_TRUE(Has(with(0, {100'000}, {0}), "more than 8 times the file"));
  EXPECT_TRUE(Has(with(0, {INT64_MAX, INT64_MAX}, {0, 0}), "overflows"));
  EXPECT_TRUE(Has(with(0, {0, INT64_MAX, INT64_MAX}, {0, 0, 0}), "overflows"));
  TorchStorage lie = kFloats;
  lie.elements = 7;
  EXPECT_TRUE(
      Has(Refused(TorchZip(PickledDict({{"w", TensorPickle(lie, 0, {7}, {1})}}), {kFloats})),
          "storage 0 holds 24 bytes, its tensors count on 28"));
  lie.elements = INT64_MAX;
  EXPECT_TRUE(
      Has(Refused(TorchZip(PickledDict({{"w", TensorPickle(lie, 0, {7}, {1})}}), {kFloats})),
          "a torch.FloatStorage of 9223372036854775807 elements in a file of"));
  EXPECT_TRUE(
      Has(Refused(TorchLegacy(PickledDict({{"w", TensorPickle(lie, 0, {7}, {1})}}), {kFloats})),
          "a torch.FloatStorage of 9223372036854775807 elements in a file of"));
}

TEST(TorchFile, WhatDoesNotFitIsRefusedByName) {
  const std::string state = SmallState(false);
  ZipOptions deflated;
  deflated.method = 8;
  EXPECT_TRUE(
      Has(Refused(TorchZip(state, {kFloats, kLong}, deflated)), "is compressed (method 8)"));
  EXPECT_TRUE(Has(Refused(TorchZip(state, {kFloats})), "no record archive/data/1"));
  std::string damaged = TorchZip(state, {kFloats, kLong});
  damaged[damaged.find(kFloats.bytes) + 5] ^= 1;
  EXPECT_TRUE(Has(Refused(damaged), "record archive/data/0 is damaged (its CRC-32 differs)"));
  EXPECT_TRUE(Has(Refused(ZipOf({{"model/code.txt", "x"}})), "without <name>/data.pkl"));
  EXPECT_TRUE(
      Has(Refused(ZipOf({{"m/data.pkl", PickleOf("N")}, {"m/constants.pkl", ""}})), "TorchScript"));
  EXPECT_TRUE(Has(Refused(ZipOf({{"m/data.pkl", PickleOf("N")}, {"m/byteorder", "big"}})),
                  "byte order 'big'"));
  EXPECT_TRUE(Has(Refused(ZipOf({{"m/data.pkl", PickleOf("N")}, {"m/data.pkl", ""}})),
                  "two records named"));
  EXPECT_TRUE(Has(Refused(TorchZip("}", {})), "it holds no tensor"));
  EXPECT_TRUE(Has(Refused(TorchLegacy(SmallState(true), {kFloats, kLong}, false)), "big-endian"));
  EXPECT_TRUE(Has(Refused(TorchLegacy(SmallState(true), {kFloats})), "storage 1 is missing"));
  EXPECT_TRUE(Has(Refused(PickleOf("N")), "magic number is missing"));
  EXPECT_TRUE(Has(Refused("<html>"), "neither as a zip archive nor as a pickle"));
  EXPECT_TRUE(Has(Refused(""), "neither"));
  const std::string tensor = TensorPickle(kFloats, 0, {6}, {1});
  EXPECT_TRUE(
      Has(Refused(TorchZip(PickledDict({{"a.b", tensor}, {"a", PickledDict({{"b", tensor}})}}),
                           {kFloats})),
          "two tensors named a.b"));
  EXPECT_TRUE(Has(Refused(TorchZip("}(N" + tensor + "u", {kFloats})), "key that is a None"));
  EXPECT_TRUE(
      Has(Refused(TorchZip(PickledDict({{"a\x1b[2J", tensor}}), {kFloats})), "control characters"));
}

TEST(TorchFile, CodeIsRefusedInBothContainers) {
  const std::string call = PickledGlobal("os", "system") + PickledText("ls") + "\x85R";
  const std::string zip = Refused(TorchZip(PickledDict({{"w", call}}), {}));
  EXPECT_TRUE(Has(zip, "file.pth: archive/data.pkl: refused: GLOBAL os.system at byte 10;")) << zip;
  const std::string legacy = Refused(TorchLegacy(PickledDict({{"w", call}}), {}));
  const std::size_t at = TorchLegacy(PickledDict({{"w", call}}), {}).find("cos\nsystem");
  EXPECT_TRUE(Has(legacy, "refused: GLOBAL os.system at byte " + std::to_string(at))) << legacy;
}

TEST(TorchFile, SharedAndCyclicContainersEnd) {
  EXPECT_TRUE(
      Has(Refused(TorchZip("}q\x01" + PickledText("self") + "h\x01s", {})), "nested deeper"));
  // Thirty levels, each holding the one below twice: a billion leaves in a few bytes.
  std::string body = TensorPickle(kFloats, 0, {6}, {1}) + "q\x01";
  for (int level = 0; level < 30; ++level) body += "h\x01\x86q\x01";
  EXPECT_TRUE(Has(Refused(TorchZip(body, {kFloats})), "too many"));
  // Many names of one storage: refused once they need eight times the file.
  std::string large(1 << 20, '\0');
  const TorchStorage storage{"0", "Byte", large, 1 << 20};
  std::string list = "](" + TensorPickle(storage, 0, {1 << 20}, {1}) + "q\x01";
  for (int i = 0; i < 20; ++i) list += "h\x01";
  EXPECT_TRUE(Has(Refused(TorchZip(list + "e", {storage})), "more than 8 times the file"));
}

// Valid or an Error: nothing else may happen, whatever the bytes are.
void Survives(const std::string& bytes, int* errors) {
  try {
    ParseTorchFile(bytes, "x");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadModel) << error.what();
    ++*errors;
  }
}

TEST(TorchFile, EveryTruncationIsAnError) {
  for (const std::string& bytes : {TorchZip(SmallState(false), {kFloats, kLong}),
                                   TorchLegacy(SmallState(true), {kFloats, kLong})}) {
    int errors = 0;
    for (std::size_t length = 0; length < bytes.size(); ++length)
      Survives(bytes.substr(0, length), &errors);
    EXPECT_EQ(errors, static_cast<int>(bytes.size()));
  }
}

TEST(TorchFile, FlippedBytesNeverCrash) {
  ZipOptions zip64;
  zip64.zip64 = true;
  Rng rng(7, "flips");
  for (const std::string& bytes : {TorchZip(SmallState(false), {kFloats, kLong}),
                                   TorchZip(SmallState(false), {kFloats, kLong}, zip64),
                                   TorchLegacy(SmallState(true), {kFloats, kLong})}) {
    int errors = 0;
    for (int i = 0; i < 2000; ++i) {
      std::string damaged = bytes;
      const int flips = 1 + i % 3;
      for (int k = 0; k < flips; ++k) {
        damaged[rng.Below(damaged.size())] = static_cast<char>(rng.Below(256));
      }
      Survives(damaged, &errors);
    }
    EXPECT_GT(errors, 200);
  }
  // The same without the checksum in the way.
  const std::string pickle = PickleOf(SmallState(false));
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = pickle;
    damaged[rng.Below(damaged.size())] = static_cast<char>(rng.Below(256));
    int errors = 0;
    Survives(
        ZipOf({{"a/data.pkl", damaged}, {"a/data/0", kFloats.bytes}, {"a/data/1", kLong.bytes}}),
        &errors);
  }
}

TEST(TorchFile, ContentDecidesTheReader) {
  const TempFolder folder;
  WriteFileAtomically(folder / "zip.safetensors", TorchZip(SmallState(false), {kFloats, kLong}));
  WriteFileAtomically(folder / "legacy.bin", TorchLegacy(SmallState(true), {kFloats, kLong}));
  const TensorFile zip = ReadAnyWeights(folder / "zip.safetensors");
  ExpectSmallState(zip);
  ExpectSmallState(ReadAnyWeights(folder / "legacy.bin"));
  WriteSafetensors(folder / "tensors.pth", zip);
  const TensorFile again = ReadAnyWeights(folder / "tensors.pth");
  ExpectSmallState(again);
  EXPECT_EQ(again.metadata.at("container"), "safetensors");
  ErrorOf(ErrorCode::kBadModel, [&] { ReadAnyWeights(folder / "absent.pth"); });
  EXPECT_EQ(ListTensors(zip),
            "name,dtype,shape,sum\nbn.num_batches_tracked,I64,,42\nconv.weight,F32,2x3,15\n");
}

// A file that PyTorch wrote. Expected values: Python's own pickle and struct modules (no PyTorch),
// sums over float64 in C order.
TEST(TorchFile, ReadsARealLegacyFile) {
  const std::filesystem::path path = SharedFolder() / "samples/models/mobilefacenet.pt";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no real weight file beside the checkout";
  const TensorFile file = ReadAnyWeights(path);
  EXPECT_EQ(file.metadata.at("container"), "torch-legacy");
  ASSERT_EQ(file.tensors.size(), 307u);
  const CsvTable table = ParseCsv(ListTensors(file), "list");
  double total = 0;
  std::int64_t elements = 0;
  std::map<std::string, std::vector<std::string>> rows;
  for (const auto& row : table.rows) {
    rows[row[0]] = row;
    total += std::stod(row[3]);
    elements += file.tensors.at(row[0]).NumElements();
  }
  EXPECT_EQ(elements, 1019699);
  EXPECT_DOUBLE_EQ(total, 15221684.353782993);
  using Row = std::vector<std::string>;
  EXPECT_EQ(rows["conv1.0.weight"],
            (Row{"conv1.0.weight", "F32", "64x3x3x3", "-4.5888402915633435"}));
  EXPECT_EQ(rows["conv3.bias"], (Row{"conv3.bias", "F32", "128", "2.4103125129126823e-07"}));
  EXPECT_EQ(rows["bn.num_batches_tracked"], (Row{"bn.num_batches_tracked", "I64", "", "297260"}));
  EXPECT_EQ(rows["gdconv.depthwise.weight"],
            (Row{"gdconv.depthwise.weight", "F32", "512x1x7x7", "-52.74162417156089"}));
}

}  // namespace
}  // namespace circumplex
