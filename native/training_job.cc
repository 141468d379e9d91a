#include "training_job.h"

#include <memory>
#include <type_traits>
#include <utility>

#include "binding.h"
#include "environment.h"
#include "memory.h"
#include "range.h"

namespace downhill {
namespace {

/// The fields of a job, in the order of kFieldNames.
enum Field {
  kArena,
  kInputs,
  kInputScale,
  kTargets,
  kControl,
  kLossSums,
  kBudgetSeconds,
  kOrder,
  kFrom,
  kTo,
  kBatchSize,
  kLearningRates,
  kOptimizer,
  kOptimizerState,
  kOptimizerPowers,
  kSampleWeights,
  kDropout,
  kDropoutKeys,
  kGradient,
  kOutputs,
  kBlock,
  kThreads,
  kFields
};
constexpr const char* kFieldNames[kFields] = {
    "arena",           "inputs",        "inputScale", "targets",     "control",       "lossSums",  "budgetSeconds",
    "order",           "from",          "to",         "batchSize",   "learningRates", "optimizer", "optimizerState",
    "optimizerPowers", "sampleWeights", "dropout",    "dropoutKeys", "gradient",      "outputs",   "block",
    "threads"};

/// The values of a job's fields. All are fetched before the first pointer is taken, as a getter could pull the memory
/// from under it, and a JavaScript array keeps them alive as long as the job runs.
class JobValues {
public:
  JobValues(Reader& reader, const Call& call) : env_(call.env()) {
    const napi_valuetype type = typeOf(env_, call[1]);
    if (type != napi_object && type != napi_function) reader.fail("ERR_OPTION", "the job is not an object");
    if (reader.ok() && napi_create_array(env_, &keepAlive_) != napi_ok) reader.fail("ERR_SHAPE", "there is no memory");
    for (uint32_t field = 0; reader.ok() && field < kFields; field++) {
      if (napi_get_named_property(env_, call[1], kFieldNames[field], &values_[field]) != napi_ok ||
          napi_set_element(env_, keepAlive_, field, values_[field]) != napi_ok) {
        reader.fail("ERR_OPTION", Text(kFieldNames[field]) << " cannot be read");
      }
    }
  }
  napi_value operator[](Field field) const { return values_[field]; }
  bool has(Field field) const { return typeOf(env_, values_[field]) != napi_undefined; }
  napi_value keepAlive() const { return keepAlive_; }

private:
  napi_env env_;
  napi_value keepAlive_ = nullptr;
  napi_value values_[kFields] = {};
};

constexpr std::size_t kMostThreads = 1024;
/// Multiply-adds that make it worth while to start another thread: some 0.3 ms, where a start takes about 0.05.
constexpr double kWorkPerStartedThread = 1 << 24;

template <class N> using ElementOf = std::remove_pointer_t<decltype(std::declval<N>().parameters())>;

/// What both kinds of jobs have in common, read from a JavaScript object and checked.
struct Job : OnHeap {
  Selection selection{};
  Arena arena{};
  Samples samples{};
  Control* control = nullptr;
  double* lossSums = nullptr;
  std::size_t lossSumCount = 0;
  double budgetSeconds = 0;
  void* block = nullptr;
  std::size_t capacity = 0;
  std::size_t threads = 1;
  virtual ~Job() = default;
  virtual void run() = 0;

protected:
  /// Calls body(network, block of samples) with a team that ends with the call.
  /// @param samples how many are to be done at most; for a few, no thread is worth starting
  template <class Body> void withNetwork(std::size_t samples, Body body) {
    const double work = static_cast<double>(samples) * static_cast<double>(arena.model.parameterValues);
    const double affordable = 1 + work / kWorkPerStartedThread;
    Team team(affordable < static_cast<double>(threads) ? static_cast<std::size_t>(affordable) : threads);
    if (arena.model.isDouble) return withNetworkOf<double>(team, body);
    withNetworkOf<float>(team, body);
  }

private:
  template <class T, class Body> void withNetworkOf(Team& team, Body body) {
    const Network<T> network = arena.network(selection.tables->of<T>(selection.arithmetic), &team);
    body(network, SampleBlock<T>(network, static_cast<T*>(block), capacity));
  }
};

/// Any array of the element types samples come in.
const void* readElements(Reader& reader, napi_value value, const char* name, ElementType& type, std::size_t& length) {
  const View view = reader.view(value, name);
  length = view.length;
  switch (view.type) {
  case napi_uint8_array:
    type = ElementType::uint8;
    break;
  case napi_uint32_array:
    type = ElementType::uint32;
    break;
  case napi_float32_array:
    type = ElementType::float32;
    break;
  case napi_float64_array:
    type = ElementType::float64;
    break;
  default:
    reader.fail("ERR_SHAPE", Text(name) << " has an element type that samples do not come in");
  }
  return view.data;
}

void readSamples(Reader& reader, const JobValues& values, Job& out) {
  Samples& samples = out.samples;
  std::size_t inputs = 0;
  samples.inputs = readElements(reader, values[kInputs], "inputs", samples.inputType, inputs);
  samples.inputScale = reader.number(values[kInputScale], "inputScale");
  if (!reader.ok()) return;
  const std::size_t inputSize = out.arena.model.first().inputs;
  samples.count = inputs / inputSize;
  if (inputs % inputSize != 0 || samples.inputType == ElementType::uint32) {
    return reader.fail("ERR_SHAPE", "inputs are not whole samples");
  }
  if (!values.has(kTargets)) return;
  std::size_t length = 0;
  samples.targets = readElements(reader, values[kTargets], "targets", samples.targetType, length);
  if (!reader.ok()) return;
  const bool areLabels = samples.targetType == ElementType::uint32;
  const std::size_t expected = samples.count * (areLabels ? 1 : out.arena.model.last().units);
  if (length != expected || samples.targetType == ElementType::uint8) {
    reader.fail("ERR_SHAPE", "targets do not match the inputs");
  }
}

void* readValues(Reader& reader, napi_value value, const char* name, const Model& model, std::size_t length) {
  return model.isDouble ? static_cast<void*>(reader.array<double>(value, name, length))
                        : static_cast<void*>(reader.array<float>(value, name, length));
}

void readBlock(Reader& reader, const JobValues& values, Job& out) {
  const Model& model = out.arena.model;
  std::size_t length = 0;
  out.block = model.isDouble ? static_cast<void*>(reader.array<double>(values[kBlock], "block", &length))
                             : static_cast<void*>(reader.array<float>(values[kBlock], "block", &length));
  if (!reader.ok()) return;
  out.capacity = blockCapacity(model, length);
  if (out.capacity < 1) reader.fail("ERR_SHAPE", "block has no room for a sample");
}

void readJob(Reader& reader, const JobValues& values, Job& out) {
  if (!reader.arena(values[kArena], out.arena)) return;
  out.control = reinterpret_cast<Control*>(reader.array<int32_t>(values[kControl], "control", 3));
  out.lossSums = reader.array<double>(values[kLossSums], "lossSums", &out.lossSumCount);
  out.budgetSeconds = reader.number(values[kBudgetSeconds], "budgetSeconds");
  out.threads = reader.count(values[kThreads], "threads");
  if (reader.ok() && (out.threads < 1 || out.threads > kMostThreads))
    reader.fail("ERR_OPTION", "threads is out of range");
  readBlock(reader, values, out);
  if (reader.ok()) readSamples(reader, values, out);
}

struct TrainingJob final : Job {
  void* gradient = nullptr;
  void* optimizerState = nullptr;
  double* optimizerPowers = nullptr;
  TrainingRange range{};

  void read(Reader& reader, const JobValues& values) {
    readJob(reader, values, *this);
    if (!reader.ok()) return;
    if (samples.targets == nullptr) return reader.fail("ERR_SHAPE", "there are no targets");
    if (values.has(kSampleWeights)) {
      samples.weights = reader.array<double>(values[kSampleWeights], "sampleWeights", samples.count);
    }
    readPositions(reader, values);
    if (reader.ok()) readRates(reader, values);
    if (reader.ok()) readDropout(reader, values);
    if (reader.ok()) readOptimization(reader, values);
    range.samples = samples;
    range.control = control;
    range.lossSums = lossSums;
    range.budgetSeconds = budgetSeconds;
  }

  void run() override {
    withNetwork(range.epochs * range.epochSize, [this](const auto& network, const auto& samples) {
      using T = ElementOf<decltype(network)>;
      const OptimizerMemory<T> memory{static_cast<T*>(gradient), static_cast<T*>(optimizerState), optimizerPowers};
      trainRange(network, samples, memory, range);
    });
  }

private:
  void readPositions(Reader& reader, const JobValues& values) {
    std::size_t total = 0;
    range.order = reader.array<uint32_t>(values[kOrder], "order", &total);
    range.from = reader.count(values[kFrom], "from");
    range.batchSize = reader.count(values[kBatchSize], "batchSize");
    if (!reader.ok()) return;
    range.epochs = lossSumCount;
    if (range.epochs < 1 || total % range.epochs != 0) {
      return reader.fail("ERR_SHAPE", "order does not match the lossSums, one for each epoch");
    }
    range.epochSize = total / range.epochs;
    if (range.from > total || total > INT32_MAX) reader.fail("ERR_SHAPE", "the range does not lie in the order");
    if (range.batchSize < 1) reader.fail("ERR_OPTION", "batchSize is 0");
  }

  void readRates(Reader& reader, const JobValues& values) {
    std::size_t rates = 0;
    range.learningRates = reader.array<double>(values[kLearningRates], "learningRates", &rates);
    if (!reader.ok()) return;
    const std::size_t size = range.epochSize;
    const std::size_t batches = size / range.batchSize + (size % range.batchSize == 0 ? 0 : 1);
    range.ratesOfEpoch = rates == range.epochs ? 1 : batches;
    if (rates != range.epochs * range.ratesOfEpoch) {
      reader.fail("ERR_SHAPE", "learningRates are neither one for each epoch nor one for each step");
    }
  }

  void readDropout(Reader& reader, const JobValues& values) {
    if (!values.has(kDropout)) return;
    const std::size_t hiddenLayers = arena.model.layerCount - 1;
    range.dropout = reader.array<double>(values[kDropout], "dropout", hiddenLayers);
    range.dropoutKeys = reader.array<uint32_t>(values[kDropoutKeys], "dropoutKeys", range.epochs);
    for (std::size_t l = 0; reader.ok() && l < hiddenLayers; l++) {
      if (!(range.dropout[l] >= 0 && range.dropout[l] < 1)) reader.fail("ERR_OPTION", "dropout is not a share");
    }
  }

  void readOptimization(Reader& reader, const JobValues& values) {
    const Model& model = arena.model;
    const double* encoded = reader.array<double>(values[kOptimizer], "optimizer", kOptimizerValues);
    optimizerPowers = reader.array<double>(values[kOptimizerPowers], "optimizerPowers", 2);
    if (reader.ok() && !readOptimizer(encoded, range.optimizer)) {
      reader.fail("ERR_OPTION", "optimizer is not an optimizer");
    }
    if (!reader.ok()) return;
    const std::size_t remembered = range.optimizer.slots() * model.parameterValues;
    if (remembered > 0) {
      optimizerState = readValues(reader, values[kOptimizerState], "optimizerState", model, remembered);
    }
    range.isOnline = range.batchSize == 1 && !values.has(kDropout) && range.optimizer.isPlainDescent();
    if (!range.isOnline) {
      gradient = readValues(reader, values[kGradient], "gradient", model, model.parameterValues);
    } else if (capacity < onlineBlock(model)) {
      reader.fail("ERR_SHAPE", "block has too little room for online training");
    }
  }
};

struct EvaluationJob final : Job {
  void* outputs = nullptr;
  EvaluationRange range{};

  void read(Reader& reader, const JobValues& values) {
    readJob(reader, values, *this);
    if (!reader.ok()) return;
    range.from = reader.count(values[kFrom], "from");
    range.to = reader.count(values[kTo], "to");
    if (!reader.ok()) return;
    if (range.from > range.to || range.to > samples.count || range.to > INT32_MAX) {
      return reader.fail("ERR_SHAPE", "the range does not lie in the samples");
    }
    outputs = readValues(reader, values[kOutputs], "outputs", arena.model,
                         (range.to - range.from) * arena.model.last().units);
    range.samples = samples;
    range.control = control;
    if (lossSumCount != 1) return reader.fail("ERR_SHAPE", "lossSums has not one value");
    range.lossSum = samples.targets == nullptr ? nullptr : lossSums;
    range.budgetSeconds = budgetSeconds;
  }

  void run() override {
    withNetwork(range.to - range.from, [this](const auto& network, const auto& samples) {
      using T = ElementOf<decltype(network)>;
      evaluateRange(network, samples, static_cast<T*>(outputs), range);
    });
  }
};

/// The async worker. execute() runs on a pool thread and touches the job alone; complete() runs on the JavaScript
/// thread. When the environment is being torn down, the calls in complete() fail and only memory is released.
class Worker : public OnHeap {
public:
  ~Worker() { environment_->release(); }

  static napi_value start(napi_env env, std::unique_ptr<Job> job, napi_value keepAlive) {
    std::unique_ptr<Worker> worker(new Worker(Environment::of(env)));
    napi_value promise = nullptr;
    napi_value name = nullptr;
    if (!worker || napi_create_string_utf8(env, "downhill", NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_promise(env, &worker->deferred_, &promise) != napi_ok) {
      return outOfMemory(env);
    }
    worker->job_ = std::move(job);
    if (napi_create_reference(env, keepAlive, 1, &worker->keepAlive_) != napi_ok) return outOfMemory(env);
    if (napi_create_async_work(env, nullptr, name, execute, complete, worker.get(), &worker->work_) != napi_ok ||
        napi_queue_async_work(env, worker->work_) != napi_ok) {
      worker->release(env);
      return outOfMemory(env);
    }
    worker.release();
    return promise;
  }

private:
  static napi_value outOfMemory(napi_env env) {
    Reader(env, "worker").fail("ERR_BACKEND_UNAVAILABLE", "the worker cannot be started");
    return nullptr;
  }

  explicit Worker(Environment* environment) : environment_(environment) { environment->retain(); }

  static void execute(napi_env, void* data) {
    Worker* worker = static_cast<Worker*>(data);
    if (!worker->environment_->enter()) return;
    worker->job_->run();
    worker->environment_->leave();
  }

  static void complete(napi_env env, napi_status, void* data) {
    std::unique_ptr<Worker> worker(static_cast<Worker*>(data));
    napi_value undefined = nullptr;
    if (napi_get_undefined(env, &undefined) == napi_ok) {
      napi_resolve_deferred(env, worker->deferred_, undefined);
    }
    worker->release(env);
  }

  void release(napi_env env) {
    if (work_ != nullptr) napi_delete_async_work(env, work_);
    if (keepAlive_ != nullptr) napi_delete_reference(env, keepAlive_);
  }

  Environment* environment_;
  std::unique_ptr<Job> job_;
  napi_deferred deferred_ = nullptr;
  napi_ref keepAlive_ = nullptr;
  napi_async_work work_ = nullptr;
};

/// Reads a job of the given kind; null after a failure, with the error pending.
template <class Kind> std::unique_ptr<Kind> readNew(Reader& reader, napi_value selector, const JobValues& values) {
  if (!reader.ok()) return nullptr;
  std::unique_ptr<Kind> job(new Kind);
  if (!job) {
    reader.fail("ERR_BACKEND_UNAVAILABLE", "there is no memory for a job");
    return nullptr;
  }
  job->selection = readSelection(reader, selector);
  if (reader.ok()) job->read(reader, values);
  return reader.ok() ? std::move(job) : nullptr;
}

template <class Kind> napi_value startWorker(const Call& call, const char* function) {
  Reader reader(call.env(), function);
  const JobValues values(reader, call);
  std::unique_ptr<Kind> job = readNew<Kind>(reader, call[0], values);
  if (!job) return nullptr;
  return Worker::start(call.env(), std::move(job), values.keepAlive());
}

} // namespace

napi_value train(napi_env env, napi_callback_info info) { return startWorker<TrainingJob>(Call(env, info), "train"); }

napi_value evaluate(napi_env env, napi_callback_info info) {
  return startWorker<EvaluationJob>(Call(env, info), "evaluate");
}

napi_value evaluateSync(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Reader reader(env, "evaluateSync");
  const JobValues values(reader, call);
  std::unique_ptr<EvaluationJob> job = readNew<EvaluationJob>(reader, call[0], values);
  if (job) job->run();
  return nullptr;
}

} // namespace downhill
