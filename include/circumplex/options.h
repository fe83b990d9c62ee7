// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace circumplex {

// One struct per stage. A default stands beside its meaning, [unit] and rule. Each struct checks
// its own rules in Violations(), for the code that is given it alone; RunOptions::Violations()
// checks them all and what the sections say of each other. Keys of the TOML file are
// <section>.<field name>, bound once in src/config/option_table.cc. Where the paper leaves a value
// open, docs/decisions says why it is this one.

// ---------------------------------------------------------------------------------------- faces

/// From a frame to aligned crops: detection, following, size.
struct FaceOptions {
  std::string detector = "dlib";  ///< "dlib" (HOG) or "yunet=FILE" (ONNX).
  double min_confidence = 0.0;    ///< Faces below it are marked low_confidence, [0, 1].
  int detect_every = 1;           ///< Full detection every n-th frame, tracked between; >= 1.
  /// [px] Frames are scaled down to this longer side for detection; 0 = never.
  int max_side = 640;
  int max_faces = 4;    ///< Faces kept per frame, largest first; >= 1.
  int crop_size = 112;  ///< [px] Side of the aligned crop; >= 48.

  /// Every broken rule of this section, one sentence each; empty if usable.
  std::vector<std::string> Violations() const;
};

// ------------------------------------------------------------------------- phase (paper III-A)

enum class PhaseMode {
  kShipped,             ///< MIMAMO's code: one-sided unwrap, blur of the absolute phase.
  kFullUnwrap,          ///< Two-sided unwrap, as described.
  kDeltaBlur,           ///< Blur of the wrapped change, weighted by the later amplitude.
  kDeltaBlurGeometric,  ///< The same, weighted by the geometric mean of both amplitudes.
};

enum class PhaseGaps {
  kHold,  ///< A snippet stops at a gap in the frame numbers: its border frame is repeated.
  kSkip,  ///< Frames on both sides of a gap are neighbours (MIMAMO's code).
};

/// The phase-difference images, input of the motion stream.
struct PhaseOptions {
  PhaseMode mode = PhaseMode::kDeltaBlur;
  int size = 48;         ///< [px] Side of the gray image; multiple of 4, >= 16.
  int orientations = 2;  ///< K of the pyramid; >= 2.
  int levels = 2;        ///< Band levels used, finest first; 1 or 2.
  /// Frames around a frame; odd, >= 3; gives snippet_frames - 1 differences.
  int snippet_frames = 13;
  PhaseGaps gaps = PhaseGaps::kHold;

  /// Channels of one level, orientation-major:
  /// channel = orientation * (snippet_frames - 1) + difference.
  int Channels() const { return orientations * (snippet_frames - 1); }

  std::vector<std::string> Violations() const;  ///< As FaceOptions::Violations().
};

// ---------------------------------------------------------------------------- appearance stream

enum class BackboneLayout {
  kTorchvision,  ///< Stride in the 3x3, padded first pool, [0,1] minus mean over std.
  /// Stride in the first 1x1, unpadded ceil-mode first pool, 0-255 minus mean (FER+ weights).
  kCaffe,
};

/// Layout and input size are facts of the weights. Set, they may not contradict a file
/// that states them.
struct BackboneOptions {
  /// Empty ("auto"): what the weights state.
  std::optional<BackboneLayout> layout;
  std::string weights;  ///< safetensors file of ResNet-50; empty = untrained, drawn from `seed`.
  /// [px] Crops are resized to this side; >= 32. Empty ("auto"): what the weights state.
  std::optional<int> input_size;
  std::uint64_t seed = 1;  ///< Seed of untrained weights.

  /// What holds where neither the setting nor the weights say: torchvision's network at 224 px.
  BackboneLayout Layout() const { return layout.value_or(BackboneLayout::kTorchvision); }
  /// [px] See Layout().
  int InputSize() const { return input_size.value_or(224); }
  std::vector<std::string> Violations() const;  ///< As FaceOptions::Violations().
};

/// The MLP on pool5 features.
struct AppearanceOptions {
  bool enabled = true;
  /// Subtract mean, divide by spread of pool5 over the training frames, per value.
  bool standardize = true;
  int hidden = 256;      ///< Units of both MLP layers; >= 1.
  double dropout = 0.3;  ///< Before each MLP layer; [0, 1).

  std::vector<std::string> Violations() const;  ///< As FaceOptions::Violations().
};

// --------------------------------------------------------------------------------- motion stream

enum class MotionVariant {
  kLevel1Block,  ///< A: level 1 through one block.
  /// B: one block for each level (our reading of "one convolutional-layer block").
  kBlockPerLevel,
  kThreeBlocks,  ///< C: MIMAMO's PhaseNet.
};

/// The convolutional network on phase-difference images.
struct MotionOptions {
  bool enabled = true;
  MotionVariant variant = MotionVariant::kBlockPerLevel;
  int channels = 64;  ///< Output channels of the first block; C doubles it per block; >= 1.
  int hidden = 256;   ///< Units of both fully connected layers; >= 1.
  double block_dropout = 0.2;  ///< Channel dropout after blocks 2 and 3 of variant C; [0, 1).
  double dropout = 0.3;        ///< After each fully connected layer; [0, 1).

  /// As FaceOptions::Violations(), the rules on the input images included.
  std::vector<std::string> Violations(const PhaseOptions& phase) const;
};

// -------------------------------------------------------------------------------------- regressor

enum class Recurrence {
  kTime,   ///< GRU along the frames of a clip.
  kBatch,  ///< GRU along the clips of a batch: the released code's axis order.
};

enum class Targets { kBoth, kValence, kArousal };

/// Fusion of both streams, recurrence and output layer.
struct RegressorOptions {
  Recurrence recurrence = Recurrence::kTime;
  /// Outputs of one network: (valence, arousal), or one of them.
  Targets targets = Targets::kBoth;
  bool separate_models = false;  ///< Train one network per target (released code).
  int fusion = 256;              ///< Units of the fusion layer; >= 1.
  int hidden = 128;              ///< GRU units per direction; >= 1.
  int layers = 2;                ///< GRU layers; >= 1.
  bool bidirectional = true;
  double fusion_dropout = 0.5;   ///< After the fusion layer; [0, 1).
  double gru_dropout = 0.3;      ///< Between GRU layers; [0, 1).
  double head_dropout = 0.5;     ///< Before the output layer; [0, 1).
  bool head_batch_norm = false;  ///< Batch norm as the last layer (MIMAMO).

  /// Outputs of one network.
  int NumTargets() const { return targets == Targets::kBoth ? 2 : 1; }

  std::vector<std::string> Violations() const;  ///< As FaceOptions::Violations().
};

// ------------------------------------------------------------------------------------------ clips

enum class WindowRule {
  kCoverShift,     ///< Regular starts; the last window is shifted back to end at the last frame.
  kCoverShort,     ///< Regular starts; the last window is cut at the last frame.
  kReleasedTrain,  ///< start + window < n, strict: tail and exact fit are lost.
  kReleasedTest,   ///< Consecutive, last shifted back, later overwrites.
};

/// How videos are cut into the sequences that the regressor sees.
struct ClipOptions {
  int window = 64;  ///< [steps] Steps per clip; >= 1.
  int stride = 32;  ///< [steps] Between starts of training clips; 1 <= stride <= window.
  /// [frames] Distance of a clip's steps; phase snippets keep every frame; >= 1.
  int frame_step = 1;
  WindowRule train_rule = WindowRule::kCoverShift;
  WindowRule test_rule = WindowRule::kCoverShift;
  bool whole_video = false;  ///< Predict a video in one pass instead of averaged windows.

  std::vector<std::string> Violations() const;  ///< As FaceOptions::Violations().
};

// ---------------------------------------------------------- label distribution smoothing (III-A)

enum class LdsKernel {
  kGaussian,  ///< exp(-d^2 / 2 sigma^2).
  /// Unit impulse filtered inside its own window, borders mirrored (public code).
  kGaussianReflected,
  kTriangular,
  kLaplace,
};
/// What the density is made of, before it is smoothed and inverted. Source: arXiv:2102.09554.
enum class LdsReweight {
  kInverse,      ///< Counts: the weights do not depend on the size of the set.
  kSqrtInverse,  ///< Square roots of counts; no dependence on the size either.
  /// Counts clipped to [5, 1000], as public code does: a set of which most bins hold more than 1000
  /// labels gets nearly equal weights.
  kInverseClipped,
};
enum class BinRule { kNearest, kTruncated };

/// Label distribution smoothing: weights of the loss, see LdsWeights().
struct LdsOptions {
  bool enabled = true;
  int num_bins = 41;  ///< Over [-1, 1], ends included; odd, so that 0 owns a bin; >= 3.
  LdsKernel kernel = LdsKernel::kGaussian;
  int kernel_size = 5;  ///< [bins], odd, <= num_bins.
  double sigma = 2.0;   ///< [bins], > 0. Unused by the triangular kernel.
  LdsReweight reweight = LdsReweight::kSqrtInverse;
  BinRule bins = BinRule::kNearest;
  bool joint = false;       ///< One weight per frame from the 2-D density (20 x 20 cells).
  int joint_bins = 20;      ///< Cells per axis of the joint density; >= 2.
  double max_weight = 0.0;  ///< Cap of a weight as a multiple of the mean; 0 = no cap.

  /// Empty if usable, else one sentence per broken rule, naming key, value and rule.
  std::vector<std::string> Violations() const;
};

/// Feature distribution smoothing in training (arXiv:2102.09554, section 3.2).
struct FdsOptions {
  bool enabled = false;
  int buckets = 100;      ///< Over [-1, 1]; >= 2.
  int start_bucket = 0;   ///< First bucket with statistics; 0 <= start < buckets.
  double momentum = 0.9;  ///< [0, 1).
  int start_update = 0;   ///< [epochs] First epoch whose features are taken; >= 0.
  int start_smooth = 1;   ///< [epochs] First epoch that calibrates; > start_update.
  LdsKernel kernel = LdsKernel::kGaussianReflected;
  int kernel_size = 5;           ///< [buckets], odd, (size - 1) / 2 < buckets - start_bucket.
  double sigma = 2.0;            ///< [buckets], > 0.
  bool live_statistics = false;  ///< The public class's aliasing of stored and live statistics.

  std::vector<std::string> Violations() const;  ///< As FaceOptions::Violations().
};

// --------------------------------------------------------------------------------------- training

enum class LossKind {
  kWeightedL1,
  kWeightedMse,
  kWeightedHuber,
  kCcc,          ///< 1 - CCC, moments pooled over the valid frames of the batch; takes no weights.
  kWeightedCcc,  ///< 1 - CCC of weighted moments: uses the LDS weights consistently.
};

/// The loss: a pointwise term, weighted by LDS, and a term of the CCC.
struct LossOptions {
  LossKind kind = LossKind::kWeightedMse;  ///< The pointwise term.
  double pointwise = 1.0;                  ///< Factor of `kind`; >= 0.
  double ccc = 1.0;                        ///< Factor of an added 1 - CCC term; >= 0.
  bool ccc_weighted = false;               ///< The added term uses weighted moments.
  double huber_delta = 1.0;                ///< > 0.

  std::vector<std::string> Violations() const;  ///< As FaceOptions::Violations().
};

enum class OptimizerKind { kSgd, kAdamW };
enum class ScheduleKind { kStep, kCosine, kConstant };
enum class FoldRule {
  kVideo,     ///< Seeded, whole videos.
  kSubject,   ///< Seeded, whole persons (and whole videos).
  kOfficial,  ///< One fold: the data set's own train and validation split.
  kReleased,  ///< Contiguous slices of the name list, unseeded (released code).
};
enum class Criterion {
  kCcc,   ///< Mean validation CCC of the targets; the loss where no target's CCC is defined.
  kLoss,  ///< The configured loss on the validation rows.
};

/// Optimiser, schedule, folds and choice of the best epoch.
struct TrainingOptions {
  int epochs = 25;  ///< >= 1.
  int batch = 16;   ///< [clips, or images of --stills], >= 1.
  OptimizerKind optimizer = OptimizerKind::kSgd;
  double lr = 1e-3;            ///< > 0.
  double momentum = 0.9;       ///< SGD; [0, 1).
  double weight_decay = 5e-4;  ///< >= 0.
  ScheduleKind schedule = ScheduleKind::kStep;
  /// [epochs] lr is multiplied by 0.1 at each (step schedule).
  std::vector<int> lr_steps = {10, 20};
  double clip_norm = 20.0;  ///< Largest gradient norm; 0 = no clipping.
  int early_stop = 5;       ///< [epochs] Without a better criterion; 0 = never.
  Criterion criterion = Criterion::kCcc;
  /// Select on CCC after standard deviations are matched (released code).
  bool criterion_std_matched = false;
  int folds = 5;  ///< >= 2 unless fold_rule is official.
  FoldRule fold_rule = FoldRule::kSubject;
  bool merge_splits = true;  ///< Cross-validate on train and validation together (paper IV-C).
  std::uint64_t seed = 1;
  int seeds = 1;  ///< Networks per fold and target, seeded seed, seed + 1, ...; averaged; >= 1.
  bool shuffle_labels = false;  ///< Control experiment: labels permuted between the videos.
  bool drop_last = false;       ///< Drop an incomplete last batch (released code).

  std::vector<std::string> Violations() const;  ///< As FaceOptions::Violations().
};

// ------------------------------------------------------------------------------------ still images

enum class StillTune {
  kHead,       ///< The MLP and its outputs; pool5 is computed once.
  kLastStage,  ///< And layer4.
  kLastTwo,    ///< And layer3.
  kAll,        ///< The whole ResNet-50.
};
enum class StillCrop {
  kAuto,   ///< By the 68 landmarks where the list has them, else the box, else the whole picture.
  kBox,    ///< The square around the face box, else the whole picture.
  kWhole,  ///< The picture as it is.
};

/// Training of the appearance network on photographs (`circumplex train --stills`). Epochs, batch
/// (in images), optimiser, schedule, seed and early stop are those of TrainingOptions, the loss
/// that of LossOptions and LdsOptions, the MLP that of AppearanceOptions.
struct StillOptions {
  StillTune tune = StillTune::kLastStage;
  /// Factor of the cross entropy of eight expressions; 0 = no such output; >= 0.
  double expression_weight = 0;
  bool flip = true;  ///< Mirror every other image, drawn anew each epoch.
  StillCrop crop = StillCrop::kAuto;
  int limit = 0;             ///< [images] Training images used, drawn by the seed; 0 = all.
  int validation_limit = 0;  ///< [images] Validation images used, drawn by the seed; 0 = all.
  /// Untrained weights: set every batch norm's statistics from training images before the first
  /// step. For tune = all only.
  bool init_batch_norm = false;
  /// [GB] Decoded images kept in memory, the others are decoded again in every epoch; >= 0.
  double memory_gb = 4;

  std::vector<std::string> Violations() const;  ///< As FaceOptions::Violations().
};

// -------------------------------------------------------------------------------------- inference

enum class GapFill {
  kPaper,    ///< -5 before the first known frame, else the previous prediction.
  kHold,     ///< The previous prediction; before the first, the first.
  kNearest,  ///< The nearest known frame, the earlier on a tie.
  kLinear,   ///< Linear between known frames, constant beyond them.
};
enum class SmoothingKind { kNone, kBox, kGaussian };

/// From the networks' values to rows of a file.
struct InferenceOptions {
  GapFill gap_fill = GapFill::kHold;
  SmoothingKind smoothing = SmoothingKind::kNone;
  double smoothing_s = 1.0;   ///< [s] Full width of the box, or 2 sigma of the gaussian; > 0.
  bool std_matching = false;  ///< Stretch predictions to the training labels' standard deviation.
  /// Subtract the mean error of the out-of-fold validation rows, per target.
  bool bias_correction = false;
  bool smoothing_choose = false;  ///< Choose smoothing_s per target by out-of-fold CCC.
  bool clamp = true;              ///< Clamp results to [-1, 1].

  std::vector<std::string> Violations() const;  ///< As FaceOptions::Violations().
};

/// Intervals of the scores.
struct EvaluationOptions {
  int bootstrap = 1000;  ///< Resamples of whole videos for 95 % intervals; 0 = none.
  std::uint64_t seed = 1;

  std::vector<std::string> Violations() const;  ///< As FaceOptions::Violations().
};

// ------------------------------------------------------------------------------------------- all

/// One experiment.
struct RunOptions {
  std::string preset = "ours";  ///< "paper", "released" or "ours": where the other values start.
  FaceOptions faces;
  PhaseOptions phase;
  BackboneOptions backbone;
  AppearanceOptions appearance;
  MotionOptions motion;
  RegressorOptions regressor;
  ClipOptions clips;
  LdsOptions lds;
  FdsOptions fds;
  LossOptions loss;
  TrainingOptions training;
  StillOptions stills;
  InferenceOptions inference;
  EvaluationOptions evaluation;

  /// Every broken rule, one sentence each with key, value and rule; empty if usable.
  std::vector<std::string> Violations() const;

  /// What of these options contradicts training on still images; the rules of Violations()
  /// are not repeated.
  std::vector<std::string> StillViolations() const;
};

/// The three presets (design decision 1): `paper` is the text, `released` the authors' code with
/// its quirks, `ours` what the ablation chose. @throws Error kInvalidOptions for another name,
/// listing the three.
RunOptions Preset(const std::string& name);

/// @throws Error kInvalidOptions listing every violation; returns if there is none.
void RequireValid(const std::vector<std::string>& violations);

}  // namespace circumplex
