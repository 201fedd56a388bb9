/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.linalg;

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
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * TorchScript written next to the Java that calls it: for operations that the engine has and its
 * Java interface lacks, and for several of them in one call. Thread-safe: a module has no state.
 * Its little native memory is held as long as the process lives, so it belongs into a constant.
 *
 * <p>Arrays must be on the engine's default device or all on one device.
 */
public final class TorchModule {
  private static final Pattern SELF = Pattern.compile("self: __torch__\\.\\w+");
  private final PtSymbolBlock module;

  private TorchModule(final PtSymbolBlock module) {
    this.module = module;
  }

  /**
   * A module of some methods.
   *
   * @param name simple name of the class
   * @param methods TorchScript source of its methods, as {@code torch.jit.save} writes it, indented
   *     by two spaces; arguments are tensors, floats, ints, and lists of each and of lists of
   *     tensors, and the result of what is called from Java is a list of tensors. {@code self} is
   *     of type {@code __torch__.NAME}, whichever name: so modules may have methods of each other
   */
  public static TorchModule of(final String name, final String... methods) {
    final String source =
        "class %s(Module):%n  __parameters__ = []%n  __buffers__ = []%n  training : bool%n"
                .formatted(name)
            + SELF.matcher(String.join("", methods)).replaceAll("self: __torch__." + name);
    final PtNDManager manager = Torch.newManager();
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

  private static IValue listOfLists(final List<NDList> lists) {
    final IValue[] inner =
        lists.stream()
            .map(tensors -> IValue.listFrom(tensors.toArray(new PtNDArray[0])))
            .toArray(IValue[]::new);
    try {
      return IValue.listFrom(inner);
    } finally {
      Arrays.stream(inner).forEach(IValue::close);
    }
  }

  /**
   * Arguments that many calls take, in their order. Holds native memory until closed, or until a
   * manager is that it is {@linkplain #attach attached} to; must not outlive its tensors. Not
   * thread-safe while arguments are added.
   */
  public static final class Arguments implements AutoCloseable {
    private final List<IValue> values = new ArrayList<>();

    /** The next argument is a list of lists of tensors. */
    public Arguments and(final List<NDList> lists) {
      values.add(listOfLists(lists));
      return this;
    }

    /** The next argument is a float. */
    public Arguments and(final double number) {
      values.add(IValue.from(number));
      return this;
    }

    /** The next argument is a list of ints. */
    public Arguments and(final long[] numbers) {
      values.add(IValue.listFrom(numbers));
      return this;
    }

    /** Closes with the manager. */
    public Arguments attach(final NDManager manager) {
      manager.attachInternal(UUID.randomUUID().toString(), this);
      return this;
    }

    @Override
    public void close() {
      values.forEach(IValue::close);
      values.clear();
    }
  }

  /** Collects arguments; not thread-safe. Ends with {@link #run}. */
  public final class Call {
    private final String method;
    private final List<IValue> arguments = new ArrayList<>();
    private final List<IValue> own = new ArrayList<>();

    private Call(final String method) {
      this.method = method;
    }

    /** The next argument is a tensor. */
    public Call with(final NDArray tensor) {
      return own(IValue.from((PtNDArray) tensor));
    }

    /** The next argument is a list of tensors. */
    public Call with(final NDList tensors) {
      return own(IValue.listFrom(tensors.toArray(new PtNDArray[0])));
    }

    /** The next argument is a list of lists of tensors. */
    public Call with(final List<NDList> lists) {
      return own(listOfLists(lists));
    }

    /** The next argument is a float. */
    public Call with(final double number) {
      return own(IValue.from(number));
    }

    /** The next argument is a list of floats. */
    public Call with(final double[] numbers) {
      return own(IValue.listFrom(numbers));
    }

    /** The next argument is a list of ints. */
    public Call with(final long[] numbers) {
      return own(IValue.listFrom(numbers));
    }

    /** The next argument is an int. */
    public Call with(final long number) {
      return own(IValue.from(number));
    }

    /** The next arguments are those. */
    public Call with(final Arguments kept) {
      arguments.addAll(kept.values);
      return this;
    }

    private Call own(final IValue value) {
      own.add(value);
      arguments.add(value);
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
        own.forEach(IValue::close);
      }
    }
  }
}
