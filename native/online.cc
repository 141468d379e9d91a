#include "online.h"

#include "layer.h"

namespace downhill {
namespace {

/// Rows of the Gram matrix computed together: those below the diagonal cost least in small groups.
constexpr std::size_t kGramRows = 4;

/// So many samples ahead: a small network takes a quarter of a microsecond each, a cache miss half of one.
constexpr std::size_t kPrefetched = 4;

} // namespace

template <class T>
OnlineTraining<T>::OnlineTraining(const Network<T>& network, const SampleBlock<T>& block, const Epoch& epoch)
    : network_(network), block_(block), epoch_(epoch), first_(network.model().first()),
      blockSize_(onlineBlock(network.model())) {}

template <class T> Progress OnlineTraining<T>::train(std::size_t position) const {
  return blockSize_ == 1 ? trainAlone(position) : trainInBlock(position);
}

/// The loss of the last forward pass goes into the sum, unless it is not finite.
template <class T> Progress OnlineTraining<T>::takeLoss(std::size_t position) const {
  if (!epoch_.takeLoss(network_.loss(), epoch_.weightAt(position))) return {position, ChunkStatus::lossNotFinite};
  return {position + 1, ChunkStatus::ok};
}

template <class T> Progress OnlineTraining<T>::trainAlone(std::size_t position) const {
  std::size_t index;
  const std::size_t outputs = network_.model().last().units;
  if (position + kPrefetched < epoch_.size && epoch_.sampleAt(position + kPrefetched, index)) {
    prefetchSample(epoch_.samples, index, first_.inputs, outputs);
  }
  if (!epoch_.sampleAt(position, index) ||
      !loadTarget(network_.kernels(), epoch_.samples, index, outputs, network_.target())) {
    return {position, ChunkStatus::badSample};
  }
  loadInput(network_.kernels(), epoch_.samples, index, first_.inputs, network_.input());
  network_.forward();
  const Progress progress = takeLoss(position);
  if (progress.status == ChunkStatus::ok) network_.update(scaleOf(position));
  return progress;
}

template <class T> Progress OnlineTraining<T>::trainInBlock(std::size_t position) const {
  const std::size_t j = position % blockSize_;
  const std::size_t left = epoch_.size - (position - j);
  const std::size_t count = left < blockSize_ ? left : blockSize_;
  if (j == 0) {
    const Progress begun = beginBlock(position, count);
    if (begun.status != ChunkStatus::ok) return begun;
  }
  // Looked at again: a chunk may begin here, with an order that the one before has not seen.
  std::size_t index;
  if (!epoch_.sampleAt(position, index) ||
      !loadTarget(network_.kernels(), epoch_.samples, index, network_.model().last().units, network_.target())) {
    return {position, ChunkStatus::badSample};
  }
  network_.forwardFrom(zOf(j, count));
  const Progress progress = takeLoss(position);
  if (progress.status != ChunkStatus::ok) return progress;
  const T scale = scaleOf(position);
  network_.updateAbove(scale);
  const T* psi = network_.psi(first_);
  T* step = block_.psi(first_, count).row(j);
  for (std::size_t i = 0; i < first_.units; i++) step[i] = scale * psi[i];
  if (j + 1 == count) block_.stepOfLayer(first_, T(1), count);
  return progress;
}

template <class T> Progress OnlineTraining<T>::beginBlock(std::size_t position, std::size_t count) const {
  const Block<T> x = block_.inputs(first_, count);
  for (std::size_t s = 0; s < count; s++) {
    std::size_t index;
    if (!epoch_.sampleAt(position + s, index)) return {position + s, ChunkStatus::badSample};
    loadInput(network_.kernels(), epoch_.samples, index, first_.inputs, x.row(s));
  }
  block_.multiply(first_, block_.outputs(first_, count));
  for (std::size_t s = 0; s < count; s += kGramRows) {
    const std::size_t rows = count - s < kGramRows ? count - s : kGramRows;
    network_.kernels().gemm(x.data, rowsOf(first_, 0, s + rows), {x.row(s), rows, x.stride},
                            {block_.gram() + s * kOnlineBlock, rows, kOnlineBlock});
  }
  return {position, ChunkStatus::ok};
}

template <class T> const T* OnlineTraining<T>::zOf(std::size_t j, std::size_t count) const {
  T* z = block_.outputs(first_, count).row(j);
  if (j == 0) return z;
  const Block<T> steps = block_.psi(first_, count);
  // The place of this sample's step is free until it is known.
  T* sum = steps.row(j);
  network_.kernels().gemvTransposed(steps.data, {j, first_.units, steps.stride}, block_.gram() + j * kOnlineBlock, sum);
  network_.kernels().addScaled(sum, z, first_.units, T(1));
  return z;
}

template class OnlineTraining<float>;
template class OnlineTraining<double>;

} // namespace downhill
