"""The process of a contender in Python: python3 child.py NAME TASK, TASK being the JSON of RaceTask in ../race.ts."""

import importlib
import json
import os
import sys

MODULES = {"numpy": "numpy_racer", "scikit-learn": "scikit_learn_racer", "pytorch": "pytorch_racer"}


def answer(name, task):
    try:
        from race import race

        module = importlib.import_module(MODULES[name])
    except ImportError as error:
        return {"reply": "absent", "why": f"{sys.executable} has no package {error.name}"}
    try:
        return race(module.make(task), task)
    except Exception as error:
        return {"reply": "failed", "why": f"{type(error).__name__}: {error}"}


def main():
    # Standard output carries the reply only.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as replies:
        os.dup2(2, 1)
        replies.write(json.dumps(answer(sys.argv[1], json.loads(sys.argv[2]))) + "\n")


main()
