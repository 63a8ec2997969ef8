/**
 * The Python script that asks a Python about itself and its PyTorch. It runs in any Python, also in Python 2, and prints one line before
 * torch is imported and one after: an import can crash or hang the process.
 */

/** Begins a line of the script's answer; everything else that the process prints is ignored. */
export const answerMark = 'llmpipe-python '

/** The first half: Python alone. */
export const versionScript = `
import sys
# A torch.py in the current folder is not PyTorch.
sys.path[:] = [path for path in sys.path if path not in ("", ".")]
import json
import struct


def answer(found):
    sys.stdout.write("\\n${answerMark}" + json.dumps(found) + "\\n")
    sys.stdout.flush()


answer({
    "executable": sys.executable or "",
    "python": "%d.%d.%d" % tuple(sys.version_info[:3]),
    "bits": 8 * struct.calcsize("P"),
})
`

export const probeScript = `${versionScript}

def last_line(error):
    lines = str(error).strip().splitlines()
    return type(error).__name__ + (": " + lines[-1] if lines else "")

def ask():
    import torch

    found = {
        "torch": str(torch.__version__),
        "file": torch.__file__,
        "cuda": torch.version.cuda,
        "hip": getattr(torch.version, "hip", None),
        "devices": [],
    }
    try:
        if torch.cuda.is_available():
            for index in range(torch.cuda.device_count()):
                each = torch.cuda.get_device_properties(index)
                found["devices"].append({
                    "kind": "cuda",
                    "name": each.name,
                    "memory": each.total_memory,
                    "capability": "%d.%d" % (each.major, each.minor),
                })
    except Exception as error:
        found["trouble"] = last_line(error)
    try:
        if torch.backends.mps.is_available():
            each = {"kind": "mps", "name": "Apple GPU"}
            if hasattr(torch.mps, "recommended_max_memory"):
                each["memory"] = torch.mps.recommended_max_memory()
            found["devices"].append(each)
    except Exception as error:
        found["trouble"] = last_line(error)
    return found


if sys.version_info[0] >= 3:
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = ask()
        except BaseException as error:
            missing = isinstance(error, ImportError) and error.name == "torch"
            found = {"missing": missing, "broken": last_line(error)}
    about = [str(each.message).strip().splitlines()[0] for each in caught if "CUDA" in str(each.message)]
    if about and "trouble" not in found:
        found["trouble"] = about[0]
    answer(found)
`
