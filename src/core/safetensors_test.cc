// SPDX-License-Identifier: Apache-2.0
#include "core/safetensors.h"

#include <cmath>
#include <cstring>
#include <functional>

#include "core/files.h"
#include "core/rng.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

// A file from a header text and data bytes, with a true header length.
std::string Payload(const std::string& header, const std::string& data = "") {
  const std::uint64_t size = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &size, 8);
  return bytes + header + data;
}

std::string WithHeaderLength(std::string bytes, std::uint64_t size) {
  std::memcpy(bytes.data(), &size, 8);
  return bytes;
}

std::string Defect(const std::string& bytes) {
  return ErrorOf(ErrorCode::kBadData,
                 [&] { ParseSafetensors(bytes, "f.safetensors", ErrorCode::kBadData); });
}

TensorFile Sample() {
  TensorFile file;
  const float f32[] = {1.5f, -2.0f, 0.0f, 3e38f, 1e-40f, -0.0f};
  const double f64[] = {1.0 / 3};
  const std::int64_t i64[] = {-1, 1ll << 60, 0, 7};
  const std::uint8_t u8[] = {0, 255, 3};
  const std::uint16_t f16[] = {0x3C00, 0x7C00};
  file.tensors["weights.f32"] = Tensor::From(DType::kF32, {2, 3}, f32);
  file.tensors["scalar"] = Tensor::From(DType::kF64, {}, f64);
  file.tensors["frame"] = Tensor::From(DType::kI64, {4}, i64);
  file.tensors["gray"] = Tensor::From(DType::kU8, {1, 3, 1}, u8);
  file.tensors["half"] = Tensor::From(DType::kF16, {2}, f16);
  file.tensors["empty"] = Tensor::From(DType::kF32, {0, 5}, f32);
  file.metadata = {{"schema", "1"}, {"note", "quotes \" and \xC3\xA9"}};
  return file;
}

TEST(SafetensorsStream, WritesTheBytesOfTheWholeWriterInAnyOrder) {
  const TempFolder folder;
  const TensorFile file = Sample();
  WriteSafetensors(folder / "whole.safetensors", file);
  std::map<std::string, TensorShape> shapes;
  for (const auto& [name, tensor] : file.tensors) shapes[name] = {tensor.dtype, tensor.shape};
  {
    SafetensorsStream unfinished(folder / "never.safetensors", shapes, file.metadata);
    SafetensorsStream stream(folder / "pieces.safetensors", shapes, file.metadata);
    for (auto it = file.tensors.rbegin(); it != file.tensors.rend(); ++it) {
      const Tensor& tensor = it->second;
      const auto size = static_cast<std::int64_t>(ElementSize(tensor.dtype));
      for (std::int64_t i = tensor.NumElements() - 1; i >= 0; --i) {
        const std::uint8_t* bytes = tensor.bytes.data() + i * size;
        switch (size) {
          case 1:
            stream.Put(it->first, i, bytes, 1);
            break;
          case 2:
            stream.Put(it->first, i, reinterpret_cast<const std::uint16_t*>(bytes), 1);
            break;
          case 4:
            stream.Put(it->first, i, reinterpret_cast<const float*>(bytes), 1);
            break;
          default:
            stream.Put(it->first, i, reinterpret_cast<const double*>(bytes), 1);
        }
      }
    }
    stream.Commit();
    const float value = 0;
    EXPECT_THROW(stream.Put("none", 0, &value, 1), Error);
  }
  EXPECT_EQ(ReadFile(folder / "pieces.safetensors"), ReadFile(folder / "whole.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(folder / "never.safetensors"));
}

TEST(Safetensors, APartIsThePartOfTheWhole) {
  TempFolder folder;
  const TensorFile file = Sample();
  WriteSafetensors(folder / "a.safetensors", file);
  const TensorFile part =
      ReadSafetensorsPart(folder / "a.safetensors", {"frame", "none", "weights.f32"});
  EXPECT_EQ(part.metadata, file.metadata);
  ASSERT_EQ(part.tensors.size(), 2u);
  for (const auto& [name, tensor] : part.tensors) {
    EXPECT_EQ(tensor.bytes, file.tensors.at(name).bytes) << name;
    EXPECT_EQ(tensor.shape, file.tensors.at(name).shape) << name;
  }
  const std::string whole = ReadFile(folder / "a.safetensors");
  WriteFileAtomically(folder / "cut.safetensors", whole.substr(0, whole.size() - 1));
  WriteFileAtomically(folder / "short.safetensors", "abc");
  for (const char* name : {"cut.safetensors", "short.safetensors"}) {
    const std::string defect =
        ErrorOf(ErrorCode::kBadData, [&] { ReadSafetensors(folder / name); });
    EXPECT_EQ(ErrorOf(ErrorCode::kBadData, [&] { ReadSafetensorsPart(folder / name, {}); }),
              defect);
  }
  ErrorOf(ErrorCode::kNotFound, [&] { ReadSafetensorsPart(folder / "none", {}); });
}

TEST(Safetensors, RoundTrip) {
  TempFolder folder;
  const TensorFile file = Sample();
  WriteSafetensors(folder / "a.safetensors", file);
  const TensorFile back = ReadSafetensors(folder / "a.safetensors");
  EXPECT_EQ(back.metadata, file.metadata);
  ASSERT_EQ(back.tensors.size(), file.tensors.size());
  for (const auto& [name, tensor] : file.tensors) {
    const Tensor& other = back.Get(name, "a");
    EXPECT_EQ(other.dtype, tensor.dtype) << name;
    EXPECT_EQ(other.shape, tensor.shape) << name;
    EXPECT_EQ(other.bytes, tensor.bytes) << name;
  }
  EXPECT_EQ(back.Get("weights.f32", "a").Data<float>()[1], -2.0f);
  WriteSafetensors(folder / "b.safetensors", back);
  EXPECT_EQ(ReadFile(folder / "a.safetensors"), ReadFile(folder / "b.safetensors"));
}

TEST(Safetensors, LayoutIsThePublishedOne) {
  TempFolder folder;
  TensorFile file;
  const std::uint8_t values[] = {7, 9};
  file.tensors["b"] = Tensor::From(DType::kU8, {1}, values);
  file.tensors["a"] = Tensor::From(DType::kU8, {1}, values + 1);
  file.metadata["k"] = "v";
  WriteSafetensors(folder / "a.safetensors", file);
  const std::string bytes = ReadFile(folder / "a.safetensors");
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data(), 8);
  EXPECT_EQ(header_size % 8, 0u);
  std::string header = bytes.substr(8, header_size);
  header.erase(header.find_last_not_of(' ') + 1);
  EXPECT_EQ(header,
            R"({"__metadata__":{"k":"v"},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
            R"("b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})");
  EXPECT_EQ(bytes.substr(8 + header_size), std::string("\x09\x07"));
}

TEST(Safetensors, ReadsWhatOthersWrite) {
  const TensorFile file = ParseSafetensors(
      Payload(
          "{ \"x\" : {\"data_offsets\":[4,8], \"shape\":[1], \"dtype\":\"F32\", \"extra\":1} }   ",
          std::string(4, '\0') + std::string("\0\0\x80\x3F", 4) + "unused"),
      "f",
      ErrorCode::kBadData);
  EXPECT_EQ(file.Get("x", "f").Data<float>()[0], 1.0f);
  EXPECT_TRUE(ParseSafetensors(Payload("{}"), "f", ErrorCode::kBadData).tensors.empty());
}

// Values by the definition of each type; docs/weights.md promises them.
TEST(Safetensors, EveryStoredTypeIsReadExactly) {
  const auto read = [](const std::string& dtype, int count, const std::string& data) {
    const std::string header = "{\"x\":{\"dtype\":\"" + dtype + "\",\"shape\":[" +
                               std::to_string(count) + "],\"data_offsets\":[0," +
                               std::to_string(data.size()) + "]}}";
    return ParseSafetensors(Payload(header, data), "f", ErrorCode::kBadModel).Get("x", "f");
  };
  const Tensor bf16 = read("BF16", 2, std::string("\x80\x3f\x49\xc0", 4));
  EXPECT_EQ(bf16.dtype, DType::kF32);
  EXPECT_EQ(bf16.Data<float>()[0], 1.0f);
  EXPECT_EQ(bf16.Data<float>()[1], -3.140625f);
  const Tensor i32 = read("I32", 2, std::string("\xf9\xff\xff\xff\0\0\0\x40", 8));
  EXPECT_EQ(i32.dtype, DType::kI64);
  EXPECT_EQ(i32.Data<std::int64_t>()[0], -7);
  EXPECT_EQ(i32.Data<std::int64_t>()[1], 1 << 30);
  EXPECT_EQ(read("I16", 1, std::string("\xf9\xff", 2)).Data<std::int64_t>()[0], -7);
  EXPECT_EQ(read("I8", 1, "\x80").Data<std::int64_t>()[0], -128);
  const Tensor boolean = read("BOOL", 2, std::string("\0\5", 2));
  EXPECT_EQ(boolean.dtype, DType::kU8);
  EXPECT_EQ(boolean.Data<std::uint8_t>()[0], 0);
  EXPECT_EQ(boolean.Data<std::uint8_t>()[1], 1);
}

TEST(Safetensors, AnotherTypeStopsOnlyWhoNeedsTheTensor) {
  const std::string header =
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
      "\"scale\":{\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[4,8]}}";
  const std::string bytes = Payload(header, std::string("\0\0\x80\x3f____", 8));
  const TensorFile file = ParseSafetensors(bytes, "f", ErrorCode::kBadModel);
  EXPECT_EQ(file.Get("a", "f").Data<float>()[0], 1.0f);
  EXPECT_EQ(file.unreadable.at("scale"), "F8_E4M3");
  const std::string message =
      ErrorOf(ErrorCode::kBadModel, [&] { file.Get("scale", "f", ErrorCode::kBadModel); });
  EXPECT_NE(message.find("f: tensor 'scale' has dtype F8_E4M3 (readable: F64, F32, F16, BF16, "),
            std::string::npos)
      << message;
}

TEST(Safetensors, EveryTruncationIsAnError) {
  TempFolder folder;
  WriteSafetensors(folder / "a.safetensors", Sample());
  const std::string bytes = ReadFile(folder / "a.safetensors");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string message = Defect(bytes.substr(0, size));
    ASSERT_NE(message.find("f.safetensors: not a usable safetensors file: "), std::string::npos)
        << size << message;
  }
}

TEST(Safetensors, FlippedHeaderBytesNeverCrash) {
  TempFolder folder;
  WriteSafetensors(folder / "a.safetensors", Sample());
  const std::string bytes = ReadFile(folder / "a.safetensors");
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data(), 8);
  Rng rng(9);
  int errors = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = bytes;
    for (std::uint64_t k = 1 + rng.Below(3); k > 0; --k) {
      damaged[rng.Below(8 + header_size)] = static_cast<char>(rng.Next());
    }
    try {
      ParseSafetensors(damaged, "f", ErrorCode::kBadModel);
    } catch (const Error& error) {
      EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(ErrorCode::kBadModel));
      ++errors;
    }
  }
  EXPECT_GT(errors, 1500);
}

TEST(Safetensors, HandDamagedFiles) {
  const auto entry =
      [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
        return "{\"x\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
               ",\"data_offsets\":" + offsets + "}}";
      };
  const std::string data(8, '\1'), good = entry("F32", "[2]", "[0,8]");
  ASSERT_EQ(ParseSafetensors(Payload(good, data), "f", ErrorCode::kBadData).tensors.size(), 1u);
  struct Case {
    std::string bytes, message;
  };
  const Case cases[] = {
      {"", "only 0 bytes long"},
      {std::string(7, '\0'), "only 7 bytes long"},
      {std::string(8, '\0'), "not a JSON object"},
      {WithHeaderLength(Payload(good, data), ~0ull), "claims 18446744073709551615 bytes"},
      {WithHeaderLength(Payload(good, data), 1ull << 63), "claims 9223372036854775808 bytes"},
      {WithHeaderLength(Payload(good, data), 100'000'001), "claims 100000001 bytes"},
      {WithHeaderLength(Payload(good, data), good.size() + data.size() + 1), "claims"},
      {WithHeaderLength(Payload(good, data), good.size() - 1), "not a JSON object"},
      {Payload("[]"), "not a JSON object"},
      {Payload("null"), "not a JSON object"},
      {Payload("{\"x\":"), "not a JSON object"},
      {Payload("{\"\xFF\":1}"), "not a JSON object"},
      {Payload(std::string(100000, '[')), "not a JSON object"},
      {Payload("{\"x\":1}"), "entry 'x' is not an object"},
      {Payload("{\"__metadata__\":[]}"), "entry '__metadata__' is not an object"},
      {Payload("{\"__metadata__\":{\"k\":1}}"), "metadata 'k' is not text"},
      {Payload("{\"x\":{}}"), "lacks dtype, shape or data_offsets"},
      {Payload("{\"x\":{\"dtype\":1,\"shape\":[2],\"data_offsets\":[0,8]}}", data), "lacks dtype"},
      {Payload(entry("F32", "2", "[0,8]"), data), "lacks dtype"},
      {Payload(entry("F32", "[2]", "[0]"), data), "lacks dtype"},
      {Payload(entry("F32", "[2]", "[0,4,8]"), data), "lacks dtype"},
      {Payload(entry("F32", "[2]", "[0,8.0]"), data), "lacks dtype"},
      {Payload(entry("F32", "[2]", "[-1,7]"), data), "lacks dtype"},
      {Payload(entry("F32", "[2]", "\"08\""), data), "lacks dtype"},
      {Payload(entry("F64", "[2]", "[0,8]"), data), "needs 16 bytes and has 8"},
      {Payload(entry("F32", "[3]", "[0,8]"), data), "needs 12 bytes and has 8"},
      {Payload(entry("F32", "[]", "[0,8]"), data), "needs 4 bytes and has 8"},
      {Payload(entry("F32", "[2]", "[0,4]"), data), "needs 8 bytes and has 4"},
      {Payload(entry("F32", "[2]", "[8,0]"), data), "claims bytes 8 to 0"},
      {Payload(entry("F32", "[2]", "[1,9]"), data), "claims bytes 1 to 9 of 8"},
      {Payload(entry("F32", "[2]", "[18446744073709551608,0]"), data), "claims bytes"},
      {Payload(entry("F32", "[-2]", "[0,8]"), data), "negative or non-integer extent"},
      {Payload(entry("F32", "[2.0]", "[0,8]"), data), "negative or non-integer extent"},
      {Payload(entry("F32", "[\"2\"]", "[0,8]"), data), "negative or non-integer extent"},
      {Payload(entry("F32", "[4294967296,4294967296,2]", "[0,8]"), data), "size overflows"},
      {Payload(entry("F32", "[4611686018427387904,4]", "[0,0]"), data), "size overflows"},
      {Payload(entry("U8", "[18446744073709551615]", "[0,8]"), data), "size overflows"},
      {Payload(entry("U8", "[0,18446744073709551615]", "[0,0]"), data), "size overflows"},
      {Payload(entry("F32", "[1,1,1,1,1,1,1,1,2]", "[0,8]"), data), "has 9 axes"},
      {Payload("{\"a\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,5]},"
               "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[4,7]}}",
               data),
       "two tensors overlap"},
      {Payload("{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]},"
               "\"b\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]}}",
               data),
       "claim more bytes than it has, so two overlap"},
  };
  for (const Case& one : cases) {
    const std::string message = Defect(one.bytes);
    EXPECT_NE(message.find(one.message), std::string::npos)
        << message << "\nlacks: " << one.message;
  }
  EXPECT_GE(std::size(cases), 30u);
}

TEST(Safetensors, MissingThings) {
  TempFolder folder;
  ErrorOf(ErrorCode::kNotFound, [&] { ReadSafetensors(folder / "x.safetensors"); });
  ErrorOf(ErrorCode::kBadModel,
          [&] { ReadSafetensors(folder / "x.safetensors", ErrorCode::kBadModel); });
  const TensorFile file = Sample();
  EXPECT_EQ(ErrorOf(ErrorCode::kBadData, [&] { file.Get("nose", "f"); }),
            "f: no tensor 'nose'; the file holds: empty, frame, gray, half, scalar, weights.f32");
  ErrorOf(ErrorCode::kInternal, [&] { file.Get("gray", "f").Data<float>(); });
}

TEST(Safetensors, TextThatIsNotUtf8IsStillWritten) {
  TempFolder folder;
  TensorFile file;
  file.metadata["path"] = "caf\xE9.mp4";
  WriteSafetensors(folder / "a.safetensors", file);
  EXPECT_EQ(ReadSafetensors(folder / "a.safetensors").metadata.at("path"), "caf\xEF\xBF\xBD.mp4");
}

// Value of a finite half by definition.
double HalfValue(int half) {
  const int exponent = (half >> 10) & 31, mantissa = half & 0x3FF;
  const double magnitude =
      exponent ? std::ldexp(1024 + mantissa, exponent - 25) : std::ldexp(mantissa, -24);
  return half & 0x8000 ? -magnitude : magnitude;
}

TEST(Half, All65536Values) {
  for (int half = 0; half < 65536; ++half) {
    const float value = HalfToFloat(static_cast<std::uint16_t>(half));
    if (((half >> 10) & 31) == 31) {
      if (half & 0x3FF) {
        EXPECT_TRUE(std::isnan(value)) << half;
        EXPECT_TRUE(std::isnan(HalfToFloat(FloatToHalf(value)))) << half;
      } else {
        EXPECT_EQ(value, half & 0x8000 ? -INFINITY : INFINITY);
        EXPECT_EQ(FloatToHalf(value), half);
      }
      continue;
    }
    ASSERT_EQ(static_cast<double>(value), HalfValue(half)) << half;
    ASSERT_EQ(std::signbit(value), half >= 0x8000) << half;
    ASSERT_EQ(FloatToHalf(value), half);
  }
}

TEST(Half, RoundsToNearestEvenBetweenAllNeighbours) {
  for (int half = 0; half < 0x7C00; ++half) {
    const double low = HalfValue(half), high = half == 0x7BFF ? 65536 : HalfValue(half + 1);
    const float middle = static_cast<float>((low + high) / 2);
    ASSERT_EQ(static_cast<double>(middle), (low + high) / 2) << "the middle is exact in binary32";
    const int even = half & 1 ? half + 1 : half;
    for (const int sign : {0, 0x8000}) {
      const float s = sign ? -1.0f : 1.0f;
      ASSERT_EQ(FloatToHalf(s * middle), even | sign) << half;
      ASSERT_EQ(FloatToHalf(s * std::nextafterf(middle, 0)), half | sign) << half;
      ASSERT_EQ(FloatToHalf(s * std::nextafterf(middle, INFINITY)), (half + 1) | sign) << half;
    }
  }
  EXPECT_EQ(FloatToHalf(1e30f), 0x7C00);
  EXPECT_EQ(FloatToHalf(1e-30f), 0);
  EXPECT_EQ(FloatToHalf(-1e-45f), 0x8000);
}

}  // namespace
}  // namespace circumplex
