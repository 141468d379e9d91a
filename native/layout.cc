#include "layout.h"

namespace downhill {
namespace {

constexpr std::size_t kHeader = 5;
constexpr std::size_t kPerLayer = 4;
/// Keeps every offset far from overflow, whatever the encoding says.
constexpr double kMaxValues = 1e12;
static_assert(sizeof(std::size_t) == 8, "on machines of 32 bits offsets could overflow: TypeScript serves those");
/// Rows a page apart would share the same few sets of a cache.
constexpr std::size_t kPageBytes = 4096;

bool isCount(double value, double limit) {
  return value >= 1 && value <= limit && value == static_cast<double>(static_cast<std::size_t>(value));
}

} // namespace

bool readModel(const double* encoded, std::size_t length, Model& model) {
  if (length < kHeader || encoded[0] != kAbi) return false;
  if (encoded[1] != sizeof(float) && encoded[1] != sizeof(double)) return false;
  model.isDouble = encoded[1] == sizeof(double);
  if (!readKind(encoded[2], model.loss)) return false;
  if (!isCount(encoded[3], Model::maxLayers) || !isCount(encoded[4], Model::maxUnits)) return false;
  model.layerCount = static_cast<std::size_t>(encoded[3]);
  if (length < kHeader + kPerLayer * model.layerCount) return false;

  const std::size_t bytes = model.isDouble ? sizeof(double) : sizeof(float);
  const std::size_t lanes = 64 / bytes;
  const auto padded = [bytes, lanes](std::size_t units) {
    const std::size_t values = (units + lanes) & ~(lanes - 1);
    return values * bytes % kPageBytes == 0 ? values + lanes : values;
  };

  std::size_t inputs = static_cast<std::size_t>(encoded[4]);
  std::size_t parameters = 0;
  std::size_t workspace = 0;
  std::size_t partials = 0;
  double total = 0;
  for (std::size_t l = 0; l < model.layerCount; l++) {
    const double* values = encoded + kHeader + kPerLayer * l;
    Layer& layer = model.layers[l];
    if (!isCount(values[0], Model::maxUnits) || !readKind(values[1], layer.activation)) return false;
    if (layer.activation == ActivationKind::softmax && l + 1 != model.layerCount) return false;
    layer.inputs = inputs;
    layer.units = static_cast<std::size_t>(values[0]);
    layer.stride = padded(inputs);
    layer.parameter = values[2];
    layer.derivativeParameter = values[3];
    total += static_cast<double>(layer.stride) * static_cast<double>(layer.units);
    if (total > kMaxValues) return false;
    layer.weights = parameters;
    parameters += layer.stride * layer.units;
    layer.input = workspace;
    workspace += layer.stride;
    layer.output = workspace;
    layer.outputStride = padded(layer.units);
    layer.shape = {layer.units, layer.inputs + 1, layer.stride};
    const std::size_t furtherPanels = (layer.units - 1) / kPanelRows;
    if (l > 0 && furtherPanels * layer.stride > partials) partials = furtherPanels * layer.stride;
    inputs = layer.units;
  }
  const std::size_t outputs = padded(inputs);
  workspace += outputs;
  for (std::size_t l = 0; l < model.layerCount; l++) {
    model.layers[l].psi = workspace;
    workspace += model.layers[l].outputStride;
  }
  model.logits = workspace;
  model.target = workspace + outputs;
  model.parameterValues = parameters;
  model.sampleValues = workspace + 2 * outputs;
  model.workspaceValues = model.sampleValues + partials;
  return true;
}

ArenaParts arenaParts(const Model& model) {
  const std::size_t bytes = (kHeader + kPerLayer * model.layerCount) * sizeof(double);
  const std::size_t header = (bytes + 63) / 64 * 64 / (model.isDouble ? sizeof(double) : sizeof(float));
  return {header, header + model.parameterValues, header + model.parameterValues + model.workspaceValues};
}

std::size_t onlineBlock(const Model& model) {
  const Layer& first = model.first();
  return first.inputs >= kOnlineBlock && first.units >= kOnlineBlock ? kOnlineBlock : 1;
}

std::size_t blockCapacity(const Model& model, std::size_t values) {
  const std::size_t header = blockOffset(0, 0);
  return values < header ? 0 : (values - header) / model.sampleValues;
}

} // namespace downhill
