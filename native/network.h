/// @file
/// Forward, psi, gradient and update of one sample. Knows no Node-API and owns no memory.
#pragma once

#include <cstddef>

#include "kernels/table.h"
#include "layout.h"
#include "team.h"

namespace downhill {

/// A model over its parameters and its workspace. The input lies in x̂_0, the target in the target vector of the
/// workspace.
template <class T> class Network {
public:
  /// @param team shares the work of large layers; null for none
  Network(const Model& model, const KernelTable<T>& kernels, T* parameters, T* workspace, Team* team = nullptr)
      : model_(model), kernels_(kernels), parameters_(parameters), workspace_(workspace), team_(team) {}

  const Model& model() const { return model_; }
  const KernelTable<T>& kernels() const { return kernels_; }
  Team* team() const { return team_; }
  /// How many threads may share its work.
  std::size_t threads() const { return team_ == nullptr ? 1 : team_->size(); }
  /// The same on the calling thread alone.
  Network alone() const { return Network(model_, kernels_, parameters_, workspace_); }
  T* parameters() const { return parameters_; }
  T* weights(const Layer& layer) const { return parameters_ + layer.weights; }
  T* input() const { return workspace_ + model_.first().input; }
  T* target() const { return workspace_ + model_.target; }
  /// ψ of a layer, (units)
  T* psi(const Layer& layer) const { return workspace_ + layer.psi; }
  const T* output() const { return workspace_ + model_.last().output; }

  /// x̂_0 → x̂_L
  void forward() const;
  /// The same with z of the first layer given, (units).
  void forwardFrom(const T* firstZ) const;
  /// The loss of the last forward pass.
  double loss() const;
  /// One step of online gradient descent after forward(): W_l += scale · ψ x̂ᵀ for every layer.
  void update(T scale) const;
  /// The same without the first layer, whose ψ is there for others to use.
  void updateAbove(T scale) const;
  /// Adds ∂E/∂W of the last forward pass to an arena shaped like the parameters.
  void addGradient(T* gradient) const;

  /// Calls body(first, end) for ranges of some work, on the threads of the team if there is one (Team::split).
  template <class Body> void split(std::size_t count, std::size_t grain, std::size_t work, const Body& body) const {
    if (team_ == nullptr) return body(std::size_t{0}, count);
    team_->split(count, grain, work, body);
  }

private:
  T* zOf(const Layer& layer) const;
  void activateWhole(const Layer& layer, const T* z) const;
  void forwardThrough(const Layer& layer) const;
  void outputPsi() const;
  /// Takes psi of `layer` to the psi of the layer below. `passPanel(shape, weights, psi, out)` forms the share of a
  /// panel of rows.
  template <class PassPanel> void passDown(std::size_t l, PassPanel passPanel) const;

  const Model& model_;
  const KernelTable<T>& kernels_;
  T* parameters_;
  T* workspace_;
  Team* team_;
};

extern template class Network<float>;
extern template class Network<double>;

} // namespace downhill
