#include "training_job.h"

#include "binding.h"
#include "range.h"

namespace downhill {
namespace {

/// What both kinds of jobs have in common, read from a JavaScript object and checked.
struct Job {
  Selection selection{};
  Model model{};
  void* parameters = nullptr;
  void* workspace = nullptr;
  Samples samples{};
  Control* control = nullptr;
  double* lossSum = nullptr;
  double budgetSeconds = 0;
  virtual ~Job() = default;
  virtual void run() = 0;

protected:
  template <class T> Network<T> network() const {
    return Network<T>(model, selection.tables->of<T>(selection.arithmetic), static_cast<T*>(parameters),
                      static_cast<T*>(workspace));
  }
};

/// Any array of the element types samples come in.
const void* readElements(Reader& reader, Napi::Value value, const char* name, ElementType& type, std::size_t& length) {
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
    reader.fail("ERR_SHAPE", std::string(name) + " has an element type that samples do not come in");
  }
  return view.data;
}

void readSamples(Reader& reader, Napi::Object job, Job& out) {
  Samples& samples = out.samples;
  std::size_t inputs = 0;
  samples.inputs = readElements(reader, job.Get("inputs"), "inputs", samples.inputType, inputs);
  samples.inputScale = reader.number(job.Get("inputScale"), "inputScale");
  if (!reader.ok()) return;
  const std::size_t inputSize = out.model.first().inputs;
  samples.count = inputs / inputSize;
  if (inputs % inputSize != 0 || samples.inputType == ElementType::uint32) {
    return reader.fail("ERR_SHAPE", "inputs are not whole samples");
  }
  const Napi::Value targets = job.Get("targets");
  if (targets.IsUndefined()) return;
  std::size_t length = 0;
  samples.targets = readElements(reader, targets, "targets", samples.targetType, length);
  if (!reader.ok()) return;
  const bool areLabels = samples.targetType == ElementType::uint32;
  const std::size_t expected = samples.count * (areLabels ? 1 : out.model.last().units);
  if (length != expected || samples.targetType == ElementType::uint8) {
    reader.fail("ERR_SHAPE", "targets do not match the inputs");
  }
}

void* readArena(Reader& reader, Napi::Value value, const char* name, const Model& model, std::size_t length) {
  return model.isDouble ? static_cast<void*>(reader.array<double>(value, name, length))
                        : static_cast<void*>(reader.array<float>(value, name, length));
}

void readJob(Reader& reader, const Napi::CallbackInfo& info, Job& out) {
  out.selection = readSelection(reader, info[0]);
  if (reader.ok() && !info[1].IsObject()) reader.fail("ERR_OPTION", "the job is not an object");
  if (!reader.ok()) return;
  const Napi::Object job = info[1].As<Napi::Object>();
  if (!reader.model(job.Get("model"), out.model)) return;
  const Model& model = out.model;
  out.parameters = readArena(reader, job.Get("parameters"), "parameters", model, model.parameterValues);
  out.workspace = readArena(reader, job.Get("workspace"), "workspace", model, model.workspaceValues);
  out.control = reinterpret_cast<Control*>(reader.array<int32_t>(job.Get("control"), "control", 3));
  out.lossSum = reader.array<double>(job.Get("lossSum"), "lossSum", 1);
  out.budgetSeconds = reader.number(job.Get("budgetSeconds"), "budgetSeconds");
  if (reader.ok()) readSamples(reader, job, out);
}

struct TrainingJob final : Job {
  void* gradient = nullptr;
  TrainingRange range{};

  void read(Reader& reader, const Napi::CallbackInfo& info) {
    readJob(reader, info, *this);
    if (!reader.ok()) return;
    const Napi::Object job = info[1].As<Napi::Object>();
    if (samples.targets == nullptr) return reader.fail("ERR_SHAPE", "there are no targets");
    range.order = reader.array<uint32_t>(job.Get("order"), "order", &range.total);
    range.from = reader.count(job.Get("from"), "from");
    range.batchSize = reader.count(job.Get("batchSize"), "batchSize");
    range.learningRate = reader.number(job.Get("learningRate"), "learningRate");
    if (!reader.ok()) return;
    if (range.batchSize < 1) return reader.fail("ERR_OPTION", "batchSize is 0");
    if (range.from > range.total || range.total > INT32_MAX) {
      return reader.fail("ERR_SHAPE", "the range does not lie in the order");
    }
    if (range.batchSize > 1) {
      gradient = readArena(reader, job.Get("gradient"), "gradient", model, model.parameterValues);
    }
    range.samples = samples;
    range.control = control;
    range.lossSum = lossSum;
    range.budgetSeconds = budgetSeconds;
  }

  void run() override {
    if (model.isDouble) {
      trainRange(network<double>(), static_cast<double*>(gradient), range);
    } else {
      trainRange(network<float>(), static_cast<float*>(gradient), range);
    }
  }
};

struct EvaluationJob final : Job {
  void* outputs = nullptr;
  EvaluationRange range{};

  void read(Reader& reader, const Napi::CallbackInfo& info) {
    readJob(reader, info, *this);
    if (!reader.ok()) return;
    const Napi::Object job = info[1].As<Napi::Object>();
    range.from = reader.count(job.Get("from"), "from");
    range.to = reader.count(job.Get("to"), "to");
    if (!reader.ok()) return;
    if (range.from > range.to || range.to > samples.count || range.to > INT32_MAX) {
      return reader.fail("ERR_SHAPE", "the range does not lie in the samples");
    }
    outputs = readArena(reader, job.Get("outputs"), "outputs", model, (range.to - range.from) * model.last().units);
    range.samples = samples;
    range.control = control;
    range.lossSum = samples.targets == nullptr ? nullptr : lossSum;
    range.budgetSeconds = budgetSeconds;
  }

  void run() override {
    if (model.isDouble) {
      evaluateRange(network<double>(), static_cast<double*>(outputs), range);
    } else {
      evaluateRange(network<float>(), static_cast<float*>(outputs), range);
    }
  }
};

/// The async worker. execute() runs on a pool thread and touches the job alone; complete() runs on the JavaScript
/// thread. When the environment is being torn down, the calls in complete() fail and only memory is released.
class Worker {
public:
  static Napi::Value start(Napi::Env env, std::unique_ptr<Job> job, Napi::Value keepAlive) {
    std::unique_ptr<Worker> worker(new (std::nothrow) Worker);
    napi_value promise = nullptr;
    napi_value name = Napi::String::New(env, "downhill");
    if (!worker || napi_create_promise(env, &worker->deferred_, &promise) != napi_ok) {
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
    return Napi::Value(env, promise);
  }

private:
  static Napi::Value outOfMemory(Napi::Env env) {
    Reader(env, "worker").fail("ERR_BACKEND_UNAVAILABLE", "the worker cannot be started");
    return env.Undefined();
  }

  static void execute(napi_env, void* data) { static_cast<Worker*>(data)->job_->run(); }

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

  std::unique_ptr<Job> job_;
  napi_deferred deferred_ = nullptr;
  napi_ref keepAlive_ = nullptr;
  napi_async_work work_ = nullptr;
};

/// Reads a job of the given kind; null after a failure, with the error pending.
template <class Kind> std::unique_ptr<Kind> readNew(const Napi::CallbackInfo& info, const char* function) {
  Reader reader(info.Env(), function);
  std::unique_ptr<Kind> job(new (std::nothrow) Kind);
  if (!job) {
    reader.fail("ERR_BACKEND_UNAVAILABLE", "there is no memory for a job");
    return nullptr;
  }
  job->read(reader, info);
  return reader.ok() ? std::move(job) : nullptr;
}

template <class Kind> Napi::Value startWorker(const Napi::CallbackInfo& info, const char* function) {
  std::unique_ptr<Kind> job = readNew<Kind>(info, function);
  if (!job) return info.Env().Undefined();
  return Worker::start(info.Env(), std::move(job), info[1]);
}

} // namespace

Napi::Value train(const Napi::CallbackInfo& info) { return startWorker<TrainingJob>(info, "train"); }

Napi::Value evaluate(const Napi::CallbackInfo& info) { return startWorker<EvaluationJob>(info, "evaluate"); }

Napi::Value evaluateSync(const Napi::CallbackInfo& info) {
  std::unique_ptr<EvaluationJob> job = readNew<EvaluationJob>(info, "evaluateSync");
  if (job) job->run();
  return info.Env().Undefined();
}

} // namespace downhill
