/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.linalg;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * TorchScript written next to the Java that calls it: for operations that the engine has and its
 * Java interface lacks, and for several of them in one call. Thread-safe: a module has no state.
 * Its little native memory is held as long as the process lives, so it belongs into a constant.
 *
 * <p>Arrays must be on the engine's default device or all on one device.
 */
public final class TorchModule {
  private final PtSymbolBlock module;

  private TorchModule(final PtSymbolBlock module) {
    this.module = module;
  }

  /**
   * A module of some methods.
   *
   * @param name simple name of the class
   * @param methods TorchScript source of its methods, as {@code torch.jit.save} writes it, indented
   *     by two spaces; {@code self} is of type {@code __torch__.NAME}, arguments are tensors, lists
   *     of tensors, floats and ints, and every result is a list of tensors
   */
  public static TorchModule of(final String name, final String methods) {
    final String source =
        "class %s(Module):%n  __parameters__ = []%n  __buffers__ = []%n  training : bool%n"
                .formatted(name)
            + methods;
    final PtNDManager manager = (PtNDManager) Engine.getEngine("PyTorch").newBaseManager();
    try {
      return new TorchModule(
          JniUtils.loadModule(
              manager,
              new ByteArrayInputStream(TorchScriptArchive.of(name, source)),
              false,
              false));
    } catch (final IOException e) {
      manager.close();
      throw new UncheckedIOException(e);
    }
  }

  /** A call of a method, whose arguments follow in their order. */
  public Call call(final String method) {
    return new Call(method);
  }

  /** Collects arguments; not thread-safe. Ends with {@link #run}. */
  public final class Call {
    private final String method;
    private final List<IValue> arguments = new ArrayList<>();

    private Call(final String method) {
      this.method = method;
    }

    /** The next argument is a tensor. */
    public Call with(final NDArray tensor) {
      arguments.add(IValue.from((PtNDArray) tensor));
      return this;
    }

    /** The next argument is a list of tensors. */
    public Call with(final NDList tensors) {
      arguments.add(IValue.listFrom(tensors.toArray(new PtNDArray[0])));
      return this;
    }

    /** The next argument is a float. */
    public Call with(final double number) {
      arguments.add(IValue.from(number));
      return this;
    }

    /** The next argument is an int. */
    public Call with(final long number) {
      arguments.add(IValue.from(number));
      return this;
    }

    /**
     * Runs the method.
     *
     * @return its result, on the manager
     */
    public NDList run(final NDManager manager) {
      try (IValue result =
          IValueUtils.runMethod(module, method, arguments.toArray(new IValue[0]))) {
        return new NDList(result.toTensorArray((PtNDManager) manager));
      } finally {
        arguments.forEach(IValue::close);
      }
    }
  }
}
