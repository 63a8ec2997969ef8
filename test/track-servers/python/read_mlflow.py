"""Prints the runs of an experiment as the client of MLflow reads them: read_mlflow.py ADDRESS EXPERIMENT."""

import json
import sys

from mlflow.tracking import MlflowClient

address, name = sys.argv[1:]
client = MlflowClient(address)
experiment = client.get_experiment_by_name(name)
runs = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"])
print(
    json.dumps(
        [
            {
                "name": run.info.run_name,
                "status": run.info.status,
                "seconds": None if run.info.end_time is None else (run.info.end_time - run.info.start_time) / 1000,
                "params": run.data.params,
                "tags": run.data.tags,
                "metrics": {
                    key: [[m.step, m.value] for m in client.get_metric_history(run.info.run_id, key)]
                    for key in run.data.metrics
                },
            }
            for run in runs
        ]
    )
)
