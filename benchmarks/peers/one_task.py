# SPDX-License-Identifier: Apache-2.0
"""One pass over one task, by PyTorch."""

import pathlib
import time

import torch

import fashion


def main() -> None:
    parser = fashion.stream_arguments(__doc__)
    parser.add_argument("--method", choices=("sgd", "adam", "adamw", "muon"), required=True)
    parser.add_argument("--start", type=pathlib.Path, help="initial parameters and examples in order")
    options = parser.parse_args()
    fashion.set_threads(options.threads)
    (features, labels), held_out = fashion.images(options.data, options.split)
    model = fashion.network(options.seed)
    if options.start:
        batches = fashion.start(options.start, model)
    else:
        order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(options.seed))
        order = order[: options.examples_per_task or len(order)]
        batches = [(features[rows], labels[rows]) for rows in order.split(fashion.BATCH)]
    optimizer = fashion.optimizer(options.method, model, options)

    losses = []
    start = time.perf_counter()
    for i, (x, y) in enumerate(batches):
        if i == fashion.UNTIMED_STEPS:
            start = time.perf_counter()
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    seconds = time.perf_counter() - start

    reached = fashion.accuracy(model, *held_out)
    first = losses[: fashion.FIRST_STEPS]
    fashion.report(
        experiment="one-task", method=options.method, seed=options.seed, split=options.split,
        threads=options.threads, rate=options.rate, strength=0.0, accuracy=reached,
        accuracies=[[reached]], forgetting=0.0, first_loss=sum(first) / len(first),
        examples_per_second=sum(len(y) for _, y in batches[fashion.UNTIMED_STEPS:]) / seconds)


if __name__ == "__main__":
    main()
