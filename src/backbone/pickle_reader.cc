// SPDX-License-Identifier: Apache-2.0
#include "backbone/pickle_reader.h"

#include <cstring>
#include <unordered_map>
#include <utility>

#include "circumplex/error.h"

namespace circumplex {
namespace {

constexpr std::size_t kMaxValues = 2'000'000;
// References among values: shared lists could be copied into dictionaries any number of times.
constexpr std::size_t kMaxReferences = 4 * kMaxValues;
constexpr std::size_t kMaxMarks = 1000;
constexpr std::size_t kMaxAxes = 8;
constexpr std::size_t kMaxArguments = 8;
constexpr std::size_t kMaxNameLength = 200;
constexpr std::size_t kMaxKeyLength = 200;
constexpr std::size_t kMaxBigInt = 255;

enum class Name {
  kOrderedDict,
  kSize,
  kRebuildTensor,
  kRebuildTensorV2,
  kRebuildParameter,
  kRebuildParameterWithState,
  kStorage,  // This one plus the StoredType.
};

struct NamedFunction {
  const char* name;
  Name function;
};

constexpr NamedFunction kFunctions[] = {
    {"collections.OrderedDict", Name::kOrderedDict},
    {"torch.Size", Name::kSize},
    {"torch._utils._rebuild_tensor", Name::kRebuildTensor},
    {"torch._utils._rebuild_tensor_v2", Name::kRebuildTensorV2},
    {"torch._utils._rebuild_parameter", Name::kRebuildParameter},
    {"torch._utils._rebuild_parameter_with_state", Name::kRebuildParameterWithState},
};

// Number of a known name, or -1.
std::int64_t FindName(const std::string& dotted) {
  for (const NamedFunction& entry : kFunctions) {
    if (dotted == entry.name) return static_cast<std::int64_t>(entry.function);
  }
  for (const StoredTypeInfo& entry : StoredTypes()) {
    if (dotted == entry.torch) {
      return static_cast<std::int64_t>(Name::kStorage) + static_cast<std::int64_t>(entry.type);
    }
  }
  return -1;
}

const char* NameText(std::int64_t number) {
  for (const NamedFunction& entry : kFunctions) {
    if (number == static_cast<std::int64_t>(entry.function)) return entry.name;
  }
  return InfoOf(static_cast<StoredType>(number - static_cast<std::int64_t>(Name::kStorage))).torch;
}

class Reader {
 public:
  Reader(std::string_view bytes, std::size_t begin, const std::string& source)
      : bytes_(bytes), at_(begin), opcode_at_(begin), source_(source) {}

  Pickle Read() {
    if (Byte() != 0x80) Damaged("it does not start with PROTO");
    const unsigned protocol = Byte();
    if (protocol < 2 || protocol > 4) {
      Damaged("pickle protocol " + std::to_string(protocol) + ", readable are 2 to 4");
    }
    while (Step()) {
    }
    pickle_.end = at_;
    return std::move(pickle_);
  }

 private:
  [[noreturn]] void Damaged(const std::string& why) const {
    throw Error(ErrorCode::kBadModel,
                source_ + ": not a usable pickle: " + why + " (opcode at byte " +
                    std::to_string(opcode_at_) +
                    "); the file is damaged, cut off, or not written by torch.save: fetch it anew");
  }

  [[noreturn]] void Refuse(const std::string& what) const {
    throw Error(ErrorCode::kBadModel,
                source_ + ": refused: " + what + " at byte " + std::to_string(opcode_at_) +
                    "; a weight file may hold tensors only. If you trust where it comes from, load "
                    "it in PyTorch and save model.state_dict() alone");
  }

  std::string_view Take(std::uint64_t count) {
    if (count > bytes_.size() - at_) {
      Damaged("it needs " + std::to_string(count) + " more bytes at byte " + std::to_string(at_) +
              " of " + std::to_string(bytes_.size()));
    }
    const std::string_view part = bytes_.substr(at_, static_cast<std::size_t>(count));
    at_ += static_cast<std::size_t>(count);
    return part;
  }

  // Little-endian, unsigned.
  std::uint64_t Number(int count) {
    const std::string_view part = Take(static_cast<std::uint64_t>(count));
    std::uint64_t value = 0;
    for (int i = count - 1; i >= 0; --i) {
      value = value << 8 | static_cast<unsigned char>(part[static_cast<std::size_t>(i)]);
    }
    return value;
  }

  unsigned Byte() { return static_cast<unsigned>(Number(1)); }

  std::string Line() {
    const std::string_view rest = bytes_.substr(at_, kMaxNameLength + 1);
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) Damaged("a name without end");
    at_ += end + 1;
    return std::string(rest.substr(0, end));
  }

  // ------------------------------------------------------------------ values and the stack

  PickleValue& At(std::uint32_t index) { return pickle_.values[index]; }

  std::uint32_t Make(PickleKind kind) {
    if (pickle_.values.size() >= kMaxValues) {
      Damaged("more than " + std::to_string(kMaxValues) + " values");
    }
    pickle_.values.emplace_back();
    pickle_.values.back().kind = kind;
    return static_cast<std::uint32_t>(pickle_.values.size() - 1);
  }

  void Push(std::uint32_t index) {
    if (stack_.size() >= kMaxValues) Damaged("its stack is too deep");
    stack_.push_back(index);
  }

  PickleValue& PushNew(PickleKind kind) {
    const std::uint32_t index = Make(kind);
    Push(index);
    return At(index);
  }

  void PushInteger(std::int64_t value, PickleKind kind = PickleKind::kInt) {
    PushNew(kind).integer = value;
  }

  void PushText(std::uint64_t length, PickleKind kind) {
    const std::string_view text = Take(length);
    PushNew(kind).text = text;
  }

  std::size_t Floor() const { return marks_.empty() ? 0 : marks_.back(); }

  std::uint32_t Top() const {
    if (stack_.size() <= Floor()) Damaged("its stack is empty");
    return stack_.back();
  }

  std::uint32_t Pop() {
    const std::uint32_t top = Top();
    stack_.pop_back();
    return top;
  }

  std::vector<std::uint32_t> PopMark() {
    if (marks_.empty()) Damaged("a mark is missing");
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    marks_.pop_back();
    std::vector<std::uint32_t> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    return items;
  }

  void Count(std::size_t references) {
    references_ += references;
    if (references_ > kMaxReferences) Damaged("its containers hold too many entries");
  }

  void PushTuple(std::vector<std::uint32_t> items) {
    Count(items.size());
    PushNew(PickleKind::kTuple).items = std::move(items);
  }

  void PushLastAsTuple(std::size_t count) {
    std::vector<std::uint32_t> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = Pop();
    PushTuple(std::move(items));
  }

  void Extend(PickleKind kind, const std::vector<std::uint32_t>& items) {
    PickleValue& target = At(Top());
    if (target.kind != kind) {
      Damaged(std::string("entries for a ") + PickleKindName(kind) + ", but there is a " +
              PickleKindName(target.kind));
    }
    if (kind == PickleKind::kDict && items.size() % 2 != 0) Damaged("a key without value");
    Count(items.size());
    target.items.insert(target.items.end(), items.begin(), items.end());
  }

  void Remember(std::uint64_t slot) {
    if (memo_.size() >= kMaxValues) Damaged("its memo is too large");
    memo_[slot] = Top();
  }

  void Recall(std::uint64_t slot) {
    const auto found = memo_.find(slot);
    if (found == memo_.end()) Damaged("memo " + std::to_string(slot) + " was never written");
    Push(found->second);
  }

  std::string Describe(std::uint32_t index) {
    const PickleValue& value = At(index);
    return value.kind == PickleKind::kName ? NameText(value.integer)
                                           : std::string("of a ") + PickleKindName(value.kind);
  }

  // ------------------------------------------------------------------ names and what
  // they stand for

  void PushName(const char* opcode, const std::string& module, const std::string& name) {
    const std::string dotted = module + "." + name;
    const std::int64_t number = FindName(dotted);
    if (number < 0) Refuse(std::string(opcode) + " " + Printable(dotted));
    PushInteger(number, PickleKind::kName);
  }

  std::int64_t Integer(std::uint32_t index, const char* what) {
    const PickleValue& value = At(index);
    if (value.kind != PickleKind::kInt || value.integer < 0) {
      Damaged(std::string(what) + " is not a number from 0");
    }
    return value.integer;
  }

  std::vector<std::int64_t> Integers(std::uint32_t index, const char* what) {
    const PickleValue& value = At(index);
    if ((value.kind != PickleKind::kTuple && value.kind != PickleKind::kList) ||
        value.items.size() > kMaxAxes) {
      Damaged(std::string(what) + " is not a tuple of at most " + std::to_string(kMaxAxes) +
              " numbers");
    }
    std::vector<std::int64_t> numbers;
    for (const std::uint32_t item : value.items) numbers.push_back(Integer(item, what));
    return numbers;
  }

  void BuildOrderedDict(const std::vector<std::uint32_t>& arguments) {
    std::vector<std::uint32_t> items;
    if (arguments.size() == 1) {  // Python 2 writes the entries as a list of pairs.
      const PickleValue& pairs = At(arguments[0]);
      if (pairs.kind != PickleKind::kList) Damaged("OrderedDict of something else than a list");
      Count(2 * pairs.items.size());
      for (const std::uint32_t pair : pairs.items) {
        const PickleValue& entry = At(pair);
        if ((entry.kind != PickleKind::kList && entry.kind != PickleKind::kTuple) ||
            entry.items.size() != 2) {
          Damaged("an entry of an OrderedDict is not a pair");
        }
        items.insert(items.end(), entry.items.begin(), entry.items.end());
      }
    } else if (!arguments.empty()) {
      Damaged("OrderedDict with " + std::to_string(arguments.size()) + " arguments");
    }
    PushNew(PickleKind::kDict).items = std::move(items);
  }

  void BuildTensor(const std::vector<std::uint32_t>& arguments, std::size_t least) {
    if (arguments.size() < least || At(arguments[0]).kind != PickleKind::kStorage) {
      Damaged("a tensor without storage, offset, shape and strides");
    }
    PickledTensor tensor;
    tensor.storage = static_cast<std::size_t>(At(arguments[0]).integer);
    tensor.offset = Integer(arguments[1], "a tensor's offset");
    tensor.shape = Integers(arguments[2], "a tensor's shape");
    tensor.strides = Integers(arguments[3], "a tensor's strides");
    if (tensor.shape.size() != tensor.strides.size()) {
      Damaged("a tensor of " + std::to_string(tensor.shape.size()) + " axes with " +
              std::to_string(tensor.strides.size()) + " strides");
    }
    pickle_.tensors.push_back(std::move(tensor));
    PushInteger(static_cast<std::int64_t>(pickle_.tensors.size() - 1), PickleKind::kTensor);
  }

  void Reduce() {
    const std::uint32_t argument_tuple = Pop(), callable = Pop();
    if (At(callable).kind != PickleKind::kName) Refuse("REDUCE " + Describe(callable));
    if (At(argument_tuple).kind != PickleKind::kTuple) Damaged("REDUCE without an argument tuple");
    // Before the copy, which a long tuple applied again and again would make costly.
    if (At(argument_tuple).items.size() > kMaxArguments) Damaged("REDUCE with too many arguments");
    const std::vector<std::uint32_t> arguments = At(argument_tuple).items;
    switch (static_cast<Name>(At(callable).integer)) {
      case Name::kOrderedDict:
        BuildOrderedDict(arguments);
        return;
      case Name::kSize:
        if (arguments.size() != 1 || At(arguments[0]).kind != PickleKind::kTuple) {
          Damaged("torch.Size of something else than a tuple");
        }
        Push(arguments[0]);
        return;
      case Name::kRebuildTensor:
        BuildTensor(arguments, 4);
        return;
      case Name::kRebuildTensorV2:
        BuildTensor(arguments, 6);
        return;
      case Name::kRebuildParameter:
      case Name::kRebuildParameterWithState:
        if (arguments.size() < 3 || At(arguments[0]).kind != PickleKind::kTensor) {
          Damaged("a parameter without tensor");
        }
        Push(arguments[0]);
        return;
      default:
        Refuse("REDUCE " + Describe(callable));
    }
  }

  void PersistentId() {
    const std::uint32_t id = Pop();
    const PickleValue& tuple = At(id);
    if (tuple.kind != PickleKind::kTuple || tuple.items.empty() ||
        At(tuple.items[0]).kind != PickleKind::kText) {
      Refuse("BINPERSID " + Describe(id));
    }
    const std::string& what = At(tuple.items[0]).text;
    if (what != "storage") Refuse("BINPERSID '" + Printable(what) + "'");
    if (tuple.items.size() < 5) Damaged("a storage of too few fields");
    const PickleValue& type = At(tuple.items[1]);
    if (type.kind != PickleKind::kName ||
        type.integer < static_cast<std::int64_t>(Name::kStorage)) {
      Damaged("a storage without type");
    }
    const PickleValue& key = At(tuple.items[2]);
    if (key.kind != PickleKind::kText || key.text.size() > kMaxKeyLength) {
      Damaged("a storage without a key of at most " + std::to_string(kMaxKeyLength) + " bytes");
    }
    PickledStorage storage;
    storage.type =
        static_cast<StoredType>(type.integer - static_cast<std::int64_t>(Name::kStorage));
    storage.key = tuple.items[2];
    storage.elements = Integer(tuple.items[4], "a storage's number of elements");
    storage.view_elements = storage.elements;
    if (tuple.items.size() > 5 && At(tuple.items[5]).kind != PickleKind::kNone) {
      const PickleValue& view = At(tuple.items[5]);
      if (view.kind != PickleKind::kTuple || view.items.size() != 3) {
        Damaged("a storage view without key, offset and size");
      }
      storage.view_offset = Integer(view.items[1], "a storage view's offset");
      storage.view_elements = Integer(view.items[2], "a storage view's size");
      if (storage.view_offset > storage.elements ||
          storage.view_elements > storage.elements - storage.view_offset) {
        Damaged("a storage view beyond its storage");
      }
    }
    pickle_.storages.push_back(storage);
    PushInteger(static_cast<std::int64_t>(pickle_.storages.size() - 1), PickleKind::kStorage);
  }

  void Build() {
    const std::uint32_t state = Pop();
    if (At(Top()).kind != PickleKind::kDict || At(state).kind != PickleKind::kDict) {
      Refuse("BUILD " + Describe(Top()));
    }
  }

  void StackName() {
    const std::uint32_t name = Pop(), module = Pop();
    if (At(name).kind != PickleKind::kText || At(module).kind != PickleKind::kText) {
      Refuse("STACK_GLOBAL without a name");
    }
    if (At(name).text.size() > kMaxNameLength || At(module).text.size() > kMaxNameLength) {
      Refuse("STACK_GLOBAL " + Printable(At(module).text) + "." + Printable(At(name).text));
    }
    PushName("STACK_GLOBAL", At(module).text, At(name).text);
  }

  // NEWOBJ and its kin take the class from below their arguments.
  [[noreturn]] void RefuseObject(const char* opcode, std::size_t arguments) {
    for (std::size_t i = 0; i < arguments; ++i) Pop();
    Refuse(std::string(opcode) + " " + Describe(Top()));
  }

  void Long(std::uint64_t length) {
    if (length > kMaxBigInt) Damaged("an integer of " + std::to_string(length) + " bytes");
    const std::string_view digits = Take(length);
    if (length > 8) {
      PushNew(PickleKind::kBigInt).text = digits;
      return;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(digits[i])) << (8 * i);
    }
    if (length > 0 && length < 8 && (digits.back() & 0x80) != 0) {
      value |= ~std::uint64_t{0} << (8 * length);
    }
    PushInteger(static_cast<std::int64_t>(value));
  }

  // One opcode; false at STOP.
  bool Step() {
    opcode_at_ = at_;
    const unsigned opcode = Byte();
    switch (opcode) {
      case 0x95: {  // FRAME: a hint for readers of streams.
        const std::uint64_t length = Number(8);
        if (length > bytes_.size() - at_) Damaged("a FRAME beyond the end");
        return true;
      }
      case '.': {  // STOP
        pickle_.root = Pop();
        if (!stack_.empty() || !marks_.empty()) Damaged("values are left at its STOP");
        return false;
      }
      case '(':  // MARK
        if (marks_.size() >= kMaxMarks) Damaged("more than 1000 open marks");
        marks_.push_back(stack_.size());
        return true;
      case 'N':
        PushNew(PickleKind::kNone);
        return true;
      case 0x88:  // NEWTRUE
        PushInteger(1, PickleKind::kBool);
        return true;
      case 0x89:  // NEWFALSE
        PushInteger(0, PickleKind::kBool);
        return true;
      case 'J':  // BININT
        PushInteger(static_cast<std::int32_t>(static_cast<std::uint32_t>(Number(4))));
        return true;
      case 'K':  // BININT1
        PushInteger(static_cast<std::int64_t>(Number(1)));
        return true;
      case 'M':  // BININT2
        PushInteger(static_cast<std::int64_t>(Number(2)));
        return true;
      case 0x8a:  // LONG1
        Long(Number(1));
        return true;
      case 0x8b:  // LONG4
        Long(Number(4));
        return true;
      case 'G': {  // BINFLOAT, the one big-endian field.
        const std::string_view digits = Take(8);
        std::uint64_t bits = 0;
        for (const char digit : digits) bits = bits << 8 | static_cast<unsigned char>(digit);
        double value = 0;
        std::memcpy(&value, &bits, 8);
        PushNew(PickleKind::kFloat).real = value;
        return true;
      }
      case 'X':  // BINUNICODE
      case 'T':  // BINSTRING, text of Python 2
        PushText(Number(4), PickleKind::kText);
        return true;
      case 0x8c:  // SHORT_BINUNICODE
      case 'U':   // SHORT_BINSTRING
        PushText(Number(1), PickleKind::kText);
        return true;
      case 0x8d:  // BINUNICODE8
        PushText(Number(8), PickleKind::kText);
        return true;
      case 'B':  // BINBYTES
        PushText(Number(4), PickleKind::kBytes);
        return true;
      case 'C':  // SHORT_BINBYTES
        PushText(Number(1), PickleKind::kBytes);
        return true;
      case 0x8e:  // BINBYTES8
        PushText(Number(8), PickleKind::kBytes);
        return true;
      case ')':  // EMPTY_TUPLE
        PushNew(PickleKind::kTuple);
        return true;
      case 0x85:  // TUPLE1
        PushLastAsTuple(1);
        return true;
      case 0x86:  // TUPLE2
        PushLastAsTuple(2);
        return true;
      case 0x87:  // TUPLE3
        PushLastAsTuple(3);
        return true;
      case 't':  // TUPLE
        PushTuple(PopMark());
        return true;
      case ']':  // EMPTY_LIST
        PushNew(PickleKind::kList);
        return true;
      case '}':  // EMPTY_DICT
        PushNew(PickleKind::kDict);
        return true;
      case 'a': {  // APPEND
        const std::uint32_t item = Pop();
        Extend(PickleKind::kList, {item});
        return true;
      }
      case 'e':  // APPENDS
        Extend(PickleKind::kList, PopMark());
        return true;
      case 's': {  // SETITEM
        const std::uint32_t value = Pop(), key = Pop();
        Extend(PickleKind::kDict, {key, value});
        return true;
      }
      case 'u':  // SETITEMS
        Extend(PickleKind::kDict, PopMark());
        return true;
      case 'q':  // BINPUT
        Remember(Number(1));
        return true;
      case 'r':  // LONG_BINPUT
        Remember(Number(4));
        return true;
      case 0x94:  // MEMOIZE
        Remember(memo_.size());
        return true;
      case 'h':  // BINGET
        Recall(Number(1));
        return true;
      case 'j':  // LONG_BINGET
        Recall(Number(4));
        return true;
      case '0':  // POP
        Pop();
        return true;
      case '1':  // POP_MARK
        PopMark();
        return true;
      case 'c': {  // GLOBAL
        const std::string module = Line(), name = Line();
        PushName("GLOBAL", module, name);
        return true;
      }
      case 0x93:
        StackName();
        return true;
      case 'R':
        Reduce();
        return true;
      case 'b':
        Build();
        return true;
      case 'Q':
        PersistentId();
        return true;
      case 'i': {
        const std::string module = Line(), name = Line();
        Refuse("INST " + Printable(module + "." + name));
      }
      case 'o': {
        const std::vector<std::uint32_t> items = PopMark();
        Refuse("OBJ " + (items.empty() ? std::string("without class") : Describe(items[0])));
      }
      case 0x81:
        RefuseObject("NEWOBJ", 1);
      case 0x92:
        RefuseObject("NEWOBJ_EX", 2);
      case 'P':
        Refuse("PERSID");
      case 0x82:
      case 0x83:
      case 0x84:
        Refuse("EXT" +
               std::to_string(opcode == 0x82   ? 1
                              : opcode == 0x83 ? 2
                                               : 4) +
               " (a name from the reader's own registry)");
      default: {
        constexpr char kDigits[] = "0123456789abcdef";
        Refuse(std::string("opcode 0x") + kDigits[opcode >> 4] + kDigits[opcode & 15u]);
      }
    }
  }

  std::string_view bytes_;
  std::size_t at_, opcode_at_;
  const std::string& source_;
  Pickle pickle_;
  std::vector<std::uint32_t> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, std::uint32_t> memo_;
  std::size_t references_ = 0;
};

}  // namespace

const char* PickleKindName(PickleKind kind) {
  switch (kind) {
    case PickleKind::kNone:
      return "None";
    case PickleKind::kBool:
      return "bool";
    case PickleKind::kInt:
    case PickleKind::kBigInt:
      return "number";
    case PickleKind::kFloat:
      return "float";
    case PickleKind::kText:
      return "text";
    case PickleKind::kBytes:
      return "byte string";
    case PickleKind::kTuple:
      return "tuple";
    case PickleKind::kList:
      return "list";
    case PickleKind::kDict:
      return "dictionary";
    case PickleKind::kName:
      return "class";
    case PickleKind::kStorage:
      return "storage";
    case PickleKind::kTensor:
      return "tensor";
  }
  return "?";
}

Pickle ReadPickle(std::string_view bytes, std::size_t begin, const std::string& source) {
  if (begin > bytes.size()) begin = bytes.size();
  return Reader(bytes, begin, source).Read();
}

std::string Printable(std::string_view text) {
  constexpr std::size_t kLongest = 100;
  std::string out(text.substr(0, kLongest));
  for (char& c : out) {
    if (c < 32 || c > 126) c = '?';
  }
  return text.size() > kLongest ? out + "..." : out;
}

}  // namespace circumplex
