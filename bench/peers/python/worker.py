"""The process of a Python contender: python3 worker.py NAME, then one JSON message a line, as ../protocol.ts says."""

import importlib
import json
import os
import resource
import sys

from refusal import Absent, Unsupported

MODULES = {"numpy": "numpy_contender", "scikit-learn": "scikit_learn_contender", "pytorch": "pytorch_contender"}


def prepare(name, request):
    """What is said of a contender that is ready, and what takes a sample of it."""
    # Each of these needs a package that may be missing.
    try:
        from contender import measured
        from workload import Workload, WorkloadData

        module = importlib.import_module(MODULES[name])
    except ImportError as error:
        raise Absent(f"{sys.executable} has no package {error.name}") from error
    workload = Workload(request["workload"])
    data = WorkloadData(workload, request["folder"])
    contender = module.create(workload, request["variant"], data)
    check, take_sample = measured(contender, workload, data)
    return {"name": module.NAME, "version": module.version(), "how": contender.how, **check}, take_sample


def peak_bytes():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def answers(name, lines):
    take_sample = None
    for line in lines:
        if not line.strip():
            continue
        request = json.loads(line)
        command = request["command"]
        try:
            if command == "end":
                return
            if command == "prepare":
                ready, take_sample = prepare(name, request)
                yield {"reply": "ready", **ready}
            elif command == "sample":
                units, seconds = take_sample(request["seconds"])
                yield {"reply": "sample", "units": units, "seconds": seconds}
            elif command == "memory":
                yield {"reply": "memory", "peakBytes": peak_bytes()}
            else:
                yield {"reply": "failed", "why": f"there is no command {command!r}"}
        except Absent as absence:
            yield {"reply": "absent", "why": str(absence)}
        except Unsupported as refusal:
            yield {"reply": "unsupported", "why": str(refusal)}
        except Exception as error:
            yield {"reply": "failed", "why": f"{type(error).__name__}: {error}"}


def main():
    # Standard output carries replies only; whatever a library prints goes to standard error.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as replies:
        os.dup2(2, 1)
        for answer in answers(sys.argv[1], sys.stdin):
            replies.write(json.dumps(answer) + "\n")
            replies.flush()


main()
