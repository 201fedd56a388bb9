# SPDX-License-Identifier: Apache-2.0
"""A plain loop from a Kafka topic of our wire format to a network, by PyTorch's AdamW.

Learns what is in the topic when it begins, in micro-batches of 128, and after each task judges all
tasks so far by their held-out examples. As in our job, the first 20 steps and the evaluation after
the last task are not timed.
"""

import sys
import time
import uuid

import confluent_kafka
import numpy
import torch

import fashion

try:
    from stream_record_pb2 import StreamRecord
except ImportError:
    sys.exit("stream_record_pb2.py is missing: run setup.sh")

FETCHED = 512
TIMEOUT = 30.0


def records(options):
    """Every record of the topic's one partition, up to what is its end now."""
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": options.bootstrap_servers,
        "group.id": f"peer-{uuid.uuid4()}",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
    })
    partition = confluent_kafka.TopicPartition(options.topic, 0, confluent_kafka.OFFSET_BEGINNING)
    _, end = consumer.get_watermark_offsets(partition, timeout=TIMEOUT)
    consumer.assign([partition])
    read = 0
    while read < end:
        # It waits for as many as are asked for.
        messages = consumer.consume(num_messages=min(FETCHED, end - read), timeout=TIMEOUT)
        if not messages:
            sys.exit(f"{options.topic}: nothing came for {TIMEOUT:.0f} s, at {read} of {end} records")
        for message in messages:
            if message.error():
                sys.exit(f"{options.topic}: {message.error()}")
            read = message.offset() + 1
            yield StreamRecord.FromString(message.value())
    consumer.close()


def tensors(rows: list, labels: list):
    """One tensor for the features of all examples, one for their labels."""
    pixels = numpy.frombuffer(bytearray().join(rows), numpy.uint8).reshape(len(rows), -1)
    return torch.from_numpy(pixels).float().div_(255), torch.tensor(labels)


class Loop:
    """The network, its optimizer and its clock."""

    def __init__(self, options):
        self.model = fashion.network(options.seed)
        self.optimizer = fashion.optimizer("adamw", self.model, options)
        self.steps = 0
        self.examples = 0
        self.losses = []
        self.start = self.end = time.perf_counter()

    def step(self, rows: list, labels: list) -> None:
        x, y = tensors(rows, labels)
        self.optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        self.losses.append(loss.item())
        self.steps += 1
        self.end = time.perf_counter()
        if self.steps > fashion.UNTIMED_STEPS:
            self.examples += len(labels)
        else:
            self.start = self.end


def main() -> None:
    parser = fashion.arguments(__doc__)
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--topic", required=True)
    options = parser.parse_args()
    fashion.set_threads(options.threads)
    loop = Loop(options)
    rows, labels, held_out, accuracies = [], [], {}, []
    for record in records(options):
        if record.HasField("task_end"):
            if rows:
                loop.step(rows, labels)
                rows, labels = [], []
            accuracies.append([
                fashion.accuracy(loop.model, *tensors(*held)) for held in held_out.values()])
            continue
        example = record.example
        if example.held_out:
            held = held_out.setdefault(record.task, ([], []))
            held[0].append(example.uint8)
            held[1].append(example.label)
            continue
        rows.append(example.uint8)
        labels.append(example.label)
        if len(rows) == fashion.BATCH:
            loop.step(rows, labels)
            rows, labels = [], []

    first = loop.losses[: fashion.FIRST_STEPS]
    last = accuracies[-1]
    fashion.report(
        experiment="kafka", method="adamw", seed=options.seed, threads=options.threads,
        rate=options.rate, accuracy=sum(last) / max(1, len(last)), accuracies=accuracies,
        first_loss=sum(first) / len(first), examples=loop.examples,
        examples_per_second=loop.examples / (loop.end - loop.start))


if __name__ == "__main__":
    main()
