/// @file
/// Forward, psi and gradient of many samples at once, by products of matrices. Knows no Node-API and owns no memory.
#pragma once

#include <cstddef>

#include "dropout.h"
#include "loss.h"
#include "network.h"

namespace downhill {

/// The vectors of up to `capacity` samples, in memory that JavaScript owns; src/layout.ts tells where they lie.
template <class T> class SampleBlock {
public:
  SampleBlock(const Network<T>& network, T* memory, std::size_t capacity)
      : network_(network), model_(network.model()), memory_(memory), capacity_(capacity) {}
  /// The samples of another block from `first` on, for a thread of its own.
  SampleBlock(const Network<T>& network, const SampleBlock& whole, std::size_t first)
      : network_(network), model_(network.model()), memory_(whole.memory_), capacity_(whole.capacity_),
        first_(whole.first_ + first) {}

  std::size_t capacity() const { return capacity_; }
  /// x̂ᵢ · x̂ⱼ of the inputs of online training's samples, (kOnlineBlock, kOnlineBlock)
  T* gram() const { return memory_; }
  /// x̂ of the layer's inputs, (count, stride)
  Block<T> inputs(const Layer& layer, std::size_t count) const { return at(layer.input, layer.stride, count); }
  /// x̂ of the layer's outputs, (count, outputStride)
  Block<T> outputs(const Layer& layer, std::size_t count) const { return at(layer.output, layer.outputStride, count); }
  /// ψ of the layer, (count, outputStride)
  Block<T> psi(const Layer& layer, std::size_t count) const { return at(layer.psi, layer.outputStride, count); }
  Block<T> logits(std::size_t count) const { return at(model_.logits, model_.last().outputStride, count); }
  Block<T> targets(std::size_t count) const { return at(model_.target, model_.last().outputStride, count); }

  /// x̂_0 → x̂_L of the first `count` samples
  /// @param dropout the units that a training leaves out; null for none
  void forward(std::size_t count, const Dropout* dropout = nullptr) const;
  /// The loss of a sample of the last forward pass.
  double loss(std::size_t sample) const;
  /// ψ_L of the first `count` samples
  void differentiateOutputs(std::size_t count) const;
  /// ψ_L → ψ_1 of the first `count` samples
  /// @param dropout what forward() left out
  void backward(std::size_t count, const Dropout* dropout) const;
  /// z = W x̂ of a layer, (count, units), without its activation
  void multiply(const Layer& layer, const Block<T>& z) const;
  /// Adds the gradients of the first `count` samples to `gradient`, shaped like the parameters, one after the other.
  void accumulateGradient(T* gradient, std::size_t count) const;
  /// W_l += scale · Σ ψ x̂ᵀ over the first `count` samples
  void step(T scale, std::size_t count) const;
  /// The same for one layer.
  void stepOfLayer(const Layer& layer, T scale, std::size_t count) const;

private:
  /// multiply, and after(row, end) on the thread that has done these rows
  template <class After> void multiplyRows(const Layer& layer, const Block<T>& z, After after) const;
  Block<T> at(std::size_t offset, std::size_t stride, std::size_t count) const {
    return {memory_ + blockOffset(offset, capacity_) + first_ * stride, count, stride};
  }
  Block<T> zOf(const Layer& layer, std::size_t count) const;
  OutputView<T> outputOf(std::size_t sample) const;
  void differentiateDropped(const Dropout& dropout, const UnitRange& units, T* x, T* psi) const;
  /// Calls body(where the weights begin, their shape, ψ, x̂) for rows of a layer.
  template <class Body> void forEachRows(const Layer& layer, std::size_t count, Body body) const;

  const Network<T>& network_;
  const Model& model_;
  T* memory_;
  std::size_t capacity_;
  std::size_t first_ = 0;
};

template <class T> Block<const T> constant(const Block<T>& block) { return {block.data, block.samples, block.stride}; }

/// The columns of a block from `column` on.
template <class T> Block<T> from(const Block<T>& block, std::size_t column) {
  return {block.data + column, block.samples, block.stride};
}

extern template class SampleBlock<float>;
extern template class SampleBlock<double>;

} // namespace downhill
