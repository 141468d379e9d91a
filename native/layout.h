/// @file
/// Where everything lies in the arena that JavaScript owns. src/layout.ts computes the same numbers; the two are
/// compared when the binary is loaded.
///
/// A row of a weight matrix and every vector of the workspace are padded to whole 64-byte vectors. The padding is
/// always zero.
///
/// parameters: W_0 … W_{L−1}, W_l of shape (units_l, inputs_l + 1), the bias as last column
/// workspace:  x̂_0 … x̂_L (values, a 1, zeros), ψ_1 … ψ_L, the output layer's z, the target; then the partial sums of
///             Wᵀψ, one for every panel of rows but the first
/// block:      for many samples at once: the Gram matrix of the first layer's inputs, then each of a sample's vectors
///             for all samples
#pragma once

#include <array>
#include <cstddef>

#include "kernels/table.h"

namespace downhill {

/// Raised whenever the layout, the model's encoding or the meaning of an argument changes.
constexpr int kAbi = 4;

/// Rows of W whose share of Wᵀψ is summed by itself; the shares are added in their order, so threads can do them apart.
constexpr std::size_t kPanelRows = 128;
/// Samples that online training takes together.
constexpr std::size_t kOnlineBlock = 32;

enum class LossKind { squaredError, binaryCrossEntropy, categoricalCrossEntropy, count };

struct Layer {
  std::size_t inputs;
  std::size_t units;
  /// Values from one row of weights to the next; also the size of a padded input vector.
  std::size_t stride;
  ActivationKind activation;
  /// The slope of a sigmoid, the alpha of a leaky ReLU, else 1.
  double parameter;
  /// What the derivative is multiplied by: the slope of a sigmoid when exact, 1 when unscaled; alpha of a leaky ReLU.
  double derivativeParameter;
  // Offsets in values. `psi` and `output` belong to this layer's units.
  std::size_t weights;
  std::size_t input;
  std::size_t output;
  std::size_t psi;
  /// The size of the padded vectors of its units.
  std::size_t outputStride;
  /// The values of the rows alone: the padding behind them would add nothing, and an overflowing step would spoil it.
  /// It follows from the above, but lies here as one piece: put together for every call it stalls the small kernels.
  Shape shape;
};

/// A network's shape and choices, without its parameters.
struct Model {
  static constexpr std::size_t maxLayers = 256;
  static constexpr double maxUnits = 1 << 26;

  bool isDouble;
  LossKind loss;
  std::size_t layerCount;
  std::array<Layer, maxLayers> layers;
  std::size_t logits;
  std::size_t target;
  /// The workspace without the partial sums, which begin here.
  std::size_t sampleValues;
  std::size_t parameterValues;
  std::size_t workspaceValues;

  const Layer& first() const { return layers[0]; }
  const Layer& last() const { return layers[layerCount - 1]; }
};

/// Reads one of an enumeration's kinds, which its `count` ends.
/// @return false where the value is none of them
template <class Kind> bool readKind(double value, Kind& kind) {
  if (!(value >= 0 && value < static_cast<double>(Kind::count))) return false;
  const int number = static_cast<int>(value);
  kind = static_cast<Kind>(number);
  return number == value;
}

/// Reads the encoding that src/model.ts writes: abi, element bytes, loss, layers, inputs, and for each layer units,
/// activation, parameter, derivative parameter.
/// @param length how many values there are at least; those behind the encoding are not looked at
/// @return false where the encoding is not one; nothing is trusted.
bool readModel(const double* encoded, std::size_t length, Model& model);

/// Where an arena's parts begin, in values of its element type: the encoded model, padded to 64 bytes, the parameters,
/// and the workspace, one behind the other.
struct ArenaParts {
  std::size_t parameters;
  std::size_t workspace;
  std::size_t end;
};
ArenaParts arenaParts(const Model& model);

/// How many samples online training takes together: their first layer is then computed by matrix products, which pays
/// where that layer is not tiny. 1: sample by sample.
std::size_t onlineBlock(const Model& model);

/// Where the matrix (capacity, size) of the vectors begins that lie at `offset` in a workspace.
constexpr std::size_t blockOffset(std::size_t offset, std::size_t capacity) {
  return kOnlineBlock * kOnlineBlock + capacity * offset;
}

/// For how many samples a block of so many values has room.
std::size_t blockCapacity(const Model& model, std::size_t values);

} // namespace downhill
