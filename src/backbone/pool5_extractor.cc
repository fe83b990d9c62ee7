// SPDX-License-Identifier: Apache-2.0
#include "backbone/pool5_extractor.h"

#include <omp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <dnnl.hpp>
#include <map>
#include <utility>

#include "circumplex/error.h"

#include "backbone/resnet50_layers.h"
#include "backbone/resnet50_weights.h"
#include "core/csv.h"

namespace circumplex {
namespace {

using Dims = dnnl::memory::dims;
using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;

constexpr int kBatch = 8;
constexpr auto kFloat = dnnl::memory::data_type::f32;

/// OpenMP's thread count while the network is built and run. Other libraries of the process set
/// theirs (LibTorch of some distributions: one), and oneDNN must run with the count that its
/// primitives were built for.
class ThreadCount {
 public:
  ThreadCount() : before_(omp_get_max_threads()) {
    static const int wanted = [] {
      const char* text = std::getenv("OMP_NUM_THREADS");
      const auto number = ParseInt(text != nullptr ? text : "");
      return number && *number > 0 ? static_cast<int>(std::min<std::int64_t>(*number, 1024))
                                   : omp_get_num_procs();
    }();
    omp_set_num_threads(wanted);
  }
  ~ThreadCount() { omp_set_num_threads(before_); }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  int before_;
};

/// A convolution with its batch norm folded in.
struct FoldedConv {
  std::vector<float> weights;  ///< (O, I, H, W).
  std::vector<float> bias;
};

FoldedConv Fold(const ConvLayer& layer, const BackboneWeights& all) {
  const auto values = [&all](const std::string& name) {
    return all.tensors.at(name).Data<float>();
  };
  const float* const weights = values(layer.conv + ".weight");
  const float* const gain = values(layer.norm + ".weight");
  const float* const bias = values(layer.norm + ".bias");
  const float* const mean = values(layer.norm + ".running_mean");
  const float* const variance = values(layer.norm + ".running_var");
  const auto outputs = static_cast<std::size_t>(layer.out_channels);
  const std::size_t fan_in =
      static_cast<std::size_t>(layer.in_channels) * layer.kernel * layer.kernel;
  FoldedConv folded;
  folded.weights.resize(outputs * fan_in);
  folded.bias.resize(outputs);
  for (std::size_t o = 0; o < outputs; ++o) {
    const double scale = gain[o] / std::sqrt(variance[o] + kBatchNormEps);
    for (std::size_t i = o * fan_in; i < (o + 1) * fan_in; ++i) {
      folded.weights[i] = static_cast<float>(scale * weights[i]);
    }
    folded.bias[o] = static_cast<float>(bias[o] - scale * mean[o]);
  }
  return folded;
}

/// Weights in the order a primitive wants. Networks of different batch sizes share what
/// they order equally.
class WeightStore {
 public:
  WeightStore(const ResNet50Layers& net, const BackboneWeights& weights, const dnnl::engine& engine)
      : engine_(engine) {
    for (const ConvLayer& layer : ConvLayers(net)) {
      const FoldedConv folded = Fold(layer, weights);
      Entry& entry = entries_[layer.conv];
      const Desc plain(
          {layer.out_channels, layer.in_channels, layer.kernel, layer.kernel}, kFloat, Tag::oihw);
      entry.ordered.push_back(dnnl::memory(plain, engine));
      std::copy(folded.weights.begin(),
                folded.weights.end(),
                static_cast<float*>(entry.ordered.front().get_data_handle()));
      entry.bias = dnnl::memory(Desc({layer.out_channels}, kFloat, Tag::x), engine);
      std::copy(folded.bias.begin(),
                folded.bias.end(),
                static_cast<float*>(entry.bias.get_data_handle()));
    }
  }

  const dnnl::memory& Bias(const ConvLayer& layer) const { return entries_.at(layer.conv).bias; }

  dnnl::memory Ordered(const ConvLayer& layer, const Desc& wanted, dnnl::stream& stream) {
    std::vector<dnnl::memory>& ordered = entries_.at(layer.conv).ordered;
    for (const dnnl::memory& memory : ordered) {
      if (memory.get_desc() == wanted) return memory;
    }
    dnnl::memory target(wanted, engine_);
    dnnl::reorder(ordered.front(), target).execute(stream, ordered.front(), target);
    stream.wait();
    // The first order seen replaces the file's: a second one is made from it.
    if (!entries_.at(layer.conv).reordered) {
      ordered.clear();
      entries_.at(layer.conv).reordered = true;
    }
    ordered.push_back(target);
    return target;
  }

 private:
  struct Entry {
    std::vector<dnnl::memory> ordered;
    dnnl::memory bias;
    bool reordered = false;
  };
  dnnl::engine engine_;
  std::map<std::string, Entry> entries_;
};

/// The primitives of one batch size, and the memory between them.
///
/// Four buffers suffice: a block's input (which is also where a plain block adds its result), the
/// outputs of its first two convolutions, and the projected input.
class Network {
 public:
  Network(const ResNet50Layers& net,
          int batch,
          int side,
          WeightStore* weights,
          const dnnl::engine& engine)
      : engine_(engine), stream_(engine), batch_(batch), weights_(weights) {
    input_ = dnnl::memory(Desc({batch, 3, side, side}, kFloat, Tag::nchw), engine);
    Slot in{-1, input_.get_desc(), side}, current;
    const Slot stem = AddConv(net.stem, in, 1, true, nullptr);
    current = AddMaxPool(net, stem, 0);
    for (const Bottleneck& block : net.blocks) {
      const Slot first = AddConv(block.conv1, current, 1, true, nullptr);
      const Slot second = AddConv(block.conv2, first, 2, true, nullptr);
      Slot shortcut = current;
      if (block.downsample) {
        shortcut = AddConv(*block.downsample, current, current.buffer == 0 ? 3 : 0, false, nullptr);
      }
      current = AddConv(block.conv3, second, shortcut.buffer, true, &shortcut);
    }
    AddAveragePool(current);
    Bind();
  }

  float* input() { return static_cast<float*>(input_.get_data_handle()); }

  /// Features of the batch in `input`, (batch, 2048).
  void Run(float* features) {
    for (Step& step : steps_) step.primitive.execute(stream_, step.arguments);
    stream_.wait();
    const auto* pooled = static_cast<const float*>(output_.get_data_handle());
    std::copy_n(pooled, static_cast<std::size_t>(batch_) * kPool5Size, features);
  }

 private:
  /// An activation: which buffer holds it (-1 = the network's input), how, and its side.
  struct Slot {
    int buffer = -1;
    Desc desc;
    int side = 0;
  };
  struct Step {
    dnnl::primitive primitive;
    std::unordered_map<int, dnnl::memory> arguments;
    /// What to bind to the buffers once their sizes are known: argument, buffer, layout.
    struct Use {
      int argument, buffer;
      Desc desc;
    };
    std::vector<Use> uses;
  };

  void Use(Step* step, int argument, const Slot& slot) {
    if (slot.buffer < 0) {
      step->arguments.emplace(argument, input_);
      return;
    }
    std::size_t& size = buffer_bytes_[static_cast<std::size_t>(slot.buffer)];
    size = std::max(size, slot.desc.get_size());
    step->uses.push_back({argument, slot.buffer, slot.desc});
  }

  dnnl::primitive_attr Attributes() const {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attributes;
  }

  template <typename PrimitiveDesc>
  void AddScratchpad(Step* step, const PrimitiveDesc& primitive) {
    scratchpad_bytes_ = std::max(scratchpad_bytes_, primitive.scratchpad_desc().get_size());
    step->uses.push_back({DNNL_ARG_SCRATCHPAD, kScratchpad, primitive.scratchpad_desc()});
  }

  /// @param added  Where not null, the output is written over this activation after adding it.
  Slot AddConv(const ConvLayer& layer, const Slot& in, int buffer, bool relu, const Slot* added) {
    const int side = ConvOutput(in.side, layer);
    const Dims out_dims = {batch_, layer.out_channels, side, side};
    const Dims kernel_dims = {layer.out_channels, layer.in_channels, layer.kernel, layer.kernel};
    const Dims strides = {layer.stride, layer.stride}, padding = {layer.padding, layer.padding};
    dnnl::post_ops post_ops;
    if (added != nullptr) post_ops.append_sum(1.0f);
    if (relu) post_ops.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
    dnnl::primitive_attr attributes = Attributes();
    attributes.set_post_ops(post_ops);
    // Direct only: Winograd's transforms would cost accuracy.
    const dnnl::convolution_forward::desc operation(
        dnnl::prop_kind::forward_inference,
        dnnl::algorithm::convolution_direct,
        in.desc,
        Desc(kernel_dims, kFloat, Tag::any),
        Desc({layer.out_channels}, kFloat, Tag::x),
        added != nullptr ? added->desc : Desc(out_dims, kFloat, Tag::any),
        strides,
        padding,
        padding);
    const dnnl::convolution_forward::primitive_desc chosen(operation, attributes, engine_);
    const Slot out{buffer, chosen.dst_desc(), side};
    Step step;
    step.primitive = dnnl::convolution_forward(chosen);
    Use(&step, DNNL_ARG_SRC, in);
    Use(&step, DNNL_ARG_DST, out);
    step.arguments.emplace(DNNL_ARG_WEIGHTS,
                           weights_->Ordered(layer, chosen.weights_desc(), stream_));
    step.arguments.emplace(DNNL_ARG_BIAS, weights_->Bias(layer));
    AddScratchpad(&step, chosen);
    steps_.push_back(std::move(step));
    return out;
  }

  Slot AddPool(dnnl::algorithm algorithm,
               const Slot& in,
               int buffer,
               int channels,
               int out_side,
               int window,
               int stride,
               int before,
               Tag layout) {
    const int after = (out_side - 1) * stride + window - in.side - before;
    const dnnl::pooling_forward::desc operation(
        dnnl::prop_kind::forward_inference,
        algorithm,
        in.desc,
        Desc({batch_, channels, out_side, out_side}, kFloat, layout),
        Dims{stride, stride},
        Dims{window, window},
        Dims{before, before},
        Dims{after, after});
    const dnnl::pooling_forward::primitive_desc chosen(operation, Attributes(), engine_);
    const Slot out{buffer, chosen.dst_desc(), out_side};
    Step step;
    step.primitive = dnnl::pooling_forward(chosen);
    Use(&step, DNNL_ARG_SRC, in);
    Use(&step, DNNL_ARG_DST, out);
    AddScratchpad(&step, chosen);
    steps_.push_back(std::move(step));
    return out;
  }

  Slot AddMaxPool(const ResNet50Layers& net, const Slot& in, int buffer) {
    return AddPool(dnnl::algorithm::pooling_max,
                   in,
                   buffer,
                   net.stem.out_channels,
                   PoolOutput(in.side, net),
                   3,
                   2,
                   net.pool_padding,
                   Tag::any);
  }

  void AddAveragePool(const Slot& in) {
    const Slot pooled = AddPool(dnnl::algorithm::pooling_avg_exclude_padding,
                                in,
                                1,
                                kPool5Size,
                                1,
                                in.side,
                                in.side,
                                0,
                                Tag::any);
    Step step;
    output_ = dnnl::memory(Desc({batch_, kPool5Size, 1, 1}, kFloat, Tag::nchw), engine_);
    step.primitive = dnnl::reorder(
        dnnl::reorder::primitive_desc(engine_, pooled.desc, engine_, output_.get_desc()));
    Use(&step, DNNL_ARG_FROM, pooled);
    step.arguments.emplace(DNNL_ARG_TO, output_);
    steps_.push_back(std::move(step));
  }

  void Bind() {
    const auto allocate = [this](std::size_t bytes) {
      return dnnl::memory(
          Desc({static_cast<std::int64_t>(bytes)}, dnnl::memory::data_type::u8, Tag::a), engine_);
    };
    for (std::size_t i = 0; i < buffers_.size(); ++i)
      buffers_[i] = allocate(std::max<std::size_t>(buffer_bytes_[i], 1));
    scratchpad_ = allocate(std::max<std::size_t>(scratchpad_bytes_, 1));
    for (Step& step : steps_) {
      for (const Step::Use& use : step.uses) {
        const dnnl::memory& owner = use.buffer == kScratchpad
                                        ? scratchpad_
                                        : buffers_[static_cast<std::size_t>(use.buffer)];
        step.arguments.emplace(use.argument,
                               dnnl::memory(use.desc, engine_, owner.get_data_handle()));
      }
    }
  }

  static constexpr int kScratchpad = 4;
  dnnl::engine engine_;
  dnnl::stream stream_;
  int batch_;
  WeightStore* weights_;
  dnnl::memory input_, output_, scratchpad_;
  std::array<dnnl::memory, 4> buffers_;
  std::array<std::size_t, 4> buffer_bytes_ = {};
  std::size_t scratchpad_bytes_ = 0;
  std::vector<Step> steps_;
};

template <typename Function>
auto WithDnnlErrors(Function&& function) {
  try {
    return function();
  } catch (const dnnl::error& error) {
    throw Error(ErrorCode::kUnsupported,
                std::string("ResNet-50: oneDNN refused (") + error.what() +
                    "); check memory and processor features");
  }
}

}  // namespace

struct Pool5Extractor::State {
  State(const BackboneOptions& options, const BackboneWeights& weights)
      : layers(MakeResNet50Layers(weights.layout)),
        side(options.input_size ? *options.input_size
                                : weights.input_size.value_or(options.InputSize())),
        hash(weights.hash),
        origin(weights.origin) {
    if (side < 32) {
      throw Error(ErrorCode::kInvalidOptions,
                  "backbone.input_size is " + std::to_string(side) + "; must be at least 32");
    }
    if (options.layout && weights.layout != *options.layout) {
      throw Error(ErrorCode::kBadModel,
                  std::string("ResNet-50 weights of layout \"") + LayoutName(weights.layout) +
                      "\" where backbone.layout is \"" + LayoutName(*options.layout) +
                      "\"; set backbone.layout to the weights' layout");
    }
    if (options.input_size && weights.input_size && *options.input_size != *weights.input_size) {
      throw Error(ErrorCode::kBadModel,
                  "ResNet-50 weights '" + options.weights + "' were trained on pictures of " +
                      std::to_string(*weights.input_size) + " px, backbone.input_size is " +
                      std::to_string(*options.input_size) +
                      "; leave backbone.input_size out, or choose another file");
    }
    store = WithDnnlErrors([&] {
      engine = dnnl::engine(dnnl::engine::kind::cpu, 0);
      return std::make_unique<WeightStore>(layers, weights, engine);
    });
  }

  Network& OfBatch(int batch) {
    std::unique_ptr<Network>& network = batch == 1 ? single : full;
    if (!network) network = std::make_unique<Network>(layers, batch, side, store.get(), engine);
    return *network;
  }

  ResNet50Layers layers;
  int side;
  std::string hash, origin;
  dnnl::engine engine;
  std::unique_ptr<WeightStore> store;
  std::unique_ptr<Network> single, full;
};

Pool5Extractor::Pool5Extractor(const BackboneOptions& options)
    : Pool5Extractor(options, LoadBackboneWeights(options)) {}
Pool5Extractor::Pool5Extractor(const BackboneOptions& options, const BackboneWeights& weights)
    : state_(std::make_unique<State>(options, weights)) {}
Pool5Extractor::~Pool5Extractor() = default;
Pool5Extractor::Pool5Extractor(Pool5Extractor&&) noexcept = default;
Pool5Extractor& Pool5Extractor::operator=(Pool5Extractor&&) noexcept = default;

int Pool5Extractor::input_size() const { return state_->side; }
BackboneLayout Pool5Extractor::layout() const { return state_->layers.layout; }
const std::string& Pool5Extractor::weights_hash() const { return state_->hash; }
const std::string& Pool5Extractor::weights_origin() const { return state_->origin; }

std::vector<float> Pool5Extractor::Extract(const std::vector<Image>& images) {
  State& state = *state_;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const Image& image = images[i];
    if (image.channels != 3 || image.height != state.side || image.width != state.side) {
      throw Error(ErrorCode::kInvalidArgument,
                  "ResNet-50 input: image " + std::to_string(i) + " is " +
                      std::to_string(image.width) + "x" + std::to_string(image.height) + " with " +
                      std::to_string(image.channels) + " channels; resize to " +
                      std::to_string(state.side) + "x" + std::to_string(state.side) +
                      " RGB (backbone.input_size)");
    }
  }
  const ThreadCount threads;
  const std::size_t values = 3 * static_cast<std::size_t>(state.side) * state.side;
  std::vector<float> features(images.size() * kPool5Size);
  WithDnnlErrors([&] {
    for (std::size_t i = 0; i < images.size();) {
      const std::size_t batch = images.size() - i >= kBatch ? kBatch : 1;
      Network& network = state.OfBatch(static_cast<int>(batch));
      for (std::size_t j = 0; j < batch; ++j)
        NormalizeInput(state.layers, images[i + j], network.input() + j * values);
      network.Run(features.data() + i * kPool5Size);
      i += batch;
    }
  });
  return features;
}

}  // namespace circumplex
