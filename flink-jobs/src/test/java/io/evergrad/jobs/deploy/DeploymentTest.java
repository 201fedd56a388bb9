/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.jobs.TrainingJob;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.jobs.embedded.EmbeddedKafka;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.YamlParserUtils;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.entrypoint.EntrypointClusterConfigurationParserFactory;
import org.apache.flink.runtime.jobmanager.JobManagerProcessUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Follows every reference of the compose deployment, since no engine runs where this is built. */
class DeploymentTest {
  private static final Path ROOT = Path.of("..");
  private static final Set<String> RUN_ONCE = Set.of("topics");
  private static final Pattern COPY =
      Pattern.compile("(?m)^COPY (?<options>(?:--\\S+ )*)(?<source>\\S+) (?<target>\\S+)$");

  private static Map<String, Object> compose;
  private static Map<String, Map<String, Object>> services;
  private static String dockerfile;
  private static Configuration flink;

  @BeforeAll
  static void read() throws Exception {
    compose = yaml("docker-compose.yml");
    services = asMap(compose.get("services"));
    dockerfile = Files.readString(ROOT.resolve("deploy/Dockerfile"));
    flink = GlobalConfiguration.loadConfiguration(ROOT.resolve("deploy/conf").toString());
  }

  @Test
  void everyDependencyIsAServiceThatCanMeetItsCondition() {
    services.forEach(
        (name, service) ->
            DeploymentTest.<Map<String, Object>>asMap(service.getOrDefault("depends_on", Map.of()))
                .forEach(
                    (needed, condition) -> {
                      assertThat(services).as(name).containsKey(needed);
                      if ("service_healthy".equals(condition.get("condition"))) {
                        assertThat(services.get(needed)).as(needed).containsKey("healthcheck");
                      } else {
                        assertThat(RUN_ONCE).as(name).contains(needed);
                      }
                    }));
  }

  @Test
  void everyVolumeIsDeclaredAndUsedAndEveryMountedFileExists() {
    final Set<String> used = new TreeSet<>();
    for (final String mount : mounts()) {
      final String source = mount.substring(0, mount.indexOf(':'));
      if (source.startsWith(".")) {
        assertThat(ROOT.resolve(source)).isRegularFile();
        assertThat(mount).endsWith(":ro");
      } else {
        used.add(source);
      }
    }

    assertThat(used).isEqualTo(DeploymentTest.<Object>asMap(compose.get("volumes")).keySet());
  }

  @Test
  void portsAreOpenOnTheLoopbackInterfaceOnly() {
    final List<Object> ports = new ArrayList<>();
    services.values().forEach(service -> ports.addAll(list(service, "ports")));

    assertThat(ports)
        .isNotEmpty()
        .allSatisfy(port -> assertThat(port.toString()).matches("127\\.0\\.0\\.1:[0-9]+:[0-9]+"));
  }

  @Test
  void imagesArePinnedByVersion() {
    final List<String> images = new ArrayList<>();
    services.values().forEach(service -> images.add((String) service.get("image")));
    final Matcher from = Pattern.compile("(?m)^FROM (\\S+)").matcher(dockerfile);
    while (from.find()) {
      images.add(from.group(1));
    }

    assertThat(images)
        .contains("flink:2.2.0-java17", "apache/kafka:4.2.0")
        .allSatisfy(image -> assertThat(image).matches("\\S+:v?[0-9]+\\.[0-9]+\\.[0-9]+\\S*"));
  }

  @Test
  void whatRunsOnIsRestartedAndItsHealthChecked() {
    services.forEach(
        (name, service) -> {
          assertThat(service).as(name).containsKey("restart");
          if (!RUN_ONCE.contains(name)) {
            assertThat(service).as(name).containsKey("healthcheck");
          }
        });
  }

  @Test
  void everyCopiedFileExistsOrIsBuilt() throws IOException {
    final String pom = Files.readString(ROOT.resolve("flink-jobs/pom.xml"));
    final Matcher copy = COPY.matcher(dockerfile);
    while (copy.find()) {
      final String source = copy.group("source");
      if (copy.group("options").contains("--from=build")) {
        final String built = source.replaceFirst("^/src/flink-jobs/target/", "").replace("/", "");
        assertThat(pom).contains("${project.build.directory}/" + built + "<");
      } else {
        assertThat(ROOT.resolve(source)).exists();
      }
    }
  }

  @Test
  void everyModuleIsCopiedIntoTheBuild() throws IOException {
    final Matcher module =
        Pattern.compile("<module>(\\S+)</module>")
            .matcher(Files.readString(ROOT.resolve("pom.xml")));
    while (module.find()) {
      assertThat(dockerfile).contains("COPY " + module.group(1) + " " + module.group(1) + "\n");
    }
  }

  @Test
  void theJobRunsOnTheConfigurationInTheImage() {
    final List<Object> command = list(services.get("jobmanager"), "command");
    final String file = command.get(command.indexOf("--config") + 1).toString();

    assertThat(dockerfile).contains("COPY deploy/conf/job.yaml " + file + "\n");
    assertThat(mounts()).contains("./deploy/conf/job.yaml:" + file + ":ro");
  }

  /**
   * Flink takes the beginning of one of its own options, such as "--configDir", for that option.
   */
  @Test
  void theArgumentsOfTheJobAreNotTakenForFlinks() throws Exception {
    final List<String> arguments = new ArrayList<>(List.of("--configDir", "/opt/flink/conf"));
    list(services.get("jobmanager"), "command").stream()
        .skip(1)
        .forEach(argument -> arguments.add(argument.toString()));
    final CommandLine parsed =
        new DefaultParser()
            .parse(
                new EntrypointClusterConfigurationParserFactory()
                    .getOptions()
                    .addOption("j", "job-classname", true, "as of an application cluster"),
                arguments.toArray(String[]::new),
                true);

    assertThat(parsed.getOptionValue("job-classname")).isEqualTo(TrainingJob.class.getName());
    assertThat(parsed.getArgs()).startsWith("--config");
  }

  @Test
  void theJobConfigurationNamesTheBrokerTheTopicsAndTheVolume() {
    final JobConfiguration job =
        JobConfiguration.load(ROOT.resolve("deploy/conf/job.yaml"), Map.of());
    final String[] broker = job.get(EvergradOptions.BOOTSTRAP_SERVERS).split(":");
    final String topics = list(services.get("topics"), "command").toString();

    assertThat(services).containsKey(broker[0]);
    assertThat(
            DeploymentTest.<Object>asMap(services.get(broker[0]).get("environment"))
                .get("KAFKA_LISTENERS")
                .toString())
        .contains("INSIDE://:" + broker[1]);
    assertThat(topics)
        .contains(
            " "
                + job.get(EvergradOptions.EXAMPLES_TOPIC)
                + " "
                + job.get(EvergradOptions.DEAD_LETTER_TOPIC)
                + " "
                + job.get(EvergradOptions.METRICS_TOPIC)
                + ";");
    assertThat(topics)
        .contains("--topic " + job.get(EvergradOptions.PARAMETERS_TOPIC) + " --partitions 1 ");
    EmbeddedKafka.MERGED_MODELS.forEach(
        (name, value) -> assertThat(topics).contains("--config " + name + "=" + value));
    for (final String service : List.of("jobmanager", "taskmanager")) {
      assertThat(list(services.get(service), "volumes"))
          .contains("model-store:" + job.get(EvergradOptions.STORE_DIRECTORY));
    }
  }

  @Test
  void flinkFindsItsJobManagerAndKeepsCheckpointsOnAVolumeOfTheImage() {
    for (final String service : List.of("jobmanager", "taskmanager")) {
      assertThat(DeploymentTest.<Object>asMap(services.get(service).get("environment")))
          .containsEntry("JOB_MANAGER_RPC_ADDRESS", flink.get(JobManagerOptions.ADDRESS));
    }
    assertThat(services).containsKey(flink.get(JobManagerOptions.ADDRESS));
    assertThat(flink.get(RestOptions.BIND_ADDRESS)).isEqualTo("0.0.0.0");
    assertThat(flink.get(JobManagerOptions.BIND_HOST)).isEqualTo("0.0.0.0");
    assertThat(flink.get(TaskManagerOptions.BIND_HOST)).isEqualTo("0.0.0.0");

    final String checkpoints =
        flink.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY).replaceFirst("^file://", "");
    assertThat(mounts()).contains("checkpoints:" + checkpoints);
    assertThat(flink.get(CheckpointingOptions.SAVEPOINT_DIRECTORY))
        .startsWith("file://" + checkpoints + "/");
    assertThat(dockerfile).contains("chown flink:flink ").contains(" " + checkpoints + " ");
  }

  @Test
  void flinkCanDivideTheMemoryOfItsProcesses() {
    assertThat(JobManagerProcessUtils.processSpecFromConfig(flink).getJvmHeapMemorySize())
        .isGreaterThanOrEqualTo(MemorySize.ofMebiBytes(512));
    assertThat(TaskExecutorProcessUtils.processSpecFromConfig(flink).getTaskHeapSize())
        .isGreaterThanOrEqualTo(MemorySize.ofMebiBytes(512));
  }

  @Test
  void nativeLibrariesAreLoadedOnceAJvm() {
    assertThat(flink.get(CoreOptions.ALWAYS_PARENT_FIRST_LOADER_PATTERNS_ADDITIONAL))
        .contains("ai.djl.");
    assertThat(dockerfile).contains("/target/cluster-lib/ /opt/flink/lib/\n");
  }

  @Test
  void prometheusScrapesTheReporterOfServicesThatExist() throws Exception {
    final Map<String, String> settings = flink.toMap();
    assertThat(settings).containsEntry("metrics.reporters", "prom");
    assertThat(
            Class.forName(settings.get("metrics.reporter.prom.factory.class"))
                .getDeclaredConstructor()
                .newInstance())
        .isInstanceOf(org.apache.flink.metrics.reporter.MetricReporterFactory.class);

    final Set<String> targets = new TreeSet<>();
    for (final Object job : list(yaml("deploy/prometheus.yml"), "scrape_configs")) {
      for (final Object group : list(asMap(job), "static_configs")) {
        list(asMap(group), "targets").forEach(target -> targets.add(target.toString()));
      }
    }
    final String port = settings.get("metrics.reporter.prom.port");
    assertThat(targets).containsExactly("jobmanager:" + port, "taskmanager:" + port);
    assertThat(services).containsKeys("jobmanager", "taskmanager");
  }

  private static List<String> mounts() {
    final List<String> mounts = new ArrayList<>();
    services
        .values()
        .forEach(
            service -> list(service, "volumes").forEach(mount -> mounts.add(mount.toString())));
    return mounts;
  }

  private static Map<String, Object> yaml(final String file) throws Exception {
    return YamlParserUtils.loadYamlFile(ROOT.resolve(file).toFile());
  }

  @SuppressWarnings("unchecked")
  private static <V> Map<String, V> asMap(final Object value) {
    return (Map<String, V>) value;
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(final Map<String, Object> parent, final String key) {
    return (List<Object>) parent.getOrDefault(key, List.of());
  }
}
