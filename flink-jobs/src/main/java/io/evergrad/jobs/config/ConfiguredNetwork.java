/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.config;

import static io.evergrad.jobs.config.EvergradOptions.PREFIX;

import io.evergrad.curvature.network.ConvolutionalSpec;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.curvature.network.NetworkSpec;
import io.evergrad.curvature.network.RecurrentSpec;
import io.evergrad.curvature.network.TransformerSpec;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;

/** The network that a configuration describes by type and sizes, or names by class. */
final class ConfiguredNetwork {
  private static final String NETWORK = PREFIX + "network.";

  private final Configuration values;

  private ConfiguredNetwork(final Configuration values) {
    this.values = values;
  }

  /**
   * The network.
   *
   * @throws InvalidConfigurationException if a key is of another type of network than the one
   *     chosen, a size is out of range, or a class is not a network
   */
  static NetworkSpec of(final Configuration values) {
    final ConfiguredNetwork network = new ConfiguredNetwork(values);
    if (values.contains(EvergradOptions.NETWORK_CLASS)) {
      return network.named(values.get(EvergradOptions.NETWORK_CLASS));
    }
    return network.described(values.get(EvergradOptions.NETWORK_TYPE));
  }

  private NetworkSpec described(final NetworkType type) {
    for (final ConfigOption<?> option : EvergradOptions.ALL) {
      final List<String> types = typesOf(option);
      if (!types.isEmpty() && !types.contains(type.name()) && values.contains(option)) {
        throw new InvalidConfigurationException(
            option.key()
                + " is a key of network type "
                + String.join(", ", types)
                + ", but "
                + EvergradOptions.NETWORK_TYPE.key()
                + " is "
                + type
                + (values.contains(EvergradOptions.NETWORK_TYPE) ? "" : " unless set")
                + "; change the type, or leave the key out");
      }
    }
    if (type == NetworkType.TRANSFORMER && values.get(EvergradOptions.PERCEPTRON) < 1) {
      throw new InvalidConfigurationException(
          EvergradOptions.PERCEPTRON.key()
              + " "
              + values.get(EvergradOptions.PERCEPTRON)
              + ": expected at least 1");
    }
    try {
      return switch (type) {
        case MLP -> mlp();
        case CONVOLUTIONAL -> convolutional();
        case RECURRENT -> recurrent();
        case TRANSFORMER -> transformer();
      };
    } catch (final IllegalArgumentException e) {
      throw new InvalidConfigurationException(located(e.getMessage()), e);
    }
  }

  /**
   * A message about a network, which begins with what is out of range: mostly a key's last part.
   */
  private static String located(final String message) {
    final String key = NETWORK + message.split("[ :]", 2)[0];
    final boolean known = EvergradOptions.ALL.stream().anyMatch(o -> o.key().equals(key));
    return known ? NETWORK + message : PREFIX + "network: " + message;
  }

  private static List<String> typesOf(final ConfigOption<?> option) {
    return EvergradOptions.NETWORK_KEYS.entrySet().stream()
        .filter(keys -> keys.getValue().contains(option))
        .map(keys -> keys.getKey().name())
        .toList();
  }

  private NetworkSpec mlp() {
    return new MlpSpec(
        values.get(EvergradOptions.INPUTS),
        values.get(EvergradOptions.HIDDEN),
        values.get(EvergradOptions.CLASSES),
        values.get(EvergradOptions.ACTIVATION));
  }

  private NetworkSpec convolutional() {
    return new ConvolutionalSpec(
        values.get(EvergradOptions.CHANNELS),
        values.get(EvergradOptions.HEIGHT),
        width(NetworkType.CONVOLUTIONAL),
        values.get(EvergradOptions.FILTERS),
        values.get(EvergradOptions.KERNEL),
        values.get(EvergradOptions.STRIDE),
        values.get(EvergradOptions.CLASSES),
        values.get(EvergradOptions.ACTIVATION));
  }

  private NetworkSpec recurrent() {
    return new RecurrentSpec(
        values.get(EvergradOptions.STEPS),
        width(NetworkType.RECURRENT),
        values.get(EvergradOptions.HIDDEN),
        values.get(EvergradOptions.CLASSES),
        values.get(EvergradOptions.ACTIVATION));
  }

  private NetworkSpec transformer() {
    return new TransformerSpec(
        values.get(EvergradOptions.CONTEXT),
        values.get(EvergradOptions.VOCABULARY),
        width(NetworkType.TRANSFORMER),
        values.get(EvergradOptions.HEADS),
        values.get(EvergradOptions.PERCEPTRON),
        values.get(EvergradOptions.LAYERS),
        values.get(EvergradOptions.NORMALISATION));
  }

  private int width(final NetworkType type) {
    return values
        .getOptional(EvergradOptions.WIDTH)
        .orElseGet(() -> EvergradOptions.defaultWidth(type));
  }

  private NetworkSpec named(final String name) {
    final String others =
        EvergradOptions.ALL.stream()
            .filter(option -> option.key().startsWith(NETWORK))
            .filter(option -> !option.equals(EvergradOptions.NETWORK_CLASS))
            .filter(values::contains)
            .map(ConfigOption::key)
            .collect(Collectors.joining(", "));
    if (!others.isEmpty()) {
      throw refused(name, "it says itself what " + others + " would say; leave one of them out");
    }
    final NetworkSpec spec = instance(name);
    if (spec.inputs() < 1 || spec.classes() < 2 || spec.predictions() < 1) {
      throw refused(
          name,
          "%d inputs, %d classes, %d predictions: expected at least 1, 2 and 1"
              .formatted(spec.inputs(), spec.classes(), spec.predictions()));
    }
    if (!describesItself(spec)) {
      throw refused(
          name, "its toString is kept with every version and has to be one line that describes it");
    }
    return spec;
  }

  private static NetworkSpec instance(final String name) {
    final ClassLoader context = Thread.currentThread().getContextClassLoader();
    try {
      return Class.forName(name, true, context)
          .asSubclass(NetworkSpec.class)
          .getConstructor()
          .newInstance();
    } catch (final ClassNotFoundException e) {
      throw refused(name, "there is no such class on the job's class path", e);
    } catch (final ClassCastException e) {
      throw refused(name, "it does not implement " + NetworkSpec.class.getName(), e);
    } catch (final NoSuchMethodException | IllegalAccessException e) {
      throw refused(name, "expected a public class with a public constructor without arguments", e);
    } catch (final InstantiationException e) {
      throw refused(name, "it is abstract", e);
    } catch (final InvocationTargetException e) {
      throw refused(name, "its constructor failed: " + e.getCause(), e);
    } catch (final LinkageError e) {
      throw refused(name, "it cannot be loaded: " + e, e);
    }
  }

  /** Whether the text is the same in every JVM, unlike what Object makes, and one line. */
  private static boolean describesItself(final NetworkSpec spec) {
    final String text = spec.toString();
    final String identity =
        spec.getClass().getName() + "@" + Integer.toHexString(System.identityHashCode(spec));
    return text != null && !text.isBlank() && text.lines().count() == 1 && !text.equals(identity);
  }

  private static InvalidConfigurationException refused(final String name, final String why) {
    return refused(name, why, null);
  }

  private static InvalidConfigurationException refused(
      final String name, final String why, final Throwable cause) {
    return new InvalidConfigurationException(
        EvergradOptions.NETWORK_CLASS.key() + " " + name + ": " + why, cause);
  }
}
