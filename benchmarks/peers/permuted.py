# SPDX-License-Identifier: Apache-2.0
"""Permuted tasks, one pass each, by Adam with Avalanche's EWC, synaptic intelligence, or neither."""

import time
import warnings

import torch

import fashion

warnings.filterwarnings("ignore", message="no QP solver found|No loggers specified")

from avalanche.benchmarks import benchmark_from_datasets  # noqa: E402
from avalanche.benchmarks.utils import as_classification_dataset  # noqa: E402
from avalanche.training.plugins import SupervisedPlugin, SynapticIntelligencePlugin  # noqa: E402
from avalanche.training.plugins.evaluation import EvaluationPlugin  # noqa: E402
from avalanche.training.supervised import EWC, Naive, SynapticIntelligence  # noqa: E402

# ξ of the paper for permuted images, and ours; Avalanche's default is 1e-7.
XI = 0.1


class Losses(SupervisedPlugin):
    """The losses of the first steps, without a penalty."""

    def __init__(self):
        super().__init__()
        self.values = []

    def after_forward(self, strategy, **kwargs):
        if len(self.values) < fashion.FIRST_STEPS:
            self.values.append(strategy._criterion(strategy.mb_output, strategy.mb_y).item())


def copy_weights(model, target, excluded):
    """What Avalanche 0.6.0 means to do.

    On a CPU its own extract_weights keeps views of the parameters, so that neither movement nor
    distance from the anchor is ever seen, and nothing is protected: README.md.
    """
    for name, parameter in SynapticIntelligencePlugin.allowed_parameters(model, excluded):
        target[name].data = parameter.detach().flatten().clone()


def strategy(options, model, losses):
    settings = dict(
        model=model, optimizer=fashion.optimizer("adam", model, options),
        criterion=torch.nn.CrossEntropyLoss(), train_mb_size=fashion.BATCH, train_epochs=1,
        device="cpu", plugins=[losses], evaluator=EvaluationPlugin())
    if options.method == "ewc":
        return EWC(ewc_lambda=options.strength, **settings)
    if options.method.startswith("si"):
        if options.method == "si":
            SynapticIntelligencePlugin.extract_weights = staticmethod(torch.no_grad()(copy_weights))
        return SynapticIntelligence(si_lambda=options.strength, eps=XI, **settings)
    return Naive(**settings)


def main() -> None:
    parser = fashion.stream_arguments(__doc__)
    parser.add_argument("--method", choices=("none", "ewc", "si", "si-as-published"), required=True)
    parser.add_argument("--strength", type=float, default=0.0)
    parser.add_argument("--tasks", type=int, default=5)
    options = parser.parse_args()
    fashion.set_threads(options.threads)
    torch.manual_seed(options.seed)
    (features, labels), (judged, judged_labels) = fashion.images(options.data, options.split)
    random = torch.Generator().manual_seed(options.seed)
    pixels = torch.arange(features.shape[1])
    maps = [pixels] + [
        torch.randperm(len(pixels), generator=random) for _ in range(options.tasks - 1)]
    count = options.examples_per_task or len(labels)
    chosen = [torch.randperm(len(labels), generator=random)[:count] for _ in maps]
    tasks = [(features[rows][:, order], labels[rows]) for rows, order in zip(chosen, maps)]
    losses = Losses()
    model = fashion.network(options.seed)
    learner = strategy(options, model, losses)

    accuracies = []
    start = time.perf_counter()
    stream = benchmark_from_datasets(train=[dataset(*task) for task in tasks]).train_stream
    for experience in stream:
        learner.train(experience, shuffle=True, num_workers=0)
        accuracies.append([
            fashion.accuracy(model, judged[:, order], judged_labels)
            for order in maps[: len(accuracies) + 1]])
    seconds = time.perf_counter() - start

    last = accuracies[-1]
    earlier = range(len(last) - 1)
    forgetting = [max(row[k] for row in accuracies[k:-1]) - last[k] for k in earlier]
    fashion.report(
        experiment="permuted", method=options.method, seed=options.seed, split=options.split,
        threads=options.threads, rate=options.rate, strength=options.strength,
        accuracy=sum(last) / len(last), accuracies=accuracies,
        forgetting=sum(forgetting) / max(1, len(forgetting)),
        first_loss=sum(losses.values) / len(losses.values),
        examples_per_second=sum(len(labels) for _, labels in tasks) / seconds)


def dataset(features: torch.Tensor, labels: torch.Tensor):
    tensors = torch.utils.data.TensorDataset(features, labels)
    tensors.targets = labels.tolist()
    return as_classification_dataset(tensors)


if __name__ == "__main__":
    main()
