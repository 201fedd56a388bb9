/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.ConvolutionalSpec;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.curvature.network.Network;
import io.evergrad.curvature.network.NetworkSpec;
import io.evergrad.curvature.network.Normalisation;
import io.evergrad.curvature.network.RecurrentSpec;
import io.evergrad.curvature.network.TransformerSpec;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfiguredNetworkTest {

  @Test
  void everyKeyReachesItsNetwork() {
    assertThat(
            network(
                "type",
                "convolutional",
                "channels",
                "3",
                "height",
                "8",
                "width",
                "9",
                "filters",
                "4;5",
                "kernel",
                "5",
                "stride",
                "1",
                "classes",
                "6",
                "activation",
                "gelu"))
        .isEqualTo(new ConvolutionalSpec(3, 8, 9, List.of(4, 5), 5, 1, 6, Activation.GELU));
    assertThat(
            network(
                "type",
                "recurrent",
                "steps",
                "7",
                "width",
                "3",
                "hidden",
                "4;5",
                "classes",
                "6",
                "activation",
                "tanh"))
        .isEqualTo(new RecurrentSpec(7, 3, List.of(4, 5), 6, Activation.TANH));
    assertThat(
            network(
                "type",
                "transformer",
                "context",
                "9",
                "vocabulary",
                "30",
                "width",
                "8",
                "heads",
                "2",
                "perceptron",
                "10",
                "layers",
                "3",
                "normalisation",
                "rms"))
        .isEqualTo(new TransformerSpec(9, 30, 8, 2, 10, 3, Normalisation.RMS));
  }

  @Test
  void everyTypeHasDefaults() {
    assertThat(network()).isInstanceOf(MlpSpec.class).isEqualTo(network("type", "mlp"));
    assertThat(network("type", "CONVOLUTIONAL").inputs()).isEqualTo(784);
    assertThat(network("type", "RECURRENT").inputs()).isEqualTo(784);
    assertThat(network("type", "TRANSFORMER").classes()).as("bytes").isEqualTo(256);
  }

  @Test
  void everyKeyBelongsToATypeOrIsOfAll() {
    assertThat(
            EvergradOptions.ALL.stream()
                .map(ConfigOption::key)
                .filter(key -> key.startsWith("evergrad.network."))
                .collect(Collectors.toSet()))
        .isEqualTo(
            Stream.concat(
                    Stream.of(EvergradOptions.NETWORK_TYPE, EvergradOptions.NETWORK_CLASS),
                    EvergradOptions.NETWORK_KEYS.values().stream().flatMap(List::stream))
                .map(ConfigOption::key)
                .collect(Collectors.toSet()));
  }

  @ParameterizedTest
  @CsvSource({
    "mlp,kernel,CONVOLUTIONAL",
    "mlp,context,TRANSFORMER",
    "convolutional,inputs,MLP",
    "convolutional,hidden,'MLP, RECURRENT'",
    "recurrent,channels,CONVOLUTIONAL",
    "transformer,classes,'MLP, CONVOLUTIONAL, RECURRENT'",
    "transformer,steps,RECURRENT"
  })
  void aKeyOfAnotherTypeIsRefusedNamingBoth(
      final String type, final String key, final String types) {
    assertThatThrownBy(() -> network("type", type, key, "4"))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining(
            "evergrad.network." + key + " is a key of network type " + types + ",")
        .hasMessageContaining("evergrad.network.type is " + type.toUpperCase(Locale.ROOT))
        .hasMessageContaining("leave the key out");
  }

  @Test
  void aKeyOfAnotherTypeThanTheDefaultIsRefused() {
    assertThatThrownBy(() -> network("filters", "4"))
        .hasMessageContaining("evergrad.network.filters is a key of network type CONVOLUTIONAL")
        .hasMessageContaining("evergrad.network.type is MLP unless set");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "convolutional|channels|0|at least 1",
        "convolutional|height|0|at least 1",
        "convolutional|width|-1|at least 1",
        "convolutional|filters|0|at least 1",
        "convolutional|kernel|2|odd",
        "convolutional|stride|0|at least 1",
        "convolutional|classes|1|at least 2",
        "recurrent|steps|0|at least 1",
        "recurrent|hidden|0|at least 1",
        "transformer|context|0|at least 1",
        "transformer|vocabulary|1|at least 2",
        "transformer|width|30|multiple of the heads",
        "transformer|heads|0|at least 1",
        "transformer|perceptron|0|at least 1",
        "transformer|layers|0|at least 1",
        "transformer|normalisation|batch|LAYER",
        "lstm|inputs|4|RECURRENT"
      })
  void aValueOutOfRangeIsRefusedNamingItsKey(
      final String type, final String key, final String value, final String expected) {
    assertThatThrownBy(() -> network("type", type, key, value))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("evergrad.network." + (type.equals("lstm") ? "type" : key))
        .hasMessageContaining(type.equals("lstm") ? type : value)
        .hasMessageContaining(expected);
  }

  @Test
  void sizesThatAreTooLargeTogetherAreRefused() {
    assertThatThrownBy(() -> network("type", "transformer", "width", "65536", "layers", "1"))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("evergrad.network: ")
        .hasMessageContaining("at most");
  }

  @Test
  void aClassTakesThePlaceOfAllOtherKeys() {
    assertThat(network("class", Own.class.getName())).isEqualTo(new Own());
    assertThatThrownBy(() -> network("class", Own.class.getName(), "type", "mlp", "classes", "4"))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("evergrad.network.class " + Own.class.getName())
        .hasMessageContaining("evergrad.network.type, evergrad.network.classes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "no.such.Network|no such class",
        "java.lang.String|does not implement io.evergrad.curvature.network.NetworkSpec",
        "io.evergrad.curvature.network.MlpSpec|constructor without arguments",
        "io.evergrad.jobs.config.ConfiguredNetworkTest$Abstract|abstract",
        "io.evergrad.jobs.config.ConfiguredNetworkTest$Failing|failed: java.lang.IllegalState",
        "io.evergrad.jobs.config.ConfiguredNetworkTest$Nameless|toString",
        "io.evergrad.jobs.config.ConfiguredNetworkTest$OneClass|3 inputs, 1 classes"
      })
  void aClassThatIsNoNetworkIsRefused(final String name, final String why) {
    assertThatThrownBy(() -> network("class", name))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("evergrad.network.class " + name)
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernels", "context-length"})
  void anUnknownKeyOfANetworkIsRefused(final String key) {
    assertThatThrownBy(() -> network("type", "transformer", key, "4"))
        .hasMessageContaining("unknown key evergrad.network." + key);
  }

  private static NetworkSpec network(final String... keysAndValues) {
    final Map<String, String> values = new TreeMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      values.put("evergrad.network." + keysAndValues[i], keysAndValues[i + 1]);
    }
    return JobConfiguration.of(values).learner().network();
  }

  /** A network that is never run. */
  public record Own() implements NetworkSpec {
    @Override
    public int inputs() {
      return 3;
    }

    @Override
    public int classes() {
      return 2;
    }

    @Override
    public Network network() {
      throw new UnsupportedOperationException();
    }
  }

  /** Cannot be made. */
  public abstract static class Abstract implements NetworkSpec {
    /** Public. */
    public Abstract() {}
  }

  /** Cannot be made either. */
  public static final class Failing implements NetworkSpec {
    /** Fails. */
    public Failing() {
      throw new IllegalStateException("on purpose");
    }

    @Override
    public int inputs() {
      return 3;
    }

    @Override
    public int classes() {
      return 2;
    }

    @Override
    public Network network() {
      throw new UnsupportedOperationException();
    }
  }

  /** Says nothing of itself. */
  public static final class Nameless implements NetworkSpec {
    @Override
    public int inputs() {
      return 3;
    }

    @Override
    public int classes() {
      return 2;
    }

    @Override
    public Network network() {
      throw new UnsupportedOperationException();
    }
  }

  /** Has nothing to choose from. */
  public record OneClass() implements NetworkSpec {
    @Override
    public int inputs() {
      return 3;
    }

    @Override
    public int classes() {
      return 1;
    }

    @Override
    public Network network() {
      throw new UnsupportedOperationException();
    }
  }
}
