// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/csv.h"
#include "options/enum_names.h"
#include "report/sections/sections.h"
#include "report/tables.h"

namespace circumplex::page {
namespace {

std::optional<double> MeanCcc(const EpochMetrics& epoch) {
  // A network of one target has no other to average with.
  if (!epoch.ccc_arousal) return epoch.ccc_valence;
  if (!epoch.ccc_valence) return epoch.ccc_arousal;
  return (*epoch.ccc_valence + *epoch.ccc_arousal) / 2;
}

struct Network {
  std::string name;
  std::vector<const EpochMetrics*> epochs;
  const EpochMetrics* Best() const {
    const EpochMetrics* best = nullptr;
    for (const EpochMetrics* epoch : epochs) {
      if (MeanCcc(*epoch) && (!best || *MeanCcc(*epoch) > *MeanCcc(*best))) best = epoch;
    }
    return best;
  }
};

/// In the order of their first lines.
std::vector<Network> NetworksOf(const std::vector<MetricsLine>& lines) {
  std::vector<Network> networks;
  for (const MetricsLine& line : lines) {
    const std::string name = NetworkName(line.member);
    auto found = std::find_if(networks.begin(), networks.end(), [&](const Network& network) {
      return network.name == name;
    });
    if (found == networks.end()) found = networks.insert(found, {name, {}});
    found->epochs.push_back(&line.metrics);
  }
  return networks;
}

// People count epochs from 1.
std::string EpochCell(const EpochMetrics& epoch) { return CountCell(epoch.epoch); }

std::string BestEpochs(const std::vector<Network>& networks) {
  Table table({{"Network"},
               {"Epochs", true},
               {"Best epoch", true},
               {"CCC valence", true},
               {"CCC arousal", true},
               {"CCC mean", true}},
              "Each network's epoch with the largest mean CCC on its validation videos");
  const EpochMetrics none;
  for (const Network& network : networks) {
    const EpochMetrics* best = network.Best();
    const EpochMetrics& shown = best ? *best : none;
    table.Row(RowHead(network.name) + CountCell(static_cast<std::int64_t>(network.epochs.size())) +
              (best ? EpochCell(*best) : OptionalCell({}, 0)) + OptionalCell(shown.ccc_valence, 3) +
              OptionalCell(shown.ccc_arousal, 3) + OptionalCell(MeanCcc(shown), 3));
  }
  return table.Html();
}

std::string EveryEpoch(const std::vector<Network>& networks) {
  Table table({{"Network"},
               {"Epoch", true},
               {"Training loss", true},
               {"Validation loss", true},
               {"CCC valence", true},
               {"CCC arousal", true},
               {"Learning rate", true}});
  table.Tall();
  for (const Network& network : networks) {
    for (const EpochMetrics* epoch : network.epochs) {
      table.Row(RowHead(network.name) + EpochCell(*epoch) + OptionalCell(epoch->train_loss, 5) +
                OptionalCell(epoch->val_loss, 5) + OptionalCell(epoch->ccc_valence, 4) +
                OptionalCell(epoch->ccc_arousal, 4) + "<td class=\"n\">" +
                (epoch->lr ? EscapeMarkup(FormatShortest(*epoch->lr)) : "") + "</td>");
    }
  }
  return "<details><summary>Every epoch</summary>" + table.Html() + "</details>";
}

std::string Canvas(const std::string& id, const std::string& label) {
  return "<figure><div class=\"canvas\"><canvas id=\"" + id + "\" role=\"img\" aria-label=\"" +
         label + "\"></canvas></div></figure>";
}

}  // namespace

std::string NetworkName(const MemberId& member) {
  return "fold " + std::to_string(member.fold) +
         (member.targets == Targets::kBoth ? "" : ", " + EnumName(member.targets)) +
         (member.several_seeds ? ", seed " + std::to_string(member.seed) : "");
}

std::string Training(const RunContents& run) {
  if (run.metrics.empty()) return "";
  const std::vector<Network> networks = NetworksOf(run.metrics);
  return "<div class=\"js-only\"><div class=\"plots\">" +
         Canvas("chart-ccc", "CCC on the validation videos by epoch") +
         Canvas("chart-loss", "Loss by epoch") + "</div></div>" +
         (networks.size() > 1 ? "<p class=\"lead js-only\">Thin lines are single networks.</p>"
                              : "") +
         BestEpochs(networks) + EveryEpoch(networks);
}

}  // namespace circumplex::page
