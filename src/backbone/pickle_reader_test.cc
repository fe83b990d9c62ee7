// SPDX-License-Identifier: Apache-2.0
#include "backbone/pickle_reader.h"

#include <gtest/gtest.h>

#include "support/test_files.h"
#include "support/torch_files.h"

namespace circumplex {
namespace {

using namespace testing_support;  // NOLINT: fragments of pickles are spelt out below

std::string Refused(const std::string& bytes) {
  return ErrorOf(ErrorCode::kBadModel, [&] { ReadPickle(bytes, 0, "file.pth"); });
}

// The message must name what was refused and where; `what` is followed by the offset of
// `opcode` in `bytes`.
void ExpectRefused(const std::string& bytes, const std::string& what, std::size_t offset) {
  const std::string message = Refused(bytes);
  const std::string expected = "file.pth: refused: " + what + " at byte " + std::to_string(offset) +
                               "; a weight file may hold tensors only";
  EXPECT_EQ(message.substr(0, expected.size()), expected);
}

std::string Short(const std::string& text) {
  return "\x8c" + Bytes(static_cast<std::uint8_t>(text.size())) + text;
}

const PickleValue& RootOf(const Pickle& pickle) { return pickle.values[pickle.root]; }

TEST(PickleReader, ReadsPlainValues) {
  const std::string bytes = PickleOf(
      "(" + PickledInt(7) + PickledInt(-5) + PickledInt(70000) + PickledInt(-1234567890123) +
      "M\xe9\x03" + "G" + std::string("\x3f\xf8\0\0\0\0\0\0", 8) + "N\x88\x89" + PickledText("a") +
      ")" + PickledInt(1) + "\x85" + "](K\x01K\x02" + "et");
  const Pickle pickle = ReadPickle(bytes, 0, "x");
  EXPECT_EQ(pickle.end, bytes.size());
  const PickleValue& root = RootOf(pickle);
  ASSERT_EQ(root.kind, PickleKind::kTuple);
  ASSERT_EQ(root.items.size(), 13u);
  const auto at = [&](std::size_t i) { return pickle.values[root.items[i]]; };
  EXPECT_EQ(at(0).integer, 7);
  EXPECT_EQ(at(1).integer, -5);
  EXPECT_EQ(at(2).integer, 70000);
  EXPECT_EQ(at(3).integer, -1234567890123);
  EXPECT_EQ(at(4).integer, 1001);
  EXPECT_EQ(at(5).real, 1.5);
  EXPECT_EQ(at(6).kind, PickleKind::kNone);
  EXPECT_EQ(at(7).integer, 1);
  EXPECT_EQ(at(7).kind, PickleKind::kBool);
  EXPECT_EQ(at(8).integer, 0);
  EXPECT_EQ(at(9).text, "a");
  EXPECT_TRUE(at(10).items.empty());
  EXPECT_EQ(pickle.values[at(11).items[0]].integer, 1);
  EXPECT_EQ(at(12).items.size(), 2u);
}

TEST(PickleReader, LongIntegersAreTwosComplement) {
  EXPECT_EQ(RootOf(ReadPickle(PickleOf(std::string("\x8a\x00", 2)), 0, "x")).integer, 0);
  EXPECT_EQ(RootOf(ReadPickle(PickleOf("\x8a\x01\xff"), 0, "x")).integer, -1);
  EXPECT_EQ(RootOf(ReadPickle(PickleOf(std::string("\x8a\x02\xff\x00", 4)), 0, "x")).integer, 255);
  EXPECT_EQ(RootOf(ReadPickle(PickleOf(std::string("\x8a\x02\x00\x80", 4)), 0, "x")).integer,
            -32768);
}

TEST(PickleReader, MemoSharesValuesAndProtocol4Works) {
  // {"a": [], "b": the same list}, then 1 appended through the memo.
  const std::string body = "}" + ("\x94(" + Short("a") + "]\x94" + Short("b") + "h\x01u");
  std::string bytes = std::string("\x80\x04\x95", 3) +
                      Bytes(static_cast<std::uint64_t>(body.size() + 1)) + body + ".";
  const Pickle pickle = ReadPickle(bytes, 0, "x");
  ASSERT_EQ(RootOf(pickle).items.size(), 4u);
  EXPECT_EQ(RootOf(pickle).items[1], RootOf(pickle).items[3]);
}

TEST(PickleReader, ReadsATensorAndAParameter) {
  const TorchStorage storage{"17", "Half", "", 6};
  const std::string tensor = TensorPickle(storage, 2, {2, 1}, {1, 2});
  const std::string parameter = PickledGlobal("torch._utils", "_rebuild_parameter") +
                                PickledTuple({tensor, "\x88", EmptyOrderedDict()}) + "R";
  for (const std::string& body : {tensor, parameter}) {
    const Pickle pickle = ReadPickle(PickleOf(body), 0, "x");
    ASSERT_EQ(RootOf(pickle).kind, PickleKind::kTensor);
    ASSERT_EQ(pickle.tensors.size(), 1u);
    EXPECT_EQ(pickle.tensors[0].offset, 2);
    EXPECT_EQ(pickle.tensors[0].shape, (std::vector<std::int64_t>{2, 1}));
    EXPECT_EQ(pickle.tensors[0].strides, (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(pickle.storages[0].type, StoredType::kF16);
    EXPECT_EQ(pickle.values[pickle.storages[0].key].text, "17");
    EXPECT_EQ(pickle.storages[0].elements, 6);
  }
}

TEST(PickleReader, OldPythonsOrderedDictAndTorchSize) {
  const std::string pairs = "](](" + PickledText("k") + "K\x05" + "ee";
  const Pickle dict =
      ReadPickle(PickleOf(PickledGlobal("collections", "OrderedDict") + pairs + "\x85R"), 0, "x");
  ASSERT_EQ(RootOf(dict).kind, PickleKind::kDict);
  ASSERT_EQ(RootOf(dict).items.size(), 2u);
  EXPECT_EQ(dict.values[RootOf(dict).items[1]].integer, 5);
  const Pickle size =
      ReadPickle(PickleOf(PickledGlobal("torch", "Size") + PickledInts({3, 4}) + "\x85R"), 0, "x");
  EXPECT_EQ(RootOf(size).items.size(), 2u);
}

TEST(PickleReader, RefusesEveryOpcodeThatNamesSomethingElse) {
  const std::string command = PickledText("echo owned") + "\x85R";
  ExpectRefused(PickleOf(PickledGlobal("os", "system") + command), "GLOBAL os.system", 2);
  ExpectRefused(PickleOf(PickledGlobal("builtins", "eval") + command), "GLOBAL builtins.eval", 2);
  ExpectRefused(PickleOf(PickledGlobal("torch", "load") + command), "GLOBAL torch.load", 2);
  ExpectRefused(PickleOf(PickledGlobal("collections", "OrderedDict.__init__") + command),
                "GLOBAL collections.OrderedDict.__init__",
                2);
  ExpectRefused(PickleOf("NN" + PickledGlobal("torch.nn.modules.conv", "Conv2d")),
                "GLOBAL torch.nn.modules.conv.Conv2d",
                4);
  const std::string name = Short("posix") + Short("system");
  ExpectRefused(PickleOf(name + "\x93" + command), "STACK_GLOBAL posix.system", 2 + name.size());
  ExpectRefused(PickleOf("(" + PickledText("ls") + "ios\nsystem\n"), "INST os.system", 3 + 7);
  const std::string known = PickledGlobal("collections", "OrderedDict");
  ExpectRefused(PickleOf("(" + known + "o"), "OBJ collections.OrderedDict", 3 + known.size());
  ExpectRefused(PickleOf(known + ")\x81"), "NEWOBJ collections.OrderedDict", 3 + known.size());
  ExpectRefused(PickleOf(known + ")}\x92"), "NEWOBJ_EX collections.OrderedDict", 4 + known.size());
  ExpectRefused(PickleOf("\x82\x01"), "EXT1 (a name from the reader's own registry)", 2);
  ExpectRefused(PickleOf("Pkey\n"), "PERSID", 2);
  ExpectRefused(PickleOf(PickledText("os.system") + ")R"), "REDUCE of a text", 2 + 14 + 1);
  const std::string storage = PickledGlobal("torch", "FloatStorage");
  ExpectRefused(PickleOf(storage + ")R"), "REDUCE torch.FloatStorage", 3 + storage.size());
  const std::string module = PickledTuple({PickledText("module"), "N"});
  ExpectRefused(PickleOf(module + "Q"), "BINPERSID 'module'", 2 + module.size());
  ExpectRefused(PickleOf("I1\n"), "opcode 0x49", 2);
}

TEST(PickleReader, RefusesCodeInsideBuild) {
  const std::string dict = EmptyOrderedDict();
  const std::string call = PickledGlobal("os", "system") + PickledText("ls") + "\x85R";
  ExpectRefused(PickleOf(dict + "}" + PickledText("x") + call + "sb"),
                "GLOBAL os.system",
                2 + dict.size() + 1 + 6);
  const std::string tensor = TensorPickle({"0", "Float", "", 1}, 0, {1}, {1});
  ExpectRefused(PickleOf(tensor + "}b"), "BUILD of a tensor", 3 + tensor.size());
  const std::string name = PickledGlobal("torch", "Size");
  ExpectRefused(PickleOf(name + "}b"), "BUILD torch.Size", 3 + name.size());
}

TEST(PickleReader, NamesInMessagesArePrintable) {
  const std::string message = Refused(PickleOf(PickledGlobal("o\x1b[2Js", std::string(150, 'a'))));
  EXPECT_NE(message.find("GLOBAL o?[2Js.aaa"), std::string::npos) << message;
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
  EXPECT_NE(message.find("aaa... at byte 2"), std::string::npos) << message;
}

TEST(PickleReader, DamagedPicklesAreErrors) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "needs 1 more bytes"},
      {"hello", "does not start with PROTO"},
      {std::string("\x80\x00N.", 4), "protocol 0"},
      {"\x80\x05N.", "protocol 5"},
      {PickleOf(""), "stack is empty"},
      {PickleOf("NN"), "values are left"},
      {PickleOf("(N"), "values are left"},
      {PickleOf("t"), "a mark is missing"},
      {PickleOf("N("), "stack is empty"},
      {PickleOf("h\x05"), "memo 5 was never written"},
      {PickleOf("Na"), "stack is empty"},
      {PickleOf("NNa"), "entries for a list, but there is a None"},
      {PickleOf("}(Nu"), "a key without value"},
      {PickleOf("X\xff\xff\xff\xff"), "needs 4294967295 more bytes"},
      {PickleOf("\x8d" + Bytes(~std::uint64_t{0})), "needs 18446744073709551615 more bytes"},
      {PickleOf("\x8b" + Bytes(std::uint32_t{1} << 31)), "an integer of 2147483648 bytes"},
      {PickleOf("c" + std::string(300, 'x')), "a name without end"},
      {PickleOf(std::string(2000, '(')), "open marks"},
      {PickleOf(TensorPickle({"0", "Float", "", 1}, -1, {1}, {1})),
       "offset is not a number from 0"},
      {PickleOf(TensorPickle({"0", "Float", "", 1}, 0, {-1}, {1})), "shape is not a number from 0"},
      {PickleOf(TensorPickle({"0", "Float", "", 1}, 0, {1, 1}, {1})), "2 axes with 1 strides"},
      {PickleOf(TensorPickle({"0", "Float", "", 1}, 0, std::vector<std::int64_t>(9, 1), {1})),
       "at most 8 numbers"},
  };
  for (const auto& [bytes, why] : cases) {
    const std::string message = Refused(bytes);
    EXPECT_NE(message.find(why), std::string::npos) << message;
  }
}

TEST(PickleReader, MemoryIsBounded) {
  EXPECT_NE(
      Refused(PickleOf("(" + std::string(2'000'100, 'N') + "t")).find("more than 2000000 values"),
      std::string::npos);
  // One list of 100,000 entries, copied into dictionaries again and again.
  std::string body = "](";
  for (int i = 0; i < 50'000; ++i) body += "NN\x86";
  body += "eq\x01";
  for (int i = 0; i < 1'000; ++i)
    body += PickledGlobal("collections", "OrderedDict") + "h\x01\x85R0";
  EXPECT_NE(Refused(PickleOf(body)).find("too many entries"), std::string::npos);
}

}  // namespace
}  // namespace circumplex
