#include "batches.h"

#include <cstring>

#include "layer.h"

namespace downhill {

template <class T>
BatchTraining<T>::BatchTraining(const Network<T>& network, const SampleBlock<T>& block, const Optimizer& optimizer,
                                const OptimizerMemory<T>& memory, const Epoch& epoch)
    : network_(network), block_(block), optimizer_(optimizer), memory_(memory), epoch_(epoch),
      isPlain_(optimizer.isPlainDescent()) {}

template <class T> Progress BatchTraining<T>::train(std::size_t position) const {
  const Part part = partAt(position);
  const Progress loaded = load(part);
  if (loaded.status != ChunkStatus::ok) return loaded;

  const Dropout masks{epoch_.dropout, epoch_.dropoutKey, position};
  const Dropout* dropout = epoch_.dropout == nullptr ? nullptr : &masks;
  block_.forward(part.count, dropout);
  const Progress progress = takeLosses(part);
  if (progress.status != ChunkStatus::ok) return progress;
  backward(part, dropout);
  step(part);
  return progress;
}

template <class T> typename BatchTraining<T>::Part BatchTraining<T>::partAt(std::size_t position) const {
  const std::size_t size = epoch_.batchSize;
  const std::size_t begin = position - position % size;
  const std::size_t end = epoch_.size - begin < size ? epoch_.size : begin + size;
  const std::size_t count = end - position < block_.capacity() ? end - position : block_.capacity();
  return {position, count, begin, end};
}

template <class T> Progress BatchTraining<T>::load(const Part& part) const {
  const Model& model = network_.model();
  const KernelTable<T>& kernels = network_.kernels();
  for (std::size_t s = 0; s < part.count; s++) {
    const std::size_t position = part.position + s;
    std::size_t index;
    T* target = block_.targets(part.count).row(s);
    if (!epoch_.sampleAt(position, index) || !loadTarget(kernels, epoch_.samples, index, model.last().units, target)) {
      return {position, ChunkStatus::badSample};
    }
    loadInput(kernels, epoch_.samples, index, model.first().inputs, block_.inputs(model.first(), part.count).row(s));
  }
  return {part.position, ChunkStatus::ok};
}

template <class T> Progress BatchTraining<T>::takeLosses(const Part& part) const {
  for (std::size_t s = 0; s < part.count; s++) {
    const double weight = epoch_.weightAt(part.position + s);
    if (!epoch_.takeLoss(block_.loss(s), weight)) return {part.position + s, ChunkStatus::lossNotFinite};
  }
  return {part.position + part.count, ChunkStatus::ok};
}

template <class T> void BatchTraining<T>::backward(const Part& part, const Dropout* dropout) const {
  block_.differentiateOutputs(part.count);
  if (epoch_.samples.weights != nullptr) {
    const Layer& last = network_.model().last();
    const Block<T> psi = block_.psi(last, part.count);
    for (std::size_t s = 0; s < part.count; s++) {
      const double weight = epoch_.weightAt(part.position + s);
      multiplyBy(static_cast<T>(weight), psi.row(s), last.units);
    }
  }
  block_.backward(part.count, dropout);
}

template <class T> void BatchTraining<T>::accumulate(const Part& part) const {
  const std::size_t bytes = network_.model().parameterValues * sizeof(T);
  if (part.position == part.begin) std::memset(memory_.gradient, 0, bytes);
  block_.accumulateGradient(memory_.gradient, part.count);
}

template <class T> void BatchTraining<T>::step(const Part& part) const {
  const std::size_t size = part.end - part.begin;
  const double learningRate = epoch_.learningRate(part.begin / epoch_.batchSize);
  const T scale = static_cast<T>(-learningRate / static_cast<double>(size));
  if (isPlain_ && part.count == size) return block_.step(scale, part.count);
  accumulate(part);
  if (part.position + part.count < part.end) return;
  if (!isPlain_) return takeStep(network_, optimizer_, memory_, learningRate, size);
  network_.kernels().addScaled(memory_.gradient, network_.parameters(), network_.model().parameterValues, scale);
}

template class BatchTraining<float>;
template class BatchTraining<double>;

} // namespace downhill
