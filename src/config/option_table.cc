// SPDX-License-Identifier: Apache-2.0
#include "config/option_table.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <type_traits>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/text_fields.h"
#include "options/enum_names.h"

namespace circumplex {
namespace {

// A value as it may stand in the file.
std::string ValueText(const OptionValue& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, bool>) {
          return held ? "true" : "false";
        } else if constexpr (std::is_same_v<T, std::string>) {
          return "\"" + held + "\"";
        } else if constexpr (std::is_same_v<T, double>) {
          return FormatShortest(held);
        } else if constexpr (std::is_same_v<T, std::int64_t>) {
          return std::to_string(held);
        } else {
          return "a list";
        }
      },
      value);
}

[[noreturn]] void ThrowKind(const std::string& key,
                            const OptionValue& value,
                            const std::string& kind) {
  throw Error(ErrorCode::kInvalidOptions, key + " = " + ValueText(value) + ": must be " + kind);
}

// What is wrong with a value that is to be an integer: too large, or another number.
template <typename T>
[[noreturn]] void ThrowInteger(const std::string& key, const OptionValue& value) {
  // TOML's integers are signed: the upper half of an unsigned field cannot be written.
  constexpr auto kMost =
      static_cast<std::int64_t>(std::min<std::uint64_t>(std::numeric_limits<T>::max(), INT64_MAX));
  const std::string range = "an integer from " + std::to_string(std::numeric_limits<T>::min()) +
                            " to " + std::to_string(kMost);
  if (const auto* text = std::get_if<std::string>(&value)) {
    // Too many digits for TOML, whose integers have 64 bits.
    const bool digits = !text->empty() && text->find_first_not_of("+-0123456789") == text->npos;
    if (digits) throw Error(ErrorCode::kInvalidOptions, key + " = " + *text + ": must be " + range);
  }
  if (std::holds_alternative<std::int64_t>(value)) ThrowKind(key, value, range);
  if (std::holds_alternative<double>(value))
    ThrowKind(key, value, "integer, written without point and exponent");
  ThrowKind(key, value, "integer");
}

template <typename Enum>
std::string Words() {
  std::string words;
  for (const std::string& word : EnumWords<Enum>()) words += (words.empty() ? "" : " | ") + word;
  return words;
}

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

// The word of an option that is left to what the data say.
constexpr char kAuto[] = "auto";

template <typename T>
std::string Kind() {
  if constexpr (IsOptional<T>::value)
    return std::string(kAuto) + " | " + Kind<typename T::value_type>();
  if constexpr (std::is_same_v<T, bool>) return "true | false";
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) return "integer";
  if constexpr (std::is_same_v<T, double>) return "number";
  if constexpr (std::is_same_v<T, std::string>) return "text";
  if constexpr (std::is_same_v<T, std::vector<int>>) return "list of integers";
  if constexpr (std::is_enum_v<T>) return Words<T>();
  return "";
}

template <typename T>
OptionValue Load(const T& field) {
  if constexpr (IsOptional<T>::value) {
    return field ? Load(*field) : OptionValue(std::string(kAuto));
  } else if constexpr (std::is_enum_v<T>) {
    return EnumName(field);
  } else if constexpr (std::is_same_v<T, std::vector<int>>) {
    return std::vector<std::int64_t>(field.begin(), field.end());
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    return static_cast<std::int64_t>(field);
  } else {
    return field;
  }
}

template <typename T>
void Store(const std::string& key, const OptionValue& value, T* field) {
  if constexpr (IsOptional<T>::value) {
    const auto* text = std::get_if<std::string>(&value);
    if (text != nullptr && *text == kAuto) {
      field->reset();
      return;
    }
    typename T::value_type given{};
    try {
      Store(key, value, &given);
    } catch (const Error&) {
      ThrowKind(key, value, Kind<T>());
    }
    *field = given;
    return;
  } else if constexpr (std::is_enum_v<T>) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      if (const auto named = ParseEnum<T>(*text)) {
        *field = *named;
        return;
      }
    }
  } else if constexpr (std::is_same_v<T, std::vector<int>>) {
    if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) {
      field->assign(list->begin(), list->end());
      return;
    }
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number != nullptr && static_cast<std::int64_t>(static_cast<T>(*number)) == *number &&
        (std::is_signed_v<T> || *number >= 0)) {
      *field = static_cast<T>(*number);
      return;
    }
    ThrowInteger<T>(key, value);
  } else if constexpr (std::is_same_v<T, double>) {
    if (const auto* number = std::get_if<double>(&value)) {
      *field = *number;
      return;
    }
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      *field = static_cast<double>(*number);
      return;
    }
  } else if (const auto* same = std::get_if<T>(&value)) {
    *field = *same;
    return;
  }
  ThrowKind(key, value, Kind<T>());
}

// `field` maps a RunOptions to one of its fields, const or not.
template <typename Field>
OptionEntry Bind(const std::string& key, const std::string& meaning, Field field) {
  using T = std::decay_t<decltype(field(std::declval<const RunOptions&>()))>;
  return {key,
          Kind<T>(),
          meaning,
          [field](const RunOptions& options) { return Load(field(options)); },
          [field, key](RunOptions* options, const OptionValue& value) {
            Store(key, value, &field(*options));
          }};
}

// clang-format off
#define FIELD(path) [](auto& options) -> auto& { return options.path; }

std::vector<OptionEntry> MakeTable() {
  return {
      Bind("faces.detector",
           "Face detector: \"dlib\" (HOG) or \"yunet=FILE\" (ONNX).",
           FIELD(faces.detector)),
      Bind("faces.min_confidence",
           "Faces below it are marked low_confidence, [0, 1].",
           FIELD(faces.min_confidence)),
      Bind("faces.detect_every",
           "Full detection every n-th frame, tracked between; >= 1.",
           FIELD(faces.detect_every)),
      Bind("faces.max_side",
           "[px] Frames are scaled down to this longer side for detection; 0 = never.",
           FIELD(faces.max_side)),
      Bind("faces.max_faces",
           "Faces kept per frame, largest first; >= 1.",
           FIELD(faces.max_faces)),
      Bind("faces.crop_size",
           "[px] Side of the aligned crop; >= 48.",
           FIELD(faces.crop_size)),
      Bind("phase.mode",
           "How a phase difference is formed.",
           FIELD(phase.mode)),
      Bind("phase.size",
           "[px] Side of the gray image; multiple of 4, >= 16.",
           FIELD(phase.size)),
      Bind("phase.orientations",
           "K of the pyramid; >= 2.",
           FIELD(phase.orientations)),
      Bind("phase.levels",
           "Band levels used, finest first; 1 or 2.",
           FIELD(phase.levels)),
      Bind("phase.snippet_frames",
           "Frames around a frame; odd, >= 3; gives snippet_frames - 1 differences.",
           FIELD(phase.snippet_frames)),
      Bind("phase.gaps",
           "What a snippet does at a gap in the frame numbers.",
           FIELD(phase.gaps)),
      Bind("backbone.layout",
           "Which ResNet-50: place of the strides, first pool and input scaling; auto = as the weights "
           "state, torchvision if untrained.",
           FIELD(backbone.layout)),
      Bind("backbone.weights",
           "safetensors file of ResNet-50; empty = untrained, drawn from backbone.seed.",
           FIELD(backbone.weights)),
      Bind("backbone.input_size",
           "[px] Crops are resized to this side; >= 32; auto = as the weights state, else 224.",
           FIELD(backbone.input_size)),
      Bind("backbone.seed",
           "Seed of untrained weights.",
           FIELD(backbone.seed)),
      Bind("appearance.enabled",
           "Use the appearance stream.",
           FIELD(appearance.enabled)),
      Bind("appearance.standardize",
           "Subtract mean, divide by spread of pool5 over the training frames, per value.",
           FIELD(appearance.standardize)),
      Bind("appearance.hidden",
           "Units of both MLP layers; >= 1.",
           FIELD(appearance.hidden)),
      Bind("appearance.dropout",
           "Before each MLP layer; [0, 1).",
           FIELD(appearance.dropout)),
      Bind("motion.enabled",
           "Use the motion stream.",
           FIELD(motion.enabled)),
      Bind("motion.variant",
           "Convolution blocks of the motion stream.",
           FIELD(motion.variant)),
      Bind("motion.channels",
           "Output channels of the first block; C doubles it per block; >= 1.",
           FIELD(motion.channels)),
      Bind("motion.hidden",
           "Units of both fully connected layers; >= 1.",
           FIELD(motion.hidden)),
      Bind("motion.block_dropout",
           "Channel dropout after blocks 2 and 3 of variant C; [0, 1).",
           FIELD(motion.block_dropout)),
      Bind("motion.dropout",
           "After each fully connected layer; [0, 1).",
           FIELD(motion.dropout)),
      Bind("regressor.recurrence",
           "Axis along which the GRU runs.",
           FIELD(regressor.recurrence)),
      Bind("regressor.targets",
           "Outputs of one network: (valence, arousal), or one of them.",
           FIELD(regressor.targets)),
      Bind("regressor.separate_models",
           "Train one network per target (released code).",
           FIELD(regressor.separate_models)),
      Bind("regressor.fusion",
           "Units of the fusion layer; >= 1.",
           FIELD(regressor.fusion)),
      Bind("regressor.hidden",
           "GRU units per direction; >= 1.",
           FIELD(regressor.hidden)),
      Bind("regressor.layers",
           "GRU layers; >= 1.",
           FIELD(regressor.layers)),
      Bind("regressor.bidirectional",
           "Run the GRU in both directions.",
           FIELD(regressor.bidirectional)),
      Bind("regressor.fusion_dropout",
           "After the fusion layer; [0, 1).",
           FIELD(regressor.fusion_dropout)),
      Bind("regressor.gru_dropout",
           "Between GRU layers; [0, 1).",
           FIELD(regressor.gru_dropout)),
      Bind("regressor.head_dropout",
           "Before the output layer; [0, 1).",
           FIELD(regressor.head_dropout)),
      Bind("regressor.head_batch_norm",
           "Batch norm as the last layer (MIMAMO).",
           FIELD(regressor.head_batch_norm)),
      Bind("clips.window",
           "[steps] Steps per clip; >= 1.",
           FIELD(clips.window)),
      Bind("clips.stride",
           "[steps] Between starts of training clips; 1 <= stride <= window.",
           FIELD(clips.stride)),
      Bind("clips.frame_step",
           "[frames] Distance of a clip's steps; phase snippets keep every frame; >= 1.",
           FIELD(clips.frame_step)),
      Bind("clips.train_rule",
           "How training clips are cut from a video.",
           FIELD(clips.train_rule)),
      Bind("clips.test_rule",
           "How clips are cut for prediction.",
           FIELD(clips.test_rule)),
      Bind("clips.whole_video",
           "Predict a video in one pass instead of averaged windows.",
           FIELD(clips.whole_video)),
      Bind("lds.enabled",
           "Weight the loss by the inverse of the smoothed label density.",
           FIELD(lds.enabled)),
      Bind("lds.num_bins",
           "Bins over [-1, 1], ends included; odd, so that 0 owns a bin; >= 3.",
           FIELD(lds.num_bins)),
      Bind("lds.kernel",
           "Smoothing kernel.",
           FIELD(lds.kernel)),
      Bind("lds.kernel_size",
           "[bins] Width of the kernel; odd, <= num_bins.",
           FIELD(lds.kernel_size)),
      Bind("lds.sigma",
           "[bins] Spread of the kernel; > 0; the triangular kernel has none.",
           FIELD(lds.sigma)),
      Bind("lds.reweight",
           "What is smoothed and inverted: the counts, their square roots, or the counts clipped to "
           "[5, 1000] as public code does (a large set then has nearly equal weights).",
           FIELD(lds.reweight)),
      Bind("lds.bins",
           "How a label finds its bin.",
           FIELD(lds.bins)),
      Bind("lds.joint",
           "One weight per frame from the 2-D density (20 x 20 cells).",
           FIELD(lds.joint)),
      Bind("lds.joint_bins",
           "Cells per axis of the joint density; >= 2.",
           FIELD(lds.joint_bins)),
      Bind("lds.max_weight",
           "Cap of a weight as a multiple of the mean; 0 = no cap.",
           FIELD(lds.max_weight)),
      Bind("fds.enabled",
           "Smooth feature statistics over neighbouring labels in training (decision 0016).",
           FIELD(fds.enabled)),
      Bind("fds.buckets",
           "Buckets over [-1, 1]; >= 2.",
           FIELD(fds.buckets)),
      Bind("fds.start_bucket",
           "First bucket with statistics; 0 <= start < buckets.",
           FIELD(fds.start_bucket)),
      Bind("fds.momentum",
           "Share of the old running statistics; [0, 1).",
           FIELD(fds.momentum)),
      Bind("fds.start_update",
           "[epochs] Epochs before the first whose features are taken; >= 0.",
           FIELD(fds.start_update)),
      Bind("fds.start_smooth",
           "[epochs] Epochs before the first that calibrates features; > start_update.",
           FIELD(fds.start_smooth)),
      Bind("fds.kernel",
           "Smoothing kernel.",
           FIELD(fds.kernel)),
      Bind("fds.kernel_size",
           "[buckets] Width of the kernel; odd, (size - 1) / 2 < buckets - start_bucket.",
           FIELD(fds.kernel_size)),
      Bind("fds.sigma",
           "[buckets] Spread of the kernel; > 0.",
           FIELD(fds.sigma)),
      Bind("fds.live_statistics",
           "The public class's aliasing of stored and live statistics.",
           FIELD(fds.live_statistics)),
      Bind("loss.kind",
           "The pointwise term.",
           FIELD(loss.kind)),
      Bind("loss.pointwise",
           "Factor of `kind`; >= 0.",
           FIELD(loss.pointwise)),
      Bind("loss.ccc",
           "Factor of an added 1 - CCC term; >= 0.",
           FIELD(loss.ccc)),
      Bind("loss.ccc_weighted",
           "The added term uses weighted moments.",
           FIELD(loss.ccc_weighted)),
      Bind("loss.huber_delta",
           "Error at which Huber turns linear; > 0.",
           FIELD(loss.huber_delta)),
      Bind("training.epochs",
           "Passes over the training clips; >= 1.",
           FIELD(training.epochs)),
      Bind("training.batch",
           "[clips] Clips per step, or images (--stills); >= 1.",
           FIELD(training.batch)),
      Bind("training.optimizer",
           "Optimiser.",
           FIELD(training.optimizer)),
      Bind("training.lr",
           "Learning rate; > 0.",
           FIELD(training.lr)),
      Bind("training.momentum",
           "Momentum of SGD; [0, 1).",
           FIELD(training.momentum)),
      Bind("training.weight_decay",
           "Weight decay; >= 0.",
           FIELD(training.weight_decay)),
      Bind("training.schedule",
           "Learning-rate schedule.",
           FIELD(training.schedule)),
      Bind("training.lr_steps",
           "[epochs] After each of these epochs lr is multiplied by 0.1 (step schedule).",
           FIELD(training.lr_steps)),
      Bind("training.clip_norm",
           "Largest gradient norm; 0 = no clipping.",
           FIELD(training.clip_norm)),
      Bind("training.early_stop",
           "[epochs] Without a better criterion; 0 = never.",
           FIELD(training.early_stop)),
      Bind("training.criterion",
           "What early stopping and the best checkpoint look at, on the validation rows.",
           FIELD(training.criterion)),
      Bind("training.criterion_std_matched",
           "Select on CCC after standard deviations are matched (released code).",
           FIELD(training.criterion_std_matched)),
      Bind("training.folds",
           "Folds of the cross-validation; >= 2 unless fold_rule is official.",
           FIELD(training.folds)),
      Bind("training.fold_rule",
           "What is kept together in a fold.",
           FIELD(training.fold_rule)),
      Bind("training.merge_splits",
           "Cross-validate on train and validation together (paper IV-C).",
           FIELD(training.merge_splits)),
      Bind("training.seed",
           "Seed of initial weights, folds, order and dropout.",
           FIELD(training.seed)),
      Bind("training.seeds",
           "Networks per fold and target, seeded seed, seed + 1, ...; their predictions are averaged; >= 1.",
           FIELD(training.seeds)),
      Bind("training.shuffle_labels",
           "Control experiment: labels permuted between the videos (another order for each network), or photographs.",
           FIELD(training.shuffle_labels)),
      Bind("training.drop_last",
           "Drop an incomplete last batch (released code).",
           FIELD(training.drop_last)),
      Bind("stills.tune",
           "What training on photographs changes: the MLP only, or stages of ResNet-50 too.",
           FIELD(stills.tune)),
      Bind("stills.expression_weight",
           "Factor of the cross entropy of eight expressions; 0 = no such output; >= 0.",
           FIELD(stills.expression_weight)),
      Bind("stills.flip",
           "Mirror every other image, drawn anew each epoch.",
           FIELD(stills.flip)),
      Bind("stills.crop",
           "Where the face is: auto = landmarks, else box, else the whole picture.",
           FIELD(stills.crop)),
      Bind("stills.limit",
           "[images] Training images used, drawn by training.seed; 0 = all.",
           FIELD(stills.limit)),
      Bind("stills.validation_limit",
           "[images] Validation images used, drawn by training.seed; 0 = all.",
           FIELD(stills.validation_limit)),
      Bind("stills.init_batch_norm",
           "Untrained weights: set the batch-norm statistics from images first; for tune = all.",
           FIELD(stills.init_batch_norm)),
      Bind("stills.memory_gb",
           "[GB] Decoded images kept in memory, others are decoded in every epoch; >= 0.",
           FIELD(stills.memory_gb)),
      Bind("inference.gap_fill",
           "What a frame without a face gets.",
           FIELD(inference.gap_fill)),
      Bind("inference.smoothing",
           "Smoothing of the predicted track along time.",
           FIELD(inference.smoothing)),
      Bind("inference.smoothing_s",
           "[s] Full width of the box, or 2 sigma of the gaussian; > 0.",
           FIELD(inference.smoothing_s)),
      Bind("inference.std_matching",
           "Stretch predictions to the training labels' standard deviation (released code).",
           FIELD(inference.std_matching)),
      Bind("inference.bias_correction",
           "Subtract the mean error of the out-of-fold validation rows, per target (docs/training.md).",
           FIELD(inference.bias_correction)),
      Bind("inference.smoothing_choose",
           "Choose smoothing_s in training, per target, by out-of-fold CCC (docs/training.md).",
           FIELD(inference.smoothing_choose)),
      Bind("inference.clamp",
           "Clamp results to [-1, 1].",
           FIELD(inference.clamp)),
      Bind("evaluation.bootstrap",
           "Resamples of whole videos for 95 % intervals; 0 = none.",
           FIELD(evaluation.bootstrap)),
      Bind("evaluation.seed",
           "Seed of the bootstrap.",
           FIELD(evaluation.seed)),
  };
}
#undef FIELD
// clang-format on

}  // namespace

const std::vector<OptionEntry>& OptionTable() {
  static const std::vector<OptionEntry> table = MakeTable();
  return table;
}

const std::vector<FormerKey>& FormerKeys() {
  static const std::vector<FormerKey> keys = {
      {"training.criterion_spread_matched", "training.criterion_std_matched"},
      {"stills.calibrate", "stills.init_batch_norm"},
      {"inference.spread_matching", "inference.std_matching"},
      {"inference.bias_calibration", "inference.bias_correction"},
  };
  return keys;
}

const OptionEntry& FindOption(const std::string& name) {
  std::string key = name;
  for (const FormerKey& renamed : FormerKeys()) {
    if (renamed.former == name) key = renamed.key;
  }
  std::vector<std::string> known;
  for (const OptionEntry& entry : OptionTable()) {
    if (entry.key == key) return entry;
    known.push_back(entry.key);
  }
  const std::string nearest = NearestWord(key, known);
  throw Error(ErrorCode::kInvalidOptions,
              "unknown key '" + key + "'" +
                  (nearest.empty() ? "; docs/config.md lists all"
                                   : "; the nearest known key is '" + nearest +
                                         "' (docs/config.md lists all)"));
}

}  // namespace circumplex
