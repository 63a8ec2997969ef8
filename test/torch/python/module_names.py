"""Prints the public names of an `nn.Module`."""

import json

from torch import nn

print(json.dumps([name for name in dir(nn.Module()) if not name.startswith("_")]))
