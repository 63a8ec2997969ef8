"""Prints the records of a file of Weights & Biases, as its client's own Protocol Buffers read them: what each record holds, as JSON."""

import json
import struct
import sys
import zlib

from google.protobuf.json_format import MessageToDict
from wandb.proto import wandb_internal_pb2

BLOCK, HEADER = 32768, 7
content = open(sys.argv[1], "rb").read()
assert content[:HEADER] == b":W&B\xe1\xbe\x00"
records, record, at = [], b"", HEADER
while at < len(content):
    left = BLOCK - at % BLOCK
    if left < HEADER:
        at += left
        continue
    crc, length, kind = struct.unpack("<IHB", content[at : at + HEADER])
    data = content[at + HEADER : at + HEADER + length]
    assert zlib.crc32(bytes([kind]) + data) == crc
    assert (kind in (1, 2)) == (record == b"")
    record += data
    at += HEADER + length
    if kind in (1, 4):
        message = wandb_internal_pb2.Record()
        message.ParseFromString(record)
        records.append(MessageToDict(message, preserving_proto_field_name=True))
        record = b""
assert record == b""
print(json.dumps(records))
