// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <optional>

#include "circumplex/error.h"

#include "backbone/backbone_import.h"
#include "backbone/weights_file.h"
#include "commands.h"

namespace circumplex::app {
namespace {

struct Arguments {
  std::string file, out, layout;
  int input_size = 0;
  bool list = false;
};

int Run(const Arguments& arguments) {
  if (arguments.list != arguments.out.empty()) {
    throw Error(
        ErrorCode::kInvalidArgument,
        "pass either -o FILE, to write ResNet-50 weights, or --list, to see what a file holds");
  }
  TensorFile file = ReadAnyWeights(arguments.file);
  if (arguments.list) {
    std::cout << ListTensors(file);
    return 0;
  }
  std::optional<BackboneLayout> layout;
  if (!arguments.layout.empty()) {
    layout = arguments.layout == "caffe" ? BackboneLayout::kCaffe : BackboneLayout::kTorchvision;
  }
  const BackboneImport import = ImportBackbone(
      std::move(file),
      layout,
      arguments.file,
      arguments.input_size > 0 ? std::optional<int>(arguments.input_size) : std::nullopt);
  WriteBackboneWeights(arguments.out, import.weights);
  const std::string outside =
      import.names.prefix.empty() ? "" : ", what is not behind '" + import.names.prefix + "'";
  std::cout << import.weights.tensors.size() << " tensors: " << arguments.out << "\nlayout "
            << LayoutName(import.weights.layout) << " (" << import.layout_source
            << "), weights hash " << import.weights.hash << ", left out "
            << import.names.ignored.size() << " (classifier, batch counters" << outside
            << ")\nuse it with circumplex features CROPS -o STORE --set "
               "backbone.weights="
            << arguments.out << "\n";
  return 0;
}

}  // namespace

Command ImportCommand() {
  return {
      "import",
      "circumplex import resnet50_ferplus_dag.pth -o resnet50.safetensors",
      [](CLI::App& cli) {
        auto arguments = std::make_shared<Arguments>();
        cli.add_option("file", arguments->file, "File of torch.save (zip or legacy) or safetensors")
            ->required();
        cli.add_option("-o,--out", arguments->out, "safetensors file to write");
        cli.add_option(
               "--layout", arguments->layout, "caffe or torchvision, where the file does not tell")
            ->check(CLI::IsMember({"caffe", "torchvision"}));
        cli.add_option("--input-size",
                       arguments->input_size,
                       "[px] Side of the pictures it was trained on, where the file does not tell "
                       "(features then uses 224)")
            ->check(CLI::Range(32, 4096));
        cli.add_flag(
            "--list", arguments->list, "Print name, dtype, shape and sum of each tensor as CSV");
        return [arguments] { return Run(*arguments); };
      }};
}

}  // namespace circumplex::app
