/// @file
/// Forward, psi, gradient and update of one sample. Knows no Node-API and owns no memory.
#pragma once

#include <cstddef>

#include "kernels/table.h"
#include "layout.h"

namespace downhill {

/// A model over its parameters and its workspace. The input lies in x̂_0, the target in the target vector of the
/// workspace.
template <class T> class Network {
public:
  Network(const Model& model, const KernelTable<T>& kernels, T* parameters, T* workspace)
      : model_(model), kernels_(kernels), parameters_(parameters), workspace_(workspace) {}

  const Model& model() const { return model_; }
  const KernelTable<T>& kernels() const { return kernels_; }
  T* parameters() const { return parameters_; }
  T* input() const { return workspace_ + model_.first().input; }
  T* target() const { return workspace_ + model_.target; }
  const T* output() const { return workspace_ + model_.last().output; }

  /// x̂_0 → x̂_L
  void forward() const;
  /// The loss of the last forward pass.
  double loss() const;
  /// One step of online gradient descent after forward(): W_l += scale · ψ x̂ᵀ for every layer.
  void update(T scale) const;
  /// Adds ∂E/∂W of the last forward pass to an arena shaped like the parameters.
  void addGradient(T* gradient) const;

private:
  void outputPsi() const;
  /// Applies the derivative of the layer below to Wᵀψ in that layer's psi, and clears the bias's share.
  void finishPsi(std::size_t below) const;
  void activate(const Layer& layer, const T* z) const;
  void differentiate(const Layer& layer) const;

  const Model& model_;
  const KernelTable<T>& kernels_;
  T* parameters_;
  T* workspace_;
};

extern template class Network<float>;
extern template class Network<double>;

} // namespace downhill
