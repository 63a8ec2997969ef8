"""Runs scripts for tests, each in a fork of this process, which has imported what takes seconds to import.

Reads questions from stdin, one a line: {"script", "arguments", "input"}. Writes an answer to each to descriptor 3: {"code", "stdout", "stderr"}.
"""

import ast
import importlib
import json
import os
import runpy
import sys
import tempfile
import traceback


# Large packages. No import of them starts a thread that the forks would miss, and they compute nothing before a fork does.
SHARED = {"numpy", "torch", "safetensors", "transformers", "peft", "gguf"}


def import_for(script):
    """Imports what a script imports of these packages at its beginning."""
    with open(script, encoding="utf8") as file:
        body = ast.parse(file.read()).body
    for node in body:
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module]
        for name in names:
            if name.partition(".")[0] not in SHARED:
                continue
            try:
                module = importlib.import_module(name)
            except ImportError:
                # The script will say so.
                continue
            # transformers imports most of its modules when their names are read.
            for each in node.names if isinstance(node, ast.ImportFrom) else []:
                getattr(module, each.name, None)


def run(question, streams):
    """Runs the script as if it had been started, in a process of its own, and ends that."""
    code = 0
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream.fileno(), number)
        sys.stdin = open(0, encoding="utf8", closefd=False)
        sys.argv = [question["script"], *question["arguments"]]
        sys.path[0] = os.path.dirname(question["script"])
        runpy.run_path(question["script"], run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def answer(question):
    import_for(question["script"])
    streams = [tempfile.TemporaryFile() for _ in range(3)]
    streams[0].write(question["input"].encode())
    streams[0].seek(0)
    child = os.fork()
    if child == 0:
        run(question, streams)
    _, status = os.waitpid(child, 0)
    texts = []
    for stream in streams[1:]:
        stream.seek(0)
        texts.append(stream.read().decode(errors="replace"))
    return {"code": os.waitstatus_to_exitcode(status), "stdout": texts[0], "stderr": texts[1]}


with os.fdopen(3, "w", encoding="utf8") as answers:
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)
