# SPDX-License-Identifier: Apache-2.0
"""Images, network and optimizers, by the same laws as the Java baselines."""

import argparse
import gzip
import json
import math
import pathlib
import sys

import numpy
import torch

SIZES = (784, 256, 256, 10)
BATCH = 128
MOMENTUM = 0.95
SECOND_DECAY = 0.999
EPSILON = 1e-8
MUONS_ADAM = 0.1
VALIDATION_SHARE = 6
UNTIMED_STEPS = 20
FIRST_STEPS = 100


def arguments(description: str) -> argparse.ArgumentParser:
    """The options that every script takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rate", type=float, required=True, help="learning rate")
    parser.add_argument("--momentum", type=float, default=MOMENTUM)
    parser.add_argument("--weight-decay", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    return parser


def stream_arguments(description: str) -> argparse.ArgumentParser:
    """The options of a script that makes its own stream from images."""
    parser = arguments(description)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="the four IDX gz files")
    parser.add_argument("--split", choices=("validation", "test"), default="test")
    parser.add_argument("--examples-per-task", type=int, default=0, help="0: all, once")
    return parser


def set_threads(threads: int) -> None:
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)


def idx(path: pathlib.Path) -> numpy.ndarray:
    """One IDX file of unsigned bytes."""
    data = gzip.open(path).read()
    if data[:3] != b"\0\0\x08":
        sys.exit(f"{path}: expected an IDX file of unsigned bytes")
    shape = numpy.frombuffer(data, ">i4", data[3], 4)
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * data[3]).reshape(shape)


def images(directory: pathlib.Path, split: str):
    """Features in [0, 1] and labels to learn, and those to judge by.

    The validation split holds out the last sixth of the training images and leaves the test images
    alone.
    """
    def part(name):
        features = idx(directory / f"{name}-images-idx3-ubyte.gz")
        labels = idx(directory / f"{name}-labels-idx1-ubyte.gz")
        return (torch.from_numpy(features.reshape(len(features), -1) / numpy.float32(255)),
                torch.from_numpy(labels.astype(numpy.int64)))

    features, labels = part("train")
    if split == "test":
        return (features, labels), part("t10k")
    learned = len(labels) - len(labels) // VALIDATION_SHARE
    return (features[:learned], labels[:learned]), (features[learned:], labels[learned:])


def network(seed: int) -> torch.nn.Sequential:
    """Normal weights of variance 2 / inputs before a ReLU, 1 / inputs in the last layer; no biases."""
    generator = torch.Generator().manual_seed(seed)
    layers = []
    for i, (inputs, units) in enumerate(zip(SIZES, SIZES[1:])):
        last = i == len(SIZES) - 2
        linear = torch.nn.Linear(inputs, units)
        with torch.no_grad():
            linear.weight.normal_(0, math.sqrt((1 if last else 2) / inputs), generator=generator)
            linear.bias.zero_()
        layers += [linear] if last else [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers)


def start(path: pathlib.Path, model: torch.nn.Sequential):
    """Takes initial parameters from a file, and the micro-batches that follow them there.

    The file holds, as OurTrials.java writes it, the parameters as little-endian float32, then for each
    example its label and its features, a byte each.
    """
    data = numpy.fromfile(path, numpy.uint8)
    position = 0
    with torch.no_grad():
        for parameter in model.parameters():
            values = numpy.frombuffer(data, "<f4", parameter.numel(), position).copy()
            parameter.copy_(torch.from_numpy(values).reshape(parameter.shape))
            position += 4 * parameter.numel()
    examples = data[position:].reshape(-1, 1 + SIZES[0])
    features = torch.from_numpy(examples[:, 1:] / numpy.float32(255))
    labels = torch.from_numpy(examples[:, 0].astype(numpy.int64))
    return list(zip(features.split(BATCH), labels.split(BATCH)))


def optimizer(name: str, model: torch.nn.Sequential, options) -> torch.optim.Optimizer:
    """SGD, Adam and AdamW of torch; Muon of pytorch_optimizer, for the hidden weights."""
    betas = (options.momentum, SECOND_DECAY)
    if name == "sgd":
        return torch.optim.SGD(model.parameters(), options.rate, options.momentum)
    if name == "adam":
        return torch.optim.Adam(model.parameters(), options.rate, betas, EPSILON)
    if name == "adamw":
        return torch.optim.AdamW(
            model.parameters(), options.rate, betas, EPSILON, options.weight_decay)
    from pytorch_optimizer.optimizer.muon.muon import Muon

    hidden = [p for p in model[:-1].parameters() if p.ndim == 2]
    others = [p for p in model.parameters() if all(p is not h for h in hidden)]
    return Muon([
        dict(params=hidden, use_muon=True, lr=options.rate, momentum=options.momentum),
        dict(params=others, use_muon=False, lr=MUONS_ADAM * options.rate, betas=betas, eps=EPSILON),
    ])


@torch.no_grad()
def accuracy(model: torch.nn.Module, features: torch.Tensor, labels: torch.Tensor) -> float:
    correct = sum(
        int((model(x).argmax(1) == y).sum()) for x, y in zip(features.split(1000), labels.split(1000)))
    return correct / len(labels)


def report(**figures) -> None:
    """One JSON line on stdout."""
    print(json.dumps(figures), flush=True)
