"""Writes the Parquet files of test/data/golden/parquet with pyarrow, and their rows as JSON. Recorded with pyarrow 26.0.1.

    python test/data/python/record_parquet.py
"""

import base64
import datetime
import decimal
import json
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

folder = pathlib.Path(__file__).parent.parent / "golden" / "parquet"
folder.mkdir(exist_ok=True)
count = 60
utc = datetime.timezone.utc


def every(k, value):
    return [None if i % k == 0 else value(i) for i in range(count)]


def columns():
    day = datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)
    yield "id", [f"d{i}" for i in range(count)], pa.string()
    yield "text", [("no. %d, déjà 中文 𝄞. " % i) * (i % 7) for i in range(count)], pa.string()
    yield "int64", every(3, lambda i: 2**63 - 1 - i), pa.int64()
    yield "uint64", [2**64 - 1 - i for i in range(count)], pa.uint64()
    yield "uint64_null", every(4, lambda i: 2**64 - 1 - i), pa.uint64()
    yield "uint32", [2**32 - 1 - i for i in range(count)], pa.uint32()
    yield "int8", [i - 30 for i in range(count)], pa.int8()
    yield "decimal", every(7, lambda i: decimal.Decimal(i * 7 - 100) / 10**10), pa.decimal128(30, 10)
    yield "decimal_small", [decimal.Decimal(i * 5) / 100 for i in range(count)], pa.decimal128(9, 2)
    yield "float", [i * 0.1 for i in range(count)], pa.float32()
    yield "double", [[float("nan"), float("inf"), 1e300, 0.1 * i][i % 4] for i in range(count)], pa.float64()
    yield "half", [i / 4 for i in range(count)], pa.float16()
    yield "flag", every(5, lambda i: i % 2 == 0), pa.bool_()
    yield "micros", [day + datetime.timedelta(days=i, microseconds=i) for i in range(count)], pa.timestamp("us")
    yield "millis", [datetime.datetime(2020, 1, 1, tzinfo=utc) + datetime.timedelta(seconds=i) for i in range(count)], pa.timestamp("ms", tz="UTC")
    yield "date", [datetime.date(1900, 1, 1) + datetime.timedelta(days=i * 999) for i in range(count)], pa.date32()
    yield "time", [datetime.time(23, 59, 59, i) for i in range(count)], pa.time64("us")
    yield "bytes", [bytes([255, i]) for i in range(count)], pa.binary()
    yield "list", every(4, lambda i: list(range(i % 5))), pa.list_(pa.int64())
    yield "lists", [[["a", "b"], [], None, ["c" * (i % 3)]] if i % 2 else [] for i in range(count)], pa.list_(pa.list_(pa.string()))
    yield "struct", every(6, lambda i: {"x": i, "y": {"z": "q", "w": [{"k": 2**60, "v": None}] * (i % 3)}}), pa.struct(
        [("x", pa.int32()), ("y", pa.struct([("z", pa.string()), ("w", pa.list_(pa.struct([("k", pa.int64()), ("v", pa.string())])))]))]
    )
    yield "map", every(3, lambda i: [("a", i), ("b", None)]), pa.map_(pa.string(), pa.int64())
    yield "category", ["xyz"[i % 3] for i in range(count)], pa.dictionary(pa.int32(), pa.string())
    yield "null", [None] * count, pa.null()


table = pa.table({name: pa.array(values, type) for name, values, type in columns()})


def text(value):
    """A value as llmpipe writes it: numbers that doubles cannot hold as {"digits": …}, for the test to compare."""
    if isinstance(value, dict):
        return {key: text(each) for key, each in value.items()}
    if isinstance(value, list):
        return [text(each) for each in value]
    if isinstance(value, float) and value != value:
        return "NaN"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, decimal.Decimal):
        return {"digits": format(value, "f")}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53 - 1:
        return {"digits": str(value)}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, datetime.time):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


rows = [text(row) for row in table.to_pylist(maps_as_pydicts="strict")]
(folder / "rows.json").write_text(json.dumps(rows, ensure_ascii=False) + "\n")
for codec, more in {
    "none": {"data_page_version": "1.0"},
    "snappy": {"data_page_version": "2.0"},
    "gzip": {"data_page_version": "1.0"},
    "brotli": {"data_page_version": "2.0"},
    "zstd": {"data_page_version": "1.0", "write_page_checksum": True},
    "lz4": {"data_page_version": "1.0"},
}.items():
    pq.write_table(table, folder / f"{codec}.parquet", compression=codec, row_group_size=25, data_page_size=300, write_batch_size=8, write_statistics=False, store_schema=False, **more)
encodings = {"text": "DELTA_BYTE_ARRAY", "id": "DELTA_LENGTH_BYTE_ARRAY", "int64": "DELTA_BINARY_PACKED", "double": "BYTE_STREAM_SPLIT"}
pq.write_table(table, folder / "delta.parquet", use_dictionary=False, column_encoding=encodings, data_page_size=300, write_batch_size=8, write_statistics=False, store_schema=False)
