/// @file
/// The encodings that native code reads: nothing of them is trusted.
#include <cmath>
#include <cstring>
#include <limits>

#include "check.h"
#include "draws.h"
#include "guarded.h"
#include "layout.h"
#include "optimizer.h"

using namespace downhill;

namespace {

const std::vector<double> kEncoded{kAbi, 4, 0, 2, 3, 5, 1, 1, 1, 2, 2, 1, 1};

bool reads(const std::vector<double>& encoded, Model& model) {
  bool isRead = false;
  for (const Place place : kPlaces) {
    const Guarded<double> values(encoded, place);
    isRead = readModel(values.data(), encoded.size(), model);
  }
  return isRead;
}

/// What every model that is accepted must keep, so that no offset leaves an arena: parts follow each other, and none
/// is so large that a product of sizes overflows.
void checkModel(const Model& model) {
  const std::size_t bytes = model.isDouble ? 8 : 4, lanes = 64 / bytes;
  CHECK(model.layerCount >= 1 && model.layerCount <= Model::maxLayers);
  std::size_t parameters = 0;
  for (std::size_t l = 0; l < model.layerCount; l++) {
    const Layer& layer = model.layers[l];
    CHECK(layer.inputs >= 1 && layer.units >= 1 && layer.stride > layer.inputs && layer.stride % lanes == 0);
    CHECK(layer.outputStride > layer.units && layer.outputStride % lanes == 0);
    CHECK(layer.weights == parameters && layer.shape.columns <= layer.shape.stride);
    CHECK(l == 0 || layer.inputs == model.layers[l - 1].units);
    CHECK(layer.psi + layer.outputStride <= model.logits);
    parameters += layer.stride * layer.units;
  }
  const ArenaParts parts = arenaParts(model);
  CHECK(parameters == model.parameterValues && model.parameterValues <= 1000000000000u);
  CHECK(model.target + model.last().outputStride == model.sampleValues && model.sampleValues <= model.workspaceValues);
  CHECK(parts.parameters % lanes == 0 && parts.workspace == parts.parameters + parameters);
  CHECK(parts.end == parts.workspace + model.workspaceValues &&
        parts.end < std::numeric_limits<std::size_t>::max() / 4096);
}

} // namespace

TEST(aModelIsRead) {
  Model model;
  CHECK(reads(kEncoded, model));
  checkModel(model);
  CHECK(model.layerCount == 2 && model.first().inputs == 3 && model.last().units == 2 && !model.isDouble);
  CHECK(onlineBlock(model) == 1 && blockCapacity(model, kOnlineBlock * kOnlineBlock + 3 * model.sampleValues - 1) == 2);
  CHECK(blockCapacity(model, 0) == 0 && blockCapacity(model, kOnlineBlock * kOnlineBlock - 1) == 0);
}

/// An encoding that ends early is refused at any length, and nothing behind its end is read.
TEST(aModelThatEndsEarly) {
  Model model;
  for (std::size_t length = 0; length < kEncoded.size(); length++) {
    CHECK(!reads({kEncoded.begin(), kEncoded.begin() + static_cast<std::ptrdiff_t>(length)}, model));
  }
}

TEST(aModelOfWrongValues) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  const struct {
    std::size_t place;
    std::vector<double> values;
  } wrong[] = {
      {0, {kAbi + 1, kAbi - 1, nan}},
      {1, {0, 2, 16, nan}},
      {2, {-1, 0.5, 3, 1e300, nan}},
      {3, {0, -1, 1.5, 3, 257, 1e300, infinity, nan}},
      {4, {0, -3, 2.5, 67108865, 1e19, 1e300, infinity, nan}},
      {5, {0, -3, 2.5, 67108865, 1e19, 1e300, infinity, nan}},
      {6, {-1, 0.5, 6, 4294967296.0, 1e300, nan}},
      // A softmax below the last layer.
      {6, {5}},
  };
  for (const auto& [place, values] : wrong) {
    for (const double value : values) {
      std::vector<double> encoded = kEncoded;
      encoded[place] = value;
      const check::Doing doing("value " + std::to_string(place) + " is " + std::to_string(value));
      Model model;
      CHECK(!reads(encoded, model));
    }
  }
}

/// The largest that is taken, and the smallest that is not: 2^26 units to 2^26 would be 2^52 values.
TEST(aModelOfHugeLayers) {
  Model model;
  std::vector<double> encoded = kEncoded;
  encoded[4] = 1 << 26;
  encoded[5] = 1 << 26;
  CHECK(!reads(encoded, model));
  encoded[5] = 14000;
  CHECK(reads(encoded, model));
  checkModel(model);
  encoded[5] = 15000;
  CHECK(!reads(encoded, model));

  encoded = {kAbi, 8, 0, static_cast<double>(Model::maxLayers), 1};
  for (std::size_t l = 0; l < Model::maxLayers; l++)
    encoded.insert(encoded.end(), {l % 2 == 0 ? 67108864.0 : 1.0, 0, 1, 1});
  CHECK(reads(encoded, model));
  checkModel(model);
}

/// Random bytes, and encodings of which a few values or bits were changed: refused, or a model that keeps all it must.
TEST(aModelOfRandomBytes) {
  Draws draws(5);
  std::size_t accepted = 0;
  for (int round = 0; round < 20000; round++) {
    std::vector<double> encoded = kEncoded;
    if (round % 4 == 0) {
      for (double& value : encoded) {
        const uint64_t bits = draws.bits();
        std::memcpy(&value, &bits, sizeof value);
      }
      encoded[0] = kAbi;
    }
    for (std::size_t changes = draws.below(3); changes > 0; changes--) {
      uint64_t bits;
      double& value = encoded[draws.below(encoded.size())];
      std::memcpy(&bits, &value, sizeof bits);
      bits ^= uint64_t{1} << draws.below(64);
      std::memcpy(&value, &bits, sizeof value);
    }
    Model model;
    const Guarded<double> values(encoded, Place::atEnd);
    if (!readModel(values.data(), encoded.size(), model)) continue;
    accepted++;
    checkModel(model);
  }
  CHECK(accepted > 100);
}

TEST(anOptimizerOfWrongValues) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> right{4, 0.9, 0.999, 1e-8, 0.01, 1};
  Optimizer optimizer{};
  CHECK(readOptimizer(Guarded<double>(right, Place::atEnd).data(), optimizer));
  CHECK(optimizer.kind == OptimizerKind::adam && optimizer.slots() == 2 && !optimizer.isPlainDescent());
  const std::vector<double> wrong[] = {{-1, 0.5, 5, 1e300, nan},      {-0.1, 1, nan},      {-0.1, 1, infinity, nan},
                                       {0, 1e-60, -1, infinity, nan}, {-1, infinity, nan}, {0, -1, nan}};
  for (std::size_t place = 0; place < right.size(); place++) {
    for (const double value : wrong[place]) {
      std::vector<double> encoded = right;
      encoded[place] = value;
      const check::Doing doing("value " + std::to_string(place) + " is " + std::to_string(value));
      CHECK(!readOptimizer(Guarded<double>(encoded, Place::atEnd).data(), optimizer));
    }
  }
}
