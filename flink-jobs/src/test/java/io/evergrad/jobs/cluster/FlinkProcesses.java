/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cluster;

import io.evergrad.jobs.observe.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.client.cli.CliFrontend;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ConfigurationUtils;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessSpec;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint;
import org.apache.flink.runtime.jobmanager.JobManagerProcessSpec;
import org.apache.flink.runtime.jobmanager.JobManagerProcessUtils;
import org.apache.flink.runtime.taskexecutor.TaskManagerRunner;
import org.apache.flink.runtime.util.config.memory.ProcessMemoryUtils;

/**
 * Flink's processes, started as the scripts of its distribution start them: on the configuration
 * that is shipped, but for addresses and directories, and on Flink's own jars. DJL is on the class
 * path of the TaskManager only, our code on none.
 */
final class FlinkProcesses {
  /** What Flink's distribution would hold; no DJL, no Kafka and nothing of ours. */
  static final Path LIB = Path.of("target", "flink-lib").toAbsolutePath();

  /** What is copied beside it on TaskManagers. */
  static final Path CLUSTER_LIB = Path.of("target", "cluster-lib").toAbsolutePath();

  private static final Path JOB_JAR = Path.of("target", "evergrad-job.jar").toAbsolutePath();
  private static final Path SHIPPED = Path.of("..", "deploy", "conf");
  private static final String IMAGE_DIRECTORY = "file:///opt/flink/";
  private static final String PROMETHEUS_PORT = "metrics.reporter.prom.port";
  private static final String HOST = "127.0.0.1";
  private static final Duration CLIENT_WITHIN = Duration.ofSeconds(60);
  private static final Pattern SUBMITTED = Pattern.compile("submitted with JobID ([0-9a-f]{32})");
  private static final Pattern SAVEPOINT = Pattern.compile("Savepoint completed. Path: (\\S+)");

  private final ChildProcesses processes;
  private final Path directory;
  private final Configuration configuration;
  private final int jobManagerMetrics;
  private final int taskManagerMetrics;
  private int clients;

  /**
   * Nothing runs yet.
   *
   * @param directory for all that they write
   */
  FlinkProcesses(final ChildProcesses processes, final Path directory) throws IOException {
    this.processes = processes;
    this.directory = directory;
    final List<Integer> ports = FreePorts.take(4);
    configuration = adapted(ports.get(0), ports.get(1));
    jobManagerMetrics = ports.get(2);
    taskManagerMetrics = ports.get(3);
    Files.write(
        Files.createDirectories(directory.resolve("conf")).resolve("config.yaml"),
        ConfigurationUtils.convertConfigToWritableLines(configuration, true));
    Files.createDirectories(directory.resolve("tmp"));
  }

  Process startJobManager() throws IOException {
    final JobManagerProcessSpec memory =
        JobManagerProcessUtils.processSpecFromConfig(configuration);
    return start(
        "jobmanager",
        jars(LIB),
        JobManagerProcessUtils.generateJvmParametersStr(memory, configuration),
        CoreOptions.FLINK_JM_JVM_OPTIONS,
        StandaloneSessionClusterEntrypoint.class,
        JobManagerProcessUtils.generateDynamicConfigsStr(memory),
        jobManagerMetrics);
  }

  Process startTaskManager() throws IOException {
    final TaskExecutorProcessSpec memory =
        TaskExecutorProcessUtils.processSpecFromConfig(configuration);
    return start(
        "taskmanager",
        jars(LIB) + System.getProperty("path.separator") + jars(CLUSTER_LIB),
        ProcessMemoryUtils.generateJvmParametersStr(memory),
        CoreOptions.FLINK_TM_JVM_OPTIONS,
        TaskManagerRunner.class,
        TaskExecutorProcessUtils.generateDynamicConfigsStr(memory),
        taskManagerMetrics);
  }

  /** The JobManager's REST interface. */
  URI rest() {
    return URI.create("http://" + HOST + ":" + configuration.get(RestOptions.PORT) + "/");
  }

  /** What Prometheus would scrape. */
  URI jobManagerMetrics() {
    return URI.create("http://" + HOST + ":" + jobManagerMetrics + "/metrics");
  }

  /** What Prometheus would scrape. */
  URI taskManagerMetrics() {
    return URI.create("http://" + HOST + ":" + taskManagerMetrics + "/metrics");
  }

  /**
   * {@code flink run -d}.
   *
   * @param options of {@code flink run}
   * @param arguments of the job
   * @return the job's id
   */
  String run(final List<String> options, final List<String> arguments)
      throws IOException, InterruptedException {
    final List<String> command = new ArrayList<>(List.of("run", "-d"));
    command.addAll(options);
    command.add(JOB_JAR.toString());
    command.addAll(arguments);
    return find(SUBMITTED, client(command));
  }

  /**
   * {@code flink stop}.
   *
   * @return where the savepoint is
   */
  String stop(final String job) throws IOException, InterruptedException {
    return find(SAVEPOINT, client(List.of("stop", job)));
  }

  private Configuration adapted(final int rpcPort, final int restPort) {
    final Configuration adapted = GlobalConfiguration.loadConfiguration(SHIPPED.toString());
    adapted
        .toMap()
        .forEach(
            (key, value) -> {
              if (value.startsWith(IMAGE_DIRECTORY)) {
                adapted.setString(
                    key, value.replace(IMAGE_DIRECTORY, directory.toUri().toString()));
              }
            });
    adapted.set(JobManagerOptions.ADDRESS, HOST);
    adapted.set(JobManagerOptions.BIND_HOST, HOST);
    adapted.set(JobManagerOptions.PORT, rpcPort);
    adapted.set(TaskManagerOptions.HOST, HOST);
    adapted.set(TaskManagerOptions.BIND_HOST, HOST);
    adapted.set(RestOptions.ADDRESS, HOST);
    adapted.set(RestOptions.BIND_ADDRESS, HOST);
    adapted.set(RestOptions.PORT, restPort);
    return adapted;
  }

  private Process start(
      final String name,
      final String classPath,
      final String memoryOptions,
      final ConfigOption<String> ownOptions,
      final Class<?> main,
      final String dynamicProperties,
      final int metricsPort)
      throws IOException {
    final List<String> options = new ArrayList<>(words(memoryOptions));
    options.addAll(commonOptions());
    options.addAll(words(configuration.get(ownOptions)));
    final List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("--configDir", directory.resolve("conf").toString()));
    arguments.addAll(words(dynamicProperties));
    arguments.addAll(List.of("-D", PROMETHEUS_PORT + "=" + metricsPort));
    return processes.start(name, new JavaCommand(options, classPath, main.getName(), arguments));
  }

  private String client(final List<String> arguments) throws IOException, InterruptedException {
    final List<String> options = new ArrayList<>(commonOptions());
    options.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    clients++;
    return processes.run(
        "client-" + clients + "-" + arguments.get(0),
        new JavaCommand(options, jars(LIB), CliFrontend.class.getName(), arguments),
        Map.of("FLINK_CONF_DIR", directory.resolve("conf").toString()),
        CLIENT_WITHIN);
  }

  private List<String> commonOptions() {
    final List<String> options =
        new ArrayList<>(words(configuration.get(CoreOptions.FLINK_JVM_OPTIONS)));
    options.add(
        "-Dlog4j.configurationFile=" + getClass().getResource("/cluster-log4j2.properties"));
    options.add("-Djava.io.tmpdir=" + directory.resolve("tmp"));
    return options;
  }

  private static String jars(final Path lib) {
    return lib.resolve("*").toString();
  }

  private static List<String> words(final String text) {
    return Arrays.stream(text.split("\\s+")).filter(word -> !word.isEmpty()).toList();
  }

  private static String find(final Pattern pattern, final String output) {
    final Matcher matcher = pattern.matcher(output);
    if (!matcher.find()) {
      throw new AssertionError("expected \"%s\" in: %s".formatted(pattern, output));
    }
    return matcher.group(1);
  }
}
